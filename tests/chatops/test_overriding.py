"""Which check is meant, and what the ledger gets of it."""

import datetime
from typing import Any

import msgspec
import pytest

from merganser.chatops.binding import Unbound
from merganser.chatops.overriding import Named, Said, cancellation, find, override
from merganser.chatops.reading import Command, read
from merganser.evaluation.rollup import Skip
from merganser.evaluation.verdict import Check, Policy, Status, Verdict
from merganser.evaluation.waivers import Fault
from merganser.plan import Conclusion
from merganser.registry.overrides import Cancellation, Line, Override
from merganser.registry.overrides import Said as Recorded

NOON = datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC)
DIGEST = "sha256:" + "1" * 64
SAID = Said(by="bob", comment="https://github.com/a/b/pull/1#issuecomment-7", head="a" * 40, at=NOON, now=NOON)


def check(identity: str, status: Status = Status.failed) -> Check:
    return Check(id=identity, metric="accuracy", rule="min", status=status, why="It is.", candidate=0.9)


def verdict(model: str, *checks: Check) -> Verdict:
    return Verdict(
        model=model, inputs_digest=DIGEST, policy=Policy(digest=DIGEST), conclusion=Conclusion.failure, checks=checks
    )


CHURN = verdict("churn", check("accuracy:min"), check("f1:min@c=a/b"), check("auc:min", Status.passed))
SPAM = verdict("spam", check("accuracy:min"), check("brier:max", Status.error))


def given(**fields: Any) -> Recorded[Override]:
    """An override of CHURN's first check."""
    what = Override(
        model="churn", inputs_digest=DIGEST, policy_digest=DIGEST, check="accuracy:min", fault=Fault.failed,
        observed=0.9, floor=None, reason="ok", by="ada", head=SAID.head, comment=SAID.comment, until=None,
    )  # fmt: skip
    return Recorded(path="overrides/churn/7-1.json", at=Line(7, 1), what=msgspec.structs.replace(what, **fields))


def command(comment: str) -> Command:
    [found] = read(comment)
    assert isinstance(found, Command)
    return found


@pytest.mark.parametrize(
    ("name", "verdicts", "expected"),
    [
        ("accuracy:min", [CHURN], ("churn", "accuracy:min")),
        ("churn/accuracy:min", [CHURN], ("churn", "accuracy:min")),
        ("spam/accuracy:min", [CHURN, SPAM], ("spam", "accuracy:min")),
        ("f1:min@c=a/b", [CHURN, SPAM], ("churn", "f1:min@c=a/b")),
        ("churn/f1:min@c=a/b", [CHURN, SPAM], ("churn", "f1:min@c=a/b")),
        ("accuracy:min", [CHURN, SPAM], "several models have the check"),
        ("accuracy:mim", [CHURN], "did you mean `accuracy:min`?"),
        ("x", [verdict("m", check("a:min", Status.passed))], "there is no check `x`"),
        ("spam/auc:min", [CHURN, SPAM], "there is no check"),
        ("accuracy:min", [], "no verdict on this commit"),
        ("accuracy:min", [verdict("m")], "no verdict on this commit"),
    ],
)
def test_a_check_is_found_by_its_name(name: str, verdicts: list[Verdict], expected: tuple[str, str] | str) -> None:
    found = find(name, verdicts)
    if isinstance(expected, str):
        assert isinstance(found, Unbound)
        assert expected in found.why
    else:
        assert isinstance(found, Named)
        assert (found.verdict.model, found.check.id) == expected


def test_an_override_is_bound_to_inputs_policy_fault_and_value() -> None:
    found = find("accuracy:min", [CHURN])
    assert isinstance(found, Named)
    assert override(command("/override accuracy:min --reason 'we know'"), found, SAID) == Override(
        model="churn",
        inputs_digest=DIGEST,
        policy_digest=DIGEST,
        check="accuracy:min",
        fault=Fault.failed,
        observed=0.9,
        floor=None,
        reason="we know",
        by="bob",
        head="a" * 40,
        comment=SAID.comment,
        until=None,
    )


@pytest.mark.parametrize(
    ("status", "notes", "expected"),
    [
        (Status.failed, (), Fault.failed),
        (Status.inconclusive, (Skip.few_rows,), Fault.inconclusive),
        (Status.skipped, (Skip.no_baseline,), Fault.no_baseline),
        (Status.skipped, (Skip.data_changed, Skip.no_baseline), Fault.data_changed),
    ],
)
def test_what_was_wrong_then_is_recorded(status: Status, notes: tuple[str, ...], expected: Fault) -> None:
    seen = msgspec.structs.replace(check("accuracy:min", status), notes=notes)
    found = override(command("/override accuracy:min --reason ok"), Named(CHURN, seen), SAID)
    assert isinstance(found, Override)
    assert found.fault is expected


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("36h", "2026-11-29T00:00:00+00:00"),
        ("7d", "2026-12-04T12:00:00+00:00"),
        ("90s", "2026-11-27T12:01:30+00:00"),
        ("5m", "2026-11-27T12:05:00+00:00"),
        ("2026-11-27", "2026-11-27"),
        ("2026-11-27T14:00:00+01:00", "2026-11-27T14:00:00+01:00"),
        ("2026-11-26", Unbound("2026-11-26 is over", "Name a later date, or none.")),
        ("2026-11-27T13:00:00+01:00", Unbound("2026-11-27T13:00:00+01:00 is over", "Name a later date, or none.")),
    ],
)
def test_its_end_is_counted_from_the_comment(until: str, expected: str | Unbound) -> None:
    found = override(
        command(f"/override accuracy:min --reason ok --until {until}"), Named(CHURN, CHURN.checks[0]), SAID
    )
    assert (found.until if isinstance(found, Override) else found) == expected


@pytest.mark.parametrize("at", [2, 3])
def test_only_a_no_or_a_not_proven_is_overridden(at: int) -> None:
    both = (*CHURN.checks, *SPAM.checks[1:])
    found = override(command("/override x --reason ok"), Named(CHURN, both[at]), SAID)
    assert isinstance(found, Unbound)
    assert "only a failed or inconclusive" in found.why
    back = cancellation(Named(CHURN, both[at]), SAID, [given()])
    assert isinstance(back, Unbound)
    assert "so nothing overrides it" in back.why


def test_the_author_of_the_pull_request_is_told_as_such() -> None:
    own = Said(by="ada", comment=SAID.comment, head=SAID.head, at=NOON, now=NOON, own=True)
    found = override(command("/override accuracy:min --reason ok"), Named(CHURN, CHURN.checks[0]), own)
    assert isinstance(found, Override)
    assert found.reason == "ok (unreviewed: by the author of the pull request)"


def test_a_cancellation_names_the_check_and_the_inputs() -> None:
    assert cancellation(Named(CHURN, CHURN.checks[0]), SAID, [given()]) == Cancellation(
        model="churn",
        inputs_digest=DIGEST,
        check="accuracy:min",
        by="bob",
        head="a" * 40,
        comment=SAID.comment,
    )


@pytest.mark.parametrize(
    ("standing", "done"),
    [
        ([], False),
        ([given(check="f1:min@c=a/b")], False),
        ([given(until="2026-11-27T12:00:00Z")], False),
        ([given(until="2026-11-27T12:00:01Z")], True),
        ([given(until="2026-11-26"), given()], True),
    ],
)
def test_only_an_override_that_stands_is_taken_back(standing: list[Recorded[Override]], done: bool) -> None:
    found = cancellation(Named(CHURN, CHURN.checks[0]), SAID, standing)
    assert isinstance(found, Cancellation) is done
    if isinstance(found, Unbound):
        assert "nobody has overridden the check accuracy:min" in found.why


@pytest.mark.parametrize(("minutes", "until"), [(4, "2026-11-27T12:05:00+00:00"), (5, None), (90, None)])
def test_an_end_that_has_passed_before_the_answer_lifts_nothing(minutes: int, until: str | None) -> None:
    late = msgspec.structs.replace(SAID, now=NOON + datetime.timedelta(minutes=minutes))
    found = override(command("/override accuracy:min --reason ok --until 5m"), Named(CHURN, CHURN.checks[0]), late)
    assert (found.until if isinstance(found, Override) else None) == until
