"""Predicts every holdout row: one line per row with its key, what is true and what the model says."""

import json
from pathlib import Path

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

model = joblib.load("models/digits.joblib")
with np.load("data/holdout.npz") as holdout:
    row_id, labels, predicted = holdout["row_id"], holdout["labels"], model.predict(holdout["images"])

Path("eval").mkdir(exist_ok=True)
rows = {"row_id": row_id, "label": labels.astype(str), "prediction": predicted.astype(str)}
pq.write_table(pa.table(rows), "eval/predictions.parquet")

accuracy = float((predicted == labels).mean())
Path("metrics.json").write_text(json.dumps({"accuracy": accuracy}, indent=2) + "\n")
print(f"accuracy {accuracy:.4f}")
