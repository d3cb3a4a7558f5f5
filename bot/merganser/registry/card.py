"""The text of a release: the model in short, and where its card stands. The card itself: `model_card`."""

from collections import Counter
from urllib.parse import quote

from merganser import markdown
from merganser.evaluation.verdict import Verdict
from merganser.registry.assets import CARD_FILE
from merganser.registry.subject import Subject
from merganser.run import Run, artifact_digest

MAX_ROWS = 20


def metrics_of(run: Run, verdict: Verdict) -> dict[str, float]:
    """The run's metrics by name: those that the gate computed itself first, then the self-reported rest."""
    judged = {c.metric: c.candidate for c in verdict.checks if not c.slice and c.candidate is not None}
    return {**judged, **{name: value for name, value in sorted(run.metrics.items()) if name not in judged}}


def checks_in_short(verdict: Verdict) -> str:
    """`success: 11 pass, 2 inconclusive`, in the order of the statuses' names."""
    counted = Counter(check.status.value for check in verdict.checks)
    counts = ", ".join(f"{n} {status}" for status, n in sorted(counted.items()))
    return f"{verdict.conclusion.value}: {counts or 'no checks'}"


def release_body(made: Subject) -> str:
    """What it scores, what it was made from, how it was judged, where the rest stands, and how to promote it."""
    run, verdict = made.run, made.verdict
    facts = {
        "commit": made.commit,
        "inputs": f"`{run.inputs_digest}`",
        "model's digest": f"`{artifact_digest(run.artifacts)}`",
        "verdict": f"{checks_in_short(verdict)} ({verdict.trust.value}, {verdict.mode.value})",
        "trained": f"{markdown.code_cell(run.finished)} on Python {markdown.code_cell(run.environment.python)}",
        "parameters": _parameters(run),
    }
    card = f"{made.home}/releases/download/{quote(made.tag, safe='')}/{CARD_FILE}"
    return "\n".join(
        [
            *_metrics_table(metrics_of(run, verdict)),
            "",
            "| made from | |",
            "| --- | --- |",
            *(f"| {name} | {value} |" for name, value in facts.items()),
            "",
            f"The [model card]({card}) says more: data, slices, limits, lineage. `SHA256SUMS` holds for these files.",
            "",
            "```sh",
            f"merganser promote {made.tag} --to ENVIRONMENT",
            "```",
            "",
        ]
    )


def _parameters(run: Run) -> str:
    shown = [markdown.code_cell(f"{name} = {value}") for name, value in sorted(run.params.items())[:MAX_ROWS]]
    more = f" … {len(run.params) - MAX_ROWS} more in `run.json`" if len(run.params) > MAX_ROWS else ""
    return (", ".join(shown) or "none") + more


def _metrics_table(metrics: dict[str, float]) -> list[str]:
    rows = [f"| {markdown.code_cell(name)} | {value:.6g} |" for name, value in metrics.items()]
    more = [f"| … {len(rows) - MAX_ROWS} more in `run.json` | |"] if len(rows) > MAX_ROWS else []
    return ["| metric | value |", "| --- | ---: |", *rows[:MAX_ROWS], *more]
