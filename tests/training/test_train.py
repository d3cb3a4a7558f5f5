"""`merganser train`: the whole bundle or nothing, of exactly the commit."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from merganser.commands.observing.checkout import Occasion
from merganser.commands.train.command import TrainRequest, request, train
from merganser.documents import load_json
from merganser.errors import ConfigError, DataError
from merganser.forge.ci.runtime import Runtime
from merganser.run import Artifact, BundleFile, Run, Source
from tests.training.conftest import CONFIG, PIPELINE, ModelRepo


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def run_of(bundle: Path) -> Run:
    return load_json((bundle / "run.json").read_bytes(), "run.json", Run)


def below(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_the_bundle_says_what_was_trained_with_which_result(repo: ModelRepo) -> None:
    bundle = train(TrainRequest(folder=repo.folder, model="m"))
    assert bundle == repo.folder / ".merganser/m"
    assert below(bundle.parent) == [".gitignore", "m-files/model.bin", "m/predictions.csv", "m/run.json"]
    run = run_of(bundle)
    commit = repo.git("rev-parse", "HEAD")
    assert (run.model, run.commit, run.head, run.base) == ("m", commit, commit, "")
    assert run.tree == repo.git("rev-parse", "HEAD^{tree}")
    assert (run.event, run.pull_request, run.source) == ("local", None, Source())
    assert run.params == {"train.C": 0.1, "train.on": "yes"}
    assert run.metrics == {"accuracy": 0.5, "nested.loss": 2.0}
    assert run.artifacts == (Artifact(path="model.bin", sha256=sha256(b"weights"), size=7),)
    predictions = (repo.folder / "p.csv").read_bytes()
    assert run.files == {"predictions": BundleFile(path="predictions.csv", sha256=sha256(predictions), rows=2)}
    assert (bundle / "predictions.csv").read_bytes() == predictions
    assert run.budgets["artifact_mb"] == 7e-06
    assert 0 < run.budgets["train_seconds"] < 60
    assert run.environment.platform == f"{os.uname().sysname.lower()}-{os.uname().machine}"
    assert "msgspec" in run.environment.packages
    assert run.started <= run.finished
    assert repo.git("status", "--porcelain") == ""


def test_the_digest_is_the_commits_and_moves_with_the_inputs_alone(repo: ModelRepo) -> None:
    first = run_of(train(TrainRequest(folder=repo.folder, model="m"))).inputs_digest
    repo.commit(notes__txt="x")
    assert run_of(train(TrainRequest(folder=repo.folder, model="m"))).inputs_digest == first
    repo.commit(params__yaml="train: {C: 2}\n")
    assert run_of(train(TrainRequest(folder=repo.folder, model="m"))).inputs_digest != first


def ci(repo: ModelRepo, tmp_path: Path, **event: object) -> Runtime:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event))
    return Runtime.from_environ(
        {
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_REPOSITORY": "acme/churn",
            "GITHUB_RUN_ID": "12",
            "GITHUB_RUN_ATTEMPT": "2",
            "GITHUB_ACTOR": "ada",
            "GITHUB_TOKEN": "ghs_canary0123456789",
        }
    )


def test_a_pull_requests_run_names_head_base_and_the_merged_tree(repo: ModelRepo, tmp_path: Path) -> None:
    repo.git("checkout", "--quiet", "-b", "change")
    head = repo.commit(params__yaml="train: {C: 3}\n")
    repo.git("checkout", "--quiet", "main")
    base = repo.commit(README__md="moved on")
    repo.git("merge", "--quiet", "--no-edit", "--no-ff", "change")
    event = {"pull_request": {"number": 7, "head": {"sha": head}, "base": {"sha": "1" * 40}}}
    bundle = train(request(repo.folder, "m", tmp_path / "out", ci(repo, tmp_path, **event)))
    run = run_of(bundle)
    assert (run.head, run.base, run.pull_request, run.event) == (head, base, 7, "pull_request")
    assert run.commit == repo.git("rev-parse", "HEAD")
    url = "https://github.com/acme/churn/actions/runs/12"
    assert run.source == Source(ci="github", run_url=url, run_id=12, attempt=2, actor="ada")
    assert not any(b"canary" in file.read_bytes() for file in tmp_path.glob("out*/**/*") if file.is_file())


def test_an_output_folder_is_relative_to_where_the_command_runs(repo: ModelRepo) -> None:
    repo.commit(sub___x__txt="x")
    assert train(TrainRequest(folder=repo.folder / "sub", model="m", out=Path("o"))) == repo.folder / "sub/o"
    assert below(repo.folder / "sub") == ["o-files/model.bin", "o/predictions.csv", "o/run.json", "x.txt"]


BROKEN = {
    "a failing command": ("print('boom'); raise SystemExit(3)", "failed with exit code 3"),
    "no model": (PIPELINE + "pathlib.Path('model.bin').unlink()", "the model model.bin is missing"),
    "no predictions": (PIPELINE + "pathlib.Path('p.csv').unlink()", r"p\.csv is missing"),
    "no rows": (PIPELINE + "pathlib.Path('p.csv').write_text('id,y,pred\\n')", r"p\.csv has no rows"),
    "no column": (PIPELINE + "pathlib.Path('p.csv').write_text('id,y\\n1,a\\n')", r"p\.csv has no column 'pred'"),
    "NaN": (PIPELINE + "pathlib.Path('metrics.json').write_text('{\"a\": NaN}')", r"metrics\.json: NaN"),
    "no metrics": (PIPELINE + "pathlib.Path('metrics.json').unlink()", r"metrics\.json can't be read"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_fails_leaves_the_last_good_bundle_and_nothing_else(repo: ModelRepo, case: str) -> None:
    bundle = train(TrainRequest(folder=repo.folder, model="m"))
    before = {name: (bundle.parent / name).read_bytes() for name in below(bundle.parent)}
    code, said = BROKEN[case]
    repo.commit(train__py=code)
    with pytest.raises(DataError, match=said):
        train(TrainRequest(folder=repo.folder, model="m"))
    assert {name: (bundle.parent / name).read_bytes() for name in below(bundle.parent)} == before
    assert sorted(p.name for p in bundle.parent.iterdir()) == [".gitignore", "m", "m-files"]


def test_a_first_failure_leaves_no_bundle(repo: ModelRepo) -> None:
    repo.commit(train__py="raise SystemExit(1)")
    with pytest.raises(DataError):
        train(TrainRequest(folder=repo.folder, model="m"))
    assert not (repo.folder / ".merganser").exists()


def test_a_good_run_replaces_the_whole_bundle(repo: ModelRepo) -> None:
    bundle = train(TrainRequest(folder=repo.folder, model="m"))
    (bundle / "stale").write_text("x")
    (bundle.with_name("m-files") / "stale").write_text("x")
    assert train(TrainRequest(folder=repo.folder, model="m")) == bundle
    assert "m/stale" not in below(bundle.parent)
    assert "m-files/stale" not in below(bundle.parent)


def test_a_folder_of_someone_else_is_never_replaced(repo: ModelRepo, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("x")
    with pytest.raises(ConfigError, match="holds something else than a bundle"):
        train(TrainRequest(folder=repo.folder, model="m", out=mine))
    assert below(mine) == ["thesis.tex"]
    with pytest.raises(ConfigError, match="is no folder"):
        train(TrainRequest(folder=repo.folder, model="m", out=mine / "thesis.tex"))
    assert not (repo.folder / "model.bin").exists()


def test_a_models_folder_keeps_its_paths(repo: ModelRepo) -> None:
    code = "for p in ('model/b/2', 'model/a'): q = pathlib.Path(p); q.parent.mkdir(0o755, True, True); q.write_text(p)"
    repo.commit(merganser__yaml=CONFIG.replace("path: model.bin", "path: model"), train__py=PIPELINE + code)
    bundle = train(TrainRequest(folder=repo.folder, model="m"))
    assert [a.path for a in run_of(bundle).artifacts] == ["model/a", "model/b/2"]
    assert below(bundle.with_name("m-files")) == ["model/a", "model/b/2"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("pathlib.Path('model').mkdir(exist_ok=True)", "is missing, empty"),
        ("pathlib.Path('model').mkdir(); pathlib.Path('model/l').symlink_to('/', True)", "a link to a folder: 'l'"),
        ("pathlib.Path('model').mkdir(); pathlib.Path('model/a\\n').write_text('')", "the file name"),
        ("import os; os.mkfifo('model')", "no regular file"),
    ],
)
def test_a_model_that_cant_travel_is_refused(repo: ModelRepo, more: str, said: str) -> None:
    repo.commit(merganser__yaml=CONFIG.replace("path: model.bin", "path: model"), train__py=f"{PIPELINE}\n{more}\n")
    with pytest.raises(DataError, match=said):
        train(TrainRequest(folder=repo.folder, model="m"))


def test_a_linked_model_is_copied_as_a_file(repo: ModelRepo) -> None:
    code = "pathlib.Path('cache').write_bytes(b'w2'); m = pathlib.Path('model.bin'); m.unlink(); m.symlink_to('cache')"
    repo.commit(train__py=PIPELINE + code)
    bundle = train(TrainRequest(folder=repo.folder, model="m"))
    copied = bundle.with_name("m-files") / "model.bin"
    assert not copied.is_symlink()
    assert copied.read_bytes() == b"w2"


def test_a_model_in_a_subfolder_without_predictions(repo: ModelRepo) -> None:
    config = CONFIG.replace("  m:\n", "  m:\n    path: sub\n")
    config = "\n".join(line for line in config.splitlines() if "predictions" not in line)
    repo.commit(merganser__yaml=config, sub___train__py=PIPELINE)
    repo.commit(sub___params__yaml="a: 1\n", sub___x__dvc="outs: [{md5: '1', path: x}]")
    bundle = train(TrainRequest(folder=repo.folder, model="m"))
    run = run_of(bundle)
    assert run.params == {"a": 1}
    assert run.files == {}
    assert [pin.name for pin in run.data] == ["x"]
    assert below(bundle) == ["run.json"]


@pytest.mark.parametrize("name", ["params__yaml", "new__py", "merganser__yaml"])
def test_uncommitted_inputs_warn_a_person_and_stop_ci(
    repo: ModelRepo, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    repo.write(**{name: CONFIG + "# changed\n"} if "yaml" in name and "merg" in name else {name: "a: 1\n"})
    train(TrainRequest(folder=repo.folder, model="m"))
    assert "warning: 1 of the model's inputs differ" in capsys.readouterr().err
    occasion = Occasion(event="push", source=Source(ci="github", run_id=1, attempt=1))
    with pytest.raises(DataError, match="inputs differ from the commit"):
        train(TrainRequest(folder=repo.folder, model="m", out=tmp_path / "o", occasion=occasion))
    assert not (tmp_path / "o").exists()


def test_files_that_are_no_inputs_may_change(repo: ModelRepo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write(notes__txt="x")
    train(TrainRequest(folder=repo.folder, model="m"))
    assert "warning" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"merganser__yaml": CONFIG.replace("  m:", "  other:")}, "has no model 'm'"),
        ({"merganser__yaml": CONFIG.replace("  m:\n", "  m:\n    path: gone\n")}, "matches no file below gone"),
        ({"merganser__yaml": CONFIG.replace("python train.py", "python train.py > x")}, "without a shell"),
    ],
)
def test_configuration_that_doesnt_fit(repo: ModelRepo, change: dict[str, str], said: str) -> None:
    repo.commit(**change)
    with pytest.raises(ConfigError, match=said):
        train(TrainRequest(folder=repo.folder, model="m"))


def test_a_path_that_only_the_commit_has(repo: ModelRepo) -> None:
    config = CONFIG.replace("  m:\n", "  m:\n    path: sub\n")
    repo.commit(merganser__yaml=config, sub___a__py="1", sub___params__yaml="a: 1")
    for file in (repo.folder / "sub").iterdir():
        file.unlink()
    (repo.folder / "sub").rmdir()
    with pytest.raises(ConfigError, match="sub is no folder"):
        train(TrainRequest(folder=repo.folder, model="m"))


def test_an_input_that_leads_out_of_the_repository_is_refused(repo: ModelRepo) -> None:
    (repo.folder / "data.py").symlink_to("../elsewhere.py")
    repo.commit()
    with pytest.raises(DataError, match=r"data\.py is a link that leaves the repository"):
        train(TrainRequest(folder=repo.folder, model="m"))
