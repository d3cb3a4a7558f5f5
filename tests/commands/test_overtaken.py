"""What people say while a report judges: no check stays that was made without it."""

import datetime
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from merganser.commands import carry_out
from merganser.commands.carry_out import TRIES, Decision, Workbench
from merganser.commands.report import command as report
from merganser.forge.effects.apply import apply
from merganser.forge.github import connect
from merganser.forge.protocol import Overtaken
from merganser.plan import Append, Plan
from tests.commands.slash.test_end_to_end import set_up
from tests.commands.stage import CONFIG, REPO, Moment, final_state, params, runtime
from tests.commands.sweep.test_sweep import swept
from tests.commands.talking import Talk, propose_worse
from tests.forge.killing import Handler, Killed, Send, counted, tampering

OVERRIDE = "/override accuracy:non_inferior --reason 'the old labels were wrong'"
BACK = "/unoverride accuracy:non_inferior"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with set_up(tmp_path_factory.mktemp("overtaken")) as talk:
        yield talk


class Red:
    """A pull request whose model is worse, and the event of its training."""

    def __init__(self, stage: Talk, test: str) -> None:
        self.stage = stage
        self.number, branch = propose_worse(stage.life, test)
        self.event = stage.life.train_pull(self.number, branch)
        stage.life.do("report", self.event)
        assert self.conclusion() == "failure"

    def conclusion(self) -> str:
        [(conclusion, _)] = self.stage.checks(self.number)
        return conclusion

    def say(self, *bodies: str) -> None:
        for body in bodies:
            assert "judged again" in self.stage.ask(self.number, "bob", body)

    def report(self, decide: Callable[[Workbench], Decision] = report.observe_and_decide) -> None:
        told = runtime(self.stage.life.hub, self.stage.life.access.bot, self.event)
        carry_out.carry_out(decide, told, dry_run=False, as_json=True)

    def seen(self) -> str:
        life = self.stage.life
        return final_state(life.hub, Moment(directory=life.folder, access=life.access, event={}))


@pytest.fixture
def red(stage: Talk, request: pytest.FixtureRequest) -> Red:
    return Red(stage, request.node.name)


def past_the_last_look(meanwhile: Callable[[], None]) -> Handler:
    """It happens whole when the report turns to its check; its own requests pass."""
    begun: list[int] = []

    def handler(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if not begun and "/check-runs" in str(request.url):
            begun.append(at)
            meanwhile()
        return send()

    return handler


@pytest.mark.parametrize(
    ("before", "meanwhile", "stale", "right"),
    [
        ((), (OVERRIDE,), "failure", "success"),
        ((OVERRIDE,), (BACK,), "success", "failure"),
        ((OVERRIDE, BACK), (OVERRIDE,), "failure", "success"),
    ],
)
def test_a_sweep_cures_a_check_that_an_older_answer_replaced(
    before: tuple[str, ...],
    meanwhile: tuple[str, ...],
    stale: str,
    right: str,
    red: Red,
    capsys: pytest.CaptureFixture[str],
) -> None:
    red.say(*before)
    with tampering(past_the_last_look(lambda: red.say(*meanwhile))):
        red.report()
    assert red.conclusion() == stale
    swept(red.stage.life)
    assert red.conclusion() == right
    before_again, _ = red.seen(), capsys.readouterr()
    with counted() as asked:
        swept(red.stage.life)
    assert {line.split()[0] for line in asked.requests} == {"GET"}
    assert json.loads(capsys.readouterr().out)["effects"] == []
    assert red.seen() == before_again


def test_a_report_that_is_overtaken_decides_anew(red: Red) -> None:
    """No sweep is needed: it looks once more before its check stands."""
    decisions = []

    def decide_and_be_overtaken(place: Workbench) -> Decision:
        decisions.append(report.observe_and_decide(place))
        if len(decisions) == 1:
            red.say(OVERRIDE)
        return decisions[-1]

    red.report(decide_and_be_overtaken)
    assert (len(decisions), red.conclusion()) == (2, "success")
    [comment] = [body for _, body in red.stage.comments(red.number) if body.startswith("<!-- merganser:report:")]
    assert "the old labels were wrong" in comment


def test_one_that_is_overtaken_again_and_again_leaves_the_newer_answer(red: Red) -> None:
    said = iter((OVERRIDE, BACK, OVERRIDE))

    def decide_and_be_overtaken(place: Workbench) -> Decision:
        decided = report.observe_and_decide(place)
        red.say(next(said))
        return decided

    with pytest.raises(Overtaken, match="has other files below overrides/tiny, cancellations/tiny by now"):
        red.report(decide_and_be_overtaken)
    assert (list(said), TRIES, red.conclusion()) == ([], 3, "success")


def test_a_sweep_that_is_overtaken_decides_anew(red: Red, capsys: pytest.CaptureFixture[str]) -> None:
    """It answers a second attempt that no report heard of, and somebody overrides what the first one came to."""
    admin, run = red.stage.life.hub.admin, red.event["workflow_run"]["id"]
    admin.rerun_workflow_run(REPO, run)
    admin.finish_workflow_run(REPO, run, "success")
    begun: list[int] = []

    def just_before_the_look(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
        if not begun and "/compare/" in str(request.url):
            begun.append(at)
            red.say(OVERRIDE)
        return send()

    with tampering(just_before_the_look):
        swept(red.stage.life)
    assert red.conclusion() == "success"
    assert "other files below overrides/tiny, cancellations/tiny by now" in capsys.readouterr().err


def test_what_is_said_about_other_inputs_leaves_a_check_alone(red: Red, stage: Talk) -> None:
    other = Red(stage, "other-inputs")
    before = red.stage.checks(red.number)
    other.say(OVERRIDE)
    with counted() as asked:
        swept(stage.life)
    assert {line.split()[0] for line in asked.requests} == {"GET"}
    assert (red.stage.checks(red.number), other.conclusion()) == (before, "success")


def test_a_record_that_nobody_can_read_stops_no_sweep(stage: Talk) -> None:
    """It is about a model that no open pull request touches."""
    told = runtime(stage.life.hub, stage.life.access.bot, {})
    wanted = Append(repo=REPO, branch="merganser-ledger", files={"overrides/other/1-1.json": b"{"}, message="Break it")
    with connect(told) as forge:
        apply(Plan((wanted,)), forge)
    swept(stage.life)
    with counted() as asked:
        swept(stage.life)
    assert {line.split()[0] for line in asked.requests} == {"GET"}


def test_a_record_that_nobody_can_read_makes_its_models_check_red_and_says_how_to_mend_it(tmp_path: Path) -> None:
    with set_up(tmp_path) as stage:
        number = stage.life.propose("better", {"params.yaml": params(50, 50)})
        stage.life.push(REPO, {"overrides/tiny/5-1.json": "{}"}, "merganser-ledger")
        stage.life.do("report", stage.life.train_pull(number, "better"))
        assert [conclusion for conclusion, _ in stage.checks(number)] == ["failure"]
        [report] = [body for _, body in stage.comments(number) if body.startswith("<!-- merganser:report:")]
        assert "overrides/tiny/5-1.json" in report
        assert "look in its history for who changed the file, and restore it." in report


def dying_after_the_ledger(at: int, request: requests.PreparedRequest, send: Send) -> requests.Response:
    answer = send()
    if str(request.url).endswith("/graphql"):
        raise Killed
    return answer


def test_a_verdict_that_came_after_a_comment_was_not_seen_by_its_author(stage: Talk) -> None:
    """Judging began before the comment, the verdict was recorded after it, and no report ever told of it."""
    life = stage.life
    number = life.propose("unseen", {"params.yaml": f"# unseen\n{params(6, 6)}"})
    event, said = life.train_pull(number, "unseen"), []

    def decide_slowly(place: Workbench) -> Decision:
        decided = report.observe_and_decide(place)
        time.sleep(1.1)  # GitHub's times have whole seconds
        said.append(stage.say(number, "bob", OVERRIDE))
        time.sleep(1.1)
        return decided

    told = runtime(life.hub, life.access.bot, event)
    with tampering(dying_after_the_ledger), pytest.raises(Killed):
        carry_out.carry_out(decide_slowly, told, dry_run=False, as_json=True)
    stage.answer(said[0])
    assert "no verdict on this commit was there when you wrote this" in stage.reply(number, said[0]).lower()
    life.do("report", event)
    assert "judged again" in stage.ask(number, "bob", OVERRIDE)


def test_an_override_of_rules_that_no_longer_judge_is_refused(tmp_path: Path) -> None:
    """The rules change, the run is judged again, and the newer verdict is recorded under the same run."""
    with set_up(tmp_path) as stage:
        red, life = Red(stage, "seen"), stage.life
        life.push(REPO, {"merganser.yaml": CONFIG.replace("margin: 0.02", "margin: 0.01")}, "main")
        event = stage.say(red.number, "bob", OVERRIDE)
        time.sleep(1.1)
        with tampering(dying_after_the_ledger), pytest.raises(Killed):
            red.report()
        stage.answer(event)
        assert "the rules of tiny on main are others than those of the report" in stage.reply(red.number, event).lower()
        assert [path for path in stage.ledger() if path.startswith("overrides/")] == []
        assert red.conclusion() == "failure"  # the newer rules were not overridden


@pytest.mark.parametrize("until", ["1h", "a time with a space"])
def test_a_check_is_red_again_once_its_override_has_ended(until: str, red: Red) -> None:
    hour = datetime.timedelta(hours=1)
    end = until if until == "1h" else (datetime.datetime.now(datetime.UTC) + hour).isoformat(" ")
    red.say(f'{OVERRIDE} --until "{end}"')
    swept(red.stage.life)
    assert red.conclusion() == "success"
    for _ in range(2):
        swept(red.stage.life, later=2 * hour.total_seconds())
        assert red.conclusion() == "failure"
