"""`merganser command --parse`: anyone can try a comment without GitHub."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def parse(comment: bytes, *options: str, file: str = "-") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "merganser", "command", "--parse", file, *options]
    return subprocess.run(command, input=comment, capture_output=True, check=False, timeout=60)


def test_commands_are_told_as_json() -> None:
    done = parse("Danke!\n\n/override 'f1:min@c=ö' --reason \"weil's geht\"\n/train churn C=1\n".encode(), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        {"name": "override", "args": ["f1:min@c=ö"], "options": {"reason": "weil's geht"}, "line": 3, "later": False},
        {"name": "train", "args": ["churn", "C=1"], "options": {}, "line": 4, "later": False},
    ]


def test_what_is_not_there_yet_is_told_as_json() -> None:
    done = parse(b"/rollback churn prod\n/unhold prod\n/hold prod\n/gate", "--json")
    assert [one["later"] for one in json.loads(done.stdout)] == [True, True, True, False]


def test_a_line_that_is_no_command_has_no_usage() -> None:
    assert json.loads(parse(b"/trian", "--json").stdout) == [
        {"error": "there is no command /trian; did you mean /train?", "line": 1}
    ]


def test_faults_are_told_as_json() -> None:
    done = parse(b"/train\n/gate a b\n", "--json")
    assert json.loads(done.stdout) == [
        {"error": "b is one argument too many", "line": 2, "usage": "/gate [MODEL] [--sha SHA]"}
    ]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("", "There is no command in it.\n"),
        ("/override a:min --reason 'it is'", "line 1: /override a:min --reason 'it is'\n"),
        ("/gate a b", "line 1: b is one argument too many (/gate [MODEL] [--sha SHA])\nNothing of it runs.\n"),
        ("/hold prod", "line 1: /hold prod (not there yet)\n"),
        ("/trian", "line 1: there is no command /trian; did you mean /train?\nNothing of it runs.\n"),
    ],
)
def test_what_a_file_means_is_told_to_people(comment: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "comment.md").write_text(comment)
    done = parse(b"", file=str(tmp_path / "comment.md"))
    assert done.stdout.decode() == said
    assert done.returncode == (comment in ("/gate a b", "/trian"))


@pytest.mark.parametrize(
    ("comment", "file", "said"), [(b"\xff", "-", "no UTF-8"), (b"", "nowhere.md", "can't be read")]
)
def test_what_can_not_be_read_is_an_error(comment: bytes, file: str, said: str) -> None:
    done = parse(comment, file=file)
    assert (done.returncode, said in done.stderr.decode()) == (2, True), done.stderr
