"""What a release holds: names and sums of its assets. When there is a release is decided in `registration`."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from posixpath import basename

import msgspec

from merganser.config import Signing
from merganser.documents import dump_json
from merganser.errors import DataError
from merganser.plan import Asset
from merganser.registry.bom import bill_of_materials
from merganser.registry.card_template import render
from merganser.registry.elsewhere import ARTIFACT_FILE, MAX_SIZE, is_elsewhere, pointer
from merganser.registry.model_card import card_facts
from merganser.registry.provenance import statement
from merganser.registry.subject import Subject
from merganser.run import RUN_FILE, Run

VERDICT_FILE = "verdict.json"
CARD_FILE = "model-card.md"
BOM_FILE = "bom.cdx.json"
PROVENANCE_FILE = "provenance.intoto.json"
SUMS_FILE = "SHA256SUMS"
SIGNATURE_FILE = "model.sig"
_OURS = (
    RUN_FILE, VERDICT_FILE, CARD_FILE, BOM_FILE, PROVENANCE_FILE, SUMS_FILE, SIGNATURE_FILE, ARTIFACT_FILE,
)  # fmt: skip
_OWN = re.compile(rf"(?:predictions|profile)\..*|{'|'.join(map(re.escape, _OURS))}", re.IGNORECASE)
MAX_ASSETS = 1000

_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 100
_SUM = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._-]{1,200})")
_TYPES = {".json": "application/json", ".md": "text/markdown"}


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a release holds beside what its facts alone say.

    `files` are the model's own, named by their paths in `run.artifacts`, none where the release points to them;
    `bundle` the bundle's, named by theirs in `run.files`. `card` is what the repository's own template made, "" without
    one; `signature` the model's signature by `signing`.
    """

    files: tuple[Asset, ...] = ()
    bundle: tuple[Asset, ...] = ()
    card: str = ""
    signing: Signing = Signing.none
    signature: bytes = b""


def asset_names(paths: Sequence[str]) -> dict[str, str]:
    """The asset name of each of the model's files: its last part, in the characters that GitHub leaves alone.

    Unique whatever the case: where two would share a name, or one would take a name of Merganser's own files, eight
    digits of the path's SHA-256 stand before it. The names depend on the paths alone, so a deployment finds them again.
    """
    plain = {path: _ODD.sub("-", basename(path))[-_LONGEST:].strip(".-") or "file" for path in paths}
    seen = Counter(name.casefold() for name in plain.values())
    return {
        path: name if seen[name.casefold()] == 1 and not _OWN.fullmatch(name) else f"{_short(path)}-{name}"
        for path, name in plain.items()
    }


def release_assets(subject: Subject, evidence: Evidence) -> tuple[Asset, ...]:
    """Run, verdict, card, bill of materials, provenance, the bundle's and the model's files; then the sums over these.

    A signature stands last and is in no sum: it differs each time it is made, all else is the same for the same facts.
    `DataError` for bytes that aren't the run's.
    """
    run = subject.run
    recorded = {file.path: file.sha256 for file in run.files.values()}
    for asset in evidence.bundle:
        if recorded.get(asset.name) != asset.sha256:
            raise DataError(
                f"{run.model}: {asset.name} is not the file that {subject.record.path} speaks of", _TRAIN_AGAIN
            )
    assets = (*_documents(subject, evidence), *evidence.bundle, *_model_files(subject, evidence.files))
    _check_limits(run.model, assets)
    signature = (_written(SIGNATURE_FILE, evidence.signature),) if evidence.signature else ()
    return (
        *assets,
        _written(SUMS_FILE, sums(assets)),
        *(msgspec.structs.replace(asset, varies=True) for asset in signature),
    )


def signed_files(subject: Subject, files: Iterable[Asset]) -> tuple[Asset, ...]:
    """What the model's signature is over: its files as the release names them, or the pointer to them."""
    return _model_files(subject, tuple(files))


def sums(assets: Iterable[Asset]) -> bytes:
    """The assets' sums as `sha256sum` writes and checks them, by name."""
    lines = (f"{asset.sha256}  {asset.name}\n" for asset in sorted(assets, key=lambda asset: asset.name))
    return "".join(lines).encode()


def read_sums(content: bytes, where: str) -> dict[str, str]:
    """SHA-256 by name from a `SHA256SUMS`; `DataError` for a line that is no sum, or a name that stands twice."""
    found: dict[str, str] = {}
    for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
        entry = _SUM.fullmatch(line)
        if entry is None or entry[2] in found:
            raise DataError(
                f"{where}: line {number} is no sum of one more file", "Someone changed it: look at who did."
            )
        found[entry[2]] = entry[1]
    return found


def _documents(subject: Subject, evidence: Evidence) -> Iterable[Asset]:
    """What is written here, from the facts alone."""
    names = _names(subject.run)
    card = evidence.card or render(card_facts(subject, names, evidence.signing))
    yield _written(RUN_FILE, dump_json(subject.run))
    yield _written(VERDICT_FILE, dump_json(subject.verdict))
    yield _written(CARD_FILE, card.encode())
    yield _written(BOM_FILE, bill_of_materials(subject, names))
    yield _written(PROVENANCE_FILE, statement(subject, names))


def _names(run: Run) -> dict[str, str]:
    return asset_names([artifact.path for artifact in run.artifacts])


def _model_files(subject: Subject, files: tuple[Asset, ...]) -> tuple[Asset, ...]:
    if is_elsewhere(subject.run, subject.rules):
        return (_written(ARTIFACT_FILE, pointer(subject)),)
    _check_files(subject, files)
    names = _names(subject.run)
    return tuple(msgspec.structs.replace(file, name=names[file.name]) for file in files)


_TRAIN_AGAIN = "Run the training workflow on the default branch again: what it kept is lost or was changed."
_PACK = "Pack the model into one file, and name that as artifact.path."


def _check_files(subject: Subject, files: tuple[Asset, ...]) -> None:
    record = subject.record
    wanted = {(a.path, a.sha256, a.size) for a in record.run.artifacts}
    found = {(file.name, file.sha256, file.size) for file in files}
    if not wanted:
        raise DataError(f"{record.run.model}: {record.path} names no model file", "Check artifact.path.")
    wrong = sorted(path for path, _, _ in wanted ^ found)
    if wrong or len(files) != len(found):
        named = wrong[0] if wrong else files[0].name
        raise DataError(f"{record.run.model}: {named} is not the model file that {record.path} speaks of", _TRAIN_AGAIN)


def _check_limits(model: str, assets: tuple[Asset, ...]) -> None:
    """What GitHub would refuse, said before the tag is there."""
    if len(assets) + 2 > MAX_ASSETS:
        held = f"a release holds {MAX_ASSETS} with their sums and signature"
        raise DataError(f"{model}: {len(assets)} files, and {held}", _PACK)
    if len({asset.name.casefold() for asset in assets}) < len(assets):
        raise DataError(f"{model}: two files of the release would share a name", _PACK)
    for asset in assets:
        if not 0 < asset.size <= MAX_SIZE:
            size = f"{asset.name} has {asset.size:,} bytes"
            raise DataError(f"{model}: {size}, and a release holds files of 1 byte to under 2 GiB", _PACK)


def _written(name: str, content: bytes) -> Asset:
    media_type = next((kind for end, kind in _TYPES.items() if name.endswith(end)), "text/plain")
    digest = hashlib.sha256(content).hexdigest()
    return Asset(name=name, sha256=digest, size=len(content), content=content, media_type=media_type)


def _short(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:8]
