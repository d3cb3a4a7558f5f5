"""What a release holds: names and sums of its assets. When there is a release is decided in `registration`."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from posixpath import basename

from merganser.documents import dump_json
from merganser.errors import DataError
from merganser.evaluation.verdict import Verdict
from merganser.plan import Asset
from merganser.registry.ledger import RunRecord
from merganser.run import RUN_FILE

VERDICT_FILE = "verdict.json"
SUMS_FILE = "SHA256SUMS"
_OWN = re.compile(
    r"run\.json|verdict\.json|sha256sums|(?:predictions|profile)\..*|model-card\.md|bom\.cdx\.json"
    r"|provenance\.intoto\.json|model\.sig",
    re.IGNORECASE,
)
MAX_ASSETS = 1000
MAX_SIZE = 2 * 1024**3 - 1

_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 100


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
    names = asset_names([file.name for file in files])
    own = (_written(RUN_FILE, dump_json(run)), _written(VERDICT_FILE, dump_json(verdict)))
    assets = (*own, *evidence, *(_renamed(file, names[file.name]) for file in files))
    sums = "".join(f"{asset.sha256}  {asset.name}\n" for asset in sorted(assets, key=lambda asset: asset.name))
    _check_limits(run.model, assets)
    return (*assets, _written(SUMS_FILE, sums.encode()))


_TRAIN_AGAIN = "Run the training workflow on the default branch again: what it kept is lost or was changed."
_PACK = "Pack the model into one file, and name that as artifact.path."


def _check_files(record: RunRecord, files: tuple[Asset, ...]) -> None:
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
    if len(assets) >= MAX_ASSETS:
        raise DataError(f"{model}: {len(assets)} files, and a release holds {MAX_ASSETS} with their sums", _PACK)
    if len({asset.name.casefold() for asset in assets}) < len(assets):
        raise DataError(f"{model}: two files of the release would share a name", _PACK)
    for asset in assets:
        if not 0 < asset.size <= MAX_SIZE:
            size = f"{asset.name} has {asset.size} bytes"
            raise DataError(f"{model}: {size}, and a release holds files of 1 byte to under 2 GiB", _PACK)


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
