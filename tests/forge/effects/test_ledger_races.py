"""Writers of one ledger at the same moment, over HTTP, each with its own connection: no record is lost."""

import threading

import pytest

from merganser import git, plan
from merganser.forge.ci.runtime import Runtime
from merganser.forge.effects.apply import apply
from merganser.forge.github import connect
from merganser.forge.secret import Secret
from tests.forge.world import REPO, World

ROUNDS = 5
RECORDS = 2


def write_at_once(world: World, branch: str, writers: int) -> list[str]:
    """Each writer appends its records, one commit each, to a branch that is not there yet; the paths."""
    start, failures = threading.Barrier(writers), list[BaseException]()

    def work(writer: int) -> None:
        try:
            runtime = Runtime(api_url=world.hub.api_url, token=Secret(world.prepared.bot), login="merganser[bot]")
            with connect(runtime) as forge:
                start.wait()
                for path in paths(writer):
                    files = {path: f'"{path}"\n'.encode(), "runs/digits/shared.json": str(writer).encode()}
                    apply(plan.Plan((plan.Append(repo=REPO, branch=branch, files=files, message="Record"),)), forge)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return [path for writer in range(writers) for path in paths(writer)]


def paths(writer: int) -> list[str]:
    return [f"runs/digits/{writer}-{n}.json" for n in range(RECORDS)]


def nothing_is_lost(world: World, branch: str, writers: int) -> None:
    expected = write_at_once(world, branch, writers)
    bare = git.Repository(world.hub.directory / "repos" / "acme" / "digits.git")
    files = {entry.path: entry.oid for entry in bare.entries(f"refs/heads/{branch}")}
    assert sorted(files) == sorted([*expected, "runs/digits/shared.json"])
    assert bare.blobs([files[path] for path in expected]) == [f'"{path}"\n'.encode() for path in expected]
    history = bare.text("log", "--format=%H %P", "--name-status", f"refs/heads/{branch}")
    assert "M\t" not in history
    assert "D\t" not in history
    assert len(bare.text("rev-list", "--max-parents=0", f"refs/heads/{branch}").split()) == 1
    assert int(bare.text("rev-list", "--count", f"refs/heads/{branch}")) == writers * RECORDS


def test_two_writers_at_once_lose_nothing(world: World) -> None:
    """Each round is a race for the branch's first commit too."""
    for n in range(ROUNDS):
        nothing_is_lost(world, f"ledger-{n}", 2)


@pytest.mark.integration
def test_two_writers_at_once_fifty_times(world: World) -> None:
    for n in range(50):
        nothing_is_lost(world, f"ledger-{n}", 2)


@pytest.mark.integration
def test_eight_writers_at_once(world: World) -> None:
    """As many models of one repository, whose reports end at the same moment."""
    nothing_is_lost(world, "ledger", 8)
