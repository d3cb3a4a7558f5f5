"""How many requests a command may take: those that GitHub's limits count, REST and GraphQL.

Git's own traffic and what is downloaded from other hosts count nowhere. An App's token takes two requests more for each
repository, which GitHub counts for the App and not for its installation.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from github import Auth, Github

from merganser.commands import carry_out
from merganser.commands.register import command as register
from merganser.hub import Exchange, Hub
from tests.commands.stage import (
    BOT,
    CONFIG,
    DECISIONS,
    ENVIRONMENTS,
    REPO,
    STAGES,
    TRAIN,
    Life,
    Moment,
    on_a_copy,
    params,
    prepare_empty,
    runtime,
)
from tests.contract.plugin import Contract

MODELS = ("m1", "m2", "m3", "m4", "m5")
MARKER = "<!-- merganser:report:{} -->"


class Repository:
    """Five models in one repository, whose baselines lie in releases; pull requests that touch 0, 1 and 5 of them."""

    def __init__(self, folder: Path) -> None:
        self.moments: dict[str, Moment] = {}
        self.numbers: dict[str, int] = {}
        with prepare_empty(folder) as life:
            life.models = MODELS
            life.push(ENVIRONMENTS, {"environments.yaml": STAGES}, "main")
            life.push(REPO, {"README.md": "# five\n"}, "main")
            life.do("report", life.train_push(life.merge(REPO, life.propose("set-up", _files()))))
            for model in MODELS:
                request = register.Request(model=model)
                told = runtime(life.hub, life.access.bot, {})
                carry_out.carry_out(
                    partial(register.observe_and_decide, request=request), told, dry_run=False, as_json=True
                )
            for name, files in _changes().items():
                self._moment(life, name, files, folder)

    def _moment(self, life: Life, name: str, files: dict[str, str | None], folder: Path) -> None:
        life.models = tuple(model for model in MODELS if f"{model}.yaml" in files)
        number = self.numbers[name] = life.propose(f"touch-{name}", files)
        event = life.train_pull(number, f"touch-{name}")
        self.moments[name] = life.moment(name, event, folder / "moments")
        if name == "5":
            pushed = life.train_push(life.merge(REPO, number))
            self.moments["push"] = life.moment("push", pushed, folder / "moments")


def _files() -> dict[str, str | None]:
    head, _, rest = CONFIG.partition("  tiny:\n")
    model, _, tail = rest.partition("environments:")
    bodies = "".join(f"  {name}:\n{_of(name, model)}" for name in MODELS)
    scripts = {f"{name}.yaml": params(10, 10) for name in MODELS}
    return {"merganser.yaml": f"{head}{bodies}environments:{tail}", "train.py": _TRAIN, **scripts}


# Each model has parameters, predictions and a file of its own.
_TRAIN = "import sys\n" + TRAIN.replace('"params.yaml"', 'f"{sys.argv[1]}.yaml"').replace(
    '"model.json"', 'f"{sys.argv[1]}.json"'
)


def _of(name: str, model: str) -> str:
    return (
        model.replace("params.yaml", f"{name}.yaml")
        .replace("python train.py", f"python train.py {name}")
        .replace("model.json", f"{name}.json")
    )


def _changes() -> dict[str, dict[str, str | None]]:
    return {
        "0": {"README.md": "# nothing\n"},
        "1": {"m1.yaml": params(100, 100)},
        "5": {f"{name}.yaml": params(100, 100) for name in MODELS},
    }


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("five"))


@contextmanager
def counting(moment: Moment, folder: Path) -> Iterator[tuple[Hub, list[Exchange]]]:
    contract = Contract()
    with on_a_copy(moment, folder, contract) as hub:
        yield hub, contract.exchanges
    assert contract.deviations() == []


def do(command: str, hub: Hub, moment: Moment, **changed: Any) -> None:
    told = msgspec.structs.replace(runtime(hub, moment.access.bot, moment.event), **changed)
    carry_out.carry_out(DECISIONS[command], told, dry_run=False, as_json=True)


def talk(hub: Hub, moment: Moment, number: int, comments: Sequence[tuple[str, str]]) -> None:
    tokens = {"ada": moment.access.person, BOT: moment.access.bot}
    for who, body in comments:
        patient = {"seconds_between_requests": None, "seconds_between_writes": None}
        with Github(base_url=hub.api_url, auth=Auth.Token(tokens[who]), **patient) as person:
            person.get_repo(REPO).get_issue(number).create_comment(body)


def within(limit: int, exchanges: Sequence[Exchange]) -> None:
    asked = [f"{exchange.method} {exchange.path}" for exchange in exchanges]
    assert len(asked) <= limit, "\n".join(asked)


@pytest.mark.integration
@pytest.mark.parametrize("comments", [0, 50, 98])
@pytest.mark.parametrize("models", ["0", "1", "5"])
def test_a_report_on_a_pull_request(models: str, comments: int, repository: Repository, tmp_path: Path) -> None:
    moment, number = repository.moments[models], repository.numbers[models]
    with counting(moment, tmp_path) as (hub, exchanges):
        talk(hub, moment, number, [("ada", f"{n}") for n in range(comments)])
        del exchanges[:]
        do("report", hub, moment)
        within(10 + 4 * int(models), exchanges)


@pytest.mark.integration
@pytest.mark.parametrize("models", ["0", "1", "5"])
def test_a_report_that_finds_its_check_begun_and_a_comment_to_change(
    models: str, repository: Repository, tmp_path: Path
) -> None:
    moment, number = repository.moments[models], repository.numbers[models]
    with counting(moment, tmp_path) as (hub, exchanges):
        old = f"{MARKER.format(number)}\nAs it was before."
        talk(hub, moment, number, [*(("ada", f"{n}") for n in range(97)), (BOT, old)])
        with Github(base_url=hub.api_url, auth=Auth.Token(moment.access.bot)) as bot:
            sha = moment.event["workflow_run"]["head_sha"]
            bot.get_repo(REPO).create_check_run("merganser/gate", sha, status="in_progress")
        del exchanges[:]
        do("report", hub, moment)
        within(10 + 4 * int(models), exchanges)
        assert {(e.method, e.path.split("/")[-2]) for e in exchanges} >= {("PATCH", "check-runs")}


@pytest.mark.integration
def test_a_report_on_a_push(repository: Repository, tmp_path: Path) -> None:
    with counting(repository.moments["push"], tmp_path) as (hub, exchanges):
        do("report", hub, repository.moments["push"])
        within(10 + 4 * 5, exchanges)


@pytest.mark.integration
def test_a_report_on_a_training_that_has_begun(repository: Repository, tmp_path: Path) -> None:
    moment = repository.moments["5"]
    with counting(moment, tmp_path) as (hub, exchanges):
        run = hub.admin.rerun_workflow_run(REPO, moment.event["workflow_run"]["id"])
        del exchanges[:]
        do("report", hub, moment, event={**moment.event, "action": "requested", "workflow_run": run})
        within(4, exchanges)


def test_a_report_on_one_model_among_many_comments(moments: dict[str, Moment], tmp_path: Path) -> None:
    moment = moments["report"]
    with counting(moment, tmp_path) as (hub, exchanges):
        talk(hub, moment, 2, [("ada", f"{n}") for n in range(98)])
        for limit in (14, 10):  # the second one finds its record and its baseline's: it writes nothing
            del exchanges[:]
            do("report", hub, moment)
            within(limit, exchanges)


MANY = {f"staging/other/{n}.yaml": f"n: {n}\n" for n in range(150)}
BELOW = {f"staging/tiny/{n}.yaml": f"n: {n}\n" for n in range(150)}


def test_a_promotion_among_many_files(moments: dict[str, Moment], tmp_path: Path) -> None:
    """Its branch is new; it is there already; base moved on; and what an earlier pull request left is on it."""
    moment = moments["promote"]
    with counting(moment, tmp_path) as (hub, exchanges):
        life = Life(hub, tmp_path, moment.access)
        counted = []

        def promoted(actor: str) -> None:
            del exchanges[:]
            do("promote", hub, moment, actor=actor)
            within(12, exchanges)
            counted.append(len(exchanges))

        life.push(ENVIRONMENTS, {**MANY, **BELOW}, "main")
        promoted("ada")
        promoted("grace")
        life.push(ENVIRONMENTS, {"README.md": "# moved on\n"}, "main")
        promoted("ada")
        life.merge(ENVIRONMENTS, 1)
        life.push(ENVIRONMENTS, {"staging/tiny/release.yaml": None}, "main")
        promoted("ada")
        with Github(base_url=hub.api_url, auth=Auth.Token(moment.access.person)) as person:
            person.get_repo(ENVIRONMENTS).get_pull(2).merge(merge_method="squash")
        life.push(ENVIRONMENTS, {"staging/tiny/release.yaml": None}, "main")
        promoted("ada")
