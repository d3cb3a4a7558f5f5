"""What a clone says for `merganser audit`: a version's tag, the ledger and its past, the tree and its data pins."""

import datetime
import tempfile
from collections.abc import Set
from pathlib import Path, PurePosixPath

from merganser.commands.observing.checkout import model_at
from merganser.commands.observing.grounds import grounds_for
from merganser.commands.observing.ledger import Ledger, ledger_ref
from merganser.config import Signing
from merganser.errors import ConfigError, DataError
from merganser.evaluation.verdict import Verdict
from merganser.git import GitError, Repository, is_sha
from merganser.inputs import Entry, inputs_digest
from merganser.registry import ledger, lineage
from merganser.registry.audit.facts import History, Rewrite, Source, TagObject
from merganser.registry.audit.links import Unknown, Wrong
from merganser.registry.ledger import RunRecord, VerdictRecord
from merganser.registry.lifting import Grounds
from merganser.registry.versions import Version
from merganser.run import Run
from merganser.training import pins

_TAG = "%00".join(["%(objectname)", "%(tag)", "%(taggername)", "%(taggerdate:short)", "%(contents)"])
_SHALLOW = "this clone has only the ledger's newest commits: git fetch --unshallow origin"
_HOW = {"M": "changed", "T": "changed", "D": "deleted"}


def tag_object(clone: Repository, name: str) -> TagObject:
    """The annotated tag of that name, which has to be there; what GitHub says of it is not yet known."""
    out = clone.run("for-each-ref", f"--format={_TAG}", f"refs/tags/{name}").decode(errors="replace")
    oid, named, tagger, date, message = out.split("\0", 4)
    remote = Unknown("GitHub was not asked")
    return TagObject(object=oid, named=named, remote=remote, message=message, tagger=tagger, date=date)


def deregistered(clone: Repository, version: Version) -> str:
    """By whom and when this clone's tags say that the version is out of use, "" where none of them does."""
    name = version.deregistration
    refs = (f"refs/tags/{name}", f"refs/tags/{name}#*")
    out = clone.run("for-each-ref", "--sort=-taggerdate", f"--format={_TAG}", *refs).decode(errors="replace")
    if not out:
        return ""
    _, _, tagger, date, _ = out.split("\0", 4)
    return f"by {tagger or 'nobody named'} on {date or 'no day named'}"


# The ledger


def history(book: Ledger) -> History | None:
    """The ledger's past, GitHub's side of it not yet known; None without a ledger branch."""
    clone, ref = book.repository, ledger_ref(book.repository)
    tip = clone.resolve(ref) if ref else None
    if ref is None or tip is None:
        return None
    commits = clone.text("rev-list", tip).split()
    cut = _cut(clone, frozenset(commits))
    return History(
        tip=tip,
        commits=len(commits),
        records=len(book.oids),
        rewrites=_rewrites(clone, tip),
        dropped=Unknown(_SHALLOW) if cut else _dropped(clone, ref, frozenset(commits)),
        forged=_forged(book),
        cut=cut,
        remote=Unknown("GitHub was not asked"),
    )


def _rewrites(clone: Repository, tip: str) -> tuple[Rewrite, ...]:
    """Every file that a commit changed or took away, oldest first."""
    options = ("-m", "--reverse", "--no-renames", "--name-status", "--diff-filter=a", "--format=%x00%H")
    out = clone.run("log", *options, tip, "--").decode(errors="replace")
    found = []
    for block in out.split("\0")[1:]:
        commit, *lines = block.split("\n")
        changes = (line.partition("\t") for line in lines if line)
        found += [Rewrite(commit, _HOW.get(how, how), path) for how, _, path in changes]
    return tuple(found)


def _dropped(clone: Repository, ref: str, commits: frozenset[str]) -> tuple[str, ...] | Unknown:
    """Tips that this clone's log of the ref names and that its history lacks. The log's first line also has the tip
    that was cloned, which `git reflog` leaves out."""
    log = clone.path / clone.text("rev-parse", "--git-path", f"logs/{ref}")
    if not log.is_file():
        return Unknown("this clone has seen but one state of the ledger")
    seen = [tip for line in log.read_text(errors="replace").splitlines() for tip in line.split(" ")[:2]]
    return tuple(tip for tip in dict.fromkeys(seen) if is_sha(tip) and tip.strip("0") and tip not in commits)


def _cut(clone: Repository, commits: frozenset[str]) -> bool:
    """Whether this clone was told to take only the newest of these commits."""
    if not clone.is_shallow():
        return False
    ends = clone.path / clone.text("rev-parse", "--git-path", "shallow")
    return not commits.isdisjoint(ends.read_text().split())


def _forged(book: Ledger) -> tuple[str, ...]:
    paths = [path for path in sorted(book.oids) if ledger.verdict_name(path)]
    contents = book.repository.blobs([book.oids[path] for path in paths])
    return tuple(path for path, content in zip(paths, contents, strict=True) if not ledger.keeps_promise(path, content))


def record_of(book: Ledger, version: Version, tag: TagObject, inputs: Set[str]) -> RunRecord | Wrong | None:
    """The record that the tag names; else the merged one of its commit; else the newest of one of these `inputs`."""
    if tag.record_path:
        return _named(book, tag.record_path)
    found = [
        record
        for path in book.oids
        if (name := ledger.run_name(path)) and name.model == version.model
        if isinstance(record := _named(book, path), RunRecord) and record.recorded.merged
        if record.recorded.commit == version.commit or record.run.inputs_digest in inputs
    ]
    return max(found, key=lambda r: (r.recorded.commit == version.commit, r.recorded.time, r.path), default=None)


def _named(book: Ledger, path: str) -> RunRecord | Wrong | None:
    if path not in book.oids:
        return None
    try:
        return ledger.read_run(path, book.repository.blobs([book.oids[path]])[0])
    except DataError as wrong:
        return Wrong(wrong.message)


def verdicts_on(book: Ledger, record: RunRecord) -> tuple[VerdictRecord | Wrong, ...]:
    """Each verdict that was recorded with the run."""
    return tuple(_verdict(book, path) for path in lineage.verdict_paths(book.oids, record.path))


def _verdict(book: Ledger, path: str) -> VerdictRecord | Wrong:
    try:
        return ledger.read_verdict(path, book.repository.blobs([book.oids[path]])[0])
    except DataError as wrong:
        return Wrong(wrong.message)


def grounds_of(book: Ledger, version: Version, record: RunRecord, verdict: Verdict) -> Grounds | Wrong:
    """What could lift a failing verdict on the run when the version was registered."""
    try:
        return grounds_for(book, record, verdict, datetime.datetime.fromtimestamp(version.registered_at, datetime.UTC))
    except DataError as wrong:
        return Wrong(wrong.message)


# The commit


def source(clone: Repository, version: Version) -> Source:
    """What the tagged commit holds; the tree that was trained is not known yet."""
    tracked, locked = _pins(clone, version)
    return Source(
        inputs=_inputs(clone, version.commit, version.model),
        trained_inputs=Unknown("no run is known"),
        tracked=tracked,
        locked=locked,
        signing=_signing(clone, version),
    )


def _signing(clone: Repository, version: Version) -> Signing:
    """Who was to sign, as the tagged commit says; nobody where that can't be read."""
    try:
        return model_at(clone, version.commit, version.model).release.sign
    except (ConfigError, DataError):
        return Signing.none


def _inputs(clone: Repository, tree: str, model: str) -> str | Unknown:
    try:
        return inputs_digest(clone.entries(tree), model_at(clone, tree, model))
    except GitError:
        return Unknown(f"this clone lacks {tree}: git fetch --unshallow")
    except (ConfigError, DataError) as wrong:
        return Unknown(wrong.message)


def trained_inputs(clone: Repository, run: Run) -> str | Unknown:
    """The inputs digest of the tree that was trained."""
    tree, model = run.tree, run.model
    if not is_sha(tree):
        return Unknown("the run names no tree")
    found = _inputs(clone, tree, model)
    if isinstance(found, Unknown):
        return Unknown(f"{tree} is in no branch: a pull request's test merge, which nobody keeps")
    return found


def _pins(clone: Repository, version: Version) -> tuple[dict[str, str], dict[str, str]]:
    """Digests by name from the `.dvc` files, and from `dvc.lock`, below the model's folder in the tagged commit."""
    try:
        path = model_at(clone, version.commit, version.model).path
        below = "" if path == "." else f"{path}/"
        entries = [entry for entry in clone.entries(version.commit) if entry.path.startswith(below)]
        return _read_pins(clone, entries, below, ".dvc"), _read_pins(clone, entries, below, pins.LOCK)
    except (ConfigError, DataError):
        return {}, {}


def _read_pins(clone: Repository, entries: list[Entry], below: str, suffix: str) -> dict[str, str]:
    wanted = {
        e.path.removeprefix(below): e.oid
        for e in entries
        if e.path.endswith(suffix) and e.mode.startswith("100") and ".." not in PurePosixPath(e.path).parts
    }
    with tempfile.TemporaryDirectory(prefix="merganser-") as made:
        folder = Path(made)
        for name, content in zip(wanted, clone.blobs(list(wanted.values())), strict=True):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        tracked = pins.Tracked(in_git=wanted, results=frozenset())
        return {pin.name: pin.digest for pin in pins.data_pins(folder, tracked)}
