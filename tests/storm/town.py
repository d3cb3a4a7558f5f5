"""Repositories of one owner, alike, each with a recorded baseline; and what people and training runs do there.

People push into the hub's own folders: what their requests cost is none of the storm's.
"""

import tempfile
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from merganser.commands.train import command as train
from merganser.config import TRAIN_WORKFLOW
from merganser.config.file import load_config
from merganser.documents import dump_json, load_json
from merganser.forge.ci.runtime import Runtime
from merganser.git import Repository
from merganser.hub import Hub
from merganser.hub.access import find_repository
from merganser.hub.tracking import follow_refs
from merganser.inputs import inputs_digest
from merganser.run import RUN_FILE, Run
from tests.commands.stage import BOT, CONFIG, TRAIN, params

ACTIONS = "github-actions[bot]"
# How well a model does: every how-manieth row of either label it misjudges.
BASE, BETTER, WORSE = 10, 100, 3
MODEL = load_config(CONFIG.encode(), "merganser.yaml").models["tiny"]


class Pull(msgspec.Struct, kw_only=True):
    """A pull request: what it is at now, by which run, and whether its model is better than the baseline."""

    repo: str
    number: int
    branch: str
    head: str = ""
    run: int = 0
    better: bool = True


class Town:
    """On a running hub; `source` is where the people work."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self.hub, self._folder = hub, folder
        self._source = Repository(folder / "source")
        self._bundles: dict[int, Path] = {}
        self._written = 0

    @classmethod
    def build(cls, hub: Hub, folder: Path, repos: list[str]) -> "Town":
        """The repositories with a first commit and the set-up; people, and the bot that may write."""
        (folder / "source").mkdir(parents=True)
        town = cls(hub, folder)
        town._source.run("init", "-q", "-b", "main")
        for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org"), ("gc.auto", "0")):
            town._source.run("config", key, value)
        town._commit({"README.md": "# tiny\n"})
        files = {"merganser.yaml": CONFIG, "train.py": TRAIN, "params.yaml": params(BASE, BASE)}
        set_up = town._commit(files)
        for quality in (BASE, BETTER, WORSE):
            town._train(quality)
        hub.admin.create_user("ada")
        hub.admin.create_user(BOT, kind="Bot")
        for repo in repos:
            hub.admin.create_repository(repo)
            for login in ("ada", BOT, ACTIONS):
                hub.admin.set_permission(repo, login, "write")
            town._push(repo, set_up, "main")
        return town

    def _commit(self, files: dict[str, str]) -> str:
        for name, text in files.items():
            (self._source.path / name).write_text(text)
        self._source.run("add", "-A")
        self._source.run("commit", "-qm", f"Change {', '.join(files)}")
        return self._source.text("rev-parse", "HEAD")

    def _train(self, quality: int) -> None:
        """One real training of each quality, whose bundle stands for all that have it."""
        work = self._folder / f"work-{quality}"
        Repository(self._folder).run("clone", "-q", str(self._source.path), str(work))
        (work / "params.yaml").write_text(params(quality, quality))
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        Repository(work).run(*who, "commit", "-qam", "Try", "--allow-empty")
        told = Runtime(event_name="push", repository="acme/any", run_id=1, attempt=1)
        self._bundles[quality] = train.train(train.request(work, "tiny", self._folder / f"bundle-{quality}", told))

    def _bare(self, repo: str) -> Repository:
        return Repository(self.hub.directory / "repos" / f"{repo}.git")

    def _push(self, repo: str, sha: str, branch: str) -> None:
        self._source.run("push", "-q", "--force", str(self._bare(repo).path), f"{sha}:refs/heads/{branch}")
        owner, _, name = repo.partition("/")
        with self.hub.store.transaction():
            found = find_repository(self.hub.store, owner, name)
            assert found
            follow_refs(self.hub.world, found)

    def push(self, pull: Pull, better: bool) -> None:
        """A new commit on the pull request's branch, of a model that nobody has trained yet."""
        self._written += 1
        quality = BETTER if better else WORSE
        self._source.run("checkout", "-q", "-B", pull.branch, pull.head or "main")
        pull.head = self._commit({"params.yaml": f"{params(quality, quality)}# {self._written}\n"})
        pull.better = better
        self._push(pull.repo, pull.head, pull.branch)

    def start(self, repo: str, event: str, branch: str, head: str) -> dict[str, Any]:
        return self.hub.admin.start_workflow_run(
            repo, TRAIN_WORKFLOW, event=event, head_branch=branch, head_sha=head, actor="ada"
        )

    def train_main(self, repo: str) -> dict[str, Any]:
        head = self._bare(repo).resolve("main") or ""
        run = self.start(repo, "push", "main", head)
        self._upload(repo, run["id"], self._bundle(repo, head, None, BASE))
        return self.hub.admin.finish_workflow_run(repo, run["id"], "success")

    def trained(self, pull: Pull, run: dict[str, Any], better: bool) -> dict[str, Any]:
        """The training of a commit of the pull request has ended well, with a bundle."""
        bundle = self._bundle(pull.repo, run["head_sha"], pull.number, BETTER if better else WORSE)
        self._upload(pull.repo, run["id"], bundle)
        return self.hub.admin.finish_workflow_run(pull.repo, run["id"], "success")

    def _bundle(self, repo: str, head: str, number: int | None, quality: int) -> dict[str, bytes]:
        """The files of a bundle as a training at this commit would have left them."""
        bare, place = self._bare(repo), self._bundles[quality]
        base = bare.resolve("main" if number else f"{head}^") or ""
        tree = bare.merge_tree(base, head) if number else bare.tree_of(head)
        assert tree
        run = msgspec.structs.replace(
            load_json((place / RUN_FILE).read_bytes(), RUN_FILE, Run),
            inputs_digest=inputs_digest(bare.entries(tree), MODEL),
            tree=tree, commit=head, head=head, base=base, pull_request=number,
            event="pull_request" if number else "push",
        )  # fmt: skip
        files = {f.relative_to(place).as_posix(): f.read_bytes() for f in place.rglob("*") if f.is_file()}
        return files | {RUN_FILE: dump_json(run)}

    def _upload(self, repo: str, run: int, files: dict[str, bytes]) -> None:
        with tempfile.NamedTemporaryFile(suffix=".zip") as packed:
            with zipfile.ZipFile(packed, "w") as archive:
                for name, content in files.items():
                    archive.writestr(name, content)
            packed.flush()
            self.hub.admin.upload_artifact(repo, run, "merganser-tiny-1", Path(packed.name))
