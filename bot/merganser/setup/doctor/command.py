"""`merganser doctor`: look, judge, tell."""

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Final

import msgspec

from merganser.commands.carry_out import located
from merganser.errors import ForgeError
from merganser.forge.ci.answers import inert
from merganser.forge.ci.runtime import Runtime
from merganser.setup.doctor import configuration, github, observe, pins, protection, workflow_files
from merganser.setup.doctor.facts import Local
from merganser.setup.doctor.finding import Finding, State, error, ok, unseen, warning

_GITHUB = "GitHub"
_WIDTH: Final = 80
_INDENT: Final = 15
_SIGNS = {State.ok: "ok", State.warning: "warning", State.error: "ERROR", State.unseen: "not looked at"}


def doctor(folder: Path, runtime: Runtime) -> tuple[Finding, ...]:
    """Everything that was looked at, in the order of files, workflows, settings."""
    local = observe.observe(folder)
    found = [*configuration.findings(local), *workflow_files.findings(local), *_owners(local)]
    return (*found, *_settings(local, located(runtime, folder)))


def _owners(local: Local) -> list[Finding]:
    """Who reviews changes of the rules; that it is asked for, a ruleset says."""
    lines = [line.split() for line in local.codeowners.splitlines() if not line.lstrip().startswith("#")]
    if any(len(words) > 1 and words[0] in ("*", "/merganser.yaml", "merganser.yaml") for words in lines):
        return [ok("CODEOWNERS", "merganser.yaml has an owner")]
    cure = "merganser init --owner @ORG/TEAM writes the lines."
    return [warning("CODEOWNERS", "whoever may merge may change the rules: merganser.yaml has no owner", cure)]


def _settings(local: Local, runtime: Runtime) -> list[Finding]:
    if not runtime.repository:
        cure = "Run it in a clone, or pass --repo OWNER/NAME."
        return [unseen(_GITHUB, "the clone has no origin there, so its settings are unknown", cure)]
    if not runtime.token.reveal() and runtime.app is None:
        cure = "GITHUB_TOKEN=$(gh auth token) merganser doctor; an administrator's sees the most."
        return [unseen(_GITHUB, f"the settings of {runtime.repository}: there is no token", cure)]
    used = pins.pins(local)
    try:
        remote = github.observe(runtime, {pin.repository for pin in used})
    except ForgeError as refused:
        return [error(_GITHUB, refused.message, refused.hint)]
    found = [] if remote.default_branch == local.branch else [_other_branch(local, remote.default_branch)]
    found += [pins.on_github(pin, remote.tags[pin.repository]) for pin in used]
    return [*found, *protection.findings(remote, workflow_files.hears_queue(local))]


def _other_branch(local: Local, branch: str) -> Finding:
    cure = f"git remote set-head origin --auto, and let merganser-train.yml listen to pushes to {branch}."
    return warning(_GITHUB, f"the default branch is {branch}, and this clone takes {local.branch} for it", cure)


def answer(findings: tuple[Finding, ...], *, as_json: bool) -> str:
    """A list for people, or a document for programs."""
    counts = {state.value: sum(finding.state is state for finding in findings) for state in State}
    if as_json:
        document = {"findings": msgspec.to_builtins(findings), "counts": counts}
        return json.dumps(document, indent=2, sort_keys=True)
    lines = [line for finding in findings for line in _told(finding)]
    worst_first = (State.error, State.warning, State.unseen, State.ok)
    said = ", ".join(_counted(state, counts[state]) for state in worst_first if counts[state])
    return inert("\n".join([*lines, "", said]))


def _counted(state: State, count: int) -> str:
    return f"{count} {state}{'s' if count > 1 and state in (State.error, State.warning) else ''}"


def _told(finding: Finding) -> Iterator[str]:
    """The state, then beside it where, what, and the cure."""
    yield f"{_SIGNS[finding.state]:{_INDENT}}{finding.where}"
    for text in filter(None, (finding.what, finding.cure and f"→ {finding.cure}")):
        yield from (" " * _INDENT + line for line in wrap(text, _WIDTH - _INDENT, break_on_hyphens=False))
