"""What a clone says for an audit: data pins of the tagged commit, and reasons where it can say nothing."""

from pathlib import Path

import pytest

from merganser import git
from merganser.commands.audit import clone as audit_clone
from merganser.git import Repository
from merganser.inputs import inputs_digest
from merganser.registry.audit.links import Unknown
from merganser.registry.versions import Version
from tests.commands.stage import CONFIG

FILES = {
    "merganser.yaml": CONFIG.replace("inputs: [train.py, params.yaml]\n", "path: churn\n"),
    "churn/data/train.csv.dvc": "outs:\n- {md5: 0123456789abcdef0123456789abcdef, size: 9, path: train.csv}\n",
    "churn/dvc.lock": (
        "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n"
        "    - {path: raw.csv, md5: fedcba9876543210fedcba9876543210, size: 3}\n"
    ),
    "other/data.csv.dvc": "outs:\n- {md5: ffffffffffffffffffffffffffffffff, path: data.csv}\n",
}


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    git.run(["init", "-q", "."], tmp_path)
    git.run(["add", "."], tmp_path)
    git.run(["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "a"], tmp_path)
    return Repository(tmp_path)


def version(commit: str, model: str = "tiny") -> Version:
    return Version(model=model, version="1.0.0", tag=f"{model}@v1.0.0", commit=commit, registered_at=1)


def test_the_data_that_a_commit_pins_is_told_by_who_pins_it(clone: Repository) -> None:
    found = audit_clone.source(clone, version(clone.text("rev-parse", "HEAD")))
    assert found.tracked == {"data/train.csv": "md5:0123456789abcdef0123456789abcdef"}
    assert found.locked == {"raw.csv": "md5:fedcba9876543210fedcba9876543210"}
    rules = audit_clone.model_at(clone, "HEAD", "tiny")
    assert found.inputs == inputs_digest(clone.entries("HEAD"), rules)


@pytest.mark.parametrize(
    ("commit", "model", "words"),
    [("HEAD", "churn", "has no model 'churn'"), ("0" * 40, "tiny", "git fetch --unshallow")],
)
def test_what_a_clone_does_not_hold_has_its_reason(clone: Repository, commit: str, model: str, words: str) -> None:
    found = audit_clone.source(clone, version(commit, model))
    assert isinstance(found.inputs, Unknown)
    assert words in found.inputs.reason
    assert (found.tracked, found.locked) == ({}, {})
