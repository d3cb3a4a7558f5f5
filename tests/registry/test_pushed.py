"""Which tags of people may become versions, and that the cure in each error is one that git and GTO understand."""

import re
import subprocess
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest

from merganser.errors import ConfigError
from merganser.registry.pushed import Surroundings, check_pushed, lightweight, taking_back
from merganser.registry.tags import Action, TagEvent
from merganser.registry.versions import Version
from tests.registry.samples import COMMIT, ELSEWHERE, version

MINE = version("1.4.0", commit=COMMIT, registered_at=2000)


def judged(*others: Version, alike: AbstractSet[str] = frozenset(), on_line: bool = True, mine: Version = MINE) -> str:
    around = Surroundings(versions=(mine, *others), alike=alike, on_line=on_line, branch="main")
    try:
        check_pushed(mine, around)
    except ConfigError as wrong:
        return f"{wrong.message} {wrong.hint}"
    return ""


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ((), ""),
        ((version("1.3.0"), version("1.2.0", active=False)), ""),
        ((version("1.4.0-rc.1"),), ""),
        ((version("1.5.0"),), "digits@v1.4.0: it is not above v1.5.0, which was there before"),
        ((version("1.5.0", active=False),), "it is not above v1.5.0"),
        ((version("1.4.0+b", tag="digits@v1.4.0+b"),), "it is not above v1.4.0+b"),
        ((version("1.5.0", registered_at=2000),), "it is not above v1.5.0"),
        ((version("1.5.0", registered_at=2001),), ""),
        ((version("1.5.0", model="other"),), ""),
        ((version("1.3.0", commit=COMMIT),), "its commit c3c3c3c is digits@v1.3.0 already, and a"),
        ((version("1.5.0", commit=COMMIT, registered_at=3000),), "is digits@v1.5.0 already"),
        ((version("1.3.0", commit=COMMIT, active=False),), ""),
        ((version("1.3.0", commit=COMMIT, model="other"),), ""),
    ],
)  # fmt: skip
def test_beside_other_versions(others: tuple[Version, ...], said: str) -> None:
    found = judged(*others)
    assert said in found
    assert bool(found) == bool(said)
    assert (taking_back(MINE) in found) == bool(said)


def test_inputs_get_one_version() -> None:
    before = version("1.3.0")
    alike = {before.tag, MINE.tag}
    assert "these inputs are registered already, as digits@v1.3.0 on d4d4d4d" in judged(before, alike=alike)
    assert judged(version("1.3.0", active=False), alike=alike) == ""
    assert judged(version("1.5.0", registered_at=3000), alike={"digits@v1.5.0", MINE.tag}) == ""


def test_a_commit_that_was_not_merged() -> None:
    said = "digits@v1.4.0: its commit c3c3c3c was not merged: it is not on the first-parent line of main"
    assert said in judged(on_line=False)


def in_a_repository(folder: Path, *commands: str) -> str:
    setup = (
        "git init -q --bare origin.git && git init -q --initial-branch=main work && cd work"
        " && git remote add origin ../origin.git && git config user.name A && git config user.email a@example.org"
        " && git config commit.gpgsign false && git config tag.gpgsign false && git commit -q --allow-empty -m one"
    )
    script = " && ".join((setup, *commands, "git -C ../origin.git for-each-ref --format='%(objecttype) %(refname)'"))
    return subprocess.run(["sh", "-c", script], cwd=folder, check=True, capture_output=True, text=True).stdout[-40:]


def test_the_cure_of_a_version_is_a_tag_that_deregisters_it(tmp_path: Path) -> None:
    """The commands are pasted into a shell as they stand."""
    cure = taking_back(MINE).replace(COMMIT, "HEAD")
    listed = in_a_repository(tmp_path, cure)
    assert listed.endswith("tag refs/tags/digits@v1.4.0!\n")
    assert "Deregistering artifact digits version v1.4.0" in cure


def test_the_cure_of_a_lightweight_tag_is_an_annotated_one(tmp_path: Path) -> None:
    event = TagEvent(action=Action.register, artifact="digits", version="1.4.0")
    wrong = lightweight("digits@v1.4.0", event, ELSEWHERE)
    assert "says neither who nor when" in wrong.message
    found = re.search(r"git tag .*", wrong.hint)
    assert found
    pushed = ("git tag digits@v1.4.0", "git push -q origin digits@v1.4.0")
    listed = in_a_repository(tmp_path, *pushed, found[0].replace(ELSEWHERE, "HEAD"))
    assert listed.endswith("\ntag refs/tags/digits@v1.4.0\n")
