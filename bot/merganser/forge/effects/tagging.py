"""The effect of an annotated tag: creating its ref is the atomic claim of a version."""

import datetime

from merganser import plan
from merganser.forge import values
from merganser.forge.effects.outcome import Done, Outcome
from merganser.forge.protocol import Conflict, Forge, Outrun, Taken

# How far ahead the clock of another tag may be and still be waited for, in seconds.
PATIENCE = 5


def tag(forge: Forge, wanted: plan.Tag) -> Outcome:
    """The tag on its commit. One that stands elsewhere is never moved: `Taken`."""
    if _stands(forge, wanted):
        return Outcome(effect=wanted, done=Done.unchanged, sha=wanted.commit)
    made = forge.create_tag_object(wanted.repo, name=wanted.name, message=wanted.message, commit=wanted.commit)
    _later(made, wanted)
    try:
        forge.create_ref(wanted.repo, f"tags/{wanted.name}", made.sha)
    except Conflict:
        if not _stands(forge, wanted):
            raise
        return Outcome(effect=wanted, done=Done.unchanged, sha=wanted.commit)
    return Outcome(effect=wanted, done=Done.created, sha=wanted.commit)


def _stands(forge: Forge, wanted: plan.Tag) -> bool:
    found = tagged(forge, wanted.repo, wanted.name)
    if found not in (None, wanted.commit):
        raise Taken(
            f"already registered: the tag {wanted.name} of {wanted.repo} stands on {found}, not on {wanted.commit}",
            "Versions never move: run the command again for the next number, or name a greater one.",
        )
    return found is not None


def _later(made: values.TagObject, wanted: plan.Tag) -> None:
    """`Outrun`, which waits and makes another, where the tag is of the same second as the one before.

    A tag that a clock far ahead made isn't waited for: then versions are told apart by their numbers alone.
    """
    date = made.tagger.date if made.tagger else ""
    ahead = wanted.after - datetime.datetime.fromisoformat(date).timestamp() if date else -1
    if 0 <= ahead < PATIENCE:
        raise Outrun(
            f"the tag {wanted.name} would be of the same second as the tag before it", "Run the command again."
        )


def tagged(forge: Forge, repo: str, name: str) -> str | None:
    """The object at the end of a tag, annotated or not: its commit; None where there is no such tag."""
    ref = forge.ref(repo, f"tags/{name}")
    if ref is None:
        return None
    target = ref.object
    while target.type == "tag":
        target = forge.tag_object(repo, target.sha).object
    return target.sha
