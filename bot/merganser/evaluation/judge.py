"""The gate's front door: two sides and a policy in, a judgement out. Reading, arithmetic and rules live beside it."""

import hashlib
from collections.abc import Callable

import msgspec

from merganser import config
from merganser.documents import dump_json
from merganser.errors import ConfigError
from merganser.evaluation.attempts import attempts_checks
from merganser.evaluation.curves import Curves
from merganser.evaluation.evidence import Evidence, Unavailable
from merganser.evaluation.fairness import fairness_checks
from merganser.evaluation.policy import check_policy, policy_sections
from merganser.evaluation.question import Question, Setting, Side
from merganser.evaluation.rollup import BaselineState, roll_up
from merganser.evaluation.rules import calibration_checks, metric_checks
from merganser.evaluation.slices import slice_checks
from merganser.evaluation.verdict import Check, Trust
from merganser.evaluation.waivers import waive
from merganser.plan import Conclusion

__all__ = ["BaselineState", "Judgement", "Question", "Setting", "Side", "gate_checks", "judge", "policy_digest"]


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The checks in the order of the configuration and what they come to; digests are `sha256:…` or empty."""

    checks: tuple[Check, ...]
    conclusion: Conclusion
    trust: Trust
    labels_digest: str
    policy_digest: str
    submission: int | None = None
    curves: Curves | None = None


def judge(
    question: Question, setting: Setting | None = None, submission: Callable[[str], int | None] = lambda _: None
) -> Judgement:
    """Read both sides and judge the candidate. `submission`: which one this is against labels of a digest.

    A model is taken for the baseline's own (`identical`) when both artifact digests are known and equal, and every row
    has the very same prediction and scores on both sides; without predictions, when all reported metrics are equal. The
    digest is what each run says of itself, and of the inference code nothing is known: that the rows agree stands for
    both.

    `ConfigError` where the policy can't judge, `DataError` where a file can't be read at all; every other fault of the
    data is a check's status.
    """
    rules = question.rules
    check_policy(question.model, rules, question.now)
    _check_labels(question)
    from merganser.evaluation.execution.observe import observe

    observation = observe(question, setting or Setting())
    found = (
        *gate_checks(rules.gate, observation.evidence),
        *fairness_checks(rules.gate, observation.groups),
        *_checks_beside(question, observation.evidence.no_baseline),
        *attempts_checks(rules.gate, count := submission(observation.labels_digest)),
    )
    checks = waive(found, rules.gate, question.model)
    return Judgement(
        checks=checks,
        conclusion=roll_up(checks, rules.gate, question.baseline_state),
        trust=Trust.sealed if question.labels else Trust.self_reported,
        labels_digest=observation.labels_digest,
        submission=count,
        curves=observation.curves,
        policy_digest=policy_digest(rules),
    )


def gate_checks(gate: config.Gate, evidence: Evidence) -> tuple[Check, ...]:
    """Every check that comes from metrics, before waivers: of all rows, of calibration, of slices."""
    overall = [check for metric in gate.metrics for check in metric_checks(metric, gate, evidence)]
    return (*overall, *calibration_checks(gate, evidence), *slice_checks(gate, evidence))


def _checks_beside(question: Question, lacking: Unavailable | None) -> tuple[Check, ...]:
    """The checks of what stands beside predictions; files are looked at for those that there are."""
    gate, baseline = question.rules.gate, question.baseline
    found: list[Check] = []
    if gate.budgets:
        from merganser.evaluation.budgets import budget_checks
        from merganser.evaluation.execution.beside import costs

        before = costs(baseline, question.rules) if baseline else lacking
        found += budget_checks(gate, costs(question.candidate, question.rules), before)
    if gate.drift:
        from merganser.evaluation.drift.checks import drift_checks
        from merganser.evaluation.execution.beside import drift

        found += drift_checks(gate, drift(question))
    return tuple(found)


def policy_digest(model: config.Model) -> str:
    """`sha256:…` over gate, predictions, task and positive label, defaults included: equal digests judge alike."""
    return "sha256:" + hashlib.sha256(dump_json(policy_sections(model))).hexdigest()


def _check_labels(question: Question) -> None:
    """Labels have predictions to be joined to, and sealed ones are there."""
    predictions, at = question.rules.predictions, f"models.{question.model}.predictions"
    if predictions is None and question.labels is not None:
        raise ConfigError(f"{at}: labels are given, but no predictions", "Describe the predictions file's columns.")
    if question.labels is None and question.rules.labels is not None:
        raise ConfigError(
            f"models.{question.model}.labels: the labels are sealed, and none are given here",
            "Pass their file: `merganser gate --labels FILE`, `merganser report --labels MODEL=FILE`.",
        )
