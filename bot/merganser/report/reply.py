"""The reply to a comment with slash commands: one row a command, what happened or why not. Markdown."""

from collections.abc import Sequence

import msgspec

from merganser.awaiting import REPLY
from merganser.chatops.authorising import Denied
from merganser.chatops.reading import Fault
from merganser.chatops.table import Spec
from merganser.markdown import code, code_cell, prose
from merganser.report.blocks import fit, table

REPLY_LIMIT = 60_000
_LONGEST_COMMAND = 200


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it was written, whether it was done, what happened (a table's cell), and what it answers below."""

    command: str
    done: bool
    said: str
    below: tuple[str, ...] = ()


def marker(comment: int) -> str:
    """By which we find our reply to a comment again."""
    return f"{REPLY}{comment} -->"


def reply(comment: int, author: str, rows: Sequence[Row]) -> str:
    """A row a command; what they answer at length stands below, as far as there is room."""
    done = [("🚀" if row.done else "😕", code_cell(row.command, _LONGEST_COMMAND), row.said) for row in rows]
    head = [marker(comment), _to(author), *table(("", "command", ""), "lll", done)]
    below = [f"\n{block}" for row in rows for block in row.below]
    left = REPLY_LIMIT - sum(len(line) + 1 for line in head)
    return "\n".join([*head, *fit(below, left, "The rest is too long for a comment.")])


def faults_reply(comment: int, author: str, faults: Sequence[Fault]) -> str:
    """Every line that is wrong, how it is written, and that nothing ran."""
    lines = []
    for fault in faults:
        where = f"Line {fault.line}" if fault.line else "The comment"
        usage = f" Usage: {code(fault.usage, 200)}" if fault.usage else ""
        lines.append(f"- {where}: {prose(fault.error)}.{usage}")
    head = [marker(comment), f"{_to(author)} Nothing of your comment ran:", "", *lines]
    return "\n".join([*head, "", f"{code('/help')} lists the commands."])


def edited_reply(comment: int, author: str) -> str:
    """An edited comment does nothing: nobody could say what was meant when."""
    return f"{marker(comment)}\n{_to(author)} An edited comment runs nothing. Write a new one."


def denied_row(command: str, why: Denied) -> Row:
    """A command that isn't carried out, and what to do."""
    return Row(command=command, done=False, said=f"{prose(_sentence(why.why))} {prose(why.cure)}")


def help_table(permitted: Sequence[tuple[Spec, Denied | None]]) -> tuple[str, ...]:
    """Each command, what it does, and what is missing for this person to give it here."""
    rows = [
        (code_cell(spec.usage, _LONGEST_COMMAND), prose(spec.does), prose(no.why) if no else "")
        for spec, no in permitted
    ]
    return ("\n".join(table(("command", "what it does", "why you may not here"), "lll", rows)).strip(),)


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """One model at a glance: what was said of it here, its latest version, what runs by environment; "" for none."""

    model: str
    verdict: str
    version: str
    running: dict[str, str]


def status_table(models: Sequence[Status], environments: Sequence[str]) -> tuple[str, ...]:
    """A row a model, a column an environment."""
    names = ["model", "verdict", "latest version", *map(code_cell, environments)]
    rows = [
        [
            code_cell(one.model),
            one.verdict or "–",
            one.version or "–",
            *(one.running.get(e) or "–" for e in environments),
        ]
        for one in models
    ]
    return ("\n".join(table(names, "l" * len(names), rows)).strip(),) if rows else ("There is no model.",)


def _to(author: str) -> str:
    # A mention would notify people of what they have just written.
    return f"To {code(author)}:"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
