"""Registering: tables of facts and what is decided on them."""

import datetime
import hashlib
from typing import Any

import msgspec
import pytest

from merganser.config import Bump, Gate
from merganser.documents import dump_json
from merganser.errors import ConfigError, DataError, MerganserError
from merganser.evaluation.verdict import Status
from merganser.plan import Asset, Conclusion, Plan, Release, Tag
from merganser.registry.history import TagFact
from merganser.registry.lifting import Grounds
from merganser.registry.overrides import Line, Said
from merganser.registry.registration import Facts, decide, record_to_register
from merganser.registry.versions import Version, read
from merganser.run import Artifact, BundleFile
from tests.registry.samples import (
    COMMIT,
    DIGEST,
    ELSEWHERE,
    MODEL_BYTES,
    OTHER,
    OVERRIDE,
    check,
    evidence,
    facts,
    model_file,
    predictions,
    record,
    recorded,
    run,
    verdict,
    version,
)


def effects(plan: Plan) -> tuple[Tag, Release]:
    tag, release = plan.effects
    assert isinstance(tag, Tag)
    assert isinstance(release, Release)
    return tag, release


def test_a_tag_and_then_its_release() -> None:
    tag, release = effects(decide(facts()))
    assert (tag.repo, tag.name, tag.commit) == ("acme/digits", "digits@v0.1.0", COMMIT)
    assert tag.message.splitlines() == [
        "Registering artifact digits version v0.1.0",
        "",
        f"Inputs-Digest: {DIGEST}",
        "Ledger: runs/digits/a1a1a1a1a1a1-12-1.json",
    ]
    assert (release.repo, release.tag, release.title, release.prerelease) == (
        "acme/digits",
        "digits@v0.1.0",
        "digits v0.1.0",
        False,
    )
    assert [a.name for a in release.assets] == [
        "run.json",
        "verdict.json",
        "model-card.md",
        "bom.cdx.json",
        "provenance.intoto.json",
        "predictions.parquet",
        "digits.joblib",
        "SHA256SUMS",
    ]


def test_the_assets_are_the_evidence() -> None:
    assets = {asset.name: asset for asset in effects(decide(facts()))[1].assets}
    assert assets["run.json"].content == dump_json(run())
    assert assets["verdict.json"].content == dump_json(verdict())
    assert assets["digits.joblib"].path == "downloads/models/digits.joblib"
    sums = assets["SHA256SUMS"].content.decode().splitlines()
    assert sorted(sums) == sorted(f"{a.sha256}  {name}" for name, a in assets.items() if name != "SHA256SUMS")
    for asset in assets.values():
        if asset.content:
            assert (asset.size, asset.sha256) == (len(asset.content), hashlib.sha256(asset.content).hexdigest())


@pytest.mark.parametrize(
    ("versions", "asked", "wanted"),
    [
        ((), {}, "0.1.0"),
        ((), {"bump": Bump.patch}, "0.0.1"),
        ((version("0.1.0"),), {}, "0.2.0"),
        ((version("0.1.0"), version("0.9.0", active=False)), {}, "0.10.0"),
        ((version("3.0.0", model="other"),), {}, "0.1.0"),
        ((version("0.1.0"),), {"explicit": "v2.0.0"}, "2.0.0"),
        ((version("2.0.0-rc.1"),), {"explicit": "2.0.0"}, "2.0.0"),
        ((version("0.1.0"),), {"explicit": "v0.2.0-rc.1"}, "0.2.0-rc.1"),
        ((), {"explicit": "v0.0.0"}, "0.0.0"),
    ],
)
def test_the_number(versions: tuple[Version, ...], asked: dict[str, Any], wanted: str) -> None:
    tag, release = effects(decide(facts(versions=versions, **asked)))
    assert tag.name == release.tag == f"digits@v{wanted}"
    assert release.prerelease == ("-" in wanted)


@pytest.mark.parametrize("asked", [{}, {"bump": Bump.major}, {"explicit": "v0.1.0"}, {"explicit": "0.1.0"}])
def test_a_commit_that_has_its_version_gets_the_same_plan_again(asked: dict[str, Any]) -> None:
    first = decide(facts())
    tag, _ = effects(first)
    there = read([TagFact(name=tag.name, commit=tag.commit, time=5, annotated=True, message=tag.message)]).versions
    assert decide(facts(versions=there, **asked)) == first


def test_inputs_that_have_a_version_get_no_second_one() -> None:
    """Theirs is completed where it stands."""
    tag, release = effects(decide(facts(versions=(version("0.1.0", inputs_digest=DIGEST),))))
    assert (tag.name, tag.commit, release.tag) == ("digits@v0.1.0", ELSEWHERE, "digits@v0.1.0")


def test_the_next_version_is_a_second_later_than_all_tags_before() -> None:
    others = version("7.0.0", model="other", registered_at=9000)
    there = (version("0.1.0"), version("0.2.0", registered_at=2000), others)
    tag, _ = effects(decide(facts(versions=there)))
    assert (tag.name, tag.after) == ("digits@v0.3.0", 2000)


PERSONS = version("0.4.0", commit=COMMIT, tag="digits@v0.4.0#3")


@pytest.mark.parametrize("asked", [{}, {"tag": "digits@v0.4.0#3"}, {"versions": (PERSONS, version("0.3.0"))}])
def test_a_version_of_another_tool_on_the_commit_is_completed(asked: dict[str, Any]) -> None:
    plan = decide(facts(**{"versions": (PERSONS,), "line": {COMMIT}, **asked}))
    tag, release = effects(plan)
    assert (tag.name, release.tag, release.title) == ("digits@v0.4.0#3", "digits@v0.4.0#3", "digits v0.4.0")


def test_a_persons_tag_on_a_later_commit_with_the_same_inputs_is_completed_there() -> None:
    """A merge that touches no model has no run of its own; the model is that of the commit before."""
    mine = version("0.4.0")
    plan = decide(facts(versions=(mine,), tag=mine.tag, alike={mine.tag}, line={COMMIT, ELSEWHERE}))
    tag, _ = effects(plan)
    assert (tag.name, tag.commit) == ("digits@v0.4.0", ELSEWHERE)
    assert decide(facts(versions=(mine,), alike={mine.tag}, line={COMMIT, ELSEWHERE})) == plan


@pytest.mark.parametrize(
    ("others", "line", "said"),
    [
        ((), (), "was not merged: it is not on the first-parent line of main"),
        ((version("0.5.0"),), (COMMIT,), "is not above v0.5.0"),
        ((version("0.3.0", inputs_digest=DIGEST),), (COMMIT,), "registered already, as digits@v0.3.0"),
    ],
)
def test_a_persons_tag_that_may_not_stand(others: tuple[Version, ...], line: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        decide(facts(versions=(PERSONS, *others), tag=PERSONS.tag, line=set(line), branch="main"))
    assert "git push origin 'refs/tags/digits@v0.4.0!'" in refused.value.hint


def test_auto_says_why_in_the_tag_the_summary_and_the_release() -> None:
    previous = run(params={"train.C": 0.1})
    there = (version("0.4.0"),)
    plan = decide(facts(bump=Bump.auto, versions=there, previous=previous))
    tag, release = effects(plan)
    why = "minor: train.C is 0.3 and was 0.1"
    assert tag.name == "digits@v0.5.0"
    assert f"\nBump: {why}" in tag.message
    assert f"; {why}" in plan.summary
    assert f"Why this number: `{why}" in release.body
    asked = decide(facts(bump=Bump.auto, versions=there, previous=previous, explicit="v2.0.0"))
    assert "why" not in asked.summary + effects(asked)[0].message + effects(asked)[1].body.lower()


FAILED = verdict(check(status=Status.failed, candidate=0.88), conclusion=Conclusion.failure)
NOW = datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)


def grounds(**fields: Any) -> Grounds:
    said = Said(path="overrides/digits/501-3.json", at=Line(501, 3), what=msgspec.structs.replace(OVERRIDE, **fields))
    return Grounds(gate=Gate(), overrides=(said,), now=NOW)


def test_an_overridden_failure_becomes_a_version_that_says_so() -> None:
    tag, release = effects(decide(facts(verdict=FAILED, grounds=grounds())))
    assert "\nOverride: overrides/digits/501-3.json (accuracy:min)\n" in tag.message
    assert "These checks did not pass, and people overrode them" in release.body
    assert "| `accuracy:min` | `grace` | the seasonal dip | 0.87 |" in release.body
    assets = {asset.name: asset for asset in release.assets}
    assert assets["verdict.json"].content == dump_json(FAILED)


@pytest.mark.parametrize("fields", [{"until": "2026-11-30"}, {"check": "loss:max"}, {"floor": 0.9}])
def test_an_override_that_does_not_hold_makes_no_version(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no override that holds"):
        decide(facts(verdict=FAILED, grounds=grounds(**fields)))


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"record": None}, ConfigError, "no run of these inputs was recorded"),
        ({"record": record(how=recorded(merged=False))}, ConfigError, "no run of these inputs was recorded"),
        ({"verdict": None}, ConfigError, "has no verdict"),
        ({"verdict": verdict(conclusion=Conclusion.failure)}, ConfigError, "did not pass its gate"),
        ({"verdict": verdict(inputs_digest=OTHER)}, DataError, "of other inputs"),
        ({"verdict": verdict(model="other")}, DataError, "verdict of other"),
        ({"record": record(run(model="other"))}, DataError, "the run is of other"),
        ({"model": "../x"}, ConfigError, "can't be the name"),
        ({"versions": (version("0.1.0", active=False, inputs_digest=DIGEST),)}, ConfigError, "deregistered"),
        ({"versions": (version("0.1.0", active=False, commit=COMMIT),)}, ConfigError, "deregistered"),
        ({"versions": (version("0.1.0", inputs_digest=DIGEST),), "explicit": "v2.0.0"}, ConfigError, "already, as"),
        ({"versions": (version("0.1.0", commit=COMMIT),), "explicit": "v2.0.0"}, ConfigError, "registered already"),
        ({"versions": (version("0.1.0", commit=COMMIT, inputs_digest=OTHER),)}, ConfigError, "names other inputs"),
        ({"versions": (version("1.0.0"),), "explicit": "v1.0.0"}, ConfigError, "v1.0.0 is not above v1.0.0"),
        ({"versions": (version("1.0.0"),), "explicit": "v1.0.0+again"}, ConfigError, "is not above"),
        ({"versions": (version("1.0.0", active=False),), "explicit": "v0.9.0"}, ConfigError, "is not above"),
        ({"explicit": "latest"}, ConfigError, "is no version"),
        ({"evidence": evidence(files=())}, DataError, "models/digits.joblib is not the model file"),
        ({"evidence": evidence(files=(model_file(content=b"other"),))}, DataError, "is not the model file"),
        ({"evidence": evidence(files=(model_file(), model_file()))}, DataError, "is not the model file"),
        ({"evidence": evidence(files=(model_file(), model_file("more.txt")))}, DataError, "more.txt is not the model"),
        ({"record": record(run(artifacts=())), "evidence": evidence(files=())}, DataError, "names no model file"),
        ({"evidence": evidence(bundle=(model_file("predictions.parquet"),))}, DataError, "parquet is not the file"),
        ({"evidence": evidence(bundle=(model_file("other.parquet"),))}, DataError, "other.parquet is not the file"),
    ],
)  # fmt: skip
def test_what_is_refused(changed: dict[str, Any], error: type[MerganserError], said: str) -> None:
    with pytest.raises(error) as refused:
        decide(facts(**changed))
    assert said in refused.value.message
    assert refused.value.hint


def with_files(*files: Asset) -> Facts:
    listed = tuple(Artifact(path=f.name, sha256=f.sha256, size=f.size) for f in files)
    return facts(record=record(run(artifacts=listed)), evidence=evidence(files=files))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (with_files(model_file(content=b"")), "digits.joblib has 0 bytes"),
        (with_files(msgspec.structs.replace(model_file(), size=2 * 1024**3)), "carries less than 2 GiB"),
        (with_files(*(model_file(f"part-{n}") for n in range(1000))), "1006 files, and a release holds 1000"),
        (
            facts(
                record=record(run(files={"table": BundleFile(path="digits.joblib", sha256=model_file().sha256)})),
                evidence=evidence(bundle=(msgspec.structs.replace(model_file(), name="digits.joblib"),)),
            ),
            "share a name",
        ),
    ],
)
def test_what_github_would_refuse_is_said_before_the_tag(given: Facts, said: str) -> None:
    with pytest.raises(DataError, match=said):
        decide(given)


def test_the_largest_file_and_the_most_files_pass() -> None:
    assert decide(with_files(msgspec.structs.replace(model_file(), size=2 * 1024**3 - 1))).effects
    _, release = effects(decide(with_files(*(model_file(f"part-{n}") for n in range(992)))))
    assert len(release.assets) == 999


def test_predictions_may_be_left_out() -> None:
    assert "predictions.parquet" not in [a.name for a in effects(decide(facts(evidence=evidence(bundle=()))))[1].assets]
    assert predictions() in effects(decide(facts()))[1].assets


def test_the_record_to_register() -> None:
    here, there = record(run_id=1), record(how=recorded(commit=ELSEWHERE), run_id=2)
    newer = record(how=recorded(commit="99" * 20, time="2026-11-24T00:00:00Z"), run_id=3)
    proposed = record(how=recorded(merged=False), run_id=4)
    foreign = record(run(model="other"), run_id=5)
    every = [proposed, foreign, here, there, newer]
    assert record_to_register(every, (), "digits", COMMIT) == here
    assert record_to_register(every, (), "digits", "00" * 20) == newer
    assert record_to_register(every, (version("0.1.0"),), "digits", COMMIT) == there
    assert record_to_register(every, (version("0.1.0", model="other"),), "digits", COMMIT) == here
    assert record_to_register([proposed, foreign], (), "digits", COMMIT) is None


def test_model_bytes_are_never_in_the_plan() -> None:
    assert MODEL_BYTES not in b"".join(asset.content for asset in effects(decide(facts()))[1].assets)
