"""What the doctor makes of GitHub's settings, case by case."""

import json
from typing import Any

import msgspec
import pytest

from merganser.forge.requests.permissions import needed_in_all
from merganser.forge.settings_values import Bypass, Check, Rule, Ruleset
from merganser.setup.doctor.facts import Environment, Installed, Remote, Unseen, Wrong
from merganser.setup.doctor.finding import State
from merganser.setup.doctor.protection import findings
from merganser.setup.init.rulesets import BRANCH, LEDGER, TAGS, Protection, rulesets

APP = 42
HIDDEN = Unseen("GitHub refused it: 403")
VARIABLES = {"MERGANSER_APP_ID": str(APP), "MERGANSER_ENVIRONMENT": "merganser"}


def imported(protection: Protection) -> dict[str, Ruleset]:
    """The files of `init` as GitHub has them once they are imported."""
    found = {}
    for number, (name, text) in enumerate(rulesets(protection).items(), 1):
        ruleset = msgspec.convert({"id": number, **json.loads(text)}, Ruleset)
        rules = tuple(msgspec.structs.replace(rule, ruleset_id=number) for rule in ruleset.rules)
        found[name] = msgspec.structs.replace(ruleset, rules=rules)
    return found


def enforcing(**other: Any) -> Remote:
    """A repository that was set up as `init` and the docs say, with an App."""
    known = imported(Protection(app_id=APP))
    remote = Remote(
        repository="acme/tiny",
        default_branch="main",
        rules=known[BRANCH].rules,
        classic=(),
        ledger=known[LEDGER].rules,
        rulesets=tuple(known.values()),
        variables=VARIABLES,
        secrets=frozenset(),
        environment=Environment(branches=("main",), protected=False, secrets=frozenset({"MERGANSER_APP_KEY"})),
        immutable=True,
        installed=Installed(app_id=APP, permissions={name: level.value for name, level in needed_in_all().items()}),
    )
    return msgspec.structs.replace(remote, **other)


def advisory(**other: Any) -> Remote:
    known = imported(Protection())
    rules = {"rules": known[BRANCH].rules, "ledger": known[LEDGER].rules, "rulesets": tuple(known.values())}
    plain = enforcing(**rules, variables={}, environment=None, installed=None)
    return msgspec.structs.replace(plain, **other)


def states(remote: Remote, *, queue_heard: bool = True) -> list[State]:
    return [finding.state for finding in findings(remote, queue_heard)]


def test_what_init_writes_is_right_where_an_app_enforces() -> None:
    assert set(states(enforcing())) == {State.ok}


def test_without_an_app_it_is_advisory_and_says_so_alone() -> None:
    found = [finding for finding in findings(advisory(), True) if finding.state is not State.ok]
    assert [(finding.state, finding.what.partition(":")[0]) for finding in found] == [(State.warning, "advisory")]


def test_a_queue_does_instead_of_being_up_to_date() -> None:
    known = imported(Protection(app_id=APP, queue=True))
    assert set(states(enforcing(rules=known[BRANCH].rules))) == {State.ok}
    assert State.error in states(enforcing(rules=known[BRANCH].rules), queue_heard=False)


def pinned(app_id: int | None) -> tuple[Rule, ...]:
    check = {"context": "merganser/gate"} | ({} if app_id is None else {"integration_id": app_id})
    parameters = {"strict_required_status_checks_policy": True, "required_status_checks": [check]}
    return (Rule(type="required_status_checks", parameters=parameters),)


def passing(*actors: Bypass) -> tuple[Ruleset, ...]:
    """The same rulesets with others who may pass them."""
    return tuple(
        msgspec.structs.replace(one, bypass_actors=actors or None) for one in imported(Protection(app_id=APP)).values()
    )


OWN, ADMIN = Bypass(actor_type="Integration", actor_id=APP), Bypass(actor_type="RepositoryRole", actor_id=5)


@pytest.mark.parametrize(
    ("remote", "state", "words"),
    [
        (advisory(rules=()), State.warning, "merganser/gate is not required"),
        (enforcing(rules=()), State.error, "merganser/gate is not required"),
        (enforcing(rules=(), classic=(Check("merganser/gate", APP),)), State.warning, "another tree"),
        (enforcing(rules=HIDDEN), State.unseen, HIDDEN.why),
        (enforcing(rules=pinned(None)), State.error, "may come from anyone"),
        (enforcing(rules=pinned(APP + 1)), State.error, "expected from the App 43, and 42 writes it"),
        (advisory(rules=pinned(15368)), State.ok, "from the App 15368"),
        (enforcing(ledger=()), State.error, "no rule creation, deletion, non_fast_forward, update"),
        (advisory(ledger=()), State.warning, "no rule deletion, non_fast_forward"),
        (enforcing(ledger=HIDDEN), State.unseen, HIDDEN.why),
        (enforcing(rulesets=HIDDEN), State.unseen, "who may pass its ruleset"),
        (enforcing(rulesets=passing()), State.unseen, "the token may not see it"),
        (enforcing(rulesets=passing(ADMIN)), State.error, "keeps Merganser itself out"),
        (enforcing(rulesets=passing(OWN, ADMIN)), State.warning, "RepositoryRole may pass"),
        (enforcing(rulesets=()), State.error, "tags such as model@v1.0.0 aren't protected"),
        (advisory(rulesets=()), State.warning, "tags such as model@v1.0.0 aren't protected"),
        (enforcing(variables=HIDDEN), State.unseen, "advisory or enforcing"),
        (enforcing(installed=Wrong("no such App", "Copy it.")), State.error, "no such App"),
        (enforcing(installed=Installed(app_id=APP, permissions={"checks": "read"})), State.error, "Checks: read and"),
        (enforcing(environment=None), State.error, "it isn't there"),
        (enforcing(environment=HIDDEN), State.unseen, HIDDEN.why),
        (
            enforcing(environment=Environment(branches=None, protected=False, secrets=frozenset())),
            State.error, "every branch may use it",
        ),
        (
            enforcing(environment=Environment(branches=None, protected=True, secrets=frozenset())),
            State.warning, "every protected branch",
        ),
        (
            enforcing(environment=Environment(branches=("main", "topic"), protected=False, secrets=frozenset())),
            State.error, "topic may use it too",
        ),
        (
            enforcing(environment=Environment(branches=(), protected=False, secrets=frozenset())),
            State.error, "no branch",
        ),
        (
            enforcing(environment=Environment(branches=("main",), protected=False, secrets=frozenset())),
            State.error, "has no secret MERGANSER_APP_KEY",
        ),
        (
            enforcing(environment=Environment(branches=("main",), protected=False, secrets=HIDDEN)),
            State.unseen, "its secrets",
        ),
        (enforcing(variables={"MERGANSER_APP_ID": "42"}), State.error, "there is no secret MERGANSER_APP_KEY"),
        (
            enforcing(variables={"MERGANSER_APP_ID": "42"}, secrets=frozenset({"MERGANSER_APP_KEY"})),
            State.error, "whoever may write can use it",
        ),
        (enforcing(variables={"MERGANSER_APP_ID": "42"}, secrets=HIDDEN), State.unseen, "whether the App has its key"),
        (enforcing(immutable=False), State.warning, "could be changed later"),
        (enforcing(immutable=HIDDEN), State.unseen, HIDDEN.why),
    ],
)  # fmt: skip
def test_settings_are_judged(remote: Remote, state: State, words: str) -> None:
    found = [(finding.state, finding.what) for finding in findings(remote, True)]
    assert [said for said in found if said[0] is state and words in said[1]], found
    assert all(finding.cure for finding in findings(remote, True) if finding.state is not State.ok)


def tags(pattern: str, exclude: str = "") -> tuple[Ruleset, ...]:
    names = {"include": [pattern], "exclude": [exclude] if exclude else []}
    one = imported(Protection(app_id=APP))[TAGS]
    return (msgspec.structs.replace(one, conditions={"ref_name": names}), imported(Protection(app_id=APP))[LEDGER])


@pytest.mark.parametrize(
    ("pattern", "exclude", "covered"),
    [
        ("refs/tags/*@v*", "", True),
        ("~ALL", "", True),
        ("refs/tags/**", "", True),
        ("refs/tags/model@v?.?.?", "", True),
        ("refs/tags/v*", "", False),
        ("refs/tags/*", "refs/tags/model*", False),
        ("refs/heads/*", "", False),
    ],
)
def test_whether_a_ruleset_covers_the_tags_of_versions(pattern: str, exclude: str, covered: bool) -> None:
    found = states(enforcing(rulesets=(*tags(pattern, exclude),)))
    assert (State.error not in found) is covered
