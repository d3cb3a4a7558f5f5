"""A repository's state as commits of a repository beside it: what `git add --all` and a commit would make of it.

The person's own index, objects and refs stay as they are: files are read, objects borrowed, nothing written there. Of
the history only its shape is kept: where the branch left the default branch, and what either has since.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from merganser import git
from merganser.config import CONFIG_FILE, Config
from merganser.config.file import load_config
from merganser.errors import ConfigError
from merganser.git import GitError, Repository
from merganser.inputs import SYMLINK, matching
from merganser.setup import parameters

_WHO = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (
    ("NAME", "You"), ("EMAIL", "you@example.org"))}  # fmt: skip
_USUAL = ("main", "master")


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The person's repository: its top, its default branch with the newest commit that is known of it ("" for none)."""

    top: Path
    branch: str
    tip: str

    @property
    def repository(self) -> Repository:
        return Repository(self.top)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The repository beside it, the default branch's commit there, and the tree of the work tree as it is."""

    repository: Repository
    base: str
    parent: str
    tree: str

    def config(self, commit: str) -> Config | None:
        """The configuration of a commit or tree, or None."""
        text = self.repository.file(commit, CONFIG_FILE)
        return None if text is None else load_config(text, CONFIG_FILE)


def find(folder: Path) -> Origin:
    """The repository around a folder; `ConfigError` where there is none."""
    try:
        top = Path(Repository(folder).text("rev-parse", "--show-toplevel"))
    except GitError:
        hint = "Begin with `merganser init`, which makes it one and sets it up."
        raise ConfigError(f"{folder} is in no git repository", hint) from None
    here = Repository(top)
    branch = _default_branch(here)
    tips = (here.resolve(f"refs/remotes/origin/{branch}"), here.resolve(f"refs/heads/{branch}"))
    return Origin(top=top, branch=branch, tip=next((tip for tip in tips if tip), ""))


def _default_branch(here: Repository) -> str:
    """What origin says, else the usual names, else what is checked out."""
    said = _said(here, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
    known = [name for name in _USUAL if here.resolve(f"refs/heads/{name}")]
    return said or (known[0] if known else _said(here, "symbolic-ref", "--short", "HEAD")) or _USUAL[0]


def _said(here: Repository, *args: str) -> str:
    try:
        return here.text(*args)
    except GitError:
        return ""


def uncommitted(origin: Origin) -> int:
    """How many files differ from the last commit, new ones included."""
    out = origin.repository.run("--no-optional-locks", "status", "--porcelain", "-z", "--untracked-files=all")
    return len([entry for entry in out.split(b"\0") if entry])


def take(origin: Origin, folder: Path) -> Snapshot:
    """The snapshot, in the new bare repository `folder`."""
    git.run(["init", "--quiet", "--bare", "--template=", str(folder)], folder.parent)
    borrowed = origin.repository.text("rev-parse", "--path-format=absolute", "--git-path", "objects")
    (folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
    (folder / "objects" / "info" / "alternates").write_text(f"{borrowed}\n")
    beside = Repository(folder, {**_WHO, "GIT_DIR": str(folder)})
    tree = _work_tree(origin, folder, borrowed)
    head = origin.repository.resolve("HEAD")
    if not origin.tip or not head:
        return Snapshot(repository=beside, base="", parent="", tree=tree)
    met = _said(origin.repository, "merge-base", origin.tip, head) or origin.tip
    root = commit(beside, beside.tree_of(met), "", f"As at {met[:12]}")
    base = root if met == origin.tip else commit(beside, beside.tree_of(origin.tip), root, f"As at {origin.tip[:12]}")
    return Snapshot(repository=beside, base=base, parent=root, tree=tree)


def _work_tree(origin: Origin, folder: Path, borrowed: str) -> str:
    """Tracked files as they are now, and untracked ones that aren't ignored; read as the person's own settings say."""
    elsewhere = {
        "GIT_INDEX_FILE": str(folder / "index"),
        "GIT_OBJECT_DIRECTORY": str(folder / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": borrowed,
    }
    staged = origin.repository.run("ls-files", "--stage", "-z")
    git.run(["update-index", "-z", "--index-info"], origin.top, stdin=staged, env=elsewhere)
    settings = ["-c", "core.fsmonitor=false", "-c", "advice.addEmbeddedRepo=false"]
    git.run([*settings, "add", "--all", "."], origin.top, env=elsewhere)
    return git.run(["write-tree"], origin.top, env=elsewhere).decode().strip()


def commit(beside: Repository, tree: str, parent: str, message: str) -> str:
    """A commit of a tree."""
    return beside.text("commit-tree", tree, *(["-p", parent] if parent else []), "-m", message)


def with_parameters(snapshot: Snapshot, changes: Mapping[str, tuple[str, ...]]) -> str:
    """The tree with other parameters, by model; `ConfigError` for what can't be set."""
    config = snapshot.config(snapshot.tree)
    assert config is not None
    tree = snapshot.tree
    for model, texts in changes.items():
        if model not in config.models:
            raise ConfigError(f"--set {model[:80]}: there is no such model", f"There are {', '.join(config.models)}.")
        one = config.models[model]
        path = one.params if one.path == "." else f"{one.path}/{one.params}"
        data = snapshot.repository.file(tree, path)
        if data is None:
            hint = (
                "Name the file of the model's parameters as `params` in merganser.yaml, or edit the code and try that."
            )
            raise ConfigError(f"--set {model}: {path} isn't there", hint)
        tree = _replaced(snapshot.repository, tree, path, _changed(data, path, texts))
    return tree


def _changed(data: bytes, path: str, texts: tuple[str, ...]) -> bytes:
    if not path.endswith((".yaml", ".yml")):
        raise ConfigError(f"--set changes YAML, and {path} is none", "Edit the file; try takes it as it is.")
    with tempfile.TemporaryDirectory(prefix="merganser-") as scratch:
        file = Path(scratch, "params.yaml")
        file.write_bytes(data)
        known = parameters.read(file)
        made = parameters.parse(texts, known)
        if parameters.changes_nothing(known, made):
            raise ConfigError("--set: the parameters have these values already", "Give one of them another value.")
        parameters.write(file, made)
        return file.read_bytes()


def trained_again(snapshot: Snapshot) -> tuple[str, str]:
    """The tree with a blank line more in one script of a model's inputs, and that script; `ConfigError` without one."""
    config = snapshot.config(snapshot.tree)
    assert config is not None
    entries = snapshot.repository.entries(snapshot.tree)
    for model in config.models.values():
        for entry in matching(entries, model):
            if entry.path.endswith((".py", ".R", ".jl", ".sh")) and entry.mode != SYMLINK:
                [text] = snapshot.repository.blobs([entry.oid])
                return _replaced(snapshot.repository, snapshot.tree, entry.path, text + b"\n"), entry.path
    raise ConfigError("nothing differs from the default branch", "Change something, or use --set MODEL KEY=VALUE.")


def _replaced(beside: Repository, tree: str, path: str, data: bytes) -> str:
    oid = beside.run("hash-object", "-w", "--stdin", stdin=data).decode().strip()
    [entry] = [one for one in beside.entries(tree, path) if one.path == path]
    with tempfile.TemporaryDirectory(prefix="merganser-") as scratch:
        index = Repository(beside.path, {**beside.env, "GIT_INDEX_FILE": os.path.join(scratch, "index")})  # noqa: PTH118
        index.run("read-tree", tree)
        index.run("update-index", "--cacheinfo", f"{entry.mode},{oid},{path}")
        return index.text("write-tree")
