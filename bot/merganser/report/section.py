"""One model's part of the comment: its sentences, its table of checks, what is folded, what changed. As blocks."""

from collections.abc import Sequence

from merganser.evaluation.compare import MetricChange, ValueChange
from merganser.evaluation.verdict import Check, Verdict
from merganser.evaluation.wording import number_of_rows
from merganser.markdown import code, code_cell, prose, sentences
from merganser.registry.overrides import Override
from merganser.report.blocks import MAX_ROWS, commit_link, folded, table
from merganser.report.figures import NONE, change, level, number, signed
from merganser.report.interval import draw
from merganser.report.model import Judged, NotJudged, Report
from merganser.report.text import NAME_LIMIT, link
from merganser.report.way_out import way_out
from merganser.report.wording import (
    SYMBOLS,
    TITLE_LIMIT,
    Outcome,
    by_attention,
    confidence,
    family,
    model_title,
    more_checks,
    needs_eyes,
    outcome,
    rows_behind,
    rule_words,
    shown_and_folded,
    status_symbol,
    status_words,
    subject,
)

_SENTENCES = 10
NO_BREAK = "\N{NO-BREAK SPACE}"
_FEW_CHANGES = 6
_ID_LIMIT = 600
_DIGEST_LIMIT = 20


def section(entry: Judged | NotJudged, report: Report, level: str) -> list[str]:
    """The blocks of one model under a heading of `level` (`##`)."""
    symbol = SYMBOLS[outcome(entry)]
    if isinstance(entry, NotJudged):
        log = f" {link('Look at the log.', entry.log_url)}" if entry.log_url else ""
        return [f"{level} {symbol} {prose(entry.model, NAME_LIMIT)}: not judged", f"\n{sentences(entry.reason)}{log}"]
    checks = by_attention(entry.verdict.checks)
    return [
        f"{level} {symbol} {prose(model_title(entry), TITLE_LIMIT)}",
        f"\n{_evidence(entry, report)}",
        *_sentences(checks, entry.overrides),
        *_way_out(checks, entry, report),
        *_check_tables(checks),
        *_self_reported(entry),
        *_changes(entry),
    ]


def _evidence(entry: Judged, report: Report) -> str:
    """What was compared with what, on how many rows."""
    verdict = entry.verdict
    rows = rows_behind(verdict.checks)
    parts = [_baseline(verdict, report)]
    if entry.new_model:
        parts.insert(0, "**new** model")
    if rows:
        parts.append(number_of_rows(rows))
    if verdict.submission is not None:
        parts.append(f"submission {verdict.submission} against these labels")
    if entry.reused_run_url:
        parts.append(f"bundle of {link('an earlier run', entry.reused_run_url)} with the same inputs")
    return " · ".join(parts)


def _baseline(verdict: Verdict, report: Report) -> str:
    baseline = verdict.baseline
    commit = commit_link(report.server_url, report.repo, baseline.commit) if baseline.commit else ""
    if baseline.kind == "none":
        return "No baseline to compare with"
    found = f" (predictions from {prose(baseline.read_from)})" if baseline.read_from else ""
    if baseline.kind == "ledger":
        return f"Compared with the recorded run{f' of {commit}' if commit else ''}{found}"
    if baseline.kind == "trained":
        return f"Compared with {commit or 'the base'}, **trained in this change's own job** and so self-reported{found}"
    named = code(baseline.name) if baseline.name else "an earlier one"
    what = "version " if baseline.kind == "version" else ""
    return f"Compared with {what}{named}{f' ({commit})' if commit else ''}{found}"


def _sentences(checks: list[Check], overrides: Sequence[Override]) -> list[str]:
    """One line for each check that needs eyes, the worst ten of them."""
    given = {one.check: one for one in overrides}
    loud = [check for check in checks if needs_eyes(check)]
    lines = [
        f"- {status_symbol(one)} {code(one.id, _ID_LIMIT)}: {prose(one.why)}{_let_pass(one, given.get(one.id))}"
        for one in loud[:_SENTENCES]
    ]
    if len(loud) > _SENTENCES:
        lines.append(f"- and {len(loud) - _SENTENCES:,} more in the table")
    return ["", *lines] if lines else []


def _way_out(checks: list[Check], entry: Judged, report: Report) -> list[str]:
    if report.override is None or outcome(entry) is not Outcome.blocked:
        return []
    return way_out(checks, entry.verdict.model if len(report.models) > 1 else "", report.override)


def _let_pass(check: Check, override: Override | None) -> str:
    """Who lets a check pass: somebody by a comment, or the configuration."""
    waiver = check.waiver
    if waiver is None:
        return ""
    until = f" until {prose(waiver.until)}" if waiver.until else ""
    floor = "" if waiver.floor is None else f", while no worse than {number(waiver.floor)}"
    if override is None:
        return f" Waived by {code(waiver.by)}{until}{floor}: {prose(waiver.reason)}"
    said = link("comment", override.comment)
    return f" **Overridden** by {code(waiver.by)} ({said}){until}{floor}: {prose(waiver.reason)}"


def _check_tables(checks: list[Check]) -> list[str]:
    shown, rest = shown_and_folded(checks)
    slices = family(checks)
    blocks = _check_table(shown, slices) if shown else []
    return blocks + (folded(more_checks(rest), _check_table(rest, slices)) if rest else [])


def _check_table(checks: list[Check], slices: int) -> list[str]:
    bounds = f", {sure} bounds" if (sure := confidence(checks)) else ""
    legend = "<br>║ −margin, │ 0, · ¼ margin" if any(draw(check) for check in checks[:MAX_ROWS]) else ""
    header = ("Metric", "Baseline", "Candidate", f"Δ (+ is better){bounds}{legend}", "Margin", "Status")
    rows = [_check_row(check, slices) for check in checks[:MAX_ROWS]]
    return [*table(header, "lrrlrl", rows), *_unseen(len(checks))]


def _check_row(check: Check, slices: int) -> tuple[str, ...]:
    drawing = draw(check)
    figures = change(check).replace(" ", NO_BREAK)
    rule = f" {prose(words)}" if (words := rule_words(check)) else ""
    return (
        f"{code_cell(subject(check))}{rule}",
        number(check.baseline),
        level(check).replace(" ", NO_BREAK),
        f"{figures}<br>`{drawing}`" if drawing else figures,
        number(check.margin),
        f"{status_symbol(check)} {prose(status_words(check, slices))}",
    )


def _unseen(count: int) -> list[str]:
    return [f"\n… and {count - MAX_ROWS:,} more rows"] if count > MAX_ROWS else []


def _self_reported(entry: Judged) -> list[str]:
    """The metrics that the pipeline wrote itself, where no predictions stand behind the checks."""
    if "predictions" in entry.run.files or not entry.run.metrics:
        return []
    if entry.comparison is None:
        names = sorted(entry.run.metrics)
        rows: list[tuple[str, ...]] = [
            (code_cell(n), NONE, number(entry.run.metrics[n]), NONE) for n in names[:MAX_ROWS]
        ]
        count = len(names)
    else:
        rows = [_metric_row(metric) for metric in entry.comparison.metrics[:MAX_ROWS]]
        count = len(entry.comparison.metrics)
    blocks = [*table(("Self-reported metric", "Baseline", "Candidate", "Change"), "lrrr", rows), *_unseen(count)]
    return blocks if count <= _FEW_CHANGES else folded(f"{count:,} self-reported metrics", blocks)


def _metric_row(metric: MetricChange) -> tuple[str, ...]:
    return code_cell(metric.name), number(metric.baseline), number(metric.candidate), signed(metric.delta)


def _changes(entry: Judged) -> list[str]:
    """Parameters and data that differ from the baseline's."""
    if entry.comparison is None:
        return []
    params, data = entry.comparison.params, entry.comparison.data
    count = len(params) + len(data)
    if not count:
        return []
    rows = [("parameter", *_value_row(value, NAME_LIMIT)) for value in params[:MAX_ROWS]]
    rows += [("data", *_value_row(value, _DIGEST_LIMIT)) for value in data[:MAX_ROWS]]
    blocks = [*table(("Changed", "", "Before", "After"), "llll", rows), *_unseen(max(len(params), len(data)))]
    return blocks if count <= _FEW_CHANGES else folded(f"{count:,} parameters and data sets changed", blocks)


def _value_row(value: ValueChange, limit: int) -> tuple[str, str, str]:
    before, after = (NONE if side is None else code_cell(side, limit) for side in (value.before, value.after))
    return code_cell(value.name), before, after
