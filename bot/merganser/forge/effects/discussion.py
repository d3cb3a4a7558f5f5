"""The effects on an issue or pull request: our comment, its labels."""

import re
from collections.abc import Sequence

from merganser import plan
from merganser.awaiting import REPLY, settled
from merganser.config import TRAIN_WORKFLOW
from merganser.forge import values
from merganser.forge.effects.outcome import Done, Outcome
from merganser.forge.protocol import Forge, NotFound, Refused

_ORDER = re.compile(r"<!-- merganser:order:([0-9]{1,18})-([0-9]{1,18}) -->")


def comment(forge: Forge, wanted: plan.Comment) -> Outcome:
    """One comment of ours with the marker: the oldest stays, others of ours go, a different text is edited."""
    body = _written(wanted)
    marked, done = _marked(forge, wanted), Done.unchanged
    ours = [c for c in marked if c.user and c.user.is_(forge.login())]
    if not ours:
        made = forge.create_comment(wanted.repo, wanted.number, body)
        # Another runner may have been as quick. Whoever wrote this one is us, whatever we were told.
        ours = [c for c in _marked(forge, wanted) if c.user == made.user] or [made]
        done = Done.created
    kept, *others = ours
    for other in others:
        _remove(forge, wanted.repo, other.id)
    if _edited(forge, wanted, kept) and done is Done.unchanged:
        done = Done.updated
    return Outcome(effect=wanted, done=done, url=kept.html_url, number=wanted.number)


def amend(forge: Forge, wanted: plan.Amend) -> Outcome:
    """The oldest of ours with the marker gets the text, where there is one."""
    ours = [c for c in _marked(forge, wanted) if c.user and c.user.is_(forge.login())]
    done = Done.updated if ours and _edited(forge, wanted, ours[0]) else Done.unchanged
    return Outcome(effect=wanted, done=done, url=ours[0].html_url if ours else "", number=wanted.number)


def _edited(forge: Forge, wanted: plan.Comment | plan.Amend, kept: values.Comment) -> bool:
    """Whether the comment said something else, and nothing of later."""
    body = _written(wanted)
    if same_text(kept.body, body) or _is_of_later(forge, wanted, _order_of(kept.body or "")):
        return False
    forge.update_comment(wanted.repo, kept.id, body)
    return True


def _written(wanted: plan.Comment | plan.Amend) -> str:
    """The text with its marker, and below that its order, both hidden from readers."""
    rest = wanted.body.removeprefix(wanted.marker).removeprefix("\n")
    order = f"<!-- merganser:order:{wanted.order[0]}-{wanted.order[1]} -->\n" if any(wanted.order) else ""
    return f"{wanted.marker}\n{order}{rest}"


def _order_of(body: str) -> tuple[int, int]:
    lines = body.replace("\r\n", "\n").split("\n", 2)
    found = _ORDER.fullmatch(lines[1].strip()) if len(lines) > 1 else None
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _is_of_later(forge: Forge, wanted: plan.Comment | plan.Amend, found: tuple[int, int]) -> bool:
    """Whether the order found in a comment is later, and GitHub knows of such a training of the pull request's branch.

    Whoever writes to the repository may edit our comment, and would else keep what he wrote there for good. Where the
    order is of no run, as in replies, there is nothing to ask for.
    """
    if found <= wanted.order or not found[0]:
        return found > wanted.order
    try:
        run = forge.workflow_run(wanted.repo, found[0])
        head = forge.pull_request(wanted.repo, wanted.number).head
    except (NotFound, Refused):
        return False
    origin = run.head_repository.id if run.head_repository else None
    branches_own = head.repo is not None and (origin, run.head_branch) == (head.repo.id, head.ref)
    return branches_own and run.file == TRAIN_WORKFLOW and found[1] <= run.run_attempt


def _marked(forge: Forge, wanted: plan.Comment | plan.Amend) -> list[values.Comment]:
    """Those with the marker at the very beginning, oldest first. It counts under our own name alone.

    Anyone may write one, and what we or another program of the same account say elsewhere may quote one.
    """
    found = forge.issue_comments(wanted.repo, wanted.number)
    # An edit can put the marker into an older comment of ours, but keeps its number.
    after = wanted.after if isinstance(wanted, plan.Comment) else 0
    marked = (c for c in found if c.id > after and (c.body or "").startswith(wanted.marker))
    return sorted(marked, key=lambda c: c.id)


def _remove(forge: Forge, repo: str, comment: int) -> None:
    try:
        forge.delete_comment(repo, comment)
    except NotFound:
        return


def same_text(stored: str | None, wanted: str) -> bool:
    """Whether GitHub holds this text, whatever it did to line ends and blanks at the end."""
    return (stored or "").replace("\r\n", "\n").rstrip() == wanted.replace("\r\n", "\n").rstrip()


def settle(forge: Forge, wanted: plan.Settle) -> Outcome:
    """Ours alone are looked at: anyone may write what looks like a reply that waits."""
    changed = Done.unchanged
    for one in forge.issue_comments(wanted.repo, wanted.number):
        if not (one.body or "").startswith(REPLY):
            continue
        body = settled(one.body or "", wanted)
        if body != one.body and one.user and one.user.is_(forge.login()):
            forge.update_comment(wanted.repo, one.id, body)
            changed = Done.updated
    return Outcome(effect=wanted, done=changed, number=wanted.number)


def react(forge: Forge, wanted: plan.React) -> Outcome:
    """GitHub keeps one reaction of each kind by each account; a comment that was deleted gets none."""
    try:
        alike = [one for one in forge.reactions(wanted.repo, wanted.comment) if one.content == wanted.reaction.value]
        if any(one.user and one.user.is_(forge.login()) for one in alike):
            return Outcome(effect=wanted, done=Done.unchanged)
        forge.react(wanted.repo, wanted.comment, wanted.reaction.value)
    except NotFound:
        return Outcome(effect=wanted, done=Done.unchanged)
    return Outcome(effect=wanted, done=Done.created)


def labels(forge: Forge, wanted: plan.Labels) -> Outcome:
    there = forge.issue_labels(wanted.repo, wanted.number)
    done = add_labels(forge, wanted, there)
    return Outcome(effect=wanted, done=done, number=wanted.number)


def add_labels(forge: Forge, wanted: plan.Labels, there: Sequence[values.Label]) -> Done:
    """Adds what is not `there`; GitHub's label names ignore case, and it makes labels that the repository lacks."""
    known = {label.name.casefold() for label in there}
    missing = [name for name in wanted.names if name.casefold() not in known]
    if missing:
        forge.add_labels(wanted.repo, wanted.number, missing)
    return Done.updated if missing else Done.unchanged
