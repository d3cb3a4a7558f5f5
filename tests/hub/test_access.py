"""Who may do what, over git and over the API."""

import base64

import pytest
from github import BadCredentialsException, GithubException, UnknownObjectException

from tests.hub.clients import NAME, Checkout, Team, fetch

SECRET = "acme/secret"


@pytest.mark.parametrize("scheme", ["Bearer {}", "token {}", "TOKEN {}"])
def test_every_form_of_a_token_is_taken(team: Team, scheme: str) -> None:
    headers = {"Authorization": scheme.format(team.tokens["owner"])}
    assert fetch("GET", f"{team.hub.api_url}/user", headers).json["login"] == "owner"


@pytest.mark.parametrize("pair", ["x-access-token:{}", "{}:", "{}:x-oauth-basic"])
def test_basic_login_takes_the_token_as_name_or_password(team: Team, pair: str) -> None:
    coded = base64.b64encode(pair.format(team.tokens["owner"]).encode()).decode()
    answer = fetch("GET", f"{team.hub.api_url}/user", {"Authorization": f"Basic {coded}"})
    assert answer.json["login"] == "owner"


@pytest.mark.parametrize("header", ["Bearer ghp_wrong", "Basic !!!", "Digest x", "Basic eDp5"])
def test_a_wrong_token_is_401_everywhere(team: Team, checkout: Checkout, header: str) -> None:
    answer = fetch("GET", f"{team.hub.api_url}/repos/{NAME}", {"Authorization": header})
    assert (answer.status, answer.json["message"]) == (401, "Bad credentials")


def test_pygithub_sees_the_errors_it_knows(team: Team) -> None:
    team.tokens["liar"] = "ghp_" + "0" * 40
    with pytest.raises(BadCredentialsException):
        team.repo("liar")
    with pytest.raises(UnknownObjectException):
        team.repo("owner", "acme/nothing")


def test_an_installation_token_has_no_user_of_its_own(team: Team) -> None:
    assert team.tokens["bot"].startswith("ghs_")
    assert team.tokens["owner"].startswith("ghp_")
    assert team.send("GET", "/user", "bot").status == 403
    assert team.send("GET", "/user", None).status == 401
    assert team.github("owner").get_user("merganser[bot]").type == "Bot"
    assert team.send("GET", "/users/nobody").status == 404


def test_the_bot_of_workflows_is_always_there_with_githubs_own_id(team: Team) -> None:
    assert team.github("owner").get_user("github-actions[bot]").id == 41898282
    team.tokens["workflow"] = team.hub.admin.create_user("github-actions[bot]", kind="Bot")
    team.hub.admin.set_permission(NAME, "github-actions[bot]", "write")
    assert team.repo("workflow").create_issue("T").user.id == 41898282


def test_a_private_repository_is_not_there_for_others(team: Team) -> None:
    team.hub.admin.create_repository(SECRET, private=True)
    team.hub.admin.set_permission(SECRET, "read", "read")
    assert team.repo("read", SECRET).private
    for login in ("stranger", None):
        answer = team.send("GET", f"/repos/{SECRET}/issues", login)
        assert (answer.status, answer.json["message"]) == (404, "Not Found")
    assert team.send("PUT", f"/repos/{SECRET}/immutable-releases", "read").status == 403


@pytest.mark.parametrize(
    ("login", "permission", "role"),
    [
        ("stranger", "read", "read"),
        ("read", "read", "read"),
        ("triage", "read", "triage"),
        ("write", "write", "write"),
        ("maintain", "write", "maintain"),
        ("admin", "admin", "admin"),
        ("acme", "admin", "admin"),
    ],
)
def test_permissions_are_folded_into_the_old_words(team: Team, login: str, permission: str, role: str) -> None:
    answer = team.send("GET", f"/repos/{NAME}/collaborators/{login}/permission")
    assert (answer.json["permission"], answer.json["role_name"]) == (permission, role)


def test_permissions_of_and_for_nobody(team: Team) -> None:
    assert team.send("GET", f"/repos/{NAME}/collaborators/nobody/permission").status == 404
    assert team.send("GET", f"/repos/{NAME}/collaborators/read/permission", None).status == 401
    team.hub.admin.create_repository(SECRET, private=True)
    team.hub.admin.set_permission(SECRET, "owner", "read")
    answer = team.send("GET", f"/repos/{SECRET}/collaborators/stranger/permission")
    assert answer.json["permission"] == "none"


def test_what_a_role_lacks_is_403_and_a_name_401(team: Team, checkout: Checkout) -> None:
    body = {"ref": "refs/heads/x", "sha": checkout.git("rev-parse", "HEAD")}
    for login in ("stranger", "read", "triage"):
        assert team.send("POST", f"/repos/{NAME}/git/refs", login, body).status == 403
    assert team.send("POST", f"/repos/{NAME}/git/refs", None, body).status == 401
    assert team.send("POST", f"/repos/{NAME}/issues", None, {"title": "x"}).status == 401
    answer = team.send("GET", f"/repos/{NAME}/branches/main/protection", "write")
    assert (answer.status, answer.json["message"]) == (403, "Must have admin rights to Repository.")
    assert team.send("POST", f"/repos/{NAME}/git/refs", "write", body).status == 201


def test_rights_stand_in_the_repository(team: Team) -> None:
    rights = team.repo("maintain").permissions
    assert (rights.admin, rights.maintain, rights.push, rights.pull) == (False, True, True, True)


def test_clone_fetch_and_push_by_role(team: Team, checkout: Checkout) -> None:
    for login in ("stranger", "read", "bot"):
        assert (team.clone(login).folder / "README.md").read_text() == "# Digits\n"
    reader = team.clone("read")
    reader.commit({"x": "x"})
    refused = reader.run("push", "origin", "HEAD:refs/heads/x")
    assert refused.returncode != 0
    assert "403" in refused.stderr
    writer = team.clone("write")
    writer.commit({"x": "x"})
    writer.push("x")
    assert team.repo().get_branch("x").commit.sha == writer.git("rev-parse", "HEAD")


def test_the_nameless_clone_what_is_public_alone(team: Team, checkout: Checkout) -> None:
    team.hub.admin.create_repository(SECRET, private=True)
    public = checkout.run("ls-remote", team.address(None))
    assert public.returncode == 0
    for name in (SECRET, "acme/nothing"):
        done = checkout.run("ls-remote", team.address(None, name))
        assert "terminal prompts disabled" in done.stderr  # the 401 made git ask for a name
    assert "not found" in checkout.run("ls-remote", team.address("stranger", SECRET)).stderr.lower()
    assert "not found" in checkout.run("ls-remote", team.address("owner", "acme/nothing")).stderr.lower()


def test_git_takes_a_header_too(team: Team, checkout: Checkout) -> None:
    coded = base64.b64encode(f"x-access-token:{team.tokens['write']}".encode()).decode()
    option = f"http.extraHeader=Authorization: basic {coded}"
    checkout.commit({"x": "x"})
    checkout.git("-c", option, "push", "-q", team.address(None), "HEAD:refs/heads/header")
    assert team.repo().get_branch("header").name == "header"


def test_partial_and_large_transfers(team: Team, checkout: Checkout) -> None:
    content = bytes(range(256)) * 8192  # over git's 1 MiB, so that the push comes in chunks
    checkout.commit({f"big{number}": content + str(number).encode() for number in range(2)})
    checkout.git("-c", "core.compression=0", "push", "-q", "origin", "HEAD:refs/heads/big")
    lean = team.clone("read", NAME, "--bare", "--filter=blob:none", "--branch=big")
    missing = lean.git("rev-list", "--objects", "--missing=print", "big").splitlines()
    assert len([line for line in missing if line.startswith("?")]) == 4
    assert (team.clone("read", NAME, "--branch=big").folder / "big1").read_bytes() == content + b"1"


def test_only_gits_two_services_are_served(team: Team, checkout: Checkout) -> None:
    base = f"{team.hub.url}/{NAME}.git"
    for path in ("/HEAD", "/info/refs", "/info/refs?service=git-shell", "/objects/info/packs", "/../x"):
        assert fetch("GET", base + path).status == 404
    assert fetch("GET", f"{team.hub.url}/nothing").status == 404


def test_a_person_writes_no_check_run(team: Team, checkout: Checkout) -> None:
    with pytest.raises(GithubException) as failure:
        team.repo("admin").create_check_run("x", checkout.git("rev-parse", "HEAD"))
    assert (failure.value.status, failure.value.data["message"]) == (403, "You must authenticate via a GitHub App.")
