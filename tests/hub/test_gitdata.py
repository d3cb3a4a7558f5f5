"""Refs, objects, files and commits over the API: the same things that git sees."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import pytest
from github import GithubException, InputGitAuthor, InputGitTreeElement
from hypothesis import given
from hypothesis import strategies as st

from merganser.hub.git.names import is_name, is_path, is_ref, is_sha
from merganser.hub.git.objects import Signature, fits_signature, format_signature, parse_signature
from tests.contract.plugin import Contract
from tests.hub.clients import NAME, Checkout, Team

GIT = f"/repos/{NAME}/git"
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="<>\n\x00"), max_size=8)


def refused(action: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(GithubException) as failure:
        action()
    return failure.value.status, str(failure.value.data["message"])


def test_a_ref_is_created_once(team: Team, checkout: Checkout) -> None:
    repo, sha = team.repo("bot"), checkout.git("rev-parse", "HEAD")
    repo.create_git_ref("refs/tags/churn@v1.0.0", sha)
    assert refused(lambda: repo.create_git_ref("refs/tags/churn@v1.0.0", sha)) == (422, "Reference already exists")
    assert repo.get_git_ref("tags/churn@v1.0.0").object.sha == sha
    assert checkout.git("ls-remote", "origin", "refs/tags/*").split()[0] == sha


def test_of_two_that_claim_a_ref_at_once_one_wins(team: Team, checkout: Checkout) -> None:
    sha, start = checkout.git("rev-parse", "HEAD"), Barrier(4)

    def claim(_: int) -> int:
        start.wait()
        return team.send("POST", f"{GIT}/refs", "bot", {"ref": "refs/tags/claim", "sha": sha}).status

    for round_ in range(5):
        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(claim, range(4))) == [201, 422, 422, 422], round_
        assert team.send("DELETE", f"{GIT}/refs/tags/claim", "bot").status == 204


def test_a_ref_moves_forward_unless_forced(team: Team, checkout: Checkout) -> None:
    repo, first = team.repo("bot"), checkout.git("rev-parse", "HEAD")
    second = checkout.commit({"x": "x"})
    checkout.push("work")
    ref = repo.get_git_ref("heads/work")
    assert refused(lambda: ref.edit(first)) == (422, "Update is not a fast forward")
    ref.edit(first, force=True)
    ref.edit(second)
    assert repo.get_branch("work").commit.sha == second
    ref.delete()
    assert refused(lambda: repo.get_git_ref("heads/work"))[0] == 404
    for method, body in (("PATCH", {"sha": first}), ("DELETE", None)):
        answer = team.send(method, f"{GIT}/refs/heads/work", "bot", body)
        assert (answer.status, answer.json["message"]) == (422, "Reference does not exist")


def test_refs_are_matched_by_their_beginning(team: Team, checkout: Checkout) -> None:
    repo, sha = team.repo("bot"), checkout.git("rev-parse", "HEAD")
    for name in ("a@v1", "a@v10", "b@v1"):
        repo.create_git_ref(f"refs/tags/{name}", sha)
    assert [ref.ref for ref in repo.get_git_matching_refs("tags/a@v1")] == ["refs/tags/a@v1", "refs/tags/a@v10"]
    assert [ref.ref for ref in repo.get_git_matching_refs("heads")] == ["refs/heads/main"]
    assert refused(lambda: repo.get_git_ref("tags/a"))[0] == 404


@pytest.mark.parametrize(
    "ref",
    ["heads/x", "refs/x", "refs/heads/..", "refs/heads/a b", "refs/heads/x.lock", "refs/pull/1/head", "refs/heads/-/"],
)
def test_what_is_no_ref(team: Team, checkout: Checkout, ref: str) -> None:
    body = {"ref": ref, "sha": checkout.git("rev-parse", "HEAD")}
    assert team.send("POST", f"{GIT}/refs", "bot", body).status == 422


@pytest.mark.parametrize("sha", ["0" * 40, "main", "--output=pwn", "tree"])
def test_what_a_branch_may_not_point_to(team: Team, checkout: Checkout, sha: str) -> None:
    wanted = checkout.git("rev-parse", "HEAD^{tree}") if sha == "tree" else sha
    answer = team.send("POST", f"{GIT}/refs", "bot", {"ref": "refs/heads/x", "sha": wanted})
    assert (answer.status, answer.json["message"]) == (422, "Object does not exist")


def test_branches_that_may_not_be_moved_or_deleted(team: Team, checkout: Checkout) -> None:
    repo = team.repo("write")
    tip = checkout.commit({"x": "x"})
    checkout.push("aside")
    assert refused(repo.get_git_ref("heads/main").delete) == (422, "Cannot delete the default branch")
    for branch in ("main", "aside"):
        team.hub.admin.require_checks(NAME, branch, ["gate"])
    message = 'Required status check "gate" is expected.'
    assert refused(lambda: repo.get_git_ref("heads/main").edit(tip)) == (422, message)
    assert refused(repo.get_git_ref("heads/aside").delete) == (422, "Cannot delete this branch")


def test_moving_a_ref_moves_pull_requests(team: Team, checkout: Checkout) -> None:
    checkout.commit({"x": "x"})
    checkout.push("feature")
    repo = team.repo("bot")
    pull = repo.create_pull(base="main", head="feature", title="T")
    tip = checkout.commit({"y": "y"})
    checkout.push("aside")
    repo.get_git_ref("heads/feature").edit(tip)
    assert repo.get_pull(pull.number).head.sha == tip
    repo.get_git_ref("heads/feature").delete()
    assert repo.get_pull(pull.number).state == "closed"


def test_an_annotated_tag_is_gits(team: Team, checkout: Checkout) -> None:
    repo, sha = team.repo("bot"), checkout.git("rev-parse", "HEAD")
    tagger = InputGitAuthor("Bot", "bot@example.org", "2026-01-31T12:00:00+02:00")
    tag = repo.create_git_tag("churn@v1", "Registering artifact churn version v1", sha, "commit", tagger)
    repo.create_git_ref("refs/tags/churn@v1", tag.sha)
    checkout.git("fetch", "-q", "--tags", "origin")
    assert checkout.git("cat-file", "tag", "churn@v1") == (
        f"object {sha}\ntype commit\ntag churn@v1\ntagger Bot <bot@example.org> 1769853600 +0200\n\n"
        "Registering artifact churn version v1"
    )
    again = repo.get_git_tag(tag.sha)
    assert (again.tag, again.object.sha, again.tagger.email) == ("churn@v1", sha, "bot@example.org")
    unsigned = repo.create_git_tag("other", "m", sha, "commit")
    assert unsigned.tagger.name == "merganser[bot]"
    assert team.send("GET", f"{GIT}/tags/{sha}").status == 404


def test_tags_are_listed_with_their_commits(team: Team, checkout: Checkout) -> None:
    first = checkout.git("rev-parse", "HEAD")
    second = checkout.commit({"x": "x"})
    checkout.git("tag", "a@v1.0.0", first)
    checkout.git("tag", "-a", "-m", "m", "b@v1.0.0", first)
    checkout.git("tag", "-a", "-m", "m", "nested", "b@v1.0.0")
    checkout.git("tag", "ü", second)
    checkout.git("tag", "tree", "HEAD^{tree}")
    checkout.git("push", "-q", "--tags", "origin")
    repo = team.repo("read")
    found = [(tag.name, tag.commit.sha) for tag in repo.get_tags()]
    assert found == [("ü", second), ("nested", first), ("b@v1.0.0", first), ("a@v1.0.0", first)]
    assert repo.get_tags()[1].commit.commit.message == "first"
    page = team.send("GET", f"/repos/{NAME}/tags?per_page=3&page=2", None)
    assert [tag["name"] for tag in page.json] == ["a@v1.0.0"]
    assert page.headers["link"].count("rel=") == 2
    team.hub.admin.create_repository("acme/empty")
    assert team.send("GET", "/repos/acme/empty/tags").json == []


def test_objects_are_written_and_read_back(team: Team, checkout: Checkout) -> None:
    repo = team.repo("bot")
    base = repo.get_git_commit(checkout.git("rev-parse", "HEAD"))
    blob = repo.create_git_blob(base64.b64encode(b"\x00\xff").decode(), "base64")
    assert base64.b64decode(repo.get_git_blob(blob.sha).content) == b"\x00\xff"
    elements = [
        InputGitTreeElement("bin", "100755", "blob", sha=blob.sha),
        InputGitTreeElement("runs/a/b.json", "100644", "blob", content="{}"),
        InputGitTreeElement("src/train.py", "100644", "blob", sha=None),
        InputGitTreeElement("copy", "040000", "tree", sha=base.tree.sha),
        InputGitTreeElement("README.md/inner", "100644", "blob", content="now a folder"),
    ]
    tree = repo.create_git_tree(elements, base.tree)
    author = InputGitAuthor("Eve", "eve@example.org", "2026-01-31T12:00:00Z")
    commit = repo.create_git_commit("Subject\n\nBody", tree, [base], author)
    assert (commit.message, commit.author.name, commit.tree.sha) == ("Subject\n\nBody", "Eve", tree.sha)
    repo.create_git_ref("refs/heads/made", commit.sha)
    checkout.git("fetch", "-q", "origin", "made")
    listed = [
        line.split()[0] + " " + line.split("\t")[1] for line in checkout.git("ls-tree", "-r", "FETCH_HEAD").splitlines()
    ]
    assert listed == [
        "100644 README.md/inner",
        "100755 bin",
        "100644 copy/README.md",
        "100644 copy/src/train.py",
        "100644 runs/a/b.json",
    ]
    assert checkout.git("log", "-1", "--format=%an %ae %cn", "FETCH_HEAD") == "Eve eve@example.org Eve"
    checkout.git("fsck", "--strict")
    paths = [entry.path for entry in repo.get_git_tree("made", recursive=True).tree]
    assert paths == ["README.md", "README.md/inner", "bin", "copy", "copy/README.md", "copy/src", "copy/src/train.py",
                     "runs", "runs/a", "runs/a/b.json"]  # fmt: skip


def test_a_first_commit_over_the_api(team: Team) -> None:
    team.hub.admin.create_repository("acme/empty")
    team.hub.admin.set_permission("acme/empty", "merganser[bot]", "write")
    repo = team.repo("bot", "acme/empty")
    answer = team.send("GET", "/repos/acme/empty/commits")
    assert (answer.status, answer.json["message"]) == (409, "Git Repository is empty.")
    tree = repo.create_git_tree([InputGitTreeElement("a", "100644", "blob", content="a")])
    commit = repo.create_git_commit("Start", tree, [])
    repo.create_git_ref("refs/heads/merganser-ledger", commit.sha)
    (only,) = repo.get_commits(sha="merganser-ledger")
    assert (only.author.login, only.commit.message) == ("merganser[bot]", "Start")


@pytest.mark.parametrize(
    ("family", "body"),
    [
        ("blobs", {"content": "?", "encoding": "base64"}),
        ("trees", {"tree": [{"path": "../x", "mode": "100644", "type": "blob", "content": ""}]}),
        ("trees", {"tree": [{"path": ".git/config", "mode": "100644", "type": "blob", "content": ""}]}),
        ("trees", {"tree": [{"path": "x", "mode": "100644", "type": "blob", "sha": "0" * 40}]}),
        ("trees", {"tree": [{"path": "x", "mode": "100644", "type": "blob", "sha": "x"}]}),
        ("trees", {"tree": [{"path": "x"}], "base_tree": "0" * 40}),
        ("trees", {"tree": []}),
        ("commits", {"message": "m", "tree": "0" * 40}),
        ("commits", {"message": "m", "tree": "TREE", "parents": ["x"]}),
        ("commits", {"message": "m", "tree": "TREE", "parents": ["0" * 40]}),
        ("commits", {"message": "m", "tree": "TREE", "author": {"name": "n", "email": "e", "date": "today"}}),
        ("commits", {"message": "m", "tree": "TREE", "author": {"name": "n", "email": "e", "date": "2026-01-31"}}),
        ("tags", {"tag": "no good", "message": "m", "object": "0" * 40, "type": "commit"}),
        ("tags", {"tag": "v1", "message": "m", "object": "0" * 40, "type": "commit"}),
    ],
)
def test_what_is_no_object(
    team: Team, checkout: Checkout, contract: Contract, family: str, body: dict[str, Any]
) -> None:
    tree = checkout.git("rev-parse", "HEAD^{tree}")
    body = {key: tree if value == "TREE" else value for key, value in body.items()}
    assert team.send("POST", f"{GIT}/{family}", "bot", body).status == 422
    contract.forgive(lambda exchange: exchange.method == "POST")


UNFIT: list[dict[str, object]] = [
    *({"name": name} for name in ("a\nauthor Eve <e> 0 +0000", "a\x00b", "a<b", "a>b", "", " ", 5, None)),
    *({"email": email} for email in ("a\nb", "a\x00b", "<a@b>", "a>", 5, None)),
    *({"date": date} for date in ("1960-01-01T00:00:00Z", "2026-01-31T12:00:00+00:00:30", "today", 5, None)),
    *({"date": date} for date in ("9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00", "2026-01-31")),
]


@pytest.mark.parametrize(("family", "key"), [("commits", "author"), ("commits", "committer"), ("tags", "tagger")])
def test_what_is_no_signature(team: Team, checkout: Checkout, contract: Contract, family: str, key: str) -> None:
    body, who = wanted(checkout, family), {"name": "Ada", "email": "ada@example.org", "date": "2026-01-31T12:00:00Z"}
    resource = {"commits": "Commit", "tags": "Tag"}[family]
    error = {"resource": resource, "code": "invalid", "field": key}
    assert team.send("POST", f"{GIT}/{family}", "bot", body | {key: who}).status == 201
    for changed in UNFIT:
        answer = team.send("POST", f"{GIT}/{family}", "bot", body | {key: who | changed})
        assert (answer.status, answer.json.get("errors")) == (422, [error]), changed
    contract.forgive(lambda exchange: exchange.status == 422)


def wanted(checkout: Checkout, family: str) -> dict[str, object]:
    """A request for a commit or tag that is taken as it is."""
    if family == "commits":
        return {"message": "m", "tree": checkout.git("rev-parse", "HEAD^{tree}")}
    return {"message": "m", "tag": "v1", "object": checkout.git("rev-parse", "HEAD"), "type": "commit"}


@pytest.mark.parametrize("family", ["commits", "tags"])
def test_a_message_holds_no_nul(team: Team, checkout: Checkout, family: str) -> None:
    body = wanted(checkout, family)
    assert team.send("POST", f"{GIT}/{family}", "bot", body).status == 201
    answer = team.send("POST", f"{GIT}/{family}", "bot", body | {"message": "a\x00b"})
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "message")
    file = {"message": "a\x00b", "content": ""}
    assert team.send("PUT", f"/repos/{NAME}/contents/x", "bot", file).status == 422


@given(
    name=PLAIN.filter(str.strip),
    email=PLAIN,
    moment=st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)),
    minutes=st.integers(-1439, 1439),
)
def test_a_signature_is_read_back_as_it_was_written(name: str, email: str, moment: datetime, minutes: int) -> None:
    local = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    wanted = Signature(name, email, local.isoformat())
    assert fits_signature(wanted)
    found = parse_signature(format_signature(wanted))
    assert (found.name, found.email, datetime.fromisoformat(found.date)) == (name, email, local)


@pytest.mark.parametrize("seconds", ["-1", "253402300800", "9" * 30])
def test_a_date_beyond_counting_is_the_epoch(seconds: str) -> None:
    found = parse_signature(f"Ada <a@b> {seconds} +0000")
    assert found == Signature("Ada", "a@b", "1970-01-01T00:00:00Z")


@pytest.mark.parametrize("family", ["blobs", "trees", "commits", "tags"])
def test_objects_that_are_not_there(team: Team, checkout: Checkout, family: str) -> None:
    for sha in ("0" * 40, "--help", "..%2F..%2Fx"):
        assert team.send("GET", f"{GIT}/{family}/{sha}").status == 404


def test_files_and_folders_of_a_ref(team: Team, checkout: Checkout) -> None:
    repo = team.repo("read")
    checkout.branch("other")
    (checkout.folder / "link").symlink_to("README.md")
    checkout.commit({"src/a b.txt": "odd\n", "big": b"x" * (1 << 20) + b"y"})
    checkout.push("other")
    file = repo.get_contents("src/a b.txt", ref="other")
    assert not isinstance(file, list)
    assert (file.decoded_content, file.type) == (b"odd\n", "file")
    folder = repo.get_contents("src", ref="other")
    assert isinstance(folder, list)
    assert [(item.path, item.type) for item in folder] == [("src/a b.txt", "file"), ("src/train.py", "file")]
    root = repo.get_contents("")
    assert isinstance(root, list)
    assert [(item.path, item.type) for item in root] == [("README.md", "file"), ("src", "dir")]
    assert repo.get_contents("link", ref="other").raw_data["target"] == "README.md"  # type: ignore[union-attr]
    assert repo.get_contents("big", ref="other").raw_data["encoding"] == "none"  # type: ignore[union-attr]
    assert team.send("GET", f"/repos/{NAME}/contents").status == 200
    for path in ("nothing", "README.md/x", "src/../README.md", "README.md?ref=nowhere"):
        assert team.send("GET", f"/repos/{NAME}/contents/{path}").status == 404


def test_a_file_is_written_changed_and_deleted(team: Team, checkout: Checkout) -> None:
    repo = team.repo("write")
    made = repo.create_file("docs/x.md", "Add", "one")["content"]
    assert refused(lambda: repo.create_file("docs/x.md", "Add", "two")) == (
        422, 'Invalid request.\n\n"sha" wasn\'t supplied.'
    )  # fmt: skip
    assert refused(lambda: repo.update_file("docs/x.md", "Change", "two", "0" * 40))[0] == 409
    assert refused(lambda: repo.update_file("docs/new", "Change", "two", "0" * 40))[0] == 409
    changed = repo.update_file("docs/x.md", "Change", "two", made.sha)
    checkout.git("fetch", "-q", "origin")
    assert checkout.git("show", f"{changed['commit'].sha}:docs/x.md") == "two"
    repo.delete_file("docs/x.md", "Remove", changed["content"].sha)
    assert team.send("GET", f"/repos/{NAME}/contents/docs/x.md").status == 404
    body = {"message": "m", "sha": made.sha}
    assert team.send("DELETE", f"/repos/{NAME}/contents/docs/x.md", "write", body).status == 404
    for path, more in (("src", {}), ("README.md/x/../y", {}), ("x", {"branch": "nowhere"})):
        body = {"message": "m", "content": "", **more}
        assert team.send("PUT", f"/repos/{NAME}/contents/{path}", "write", body).status in (404, 422)
    team.hub.admin.require_checks(NAME, "main", ["gate"])
    assert refused(lambda: repo.create_file("y", "Add", "y"))[0] == 409


def test_commits_and_what_they_changed(team: Team, checkout: Checkout) -> None:
    repo = team.repo("read")
    first = checkout.git("rev-parse", "HEAD")
    checkout.git("mv", "README.md", "READ ME.md")
    (checkout.folder / "src" / "train.py").unlink()
    (checkout.folder / "src" / "train.py").symlink_to("../READ ME.md")
    second = checkout.commit({"bin": b"\x00\x01", "gone": "g\n"}, "Second")
    checkout.push("main")
    commit = repo.get_commit("main")
    assert (commit.sha, [parent.sha for parent in commit.parents]) == (second, [first])
    files = {file.filename: file for file in commit.files}
    assert {name: file.status for name, file in files.items()} == {
        "READ ME.md": "renamed", "bin": "added", "gone": "added", "src/train.py": "changed"
    }  # fmt: skip
    assert files["READ ME.md"].previous_filename == "README.md"
    assert files["bin"].patch is None
    assert commit.stats.total == commit.stats.additions + commit.stats.deletions
    root = repo.get_commit(first)
    assert [file.status for file in root.files] == ["added", "added"]
    assert [found.sha for found in repo.get_commits()] == [second, first]
    assert [found.sha for found in repo.get_commits(path="gone")] == [second]
    assert [found.sha for found in repo.get_commits(sha=first)] == [first]
    for address, status in (("commits/nowhere", 422), ("commits?sha=nowhere", 404), ("commits?path=..", 404)):
        assert team.send("GET", f"/repos/{NAME}/{address}").status == status


def test_comparing(team: Team, checkout: Checkout) -> None:
    repo, first = team.repo("read"), checkout.git("rev-parse", "HEAD")
    checkout.branch("feature")
    second = checkout.commit({"f": "f\n"})
    checkout.push("feature")
    ahead = repo.compare("main", "feature")
    assert (ahead.status, ahead.ahead_by, ahead.behind_by, ahead.merge_base_commit.sha) == ("ahead", 1, 0, first)
    assert ([commit.sha for commit in ahead.commits], [file.filename for file in ahead.files]) == ([second], ["f"])
    assert repo.compare("feature", "main").status == "behind"
    assert repo.compare(first, "main").status == "identical"
    checkout.branch("main-next")
    checkout.commit({"m": "m\n"})
    checkout.push("main")
    assert repo.compare("main", "feature").status == "diverged"
    checkout.git("checkout", "-q", "--orphan", "orphan")
    checkout.commit({"x": "x"})
    checkout.push("orphan")
    for pair in ("main...nowhere", "main..feature", "main...orphan"):
        assert team.send("GET", f"/repos/{NAME}/compare/{pair}").status == 404


def test_pull_requests_of_a_commit(team: Team, checkout: Checkout) -> None:
    checkout.branch("feature")
    sha = checkout.commit({"f": "f"})
    checkout.push("feature")
    team.repo().create_pull(base="main", head="feature", title="T")
    assert [pull.number for pull in team.repo().get_commit(sha).get_pulls()] == [1]
    assert [pull.number for pull in team.repo().get_commit("main").get_pulls()] == []
    assert team.send("GET", f"/repos/{NAME}/commits/{'0' * 40}/pulls").status == 422


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("refs/heads/main", True), ("churn@v1.0.0", True), ("churn#prod#3", True), ("a/b-c_d", True), ("ü", True),
        ("", False), ("@", False), ("a..b", False), ("a b", False), ("-x", False), ("/a", False), ("a/", False),
        ("a//b", False), ("a.lock", False), ("a.lock/b", False), (".a", False), ("a/.b", False), ("a.", False),
        ("a~1", False), ("a^", False), ("a:b", False), ("a?", False), ("a*", False), ("a[", False), ("a\\b", False),
        ("a@{1}", False), ("a\x7f", False), ("a\n", False), ("a" * 241, False),
    ],
)  # fmt: skip
def test_names_of_refs(text: str, expected: bool) -> None:
    assert is_ref(text) is expected


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=12))
def test_no_name_reaches_out(text: str) -> None:
    if is_path(text):
        assert not text.startswith("/")
        assert ".." not in text.split("/")
    if is_name(text):
        assert "/" not in text
        assert text not in (".", "..")
    if is_sha(text):
        assert len(text) == 40
