"""What slash commands answer without writing anything: a model's state, and how two of its runs differ."""

from collections.abc import Sequence

import msgspec

from merganser.chatops.binding import Unbound
from merganser.commands.observing.authority import role
from merganser.commands.observing.sides import record_at
from merganser.commands.observing.tags import read_versions
from merganser.commands.slash.commented import Talk, models_of
from merganser.commands.slash.order import Order
from merganser.config import ENVIRONMENTS_FILE, GATE_CHECK
from merganser.config.file import load_environments
from merganser.deployment.which import release_path, running
from merganser.errors import ConfigError, DataError, ForgeError
from merganser.evaluation.compare import compare
from merganser.evaluation.verdict import Verdict
from merganser.forge import mirror as mirrors
from merganser.markdown import code_cell, prose
from merganser.registry import versions
from merganser.report.diff import DiffFormat, comparison_table
from merganser.report.reply import Row, Status, status_table
from merganser.run import Run


def status(order: Order) -> Row:
    """The check on the head, and of each model its verdict there, its latest version, and what runs where."""
    return order.done("Below.", *_status(order.talk, order.command.named))


def diff(order: Order) -> Row:
    """How two recorded runs of a model differ."""
    model, *names = order.command.args
    runs = []
    for name in names:
        found = _run_at(order.talk, model, name)
        if isinstance(found, Unbound):
            return order.refused(found)
        runs.append(found)
    return order.done("Below.", comparison_table(compare(*runs), DiffFormat.md))


def _run_at(talk: Talk, model: str, name: str) -> Run | Unbound:
    """The run of a model that a version's number, a version or a commit stands for."""
    named, _, number = name.rpartition("@")
    if named not in ("", model):
        return Unbound(f"{name} is a version of {named}", f"Name two of {model}.")
    if "." in number:
        known = read_versions(talk.mirror).versions
        version = versions.find(known, model, number)
        newest = versions.latest(known, model)
        if version is None:
            return Unbound(f"{model} has no version {number}", f"The latest is {newest.tag if newest else 'none yet'}.")
        commit: str | None = version.commit
    else:
        commit = talk.mirror.resolve(number)
    if commit is None:
        return Unbound(f"there is no commit {name} here", f"Name one of {talk.branch}, or of this pull request.")
    record = record_at(talk.mirror, commit, model)
    if record is None:
        return Unbound(f"no run of {model} at {name} was recorded", "Runs of pull requests and merges are.")
    return record.run


def _status(talk: Talk, wanted: Sequence[str]) -> tuple[str, ...]:
    names = [name for name in models_of(talk) if not wanted or name in wanted]
    there = _deployed(talk, names)
    known = read_versions(talk.mirror).versions
    found = [
        Status(
            model=name,
            verdict=verdict.conclusion.value if (verdict := _verdict(talk, name)) else "",
            version=f"v{newest.version}" if (newest := versions.latest(known, name)) else "",
            running=there.by_model.get(name, {}),
        )
        for name in names
    ]
    return (*_check(talk), *status_table(found, there.environments), *there.notes)


def _check(talk: Talk) -> tuple[str, ...]:
    if talk.pull is None:
        return ()
    runs = talk.place.forge.check_runs(talk.place.repo, talk.pull.head.sha, GATE_CHECK)
    newest = max(runs, key=lambda run: run.id, default=None)
    if newest is None:
        return (f"{code_cell(GATE_CHECK)} has said nothing of {code_cell(talk.pull.head.sha[:12])} yet.",)
    state = newest.conclusion or newest.status
    return (f"{code_cell(GATE_CHECK)}: {prose(state)}. {prose(newest.output.title or '')}",)


def _verdict(talk: Talk, model: str) -> Verdict | None:
    """The newest on the pull request's head."""
    if talk.pull is None:
        return None
    judged = talk.ledger.judged_runs_of(model)
    here = [
        (record.recorded.time, verdict) for record, verdict in judged if record.recorded.commit == talk.pull.head.sha
    ]
    return max(here, key=lambda one: one[0])[1] if here else None


class _Deployed(msgspec.Struct, frozen=True, kw_only=True):
    """The environments in their order, what runs there by model and environment, and what couldn't be seen."""

    environments: tuple[str, ...] = ()
    by_model: dict[str, dict[str, str]] = {}
    notes: tuple[str, ...] = ()


def _deployed(talk: Talk, models: Sequence[str]) -> _Deployed:
    """What the environments repo says to run; a note where it can't be read from here."""
    if talk.config is None or talk.config.environments is None:
        return _Deployed()
    repo, place = talk.config.environments.repo, talk.place
    try:
        place.forge.environments_in(repo)
        if role(place, repo, talk.author) is None:
            # The App may read it; who asks, in a public model repo, may be anybody.
            return _Deployed()
        ref = f"refs/heads/{place.forge.repository(repo).default_branch}"
        token, folder = place.forge.token(repo), place.folder / "environments"
        clone = mirrors.clone(place.runtime.server_url, repo, token, folder, [ref])
        stages = load_environments(clone.file(ref, ENVIRONMENTS_FILE) or b"", ENVIRONMENTS_FILE)
        found: dict[str, dict[str, str]] = {name: {} for name in models}
        for name in models:
            for environment in stages.environments:
                runs = running(clone.file(ref, release_path(environment, name)), environment, name)
                found[name][environment] = f"v{runs.version}" if runs else ""
    except (ConfigError, DataError, ForgeError) as wrong:
        return _Deployed(notes=(prose(f"What runs in {repo} can't be told: {wrong.message}."),))
    return _Deployed(environments=tuple(stages.environments), by_model=found)
