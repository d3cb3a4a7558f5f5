"""A registry at a glance."""

import pytest

from merganser.registry import stages, versions
from merganser.registry.history import TagFact, heard
from merganser.registry.overview import Model, overview, spoken
from merganser.registry.versions import FINALS, Eligible

A, B = "a" * 40, "b" * 40


def models(*told: tuple[str, str], eligible: Eligible = FINALS) -> list[Model]:
    history = heard(TagFact(name=n, commit=c, time=at, annotated=True) for at, (n, c) in enumerate(told))
    registry = versions.registered(history)
    return list(overview(registry, stages.read(history, registry.versions), eligible))


def test_every_model_with_a_version_or_a_stage_is_there() -> None:
    n, m = sorted(
        models(("m@v1.0.0", A), ("m@v1.1.0", B), ("m@v1.1.0!", B), ("k#prod#1", B)), key=lambda one: one.versions
    )
    assert (m.name, m.versions, m.latest and m.latest.version, m.stages) == ("m", 2, "1.0.0", ())
    assert (n.name, n.versions, n.latest, [spoken(one) for one in n.stages]) == (
        "k",
        0,
        None,
        ["bbbbbbb (unregistered)"],
    )


def test_a_stage_is_spoken_by_its_version() -> None:
    [m] = models(("m@v1.0.0", A), ("m#prod#1", A))
    assert [spoken(one) for one in m.stages] == ["v1.0.0"]


@pytest.mark.parametrize(
    ("told", "eligible", "state", "latest"),
    [
        (["m@v1.0.0", "m@v2.0.0-rc.1"], FINALS, "active", "1.0.0"),
        (["m@v1.0.0", "m@v2.0.0-rc.1"], Eligible(prereleases=True), "active", "2.0.0-rc.1"),
        (["m@v1.0.0+x-y"], FINALS, "active", "1.0.0+x-y"),
        (["m@v1.0.0", "m@deprecated"], FINALS, "deprecated", None),
        (["m@v1.0.0", "m@deprecated"], Eligible(deprecated=True), "deprecated", "1.0.0"),
        (["m@v1.0.0", "m@deprecated", "m@v1.1.0"], FINALS, "active", "1.1.0"),
        (["m#prod#1", "m@deprecated"], FINALS, "deprecated", None),
    ],
)
def test_what_is_the_latest(told: list[str], eligible: Eligible, state: str, latest: str | None) -> None:
    [m] = models(*((name, A) for name in told), eligible=eligible)
    assert (m.state, m.latest.version if m.latest else None) == (state, latest)
    registry = versions.registered(
        heard(TagFact(name=n, commit=A, time=at, annotated=True) for at, n in enumerate(told))
    )
    assert m.latest == versions.latest(registry.versions, "m", eligible)
