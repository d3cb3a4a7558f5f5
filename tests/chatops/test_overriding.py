"""Which check is meant, and what the ledger gets of it."""

import datetime

import pytest

from merganser.chatops.binding import Unbound
from merganser.chatops.overriding import Named, Said, cancellation, find, override
from merganser.chatops.reading import Command, read
from merganser.evaluation.verdict import Check, Policy, Status, Verdict
from merganser.plan import Conclusion
from merganser.registry.overrides import Cancellation, Override

NOON = datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC)
DIGEST = "sha256:" + "1" * 64
SAID = Said(by="bob", comment="https://github.com/a/b/pull/1#issuecomment-7", head="a" * 40, at=NOON)


def check(identity: str, status: Status = Status.failed) -> Check:
    return Check(id=identity, metric="accuracy", rule="min", status=status, why="It is.", candidate=0.9)


def verdict(model: str, *checks: Check) -> Verdict:
    return Verdict(
        model=model, inputs_digest=DIGEST, policy=Policy(digest=DIGEST), conclusion=Conclusion.failure, checks=checks
    )


CHURN = verdict("churn", check("accuracy:min"), check("f1:min@c=a/b"), check("auc:min", Status.passed))
SPAM = verdict("spam", check("accuracy:min"), check("brier:max", Status.error))


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
        ("accuracy:mim", [CHURN], "did you mean accuracy:min?"),
        ("x", [verdict("m", check("a:min", Status.passed))], "there is no check x"),
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


def test_an_override_is_bound_to_inputs_policy_and_value() -> None:
    found = find("accuracy:min", [CHURN])
    assert isinstance(found, Named)
    assert override(command("/override accuracy:min --reason 'we know'"), found, SAID) == Override(
        model="churn",
        inputs_digest=DIGEST,
        policy_digest=DIGEST,
        check="accuracy:min",
        observed=0.9,
        floor=None,
        reason="we know",
        by="bob",
        head="a" * 40,
        comment=SAID.comment,
        until=None,
    )


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
    back = cancellation(Named(CHURN, both[at]), SAID)
    assert isinstance(back, Unbound)
    assert "so nothing overrides it" in back.why


def test_the_author_of_the_pull_request_is_told_as_such() -> None:
    own = Said(by="ada", comment=SAID.comment, head=SAID.head, at=NOON, own=True)
    found = override(command("/override accuracy:min --reason ok"), Named(CHURN, CHURN.checks[0]), own)
    assert isinstance(found, Override)
    assert found.reason == "ok (unreviewed: by the author of the pull request)"


def test_a_cancellation_names_the_check_and_the_inputs() -> None:
    assert cancellation(Named(CHURN, CHURN.checks[0]), SAID) == Cancellation(
        model="churn",
        inputs_digest=DIGEST,
        check="accuracy:min",
        by="bob",
        head="a" * 40,
        comment=SAID.comment,
    )
