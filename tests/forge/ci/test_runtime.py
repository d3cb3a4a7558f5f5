"""The CI's environment and event, read once; what we say back; what can't be smuggled through either."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.errors import ConfigError, DataError, MerganserError
from merganser.forge.ci import event
from merganser.forge.ci.answers import SUMMARY_CAP, inert, log_line, write_outputs, write_summary
from merganser.forge.ci.runtime import MAX_EVENT, Runtime

A, B = "a" * 40, "b" * 40
CANARY = "ghs_canary0123456789"


def environ(tmp_path: Path, payload: Any = None, **more: str) -> dict[str, str]:
    (tmp_path / "event.json").write_text(json.dumps(payload or {}))
    return {
        "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "acme/digits", "GITHUB_SERVER_URL": "http://127.0.0.1:1/",
        "GITHUB_API_URL": "http://127.0.0.1:1/api/v3", "GITHUB_SHA": A, "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_RUN_ID": "12", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_ACTOR": "ada",
        "GITHUB_TRIGGERING_ACTOR": "bob",
        "GITHUB_TOKEN": f"{CANARY}\n", "MERGANSER_LOGIN": "merganser[bot]", "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), **more,
    }  # fmt: skip


def test_the_environment_is_read_once(tmp_path: Path) -> None:
    runtime = Runtime.from_environ(environ(tmp_path, {"action": "opened"}))
    (tmp_path / "event.json").unlink()
    assert runtime == Runtime(
        event_name="pull_request", event={"action": "opened"}, repository="acme/digits", server_url="http://127.0.0.1:1",
        api_url="http://127.0.0.1:1/api/v3", sha=A, ref="refs/pull/7/merge", run_id=12, attempt=2, actor="ada",
        triggering_actor="bob", login="merganser[bot]", token=runtime.token, output=tmp_path / "output",
        summary=tmp_path / "summary",
    )  # fmt: skip
    assert runtime.run_url == "http://127.0.0.1:1/acme/digits/actions/runs/12"
    assert runtime.token.reveal() == CANARY


def test_a_persons_own_machine_has_no_ci() -> None:
    runtime = Runtime.from_environ({})
    assert (runtime.event, runtime.repository, runtime.run_id, runtime.run_url) == ({}, "", 0, "")
    assert runtime.api_url == "https://api.github.com"
    assert not runtime.token
    write_outputs(runtime, {"a": "b"})
    write_summary(runtime, "text")


WRONG = {
    "GITHUB_REPOSITORY": "../x",
    "GITHUB_SHA": "--output=pwn",
    "GITHUB_RUN_ID": "twelve",
    "GITHUB_RUN_ATTEMPT": "1" * 20,
    "GITHUB_API_URL": "http://evil.example/api/v3",
    "GITHUB_SERVER_URL": "ssh://x",
    "GITHUB_EVENT_PATH": "/nowhere/event.json",
}


@pytest.mark.parametrize(("variable", "value"), WRONG.items())
def test_a_wrong_variable_is_an_error(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Runtime.from_environ(environ(tmp_path, **{variable: value}))
    assert caught.value.hint


PEM = "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----"


def test_an_apps_key_is_text_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "app.pem").write_text(f"{PEM}\n")
    for value in (PEM, PEM.replace("\n", "\\n"), str(tmp_path / "app.pem")):
        app = Runtime.from_environ({"MERGANSER_APP_ID": "12", "MERGANSER_APP_KEY": value}).app
        assert app is not None
        assert (app.id, app.key.reveal().strip()) == ("12", PEM)
        assert "canary" not in repr(app)
    assert Runtime.from_environ({"MERGANSER_APP_ID": "", "MERGANSER_APP_KEY": " "}).app is None


WRONG_APPS = {
    "no key": ({"MERGANSER_APP_ID": "12"}, "MERGANSER_APP_ID is set, MERGANSER_APP_KEY is not"),
    "no id": ({"MERGANSER_APP_KEY": PEM}, "MERGANSER_APP_KEY is set, MERGANSER_APP_ID is not"),
    "a name": ({"MERGANSER_APP_ID": "my app", "MERGANSER_APP_KEY": PEM}, "no App's id"),
    "no file": ({"MERGANSER_APP_ID": "12", "MERGANSER_APP_KEY": "/nowhere/canary.pem"}, "neither a private key"),
    "a torn key": ({"MERGANSER_APP_ID": "12", "MERGANSER_APP_KEY": "canary" * 900}, "neither a private key"),
    "a zero": ({"MERGANSER_APP_ID": "12", "MERGANSER_APP_KEY": "canary\0"}, "neither a private key"),
}


@pytest.mark.parametrize(("variables", "says"), WRONG_APPS.values(), ids=WRONG_APPS)
def test_a_wrong_app_is_an_error_that_shows_no_key(variables: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        Runtime.from_environ(variables)
    assert "canary" not in f"{caught.value.message}{caught.value.hint}{caught.value.__cause__}"


ADDRESSES = [
    ({}, "https://github.com", "https://api.github.com"),
    ({"GITHUB_SERVER_URL": "https://github.com"}, "https://github.com", "https://api.github.com"),
    ({"GITHUB_API_URL": "https://api.github.com"}, "https://github.com", "https://api.github.com"),
    ({"GITHUB_SERVER_URL": "https://git.acme.example"}, "https://git.acme.example", "https://git.acme.example/api/v3"),
    ({"GITHUB_API_URL": "https://git.acme.example/api/v3/"}, "https://git.acme.example", "https://git.acme.example/api/v3"),
    ({"GITHUB_SERVER_URL": "https://acme.ghe.com"}, "https://acme.ghe.com", "https://api.acme.ghe.com"),
    ({"GITHUB_API_URL": "https://api.acme.ghe.com"}, "https://acme.ghe.com", "https://api.acme.ghe.com"),
]  # fmt: skip


@pytest.mark.parametrize(("variables", "server", "api"), ADDRESSES)
def test_server_and_api_belong_together_where_one_is_said(variables: dict[str, str], server: str, api: str) -> None:
    """A token for an Enterprise server must not go to github.com because only one of its addresses is set."""
    runtime = Runtime.from_environ(variables)
    assert (runtime.server_url, runtime.api_url) == (server, api)


@pytest.mark.parametrize("text", ["[1]", '"x"', "{", '{"a": 1, "a": 2}', '{"a": NaN}', "[" * 100_000])
def test_a_wrong_event_is_an_error(tmp_path: Path, text: str) -> None:
    variables = environ(tmp_path)
    (tmp_path / "event.json").write_text(text)
    with pytest.raises(MerganserError):
        Runtime.from_environ(variables)


def test_an_event_that_is_no_events_size_is_refused(tmp_path: Path) -> None:
    variables = environ(tmp_path)
    with (tmp_path / "event.json").open("wb") as file:
        file.truncate(MAX_EVENT + 1)
    with pytest.raises(ConfigError, match="larger than 30 MiB"):
        Runtime.from_environ(variables)


def test_brackets_in_a_comment_are_no_nesting(tmp_path: Path) -> None:
    runtime = Runtime.from_environ(environ(tmp_path, {"comment": {"body": "[" * 5000 + '\\"{' * 5000}}))
    assert event.look_up(runtime.event, "comment", "body") == "[" * 5000 + '\\"{' * 5000


def test_a_secret_shows_itself_to_nobody(tmp_path: Path) -> None:
    runtime = Runtime.from_environ(environ(tmp_path))
    assert CANARY not in f"{runtime!r} {runtime} {runtime.token} {runtime.token!r} {[runtime.token]}"
    assert "canary" not in json.dumps(runtime, default=repr)
    with pytest.raises(TypeError):
        pickle.dumps(runtime.token)


PULL = {"pull_request": {"number": 7, "head": {"sha": A}, "base": {"sha": B}}, "action": "opened"}
RUN = {"workflow_run": {"id": 5, "head_sha": A}}
QUEUE = {"merge_group": {"head_sha": A, "base_sha": B}}
PUSH = {"before": B, "after": A}
NEW = {"before": "0" * 40, "after": A, "repository": {"default_branch": "main"}}
COMMENT = {"issue": {"number": 7, "pull_request": {"url": "x"}}}
ISSUE = {"issue": {"number": 7}, "action": 5, "repository": {"default_branch": None}}
FACTS: list[tuple[Any, int | None, str | None, str | None, int | None, str, str | None]] = [
    (PULL, 7, A, B, None, "opened", None),
    (RUN, None, A, None, 5, "", None),
    (QUEUE, None, A, B, None, "", None),
    (PUSH, None, A, B, None, "", None),
    (NEW, None, A, None, None, "", "main"),
    (COMMENT, 7, None, None, None, "", None),
    (ISSUE, None, None, None, None, "", None),
    ({}, None, None, None, None, "", None),
]


@pytest.mark.parametrize(("payload", "number", "head", "base", "run", "action", "branch"), FACTS)
def test_what_an_event_says(
    payload: Any,
    number: int | None,
    head: str | None,
    base: str | None,
    run: int | None,
    action: str,
    branch: str | None,
) -> None:
    assert event.pull_request_number(payload) == number
    assert event.head_sha(payload) == head
    assert event.base_sha(payload) == base
    assert event.workflow_run_id(payload) == run
    assert event.action(payload) == action
    assert event.default_branch(payload) == branch


@pytest.mark.parametrize(
    ("payload", "tag"),
    [
        ({"ref": "refs/tags/digits@v1.0.0", "deleted": False, "after": A}, "digits@v1.0.0"),
        ({"ref": "digits@v1.0.0", "ref_type": "tag"}, "digits@v1.0.0"),
        ({"ref": "refs/tags/digits@v1.0.0", "deleted": True, "after": "0" * 40}, None),
        ({"ref": "refs/heads/main", "deleted": False}, None),
        ({"ref": "topic", "ref_type": "branch"}, None),
        ({"ref": 5, "ref_type": "tag"}, None),
        (RUN, None),
    ],
)
def test_the_tag_that_was_pushed(payload: Any, tag: str | None) -> None:
    assert event.pushed_tag(payload) == tag


@pytest.mark.parametrize("payload", [{"workflow_run": {"id": bad}} for bad in ("5", True, 0, None, 1.5)])
def test_an_id_of_another_type_is_an_error(payload: Any) -> None:
    with pytest.raises(ConfigError, match=r"workflow_run\.id"):
        event.workflow_run_id(payload)


@pytest.mark.parametrize("payload", [{"after": "HEAD"}, {"after": 5}, {"workflow_run": {"head_sha": "--x"}}])
def test_a_commit_that_is_none_is_an_error(payload: Any) -> None:
    with pytest.raises(ConfigError, match="is no commit"):
        event.head_sha(payload)


# Outputs: read back the way that the runner reads them.


def read_outputs(path: Path) -> dict[str, str]:
    """By GitHub's rules for the file: `NAME=VALUE` lines and `NAME<<DELIMITER` blocks."""
    found, lines = {}, path.read_bytes().decode().split("\n")
    while lines:
        line = lines.pop(0)
        if "<<" in line and ("=" not in line or line.index("<<") < line.index("=")):
            name, _, delimiter = line.partition("<<")
            end = lines.index(delimiter)
            found[name], lines = "\n".join(lines[:end]), lines[end + 1 :]
        elif "=" in line:
            name, _, value = line.partition("=")
            found[name] = value
    return found


@given(st.dictionaries(st.from_regex(r"\A[a-z_][a-z0-9_-]{0,9}\Z"), st.text(max_size=40), max_size=3))
def test_outputs_come_back_as_they_went(tmp_path_factory: pytest.TempPathFactory, outputs: dict[str, str]) -> None:
    path = tmp_path_factory.mktemp("out") / "output"
    write_outputs(Runtime(output=path), outputs)
    expected = {name: value.replace("\0", "").encode(errors="replace").decode() for name, value in outputs.items()}
    assert read_outputs(path) == expected


def test_a_value_can_not_begin_another_output(tmp_path: Path) -> None:
    evil = "x\nEOF\nGATE=pass\nmerganser_\nname<<EOF\nGATE=pass\nEOF"
    for value in (evil, evil):
        write_outputs(Runtime(output=tmp_path / "output"), {"metric": value})
    assert read_outputs(tmp_path / "output") == {"metric": evil}
    delimiters = {line for line in (tmp_path / "output").read_text().split("\n") if line.startswith("metric<<")}
    assert len(delimiters) == 2


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "a=b", "1x", "a<<b", "x" * 101])
def test_an_output_with_a_wrong_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="step output"):
        write_outputs(Runtime(output=tmp_path / "output"), {name: "x"})
    assert not (tmp_path / "output").exists()


def test_outputs_over_githubs_limit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="over 1 MiB"):
        write_outputs(Runtime(output=tmp_path / "output"), {"matrix": "x" * 2**19})


def test_a_file_that_can_not_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be written"):
        write_outputs(Runtime(output=tmp_path / "none" / "output"), {"a": "b"})


def test_a_summary_is_cut_at_a_lines_end_under_the_cap(tmp_path: Path) -> None:
    runtime = Runtime(summary=tmp_path / "summary")
    write_summary(runtime, "first")
    write_summary(runtime, "ä row of the table\n" * 100_000)
    text = (tmp_path / "summary").read_bytes()
    assert SUMMARY_CAP - 100 < len(text) <= SUMMARY_CAP
    lines = text.decode().splitlines()
    assert lines[0] == "first"
    assert set(lines[1:-2]) == {"ä row of the table"}
    assert "left out" in lines[-1]
    write_summary(runtime, "no room any more\n" * 10)
    assert (tmp_path / "summary").read_bytes() == text


INERT = {
    "::set-output name=x::y": ": :set-output name=x::y",
    "  ::error::x": ": :error::x",
    "plain :: text": "plain :: text",
    "a\n::add-mask::b": "a\n: :add-mask::b",
    "a\r::stop-commands::b": "a\n: :stop-commands::b",
    "a\u2028::warning::b": "a\n: :warning::b",
    "x ##[error]y": "x ## [error]y",
    "\x1b[2J\x1b[31mred\x07": "red",
    "tab\tstays": "tab\tstays",
    "\x1b::debug::x": ": :debug::x",
    "%0A::set-env": "%0A::set-env",
}


@pytest.mark.parametrize(("text", "shown"), INERT.items())
def test_no_line_is_a_command_to_the_runner(text: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert inert(text) == shown
    log_line(text)
    assert capsys.readouterr() == ("", f"{shown}\n")


@given(st.text())
def test_no_text_at_all_makes_a_command(text: str) -> None:
    for line in inert(text).split("\n"):
        assert not line.strip().startswith("::")
        assert "##[" not in line
