"""From where sealed labels are taken, whose word counts for that, and when they are none."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from merganser.commands.carry_out import Workbench
from merganser.commands.report.change import Change
from merganser.commands.report.sealed import Sealing, labels_of
from merganser.config import Config
from merganser.config.file import load_config
from merganser.errors import ConfigError, DataError
from merganser.forge.ci.runtime import Runtime
from merganser.git import Repository
from merganser.storage import objects
from tests.training.conftest import ModelRepo

CONFIG = """\
version: 1
models:
  m:
    path: models/m
    task: multiclass
    artifact: {path: model.bin}
    predictions: {file: p.csv, key: id, prediction: pred}
    labels: {uri: "URI", key: id, label: y, DIGEST}
"""
LABELS, OTHERS = b"id,y\n1,a\n", b"id,y\n1,b\n"
DIGEST = f"digest: 'sha256:{hashlib.sha256(LABELS).hexdigest()}'"


def config(uri: str = "dvc://data/holdout.csv", digest: str = "") -> Config:
    return load_config(CONFIG.replace("URI", uri).replace("DIGEST", digest).encode(), "merganser.yaml")


def pointer(content: bytes, remote: str = "") -> str:
    md5 = hashlib.md5(content).hexdigest()
    said = f"  remote: {remote}\n" if remote else ""
    return f"outs:\n- md5: {md5}\n  size: {len(content)}\n  hash: md5\n  path: holdout.csv\n{said}"


@pytest.fixture
def repo(empty: ModelRepo, tmp_path: Path) -> ModelRepo:
    """Main tracks labels with DVC, whose default remote holds two files of them."""
    for content in (LABELS, OTHERS):
        md5 = hashlib.md5(content).hexdigest()
        file = tmp_path / "remote/files/md5" / md5[:2] / md5[2:]
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    settings = f"[core]\n    remote = here\n['remote \"here\"']\n    url = {tmp_path / 'remote'}\n"
    empty.commit(__dvc___config=settings, models___m___data___holdout__csv__dvc=pointer(LABELS))
    return empty


@pytest.fixture
def empty(tmp_path: Path) -> ModelRepo:
    made = ModelRepo(tmp_path / "repo")
    made.folder.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    return made


@pytest.fixture
def sealing(repo: ModelRepo, tmp_path: Path) -> Callable[..., Sealing]:
    """What is judged: HEAD as a pull request into main, or as a push, of a model that main knows or doesn't."""
    main = repo.git("rev-parse", "HEAD")
    (tmp_path / "work").mkdir()

    def made(rules: Config, *, known: bool = True, pushed: bool = False, policy: Config | None = None) -> Sealing:
        head = repo.git("rev-parse", "HEAD")
        change = Change(
            base=main,
            tree=repo.git("rev-parse", "HEAD^{tree}"),
            policy_commit=main,
            policy=rules if known else policy,
            config=rules,
            digests={},
            touched=("m",),
        )
        place = Workbench(runtime=Runtime(), forge=cast(Any, None), folder=tmp_path / "work")
        mirror = Repository(repo.folder)
        return Sealing(place=place, mirror=mirror, change=change, head=head, tip=main, pushed=pushed)

    return made


def fetched(found: Path | None) -> bytes:
    assert found is not None
    return found.read_bytes()


def test_the_pointer_is_that_of_the_rules_and_the_path_starts_where_it_says(
    repo: ModelRepo, sealing: Callable[..., Sealing]
) -> None:
    repo.commit(models___m___data___holdout__csv__dvc=pointer(OTHERS), __dvc___config="[core]\n")
    assert fetched(labels_of(sealing(config()), "m", None)) == LABELS
    assert fetched(labels_of(sealing(config("dvc:///models/m/data/holdout.csv")), "m", None)) == LABELS


def test_a_new_models_labels_are_those_that_main_tracks(repo: ModelRepo, sealing: Callable[..., Sealing]) -> None:
    repo.commit(models___m___data___holdout__csv__dvc=pointer(OTHERS))
    assert fetched(labels_of(sealing(config(), known=False), "m", None)) == LABELS
    repo.commit(models___m___new__csv__dvc=pointer(OTHERS).replace("holdout", "new"))
    with pytest.raises(DataError, match="DVC tracks no models/m/new") as refused:
        labels_of(sealing(config("dvc://new.csv"), known=False), "m", None)
    assert "merge models/m/new.csv.dvc before" in refused.value.hint


def test_a_new_models_labels_of_a_push_are_its_own(repo: ModelRepo, sealing: Callable[..., Sealing]) -> None:
    repo.commit(models___m___data___holdout__csv__dvc=pointer(OTHERS))
    assert fetched(labels_of(sealing(config(), known=False, pushed=True), "m", None)) == OTHERS


def of_new_model(uri: str, theirs: str) -> tuple[Config, Config]:
    """Main's configuration, whose model `churn` has sealed labels, and that of a pull request that adds `m`."""
    main = msgspec.structs.replace(config(), models={"churn": config(theirs, DIGEST).models["m"]})
    return main, msgspec.structs.replace(main, models={**main.models, "m": config(uri).models["m"]})


@pytest.mark.parametrize(
    ("uri", "theirs"),
    [
        ("dvc:///models/m/data/holdout.csv", "dvc://data/holdout.csv"),
        ("dvc://data/copy.csv", "dvc://data/holdout.csv"),
        ("dvc://all/one.csv", "dvc://all"),
        ("dvc://all", "dvc://all/one.csv"),
        ("dvc://copies/one.csv", "dvc://all/one.csv"),
    ],
)
def test_a_new_model_of_a_pull_request_is_not_judged_by_anothers_sealed_labels(
    uri: str, theirs: str, repo: ModelRepo, sealing: Callable[..., Sealing]
) -> None:
    """It would come with a gate, slices and a count of attempts of its own, as often as it gets another name."""
    folder = f"outs:\n- md5: {'1' * 32}.dir\n  size: 9\n  hash: md5\n  path: all\n"
    main = repo.commit(
        models___m___data___copy__csv__dvc=pointer(LABELS).replace("holdout", "copy"),
        models___m___all__dvc=folder,
        models___m___copies__dvc=folder.replace("all", "copies"),
    )
    policy, rules = of_new_model(uri, theirs)
    asked = msgspec.structs.replace(sealing(rules, known=False, policy=policy), tip=main)
    with pytest.raises(ConfigError, match="holds the sealed labels of churn") as refused:
        labels_of(asked, "m", None)
    assert "Merge the model without labels first" in refused.value.hint


def test_a_new_model_has_labels_beside_those_of_others(repo: ModelRepo, sealing: Callable[..., Sealing]) -> None:
    main = repo.commit(models___m___data___other__csv__dvc=pointer(OTHERS).replace("holdout", "other"))
    for theirs in ("dvc://data/holdout.csv", "dvc://data/other", "dvc://gone.csv", "s3://bucket/labels.csv"):
        policy, rules = of_new_model("dvc://data/other.csv", theirs)
        asked = msgspec.structs.replace(sealing(rules, known=False, policy=policy), tip=main)
        assert fetched(labels_of(asked, "m", None)) == OTHERS
    policy, rules = of_new_model("dvc://data/other.csv", "dvc://data/other.csv")
    asked = msgspec.structs.replace(sealing(rules, known=False, pushed=True, policy=policy), tip=main)
    assert fetched(labels_of(asked, "m", None)) == OTHERS


def test_labels_that_git_holds_are_not_sealed(repo: ModelRepo, sealing: Callable[..., Sealing], tmp_path: Path) -> None:
    given = tmp_path / "labels.csv"
    given.write_bytes(LABELS)
    assert labels_of(sealing(config()), "m", given) == given
    repo.commit(copies___hidden__txt=LABELS.decode())
    for file in (None, given):
        with pytest.raises(DataError, match=r"committed to git as 'copies/hidden\.txt', so they are not sealed"):
            labels_of(sealing(config()), "m", file)
    (repo.folder / "copies/hidden.txt").unlink()
    repo.commit()
    with pytest.raises(DataError, match="committed to git in an earlier commit"):
        labels_of(sealing(config()), "m", None)


def test_a_file_of_the_machine_is_for_models_that_main_knows(sealing: Callable[..., Sealing], tmp_path: Path) -> None:
    file = tmp_path / "holdout.csv"
    rules = config(f"file://{file}", DIGEST)
    with pytest.raises(DataError, match="there is no file"):
        labels_of(sealing(rules), "m", None)
    file.write_bytes(LABELS)
    assert labels_of(sealing(rules), "m", None) == file
    with pytest.raises(ConfigError, match="the default branch alone says"):
        labels_of(sealing(rules, known=False), "m", None)


def test_no_address_of_a_pull_requests_own_is_asked_with_our_credentials(
    sealing: Callable[..., Sealing], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(objects, "fetch_address", lambda url, into, cap: asked.append(url) or into)
    rules = config("s3://a-bucket-of-mine/labels.csv", DIGEST)
    with pytest.raises(ConfigError, match="the default branch alone says"):
        labels_of(sealing(rules, known=False), "m", None)
    assert asked == []


@pytest.mark.parametrize(
    ("settings", "remote", "said"),
    [
        ("", "", "the default branch has no .dvc/config"),
        ("[core]\n", "", "names no default remote"),
        ("[core]\n", "vault", "has no remote 'vault'"),
        ("[core]\nremote = a\n['remote \"a\"']\nurl = /nowhere/at/all\n", "", "the remote a lacks"),
    ],
)
def test_labels_that_cannot_be_had_say_why(
    settings: str, remote: str, said: str, empty: ModelRepo, tmp_path: Path
) -> None:
    if settings:
        empty.write(__dvc___config=settings)
    head = empty.commit(models___m___data___holdout__csv__dvc=pointer(LABELS, remote))
    change = Change(
        base=head, tree=head, policy_commit=head, policy=config(), config=config(), digests={}, touched=("m",)
    )
    place = Workbench(runtime=Runtime(), forge=cast(Any, None), folder=tmp_path)
    mirror = Repository(empty.folder)
    where = Sealing(place=place, mirror=mirror, change=change, head=head, tip=head, pushed=False)
    with pytest.raises((ConfigError, DataError)) as refused:
        labels_of(where, "m", None)
    assert said in refused.value.message
    assert refused.value.hint


def test_a_lacking_extra_is_named(sealing: Callable[..., Sealing], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dvc.config", None)
    with pytest.raises(ConfigError, match="the extra `dvc`"):
        labels_of(sealing(config()), "m", None)
