"""What a change does to the gate is told first: in the check's title and summary, and at the top of a comment."""

import msgspec
import pytest
from hypothesis import given, settings

from merganser.report.alterations import clause, lines
from merganser.report.check import check_output
from merganser.report.comment import COMMENT_LIMIT, comment
from merganser.report.merged import issue
from merganser.report.model import Alterations
from tests.report import samples
from tests.report.markdown import kinds, links, list_items
from tests.report.samples import report
from tests.report.test_comment import NAMES

MARGIN = "gate.metrics.accuracy.non_inferior.margin: 0.01 → 0.5"
LOOSENED = Alterations(settings={"churn": (MARGIN,)})
GONE = Alterations(leaving={"churn": ""})


@pytest.mark.parametrize(
    ("altered", "said"),
    [
        (Alterations(), ""),
        (Alterations(settings={"churn": ()}), ""),
        (GONE, "churn leaves the gate"),
        (Alterations(leaving={"churn": "other"}), "churn (renamed to other?) leaves the gate"),
        (Alterations(leaving={"a": "", "b": "", "c": ""}), "a and 2 more leave the gate"),
        (LOOSENED, f"alters the gate of churn ({MARGIN})"),
        (Alterations(settings={"churn": (MARGIN, "x"), "fraud": ("y",)}),
         f"alters the gate of churn ({MARGIN}) and 2 more"),
        (Alterations(leaving={"fraud": ""}, settings={"churn": (MARGIN,)}), "fraud leaves the gate"),
    ],
)  # fmt: skip
def test_the_clause_of_a_title(altered: Alterations, said: str) -> None:
    assert clause(altered, 100) == said
    assert altered.are_none is (not said)


def test_a_clause_keeps_its_limit_and_its_end() -> None:
    said = clause(Alterations(leaving={"m" * 300: "", "n": ""}), 40)
    assert (len(said), said.endswith("… and 1 more leave the gate")) == (40, True)


def test_the_title_begins_with_it_unless_the_change_is_blocked() -> None:
    def title(*models: object, altered: Alterations = GONE) -> str:
        return check_output(msgspec.structs.replace(report(), models=models, altered=altered)).title

    assert title() == "churn leaves the gate · no model touched"
    assert title(altered=LOOSENED) == f"alters the gate of churn ({MARGIN}) · no model touched"
    assert title(*samples.PASSING.models) == "churn leaves the gate · digits: passes (accuracy +0.0212)"
    assert title(*samples.FAILING.models) == "digits: accuracy@label=1 fell by 0.198 · churn leaves the gate"
    crowd = Alterations(leaving={"m" * 128: "n" * 128})
    assert len(title(*samples.SEVERAL.models, altered=crowd)) <= 140


def test_it_stands_before_all_else() -> None:
    body, output = comment(samples.ALTERED), check_output(samples.ALTERED)
    told = [
        "⚠️ digits leaves the gate (renamed to other?): this change takes it out of merganser.yaml, and once merged "
        "nothing judges it any more.",
        "⚠️ churn leaves the gate: this change takes it out of merganser.yaml, and once merged nothing judges it any "
        "more.",
        "⚠️ fraud: this change alters the gate (gate.max_attempts: 20 → 30); it is judged by the default branch's rules "
        "before it.",
        "⚠️ fraud: this change alters the gate (gate.metrics.auc.min: 0.9 → 0.5); it is judged by the default branch's "
        "rules before it.",
    ]
    for text in (body, output.text, output.summary):
        assert [item.replace("\u200b", "") for item in list_items(text)[:4]] == told
    assert body.index("churn leaves the gate") < body.index("## ✅ other: passes")
    alone = check_output(report(altered=GONE)).summary
    assert "bullet_list_open" in kinds(alone)
    assert "\n\nNo model is touched by this change.\n\n<sub>" in alone


def test_a_crowd_is_counted_and_leaves_room() -> None:
    crowd = Alterations(leaving={"x": ""}, settings={"churn": tuple("@" * 2000 for _ in range(40))})
    assert len(lines(crowd)) == 21
    assert lines(crowd)[-1] == "- and 21 more changes of the gate"
    body = comment(msgspec.structs.replace(samples.FAILING, altered=crowd, notes=("@" * 2000,) * 40))
    assert len(body) <= COMMENT_LIMIT
    assert "❌ digits: accuracy@" in body
    assert "x leaves the gate" in body


def test_an_issue_about_one_model_says_nothing_of_others() -> None:
    changed = msgspec.structs.replace(samples.ALTERED, models=samples.FAILING.models, pull_request=None)
    assert "gate of digits" in issue(changed, changed.models[0]).body
    assert "leaves the gate" not in issue(changed, changed.models[0]).body


@settings(max_examples=40, deadline=None)
@given(NAMES)
def test_no_name_gets_out_of_its_line(name: str) -> None:
    altered = Alterations(leaving={name: name}, settings={name: (name,)})
    output = check_output(report(altered=altered))
    assert output.title.isprintable()
    assert len(list_items(output.summary)) == 2
    assert links(output.summary) == {samples.RUN_URL}
