"""What a release on the hub carries: complete, checked by other programs, and the same whoever finishes it."""

import json
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from merganser.commands.carry_out import carry_out
from merganser.commands.register import command as register
from merganser.commands.register.command import Asked, Request
from merganser.errors import ConfigError
from merganser.forge.github import connect
from merganser.hub import Hub
from merganser.registry import elsewhere
from merganser.registry.assets import read_sums
from tests.commands.register.test_signing import IDENTITY, new_key, verifies
from tests.commands.registrations import decided
from tests.commands.stage import (
    CONFIG,
    DECISIONS,
    ENVIRONMENTS,
    REPO,
    TRAIN,
    Life,
    Moment,
    on_a_copy,
    params,
    prepare_empty,
    runtime,
)
from tests.forge.killing import Killed, When, kill_at

OURS = [
    "SHA256SUMS", "bom.cdx.json", "model-card.md", "model.json", "provenance.intoto.json", "run.json", "verdict.json",
]  # fmt: skip


def register_on(hub: Hub, token: str, sign: str = "", dry_run: bool = False) -> None:
    request = Request(model="tiny", sign=Asked(by=sign, dry_run=dry_run))
    decide = lambda place: register.observe_and_decide(place, request)  # noqa: E731
    carry_out(decide, runtime(hub, token, {}), dry_run=dry_run, as_json=True)


def download(hub: Hub, token: str, folder: Path, tag: str = "tiny@v0.1.0") -> Path:
    """All assets of the one release, by its own client."""
    folder.mkdir()
    with connect(runtime(hub, token, {})) as forge:
        (release,) = forge.releases(REPO)
        assert (release.tag_name, release.draft) == (tag, False)
        for asset in release.assets:
            forge.download_asset(REPO, asset, folder / asset.name, 1 << 20)
    return folder


def checked(folder: Path) -> list[str]:
    """The names in a downloaded release, once `sha256sum` itself has checked all but the signature."""
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
    names = sorted(file.name for file in folder.iterdir())
    summed = read_sums((folder / "SHA256SUMS").read_bytes(), "SHA256SUMS")
    assert sorted([*summed, "SHA256SUMS"]) == [name for name in names if name != "model.sig"]
    return names


def test_a_signed_release_is_checked_by_other_programs(moments: dict[str, Moment], tmp_path: Path) -> None:
    moment, key = moments["register"], new_key(tmp_path / "keys")
    with on_a_copy(moment, tmp_path) as hub:
        register_on(hub, moment.access.bot, str(key))
        first = download(hub, moment.access.bot, tmp_path / "first")
        register_on(hub, moment.access.bot, str(key))
        second = download(hub, moment.access.bot, tmp_path / "second")
        carry_out(DECISIONS["promote"], runtime(hub, moment.access.bot, {}), dry_run=False, as_json=True)
        with connect(runtime(hub, moment.access.bot, {})) as forge:
            deployed = forge.file(ENVIRONMENTS, "merganser/staging/tiny", "staging/tiny/release.yaml") or b""
    assert b"\nsignature: model.sig\n" in deployed
    assert checked(first) == sorted([*OURS, "model.sig", "predictions.csv"])
    assert {file.name: file.read_bytes() for file in first.iterdir()} == {
        file.name: file.read_bytes() for file in second.iterdir()
    }
    assert verifies(first, key.parent / "public.pem")
    assert "model_signing verify key" in (first / "model-card.md").read_text()
    (first / "model.json").write_bytes(b"{}")
    assert not verifies(first, key.parent / "public.pem")


def test_what_was_published_unsigned_stays_so_and_that_is_said(moments: dict[str, Moment], tmp_path: Path) -> None:
    """An error for whom names the version; a word where the job of some push comes by with its key."""
    key, nowhere = str(new_key(tmp_path / "keys")), str(tmp_path / "nope.pem")
    with on_a_copy(moments["promote"], tmp_path) as hub:
        given = runtime(hub, moments["promote"].access.bot, {})

        def summary(folder: str, model: str, sign: str) -> str:
            return decided(hub, tmp_path / folder, given, model=model, sign=Asked(by=sign)).plan.summary

        with pytest.raises(ConfigError, match=r"tiny@v0\.1\.0 stays unsigned.*a published release never changes"):
            summary("1", "tiny@v0.1.0", key)
        assert "nothing to do; it stays unsigned, since" in summary("2", "tiny", key)
        for number, model in enumerate(("tiny", "tiny@v0.1.0")):
            assert summary(f"3-{number}", model, "").endswith("nothing to do")
            with pytest.raises(ConfigError, match=r"nope\.pem' is no file"):
                summary(f"4-{number}", model, nowhere)


def signed_by_two(hub: Hub, token: str, key: Path) -> list[BaseException]:
    """Two registrations at once, each with a signature of its own; what went wrong in them."""
    wrong: list[BaseException] = []
    start = threading.Barrier(2)

    def go() -> None:
        start.wait()
        try:
            register_on(hub, token, str(key))
        except BaseException as failed:
            wrong.append(failed)

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_two_at_once_leave_one_release_with_one_signature(moments: dict[str, Moment], tmp_path: Path) -> None:
    moment, key = moments["register"], new_key(tmp_path / "keys")
    with on_a_copy(moment, tmp_path) as hub:
        assert signed_by_two(hub, moment.access.bot, key) == []
        folder = download(hub, moment.access.bot, tmp_path / "release")
    assert checked(folder) == sorted([*OURS, "model.sig", "predictions.csv"])
    assert verifies(folder, key.parent / "public.pem")


@pytest.mark.parametrize(
    "request_number", [19, *(pytest.param(number, marks=pytest.mark.integration) for number in (12, 23))]
)
def test_killed_and_run_again_with_another_signature(
    request_number: int, moments: dict[str, Moment], tmp_path: Path
) -> None:
    """A signature that was uploaded stays, though the second run makes another."""
    moment, key = moments["register"], new_key(tmp_path / "keys")
    with on_a_copy(moment, tmp_path) as hub:
        with pytest.raises(Killed), kill_at(request_number, When.after):
            register_on(hub, moment.access.bot, str(key))
        register_on(hub, moment.access.bot, str(key))
        folder = download(hub, moment.access.bot, tmp_path / "release")
    assert checked(folder) == sorted([*OURS, "model.sig", "predictions.csv"])
    assert verifies(folder, key.parent / "public.pem")


TEMPLATE = "{% extends 'model-card.md.j2' %}{% block intended_use %}Telling *tiny* things apart.\n{% endblock %}"
OWN = CONFIG.replace("predictions: keep", "license: mit")


def lived(folder: Path, files: dict[str, str | None], then: Callable[[Life], None]) -> None:
    """A repository whose first pull request with these files is merged and recorded."""
    with prepare_empty(folder) as life:
        life.push(REPO, {"README.md": "# tiny\n"}, "main")
        set_up: dict[str, str | None] = {"train.py": TRAIN, "params.yaml": params(10, 10), **files}
        life.do("report", life.train_push(life.merge(REPO, life.propose("set-up", set_up))))
        then(life)


def test_a_public_repository_publishes_no_row_keys_and_its_own_card(tmp_path: Path) -> None:
    def then(life: Life) -> None:
        register_on(life.hub, life.access.bot)
        folder = download(life.hub, life.access.bot, tmp_path / "release")
        assert checked(folder) == OURS
        card = (folder / "model-card.md").read_text()
        assert "Telling *tiny* things apart." in card
        assert card.startswith("---\nlicense: mit\n")
        (model,) = json.loads((folder / "bom.cdx.json").read_text())["metadata"]["component"]["licenses"]
        assert model == {"license": {"name": "mit"}}

    lived(tmp_path, {"merganser.yaml": OWN, "model_card.md.j2": TEMPLATE}, then)


def test_a_template_that_may_not_be_stops_before_the_tag(tmp_path: Path) -> None:
    def then(life: Life) -> None:
        with pytest.raises(ConfigError, match="unsafe"):
            register_on(life.hub, life.access.bot)
        with connect(runtime(life.hub, life.access.bot, {})) as forge:
            assert forge.releases(REPO) == ()
            assert forge.ref(REPO, "tags/tiny@v0.1.0") is None

    lived(tmp_path, {"merganser.yaml": OWN, "model_card.md.j2": "{{ ''.__class__ }}"}, then)


def test_a_private_repository_publishes_its_predictions(tmp_path: Path) -> None:
    def then(life: Life) -> None:
        with connect(runtime(life.hub, life.access.bot, {})) as forge:
            assert not forge.repository(REPO).private
        hide(life)
        register_on(life.hub, life.access.bot)
        assert checked(download(life.hub, life.access.bot, tmp_path / "release")) == sorted([*OURS, "predictions.csv"])

    lived(tmp_path, {"merganser.yaml": OWN}, then)


def hide(life: Life) -> None:
    """Makes the repository private, as its owner does in its settings."""
    with closing(sqlite3.connect(life.hub.directory / "hub.sqlite")) as store, store:
        store.execute("UPDATE repositories SET private = 1")
    with connect(runtime(life.hub, life.access.bot, {})) as forge:
        assert forge.repository(REPO).private


def test_a_model_too_large_is_pointed_to_and_its_pointer_signed(
    moments: dict[str, Moment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment, key = moments["register"], new_key(tmp_path / "keys")
    monkeypatch.setattr(elsewhere, "MAX_SIZE", 1)
    with on_a_copy(moment, tmp_path) as hub:
        register_on(hub, moment.access.bot, str(key))
        folder = download(hub, moment.access.bot, tmp_path / "release")
    assert "model.json" not in checked(folder)
    pointer = json.loads((folder / "artifact.json").read_text())
    assert pointer["uri"] == "s3://models/tiny/0.1.0"
    assert [file["path"] for file in pointer["files"]] == ["model.json"]
    assert verifies(folder, key.parent / "public.pem")
    (folder / "artifact.json").write_text(json.dumps(pointer | {"uri": "s3://elsewhere"}))
    assert not verifies(folder, key.parent / "public.pem")


def test_a_dry_run_writes_nothing_and_asks_sigstore_for_nothing(
    moments: dict[str, Moment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its token's address leads nowhere, so a signature would have failed."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    moment = moments["register"]
    with on_a_copy(moment, tmp_path) as hub:
        register_on(hub, moment.access.bot, "keyless", dry_run=True)
        with connect(runtime(hub, moment.access.bot, {})) as forge:
            assert forge.releases(REPO) == ()
    said = capsys.readouterr().out
    assert "provenance.intoto.json" in said
    assert "canary" not in said
