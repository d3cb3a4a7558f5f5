"""What a deployment pull request says to its reader, in Markdown. Whether there is one is decided in `promotion`."""

from urllib.parse import quote

import msgspec

from merganser import markdown
from merganser.config import Waiver
from merganser.deployment.release_file import Release
from merganser.deployment.which import Deployed, release_path
from merganser.evaluation.verdict import Status, Verdict
from merganser.registry import semver
from merganser.registry.card import checks_in_short
from merganser.registry.grounded import let_pass
from merganser.registry.overrides import Override

MAX_ROWS = 50


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """All that the text tells; `now` is what runs in the environment before it, None for the first version there.

    `overrides` let pass what the verdict did not; `lost` are those that the version's tag names and the ledger lacks.
    """

    marker: str
    environment: str
    release: Release
    now: Deployed | None
    metrics: dict[str, float]
    running_metrics: dict[str, float]
    verdict: Verdict | None
    overrides: tuple[Override, ...] = ()
    lost: tuple[str, ...] = ()
    server_url: str


def marker(environment: str, model: str) -> str:
    """The comment by which the bot finds its own pull request again."""
    return f"<!-- merganser:promotion:{environment}/{model} -->"


def body(told: Description) -> str:
    """From → to, metrics, what changed, the gate's words, who merges, how to go back."""
    parts = [
        told.marker,
        _movement(told),
        _metrics(told),
        _changes(told),
        _gate(told),
        _let_pass(told),
        _requested(told),
        _way_back(told),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _movement(told: Description) -> str:
    new = f"**{told.release.model} v{told.release.version}**"
    if told.now is None:
        return f"Nothing → {new} in **{told.environment}**, for the first time."
    line = f"v{told.now.version} → {new} in **{told.environment}**."
    if told.now.tag == told.release.source.tag:
        return f"{line} The version stays; how it is served changes."
    before, after = (semver.precedence(semver.parse(v)) for v in (told.now.version, told.release.version))
    return f"{line} ⚠️ This goes back to an older version." if after < before else line


def _metrics(told: Description) -> str:
    """Metrics of both sides with their difference; those of what runs, where known, beside the new ones."""
    names = list(dict.fromkeys([*told.metrics, *told.running_metrics]))
    if not names:
        return "The release names no metrics."
    now = f"v{told.now.version}" if told.now else "before"
    rows = [f"| metric | {now} | v{told.release.version} | Δ |", "| --- | ---: | ---: | ---: |"]
    for name in names[:MAX_ROWS]:
        old, new = told.running_metrics.get(name), told.metrics.get(name)
        change = "–" if old is None or new is None else f"{new - old:+.4g}"
        rows.append(f"| {markdown.code_cell(name)} | {_number(old)} | {_number(new)} | {change} |")
    if len(names) > MAX_ROWS:
        rows.append(f"| … {len(names) - MAX_ROWS} more in the release | | | |")
    return "\n".join(rows)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.6g}"


def _changes(told: Description) -> str:
    source = told.release.source
    address = f"{told.server_url.rstrip('/')}/{source.repo}"
    tag = quote(source.tag, safe="")
    lines = [f"- Release: [{source.tag}]({address}/releases/tag/{tag}), commit {address}/commit/{source.commit}"]
    if told.now is not None and told.now.repo == source.repo and told.now.tag != source.tag:
        compare = f"{address}/compare/{quote(told.now.tag, safe='')}...{tag}"
        lines.append(f"- Changed in data, code and parameters: [{told.now.tag}...{source.tag}]({compare})")
    lines.append(f"- Model: {markdown.code(told.release.artifact.uri)}, `{told.release.artifact.digest}`")
    return "\n".join(lines)


def _gate(told: Description) -> str:
    if told.verdict is None:
        return "Gate: the release holds no verdict."
    verdict = told.verdict
    open_checks = [check for check in verdict.checks if check.status is not Status.passed]
    lines = [f"Gate: {checks_in_short(verdict)} ({verdict.trust.value}, {verdict.mode.value})"]
    lines += [f"- {check.status.value}: {markdown.code(check.id)}" for check in open_checks[:MAX_ROWS]]
    if len(open_checks) > MAX_ROWS:
        lines.append(f"- … {len(open_checks) - MAX_ROWS} more in the release's `verdict.json`")
    return "\n".join(lines)


def _let_pass(told: Description) -> str:
    """By whom and why, whether by an override or by a waiver of the configuration."""
    waivers = [check.waiver for check in told.verdict.checks if check.waiver] if told.verdict else []
    several: list[Waiver | Override] = [*told.overrides, *waivers]
    table = let_pass(several[:MAX_ROWS]) if several else []
    if len(several) > MAX_ROWS:
        table.append(f"| … {len(several) - MAX_ROWS} more in the release | | | | | |")
    head = [f"⚠️ These checks did not pass, and people let v{told.release.version} through:", ""] if table else []
    lost = ", ".join(markdown.code(path) for path in told.lost[:MAX_ROWS])
    parts = ("\n".join([*head, *table]), lost and f"The version's tag names overrides that the ledger lacks: {lost}.")
    return "\n\n".join(part for part in parts if part)


def _requested(told: Description) -> str:
    asked = told.release.requested
    where = f" in {asked.in_}" if asked.in_ else ""
    return f"Asked for by {markdown.code(asked.by)}{where}. Merging this pull request deploys it."


def _way_back(told: Description) -> str:
    file = release_path(told.environment, told.release.model)
    if told.now is None:
        return f"To go back, revert this pull request: that removes `{file}` and its manifests."
    return f"To go back to v{told.now.version}, revert this pull request: that restores `{file}` and its manifests."
