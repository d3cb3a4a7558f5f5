"""Releases, their files, and the artifacts of workflow runs: real bytes in, the same bytes out."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from github import GithubException
from github.GitRelease import GitRelease

from merganser.errors import ForgeError
from tests.contract.plugin import Contract
from tests.hub.clients import NAME, Checkout, Team, fetch

CONTENT = bytes(range(256)) * 500


def draft(team: Team, tag: str = "churn@v0.1.0") -> GitRelease:
    return team.repo("bot").create_git_release(tag, "Churn 0.1.0", "Evidence", draft=True)


def upload(release: GitRelease, name: str, content: bytes = CONTENT, kind: str = "application/octet-stream") -> int:
    stream = io.BytesIO(content)
    return release.upload_asset_from_memory(stream, len(content), name, content_type=kind).id  # type: ignore[arg-type]


def test_a_release_is_drafted_filled_and_published(team: Team, checkout: Checkout) -> None:
    release = draft(team)
    upload(release, "run.json", b'{"not": "parsed', "application/json")
    upload(release, "model.joblib")
    repo = team.repo("bot")
    with pytest.raises(GithubException) as failure:
        repo.get_release("churn@v0.1.0")
    assert failure.value.status == 404
    assert "churn@v0.1.0" not in checkout.git("ls-remote", "--tags", "origin")
    release.update_release("Churn 0.1.0", "Evidence", draft=False)
    published = repo.get_release("churn@v0.1.0")
    assert (published.id, published.draft, published.author.login) == (release.id, False, "merganser[bot]")
    assert published.published_at is not None
    assert [(asset.name, asset.size) for asset in published.get_assets()] == [
        ("run.json", 15), ("model.joblib", len(CONTENT))
    ]  # fmt: skip
    assert repo.get_latest_release().id == release.id
    tip = checkout.git("rev-parse", "HEAD")
    assert checkout.git("ls-remote", "origin", "refs/tags/churn@v0.1.0").split() == [tip, "refs/tags/churn@v0.1.0"]


def test_publishing_leaves_an_existing_tag_alone(team: Team, checkout: Checkout) -> None:
    checkout.git("tag", "-a", "v1", "-m", "one")
    checkout.git("push", "-q", "origin", "v1")
    team.repo("bot").create_git_release("v1", "One", "")
    expected = checkout.git("rev-parse", "refs/tags/v1")
    assert checkout.git("ls-remote", "origin", "refs/tags/v1").split()[0] == expected


def test_an_assets_bytes_come_from_another_port_without_a_token(team: Team, checkout: Checkout) -> None:
    release = draft(team)
    key = upload(release, "model.joblib")
    asset = release.get_assets()[0]
    assert asset.digest == f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    headers = {"Authorization": f"Bearer {team.tokens['bot']}", "Accept": "application/octet-stream"}
    address = f"{team.hub.api_url}/repos/{NAME}/releases/assets/{key}"
    redirect = fetch("GET", address, headers)
    assert (redirect.status, redirect.content) == (302, b"")
    place = redirect.headers["location"]
    assert place.startswith(team.hub.downloads_url)
    assert team.hub.downloads_url != team.hub.url
    got = fetch("GET", place)
    assert (got.status, got.content) == (200, CONTENT)
    assert got.headers["content-type"] == "application/octet-stream"
    leaked = fetch("GET", place, {"Authorization": "Bearer x"})
    assert leaked.status == 400
    assert fetch("GET", place.replace("sig=", "sig=0")).status == 403
    assert fetch("GET", place.replace("expires=", "expires=9")).status == 403
    assert fetch("GET", f"{team.hub.downloads_url}/../hub.sqlite").status == 403
    assert fetch("HEAD", place).headers["content-length"] == str(len(CONTENT))


def test_a_published_asset_can_be_clicked(team: Team, checkout: Checkout) -> None:
    release = draft(team)
    upload(release, "model.joblib")
    address = f"{team.hub.url}/{NAME}/releases/download/churn%40v0.1.0/model.joblib"
    assert fetch("GET", address).status == 404
    release.update_release("x", "y", draft=False)
    redirect = fetch("GET", address)
    assert fetch("GET", redirect.headers["location"]).content == CONTENT
    assert team.repo().get_release(release.id).get_assets()[0].download_count == 1
    assert fetch("GET", address + "x").status == 404


def test_what_may_not_be_seen_looks_like_nothing_at_all(team: Team, checkout: Checkout) -> None:
    team.hub.admin.create_repository("acme/secret", private=True)
    team.hub.admin.set_permission("acme/secret", "owner", "admin")
    hidden = team.repo("owner", "acme/secret")
    checkout.git("push", "-q", team.address("owner", "acme/secret"), "HEAD:refs/heads/main")
    release = hidden.create_git_release("v1", "First", "text", target_commitish="main")
    upload(release, "model.joblib")
    tail = "releases/download/v1/model.joblib"
    for login in (None, "stranger"):
        headers = {"Authorization": f"Bearer {team.tokens[login]}"} if login else {}
        replies = [fetch("GET", f"{team.hub.url}/acme/{name}/{tail}", headers) for name in ("secret", "nothing")]
        assert [reply.status for reply in replies] == [404, 404]
        assert replies[0].content == replies[1].content
        assert not any("www-authenticate" in reply.headers for reply in replies)
        pair = [fetch("GET", f"{team.hub.url}/acme/{name}.git/info/refs?service=git-upload-pack", headers)
                for name in ("secret", "nothing")]  # fmt: skip
        assert [reply.status for reply in pair] == [404 if login else 401] * 2
        assert pair[0].content == pair[1].content
        assert ["www-authenticate" in reply.headers for reply in pair] == [login is None] * 2
    headers = {"Authorization": f"Bearer {team.tokens['owner']}"}
    assert fetch("GET", f"{team.hub.url}/acme/secret/{tail}", headers).status == 302


def test_what_an_asset_may_not_be(team: Team, checkout: Checkout) -> None:
    release = draft(team)
    upload(release, "model.joblib")
    with pytest.raises(GithubException) as failure:
        upload(release, "model.joblib", b"other")
    assert failure.value.status == 422
    assert failure.value.data["errors"][0]["code"] == "already_exists"
    headers = {"Authorization": f"Bearer {team.tokens['bot']}", "Content-Type": "text/plain"}
    address = f"{team.hub.api_url.replace('/v3', '/uploads')}/repos/{NAME}/releases/{release.id}/assets"
    assert fetch("POST", f"{address}?name=empty", headers, b"").status == 400
    assert fetch("POST", f"{address}?name=..", headers, b"x").status == 422
    odd = fetch("POST", f"{address}?name=a%20b%2Fc&label=L", headers, b"x")
    assert (odd.status, odd.json["name"], odd.json["label"]) == (201, "a.b.c", "L")


def test_assets_are_renamed_and_deleted(team: Team, checkout: Checkout) -> None:
    release = draft(team)
    first, second = upload(release, "a"), upload(release, "b")
    asset = release.get_assets()[0]
    asset.update_asset("c", "label")
    with pytest.raises(GithubException):
        asset.update_asset("b", "label")
    assert sorted(known.name for known in release.get_assets()) == ["b", "c"]
    asset.delete_asset()
    assert [known.id for known in release.get_assets()] == [second]
    assert team.send("GET", f"/repos/{NAME}/releases/assets/{first}").status == 404


def test_an_immutable_release_keeps_its_tag_and_files(team: Team, checkout: Checkout) -> None:
    assert team.send("PUT", f"/repos/{NAME}/immutable-releases", "admin").status == 204
    assert team.send("GET", f"/repos/{NAME}/immutable-releases").json["enabled"]
    release = draft(team)
    upload(release, "a")
    published = release.update_release("x", "y", draft=False)
    assert published.raw_data["immutable"]
    asset = published.get_assets()[0]
    for attempt in (
        lambda: upload(published, "b"),
        lambda: asset.update_asset("c", ""),
        asset.delete_asset,
        lambda: published.update_release("x", "y", tag_name="other"),
        lambda: published.update_release("x", "y", draft=True),
    ):
        with pytest.raises(GithubException) as failure:
            attempt()
        assert failure.value.status == 422
    assert published.update_release("new name", "new text", draft=False).body == "new text"


def test_immutability_over_the_api(team: Team) -> None:
    address = f"/repos/{NAME}/immutable-releases"
    assert [team.send(method, address).status for method in ("GET", "PUT", "GET", "DELETE", "GET")] == [
        404, 204, 200, 204, 404
    ]  # fmt: skip


def test_releases_are_listed_and_deleted(team: Team, checkout: Checkout) -> None:
    repo = team.repo("bot")
    repo.create_git_release("v1", "One", "", prerelease=True)
    assert team.send("GET", f"/repos/{NAME}/releases/latest").status == 404
    hidden = draft(team)
    assert [release.tag_name for release in repo.get_releases()] == ["churn@v0.1.0", "v1"]
    assert [release.tag_name for release in team.repo("read").get_releases()] == ["v1"]
    assert team.send("GET", f"/repos/{NAME}/releases/{hidden.id}", "read").status == 404
    moved = hidden.update_release("x", "y", draft=True, tag_name="v2", prerelease=True)
    assert (moved.tag_name, moved.prerelease) == ("v2", True)
    back = repo.get_release("v1").update_release("One", "", draft=True)
    assert back.draft
    hidden.delete_release()
    assert [release.tag_name for release in repo.get_releases()] == ["v1"]
    assert "refs/tags/v1" in checkout.git("ls-remote", "origin")


@pytest.mark.parametrize(
    "body",
    [
        {"tag_name": "v1"},
        {"tag_name": "no good"},
        {"tag_name": ".."},
        {"tag_name": "v9", "target_commitish": "nowhere"},
    ],
)
def test_what_is_no_release(team: Team, checkout: Checkout, body: dict[str, str]) -> None:
    team.repo("bot").create_git_release("v1", "One", "")
    assert team.send("POST", f"/repos/{NAME}/releases", "bot", body).status == 422
    release = draft(team)
    for change in ({"tag_name": "no good"}, {"tag_name": "v1"}):
        assert team.send("PATCH", f"/repos/{NAME}/releases/{release.id}", "bot", change).status == 422


def archive(folder: Path, name: str) -> Path:
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("run.json", "{}")
    return path


def test_a_run_and_its_artifacts(team: Team, checkout: Checkout, tmp_path: Path) -> None:
    sha = checkout.git("rev-parse", "HEAD")
    admin = team.hub.admin
    run = admin.start_workflow_run(NAME, event="push", head_branch="main", head_sha=sha, actor="owner")
    assert (run["status"], run["conclusion"], run["run_attempt"]) == ("in_progress", None, 1)
    made = admin.upload_artifact(NAME, run["id"], "merganser-churn-1", archive(tmp_path, "bundle"))
    admin.finish_workflow_run(NAME, run["id"], "success")
    repo = team.repo("bot")
    found = repo.get_workflow_run(run["id"])
    assert (found.status, found.conclusion, found.head_sha, found.event) == ("completed", "success", sha, "push")
    assert found.path == ".github/workflows/merganser-train.yml"
    (artifact,) = found.get_artifacts()
    assert (artifact.id, artifact.name, artifact.expired) == (made["id"], "merganser-churn-1", False)
    status, headers, _ = repo.requester.requestJson("GET", artifact.archive_download_url)
    assert status == 302
    content = fetch("GET", headers["location"]).content
    assert content == (tmp_path / "bundle.zip").read_bytes()
    assert artifact.raw_data["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    nameless = fetch("GET", artifact.archive_download_url)
    assert nameless.status == 401
    assert [known.id for known in repo.get_artifacts(name="merganser-churn-1")] == [made["id"]]
    assert [known.id for known in repo.get_artifacts(name="other")] == []
    assert repo.get_artifact(made["id"]).size_in_bytes == len(content)
    assert artifact.delete()
    assert team.send("GET", f"/repos/{NAME}/actions/artifacts/{made['id']}").status == 404
    assert team.send("GET", f"/repos/{NAME}/actions/artifacts/{made['id']}/tar").status == 404


def test_runs_are_found_by_what_they_are(team: Team, checkout: Checkout) -> None:
    sha = checkout.git("rev-parse", "HEAD")
    admin, repo = team.hub.admin, team.repo()
    one = admin.start_workflow_run(NAME, event="push", head_branch="main", head_sha=sha, actor="owner")
    two = admin.start_workflow_run(
        NAME, ".github/workflows/other.yml", event="pull_request", head_branch="x", head_sha=sha, actor="owner"
    )
    admin.finish_workflow_run(NAME, two["id"], "failure")
    assert [run.id for run in repo.get_workflow_runs()] == [two["id"], one["id"]]
    assert [run.id for run in repo.get_workflow_runs(event="push")] == [one["id"]]
    assert [run.id for run in repo.get_workflow_runs(status="failure")] == [two["id"]]
    assert [run.id for run in repo.get_workflow_runs(status="in_progress")] == [one["id"]]
    assert [run.id for run in repo.get_workflow_runs(branch="x", head_sha=sha)] == [two["id"]]
    other = repo.get_workflow("other.yml")
    assert (other.path, [run.id for run in other.get_runs()]) == (".github/workflows/other.yml", [two["id"]])
    assert sorted(known.id for known in repo.get_workflows()) == sorted([one["workflow_id"], two["workflow_id"]])
    assert repo.get_workflow(other.id).id == other.id
    again = admin.rerun_workflow_run(NAME, two["id"])
    assert (again["id"], again["run_attempt"], again["status"]) == (two["id"], 2, "in_progress")
    admin.report_job(NAME, two["id"], "build", "failure", {"Check out": "success", "Build": "failure"})
    (job,) = repo.get_workflow_run(two["id"]).jobs()
    assert (job.run_id, job.name, job.status, job.conclusion) == (two["id"], "build", "completed", "failure")
    assert [(step.number, step.name, step.conclusion) for step in job.steps] == [
        (1, "Check out", "success"), (2, "Build", "failure"),
    ]  # fmt: skip
    address = f"/repos/{NAME}/actions/runs/{two['id']}/attempts"
    assert team.send("GET", f"{address}/2").json["run_attempt"] == 2
    assert team.send("GET", f"{address}/2/jobs").json["total_count"] == 1
    assert team.send("GET", f"{address}/1/jobs").json["total_count"] == 0
    assert [team.send("GET", f"{address}/{n}/jobs").status for n in (0, 3)] == [404, 404]
    assert team.send("GET", f"{address}/1").status == 404
    assert team.send("GET", f"/repos/{NAME}/actions/workflows/none.yml").status == 404
    assert team.send("GET", f"/repos/{NAME}/actions/runs/99").status == 404


def test_an_expired_artifact_is_gone(team: Team, checkout: Checkout, tmp_path: Path, contract: Contract) -> None:
    sha = checkout.git("rev-parse", "HEAD")
    run = team.hub.admin.start_workflow_run(NAME, event="push", head_branch="main", head_sha=sha, actor="owner")
    made = team.hub.admin.upload_artifact(NAME, run["id"], "old", archive(tmp_path, "old"))
    team.hub.store.update("artifacts", made["id"], {"expires_at": "2020-01-01T00:00:00Z"})
    assert team.repo().get_artifact(made["id"]).expired
    assert team.send("GET", f"/repos/{NAME}/actions/artifacts/{made['id']}/zip").status == 410


def test_what_administration_refuses(team: Team, checkout: Checkout, tmp_path: Path) -> None:
    admin, sha = team.hub.admin, checkout.git("rev-parse", "HEAD")
    run = admin.start_workflow_run(NAME, event="push", head_branch="main", head_sha=sha, actor="owner")
    admin.upload_artifact(NAME, run["id"], "a", archive(tmp_path, "a"))
    (tmp_path / "b.zip").write_bytes(b"no zip")
    for attempt, words in (
        (lambda: admin.create_user("owner"), "exists"),
        (lambda: admin.create_user("../x"), "can't be a login"),
        (lambda: admin.create_token("nobody"), "no user nobody"),
        (lambda: admin.create_repository(NAME), "exists"),
        (lambda: admin.create_repository("acme"), "can't be a repository"),
        (lambda: admin.create_repository("acme/.."), "can't be a repository"),
        (lambda: admin.set_permission(NAME, "read", "king"), "no role"),
        (lambda: admin.set_permission("acme/none", "read", "read"), "no repository acme/none"),
        (lambda: admin.finish_workflow_run(NAME, 99, "success"), "no workflow run 99"),
        (lambda: admin.upload_artifact(NAME, run["id"], "a", archive(tmp_path, "a")), "already"),
        (lambda: admin.upload_artifact(NAME, run["id"], "b", tmp_path / "b.zip"), "no zip file"),
        (
            lambda: admin.start_workflow_run(NAME, event="push", head_branch="main", head_sha="0" * 40, actor="owner"),
            "no commit",
        ),
    ):
        with pytest.raises(ForgeError, match=words) as failure:
            attempt()
        assert failure.value.hint
