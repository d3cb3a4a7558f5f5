"""Which files make a model, and that its digest changes exactly when one of them does."""

import hashlib
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merganser.config import TRAIN_WORKFLOW, Artifact, Config, Gate, Model, Train
from merganser.errors import ConfigError, DataError
from merganser.inputs import Entry, digests, inputs_digest, matching, refuse_moving, touched

MODEL = Model(artifact=Artifact(path="model.joblib"))


def entry(path: str, content: str = "", mode: str = "100644", kind: str = "blob") -> Entry:
    return Entry(mode, kind, hashlib.sha1(content.encode()).hexdigest(), path)


def paths(model: Model, *names: str) -> list[str]:
    return [found.path for found in matching([entry(name) for name in names], model)]


@pytest.mark.parametrize(
    ("pattern", "hit", "missed"),
    [
        ("src/**", ["src/a.py", "src/b/c.py"], ["src", "srcs/a.py", "x/src/a.py"]),
        ("**/*.py", ["a.py", "src/b/c.py"], ["a.pyc", "src/a.py/b"]),
        ("*.py", ["a.py", ".py"], ["src/a.py"]),
        ("src/*/x?.csv", ["src/a/x1.csv"], ["src/x1.csv", "src/a/x.csv", "src/a/b/x1.csv", "src/a/x/.csv"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a/xb", "ab", "b"]),
        ("**", ["a", "a/b"], []),
        ("a*b*c", ["abc", "axbxbxc"], ["ab", "acb", "abcx"]),
        ("dvc.lock", ["dvc.lock"], ["dvcxlock", "a/dvc.lock"]),
        ("a+b(c).txt", ["a+b(c).txt"], ["aab(c).txt"]),
        ("?", ["é", "\n"], ["ab"]),
    ],
)
def test_a_glob_stays_within_folders_unless_it_says_otherwise(pattern: str, hit: list[str], missed: list[str]) -> None:
    model = msgspec.structs.replace(MODEL, inputs=(pattern,))
    assert paths(model, *hit, *missed) == sorted(hit, key=str.encode)


def test_globs_add_up_and_start_at_the_models_path() -> None:
    model = msgspec.structs.replace(MODEL, path="models/a", inputs=("src/**", "params.yaml"))
    names = ["models/a/src/x.py", "models/a/params.yaml", "models/a/notes.txt", "params.yaml", "models/ab/src/x.py"]
    assert paths(model, *names) == ["models/a/params.yaml", "models/a/src/x.py"]


@pytest.mark.parametrize("pattern", ["src", "nothing/**", "*.PY"])
def test_a_glob_that_matches_nothing_is_an_error_that_names_it(pattern: str) -> None:
    model = msgspec.structs.replace(MODEL, inputs=("src/**", pattern))
    with pytest.raises(ConfigError, match="matches no file") as refused:
        paths(model, "src/a.py")
    assert pattern in refused.value.message
    assert f"{pattern.rstrip('/')}/**" in refused.value.hint


def test_by_default_everything_counts_but_what_reaches_no_model() -> None:
    inputs = ["src/train.py", "dvc.lock", ".dvc/config", "staging/churn/train.py", "a/b/c.yaml", "sub/merganser.yaml"]
    others = [
        "README.md", "README", "docs/a.py", ".github/workflows/x.yml", "merganser.yaml", "environments.yaml",
        "model_card.md.j2", "holds/staging.yaml", "staging/churn/release.yaml", "staging/churn/monitors/m.yaml",
    ]  # fmt: skip
    assert paths(MODEL, *inputs, *others) == sorted(inputs)


def test_no_input_at_all_is_an_error() -> None:
    with pytest.raises(ConfigError, match="nothing lies below models/x"):
        paths(msgspec.structs.replace(MODEL, path="models/x"), "models/xy/a.py")


@pytest.mark.parametrize(
    ("path", "files", "says"),
    [
        (".", ["merganser.yaml"], "all that lies in the repository is configuration, documents or deployments"),
        (".", ["merganser.yaml", "README.md", "docs/a.md"], "(such as 'README.md')"),
        ("models/x", ["models/x/README.md", "a.py"], "all that lies below models/x is configuration, documents"),
    ],
)
def test_what_lies_there_but_reaches_no_model_is_named(path: str, files: list[str], says: str) -> None:
    with pytest.raises(ConfigError, match="no file is an input") as refused:
        paths(msgspec.structs.replace(MODEL, path=path), *files)
    assert says in refused.value.message
    assert "Commit the model's code" in refused.value.hint


def test_the_digest_ignores_order_policy_and_other_files() -> None:
    base = [entry("a.py", "1"), entry("b.py", "2")]
    digest = inputs_digest(base, MODEL)
    assert digest == "sha256:" + hashlib.sha256(_written_out(base)).hexdigest()
    assert inputs_digest(base[::-1], MODEL) == digest
    assert inputs_digest([*base, entry("README.md", "new"), entry("merganser.yaml", "x")], MODEL) == digest
    assert inputs_digest(base, msgspec.structs.replace(MODEL, gate=Gate(confidence=0.9))) == digest


def _written_out(entries: list[Entry]) -> bytes:
    words = ["inputs", str(len(entries))]
    words += [word for e in entries for word in (e.path, e.mode, e.type, e.oid)]
    words += ["workflow", "0", "train", ".", "dvc repro", "7200"]
    return b"merganser.inputs/1\n" + "".join(f"{len(word)}:{word}" for word in words).encode()


@pytest.mark.parametrize(
    "changed",
    [
        [entry("a.py", "2")],
        [entry("a.py", "1", mode="100755")],
        [entry("a.py", "1", mode="120000")],
        [entry("a.py", "1", mode="160000", kind="commit")],
        [entry("b.py", "1")],
        [entry("a.py", "1"), entry("b.py", "1")],
        [entry("a.py", "1"), entry(TRAIN_WORKFLOW, "on: push")],
    ],
)
def test_each_part_of_an_input_changes_the_digest(changed: list[Entry]) -> None:
    assert inputs_digest(changed, MODEL) != inputs_digest([entry("a.py", "1")], MODEL)


@pytest.mark.parametrize("train", [Train(run="make"), Train(timeout=60)])
def test_the_training_section_changes_the_digest(train: Train) -> None:
    changed = msgspec.structs.replace(MODEL, train=train)
    assert inputs_digest([entry("a")], changed) != inputs_digest([entry("a")], MODEL)


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
TREES = st.lists(st.builds(Entry, FIELD, FIELD, FIELD, FIELD), min_size=1, max_size=4, unique_by=lambda e: e.path)


@settings(deadline=None)
@given(TREES, TREES)
def test_two_different_trees_never_share_a_digest(one: list[Entry], other: list[Entry]) -> None:
    every = msgspec.structs.replace(MODEL, inputs=("**",))
    try:
        first, second = (matching(tree, every) for tree in (one, other))
    except ConfigError:
        return
    assert (first == second) == (inputs_digest(one, every) == inputs_digest(other, every))


def test_a_path_that_is_no_utf8_counts_too() -> None:
    odd = [Entry("100644", "blob", "1" * 40, "\udcff.py")]
    assert inputs_digest(odd, MODEL) != inputs_digest([entry("a")], MODEL)


def test_a_hostile_pattern_is_no_denial_of_service() -> None:
    model = msgspec.structs.replace(MODEL, inputs=("*a" * 40 + "*b", "**/a" * 40 + "/b", "x"))
    began = time.process_time()
    with pytest.raises(ConfigError):
        paths(model, "a" * 250, "a/" * 200 + "c")
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("path", "target", "leaves"),
    [
        ("data", "/mnt/data", True),
        ("data", "../data", True),
        ("a/b/link", "../../x", False),
        ("a/b/link", "../../../x", True),
        ("a/link", "./b//c", False),
        ("a/link", "b/../../../x", True),
    ],
)
def test_a_link_that_leaves_the_repository_is_refused(path: str, target: str, leaves: bool) -> None:
    link = entry(path, target, mode="120000")
    targets = {link.oid: target}
    if not leaves:
        return refuse_moving([link, entry("x")], targets)
    with pytest.raises(DataError, match="leaves the repository"):
        refuse_moving([entry("x"), link], targets)
    return None


def test_touched_are_the_new_and_the_changed() -> None:
    assert touched({"a": "1", "b": "2", "gone": "9"}, {"b": "3", "a": "1", "c": "1"}) == ("b", "c")


def test_an_error_names_the_model() -> None:
    config = Config(version=1, models={"churn": msgspec.structs.replace(MODEL, inputs=("nothing",))})
    with pytest.raises(ConfigError, match=r"models\.churn: inputs: nothing"):
        digests([entry("a")], config)


def test_every_model_has_its_digest() -> None:
    config = Config(version=1, models={"a": MODEL, "b": msgspec.structs.replace(MODEL, path="sub")})
    tree = [entry("x"), entry("sub/y")]
    assert digests(tree, config) == {name: inputs_digest(tree, model) for name, model in config.models.items()}
