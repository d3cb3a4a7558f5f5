"""A hub as a whole: copied and started again, many clients, odd HTTP, budgets, failures of its own."""

import gzip
import logging
import shutil
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from merganser.hub import Exchange, Hub
from merganser.hub.limits import Limits
from merganser.hub.routing import World
from tests.contract.plugin import Contract
from tests.hub.clients import NAME, Checkout, Team, fetch, raw


def test_a_copy_of_the_directory_is_the_whole_hub(team: Team, checkout: Checkout, contract: Contract) -> None:
    checkout.commit({"f": "f"})
    checkout.push("feature")
    team.repo().create_pull(base="main", head="feature", title="T").create_issue_comment("before")
    team.hub.admin.checkpoint()
    target = team.folder.parent / "copy"
    shutil.copytree(team.hub.directory, target)
    with Hub(target, observer=contract) as again:
        assert again.url != team.hub.url
        other = Team(again, team.folder, team.tokens)
        pull = other.repo().get_pull(1)
        pull.create_issue_comment("after")
        assert [comment.body for comment in pull.get_issue_comments()] == ["before", "after"]
        assert pull.url.startswith(again.url)
        moved = other.clone("write", NAME, "--branch=feature")
        head = moved.commit({"g": "g"})
        moved.push("feature")
        assert other.repo().get_pull(1).head.sha == head
        assert pull.merge(sha=head).merged
    assert team.repo().get_pull(1).comments == 1


def test_start_and_stop(tmp_path: Path) -> None:
    hub = Hub(tmp_path)
    with pytest.raises(RuntimeError, match="not running"):
        _ = hub.url
    with hub:
        port = int(hub.url.rpartition(":")[2])
        with pytest.raises(RuntimeError, match="running already"):
            hub.start()
        idle = socket.create_connection(("127.0.0.1", port))
        idle.sendall(b"GET /api/v3/rate_limit HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 200")
        before = time.monotonic()
    assert time.monotonic() - before < 5
    assert idle.recv(1) == b""
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    with Hub(tmp_path).start(port) as _again:
        pass


def test_a_taken_port_leaves_nothing_behind(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port, threads = taken.getsockname()[1], threading.active_count()
        hub = Hub(tmp_path)
        with pytest.raises(OSError, match="in use"):
            hub.start(port)
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            hub.store.rows("SELECT 1")
        assert threading.active_count() == threads
        assert _listening() == {port}
        with pytest.raises(RuntimeError, match="not running"):
            _ = hub.url
    with Hub(tmp_path) as again:
        assert fetch("GET", f"{again.api_url}/rate_limit").status == 200


def _listening() -> set[int]:
    """The ports on which this process listens, by its own open files."""
    inodes = set()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the folder's own
            inodes.add(entry.readlink().name)
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return {int(row[1].partition(":")[2], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}


def test_with_cleans_up_where_it_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_socket(*_: object) -> None:
        raise OSError("no more sockets")

    hub = Hub(tmp_path)
    monkeypatch.setattr(socket.socket, "bind", no_socket)
    with pytest.raises(OSError, match="no more sockets"), hub:
        pytest.fail("it did not start")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        hub.store.rows("SELECT 1")


def test_many_clients_at_once(team: Team) -> None:
    issue = team.repo("write").create_issue("T")

    def comment(number: int) -> int:
        body = {"body": str(number)}
        return team.send("POST", f"/repos/{NAME}/issues/{issue.number}/comments", "write", body).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(comment, range(40))) == {201}
    assert sorted(int(known.body) for known in issue.get_comments()) == list(range(40))


def test_every_answer_tells_the_budget(tmp_path: Path, contract: Contract) -> None:
    with Hub(tmp_path, observer=contract, limits=Limits(hourly=2)) as hub:
        headers = {"Authorization": f"token {hub.admin.create_user('ada')}"}
        first = fetch("GET", f"{hub.api_url}/user", headers)
        assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-remaining"]) == ("2", "1")
        assert fetch("GET", f"{hub.api_url}/user", headers).headers["x-ratelimit-used"] == "2"
        spent = fetch("GET", f"{hub.api_url}/user", headers)
        assert (spent.status, spent.headers["x-ratelimit-remaining"]) == (403, "0")
        assert spent.json["message"] == "API rate limit exceeded for user ID 1."
        assert int(spent.headers["x-ratelimit-reset"]) > time.time()
        other = {"Authorization": f"token {hub.admin.create_user('eve')}"}
        assert fetch("GET", f"{hub.api_url}/user", other).status == 200
        assert fetch("GET", f"{hub.api_url}/rate_limit", other).json["rate"]["used"] == 1
        assert fetch("GET", f"{hub.api_url}/rate_limit", other).json["resources"]["core"]["remaining"] == 1


def test_unknown_addresses_are_404_in_githubs_form(team: Team, contract: Contract) -> None:
    for path in ("", "/nothing", f"/repos/{NAME}/nothing", f"/repos/{NAME}/issues/1/x"):
        answer = team.send("GET", path)
        assert answer.status == 404
        assert answer.json == {
            "message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"
        }  # fmt: skip
        assert answer.headers["x-github-request-id"]
    contract.forgive(lambda exchange: exchange.template is None)


def test_an_observer_sees_no_token(tmp_path: Path) -> None:
    seen: list[Exchange] = []
    with Hub(tmp_path, observer=seen.append) as hub:
        token = hub.admin.create_user("ada")
        fetch("GET", f"{hub.api_url}/user?x=1", {"Authorization": f"token {token}"})
    (exchange,) = seen
    assert (exchange.method, exchange.template, exchange.query, exchange.status) == ("GET", "/user", (("x", "1"),), 200)
    assert token not in repr(exchange)


def test_no_token_is_stored(team: Team) -> None:
    team.hub.admin.checkpoint()
    content = b"".join(path.read_bytes() for path in team.hub.directory.glob("hub.sqlite*"))
    assert not any(token.encode() in content for token in team.tokens.values())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"Content-Length: 0\r\nTransfer-Encoding: chunked", b"400"),
        (b"Content-Length: x", b"400"),
        (b"Content-Length: 99999999999", b"413"),
        (b"Transfer-Encoding: gzip", b"501"),
    ],
)
def test_bodies_of_doubtful_length_end_the_connection(hub: Hub, headers: bytes, status: bytes) -> None:
    answer = raw(hub.url, b"POST /api/v3/user HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + b"\r\n\r\n")
    assert answer.split(b" ")[1] == status


def test_a_client_that_talks_nonsense_is_cut_off(hub: Hub) -> None:
    start = b"POST /api/v3/user HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    for size in (b"zz", b"-1", b"+1", b"0x1", b"", b"1_0"):
        assert raw(hub.url, start + size + b"\r\n").split(b" ")[1] == b"400", size
    assert raw(hub.url, b"BREW /pot HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").split(b" ")[1] == b"501"


def test_what_is_not_gzip_and_what_unpacks_to_too_much(team: Team) -> None:
    address = f"{team.hub.url}/{NAME}.git/git-upload-pack"
    bomb = gzip.compress(bytes(640 * 1024**2), 1)
    for content, status in ((bomb, 413), (b"plain", 400), (gzip.compress(b"0000")[:-1], 400)):
        assert fetch("POST", address, {"Content-Encoding": "gzip"}, content).status == status
    assert fetch("GET", f"{team.hub.api_url}/rate_limit").status == 200


def test_a_push_that_is_none(team: Team) -> None:
    address = f"{team.hub.url}/{NAME}.git/git-receive-pack"
    headers = {"Authorization": f"token {team.tokens['write']}"}
    assert fetch("POST", address, headers, b"zzzz").status == 400


def test_chunks_and_gzip_are_undone(team: Team) -> None:
    token, content = team.tokens["read"], gzip.compress(b'{"title": "T"}')
    head = (
        f"POST /api/v3/repos/{NAME}/issues HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: token {token}\r\n"
        "Connection: close\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunks = b"".join(b"%x;ext\r\n%s\r\n" % (len(piece), piece) for piece in (content[:5], content[5:]))
    assert b'"title":"T"' in raw(team.hub.url, head.encode() + chunks + b"0\r\nTrailer: x\r\n\r\n")


def test_a_bug_in_the_hub_is_500_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Hub(tmp_path) as hub:
        token = hub.admin.create_user("ada")
        hub.admin.create_repository("acme/x")
        shutil.rmtree(World(tmp_path, hub.store, lambda *_: "").directory / "repos")
        with caplog.at_level(logging.ERROR):
            answer = fetch("GET", f"{hub.api_url}/repos/acme/x/branches", {"Authorization": f"token {token}"})
    assert (answer.status, answer.json) == (500, {"message": "Server Error"})
    assert "/repos/acme/x/branches" in caplog.text
