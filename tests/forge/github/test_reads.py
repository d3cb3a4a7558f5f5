"""What commands read through the adapter: on the hub, and on a server what only a GitHub with more data answers."""

import base64
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from merganser.forge import values
from merganser.forge.archive import extract
from merganser.forge.effects import trees
from merganser.forge.protocol import Forge, NotFound, Outrun, RateLimited, Refused, Unanswered
from tests.forge.requests.test_transport import talking
from tests.forge.rogue import Reply, Seen, answer
from tests.forge.world import BOT, PERSON, REPO, World
from tests.hub.clients import fetch

A, B, C = "a" * 40, "b" * 40, "c" * 40


def test_a_repository_and_its_pull_requests(world: World) -> None:
    forge: Forge = world.bot
    repository = forge.repository(REPO)
    assert (repository.full_name, repository.default_branch, repository.private) == (REPO, "main", False)
    pull = forge.pull_request(REPO, 1)
    assert (pull.number, pull.head.ref, pull.head.sha, pull.base.ref, pull.merged) == (
        1, "topic", world.prepared.head, "main", False,
    )  # fmt: skip
    assert pull.head.repo is not None
    assert pull.head.repo.full_name == REPO
    for found in (
        forge.open_pull_requests(REPO), forge.open_pull_requests(REPO, head="acme:topic", base="main"),
        forge.pulls_of_commit(REPO, world.prepared.head),
    ):  # fmt: skip
        assert [p.number for p in found] == [1]
    assert forge.open_pull_requests(REPO, head="acme:other") == ()
    assert forge.open_pull_requests(REPO, base="other") == ()
    assert forge.newest_pulls_of_branch(REPO, "acme:topic") == forge.open_pull_requests(REPO, head="acme:topic")
    assert forge.newest_pulls_of_branch(REPO, "acme:other") == ()


def test_who_reviewed_what(world: World) -> None:
    given = {"event": "APPROVE", "body": "Good."}
    url = f"{world.hub.api_url}/repos/{REPO}/pulls/1/reviews"
    headers = {"Authorization": f"Bearer {world.prepared.bot}"}
    assert world.bot.reviews(REPO, 1) == ()
    assert fetch("POST", url, headers, json.dumps(given).encode()).status == 200
    given = {"event": "COMMENT", "body": "As I said."}
    headers = {"Authorization": f"Bearer {world.prepared.person}"}
    assert fetch("POST", url, headers, json.dumps(given).encode()).status == 200
    first, second = world.bot.reviews(REPO, 1)
    assert (first.user and first.user.login, first.state, first.commit_id) == (BOT, "APPROVED", world.prepared.head)
    assert (second.user and second.user.login, second.state, second.author_association) == (
        PERSON, "COMMENTED", "COLLABORATOR",
    )  # fmt: skip
    assert second.submitted_at is not None


def test_runs_and_artifacts(world: World, tmp_path: Path) -> None:
    path = ".github/workflows/merganser-train.yml"
    started = world.hub.admin.start_workflow_run(
        REPO, workflow_path=path, event="pull_request", head_branch="topic", head_sha=world.prepared.head, actor="ada"
    )
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("run.json", "{}")
    world.hub.admin.upload_artifact(REPO, started["id"], "merganser-digits-1", tmp_path / "a.zip")
    world.hub.admin.finish_workflow_run(REPO, started["id"], "success")
    run = world.bot.workflow_run(REPO, started["id"])
    assert (run.event, run.path, run.status, run.conclusion, run.head_sha, run.run_attempt) == (
        "pull_request", path, "completed", "success", world.prepared.head, 1,
    )  # fmt: skip
    assert [r.id for r in world.bot.workflow_runs(REPO, world.prepared.head)] == [run.id]
    assert world.bot.workflow_runs(REPO, world.prepared.head, event="push") == ()
    (artifact,) = world.bot.artifacts(REPO, run.id)
    assert (artifact.name, artifact.expired) == ("merganser-digits-1", False)
    world.bot.download_artifact(REPO, artifact, tmp_path / "got.zip", 10_000)
    extract(tmp_path / "got.zip", tmp_path / "out", 10_000)
    assert (tmp_path / "out" / "run.json").read_text() == "{}"


def test_files_refs_and_what_is_not_there(world: World) -> None:
    forge = world.bot
    assert forge.file(REPO, "main", "README.md") == b"README.md\n"
    assert forge.file(REPO, world.prepared.head, "params.yaml") == b"params.yaml\n"
    assert forge.file(REPO, "main", "params.yaml") is None
    assert forge.ref(REPO, "heads/none") is None
    assert forge.refs(REPO, "tags/") == ()
    assert {ref.ref for ref in forge.refs(REPO, "heads/t")} == {"refs/heads/topic"}
    assert forge.release_by_tag(REPO, "none") is None
    with pytest.raises(NotFound):
        forge.pull_request(REPO, 99)


def test_a_folder_is_no_file(world: World) -> None:
    world.push("main", {"staging/x.yaml": "x"}, "main")
    with pytest.raises(Refused, match="no plain file"):
        world.bot.file(REPO, "main", "staging")


def test_a_large_file_comes_as_a_blob() -> None:
    large = {"type": "file", "sha": A, "encoding": "none", "content": ""}
    with talking(answer(large), answer({"content": base64.b64encode(b"\xffmuch").decode()})) as (forge, rogue, _):
        assert forge.file("acme/digits", "main", "model.bin") == b"\xffmuch"
        assert rogue.seen[1].path == f"/api/v3/repos/acme/digits/git/blobs/{A}"


def commit(sha: str) -> dict[str, object]:
    return {"sha": sha, "commit": {"message": "m", "tree": {"sha": sha}}, "parents": [], "author": None}


def test_a_comparison_of_many_commits_reads_all_pages() -> None:
    first = {"ahead_by": 2, "behind_by": 1, "commits": [commit(A)], "merge_base_commit": {"sha": A}}
    url: list[str] = []

    def choose(seen: Seen) -> Reply:
        if "page=2" in seen.path.replace("per_page", ""):
            return answer(first | {"commits": [commit(B)]})
        return answer(first, Link=f'<{url[0]}/api/v3/x?page=2>; rel="next"')

    with talking(choose=choose) as (forge, rogue, _):
        url.append(rogue.url)
        found = forge.compare("acme/digits", A, B)
    assert [c.sha for c in found.commits] == [A, B]


def test_a_listing_inside_of_an_object_that_is_not_one_is_an_error() -> None:
    with talking(answer({"artifacts": "none"})) as (forge, *_), pytest.raises(Exception, match="broken answer"):
        forge.artifacts("acme/digits", 1)


def test_a_listing_without_end_ends() -> None:
    url: list[str] = []

    def choose(seen: Seen) -> Reply:
        return answer([], Link=f'<{url[0]}/api/v3/x?page=2>; rel="next"')

    with talking(choose=choose) as (forge, rogue, _):
        url.append(rogue.url)
        with pytest.raises(Refused, match="more than 300 pages"):
            forge.releases("acme/digits")


CHANGE = values.BranchChange(branch="b", expected=A, message="Head\n\nBody", additions={"x": b"\xff"}, deletions=("y",))
MUTATIONS = {
    "stale": ({"errors": [{"type": "STALE_DATA", "message": "moved"}]}, Outrun),
    "stale by its words": ({"errors": [{"message": 'Expected branch to point to "x" but it did not'}]}, Outrun),
    "no branch": ({"data": None, "errors": [{"type": "NOT_FOUND", "message": "no"}]}, NotFound),
    "limited": ({"errors": [{"type": "RATE_LIMITED", "message": "no"}]}, RateLimited),
    "forbidden": ({"errors": [{"type": "FORBIDDEN", "message": "no"}]}, Refused),
    "nothing made": ({"data": {"createCommitOnBranch": None}}, Refused),
    "nothing said": ({}, Refused),
    "no object": ([], Unanswered),
}


@pytest.mark.parametrize(("said", "kind"), MUTATIONS.values(), ids=MUTATIONS)
def test_a_mutation_that_is_answered_200_may_be_a_refusal(said: object, kind: type[Exception]) -> None:
    with talking(answer(said)) as (forge, rogue, _):
        with pytest.raises(kind) as caught:
            forge.commit_on_branch("acme/digits", CHANGE)
        assert type(caught.value) is kind
        assert [seen.path for seen in rogue.seen] == ["/api/graphql"]


def test_a_mutation_says_what_it_makes() -> None:
    with talking(answer({"data": {"createCommitOnBranch": {"commit": {"oid": B, "url": "u"}}}})) as (forge, rogue, _):
        assert forge.commit_on_branch("acme/digits", CHANGE) == B
        for part in (b'"headline": "Head"', b'"body": "Body"', b'"expectedHeadOid": "aaaa', b'"contents": "/w=="'):
            assert part in rogue.seen[0].body


# Trees that GitHub cuts short: a server that holds a nested tree and lists at most `limit` entries.

FILES = {"README": "0", "runs/a/1": "1", "runs/a/2": "2", "runs/b/1": "3", "other/x": "4"}


def tree_server(limit: int) -> Callable[[Seen], Reply]:
    def choose(seen: Seen) -> Reply:
        folder = {A: "", B: "runs/", C: "runs/a/"}[seen.path.partition("/git/trees/")[2][:40]]
        below = {path.removeprefix(folder): sha for path, sha in FILES.items() if path.startswith(folder)}
        entries = [
            {"path": p, "type": "blob", "sha": s * 40, "mode": "100644"} for p, s in below.items() if "/" not in p
        ]
        folders = {"runs/": B, "runs/a/": C}
        for name in sorted({p.partition("/")[0] for p in below if "/" in p}):
            sha = folders.get(f"{folder}{name}/", "f" * 40)
            entries.append({"path": name, "type": "tree", "sha": sha, "mode": "040000"})
        if "recursive" in seen.path:
            deep = [p for p in below if "/" in p]
            entries += [{"path": p, "type": "blob", "sha": below[p] * 40, "mode": "100644"} for p in deep]
        return answer({"sha": A, "tree": entries[:limit], "truncated": len(entries) > limit})

    return choose


def test_a_tree_that_is_cut_short_is_walked_where_it_matters() -> None:
    with talking(choose=tree_server(4)) as (forge, rogue, _):
        found = trees.files(forge, "acme/digits", A, {"runs/a"})
    expected = {"README": "0", "runs/a/1": "1", "runs/a/2": "2"}
    assert {path: entry.sha[0] for path, entry in found.items()} == expected
    assert not any("f" * 40 in seen.path for seen in rogue.seen)


def test_a_folder_that_is_itself_cut_short_is_refused() -> None:
    with talking(choose=tree_server(1)) as (forge, *_), pytest.raises(Refused, match="too large to list"):
        trees.files(forge, "acme/digits", A, {"runs/a"})


@pytest.mark.parametrize(
    ("path", "folder", "related"),
    [
        ("runs", "runs/a", True),
        ("runs/a", "runs", True),
        ("runs", "runs", True),
        ("run", "runs", False),
        ("x", "", False),
    ],
)
def test_which_folders_are_on_the_way(path: str, folder: str, related: bool) -> None:
    assert trees._related(path, folder) is related


def test_blob_ids_are_gits_own(world: World) -> None:
    (entry,) = world.bot.tree(REPO, world.prepared.base, recursive=True).tree
    assert entry.sha == trees.blob_id(b"README.md\n")
    assert trees.holds(entry, b"README.md\n")
    assert not trees.holds(entry, b"README.md")
    assert not trees.holds(None, b"")
