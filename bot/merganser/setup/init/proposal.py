"""What `init` proposes for a repository: how its model is trained, what it leaves, how it is judged. Pure."""

import re
from typing import Final

import msgspec

from merganser.config import Direction, Predictions, Task
from merganser.errors import ConfigError
from merganser.evaluation.metrics import known_direction
from merganser.setup.init.columns import SEE_AGAIN, Meaning, Unclear, meaning, meaning_by_names
from merganser.setup.init.facts import Facts
from merganser.setup.init.outputs import Outputs, outputs, stages_write
from merganser.setup.init.scripts import Script, read, training_script

_PARAMS: Final = ("params.yaml", "params.yml", "params.json", "params.toml")
_MOST_METRICS: Final = 3


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What the person wishes; "" where they left it to us. `artifact` is the model's file, `train` the command."""

    model: str = ""
    train: str = ""
    artifact: str = ""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A model as it shall be configured. `reported` are metrics of its own files that are judged where there are no
    predictions; `why` the task is that, and whether that was only `guessed`; `advice` is what a person could gain."""

    name: str
    path: str
    train: str
    artifact: str
    params: str
    metrics: tuple[str, ...]
    task: Task
    positive: str
    predictions: Predictions | None
    why: str
    guessed: bool
    reported: dict[str, Direction]
    left: tuple[str, ...]
    packages: tuple[str, ...]
    advice: tuple[str, ...]


def propose(facts: Facts, said: Wishes) -> Proposal:
    """`ConfigError` where it can't be found out how the model is trained, or which file it is."""
    train, script = _training(facts, said)
    left = outputs(facts, script)
    seen = _predictions(facts, left, script)
    found = seen if isinstance(seen, Meaning) else None
    reported = {} if found else _reported(facts, left)
    artifact = said.artifact or left.model or next(iter((*left.metrics, *left.predictions)), "")
    if not artifact:
        raise _leaves_nothing(train, ran=facts.made is not None)
    return Proposal(
        name=said.model or model_name(facts.name),
        path=facts.path,
        train=train,
        artifact=artifact,
        params=next((name for name in _PARAMS if name in facts.files), _PARAMS[0]),
        metrics=left.metrics,
        task=found.task if found else Task.binary,
        positive=found.positive if found else "",
        predictions=found.predictions if found else None,
        why=found.why if found else "",
        guessed=found is not None and found.guessed,
        reported=reported,
        left=left.files,
        packages=_packages(facts),
        advice=(_advice(seen, reported),) if isinstance(seen, Unclear) else (),
    )


def _leaves_nothing(train: str, *, ran: bool) -> ConfigError:
    what = f"`{train}` left no file" if ran else f"nothing says which files `{train}` leaves"
    cure = "Let it write the model, such as joblib.dump(model, 'model.joblib'), or say --artifact FILE."
    see = "" if ran else " `merganser init --run` runs it once, to see."
    return ConfigError(f"{what}, so there is no model to judge", cure + see)


def model_name(text: str) -> str:
    """A model's name made of a folder's or a repository's."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")[:63].strip("-_")
    return name or "model"


def trained_by(facts: Facts, said: Wishes) -> str:
    """The command that trains; `ConfigError` where nothing says it."""
    return _training(facts, said)[0]


def _training(facts: Facts, said: Wishes) -> tuple[str, Script]:
    script = training_script(facts.scripts)
    heard = read(facts.scripts.get(script, ""))
    if said.train:
        return said.train, heard
    if stages_write(facts.pipeline):
        return "dvc repro", heard
    if not script:
        raise ConfigError(
            "no script says by its name that it trains a model", "Say how it is trained: --train 'python fit_it.py'"
        )
    return f"python {script}", heard


def _packages(facts: Facts) -> tuple[str, ...]:
    """What the scripts import that Python doesn't bring, those of tests aside."""
    local = frozenset(part for path in facts.scripts for part in re.split(r"[/.]", path))
    own = [path for path in facts.scripts if not re.match(r"tests?/|(.*/)?(test_|conftest)", path)]
    return tuple(sorted({package for path in own for package in read(facts.scripts[path], local).packages}))


def _predictions(facts: Facts, left: Outputs, script: Script) -> Meaning | Unclear:
    """The first file whose columns can be told; else what is missing of the first."""
    unclear: list[Unclear] = []
    for file in left.predictions:
        found = _meaning(file, facts, script)
        if isinstance(found, Meaning):
            return found
        unclear.append(found)
    return unclear[0] if unclear else _WITHOUT


_WITHOUT: Final = Unclear(
    "No predictions file was found",
    "Let the training write one row for each evaluation example (row_id, label, prediction) to predictions.csv: then "
    "Merganser computes the metrics itself, knows how sure they are, and sees which groups got worse.",
)


def _advice(unclear: Unclear, reported: dict[str, Direction]) -> str:
    """What is judged instead is only said where there is something; that there is nothing is a step of its own."""
    judged = ", so the model's own metrics are judged, by points alone" if reported else ""
    return f"{unclear.why}{judged}. {unclear.cure}"


def _meaning(file: str, facts: Facts, script: Script) -> Meaning | Unclear:
    """By its columns where it can be read; by what the script says of them where it isn't there yet."""
    if file in facts.tables:
        return meaning(file, facts.tables[file])
    if file in script.columns and script.task is not None and file not in facts.files:
        return meaning_by_names(file, script.columns[file], script.task)
    return _unseen(file, facts)


def _unseen(file: str, facts: Facts) -> Unclear:
    if file in facts.unread:
        return Unclear(
            f"{file} can't be read ({facts.unread[file]})", "Mend that, and run `merganser init --force --run`."
        )
    return Unclear(f"{file} isn't there yet", SEE_AGAIN)


def _reported(facts: Facts, left: Outputs) -> dict[str, Direction]:
    """The first metrics of the run's own whose name says which way is better."""
    found = {name: known_direction(name) for file in left.metrics for name in facts.numbers.get(file, {})}
    known = {name: direction for name, direction in found.items() if direction is not None}
    return dict(list(known.items())[:_MOST_METRICS])
