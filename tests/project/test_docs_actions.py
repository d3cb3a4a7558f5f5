"""docs/actions.md and the tables of docs/workflows.md: what `scripts/action_docs.py` writes, with nothing left out."""

import re
import subprocess
import sys

import yaml

from scripts import action_docs
from tests.architecture.layers import REPO

PAGE, WORKFLOWS = ((REPO / "docs" / name).read_text() for name in ("actions.md", "workflows.md"))


def generated(page: str) -> str:
    return page.partition(action_docs.BEGIN)[2].partition(action_docs.END)[0]


def test_the_page_is_what_the_actions_say() -> None:
    assert generated(PAGE) == f"\n{action_docs.sections()}\n"
    assert generated(WORKFLOWS) == f"\n{action_docs.workflows()}\n"


def test_the_page_names_all_that_goes_into_a_reusable_workflow() -> None:
    """Read anew, by the lines of YAML that a caller writes."""
    paths = sorted((REPO / ".github" / "workflows").glob("merganser-*.yml"))
    assert sorted(action_docs.WORKFLOWS) == [path.name for path in paths]
    for path in paths:
        call = yaml.load(path.read_text(), yaml.BaseLoader)["on"]["workflow_call"]
        section = generated(WORKFLOWS).partition(f"### `{path.name}`\n")[2].partition("###")[0]
        rows = re.findall(r"^\| `([\w-]+)` \| (?:(none|`[^`]*`) \| )?\S", section, re.MULTILINE)
        said = [(name, f"`{one['default']}`" if one["default"] else "none") for name, one in call["inputs"].items()]
        assert rows == [*said, *((name, "") for name in call["secrets"])]


def test_every_action_has_its_section() -> None:
    assert sorted(action_docs.ORDER) == sorted(path.parent.name for path in (REPO / "actions").glob("*/action.yml"))


def test_an_action_that_changes_changes_the_page() -> None:
    action = {"inputs": {"to": {"description": "a | b", "default": "x"}, "of": {"description": "c", "required": True}}}
    assert action_docs.inputs(action).splitlines()[2:] == ["| `to` | `x` | a \\| b. |", "| `of` | required | c. |"]


def test_the_script_leaves_the_page_as_it_is() -> None:
    subprocess.run([sys.executable, "scripts/action_docs.py"], cwd=REPO, check=True)
    assert (REPO / "docs" / "actions.md").read_text() == PAGE
    assert (REPO / "docs" / "workflows.md").read_text() == WORKFLOWS


def test_what_the_lines_to_copy_use_is_pinned_or_ours() -> None:
    used = re.findall(r"^  - uses: (\S+)", PAGE, re.MULTILINE)
    assert len(used) > len(action_docs.ORDER)
    assert [one for one in used if not re.fullmatch(r"OWNER/merganser/actions/\w+@v1|\S+@[0-9a-f]{40}", one)] == []
