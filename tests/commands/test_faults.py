"""Whole commands while GitHub misbehaves, anywhere and in any way: they leave what an undisturbed run leaves.

Each goes on by itself where that is safe; else it ends with an error of GitHub's (exit code 4), and the next run
completes it.
"""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest

from merganser import git
from merganser.commands import carry_out
from merganser.commands.sweep import command as sweep
from merganser.errors import ForgeError
from merganser.forge.effects.apply import apply
from merganser.forge.github import connect
from merganser.forge.protocol import RateLimited
from merganser.forge.times import Times
from merganser.hub import Hub
from merganser.plan import Check, CheckStatus, Plan
from tests.commands.comments import answer
from tests.commands.stage import REPO, Moment, fetch, final_state, on_a_copy, runtime
from tests.forge.proxy import Exchange, Fault, Proxy, Strike

# Where each begins; a sweep finds the run whose report's event was lost.
COMMANDS = {"report": "report", "register": "register", "promote": "promote", "sweep": "report"}
# The answers to comments, which between them write reply and reactions, ledger and check, and an App's commit.
SLASH = {"/help": "help", "/override": "override", "/train KEY=VALUE": "set"}


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = time.time()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def times(self) -> Times:
        return Times(self.sleep, lambda: self.now)


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A command that is about to begin on a hub, with the proxy before it."""

    command: str
    moment: Moment
    hub: Hub
    proxy: Proxy
    clock: Clock

    def run(self) -> None:
        token, times = self.moment.access.bot, self.clock.times
        if self.command in SLASH:
            answer(self.proxy, self.moment, times)
        elif self.command == "sweep":
            request = sweep.Request(labels={}, dry_run=False, as_json=True)
            sweep.carry_out(request, runtime(self.proxy, token, {}), times)
        else:
            told = runtime(self.proxy, token, self.moment.event)
            carry_out.carry_out(self.moment.decide(), told, dry_run=False, as_json=True, times=times)

    def state(self) -> str:
        return final_state(self.hub, self.moment)


Stages = dict[str, Moment]


@pytest.fixture(scope="module")
def stages(moments: Stages, comments: Stages) -> Stages:
    """Where each command begins."""
    found = {command: moments[name] for command, name in COMMANDS.items()}
    return found | {command: comments[name] for command, name in SLASH.items()}


@contextmanager
def behind_a_proxy(command: str, stages: Stages, folder: Path) -> Iterator[Scene]:
    clock, moment = Clock(), stages[command]
    with on_a_copy(moment, folder) as hub, Proxy(hub, lambda: clock.now).running() as proxy:
        yield Scene(command=command, moment=moment, hub=hub, proxy=proxy, clock=clock)
        assert proxy.tokens_seen_by_strangers() == []


class Undisturbed(msgspec.Struct, frozen=True):
    """What a command asks, in order, and what it leaves."""

    exchanges: list[Exchange]
    state: str

    def strikes(self) -> list[Strike]:
        """The faults whose outcome hangs on where they strike, at every request; of the others one at each, in turn."""
        found: list[Strike] = []
        for index, exchange in enumerate(self.exchanges):
            faults = exchange.faults()
            alike = [fault for fault in faults if fault in ALIKE]
            telling = [fault for fault in faults if fault not in ALIKE]
            found += [Strike(index, fault) for fault in (*telling, *alike[index % len(alike) :][:1])]
        return found

    def place_for(self, fault: Fault, part: float) -> int | None:
        """The request at this part (0 to 1) of those for which the fault means something."""
        places = [index for index, exchange in enumerate(self.exchanges) if fault in exchange.faults()]
        return places[int(part * len(places))] if places else None


# The adapter answers these in one place, whatever is asked: its own tests try each with reads, writes and uploads.
ALIKE = frozenset(
    {
        Fault.gateway_before, Fault.truncated, Fault.page, Fault.limited, Fault.limited_briefly, Fault.secondary,
        Fault.renamed, Fault.sent_elsewhere, Fault.expired,
    }
)  # fmt: skip
# What no waiting and no repeating heals: the run ends at once, and says what to do.
GIVEN_UP = frozenset({Fault.spent, Fault.sent_elsewhere, Fault.continued_elsewhere, Fault.expired})
# Objects of git that nothing names yet: whether one was made can't be seen, so it is made again.
UNSEEN = ("/git/tags", "/git/trees", "/git/commits")
SAMPLE = 10
SLEPT = {Fault.limited: [60.0], Fault.secondary: [60.0], Fault.limited_briefly: [7.0], Fault.spent: []}


def survives(exchange: Exchange, fault: Fault, scene: Scene) -> bool:
    """Whether the very run that meets the fault is to go on and end well."""
    if fault is Fault.expired and scene.moment.access.app:
        return True
    if fault in GIVEN_UP:
        return False
    if fault is Fault.gateway_thrice_before:
        # One token too many, which nobody has seen, does nothing: it is asked for again.
        return exchange.seen.verb == "GET" or exchange.seen.path.endswith("/access_tokens")
    return fault is not Fault.gateway_thrice_after or not exchange.seen.path.endswith(UNSEEN)


@pytest.fixture(scope="module")
def undisturbed(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Undisturbed]:
    found = {}
    for command in (*COMMANDS, *SLASH):
        with behind_a_proxy(command, stages, tmp_path_factory.mktemp("undisturbed")) as scene:
            scene.run()
            found[command] = Undisturbed(list(scene.proxy.exchanges), scene.state())
            assert scene.clock.slept == []
    return found


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's remotes are asked again at once."""
    monkeypatch.setattr(git, "PAUSES", (0.0, 0.0))


def wrong_with(scene: Scene, strike: Strike, wanted: Undisturbed) -> str:
    """What is wrong with how the command takes a fault, "" for nothing."""
    exchange = wanted.exchanges[strike.index]
    well = survives(exchange, strike.fault, scene)
    # Git says itself what it can bear; of some listings the first page is enough, so that its link leads nowhere.
    open_ended = exchange.is_git or strike.fault is Fault.continued_elsewhere
    try:
        with scene.proxy.spoiling(strike):
            scene.run()
    except ForgeError as failed:
        if (well and not open_ended) or not failed.hint:
            return f"{failed.message} → {failed.hint}"
        slept = list(scene.clock.slept)
        scene.run()
    except Exception as failed:
        return repr(failed)
    else:
        slept = scene.clock.slept
        if not well and not open_ended:
            return "taken for a success"
    if not scene.proxy.struck:
        return "never met"
    if slept != SLEPT.get(strike.fault, slept):
        return f"slept {slept}"
    return "" if scene.state() == wanted.state else "another state is left"


Begin = Callable[[Path], AbstractContextManager[Scene]]


def wrongs(begin: Begin, strikes: Iterable[Strike], wanted: Undisturbed, folder: Path) -> dict[str, str]:
    """What goes wrong, by where it does."""
    found = {}
    for number, strike in enumerate(strikes):
        place = folder / str(number)
        place.mkdir()
        with begin(place) as scene:
            wrong = wrong_with(scene, strike, wanted)
        shutil.rmtree(place)
        if wrong:
            seen = wanted.exchanges[strike.index].seen
            found[f"{strike.fault.name} at request {strike.index}: {seen.verb} {seen.path}"] = wrong
    return found


@pytest.mark.parametrize(("number", "command"), list(enumerate((*COMMANDS, *SLASH))))
def test_each_fault_somewhere(
    number: int, command: str, stages: Stages, undisturbed: dict[str, Undisturbed], tmp_path: Path
) -> None:
    """Each seventh fault for each command: all of them, each once."""
    wanted = undisturbed[command]
    part = (number + 1) * 0.618 % 1
    places = {fault: wanted.place_for(fault, part) for fault in list(Fault)[number :: len(COMMANDS) + len(SLASH)]}
    strikes = [Strike(index, fault) for fault, index in places.items() if index is not None]
    assert strikes
    assert wrongs(partial(behind_a_proxy, command, stages), strikes, wanted, tmp_path) == {}


@pytest.mark.integration
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("command", COMMANDS)
def test_faults_at_every_request(
    command: str, part: int, stages: Stages, undisturbed: dict[str, Undisturbed], tmp_path: Path
) -> None:
    wanted = undisturbed[command]
    assert wrongs(partial(behind_a_proxy, command, stages), wanted.strikes()[part::4], wanted, tmp_path) == {}


@pytest.mark.integration
@pytest.mark.parametrize("command", SLASH)
def test_faults_at_some_requests_of_an_answer(
    command: str, stages: Stages, undisturbed: dict[str, Undisturbed], tmp_path: Path
) -> None:
    """Most of its requests are those of the commands above."""
    wanted = undisturbed[command]
    strikes = wanted.strikes()
    sample = [strikes[number * len(strikes) // SAMPLE] for number in range(SAMPLE)]
    assert wrongs(partial(behind_a_proxy, command, stages), sample, wanted, tmp_path) == {}


def test_every_fault_means_something_somewhere(undisturbed: dict[str, Undisturbed]) -> None:
    struck = {strike.fault for wanted in undisturbed.values() for strike in wanted.strikes()}
    assert struck == set(Fault)


def checks(scene: Scene) -> list[tuple[str, str, str | None]]:
    """Name, status and conclusion of the checks on the pull request's head."""
    token = scene.moment.access.person
    head = fetch(scene.hub, token, f"/repos/{REPO}/pulls/2")["head"]["sha"]
    found = fetch(scene.hub, token, f"/repos/{REPO}/commits/{head}/check-runs")["check_runs"]
    return [(check["name"], check["status"], check["conclusion"]) for check in found]


@pytest.mark.parametrize("part", [0.0, 0.7, 0.999])
def test_a_report_that_is_limited_for_an_hour_leaves_the_check_pending_and_sleeps_not_at_all(
    part: float, stages: Stages, undisturbed: dict[str, Undisturbed], tmp_path: Path
) -> None:
    """The training's beginning was shown before; whatever the limit cuts off, no verdict stands that nobody judged."""
    wanted = undisturbed["report"]
    with behind_a_proxy("report", stages, tmp_path) as scene:
        training = Check(
            repo=REPO,
            sha=fetch(scene.hub, scene.moment.access.person, f"/repos/{REPO}/pulls/2")["head"]["sha"],
            name="merganser/gate",
            status=CheckStatus.in_progress,
            title="training",
            summary="The models are being trained.",
        )
        with connect(runtime(scene.hub, scene.moment.access.bot, {})) as forge:
            apply(Plan((training,)), forge)
        index = wanted.place_for(Fault.spent, part) or 0
        with scene.proxy.spoiling(Strike(index, Fault.spent)), pytest.raises(RateLimited) as limited:
            scene.run()
        assert (limited.value.exit_code, scene.clock.slept) == (4, [])
        assert checks(scene) == [("merganser/gate", "in_progress", None)]
        scene.run()
        assert checks(scene) == [("merganser/gate", "completed", "success")]
        assert scene.state() == wanted.state
