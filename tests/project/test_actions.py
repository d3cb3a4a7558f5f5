"""The actions: each says of its inputs what the command says of its options, and hands them over by environment."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from merganser.cli import cli
from tests.architecture.layers import PACKAGE, REPO

PATHS = [REPO / "action.yml", *sorted((REPO / "actions").glob("*/action.yml"))]
# What the command gets by the runtime, not by an option. A workflow knows its `--repo`; the others are for people.
RUNTIME = {
    "token": "GITHUB_TOKEN",
    "login": "MERGANSER_LOGIN",
    "app-id": "MERGANSER_APP_ID",
    "app-key": "MERGANSER_APP_KEY",
}
LEFT_OUT = {"--json", "--dry-run", "--repo", "--parse"}
TRUSTED = {"report", "register", "promote", "command"}
WITH_EXTRAS = {"report", "register", "command"}

each = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.parent.name)


def read(path: Path) -> tuple[str, dict[str, Any]]:
    """The command that an action runs, and the action."""
    action = yaml.safe_load(path.read_text())
    return ("report" if path.parent == REPO else path.parent.name), action


def step(action: dict[str, Any]) -> dict[str, Any]:
    [only] = action["runs"]["steps"]
    return dict(only)


def options(command: str) -> dict[str, click.Option]:
    """The options that a workflow may give, by their long names without the dashes."""
    found = [param for param in cli.commands[command].params if isinstance(param, click.Option)]
    names = {next(name for name in one.opts if name.startswith("--")): one for one in found}
    return {name.removeprefix("--"): one for name, one in names.items() if name not in LEFT_OUT}


def runtime(command: str) -> dict[str, str]:
    """The variable for each input that is no option: who acts, and what is installed."""
    installed = {"extras": "MERGANSER_EXTRAS"} if command in WITH_EXTRAS else {}
    return installed | (RUNTIME if command in TRUSTED else {})


def argument(command: str) -> click.Argument | None:
    return next((param for param in cli.commands[command].params if isinstance(param, click.Argument)), None)


def help_of(option: click.Option) -> str:
    """What the action says of an option: its help, and what a workflow's author would need the command line for."""
    said = option.help or ""
    if isinstance(option.type, click.Choice):
        *others, last = option.type.choices
        return f"{', '.join(others)} or {last} {said}"
    return f"{said} One {option.metavar} a line." if option.multiple else said


@each
def test_its_inputs_are_the_options_of_the_command(path: Path) -> None:
    command, action = read(path)
    positional = argument(command)
    own = {positional.name} if positional else set()
    assert set(action.get("inputs", {})) == {*options(command), *own, *runtime(command)}


@each
def test_it_describes_them_as_the_command_does(path: Path) -> None:
    command, action = read(path)
    said = {name: action["inputs"][name]["description"] for name in options(command)}
    assert said == {name: help_of(option) for name, option in options(command).items()}
    assert action["description"] == (cli.commands[command].help or "").partition("\n\n")[0].replace("\n", " ")


@each
def test_what_the_command_can_do_without_is_empty(path: Path) -> None:
    """An empty input isn't given, so every default is the command's own."""
    command, action = read(path)
    assert {action["inputs"][name]["default"] for name in options(command)} <= {""}
    assert [name for name, option in options(command).items() if option.required] == []
    positional = argument(command)
    if positional:
        assert action["inputs"][positional.name].get("required", False) is positional.required


@each
def test_every_input_reaches_its_command_by_environment(path: Path) -> None:
    command, action = read(path)
    positional = argument(command)
    wanted = {f"MERGANSER_OPTION_{name.upper().replace('-', '_')}": name for name in options(command)}
    wanted |= {variable: name for name, variable in runtime(command).items()}
    wanted |= {"MERGANSER_ARGUMENT": positional.name or ""} if positional else {}
    assert step(action)["env"] == {variable: f"${{{{ inputs.{name} }}}}" for variable, name in wanted.items()}


@each
def test_it_holds_no_logic(path: Path) -> None:
    command, action = read(path)
    script = "actions/merganser.sh" if path.parent == REPO else "../merganser.sh"
    assert action["runs"]["using"] == "composite"
    assert set(step(action)) == {"name", "id", "shell", "env", "run"} - (set() if action.get("outputs") else {"id"})
    assert step(action)["run"] == f'"$GITHUB_ACTION_PATH/{script}" {command}'
    assert (path.parent / script).stat().st_mode & 0o111


@each
def test_its_outputs_are_written_by_the_command(path: Path) -> None:
    command, action = read(path)
    for name, output in action.get("outputs", {}).items():
        assert output["value"] == f"${{{{ steps.{command}.outputs.{name} }}}}"
        modules = {"report": ("report", "sweep"), "command": ("slash",)}.get(command, (command,))
        commands = [one for name in modules for one in (PACKAGE / "commands").glob(f"{name}.py")]
        commands += [one for name in modules for one in (PACKAGE / "commands" / name).glob("*.py")]
        sources = (PACKAGE / "cli.py", *commands)
        assert any(re.search(rf'"{name}":', source.read_text()) for source in sources)


def test_the_runtime_reads_what_the_actions_hand_over() -> None:
    runtime = (PACKAGE / "forge" / "ci" / "runtime.py").read_text()
    assert [variable for variable in RUNTIME.values() if f'"{variable}"' not in runtime] == []


def test_the_action_at_the_root_is_the_one_that_reports() -> None:
    root = (REPO / "action.yml").read_text()
    assert root.replace("/actions/merganser.sh", "/../merganser.sh") == (REPO / "actions/report/action.yml").read_text()
