"""Versions from tags: tables of histories."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.registry.history import TagFact
from merganser.registry.versions import Registry, Version, at_commit, find, latest, read

A, B = "a" * 40, "b" * 40


def tag(name: str, time: int = 0, commit: str = A, message: str = "") -> TagFact:
    return TagFact(name=name, commit=commit, time=time, annotated=True, message=message)


def only(registry: Registry) -> Version:
    assert registry.warnings == ()
    (version,) = registry.versions
    return version


def test_a_registered_version_says_all_that_its_tag_says() -> None:
    message = f"Registering artifact m version v1.2.3\n\nInputs-Digest: sha256:{'1' * 64}\nLedger: runs/m/x.json\n"
    assert only(read([tag("m@v1.2.3", 77, message=message)])) == Version(
        model="m", version="1.2.3", tag="m@v1.2.3", commit=A, registered_at=77, inputs_digest="sha256:" + "1" * 64
    )


def test_a_tag_of_another_tool_has_no_digest() -> None:
    assert only(read([tag("m@v1.2.3", message="hello\n")])).inputs_digest == ""


@pytest.mark.parametrize(
    ("events", "active"),
    [
        ([("m@v1.0.0", 1)], True),
        ([("m@v1.0.0", 1), ("m@v1.0.0!", 2)], False),
        ([("m@v1.0.0!", 2), ("m@v1.0.0", 1)], False),
        ([("m@v1.0.0", 1), ("m@v1.0.0!", 1)], False),
        ([("m@v1.0.0", 1), ("m@v1.0.0!", 2), ("m@v1.0.0#3", 3)], True),
        ([("m@v1.0.0", 1), ("m@v1.0.0!#2", 2), ("m@v1.0.0#3", 2)], True),
        ([("m@v1.0.0", 1), ("m@v1.0.0#2", 2)], True),
        ([("m@v1.0.0", 1), ("m@created", 0), ("other tag", 9), ("v1.0.0", 9)], True),
    ],
)
def test_active(events: list[tuple[str, int]], active: bool) -> None:
    assert only(read([tag(name, time) for name, time in events])).active is active


@pytest.mark.parametrize(
    ("events", "deprecated"),
    [
        ([("m@v1.0.0", 1), ("m@deprecated", 2)], True),
        ([("m@v1.0.0", 1), ("m@deprecated", 1)], True),
        ([("m@v1.0.0", 3), ("m@deprecated", 2)], False),
        ([("m@v1.0.0", 1), ("other@deprecated", 2)], False),
    ],
)
def test_deprecated(events: list[tuple[str, int]], deprecated: bool) -> None:
    registry = read([tag(name, time) for name, time in events])
    assert only(registry).deprecated is deprecated
    assert (latest(registry.versions, "m") is None) is deprecated


def test_registered_again_after_deregistering_names_the_new_commit() -> None:
    again = only(read([tag("m@v1.0.0", 1), tag("m@v1.0.0!", 2), tag("m@v1.0.0#2", 3, B)]))
    assert (again.active, again.commit, again.tag) == (True, B, "m@v1.0.0#2")


@pytest.mark.parametrize(
    ("fact", "warning"),
    [
        (TagFact(name="m@v1.0.0", commit=A, time=0, annotated=False), "m@v1.0.0 is left out: it is lightweight"),
        (
            TagFact(name="m@v1.0.0", commit="", time=5, annotated=True),
            "m@v1.0.0 is left out: it doesn't point to a commit",
        ),
        (tag("m@v1.0.0!"), "m@v1.0.0! deregisters a version that was never registered"),
    ],
)
def test_a_tag_that_is_left_out_is_told(fact: TagFact, warning: str) -> None:
    registry = read([fact])
    assert registry.versions == ()
    assert len(registry.warnings) == 1
    assert warning in registry.warnings[0]


def test_a_version_on_two_commits_stays_where_it_was_first() -> None:
    registry = read([tag("m@v1.0.0#5", 2, B), tag("m@v1.0.0", 1, A)])
    assert [version.commit for version in registry.versions] == [A]
    assert registry.warnings == ("the tag m@v1.0.0#5 is left out: m@v1.0.0 already names another commit",)


def test_latest_is_the_greatest_active_final() -> None:
    tags = [tag("m@v1.9.0", 9), tag("m@v1.10.0", 2), tag("m@v2.0.0-rc.1", 3), tag("m@v3.0.0", 4), tag("m@v3.0.0!", 5)]
    versions = read([*tags, tag("n@v7.0.0")]).versions
    found = latest(versions, "m")
    assert found is not None
    assert found.version == "1.10.0"
    assert latest(versions, "nobody") is None


def test_of_equal_precedence_the_later_registered_is_the_latest() -> None:
    found = latest(read([tag("m@v1.0.0+b", 1), tag("m@v1.0.0+a", 2)]).versions, "m")
    assert found is not None
    assert found.version == "1.0.0+a"


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["m@v1.0.0-rc.1", "m@v1.0.0"], "1.0.0"),
        (["m@v1.0.0", "m@v1.1.0"], "1.1.0"),
        (["m@v1.0.0", "m@v1.1.0", "m@v1.1.0!"], "1.0.0"),
        (["m@v1.0.0", "m@v1.0.0!"], "1.0.0"),
    ],
)
def test_of_several_on_a_commit_the_greatest_active_counts(names: list[str], wanted: str) -> None:
    versions = read([tag(name, time) for time, name in enumerate(names)]).versions
    found = at_commit(versions, "m", A)
    assert found is not None
    assert found.version == wanted
    assert at_commit(versions, "m", B) is None
    assert at_commit(versions, "n", A) is None


def test_find_takes_the_name_with_or_without_v() -> None:
    versions = read([tag("m@v1.0.0"), tag("m@v1.0.0-rc.1")]).versions
    assert find(versions, "m", "v1.0.0") == find(versions, "m", "1.0.0") == versions[1]
    assert find(versions, "m", "2.0.0") is None


def test_versions_come_by_model_and_precedence() -> None:
    names = ["b@v1.0.0", "a@v1.10.0", "a@v1.9.0", "a@v1.10.0-rc.1"]
    assert [v.tag for v in read(map(tag, names)).versions] == ["a@v1.9.0", "a@v1.10.0-rc.1", "a@v1.10.0", "b@v1.0.0"]


NAMES = st.sampled_from(["m@v1.0.0", "m@v1.0.0!", "m@v1.0.0#1", "m@v1.0.0!#2", "m@deprecated", "m@v2.0.0", "m@created"])


@given(st.dictionaries(NAMES, st.tuples(st.integers(-5, 5), st.sampled_from([A, B])), max_size=7), st.randoms())
def test_the_order_of_the_tags_does_not_matter(facts: dict[str, tuple[int, str]], random: Random) -> None:
    tags = [tag(name, time, commit) for name, (time, commit) in facts.items()]
    shuffled = list(tags)
    random.shuffle(shuffled)
    assert read(tags) == read(shuffled)


def test_five_thousand_tags_are_read_at_once() -> None:
    registry = read(tag(f"m@v{n}.0.0", n) for n in range(5000))
    assert len(registry.versions) == 5000
    found = latest(registry.versions, "m")
    assert found is not None
    assert found.version == "4999.0.0"


def test_the_tag_that_takes_a_version_out_of_use() -> None:
    version = Version(model="m", version="1.4.0-rc.1", tag="m@v1.4.0-rc.1", commit="a" * 40, registered_at=0)
    assert version.deregistration == "m@v1.4.0-rc.1!"
