"""A command loads only what it needs: measured in processes of their own, on the very modules that they load."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from merganser.cli import cli
from tests.architecture.layers import modules

HEAVY = frozenset(
    "dvc github jinja2 markdown_it numpy pandas polars pyarrow requests scipy sklearn vl_convert yaml".split()  # noqa: SIM905
)

# Nearly every command reads `merganser.yaml`; these modules don't, and must not pay for it.
READS_NO_YAML = {"commands.models", "commands.observing.tags", "commands.carry_out", "commands.slash.parsing"}
# What a module can't do anything without: the demo and a trial talk to their hub as a person.
NEEDS = {name: {"github", "requests"} for name in ("setup.commenting", "setup.demo", "setup.trying.command")}
# What running a command may load.
RUNS = {"models": set[str](), "plan": {"yaml"}, "gate": {"numpy", "polars", "scipy", "yaml"}}
WATCH = """
import json, sys
code = 0
try:
    {code}
except SystemExit as end:
    code = end.code or 0
print(json.dumps([code, [name for name in {heavy} if name in sys.modules]]), file=sys.stderr)
"""


def loaded(code: str, *arguments: str, cwd: Path | None = None) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after `code`, which must not fail."""
    hidden = ("COVERAGE_", "COV_", "GITHUB_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    command = [sys.executable, "-c", WATCH.format(code=code, heavy=sorted(HEAVY)), *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    status, names = json.loads(done.stderr.splitlines()[-1])
    assert status == 0, done.stderr
    return set(names)


def run(*arguments: str, cwd: Path | None = None) -> set[str]:
    return loaded("from merganser.cli import main; main()", *arguments, cwd=cwd)


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), *((name, "--help") for name in sorted(cli.commands))]
)
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert run(*arguments) == set()


@pytest.mark.parametrize("module", sorted(name for name in modules() if name.startswith(("commands.", "setup."))))
def test_importing_a_command_loads_nothing_heavy(module: str) -> None:
    allowed = NEEDS.get(module, set()) | (set() if module in READS_NO_YAML else {"yaml"})
    assert loaded(f"import merganser.{module}") <= allowed


def test_the_structs_of_the_configuration_load_no_yaml() -> None:
    assert loaded("import merganser.config") == set()


def test_the_watch_sees_a_heavy_package() -> None:
    assert loaded("import yaml") == {"yaml"}


@pytest.fixture
def model_repo(tmp_path: Path) -> Path:
    """A repository with one model, two commits, and a version's tag."""
    (tmp_path / "merganser.yaml").write_text(
        "version: 1\nmodels:\n  digits: {artifact: {path: model.bin}, inputs: [params.yaml]}\n"
    )
    (tmp_path / "params.yaml").write_text("C: 1\n")
    who = ("-c", "user.name=Someone", "-c", "user.email=someone@example.org")
    for command in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        (*who, "commit", "-q", "-m", "First"),
        (*who, "commit", "-q", "--allow-empty", "-m", "Second"),
        (*who, "tag", "-a", "digits@v0.1.0", "-m", "Registering"),
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_models_loads_nothing_heavy(model_repo: Path) -> None:
    assert run("models", "--json", cwd=model_repo) <= RUNS["models"]


def test_plan_loads_only_the_reading_of_yaml(model_repo: Path) -> None:
    assert run("plan", "--json", cwd=model_repo) <= RUNS["plan"]


def test_gate_loads_only_what_it_computes_with(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n % 2},{n % 2}\n" for n in range(400))
    for name in ("candidate.csv", "baseline.csv"):
        (tmp_path / name).write_text("row_id,label,prediction\n" + rows)
    assert run("gate", "candidate.csv", "--baseline", "baseline.csv", "--json", cwd=tmp_path) <= RUNS["gate"]
