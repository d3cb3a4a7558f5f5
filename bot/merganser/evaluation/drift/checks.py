"""Drift checks: a column has drifted where its difference is both significant and large. One family. Pure."""

import msgspec

from merganser.config import DriftRules, Gate
from merganser.evaluation.drift.findings import ColumnDrift, DriftFindings, Share
from merganser.evaluation.evidence import Unavailable
from merganser.evaluation.outcomes import Rule, blank, settled, unavailable
from merganser.evaluation.rollup import Skip
from merganser.evaluation.verdict import Check, Status
from merganser.evaluation.wording import number_of_rows, percent, told_apart

PSI = "psi"
EXAMPLES = 3
_NAME = 40
_SHOWS = {
    "ks": "the largest distance of the distributions is {:.3g}",
    "ks bound": "the largest distance of the distributions is at least {:.3g}",
    "chi2": "chi-square is {:.4g}",
}


def drift_checks(gate: Gate, findings: DriftFindings | Unavailable | None) -> list[Check]:
    """One check for each column; a single one where nothing could be compared, None being that no side has features."""
    if gate.drift is None:
        return []
    if isinstance(findings, DriftFindings) and findings.columns:
        return [_checked(name, column, gate, gate.drift) for name, column in findings.columns.items()]
    lacking = Unavailable(why="there is no feature profile on both sides", skip=Skip.no_method)
    nothing = Unavailable(why="there is no column to compare") if isinstance(findings, DriftFindings) else findings
    return [unavailable(blank(PSI, Rule.drift, gate.drift.severity), nothing or lacking)]


def _checked(name: str, column: ColumnDrift | Unavailable, gate: Gate, rules: DriftRules) -> Check:
    check = blank(PSI, Rule.drift, rules.severity, {"column": name})
    if isinstance(column, Unavailable):
        return unavailable(check, Unavailable(why=f"{_shown(name)}: {column.why}", skip=column.skip))
    check = msgspec.structs.replace(check, n=column.rows[1])
    if min(column.rows) < gate.min_support:
        few = f"{_shown(name)}: {number_of_rows(min(column.rows))}, and {gate.min_support:,} are needed"
        return unavailable(check, Unavailable(why=few, skip=Skip.few_rows))
    check = msgspec.structs.replace(
        check,
        candidate=column.psi,
        confidence=gate.confidence,
        method=column.method,
        p=column.p,
        p_adjusted=column.p_adjusted,
    )
    return _decided(check, _shown(name), column, rules.psi)


def _decided(check: Check, name: str, column: ColumnDrift, limit: float) -> Check:
    level = 1 - (check.confidence or 0.0)
    large, proven = column.psi > limit, column.p_adjusted <= level
    shown, allowed = told_apart(column.psi, limit)
    side = "above the maximum" if large else "within the maximum"
    why = f"{name}: PSI is {shown}, {side} of {allowed}, and {_chance(column, level)}{_seen(column)}."
    return settled(check, Status.failed if large and proven else Status.passed, why)


def _chance(column: ColumnDrift, level: float) -> str:
    """What the test says, as a clause."""
    if column.p_adjusted <= level:
        return f"the difference is hardly chance (adjusted p = {column.p_adjusted:.2g}, the limit is {level:.4g})"
    return f"the difference may well be chance (adjusted p = {column.p_adjusted:.2g})"


def _seen(column: ColumnDrift) -> str:
    """What there is to see of the difference."""
    shows = [_SHOWS[column.method].format(column.statistic)] if column.method in _SHOWS else []
    before, after = column.missing
    if before != after:
        shows.append("missing went from {} % to {} %".format(*told_apart(100 * before, 100 * after)))
    shows += [
        f"{word}: {_examples(found)}" for word, found in (("new", column.new), ("gone", column.vanished)) if found
    ]
    return f"; {'; '.join(shows)}" if shows else ""


def _examples(found: tuple[Share, ...]) -> str:
    told = ", ".join(f"{_shown(one.name)} ({percent(one.share)})" for one in found[:EXAMPLES])
    return f"{told} and {len(found) - EXAMPLES} more" if len(found) > EXAMPLES else told


def _shown(name: str) -> str:
    cut = name[:_NAME] + ("…" if len(name) > _NAME else "")
    return cut if cut.isprintable() else ascii(cut)[1:-1]
