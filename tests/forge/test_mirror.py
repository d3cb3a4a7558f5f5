"""The bare clone: only what was asked for, no file contents but on demand, the token in no argument and no file."""

import base64
from pathlib import Path

import pytest

from merganser import git
from merganser.errors import ConfigError, ForgeError
from merganser.forge.effects.apply import apply
from merganser.forge.mirror import clone, credentials
from merganser.forge.secret import Secret
from merganser.plan import Plan
from tests.forge import plans
from tests.forge.proxy import Fault, Proxy, Strike
from tests.forge.rogue import Reply, Rogue
from tests.forge.world import LEDGER, REPO, World

REFS = ("refs/heads/main", f"refs/heads/{LEDGER}", "refs/tags/*", "refs/pull/1/head")


def mirror(world: World, folder: Path, *refs: str) -> git.Repository:
    return clone(world.hub.url, REPO, Secret(world.prepared.bot), folder, refs or REFS)


def refs_of(repository: git.Repository) -> list[str]:
    return repository.text("for-each-ref", "--format=%(refname)").split()


def test_refs_that_are_asked_for_and_there_are_fetched(world: World, tmp_path: Path) -> None:
    first = mirror(world, tmp_path / "first")
    assert refs_of(first) == ["refs/heads/main", "refs/pull/1/head"]
    apply(Plan((plans.append(), plans.tag(world.prepared))), world.bot)
    second = mirror(world, tmp_path / "second")
    assert refs_of(second) == [
        "refs/heads/main", f"refs/heads/{LEDGER}", "refs/pull/1/head", f"refs/tags/{plans.TAG}",
    ]  # fmt: skip
    assert second.resolve("refs/pull/1/head") == world.prepared.head
    assert second.resolve(f"refs/tags/{plans.TAG}") == world.prepared.base
    assert second.merge_tree("refs/heads/main", "refs/pull/1/head") == second.tree_of("refs/pull/1/head")
    assert refs_of(mirror(world, tmp_path / "none", "refs/heads/none")) == []


def missing(repository: git.Repository) -> set[str]:
    lines = repository.text("rev-list", "--objects", "--all", "--missing=print").split()
    return {line[1:] for line in lines if line.startswith("?")}


def test_contents_come_on_demand_but_the_ledger_comes_whole(world: World, tmp_path: Path) -> None:
    apply(Plan((plans.append("a", "b"),)), world.bot)
    found = mirror(world, tmp_path / "mirror")
    (tree_entry,) = found.entries("refs/heads/main")
    ledger = {entry.oid for entry in found.entries(f"refs/heads/{LEDGER}")}
    assert tree_entry.oid in missing(found)
    assert not missing(found) & ledger
    assert found.file("refs/heads/main", "README.md") == b"README.md\n"
    assert tree_entry.oid not in missing(found)


@pytest.mark.parametrize("fault", [Fault.dropped_before, Fault.gateway_before, Fault.page])
def test_a_remote_that_fails_once_is_asked_again(
    world: World, tmp_path: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "PAUSES", (0.0,))
    with Proxy(world.hub).running() as proxy, proxy.spoiling(Strike(0, fault)):
        found = clone(proxy.url, REPO, Secret(world.prepared.bot), tmp_path / "mirror", REFS)
        assert proxy.struck
    assert refs_of(found) == ["refs/heads/main", "refs/pull/1/head"]


def test_contents_that_can_not_be_fetched_are_no_wrong_data(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a check would be red for a dropped connection."""
    monkeypatch.setattr(git, "PAUSES", (0.0,))
    with Proxy(world.hub).running() as proxy:
        found = clone(proxy.url, REPO, Secret(world.prepared.bot), tmp_path / "mirror", REFS)
    with pytest.raises(ForgeError, match="git cat-file failed: ") as gone:
        found.file("refs/heads/main", "README.md")
    assert (gone.value.exit_code, gone.value.hint[:9]) == (4, "Check the")
    assert isinstance(gone.value, git.RemoteError)


def test_the_token_is_in_no_file_and_no_argument(world: World, tmp_path: Path) -> None:
    found = mirror(world, tmp_path / "mirror")
    written = b"".join(path.read_bytes() for path in found.path.rglob("*") if path.is_file())
    assert world.prepared.bot.encode() not in written
    assert b"extraHeader" not in written
    assert world.prepared.bot not in repr({k: v for k, v in found.env.items() if "VALUE" not in k})


@pytest.mark.parametrize("words", ["Connection refused: {0} {1}", "{0} {1}"])
def test_a_remote_that_quotes_the_token_is_quoted_without_it(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git says what the remote says, and a message ends in a log or in a comment."""
    monkeypatch.setattr(git, "PAUSES", ())
    as_sent = base64.b64encode(b"x-access-token:canary").decode()
    told = words.format("https://x-access-token:canary@github.example", as_sent).encode()
    quoting = Reply(status=403, body=told, headers={"Content-Type": "text/plain"})
    with Rogue(quoting).running() as rogue, pytest.raises((git.GitError, git.RemoteError)) as failed:
        git.run(["ls-remote", f"{rogue.url}/acme/digits.git"], tmp_path, env=credentials(Secret("canary"), rogue.url))
    said = failed.value.message + getattr(failed.value, "stderr", "")
    assert "github.example" in said
    assert "canary" not in said
    assert as_sent not in said


def test_the_token_goes_to_its_server_alone(tmp_path: Path) -> None:
    with Rogue(Reply(status=404)).running() as other, Rogue(Reply(status=404)).running() as mine:
        env = credentials(Secret("canary"), mine.url)
        for url in (mine.url, other.url):
            with pytest.raises(git.GitError):
                git.run(["ls-remote", f"{url}/acme/digits.git"], tmp_path, env=env)
        assert "Authorization" in mine.seen[0].headers
        assert "Authorization" not in other.seen[0].headers


def test_git_follows_no_redirect_and_speaks_no_other_protocol(tmp_path: Path) -> None:
    with Rogue(Reply(status=404)).running() as other:
        moved = Reply(
            status=301, headers={"Location": f"{other.url}/acme/digits.git/info/refs?service=git-upload-pack"}
        )
        with Rogue(moved).running() as mine, pytest.raises(ForgeError, match="can't be fetched"):
            clone(mine.url, REPO, Secret("canary"), tmp_path / "mirror", REFS)
        assert other.seen == []
    with pytest.raises(git.GitError, match="not allowed"):
        git.run(["ls-remote", f"file://{tmp_path}"], tmp_path, env=credentials(Secret("x"), "https://example.com"))


def test_a_repository_that_is_not_there_is_an_error(world: World, tmp_path: Path) -> None:
    with pytest.raises(ForgeError, match=r"acme/none\.git can't be fetched") as caught:
        clone(world.hub.url, "acme/none", Secret(world.prepared.bot), tmp_path / "mirror", REFS)
    assert world.prepared.bot not in caught.value.message + str(caught.value.__cause__)


@pytest.mark.parametrize("ref", ["--upload-pack=touch pwned", "refs/heads/*", "refs/heads/a..b", ""])
def test_a_wrong_ref_is_refused_before_any_request(tmp_path: Path, ref: str) -> None:
    with Rogue(Reply(status=404)).running() as rogue:
        with pytest.raises(ConfigError, match="is no "):
            clone(rogue.url, REPO, Secret(""), tmp_path / "mirror", [ref])
        assert rogue.seen == []


def test_without_a_token_nothing_is_sent(tmp_path: Path) -> None:
    with Rogue(Reply(status=404)).running() as rogue:
        with pytest.raises(ForgeError):
            clone(rogue.url, REPO, Secret(""), tmp_path / "mirror", REFS)
        assert "Authorization" not in rogue.seen[0].headers


def test_an_api_of_another_host_is_not_loopback() -> None:
    assert "no_proxy" not in credentials(Secret("x"), "https://example.com")
    assert credentials(Secret("x"), "http://127.0.0.1:5")["no_proxy"] == "127.0.0.1"
