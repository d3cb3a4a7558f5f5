"""Which number a version gets, and why it is that one: tables of versions, runs and wishes."""

from typing import Any

import pytest

from merganser.config import Bump
from merganser.errors import ConfigError
from merganser.registry import semver
from merganser.registry.numbering import Wish, next_number, reason, version_before
from merganser.registry.versions import Version
from merganser.run import Contract
from tests.registry.samples import run, version

CONTRACT = Contract(inputs=(), outputs=())
RUN = run(params={"C": 1}, contract=CONTRACT)
OTHER_PARAMETERS = run(params={"C": 2}, contract=CONTRACT)
THERE = (version("0.1.0"), version("0.4.0", active=False), version("0.3.0"), version("0.5.0-rc.1"))


def wish(**fields: Any) -> Wish:
    return Wish(**{"policy": Bump.auto, "candidate": RUN, **fields})


@pytest.mark.parametrize(
    ("there", "number", "wanted"),
    [
        ((), "", None),
        ((version("0.5.0-rc.1"),), "", None),
        ((version("0.1.0", model="other"),), "", None),
        (THERE, "", "0.4.0"),
        (THERE, "0.4.0", "0.3.0"),
        (THERE, "0.4.0-rc.1", "0.3.0"),
        (THERE, "0.1.0", None),
        ((version("0.9.0"), version("0.10.0")), "", "0.10.0"),
    ],
)
def test_the_version_before(there: tuple[Version, ...], number: str, wanted: str | None) -> None:
    found = version_before(there, "digits", number)
    assert (found.version if found else None) == wanted


@pytest.mark.parametrize(
    ("there", "asked", "number", "why"),
    [
        ((), wish(), "0.1.0", "minor: it is the model's first version"),
        ((version("0.1.0"),), wish(previous=RUN), "0.1.1", "patch: "),
        ((version("0.1.0"),), wish(previous=OTHER_PARAMETERS), "0.2.0", "minor: C is 1 and was 2"),
        (
            (version("0.1.0"),), wish(), "0.2.0",
            "minor: the run of digits@v0.1.0 is not in the ledger, so nothing tells what changed since",
        ),
        (THERE, wish(previous=RUN), "0.4.1", "patch: "),
        (THERE, wish(policy=Bump.major), "1.0.0", ""),
        (THERE, wish(policy=Bump.minor, once=Bump.patch), "0.4.1", ""),
        (THERE, wish(policy=Bump.major, once=Bump.auto, previous=RUN), "0.4.1", "patch: "),
        (THERE, wish(previous=OTHER_PARAMETERS, once=Bump.major), "1.0.0", ""),
        (THERE, wish(previous=OTHER_PARAMETERS, once=Bump.minor), "0.5.0", "minor: C is 1 and was 2"),
        (THERE, wish(previous=RUN, explicit="v2.0.0"), "2.0.0", ""),
        ((), wish(explicit="v0.1.0"), "0.1.0", "minor: it is the model's first version"),
    ],
)  # fmt: skip
def test_the_number_and_its_reason(there: tuple[Version, ...], asked: Wish, number: str, why: str) -> None:
    found = next_number(there, "digits", asked)
    assert str(found) == number
    said = reason(there, "digits", asked, found)
    assert said == why or (why and said.startswith(why))
    assert bool(said) == bool(why)


def test_a_registration_that_is_finished_later_says_the_same_reason() -> None:
    """The version is there by then, another one too, and nobody repeats what was asked for."""
    there = (version("0.1.0"),)
    first = reason(there, "digits", wish(previous=OTHER_PARAMETERS), semver.parse("0.2.0"))
    later = (*there, version("0.2.0"), version("0.3.0"))
    assert first == "minor: C is 1 and was 2"
    assert reason(later, "digits", wish(previous=OTHER_PARAMETERS), semver.parse("0.2.0")) == first


@pytest.mark.parametrize("explicit", ["v0.5.0-rc.1", "0.4.0", "v0.4.0+again", "v0.0.1"])
def test_a_number_that_is_not_above_all_others_is_refused(explicit: str) -> None:
    with pytest.raises(ConfigError, match=r"is not above v0\.5\.0-rc\.1"):
        next_number(THERE, "digits", wish(explicit=explicit))
