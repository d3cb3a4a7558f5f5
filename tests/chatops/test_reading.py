"""What a comment means, against a table written by hand; and that nothing hidden is ever a command."""

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merganser.chatops.reading import Command, Fault, read
from merganser.chatops.table import COMMANDS as TABLE
from tests.chatops.comments import COMMANDS, FAULTS, NOTHING


def written(command: Command) -> str:
    options = (f"--{name}={value}" for name, value in command.options.items())
    return " ".join((command.name, *command.args, *options))


def ids(comment: object) -> str | None:
    return ascii(comment)[:60] if isinstance(comment, str) else None


@pytest.mark.parametrize("comment", NOTHING, ids=ids)
def test_nothing_is_meant_for_us(comment: str) -> None:
    assert read(comment) == ()


@pytest.mark.parametrize(("comment", "expected"), COMMANDS, ids=ids)
def test_what_is_meant(comment: str, expected: tuple[str, ...]) -> None:
    found = read(comment)
    assert tuple(written(one) for one in found if isinstance(one, Command)) == expected


@pytest.mark.parametrize(("comment", "expected"), FAULTS, ids=ids)
def test_what_is_wrong(comment: str, expected: str) -> None:
    found = read(comment)
    assert found
    assert all(isinstance(one, Fault) for one in found), "one fault, and nothing runs"
    assert any(expected in one.error for one in found if isinstance(one, Fault)), found


def test_the_table_is_as_large_as_promised() -> None:
    assert len(NOTHING) + len(COMMANDS) + len(FAULTS) >= 120


def test_lines_are_counted_in_the_source() -> None:
    found = read("a\r\n\r\n```\r\n/train\r\n```\r\n/gate\r\n  /train churn\r\n")
    assert [(one.line, type(one)) for one in found] == [(6, Command), (7, Command)]


def test_every_fault_of_a_comment_is_told_with_its_usage() -> None:
    found = read("/train --x\n\n/gate\n\n/override a\n/trian")
    assert [(one.line, one.usage) for one in found if isinstance(one, Fault)] == [
        (1, "/train [MODEL…] [KEY=VALUE…] [--sha SHA]"),
        (5, '/override [MODEL/]CHECK --reason "WHY" [--until DATE|DURATION] [--sha SHA]'),
        (6, ""),
    ]


def test_settings_are_told_from_names() -> None:
    [command] = read("/train train.C=1=0 churn b=")
    assert isinstance(command, Command)
    assert (command.named, command.settings) == (("churn",), {"train.C": "1=0", "b": ""})
    [check] = read("/override a@b=c --reason ok")
    assert isinstance(check, Command)
    assert (check.named, check.settings) == (("a@b=c",), {})


@pytest.mark.parametrize(
    ("comment", "models"),
    [
        ("/help", ()),
        ("/status", ()),
        ("/gate churn", ("churn",)),
        ("/train churn spam", ("churn", "spam")),
        ("/train a=1 churn", ("churn",)),
        ("/diff churn v1.0.0 v1.1.0", ("churn",)),
        ("/register churn major", ("churn",)),
        ("/promote churn@v1.0.0 staging", ("churn",)),
        ("/override churn/accuracy:min --reason ok", ()),
        ("/hold staging --model churn", ()),
    ],
)
def test_the_models_that_a_command_names(comment: str, models: tuple[str, ...]) -> None:
    [command] = read(comment)
    assert isinstance(command, Command)
    assert command.models == models


def test_a_command_is_written_so_that_it_means_the_same() -> None:
    for comment, _ in COMMANDS:
        for command in read(comment):
            if isinstance(command, Command):
                [again] = read(command.written)
                assert isinstance(again, Command)
                assert (again.name, again.args, again.options) == (command.name, command.args, command.options)


@pytest.mark.parametrize(
    "line",
    [
        "/override acc --reason 'ok then'",
        '/override acc --reason "it\'s ok"',
        "/override 'a b' --reason ok --until 3d",
        "/override acc --reason='--until is left out'",
        "/train churn C=1",
    ],
)
def test_a_command_is_written_as_people_type_it(line: str) -> None:
    [command] = read(line)
    assert isinstance(command, Command)
    assert command.written == line


@given(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=20))
def test_whatever_a_reason_is_it_is_written_so_that_it_is_read_again(reason: str) -> None:
    wanted = Command(name="override", args=("a",), options={"reason": reason}, line=1)
    for again in read(wanted.written):
        assert isinstance(again, Fault) or again == wanted


TEXT = st.text(st.sampled_from("/trainge \n\t`~>-*<>!|[]()$^&;\\\"'=:1.\r") | st.characters(), max_size=300)


@given(TEXT)
def test_no_comment_crashes_it(comment: str) -> None:
    assert isinstance(read(comment), tuple)


INNER = st.lists(st.sampled_from(["/train", "/gate", "text", "", "   /help", "/trian"]), min_size=1, max_size=6)


@given(INNER, st.sampled_from(["```", "~~~", "````"]), st.sampled_from(["\n", "\r\n"]))
def test_nothing_in_a_fence_is_a_command(inner: list[str], fence: str, end: str) -> None:
    assert read(end.join([fence, *inner, fence])) == ()
    assert read(end.join(["text", "", fence, *inner])) == ()


@given(INNER, st.sampled_from(["> ", ">", "> > ", "> - "]))
def test_nothing_in_a_quote_is_a_command(inner: list[str], quote: str) -> None:
    assert read("\n".join(quote + line for line in inner)) == ()


@given(INNER, st.sampled_from(["details", "div", "table", "blockquote", "pre", "section"]), st.booleans())
def test_nothing_in_a_block_of_html_is_a_command(inner: list[str], tag: str, apart: bool) -> None:
    between = [""] if apart else []
    assert read("\n".join([f"<{tag}>", *between, *inner, *between, f"</{tag}>"])) == ()
    assert read("\n".join([f"<{tag}>", *between, *inner])) == ()
    assert read("\n".join(["<!--", *between, *inner, *between, "-->"])) == ()


def _each(before: str) -> Callable[[list[str]], str]:
    return lambda lines: "\n".join(before + line for line in lines)


def _between(begin: str, end: str) -> Callable[[list[str]], str]:
    return lambda lines: "\n".join([begin, *lines, end])


def _joined(begin: str, end: str) -> Callable[[list[str]], str]:
    """For what can't hold an empty line."""
    return lambda lines: "\n".join([begin, *filter(None, lines), end])


HIDING: list[Callable[[list[str]], str]] = [
    *(_between(fence, fence) for fence in ("```", "~~~", "````", "   ```")),
    *(_between(f"```{info}", "```") for info in (" sh", "math", "mermaid")),
    *(_each(before) for before in ("> ", ">", "> > ", "> - ", "    ", "\t", "- ", "1. ", "* [ ] ", "[^1]: ", "| ")),
    lambda lines: _each("  ")(["```", *lines, "```"]).replace("  ", "- ", 1),
    *(_between(f"<{tag}>", f"</{tag}>") for tag in ("details", "DIV", "pre", "script", "blockquote", "code")),
    *(_between(f"<{tag}>\n", f"\n</{tag}>") for tag in ("details open", "table", "ul", "p align=center", "center")),
    *(_between(f"a <{tag}\nx>b", f"c</{tag}>") for tag in ("details", "kbd", "del")),
    _between("<!--", "-->"),
    _joined("a <!--", "-->"),
    _between("<details>\n\n- <div>\n", "\n  </div>\n\n</details>"),
    _between("$$", "$$"),
    *(_joined(begin, end) for begin, end in (("`a", "b`"), ("``", "a``"), ("$a", "b$"), ("a $$ b", "c $$ d"))),
    *(_joined(begin, end) for begin, end in (("[a", "b](x)"), ("![a", "b](x)"), ('[a](x "b', 'c")'))),
    *(_joined(begin, end) for begin, end in (("~~a", "b~~"), ("~a", "b~"), ("a *b~~c", "d~~ e*"))),
    *(_joined(begin, end) for begin, end in (("| a |\n|---|", "| b |"), ("a\n:-:", "b"), ("", "==="), ("", "---"))),
]


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, int]:
    """Comments that hide some of their lines by every way there is, and hold others plainly: how many."""
    blocks, plain = [], 0
    for hide in draw(st.lists(st.sampled_from([None, *HIDING]), max_size=8)):
        plain += hide is None
        blocks.append("/train visible" if hide is None else hide(["/train hidden", *draw(INNER)]))
        blocks.append(draw(st.sampled_from(["text", "# title", "***", "<!-- a -->"])))
    return draw(st.sampled_from(["\n", "\r\n", "\r"])).join("\n\n".join(blocks).split("\n")), plain


@settings(max_examples=400)
@given(documents())
def test_what_is_hidden_never_fires_and_the_rest_does(document: tuple[str, int]) -> None:
    comment, plain = document
    found = read(comment)
    assert [one.named if isinstance(one, Command) else one for one in found] == [("visible",)] * plain


@given(INNER, TEXT)
def test_what_runs_stands_in_the_source_as_it_is(inner: list[str], text: str) -> None:
    """Nothing is made up: each command's line begins with its word in the comment itself."""
    comment = "\n".join([*inner, text])
    lines = comment.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for command in read(comment):
        if isinstance(command, Command):
            assert lines[command.line - 1].removeprefix("\ufeff").lstrip(" ").lower().startswith("/")


@pytest.mark.parametrize(
    ("begins", "fires"),
    [
        ("[" * 65_000, True),
        ("`" * 65_000, False),  # a fence
        ("> " * 32_000, True),
        ("*a " * 21_000, True),
        ("<div " * 13_000, False),  # a tag that nothing ends
        ("- " * 32_000, True),
        ("![" * 32_000, True),
        ("~a " * 21_000, True),
        ("a~~b~" * 13_000, True),
        ("$" * 65_000, True),
        ("/*" * 32_000, True),
        ("/x\n" * 21_000, True),
        ("a\n|-|\n\n" * 9_000, True),
        ("a\n|-" + " " * 65_000 + "x", True),
    ],
    ids=ids,
)
def test_a_long_comment_made_to_be_slow_is_not(begins: str, fires: bool) -> None:
    begun = time.process_time()
    found = read(f"{begins}\n\n/train\n")
    assert time.process_time() - begun < 10
    assert [one.name if isinstance(one, Command) else one for one in found] == ["train"] * fires


LETTERS = "abcdefghijklmnopqrstuvwxyz-"


def one_slip(word: str) -> set[str]:
    """Every word that one letter more, less, or another makes of it, or two neighbours that changed places."""
    parts = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    return {
        *(a + b[1:] for a, b in parts if b),
        *(a + letter + b for a, b in parts for letter in LETTERS),
        *(a + letter + b[1:] for a, b in parts if b for letter in LETTERS),
        *(a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1),
    } - {word}


KNOWN = (*TABLE, "merganser")
SLIPS = {word: one_slip(word) for word in KNOWN}


@pytest.mark.parametrize("word", KNOWN)
def test_one_slip_is_guessed_and_two_are_anybodys(word: str) -> None:
    drawn = random.Random(word)
    once = sorted(SLIPS[word])
    twice = {slip for first in drawn.sample(once, 60) for slip in drawn.sample(sorted(one_slip(first)), 20)}
    for slip in {*once, *twice} - set(KNOWN):
        guesses = {f"did you mean /{meant}?" for meant in KNOWN if slip in SLIPS[meant]}
        found = read(f"/{slip}")
        if guesses and sum(map(str.isalpha, slip)) >= 5:
            [fault] = found
            assert isinstance(fault, Fault)
            assert fault.error.partition("; ")[2] in guesses
        else:
            assert found == (), slip


def test_every_command_has_its_line() -> None:
    assert [spec.usage.split()[0] for spec in TABLE.values()] == [f"/{name}" for name in TABLE]


def test_of_months_no_duration_is_guessed() -> None:
    [fault] = read("/hold prod --until 3months")
    assert isinstance(fault, Fault)
    assert fault.error.endswith("or 30m")
