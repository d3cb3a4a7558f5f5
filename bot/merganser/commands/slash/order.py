"""A command as it was given, what its author could mean by it, and how a decision about it is carried out.

Each command is observed, decided and applied before the next begins, since the next may be about what this one did.
Before every write the author's permission and the pull request's head are looked at once more.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from merganser.chatops.authorising import denied
from merganser.chatops.binding import Unbound, bind
from merganser.chatops.reading import Command
from merganser.commands.carry_out import Decision, enact
from merganser.commands.slash.commented import Talk, models_of, person, where
from merganser.foreign_text import did_you_mean
from merganser.forge.effects.outcome import Outcome
from merganser.forge.protocol import Refused
from merganser.forge.times import Times
from merganser.forge.values import WorkflowRun
from merganser.markdown import code_cell, sentences
from merganser.plan import Effect, HeadIs
from merganser.report.reply import Row


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it stands in a comment, where it was said, and how to wait.

    `before` is what came of the comment's commands above it.
    """

    command: Command
    written: str
    talk: Talk
    labels: Mapping[str, Path]
    times: Times
    before: tuple[Row, ...] = ()

    @property
    def number(self) -> int:
        """The pull request's number."""
        return self.talk.number

    def done(self, said: str, *below: str) -> Row:
        """A row that says what happened: Markdown."""
        return Row(command=self.written, done=True, said=said, below=below)

    def refused(self, why: Unbound) -> Row:
        """A row that says what is missing and what to do."""
        return Row(
            command=self.written,
            done=False,
            said=sentences(f"{why.opening}{'' if why.why.endswith('?') else '.'} {why.cure}", span=code_cell),
        )


def bound(order: Order) -> str | Unbound:
    """The head, if that is what the author could see."""
    assert order.talk.pull is not None, "a command that makes no sense without a pull request got none"
    if order.talk.pull.base.ref != order.talk.branch:
        why = f"this pull request isn't into {order.talk.branch}, so nothing is judged here"
        return Unbound(why, "Change its base.")
    found = bind(order.talk.begun(), order.talk.pull.head.sha, order.talk.said, order.command.options.get("sha", ""))
    return found if isinstance(found, Unbound) else found.sha


def ended_run(order: Order, sha: str) -> WorkflowRun | Unbound:
    """The newest run of a commit, if it has ended."""
    run = order.talk.newest_run(sha)
    if run is None:
        return Unbound(f"the commit {sha[:12]} was never trained", "Push one, or close and reopen the pull request.")
    if run.status != "completed":
        return Unbound(f"the commit {sha[:12]} is being trained", "Wait for its report.")
    return run


def unknown_model(order: Order) -> Unbound | None:
    """For a model that neither side's configuration has."""
    known = models_of(order.talk)
    wrong = next((name for name in order.command.models if name not in known), None)
    if wrong is None:
        return None
    why = f"there is no model {wrong}{did_you_mean(wrong, known)}"
    return Unbound(why, f"Models: {', '.join(known) or 'none'}. Usage: {order.command.spec.usage}")


def still_permitted(order: Order) -> None:
    """`Refused` where the author lost the permission since the command began, and to decide may take long."""
    talk, spec = order.talk, order.command.spec
    no = denied(spec, person(talk, (spec,)), where(talk), talk.rule(spec))
    if no is not None:
        raise Refused(no.why, no.cure)


def apply(order: Order, decision: Decision) -> tuple[Outcome, ...]:
    """The decision carried out, on the head that is known and no other: what became of its effects."""
    still_permitted(order)
    pull, place = order.talk.pull, order.talk.place
    watched: tuple[Effect, ...] = ()
    if pull is not None and pull.state == "open":
        watched = (HeadIs(repo=place.repo, number=pull.number, sha=pull.head.sha),)
    plan = msgspec.structs.replace(decision.plan, effects=(*watched, *decision.plan.effects))
    fallback = decision.fallback and msgspec.structs.replace(
        decision.fallback, effects=(*watched, *decision.fallback.effects)
    )
    return enact(msgspec.structs.replace(decision, plan=plan, fallback=fallback), place.forge, order.times)
