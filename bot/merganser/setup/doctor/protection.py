"""A repository's settings on GitHub against what protects models there. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from merganser.config import GATE_CHECK, LEDGER_BRANCH
from merganser.forge.requests.permissions import lacking, needed_in_all
from merganser.forge.settings_values import Check, Rule, Ruleset
from merganser.setup.doctor.facts import Environment, Remote, Unseen, Wrong
from merganser.setup.doctor.finding import Finding, error, ok, unseen, warning
from merganser.setup.init.rulesets import BRANCH, FOLDER, LEDGER, TAGS

APP_ID: Final = "MERGANSER_APP_ID"
APP_KEY: Final = "MERGANSER_APP_KEY"
ENVIRONMENT: Final = "MERGANSER_ENVIRONMENT"
_RULES: Final = "Settings → Rules → Rulesets"
_ENVIRONMENTS: Final = "Settings → Environments"
_SECRETS: Final = "Settings → Secrets and variables → Actions"
_A_VERSION: Final = "refs/tags/model@v1.0.0"


def _import(name: str) -> str:
    return f"Import {FOLDER}/{name} there (merganser init writes it)."


def findings(remote: Remote, queue_heard: bool) -> Iterator[Finding]:
    """Mode, required check, merge queue, ledger, tags, environment, secrets, releases."""
    enforcing = _app_id(remote) != 0
    yield from _mode(remote)
    yield from _gate(remote, enforcing)
    yield from _queue(remote, queue_heard)
    yield from _ledger(remote, enforcing)
    yield from _tags(remote, enforcing)
    yield from _environment(remote)
    yield from _releases(remote)


def _app_id(remote: Remote) -> int:
    """The App that the workflows act as, 0 where they act by their own token or nobody knows."""
    if remote.installed is not None and not isinstance(remote.installed, Wrong):
        return remote.installed.app_id
    said = "" if isinstance(remote.variables, Unseen) else remote.variables.get(APP_ID, "")
    return int(said) if said.isdigit() else 0


def _mode(remote: Remote) -> Iterator[Finding]:
    if isinstance(remote.installed, Wrong):
        yield error("GitHub App", remote.installed.what, remote.installed.cure)
    elif remote.installed is not None:
        missing = lacking(remote.installed.permissions, needed_in_all())
        if missing:
            cure = "Grant it in the App's settings → Permissions & events, and accept it where the App is installed."
            yield error("GitHub App", f"lacks {'; '.join(missing)}", cure)
        else:
            yield ok("GitHub App", f"{remote.installed.app_id} is installed with all that it needs")
    if isinstance(remote.variables, Unseen):
        yield unseen(
            _SECRETS, f"whether the gate is advisory or enforcing: {remote.variables.why}", _grant("Variables")
        )
    elif remote.variables.get(APP_ID):
        yield ok(_SECRETS, f"enforcing: the workflows act as the App {remote.variables[APP_ID]}")
    else:
        cure = "It protects from mistakes. To enforce it, act as a GitHub App: docs/setup.md."
        yield warning(
            _SECRETS, f"advisory: there is no variable {APP_ID}, so whoever may write can pass the gate", cure
        )


def _grant(permission: str) -> str:
    return f"Give the token {permission}: read (or use an administrator's)."


def _gate(remote: Remote, enforcing: bool) -> Iterator[Finding]:
    where = f"{_RULES}: {remote.default_branch}"
    if isinstance(remote.rules, Unseen):
        yield unseen(where, remote.rules.why, _grant("Metadata"))
        return
    required = _required(remote.rules)
    required += () if isinstance(remote.classic, Unseen) else remote.classic
    gates = [check for check in required if check.context == GATE_CHECK]
    if not gates:
        yield (error if enforcing else warning)(
            where, f"{GATE_CHECK} is not required: red is merged too", _import(BRANCH)
        )
        return
    yield from _source(where, gates, _app_id(remote))
    strict = any(r.parameters.get("strict_required_status_checks_policy") for r in remote.rules if _is_checks(r))
    if not strict and not _has_queue(remote.rules):
        cure = "Require branches to be up to date before merging, or a merge queue."
        yield warning(where, "what is merged may be another tree than the one that was judged", cure)


def _is_checks(rule: Rule) -> bool:
    return rule.type == "required_status_checks"


def _required(rules: tuple[Rule, ...]) -> tuple[Check, ...]:
    listed = [one for rule in rules if _is_checks(rule) for one in rule.parameters.get("required_status_checks", [])]
    return tuple(Check(str(one.get("context")), one.get("integration_id")) for one in listed)


def _source(where: str, gates: list[Check], app_id: int) -> Iterator[Finding]:
    """Whose check counts. GitHub wants each of the required ones."""
    foreign = [gate.app_id for gate in gates if gate.app_id not in (None, -1, app_id)]
    if app_id and foreign:
        cure = f"Take the source away there, or choose the App {app_id}."
        yield error(where, f"{GATE_CHECK} is expected from the App {foreign[0]}, and {app_id} writes it", cure)
    elif app_id and not any(gate.app_id == app_id for gate in gates):
        cure = f"Choose the App as the check's source; merganser init --force --app-id {app_id} writes the ruleset."
        yield error(where, f"{GATE_CHECK} may come from anyone who may write checks", cure)
    elif not app_id and foreign:
        yield ok(where, f"{GATE_CHECK} is required, from the App {foreign[0]}")
    else:
        yield ok(where, f"{GATE_CHECK} is required{f', from the App {app_id} alone' if app_id else ''}")


def _has_queue(rules: tuple[Rule, ...]) -> bool:
    return any(rule.type == "merge_queue" for rule in rules)


def _queue(remote: Remote, heard: bool) -> Iterator[Finding]:
    if not isinstance(remote.rules, Unseen) and _has_queue(remote.rules):
        if heard:
            yield ok("merge queue", "its groups are trained and judged")
        else:
            cure = "Add merge_group: to its `on` (merganser init writes it)."
            yield error(
                "merge queue", "is on, and merganser-train.yml doesn't listen to merge_group: all would wait", cure
            )


def _ledger(remote: Remote, enforcing: bool) -> Iterator[Finding]:
    where = f"{_RULES}: {LEDGER_BRANCH}"
    if isinstance(remote.ledger, Unseen):
        yield unseen(where, remote.ledger.why, _grant("Metadata"))
        return
    wanted = {"deletion", "non_fast_forward", *(("creation", "update") if enforcing else ())}
    missing = sorted(wanted - {rule.type for rule in remote.ledger})
    if missing:
        cure = _import(LEDGER)
        yield (error if enforcing else warning)(
            where, f"the ledger isn't protected: no rule {', '.join(missing)}", cure
        )
        return
    limits = {rule.ruleset_id for rule in remote.ledger if rule.type in ("creation", "update")}
    yield from _passes(remote, where, limits)


def _passes(remote: Remote, where: str, limits: set[int]) -> Iterator[Finding]:
    """Whether the App, and it alone, gets past the rulesets that keep all others out."""
    app_id = _app_id(remote)
    if limits and isinstance(remote.rulesets, Unseen):
        yield unseen(where, f"who may pass its ruleset: {remote.rulesets.why}", _grant("Administration"))
        return
    known = () if isinstance(remote.rulesets, Unseen) else remote.rulesets
    for ruleset in (one for one in known if one.id in limits):
        if ruleset.bypass_actors is None:
            cure = _grant("Administration")
            yield unseen(where, f"who may pass the ruleset {ruleset.name}: the token may not see it", cure)
            return
        actors = {(actor.actor_type, actor.actor_id) for actor in ruleset.bypass_actors}
        if ("Integration", app_id) not in actors:
            cure = "Put the App on its bypass list, or take the rules `creation` and `update` out."
            yield error(where, f"the ruleset {ruleset.name} keeps Merganser itself out", cure)
            return
        if others := sorted(kind for kind, key in actors if (kind, key) != ("Integration", app_id)):
            yield warning(
                where, f"{others[0]} may pass the ruleset {ruleset.name} as well", "Leave the App alone there."
            )
            return
    yield ok(where, "is protected")


def _tags(remote: Remote, enforcing: bool) -> Iterator[Finding]:
    where = f"{_RULES}: tags of versions"
    if isinstance(remote.rulesets, Unseen):
        yield unseen(where, remote.rulesets.why, _grant("Metadata"))
        return
    holding = [one for one in remote.rulesets if one.enforcement == "active" and one.target == "tag" and _covers(one)]
    rules = {rule.type for one in holding for rule in one.rules}
    missing = sorted({"deletion", "update", *(("creation",) if enforcing else ())} - rules)
    if missing:
        said = f"tags such as model@v1.0.0 aren't protected: no rule {', '.join(missing)}"
        yield (error if enforcing else warning)(where, said, _import(TAGS))
        return
    yield from _passes(remote, where, {one.id for one in holding if any(r.type == "creation" for r in one.rules)})


def _covers(ruleset: Ruleset) -> bool:
    """Whether a version's tag falls under it, by GitHub's patterns (fnmatch with paths)."""
    names = (ruleset.conditions or {}).get("ref_name", {})
    included = any(_fits(pattern) for pattern in names.get("include", []))
    return included and not any(_fits(pattern) for pattern in names.get("exclude", []))


def _fits(pattern: str) -> bool:
    meant = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return pattern == "~ALL" or re.fullmatch("".join(meant.get(p, re.escape(p)) for p in parts), _A_VERSION) is not None


def _environment(remote: Remote) -> Iterator[Finding]:
    if isinstance(remote.variables, Unseen) or not remote.variables.get(APP_ID):
        return
    name = remote.variables.get(ENVIRONMENT, "")
    if not name:
        yield from _without_environment(remote)
        return
    where = f"{_ENVIRONMENTS}: {name}"
    if isinstance(remote.environment, Unseen):
        yield unseen(where, remote.environment.why, _grant("Actions"))
    elif remote.environment is None:
        cure = f"Make it, limited to {remote.default_branch}, with the secret {APP_KEY}."
        yield error(where, f"{ENVIRONMENT} names it, and it isn't there", cure)
    else:
        yield from _limited(remote.environment, where, remote.default_branch)
        yield from _key(remote.environment, where)


def _without_environment(remote: Remote) -> Iterator[Finding]:
    if isinstance(remote.secrets, Unseen):
        yield unseen(_SECRETS, f"whether the App has its key: {remote.secrets.why}", _grant("Secrets"))
    elif APP_KEY not in remote.secrets:
        yield error(_SECRETS, f"{APP_ID} is set, and there is no secret {APP_KEY}", "Put it into an environment.")
    else:
        cure = f"Put it into an environment limited to {remote.default_branch}, and name that in {ENVIRONMENT}."
        yield error(_SECRETS, "the App's key is the whole repository's: whoever may write can use it", cure)


def _limited(environment: Environment, where: str, branch: str) -> Iterator[Finding]:
    cure = f"Deployment branches and tags → Selected branches: {branch} alone."
    if environment.protected:
        yield warning(where, "every protected branch may use it", cure)
    elif environment.branches is None:
        yield error(where, "every branch may use it, so whoever may write can use the App's key", cure)
    elif others := [name for name in environment.branches if name != branch]:
        yield error(where, f"{others[0]} may use it too", cure)
    elif not environment.branches:
        yield error(where, "no branch may use it", cure)
    else:
        yield ok(where, f"is limited to {branch}")


def _key(environment: Environment, where: str) -> Iterator[Finding]:
    if isinstance(environment.secrets, Unseen):
        yield unseen(where, f"its secrets: {environment.secrets.why}", _grant("Environments"))
    elif APP_KEY not in environment.secrets:
        yield error(where, f"has no secret {APP_KEY}", "Put the App's private key there.")


def _releases(remote: Remote) -> Iterator[Finding]:
    where = "Settings → General → Releases"
    if isinstance(remote.immutable, Unseen):
        yield unseen(where, remote.immutable.why, _grant("Administration"))
    elif remote.immutable:
        yield ok(where, "releases are immutable")
    else:
        yield warning(where, "a version's evidence could be changed later", "Enable release immutability.")
