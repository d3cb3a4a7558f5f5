"""docs/actions.md is what `scripts/action_docs.py` writes from the actions, and names each of them."""

import re
import subprocess
import sys

from scripts import action_docs
from tests.architecture.layers import REPO

PAGE = (REPO / "docs" / "actions.md").read_text()


def test_the_page_is_what_the_actions_say() -> None:
    generated = PAGE.partition(action_docs.BEGIN)[2].partition(action_docs.END)[0]
    assert generated == f"\n{action_docs.sections()}\n"


def test_every_action_has_its_section() -> None:
    assert sorted(action_docs.ORDER) == sorted(path.parent.name for path in (REPO / "actions").glob("*/action.yml"))


def test_an_action_that_changes_changes_the_page() -> None:
    action = {"inputs": {"to": {"description": "a | b", "default": "x"}, "of": {"description": "c", "required": True}}}
    assert action_docs.inputs(action).splitlines()[2:] == ["| `to` | `x` | a \\| b. |", "| `of` | required | c. |"]


def test_the_script_leaves_the_page_as_it_is() -> None:
    subprocess.run([sys.executable, "scripts/action_docs.py"], cwd=REPO, check=True)
    assert (REPO / "docs" / "actions.md").read_text() == PAGE


def test_what_the_lines_to_copy_use_is_pinned_or_ours() -> None:
    used = re.findall(r"^  - uses: (\S+)", PAGE, re.MULTILINE)
    assert len(used) > len(action_docs.ORDER)
    assert [one for one in used if not re.fullmatch(r"OWNER/merganser/actions/\w+@v1|\S+@[0-9a-f]{40}", one)] == []
