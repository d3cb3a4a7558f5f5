"""Untrusted text in Markdown: read back by a Markdown parser as nothing but code."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from merganser.markdown import MAX_TEXT, PROSE_LIMIT, code, code_cell, sentences

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
HOSTILE = st.text("`|\\<>&@#![]()*_~:/ a\n\u202e\u200b", max_size=30) | st.text(max_size=30)


@given(HOSTILE)
def test_code_is_one_code_span(text: str) -> None:
    (paragraph,) = [token for token in MARKDOWN.parse(f"x {code(text)} y") if token.type == "inline"]
    kinds = [child.type for child in paragraph.children or []]
    assert kinds in (["text", "code_inline", "text"], ["text"])
    assert (kinds == ["text"]) == (code(text) == "(empty)")


@given(HOSTILE, HOSTILE)
def test_cells_stay_cells(a: str, b: str) -> None:
    tokens = MARKDOWN.parse(f"| a | b |\n| --- | --- |\n| {code_cell(a)} | {code_cell(b)} |\n")
    assert [token.type for token in tokens].count("td_open") == 2
    assert [token.type for token in tokens].count("tr_open") == 2


def test_what_is_shown() -> None:
    assert code("accuracy") == "`accuracy`"
    assert code("a\n\tb  c ") == "`a b c`"
    assert code("a`b``c") == "```a`b``c```"
    assert code("`a`") == "`` `a` ``"
    assert code("a\u202eb") == "`a⟨U+202E⟩b`"
    assert code(" \n ") == "(empty)"
    assert code_cell("a|b") == r"`a\|b`"
    assert code_cell("a\\\\|b") == r"`a⧵⧵\|b`"
    assert code("x" * 121) == "`" + "x" * (MAX_TEXT - 1) + "…`"
    assert code("x" * 120) == "`" + "x" * MAX_TEXT + "`"


@given(st.lists(HOSTILE | st.just("`a b`") | st.just("0123456789abcdef" * 2), max_size=6).map("".join))
def test_sentences_are_text_and_code_alone(text: str) -> None:
    found = MARKDOWN.parse(f"x {sentences(text)} y")
    assert [token.type for token in found] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in found[1].children or []} <= {"text", "code_inline"}
    assert "\u200b" not in "".join(child.content for child in found[1].children or [] if child.type == "code_inline")


def test_commands_and_digests_can_be_copied_from_sentences() -> None:
    md5 = "bee2604cb08ec3b6f5a26cd4ef4f4b20"
    assert sentences(f"No {md5}.dir: run `dvc push`.") == f"No `{md5}.dir`&#58; run `dvc push`&#46;"
    assert sentences(" ") == "(empty)"
    assert len(sentences("`x` " * PROSE_LIMIT)) <= 2 * PROSE_LIMIT
