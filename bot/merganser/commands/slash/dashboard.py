"""`/status`: what is known of the models, in the place of a comment."""

from collections.abc import Sequence

import msgspec

from merganser.chatops.table import COMMANDS
from merganser.commands.observing.authority import role, rule_of
from merganser.commands.observing.checkout import base_digests, config_at
from merganser.commands.observing.grounds import grounds_for
from merganser.commands.observing.tags import read_versions
from merganser.commands.slash.commented import Talk, models_of
from merganser.commands.slash.order import Order
from merganser.config import ENVIRONMENTS_FILE, GATE_CHECK
from merganser.config.commands import OwnWork
from merganser.config.file import load_environments
from merganser.deployment.which import release_path, running
from merganser.errors import ConfigError, DataError, ForgeError
from merganser.evaluation.verdict import Verdict
from merganser.forge import mirror as mirrors
from merganser.forge.effects.checking import own_checks
from merganser.inputs import digests, touched
from merganser.markdown import prose
from merganser.registry.lifting import lift
from merganser.registry.versions import Version, latest
from merganser.report.reply import CheckRun, Row, Status, check_line, status_table
from merganser.report.text import link


def status(order: Order) -> Row:
    """The check on the head, and of each model its verdict there, its latest version, and what runs where."""
    talk, wanted = order.talk, order.command.named
    changed = _touched(talk)
    names = [name for name in models_of(talk) if not wanted or name in wanted]
    names.sort(key=lambda name: changed is not None and name not in changed)
    there, known = _deployed(talk, names), read_versions(talk.mirror).versions
    rows = [
        Status(
            model=name,
            touched=None if changed is None else name in changed,
            verdict=_verdict(talk, name),
            version=_page(talk, latest(known, name)),
            running=there.by_model.get(name, {}),
        )
        for name in names
    ]
    table = status_table(rows, there.environments, judged=talk.pull is not None)
    return order.done("Below.", *_check(talk), *table, *there.notes)


def _check(talk: Talk) -> tuple[str, ...]:
    """A line about our own check on the head; nothing under an issue."""
    if talk.pull is None:
        return ()
    head = talk.pull.head.sha
    runs = own_checks(talk.place.forge, talk.place.repo, head, GATE_CHECK)
    newest = max(runs, key=lambda run: run.id, default=None)
    if newest is None:
        return (check_line(GATE_CHECK, head, None),)
    said = CheckRun(
        state=newest.conclusion or newest.status, title=newest.output.title or "", url=newest.html_url or ""
    )
    return (check_line(GATE_CHECK, head, said),)


def _touched(talk: Talk) -> frozenset[str] | None:
    """The models that the pull request changes, as git alone can tell; None under an issue, or where nobody can tell.

    Of an open one that is what a merge would change, of a merged one what it did.
    """
    sides = _sides(talk)
    try:
        config = config_at(talk.mirror, sides[1]) if sides else None
        if sides is None or config is None:
            return None
        return frozenset(touched(base_digests(talk.mirror, sides[0]), digests(talk.mirror.entries(sides[1]), config)))
    except (ConfigError, DataError):
        return None


def _sides(talk: Talk) -> tuple[str, str] | None:
    """The commit before, and the commit or tree after."""
    pull, mirror = talk.pull, talk.mirror
    tip = mirror.resolve(f"refs/heads/{talk.branch}")
    if pull is None or tip is None or mirror.resolve(pull.head.sha) is None:
        return None
    if pull.state == "open" and (tree := mirror.merge_tree(tip, pull.head.sha)):
        return tip, tree
    if pull.merged and pull.merge_commit_sha and (before := mirror.resolve(f"{pull.merge_commit_sha}^")):
        return before, pull.merge_commit_sha
    return mirror.merge_base(tip, pull.head.sha), pull.head.sha


def _verdict(talk: Talk, model: str) -> Verdict | None:
    """The newest on the pull request's head, as the overrides in force leave it."""
    if talk.pull is None:
        return None
    judged = talk.ledger.judged_runs_of(model)
    here = [(record, verdict) for record, verdict in judged if verdict and record.recorded.commit == talk.pull.head.sha]
    if not here:
        return None
    record, verdict = max(here, key=lambda one: one[0].recorded.time)
    rule = rule_of(talk.config, COMMANDS["override"])
    authors = {talk.pull.user.login} if talk.pull.user and rule.own is OwnWork.refuse else set()
    grounds = grounds_for(talk.ledger, record, verdict, talk.place.now)
    return lift(verdict, msgspec.structs.replace(grounds, barred=frozenset(authors))).verdict


def _page(talk: Talk, version: Version | None) -> str:
    """A version as a link to its release, as Markdown; "" for none."""
    if version is None:
        return ""
    page = f"{talk.place.runtime.server_url}/{talk.place.repo}/releases/tag/{version.tag}"
    return link(prose(f"v{version.version}"), page)


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
