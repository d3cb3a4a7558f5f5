"""Which job trains a model again, and which attempt did: by names and times as GitHub tells them."""

from collections.abc import Sequence

import pytest
import yaml

from merganser.chatops.retraining import TRAIN_STEP, Job, Whole, begun_for, part_of
from tests.architecture.layers import REPO

START, BEFORE, AFTER = "2026-11-27T12:00:00Z", "2026-11-27T11:00:00Z", "2026-11-27T12:20:00Z"


def job(name: str, key: int = 1, ran: tuple[str, ...] = ("Prepare", "Train"), ended: str = BEFORE) -> Job:
    return Job(id=key, name=name, ran=ran, ended=ended)


PLAN = job("train / Plan", 9, ran=("Plan",))


@pytest.mark.parametrize(
    ("jobs", "found"),
    [
        ([PLAN, job("train / Train digits", 5), job("train / Train churn", 6)], 5),
        ([job("Train digits", 5)], 5),
        ([job("nightly / models / Train digits", 5)], 5),
        ([job("train / Train digits-2"), job("train / Train digits", 5)], 5),
        ([job("train / Train digits", 5, ran=("Train",), ended="")], 5),
        ([PLAN, job("train / Train churn")], "no job of the last attempt trained `digits`"),
        ([job("train / Train digits-2"), job("Train / Plan digits"), job("train / train digits")], "no job"),
        ([job("train / Train digits"), job("again / Train digits", 2)], "several jobs of the last attempt trained"),
        ([job("train / Train digits", ran=("Prepare", "Train the base too"))], "job of `digits` did not train it"),
        ([job("train / Train digits", ran=())], "job of `digits` did not train it"),
        ([], "no job"),
    ],
)
def test_one_model_is_trained_by_the_one_job_that_trained_it(jobs: Sequence[Job], found: int | str) -> None:
    part = part_of(jobs, ["digits"])
    if isinstance(found, int):
        assert isinstance(part, Job)
        assert (part.id, part.model) == (found, "digits")
    else:
        assert isinstance(part, Whole)
        assert found in part.why


def test_no_model_is_all_of_them_and_several_are_too() -> None:
    jobs = [job("train / Train digits", 5), job("train / Train churn", 6)]
    assert part_of(jobs, []) == Whole()
    assert part_of(jobs, ["digits", "churn"]) == Whole("GitHub begins one job again or all")


DIGITS, CHURN = job("t / Train digits", 5, ended=""), job("t / Train churn", 6)


@pytest.mark.parametrize(
    ("jobs", "models", "found"),
    [
        ([PLAN, CHURN, DIGITS], ["digits"], DIGITS),
        ([PLAN, CHURN, DIGITS], ["churn"], None),
        ([PLAN, CHURN, DIGITS], [], None),
        ([PLAN, CHURN, DIGITS], ["digits", "churn"], None),
        ([PLAN, CHURN, job("t / Train digits", 5, ended=AFTER)], ["digits"], job("t / Train digits", 5, ended=AFTER)),
        # It ended in the second in which the attempt began: that was the attempt before.
        ([job("t / Train churn", ended=START), DIGITS], ["digits"], DIGITS),
        ([job("t / Plan", ended="")], ["digits"], Whole()),
        ([job("t / Plan", ended=AFTER), DIGITS, job("t / Train churn", ended="")], ["digits"], Whole()),
        ([job("t / Plan", ended=AFTER), DIGITS], [], Whole()),
        ([], ["digits"], Whole()),
    ],
)
def test_what_an_attempt_began(jobs: Sequence[Job], models: Sequence[str], found: Job | Whole | None) -> None:
    assert begun_for(jobs, START, models) == found


def test_our_workflow_names_its_jobs_so() -> None:
    said = yaml.safe_load((REPO / ".github/workflows/merganser-train.yml").read_text())
    train = said["jobs"]["train"]
    assert job(train["name"].replace("${{ matrix.model }}", "digits")).model == "digits"
    [step] = (step for step in train["steps"] if step["name"] == TRAIN_STEP)
    assert (step["if"], step["with"]["model"]) == ("matrix.reuse == null", "${{ matrix.model }}")
