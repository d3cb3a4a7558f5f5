"""Two runners, or a person, at work at the same moment: what is deleted twice, claimed first, moved in between."""

import threading

import msgspec
import pytest
import requests

from merganser import plan
from merganser.forge.ci.runtime import Runtime
from merganser.forge.effects.apply import apply
from merganser.forge.effects.outcome import Done
from merganser.forge.github import connect
from merganser.forge.protocol import Conflict, Outrun, Refused
from merganser.forge.secret import Secret
from merganser.forge.values import BranchChange
from tests.forge import plans
from tests.forge.killing import Handler, Send, tampering
from tests.forge.world import LEDGER, REPO, STAGING, World, state


def done(world: World, *effects: plan.Effect) -> list[Done]:
    return [outcome.done for outcome in apply(plan.Plan(effects), world.bot, sleep=lambda seconds: None)]


def twice(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
    """Someone else deletes the same thing a moment earlier."""
    if request.method == "DELETE":
        assert send().status_code == 204
    return send()


def canned(status: int, body: bytes, method: str, ending: str) -> Handler:
    """The answer to every request of that kind, which is not sent."""

    def handler(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method != method or not (request.url or "").endswith(ending):
            return send()
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, request.url or ""
        response._content = body
        return response

    return handler


def test_what_another_deletes_first_is_deleted(world: World) -> None:
    for text in ("a", "b"):
        world.bot.create_comment(REPO, 1, plans.comment(text).body)
    drafts = [world.bot.create_release(REPO, {"tag_name": plans.TAG, "draft": True}) for _ in range(2)]
    world.bot.upload_asset(drafts[0], name="run.json", media_type="text/plain", content=b"cut")
    with tampering(twice):
        done(world, plans.comment(), plans.tag(world.prepared), plans.release())
    assert len(state(world)["comments"]) == len(state(world)["releases"]) == 1


def test_a_release_published_by_another_meanwhile_is_taken_and_our_draft_goes(world: World) -> None:
    """Both make a draft; the other's is complete and published before we look again."""

    def other_publishes(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "POST" and (request.url or "").endswith("/releases") and not rival:
            rival.append(True)
            done(world, plans.release())
        return send()

    done(world, plans.tag(world.prepared))
    rival: list[bool] = []
    with tampering(other_publishes):
        assert done(world, plans.release()) == [Done.unchanged]
    (found,) = world.bot.releases(REPO)
    assert not found.draft


def test_a_publishing_that_another_outruns_ends_with_one_release(world: World) -> None:
    """Our draft is whole; before we publish it, the other runner makes and publishes its own."""

    def other_publishes(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "PATCH" and "/releases/" in (request.url or "") and not rival:
            rival.append(True)
            world.person.create_release(REPO, {"tag_name": plans.TAG, "draft": True})
            (draft,) = (r for r in world.person.releases(REPO) if r.author and r.author.login == "ada")
            for part in plans.release().assets:
                world.person.upload_asset(draft, name=part.name, media_type="x/y", content=part.content)
            world.person.update_release(REPO, draft.id, {"tag_name": plans.TAG, "draft": False, "name": "theirs"})
        return send()

    done(world, plans.tag(world.prepared))
    rival: list[bool] = []
    with tampering(other_publishes):
        assert done(world, plans.release()) == [Done.updated]
    (found,) = world.bot.releases(REPO)
    assert (found.draft, found.name) == (False, "digits 1.0.0")


def test_an_asset_that_arrives_with_other_bytes_is_never_published(world: World) -> None:
    lie = msgspec.structs.replace(plans.asset("run.json", b"abc"), sha256="0" * 64)
    with pytest.raises(Outrun, match=r"GitHub stored 3 bytes"):
        done(world, plans.tag(world.prepared), msgspec.structs.replace(plans.release(), assets=(lie,)))
    assert [r.draft for r in world.bot.releases(REPO)] == [True]


def test_a_claim_refused_for_another_reason_is_an_error(world: World) -> None:
    with tampering(canned(422, b'{"message": "Object does not exist"}', "POST", "/git/refs")):
        with pytest.raises(Conflict, match="Object does not exist"):
            done(world, plans.tag(world.prepared))
        with pytest.raises(Outrun, match="Object does not exist"):
            done(world, plans.append())


def test_two_promotions_at_once_make_one_branch(world: World) -> None:
    def other_first(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "POST" and (request.url or "").endswith("/git/refs") and not rival:
            rival.append(True)
            done(world, plans.commit(), plans.pull_request())
        return send()

    rival: list[bool] = []
    with tampering(other_first):
        assert done(world, plans.commit(), plans.pull_request()) == [Done.unchanged, Done.unchanged]
    assert len(world.bot.open_pull_requests(REPO)) == 2
    assert state(world)["branches"][f"refs/heads/{STAGING}"][1] == 2


def test_a_person_who_pushes_to_a_leftover_branch_keeps_the_commit(world: World) -> None:
    """The branch lies behind base without commits of its own; a person's comes before our fast-forward."""

    def person_first(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "PATCH" and not pushed:
            change = BranchChange(branch=STAGING, expected=start, message="mine", additions={"note.md": b"wait"})
            pushed.append(world.person.commit_on_branch(REPO, change))
        return send()

    start = world.prepared.base
    world.bot.create_ref(REPO, f"heads/{STAGING}", start)
    world.push("main", {"elsewhere.txt": "x"}, "main")
    pushed: list[str] = []
    with tampering(person_first), pytest.raises(Refused, match="holds 1 commits by ada, which are kept"):
        done(world, plans.commit())
    tip = world.bot.ref(REPO, f"heads/{STAGING}")
    assert tip is not None
    assert tip.object.sha == pushed[0]


def test_a_merge_that_another_makes_first_is_as_good(world: World) -> None:
    def other_first(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "PUT" and not rival:
            rival.append(True)
            done(world, plans.merge(world.prepared))
        return send()

    rival: list[bool] = []
    with tampering(other_first):
        assert done(world, plans.merge(world.prepared)) == [Done.unchanged]


def test_a_ledger_that_never_stands_still_is_given_up_with_nothing_lost(world: World) -> None:
    def always_first(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if (request.url or "").endswith("/graphql") and not nested:
            nested.append(True)
            rivals.append(f"rival{len(rivals)}")
            done(world, plans.append(rivals[-1]))
            nested.clear()
        return send()

    nested: list[bool] = []
    rivals: list[str] = []
    done(world, plans.append("first"))
    with tampering(always_first), pytest.raises(Outrun, match=LEDGER):
        done(world, plans.append("ours"))
    assert len(rivals) == 6
    assert len(state(world)["branches"][f"refs/heads/{LEDGER}"][0]) == 7


def test_two_runners_at_the_same_moment_leave_one_of_everything(world: World) -> None:
    """Two threads, each with its own connections. GitHub deletes no check run, so two may stay, which say the same."""
    runtime = Runtime(api_url=world.hub.api_url, token=Secret(world.prepared.bot), login="merganser[bot]")
    failures: list[BaseException] = []
    start = threading.Barrier(2)

    def work() -> None:
        try:
            with connect(runtime) as forge:
                start.wait()
                apply(plans.everything(world.prepared), forge, sleep=lambda seconds: None)
        except BaseException as failure:
            failures.append(failure)

    runners = [threading.Thread(target=work) for _ in range(2)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert failures == []
    found = state(world)
    assert set(found["checks"]) == {found["checks"][0]}
    assert {key: len(found[key]) for key in ("comments", "tags", "releases", "pulls")} == {
        "comments": 1, "tags": 1, "releases": 1, "pulls": 2,
    }  # fmt: skip
    assert sorted(found["branches"][f"refs/heads/{LEDGER}"][0]) == ["runs/digits/a.json", "runs/digits/b.json"]
    assert found["branches"][f"refs/heads/{STAGING}"][1] == 2
    assert found["releases"][0][1] is False
    assert apply(plans.everything(world.prepared), world.bot)[4].done is Done.unchanged
