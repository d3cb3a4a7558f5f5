"""Splits scikit-learn's scanned digits into training and holdout rows, and cleans the training rows alone."""

from pathlib import Path

import numpy as np
import yaml
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

BLACK = 16

params = yaml.safe_load(Path("params.yaml").read_text())["prepare"]
images, labels = load_digits(return_X_y=True)
train, holdout = train_test_split(
    np.arange(len(labels)), test_size=params["holdout"], random_state=params["seed"], stratify=labels
)

if params["max_saturated"] is not None:
    saturated = (images[train] >= BLACK).sum(axis=1)
    train = train[saturated <= params["max_saturated"]]

Path("data").mkdir(exist_ok=True)
for name, rows in {"train": train, "holdout": np.sort(holdout)}.items():
    np.savez_compressed(f"data/{name}.npz", row_id=rows, images=images[rows], labels=labels[rows])
    print(f"{name}: {len(rows)} rows")
