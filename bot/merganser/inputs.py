"""What a model is made from: the git entries its `inputs` globs match, and their digest, a run's identity. No I/O."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from merganser.config import CONFIG_FILE, ENVIRONMENTS_FILE, TRAIN_WORKFLOW, Config, Model
from merganser.errors import ConfigError, DataError

SYMLINK: Final = "120000"

# What a default `inputs` leaves out: what doesn't reach a model. `merganser.yaml` counts by its `train` section alone,
# so that another gate judges the same run anew instead of asking for another training.
_NOT_INPUTS: Final = re.compile(
    rf"(\.github|docs|holds)/|README[^/]*$|model_card\.md\.j2$|{re.escape(ENVIRONMENTS_FILE)}$"
)


class Entry(msgspec.Struct, frozen=True):
    """One line of `git ls-tree -r`: mode, type (blob or commit), object id, path from the tree's root."""

    mode: str
    type: str
    oid: str
    path: str


def matching(entries: Iterable[Entry], model: Model) -> tuple[Entry, ...]:
    """The entries that `model` is made from, sorted by path.

    Without `inputs`: everything below `path` but `.github/`, `docs/`, `holds/`, `README*`, `model_card.md.j2`,
    `environments.yaml` there, `merganser.yaml`, and where the repository is the environments repo too, what is
    deployed: the YAML files of a folder `ENVIRONMENT/MODEL/` that holds a `release.yaml`.
    With `inputs`: what a glob matches below `path`. `ConfigError` for a glob that matches nothing.
    """
    prefix = "" if model.path == "." else f"{model.path}/"
    below = {e.path.removeprefix(prefix): e for e in entries if e.path.startswith(prefix)}
    found = _globbed(below, model) if model.inputs else _by_default(below)
    if not found:
        raise ConfigError(*_nothing(below, model))
    return tuple(found[path] for path in sorted(found, key=_octets))


def _nothing(below: Mapping[str, Entry], model: Model) -> tuple[str, str]:
    """What to say of a model that is made from nothing, and what to do."""
    if not below:
        return f"no file is an input: nothing lies below {model.path}", "Correct the model's path."
    where = "in the repository" if model.path == "." else f"below {model.path}"
    what = f"all that lies {where} is configuration, documents or deployments (such as {min(below)[:80]!a})"
    return f"no file is an input: {what}", "Commit the model's code and parameters there, or correct the model's path."


def _by_default(below: Mapping[str, Entry]) -> dict[str, Entry]:
    # YAML alone: a release.yaml put beside code must not hide the code.
    deployed = tuple(p.removesuffix("release.yaml") for p in below if re.fullmatch(r"[^/]+/[^/]+/release\.yaml", p))
    return {
        path: entry
        for path, entry in below.items()
        if not _NOT_INPUTS.match(path)
        and entry.path != CONFIG_FILE
        and not (path.endswith(".yaml") and path.startswith(deployed))
    }


def _globbed(below: Mapping[str, Entry], model: Model) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for pattern in model.inputs:
        literal = re.split(r"[*?]", pattern, maxsplit=1)[0]
        hits = {path: e for path, e in below.items() if path.startswith(literal) and _matches(pattern, path)}
        if not hits:
            hint = f"For everything in a folder write {pattern.rstrip('/')}/**; globs start at the model's path."
            raise ConfigError(f"inputs: {pattern} matches no file below {model.path}", hint)
        found |= hits
    return found


def _matches(pattern: str, path: str) -> bool:
    parts = pattern.split("/")
    return _fits([*parts, "*"] if parts[-1] == "**" else parts, path.split("/"), "**", _segment_matches)


def _segment_matches(pattern: str, segment: str) -> bool:
    return _fits(pattern, segment, "*", lambda wanted, char: wanted in ("?", char))


def _fits(pattern: Sequence[str], items: Sequence[str], many: str, one: Callable[[str, str], bool]) -> bool:
    """Whether `items` fit `pattern`, in which `many` stands for any run of them.

    Only the last `many` is ever widened again, so hostile patterns cost pattern × items and never more.
    """
    at = item = widened = 0
    last = -1
    while item < len(items):
        if at < len(pattern) and pattern[at] == many:
            last, widened = at, item
            at += 1
        elif at < len(pattern) and one(pattern[at], items[item]):
            at, item = at + 1, item + 1
        elif last >= 0:
            widened += 1
            at, item = last + 1, widened
        else:
            return False
    return all(part == many for part in pattern[at:])


def inputs_digest(entries: Sequence[Entry], model: Model) -> str:
    """`sha256:…` over all of `entries` (a whole tree) that `model` is made from, its training section and the workflow.

    Each field is written with its length before it, so two different inputs never give the same bytes.
    """
    sha = hashlib.sha256(b"merganser.inputs/1\n")
    workflow = [entry for entry in entries if entry.path == TRAIN_WORKFLOW]
    for title, group in (("inputs", matching(entries, model)), ("workflow", workflow)):
        _field(sha, title)
        _field(sha, str(len(group)))
        for entry in group:
            for value in (entry.path, entry.mode, entry.type, entry.oid):
                _field(sha, value)
    for value in ("train", model.path, model.train.run, str(model.train.timeout)):
        _field(sha, value)
    return f"sha256:{sha.hexdigest()}"


def _field(sha: "hashlib._Hash", value: str) -> None:
    data = _octets(value)
    sha.update(str(len(data)).encode() + b":" + data)


def _octets(path: str) -> bytes:
    return path.encode(errors="surrogateescape")


def refuse_moving(entries: Iterable[Entry], targets: Mapping[str, str]) -> None:
    """`DataError` where an input is a link out of the repository: what it leads to isn't pinned by any commit.

    `targets` maps a link's object id to its text. Submodules and LFS pointers name fixed content and are fine.
    """
    for entry in entries:
        if entry.mode == SYMLINK and _leaves(entry.path, targets[entry.oid]):
            hint = "Commit the file, or pin it with DVC; an input must be what the commit says."
            raise DataError(f"{entry.path} is a link that leaves the repository", hint)


def _leaves(path: str, target: str) -> bool:
    if target.startswith("/"):
        return True
    depth = path.count("/")
    for part in target.split("/"):
        depth += -1 if part == ".." else 0 if part in ("", ".") else 1
        if depth < 0:
            return True
    return False


def digests(entries: Sequence[Entry], config: Config) -> dict[str, str]:
    """The inputs digest of every model of one tree by that tree's own configuration."""
    return {name: _named_digest(entries, name, model) for name, model in config.models.items()}


def _named_digest(entries: Sequence[Entry], name: str, model: Model) -> str:
    try:
        return inputs_digest(entries, model)
    except ConfigError as wrong:
        raise ConfigError(f"{CONFIG_FILE}: models.{name}: {wrong.message}", wrong.hint) from wrong


def touched(base: Mapping[str, str], head: Mapping[str, str]) -> tuple[str, ...]:
    """The models of `head` that are new or whose digest differs from `base`'s, in `head`'s order."""
    return tuple(name for name, digest in head.items() if base.get(name) != digest)
