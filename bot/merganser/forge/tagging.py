"""The effect of an annotated tag: creating its ref is the atomic claim of a version."""

from merganser import plan
from merganser.forge.outcome import Done, Outcome
from merganser.forge.protocol import Conflict, Forge


def tag(forge: Forge, wanted: plan.Tag) -> Outcome:
    """The tag on its commit. One that stands elsewhere is never moved: `Conflict`."""
    if _stands(forge, wanted):
        return Outcome(effect=wanted, done=Done.unchanged, sha=wanted.commit)
    made = forge.create_tag_object(wanted.repo, name=wanted.name, message=wanted.message, commit=wanted.commit)
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
        raise Conflict(
            f"the tag {wanted.name} of {wanted.repo} stands on {found}, not on {wanted.commit}",
            "Versions never move: register this commit under another version.",
            409,
        )
    return found is not None


def tagged(forge: Forge, repo: str, name: str) -> str | None:
    """The object at the end of a tag, annotated or not: its commit; None where there is no such tag."""
    ref = forge.ref(repo, f"tags/{name}")
    if ref is None:
        return None
    target = ref.object
    while target.type == "tag":
        target = forge.tag_object(repo, target.sha).object
    return target.sha
