"""The judge example really runs: prompts are trained and gated as bundles, to the answers that its README promises."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples/judge"
README = (EXAMPLE / "README.md").read_text()
ROWS = re.findall(r"^\| `(.+?)` \| ([\d.]+) \| (\d+) % \| (.+) \|$", README, flags=re.MULTILINE)
HEALTH = "mean(helpfulness):not_worse@topic=health"


def run(folder: Path, *command: str, exit_code: int = 0) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == exit_code, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The bundle of each prompt in the README's table, in its order."""
    folder = tmp_path_factory.mktemp("judge") / "repo"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("eval", ".merganser", "__pycache__"))
    run(folder, "git", "init", "--quiet", "--initial-branch=main")
    return [train(folder, prompt, f"prompt-{number}") for number, (prompt, *_) in enumerate(ROWS)]


def train(folder: Path, prompt: str, name: str) -> Path:
    file = folder / "params.yaml"
    file.write_text(re.sub(r"^prompt: .*$", f"prompt: {prompt}", file.read_text(), flags=re.MULTILINE))
    run(folder, "git", "add", "--all")
    author = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    run(folder, "git", *author, "commit", "--quiet", "--allow-empty", "--message", "A prompt")
    command = [sys.executable, "-m", "merganser", "train", "assistant", "--out", f".merganser/{name}"]
    return Path(run(folder, *command).strip())


def gated(candidate: Path, baseline: Path, exit_code: int) -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "merganser", "gate", str(candidate), "--baseline", str(baseline), "--json"]
    verdict = json.loads(run(candidate.parents[1], *command, exit_code=exit_code))
    return {check["id"]: check for check in verdict["checks"]}


def test_the_table_begins_with_the_prompt_that_is_committed() -> None:
    assert len(ROWS) == 3
    assert f"prompt: {ROWS[0][0]}\n" in (EXAMPLE / "params.yaml").read_text()


def test_each_prompt_is_as_helpful_and_refuses_as_often_as_written(bundles: list[Path]) -> None:
    for (_, helpful, refused, _), bundle in zip(ROWS, bundles, strict=True):
        judged = [json.loads(line) for line in (bundle / "predictions.jsonl").read_text().splitlines()]
        assert len(judged) == 1450
        assert {row["topic"] for row in judged} == {"sums", "time", "letters", "health"}
        assert {row["helpfulness"] for row in judged} <= {1, 2, 3, 4, 5}
        assert f"{sum(row['helpfulness'] for row in judged) / 1450:.3f}" == helpful
        assert f"{100 * sum(row['refused'] for row in judged) / 1450:.0f}" == refused


def test_the_line_in_the_readme_is_one_of_those_that_are_written(bundles: list[Path]) -> None:
    (line,) = re.findall(r"^```json\n(.*)\n```$", README, flags=re.MULTILINE)
    assert line in (bundles[0] / "predictions.jsonl").read_text().splitlines()


def test_the_prompt_that_thinks_passes_and_the_one_that_refuses_fails(bundles: list[Path]) -> None:
    before, thinks, refuses = bundles
    checks = gated(thinks, before, exit_code=0)
    assert {check["status"] for check in checks.values()} == {"pass"}
    assert "improved" in checks["mean(helpfulness):non_inferior"]["notes"]

    checks = gated(refuses, before, exit_code=1)
    failed = {name for name, check in checks.items() if check["status"] == "fail"}
    assert failed == {"rate(refused):non_inferior", HEALTH}
    assert "improved" in checks["mean(helpfulness):non_inferior"]["notes"]
    assert (checks[HEALTH]["baseline"], checks[HEALTH]["candidate"]) == (pytest.approx(3.868), 1)


def test_the_same_prompt_is_the_same_model(bundles: list[Path]) -> None:
    checks = gated(bundles[0], bundles[0], exit_code=0)
    assert all("identical" in check["notes"] for check in checks.values() if check["rule"] != "min")
