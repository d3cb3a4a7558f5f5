"""Drafts, publishing and claims under deaths and rivals: what is left, who completes it, and what is never touched."""

import time
from contextlib import AbstractContextManager

import msgspec
import pytest
import requests

from merganser import git, plan
from merganser.forge.effects.apply import apply
from merganser.forge.effects.outcome import Done
from merganser.forge.values import Release
from tests.forge import plans
from tests.forge.killing import Counter, Killed, Send, counted, tampering
from tests.forge.world import REPO, World


def done(world: World, *effects: plan.Effect) -> list[Done]:
    return [outcome.done for outcome in apply(plan.Plan(effects), world.bot, sleep=lambda seconds: None)]


def dies_before(method: str, part: str, number: int = 1) -> AbstractContextManager[Counter]:
    """Dies before the `number`-th request of that method with that part in its address."""

    def handler(index: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == method and part in (request.url or ""):
            seen.append(request.url or "")
            if len(seen) == number:
                raise Killed
        return send()

    seen: list[str] = []
    return tampering(handler)


def upload(world: World, draft: Release, **files: bytes) -> None:
    for name, content in files.items():
        world.bot.upload_asset(draft, name=name.replace("_", "."), media_type="x/y", content=content)


def test_a_half_made_draft_is_completed_and_others_of_ours_go(world: World) -> None:
    theirs = world.person.create_release(REPO, {"tag_name": plans.TAG, "draft": True, "name": "a person's"})
    with dies_before("POST", "/api/uploads/", 2), pytest.raises(Killed):
        done(world, plans.tag(world.prepared), plans.release())
    (half,) = (r for r in world.bot.releases(REPO) if r.id != theirs.id)
    assert [a.name for a in half.assets] == ["run.json"]
    world.bot.create_release(REPO, {"tag_name": plans.TAG, "draft": True, "name": "of another content"})
    assert done(world, plans.tag(world.prepared), plans.release()) == [Done.unchanged, Done.created]
    found = {r.id: r for r in world.person.releases(REPO)}
    assert found.keys() == {half.id, theirs.id}
    mine = found[half.id]
    assert (mine.draft, mine.name, mine.body) == (False, "digits 1.0.0", "Evidence.")
    assert {(a.name, a.size) for a in mine.assets} == {
        ("run.json", len(plans.EVIDENCE)), ("digits.joblib", len(plans.MODEL)),
    }  # fmt: skip


@pytest.mark.parametrize("spoiled", [{"run_json": b"cut"}, {"stray_txt": b"?"}])
def test_a_draft_that_holds_something_else_is_left_alone_until_the_release_is_out(
    world: World, spoiled: dict[str, bytes]
) -> None:
    """Another runner may be at work on it, so nothing is taken out of it; published, it is in nobody's way."""
    with dies_before("POST", "/api/uploads/"), pytest.raises(Killed):
        done(world, plans.tag(world.prepared), plans.release())
    (half,) = world.bot.releases(REPO)
    upload(world, half, **spoiled)
    with counted() as counter:
        assert done(world, plans.release()) == [Done.created]
    assert not [r for r in counter.requests if r.startswith("DELETE") and "/assets/" in r]
    (found,) = world.bot.releases(REPO)
    assert (found.id != half.id, len(found.assets)) == (True, 2)


def test_what_a_death_after_the_publishing_left_is_discarded(world: World) -> None:
    done(world, plans.tag(world.prepared))
    world.bot.create_release(REPO, {"tag_name": plans.TAG, "draft": True})
    assert done(world, plans.discard_drafts()) == [Done.unchanged]
    assert len(world.bot.releases(REPO)) == 1
    with dies_before("DELETE", "/releases/"), pytest.raises(Killed):
        done(world, plans.release())
    assert sorted(r.draft for r in world.bot.releases(REPO)) == [False, True]
    assert done(world, plans.discard_drafts(), plans.discard_drafts()) == [Done.updated, Done.unchanged]
    assert [r.draft for r in world.bot.releases(REPO)] == [False]


def test_two_versions_are_a_second_apart(world: World) -> None:
    """Other readers order tags by whole seconds. The hub stamps them by the real clock."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        time.sleep(1)

    done(world, plans.tag(world.prepared))
    first = tagged_at(world, plans.TAG)
    second = msgspec.structs.replace(plans.tag(world.prepared), name="digits@v1.1.0", after=first)
    apply(plan.Plan((second,)), world.bot, sleep=wait)
    assert tagged_at(world, "digits@v1.1.0") > first
    assert len(waited) <= 2


def test_a_tag_of_a_far_future_is_not_waited_for(world: World) -> None:
    ahead = msgspec.structs.replace(plans.tag(world.prepared), after=int(time.time()) + 3600)
    assert done(world, ahead) == [Done.created]


def tagged_at(world: World, name: str) -> int:
    bare = git.Repository(world.hub.directory / "repos" / "acme" / "digits.git")
    return int(bare.text("for-each-ref", "--format=%(taggerdate:unix)", f"refs/tags/{name}"))
