"""A workflow file as far as the doctor judges it. Pure."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import yaml

from merganser.setup.doctor.finding import Finding, error
from merganser.setup.init.workflows import FOLDER

INIT: Final = "merganser init writes it anew (and shows the difference)."
_CALLED = re.compile(r"([^/]+/[^/]+)/\.github/workflows/([^@]+)@(.+)")
_STEP = re.compile(r"([^/]+/[^/]+)/actions/([a-z]+)@(.+)")


class Used(msgspec.Struct, frozen=True):
    """A reusable workflow (by its file) or an action (by its name), of which repository at which reference."""

    repository: str
    name: str
    ref: str


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """`on` has each event with how it is filtered."""

    where: str
    name: str
    on: dict[str, dict[str, Any]]
    jobs: dict[str, dict[str, Any]]
    permissions: Any

    def granted(self, job: str) -> Any:
        """What the job's token may: a mapping, `read-all`, `write-all`; None where nothing is said."""
        return self.jobs[job].get("permissions", self.permissions)

    def calls(self) -> Iterator[tuple[str, Used]]:
        """The jobs that call a reusable workflow, each with what it calls."""
        for name, job in self.jobs.items():
            if match := _CALLED.fullmatch(str(job.get("uses", ""))):
                yield name, Used(*match.groups())

    def steps(self) -> Iterator[tuple[str, Used, dict[str, Any]]]:
        """The steps that use an action out of a folder `actions`: job, action, inputs."""
        for name, job in self.jobs.items():
            steps = job.get("steps")
            for step in steps if isinstance(steps, list) else ():
                match = _STEP.fullmatch(str(step.get("uses", ""))) if isinstance(step, dict) else None
                if match:
                    given = step.get("with")
                    yield name, Used(*match.groups()), given if isinstance(given, dict) else {}

    def types(self, event: str) -> tuple[str, ...] | None:
        """The kinds of the event that start it; None where it says nothing, and GitHub's own choice holds."""
        types = self.on[event].get("types")
        return None if types is None else tuple(map(str, types if isinstance(types, list) else [types]))


def place(name: str) -> str:
    """Where a workflow file lies."""
    return f"{FOLDER}/{name}"


def parsed(text: str, where: str) -> Workflow | Finding:
    """A workflow file; the finding that it is none."""
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as wrong:
        return error(where, f"is no YAML: {str(wrong).splitlines()[0]}", INIT)
    jobs = document.get("jobs") if isinstance(document, dict) else None
    if not isinstance(jobs, dict):
        return error(where, "is no workflow: it has no jobs", INIT)
    # YAML 1.1 takes a bare `on` for a truth value; GitHub doesn't.
    on = document.get(True, document.get("on"))
    return Workflow(
        where=where,
        name=str(document.get("name", where)),
        on=_events(on),
        jobs={str(name): job for name, job in jobs.items() if isinstance(job, dict)},
        permissions=document.get("permissions"),
    )


def templates(texts: dict[str, str]) -> dict[str, Workflow]:
    """The templates by name: what a file of that name is held against."""
    read = {name: parsed(text, place(name)) for name, text in texts.items()}
    return {name: one for name, one in read.items() if isinstance(one, Workflow)}


def _events(on: Any) -> dict[str, dict[str, Any]]:
    """Events by name, whichever of GitHub's three ways of writing them was taken."""
    if isinstance(on, dict):
        return {str(name): value if isinstance(value, dict) else {} for name, value in on.items()}
    return {str(name): {} for name in (on if isinstance(on, list) else [on])}
