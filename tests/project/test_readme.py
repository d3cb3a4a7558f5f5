"""What the README and the pages promise: blocks that work, commands and links that are there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from merganser.config import Task
from merganser.config.file import load_config
from tests.architecture.layers import PACKAGE, REPO, modules

README = (REPO / "README.md").read_text()
PAGES = [REPO / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "tests/README.md")]
PAGES += sorted((REPO / "docs").glob("*.md"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def test_the_configuration_loads_and_says_what_the_text_says() -> None:
    (block,) = blocks("yaml")
    config = load_config(block.encode(), "README.md")
    digits = config.models["digits"]
    assert len(block.splitlines()) <= 16
    assert digits.task is Task.multiclass
    assert digits.gate.metrics["accuracy"].min == 0.9
    assert digits.gate.slices[0].by == ("label",)
    assert config.environments is not None


@pytest.mark.parametrize(("wrong", "exit_code"), [(0, 0), (300, 1)], ids=["as good as before", "worse"])
def test_the_gate_on_bare_files_answers_as_written(tmp_path: Path, wrong: int, exit_code: int) -> None:
    command = next(line for block in blocks("sh") for line in block.splitlines() if line.startswith("merganser gate"))
    for name, mistakes in (("old.csv", 0), ("new.csv", wrong)):
        rows = (f"{n},{n % 3},{(n + (n < mistakes)) % 3}" for n in range(2000))
        (tmp_path / name).write_text("row_id,label,prediction\n" + "\n".join(rows) + "\n")
    command_line = [sys.executable, "-m", *command.split(), "--json"]
    done = subprocess.run(command_line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == exit_code, done.stderr
    assert json.loads(done.stdout)["conclusion"] == ("failure" if exit_code else "success")


def test_every_make_command_named_in_the_pages_is_there() -> None:
    listed = set(re.findall(r"^([a-z]+):", (REPO / "Makefile").read_text(), flags=re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"^make ([a-z]+)\b", _code(page), flags=re.MULTILINE)}
    assert named
    assert named - listed == set()


def test_commands_for_contributors_run_outside_of_the_environment() -> None:
    """What is installed there is named by its place, or by a make target that finds it."""
    spans = [
        line for page in (REPO / "CONTRIBUTING.md", REPO / "tests" / "README.md") for line in _code(page).split("\n")
    ]
    inside = re.compile(r"(python\d?|pip|pytest|ruff|coverage|merganser) ")
    assert [line for line in spans if inside.match(line)] == []
    programs = {line.split()[0] for line in spans if line.startswith(".venv/bin/")}
    assert programs
    assert [name for name in programs if not (Path(sys.executable).parent / Path(name).name).exists()] == []
    named = {word for line in spans for word in line.split() if re.match(r"(scripts|tests)/\w", word)}
    assert [name for name in named if not (REPO / name).exists()] == []


def _code(page: Path) -> str:
    """The code of a page: its blocks and spans."""
    text = page.read_text()
    return "\n".join(
        re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) + re.findall(r"`([^`\n]+)`", text)
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPO).as_posix())
def test_every_link_and_picture_leads_to_a_file(page: Path) -> None:
    text = page.read_text()
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_contributing_begins_with_the_command_that_runs_everything() -> None:
    assert (REPO / "CONTRIBUTING.md").read_text().splitlines()[0].startswith("`.ci/run`")
    script = (REPO / ".ci" / "run").read_text()
    assert re.findall(r"^make (\w+)$", script, flags=re.MULTILINE) == ["test", "integration"]


def test_the_readme_is_two_screens() -> None:
    assert len(README.splitlines()) <= 110


def test_the_architecture_page_names_every_part() -> None:
    page = (REPO / "docs" / "architecture.md").read_text()
    parts = {name.partition(".")[0] for name in modules()} - {"__init__", "__main__"}
    folders = {name for name in parts if (PACKAGE / name).is_dir()}
    named = set(re.findall(r"`(\w+/?)`", page))
    assert {f"{name}/" for name in folders} - named == set()
    assert parts - folders - named == set()
