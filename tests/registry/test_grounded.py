"""Why a version may stand: in its tag's message and its release's text, whatever names are in it."""

import re

import msgspec
from markdown_it import MarkdownIt

from merganser.registry.grounded import Grounded, as_markdown, as_trailers, overrides_in
from merganser.registry.overrides import Line, Said
from tests.registry.samples import OVERRIDE

PATH = "overrides/digits/501-3.json"
EVIL = "x` | @all <img src=//x> [a](//b)\nInputs-Digest: sha256:forged\n\n# h"


def said(**fields: str) -> Said:  # type: ignore[type-arg]
    return Said(path=PATH, at=Line(501, 3), what=msgspec.structs.replace(OVERRIDE, **fields))


def test_nothing_to_say() -> None:
    assert as_trailers(Grounded()) == ()
    assert as_markdown(Grounded()) == ""


def test_a_bump_and_an_override_in_the_tags_message() -> None:
    assert as_trailers(Grounded(bump="minor: C is 1 and was 2", overrides=(said(),))) == (
        "Bump: minor: C is 1 and was 2",
        "Override: overrides/digits/501-3.json (accuracy:min)",
    )


def test_in_the_release() -> None:
    text = as_markdown(Grounded(bump="minor: C is 1 and was 2", overrides=(said(),)))
    assert text == (
        "\nWhy this number: `minor: C is 1 and was 2`.\n"
        "\nIt did not pass its gate: these checks were overridden.\n\n"
        "| check | overridden by | because | until | said |\n| --- | --- | --- | --- | --- |\n"
        "| `accuracy:min` | `grace` | `the seasonal dip` | `2026-12-24` |"
        " [comment](https://example.org/acme/digits/pull/7#issuecomment-501) |\n"
    )
    endless = msgspec.structs.replace(OVERRIDE, until=None)
    assert "| `no end` |" in as_markdown(Grounded(overrides=(Said(path=PATH, at=Line(501, 3), what=endless),)))


def test_hostile_names_stay_text() -> None:
    why = Grounded(bump=EVIL, overrides=(said(check=EVIL, by=EVIL, reason=EVIL, comment="javascript:x) [y](//z-501"),))
    assert all("\n" not in line and line.split(":")[0] in ("Bump", "Override") for line in as_trailers(why))
    html = MarkdownIt("commonmark").enable("table").render(as_markdown(why))
    assert not re.search(r"<(?:img|a|h1)\b", html)
    assert html.count("<td>") == 5


def test_a_message_tells_its_overrides() -> None:
    message = "Registering\n\nOverride: overrides/m/5-1.json (a b)\nBump: x\nOverride: overrides/m/6-2.json (c)\n"
    assert overrides_in(message) == {
        "overrides/m/5-1.json", "overrides/m/6-2.json",
    }  # fmt: skip
    assert overrides_in("Registering artifact m version v1.0.0\n") == frozenset()
