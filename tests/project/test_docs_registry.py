"""docs/registry.md: its way from GTO is walked in a repository that GTO itself made; its tables name what there is.

That its audits are what the program answers is held in `tests/commands/audit/test_audit.py`, where there is a hub.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from merganser.commands.observing.tags import read_versions
from merganser.config.file import load_config
from merganser.git import Repository
from merganser.plan import Tag
from merganser.registry.assets import release_assets
from merganser.registry.registration import decide
from tests.architecture.layers import REPO
from tests.registry.samples import evidence, facts, record, recorded, run, subject, verdict

PAGE = (REPO / "docs" / "registry.md").read_text(encoding="utf-8")
# What a team did before: two versions, each in a stage. GTO's tags have to be a second apart.
MADE_BY_GTO = """
import subprocess, time
import gto.api
for number, stage in (("v1.0.0", "prod"), ("v1.1.0", "dev")):
    open("params.yaml", "a").write(f"{stage}: 1\\n")
    subprocess.run(["git", "add", "."], check=True)
    subprocess.run(["git", "commit", "--quiet", "--message", number], check=True)
    gto.api.register(".", "churn", "HEAD", version=number)
    time.sleep(1)
    gto.api.assign(".", "churn", stage, version=number)
    time.sleep(1)
"""
AS_ADA = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "Ada", "EMAIL": "ada@example.org"}.items()
}
QUIET = {"DO_NOT_TRACK": "1", "GTO_NO_ANALYTICS": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def section(title: str) -> str:
    return re.split(r"^## ", re.split(rf"^## {title}\n", PAGE, flags=re.MULTILINE)[1], flags=re.MULTILINE)[0]


def masked(text: str) -> str:
    """Without what differs from one repository to the next: digests and days."""
    return re.sub(r"\b[0-9a-f]{7,64}\b", "HASH", re.sub(r"\d{4}-\d\d-\d\d", "DAY", text)).rstrip()


def commands(text: str) -> list[tuple[str, str]]:
    """Each command of the console blocks, with what it answers."""
    blocks = re.findall(r"^```console\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [
        (line.partition("\n")[0], line.partition("\n")[2]) for block in blocks for line in block.split("$ ") if line
    ]


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gto")
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", "."], cwd=folder, check=True)
    env = {**os.environ, **AS_ADA, **QUIET}
    for name, value in (("name", "Ada"), ("email", "ada@example.org")):
        subprocess.run(["git", "config", f"user.{name}", value], cwd=folder, check=True)
    subprocess.run([sys.executable, "-W", "ignore", "-c", MADE_BY_GTO], cwd=folder, env=env, check=True)
    return folder


def answer(command: str, folder: Path) -> str:
    program, *args = shlex.split(command)
    start = [sys.executable, "-m", "merganser"] if program == "merganser" else [program]
    env = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    done = subprocess.run([*start, *args], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_way_from_gto_is_walked_as_written(repo: Path) -> None:
    steps = section("Moving from GTO")
    (config,) = re.findall(r"^```yaml\n(.*?)^```$", steps, flags=re.MULTILINE | re.DOTALL)
    (repo / "merganser.yaml").write_text(config)
    walked = commands(steps)
    assert [command.partition(" ")[0] for command, _ in walked] == ["merganser", "git", "git", "merganser"]
    for command, said in walked:
        assert masked(answer(command, repo)) == masked(said), command
    assert load_config(config.encode(), "page").models["churn"].artifact.path == "models/churn.joblib"


def test_the_next_version_goes_on_from_those_of_gto(repo: Path) -> None:
    known = read_versions(Repository(repo)).versions
    assert [version.tag for version in known] == ["churn@v1.0.0", "churn@v1.1.0"]
    merged = record(run(model="churn"), recorded())
    plan = decide(facts(model="churn", record=merged, verdict=verdict(model="churn"), versions=known))
    assert [effect.name for effect in plan.effects if isinstance(effect, Tag)] == ["churn@v1.2.0"]
    assert "as v1.2.0: the count goes on" in section("Moving from GTO").replace("\n", " ")


def test_what_a_release_holds_is_named() -> None:
    named = set(re.findall(r"^\| `([^`]+)` \|", section("What a release holds"), flags=re.MULTILINE))
    made = {asset.name for asset in release_assets(subject(), evidence())} - {"digits.joblib"}
    assert made <= named
    assert {"model.sig", "profile.json"} <= named


def test_the_contents_lead_to_each_section() -> None:
    titles = re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    linked = re.findall(r"\]\(#([\w-]+)\)", PAGE)
    assert linked == [title.lower().replace("'", "").replace(" ", "-") for title in titles]
