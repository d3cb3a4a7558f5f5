"""Answers the slash commands of a comment: each in its turn, then one reply, and a reaction before and after."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from merganser.chatops.authorising import Denied, denied
from merganser.chatops.reading import Command, Fault, read
from merganser.chatops.table import COMMANDS, Spec
from merganser.commands.carry_out import Decision, Workbench, enact
from merganser.commands.slash import commented
from merganser.commands.slash.commented import Talk
from merganser.commands.slash.obeying import obey
from merganser.commands.slash.order import Order
from merganser.config import LEDGER_BRANCH
from merganser.errors import ConfigError, DataError, MerganserError
from merganser.forge.ci import event
from merganser.forge.ci.runtime import Runtime
from merganser.forge.protocol import Astray, Conflict, Forge, NotFound, Refused
from merganser.forge.times import Times
from merganser.forge.values import Comment
from merganser.markdown import prose
from merganser.plan import Append, Effect, Plan, React, Reaction
from merganser.plan import Comment as Reply
from merganser.registry import overrides
from merganser.registry.overrides import Line, Refusal
from merganser.report import reply
from merganser.report.reply import Row

_LONGEST: Final = 2_000
# An edit's workflow may answer while the comment's own obeys: what was done is never overwritten by "nothing ran".
_EDITED: Final = (0, 0)
_OBEYED: Final = (0, 1)
# What is wrong with one command, and not with the whole answer.
_WRONG: Final = (ConfigError, DataError, Conflict, NotFound, Refused)


def respond(runtime: Runtime, labels: Mapping[str, Path] = MappingProxyType({}), times: Times | None = None) -> str:
    """Carries out what the event's comment says, answers there, and says in a sentence what came of it.

    `labels`: the files of sealed labels by model, as the report is given them.
    """
    from merganser.forge.github import connect

    times = times or Times()
    number, comment_id, body = _event(runtime)
    if not read(body):
        return "There is no command in the comment: nothing to do."
    with connect(runtime, times) as forge, tempfile.TemporaryDirectory(prefix="merganser-") as folder:
        place = Workbench(runtime=runtime, forge=forge, folder=Path(folder), times=times)
        comment = forge.comment(place.repo, comment_id)
        if comment is None:
            return "The comment was deleted: nothing to do."
        if commented.is_bot(place, comment):
            return "Bots give no commands: nothing to do."
        desk = _Desk(place=place, number=number, comment=comment, labels=labels, times=times)
        if _answered(forge, desk):
            return "The comment has its reply already: nothing to do."
        return _answer(desk, edited=body != (comment.body or "") or comment.updated_at != comment.created_at)


def _event(runtime: Runtime) -> tuple[int, int, str]:
    """The number of what was commented on, the comment's id, and its text as the event tells them."""
    found = event.comment(runtime.event)
    if found is None:
        raise ConfigError(
            f"the event is {runtime.event_name or 'none at all'}, and has to be issue_comment",
            "Call `merganser command` from a workflow with `on: issue_comment`, or try a text with --parse.",
        )
    return found


class _Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A comment under an issue or pull request that is to be answered."""

    place: Workbench
    number: int
    comment: Comment
    labels: Mapping[str, Path]
    times: Times

    @property
    def author(self) -> str:
        return self.comment.user.login if self.comment.user else ""

    def do(self, *effects: Effect) -> None:
        enact(Decision(plan=Plan(effects)), self.place.forge, self.times)

    def react(self, reaction: Reaction) -> React:
        return React(repo=self.place.repo, comment=self.comment.id, reaction=reaction)

    def reply(self, body: str, order: tuple[int, int] = _OBEYED) -> Reply:
        marker = reply.marker(self.comment.id)
        return Reply(repo=self.place.repo, number=self.number, marker=marker, body=body, order=order)


def _answered(forge: Forge, desk: _Desk) -> bool:
    """Whether our reply stands there: it comes when everything else is done."""
    marker = reply.marker(desk.comment.id)
    found = forge.issue_comments(desk.place.repo, desk.number)
    return any(
        one.user is not None and one.user.is_(forge.login()) and (one.body or "").startswith(marker) for one in found
    )


def _answer(desk: _Desk, *, edited: bool) -> str:
    if edited:
        told = desk.reply(reply.edited_reply(desk.comment.id, desk.author), _EDITED)
        desk.do(desk.react(Reaction.refused), told)
        return "The comment was edited: nothing ran."
    found = read(desk.comment.body or "")
    desk.do(desk.react(Reaction.seen))
    faults = [one for one in found if isinstance(one, Fault)]
    if faults:
        desk.do(desk.react(Reaction.refused), desk.reply(reply.faults_reply(desk.comment.id, desk.author, faults)))
        return f"{len(faults)} lines are wrong: nothing ran."
    commands = [one for one in found if isinstance(one, Command)]
    rows = _rows(desk, commands)
    last = Reaction.done if all(row.done for row in rows) else Reaction.refused
    desk.do(desk.react(last), desk.reply(reply.reply(desk.comment.id, desk.author, rows)))
    return f"{sum(row.done for row in rows)} of {len(rows)} commands done."


def _rows(desk: _Desk, commands: Sequence[Command]) -> list[Row]:
    """A row for each command, in order; what isn't carried out is recorded where there is a ledger."""
    rows: list[Row] = []
    for command in commands:
        folder = desk.place.folder / f"command-{command.line}"
        folder.mkdir()
        place: Workbench = msgspec.structs.replace(desk.place, folder=folder)
        rows.append(_row(desk, place, command, tuple(rows)))
    return rows


def _row(desk: _Desk, place: Workbench, command: Command, before: tuple[Row, ...]) -> Row:
    """One command from its author's rights to its outcome; what it needs is asked anew for each."""
    try:
        talk = commented.talk(place, desk.comment, desk.number)
    except _WRONG as wrong:
        return _failed(command, wrong)
    try:
        row = _answered_by(desk, talk, command, before)
    except _WRONG as wrong:
        row = _failed(command, wrong)
    return row if row.done else _recorded(desk, talk, command, row)


def _failed(command: Command, wrong: MerganserError) -> Row:
    """The error as a row. One that is not about the command is raised: the workflow, run again, does it all."""
    if isinstance(wrong, Astray):
        raise wrong
    return Row(command=command.written, done=False, said=prose(f"{wrong.message}. {wrong.hint}"))


def _answered_by(desk: _Desk, talk: Talk, command: Command, before: tuple[Row, ...]) -> Row:
    """What the command comes to where its author may give it; else why they may not."""
    written = command.written
    person, under = commented.person(talk, (command.spec,)), commented.where(talk)
    why = denied(command.spec, person, under, talk.rule(command.spec))
    if why is not None:
        return reply.denied_row(written, why)
    if command.name == "help":
        return Row(command=written, done=True, said="Below.", below=reply.help_table(_permitted(talk)))
    order = Order(command=command, written=written, talk=talk, labels=desk.labels, times=desk.times, before=before)
    return obey(order)


def _permitted(talk: Talk) -> list[tuple[Spec, Denied | None]]:
    specs = tuple(COMMANDS.values())
    person, under = commented.person(talk, specs), commented.where(talk)
    return [(spec, denied(spec, person, under, talk.rule(spec))) for spec in specs]


def _recorded(desk: _Desk, talk: Talk, command: Command, row: Row) -> Row:
    """The row, and its refusal in the ledger if there is one: before the set-up is merged none may begin."""
    if not talk.ledger.exists:
        return row
    try:
        refusal = Refusal(
            command=_cut(row.command),
            why=_cut(row.said),
            by=desk.author,
            head=talk.pull.head.sha if talk.pull else None,
            comment=desk.comment.html_url,
        )
        file = overrides.record(refusal, Line(desk.comment.id, command.line))
        message = f"Refuse /{command.name} of {desk.author}"
        desk.do(Append(repo=desk.place.repo, branch=LEDGER_BRANCH, files={file.path: file.content}, message=message))
    except (ConfigError, DataError, Refused) as wrong:
        return msgspec.structs.replace(row, said=f"{row.said} {prose(f'Not recorded: {wrong.message}.')}")
    return row


def _cut(text: str) -> str:
    """As much as a record takes: quotes and escapes make more of a text than its author wrote."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
