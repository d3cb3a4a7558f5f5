"""`/override` and `/unoverride`: a record in the ledger, and what the check says then."""

from typing import Final

from merganser.chatops import overriding
from merganser.chatops.binding import Unbound
from merganser.chatops.overriding import Said
from merganser.commands.carry_out import Decision
from merganser.commands.slash.order import Order, apply, bound
from merganser.commands.slash.rejudging import judged, run_to_judge, verdicts
from merganser.config import LEDGER_BRANCH
from merganser.config.commands import is_among
from merganser.errors import ConfigError, DataError
from merganser.evaluation.judge import policy_digest
from merganser.evaluation.verdict import Verdict
from merganser.forge.protocol import Astray, Conflict, NotFound, Refused
from merganser.markdown import code_cell, prose
from merganser.plan import Append, Plan
from merganser.registry import overrides
from merganser.registry.lifting import said_of
from merganser.registry.overrides import Cancellation, Line, Override
from merganser.report.comment import marker
from merganser.report.reply import Row

_DECISIONS: Final = ("overrides/", "cancellations/")


def _named(order: Order) -> tuple[overriding.Named, Said] | Unbound:
    """The check that is meant, and by whom it is said."""
    sha = bound(order)
    if isinstance(sha, Unbound):
        return sha
    if _rewritten(order):
        return Unbound("the report was written anew after your comment", "Read it, and say it again.")
    found = overriding.find(order.command.args[0], verdicts(order, sha, order.talk.said))
    if isinstance(found, Unbound):
        return found
    talk = order.talk
    own = talk.pull is not None and talk.pull.user is not None and is_among(talk.author, (talk.pull.user.login,))
    said = Said(by=talk.author, comment=talk.comment.html_url, head=sha, at=talk.said, now=talk.place.now, own=own)
    return found, said


def _rewritten(order: Order) -> bool:
    """Whether our report is another than its author could read.

    Once a line of the comment is recorded, we have rewritten it ourselves: what follows was said of the same report.
    """
    recorded = (path for path in order.talk.ledger.oids if path.startswith(_DECISIONS))
    if any(f"/{order.talk.comment.id}-" in path for path in recorded):
        return False
    forge, begins = order.talk.place.forge, marker(order.number)
    found = forge.issue_comments(order.talk.place.repo, order.number)
    ours = (one for one in found if one.user and one.user.is_(forge.login()) and (one.body or "").startswith(begins))
    return any(one.updated_at > order.talk.comment.created_at for one in ours)


def override(order: Order) -> Row:
    """Waives one failed or inconclusive check."""
    named = _named(order)
    if isinstance(named, Unbound):
        return _refused(order, named)
    record = _outdated(order, named[0].verdict) or overriding.override(order.command, *named)
    if isinstance(record, Unbound):
        return _refused(order, record)
    return _recorded(order, record, f"{code_cell(record.check)} of {code_cell(record.model)} is overridden")


def unoverride(order: Order) -> Row:
    """Takes an override back."""
    named = _named(order)
    if isinstance(named, Unbound):
        return _refused(order, named)
    record = overriding.cancellation(*named, standing=_standing(order, named[0].verdict))
    if isinstance(record, Unbound):
        return _refused(order, record)
    return _recorded(order, record, f"The override of {code_cell(record.check)} is taken back")


def _outdated(order: Order, verdict: Verdict) -> Unbound | None:
    """Where other rules judge by now: an override is of the rules that it was said of, and would lift nothing."""
    rules = order.talk.config.models.get(verdict.model) if order.talk.config else None
    if rules is None or policy_digest(rules) == verdict.policy.digest:
        return None
    why = f"the rules of {verdict.model} on {order.talk.branch} are others than those of the report that you read"
    return Unbound(why, "Say /gate, read what it says then, and say it again.")


def _standing(order: Order, verdict: Verdict) -> tuple[overrides.Said[Override], ...]:
    """What was said of the verdict before this line and not taken back before it."""
    book, here = order.talk.ledger, _line(order)
    before = (one for one in book.overrides_of(verdict.model) if one.at < here)
    return said_of(verdict, before, (one for one in book.cancellations_of(verdict.model) if one.at < here))


def _line(order: Order) -> Line:
    return Line(order.talk.comment.id, order.command.line)


def _refused(order: Order, why: Unbound) -> Row:
    """The refusal; but what an earlier try of this very line recorded holds, whatever was pushed since."""
    place = f"/{order.talk.comment.id}-{order.command.line}.json"
    if not any(path.startswith(_DECISIONS) and path.endswith(place) for path in order.talk.ledger.oids):
        return order.refused(why)
    said = f"It is recorded, for any commit with the same inputs. {why.opening}."
    return order.done(prose(said))


def _recorded(order: Order, record: Override | Cancellation, what: str) -> Row:
    """In the ledger; then the check says what follows from it."""
    file = overrides.record(record, _line(order))
    message = f"{type(record).__name__} of {record.check} by {record.by}"[:200]
    kept = Append(repo=order.talk.place.repo, branch=LEDGER_BRANCH, files={file.path: file.content}, message=message)
    apply(order, Decision(plan=Plan((kept,))))
    run = run_to_judge(order, record.head)
    if isinstance(run, Unbound):
        return order.done(f"{what}. {prose(f'{run.opening}: the next report says so.')}")
    try:
        return order.done(judged(order, run, f"{what}, and judged again"))
    except Astray:
        raise
    except (ConfigError, DataError, Conflict, NotFound, Refused) as wrong:
        # It holds, whatever became of the report.
        return order.done(f"{what}. {prose(f'Judging again failed: {wrong.message}. The next report says so.')}")
