"""The reply to a comment with slash commands: one row a command, what happened or why not. Markdown."""

from collections.abc import Sequence

import msgspec

from merganser.awaiting import REPLY
from merganser.chatops.authorising import Denied
from merganser.chatops.reading import Fault
from merganser.chatops.table import Spec
from merganser.evaluation.verdict import Verdict
from merganser.markdown import code, code_cell, prose
from merganser.report.blocks import fit, folded, table
from merganser.report.text import link
from merganser.report.wording import SYMBOLS, verdict_outcome, verdict_words

REPLY_LIMIT = 60_000
_LONGEST_COMMAND = 200
_MOST_FAULTS = 20
_SHORT = 12


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it was written, whether it was done, what happened (a table's cell), and what it answers below.

    `version` is the tag of the one that it made, or had made before the answer broke off; "" for none.
    """

    command: str
    done: bool
    said: str
    below: tuple[str, ...] = ()
    version: str = ""


def marker(comment: int) -> str:
    """By which we find our reply to a comment again."""
    return f"{REPLY}{comment} -->"


def reply(comment: int, author: str, rows: Sequence[Row]) -> str:
    """A row a command; what they answer at length stands below, as far as there is room."""
    done = [("🚀" if row.done else "😕", code_cell(row.command, _LONGEST_COMMAND), row.said) for row in rows]
    head = [marker(comment), _to(author), *table(("", "command", "what came of it"), "lll", done)]
    below = [f"\n{block}" for row in rows for block in row.below]
    left = REPLY_LIMIT - sum(len(line) + 1 for line in head)
    return "\n".join([*head, *fit(below, left, "The rest is too long for a comment.")])


def faults_reply(comment: int, author: str, faults: Sequence[Fault]) -> str:
    """What is wrong with which line, how it is written, and that nothing ran."""
    lines = [_fault_line(fault) for fault in faults[:_MOST_FAULTS]]
    more = len(faults) - len(lines)
    lines += [f"- and {more} more."] if more else []
    head = [marker(comment), f"{_to(author)} Nothing of your comment ran:", ""]
    return "\n".join([*head, *lines, "", f"{code('/help')} lists the commands."])


def _fault_line(fault: Fault) -> str:
    where = f"Line {fault.line}" if fault.line else "The comment"
    usage = f" Usage: {code(fault.usage, 200)}" if fault.usage else ""
    end = "" if fault.error.endswith("?") else "."
    return f"- {where}: {prose(fault.error)}{end}{usage}"


def edited_reply(comment: int, author: str) -> str:
    """An edited comment does nothing: nobody could say what was meant when."""
    return f"{marker(comment)}\n{_to(author)} An edited comment runs nothing. Write a new one."


def denied_row(command: str, why: Denied) -> Row:
    """A command that isn't carried out, and what to do."""
    return Row(command=command, done=False, said=f"{prose(_sentence(why.why))} {prose(why.cure)}")


def help_table(permitted: Sequence[tuple[Spec, Denied | None]]) -> tuple[str, ...]:
    """What this person may do here; folded below it the rest, each with what is missing and what to do."""
    may = [(code_cell(spec.usage, _LONGEST_COMMAND), prose(spec.does)) for spec, no in permitted if no is None]
    rest = [
        (code_cell(spec.usage, _LONGEST_COMMAND), prose(spec.does), f"{prose(_sentence(no.why))} {prose(no.cure)}")
        for spec, no in permitted
        if no is not None
    ]
    shown = ("\n".join(table(("command", "what it does"), "ll", may)).strip(),) if may else ()
    if not rest:
        return shown
    why_not = table(("command", "what it does", "why not"), "lll", rest)
    return (*shown, "\n".join(folded(f"{len(rest)} more that you may not give here", why_not)).strip())


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """One model at a glance: whether the pull request touches it, the verdict there, and what runs by environment.

    `touched` is None where nobody can tell; `version`, the latest one, is Markdown. "" stands for none.
    """

    model: str
    touched: bool | None
    verdict: Verdict | None
    version: str
    running: dict[str, str]


def status_table(models: Sequence[Status], environments: Sequence[str], *, judged: bool) -> tuple[str, ...]:
    """A row a model, a column an environment; `judged` is whether there is something that could touch models."""
    names = ["model", *(["this pull request"] if judged else []), "latest version", *map(code_cell, environments)]
    rows = [
        [
            code_cell(one.model),
            *([_here(one)] if judged else []),
            one.version or "–",
            *(one.running.get(e) or "–" for e in environments),
        ]
        for one in models
    ]
    return ("\n".join(table(names, "l" * len(names), rows)).strip(),) if rows else ("There is no model.",)


def _here(model: Status) -> str:
    if model.verdict is not None:
        return f"{SYMBOLS[verdict_outcome(model.verdict)]} {prose(verdict_words(model.verdict))}"
    return "not touched" if model.touched is False else "⏳ no verdict yet"


class CheckRun(msgspec.Struct, frozen=True, kw_only=True):
    """A check run as a reply shows it: its state or conclusion, its title and its page."""

    state: str
    title: str
    url: str


def check_line(name: str, head: str, standing: CheckRun | None) -> str:
    """What a check says of a commit, in a line."""
    on = f"{code(name)} on {code(head[:_SHORT])}"
    if standing is None:
        return f"⏳ {on} has said nothing yet."
    symbol = {"success": "✅", "failure": "❌"}.get(standing.state, "⏳")
    return f"{symbol} {link(on, standing.url)}: {prose(standing.title or standing.state)}"


def _to(author: str) -> str:
    # A mention would notify people of what they have just written.
    return f"To {code(author)}:"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
