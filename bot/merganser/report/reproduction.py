"""What `merganser reproduce` answers in a terminal: what is the same again, what differs, and why it may."""

from typing import Final

from merganser.markdown import PROSE_LIMIT, plain
from merganser.registry.reproduction import ENVIRONMENT, Finding, Match, Part, Reproduction
from merganser.report.figures import NONE, signed
from merganser.report.text import NAME_LIMIT

_DIGEST: Final = 19  # the kind of digest, and 12 of its digits
_MOST_PACKAGES: Final = 20
_NAMES: Final = {Part.metric: "metrics", Part.file: "predictions", Part.artifact: "files"}


def reproduction_text(reproduction: Reproduction) -> str:
    """The answer in a line, a table each of metrics, results and surroundings, and the causes."""
    findings = reproduction.findings
    metrics = [finding for finding in findings if finding.part is Part.metric]
    blocks = [
        _answer(reproduction),
        _table(["metric", "recorded", "again", "difference", ""], [_metric(finding) for finding in metrics]),
        _table(
            ["", "name", "recorded", "again", ""], [_result(finding) for finding in findings if _is_result(finding)]
        ),
        _surroundings([finding for finding in findings if finding.part in ENVIRONMENT]),
    ]
    if reproduction.causes:
        lines = (f"- {plain(cause, PROSE_LIMIT)}" for cause in reproduction.causes)
        blocks.append("\n".join(["What may be the cause:", *lines]))
    return "\n\n".join(block for block in blocks if block)


def _answer(reproduction: Reproduction) -> str:
    what = f"{plain(reproduction.version)} ({reproduction.commit[:12]})"
    judged = [f for f in reproduction.findings if f.part is reproduction.basis and f.match is not Match.new]
    wrong = sum(finding.match in (Match.differs, Match.lost) for finding in judged)
    if reproduction.basis is not Part.metric:
        same = "are" if reproduction.agrees else "are not"
        return f"{what}: no metrics were recorded, and its {_NAMES[reproduction.basis]} {same} the same to the byte"
    if not reproduction.agrees:
        return f"{what} did not come out again: {wrong} of {len(judged)} metrics differ"
    within = sum(finding.match is Match.within for finding in judged)
    near = f", {within} of them within tolerance" if within else ""
    return f"{what} came out again: {len(judged)} of {len(judged)} metrics agree{near}"


def _is_result(finding: Finding) -> bool:
    told = finding.part is not Part.metric and finding.part not in ENVIRONMENT
    return told and (finding.part is not Part.parameter or finding.match is not Match.identical)


def _metric(finding: Finding) -> list[str]:
    recorded, again = (NONE if value is None else f"{value:.8g}" for value in (finding.recorded, finding.again))
    return [plain(finding.name, NAME_LIMIT), recorded, again, signed(finding.delta), finding.match.value]


def _result(finding: Finding) -> list[str]:
    length = NAME_LIMIT if finding.part is Part.parameter else _DIGEST
    sides = [NONE if value is None else plain(str(value))[:length] for value in (finding.recorded, finding.again)]
    return [finding.part.value, plain(finding.name, NAME_LIMIT), *sides, finding.match.value]


def _surroundings(findings: list[Finding]) -> str:
    changed = [finding for finding in findings if finding.match is not Match.identical]
    if not changed:
        return "Python, platform and the versions of all packages are as recorded."
    rows = [
        [plain(finding.name, NAME_LIMIT), *(NONE if v is None else plain(v) for v in (finding.recorded, finding.again))]
        for finding in changed
    ]
    more = f"\n… {len(rows) - _MOST_PACKAGES} more, in --json" if len(rows) > _MOST_PACKAGES else ""
    return _table(["other surroundings", "recorded", "here"], rows[:_MOST_PACKAGES]) + more


def _table(header: list[str], rows: list[list[str]]) -> str:
    from tabulate import tabulate

    return tabulate(rows, header, tablefmt="simple", disable_numparse=True) if rows else ""
