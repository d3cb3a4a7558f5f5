"""Why a version may stand: in its tag's message and its release's text, whatever names are in it."""

import re

import msgspec
from markdown_it import MarkdownIt

from merganser.config import Waiver
from merganser.registry.grounded import Grounded, as_markdown, as_trailers, let_pass, overrides_in
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
        "\nThese checks did not pass, and people overrode them:\n\n"
        "| check | let pass by | because | while no worse than | until | said |\n"
        "| --- | --- | --- | ---: | --- | --- |\n"
        "| `accuracy:min` | `grace` | the seasonal dip | 0.87 | 2026-12-24 |"
        " [comment](https://example.org/acme/digits/pull/7#issuecomment-501) |\n"
    )
    endless = msgspec.structs.replace(OVERRIDE, until=None)
    assert "| 0.87 | no end |" in as_markdown(Grounded(overrides=(Said(path=PATH, at=Line(501, 3), what=endless),)))


def test_what_it_was_when_it_was_let_pass_is_the_bound_without_another() -> None:
    for floor, observed, shown in ((0.87, 0.88, "0.87"), (None, 0.88, "0.88"), (None, None, "–")):
        given = msgspec.structs.replace(OVERRIDE, floor=floor, observed=observed)
        assert f"| the seasonal dip | {shown} | 2026-12-24 |" in let_pass([given])[2]


def test_a_waiver_of_the_configuration_stands_in_the_same_table() -> None:
    waiver = Waiver(check="auc:min", reason="holidays", by="ada", until="2026-12-31", floor=0.5)
    assert let_pass([waiver])[2] == "| `auc:min` | `ada` | holidays | 0.5 | 2026-12-31 | `merganser.yaml` |"
    endless = msgspec.structs.replace(waiver, floor=None)
    assert "| holidays | – | 2026-12-31 |" in let_pass([endless])[2]


def test_hostile_names_stay_text() -> None:
    why = Grounded(bump=EVIL, overrides=(said(check=EVIL, by=EVIL, reason=EVIL, comment="javascript:x) [y](//z-501"),))
    assert all("\n" not in line and line.split(":")[0] in ("Bump", "Override") for line in as_trailers(why))
    html = MarkdownIt("commonmark").enable("table").render(as_markdown(why))
    assert not re.search(r"<(?:img|a|h1)\b", html)
    assert len(re.findall(r"<td[ >]", html)) == 6


def test_a_message_tells_its_overrides() -> None:
    message = "Registering\n\nOverride: overrides/m/5-1.json (a b)\nBump: x\nOverride: overrides/m/6-2.json (c)\n"
    assert overrides_in(message) == {
        "overrides/m/5-1.json", "overrides/m/6-2.json",
    }  # fmt: skip
    assert overrides_in("Registering artifact m version v1.0.0\n") == frozenset()
