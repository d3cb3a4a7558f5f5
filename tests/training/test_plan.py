"""`merganser plan`: touched models, and the recorded runs that make a training unnecessary."""

import datetime
import json
from pathlib import Path

import msgspec
import pytest

from merganser.commands.observing.checkout import Occasion
from merganser.commands.plan import Base, Before, Facts, Job, JobMatrix, PlanRequest, Reuse, decide, plan, request
from merganser.config import Artifact, Config, Gate, Model, OnMissingBaseline, Train
from merganser.errors import ConfigError, DataError
from merganser.evaluation.verdict import RunRef
from merganser.forge.ci.runtime import Runtime
from merganser.registry.ledger import Kept, Place, Recorded, RemotePlace, RunRecord, run_record
from merganser.registry.lineage import Own
from merganser.run import BundleFile, Environment, Run, Source
from tests.training.conftest import CONFIG, ModelRepo

TWO = CONFIG + "  n:\n    path: n\n    artifact: {path: x}\n    train: {run: make, timeout: 61s}\n"
DIGEST = "sha256:" + "a" * 64
TREE, HEAD = "7" * 40, "8" * 40


def names(matrix: JobMatrix) -> list[str]:
    return [job.model for job in matrix.include]


def planned(repo: ModelRepo, base: str | None = None, occasion: Occasion | None = None) -> JobMatrix:
    return plan(PlanRequest(folder=repo.folder, base=base, occasion=occasion or Occasion()))


def test_a_first_commit_touches_every_model(repo: ModelRepo) -> None:
    matrix = planned(repo)
    assert names(matrix) == ["m"]
    digest = matrix.include[0].inputs_digest
    expected = {"model": "m", "inputs_digest": digest, "timeout_minutes": 11, "reuse": None, "base": None}
    assert json.loads(matrix.to_json()) == {"include": [expected]}
    assert "\n" not in matrix.to_json()
    assert matrix.text().splitlines()[-1].split() == ["m", digest[:19], "needed"]


def test_only_changed_inputs_touch(repo: ModelRepo) -> None:
    repo.commit(merganser__yaml=TWO, n___a__c="1")
    assert names(planned(repo)) == ["n"]
    repo.commit(notes__txt="x")
    assert names(planned(repo)) == []
    assert planned(repo).text() == "No model is touched."
    repo.commit(n___a__c="2")
    assert names(planned(repo)) == ["n"]
    assert names(planned(repo, base="HEAD~2")) == ["n"]
    assert names(planned(repo, base="HEAD~3")) == ["n"]
    repo.commit(params__yaml="train: {C: 2}")
    assert names(planned(repo, base="HEAD~3")) == ["m", "n"]
    repo.commit(merganser__yaml=TWO.replace("make", "make all"))
    assert names(planned(repo)) == ["n"]
    assert [job.timeout_minutes for job in planned(repo).include] == [24]  # and as long for the base


def test_a_gate_alone_touches_nothing(repo: ModelRepo) -> None:
    repo.commit(merganser__yaml=CONFIG + "    gate: {metrics: {accuracy: {min: 0.1}}}\n")
    assert names(planned(repo)) == []


def test_the_training_workflow_touches_every_model(repo: ModelRepo) -> None:
    repo.commit(**{"__github___workflows___merganser-train__yml": "on: push"})
    assert names(planned(repo)) == ["m"]


def test_a_base_without_configuration_or_with_a_broken_one_makes_all_new(repo: ModelRepo, empty: ModelRepo) -> None:
    good = repo.git("rev-parse", "HEAD")
    repo.git("rm", "--quiet", "merganser.yaml")
    bare = repo.commit()
    broken = repo.commit(merganser__yaml="version: 9")
    repo.commit(merganser__yaml=CONFIG)
    assert names(planned(repo, base=bare)) == ["m"]
    assert names(planned(repo, base=broken)) == ["m"]
    assert names(planned(repo, base=good)) == []


def test_what_a_pull_request_merges_with_is_its_base(repo: ModelRepo) -> None:
    old = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "--quiet", "-b", "change")
    head = repo.commit(notes__txt="x")
    repo.git("checkout", "--quiet", "main")
    repo.commit(params__yaml="train: {C: 5}")
    repo.git("merge", "--quiet", "--no-edit", "--no-ff", "change")
    assert names(planned(repo, occasion=Occasion(event="pull_request", head=head, base=old))) == []
    other = Occasion(event="merge_group", head="9" * 40, base=old)
    assert names(planned(repo, occasion=other)) == ["m"]


def test_a_queues_group_is_all_that_it_adds_to_the_default_branch(repo: ModelRepo) -> None:
    """The second group builds on the first, which GitHub calls its base: what that touches is touched by both."""
    repo.git("checkout", "--quiet", "-b", "one")
    repo.commit(params__yaml="train: {C: 5}")
    repo.git("checkout", "--quiet", "-b", "two", "main")
    repo.commit(notes__txt="x")
    repo.git("update-ref", "refs/remotes/origin/main", "main")
    repo.git("checkout", "--quiet", "--detach", "main")
    groups = []
    for name in ("one", "two"):
        repo.git("merge", "--quiet", "--no-edit", "--no-ff", name)
        groups.append(repo.git("rev-parse", "HEAD"))
    group = Occasion(event="merge_group", head=groups[1], base=groups[0], branch="main")
    assert names(planned(repo, occasion=group)) == ["m"]
    repo.git("update-ref", "refs/remotes/origin/main", groups[0])
    assert names(planned(repo, occasion=group)) == []


def test_a_base_that_wasnt_fetched_is_an_error_with_its_cure(repo: ModelRepo) -> None:
    with pytest.raises(DataError, match="is not in this clone") as wrong:
        planned(repo, occasion=Occasion(event="pull_request", head="9" * 40, base="1" * 40))
    assert "fetch-depth" in wrong.value.hint
    with pytest.raises(ConfigError, match="names no commit"):
        planned(repo, base="--output=pwn")


def test_outside_of_a_model_repo(empty: ModelRepo, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is in no usable git clone"):
        plan(PlanRequest(folder=tmp_path))
    with pytest.raises(ConfigError, match="has no commit yet"):
        planned(empty)
    empty.commit(a="1")
    with pytest.raises(ConfigError, match=r"merganser\.yaml is missing"):
        planned(empty)
    empty.write(merganser__yaml=CONFIG)
    with pytest.raises(ConfigError, match="isn't committed"):
        planned(empty)


def record(**changes: object) -> RunRecord:
    """A recorded run of a pull request, 3, not merged."""
    merged, time = bool(changes.pop("merged", False)), str(changes.pop("time", "2026-01-01T00:00:00Z"))
    at = changes.pop("at", RunRef(id=50, attempt=1))
    assert isinstance(at, RunRef)
    run = Run(
        model="m", inputs_digest=DIGEST, tree=TREE, commit="6" * 40, head=HEAD, event="pull_request", pull_request=3,
        environment=Environment(python="3", platform="x"), source=Source(ci="github", run_id=40, attempt=2),
        started="s", finished="f",
    )  # fmt: skip
    run = msgspec.structs.replace(run, **changes)
    recorded = Recorded(time=time, by="b", event="push" if merged else "pull_request", merged=merged, commit="5" * 40)
    return RunRecord(path=run_record(run, recorded, at).path, run=run, recorded=recorded)


def reuse(occasion: Occasion, *records: RunRecord, own: Own | None = None) -> Reuse | None:
    facts = Facts(
        config=Config(version=1, models={"m": Model(artifact=Artifact(path="m"), train=Train(timeout=60))}),
        base_digests={},
        digests={"m": DIGEST},
        occasion=occasion,
        records={"m": records},
        own=own or Own(),
    )
    return decide(facts).include[0].reuse


@pytest.mark.parametrize(
    ("event", "records", "wanted"),
    [
        ("push", [], ["m"]),
        ("push", [record()], ["m"]),
        ("push", [record(merged=True)], []),
        ("pull_request", [], []),
    ],
)
def test_a_push_also_trains_what_no_merged_run_is_recorded_of(
    event: str, records: list[RunRecord], wanted: list[str]
) -> None:
    facts = Facts(
        config=Config(version=1, models={"m": Model(artifact=Artifact(path="m"))}),
        base_digests={"m": DIGEST},
        digests={"m": DIGEST},
        occasion=Occasion(event=event),
        records={"m": tuple(records)},
    )
    assert names(decide(facts)) == wanted


PULL = Occasion(event="pull_request", number=3)
PUSH = Occasion(event="push")
KNOWN = Reuse(run_id=40, attempt=2, record=f"runs/m/{'a' * 12}-50-1.json")


def test_what_stands_in_is_reused() -> None:
    assert reuse(PULL, record(), own=Own(pulls=frozenset({3}))) == KNOWN
    assert reuse(PULL, record(), own=Own(pulls=frozenset({4}))) is None


def test_the_newest_record_counts() -> None:
    old, new = record(merged=True), record(merged=True, time="2026-02-01T00:00:00Z", at=RunRef(id=9, attempt=1))
    assert reuse(PUSH, new, old) == reuse(PUSH, old, new) == msgspec.structs.replace(KNOWN, record=new.path)


def with_ledger(repo: ModelRepo, digest: str) -> None:
    """A ledger branch that holds one merged run of exactly these inputs."""
    found = record(merged=True, inputs_digest=digest)
    file = run_record(found.run, found.recorded, RunRef(id=50, attempt=1))
    repo.git("checkout", "--quiet", "--orphan", "merganser-ledger")
    repo.git("rm", "-rfq", ".")
    path = repo.folder / file.path
    path.parent.mkdir(parents=True)
    path.write_bytes(file.content)
    repo.commit()
    repo.git("checkout", "--quiet", "main")


def test_the_ledger_of_the_clone_is_read(repo: ModelRepo) -> None:
    digest = planned(repo).include[0].inputs_digest
    with_ledger(repo, digest)
    matrix = planned(repo)
    assert matrix.include[0].reuse == Reuse(run_id=40, attempt=2, record=f"runs/m/{digest[7:19]}-50-1.json")
    assert "reuses run 40, attempt 2" in matrix.text()
    rerun = Occasion(event="push", source=Source(ci="github", run_id=1, attempt=2))
    assert planned(repo, occasion=rerun).include[0].reuse is None
    assert planned(repo, occasion=Occasion(event="repository_dispatch")).include[0].reuse is None
    repo.commit(params__yaml="train: {C: 9}")
    assert planned(repo).include[0].reuse is None


def test_the_runtime_fills_the_occasion(tmp_path: Path) -> None:
    assert request(tmp_path, None, Runtime()).occasion == Occasion()
    event = {"before": "1" * 40, "after": "2" * 40}
    runtime = Runtime(event_name="push", event=event, run_id=5, attempt=1, repository="a/b", actor="ada")
    source = Source(ci="github", run_url="https://github.com/a/b/actions/runs/5", run_id=5, attempt=1, actor="ada")
    expected = Occasion(event="push", head="2" * 40, base="1" * 40, source=source)
    assert request(tmp_path, "main", runtime) == PlanRequest(folder=tmp_path, base="main", occasion=expected)


BASE = "b" * 40
NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
FILES = {"predictions": BundleFile(path="p.csv", sha256="0" * 64)}
ARTIFACT = Place(run_id=40, name="merganser-m-2")


def kept(place: Place | RemotePlace | None, time: str = "2026-05-01T00:00:00Z", **changes: object) -> RunRecord:
    found = record(merged=True, time=time, **{"files": FILES, **changes})
    return msgspec.structs.replace(
        found, recorded=msgspec.structs.replace(found.recorded, kept=Kept(predictions=place))
    )


def base_job(before: Before, *records: RunRecord) -> Job:
    own = Model(artifact=Artifact(path="m"), train=Train(timeout=60))
    facts = Facts(
        config=Config(version=1, models={"m": own}), base_digests={}, digests={"m": DIGEST}, occasion=PULL,
        records={"m": records}, own=Own(pulls=frozenset({3})), before=before,
    )  # fmt: skip
    return decide(facts).include[0]


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (None, True),
        (kept(ARTIFACT), False),
        (kept(None), True),
        (kept(ARTIFACT, "2026-03-04T00:00:01Z"), False),  # 90 days before NOW are up at midnight of 3 March
        (kept(ARTIFACT, "2026-03-03T00:00:00Z"), True),
        (kept(RemotePlace(files=()), "2025-01-01T00:00:00Z"), False),
        (kept(None, files={}), False),
    ],
)
def test_base_is_trained_where_it_has_no_run_whose_predictions_may_be_had(
    found: RunRecord | None, wanted: bool
) -> None:
    models = {"m": Model(artifact=Artifact(path="m"), train=Train(timeout=121))}
    records = {"m": found} if found else {}
    job = base_job(Before(commit=BASE, models=models, records=records, now=NOW))
    assert job.base == (Base(commit=BASE, timeout_minutes=13) if wanted else None)
    assert job.timeout_minutes == (11 + 13 if wanted else 11)


def test_base_is_not_trained_where_its_policy_skips_or_it_has_no_such_model() -> None:
    skipping = Model(artifact=Artifact(path="m"), gate=Gate(on_missing_baseline=OnMissingBaseline.skip))
    assert base_job(Before(commit=BASE, models={"m": skipping}, now=NOW)).base is None
    assert base_job(Before(commit=BASE, models={"other": Model()}, now=NOW)).base is None
    assert base_job(Before()).base is None


def test_a_change_that_reuses_a_run_may_lack_its_baseline_alone() -> None:
    job = base_job(Before(commit=BASE, models={"m": Model(train=Train(timeout=60))}, now=NOW), record())
    assert (job.reuse, job.base) == (KNOWN, Base(commit=BASE, timeout_minutes=11))
    assert job.timeout_minutes == 11
    matrix = JobMatrix((job,))
    assert matrix.needed() == matrix
    assert matrix.text().endswith("reuses run 40, attempt 2; base bbbbbbbbbbbb too")


def test_the_base_of_a_clone_is_read_by_its_own_configuration(repo: ModelRepo) -> None:
    base = repo.commit(merganser__yaml=CONFIG.replace("60s", "3m"))
    digest = planned(repo).include[0].inputs_digest  # another timeout is another digest
    repo.commit(params__yaml="train: {C: 9}")
    assert planned(repo).include[0].base == Base(commit=base, timeout_minutes=13)
    assert planned(repo, base=base).include[0].base == Base(commit=base, timeout_minutes=13)
    with_ledger(repo, digest)
    assert planned(repo).include[0].base is None
    broken = repo.commit(merganser__yaml="version: 9")
    repo.commit(merganser__yaml=CONFIG)
    assert planned(repo, base=broken).include[0].base is None


def test_a_workflow_is_told_of_the_jobs_that_are_needed_alone() -> None:
    reused = {"fresh": None, "known": KNOWN, "new": None}
    jobs = [Job(model=name, inputs_digest="sha256:0", timeout_minutes=11, reuse=run) for name, run in reused.items()]
    assert names(JobMatrix(tuple(jobs)).needed()) == ["fresh", "new"]
