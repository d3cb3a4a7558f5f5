"""The page of words explains what the program says: each status, trust and mode, and the words of the record."""

import re

from merganser.evaluation.verdict import Mode, Status, Trust
from tests.architecture.layers import REPO

PAGE = (REPO / "docs" / "words.md").read_text()
ENTRIES = re.findall(r"^\*\*(.+?)\*\*: (.+?)(?=^\*\*|^#|\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
# A verdict says `inconclusive` in JSON and "not proven" to people.
CLOSED = {word.value for kind in (Status, Trust, Mode) for word in kind}


def test_each_word_of_a_verdict_is_there() -> None:
    assert {word for word in CLOSED if not re.search(rf"(`|\*\*|, ){word}(`|\*\*|, )", PAGE)} == set()


def test_each_word_is_explained_once_in_a_few_sentences() -> None:
    named = [word for title, _ in ENTRIES for word in title.split(", ")]
    assert len(named) == len(set(named)) >= 20
    long = {title: text for title, text in ENTRIES if not 1 <= len(re.findall(r"[.](?=\s)", text)) <= 3}
    assert long == {}


def test_the_words_stand_where_the_readme_leads_to() -> None:
    for page, link in (("README.md", "docs/words.md"), ("docs/README.md", "words.md")):
        assert f"]({link})" in (REPO / page).read_text()
