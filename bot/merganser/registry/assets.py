"""What a release holds: names and sums of its assets. When there is a release is decided in `registration`."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from posixpath import basename

from merganser.documents import dump_json
from merganser.errors import DataError
from merganser.evaluation.verdict import Verdict
from merganser.plan import Asset
from merganser.registry.ledger import RunRecord
from merganser.run import RUN_FILE

VERDICT_FILE = "verdict.json"
SUMS_FILE = "SHA256SUMS"
RESERVED = frozenset(
    name.casefold()
    for name in (
        RUN_FILE, VERDICT_FILE, SUMS_FILE, "profile.json", "model-card.md", "bom.cdx.json", "provenance.intoto.json",
        "model.sig",
    )
)  # fmt: skip
MAX_ASSETS = 1000
MAX_SIZE = 2 * 1024**3 - 1

_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 100


def asset_names(paths: Sequence[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """The asset name of each path: its last part, in the characters that GitHub leaves alone, unique whatever the case.

    Where two would share a name, or one would take a name in `taken` or of Merganser's own files, eight digits of the
    path's SHA-256 stand before it. A name depends on the set of paths alone, not on their order.
    """
    plain = {path: _ODD.sub("-", basename(path))[-_LONGEST:].strip(".-") or "file" for path in paths}
    seen = Counter(name.casefold() for name in plain.values())
    blocked = RESERVED | {name.casefold() for name in taken}
    return {
        path: name if seen[name.casefold()] == 1 and name.casefold() not in blocked else f"{_short(path)}-{name}"
        for path, name in plain.items()
    }


def release_assets(
    record: RunRecord, verdict: Verdict, files: tuple[Asset, ...], evidence: tuple[Asset, ...]
) -> tuple[Asset, ...]:
    """Run, verdict, evidence, the model's files and the sums over them; `DataError` for bytes that aren't the run's.

    `files` are named by their paths in `run.artifacts`, `evidence` by theirs in `run.files`.
    """
    run = record.run
    _check_files(record, files)
    recorded = {file.path: file.sha256 for file in run.files.values()}
    for asset in evidence:
        if recorded.get(asset.name) != asset.sha256:
            raise DataError(f"{run.model}: {asset.name} is not the file that {record.path} speaks of", _TRAIN_AGAIN)
    names = asset_names([file.name for file in files], [asset.name for asset in evidence])
    own = (_written(RUN_FILE, dump_json(run)), _written(VERDICT_FILE, dump_json(verdict)))
    assets = (*own, *evidence, *(_renamed(file, names[file.name]) for file in files))
    sums = "".join(f"{asset.sha256}  {asset.name}\n" for asset in sorted(assets, key=lambda asset: asset.name))
    for asset in assets:
        _check_size(run.model, asset)
    if len(assets) >= MAX_ASSETS:
        raise DataError(
            f"{run.model}: {len(assets)} files are more than the {MAX_ASSETS} assets that a release can hold",
            "Pack the model into one file, and name that as artifact.path.",
        )
    return (*assets, _written(SUMS_FILE, sums.encode()))


_TRAIN_AGAIN = "Run the training workflow on the default branch again: what it kept is lost or was changed."


def _check_files(record: RunRecord, files: tuple[Asset, ...]) -> None:
    wanted = {(a.path, a.sha256, a.size) for a in record.run.artifacts}
    found = {(file.name, file.sha256, file.size) for file in files}
    if not wanted:
        raise DataError(f"{record.run.model}: {record.path} names no model file", "Check artifact.path.")
    wrong = sorted(path for path, _, _ in wanted ^ found)
    if wrong or len(files) != len(found):
        named = wrong[0] if wrong else files[0].name
        raise DataError(f"{record.run.model}: {named} is not the model file that {record.path} speaks of", _TRAIN_AGAIN)


def _check_size(model: str, asset: Asset) -> None:
    if not 0 < asset.size <= MAX_SIZE:
        raise DataError(
            f"{model}: {asset.name} has {asset.size} bytes, and a release holds files from 1 byte to under 2 GiB",
            "Pack the model into one file of that size, and name that as artifact.path.",
        )


def _written(name: str, content: bytes) -> Asset:
    media_type = "application/json" if name.endswith(".json") else "text/plain"
    digest = hashlib.sha256(content).hexdigest()
    return Asset(name=name, sha256=digest, size=len(content), content=content, media_type=media_type)


def _renamed(file: Asset, name: str) -> Asset:
    return Asset(
        name=name, sha256=file.sha256, size=file.size, path=file.path, content=file.content, media_type=file.media_type
    )


def _short(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:8]
