"""The workflows for model repositories: least permissions, pinned actions, no expression in a script, no lost event."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from merganser.config import TRAIN_WORKFLOW
from tests.architecture.layers import REPO

NAMES = ("merganser-train.yml", "merganser-report.yml", "merganser-commands.yml")
REUSABLE = [REPO / ".github" / "workflows" / name for name in NAMES]
TEMPLATES = [REPO / "workflows" / "github" / name for name in NAMES]
ORDER = {"none": 0, "read": 1, "write": 2}


def read(path: Path) -> dict[Any, Any]:
    """A workflow; YAML 1.1 takes the key `on` for true."""
    return dict(yaml.safe_load(path.read_text()))


def jobs(path: Path) -> dict[str, Any]:
    return dict(read(path)["jobs"])


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job.get("steps", [])]


@pytest.mark.parametrize("path", [*REUSABLE, *TEMPLATES], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_is_permitted_but_to_jobs(path: Path) -> None:
    assert read(path)["permissions"] == {}
    assert [name for name, job in jobs(path).items() if "permissions" not in job] == []


def test_the_untrusted_side_can_read_the_repository_and_no_more() -> None:
    for path in (REUSABLE[0], TEMPLATES[0]):
        assert [job["permissions"] for job in jobs(path).values()] == [{"contents": "read"}] * len(jobs(path))
    assert "secrets" not in TEMPLATES[0].read_text()


def test_the_untrusted_side_has_one_secret_and_hands_it_to_one_step() -> None:
    """Credentials for data, which are the caller's to give: explicitly, for a job that runs the change's code."""
    text = REUSABLE[0].read_text()
    assert re.findall(r"secrets\.(\w+)", text) == ["MERGANSER_DATA_CREDENTIALS"]
    [secret] = read(REUSABLE[0])[True]["workflow_call"]["secrets"].values()
    assert secret["required"] is False
    [step] = [step for step in steps(REUSABLE[0]) if "secrets." in str(step)]
    assert step["env"] == {"CREDENTIALS": "${{ secrets.MERGANSER_DATA_CREDENTIALS }}"}
    assert step in jobs(REUSABLE[0])["train"]["steps"]


def test_only_the_untrusted_side_caches() -> None:
    """What a pull request's job could have written is restored by no job that holds a token."""
    cached = {path.name for path in REUSABLE if any("actions/cache@" in step.get("uses", "") for step in steps(path))}
    assert cached == {"merganser-train.yml"}
    keys = [step["with"]["key"] for step in steps(REUSABLE[0]) if "actions/cache@" in step.get("uses", "")]
    assert [re.findall(r"'\*\*/([^']+)'", key) for key in keys] == [
        ["requirements*.txt", "pyproject.toml", "*.lock"],
        ["dvc.lock", "*.dvc"],
    ]


def test_a_base_may_fail_without_the_change() -> None:
    [base] = [step for step in steps(REUSABLE[0]) if "base" in step.get("with", {})]
    assert base["continue-on-error"] is True
    others = [step for step in jobs(REUSABLE[0])["train"]["steps"] if step != base]
    assert not any("continue-on-error" in step for step in others)
    # It comes after all that the change itself leaves.
    names = [step["name"] for step in jobs(REUSABLE[0])["train"]["steps"]]
    assert names.index(base["name"]) > names.index("Keep the model's files")


def test_what_the_caller_permits_is_what_the_called_jobs_need_together() -> None:
    """A called workflow can only shrink what its caller gives; GitHub refuses to start it with less."""
    for called, caller in zip(REUSABLE, TEMPLATES, strict=True):
        needed: dict[str, str] = {}
        for job in jobs(called).values():
            for scope, access in job["permissions"].items():
                needed[scope] = max(access, needed.get(scope, "none"), key=ORDER.__getitem__)
        [job] = jobs(caller).values()
        assert job["permissions"] == needed
        assert job["uses"] == f"OWNER/merganser/.github/workflows/{called.name}@v1"


@pytest.mark.parametrize("path", REUSABLE, ids=lambda path: path.name)
def test_a_reusable_workflow_is_safe(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    ours = re.compile(r"OWNER/merganser/actions/(\w+)@v1")
    foreign = [name for name in used if not ours.fullmatch(name)]
    assert [name for name in foreign if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", name)] == []
    named = [match[1] for name in used if (match := ours.fullmatch(name))]
    assert [name for name in named if not (REPO / "actions" / name / "action.yml").is_file()] == []
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []
    assert [job for job in jobs(path).values() if "timeout-minutes" not in job] == []


@pytest.mark.parametrize("path", REUSABLE, ids=lambda path: path.name)
def test_what_is_given_to_an_action_is_an_input_of_it(path: Path) -> None:
    for step in steps(path):
        if name := re.fullmatch(r"OWNER/merganser/actions/(\w+)@v1", step.get("uses", "")):
            inputs = read(REPO / "actions" / name[1] / "action.yml")["inputs"]
            assert set(step.get("with", {})) <= set(inputs)
            assert {one for one, said in inputs.items() if said.get("required")} <= set(step.get("with", {}))


def test_no_checkout_leaves_its_token_behind() -> None:
    found = [step for path in REUSABLE for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step["with"]["persist-credentials"] for step in found] == [False, False]


def test_the_trusted_side_checks_nothing_out_and_is_never_cancelled() -> None:
    assert [step for step in steps(REUSABLE[1]) if "actions/checkout" in step.get("uses", "")] == []
    assert read(REUSABLE[1])["concurrency"]["cancel-in-progress"] is False


def test_the_templates_miss_no_event() -> None:
    train, report, commands = (read(path) for path in TEMPLATES)
    assert set(train[True]) == {"pull_request", "merge_group", "push", "repository_dispatch"}
    assert train[True]["pull_request"] == {"types": ["opened", "synchronize", "reopened", "edited", "ready_for_review"]}
    assert [len(one["cron"].split()) for one in report[True]["schedule"]] == [5]
    assert report[True]["workflow_run"] == {"workflows": [train["name"]], "types": ["requested", "completed"]}
    assert Path(TRAIN_WORKFLOW).name == TEMPLATES[0].name
    assert commands[True] == {"issue_comment": {"types": ["created", "edited"]}}


def test_no_command_is_pushed_out_by_the_next() -> None:
    """GitHub keeps one waiting run of each concurrency group, and cancels those before it."""
    assert "concurrency" not in read(REUSABLE[2])
    assert "concurrency" not in read(TEMPLATES[2])
