"""A merge that failed its gate: no version, unless people overrode what failed; and numbers that `bump: auto` chose."""

import datetime
import json
from pathlib import Path

import msgspec
import pytest
import requests

from merganser import git
from merganser.commands import show
from merganser.commands.audit import command as audit
from merganser.commands.observing.grounds import Claim, grounds_at_claim
from merganser.commands.observing.ledger import open_ledger
from merganser.config import Gate
from merganser.errors import ConfigError
from merganser.evaluation.verdict import Status, Verdict
from merganser.evaluation.waivers import fault_of
from merganser.forge.effects.apply import apply
from merganser.forge.github import connect
from merganser.hub import Hub
from merganser.plan import Append, Plan
from merganser.registry.audit.links import State
from merganser.registry.ledger import File
from merganser.registry.lifting import Grounds
from merganser.registry.overrides import Cancellation, Line, Override
from merganser.registry.overrides import record as recorded
from tests.commands.registrations import Person, git_of, registering
from tests.commands.shipped import of_state
from tests.commands.stage import CONFIG, REPO, Life, Moment, fetch, on_a_copy, params, runtime
from tests.forge.killing import Killed, Send, tampering

AUTO = CONFIG.replace("bump: minor", "bump: auto")


def append(hub: Hub, moment: Moment, *files: File) -> None:
    """What a slash command would record."""
    wanted = Append(repo=REPO, branch="merganser-ledger", files=dict(files), message="Record what was said")
    with connect(runtime(hub, moment.access.bot, {})) as forge:
        apply(Plan((wanted,)), forge)


def merged(life: Life, branch: str, files: dict[str, str | None]) -> str:
    """A pull request that is merged whatever its check says, trained and reported; its commit."""
    commit = life.merge(REPO, life.propose(branch, files))
    life.do("report", life.train_push(commit))
    return commit


def verdict_on(hub: Hub, commit: str) -> Verdict:
    book = open_ledger(git_of(hub))
    (found,) = (record for record in book.runs_of("tiny") if record.recorded.commit == commit)
    verdict = book.verdict_on(found)
    assert verdict is not None
    return verdict


def override_of(verdict: Verdict, check: str, comment: int) -> File:
    """Ada's word on one check, as she saw it."""
    seen = next(found for found in verdict.checks if found.id == check)
    said = Override(
        model="tiny", inputs_digest=verdict.inputs_digest, policy_digest=verdict.policy.digest, check=check,
        fault=fault_of(seen), observed=seen.candidate, floor=None,
        reason="the new labels are harder", by="ada", head=verdict.head,
        comment=f"https://example.org/{REPO}/pull/3#issuecomment-{comment}", until=None,
    )  # fmt: skip
    return recorded(said, Line(comment, 1))


def message(hub: Hub, tag: str) -> str:
    return git_of(hub).text("for-each-ref", "--format=%(contents)", f"refs/tags/{tag}")


def test_a_failed_merge_becomes_a_version_once_every_failed_check_is_overridden(
    moments: dict[str, Moment], tmp_path: Path
) -> None:
    moment = moments["register"]
    with on_a_copy(moment, tmp_path) as hub:
        life = Person(hub, moment, tmp_path / "people").life
        life.push(REPO, {"merganser.yaml": AUTO}, "main")
        registering(hub, moment, model="tiny")()
        assert "Bump:" not in message(hub, "tiny@v0.1.0")  # its own commit says minor

        commit = merged(life, "worse", {"params.yaml": params(7, 8)})
        verdict = verdict_on(hub, commit)
        failed = [check.id for check in verdict.checks if check.status is Status.failed]
        assert len(failed) > 1
        work = registering(hub, moment, model="tiny", commit=commit)
        with pytest.raises(ConfigError, match="did not pass its gate, and no override that holds covers that"):
            work()

        said = [override_of(verdict, check, 900 + n) for n, check in enumerate(failed)]
        append(hub, moment, *said[1:])
        with pytest.raises(ConfigError, match="no override that holds"):
            work()
        append(hub, moment, said[0])
        taken_back = Cancellation(
            model="tiny", inputs_digest=verdict.inputs_digest, check=failed[0], by="ada", head=verdict.head,
            comment=f"https://example.org/{REPO}/pull/3#issuecomment-950",
        )  # fmt: skip
        append(hub, moment, recorded(taken_back, Line(950, 1)))
        with pytest.raises(ConfigError, match="no override that holds"):
            work()
        append(hub, moment, override_of(verdict, failed[0], 960))
        work()

        said_in_tag = message(hub, "tiny@v0.2.0")
        assert "\nBump: minor: " in said_in_tag
        assert "a is 7 and was 100" in said_in_tag
        assert f"\nOverride: overrides/tiny/960-1.json ({failed[0]})" in said_in_tag
        release = fetch(hub, moment.access.person, f"/repos/{REPO}/releases/tags/tiny@v0.2.0")
        assert "a is 7 and was 100" in release["body"]
        assert release["body"].count("| `ada` | the new labels are harder | ") == len(failed)
        stored = next(a["digest"] for a in release["assets"] if a["name"] == "verdict.json")
        kept = json.loads((hub.directory / "blobs" / stored.removeprefix("sha256:")).read_bytes())
        assert kept == json.loads(msgspec.json.encode(verdict))
        shown(life, failed)
        audited(life, failed)


def dying_after_the_tag(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
    answer = send()
    if request.method == "POST" and str(request.url).endswith("/git/refs"):
        raise Killed
    return answer


def test_a_tag_gets_its_release_though_the_override_was_taken_back_or_ended_since(
    moments: dict[str, Moment], tmp_path: Path
) -> None:
    """What held when Merganser made the tag holds for its release; a tag that a person made is judged as of now."""
    moment = moments["register"]
    with on_a_copy(moment, tmp_path) as hub:
        ada = Person(hub, moment, tmp_path / "people")
        registering(hub, moment, model="tiny")()
        commit = merged(ada.life, "worse", {"params.yaml": params(7, 8)})
        verdict = verdict_on(hub, commit)
        failed = [check.id for check in verdict.checks if check.status is Status.failed]
        append(hub, moment, *(override_of(verdict, check, 900 + n) for n, check in enumerate(failed)))
        work = registering(hub, moment, model="tiny", commit=commit)
        with tampering(dying_after_the_tag), pytest.raises(Killed):
            work()
        taken_back = Cancellation(
            model="tiny", inputs_digest=verdict.inputs_digest, check=failed[0], by="ada", head=verdict.head,
            comment=f"https://example.org/{REPO}/pull/3#issuecomment-950",
        )  # fmt: skip
        append(hub, moment, recorded(taken_back, Line(950, 1)))
        said = message(hub, "tiny@v0.2.0")
        ada.clone.run("fetch", "-q", "--tags", "origin")
        ada.untag("tiny@v0.2.0")
        ada.tag("tiny@v0.2.0", commit, "-a", "-m", said)
        with pytest.raises(ConfigError, match="no override that holds"):
            work()
        ada.untag("tiny@v0.2.0")
        # As the API writes it, with the account that made it.
        ada.clone.run("-c", "user.name=merganser[bot]", "tag", "-a", "-m", said, "tiny@v0.2.0", commit)
        ada.clone.run("push", "-q", "origin", "refs/tags/tiny@v0.2.0")
        work()
        release = fetch(hub, moment.access.person, f"/repos/{REPO}/releases/tags/tiny@v0.2.0")
        assert release["body"].count("| `ada` | the new labels are harder | ") == len(failed)


def test_what_ended_after_the_tag_was_made_held_for_it() -> None:
    made = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
    now = Grounds(gate=Gate(), overrides=(), now=made + datetime.timedelta(days=9))
    then = grounds_at_claim(now, Claim(overrides=frozenset(), made=made))
    assert made - datetime.timedelta(hours=6) <= then.now <= made


def shown(life: Life, failed: list[str]) -> None:
    """`show` in a clone of Ada's tells who let it pass."""
    clone = life.folder / "clone"
    git.run(["clone", "-q", f"{life.hub.url}/{REPO}.git", str(clone)], life.folder)
    wanted = show.Request(folder=clone, wanted="tiny@v0.2.0")
    said = json.loads(show.show(wanted, as_json=True))["overrides"]
    assert sorted(one["check"] for one in said) == sorted(failed)
    assert {one["by"] for one in said} == {"ada"}
    assert "overrides/tiny/900-1.json" not in {one["path"] for one in said}
    assert "by ada until no end: the new labels are harder" in show.show(wanted, as_json=False)


def audited(life: Life, failed: list[str]) -> None:
    """`audit` in that clone follows the overrides to their records."""
    wanted = audit.Request(folder=life.folder / "clone", version="tiny@v0.2.0")
    chains = audit.audit(wanted, runtime(life.hub, life.access.person, {}))
    assert of_state(chains, State.broken) == {}
    found = of_state(chains, State.verified)
    assert found["verdict/passed"].says.endswith("not by itself, people overrode what failed")
    assert {f"verdict/overridden {check}" for check in failed} <= set(found)
    assert "overrides/tiny/960-1.json" in found[f"verdict/overridden {failed[0]}"].says
