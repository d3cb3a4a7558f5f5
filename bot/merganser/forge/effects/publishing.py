"""The effect of a release: a draft, its assets, and only then the publishing, which nobody can undo.

Several runners may be at it at once, and any may have died before. So a draft belongs to a content, which its text
names; a runner completes a draft of its own content alone, and takes out of it only bytes that arrived wrong: what was
once complete stays complete. Whole drafts go only once the release is out, and publishing decides whose content it is.
"""

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from merganser import plan
from merganser.forge import names, values
from merganser.forge.effects.discussion import same_text
from merganser.forge.effects.outcome import Done, Outcome
from merganser.forge.protocol import Conflict, Forge, NotFound, Outrun, Refused, Taken

LARGEST_ASSET = 2 * 2**30


def release(forge: Forge, wanted: plan.Release) -> Outcome:
    """The published release of an existing tag with these assets; `Taken` where it is published with others."""
    for asset in wanted.assets:
        _acceptable(asset)
    there = forge.release_by_tag(wanted.repo, wanted.tag)
    if there is not None:
        _discard_drafts(forge, wanted.repo, wanted.tag)
        return _published(forge, wanted, there)
    outcome = _publish(forge, wanted)
    _discard_drafts(forge, wanted.repo, wanted.tag)
    return outcome


def discard_drafts(forge: Forge, wanted: plan.DiscardDrafts) -> Outcome:
    """No draft of ours beside the published release: what a run left that died after the publishing."""
    published = forge.release_by_tag(wanted.repo, wanted.tag)
    gone = _discard_drafts(forge, wanted.repo, wanted.tag) if published else 0
    return Outcome(effect=wanted, done=Done.updated if gone else Done.unchanged)


def ours(forge: Forge, repo: str, tag: str) -> list[values.Release]:
    """The tag's releases, the published one first, then our own drafts, oldest first; people's drafts are theirs."""
    found = [r for r in forge.releases(repo) if r.tag_name == tag and (not r.draft or _is_ours(forge, r))]
    return sorted(found, key=lambda r: (r.draft, r.id))


def _is_ours(forge: Forge, draft: values.Release) -> bool:
    return draft.author is not None and draft.author.is_(forge.login())


def _publish(forge: Forge, wanted: plan.Release) -> Outcome:
    draft = _begun(forge, wanted)
    _fill(forge, wanted, draft)
    _claimed(forge, wanted)
    try:
        made = forge.update_release(wanted.repo, draft.id, {"tag_name": wanted.tag, "draft": False, **_fields(wanted)})
    except (Conflict, NotFound) as raced:
        raise Outrun(raced.message, raced.hint, raced.status) from raced
    return Outcome(effect=wanted, done=Done.created, url=made.html_url)


def _begun(forge: Forge, wanted: plan.Release) -> values.Release:
    """The oldest draft that can be completed, else a new one: then another runner may have been as quick."""
    if (draft := _usable(forge, wanted)) is not None:
        return draft
    fields = {**_fields(wanted), "body": _draft_body(wanted)}
    try:
        made = forge.create_release(wanted.repo, {"tag_name": wanted.tag, "draft": True, **fields})
    except Conflict as raced:
        raise Outrun(raced.message, raced.hint, raced.status) from raced
    return _usable(forge, wanted) or made


def _usable(forge: Forge, wanted: plan.Release) -> values.Release | None:
    """Our oldest draft of the very same content in which nothing is cut or strange."""
    mark = _draft_body(wanted)
    for draft in ours(forge, wanted.repo, wanted.tag):
        if draft.draft and same_text(draft.body, mark) and _left(wanted, _assets(forge, wanted, draft)) is not None:
            return draft
    return None


def _fields(wanted: plan.Release) -> dict[str, Any]:
    return {"name": wanted.title, "body": wanted.body, "prerelease": wanted.prerelease}


def _draft_body(wanted: plan.Release) -> str:
    """What a draft says until it is published: whose it is, by the digest of all that it is to hold."""
    named = ((asset.name, "" if asset.varies else asset.sha256) for asset in wanted.assets)
    content = "".join(f"{digest}  {name}\n" for name, digest in sorted(named))
    digest = hashlib.sha256(content.encode()).hexdigest()
    return f"Not complete yet: published once all files are here.\n\n<!-- merganser:draft:{digest} -->"


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


def _discard_drafts(forge: Forge, repo: str, tag: str) -> int:
    """Deletes our drafts of a published tag, and says how many; another runner may delete the same."""
    drafts = [release for release in ours(forge, repo, tag) if release.draft]
    for draft in drafts:
        with contextlib.suppress(NotFound):
            forge.delete_release(repo, draft.id)
    return len(drafts)


def _assets(forge: Forge, wanted: plan.Release, there: values.Release) -> tuple[values.ReleaseAsset, ...]:
    try:
        return forge.release_assets(wanted.repo, there.id)
    except NotFound as raced:
        raise Outrun(raced.message, raced.hint, raced.status) from raced


def _left(wanted: plan.Release, there: Sequence[values.ReleaseAsset]) -> list[plan.Asset] | None:
    """Which assets a draft still lacks; None where it holds one that is half uploaded, different or not wanted."""
    assets = {asset.name: asset for asset in wanted.assets}
    if not all(found.name in assets and _holds(found, assets[found.name]) for found in there):
        return None
    here = {found.name for found in there}
    return [asset for asset in wanted.assets if asset.name not in here]


def _fill(forge: Forge, wanted: plan.Release, draft: values.Release) -> None:
    """Uploads what the draft lacks, and looks whether it then holds exactly the wanted assets."""
    for asset in _left(wanted, _assets(forge, wanted, draft)) or ():
        _upload(forge, wanted.repo, draft, asset)
    if _left(wanted, _assets(forge, wanted, draft)) != []:
        raise Outrun(f"the draft {wanted.tag} of {wanted.repo} holds other files than it should", "Run again.")


def _upload(forge: Forge, repo: str, draft: values.Release, asset: plan.Asset) -> None:
    content = Path(asset.path) if asset.path else asset.content
    try:
        made = forge.upload_asset(draft, name=asset.name, media_type=asset.media_type, content=content)
    except (Conflict, NotFound) as raced:
        raise Outrun(raced.message, raced.hint, raced.status) from raced
    if not _is(made, asset):
        with contextlib.suppress(NotFound):
            forge.delete_asset(repo, made.id)
        raise Outrun(
            f"GitHub stored {made.size} bytes ({made.digest}) of the asset {asset.name}, not {asset.size} "
            f"(sha256:{asset.sha256})",
            "Did the file change while it was uploaded? Run the command again.",
        )


def _holds(there: values.ReleaseAsset, asset: plan.Asset) -> bool:
    """Whether what is there will do: the very bytes, or any whole file in place of one that varies."""
    return there.state == "uploaded" and there.size > 0 if asset.varies else _is(there, asset)


def _is(there: values.ReleaseAsset, asset: plan.Asset) -> bool:
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
    """A published release keeps its assets: to want other ones is refused. Its text may still be put right."""
    stored = {asset.name: asset for asset in forge.release_assets(wanted.repo, there.id)}
    for asset in wanted.assets:
        if asset.name not in stored or not _holds(stored[asset.name], asset):
            raise Taken(
                f"already registered: the release {wanted.tag} of {wanted.repo} is published without this {asset.name}",
                "A published version never changes: register a new one.",
            )
    same = same_text(there.name, wanted.title) and same_text(there.body, wanted.body)
    if same and there.prerelease == wanted.prerelease:
        return Outcome(effect=wanted, done=Done.unchanged, url=there.html_url)
    edited = forge.update_release(wanted.repo, there.id, {"tag_name": wanted.tag, **_fields(wanted)})
    return Outcome(effect=wanted, done=Done.updated, url=edited.html_url)
