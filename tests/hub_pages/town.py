"""A hub that people and strangers have lived in: one of all that a page shows, hostile text wherever it fits."""

import base64
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from merganser.hub import Hub
from tests.hub.clients import NAME, Checkout, Team, fetch

SECRET = "acme/secret"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}'
HOSTILE_FILE = "odd/<img src=x onerror=alert(1)> & 'more'.txt"
HOSTILE_BRANCH = "odd/<script>alert(1)</script>"
PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
ASSET = bytes(range(256)) * 500
README = """# Digits

| left | right |
| :--- | ---: |
| `a` | 1 |

- [x] done
- [ ] open

[the trainer](src/train.py) · ![own](docs/dot.gif) · ![foreign](https://tracker.example/pixel.gif)
"""
GUIDE = "# Guide\n\nsee [the trainer](../src/train.py)\n"
HOSTILE_COMMENT = """<script>alert(1)</script>
<img src="https://tracker.example/a.gif" onerror="alert(1)">
![tracker](https://tracker.example/b.gif) <a href="javascript:alert(1)" onclick="alert(1)">click</a>
[js](javascript:alert(1)) [data](data:text/html,<script>alert(1)</script>) <style>body { display: none }</style>
<iframe src="https://frames.example"></iframe>
<form action="https://forms.example"><input name=a><button>b</button></form>
<svg onload=alert(1)><math><mi xlink:href="javascript:alert(1)">x</mi></math></svg>
<a title="<img src=x onerror=alert(1)>" href="https://plain.example">titled</a>
</div></article></main><details open ontoggle=alert(1)><summary>fold</summary>inside</details>
<!-- merganser:hidden -->
"""


@dataclass
class Town:
    team: Team
    checkout: Checkout
    shas: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def hub(self) -> Hub:
        return self.team.hub

    def url(self, tail: str, name: str = NAME) -> str:
        return f"{self.hub.url}/{name}{tail}"

    def api(self, method: str, tail: str, body: Any = None, login: str = "owner") -> Any:
        reply = self.team.send(method, f"/repos/{NAME}{tail}", login, body)
        assert reply.status < 300, reply.content
        return reply.json if reply.content else None

    def branch(self, name: str, files: dict[str, str | bytes | None], message: str = "change") -> str:
        self.checkout.branch(name, "origin/main")
        sha = self.checkout.commit(files, message)
        self.checkout.push(name, "--force")
        return sha

    def pull(self, title: str, head: str, body: str = "") -> int:
        return int(self.api("POST", "/pulls", {"title": title, "head": head, "base": "main", "body": body})["number"])

    def check(self, sha: str, conclusion: str | None, **more: Any) -> Any:
        body = {"name": "merganser/gate", "head_sha": sha, **({"conclusion": conclusion} if conclusion else {}), **more}
        return self.api("POST", "/check-runs", body, "bot")


def build(hub: Hub, folder: Path) -> Town:
    """The town, with one of everything: `owner` may all, `stranger` nothing, the bot may write."""
    folder.mkdir()
    team = Team(hub, folder)
    hub.admin.create_repository(NAME)
    for login, role in (("owner", "admin"), ("stranger", "none")):
        team.tokens[login] = hub.admin.create_user(login)
        hub.admin.set_permission(NAME, login, role)
    team.tokens["bot"] = hub.admin.create_user("merganser[bot]", kind="Bot")
    hub.admin.set_permission(NAME, "merganser[bot]", "write")
    town = Town(team, team.clone())
    _first_commits(town)
    hub.admin.require_checks(NAME, "main", ["merganser/gate"])
    _merged(town)
    _blocked(town)
    _hostile(town)
    _quiet_pulls(town)
    _release(town)
    _runs(town)
    _secret(town)
    return town


def _first_commits(town: Town) -> None:
    work = town.checkout
    work.git("checkout", "-q", "-b", "main")
    many = "".join(f"line {i}\n" for i in range(2000))
    first: dict[str, str | bytes | None] = {
        "README.md": README,
        "src/train.py": "import os\n\nprint(1)\n",
        "docs/dot.gif": PICTURE,
        "docs/guide.md": GUIDE,
        "params.yaml": "C: 1\n",
        "data.bin": b"\x00\x01\x02",
        "latin.txt": "\xe9".encode("latin-1"),
        "empty.txt": "",
        "many.txt": many,
        HOSTILE_FILE: HOSTILE,
    }
    work.commit(first, "first")
    (work.folder / "link").symlink_to("src/train.py")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    (work.folder / "module").mkdir()
    work.git("add", "link")
    work.git("commit", "-q", "-m", "second\n\nwith a body")
    town.shas["main"] = work.git("rev-parse", "HEAD")
    work.push("main")


def _merged(town: Town) -> None:
    sha = town.branch("improve", {"params.yaml": "C: 3\n", "docs/moved.md": "x\n"}, "Improve C")
    body = f"Tries another C.\n\n{town.url(f'/commit/{sha}')} for {NAME}#1"
    number = town.numbers["merged"] = town.pull("Improve the model", "improve", body)
    check = town.check(
        sha, "success", output={"title": "passes", "summary": "**fine**", "text": "| a |\n|---|\n| 1 |\n"}
    )
    links = f"[commit]({town.url(f'/commit/{sha}')}) [compare]({town.url('/compare/main...improve')})"
    earlier = town.url("/blob/main/params.yaml").replace(town.hub.url, "http://127.0.0.1:1")
    body = {"body": f"## Passes\n\n{links} [check]({check['html_url']}) [earlier]({earlier}) <sub>small</sub>"}
    town.api("POST", f"/issues/{number}/comments", body, "bot")
    town.shas["merged"] = town.api("PUT", f"/pulls/{number}/merge", {})["sha"]
    town.shas["improve"] = sha


def _blocked(town: Town) -> None:
    town.checkout.git("fetch", "-q")
    sha = town.shas["blocked"] = town.branch("ruin", {"params.yaml": "C: 9\n"}, "Ruin one class")
    number = town.numbers["blocked"] = town.pull("Ruin the model", "ruin")
    town.check(sha, None, status="in_progress")
    annotations = [
        {"path": "params.yaml", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": HOSTILE}
    ]
    output = {"title": "label 1 fell", "summary": HOSTILE_COMMENT, "text": HOSTILE, "annotations": annotations}
    check = town.check(sha, "failure", output=output, details_url="javascript:alert(1)")
    town.numbers["check"] = check["id"]
    state = {"state": "error", "context": HOSTILE, "description": HOSTILE[:100], "target_url": "javascript:alert(1)"}
    town.api("POST", f"/statuses/{sha}", state)
    town.api("POST", f"/statuses/{sha}", {"state": "pending", "context": "slow", "target_url": town.url("")})
    town.api("POST", f"/issues/{number}/labels", {"labels": ["one", "two"]})
    town.api("DELETE", f"/issues/{number}/labels/two")
    town.api("PATCH", f"/pulls/{number}", {"state": "closed"})
    town.api("PATCH", f"/pulls/{number}", {"state": "open"})


def _hostile(town: Town) -> None:
    sha = town.branch(HOSTILE_BRANCH, {HOSTILE_FILE: HOSTILE * 2, "odd/new.txt": HOSTILE}, HOSTILE)
    number = town.numbers["hostile"] = town.pull(HOSTILE, HOSTILE_BRANCH, HOSTILE_COMMENT)
    town.check(sha, "neutral", name=HOSTILE, output={"title": HOSTILE, "summary": HOSTILE})
    comment = town.api("POST", f"/issues/{number}/comments", {"body": "first"}, "stranger")
    town.api("PATCH", f"/issues/comments/{comment['id']}", {"body": HOSTILE_COMMENT}, "stranger")
    town.api("POST", f"/issues/{number}/labels", {"labels": [HOSTILE[:40]]})
    query = "UPDATE comments SET created_at = '2026-01-01T00:00:00Z' WHERE id = ?"
    town.hub.store.change(query, comment["id"])  # else it is edited in the second in which it was written
    for again in ("again", "and again"):  # force pushes
        town.branch(HOSTILE_BRANCH, {"odd/new.txt": again}, again)
    town.numbers["issue"] = town.api("POST", "/issues", {"title": HOSTILE, "body": HOSTILE_COMMENT})["number"]
    town.api("PATCH", f"/issues/{town.numbers['issue']}", {"state": "closed"})


def _quiet_pulls(town: Town) -> None:
    """One closed, one draft, one with a conflict, one whose branch is gone, one retargeted, one renaming a file."""
    town.branch("closed", {"a.txt": "a"})
    town.numbers["closed"] = town.pull("Closed one", "closed")
    town.api("PATCH", f"/pulls/{town.numbers['closed']}", {"state": "closed"})
    _talk(town, town.numbers["closed"])
    town.branch("gone", {"b.txt": "b"})
    town.numbers["gone"] = town.pull("Gone one", "gone")
    town.api("DELETE", "/git/refs/heads/gone")
    town.checkout.branch("conflict", town.shas["main"])
    town.checkout.commit({"params.yaml": "C: 7\n"})
    town.checkout.push("conflict")
    town.numbers["conflict"] = town.pull("Conflicting one", "conflict")
    town.branch(
        "renaming", {"docs/guide.md": None, "docs/manual.md": "# Guide\n\nsee [the trainer](../src/train.py)\n"}
    )
    body = {"title": "Draft one", "head": "renaming", "base": "main", "draft": True}
    town.numbers["draft"] = town.api("POST", "/pulls", body)["number"]
    town.branch("other", {"c.txt": "c", "many.txt": None, "d.txt": "d\n" * 600})
    town.numbers["retargeted"] = town.pull("Retargeted one", "other")
    town.api("PATCH", f"/pulls/{town.numbers['retargeted']}", {"base": "closed"})


def _talk(town: Town, number: int) -> None:
    """More comments than the API gives in one answer."""
    store, moment = town.hub.store, "2030-01-01T00:00:00Z"
    issue, owner = (store.number(f"SELECT id FROM {one}") for one in (f"issues WHERE number = {number}", "users"))
    columns = {"issue_id": issue, "user_id": owner, "created_at": moment, "updated_at": moment}
    for count in range(101):
        store.insert("comments", {**columns, "body": f"word {count}"})


def _release(town: Town) -> None:
    notes = f"Made from {town.url('/commit/' + town.shas['merged'])}\n\n{HOSTILE_COMMENT}"
    body = {"tag_name": "digits@v0.1.0", "name": "digits v0.1.0", "body": notes, "target_commitish": "main"}
    release = town.api("POST", "/releases", body)
    headers = {"Authorization": f"Bearer {town.team.tokens['owner']}", "Content-Type": "application/octet-stream"}
    address = f"{town.hub.url}/api/uploads/repos/{NAME}/releases/{release['id']}/assets?name=model.bin"
    assert fetch("POST", address, headers, ASSET).status == 201
    town.api("POST", "/releases", {"tag_name": "digits#1", "prerelease": True, "target_commitish": "main"})
    town.api("POST", "/releases", {"tag_name": "later", "draft": True})


def _runs(town: Town) -> None:
    admin, sha = town.hub.admin, town.shas["blocked"]
    run = admin.start_workflow_run(NAME, event="pull_request", head_branch="ruin", head_sha=sha, actor="owner")
    archive = town.team.folder.parent / "bundle.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("run.json", "{}")
    admin.upload_artifact(NAME, run["id"], HOSTILE, archive)
    admin.finish_workflow_run(NAME, run["id"], "timed_out")
    town.numbers["run"] = run["id"]
    admin.start_workflow_run(NAME, event="push", head_branch="main", head_sha=town.shas["main"], actor="owner")


def _secret(town: Town) -> None:
    town.hub.admin.create_repository(SECRET, private=True)
    town.hub.admin.set_permission(SECRET, "owner", "admin")
    work = town.team.clone("owner", SECRET)
    work.git("checkout", "-q", "-b", "main")
    work.commit({"README.md": "hidden words"}, "hidden")
    work.push("main")
    town.hub.admin.create_repository("acme/empty")
