"""`/register` and `/promote`: what the commands of the same name do, as the author of the comment."""

import msgspec

from merganser.commands import promote as promoting
from merganser.commands.carry_out import Workbench, enact
from merganser.commands.register import command as registering
from merganser.commands.slash.order import Order, apply, still_permitted
from merganser.markdown import code_cell, prose
from merganser.plan import PullRequest
from merganser.report.reply import Row
from merganser.report.text import link


def register(order: Order) -> Row:
    """Makes the next version of what was merged."""
    talk, (model, *bump) = order.talk, order.command.args
    wanted = bump[0] if bump else ""
    named = wanted if wanted in ("major", "minor", "patch") else ""
    request = registering.Request(
        model=model,
        commit=talk.pull.merge_commit_sha if talk.pull else None,
        bump=named or None,
        version=wanted if wanted and not named else None,
        asked=talk.said,
    )
    decision = registering.observe_and_decide(_own_bench(order), request)
    apply(order, decision)
    version = decision.outputs.get("version", "")
    if not version:
        return order.done(prose(f"{decision.plan.summary}."))
    tag = f"{model}@{version}"
    return msgspec.structs.replace(order.done(f"{code_cell(tag)} is registered."), version=tag)


def promote(order: Order) -> Row:
    """Opens the deployment pull request."""
    version, environment = order.command.args
    # A version is bound by its release: what the author could see was published before, or is made by the same comment.
    made = frozenset(row.version for row in order.before if row.version)
    request = promoting.Request(
        version=version, environment=environment, asked=order.talk.comment.created_at, made=made
    )
    decision = promoting.observe_and_decide(_own_bench(order), request)
    still_permitted(order)
    outcomes = enact(decision, order.talk.place.forge, order.times)
    opened = next((one for one in outcomes if isinstance(one.effect, PullRequest)), None)
    page = link(f"#{opened.number}", opened.url) if opened else ""
    said = decision.plan.summary
    return order.done(f"{prose(f'{said[:1].upper()}{said[1:]}')} {page}".rstrip())


def _own_bench(order: Order) -> Workbench:
    """A workbench whose folder nothing else uses, and whose actor is who wrote the comment."""
    talk = order.talk
    folder = talk.place.folder / f"line-{order.command.line}"
    folder.mkdir()
    runtime = msgspec.structs.replace(talk.place.runtime, actor=talk.author)
    return msgspec.structs.replace(talk.place, folder=folder, runtime=runtime)
