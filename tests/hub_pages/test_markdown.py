"""Strangers' Markdown as HTML: what GitHub shows is shown, what harms is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.hub.pages.linking import Place
from merganser.hub.pages.markdown import render
from tests.hub.clients import Reply
from tests.hub_pages.browser import Page
from tests.hub_pages.town import HOSTILE, HOSTILE_COMMENT

PLACE = Place("acme/digits", "main", known=frozenset({"acme/digits", "acme/environments"}))
REL = ' rel="nofollow noopener noreferrer"'


def html(text: str | None) -> str:
    return str(render(text, PLACE)).strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, ""),
        ("**b** ~~gone~~ `c`", "<p><strong>b</strong> <s>gone</s> <code>c</code></p>"),
        ("- [x] done\n- [ ] open", "<ul>\n<li>☑ done</li>\n<li>☐ open</li>\n</ul>"),
        ("- [y] word\n- `[x]`", "<ul>\n<li>[y] word</li>\n<li><code>[x]</code></li>\n</ul>"),
        ("[x] no list", "<p>[x] no list</p>"),
        ("a<br>b <sub>c</sub>", "<p>a<br>b <sub>c</sub></p>"),
        ("<!-- hidden -->\nshown", "<p>shown</p>"),
        ("a <!-- hidden --> b", "<p>a  b</p>"),
        ("see www.example.org", f'<p>see <a href="http://www.example.org"{REL}>www.example.org</a></p>'),
        ("[mail](mailto:a@example.org)", f'<p><a href="mailto:a@example.org"{REL}>mail</a></p>'),
        ("<details open><summary>s</summary>t</details>", "<details open=\"\"><summary>s</summary>t</details>"),
        ("<b class='state' id='x' style='color:red'>b</b>", "<p><b>b</b></p>"),
        ("```yaml\na: <b>\n```", "<pre><code>a: &lt;b&gt;\n</code></pre>"),
    ],
)  # fmt: skip
def test_what_github_shows_is_shown(text: str | None, shown: str) -> None:
    assert html(text) == shown


def test_tables_align_without_styles() -> None:
    found = html("| a | b | c |\n|---|--:|:-:|\n| 1 | 2 | 3 |")
    assert '<td align="right">2</td>' in found
    assert '<td align="center">3</td>' in found
    assert "style" not in found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[f](src/a.py)", "/acme/digits/blob/main/src/a.py"),
        ("[f](http://127.0.0.1:5/acme/digits/pull/1#x)", "/acme/digits/pull/1#x"),
        ("http://localhost:5/Acme/Digits/pull/1", "/Acme/Digits/pull/1"),
        ("[f](http://127.0.0.1:8080/metrics)", "http://127.0.0.1:8080/metrics"),
        ("[f](https://example.org/acme/digits)", "https://example.org/acme/digits"),
        ("acme/digits#12", "/acme/digits/issues/12"),
        ("![alt](https://tracker.example/a.gif)", "https://tracker.example/a.gif"),
        ('<img alt="alt" src="https://tracker.example/a.gif">', "https://tracker.example/a.gif"),
        ("<img src='//tracker.example/a.gif'>", "//tracker.example/a.gif"),
    ],
)
def test_where_links_lead(text: str, shown: str) -> None:
    assert f'<a href="{shown}"{REL}>' in html(text)
    assert "<img" not in html(text)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("![dot](docs/dot.gif)", "/acme/digits/raw/main/docs/dot.gif"),
        ('<img src="docs/dot.gif" alt="dot">', "/acme/digits/raw/main/docs/dot.gif"),
        ("![dot](http://127.0.0.1:7/acme/digits/raw/main/dot.gif)", "/acme/digits/raw/main/dot.gif"),
        ("![dot](/acme/digits/raw/main/dot.gif)", "/acme/digits/raw/main/dot.gif"),
    ],
)
def test_the_hubs_own_images_are_shown(text: str, source: str) -> None:
    assert f'<img src="{source}" alt="dot">' in html(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x/y#1 unknown", "x/y#1 unknown"),
        ("see acme/digits#1, acme/environments#2.", "acme/environments#2</a>."),
        ("http://127.0.0.1:1/acme/digits/commit/" + "a" * 40, ">aaaaaaa</a>"),
        ("http://127.0.0.1:1/acme/environments/commit/" + "a" * 40, ">acme/environments@aaaaaaa</a>"),
        ("http://127.0.0.1:1/x/y/commit/" + "a" * 40, f">http://127.0.0.1:1/x/y/commit/{'a' * 40}</a>"),
        ("[acme/digits#1](https://example.org)", ">acme/digits#1</a>"),
        ("`acme/digits#1`", "<code>acme/digits#1</code>"),
    ],
)
def test_mentions(text: str, shown: str) -> None:
    assert shown in html(text)


HARM = [
    HOSTILE,
    HOSTILE_COMMENT,
    "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](vbscript:x) [d](data:text/html;base64,PHNjcmlwdD4=)",
    '<a href=" javascript:alert(1)">x</a><a href="java&#10;script:alert(1)">x</a><a href="&#106;avascript:x">x</a>',
    '<img src="data:image/svg+xml,<svg onload=alert(1)>"><img src=https://t.example/x.png>',
    '<img srcset="//t.example 2x"><picture><source srcset="//t.example"></picture><video poster="//t.example"></video>',
    '<img src="/\\\\t.example/x.png"> <img src="http://[oops"> <a href="http://[oops">x</a> ![x](http://[oops)',
    "<img src=x alt='><script>alert(1)</script>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "</div></main></body></html><base href='https://t.example'><meta http-equiv=refresh content='0;url=//t.example'>",
    "| a |\n|---|\n| <td></table><script>alert(1)</script> |",
    "<input autofocus onfocus=alert(1)><button formaction=javascript:x>b</button><object data=x><embed src=x>",
]


@pytest.mark.parametrize("text", HARM)
def test_harm_is_gone(text: str) -> None:
    assert _dangers(text) == []


@given(st.lists(st.sampled_from(HARM) | st.text(max_size=20) | st.sampled_from("<>\"'&`[]()!|#\n/ ="), max_size=8))
def test_no_mixture_harms(parts: list[str]) -> None:
    assert _dangers("".join(parts)) == []


def _dangers(text: str) -> list[str]:
    content = f"<main>{html(text)}</main>".encode()
    page = Page("http://127.0.0.1/", Reply(200, {"content-type": "text/html"}, content))
    return page.dangers()


def test_lines_of_what_is_said_stay_lines() -> None:
    assert "<br>" in render("/train\n/gate", PLACE, spoken=True)
    assert "<br>" not in render("one line\nof a file", PLACE)
