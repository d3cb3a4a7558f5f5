"""The effects on an issue or pull request: our comment, its labels."""

from collections.abc import Sequence

from merganser import plan
from merganser.forge import values
from merganser.forge.outcome import Done, Outcome
from merganser.forge.protocol import Conflict, Forge, NotFound


def comment(forge: Forge, wanted: plan.Comment) -> Outcome:
    """One comment of ours with the marker: the oldest stays, others of ours go, a different text is edited."""
    body = wanted.body if wanted.body.startswith(wanted.marker) else f"{wanted.marker}\n{wanted.body}"
    ours, done = _ours(forge, wanted), Done.unchanged
    if not ours:
        made = forge.create_comment(wanted.repo, wanted.number, body)
        ours, done = _ours(forge, wanted) or [made], Done.created
    kept, *others = ours
    for other in others:
        _remove(forge, wanted.repo, other.id)
    if not same_text(kept.body, body):
        kept = forge.update_comment(wanted.repo, kept.id, body)
        done = Done.updated if done is Done.unchanged else done
    return Outcome(effect=wanted, done=done, url=kept.html_url, number=wanted.number)


def _ours(forge: Forge, wanted: plan.Comment) -> list[values.Comment]:
    """Ours, oldest first. A marker counts under our own name alone and at the very beginning.

    Anyone may write one, and what we or another program of the same account say elsewhere may quote one.
    """
    us = forge.account()
    found = forge.issue_comments(wanted.repo, wanted.number)
    ours = (c for c in found if c.user == us and (c.body or "").startswith(wanted.marker))
    return sorted(ours, key=lambda c: c.id)


def _remove(forge: Forge, repo: str, comment: int) -> None:
    try:
        forge.delete_comment(repo, comment)
    except NotFound:
        return


def same_text(stored: str | None, wanted: str) -> bool:
    """Whether GitHub holds this text, whatever it did to line ends and blanks at the end."""
    return (stored or "").replace("\r\n", "\n").rstrip() == wanted.replace("\r\n", "\n").rstrip()


def react(forge: Forge, wanted: plan.React) -> Outcome:
    """GitHub keeps one reaction of each kind by each account."""
    us = forge.account()
    there = forge.reactions(wanted.repo, wanted.comment)
    if any(one.user == us and one.content == wanted.reaction.value for one in there):
        return Outcome(effect=wanted, done=Done.unchanged)
    forge.react(wanted.repo, wanted.comment, wanted.reaction.value)
    return Outcome(effect=wanted, done=Done.created)


def labels(forge: Forge, wanted: plan.Labels) -> Outcome:
    there = forge.issue_labels(wanted.repo, wanted.number)
    done = add_labels(forge, wanted, there)
    return Outcome(effect=wanted, done=done, number=wanted.number)


def add_labels(forge: Forge, wanted: plan.Labels, there: Sequence[values.Label]) -> Done:
    """Adds what is not `there`; GitHub's label names ignore case."""
    known = {label.name.casefold() for label in there}
    missing = [name for name in wanted.names if name.casefold() not in known]
    for name in missing:
        try:
            forge.create_label(wanted.repo, name)
        except Conflict:
            continue
    if missing:
        forge.add_labels(wanted.repo, wanted.number, missing)
    return Done.updated if missing else Done.unchanged
