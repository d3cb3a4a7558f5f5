"""Tags that people push: which are completed, which are refused with a cure, which are nobody's business."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merganser.commands import carry_out, promote
from merganser.commands.carry_out import Decision
from merganser.errors import ConfigError
from merganser.forge.effects.apply import apply
from merganser.forge.github import connect
from merganser.hub import Hub
from merganser.plan import Plan
from tests.commands.registrations import ON_TAG, Person, at_once, decided, git_of, registering, tags_of, told
from tests.commands.stage import CONFIG, REPO, Moment, fetch, final_state, on_a_copy
from tests.forge.killing import Killed, When, counted, kill_at

WHOLE = [
    "SHA256SUMS", "bom.cdx.json", "model-card.md", "model.json", "predictions.csv", "provenance.intoto.json",
    "run.json", "verdict.json",
]  # fmt: skip


class Town(msgspec.Struct):
    """A running hub whose main branch says `on: tag`, by a commit after the merge that touches no model, and Ada."""

    hub: Hub
    moment: Moment
    ada: Person
    merged: str
    newest: str
    folder: Path
    asked: int = 0

    def decide(self, tag: str = "", name: str = "push", **request: Any) -> Decision:
        """What `register` would do about a tag that was just pushed; nothing is written."""
        self.asked += 1
        given = told(self.hub, self.moment, tag)
        given = msgspec.structs.replace(given, event_name=name) if tag else given
        return decided(self.hub, self.folder / f"decision-{self.asked}", given, **request)


def settle(hub: Hub, moment: Moment, folder: Path, config: str = ON_TAG) -> Town:
    ada = Person(hub, moment, folder / "people")
    newest = ada.commit({"merganser.yaml": config, "docs/versions.md": "We tag.\n"})
    merged = ada.clone.text("rev-parse", "HEAD~1")
    return Town(hub=hub, moment=moment, ada=ada, merged=merged, newest=newest, folder=folder)


@pytest.fixture(scope="module")
def town(moments: dict[str, Moment], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    with on_a_copy(moments["register"], folder) as hub:
        yield settle(hub, moments["register"], folder)


def releases(hub: Hub, moment: Moment) -> list[tuple[str, bool, list[str]]]:
    found = fetch(hub, moment.access.person, f"/repos/{REPO}/releases")
    return [(r["tag_name"], r["draft"], sorted(a["name"] for a in r["assets"])) for r in found]


def test_a_pushed_tag_gets_its_release_and_stays_as_it_is(moments: dict[str, Moment], tmp_path: Path) -> None:
    """On the newest commit, which has no run of its own; two runners at once, then a third."""
    moment = moments["register"]
    with on_a_copy(moment, tmp_path) as hub:
        town = settle(hub, moment, tmp_path)
        town.ada.tag("tiny@v2.0.0")
        before = tags_of(hub)
        work = registering(hub, moment, "tiny@v2.0.0")
        assert at_once(work, work) == []
        once = final_state(hub, moment)
        work()
        assert final_state(hub, moment) == once
        assert tags_of(hub) == before
        assert git_of(hub).resolve("refs/tags/tiny@v2.0.0") == town.newest
        assert releases(hub, moment) == [("tiny@v2.0.0", False, WHOLE)]
        assert town.decide("tiny@v2.0.0").outputs == {"version": "v2.0.0"}
        assert "registered already" in town.decide(model="tiny").plan.summary
        town.ada.tag("tiny@v2.0.1", town.merged)
        with pytest.raises(ConfigError, match=r"these inputs are registered already, as tiny@v2\.0\.0"):
            town.decide("tiny@v2.0.1")


@pytest.mark.parametrize(
    ("event", "request_"),
    [("push", {}), ("create", {}), ("push", {"model": "tiny"}), ("", {"model": "tiny@v0.7.0"})],
)
def test_ways_to_ask_for_a_pushed_tag(event: str, request_: dict[str, str], town: Town) -> None:
    town.ada.tag("tiny@v0.7.0", town.newest)
    try:
        plan = town.decide("tiny@v0.7.0" if event else "", event, **request_).plan
    finally:
        town.ada.untag("tiny@v0.7.0")
    assert plan.summary.startswith(f"register tiny@v0.7.0 on {town.newest[:7]} with {len(WHOLE)} files")
    assert [getattr(effect, "commit", None) for effect in plan.effects] == [town.newest, None]


@pytest.mark.parametrize(
    ("tag", "asked", "said"),
    [
        ("other@v1.0.0", "tiny", "is of other, not of 'tiny': nothing to do"),
        ("v1.0.0", "", "'v1.0.0' is no version's: nothing to do"),
        ("someone@1.0", "", "'someone@1.0' is no version's: nothing to do"),
        ("tiny@v1.0.0!", "", "registers no version: nothing to do"),
        ("tiny#prod#1", "", "registers no version: nothing to do"),
        ("tiny@deprecated", "", "registers no version: nothing to do"),
    ],
)
def test_tags_that_are_no_business_of_registering(tag: str, asked: str, said: str, town: Town) -> None:
    """Nobody pushed them: only what the event says counts."""
    plan = town.decide(tag, **({"model": asked} if asked else {})).plan
    assert said in plan.summary
    assert plan.effects == ()


def test_a_tag_that_is_gone_again(town: Town) -> None:
    assert "is not there any more: nothing to do" in town.decide("tiny@v5.0.0").plan.summary


@pytest.mark.parametrize(
    ("tag", "options", "message", "cure"),
    [
        (
            "tiny@v3.0.0",
            ("--no-sign",),
            "lightweight tag, which says neither who nor when",
            "git tag -f -a 'tiny@v3.0.0'",
        ),
        ("tiny@3.0.0", (), "'tiny@3.0.0' is no version of tiny", "write tiny@v1.4.0"),
        ("other@v3.0.0", (), "has no model 'other'", "It has tiny"),
        ("models=tiny@v3.0.0", (), "can't be the name of a model", "letter or digit"),
    ],
)
def test_tags_that_are_wrong(tag: str, options: tuple[str, ...], message: str, cure: str, town: Town) -> None:
    town.ada.tag(tag, town.newest, *options)
    try:
        with pytest.raises(ConfigError) as refused:
            town.decide(tag)
    finally:
        town.ada.untag(tag)
    assert message in refused.value.message
    assert cure in refused.value.hint


def test_a_tag_on_what_was_not_merged(town: Town) -> None:
    aside = town.ada.commit({"README.md": "# elsewhere\n"}, "aside")
    town.ada.tag("tiny@v3.0.0", aside)
    try:
        with pytest.raises(ConfigError, match="it is not on the first-parent line of main") as refused:
            town.decide("tiny@v3.0.0")
    finally:
        town.ada.untag("tiny@v3.0.0")
    assert "git push origin 'refs/tags/tiny@v3.0.0!'" in refused.value.hint


def test_a_tag_on_inputs_that_no_merged_run_was_made_from(town: Town) -> None:
    untrained = town.ada.commit({"params.yaml": "a: 7\nb: 7\n"}, "untrained")
    town.ada.tag("tiny@v3.0.0", untrained)
    try:
        with pytest.raises(ConfigError, match="no run of these inputs was recorded") as refused:
            town.decide("tiny@v3.0.0")
    finally:
        town.ada.untag("tiny@v3.0.0")
    assert "let the report of the push finish" in refused.value.hint
    assert "Or take the tag back: git tag -a 'tiny@v3.0.0!'" in refused.value.hint


def test_two_tags_on_one_commit(town: Town) -> None:
    for tag in ("tiny@v3.0.0", "tiny@v3.1.0"):
        town.ada.tag(tag, town.newest)
    try:
        with pytest.raises(ConfigError, match=r"is tiny@v3\.\d\.0 already, and a commit has one version"):
            town.decide("tiny@v3.1.0")
    finally:
        for tag in ("tiny@v3.0.0", "tiny@v3.1.0"):
            town.ada.untag(tag)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({}, "no model is named"),
        ({"model": "tiny@v1.0.0", "version": "v1.0.0"}, "names the version already"),
        ({"model": "tiny@"}, "is no version"),
        ({"model": "../x@v1.0.0"}, "can't be the name of a model"),
        ({"model": "tiny", "commit": "main"}, "'main' is no commit of main"),
    ],
)
def test_what_is_asked_for_has_to_fit(request_: dict[str, str], said: str, town: Town) -> None:
    with pytest.raises(ConfigError, match=said):
        town.decide(**request_)


def test_a_version_may_be_named_before_it_is_there(town: Town) -> None:
    plan = town.decide(model="tiny@v0.9.0").plan
    assert plan.summary.startswith(f"register tiny@v0.9.0 on {town.merged[:7]}")


def test_without_on_tag_a_push_alone_makes_no_version(moments: dict[str, Moment], tmp_path: Path) -> None:
    """The merge does; who wants the person's number instead says so."""
    moment = moments["register"]
    with on_a_copy(moment, tmp_path) as hub:
        town = settle(hub, moment, tmp_path, CONFIG)
        town.ada.tag("tiny@v2.0.0", town.merged)
        plan = town.decide("tiny@v2.0.0").plan
        assert plan.effects == ()
        why = "release.on is merge, so a pushed tag alone makes no version of tiny"
        assert plan.summary == f"{why}; `merganser register tiny@v2.0.0` does."
        registering(hub, moment, model="tiny@v2.0.0")()
        assert releases(hub, moment) == [("tiny@v2.0.0", False, WHOLE)]


def test_a_version_without_its_release_is_incomplete_and_not_promoted(
    moments: dict[str, Moment], tmp_path: Path
) -> None:
    moment = moments["register"]
    with on_a_copy(moment, tmp_path) as hub:
        given = told(hub, moment)
        claim = decided(hub, tmp_path / "decision", given, model="tiny").plan.effects[:1]
        with connect(given) as forge:
            apply(Plan(claim), forge)
        to_staging = promote.Request(version="tiny@v0.1.0", environment="staging")

        def promoted() -> None:
            carry_out.carry_out(
                lambda place: promote.observe_and_decide(place, to_staging), given, dry_run=False, as_json=True
            )

        with pytest.raises(ConfigError, match=r"tiny@v0\.1\.0 is incomplete") as refused:
            promoted()
        assert "`merganser register tiny@v0.1.0`" in refused.value.hint
        registering(hub, moment, model="tiny@v0.1.0")()
        promoted()


@pytest.fixture(scope="module")
def tagged(moments: dict[str, Moment], tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """Just after Ada pushed her tag."""
    folder, moment = tmp_path_factory.mktemp("tagged"), moments["register"]
    with on_a_copy(moment, folder) as hub:
        settle(hub, moment, folder).ada.tag("tiny@v2.0.0")
        hub.admin.checkpoint()
        shutil.copytree(hub.directory, folder / "moment")
    return Moment(directory=folder / "moment", access=moment.access, event=moment.event)


@pytest.fixture(scope="module")
def undisturbed(tagged: Moment, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """How many requests the completion of the tag makes, and what it leaves."""
    with on_a_copy(tagged, tmp_path_factory.mktemp("alone")) as hub:
        with counted() as counter:
            registering(hub, tagged, "tiny@v2.0.0")()
        return len(counter), final_state(hub, tagged)


def killed_and_run_again(tagged: Moment, folder: Path, index: int, when: When) -> str:
    folder.mkdir()
    with on_a_copy(tagged, folder) as hub:
        work = registering(hub, tagged, "tiny@v2.0.0")
        with pytest.raises(Killed), kill_at(index, when):
            work()
        work()
        return final_state(hub, tagged)


@pytest.mark.parametrize("part", [0.5, 0.9])
def test_a_sample_of_deaths_over_a_pushed_tag(
    part: float, tagged: Moment, undisturbed: tuple[int, str], tmp_path: Path
) -> None:
    count, wanted = undisturbed
    assert killed_and_run_again(tagged, tmp_path / "hub", round(part * (count - 1)), When.after) == wanted


@pytest.mark.integration
@pytest.mark.parametrize("when", When)
def test_every_death_over_a_pushed_tag(
    when: When, tagged: Moment, undisturbed: tuple[int, str], tmp_path: Path
) -> None:
    count, wanted = undisturbed
    for index in range(count):
        folder = tmp_path / str(index)
        assert killed_and_run_again(tagged, folder, index, when) == wanted, f"request {index} of {count}"
