"""The whole storm: 300 events of pull requests over 20 repositories, under GitHub's own limits."""

from pathlib import Path

import pytest

from tests.storm.storm import Weather, play

WEATHERS = {"one App": Weather(), "workflow tokens": Weather(as_app=False), "few": Weather(as_app=False, repos=2)}


@pytest.mark.benchmark
@pytest.mark.parametrize("name", WEATHERS)
def test_a_storm_ends_with_everything_right(name: str, tmp_path: Path) -> None:
    outcome = play(WEATHERS[name], tmp_path)
    print(f"\n{name}: {outcome}")
    assert outcome.wrong == ()
    assert outcome.early == ()
    assert not {word for _, word in outcome.jobs} & {"failed", "ended by its runner"}
