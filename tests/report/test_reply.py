"""The reply to slash commands: safe in a table whatever was written, and never a command itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.chatops.authorising import Denied
from merganser.chatops.reading import Fault, read
from merganser.chatops.table import COMMANDS
from merganser.report import reply
from merganser.report.reply import REPLY_LIMIT, Row, Status
from tests.report.markdown import tables


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
    faults = [Fault(error="that is wrong", line=3, usage="/gate [MODEL]"), Fault(error="too long", line=0)]
    assert reply.faults_reply(7, "ada", faults).splitlines()[1:] == [
        "To `ada`: Nothing of your comment ran:",
        "",
        "- Line 3: that is wrong. Usage: `/gate [MODEL]`",
        "- The comment: too long.",
        "",
        "`/help` lists the commands.",
    ]


def test_an_edited_comment_is_told_so() -> None:
    assert reply.edited_reply(7, "ada").endswith("An edited comment runs nothing. Write a new one.")


def test_help_says_what_is_missing() -> None:
    [table] = reply.help_table([(COMMANDS["gate"], None), (COMMANDS["register"], Denied("you may not", "Ask."))])
    assert rows_of(table) == [
        ["/gate [MODEL] [--sha SHA]", "judges again, with what was trained", ""],
        [
            "/register MODEL [major|minor|patch|VERSION]",
            "makes the model's next version, after the merge",
            "you may not",
        ],
    ]


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        ((), []),
        (
            (Status(model="churn", verdict="failure", version="v1.0.0", running={"prod": "v0.9.0"}),),
            [["churn", "failure", "v1.0.0", "–", "v0.9.0"]],
        ),
        ((Status(model="churn", verdict="", version="", running={}),), [["churn", "–", "–", "–", "–"]]),
    ],
)
def test_models_at_a_glance(models: tuple[Status, ...], expected: list[list[str]]) -> None:
    [text] = reply.status_table(models, ("staging", "prod"))
    assert rows_of(text) == expected


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_reply_is_a_command(command: str, why: str, author: str) -> None:
    rows = [reply.denied_row(command, Denied(why, why))]
    for text in (
        reply.reply(7, author, rows),
        reply.faults_reply(7, author, [Fault(error=why, line=1, usage="/gate")]),
        reply.edited_reply(7, author),
    ):
        assert read(text) == ()
