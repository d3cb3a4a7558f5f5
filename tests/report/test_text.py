"""Text that others wrote stays text, in every place where it ends up."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.markdown import EMPTY, code, code_cell, plain, prose
from merganser.report.text import html, link
from tests.report.markdown import READER, kinds, tables, tokens

HOSTILE = [
    "@org/team ![](http://x) |",
    "a\nb\r\n\n# heading",
    "<script>alert(1)</script><!-- x",
    "</details><img src=x onerror=y>",
    "[text](http://evil.example) <http://evil.example>",
    "http://evil.example www.evil.example a@evil.example mailto:a@evil.example",
    "fixes #1 GH-1 acme/digits#1 acme/digits@d0470c5b44 d0470c5b44444444444444444444444444444444",
    ":tada: :+1:",
    "`code` ``more`` `",
    "\\| \\\\| | a \\",
    "`|`",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "---",
    "===",
    "    indented",
    "~~~",
    "***bold*** _under_ ~~gone~~ $x$",
    "&lt;b&gt; &#64;org",
    "\x1b[31mred\x07\x00",
    "\u202egnp.exe\u2066",
    "\u200b\ufeff",
    "\ud800",
    "a" * 1000,
]
TEXT = {"text", "paragraph_open", "paragraph_close", "inline"}


@pytest.mark.parametrize("name", HOSTILE)
def test_prose_is_read_as_text_alone(name: str) -> None:
    assert kinds(prose(name)) <= TEXT


@pytest.mark.parametrize("name", HOSTILE)
def test_a_code_span_is_read_as_code_alone(name: str) -> None:
    assert kinds(code(name)) <= TEXT | {"code_inline"}
    assert [token.content for token in tokens(code(name)) if token.type == "code_inline"] == [plain(name)]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("sink", [code_cell, prose])
def test_a_cell_stays_one_cell(name: str, sink: object) -> None:
    assert callable(sink)
    text = f"| a | b | c |\n| --- | --- | --- |\n| 1 | {sink(name)} | 3 |"
    ((header, row),) = tables(text)
    assert header == ["a", "b", "c"]
    assert (len(row), row[0], row[2]) == (3, "1", "3")
    assert "code_inline" in kinds(text) or "link_open" not in kinds(text)


@given(st.text(max_size=60))
def test_any_text_stays_text(name: str) -> None:
    assert kinds(prose(name)) <= TEXT
    assert kinds(code(name)) <= TEXT | {"code_inline"}
    ((_, row),) = tables(f"| a | b |\n| --- | --- |\n| {code_cell(name)} | {prose(name)} |")
    assert len(row) == 2


@given(st.text(alphabet="\\|`a", min_size=1, max_size=12))
def test_pipes_backticks_and_backslashes_keep_their_cell(name: str) -> None:
    ((_, row),) = tables(f"| a | b |\n| --- | --- |\n| {code_cell(name)} | end |")
    assert row == [re.sub(r"\\+(?=\|)", lambda run: "⧵" * len(run[0]), name), "end"]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("ask @org/team and @ada", r"@\w"),
        ("fixes #12 or acme/digits#12", r"#\d"),
        ("see GH-12 or gh-7", r"(?i)gh-\d"),
        ("at d0470c5b4444 and D0470C5B4444", r"(?i)\b[0-9a-f]{7,40}\b"),
        ("a :tada: here", r":\w"),
        ("https://evil.example", r"://"),
        ("www.evil.example", r"www\."),
        ("a@evil.example", r"@e"),
    ],
)
def test_github_finds_nothing_to_link_in_prose(name: str, pattern: str) -> None:
    read = "".join(token.content for token in tokens(prose(name)) if token.type == "text")
    assert re.search(pattern, name)
    assert not re.search(pattern, read)
    assert read.replace("\u200b", "") == name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  two \n\t lines ", "two lines"),
        ("a\u2028b", "a b"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\x1b[2J", "⟨U+001B⟩[2J"),
        ("\ud800", "⟨U+D800⟩"),
        ("Genauigkeit für café ✓ 数", "Genauigkeit für café ✓ 数"),
        ("", ""),
    ],
)
def test_plain_spells_out_what_cannot_be_seen(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(("length", "limit", "shown"), [(5, 5, "aaaaa"), (6, 5, "aaaa…"), (21, 5, "aaaa…")])
def test_long_text_is_cut_and_says_so(length: int, limit: int, shown: str) -> None:
    assert plain("a" * length, limit) == shown


def test_text_behind_much_white_space_is_cut_and_says_so() -> None:
    assert plain(" " * 30 + "a", 5) == "…"


@given(st.text())
def test_plain_is_one_printable_line_that_can_be_encoded(text: str) -> None:
    shown = plain(text)
    shown.encode()
    assert len(shown) <= 120
    assert not any(unicodedata.category(c)[0] == "C" or unicodedata.category(c) in ("Zl", "Zp") for c in shown)


def test_no_text_has_a_word_for_it() -> None:
    assert code("") == code_cell(" \n") == prose("\t") == EMPTY


def test_prose_leaves_entities_and_letters_at_its_start_alone() -> None:
    assert prose("*a") == "&#42;a"
    assert prose("a-b") == "a-b"
    assert prose("-b") == "&#45;b"


@pytest.mark.parametrize("text", ["0.951", "12 rows", "1.5.0", "+0.021", "−0.002", "– none", "(a)", "1,200"])
def test_figures_need_no_entity(text: str) -> None:
    assert prose(text) == text
    assert kinds(prose(text)) <= TEXT


@pytest.mark.parametrize(
    ("text", "shown"), [("1. a", "&#49;. a"), ("12) a", "&#49;2) a"), ("1.", "&#49;."), ("+ a", "&#43; a")]
)
def test_what_begins_a_list_is_spelled_out(text: str, shown: str) -> None:
    assert prose(text) == shown
    assert not kinds(text) <= TEXT
    assert kinds(prose(text)) <= TEXT


def test_html_is_escaped_also_in_attributes() -> None:
    assert html('<a href="x">&\'\x00') == "&lt;a href=&quot;x&quot;&gt;&amp;&#x27;⟨U+0000⟩"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "", "/path", "//host", "data:text/html,x", "http://[", "ftp://x"]
)
def test_only_web_addresses_are_linked(url: str) -> None:
    assert link("label", url) in ("label", "[label](http://%5B)")


def test_an_address_cannot_leave_its_link() -> None:
    text = link("run", 'https://x.example/a b)(c "<|>\n`')
    assert [token.type for token in READER.parseInline(text)[0].children or []] == ["link_open", "text", "link_close"]
    assert text == "[run](https://x.example/a%20b%29%28c%20%22%3C%7C%3E%0A%60)"


@given(st.text(alphabet="@#:`*_a1 é\n", min_size=1), st.integers(1, 60))
def test_escaping_makes_no_text_longer_than_twice_its_limit(text: str, limit: int) -> None:
    written = prose(text * 40, limit)
    assert len(written) <= 2 * limit
    assert kinds(written) <= TEXT
