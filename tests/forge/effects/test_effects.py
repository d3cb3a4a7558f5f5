"""Each effect on the hub: made, repeated without a write, put right where the world differs, refused where due."""

from pathlib import Path

import msgspec
import pytest
import requests
from github import Auth, Github

from merganser import git, plan
from merganser.errors import ConfigError, ForgeError
from merganser.forge.effects.apply import apply
from merganser.forge.effects.outcome import Done, Outcome
from merganser.forge.effects.tagging import tagged
from merganser.forge.protocol import Conflict, NotFound, Refused, Taken, Unanswered
from tests.contract.plugin import Contract
from tests.forge import plans
from tests.forge.killing import Counter, Send, When, counted, interrupt_at, tampering
from tests.forge.world import LEDGER, PERSON, REPO, STAGING, World, state

WRITES = ("POST", "PATCH", "PUT", "DELETE")


def do(world: World, *effects: plan.Effect) -> tuple[Outcome, ...]:
    return apply(plan.Plan(effects), world.bot, sleep=lambda seconds: None)


def done(world: World, *effects: plan.Effect) -> list[Done]:
    return [outcome.done for outcome in do(world, *effects)]


def writes(counter: Counter) -> list[str]:
    return [line for line in counter.requests if line.startswith(WRITES)]


def test_three_times_everything_leaves_one_of_each(crowd: World) -> None:
    for n in range(200):
        crowd.person.create_comment(REPO, 1, f"{plans.MARKER} not ours {n}" if n % 50 == 0 else f"talk {n}")
    wanted = plans.everything(crowd.prepared)
    first = apply(wanted, crowd.bot)
    assert [outcome.done for outcome in first] == [
        Done.created, Done.created, Done.updated, Done.created, Done.created, Done.unchanged, Done.created,
        Done.updated, Done.created, Done.created, Done.created, Done.created,
    ]  # fmt: skip
    once = state(crowd)
    for _ in range(2):
        with counted() as counter:
            assert {outcome.done for outcome in apply(wanted, crowd.bot)} == {Done.unchanged}
        assert writes(counter) == []
    assert state(crowd) == once
    assert len([body for login, body in once["comments"] if login == "merganser[bot]"]) == 1
    assert len(once["comments"]) == 201
    assert len(once["checks"]) == len(once["releases"]) == len(once["tags"]) == 1
    assert sorted(once["branches"][f"refs/heads/{LEDGER}"][0]) == ["runs/digits/a.json", "runs/digits/b.json"]
    assert [(number, merged) for number, _, _, _, merged, *_ in once["pulls"]] == [(1, True), (2, False)]


# Comment


def test_our_comment_among_many_is_found_and_edited(crowd: World) -> None:
    for n in range(34):
        crowd.person.create_comment(REPO, 1, f"talk {n}")
    do(crowd, plans.comment("old"))
    for n in range(170):
        crowd.person.create_comment(REPO, 1, f"more {n}")
    assert done(crowd, plans.comment("new")) == [Done.updated]
    found = crowd.bot.issue_comments(REPO, 1)
    assert len(found) == 205
    assert [n for n, c in enumerate(found) if c.body == f"{plans.MARKER}\nnew"] == [34]


def test_duplicates_of_ours_go_and_the_oldest_stays(world: World) -> None:
    first, *_ = [world.bot.create_comment(REPO, 1, plans.comment(text).body) for text in ("a", "b", "c")]
    world.bot.create_comment(REPO, 1, "ours, of another kind")
    assert done(world, plans.comment("b")) == [Done.updated]
    assert [(c.id == first.id, c.body) for c in world.bot.issue_comments(REPO, 1)] == [
        (True, plans.comment("b").body),
        (False, "ours, of another kind"),
    ]


def test_what_only_quotes_our_marker_is_left_alone(world: World) -> None:
    """Another program of the same account, such as a workflow that answers with a quotation."""
    quotes = [f"> {plans.MARKER}\n> All good.", f"Found by its marker:\n{plans.MARKER}\nAll good."]
    for body in quotes:
        world.bot.create_comment(REPO, 1, body)
    assert done(world, plans.comment("a"), plans.comment("b")) == [Done.created, Done.updated]
    assert [c.body for c in world.bot.issue_comments(REPO, 1)] == [*quotes, plans.comment("b").body]
    bare = plan.Comment(repo=REPO, number=1, marker=plans.MARKER, body=quotes[1])
    assert done(world, bare, bare) == [Done.updated, Done.unchanged]


def test_a_body_without_its_marker_gets_it(world: World) -> None:
    bare = plan.Comment(repo=REPO, number=1, marker=plans.MARKER, body="hello")
    assert done(world, bare, bare) == [Done.created, Done.unchanged]


def trained(world: World, branch: str = "topic", workflow: str = "merganser-train.yml", fork: str = "") -> int:
    """A run by the training workflow of the pull request's branch, unless said otherwise."""
    path, head = f".github/workflows/{workflow}", world.prepared.head
    run = world.hub.admin.start_workflow_run(REPO, path, head_branch=branch, head_sha=head, actor=PERSON, fork=fork)
    return int(run["id"])


def test_what_speaks_of_a_later_run_stays_whoever_comes_last(world: World) -> None:
    """The report of an older push took longer: the newest one's answer is what a reader finds."""
    early, late, last = (trained(world) for _ in range(3))
    assert done(world, plans.comment("late", (late, 1)), plans.comment("early", (early, 2))) == [
        Done.created, Done.unchanged,
    ]  # fmt: skip
    assert done(world, plans.amend("early", (early, 2)), plans.comment("of none")) == [Done.unchanged, Done.unchanged]
    written = f"{plans.MARKER}\n<!-- merganser:order:{late}-1 -->\nlate"
    assert [c.body for c in world.bot.issue_comments(REPO, 1)] == [written]
    for order in ((late, 1), (late, 2), (last, 1)):
        assert done(world, plans.comment(f"of {order}", order)) == [Done.updated]
    assert done(world, plans.comment(f"of {order}", order)) == [Done.unchanged]


def test_what_is_of_no_run_has_an_order_too(world: World) -> None:
    first, last = plans.comment("Nothing ran.", (0, 0)), plans.comment("Done.", (0, 1))
    assert done(world, last, first, last) == [Done.created, Done.unchanged, Done.unchanged]
    assert [c.body for c in world.bot.issue_comments(REPO, 1)] == [
        f"{plans.MARKER}\n<!-- merganser:order:0-1 -->\nDone."
    ]


def test_an_order_that_no_training_of_the_branch_has_keeps_no_newer_answer_away(world: World) -> None:
    """Whoever may write to the repository may edit our comment, its hidden lines too."""
    world.hub.admin.create_user("eve")
    world.hub.admin.fork(REPO, "eve")
    ours = trained(world)
    others = [
        trained(world, "main"),
        trained(world, workflow="merganser-report.yml"),
        trained(world, fork="eve/digits"),
    ]
    next_one = trained(world)
    forged = [(10**18 - 1, 1), (next_one, 2), (ours, 2), *((run, 1) for run in others)]
    assert done(world, plans.comment("Red.", (ours, 1))) == [Done.created]
    [comment] = world.bot.issue_comments(REPO, 1)
    for run, attempt in forged:
        body = f"{plans.MARKER}\n<!-- merganser:order:{run}-{attempt} -->\nGreen."
        world.person.update_comment(REPO, comment.id, body)
        assert done(world, plans.comment("Red.", (ours, 1))) == [Done.updated], (run, attempt)
    world.person.update_comment(REPO, comment.id, f"{plans.MARKER}\n<!-- merganser:order:{next_one}-1 -->\nGreen.")
    assert done(world, plans.comment("Red.", (ours, 1))) == [Done.unchanged]


def test_whether_a_later_order_is_true_is_asked_only_where_there_is_one(world: World) -> None:
    early, late = trained(world), trained(world)
    do(world, plans.comment("early", (early, 1)))
    with counted() as newer:
        do(world, plans.comment("late", (late, 1)))
    with counted() as older:
        do(world, plans.comment("early", (early, 1)))
    asked = [line.rpartition(REPO)[2] for line in (newer.requests + older.requests) if "/comments" not in line]
    assert asked == [f"/actions/runs/{late}", "/pulls/1"]


def test_a_comment_is_amended_where_there_is_one(world: World) -> None:
    world.person.create_comment(REPO, 1, plans.comment().body)
    assert done(world, plans.amend()) == [Done.unchanged]
    assert done(world, plans.comment("Red.", (9, 1)), plans.amend("Green.", (10, 1))) == [Done.created, Done.updated]
    assert done(world, plans.amend("Green.", (10, 1))) == [Done.unchanged]
    theirs, ours = (c.body for c in world.bot.issue_comments(REPO, 1))
    assert (theirs, ours) == (plans.comment().body, f"{plans.MARKER}\n<!-- merganser:order:10-1 -->\nGreen.")


def test_two_runners_who_both_comment_end_with_one(world: World) -> None:
    """The other runner's comment lands between our look and our write."""

    def other_first(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "POST" and not rival:
            rival.append(True)
            world.bot.create_comment(REPO, 1, plans.comment("theirs").body)
        return send()

    rival: list[bool] = []
    with tampering(other_first):
        do(world, plans.comment("ours"))
    assert [c.body for c in world.bot.issue_comments(REPO, 1)] == [plans.comment("ours").body]


def test_a_comment_whose_answer_was_lost_is_written_once(world: World) -> None:
    with counted() as counter:
        world.bot.issue_comments(REPO, 1)
    with interrupt_at(len(counter), When.after, requests.ConnectionError("reset")):
        assert done(world, plans.comment()) == [Done.unchanged]
    assert len(world.bot.issue_comments(REPO, 1)) == 1


def test_a_comment_that_is_answered_502_three_times_is_an_error(world: World) -> None:
    """Twice nothing happened; the third time it did, and nobody was told."""

    def broken(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        response = requests.Response()
        if request.method != "POST":
            return send()
        posts.append(index)
        if len(posts) == 3:
            send().close()
        response.status_code, response.request, response.url = 502, request, request.url or ""
        response._content = b""
        return response

    posts: list[int] = []
    with tampering(broken), pytest.raises(Unanswered):
        do(world, plans.comment())
    assert len(posts) == 3
    assert len(world.bot.issue_comments(REPO, 1)) == 1
    assert done(world, plans.comment()) == [Done.unchanged]


# Check


def test_a_check_follows_its_life(world: World) -> None:
    running = plans.check(world.prepared, None)
    failed = plans.check(world.prepared, plan.Conclusion.failure)
    passed = plans.check(world.prepared)
    assert done(world, running, running, failed, failed, passed, running) == [
        Done.created, Done.unchanged, Done.updated, Done.unchanged, Done.updated, Done.updated,
    ]  # fmt: skip
    (run,) = world.bot.check_runs(REPO, world.prepared.head, "merganser/gate")
    assert (run.status, run.conclusion, run.output.title, run.output.text) == ("in_progress", None, "Judging", "")


def test_another_apps_check_of_that_name_is_left_alone(world: World, prepared: object) -> None:
    from merganser.forge.ci.runtime import Runtime
    from merganser.forge.github import connect
    from merganser.forge.secret import Secret

    token = world.hub.admin.create_user("rival[bot]", "Bot")
    world.hub.admin.set_permission(REPO, "rival[bot]", "write")
    runtime = Runtime(api_url=world.hub.api_url, token=Secret(token), login="rival[bot]")
    with connect(runtime) as rival:
        apply(plan.Plan((plans.check(world.prepared, plan.Conclusion.failure),)), rival)
    assert done(world, plans.check(world.prepared)) == [Done.created]
    found = world.bot.check_runs(REPO, world.prepared.head, "merganser/gate")
    assert sorted((run.app.slug if run.app else "", run.conclusion) for run in found) == [
        ("merganser", "success"), ("rival", "failure"),
    ]  # fmt: skip


def test_two_checks_that_a_race_left_say_the_same(world: World) -> None:
    for _ in range(2):
        fields = {"head_sha": world.prepared.head, "name": "merganser/gate", "status": "queued"}
        world.bot.create_check_run(REPO, fields)
    assert done(world, plans.check(world.prepared)) == [Done.updated]
    found = world.bot.check_runs(REPO, world.prepared.head, "merganser/gate")
    assert [run.conclusion for run in found] == ["success", "success"]


# Labels


def test_labels_are_added_to_others_and_made_where_missing(world: World) -> None:
    world.person.add_labels(REPO, 1, ["bug"])
    with Github(base_url=world.hub.api_url, auth=Auth.Token(world.prepared.person)) as person:
        person.get_repo(REPO).create_label("Digits", "ff0000")
    assert done(world, plans.labels("digits", "merganser"), plans.labels("digits")) == [Done.updated, Done.unchanged]
    assert {label.name for label in world.bot.issue_labels(REPO, 1)} == {"bug", "Digits", "merganser"}


# Tag


def test_a_tag_is_annotated_and_ours_to_claim_once(world: World) -> None:
    assert done(world, plans.tag(world.prepared)) == [Done.created]
    (ref,) = world.bot.refs(REPO, "tags/digits@")
    assert ref.object.type == "tag"
    assert world.bot.tag_object(REPO, ref.object.sha).message.strip() == "digits 1.0.0"
    elsewhere = msgspec.structs.replace(plans.tag(world.prepared), commit=world.prepared.head)
    with pytest.raises(Taken, match=f"stands on {world.prepared.base}, not on {world.prepared.head}"):
        do(world, elsewhere)
    assert tagged(world.bot, REPO, plans.TAG) == world.prepared.base


@pytest.mark.parametrize("same", [True, False], ids=["same commit", "other commit"])
def test_of_two_who_claim_one_tag_one_wins(world: World, same: bool) -> None:
    """The other's ref is created between our look and our claim, by a lightweight tag."""
    target = world.prepared.base if same else world.prepared.head

    def other_first(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "POST" and (request.url or "").endswith("/git/refs") and not rival:
            rival.append(True)
            world.person.create_ref(REPO, f"tags/{plans.TAG}", target)
        return send()

    rival: list[bool] = []
    with tampering(other_first):
        if same:
            assert done(world, plans.tag(world.prepared)) == [Done.unchanged]
        else:
            with pytest.raises(Taken, match="stands on"):
                do(world, plans.tag(world.prepared))
    assert tagged(world.bot, REPO, plans.TAG) == target


def test_a_tag_on_a_commit_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(ForgeError):
        do(world, msgspec.structs.replace(plans.tag(world.prepared), commit="0" * 40))
    assert world.bot.ref(REPO, f"tags/{plans.TAG}") is None


# Release


def test_a_release_carries_its_assets(world: World, tmp_path: Path) -> None:
    do(world, plans.tag(world.prepared), plans.release())
    found = world.bot.release_by_tag(REPO, plans.TAG)
    assert found is not None
    assert not found.draft
    for part in found.assets:
        world.bot.download_asset(REPO, part, tmp_path / part.name, 1000)
    assert (tmp_path / "digits.joblib").read_bytes() == plans.MODEL
    assert (tmp_path / "run.json").read_bytes() == plans.EVIDENCE


def test_an_asset_from_a_file(world: World, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(plans.MODEL)
    one = msgspec.structs.replace(plans.asset("m", plans.MODEL), content=b"", path=str(tmp_path / "m"))
    do(world, plans.tag(world.prepared), msgspec.structs.replace(plans.release(), assets=(one,)))
    found = world.bot.release_by_tag(REPO, plans.TAG)
    assert found is not None
    assert [(part.name, part.size) for part in found.assets] == [("m", len(plans.MODEL))]


def test_a_published_release_keeps_its_files_but_its_text_is_put_right(world: World) -> None:
    do(world, plans.tag(world.prepared), plans.release())
    assert done(world, plans.release("Other words.")) == [Done.updated]
    other = msgspec.structs.replace(plans.release(), assets=(plans.asset("run.json", b"other"),))
    with pytest.raises(Taken, match=r"already registered: .* published without this run\.json") as refused:
        do(world, other)
    assert refused.value.exit_code == 2


def test_no_release_without_its_tag(world: World) -> None:
    with pytest.raises(Refused, match="has no tag"):
        do(world, plans.release())
    assert [r.draft for r in world.bot.releases(REPO)] == [True]
    assert world.bot.ref(REPO, f"tags/{plans.TAG}") is None
    assert done(world, plans.tag(world.prepared), plans.release()) == [Done.created, Done.created]
    assert [r.draft for r in world.bot.releases(REPO)] == [False]


BAD_ASSETS = {
    "empty": (plans.asset("a", b""), Refused, "is empty"),
    "too large": (plan.Asset(name="a", sha256="0", size=2 << 30, path="big"), Refused, "less than 2 GiB"),
    "changed": (plan.Asset(name="a", sha256="0", size=9, content=b"abc"), Refused, "3 bytes, not 9"),
    "renamed by GitHub": (plans.asset("my model.bin", b"x"), ConfigError, "no release asset"),
}


@pytest.mark.parametrize(("asset", "kind", "words"), BAD_ASSETS.values(), ids=BAD_ASSETS)
def test_bad_assets_are_refused_before_any_request(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asset: plan.Asset, kind: type[Exception], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "big").open("wb") as file:
        file.truncate(2 << 30)
    with counted() as counter, pytest.raises(kind, match=words):
        do(world, msgspec.structs.replace(plans.release(), assets=(asset,)))
    assert len(counter) == 0


def test_an_asset_that_another_runner_uploads_first_is_taken(world: World) -> None:
    def other_first(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if "/api/uploads/" in (request.url or "") and not rival:
            rival.append(True)
            (draft,) = world.bot.releases(REPO)
            world.bot.upload_asset(draft, name="run.json", media_type="text/plain", content=plans.EVIDENCE)
        return send()

    rival: list[bool] = []
    with tampering(other_first):
        assert done(world, plans.tag(world.prepared), plans.release()) == [Done.created, Done.created]
    found = world.bot.release_by_tag(REPO, plans.TAG)
    assert found is not None
    assert len(found.assets) == 2


# Append


def test_a_ledger_begins_as_an_orphan_and_only_grows(world: World) -> None:
    assert done(world, plans.append("a"), plans.append("a"), plans.append("a", "b")) == [
        Done.created, Done.unchanged, Done.updated,
    ]  # fmt: skip
    changed = msgspec.structs.replace(plans.append("c"), files={"runs/digits/a.json": b"forged", "runs/c": b"\xff"})
    assert done(world, changed) == [Done.updated]
    read = {name: world.bot.file(REPO, LEDGER, name) for name in ("runs/digits/a.json", "runs/c", "runs/none")}
    assert read == {"runs/digits/a.json": b'"a"\n', "runs/c": b"\xff", "runs/none": None}
    files, commits = state(world)["branches"][f"refs/heads/{LEDGER}"]
    assert (len(files), commits) == (3, 3)


def test_a_ledger_may_begin_with_bytes_that_are_no_text(world: World) -> None:
    assert done(world, msgspec.structs.replace(plans.append(), files={"a": b"\xff\x00", "b": b"text"})) == [
        Done.created
    ]
    assert [world.bot.file(REPO, LEDGER, name) for name in ("a", "b")] == [b"\xff\x00", b"text"]


def test_a_ledger_whose_answer_was_lost_is_looked_at_before_it_is_written_again(world: World) -> None:
    """What the decision saw of the branch is no longer so: to write by it would be refused, and that lost as well."""

    def lost(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if not (request.url or "").endswith("/graphql"):
            return send()
        written.append(index)
        send().close()
        raise requests.ConnectionError("reset")

    [begun] = do(world, plans.append("a"))
    written: list[int] = []
    with tampering(lost):
        assert done(world, msgspec.structs.replace(plans.append("b"), tip=begun.sha)) == [Done.unchanged]
    assert len(written) == 1
    assert state(world)["branches"][f"refs/heads/{LEDGER}"][1] == 2


def test_nothing_to_append_writes_nothing(world: World) -> None:
    assert done(world, msgspec.structs.replace(plans.append(), files={})) == [Done.unchanged]
    assert world.bot.ref(REPO, f"heads/{LEDGER}") is None


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("begun", [True, False], ids=["branch there", "branch missing"])
def test_a_ledger_that_others_append_to_meanwhile_loses_nothing(world: World, begun: bool, times: int) -> None:
    def others_first(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        writing = request.method == "POST" and (request.url or "").endswith(("/graphql", "/git/refs"))
        if writing and not nested and len(rivals) < times:
            nested.append(True)
            rivals.append(f"rival{len(rivals)}")
            do(world, plans.append(rivals[-1]))
            nested.clear()
        return send()

    rivals: list[str] = []
    nested: list[bool] = []
    if begun:
        do(world, plans.append("first"))
    with tampering(others_first):
        do(world, plans.append("ours"))
    files, commits = state(world)["branches"][f"refs/heads/{LEDGER}"]
    expected = {"ours", *rivals} | ({"first"} if begun else set())
    assert sorted(files) == sorted(f"runs/digits/{name}.json" for name in expected)
    assert commits == len(expected)


# Commit


def staging(world: World) -> dict[str, bytes | None]:
    names = ("release.yaml", "model.bin", "old.yaml")
    found = {name: world.bot.file(REPO, STAGING, f"staging/digits/{name}") for name in names}
    return {name: data for name, data in found.items() if data is not None}


def test_a_commit_starts_its_branch_and_replaces_the_folder(world: World) -> None:
    world.push("main", {"staging/digits/old.yaml": "x", "staging/other/keep.yaml": "y"}, "main")
    assert done(world, plans.commit(), plans.commit(), plans.commit("1.1.0")) == [
        Done.created, Done.unchanged, Done.updated,
    ]  # fmt: skip
    assert staging(world) == {"release.yaml": b"version: 1.1.0\n", "model.bin": plans.MODEL}
    assert world.bot.file(REPO, STAGING, "staging/other/keep.yaml") == b"y"


def test_a_commit_that_base_already_holds_makes_no_branch(world: World) -> None:
    wanted = msgspec.structs.replace(plans.commit(), files={"README.md": b"README.md\n"}, folder="")
    assert done(world, wanted) == [Done.unchanged]
    assert world.bot.ref(REPO, f"heads/{STAGING}") is None


def test_a_link_of_the_same_bytes_is_no_file(world: World) -> None:
    world.clone.run("checkout", "--quiet", "main")
    (world.clone.path / "link").symlink_to("target")
    world.push("main", {}, "main")
    wanted = msgspec.structs.replace(plans.commit(), files={"link": b"target"}, folder="")
    assert done(world, wanted) == [Done.created]


def test_a_branch_left_by_a_merged_pull_request_starts_from_base_again(world: World) -> None:
    outcomes = do(world, plans.commit(), plans.pull_request())
    merged = plan.Merge(repo=REPO, number=outcomes[1].number, sha=outcomes[1].sha)
    do(world, merged)
    world.clone.run("fetch", "--quiet", world.url, "main")
    main = world.push("main", {"staging/digits/old.yaml": "added"}, "FETCH_HEAD")
    assert done(world, plans.commit("2.0.0")) == [Done.updated]
    assert staging(world) == {"release.yaml": b"version: 2.0.0\n", "model.bin": plans.MODEL}
    tip = world.bot.ref(REPO, f"heads/{STAGING}")
    assert tip is not None
    stands = world.bot.compare(REPO, main, tip.object.sha)
    assert (stands.behind_by, stands.ahead_by) == (0, 1)


def test_a_branch_left_by_a_squash_starts_from_bases_state_without_losing_a_commit(world: World) -> None:
    outcomes = do(world, plans.commit(), plans.pull_request())
    squash = plan.Merge(repo=REPO, number=outcomes[1].number, sha=outcomes[1].sha, method=plan.MergeMethod.squash)
    do(world, squash)
    world.clone.run("fetch", "--quiet", world.url, "main")
    main = world.push("main", {"staging/digits/release.yaml": "version: by hand\n"}, "FETCH_HEAD")
    assert done(world, plans.commit("2.0.0"), plans.pull_request(), plans.commit("2.0.0")) == [
        Done.updated, Done.created, Done.unchanged,
    ]  # fmt: skip
    tip = world.bot.ref(REPO, f"heads/{STAGING}")
    assert tip is not None
    assert world.bot.compare(REPO, main, tip.object.sha).behind_by == 0
    assert world.bot.compare(REPO, outcomes[0].sha, tip.object.sha).behind_by == 0
    (pull,) = (p for p in world.bot.open_pull_requests(REPO) if p.head.ref == STAGING)
    assert world.bot.pull_request(REPO, pull.number).mergeable is True


def test_an_open_pull_requests_branch_is_built_on_although_base_moved(world: World) -> None:
    first = do(world, plans.commit(), plans.pull_request())
    world.push("main", {"elsewhere.txt": "x"}, "main")
    assert done(world, plans.commit()) == [Done.unchanged]
    second = do(world, plans.commit("1.1.0"))
    assert world.bot.compare(REPO, first[0].sha, second[0].sha).ahead_by == 1


def test_a_persons_commit_on_our_branch_is_kept_and_said(world: World) -> None:
    do(world, plans.commit())
    world.clone.run("fetch", "--quiet", world.url, STAGING)
    theirs = world.push(STAGING, {"staging/digits/release.yaml": "version: mine\n"}, "FETCH_HEAD")
    with pytest.raises(Refused, match=r"holds 1 commits by .*da, which are kept"):
        do(world, plans.commit("1.1.0"))
    tip = world.bot.ref(REPO, f"heads/{STAGING}")
    assert tip is not None
    assert tip.object.sha == theirs


def test_a_person_who_pushes_between_look_and_write_loses_nothing(world: World) -> None:
    def person_first(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if (request.url or "").endswith("/graphql") and not pushed:
            world.clone.run("fetch", "--quiet", world.url, STAGING)
            pushed.append(world.push(STAGING, {"note.md": "wait"}, "FETCH_HEAD"))
        return send()

    do(world, plans.commit())
    pushed: list[str] = []
    with tampering(person_first), pytest.raises(Refused, match="which are kept"):
        do(world, plans.commit("1.1.0"))
    tip = world.bot.ref(REPO, f"heads/{STAGING}")
    assert tip is not None
    assert tip.object.sha == pushed[0]


def test_a_commit_needs_its_base(world: World) -> None:
    with pytest.raises(NotFound, match="no branch trunk"):
        do(world, msgspec.structs.replace(plans.commit(), base="trunk"))


# Pull request and merge


def test_a_pull_request_is_opened_once_and_put_right(world: World) -> None:
    do(world, plans.commit())
    first = do(world, plans.pull_request())[0]
    again = do(world, plans.pull_request("Judged again."))[0]
    relabelled = do(world, msgspec.structs.replace(plans.pull_request("Judged again."), labels=("x",)))[0]
    assert [first.done, again.done, relabelled.done] == [Done.created, Done.updated, Done.updated]
    assert first.number == again.number == 2
    pull = world.bot.pull_request(REPO, 2)
    assert (pull.body, {label.name for label in pull.labels}) == ("Judged again.", {"deployment", "x"})


def test_a_pull_request_that_another_opens_first_is_taken(world: World) -> None:
    def other_first(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "POST" and (request.url or "").endswith("/pulls") and not rival:
            rival.append(True)
            world.bot.create_pull_request(REPO, branch=STAGING, base="main", title="theirs", body="")
        return send()

    do(world, plans.commit())
    rival: list[bool] = []
    with tampering(other_first):
        assert done(world, plans.pull_request()) == [Done.updated]
    assert len(world.bot.open_pull_requests(REPO)) == 2


def test_a_pull_request_without_a_branch_is_refused(world: World) -> None:
    with pytest.raises(Conflict):
        do(world, plans.pull_request())


def test_a_merge_happens_at_its_head_alone(world: World) -> None:
    stale = plans.merge(world.prepared)
    moved = world.push("topic", {"params.yaml": "C: 2\n"}, "topic")
    with pytest.raises(Conflict, match=f"is at {moved}, not at {stale.sha}"):
        do(world, stale)
    fresh = msgspec.structs.replace(stale, sha=moved)
    first, second = do(world, fresh, fresh)
    assert (first.done, second.done) == (Done.created, Done.unchanged)
    assert first.sha == second.sha


def test_a_head_that_moves_between_look_and_merge_is_refused(world: World) -> None:
    def person_first(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "PUT":
            world.push("topic", {"params.yaml": "C: 2\n"}, "topic")
        return send()

    with tampering(person_first), pytest.raises(Conflict):
        do(world, plans.merge(world.prepared))
    assert not world.bot.pull_request(REPO, 1).merged


def test_a_required_check_refuses_the_merge_in_githubs_words(world: World) -> None:
    world.hub.admin.require_checks(REPO, "main", ["merganser/gate"])
    with pytest.raises(Refused, match="merganser/gate") as caught:
        do(world, plans.merge(world.prepared))
    assert caught.value.status == 405
    assert done(world, plans.check(world.prepared), plans.merge(world.prepared)) == [Done.created, Done.created]


def test_a_closed_pull_request_is_not_merged(world: World) -> None:
    import github

    person = github.Github(
        auth=github.Auth.Token(world.prepared.person), base_url=world.hub.api_url,
        seconds_between_requests=None, seconds_between_writes=None,
    )  # fmt: skip
    person.get_repo(REPO).get_pull(1).edit(state="closed")
    person.close()
    with pytest.raises(Refused, match="is closed"):
        do(world, plans.merge(world.prepared))


def test_base_moving_under_a_merge_is_tried_again(world: World) -> None:
    def modified(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method != "PUT" or tries:
            return send()
        tries.append(index)
        response = requests.Response()
        response.status_code, response.request, response.url = 405, request, request.url or ""
        response._content = b'{"message": "Base branch was modified. Review and try the merge again."}'
        return response

    tries: list[int] = []
    with tampering(modified):
        assert done(world, plans.merge(world.prepared)) == [Done.created]


def test_a_refusal_ends_the_plan_and_a_second_run_goes_on(world: World, contract: Contract) -> None:
    effects = (plans.comment(), plans.release(), plans.labels())
    with pytest.raises(Refused):
        do(world, *effects)
    assert world.bot.issue_labels(REPO, 1) == ()
    do(world, plans.tag(world.prepared))
    assert done(world, *effects) == [Done.unchanged, Done.created, Done.updated]


# What the decision saw


def seen(world: World) -> plan.Seen:
    bare = git.Repository(world.hub.directory / "repos" / "acme" / "digits.git")
    tip = bare.resolve("main") or ""
    files = {e.path: bare.blobs([e.oid])[0] for e in bare.entries(tip) if e.path.startswith("staging/digits/")}
    return plan.Seen(commit=tip, tree=bare.tree_of(tip), files=files)


def test_a_branch_that_was_seen_is_appended_to_by_one_request(world: World) -> None:
    do(world, plans.append("a"))
    tip = world.bot.ref(REPO, f"heads/{LEDGER}")
    assert tip
    with counted() as counter:
        wanted = msgspec.structs.replace(plans.append("b"), tip=tip.object.sha)
        assert done(world, wanted) == [Done.updated]
    assert [request.partition(" ")[0] for request in counter.requests] == ["POST"]
    stale = msgspec.structs.replace(plans.append("a", "b", "c"), tip=tip.object.sha)
    assert done(world, stale, stale) == [Done.updated, Done.unchanged]
    names = {f"runs/digits/{name}.json" for name in "abc"}
    assert ledger_of(world) == names
    missing = msgspec.structs.replace(plans.append("d"), branch="no-such", tip=tip.object.sha)
    assert done(world, missing) == [Done.created]


def ledger_of(world: World) -> set[str]:
    return set(state(world)["branches"][f"refs/heads/{LEDGER}"][0])


def test_a_commit_by_what_was_seen_is_the_commit_by_looking(world: World) -> None:
    """On a new branch, on one that a merged pull request left, and on one that a squashed one left."""
    world.push("main", {"staging/digits/old.yaml": "old", "staging/other/keep.yaml": "keep"})
    for version, how in (("1.0.0", "merge"), ("1.1.0", "squash"), ("1.2.0", "merge")):
        wanted = msgspec.structs.replace(plans.commit(version), seen=seen(world))
        assert done(world, wanted, wanted, plans.commit(version)) in (
            [Done.created, Done.unchanged, Done.unchanged],
            [Done.updated, Done.unchanged, Done.unchanged],
        )
        files = state(world)["branches"][f"refs/heads/{STAGING}"][0]
        assert "staging/digits/old.yaml" not in files
        assert "staging/other/keep.yaml" in files
        release = world.bot.file(REPO, STAGING, "staging/digits/release.yaml")
        assert release == f"version: {version}\n".encode()
        pull = apply(plan.Plan((plans.pull_request(version),)), world.bot)[0]
        world.bot.merge_pull_request(REPO, pull.number, sha=pull.sha, method=how)
