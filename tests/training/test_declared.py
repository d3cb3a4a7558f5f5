"""The model's path where `dvc.yaml` declares it: taken, compared, refused."""

from pathlib import Path

import pytest

from merganser.errors import ConfigError
from merganser.training.declared import model_path

DECLARED = """\
stages:
  train: {cmd: python train.py, outs: [models/m.bin]}
artifacts:
  m: {path: models/m.bin, type: model, desc: Says who leaves, labels: [churn]}
  plain: {path: ./models/plain/}
  table: {path: data/t.csv, type: dataset}
  outside: {path: ../m.bin, type: model}
  resolved: {path: "models/${name}.bin", type: model}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dvc.yaml").write_text(DECLARED)
    return tmp_path


@pytest.mark.parametrize(
    ("model", "configured", "path"),
    [
        ("m", "", "models/m.bin"),
        ("m", "models/m.bin", "models/m.bin"),
        ("plain", "", "models/plain"),
        ("other", "out.bin", "out.bin"),
        ("table", "out.bin", "out.bin"),
        ("resolved", "models/x.bin", "models/x.bin"),
    ],
)
def test_what_is_declared_or_configured_is_the_path(model: str, configured: str, path: str, folder: Path) -> None:
    assert model_path(folder, model, configured) == path


@pytest.mark.parametrize(
    ("model", "configured", "said"),
    [
        ("m", "out.bin", "is 'out.bin', and in dvc.yaml 'models/m.bin'"),
        ("other", "", "is not said, nor does dvc.yaml declare a model other"),
        ("table", "", "is not said, nor does dvc.yaml declare a model table"),
        ("outside", "", "leads out of the model's folder"),
        ("resolved", "", "which only DVC resolves"),
    ],
)
def test_what_contradicts_or_is_missing_is_an_error(model: str, configured: str, said: str, folder: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        model_path(folder, model, configured)
    assert said in refused.value.message


def test_without_dvc_the_configuration_alone_speaks(tmp_path: Path) -> None:
    assert model_path(tmp_path, "m", "out.bin") == "out.bin"
    with pytest.raises(ConfigError, match="is not said"):
        model_path(tmp_path, "m", "")
