"""The text of a release: a short model card in Markdown, from the run and its verdict."""

from collections import Counter

from merganser import markdown
from merganser.evaluation.verdict import Verdict
from merganser.registry.ledger import RunRecord
from merganser.run import Run, artifact_digest

MAX_ROWS = 50


def metrics_of(run: Run, verdict: Verdict) -> dict[str, float]:
    """The run's metrics by name: those that the gate computed itself first, then the self-reported rest."""
    judged = {c.metric: c.candidate for c in verdict.checks if not c.slice and c.candidate is not None}
    return {**judged, **{name: value for name, value in sorted(run.metrics.items()) if name not in judged}}


def checks_in_short(verdict: Verdict) -> str:
    """`success: 11 pass, 2 inconclusive`, in the order of the statuses' names."""
    counted = Counter(check.status.value for check in verdict.checks)
    counts = ", ".join(f"{n} {status}" for status, n in sorted(counted.items()))
    return f"{verdict.conclusion.value}: {counts or 'no checks'}"


def release_body(tag: str, record: RunRecord, verdict: Verdict) -> str:
    """What it scores, what it was made from, how it was judged, and the command that promotes it."""
    run = record.run
    facts = {
        "commit": record.recorded.commit,
        "inputs": f"`{run.inputs_digest}`",
        "model's digest": f"`{artifact_digest(run.artifacts)}`",
        "verdict": f"{checks_in_short(verdict)} ({verdict.trust.value}, {verdict.mode.value})",
        "trained": f"{markdown.code_cell(run.finished)} on Python {markdown.code_cell(run.environment.python)}",
        "parameters": _parameters(run),
    }
    data = [(pin.name, f"{pin.system} {pin.digest}") for pin in run.data[:MAX_ROWS]]
    return "\n".join(
        [
            *_metrics_table(metrics_of(run, verdict)),
            "",
            "| made from | |",
            "| --- | --- |",
            *(f"| {name} | {value} |" for name, value in facts.items()),
            *(f"| data {markdown.code_cell(name)} | {markdown.code_cell(pin)} |" for name, pin in data),
            "",
            "Promote it:",
            "",
            "```sh",
            f"merganser promote {tag} --to ENVIRONMENT",
            "```",
            "",
            "`run.json` and `verdict.json` are the evidence; `SHA256SUMS` holds for every file here.",
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
