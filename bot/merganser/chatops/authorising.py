"""Who may give a command: one answer for comments, dispatched workflows and the command line.

All facts are asked of GitHub when the command runs, never taken from an event; rules are the default branch's.
"""

import msgspec

from merganser.chatops.table import Spec, Where
from merganser.config.commands import CommandRule, OwnWork, Permission, is_among


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who gives it: the roles in the model repo and the environments repo (None: none), the teams that were asked for.

    `teams` is None where nobody could ask: it takes an App that may read an organisation's members.
    """

    login: str
    bot: bool = False
    permission: Permission | None
    deploying: Permission | None = None
    teams: frozenset[str] | None = None


class Denied(msgspec.Struct, frozen=True):
    """What is missing, and what to do."""

    why: str
    cure: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is given: under what, who opened that, and whether somebody let a fork's head run.

    `undeployable` is why nobody can deploy from there, if so.
    """

    where: Where
    author: str
    fork: bool = False
    approved: bool = False
    undeployable: Denied | None = None


def denied(spec: Spec, person: Person, place: Place, rule: CommandRule) -> Denied | None:
    """Why this person may not give this command here; None where they may."""
    if person.bot:
        return Denied("bots give no commands", "A person has to.")
    return _misplaced(spec, place) or _not_permitted(spec, person, rule) or _own_or_foreign(spec, person, place, rule)


def _misplaced(spec: Spec, place: Place) -> Denied | None:
    if spec.later:
        return Denied(f"/{spec.name} is not there yet", "It comes with a later version.")
    if place.where in spec.where:
        return place.undeployable if spec.deploys else None
    fitting = " or ".join(where.value for where in Where if where in spec.where)
    return Denied(f"/{spec.name} makes no sense under {place.where.value}", f"Say it under {fitting}.")


def _not_permitted(spec: Spec, person: Person, rule: CommandRule) -> Denied | None:
    needed = rule.permission or spec.permission
    if not (person.permission and person.permission.covers(needed)):
        return _lacks(spec, person.permission, needed, "here")
    # The model repo may ask for more where its versions are deployed, and gives nobody leave to write there.
    there = needed if needed.covers(spec.permission) else spec.permission
    if spec.deploys and not (person.deploying and person.deploying.covers(there)):
        return _lacks(spec, person.deploying, there, "in the environments repo")
    if not (rule.teams or rule.users) or _is_named(person, rule):
        return None
    if rule.teams and person.teams is None:
        return Denied(
            f"/{spec.name} is for {', '.join(rule.teams)}, and who is in a team can't be asked here",
            "It takes a GitHub App with the permission Members: read-only. Or name people: users: in merganser.yaml.",
        )
    names = [f"the team {team}" for team in rule.teams] + [f"@{user}" for user in rule.users]
    return Denied(f"/{spec.name} is for {', '.join(names)}", "Ask one of them.")


def _lacks(spec: Spec, has: Permission | None, needed: Permission, where: str) -> Denied:
    return Denied(
        f"/{spec.name} needs the permission {needed.value} {where}; you have {has.value if has else 'none'}",
        f"Ask someone who has {needed.value}.",
    )


def _is_named(person: Person, rule: CommandRule) -> bool:
    return is_among(person.login, rule.users) or not (person.teams or frozenset()).isdisjoint(rule.teams)


def _own_or_foreign(spec: Spec, person: Person, place: Place, rule: CommandRule) -> Denied | None:
    own = is_among(person.login, (place.author,))
    if spec.name == "override" and own and rule.own is OwnWork.refuse:
        return Denied("nobody overrides the gate of their own pull request", "Ask someone else who may.")
    if spec.name == "ok-to-test" and not place.fork:
        return Denied("this pull request isn't a fork's, so it needs no /ok-to-test", "Say /train to train it again.")
    if spec.name == "train" and place.fork and not place.approved:
        return Denied(
            "this is a fork's commit, which nobody let run yet",
            "Read what it changes; then say /ok-to-test with its SHA.",
        )
    return None
