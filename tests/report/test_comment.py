"""The comment as a reader sees it: its answer first, its tables, its limits; hostile names stay names."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merganser.config import Severity, Waiver
from merganser.evaluation.compare import Comparison, MetricChange, ValueChange
from merganser.evaluation.verdict import Baseline, Check, Status
from merganser.plan import Conclusion
from merganser.registry.overrides import Override
from merganser.report.check import TEXT_LIMIT, check_output
from merganser.report.comment import COMMENT_LIMIT, comment, document, marker
from merganser.report.model import Judged, NotJudged, Report
from merganser.report.wording import by_attention, verdict_words
from tests.report import samples
from tests.report.markdown import headings, kinds, links, list_items, tables, tokens
from tests.report.samples import check, compared, judged, report, run, slice_check, verdict

HEADER = ["Metric", "Baseline", "Candidate"]
NBSP = "\u00a0"
NAMES = st.text(max_size=40) | st.sampled_from(["@org/team ![](http://x) |", "a\n|b", "`|`\\|", "</details>", "#1"])


def failing(count: int) -> tuple[Check, ...]:
    return tuple(
        slice_check(at, 0.9, 0.7, status=Status.failed, p_adjusted=at / 1000, why=f"Slice {at} fell.")
        for at in range(count)
    )


def test_a_single_models_answer_is_the_first_thing() -> None:
    text = comment(samples.FAILING)
    assert text.startswith(f"{marker(7)}\n## ")
    assert headings(text) == ["❌ digits: accuracy@\u200blabel=1 fell by 0.198"]
    assert list_items(text)[0].startswith("❌ accuracy:not_worse@label=1: label = 1: accuracy went from 1")


def test_failed_checks_stand_first_and_passing_slices_are_folded() -> None:
    shown, hidden, changed = tables(comment(samples.FAILING))
    assert [row[0] for row in shown] == ["Metric", "accuracy@label=1", "accuracy"]
    assert [row[0] for row in hidden[1:]] == [f"accuracy@label={digit}" for digit in (0, 2, 3, 4, 5, 6, 7, 8, 9)]
    assert changed[1:] == [
        ["parameter", "svc.C", "0.1", "0.3"],
        ["parameter", "svc.gamma", "0.001", "0.0005"],
        ["data", "data/train.csv", "md5:111111111111111…", "md5:222222222222222…"],
    ]
    folds = [token.content for token in tokens(comment(samples.FAILING)) if token.type == "html_block"]
    assert folds[1:] == ["<details><summary>9 more checks: 9 pass</summary>\n", "</details>\n"]


def test_the_cells_of_a_row() -> None:
    shown = tables(comment(samples.PASSING))[0]
    assert shown[0] == [*HEADER, "Δ (+ is better), 95 % bounds\n║ −margin, │ 0, · ¼ margin", "Margin", "Status"]
    interval = "+0.0212 (+0.0132 … +0.0292)".replace(" ", NBSP)
    drawn = f"{interval}\n········║···│····├──●───┤"
    assert shown[1] == ["accuracy", "0.951", "0.9722", drawn, "0.01", "✅ passes, improved"]
    assert shown[2] == ["accuracy min", "0.951", "0.9722", interval, "–", "✅ passes (point)"]


def test_not_proven_says_how_many_rows_would_do() -> None:
    text = comment(samples.NOT_PROVEN)
    assert headings(text) == ["⚠️ digits: not proven (accuracy, needs 2,681 rows)"]
    assert tables(text)[0][1][-1] == "⚠️ not proven, needs 2,681 rows"


def test_all_skipped_is_red_and_says_why() -> None:
    text = comment(samples.ALL_SKIPPED)
    assert headings(text) == ["❌ digits: no check could be judged"]
    assert list_items(text) == ["⏭️ accuracy:non_inferior: The evaluation rows differ."]


def test_several_models_come_worst_first_under_a_common_answer() -> None:
    text = comment(samples.SEVERAL)
    assert headings(text) == [
        "❌ 1 of 3 models is blocked",
        "❌ churn: not judged",
        "✅ digits: passes (accuracy +0.0212)",
        "✅ fraud: passes with 1 waived check",
    ]
    assert "Training failed with exit code 1. [Look at the log.](" in text
    assert "**new** model · Compared" in text
    assert "bundle of [an earlier run](" in text
    assert list_items(text) == [
        "⚠️ log_loss:non_inferior: log_loss rose.",
        "🔓 accuracy:non_inferior: accuracy fell by 0.03. Waived by ada until 2026-12-24: New labels, see #\u200b12",
        "The gate in this change differs from the base branch's; the base branch's judged.",
    ]


@pytest.mark.parametrize(
    ("until", "floor", "shown"),
    [
        (None, None, ""),
        ("2026-12-24", None, " until 2026-12-24"),
        (None, 0.91, ", while no worse than 0.91"),
        ("2026-12-24", 0.91, " until 2026-12-24, while no worse than 0.91"),
    ],
)
def test_an_override_is_told_with_its_bound_and_where_it_was_said(
    until: str | None, floor: float | None, shown: str
) -> None:
    waiver = Waiver(check="accuracy:non_inferior", reason="New *labels*", by="ada", until=until or "", floor=floor)
    waived = check(status=Status.waived, why="It fell.", waiver=waiver)
    given = override("accuracy:non_inferior", "New *labels*", samples.RUN_URL)
    text = comment(report(judged(waived, overrides=(given,))))
    link = f"([comment]({samples.RUN_URL}))"
    assert f": It fell. **Overridden** by `ada` {link}{shown}: New &#42;labels&#42;\n" in text
    lone = comment(report(judged(waived)))
    assert f": It fell. Waived by `ada`{shown}: New &#42;labels&#42;\n" in lone


@pytest.mark.parametrize(
    ("models", "answer"),
    [
        ((), "✅ No model touched"),
        ((NotJudged(model="a", reason="x"), NotJudged(model="b", reason="x")), "❌ 2 of 2 models are blocked"),
        ((samples.NOT_PROVEN.models[0], samples.PASSING.models[0]), "⚠️ 1 of 2 models is not proven"),
        ((samples.NOT_PROVEN.models[0], samples.NOT_PROVEN.models[0]), "⚠️ 2 of 2 models are not proven"),
        ((samples.PASSING.models[0], samples.PASSING.models[0]), "✅ 2 of 2 models pass"),
    ],
)
def test_the_common_answer(models: tuple[NotJudged, ...], answer: str) -> None:
    assert headings(comment(report(*models)))[0] == answer


def test_the_footer_is_one_line() -> None:
    first = "[Run 12](https://github.example/acme/digits/actions/runs/812)"
    luck = "bounds cover the evaluation rows, not the luck of retraining"
    lines = {
        comment(samples.PASSING): f"{first} · self-reported · advisory (writers can get around it) · {luck}",
        comment(samples.FAILING): f"{first} · sealed · enforcing · {luck}",
        comment(report(attempt=2)): f"{first}, attempt 2 · advisory (writers can get around it)",
    }
    assert {text: text.splitlines()[-1] for text in lines} == {
        text: f"<sub>{foot}</sub>" for text, foot in lines.items()
    }


def test_without_a_pull_request_there_is_no_marker() -> None:
    assert "<!--" not in comment(msgspec.structs.replace(samples.PASSING, pull_request=None))


@pytest.mark.parametrize(
    ("baseline", "said"),
    [
        (Baseline(), "No baseline to compare with"),
        (Baseline(kind="ledger"), "Compared with the recorded run"),
        (Baseline(kind="version", name="digits@v1.2.0", commit=samples.BASE),
         "Compared with version `digits@v1.2.0` ([`d0470c5`]"),
        (Baseline(kind="file", name="old.csv"), "Compared with `old.csv`"),
        (Baseline(kind="file"), "Compared with an earlier one"),
        (Baseline(kind="ledger", commit="main"), "Compared with the recorded run of `main`"),
        (Baseline(kind="ledger", read_from="DVC remote store"),
         "Compared with the recorded run (predictions from DVC remote store)"),
        (Baseline(kind="trained"), "Compared with the base, **trained in this change's own job** and so self-reported"),
        (Baseline(kind="trained", commit="main", read_from="artifact of run 7"),
         "Compared with `main`, **trained in this change's own job** and so self-reported (predictions from"),
        (Baseline(kind="version", name="digits@v1.2.0", read_from="release digits@v1.2.0"),
         "Compared with version `digits@v1.2.0` (predictions from release "),
    ],
)  # fmt: skip
def test_the_baseline_is_named(baseline: Baseline, said: str) -> None:
    assert f"\n{said}" in comment(report(judged(check(), baseline=baseline)))


def test_a_model_without_a_log_is_not_linked() -> None:
    assert links(comment(report(NotJudged(model="a", reason="No bundle.")))) == {samples.RUN_URL}


def test_levels_show_their_rule_and_their_bounds_beside_the_candidate() -> None:
    (shown,) = tables(comment(report(judged(*samples.LEVELS, compared("auc", 0.91, 0.912, 0.004)))))
    assert [row[0] for row in shown[1:]] == [
        "latency_p95_ms max",
        "psi@column=age drift",
        "selection_rate@sex=f min ratio",
        "ece max",
        "auc",
    ]
    assert [row[2].replace(NBSP, " ") for row in shown[1:3]] == ["190.1 (185.0 … 196.0)", "0.2282"]
    assert {row[3] for row in shown[1:5]} == {"–"}
    assert "❌" not in shown[2][-1]


LATENCIES = msgspec.structs.replace(samples.LATENCY, n=5000)


@pytest.mark.parametrize(
    ("checks", "rows"),
    [
        ((compared("auc", 0.9, 0.9, 0.01), LATENCIES, samples.DRIFT), "899 rows"),
        ((check(n=700), samples.CALIBRATION_ERROR), "700 rows"),
        ((LATENCIES,), "5,000 rows"),
        ((samples.DRIFT,), "30,000 rows"),
    ],
)
def test_the_rows_are_those_that_the_models_were_compared_on(checks: tuple[Check, ...], rows: str) -> None:
    line = comment(report(judged(*checks))).splitlines()[3]
    assert line.split(" · ")[1:] == [rows]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rule": "min_ratio", "slice": {"sex": "f"}}, "auc@sex=f: It is too little."),
        ({"rule": "drift"}, "auc: It is too little."),
        ({"rule": "max"}, "auc: It is too little."),
        ({"rule": "rise"}, "auc rose by 0.1"),
        ({"rule": "not_worse", "slice": {"a": "b"}}, "auc@a=b rose by 0.1"),
    ],
)
def test_a_level_that_fails_is_told_by_its_reason_and_a_change_by_its_movement(
    fields: dict[str, Any], words: str
) -> None:
    failed = check("auc", baseline=0.5, candidate=0.6, status=Status.failed, why="It is too little.", **fields)
    assert verdict_words(verdict(failed, conclusion=Conclusion.failure)) == words


def test_the_bounds_of_a_level_are_no_measure_of_harm() -> None:
    worse = compared("auc", 0.9, 0.8, 0.01, status=Status.failed)
    poor = check("r2", candidate=-0.4, low=-0.5, high=-0.3, status=Status.failed)
    assert by_attention((poor, worse)) == [worse, poor]


def test_only_the_worst_ten_sentences_and_twenty_rows_are_open() -> None:
    text = comment(report(judged(*reversed(failing(30)), conclusion=Conclusion.failure)))
    assert [item.partition(":n")[0] for item in list_items(text)][::10] == ["❌ accuracy", "and 20 more in the table"]
    shown, hidden = tables(text)
    assert [row[0] for row in shown[1:]] == [f"accuracy@label={at}" for at in range(20)]
    assert [row[0] for row in hidden[1:]] == [f"accuracy@label={at}" for at in range(20, 30)]
    assert "<summary>10 more checks: 10 fail</summary>" in text


def test_warnings_stand_behind_what_blocks() -> None:
    warned = compared("auc", 0.9, 0.8, 0.01, status=Status.failed, severity=Severity.warn)
    broken = check("f1", "min", status=Status.error, severity=Severity.warn)
    shown = tables(
        comment(report(judged(warned, compared("accuracy", 0.9, 0.9, 0.1, status=Status.inconclusive), broken)))
    )
    assert [row[0] for row in shown[0][1:]] == ["f1 min", "accuracy", "auc"]
    assert shown[0][3][-1] == "⚠️ fails (warns only)"


METRICS = {f"m{at}": at / 10 for at in range(3)}


def test_self_reported_metrics_are_shown_where_no_predictions_are() -> None:
    bare = run(files={}, metrics=METRICS)
    assert tables(comment(report(judged(check(), run=bare))))[-1] == [
        ["Self-reported metric", "Baseline", "Candidate", "Change"],
        ["m0", "–", "0", "–"], ["m1", "–", "0.1", "–"], ["m2", "–", "0.2", "–"],
    ]  # fmt: skip
    changed = Comparison(a="a", b="b", metrics=samples.DIFFERENCE.metrics)
    assert tables(comment(report(judged(check(), run=bare, comparison=changed))))[-1][1:] == [
        ["accuracy", "0.951", "0.9722", "+0.0212"]
    ]
    assert len(tables(comment(report(judged(check(), run=run(metrics=METRICS)))))) == 1
    assert len(tables(comment(report(judged(check(), run=run(files={})))))) == 1


def test_many_metrics_or_changes_are_folded() -> None:
    metrics = {f"m{at}": 0.5 for at in range(900)}
    values = tuple(ValueChange(name=f"p{at}", before=None, after="1") for at in range(7))
    text = comment(report(judged(run=run(files={}, metrics=metrics), comparison=None)))
    assert "<summary>900 self-reported metrics</summary>" in text
    assert "… and 100 more rows" in text
    text = comment(report(judged(comparison=Comparison(a="a", b="b", params=values))))
    assert "<summary>7 parameters and data sets changed</summary>" in text
    assert tables(text)[0][1] == ["parameter", "p0", "–", "1"]


def override(name: str, reason: str, where: str) -> Override:
    """What the ledger says of a check that ada let pass."""
    return Override(
        model="digits", inputs_digest="", policy_digest="", check=name, observed=0.9, floor=None, reason=reason,
        by="ada", head=samples.HEAD, comment=where, until=None,
    )  # fmt: skip


def everything(name: str) -> Report:
    """A report with this name or text wherever somebody else can put one."""
    waiver = Waiver(check=name, reason=name, by=name, until=name)
    bad = {"status": Status.failed, "why": name, "notes": (name,)}
    value = ValueChange(name=name, before=name, after=name)
    metrics = (MetricChange(name=name, baseline=1.0, candidate=0.5, delta=-0.5, direction=None),)
    model = judged(
        check(name, name, id=name, **bad),
        check(name, id=name, **{**bad, "status": Status.waived, "waiver": waiver}),
        check(name, id=f"{name}!", **{**bad, "status": Status.waived, "waiver": waiver}),
        check(name, id=name, slice={name: name}, notes=(name,)),
        overrides=(override(f"{name}!", name, samples.RUN_URL),),
        conclusion=Conclusion.failure,
        baseline=Baseline(kind="version", name=name, commit=name),
        run=run(files={}, metrics={name: 1.0}),
        comparison=Comparison(a=name, b=name, metrics=metrics, params=(value,), data=(value,)),
        reused_run_url=name,
        model=name,
    )
    return report(model, NotJudged(model=name, reason=name, log_url=name), notes=(name,))


def shape(text: str) -> list[str]:
    """The structure of a document without its texts."""
    dull = ("text", "code_inline")
    return [f"{t.type}:{t.content if 'html' in t.type else ''}" for t in tokens(text) if t.type not in dull]


@settings(max_examples=60, deadline=None)
@given(NAMES)
def test_no_name_changes_the_comments_shape(name: str) -> None:
    text = comment(everything(name))
    assert shape(text) == shape(comment(everything("honest")))
    assert links(text) == {samples.RUN_URL}
    assert [[len(row) for row in table] for table in tables(text)] == [[6] * 4, [6] * 2, [4] * 2, [4] * 3]


def test_a_hostile_name_is_inert_and_can_still_be_read() -> None:
    text = comment(everything("@org/team ![](http://x) |"))
    assert "image" not in kinds(text)
    assert any(token.type == "code_inline" and token.content == "@org/team ![](http://x) |" for token in tokens(text))
    assert not [token for token in tokens(text) if token.type == "text" and "@o" in token.content]


def many(metrics: int, slices: int) -> Report:
    checks = [compared(f"metric {at} |", 0.9, 0.8, 0.01, status=Status.failed, why="It fell.") for at in range(metrics)]
    numbers = {f"m{at}": 0.5 for at in range(metrics)}
    model = judged(*checks, *failing(slices), conclusion=Conclusion.failure, run=run(files={}, metrics=numbers))
    return report(model)


def test_a_hundred_thousand_metrics_make_a_valid_comment() -> None:
    text = comment(many(100_000, 500))
    assert 50_000 < len(text) <= COMMENT_LIMIT
    assert f"[The rest is in the run's summary]({samples.RUN_URL})" in text
    assert text.splitlines()[-1].startswith("<sub>[Run 12]")
    assert text.count("<details>") == text.count("</details>") == 1
    assert all(len(row) == 6 for table in tables(text) for row in table)


@pytest.mark.parametrize("count", [2, 30, 256])
def test_every_model_gets_its_share(count: int) -> None:
    models = (many(200, 100).models[0], samples.PASSING.models[0])
    text = comment(report(*(models[at % 2] for at in range(count)), notes=("x" * 10_000,) * 100))
    assert len(text) <= COMMENT_LIMIT
    assert text.count("<details>") == text.count("</details>")
    if count == 2:
        assert headings(text)[2] == "✅ digits: passes (accuracy +0.0212)"
    else:
        assert "more models: [The rest" in text or len(headings(text)) == count + 1


@pytest.mark.parametrize("rows", range(400, 470, 3))
def test_the_limit_holds_wherever_it_falls(rows: int) -> None:
    text = comment(report(judged(*failing(rows), conclusion=Conclusion.failure)))
    assert len(text) <= COMMENT_LIMIT
    assert text.count("<details>") == text.count("</details>")


def test_notes_of_a_hostile_configuration_leave_room_for_the_rest() -> None:
    notes = tuple(f"digits: the pull request changes the gate (scores.{at}: {'@' * 1900})." for at in range(25))
    text = comment(report(*samples.FAILING.models, notes=notes))
    assert len(text) <= COMMENT_LIMIT
    assert "❌ digits: accuracy" in text
    assert list_items(text)[-1].startswith("digits: the pull request changes the gate")
    assert samples.RUN_URL in links(text)


SIGNS = st.text(alphabet="@#:`*_<&|\\~a1 \n\u202e", max_size=12)
LONG = st.builds(lambda part, times: part * times, SIGNS, st.integers(0, 400))
ENTRIES = st.builds(lambda name, why: NotJudged(model=name, reason=why, log_url=samples.RUN_URL), LONG, LONG)
FAILED = st.builds(
    lambda name, why, count: judged(
        *(check(name, f"r{at}", status=Status.failed, why=why) for at in range(count)), conclusion=Conclusion.failure
    ),
    LONG,
    LONG,
    st.integers(0, 60),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(ENTRIES | FAILED, max_size=6), st.lists(LONG, max_size=30), st.integers(1, 40))
def test_nothing_makes_a_text_too_long(entries: list[NotJudged | Judged], notes: list[str], times: int) -> None:
    crowd = report(*entries * times, notes=tuple(notes))
    assert len(comment(crowd)) <= COMMENT_LIMIT
    output = check_output(crowd)
    assert max(len(output.summary), len(output.text)) <= TEXT_LIMIT
    assert len(document(crowd, [], 10_000)) <= 10_000
