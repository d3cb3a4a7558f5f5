"""A comment in a terminal: what a browser would show, as text."""

import pytest

from merganser.report.reply import Row, reply
from merganser.setup.words import came_of, text_of


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("<!-- merganser:1 -->\n## passes", "## passes"),
        ("a<br>b", "a b"),
        ("<details><summary>10 more</summary>\n\n\n\n| x |\n</details>", "10 more\n\n| x |"),
        ("p &lt; 0.05 &#124; `x`", "p < 0.05 | `x`"),
        ("label&#8203;=1", "label=1"),
        ("&lt;b&gt;", "<b>"),
    ],
)
def test_it_is_read_as_shown(markdown: str, text: str) -> None:
    assert text_of(markdown) == text


def test_what_came_of_commands_is_read_from_the_reply() -> None:
    rows = [
        Row(command="/override 'a|b' --reason 'x | y'", done=True, said="`a` is overridden"),
        Row(command="/train", done=False, said="Nothing to train. Say it later."),
    ]
    assert came_of(reply(7, "maud", rows)) == ["🚀 `a` is overridden", "😕 Nothing to train. Say it later."]
    assert came_of("Nothing of your comment ran:\n\n- Line 1: wrong") == []
