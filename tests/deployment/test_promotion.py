"""Promoting: tables of facts and what is decided on them."""

from typing import Any

import msgspec
import pytest
import yaml
from markdown_it import MarkdownIt

from merganser.config import Environment, Environments, Serving, Target, Waiver
from merganser.deployment.promotion import Candidate, branch, decide, predecessors
from merganser.deployment.release_file import Artifact, From, load_release
from merganser.errors import ConfigError, DataError, MerganserError
from merganser.evaluation.verdict import Status
from merganser.plan import Commit, Plan, PullRequest, Seen
from tests.deployment.samples import ARTIFACT, ENVIRONMENTS, IMAGE, candidate, facts, file
from tests.registry.samples import DIGEST, ELSEWHERE, OVERRIDE, check, verdict, version

PLAIN = Serving(target=Target.kubernetes, image=IMAGE)
OTHER_RUNTIME = Serving(target=Target.kserve, runtime="r")
MARKER = "<!-- merganser:promotion:staging/digits -->"


def served(how: Serving) -> Environments:
    return msgspec.structs.replace(ENVIRONMENTS, models={"digits": how})


def effects(plan: Plan) -> tuple[Commit, PullRequest]:
    commit, request = plan.effects
    assert isinstance(commit, Commit)
    assert isinstance(request, PullRequest)
    return commit, request


def merged(plan: Plan) -> dict[str, bytes]:
    """The files of the environment's folder once the pull request is merged."""
    return {path.rpartition("/")[2]: content for path, content in effects(plan)[0].files.items()}


def body(**changed: Any) -> str:
    return effects(decide(facts(**changed)))[1].body


def test_one_commit_and_its_pull_request() -> None:
    plan = decide(facts())
    commit, request = effects(plan)
    assert (commit.repo, commit.branch, commit.base, commit.folder) == (
        "acme/environments", "merganser/staging/digits", "main", "staging/digits",
    )  # fmt: skip
    assert commit.seen == Seen(commit="7" * 40, tree="8" * 40, files={})
    assert sorted(commit.files) == ["staging/digits/manifest.yaml", "staging/digits/release.yaml"]
    assert (request.repo, request.branch, request.base) == (commit.repo, commit.branch, commit.base)
    assert request.title == commit.message == "Promote digits v0.2.0 to staging"
    assert request.labels == ("merganser", "environment: staging", "model: digits")
    assert plan.summary == "promote digits@v0.2.0 to staging by a pull request in acme/environments"


def test_the_release_says_all_that_was_asked() -> None:
    found = load_release(merged(decide(facts(requested_in="acme/digits#41")))["release.yaml"], "x")
    assert (found.model, found.version, found.source.tag) == ("digits", "0.2.0", "digits@v0.2.0")
    assert found.target is Target.kserve
    assert (found.artifact, found.source.inputs_digest, found.from_) == (ARTIFACT, DIGEST, None)
    assert (found.requested.by, found.requested.in_, found.signature) == ("ada", "acme/digits#41", None)
    signed = load_release(merged(decide(facts(candidate=candidate(signature="model.sig"))))["release.yaml"], "x")
    assert signed.signature == "model.sig"


def test_once_merged_there_is_nothing_left_to_do() -> None:
    current = merged(decide(facts()))
    for again in (facts(current=current), facts(current=current, requester="grace", requested_in="acme/digits#9")):
        plan = decide(again)
        assert plan.effects == ()
        assert plan.summary == "staging already runs digits@v0.2.0: nothing to promote"


@pytest.mark.parametrize(
    "changed",
    [
        {"candidate": candidate("0.3.0")},
        {"candidate": candidate(artifact=Artifact(uri="s3://elsewhere", digest=DIGEST))},
        {"environments": served(OTHER_RUNTIME)},
        {"environments": served(PLAIN)},
    ],
)  # fmt: skip
def test_another_version_or_another_way_to_serve_is_a_change(changed: dict[str, Any]) -> None:
    assert effects(decide(facts(current=merged(decide(facts())), **changed)))


def test_a_stray_file_beside_the_manifests_is_a_change() -> None:
    current = {**merged(decide(facts())), "old.yaml": b"kind: Old\n"}
    assert "staging/digits/old.yaml" not in effects(decide(facts(current=current)))[0].files


def test_the_next_environment_takes_what_the_one_before_runs() -> None:
    commit, _ = effects(decide(facts(environment="production", before={"staging": file()})))
    found = load_release(commit.files["production/digits/release.yaml"], "x")
    assert found.from_ == From(environment="staging")
    assert b"digits-production" in commit.files["production/digits/manifest.yaml"]


FORKED = Environments(
    version=1,
    environments={"a": Environment(), "b": Environment(), "production": Environment(after=("a", "b"))},
    models=ENVIRONMENTS.models,
)


def test_several_before_mean_all_of_them() -> None:
    wanted = {"environment": "production", "environments": FORKED}
    both = effects(decide(facts(**wanted, before={"a": file(), "b": file()})))[0]
    assert load_release(both.files["production/digits/release.yaml"], "x").from_ == From(environment="a")
    with pytest.raises(ConfigError, match="before it runs in b: the model doesn't run there"):
        decide(facts(**wanted, before={"a": file(), "b": None}))


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"environment": "prod"}, ConfigError, "environments.yaml: no environment 'prod'"),
        ({"candidate": candidate(version=version("1.0.0", model="churn"))}, ConfigError, "no model 'churn'"),
        ({"candidate": candidate(version=version("0.2.0", active=False))}, ConfigError, "was deregistered"),
        ({"environment": "production"}, ConfigError, "before it runs in staging: the model doesn't run there"),
        ({"environment": "production", "before": {"staging": None}}, ConfigError, "the model doesn't run there"),
        ({"environment": "production", "before": {"staging": file("0.1.0")}}, ConfigError, "digits@v0.1.0 runs there"),
        ({"current": {"release.yaml": b"by hand"}}, DataError, "staging/digits/release.yaml"),
        ({"current": {"release.yaml": file(model="churn")}}, DataError, "it deploys 'churn'"),
        ({"environments": served(Serving(target=Target.kubernetes))}, ConfigError, "pinned by digest"),
        ({"requester": "two words"}, DataError, "requested.by"),
    ],
)  # fmt: skip
def test_what_is_refused(changed: dict[str, Any], error: type[MerganserError], said: str) -> None:
    with pytest.raises(error) as refused:
        decide(facts(**changed))
    assert said in refused.value.message
    assert refused.value.hint


def test_predecessors_and_branch() -> None:
    assert predecessors(ENVIRONMENTS, "staging") == ()
    assert predecessors(ENVIRONMENTS, "production") == ("staging",)
    assert branch("staging", "digits") == "merganser/staging/digits"


def test_the_first_deployment_says_so() -> None:
    text = body()
    assert text.startswith(MARKER + "\n\nNothing → **digits v0.2.0** in **staging**, for the first time.\n")
    assert "| `accuracy` | – | 0.9722 | – |" in text
    assert "compare" not in text
    assert "Gate: success: 1 pass (self-reported, advisory)" in text
    assert "revert this pull request: that removes `staging/digits/release.yaml`" in text


def test_an_update_compares_both_versions() -> None:
    current = merged(decide(facts(candidate=candidate("0.1.0"))))
    text = body(current=current, running_metrics={"accuracy": 0.951, "recall": 0.5}, requested_in="acme/digits#41")
    assert "v0.1.0 → **digits v0.2.0** in **staging**.\n" in text
    assert "| metric | v0.1.0 | v0.2.0 | Δ |" in text
    assert "| `accuracy` | 0.951 | 0.9722 | +0.0212 |" in text
    assert "| `recall` | 0.5 | – | – |" in text
    assert "(https://github.com/acme/digits/compare/digits%40v0.1.0...digits%40v0.2.0)" in text
    assert "Asked for by `ada` in acme/digits#41." in text
    assert "To go back to v0.1.0, revert this pull request" in text


def test_going_back_is_told() -> None:
    current = merged(decide(facts(candidate=candidate("0.10.0"))))
    assert "v0.10.0 → **digits v0.2.0** in **staging**. ⚠️ This goes back to an older version." in body(current=current)


def test_serving_the_same_version_otherwise_is_told() -> None:
    text = body(current=merged(decide(facts())), environments=served(OTHER_RUNTIME))
    assert "The version stays; how it is served changes." in text
    assert "compare" not in text


def test_no_comparison_across_repos() -> None:
    current = merged(decide(facts(candidate=candidate("0.1.0", repo="old/digits"))))
    assert "compare" not in body(current=current)


def test_what_the_gate_left_open_is_named() -> None:
    skipped = [check("m", Status.skipped, id=f"m{n}:min") for n in range(60)]
    checks = [check(), check("auc", Status.waived, id="auc:non_inferior"), *skipped]
    text = body(candidate=candidate(verdict=verdict(*checks)))
    assert "Gate: success: 1 pass, 60 skipped, 1 waived" in text
    assert "- waived: `auc:non_inferior`" in text
    assert "… 11 more in the release's `verdict.json`" in text
    assert "Gate: the release holds no verdict." in body(candidate=candidate(verdict=None))


def test_who_let_a_version_through_is_told_with_the_bound_and_where_they_said_it() -> None:
    waiver = Waiver(check="auc:min", reason="*known*", by="ada", until="2026-12-31", floor=0.5)
    judged = verdict(check(), check("auc", Status.waived, id="auc:min", waiver=waiver))
    text = body(candidate=candidate(verdict=judged, overrides=(OVERRIDE,)))
    assert (
        "⚠️ These checks did not pass, and people let v0.2.0 through:\n\n"
        "| check | let pass by | because | while no worse than | until | said |\n"
        "| --- | --- | --- | ---: | --- | --- |\n"
        "| `accuracy:min` | `grace` | the seasonal dip | 0.87 | 2026-12-24 |"
        " [comment](https://example.org/acme/digits/pull/7#issuecomment-501) |\n"
        "| `auc:min` | `ada` | &#42;known&#42; | 0.5 | 2026-12-31 | `merganser.yaml` |\n\n"
    ) in text
    assert "let v0.2.0 through" not in body()
    assert "| `accuracy:min` | `grace` |" in body(candidate=candidate(verdict=None, overrides=(OVERRIDE,)))


def test_overrides_that_are_many_or_lost_are_told() -> None:
    lost = tuple(f"overrides/digits/{n}-1.json" for n in range(60))
    text = body(candidate=candidate(overrides=(OVERRIDE,) * 52, lost=lost))
    assert "| … 2 more in the release | | | | | |" in text
    assert "The version's tag names overrides that the ledger lacks: `overrides/digits/0-1.json`, `over" in text
    assert "`overrides/digits/50-1.json`" not in text
    assert "lacks: `overrides/digits/7-1.json`.\n" in body(candidate=candidate(lost=lost[7:8]))


def test_metrics_may_be_none_or_many() -> None:
    assert "The release names no metrics." in body(candidate=candidate(metrics={}))
    text = body(candidate=candidate(metrics={f"m{n}": 1.0 for n in range(100_000)}))
    assert "| … 99950 more in the release | | | |" in text
    assert len(text) < 60_000


def test_hostile_names_stay_text() -> None:
    hostile = "@org/team ![](http://x) |`<img>\n# h"
    checks = [check(hostile, Status.skipped, id=hostile)]
    text = body(candidate=candidate(metrics={hostile: 1.0}, verdict=verdict(*checks)), requester="@org/team![x](y)")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<img" not in html.replace("&lt;img", "")
    assert "<h1" not in html
    assert html.count("<td") == 4


def test_the_manifest_is_the_targets() -> None:
    files = merged(decide(facts(environments=served(PLAIN))))
    assert [d["kind"] for d in yaml.safe_load_all(files["manifest.yaml"])] == ["Deployment", "Service"]
    assert load_release(files["release.yaml"], "x").target is Target.kubernetes


@pytest.mark.parametrize(
    "other",
    [
        candidate(version=version("0.2.0", commit=ELSEWHERE)),
        candidate(repo="evil/digits"),
        candidate(artifact=Artifact(uri=ARTIFACT.uri, digest="sha256:" + "0" * 64)),
    ],
)
def test_a_tag_of_the_same_name_is_not_the_same_version(other: Candidate) -> None:
    with pytest.raises(ConfigError, match=r"before it runs in staging: digits@v0\.2\.0 runs there"):
        decide(facts(environment="production", before={"staging": file()}, candidate=other))
