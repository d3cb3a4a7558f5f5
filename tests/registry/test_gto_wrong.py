"""Where GTO 1.10 is wrong, a test for each: what it says, and the right answer, which is Merganser's."""

from pathlib import Path
from typing import NamedTuple

import gto.api
import pytest
from gto.exceptions import ManyVersions

from merganser.commands.models import Request, models
from tests.registry.tagging import State, Tagged, by_gto, by_merganser

V1, V2 = ("m@v1.0.0", 0, 1), ("m@v2.0.0", 1, 2)
Tags = list[tuple[str, int, int]]


class Case(NamedTuple):
    """Tags by name, number of their commit, and second; the stage `prod` by both, GTO's an error where it fails."""

    tags: Tags
    right: str | None
    gto: str | type[Exception] | None


@pytest.fixture
def tagged(tmp_path: Path) -> Tagged:
    return Tagged(tmp_path)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case([V1, V2, ("m#prod#9", 0, 3), ("m#prod#10", 1, 3)], "v2.0.0", "v1.0.0"),
            id="of two assignments in one second the first is taken",
        ),
        pytest.param(
            Case([V1, V2, ("m#prod#9", 0, 9), ("m#prod#10", 1, 3)], "v2.0.0", "v1.0.0"),
            id="a clock that went back decides against the counter",
        ),
        pytest.param(
            Case([V1, ("m#prod#1", 0, 3), ("m#prod!#2", 0, 4), ("m#prod#3", 0, 4)], "v1.0.0", None),
            id="assigned again in the second of the unassignment: lost",
        ),
        pytest.param(
            Case([("m@v1.0.0-rc.1", 0, 1), ("m@v1.0.0", 0, 2), ("m#prod#1", 0, 3)], "v1.0.0", ManyVersions),
            id="a candidate with its final on one commit ends it",
        ),
        pytest.param(
            Case([V1, ("m@created", 0, 2), ("m#prod#1", 0, 3)], "v1.0.0", KeyError),
            id="a tag of its own grammar ends it",
        ),
    ],
)
def test_the_stage(case: Case, tagged: Tagged) -> None:
    commits = tagged.commits(2)
    for name, commit, at in case.tags:
        tagged.tag(name, commits[commit], at)
    assert by_merganser(tagged.path).staged.get(("m", "prod")) == case.right
    if isinstance(case.gto, type):
        with pytest.raises(case.gto):
            by_gto(tagged.path)
    else:
        assert by_gto(tagged.path).staged.get(("m", "prod")) == case.gto


def test_an_assignment_does_not_end_a_deprecation(tagged: Tagged) -> None:
    [commit] = tagged.commits(1)
    for at, name in enumerate(("m@v1.0.0", "m@deprecated", "m#prod#1"), 1):
        tagged.tag(name, commit, at)
    assert by_merganser(tagged.path) == State({}, {}, {})
    assert by_gto(tagged.path).latest == {"m": "v1.0.0"}


def test_a_deprecation_in_the_second_of_a_registration_counts(tagged: Tagged) -> None:
    [commit] = tagged.commits(1)
    tagged.tag("m@v1.0.0", commit, 1)
    tagged.tag("m@deprecated", commit, 1)
    assert by_merganser(tagged.path) == State({}, {}, {})
    assert by_gto(tagged.path).latest == {"m": "v1.0.0"}


def test_a_tag_of_a_tag_stands_on_the_commit_at_the_end(tagged: Tagged) -> None:
    [commit] = tagged.commits(1)
    tagged.tag("inner", commit, 1)
    tagged.tag("between", "inner", 1)
    tagged.tag("m@v1.0.0", "between", 2)
    tagged.tag("m#prod#1", commit, 3)
    assert by_merganser(tagged.path).staged == {("m", "prod"): "v1.0.0"}
    assert by_gto(tagged.path).staged == {("m", "prod"): commit}


@pytest.mark.parametrize("what", ["HEAD^{tree}", "HEAD:file"])
def test_a_tag_on_a_tree_or_a_file_is_left_out_and_told(
    what: str, tagged: Tagged, capsys: pytest.CaptureFixture[str]
) -> None:
    (tagged.path / "file").write_text("text")
    tagged.git("add", "file")
    [commit] = tagged.commits(1)
    tagged.tag("m@v1.0.0", commit, 1)
    tagged.tag("m@v2.0.0", tagged.git("rev-parse", what), 2)
    assert '"latest": "v1.0.0"' in models(Request(folder=tagged.path), as_json=True)
    assert capsys.readouterr().err == "the tag m@v2.0.0 is left out: it doesn't point to a commit\n"
    with pytest.raises(AttributeError):
        by_gto(tagged.path)


def test_digits_are_those_of_ascii(tagged: Tagged) -> None:
    first, second = tagged.commits(2)
    tagged.tag("m@v1.0.0", first, 1)
    tagged.tag("m@v1.1٣.0", second, 2)
    assert by_merganser(tagged.path).active == {"m": {"v1.0.0"}}
    assert by_gto(tagged.path).active == {"m": {"v1.0.0", "v1.1٣.0"}}


def test_a_version_is_shown_in_full(tagged: Tagged) -> None:
    [commit] = tagged.commits(1)
    tagged.tag("m@v10.0.12", commit, 1)
    [row], _ = gto.api.show(str(tagged.path), table=True, truncate_hexsha=True)
    assert row["latest"] == "v10.0.1"
    shown = models(Request(folder=tagged.path), as_json=False)
    assert shown.splitlines()[-1].split()[:2] == ["m", "v10.0.12"]


def test_a_lightweight_tag_is_told_when_it_is_left_out(tagged: Tagged, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tagged.commits(2)
    tagged.tag("m@v1.0.0", first, 1)
    tagged.git("tag", "m@v2.0.0", second)
    tagged.git("tag", "m#prod#1", second)
    assert by_merganser(tagged.path) == by_gto(tagged.path)  # which passes over it in silence
    models(Request(folder=tagged.path), as_json=True)
    assert capsys.readouterr().err.count("is lightweight") == 2


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_equal_precedence_the_later_registered_is_the_latest(order: tuple[str, str], tagged: Tagged) -> None:
    for at, (build, commit) in enumerate(zip(order, tagged.commits(2), strict=True), 1):
        tagged.tag(f"m@v1.0.0+{build}", commit, at)
    assert by_merganser(tagged.path).latest == {"m": f"v1.0.0+{order[-1]}"}


def test_a_version_on_two_commits_stays_where_it_was_first(tagged: Tagged, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tagged.commits(2)
    tagged.tag("m@v1.0.0", first, 1)
    tagged.tag("m@v1.0.0#2", second, 2)
    shown = gto.api.show(str(tagged.path), name="m")
    assert sorted(v["commit_hexsha"] for v in shown) == sorted([first, second])
    assert f'"commit": "{first[:7]}"' in models(Request(folder=tagged.path), as_json=True)
    assert "m@v1.0.0#2 is left out: m@v1.0.0 already names another commit" in capsys.readouterr().err
