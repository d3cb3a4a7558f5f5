"""What `init` found and did, in words. Pure."""

import json
from collections.abc import Iterator
from textwrap import wrap
from typing import Any, Final

import msgspec

from merganser.config import CONFIG_FILE, Config
from merganser.setup.init.facts import Facts
from merganser.setup.init.files import Change
from merganser.setup.init.proposal import Proposal
from merganser.setup.init.reach import Reach

_WIDTH: Final = 80
_SAYS: Final = {
    "new": "new",
    "added": "our lines written",
    "replaced": "replaced",
    "same": "as it was",
    "left": "left, differs (--force replaces it)",
}


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, what became of each file, and what is left to do. Without a proposal, `config` was there."""

    facts: Facts
    proposal: Proposal | None
    config: Config
    reaches: tuple[Reach, ...]
    outcomes: tuple[tuple[Change, str], ...]
    steps: tuple[str, ...]


def answer(result: Result, *, as_json: bool) -> str:
    """For people, or for programs."""
    return json.dumps(_document(result), indent=2, sort_keys=True) if as_json else "\n".join(_lines(result))


def _document(result: Result) -> dict[str, Any]:
    proposal = result.proposal
    model = None if proposal is None else msgspec.to_builtins(proposal)
    files = [{"path": change.file.path, "outcome": outcome} for change, outcome in result.outcomes]
    rows = msgspec.to_builtins(result.reaches)
    said = {"files": files, "model": model, "repository": result.facts.repository, "rows": rows}
    return {**said, "steps": list(result.steps)}


def _lines(result: Result) -> Iterator[str]:
    if result.proposal is not None:
        for paragraph in _found(result.proposal, result):
            yield from wrap(paragraph, _WIDTH, break_on_hyphens=False)
        yield ""
    width = max(len(change.file.path) for change, _ in result.outcomes)
    yield from (f"  {change.file.path:{width}}  {_SAYS[outcome]}" for change, outcome in result.outcomes)
    yield from ("", "Next:")
    for number, step in enumerate(result.steps, 1):
        first, *below = step.split("\n")
        yield f" {number:2}. {first}"
        yield from (f"       {line}" for line in below)


def _found(proposal: Proposal, result: Result) -> Iterator[str]:
    yield f"The model {proposal.name} is trained by `{proposal.train}`."
    if proposal.guessed:
        yield (
            f"Nothing ran, so it is a guess that its task is {proposal.task.value} ({proposal.why}). To see instead: "
            f"merganser init --force --run. To change it: `task` and `predictions` in {CONFIG_FILE}."
        )
    elif proposal.predictions is not None:
        yield f"Its task is {proposal.task.value}: {proposal.why}, in {proposal.predictions.file}."
    yield from proposal.advice
    yield from (reach.text() for reach in result.reaches)
