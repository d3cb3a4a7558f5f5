"""What no tracked file may hold: addresses of package registries, paths of one machine, work put off."""

import re
import subprocess

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


def test_pure_modules_carry_no_coverage_pragma() -> None:
    pragma = "pragma: no" + " "
    assert [name for name in tracked() if name.startswith("bot/") and pragma in (REPO / name).read_text()] == []
