"""Whole commands on what a hostile pull request brings: none of it is run, unpacked or believed, and it is said why."""

import gzip
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merganser.commands import carry_out
from merganser.commands.report import command as report
from tests.commands.person import Merganser
from tests.commands.report.test_report import METRICS_ONLY, check_of, comments_of, pull_job, shown
from tests.commands.stage import (
    BETTER,
    CONFIG,
    REPO,
    TRAIN,
    Life,
    fetch,
    params,
    prepare_empty,
    runtime,
)
from tests.forge.rogue import Rogue, answer
from tests.report.markdown import kinds, links, tokens


def begun(life: Life, config: str, train: str) -> None:
    """The repository's first configuration, merged and recorded."""
    life.push(REPO, {"README.md": "# tiny\n"}, "main")
    files = {"merganser.yaml": config, "train.py": train, "params.yaml": params(10, 10)}
    life.do("report", life.train_push(life.merge(REPO, life.propose("set-up", files))))


# 29 to 31: text

HOSTILE = "@org/team ![](http://evil.example) |`<img>\n# h\n::error::x"
NAMED = TRAIN.replace(
    'json.dump({"accuracy": right / len(rows)}', 'json.dump({"accuracy": right / len(rows), NAME: 0.5}'
)


def all_that_is_shown(life: Life, number: int, event: dict[str, Any]) -> dict[str, str]:
    """Comment, check, summary and outputs that the report of a pull request wrote."""
    summary, output = life.folder / "summary", life.folder / "output"
    told = msgspec.structs.replace(runtime(life.hub, life.access.bot, event), summary=summary, output=output)
    carry_out.carry_out(report.observe_and_decide, told, dry_run=False, as_json=False)
    check, [comment] = check_of(life, life.head(number))["output"], comments_of(life, number)
    said = {"comment": comment, "summary": summary.read_text(), "check": f"{check['summary']}\n\n{check['text']}"}
    return said | {"title": check["title"], "outputs": output.read_text()}


def test_29_30_a_metrics_name_is_text_wherever_it_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with prepare_empty(tmp_path) as life:
        begun(life, METRICS_ONLY, NAMED.replace("NAME", repr(HOSTILE)))
        number = life.propose("better", BETTER)
        event = life.train_pull(number, "better")
        capsys.readouterr()
        said = all_that_is_shown(life, number, event)
        printed = capsys.readouterr().out
    for place in ("comment", "summary", "check"):
        text = said[place]
        assert "evil.example" in text, place
        assert "image" not in kinds(text), place
        assert not [t for t in tokens(text) if "html" in t.type and "<img" in t.content], place
        assert not [url for url in links(text) if "evil" in url], place
        assert not [t for t in tokens(text) if t.type == "text" and "@org" in t.content], place
    assert not [line for line in f"{printed}\n{said['outputs']}".splitlines() if line.startswith("::")]
    assert [line.partition("<<")[0] for line in said["outputs"].splitlines() if "<<" in line] == ["release"]


def test_30_a_models_version_or_matrix_can_not_begin_another_output(life: Life, merganser: Merganser) -> None:
    """The matrix holds names of a pull request's configuration; none of them can end its line."""
    output = life.folder / "output"
    hostile = CONFIG.replace("  tiny:", '  "x\\nEOF\\nGATE=pass":')
    clone = life.folder / REPO.replace("/", "-")
    life.push(REPO, {"merganser.yaml": hostile}, "hostile")
    said = merganser("plan", cwd=clone, GITHUB_OUTPUT=str(output))
    assert said.code == 2
    assert "expected a model's name" in said.err
    assert not output.exists() or "GATE" not in output.read_text()


@pytest.mark.integration
def test_31_a_hundred_thousand_metrics_are_cut_with_a_link(tmp_path: Path) -> None:
    """The hub, as GitHub, refuses a longer comment or check."""
    many = NAMED.replace("NAME: 0.5", '**{f"m{n}": n / 7 for n in range(100_000)}')
    with prepare_empty(tmp_path) as life:
        begun(life, METRICS_ONLY, many)
        number = life.propose("better", BETTER)
        event = life.train_pull(number, "better")
        said = all_that_is_shown(life, number, event)
    for place, limit in (("comment", 65_536), ("check", 2 * 65_535), ("summary", 2**20)):
        assert 20_000 < len(said[place]) <= limit
        assert " more rows" in said[place]
        assert event["workflow_run"]["html_url"] in links(said[place])


# 32: archives

Pack = Callable[[zipfile.ZipFile], None]


def leading_out(packed: zipfile.ZipFile) -> None:
    packed.writestr("run.json", "{}")
    packed.writestr("../../evil", "x")


def overlapping(packed: zipfile.ZipFile) -> None:
    """Four gigabytes in 42 kB: each of 400 entries is the same ten megabytes of zeros."""
    packed.writestr("zeros", b"\0" * 10_000_000)
    first = packed.filelist[0]
    for number in range(399):
        again = zipfile.ZipInfo(f"zeros{number}")
        for name in ("header_offset", "compress_type", "compress_size", "file_size", "CRC", "external_attr"):
            setattr(again, name, getattr(first, name))
        packed.filelist.append(again)


@pytest.mark.parametrize(("pack", "says"), [(leading_out, "an unsafe name"), (overlapping, "unpacks to")])
def test_32_a_hostile_artifact_is_red_and_leaves_nothing(pack: Pack, says: str, life: Life) -> None:
    number = life.propose("zip", BETTER)
    run = life.start(pull_job(life, number, "zip"))
    file = life.folder / "hostile.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        pack(packed)
    assert file.stat().st_size < 90_000
    life.hub.admin.upload_artifact(REPO, run, "merganser-tiny-1", file)
    life.do("report", life.finished(run))
    assert check_of(life, life.head(number))["conclusion"] == "failure"
    assert says in shown(comments_of(life, number)[0])
    assert not list(life.folder.rglob("evil"))


# 34: a model that is a program

PICKLED = """

class Evil:
    def __reduce__(self):
        return open, ("CANARY", "w")


import gzip, pickle

with open("model.json", "wb") as file:
    file.write(PACK(pickle.dumps(Evil())))
"""


@pytest.mark.parametrize("pack", [pytest.param("bytes", marks=pytest.mark.integration), "gzip.compress"])
def test_34_a_malicious_pickle_is_carried_and_never_loaded(pack: str, tmp_path: Path) -> None:
    """From the pull request to the version: what would load it, would leave a file."""
    canary = tmp_path / "canary"
    train = TRAIN + PICKLED.replace("CANARY", str(canary)).replace("PACK", pack)
    with prepare_empty(tmp_path) as life:
        begun(life, CONFIG, train)
        number = life.propose("better", BETTER)
        life.do("report", life.train_pull(number, "better"))
        assert check_of(life, life.head(number))["conclusion"] == "success"
        event = life.train_push(life.merge(REPO, number))
        life.do("report", event)
        life.do("register", event)
        [release] = fetch(life.hub, life.access.person, f"/repos/{REPO}/releases")
        digest = next(a["digest"] for a in release["assets"] if a["name"] == "model.json").removeprefix("sha256:")
        model = (life.hub.directory / "blobs" / digest).read_bytes()
    assert not canary.exists()
    pickle.loads(model if pack == "bytes" else gzip.decompress(model)).close()
    assert canary.exists()


# 35 and 36: names

BRANCHES = ["a;touch${IFS}canary|sh", "$(touch${IFS}canary)", "a&&b'\"<b>@org"]


@pytest.mark.parametrize("branch", BRANCHES)
def test_35_a_branchs_name_is_a_name(branch: str, life: Life) -> None:
    number = life.propose(branch, BETTER)
    life.do("report", life.train_pull(number, branch))
    assert check_of(life, life.head(number))["conclusion"] == "success"
    assert not list(life.folder.rglob("canary"))
    assert not Path("canary").exists()


@pytest.mark.parametrize("name", ["../../x", "x" * 300, "a\u202eb", "a/b", "--output=pwn"])
@pytest.mark.parametrize("command", [("register",), ("promote",), ("register", "--version", "v1.0.0")])
def test_36_a_models_name_is_checked_before_any_request(
    name: str, command: tuple[str, ...], merganser: Merganser, tmp_path: Path
) -> None:
    with Rogue(answer({})).running() as rogue:
        at = {"GITHUB_API_URL": rogue.url, "GITHUB_SERVER_URL": rogue.url, "GITHUB_REPOSITORY": REPO}
        said = merganser(command[0], *command[1:], "--", name, cwd=tmp_path, **at)
        assert (said.code, rogue.seen) == (2, []), said
    assert "→" in said.err
    assert "\u202e" not in said.err
