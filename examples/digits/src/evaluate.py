"""Predicts every holdout row: one line per row with its key, what is true and what the model says."""

import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

model = joblib.load("models/digits.joblib")
with np.load("data/holdout.npz") as holdout:
    row_id, labels, predicted = holdout["row_id"], holdout["labels"], model.predict(holdout["images"])

Path("eval").mkdir(exist_ok=True)
rows = pd.DataFrame({"row_id": row_id, "label": labels.astype(str), "prediction": predicted.astype(str)})
rows.to_parquet("eval/predictions.parquet", index=False)

accuracy = float((predicted == labels).mean())
Path("metrics.json").write_text(json.dumps({"accuracy": accuracy}, indent=2) + "\n")
print(f"accuracy {accuracy:.4f}")
