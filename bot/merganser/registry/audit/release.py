"""The release: published, and each file of it the one whose sum stands in it, and the one that was trained."""

from merganser.documents import load_json
from merganser.errors import DataError
from merganser.registry.assets import (
    BOM_FILE,
    CARD_FILE,
    PROVENANCE_FILE,
    SIGNATURE_FILE,
    SUMS_FILE,
    VERDICT_FILE,
    asset_names,
    read_sums,
)
from merganser.registry.audit.facts import Asset, Facts, Release
from merganser.registry.audit.links import Link, Section, Unknown, agreeing, broken, lacking, unverifiable, verified
from merganser.registry.audit.run import run_of
from merganser.registry.elsewhere import ARTIFACT_FILE, Pointer
from merganser.run import PREDICTIONS, RUN_FILE, Run, artifact_digest

_EVIDENCE = (RUN_FILE, VERDICT_FILE, SUMS_FILE)
_ALWAYS = (RUN_FILE, VERDICT_FILE, CARD_FILE, BOM_FILE, PROVENANCE_FILE)


def release_section(facts: Facts) -> Section:
    release, tag = facts.release, facts.version.tag
    if isinstance(release, Unknown):
        return Section("release", (unverifiable("published", release.reason),))
    if release is None and facts.ours:
        says = f"{tag} has no published release: it is incomplete (merganser register completes it) or was deleted"
        return Section("release", (broken("published", says, "a release", "none"),))
    if release is None:
        return Section("release", (unverifiable("published", f"{tag} has no release that could hold evidence"),))
    lock = "immutable" if release.immutable else "not immutable: whoever may write can change it"
    published = verified("published", f"on {release.published}, {lock}")
    names = {asset.name for asset in release.assets}
    if not facts.ours and not names & set(_EVIDENCE):
        return Section("release", (published, unverifiable("evidence", f"the release of {tag} holds none")))
    run = run_of(facts)
    lacking_files = _lost(release, run) if facts.ours else ()
    return Section("release", (published, *lacking_files, *_sums(release), *_model_files(release, run)))


def _lost(release: Release, run: Run | None) -> tuple[Link, ...]:
    """What Merganser writes into every release, and neither lies there nor stands in its sums any more."""
    bundled = () if run is None else (file.path for name, file in run.files.items() if name != PREDICTIONS)
    there = {asset.name for asset in release.assets} | _summed(release)
    gone = [name for name in (*_ALWAYS, *bundled) if name not in there]
    return tuple(broken(name, "the release lacks what it was published with", name, "nothing") for name in gone)


def _summed(release: Release) -> set[str]:
    """The names in the release's sums, as far as they can be read."""
    try:
        return set(read_sums(release.texts.get(SUMS_FILE, b""), SUMS_FILE))
    except DataError:
        return set()


def _sums(release: Release) -> tuple[Link, ...]:
    """Each file against its sum; files without a sum, and sums without a file, are broken."""
    text = release.texts.get(SUMS_FILE)
    if text is None:
        return (broken(SUMS_FILE, "the release lacks the sums of its files", SUMS_FILE, "nothing"),)
    try:
        sums = read_sums(text, SUMS_FILE)
    except DataError as wrong:
        return (broken(SUMS_FILE, wrong.message),)
    assets = {asset.name: asset for asset in release.assets if asset.name not in (SUMS_FILE, SIGNATURE_FILE)}
    missing = [broken(name, "a file of the release is gone", sums[name], "") for name in sums if name not in assets]
    extra = [broken(name, f"{SUMS_FILE} doesn't name this file") for name in assets if name not in sums]
    links = [_asset(asset, sums[name]) for name, asset in sorted(assets.items()) if name in sums]
    return (_anchor(release), *missing, *extra, *links)


def _anchor(release: Release) -> Link:
    """Sums prove no more than the release that holds them: run and ledger tell of some of its files, not of all."""
    if release.immutable:
        return verified(SUMS_FILE, "GitHub lets nobody change it since the release was published")
    return unverifiable(SUMS_FILE, "nothing outside of the release says that these are its first sums")


def _asset(asset: Asset, wanted: str) -> Link:
    if asset.stated and asset.stated != f"sha256:{wanted}":
        return broken(asset.name, f"GitHub holds other bytes than {SUMS_FILE} names", f"sha256:{wanted}", asset.stated)
    if isinstance(asset.sha256, Unknown):
        return lacking(asset.name, asset.sha256)
    return agreeing(
        asset.name,
        (wanted, asset.sha256),
        f"sha256:{wanted}",
        f"the bytes that GitHub serves are not those that {SUMS_FILE} names",
    )


def _model_files(release: Release, run: Run | None) -> tuple[Link, ...]:
    """The model's own files and what was published of the bundle, against the run."""
    if run is None:
        return ()
    if ARTIFACT_FILE in release.texts:
        return (_pointer(release.texts[ARTIFACT_FILE], run), *_bundled(release, run))
    assets = {asset.name: asset for asset in release.assets}
    named = asset_names([artifact.path for artifact in run.artifacts])
    links = [
        _trained(f"model file {artifact.path}", assets.get(named[artifact.path]), artifact.sha256)
        for artifact in run.artifacts
    ]
    return (*links, *_bundled(release, run))


def _bundled(release: Release, run: Run) -> tuple[Link, ...]:
    """Those of the bundle's files that were published."""
    assets = {asset.name: asset for asset in release.assets}
    files = {file.path: file.sha256 for file in run.files.values() if file.path in assets}
    return tuple(_trained(f"evaluated {path}", assets[path], sha) for path, sha in files.items())


def _pointer(text: bytes, run: Run) -> Link:
    """The model lies elsewhere: the release says where, and with which digest."""
    try:
        pointer = load_json(text, ARTIFACT_FILE, Pointer)
    except DataError as wrong:
        return broken("model", wrong.message)
    digests = (artifact_digest(run.artifacts), pointer.digest)
    says = f"{pointer.digest} at {pointer.uri}, which is not read here"
    return agreeing("model", digests, says, f"{ARTIFACT_FILE} names another model than the run made")


def _trained(name: str, asset: Asset | None, sha256: str) -> Link:
    if asset is None:
        return broken(name, "the release lacks it", sha256, "")
    if isinstance(asset.sha256, Unknown):
        return lacking(name, asset.sha256)
    says = f"{asset.name}, the bytes that the run made"
    return agreeing(name, (sha256, asset.sha256), says, f"{asset.name} is not the file that the run made")
