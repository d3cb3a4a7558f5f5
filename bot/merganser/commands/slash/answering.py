"""What slash commands answer without writing anything: a model's state, and how two of its runs differ."""

from merganser.chatops.binding import Unbound
from merganser.commands.observing.sides import record_at
from merganser.commands.observing.tags import read_versions
from merganser.commands.slash.commented import Talk
from merganser.commands.slash.order import Order
from merganser.evaluation.compare import compare
from merganser.registry import versions
from merganser.report.diff import DiffFormat, comparison_table
from merganser.report.reply import Row
from merganser.run import Run


def diff(order: Order) -> Row:
    """How two recorded runs of a model differ."""
    model, *names = order.command.args
    sides = []
    for name in names:
        found = _run_at(order.talk, model, name)
        if isinstance(found, Unbound):
            return order.refused(found)
        sides.append(found)
    (a, before), (b, after) = sides
    return order.done("Below.", comparison_table(compare(before, after, (a, b)), DiffFormat.md))


def _run_at(talk: Talk, model: str, name: str) -> tuple[str, Run] | Unbound:
    """The run of a model that a version's number, a version or a commit stands for, and what that is called."""
    named, _, number = name.rpartition("@")
    if named not in ("", model):
        return Unbound(f"{name} is a version of {named}", f"Name two of {model}.")
    if "." in number:
        known = read_versions(talk.mirror).versions
        version = versions.find(known, model, number)
        newest = versions.latest(known, model)
        if version is None:
            return Unbound(f"{model} has no version {number}", f"The latest is {newest.tag if newest else 'none yet'}.")
        commit: str | None = version.commit
    else:
        version, commit = None, talk.mirror.resolve(number)
    if commit is None:
        return Unbound(f"there is no commit {name} here", f"Name one of {talk.branch}, or of this pull request.")
    record = record_at(talk.mirror, commit, model)
    if record is None:
        return Unbound(f"no run of {model} at {name} was recorded", "Runs of pull requests and merges are.")
    return version.tag if version else record.run.commit[:12], record.run
