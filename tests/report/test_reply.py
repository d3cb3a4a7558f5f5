"""The reply to slash commands: safe in a table whatever was written, and never a command itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.chatops.authorising import Denied
from merganser.chatops.reading import Fault, read
from merganser.chatops.table import COMMANDS
from merganser.evaluation.verdict import Status, Verdict
from merganser.plan import Conclusion
from merganser.report import reply
from merganser.report.reply import REPLY_LIMIT, Row
from tests.report.markdown import tables
from tests.report.samples import check, verdict


def rows_of(text: str) -> list[list[str]]:
    """The rows of all tables, without their headers."""
    return [row for table in tables(text) for row in table[1:]]


def test_a_row_a_command_and_what_it_answers_below() -> None:
    rows = [
        Row(command="/gate 'a|b'", done=True, said="Judged again: fine.", below=("| a |\n|---|\n| 1 |",)),
        reply.denied_row("/override x", Denied("nobody may", "Ask.")),
    ]
    text = reply.reply(7, "ada", rows)
    assert text.startswith("<!-- merganser:reply:7 -->\nTo `ada`:\n")
    assert rows_of(text)[:2] == [
        ["🚀", "/gate 'a|b'", "Judged again: fine."],
        ["😕", "/override x", "Nobody may. Ask."],
    ]
    assert rows_of(text)[2:] == [["1"]]


def test_what_is_too_long_is_cut_and_said() -> None:
    rows = [Row(command="/diff", done=True, said="Below.", below=("a" * 100,) * 1_000)]
    text = reply.reply(7, "ada", rows)
    assert len(text) <= REPLY_LIMIT + 100
    assert text.endswith("The rest is too long for a comment.")


def test_faults_are_told_by_line() -> None:
    faults = [
        Fault(error="that is wrong", line=3, usage="/gate [MODEL]"),
        Fault(error="too long", line=0),
        Fault(error="did you mean it?", line=4),
    ]
    assert reply.faults_reply(7, "ada", faults).splitlines()[1:] == [
        "To `ada`: Nothing of your comment ran:",
        "",
        "- Line 3: that is wrong. Usage: `/gate [MODEL]`",
        "- The comment: too long.",
        "- Line 4: did you mean it?",
        "",
        "`/help` lists the commands.",
    ]


def test_of_many_faults_the_first_are_told_and_the_others_counted() -> None:
    faults = [Fault(error="<" * 10_000, line=line, usage="`" * 1_000) for line in range(1, 40)]
    text = reply.faults_reply(7, "ada", faults)
    assert [line.partition(":")[0] for line in text.splitlines()[3:23]] == [f"- Line {n}" for n in range(1, 21)]
    assert text.splitlines()[23:] == ["- and 19 more.", "", "`/help` lists the commands."]
    assert len(text) < reply.REPLY_LIMIT


def test_an_edited_comment_is_told_so() -> None:
    assert reply.edited_reply(7, "ada").endswith("An edited comment runs nothing. Write a new one.")


def test_help_lists_what_one_may_and_folds_the_rest_with_its_reasons() -> None:
    may, rest = reply.help_table(
        [(COMMANDS["gate"], None), (COMMANDS["register"], Denied("you may not", "Ask.")), (COMMANDS["help"], None)]
    )
    assert rows_of(may) == [
        [
            "/gate [MODEL] [--sha SHA]",
            "judges again, with what was trained: every model touched, also where one is named",
        ],
        ["/help", "lists what you may do here"],
    ]
    assert rest.startswith("<details><summary>1 more that you may not give here</summary>\n")
    assert rest.endswith("\n</details>")
    assert rows_of(rest) == [
        [
            "/register MODEL [major|minor|patch|VERSION]",
            "makes the model's next version, after the merge",
            "You may not. Ask.",
        ],
    ]


def test_help_shows_nothing_that_is_empty() -> None:
    assert len(reply.help_table([(COMMANDS["gate"], None)])) == 1
    [rest] = reply.help_table([(COMMANDS["gate"], Denied("you may not", "Ask."))])
    assert rest.startswith("<details>")


PASSES = verdict(check(rule="min"))
FAILED = check(rule="min", status=Status.failed, why="accuracy is 0.4, below of 0.5.")
FAILS = verdict(FAILED, conclusion=Conclusion.failure)


@pytest.mark.parametrize(
    ("touched", "found", "expected"),
    [
        (True, None, "⏳ no verdict yet"),
        (None, None, "⏳ no verdict yet"),
        (False, None, "not touched"),
        (True, PASSES, "✅ passes"),
        (False, PASSES, "✅ passes"),
        (True, FAILS, "❌ accuracy is 0.4, below of 0.5."),
    ],
)
def test_a_model_at_a_glance(touched: bool | None, found: Verdict | None, expected: str) -> None:
    model = reply.Status(model="churn", touched=touched, verdict=found, version="[v1](x)", running={"prod": "v0.9.0"})
    [text] = reply.status_table([model], ("staging", "prod"), judged=True)
    assert rows_of(text) == [["churn", expected, "v1", "–", "v0.9.0"]]
    [text] = reply.status_table([model], (), judged=False)
    assert rows_of(text) == [["churn", "v1"]]


def test_no_model_at_all_is_said() -> None:
    assert reply.status_table([], (), judged=True) == ("There is no model.",)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (None, "⏳ `merganser/gate` on `abcdef012345` has said nothing yet."),
        (("success", "churn: passes", ""), "✅ `merganser/gate` on `abcdef012345`: churn: passes"),
        (
            ("failure", "churn: no", "https://x.org/1"),
            "❌ [`merganser/gate` on `abcdef012345`](https://x.org/1): churn: no",
        ),
        (("in_progress", "", ""), "⏳ `merganser/gate` on `abcdef012345`: in&#95;progress"),
    ],
)
def test_a_check_in_a_line(standing: tuple[str, str, str] | None, expected: str) -> None:
    said = reply.CheckRun(state=standing[0], title=standing[1], url=standing[2]) if standing else None
    line = reply.check_line("merganser/gate", "abcdef0123456789", said)
    assert line.replace("&#8203;", "") == expected


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_reply_is_a_command(command: str, why: str, author: str) -> None:
    rows = [reply.denied_row(command, Denied(why, why))]
    for text in (
        reply.reply(7, author, rows),
        reply.faults_reply(7, author, [Fault(error=why, line=1, usage="/gate")]),
        reply.edited_reply(7, author),
    ):
        assert read(text) == ()
