"""The effect of a release: a draft, its assets, and only then the publishing, which nobody can undo."""

from pathlib import Path
from typing import Any

from merganser import plan
from merganser.forge import names, values
from merganser.forge.discussion import same_text
from merganser.forge.outcome import Done, Outcome
from merganser.forge.protocol import Conflict, Forge, NotFound, Outrun, Refused

LARGEST_ASSET = 2 * 2**30


def release(forge: Forge, wanted: plan.Release) -> Outcome:
    """The published release of an existing tag with these assets; a half-made one of ours is completed."""
    for asset in wanted.assets:
        _acceptable(asset)
    kept, *others = _found(forge, wanted) or _begun(forge, wanted)
    for other in others:
        _discard(forge, wanted.repo, other)
    if not kept.draft:
        return _published(forge, wanted, kept)
    _fill(forge, wanted, kept)
    _claimed(forge, wanted)
    try:
        made = forge.update_release(wanted.repo, kept.id, {"tag_name": wanted.tag, "draft": False, **_fields(wanted)})
    except (Conflict, NotFound) as raced:
        raise Outrun(raced.message, raced.hint, raced.status) from raced
    return Outcome(effect=wanted, done=Done.created, url=made.html_url)


def _begun(forge: Forge, wanted: plan.Release) -> list[values.Release]:
    """A draft, and what else is there by now: another runner may have been as quick, or quicker."""
    try:
        made = forge.create_release(wanted.repo, {"tag_name": wanted.tag, "draft": True, **_fields(wanted)})
    except Conflict as raced:
        raise Outrun(raced.message, raced.hint, raced.status) from raced
    return _found(forge, wanted) or [made]


def _fields(wanted: plan.Release) -> dict[str, Any]:
    return {"name": wanted.title, "body": wanted.body, "prerelease": wanted.prerelease}


def _acceptable(asset: plan.Asset) -> None:
    names.asset(asset.name)
    actual = Path(asset.path).stat().st_size if asset.path else len(asset.content)
    if actual != asset.size:
        raise Refused(f"the asset {asset.name} has {actual} bytes, not {asset.size}", "It changed; run again.")
    if asset.size == 0:
        raise Refused(f"the asset {asset.name} is empty", "GitHub stores no empty release asset: leave it out.")
    if asset.size >= LARGEST_ASSET:
        raise Refused(
            f"the asset {asset.name} has {asset.size} bytes; GitHub takes less than 2 GiB",
            "Publish the model's files elsewhere: `artifact.publish` in merganser.yaml.",
        )


def _found(forge: Forge, wanted: plan.Release) -> list[values.Release]:
    """The tag's releases, the published one first, then our own drafts, oldest first; people's drafts are theirs."""
    us = forge.account()
    releases = [r for r in forge.releases(wanted.repo) if r.tag_name == wanted.tag and (not r.draft or r.author == us)]
    return sorted(releases, key=lambda r: (r.draft, r.id))


def _discard(forge: Forge, repo: str, other: values.Release) -> None:
    """Another draft of ours; what is published stays."""
    try:
        if other.draft:
            forge.delete_release(repo, other.id)
    except NotFound:
        return


def _fill(forge: Forge, wanted: plan.Release, draft: values.Release) -> None:
    """Exactly the wanted assets, each whole: what is half uploaded, different or not wanted is deleted."""
    assets = {asset.name: asset for asset in wanted.assets}
    good = set()
    for there in forge.release_assets(wanted.repo, draft.id):
        if there.name in assets and _holds(there, assets[there.name]):
            good.add(there.name)
        else:
            _drop(forge, wanted.repo, there.id)
    for asset in wanted.assets:
        if asset.name not in good:
            _upload(forge, draft, asset)


def _drop(forge: Forge, repo: str, asset: int) -> None:
    try:
        forge.delete_asset(repo, asset)
    except NotFound:
        return


def _upload(forge: Forge, draft: values.Release, asset: plan.Asset) -> None:
    content = Path(asset.path) if asset.path else asset.content
    try:
        made = forge.upload_asset(draft, name=asset.name, media_type=asset.media_type, content=content)
    except (Conflict, NotFound) as raced:
        raise Outrun(raced.message, raced.hint, raced.status) from raced
    if not _holds(made, asset):
        raise Outrun(
            f"GitHub stored {made.size} bytes ({made.digest}) of the asset {asset.name}, not {asset.size} "
            f"(sha256:{asset.sha256})",
            "Did the file change while it was uploaded? Run the command again.",
        )


def _holds(there: values.ReleaseAsset, asset: plan.Asset) -> bool:
    whole = there.state == "uploaded" and there.size == asset.size
    return whole and there.digest in (None, f"sha256:{asset.sha256}")


def _claimed(forge: Forge, wanted: plan.Release) -> None:
    """Publishing without the tag would make GitHub tag the default branch's tip."""
    if forge.ref(wanted.repo, f"tags/{wanted.tag}") is None:
        raise Refused(
            f"the release {wanted.tag} of {wanted.repo} has no tag, so it stays a draft",
            "Register the version again: the tag comes first.",
        )


def _published(forge: Forge, wanted: plan.Release, there: values.Release) -> Outcome:
    """A published release keeps its assets: other ones are a conflict. Its text may still be put right."""
    stored = {asset.name: asset for asset in forge.release_assets(wanted.repo, there.id)}
    for asset in wanted.assets:
        if asset.name not in stored or not _holds(stored[asset.name], asset):
            raise Conflict(
                f"the release {wanted.tag} of {wanted.repo} is published without this {asset.name}",
                "A published version never changes: register a new one.",
                409,
            )
    same = same_text(there.name, wanted.title) and same_text(there.body, wanted.body)
    if same and there.prerelease == wanted.prerelease:
        return Outcome(effect=wanted, done=Done.unchanged, url=there.html_url)
    edited = forge.update_release(wanted.repo, there.id, {"tag_name": wanted.tag, **_fields(wanted)})
    return Outcome(effect=wanted, done=Done.updated, url=edited.html_url)
