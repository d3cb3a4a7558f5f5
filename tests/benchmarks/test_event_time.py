"""From event to comment: how long the workflows take for one pull request, on an empty runner and on a warm one."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from merganser.setup import actions
from merganser.setup.runner import Ran
from tests.commands.stage import CONFIG, REPO, TRAIN, params, prepare_empty
from tests.workflows.runner import TEMPLATES, Runner

MODEL = {"merganser.yaml": CONFIG, "train.py": TRAIN, "params.yaml": params(10, 10)}


@pytest.mark.benchmark
def test_event_to_comment(tmp_path: Path) -> None:
    """An empty runner installs by hash, which is the index's time more than ours: printed, not bounded."""
    with prepare_empty(tmp_path) as life:
        life.push(REPO, MODEL | TEMPLATES, "main")
        runner = Runner(life, tmp_path / "runner")
        shutil.rmtree(runner.act.tools)
        for title, rows in (("empty", 100), ("warm", 150)):
            number = life.propose(title, {"params.yaml": params(rows, rows)})
            ran = actions.deliver(runner.actions, runner.opened(number))
            assert all(one.success for one in ran), [one.log for one in ran]
            print(f"\n{title} runner, {os.cpu_count()} cores: {sum(one.seconds for one in ran):.1f} s", end="")
            _print_steps(ran)
        assert sum(one.seconds for one in ran) < 60


def _print_steps(ran: Sequence[Ran]) -> None:
    for one in ran:
        steps = ", ".join(f"{step.name} {step.seconds:.1f}" for step in one.steps)
        rest = one.seconds - sum(step.seconds for step in one.steps)
        print(f"\n  {Path(one.workflow).stem} {one.seconds:.1f} s: {steps}, the runner itself {rest:.1f}", end="")
