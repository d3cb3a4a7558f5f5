"""What a script is found to write and to need, by its text alone."""

import pytest

from merganser.config import Task
from merganser.setup.init.scripts import read, training_script


@pytest.mark.parametrize(
    ("source", "writes"),
    [
        ("joblib.dump(model, 'model.joblib')", ("model.joblib",)),
        ("frame.to_csv('out/predictions.csv', index=False)", ("out/predictions.csv",)),
        ("OUT = 'p.parquet'\nframe.write_parquet(OUT)", ("p.parquet",)),
        ("OUT = 'a.csv'\nOUT = 'b.csv'\nframe.to_csv(OUT)", ()),
        ("frame.to_csv(Path('out') / 'p.csv')", ("out/p.csv",)),
        ("frame.to_csv(os.path.join('out', 'p.csv'))", ("out/p.csv",)),
        ("json.dump(m, open('metrics.json', 'w'))", ("metrics.json",)),
        ("with open('metrics.json', mode='w') as f: f.write('{}')", ("metrics.json",)),
        ("Path('metrics.json').write_text('a.b')", ("metrics.json",)),
        ("with Path('m.pkl').open('wb') as f: pickle.dump(model, f)", ("m.pkl",)),
        ("torch.save(model.state_dict(), './model.pt')", ("model.pt",)),
        ("pd.read_csv('data.csv')\nopen('data.csv')\nopen('data.bin', 'rb')", ()),
        ("frame.to_csv('/tmp/x.csv')\nframe.to_csv('../x.csv')\nframe.to_csv('s3://b/x.csv')", ()),
        ("frame.to_csv(name)\nframe.to_csv(f'{name}.csv')", ()),
        ("def broken(:", ()),
    ],
)
def test_what_a_script_writes(source: str, writes: tuple[str, ...]) -> None:
    assert read(source).writes == writes


def test_what_a_script_needs_is_called_as_it_is_installed() -> None:
    source = "import json, sklearn.svm\nfrom yaml import load\nimport features\nfrom . import near\nimport numpy as np"
    assert read(source, frozenset({"features"})).packages == ("numpy", "pyyaml", "scikit-learn")


@pytest.mark.parametrize(
    ("scripts", "found"),
    [
        ({"train.py": "", "src/train.py": ""}, "train.py"),
        ({"src/train.py": "", "src/pretrain.py": ""}, "src/train.py"),
        ({"src/train_model.py": "", "plot.py": "model.fit(x)"}, "src/train_model.py"),
        ({"run.py": "model.fit(x, y)", "plot.py": "plot()"}, "run.py"),
        ({"a.py": "model.fit(x)", "b.py": "model.fit(x)"}, ""),
        ({"a.py": "model.fit(x)", "test_a.py": "model.fit(x)"}, "a.py"),
        ({}, ""),
    ],
)
def test_which_script_trains(scripts: dict[str, str], found: str) -> None:
    assert training_script(scripts) == found


FRAME = "pd.DataFrame({'row_id': ids, 'label': y, 'prediction': p})"


@pytest.mark.parametrize(
    ("source", "columns"),
    [
        (f"{FRAME}.to_csv('p.csv', index=False)", {"p.csv": ("row_id", "label", "prediction")}),
        (f"frame = {FRAME}\nframe.to_parquet('p.parquet')", {"p.parquet": ("row_id", "label", "prediction")}),
        ("pl.DataFrame(data={'a': [1]}).write_csv('p.csv')", {"p.csv": ("a",)}),
        ("frame = load()\nframe.to_csv('p.csv')", {}),
        ("pd.DataFrame(rows).to_csv('p.csv')", {}),
    ],
)
def test_which_columns_a_script_writes(source: str, columns: dict[str, tuple[str, ...]]) -> None:
    assert read(source).columns == columns


@pytest.mark.parametrize(
    ("source", "task"),
    [
        ("model = LogisticRegression()", Task.multiclass),
        ("model = ensemble.RandomForestClassifier()", Task.multiclass),
        ("model = RidgeCV()", Task.regression),
        ("model = xgb.XGBRegressor()", Task.regression),
        ("a, b = LinearRegression(), SVC()", None),
        ("model = Pipeline(steps)", None),
    ],
)
def test_what_a_scripts_estimator_predicts(source: str, task: Task | None) -> None:
    assert read(source).task is task
