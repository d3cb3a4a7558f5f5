"""Whether a check knew all that people had said about its models' inputs, from a few letters that it carries."""

import itertools
import re
from collections.abc import Sequence

import pytest

from merganser.registry.overrides import Cancellation, Line, Override, Said
from merganser.registry.spoken import heard, is_all, spoken

A, B = (f"sha256:{digit * 64}" for digit in "ab")


def override(comment: int, model: str = "tiny", inputs: str = A) -> Said[Override]:
    said = Override(
        model=model, inputs_digest=inputs, policy_digest=B, check="accuracy:min", observed=0.5, floor=None,
        reason="ok", by="ada", head="1" * 40, comment=f"https://x.example/1#issuecomment-{comment}", until=None,
    )  # fmt: skip
    return Said(path=f"overrides/{model}/{comment}-1.json", at=Line(comment, 1), what=said)


def cancellation(comment: int, model: str = "tiny", inputs: str = A) -> Said[Cancellation]:
    said = Cancellation(
        model=model, inputs_digest=inputs, check="accuracy:min", by="ada", head="1" * 40,
        comment=f"https://x.example/1#issuecomment-{comment}",
    )  # fmt: skip
    return Said(path=f"cancellations/{model}/{comment}-1.json", at=Line(comment, 1), what=said)


Records = Sequence[Said[Override] | Said[Cancellation]]


@pytest.mark.parametrize(
    ("then", "now", "same"),
    [
        ([], [], True),
        ([override(1)], [override(1)], True),
        ([], [override(1)], False),
        ([override(1)], [override(1), override(2)], False),
        ([override(1)], [override(1), cancellation(2)], False),
        ([override(1)], [], False),
        # About other inputs, or another model, however alike.
        ([override(1)], [override(1), override(2, inputs=B)], True),
        ([override(1)], [override(1), override(2, model="other")], True),
        ([override(1)], [cancellation(2, model="other"), override(1)], True),
    ],
)
def test_a_check_knows_what_was_said_when_it_was_made(then: Records, now: Records, same: bool) -> None:
    assert is_all(heard({"tiny": A}, spoken(then)), spoken(now)) is same


def test_the_order_of_records_makes_no_difference() -> None:
    records = [override(1), cancellation(2), override(3)]
    assert len({str(spoken(order)) for order in itertools.permutations(records)}) == 1


def test_each_model_has_a_word_whether_anybody_spoke_of_it_or_not() -> None:
    words = heard({"tiny": A, "other": A, "third": B}, spoken([override(1)]))
    assert len(words) == len({word[:12] for word in words}) == 3
    assert words == tuple(sorted(words))
    assert sum(bool(re.fullmatch("[0-9a-f]{12}-[0-9a-f]{8}", word)) for word in words) == 1
    assert sum(bool(re.fullmatch("[0-9a-f]{12}", word)) for word in words) == 2


def test_a_check_that_judged_nothing_misses_nothing() -> None:
    assert is_all((), spoken([override(1)]))
