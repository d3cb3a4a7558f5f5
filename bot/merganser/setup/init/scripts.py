"""What a training script says of itself: read as text, never run. Which files it writes, what it imports. Pure."""

import ast
import posixpath
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from typing import TypeGuard

import msgspec

from merganser.config import Task

# Calls that write the file which one of their arguments names; `open` only where its mode says so.
_WRITERS = frozenset(
    {
        "dump", "save", "save_file", "save_model", "save_pretrained", "save_weights", "savetxt", "savez",
        "savez_compressed", "to_csv", "to_json", "to_parquet", "write_bytes", "write_csv", "write_ndjson",
        "write_parquet", "write_text",
    }
)  # fmt: skip
_ESTIMATORS = {
    Task.multiclass: re.compile(r"\w*Classifier|\w*Classification|LogisticRegression(CV)?|(Linear|Nu)?SVC|\w*NB"),
    Task.regression: re.compile(r"\w*Regressor|LinearRegression|(Linear|Nu)?SVR|\w*(Ridge|Lasso|ElasticNet)(CV)?"),
}
# Distributions that are called otherwise than what is imported of them.
_DISTRIBUTIONS = {
    "PIL": "pillow", "cv2": "opencv-python", "dateutil": "python-dateutil", "skimage": "scikit-image",
    "sklearn": "scikit-learn", "yaml": "pyyaml",
}  # fmt: skip


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """`writes`: the paths that it writes, by its text; `columns`: of tables among them, where they stand there;
    `packages`: what it needs that Python doesn't bring; `task` by the estimator's kind, None where that isn't plain."""

    fits: bool = False
    writes: tuple[str, ...] = ()
    columns: dict[str, tuple[str, ...]] = {}
    packages: tuple[str, ...] = ()
    task: Task | None = None


def read(source: str, local: frozenset[str] = frozenset()) -> Script:
    """What a script says; nothing where it can't be parsed. `local` are modules that lie beside it."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return Script()
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = _constants(tree)
    written = dict.fromkeys(path for call in calls for path in _written(call, names))
    return Script(
        fits=any(_called(call) in ("fit", "fit_transform", "train") for call in calls),
        writes=tuple(written),
        columns=dict(_columns(tree, calls, names)),
        task=_task(tree),
        packages=tuple(sorted(set(_packages(tree, local)))),
    )


def training_script(scripts: Mapping[str, str]) -> str:
    """The script that trains: the one that is called so, else the only one that fits a model; "" where neither is."""
    called = sorted((path for path in scripts if "train" in posixpath.basename(path)), key=_nearest)
    if called:
        return called[0]
    fitting = [path for path in scripts if read(scripts[path]).fits and not posixpath.basename(path).startswith("test")]
    return fitting[0] if len(fitting) == 1 else ""


def _nearest(path: str) -> tuple[int, bool, str]:
    """`train.py` before `src/train.py`, both before `src/pretrain_tokens.py`."""
    return (path.count("/"), posixpath.basename(path) != "train.py", path)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _constants(tree: ast.Module) -> dict[str, str]:
    """Names that are assigned a path once, by their text."""
    found: dict[str, list[str | None]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(_path(node.value, {}))
    return {name: values[0] for name, values in found.items() if len(values) == 1 and values[0] is not None}


def _path(node: ast.AST, names: Mapping[str, str]) -> str | None:
    """The path that an expression plainly is: a text, a name of one, `Path(…)`, `a / b`, `join(…)`, `open(…)`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _joined([node.left, node.right], names)
    if isinstance(node, ast.Call) and _called(node) in ("Path", "join", "open", "str") and node.args:
        return _joined(node.args[:1] if _called(node) == "open" else node.args, names)
    return None


def _joined(parts: list[ast.expr], names: Mapping[str, str]) -> str | None:
    found = [_path(part, names) for part in parts]
    return None if None in found else posixpath.join(*(part for part in found if part is not None))


def _written(call: ast.Call, names: Mapping[str, str]) -> Iterator[str]:
    name = _called(call)
    places = [*call.args, *(keyword.value for keyword in call.keywords)]
    if name == "open":
        places = _opened_to_write(call)
    elif name in ("write_text", "write_bytes") and isinstance(call.func, ast.Attribute):
        places = [call.func.value]
    elif name not in _WRITERS:
        return
    for place in places:
        path = _path(place, names)
        if path and _is_output(path):
            yield posixpath.normpath(path)


def _columns(
    tree: ast.Module, calls: list[ast.Call], names: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The columns of each file that a frame is written to whose making stands there with its columns' names."""
    frames: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and (made := _frame(node.value)):
            frames[node.targets[0].id] = made
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in _WRITERS:
            frame = call.func.value
            made = frames.get(frame.id, ()) if isinstance(frame, ast.Name) else _frame(frame)
            for path in _written(call, names) if made else ():
                yield path, made


def _frame(node: ast.AST) -> tuple[str, ...]:
    """The columns of `DataFrame({"row_id": …, "label": …})`."""
    if not (isinstance(node, ast.Call) and _called(node) == "DataFrame"):
        return ()
    given = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "data")]
    keys = given[0].keys if given and isinstance(given[0], ast.Dict) else []
    return tuple(key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def _task(tree: ast.Module) -> Task | None:
    """Whether classes or numbers are predicted, by what scikit-learn and its like call their estimators."""
    used = {node.id if isinstance(node, ast.Name) else node.attr for node in ast.walk(tree) if _is_name(node)}
    kinds = {task for name in used for task, pattern in _ESTIMATORS.items() if pattern.fullmatch(name)}
    return kinds.pop() if len(kinds) == 1 else None


def _is_name(node: ast.AST) -> TypeGuard[ast.Name | ast.Attribute]:
    return isinstance(node, ast.Name | ast.Attribute)


def _opened_to_write(call: ast.Call) -> list[ast.expr]:
    """What `open(FILE, "w")` or `FILE.open("w")` writes."""
    method = isinstance(call.func, ast.Attribute)
    modes = [*call.args[0 if method else 1 :], *(k.value for k in call.keywords if k.arg == "mode")]
    writes = any(
        isinstance(m, ast.Constant) and isinstance(m.value, str) and set("wax") & set(m.value) for m in modes[:1]
    )
    if not writes:
        return []
    return [call.func.value] if isinstance(call.func, ast.Attribute) else call.args[:1]


def _is_output(path: str) -> bool:
    inside = not path.startswith(("/", "~")) and ".." not in path.split("/")
    return inside and "\\" not in path and "." in posixpath.basename(path).strip(".") and "://" not in path


def _packages(tree: ast.Module, local: frozenset[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            modules = [node.module]
        for module in modules:
            first = module.partition(".")[0]
            if first not in sys.stdlib_module_names and first not in local:
                yield _DISTRIBUTIONS.get(first, first)
