"""docs/commands.md shows the replies that the program gives, and the example of rules for commands loads."""

import datetime
import re
from typing import cast

import msgspec

from merganser.chatops import overriding
from merganser.chatops.authorising import Person, Place, denied
from merganser.chatops.binding import Unbound, moved
from merganser.chatops.reading import Command, read
from merganser.chatops.table import Where
from merganser.commands.slash.commented import Talk
from merganser.commands.slash.order import Order
from merganser.config.commands import CommandRule, OwnWork, Permission
from merganser.config.file import load_config
from merganser.evaluation.verdict import Status
from merganser.forge.times import Times
from merganser.report import reply
from merganser.report.reply import Row
from tests.architecture.layers import REPO
from tests.report.samples import slice_check, verdict

DOCS = REPO / "docs"
OVERRIDE = "/override accuracy:not_worse@label=1 --reason 'the new labels are right'"
SLIP = "/override accuracy:not_worse@label=11 --reason 'the new labels are right'"
SEEN, NOW = "3f1d2a9c4b77" + 28 * "0", "9b40c7e1d2f5" + 28 * "0"
THERE = verdict(slice_check(1, 0.95, 0.8, status=Status.failed))


def command(line: str) -> Command:
    [found] = read(line)
    assert isinstance(found, Command)
    return found


def not_permitted(line: str, login: str, permission: Permission) -> Row:
    asked = command(line)
    person = Person(login=login, permission=permission)
    why = denied(asked.spec, person, Place(where=Where.open, author="ada"), CommandRule())
    assert why is not None
    return reply.denied_row(asked.written, why)


def not_done(line: str, why: object) -> Row:
    asked = command(line)
    assert isinstance(why, Unbound)
    order = Order(command=asked, written=asked.written, talk=cast("Talk", None), labels={}, times=Times())
    return order.refused(why)


def test_the_replies_are_those_that_the_page_shows() -> None:
    rows = [
        not_permitted(OVERRIDE, "bob", Permission.write),
        not_permitted(OVERRIDE, "ada", Permission.admin),
        not_done("/gate", moved(SEEN, NOW)),
        not_done(SLIP, overriding.find(command(SLIP).args[0], [THERE])),
    ]
    written = [line for line in reply.reply(7, "bob", rows).splitlines() if line.startswith("|")]
    assert "\n".join(written) in (DOCS / "commands.md").read_text()


def test_the_example_of_rules_loads_and_says_what_it_seems_to() -> None:
    part = (DOCS / "configuration.md").read_text().partition("### `commands.COMMAND`")[2].partition("\n## ")[0]
    [example] = re.findall(r"```yaml\n(.*?)```", part, flags=re.DOTALL)
    config = load_config(b"version: 1\nmodels: {m: {artifact: {path: m.bin}}}\n" + example.encode(), "page")
    assert config.commands == {
        "promote": CommandRule(permission=Permission.maintain),
        "override": CommandRule(permission=Permission.maintain, users=("grace",), own=OwnWork.allow),
    }


def test_an_end_is_what_the_page_says_of_it() -> None:
    """A day to its end in UTC; a duration from the comment on."""
    assert "`2026-12-31`, to its end in UTC" in (DOCS / "commands.md").read_text()
    at = datetime.datetime(2026, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
    said = overriding.Said(by="bob", comment="https://x", head=SEEN, at=at, now=at)
    named = overriding.Named(THERE, THERE.checks[0])
    given = overriding.override(command(f"{OVERRIDE} --until 2026-12-31"), named, said)
    assert not isinstance(given, Unbound)
    late = msgspec.structs.replace(said, now=at + datetime.timedelta(seconds=1))
    assert isinstance(overriding.override(command(f"{OVERRIDE} --until 2026-12-31"), named, late), Unbound)
    lasting = overriding.override(command(f"{OVERRIDE} --until 12h"), named, said)
    assert not isinstance(lasting, Unbound)
    assert lasting.until == "2027-01-01T11:59:59+00:00"
