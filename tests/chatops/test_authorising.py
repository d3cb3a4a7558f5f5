"""Who may give which command where, against a table written by hand."""

from itertools import product

import pytest

from merganser.chatops.authorising import Denied, Person, Place, denied
from merganser.chatops.table import COMMANDS, Where
from merganser.config.commands import CommandRule, OwnWork, Permission

# The least role that may: none at all needed (.), read, write, maintain, or nobody (-). Columns: the pull request's
# author and others, each on own branches and on a fork that nobody let run, each open and merged.
MATRIX = """
            author             other
            own      fork      own      fork
            open mgd open mgd  open mgd open mgd
help        r    r   r    r    r    r   r    r
status      r    r   r    r    r    r   r    r
diff        r    r   r    r    r    r   r    r
train       w    -   -    -    w    -   -    -
gate        w    -   w    -    w    -   w    -
ok-to-test  -    -   w    -    -    -   w    -
override    -    -   -    -    m    -   m    -
unoverride  w    -   w    -    w    -   w    -
register    -    m   -    m    -    m   -    m
promote     w    w   w    w    w    w   w    w
rollback    -    -   -    -    -    -   -    -
hold        -    -   -    -    -    -   -    -
unhold      -    -   -    -    -    -   -    -
"""
LEAST = {"r": "read", "w": "write", "m": "maintain"}
ROLES = [None, *Permission]
RANK = {"read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}
PLACES = list(product(("ada", "bob"), (False, True), (Where.open, Where.merged)))
CELLS = [
    (row.split()[0], place, cell)
    for row in MATRIX.strip().splitlines()[3:]
    for place, cell in zip(PLACES, row.split()[1:], strict=True)
]
FREE = CommandRule()


def may(name: str, person: Person, place: Place, rule: CommandRule = FREE) -> bool:
    return denied(COMMANDS[name], person, place, rule) is None


def test_the_matrix_has_every_command() -> None:
    assert {name for name, *_ in CELLS} == set(COMMANDS)


@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize(("name", "place", "cell"), CELLS)
def test_every_cell(name: str, place: tuple[str, bool, Where], cell: str, role: Permission | None) -> None:
    login, fork, where = place
    person = Person(login=login, permission=role, deploying=role)
    expected = cell != "-" and role is not None and RANK[role.value] >= RANK[LEAST[cell]]
    assert may(name, person, Place(where=where, author="ada", fork=fork)) is expected


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("where", Where)
def test_a_bot_never(name: str, where: Where) -> None:
    bot = Person(login="x[bot]", bot=True, permission=Permission.admin, deploying=Permission.admin)
    assert not may(name, bot, Place(where=where, author="ada"))


@pytest.mark.parametrize(
    ("where", "names"),
    [
        (Where.closed, {"help", "status", "diff", "promote"}),
        (Where.issue, {"help", "status", "diff", "promote", "register"}),
    ],
)
def test_what_makes_sense_elsewhere(where: Where, names: set[str]) -> None:
    person = Person(login="bob", permission=Permission.admin, deploying=Permission.admin)
    assert {name for name in COMMANDS if may(name, person, Place(where=where, author="ada"))} == names


def test_a_fork_that_was_let_run_may_be_trained_again() -> None:
    person = Person(login="bob", permission=Permission.write)
    assert may("train", person, Place(where=Where.open, author="eve", fork=True, approved=True))


@pytest.mark.parametrize(
    ("here", "there", "expected"), [("write", None, False), ("write", "read", False), ("read", "admin", False)]
)
def test_deploying_needs_both_repositories(here: str, there: str | None, expected: bool) -> None:
    person = Person(
        login="bob", permission=Permission(here), deploying=Permission(there) if there is not None else None
    )
    assert may("promote", person, Place(where=Where.merged, author="ada")) is expected


@pytest.mark.parametrize(
    ("asked", "here", "there", "expected"),
    [
        ("admin", "admin", "admin", True),
        ("admin", "admin", "write", False),
        ("admin", "maintain", "admin", False),
        ("read", "read", "write", True),
        ("read", "read", "read", False),
    ],
)
def test_who_asks_for_more_asks_it_of_both_repositories_and_for_less_of_the_own_alone(
    asked: str, here: str, there: str, expected: bool
) -> None:
    person = Person(login="bob", permission=Permission(here), deploying=Permission(there))
    rule = CommandRule(permission=Permission(asked))
    assert may("promote", person, Place(where=Where.merged, author="ada"), rule) is expected


@pytest.mark.parametrize("where", Where)
def test_nobody_deploys_where_there_are_no_environments(where: Where) -> None:
    person = Person(login="bob", permission=Permission.admin, deploying=Permission.admin)
    nowhere = Place(where=where, author="ada", undeployable=Denied("there are no environments", "Name some."))
    assert denied(COMMANDS["promote"], person, nowhere, FREE) == Denied("there are no environments", "Name some.")
    assert may("status", person, nowhere)


OPEN = Place(where=Where.open, author="ada")


@pytest.mark.parametrize(
    ("rule", "person", "expected"),
    [
        (CommandRule(permission=Permission.write), Person(login="bob", permission=Permission.write), True),
        (CommandRule(permission=Permission.admin), Person(login="bob", permission=Permission.maintain), False),
        (CommandRule(users=("Bob",)), Person(login="bob", permission=Permission.maintain), True),
        (CommandRule(users=("eve",)), Person(login="bob", permission=Permission.admin), False),
        (CommandRule(users=("bob",)), Person(login="bob", permission=Permission.write), False),
        (
            CommandRule(teams=("leads",)),
            Person(login="bob", permission=Permission.maintain, teams=frozenset({"leads", "x"})),
            True,
        ),
        (
            CommandRule(teams=("leads",)),
            Person(login="bob", permission=Permission.admin, teams=frozenset({"x"})),
            False,
        ),
        (CommandRule(teams=("leads",)), Person(login="bob", permission=Permission.admin), False),
        (CommandRule(teams=("leads",), users=("bob",)), Person(login="bob", permission=Permission.admin), True),
        (CommandRule(own=OwnWork.allow), Person(login="Ada", permission=Permission.maintain), True),
        (CommandRule(own=OwnWork.refuse), Person(login="Ada", permission=Permission.admin), False),
    ],
)
def test_rules_of_the_configuration(rule: CommandRule, person: Person, expected: bool) -> None:
    assert may("override", person, OPEN, rule) is expected


@pytest.mark.parametrize(
    ("name", "person", "place", "rule", "why", "cure"),
    [
        ("gate", Person(login="bob", permission=Permission.read), OPEN, FREE, "needs the permission write", "write"),
        ("gate", Person(login="bob", permission=None), OPEN, FREE, "you have none", "Ask someone"),
        (
            "override",
            Person(login="bob", permission=Permission.admin),
            OPEN,
            CommandRule(teams=("leads",)),
            "can't be asked here",
            "GitHub App",
        ),
        (
            "override",
            Person(login="bob", permission=Permission.admin, teams=frozenset()),
            OPEN,
            CommandRule(teams=("leads",), users=("eve",)),
            "the team leads, @eve",
            "Ask one of them",
        ),
        ("override", Person(login="ada", permission=Permission.admin), OPEN, FREE, "own pull request", "someone else"),
        (
            "register",
            Person(login="bob", permission=Permission.admin),
            OPEN,
            FREE,
            "an open",
            "a merged pull request or",
        ),
        ("hold", Person(login="bob", permission=Permission.admin), OPEN, FREE, "not there yet", "later"),
    ],
)
def test_a_denial_says_what_is_missing_and_what_to_do(
    name: str, person: Person, place: Place, rule: CommandRule, why: str, cure: str
) -> None:
    found = denied(COMMANDS[name], person, place, rule)
    assert isinstance(found, Denied)
    assert why in found.why
    assert cure in found.cure
