"""`models`, `show` and `which --tags`: what they say of a clone, of a shallow one, and of GitHub beyond it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from merganser import git
from merganser.forge.mirror import credentials
from merganser.forge.secret import Secret
from tests.commands.person import Merganser
from tests.commands.shipped import Shipped
from tests.registry.tagging import Tagged


@pytest.fixture
def tagged(tmp_path: Path) -> Tagged:
    """Two models: `m` with a candidate, a deregistered version and stages, `old` deprecated."""
    (tmp_path / "repo").mkdir()
    repo = Tagged(tmp_path / "repo")
    first, second, third = repo.commits(3)
    for at, (name, commit) in enumerate(
        [
            ("m@v0.9.0", first), ("m@v1.0.0", second), ("m@v1.1.0-rc.1", third), ("m@v0.9.0!", first),
            ("m#prod#1", second), ("m#dev#2", third), ("old@v2.0.0", first), ("old@deprecated", first),
            ("bare#dev", second), ("unrelated", first),
        ]
    ):  # fmt: skip
        repo.tag(name, commit, 100 * at)
    return repo


def words(text: str) -> list[list[str]]:
    """The cells of a table's rows, without its rule."""
    header, _, *rows = text.rstrip("\n").splitlines()
    return [re.split(r" {2,}", line.strip()) for line in (header, *rows)]


def test_models_says_all_that_stands_in_the_tags(tagged: Tagged, merganser: Merganser) -> None:
    second, third = tagged.git("rev-parse", "HEAD~1"), tagged.git("rev-parse", "HEAD")
    said = merganser("models", cwd=tagged.path)
    assert said.err == ""
    assert words(said.out) == [
        ["model", "latest", "date", "commit", "versions", "state", "stages"],
        ["bare", "0", f"dev {second[:7]} (unregistered)"],
        ["m", "v1.0.0", "2026-09-21", second[:7], "3", "dev v1.1.0-rc.1, prod v1.0.0"],
        ["old", "1", "deprecated"],
    ]
    bare, m, old = json.loads(merganser("models", "--json", cwd=tagged.path).out)
    assert bare["stages"] == {"dev": {"version": None, "commit": second}}
    assert (m["latest"], m["stages"]["dev"]) == ("v1.0.0", {"version": "v1.1.0-rc.1", "commit": third})
    assert (old["state"], old["latest"]) == ("deprecated", None)
    assert "incomplete" not in m


@pytest.mark.parametrize(
    ("options", "latest"),
    [
        ([], {"bare": None, "m": "v1.0.0", "old": None}),
        (["--prereleases"], {"bare": None, "m": "v1.1.0-rc.1", "old": None}),
        (["--deprecated"], {"bare": None, "m": "v1.0.0", "old": "v2.0.0"}),
    ],
)
def test_what_may_be_the_latest(
    options: list[str], latest: dict[str, str | None], tagged: Tagged, merganser: Merganser
) -> None:
    rows = json.loads(merganser("models", "--json", *options, cwd=tagged.path).out)
    assert {row["model"]: row["latest"] for row in rows} == latest


def test_show_lists_versions_and_stages(tagged: Tagged, merganser: Merganser) -> None:
    first, second, third = (tagged.git("rev-parse", f"HEAD~{n}")[:7] for n in (2, 1, 0))
    assert words(merganser("show", "m", cwd=tagged.path).out) == [
        ["version", "state", "date", "commit", "stages"],
        ["v1.1.0-rc.1", "active", "2026-09-21", third, "dev"],
        ["v1.0.0", "active", "2026-09-21", second, "prod"],
        ["v0.9.0", "deregistered", "2026-09-21", first],
    ]
    assert words(merganser("show", "bare", cwd=tagged.path).out)[1] == ["unregistered", second, "dev"]
    one = merganser("show", "m@v1.0.0", cwd=tagged.path)
    assert (one.code, "stages   prod" in one.out, "ledger" in one.out) == (0, True, True)
    [old] = json.loads(merganser("show", "old", "--json", cwd=tagged.path).out)
    assert (old["state"], old["tag"], old["stages"]) == ("deprecated", "old@v2.0.0", [])


def test_show_tells_what_was_probably_meant(tagged: Tagged, merganser: Merganser) -> None:
    slip = merganser("show", "olds", cwd=tagged.path)
    assert (slip.code, "has no version in this clone; did you mean old?" in slip.err) == (2, True)
    version = merganser("show", "m@v1.0.1", cwd=tagged.path)
    assert (version.code, "is no version in this clone; did you mean v1.0.0?" in version.err) == (2, True)
    assert "git fetch" not in slip.err + version.err + merganser("show", "m@v1.0.0", cwd=tagged.path).out
    tagged.git("remote", "add", "origin", "nowhere")
    assert "`git fetch --tags` brings" in merganser("show", "olds", cwd=tagged.path).err
    fetch = "`git fetch origin merganser-ledger:merganser-ledger` brings"
    assert fetch in merganser("show", "m@v1.0.0", cwd=tagged.path).out
    assert fetch in merganser("log", "m", cwd=tagged.path).err


def test_which_reads_stage_tags(tagged: Tagged, merganser: Merganser) -> None:
    held = json.loads(merganser("which", "m", "prod", "--tags", "--json", cwd=tagged.path).out)
    assert (held["version"], held["commit"], held["tag"]) == ("1.0.0", tagged.git("rev-parse", "HEAD~1"), "m#prod#1")
    assert re.search(r"^version +v1\.1\.0-rc\.1$", merganser("which", "m", "dev", "--tags", cwd=tagged.path).out, re.M)
    assert "none was registered" in merganser("which", "bare", "dev", "--tags", cwd=tagged.path).out
    nothing = merganser("which", "m", "test", "--tags", cwd=tagged.path)
    assert nothing.out == "The stage test holds no version of m. Its stages that hold one: dev, prod.\n"
    assert merganser("which", "old", "dev", "--tags", cwd=tagged.path).out == "The stage dev holds no version of old.\n"
    assert merganser("which", "m", "test", "--tags", "--json", cwd=tagged.path).out == "null\n"
    slip = merganser("which", "bar", "dev", "--tags", cwd=tagged.path)
    assert (slip.code, "did you mean bare?" in slip.err) == (2, True)
    both = merganser("which", "m", "dev", "--tags", "--environments", str(tagged.path), cwd=tagged.path)
    assert (both.code, "Leave one of them out" in both.err) == (2, True)


def shallow(tagged: Tagged, folder: Path, depth: int, *options: str) -> Path:
    git.run(["clone", "-q", f"--depth={depth}", *options, f"file://{tagged.path}", str(folder)], folder.parent)
    return folder


def test_a_shallow_clone_fetches_the_tags_it_needs_and_says_so(
    tagged: Tagged, tmp_path: Path, merganser: Merganser
) -> None:
    clone = shallow(tagged, tmp_path / "clone", 1, "--no-tags")
    shown = merganser("show", "old", "--json", cwd=clone)
    assert shown.err == "this clone is shallow: fetched 2 tags of the registry from origin\n"
    listed = merganser("models", "--json", cwd=clone)
    assert listed.err == "this clone is shallow: fetched 7 tags of the registry from origin\n"
    assert listed.out == merganser("models", "--json", cwd=tagged.path).out
    assert merganser("models", "--json", cwd=clone).err == ""
    assert "unrelated" not in git.run(["tag"], clone).decode()


def test_fetching_tags_cuts_nothing_off_a_shallow_clone(tagged: Tagged, tmp_path: Path, merganser: Merganser) -> None:
    """The tags of `HEAD` and its parent lie within the clone's history, the other's commit outside."""
    clone = shallow(tagged, tmp_path / "clone", 2, "--no-tags")
    before = git.run(["rev-list", "HEAD"], clone)
    assert merganser("models", cwd=clone).err.count("fetched 9 tags") == 1
    assert git.run(["rev-list", "HEAD"], clone) == before
    git.run(["fsck", "--connectivity-only"], clone)


def test_a_full_clone_is_never_fetched_into(tagged: Tagged, tmp_path: Path, merganser: Merganser) -> None:
    git.run(["clone", "-q", "--no-tags", f"file://{tagged.path}", str(tmp_path / "clone")], tmp_path)
    said = merganser("models", cwd=tmp_path / "clone")
    assert (said.err, "git fetch --tags" in said.out) == ("", True)
    assert git.run(["tag"], tmp_path / "clone") == b""


def test_a_shallow_clone_without_its_remote_says_what_it_may_lack(
    tagged: Tagged, tmp_path: Path, merganser: Merganser
) -> None:
    clone = shallow(tagged, tmp_path / "clone", 1)
    tagged.path.rename(tmp_path / "gone")
    said = merganser("models", cwd=clone)
    assert (said.code, "its tags may be incomplete: git ls-remote" in said.err) == (0, True)


def test_a_worktree_of_a_shallow_clone_is_shallow_too(tagged: Tagged, tmp_path: Path, merganser: Merganser) -> None:
    clone = shallow(tagged, tmp_path / "clone", 1, "--no-tags")
    git.run(["worktree", "add", "-q", "--detach", str(tmp_path / "tree")], clone)
    assert "fetched 9 tags" in merganser("models", cwd=tmp_path / "tree").err


def test_github_is_asked_for_releases_and_for_tags_that_are_missing_here(
    shipped: Shipped, merganser: Merganser
) -> None:
    """v0.1.0 is released; v0.2.0 has a tag alone, here and there; v0.3.0 and another model are on GitHub only."""
    clone = git.Repository(shipped.model, credentials(Secret(shipped.token), shipped.hub.url))
    for name in ("tiny@v0.2.0", "tiny@v0.3.0", "other@v1.0.0"):
        clone.run("-c", "user.name=A", "-c", "user.email=a@example.org", "tag", "-a", "-m", "Registering", name, "HEAD")
        clone.run("push", "-q", "origin", f"refs/tags/{name}")
    clone.run("tag", "-d", "tiny@v0.3.0", "other@v1.0.0")

    other, tiny = json.loads(merganser("models", "--remote", "--json", cwd=shipped.model, **shipped.github).out)
    assert (tiny["latest"], tiny["incomplete"], tiny["not_here"]) == ("v0.2.0", ["v0.2.0"], ["v0.3.0"])
    assert (other["latest"], other["versions"], other["not_here"]) == (None, 0, ["v1.0.0"])
    table = words(merganser("models", "--remote", cwd=shipped.model, **shipped.github).out)
    assert table[0][-2:] == ["incomplete", "not here"]
    assert table[2][-2:] == ["v0.2.0", "v0.3.0"]

    shown = words(merganser("show", "tiny", "--remote", cwd=shipped.model, **shipped.github).out)
    assert [(row[0], row[1], row[-1]) for row in shown[1:]] == [
        ("v0.3.0", "not here", "not here"),
        ("v0.2.0", "active", "incomplete"),
        ("v0.1.0", "active", "published"),
    ]
    one = json.loads(merganser("show", "tiny@v0.1.0", "--remote", "--json", cwd=shipped.model, **shipped.github).out)
    assert (one["release"], one["page"]) == ("published", f"{shipped.hub.url}/acme/tiny/releases/tag/tiny%40v0.1.0")
    unasked = json.loads(merganser("models", "--json", cwd=shipped.model).out)
    assert [row["model"] for row in unasked] == ["tiny"]


def test_github_can_only_be_asked_about_a_known_repository(tagged: Tagged, merganser: Merganser) -> None:
    said = merganser("models", "--remote", cwd=tagged.path)
    assert (said.code, "--repo OWNER/NAME" in said.err) == (2, True)


def test_a_listing_loads_no_more_than_it_shows(tagged: Tagged) -> None:
    """What tables, JSON, the network and the configuration would cost is most of what a short command takes."""
    code = "import sys\nbefore = set(sys.modules)\nfrom pathlib import Path\nimport merganser.cli\n"
    code += "from merganser.commands.models import Request, models\nmodels(Request(folder=Path()), as_json=False)\n"
    code += "costly = {'tabulate', 'json', 'secrets', 'merganser.config', 'yaml'}\n"
    code += "print(costly & sys.modules.keys() - before)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tagged.path, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_whatever_git_complains_of_the_tags_are_read(tagged: Tagged, merganser: Merganser) -> None:
    """Git warns of each broken ref, here by more than a pipe holds."""
    before = merganser("models", cwd=tagged.path)
    for number in range(2000):
        (tagged.path / ".git" / "refs" / "tags" / f"broken-{number}").write_text("nothing\n")
    assert merganser("models", cwd=tagged.path) == before
