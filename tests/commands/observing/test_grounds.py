"""Which overrides are behind a version: those that its tag names, whatever was said since; of a person's tag all."""

from pathlib import Path

import msgspec
import pytest

from merganser import git
from merganser.commands.observing.grounds import overrides_behind
from merganser.commands.observing.ledger import open_ledger
from merganser.git import Repository
from merganser.registry.overrides import Line, record
from merganser.registry.versions import Version
from tests.registry.samples import COMMENT, OVERRIDE, check, verdict, version

OURS = "Registering artifact digits version v0.1.0\n\nLedger: runs/digits/a1a1a1a1a1a1-5-1.json\n"
NAMED = f"{OURS}Override: overrides/digits/501-1.json (accuracy:min)\n"
LOST = f"{NAMED}Override: overrides/digits/999-1.json (loss:min)\nOverride: ../x (y)\nOverride: refusals/1-1.json (z)\n"
JUDGED = verdict(check(), check("loss"))


def tagged(folder: Path, message: str) -> tuple[Repository, Version]:
    """A clone whose ledger has four overrides, three of them about the verdict; and the version that it tags."""
    said = (
        (501, OVERRIDE),
        (502, msgspec.structs.replace(OVERRIDE, reason="said anew")),
        (503, msgspec.structs.replace(OVERRIDE, check="loss:min")),
        (504, msgspec.structs.replace(OVERRIDE, inputs_digest=f"sha256:{'9' * 64}")),
    )
    git.run(["init", "-q", "-b", "merganser-ledger", str(folder)], folder.parent)
    clone = Repository(folder)
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        clone.run("config", key, value)
    for comment, what in said:
        given = msgspec.structs.replace(what, comment=COMMENT.replace("-501", f"-{comment}"))
        file = record(given, Line(comment, 1))
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.path).write_bytes(file.content)
    clone.run("add", "--all")
    clone.run("commit", "--quiet", "--message", "Say it")
    clone.run("tag", "--annotate", "--message", message, "digits@v0.1.0")
    return clone, version("0.1.0")


@pytest.mark.parametrize(
    ("message", "found", "lost"),
    [
        (NAMED, ["501"], ()),
        (OURS, [], ()),
        (LOST, ["501"], ("overrides/digits/999-1.json",)),
        ("Registering artifact digits version v0.1.0\n", ["502", "503"], ()),
        ("A person's\n\nOverride: overrides/digits/501-1.json (accuracy:min)\n", ["502", "503"], ()),
    ],
)
def test_the_overrides_behind_a_version(tmp_path: Path, message: str, found: list[str], lost: tuple[str, ...]) -> None:
    clone, known = tagged(tmp_path / "clone", message)
    overrides, missing = overrides_behind(open_ledger(clone), known, JUDGED)
    assert [one.comment.rpartition("-")[2] for one in overrides] == found
    assert missing == lost
