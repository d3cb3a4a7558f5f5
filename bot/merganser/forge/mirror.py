"""A bare clone without file contents, for the side that reads commits of strangers and must never check them out."""

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from merganser import git
from merganser.config import LEDGER_BRANCH
from merganser.errors import ForgeError
from merganser.forge import names
from merganser.forge.secret import Secret

_LEDGER = f"refs/heads/{LEDGER_BRANCH}"
_READABLE = "Check the name, and that the token may read contents."


def clone(server_url: str, repo: str, token: Secret, folder: Path, refs: Sequence[str]) -> git.Repository:
    """Fetches `refs` (in full; `refs/tags/*` for all tags) into the new bare repository `folder`.

    A ref that isn't there is left out. Blobs come one by one when they are read, but for the ledger, which comes whole.
    `ConfigError` where git is too old to work on the clone.
    """
    git.require()
    url = f"{names.server(server_url, 'the server')}/{names.repository(repo)}.git"
    folder.mkdir(parents=True, exist_ok=True)
    here = git.Repository(folder, credentials(token, server_url))
    here.run("init", "--quiet", "--bare", "--template=", "--initial-branch=main", ".")
    for key, value in (("url", url), ("promisor", "true"), ("partialclonefilter", "blob:none")):
        here.run("config", f"remote.origin.{key}", value)
    try:
        wanted = _present(here, refs)
        _fetch(here, [ref for ref in wanted if ref != _LEDGER], "--filter=blob:none")
        _fetch(here, [ref for ref in wanted if ref == _LEDGER], "--no-filter")
    except git.GitError as failed:
        raise ForgeError(f"{url} can't be fetched: {failed.message}", _READABLE) from failed
    return here


def default_branch(server_url: str, repo: str, token: Secret) -> str:
    """The branch that the repository's HEAD names, as git itself tells: "" where that has no commit yet."""
    url = f"{names.server(server_url, 'the server')}/{names.repository(repo)}.git"
    command = ["ls-remote", "--quiet", "--symref", "--end-of-options", url, "HEAD"]
    try:
        said = git.run(command, Path(), env=credentials(token, server_url)).decode()
    except git.GitError as failed:
        raise ForgeError(f"{url} can't be read: {failed.message}", _READABLE) from failed
    found = re.match(r"ref: refs/heads/(\S+)\tHEAD$", said, re.MULTILINE)
    return names.branch(found[1]) if found else ""


def _present(here: git.Repository, refs: Sequence[str]) -> list[str]:
    """Those of `refs` that the remote has, patterns replaced by what they match."""
    checked = [ref if ref == "refs/tags/*" else names.ref(ref) for ref in refs]
    asked = ("ls-remote", "--quiet", "--refs", "--end-of-options", "origin", *checked)
    # Git takes any page, also one that says that GitHub is ill, for a repository without refs. So it is asked again.
    lines = (here.text(*asked) or here.text(*asked)).splitlines()
    there = [line.partition("\t")[2] for line in lines]
    return [ref for ref in there if ref in checked or ("refs/tags/*" in checked and ref.startswith("refs/tags/"))]


def _fetch(here: git.Repository, refs: Sequence[str], how: str) -> None:
    if refs:
        specs = "".join(f"+{ref}:{ref}\n" for ref in refs).encode()
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", how)
        here.run("fetch", *options, "--stdin", "origin", stdin=specs)


def credentials(token: Secret, server_url: str) -> dict[str, str]:
    """The environment in which git reaches this server alone with the token, and runs and follows nothing else."""
    parts = urlsplit(names.server(server_url, "the server"))
    settings = [
        ("core.hooksPath", "/dev/null"),
        ("credential.helper", ""),
        ("protocol.allow", "never"),
        (f"protocol.{parts.scheme}.allow", "always"),
        ("http.followRedirects", "false"),
        ("gc.auto", "0"),
    ]
    if token:
        basic = base64.b64encode(f"x-access-token:{token.reveal()}".encode()).decode()
        settings.append((f"http.{server_url.rstrip('/')}/.extraHeader", f"Authorization: Basic {basic}"))
    return {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        **_variables(settings),
        **_proxy(parts.hostname),
    }


def _variables(settings: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def _proxy(host: str | None) -> Mapping[str, str]:
    return {"no_proxy": host, "NO_PROXY": host} if host in names.LOOPBACK and host else {}
