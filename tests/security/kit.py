"""Plays one attack against the real report, as a process on the hub, and gathers all that it wrote."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from merganser.hub import Exchange
from tests.commands.outside import Outsider
from tests.commands.report.test_report import pull_job
from tests.commands.stage import BETTER, BOT, CONFIG, REPO, TRAIN, Job, Life, Moment, Tamper, fetch, on_a_copy, params
from tests.contract.plugin import Contract
from tests.project.acting import told

CANARY = "canary-of-a-secret-that-nobody-writes-down"
WORSE: dict[str, str | None] = {"params.yaml": params(10, 3)}
MARK = "MERGANSER_MARK"  # the variable that tells a payload which file to leave where it is run

# A report answers with these and nothing else.
_WRITES = re.compile(
    rf"POST /repos/{REPO}/check-runs|PATCH /repos/{REPO}/check-runs/\d+"
    rf"|POST /repos/{REPO}/issues/\d+/comments|PATCH /repos/{REPO}/issues/comments/\d+|POST /graphql"
)


class End(Enum):
    """What becomes of an attack: the check is red; it has no effect on a good change; nobody even answers."""

    red = "red"
    inert = "inert"
    ignored = "ignored"


class Attack(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull request and its training do, and what is to come of it.

    `tamper` changes the bundle before its upload, `pack` writes the artifact's zip instead, `silent` leaves none.
    `says` are words of the answer, in its comment or its check. `run` is what GitHub says of another run than usual.
    """

    end: End
    says: tuple[str, ...] = ()
    files: dict[str, str | None] = msgspec.field(default_factory=lambda: dict(BETTER))
    branch: str = "attack"
    fork: bool = False
    tamper: Tamper | None = None
    pack: Callable[[Path], None] | None = None
    silent: bool = False
    run: dict[str, str] = {}
    labels: str = ""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an attack: the process, the check and comments, and all that was written anywhere."""

    done: subprocess.CompletedProcess[str]
    head: str
    check: dict[str, Any] | None
    comments: list[str]
    outputs: str
    summary: str
    writes: list[str]
    written: bytes
    refs_moved: set[str]
    run_code: bool

    @property
    def said(self) -> str:
        shown = self.check["output"] if self.check else {}
        return "\n".join([*(str(shown.get(part) or "") for part in ("title", "summary", "text")), *self.comments])


def play(attack: Attack, moment: Moment, folder: Path) -> Answered:
    """The attack from the push to the report's end."""
    contract, writes = Contract(), list[Exchange]()

    def watch(exchange: Exchange) -> None:
        contract(exchange)
        if exchange.method != "GET":
            writes.append(exchange)

    with on_a_copy(moment, folder, watch) as hub:
        life = Life(hub, folder, moment.access)
        number, event = _attacked(attack, life, folder)
        before = _refs(folder)
        del writes[:]
        done = _report(attack, Moment(directory=folder, access=life.access, event=event), life, folder)
        head = life.head(number)
        checks = fetch(hub, life.access.person, f"/repos/{REPO}/commits/{head}/check-runs")["check_runs"]
        comments = fetch(hub, life.access.person, f"/repos/{REPO}/issues/{number}/comments")
        answered = Answered(
            done=done,
            head=head,
            check=checks[0] if checks else None,
            comments=[comment["body"] for comment in comments],
            outputs=(folder / "output").read_text(),
            summary=(folder / "summary").read_text(),
            writes=[f"{one.method} {one.path}" for one in writes],
            written=_everything(folder, writes) + (done.stdout + done.stderr).encode(),
            refs_moved={name for name, sha in _refs(folder).items() if before.get(name) != sha},
            run_code=(folder / "marked").exists(),
        )
    assert contract.deviations() == []
    return answered


def unexpected(writes: list[str]) -> list[str]:
    """Requests that write, and that no report makes."""
    return [write for write in writes if not _WRITES.fullmatch(write)]


def _attacked(attack: Attack, life: Life, folder: Path) -> tuple[int, dict[str, Any]]:
    """The pull request, and the event that tells of its training."""
    if attack.fork:
        eve = Outsider(life, folder)
        eve.push(attack.files, attack.branch)
        number = eve.open(attack.branch)
        job = eve.job(number, attack.branch)
    else:
        number = life.propose(attack.branch, attack.files)
        job = pull_job(life, number, attack.branch)
    if attack.run:
        start = {"head_branch": job.branch, "head_sha": job.sha, "actor": "ada"} | attack.run
        run = int(life.hub.admin.start_workflow_run(REPO, **start)["id"])
    else:
        run = life.start(job)
    _leave(attack, life, run, job)
    return number, life.finished(run)


def _leave(attack: Attack, life: Life, run: int, job: Job) -> None:
    if attack.pack is not None:
        packed = life.folder / f"{run}.zip"
        attack.pack(packed)
        life.hub.admin.upload_artifact(REPO, run, "merganser-tiny-1", packed)
    elif not attack.silent:
        life.leave_bundle(run, job, attack.tamper)


def _report(attack: Attack, moment: Moment, life: Life, folder: Path) -> subprocess.CompletedProcess[str]:
    labels = []
    if attack.labels:
        (folder / "labels.csv").write_text(attack.labels)
        labels = ["--labels", f"tiny={folder / 'labels.csv'}"]
    secrets = {"GITHUB_TOKEN": moment.access.bot, "AWS_SECRET_ACCESS_KEY": CANARY, "AWS_ACCESS_KEY_ID": "key"}
    environment = told(life.hub, moment, folder) | secrets | {"MERGANSER_LOGIN": BOT, "NO_PROXY": "127.0.0.1"}
    work = folder / "judging"
    work.mkdir()
    return subprocess.run(
        [sys.executable, "-m", "merganser", "report", *labels],
        env=environment | {MARK: str(folder / "marked"), "PATH": "/usr/bin:/bin"},
        cwd=work,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _repositories(folder: Path) -> list[Path]:
    return sorted((folder / "hub" / "repos").glob("*/*.git"))


def _refs(folder: Path) -> dict[str, str]:
    """Every ref of every repository."""
    found = {}
    for repository in _repositories(folder):
        command = ["git", "for-each-ref", "--format=%(refname) %(objectname)"]
        listed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout
        found |= {f"{repository.name} {name}": sha for name, sha in (line.split() for line in listed.splitlines())}
    return found


def _everything(folder: Path, writes: list[Exchange]) -> bytes:
    """All that lies on the hub, objects of git unpacked, what was sent to it, and what the process left."""
    parts = [json.dumps([one.request_body for one in writes]).encode()]
    for repository in _repositories(folder):
        command = ["git", "cat-file", "--batch-all-objects", "--batch"]
        parts.append(subprocess.run(command, cwd=repository, capture_output=True, check=True).stdout)
    left = [folder / "output", folder / "summary", *(folder / "judging").rglob("*"), *(folder / "hub").rglob("*")]
    return b"".join([*parts, *(file.read_bytes() for file in left if file.is_file())])


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> Callable[[Path], None]:
    """Packs an artifact of these members."""

    def pack(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in members:
                file.writestr(name, content)

    return pack


def changed(**replaced: tuple[str, str]) -> dict[str, str | None]:
    """The configuration and the training code with words of theirs replaced, beside a better model."""
    texts = {"merganser.yaml": CONFIG, "train.py": TRAIN}
    names = {"config": "merganser.yaml", "train": "train.py"}
    return BETTER | {names[one]: texts[names[one]].replace(*words) for one, words in replaced.items()}
