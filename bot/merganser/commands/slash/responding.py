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
from merganser.commands.carry_out import Decision, Once, Workbench, enact
from merganser.commands.observing.ledger import Ledger, fetched
from merganser.commands.slash import commented
from merganser.commands.slash.commented import Talk
from merganser.commands.slash.obeying import obey
from merganser.commands.slash.order import Order
from merganser.config import LEDGER_BRANCH
from merganser.config.commands import Permission
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
from merganser.registry.ledger import File
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
        return Reply(
            repo=self.place.repo, number=self.number, marker=marker, body=body, order=order, after=self.comment.id
        )


def _answered(forge: Forge, desk: _Desk) -> bool:
    """Whether our reply stands there: it comes when everything else is done.

    It is younger than the comment, by GitHub's numbers: an older one says what somebody wrote into it since.
    """
    marker = reply.marker(desk.comment.id)
    found = forge.issue_comments(desk.place.repo, desk.number)
    ours = (one for one in found if one.user is not None and one.user.is_(forge.login()))
    return any(one.id > desk.comment.id and (one.body or "").startswith(marker) for one in ours)


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
    rows = _recorded(desk, _answers(desk, commands))
    last = Reaction.done if all(row.done for row in rows) else Reaction.refused
    desk.do(desk.react(last), desk.reply(reply.reply(desk.comment.id, desk.author, rows)))
    return f"{sum(row.done for row in rows)} of {len(rows)} commands done."


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a command, what was seen for it (an error where that failed), and whether it may have written."""

    command: Command
    row: Row
    seen: Talk | MerganserError
    wrote: bool = False


def _answers(desk: _Desk, commands: Sequence[Command]) -> list[_Answer]:
    """What comes of each command, in order. All is looked at anew after whatever may have changed it, and only then."""
    answers: list[_Answer] = []
    seen: Talk | MerganserError | None = None
    for command in commands:
        seen = seen or _look(desk, command)
        answer = _answer_to(desk, command, seen, tuple(one.row for one in answers))
        answers.append(answer)
        seen = None if answer.wrote else seen
    return answers


def _look(desk: _Desk, command: Command) -> Talk | MerganserError:
    """What a command, and those after it, may need; the error that looking ended with."""
    folder = desk.place.folder / f"command-{command.line}"
    folder.mkdir()
    try:
        place = msgspec.structs.replace(desk.place, folder=folder, once=Once())
        return commented.talk(place, desk.comment, desk.number)
    except _WRONG as wrong:
        return wrong


def _answer_to(desk: _Desk, command: Command, seen: Talk | MerganserError, before: tuple[Row, ...]) -> _Answer:
    """One command from its author's rights to its outcome."""
    if isinstance(seen, MerganserError):
        return _Answer(command=command, row=_failed(command, seen), seen=seen)
    wrote = False
    try:
        why = _why_not(seen, command)
        wrote = why is None and command.spec.permission is not Permission.read
        row = reply.denied_row(command.written, why) if why else _obeyed(desk, seen, command, before)
    except _WRONG as wrong:
        row = _failed(command, wrong)
    return _Answer(command=command, row=row, seen=seen, wrote=wrote)


def _failed(command: Command, wrong: MerganserError) -> Row:
    """The error as a row. One that is not about the command is raised: the workflow, run again, does it all."""
    if isinstance(wrong, Astray):
        raise wrong
    return Row(command=command.written, done=False, said=prose(f"{wrong.message}. {wrong.hint}"))


def _why_not(talk: Talk, command: Command) -> Denied | None:
    """Why the author may not give the command."""
    spec = command.spec
    person = talk.place.once.ask(("person", spec.name), lambda: commented.person(talk, (spec,)))
    return denied(spec, person, commented.where(talk), talk.rule(spec))


def _obeyed(desk: _Desk, talk: Talk, command: Command, before: tuple[Row, ...]) -> Row:
    """What a command comes to that its author may give."""
    written = command.written
    if command.name == "help":
        return Row(command=written, done=True, said="Below.", below=reply.help_table(_permitted(talk)))
    order = Order(command=command, written=written, talk=talk, labels=desk.labels, times=desk.times, before=before)
    return obey(order)


def _permitted(talk: Talk) -> list[tuple[Spec, Denied | None]]:
    specs = tuple(COMMANDS.values())
    person, under = commented.person(talk, specs), commented.where(talk)
    return [(spec, denied(spec, person, under, talk.rule(spec))) for spec in specs]


def _recorded(desk: _Desk, answers: Sequence[_Answer]) -> list[Row]:
    """The rows; the refusals are in the ledger, if there is one: before the set-up is merged none may begin.

    All of a comment are one commit: whoever may comment may be refused, and requests are counted.
    """
    refused, rows = [one for one in answers if not one.row.done], [one.row for one in answers]
    try:
        if not refused or not (ledger := _ledger(desk, refused[-1].seen)).exists:
            return rows
        files = ledger.lacking({file.path: file.content for file in (_record(desk, one) for one in refused)})
        names = ", ".join(dict.fromkeys(f"/{one.command.name}" for one in refused))
        message = f"Refuse {names} of {desk.author}"
        if files:
            desk.do(Append(repo=desk.place.repo, branch=LEDGER_BRANCH, files=files, message=message, tip=ledger.tip))
    except (ConfigError, DataError, Refused) as wrong:
        why = prose(f"Not recorded: {wrong.message}.")
        return [row if row.done else msgspec.structs.replace(row, said=f"{row.said} {why}") for row in rows]
    return rows


def _ledger(desk: _Desk, seen: Talk | MerganserError) -> Ledger:
    return fetched(desk.place) if isinstance(seen, MerganserError) else seen.ledger


def _record(desk: _Desk, answer: _Answer) -> File:
    """A refusal as the ledger keeps it."""
    pull = answer.seen.pull if isinstance(answer.seen, Talk) else None
    refusal = Refusal(
        command=_cut(answer.row.command),
        why=_cut(answer.row.said),
        by=desk.author,
        head=pull.head.sha if pull else None,
        comment=desk.comment.html_url,
    )
    return overrides.record(refusal, Line(desk.comment.id, answer.command.line))


def _cut(text: str) -> str:
    """As much as a record takes: quotes and escapes make more of a text than its author wrote."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
