"""Fits a support vector machine to the training rows."""

from pathlib import Path

import joblib
import numpy as np
import yaml
from sklearn.svm import SVC

params = yaml.safe_load(Path("params.yaml").read_text())["train"]
with np.load("data/train.npz") as train:
    model = SVC(C=params["C"], gamma=params["gamma"]).fit(train["images"], train["labels"])

Path("models").mkdir(exist_ok=True)
joblib.dump(model, "models/digits.joblib")
print(f"{len(model.support_)} support vectors")
