"""What GitHub strikes out: text between two runs of one tilde, or of two. Two rules for the parser of comments.

Its own rule pairs tildes otherwise: it knows no single ones, takes a longer run for several, and lets a run inside of a
word end what GitHub goes on with.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

OPEN: Final = "s_open"
CLOSE: Final = "s_close"


def tildes(state: "StateInline", silent: bool) -> bool:
    """The rule for a run of tildes: of one or two it may begin or end what is struck out, any other is text."""
    from markdown_it.rules_inline.state_inline import Delimiter

    if silent or state.src[state.pos] != "~":
        return False
    run = state.scanDelims(state.pos, True)
    state.push("text", "", 0).content = "~" * run.length
    if run.length <= 2:
        at = len(state.tokens) - 1
        state.delimiters.append(Delimiter(ord("~"), run.length, at, -1, run.can_open, run.can_close))
    state.pos += run.length
    return True


def strike(state: "StateInline") -> None:
    """The rule for the runs once they are paired: two of one length strike out, two others are spent on nothing."""
    for run in state.delimiters:
        if run.marker == ord("~") and run.end >= 0 and (end := state.delimiters[run.end]).length == run.length:
            state.tokens[run.token].type, state.tokens[end.token].type = OPEN, CLOSE
