"""What is in a stage: a row of the table for each kind of history, and the order in which tags were said."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.registry import stages, versions
from merganser.registry.history import TagFact, heard, in_order

A, B, C = "a" * 40, "b" * 40, "c" * 40
V1, V2 = ("m@v1.0.0", 1, A), ("m@v2.0.0", 2, B)
Told = tuple[str, int, str]


def facts(told: list[Told]) -> list[TagFact]:
    return [TagFact(name=name, commit=commit, time=time, annotated=True) for name, time, commit in told]


def held(told: list[Told], stage: str = "prod") -> str | None:
    """The version in the stage, its short commit without a version, or None."""
    history = heard(facts(told))
    known = versions.registered(history).versions
    found = {one.stage: one for one in stages.read(history, known) if one.model == "m"}
    one = found.get(stage)
    return None if one is None else one.version or one.commit[:7]


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        pytest.param([("m#prod#1", 3, A), ("m#prod#2", 4, B), ("m#prod#3", 5, A)], "1.0.0", id="v1, v2, v1 again"),
        pytest.param([("m#prod#1", 3, A), ("m#prod#2", 4, B), ("m#prod!#3", 5, B)], "1.0.0", id="v2 unassigned"),
        pytest.param([("m#prod#1", 3, B), ("m#prod!#2", 4, B)], None, id="only v2, unassigned"),
        pytest.param([("m#prod#1", 3, B), ("m@v2.0.0!", 4, B)], None, id="only v2, deregistered"),
        pytest.param([("m#prod#9", 3, A), ("m#prod#10", 3, B)], "2.0.0", id="same second: the counter decides"),
        pytest.param([("m#prod#9", 9, A), ("m#prod#10", 3, B)], "2.0.0", id="a clock went back: the counter decides"),
        pytest.param([("m#prod", 3, A), ("m#prod#1", 4, B)], "2.0.0", id="no counter: time, later counted"),
        pytest.param([("m#prod#1", 3, B), ("m#prod", 4, A)], "1.0.0", id="no counter: time, later uncounted"),
        pytest.param([("m#prod#1", 3, A), ("m#prod#2", 4, B), ("m@v2.0.0!", 5, B)], "1.0.0", id="v2 deregistered: v1"),
        pytest.param([("m#prod#1", 3, B), ("m#prod#2", 4, B), ("m#prod!#3", 5, B)], None, id="twice in, once out"),
        pytest.param([("m#prod#1", 3, B), ("m#prod!#2", 4, B), ("m#prod#3", 5, B)], "2.0.0", id="in, out, in"),
        pytest.param([("m#prod#1", 3, A), ("m#prod#2", 4, B), ("m#prod!#3", 5, A)], "2.0.0", id="v1 unassigned: v2"),
        pytest.param([("m@v2.1.0-rc.1", 3, B), ("m#prod#1", 4, B)], "2.1.0-rc.1", id="final and next candidate"),
        pytest.param([("m@v2.0.0-rc.1", 1, B), ("m#prod#1", 4, B)], "2.0.0", id="candidate and final"),
        pytest.param([("m@v1.1.0", 3, A), ("m#prod#1", 4, A)], "1.1.0", id="two finals"),
        pytest.param([("m@v1.1.0", 3, A), ("m@v1.1.0!", 4, A), ("m#prod#1", 5, A)], "1.0.0", id="the greater is out"),
        pytest.param([("m#prod#1", 3, C)], "ccccccc", id="no version"),
        pytest.param([("m#prod#1", 3, A), ("m#prod#2", 4, C), ("m#prod!#3", 5, C)], "1.0.0", id="no version, out"),
        pytest.param([("m#prod#1", 3, A), ("m@deprecated", 4, A)], "1.0.0", id="deprecated: stages stay"),
        pytest.param([("m#prod#1", 3, A), ("m@v1.0.0!", 4, A), ("m@v1.0.0#5", 5, A)], "1.0.0", id="registered again"),
        pytest.param(
            [("m#prod#1", 3, A), ("m@v1.0.0!", 4, A), ("m@v1.0.0#5", 5, C)], None, id="registered again elsewhere"
        ),
        pytest.param([("m#dev#1", 3, A)], None, id="another stage"),
        pytest.param([("n#prod#1", 3, A)], None, id="another model"),
    ],
)  # fmt: skip
def test_one_answer_for_every_history(told: list[Told], wanted: str | None) -> None:
    assert held([V1, V2, *told]) == wanted


def test_a_stage_says_which_tag_put_its_commit_there_and_when() -> None:
    history = heard(facts([V1, V2, ("m#prod#1", 3, A), ("d=n#dev", 4, C), ("m#dev#2", 5, B)]))
    found = stages.read(history, versions.registered(history).versions)
    assert [(one.model, one.stage, one.version, one.commit, one.tag, one.since) for one in found] == [
        ("d:n", "dev", "", C, "d=n#dev", 4),
        ("m", "dev", "2.0.0", B, "m#dev#2", 5),
        ("m", "prod", "1.0.0", A, "m#prod#1", 3),
    ]


def test_a_registry_without_stage_tags_has_no_stages() -> None:
    history = heard(facts([V1, V2]))
    assert stages.read(history, versions.registered(history).versions) == ()


EVENTS = [
    "m#prod", "m#prod!", "m#prod#1", "m#prod#2", "m#prod!#2", "m#prod!#3", "m#prod#9", "m#prod#10", "m@v3.0.0",
    "m@v3.0.0!", "m@v3.0.0#11",
]  # fmt: skip
HISTORIES = st.dictionaries(
    st.sampled_from(EVENTS), st.tuples(st.integers(0, 6), st.sampled_from([A, B, C])), max_size=len(EVENTS)
)


@given(HISTORIES, st.randoms())
def test_the_order_in_which_git_lists_tags_does_not_matter(told: dict[str, tuple[int, str]], random: Random) -> None:
    listed = [V1, V2, *((name, time, commit) for name, (time, commit) in told.items())]
    shuffled = list(listed)
    random.shuffle(shuffled)
    assert held(listed) == held(shuffled)


@given(HISTORIES)
def test_counters_decide_between_counted_tags_and_times_between_uncounted(told: dict[str, tuple[int, str]]) -> None:
    said = heard(facts([(name, time, commit) for name, (time, commit) in told.items()])).said
    ordered = in_order(said)
    assert sorted(map(id, ordered)) == sorted(map(id, said))
    counters = [one.event.counter for one in ordered if one.event.counter is not None]
    assert counters == sorted(counters)
    times = [one.fact.time for one in ordered if one.event.counter is None]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ([("m#s", 5, A), ("m#s!", 5, A)], ["m#s", "m#s!"]),
        ([("m#s!", 5, A), ("m#s#1", 5, A)], ["m#s#1", "m#s!"]),
        ([("m#s", 5, A), ("m#s#1", 5, A)], ["m#s", "m#s#1"]),
        ([("m#s!#1", 5, A), ("m#s#1", 5, A)], ["m#s#1", "m#s!#1"]),
        ([("m#s!#1", 4, A), ("m#s#1", 5, A)], ["m#s!#1", "m#s#1"]),
        ([("m#s#2", 1, A), ("m#s#1", 7, A), ("m#s", 8, A)], ["m#s#1", "m#s#2", "m#s"]),
        ([("m#s#2", 1, A), ("m#s#1", 7, A), ("m#s", 6, A)], ["m#s", "m#s#1", "m#s#2"]),
    ],
)
def test_which_of_two_was_said_last(told: list[Told], wanted: list[str]) -> None:
    for listed in (told, told[::-1]):
        assert [one.fact.name for one in in_order(heard(facts(listed)).said)] == wanted
