"""What each page says, and whom it says nothing."""

import base64
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from merganser.hub import Hub
from tests.hub.clients import NAME, Team, fetch
from tests.hub_pages.browser import Page, look
from tests.hub_pages.town import ASSET, HOSTILE, HOSTILE_FILE, PICTURE, SECRET, Town


def visit(town: Town, tail: str, name: str = NAME) -> Page:
    page = look(town.url(tail, name))
    assert page.reply.status == 200, page.text
    return page


@pytest.mark.parametrize(
    ("pull", "words"),
    [
        ("merged", ["Improve the model #1", "Merged owner merged 1 commit into main from improve", "Tries another C.",
                    "merganser/gate success", "passes", "merganser bot commented", "owner merged this as",
                    "Pull request merged", "required Details"]),
        ("blocked", ["Open owner wants to merge 1 commit into main from ruin", "Merging is blocked",
                     "1 required check failed: the hub refuses the merge.", "owner added one two", "owner removed two",
                     "owner closed this", "owner reopened this", "No description."]),
        ("hostile", [HOSTILE, "A push moved the branch to", "stranger commented", "edited", "fold inside",
                     "expected, nothing has reported yet", "Required checks have not reported yet."]),
        ("closed", ["Closed owner wanted to merge 1 commit", "Closed without merging", "owner closed this",
                    "Conversation 101", "word 0", "word 100"]),
        ("gone", ["The branch was deleted, which closed this"]),
        ("conflict", ["This branch has conflicts"]),
        ("draft", ["Draft owner", "This is a draft"]),
        ("retargeted", ["owner changed the base to closed", "No check is required here.", "Ready to merge"]),
    ],
)  # fmt: skip
def test_a_pull_request_tells_its_story(town: Town, pull: str, words: list[str]) -> None:
    page = visit(town, f"/pull/{town.numbers[pull]}")
    assert [one for one in words if one not in page.text] == []


def test_a_pull_requests_story_is_in_the_order_of_time(town: Town) -> None:
    text = visit(town, f"/pull/{town.numbers['merged']}").text
    steps = [
        "Tries another C.",
        "Improve C by Ada",
        "merganser/gate success",
        "merganser bot commented",
        "merged this as",
    ]
    assert [text.index(step) for step in steps] == sorted(text.index(step) for step in steps)


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ("/pull/{blocked}/commits", ["Ruin one class", "Ada committed"]),
        ("/pull/{blocked}/checks", ["merganser/gate failure · label 1 fell", HOSTILE, "slow pending"]),
        ("/pull/{blocked}/files", ["1 file changed, +1 −1", "params.yaml modified", "-C: 3", "+C: 9"]),
        ("/pull/{draft}/files", ["docs/manual.md from docs/guide.md renamed", "renamed as it is"]),
        ("/pull/{retargeted}/files", ["many.txt removed", "more lines are not shown."]),
        ("/pull/{gone}/checks", ["Nothing has reported on"]),
        ("/runs/{check}", ["merganser/gate failure", "label 1 fell", "Written by merganser", "params.yaml:1", "#2"]),
        ("/actions/runs/{run}", ["timed out", "pull_request by owner", "Artifacts 1", HOSTILE, "sha256:"]),
        ("/actions/runs/{run}/attempts/1", ["Attempt 1"]),
        ("/actions/workflows/merganser-train.yml", ["merganser-train #1", "in progress"]),
        ("/pulls", ["Ruin the model", "#2 opened"]),
        ("/pulls?state=closed", ["Merged Improve the model", "Closed one"]),
        ("/pulls?state=odd&page=odd", ["Ruin the model"]),
        ("/issues", ["None."]),
        ("/issues?state=all", [HOSTILE]),
        ("/issues/{issue}", [HOSTILE, "owner opened this issue", "owner closed this"]),
        ("", ["Merge pull request #1", "README.md", "done", "Latest release", "digits v0.1.0"]),
        ("/tree/main", ["⊞ module submodule at 1111111"]),
        ("/blob/main/module", ["A submodule."]),
        ("/tree/main/docs", ["guide.md", "dot.gif"]),
        ("/blob/main/params.yaml", ["1 line", "C: 3"]),
        ("/blob/main/empty.txt", ["1 line · 0 bytes"]),
        ("/blob/main/link", ["src/train.py"]),
        ("/blob/main/data.bin", ["Not shown: no text"]),
        ("/blob/main/latin.txt", ["Not shown: no text"]),
        ("/blob/main/README.md", ["Digits", "Source"]),
        ("/blob/main/README.md?plain=1", ["# Digits", "Rendered"]),
        ("/commits", ["Merge pull request #1", "second", "first"]),
        ("/commits/digits%231", ["Commits of digits#1"]),
        ("/compare/main...ruin", ["Ahead: 1 commit ahead, 0 behind.", "Ruin one class", "+C: 9"]),
        ("/compare/ruin", ["Comparing main … ruin"]),
        ("/compare/main...main", ["Identical: 0 commits ahead"]),
        ("/releases", ["digits v0.1.0", "digits#1 pre-release"]),
        ("/releases/tag/digits%40v0.1.0", ["owner released", "model.bin", "128.0 kB", "sha256:"]),
        ("/releases/tag/digits%231", ["Assets 0", "None."]),
    ],
)  # fmt: skip
def test_what_stands_on_a_page(town: Town, tail: str, words: list[str]) -> None:
    page = visit(town, tail.format(**town.numbers))
    assert [one for one in words if one not in page.text] == []


def test_a_commit_tells_of_its_change_checks_and_pull_request(town: Town) -> None:
    text = visit(town, f"/commit/{town.shas['blocked']}").text
    assert [one for one in ("Ruin one class", "Ruin the model #2", "Checks", "label 1 fell") if one not in text] == []
    assert "with a body" in visit(town, f"/commit/{town.shas['main']}").text


def test_the_first_page_and_an_owners_list_repositories(town: Town) -> None:
    for tail in ("/", "/acme"):
        text = look(town.hub.url + tail).text
        assert NAME in text
        assert SECRET not in text
    assert look(f"{town.hub.url}/nobody").reply.status == 404
    assert "There is no repository" in look(f"{town.hub.url}/stranger").text
    assert "This repository is empty" in visit(town, "", "acme/empty").text
    assert "None yet." in visit(town, "/commits", "acme/empty").text
    assert "None yet." in visit(town, "/releases", "acme/empty").text


@pytest.mark.parametrize("tail", ["", "/pulls", "/pull/1", "/blob/main/README.md", "/releases", "/nothing"])
def test_a_private_repository_is_not_there(town: Town, tail: str) -> None:
    page, other = look(town.url(tail, SECRET)), look(town.url(tail, "acme/nothing"))
    assert (page.reply.status, other.reply.status) == (404, 404)
    assert page.reply.content == other.reply.content


def test_a_private_repository_is_there_for_its_people(town: Town) -> None:
    coded = base64.b64encode(f"owner:{town.team.tokens['owner']}".encode()).decode()
    page = look(town.url("", SECRET), Authorization=f"Basic {coded}")
    assert (page.reply.status, "hidden words" in page.text, "private" in page.text) == (200, True, True)
    assert look(town.url("", SECRET), Authorization="Bearer wrong").reply.status == 401
    stranger = look(town.url("", SECRET), Authorization=f"Bearer {town.team.tokens['stranger']}")
    assert stranger.reply.status == 404


@pytest.mark.parametrize(
    "tail",
    [
        *("/pull/99", "/pull/x", "/pull/1/odd", "/pull/" + "9" * 30, "/issues/99", "/runs/99", "/actions/runs/99"),
        *("/actions/runs/1/attempts/7", "/commit/nothing", "/commits/nothing", "/tree/nothing", "/blob/main/nothing"),
        *("/blob/main/..%2f..%2fhub.sqlite", "/raw/main/.git/config", "/compare/main...nothing", "/releases/tag/later"),
        *(
            "/runs/1%2Fannotations",
            "/pull/1%2Ffiles",
            "/releases/tag/nothing",
            "/releases/download/later/model.bin",
            "/nothing",
            "/blob/--help/x",
            "/blob/main",
        ),
    ],
)
def test_what_is_not_there_is_404(town: Town, tail: str) -> None:
    found = look(town.url(tail)).reply
    if tail == "/blob/main":
        assert (found.status, found.headers["location"]) == (302, f"/{NAME}/tree/main/")
    else:
        assert found.status == 404


@pytest.mark.parametrize(
    ("tail", "target"),
    [
        ("/tree/main/params.yaml", "/blob/main/params.yaml"),
        ("/blob/main/src", "/tree/main/src"),
        ("/raw/main/src", "/tree/main/src"),
        ("/issues/1", "/pull/1"),
        ("/releases/latest", "/releases/tag/digits%40v0.1.0"),
    ],
)
def test_what_lies_elsewhere_is_redirected(town: Town, tail: str, target: str) -> None:
    found = look(town.url(tail)).reply
    assert (found.status, found.headers["location"]) == (302, f"/{NAME}{target}")


@pytest.mark.parametrize(
    ("path", "kind", "content"),
    [
        ("docs/dot.gif", "image/gif", PICTURE),
        ("data.bin", "application/octet-stream", b"\x00\x01\x02"),
        (HOSTILE_FILE, "text/plain; charset=utf-8", HOSTILE.encode()),
    ],
)
def test_raw_files_are_inert(town: Town, path: str, kind: str, content: bytes) -> None:
    found = look(town.url(f"/raw/main/{quote(path)}")).reply
    assert (found.headers["content-type"], found.content) == (kind, content)
    assert "sandbox" in found.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:80@evil.example", "[::2]", ""])
def test_another_hosts_name_is_refused(town: Town, host: str) -> None:
    for path in ("/", f"/{NAME}/pull/1", f"/{NAME}.git/info/refs?service=git-upload-pack", "/api/v3/user"):
        assert fetch("GET", town.hub.url + path, {"Host": host}).status == 421


def test_loopbacks_own_names_are_taken(town: Town) -> None:
    port = urlsplit(town.hub.url).port
    for host in (f"localhost:{port}", "[::1]:80", "127.0.0.1"):
        assert fetch("GET", town.hub.url, {"Host": host}).status == 200


@pytest.mark.parametrize("tail", ["", "/pull/1", "/raw/main/docs/dot.gif", "/releases/tag/digits%231"])
def test_head_is_get_without_the_body(town: Town, tail: str) -> None:
    got, asked = fetch("GET", town.url(tail)), fetch("HEAD", town.url(tail))
    assert (asked.status, asked.content) == (got.status, b"")
    assert asked.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_pages_change_nothing(town: Town, method: str) -> None:
    found = fetch(method, town.url("/pull/2"), {}, b"title=other")
    assert (found.status, found.headers["allow"]) == (405, "GET, HEAD")


def test_the_style_is_light_and_dark_and_loads_nothing(town: Town) -> None:
    found = look(f"{town.hub.url}/-/style.css").reply
    text = found.content.decode()
    assert found.headers["content-type"] == "text/css; charset=utf-8"
    assert "@media (prefers-color-scheme: dark)" in text
    assert "@media (max-width" in text
    assert "url(" not in text
    assert "@import" not in text


def test_an_asset_is_downloaded_byte_by_byte(town: Town) -> None:
    found = fetch("GET", town.url("/releases/download/digits%40v0.1.0/model.bin"))
    assert found.status == 302
    assert fetch("GET", found.headers["location"]).content == ASSET


def test_a_page_that_fails_says_so_and_shows_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Hub(tmp_path / "hub") as hub:
        hub.admin.create_repository(NAME)
        hub.store.change("DROP TABLE assets")
        hub.store.change("DROP TABLE releases")
        found = look(f"{hub.url}/{NAME}/releases").reply
    assert (found.status, found.content) == (500, b"The hub failed to make this page.\n")
    assert "no such table" in caplog.text


def test_long_lists_have_pages(tmp_path: Path) -> None:
    with Hub(tmp_path / "hub") as hub:
        _many_runs(hub, tmp_path)
        first = look(f"{hub.url}/{NAME}/actions")
        second = look(f"{hub.url}/{NAME}/actions?page=2")
        assert ("Older →" in first.text, "← Newer" in first.text) == (True, False)
        assert ("Older →" in second.text, "← Newer" in second.text) == (False, True)
        numbers = [[int(word[1:]) for word in page.text.split() if word[0] == "#"] for page in (first, second)]
        assert numbers == [list(range(51, 1, -1)), [1]]


def _many_runs(hub: Hub, folder: Path) -> None:
    team = Team(hub, folder / "clones")
    team.folder.mkdir()
    hub.admin.create_repository(NAME)
    team.tokens["owner"] = hub.admin.create_user("owner")
    hub.admin.set_permission(NAME, "owner", "admin")
    work = team.clone()
    work.git("checkout", "-q", "-b", "main")
    sha = work.commit({"a": "a"})
    work.push("main")
    for _ in range(51):
        hub.admin.start_workflow_run(NAME, event="push", head_branch="main", head_sha=sha, actor="owner")
