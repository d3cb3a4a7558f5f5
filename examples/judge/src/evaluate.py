"""Asks every question with the prompt of `params.yaml`, has each answer judged, and writes one line for each."""

import json
from pathlib import Path

import yaml
from assistant import answer
from judge import helpfulness
from questions import questions

prompt = yaml.safe_load(Path("params.yaml").read_text())["prompt"]
rows = []
for question in questions():
    said = answer(prompt, question)
    rows.append(
        {
            "prompt_id": question.prompt_id,
            "topic": question.topic,
            "answer": said.text,
            "helpfulness": helpfulness(question, said),
            "refused": int(said.refused),
        }
    )

Path("eval").mkdir(exist_ok=True)
Path("eval/judged.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
print(f"{len(rows)} answers, helpfulness {sum(row['helpfulness'] for row in rows) / len(rows):.3f}")
