"""The effects on issues of our own: one that is open, or none."""

from merganser import plan
from merganser.forge import values
from merganser.forge.effects.discussion import same_text
from merganser.forge.effects.outcome import Done, Outcome
from merganser.forge.protocol import Forge, NotFound


def issue(forge: Forge, wanted: plan.Issue) -> Outcome:
    """The oldest open issue of ours with the marker says this; others of ours, which a race left, are closed.

    One that a person closed stays closed, and what is still so is said anew.
    """
    ours, done = _open(forge, wanted), Done.unchanged
    if not ours:
        try:
            made = forge.create_issue(wanted.repo, title=wanted.title, body=_marked(wanted))
        except NotFound:
            return Outcome(effect=wanted, done=Done.unchanged)
        ours, done = _open(forge, wanted) or [made], Done.created
    kept, *others = ours
    for other in others:
        forge.update_issue(wanted.repo, other.number, {"state": "closed", "state_reason": "not_planned"})
    if not (same_text(kept.title, wanted.title) and same_text(kept.body, _marked(wanted))):
        kept = forge.update_issue(wanted.repo, kept.number, {"title": wanted.title, "body": _marked(wanted)})
        done = Done.updated if done is Done.unchanged else done
    return Outcome(effect=wanted, done=done, url=kept.html_url, number=kept.number)


def close_issue(forge: Forge, wanted: plan.CloseIssue) -> Outcome:
    """Closed in one request with what it says in the end, so that no half of it can be left."""
    ours = _open(forge, wanted)
    for one in ours:
        fields = {"body": _marked(wanted), "state": "closed", "state_reason": "completed"}
        forge.update_issue(wanted.repo, one.number, fields)
    url, number = (ours[0].html_url, ours[0].number) if ours else ("", 0)
    return Outcome(effect=wanted, done=Done.updated if ours else Done.unchanged, url=url, number=number)


def _marked(wanted: plan.Issue | plan.CloseIssue) -> str:
    return wanted.body if wanted.body.startswith(wanted.marker) else f"{wanted.marker}\n{wanted.body}"


def _open(forge: Forge, wanted: plan.Issue | plan.CloseIssue) -> list[values.Issue]:
    """Ours that are open, oldest first: by author, and a marker at the very beginning, as with comments."""
    us = forge.login()
    found = forge.open_issues(wanted.repo, us)
    ours = (one for one in found if one.user and one.user.is_(us) and (one.body or "").startswith(wanted.marker))
    return sorted(ours, key=lambda one: one.number)
