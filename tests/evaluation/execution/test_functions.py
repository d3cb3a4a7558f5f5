"""Metrics found by name: scikit-learn's with what they want, and functions of a user's own folder."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sklearn.metrics

from merganser.errors import ConfigError
from merganser.evaluation.execution.functions import find_metric
from merganser.evaluation.metrics import SKLEARN_DOWN, SKLEARN_UP
from merganser.evaluation.statistics.resampling import Wants

OWN = """
from sklearn.metrics import f1_score

def cost(labels, said, sample_weight=None): return 1.0
def plain(labels, /, said): return 2.0
def lift(labels, y_score, *, sample_weight): return 3.0
def keyed(labels, probabilities, **rest): return 4.0
def one(labels): return 0.0
def any_number(*labels): return 0.0
def greedy(labels, said, price, *, tax): return 0.0
number = 5
"""


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Imports look where they did before, and none of these tests' modules is known."""
    monkeypatch.setattr("sys.path", [*sys.path])
    yield
    for name in [name for name in sys.modules if name.startswith("own_")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "wants", "weighs"),
    [
        ("matthews_corrcoef", Wants.predictions, True),
        ("f1_score", Wants.predictions, True),
        ("median_absolute_error", Wants.predictions, True),
        ("max_error", Wants.predictions, False),
        ("adjusted_rand_score", Wants.predictions, False),
        ("cohen_kappa_score", Wants.predictions, True),
        ("zero_one_loss", Wants.predictions, True),
        ("average_precision_score", Wants.scores, True),
        ("log_loss", Wants.scores, True),
        ("brier_score_loss", Wants.scores, True),
        ("d2_log_loss_score", Wants.scores, True),
        ("roc_auc_score", Wants.scores, True),
        ("top_k_accuracy_score", Wants.scores, True),
        ("hinge_loss", Wants.scores, True),
        ("ndcg_score", Wants.scores, True),
    ],
)
def test_functions_of_scikit_learn(name: str, wants: Wants, weighs: bool) -> None:
    found = find_metric(name)
    assert (found.call, found.wants, found.weighs, found.folder) == (getattr(sklearn.metrics, name), wants, weighs, "")


@pytest.mark.parametrize("name", sorted(SKLEARN_UP | SKLEARN_DOWN))
def test_every_name_that_the_gate_knows_is_found(name: str) -> None:
    assert find_metric(name).name == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("matthews_corcoef", "`matthews_corcoef` of labels and predictions; did you mean matthews_corrcoef?"),
        ("ConfusionMatrixDisplay", "no metric `ConfusionMatrixDisplay`"),
        ("silhouette_score", "no metric `silhouette_score`"),
        ("fbeta_score", "fbeta_score also wants beta"),
    ],
)
def test_what_scikit_learn_does_not_have(name: str, said: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        find_metric(name)
    assert said in wrong.value.message
    assert wrong.value.hint


@pytest.mark.parametrize(
    ("name", "wants", "weighs"),
    [
        ("cost", Wants.predictions, True),
        ("plain", Wants.predictions, False),
        ("lift", Wants.scores, True),
        ("keyed", Wants.scores, False),
        ("f1_score", Wants.predictions, True),
    ],
)
def test_functions_of_ones_own(tmp_path: Path, name: str, wants: Wants, weighs: bool) -> None:
    package = tmp_path / f"own_{name}"
    package.mkdir()
    (package / "metrics.py").write_text(OWN)
    found = find_metric(f"own_{name}.metrics.{name}", str(tmp_path))
    assert (found.call.__name__, found.wants, found.weighs, found.folder) == (name, wants, weighs, str(tmp_path))
    assert find_metric(f"own_{name}.metrics.{name}", str(tmp_path)) is found
    assert sys.path.count(str(tmp_path)) == 1


def test_a_function_of_an_installed_package() -> None:
    assert find_metric("sklearn.metrics.f1_score").weighs


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("plane", "own_wrong has no function `plane`; did you mean plain?"),
        ("number", "own_wrong has no function `number`; did you mean any_number?"),
        ("one", "own_wrong.one does not take labels and predictions"),
        ("any_number", "own_wrong.any_number does not take labels and predictions"),
        ("greedy", "own_wrong.greedy also wants price, tax"),
    ],
)
def test_functions_that_are_none(tmp_path: Path, function: str, said: str) -> None:
    (tmp_path / "own_wrong.py").write_text(OWN)
    with pytest.raises(ConfigError) as wrong:
        find_metric(f"own_wrong.{function}", str(tmp_path))
    assert wrong.value.message == said
    assert "one number" in wrong.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import own_absent", "own_broken can't be imported: ModuleNotFoundError: No module named 'own_absent'"),
        ("def cost(:", "own_broken can't be imported: SyntaxError: invalid syntax"),
        ("raise SystemExit", "own_broken can't be imported: SystemExit: "),
        ("raise RuntimeError('no\\nway')", "own_broken can't be imported: RuntimeError: no"),
    ],
)
def test_modules_that_break(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "own_broken.py").write_text(text)
    with pytest.raises(ConfigError) as wrong:
        find_metric("own_broken.cost", str(tmp_path))
    assert wrong.value.message.startswith(said)
    assert wrong.value.hint == "Try it: python -c 'import own_broken'"


@pytest.mark.parametrize(
    ("name", "missing"), [("own_nowhere.metrics.cost", "own_nowhere"), ("own_there.metrics.cost", "own_there.metrics")]
)
def test_modules_that_are_not_there(tmp_path: Path, name: str, missing: str) -> None:
    (tmp_path / "own_there").mkdir()
    (tmp_path / "own_there" / "__init__.py").touch()
    with pytest.raises(ConfigError) as wrong:
        find_metric(name, str(tmp_path))
    assert wrong.value.message == f"{name}: there is no module `{missing}` in {tmp_path}, nor is it installed"
    with pytest.raises(ConfigError, match="there is no module `own_never` installed"):
        find_metric("own_never.cost")


def test_parameters_have_to_be_told() -> None:
    with pytest.raises(ConfigError, match=r"builtins\.dict can't be asked for its parameters"):
        find_metric("builtins.dict")
