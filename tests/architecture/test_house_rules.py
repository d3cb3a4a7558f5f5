"""What no tracked file and no commit may say: addresses of package registries, paths of one machine, work put off."""

import ast
import re
import subprocess
from pathlib import PurePosixPath

import pytest

from tests.architecture.layers import REPO

# Written in pieces, so that this file does not hold what it looks for.
HOSTS = "|".join(
    ("py" + "pi[.]org", "python" + "hosted", "registry[.]n" + "pmjs", "deb[.]deb" + "ian", "ian[.]org/de" + "bian")
)
PATHS = "(?<![A-Za-z0-9_.$}-])/" + "(work|root|home|Users)" + "/[A-Za-z0-9._-]"
PUT_OFF = r"\b(TO" + "DO|FIX" + "ME|XX" + r"X)\b"
RULES = {"registry host": HOSTS, "path of a machine": PATHS, "work put off": PUT_OFF}
# GitHub's own description of its API speaks in its own words.
FOREIGN = ("tests/schemas/",)
# Looks for KServe's own description beside the repository, and skips where there is none.
LOOKS_BESIDE = frozenset({"tests/deployment/kserve_schema.py"})


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, check=True)
    return [name for name in done.stdout.decode().split("\0") if name and not name.startswith(FOREIGN)]


def offences(text: str, pattern: str) -> list[int]:
    """The numbers of the lines that match."""
    return [number for number, line in enumerate(text.splitlines(), 1) if re.search(pattern, line)]


@pytest.mark.parametrize("rule", RULES)
def test_tracked_files_keep_the_rule(rule: str) -> None:
    found = {}
    for name in tracked():
        path = REPO / name
        data = path.read_bytes() if path.is_file() else b""
        if b"\0" not in data and (lines := offences(data.decode(errors="replace"), RULES[rule])):
            found[name] = lines
    assert found == {}


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("registry host", "--index https://py" + "pi.org/simple"),
        ("path of a machine", "open('/" + "home/someone/x')"),
        ("work put off", "# TO" + "DO: finish"),
    ],
)
def test_an_offence_is_found(rule: str, line: str) -> None:
    assert offences(f"fine\n{line}\n", RULES[rule]) == [2]


def test_commit_messages_keep_the_rules() -> None:
    """Those that are here: of a shallow clone the newest."""
    done = subprocess.run(["git", "log", "--format=%h%n%B%x00"], cwd=REPO, capture_output=True, text=True, check=True)
    messages = [message.strip() for message in done.stdout.split("\0") if message.strip()]
    assert messages
    assert [text for text in messages if any(offences(text, pattern) for pattern in RULES.values())] == []


def climbs_out(source: str, name: str) -> list[int]:
    """The lines of a file, named from the repository, that go above the repository: `parents[n]`, or `REPO.parent`."""
    inside = range(len(PurePosixPath(name).parents))
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in ("parent", "parents") and ast.unparse(node.value) == "REPO":
            found.append(node.lineno)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
            level = node.slice.value if isinstance(node.slice, ast.Constant) else None
            found += [] if level in inside else [node.lineno]
    return found


def test_no_test_and_no_script_reads_above_the_repository() -> None:
    names = [name for name in tracked() if name.startswith(("tests/", "scripts/")) and name.endswith(".py")]
    found = {name: climbs_out((REPO / name).read_text(), name) for name in names if (REPO / name).is_file()}
    assert {name for name, lines in found.items() if lines} == LOOKS_BESIDE


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("x = Path(__file__).parents[2]\n", []),
        ("x = Path(__file__).parents[3]\n", [1]),
        ("x = 1\ny = Path(__file__).resolve().parents[4] / 'x'\n", [2]),
        ("x = Path(__file__).parents[up]\n", [1]),
        ("x = REPO.parent\n", [1]),
        ("x = REPO.parents[0]\n", [1]),
        ("x = folder.parent\n", []),
    ],
)
def test_climbing_out_is_found(source: str, lines: list[int]) -> None:
    assert climbs_out(source, "tests/part/test_one.py") == lines


def test_pure_modules_carry_no_coverage_pragma() -> None:
    pragma = "pragma: no" + " "
    assert [name for name in tracked() if name.startswith("bot/") and pragma in (REPO / name).read_text()] == []
