"""A repository with thousands of a registry's tags, made by one `git fast-import`."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

MODELS = 10
BEGAN = 1_700_000_000
# Of fifty tags of a model so many assign a stage, and one deregisters what was registered before it.
ASSIGNING = (10, 20, 30, 40)
DEREGISTERING = 45


def make(folder: Path, count: int) -> Path:
    """`folder` as a repository of `count` tags: ten models, mostly registrations, each on a commit of its own."""
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(folder)], check=True)
    stream = "".join([*_commits(count // MODELS), *_tags(count)])
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream.encode(), check=True)
    subprocess.run(["git", "pack-refs", "--all"], cwd=folder, check=True)
    return folder


def _commits(count: int) -> Iterator[str]:
    for number in range(count):
        yield f"commit refs/heads/main\nmark :{number + 1}\ncommitter A <a@example.org> {_when(number)} +0000\n"
        yield "data 4\nwork\n" + (f"from :{number}\n" if number else "")


def _tags(count: int) -> Iterator[str]:
    for number in range(count):
        round_, model = divmod(number, MODELS)
        name, commit = _name(f"model-{model}", round_)
        message = f"Registering\n\nInputs-Digest: sha256:{number:064x}\n"
        when = f"{_when(round_) + 3600 + model} +0000"
        yield f"tag {name}\nfrom :{commit + 1}\ntagger A <a@example.org> {when}\ndata {len(message)}\n{message}\n"


def _name(model: str, round_: int) -> tuple[str, int]:
    """A tag, and the number of the commit that it stands on."""
    place = round_ % 50
    if place in ASSIGNING:
        return f"{model}#{'prod' if place % 20 else 'dev'}#{round_}", round_ - 1
    if place == DEREGISTERING:
        return f"{model}@v{_version(round_ - 1)}!", round_ - 1
    return f"{model}@v{_version(round_)}", round_


def _version(number: int) -> str:
    return f"{number // 1000}.{number // 20 % 50}.{number % 20}"


def _when(number: int) -> int:
    return BEGAN + 60 * number
