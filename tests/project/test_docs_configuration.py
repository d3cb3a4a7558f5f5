"""The page of the configuration names every key of both files, with its default and, of closed sets, each word."""

import re
from collections.abc import Iterator
from enum import StrEnum
from types import UnionType
from typing import Any, get_args, get_origin

import msgspec
import pytest

from merganser.config import Change, Config, Environments, Task
from merganser.config.file import load_config, load_environments
from merganser.errors import ConfigError
from tests.architecture.layers import REPO

PAGE = (REPO / "docs" / "configuration.md").read_text()
NAMES = {
    "models": "MODEL",
    "metrics": "METRIC",
    "budgets": "BUDGET",
    "environments": "ENVIRONMENT",
    "commands": "COMMAND",
}
MODEL = "version: 1\nmodels: {m: {artifact: {path: m.bin}, %s}}"


class Row(msgspec.Struct, frozen=True):
    value: str
    default: str


def rows(file: str) -> dict[str, Row]:
    """The page's rows for one file, by the whole path of the key."""
    part = re.split(rf"^## `{re.escape(file)}`\n", PAGE, flags=re.MULTILINE)[1]
    part = re.split(r"^## ", part, flags=re.MULTILINE)[0]
    found: dict[str, Row] = {}
    for section in re.split(r"^### ", part, flags=re.MULTILINE)[1:]:
        title = section.splitlines()[0]
        above = "" if title == "Its top" else title.strip("`") + "."
        table = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
        for key, value, default, _ in table:
            assert above + key.strip("`") not in found
            found[above + key.strip("`")] = Row(value, default)
    return found


def fields(kind: type[msgspec.Struct], above: str = "") -> Iterator[tuple[str, msgspec.structs.FieldInfo]]:
    """Every key below `kind`, those of its structs included."""
    for field in msgspec.structs.fields(kind):
        path = above + field.encode_name
        yield path, field
        held = get_args(field.type)[0] if get_origin(field.type) is UnionType else field.type
        origin, args = get_origin(held), get_args(held)
        for inner in (held, *args):
            if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and inner is not Change:
                among = f".{NAMES[field.name]}" if origin is dict else "[]" if origin is tuple else ""
                yield from fields(inner, f"{path}{among}.")


def shown(path: str, field: msgspec.structs.FieldInfo) -> str:
    """A field's default as the page writes it."""
    default: Any = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    if field.required:
        return "required"
    if default in ("", None, (), {}):
        return "none"
    if isinstance(default, msgspec.Struct):
        return "see below"
    return f"`{default // 3600}h`" if path.endswith(".timeout") else f"`{default}`"


def words(field: msgspec.structs.FieldInfo) -> list[str]:
    kinds = [kind for kind in (field.type, *get_args(field.type)) if isinstance(kind, type)]
    return [word.value for kind in kinds if issubclass(kind, StrEnum) for word in kind]


@pytest.mark.parametrize(("file", "kind"), [("merganser.yaml", Config), ("environments.yaml", Environments)])
def test_every_key_stands_there_with_its_default(file: str, kind: type[msgspec.Struct]) -> None:
    written = {path: row.default for path, row in rows(file).items()}
    assert written == {path: shown(path, field) for path, field in fields(kind)}


@pytest.mark.parametrize(("file", "kind"), [("merganser.yaml", Config), ("environments.yaml", Environments)])
def test_of_a_closed_set_every_word_stands_there(file: str, kind: type[msgspec.Struct]) -> None:
    closed = {path: words(field) for path, field in fields(kind) if words(field)}
    assert closed
    assert {path: re.findall(r"`(\w+)`", rows(file)[path].value) for path in closed} == closed


@pytest.mark.parametrize("task", [*Task])
def test_the_columns_that_a_task_needs_are_those_that_stand_there(task: Task) -> None:
    (needed,) = re.findall(rf"^\| {task} \| (.+?) \|", PAGE, flags=re.MULTILINE)
    columns = re.findall(r"`(\w+)`", needed)
    enough = [columns] if " and " in needed else [[column] for column in columns]
    taken = [columns[:at] for at in range(len(columns) + 1) if _is_read(task, columns[:at])]
    assert taken[0] == enough[0]
    assert all(_is_read(task, chosen) for chosen in enough)


def _is_read(task: Task, columns: list[str]) -> bool:
    written = "".join(f", {column}: {'{a: p}' if column == 'scores' else 'p'}" for column in columns)
    try:
        load_config((MODEL % f"task: {task}, predictions: {{file: f.csv, key: k{written}}}").encode(), "page")
    except ConfigError:
        return False
    return True


def test_the_default_timeout_is_read_as_written() -> None:
    default = rows("merganser.yaml")["models.MODEL.train.timeout"].default.strip("`")
    written = load_config((MODEL % f"train: {{timeout: {default}}}").encode(), "page")
    assert written == load_config((MODEL % "task: binary").encode(), "page")


def test_what_a_model_may_not_say_yet_is_refused_as_written() -> None:
    assert "`baseline: deployed:ENV`" in PAGE
    with pytest.raises(ConfigError, match="not supported by this version"):
        load_config((MODEL % "gate: {baseline: deployed:ENV, metrics: {auc: {min: 0.5}}}").encode(), "page")


def test_what_an_environment_may_not_say_yet_is_refused_as_written() -> None:
    assert "`promote: auto`" in PAGE
    with pytest.raises(ConfigError, match="not supported by this version"):
        load_environments(b"version: 1\nenvironments: {staging: {promote: auto}}", "page")


def test_an_unknown_key_is_refused_with_file_and_line() -> None:
    with pytest.raises(ConfigError, match=r"^page:2: .*unknown key"):
        load_config((MODEL % "colour: red").encode(), "page")
