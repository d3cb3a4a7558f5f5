"""What lets a blocked change pass all the same: lines of `/override` to copy, and who may give them."""

import re
import shlex
from collections.abc import Sequence

from merganser.chatops import reading
from merganser.chatops.table import COMMANDS
from merganser.config import Severity
from merganser.config.commands import CommandRule, OwnWork
from merganser.evaluation.verdict import Check, Status
from merganser.evaluation.waivers import can_be_waived
from merganser.markdown import code, prose

_MOST_LINES = 5
_LONGEST_LINE = 500


def way_out(checks: Sequence[Check], model: str, rule: CommandRule) -> list[str]:
    """Who may override the blocking checks, a line for each of the first five; `model` is "" where one is touched.

    One block, since half a line to copy would mean something else.
    """
    blocking = [check for check in checks if check.severity is Severity.block and can_be_waived(check)]
    judged = [check for check in blocking if check.status is not Status.skipped]
    prefix = f"{model}/" if model else ""
    lines = [line for check in judged or blocking if (line := override_line(f"{prefix}{check.id}"))][:_MOST_LINES]
    if not lines:
        return []
    text = "\n".join(lines)
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text) or [""]))
    which = "this" if len(lines) == 1 else "one of these lines"
    said = (
        f"To let it pass all the same, {_who(rule)} comments {which}, with the reason; {code('/help')} lists the rest."
    )
    return [f"\n{said}\n\n{fence}\n{text}\n{fence}"]


def override_line(check: str) -> str:
    """The command that overrides exactly this check once its reason is written; "" where none can be read so."""
    begin = f"/override {shlex.quote(check)} --reason "
    meant = reading.read(f"{begin}because") if len(begin) <= _LONGEST_LINE else ()
    read = [(one.args, one.options) for one in meant if isinstance(one, reading.Command)]
    return f'{begin}"…"' if read == [((check,), {"reason": "because"})] else ""


def _who(rule: CommandRule) -> str:
    role = rule.permission or COMMANDS["override"].permission
    names = [f"the team {team}" for team in rule.teams] + [f"@{user}" for user in rule.users]
    named = f" and of {prose(' or '.join(names))}" if names else ""
    other = "" if rule.own is OwnWork.allow else ", not the author of this pull request,"
    return f"somebody with the role {role.value}{named}{other}"
