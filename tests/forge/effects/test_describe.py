"""What `--dry-run` says: every effect with what would be written, and where."""

import pytest

from merganser import plan
from merganser.forge.effects.describe import describe
from tests.forge import plans
from tests.forge.world import REPO, Prepared


def test_every_effect_says_what_it_would_write_and_where(prepared: Prepared) -> None:
    text = describe(plans.everything(prepared))
    assert text.startswith("One of each\n\n")
    for part in (
        f"comment {plans.MARKER} on {REPO}#1:", "    All good.", f"check merganser/gate on {REPO} {prepared.head}: suc",
        f"labels merganser, digits on {REPO}#1", f"tag {plans.TAG} of {REPO} on {prepared.base}:",
        f"release {plans.TAG} of {REPO}: digits 1.0.0", f"    digits.joblib ({len(plans.MODEL)} bytes, sha256:",
        f"append to merganser-ledger of {REPO}: Record a run", "    runs/digits/a.json (4 bytes)",
        f"commit on merganser/staging/digits of {REPO} (from main): Promote digits 1.0.0 to staging",
        f"pull request in {REPO} from merganser/staging/digits into main: Promote digits to staging [deployment]",
        f"issue {plans.ISSUE} in {REPO}: digits fails", "    It fails.",
        f"merge {REPO}#1 at {prepared.head} (merge)",
    ):  # fmt: skip
        assert part in text


def test_a_running_check_and_a_pull_request_without_labels(prepared: Prepared) -> None:
    bare = plan.PullRequest(repo=REPO, branch="b", base="main", title="T", body="")
    text = describe(plan.Plan((plans.check(prepared, None), plans.close_issue(), plans.amend(), bare)))
    assert f"comment {plans.MARKER} on {REPO}#1, if there:\n    {plans.MARKER}\n    Nothing to judge.\n" in text
    assert f"no open issue {plans.ISSUE} in {REPO}:\n    {plans.ISSUE}\n    It passes.\n" in text
    assert f"check merganser/gate on {REPO} {prepared.head}: in_progress" in text
    assert text.endswith("into main: T\n\n")


@pytest.mark.parametrize(
    ("summary", "text"), [("", "Nothing would be written.\n"), ("No.", "No.\n\nNothing would be written.\n")]
)
def test_an_empty_plan_says_so(summary: str, text: str) -> None:
    assert describe(plan.Plan((), summary)) == text
