"""Who a person is to GitHub, and whether who starts a command by hand may give it: the same answer as under a comment.

A workflow that somebody dispatches, or runs such a one again, and a command on a person's own machine, are ways in like
a comment. What a push, a finished run or the hour starts is nobody's word but the configuration's, and so is what a
token of an App's does.
"""

from collections.abc import Sequence

import msgspec

from merganser.chatops.authorising import Denied, Person, Place, denied
from merganser.chatops.table import COMMANDS, Spec, Where
from merganser.commands.carry_out import Workbench
from merganser.config import CONFIG_FILE, Config
from merganser.config.commands import CommandRule, Permission
from merganser.errors import ConfigError
from merganser.forge.ci import event
from merganser.forge.ci.runtime import Runtime
from merganser.forge.protocol import ACTIONS_LOGIN, NotFound, Refused

# Events that somebody sends by hand, and GitHub lets every writer do so.
_DISPATCHES = ("workflow_dispatch", "repository_dispatch")
# What GitHub says of a role of an organisation's own is the nearest of the old words.
_OLD_WORDS = {"none": None, "read": Permission.read, "write": Permission.write, "admin": Permission.admin}


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Who gives a command: a login, and whether it is a bot's."""

    login: str
    bot: bool


def rule_of(config: Config | None, spec: Spec) -> CommandRule:
    """What the default branch's configuration says of who may give a command."""
    return config.commands.get(spec.name, CommandRule()) if config else CommandRule()


def person(place: Workbench, config: Config | None, who: Who, specs: Sequence[Spec]) -> Person:
    """What the given commands ask about somebody: roles and teams, as GitHub says now."""
    deploying, teams = None, None
    if any(spec.deploys for spec in specs) and config and config.environments and not undeployable(place, config):
        place.forge.environments_in(config.environments.repo)
        deploying = role(place, config.environments.repo, who.login)
    if place.runtime.app is not None:
        teams = _teams(place, {team for spec in specs for team in rule_of(config, spec).teams}, who.login)
    return Person(
        login=who.login,
        bot=who.bot,
        permission=role(place, place.repo, who.login),
        deploying=deploying,
        teams=teams,
    )


def undeployable(place: Workbench, config: Config | None) -> Denied | None:
    """Why nothing can be deployed from here: there are no environments, or they are out of the token's reach."""
    if config is None or config.environments is None:
        return Denied(f"{CONFIG_FILE} names no environments repo", "Add `environments: {repo: OWNER/NAME}`.")
    repo = config.environments.repo
    if repo.lower() != place.repo.lower() and place.forge.login() == ACTIONS_LOGIN:
        return Denied(
            f"a workflow's GITHUB_TOKEN reaches {place.repo} alone, and the environments are in {repo}",
            "Act as a GitHub App that is installed on both: set MERGANSER_APP_ID and MERGANSER_APP_KEY.",
        )
    return None


def role(place: Workbench, repo: str, login: str) -> Permission | None:
    """A person's role in a repository; None for none."""
    try:
        found = place.forge.permission(repo, login)
    except NotFound:
        return None
    words = {word.value: word for word in Permission}
    return words.get(found.role_name) or _OLD_WORDS.get(found.permission)


def is_app(login: str, kind: str = "") -> bool:
    """Whether an account is an App's: by its kind, or by an end that GitHub gives to no person's login."""
    return kind == "Bot" or login.endswith("[bot]")


def refuse_by_hand(place: Workbench, config: Config | None, command: str) -> None:
    """`ConfigError` where a person starts a command by hand that they may not give."""
    spec, rule = COMMANDS[command], rule_of(config, COMMANDS[command])
    here = Place(where=Where.issue, author="", undeployable=undeployable(place, config))
    for who in _by_hand(place):
        no = denied(spec, person(place, config, who, (spec,)), here, rule)
        if no is not None:
            raise ConfigError(f"{who.login} may not: {no.why}", no.cure)


def _by_hand(place: Workbench) -> tuple[Who, ...]:
    """Who dispatched the workflow, and who ran that again; or whose the token is outside of one. None for nobody."""
    runtime = place.runtime
    if runtime.event_name in _DISPATCHES:
        kind = str(event.look_up(runtime.event, "sender", "type") or "")
        first = _who(event.sender(runtime.event) or runtime.actor, kind)
        return (first, *_again(runtime, first))
    if runtime.event_name or runtime.run_id or runtime.app is not None:
        return ()
    login = place.forge.login()
    return () if is_app(login) else (_who(login),)


def _again(runtime: Runtime, first: Who) -> tuple[Who, ...]:
    """Who ran a dispatched workflow again, if somebody else: event and actor stay those of the first attempt.

    A server that doesn't tell is one that names who did so as the actor.
    """
    again = runtime.triggering_actor or runtime.actor
    return () if runtime.attempt < 2 or again.lower() == first.login.lower() else (_who(again),)


def _who(login: str, kind: str = "") -> Who:
    return Who(login=login, bot=is_app(login, kind))


def _teams(place: Workbench, named: set[str], login: str) -> frozenset[str] | None:
    """Those of the named teams that somebody is in; None where the App may not ask."""
    try:
        return frozenset(team for team in named if place.forge.is_in_team(place.repo, team, login))
    except Refused as refused:
        if refused.status != 403:
            raise
        return None
