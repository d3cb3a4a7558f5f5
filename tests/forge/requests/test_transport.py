"""The adapter against a server that breaks its word in the ways that GitHub and networks do."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from merganser.errors import ConfigError, ForgeError
from merganser.forge import values
from merganser.forge.ci.runtime import Runtime
from merganser.forge.github import GitHub, connect
from merganser.forge.protocol import Astray, Conflict, NotFound, RateLimited, Refused, Unanswered, Unavailable
from merganser.forge.secret import Secret
from merganser.forge.times import Times
from tests.forge.rogue import Break, Reply, Rogue, Seen, answer

TOKEN = "ghs_canary0123456789canary0123456789"
COMMENT = {"id": 1, "html_url": "http://x/1", "created_at": "2026-01-01T00:00:00Z", "body": "hi"}
REPOSITORY = {"id": 1, "full_name": "acme/digits", "default_branch": "main", "private": False}
HTML = Reply(body=b"<html>Unicorn!</html>", headers={"Content-Type": "text/html"})


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@contextmanager
def talking(*replies: Reply, choose: Callable[[Seen], Reply] | None = None) -> Iterator[tuple[GitHub, Rogue, Clock]]:
    rogue, clock = Rogue(*replies, choose=choose), Clock()
    with rogue.running():
        runtime = Runtime(api_url=f"{rogue.url}/api/v3", token=Secret(TOKEN))
        with connect(runtime, times=Times(clock.sleep, lambda: clock.now)) as forge:
            yield forge, rogue, clock


def write(forge: GitHub) -> values.Comment:
    return forge.create_comment("acme/digits", 7, "hi")


def read(forge: GitHub) -> values.Repository:
    return forge.repository("acme/digits")


BROKEN = {
    "502": Reply(status=502, body=b"<html>"),
    "503": Reply(status=503),
    "504": Reply(status=504),
    "drop": Reply(broken=Break.silent),
    "cut": Reply(body=b'{"id": 1, "full_name": "acme/digits"}', broken=Break.cut),
    "truncated": Reply(body=b'{"id": 1, "full_na'),
    "html": HTML,
    "wrong shape": Reply(body=b'{"id": "one"}'),
    "empty": Reply(body=b""),
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)
def test_a_read_is_tried_again_and_succeeds(reply: Reply) -> None:
    with talking(reply, reply, answer(REPOSITORY)) as (forge, rogue, clock):
        assert read(forge).default_branch == "main"
        assert len(rogue.seen) == 3
        assert clock.slept == [1.0, 3.0]


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)
def test_a_read_that_stays_broken_is_an_error_after_four_tries(reply: Reply) -> None:
    with talking(reply) as (forge, rogue, _):
        with pytest.raises(Unavailable, match=r"GET /repos/acme/digits"):
            read(forge)
        assert len(rogue.seen) == 4


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)
def test_a_write_is_sent_once_and_never_taken_for_a_success(reply: Reply) -> None:
    with talking(reply) as (forge, rogue, clock):
        with pytest.raises(Unanswered, match=r"POST /repos/acme/digits/issues/7/comments"):
            write(forge)
        assert len(rogue.seen) == 1
        assert clock.slept == []


def test_a_get_of_something_not_ready_is_bounded() -> None:
    with talking(answer({}, 202)) as (forge, rogue, _):
        with pytest.raises(Unavailable):
            read(forge)
        assert len(rogue.seen) == 4


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_write_to_a_renamed_repository_is_repeated_there_word_for_word(status: int) -> None:
    moved = answer({}, status, Location="/api/v3/repositories/1/issues/7/comments")
    with talking(moved, answer(COMMENT, 201)) as (forge, rogue, _):
        assert write(forge).id == 1
        first, second = rogue.seen
        assert (second.verb, second.path) == ("POST", "/api/v3/repositories/1/issues/7/comments")
        assert second.body == first.body == b'{"body": "hi"}'
        assert second.headers["Authorization"].endswith(TOKEN)


def test_a_read_of_a_renamed_repository_keeps_what_the_address_asks() -> None:
    moved = answer({}, 301, Location="/api/v3/repositories/1/pulls?head=acme%3Ax&state=open")
    with talking(moved, answer([])) as (forge, rogue, _):
        assert forge.open_pull_requests("acme/digits", "acme:x") == ()
        assert "head=acme%3Ax" in rogue.seen[1].path


def test_endless_redirects_end() -> None:
    with talking(answer({}, 307, Location="/api/v3/repos/acme/other")) as (forge, rogue, _):
        with pytest.raises(Astray, match="again and again"):
            write(forge)
        assert len(rogue.seen) == 4


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize("verb", [read, write], ids=["read", "write"])
def test_no_other_host_gets_the_token_by_a_redirect(status: int, verb: Callable[[GitHub], object]) -> None:
    with Rogue(answer(REPOSITORY)).running() as other:
        redirect = answer({}, status, Location=f"{other.url}/api/v3/x")
        with talking(redirect) as (forge, *_), pytest.raises(Astray, match="not the API's own host"):
            verb(forge)
        assert other.seen == []


@pytest.mark.parametrize("path", ["/elsewhere", "/api/v3/../../x", "//evil.example/api/v3/x"])
def test_a_redirect_out_of_the_api_is_refused(path: str) -> None:
    with talking(answer({}, 307, Location=path)) as (forge, rogue, _):
        with pytest.raises(Refused):
            write(forge)
        assert len(rogue.seen) == 1


def test_no_other_host_gets_the_token_by_a_link_header() -> None:
    with Rogue(answer([])).running() as other:
        page = answer([COMMENT], Link=f'<{other.url}/api/v3/x?page=2>; rel="next"')
        with talking(page) as (forge, *_), pytest.raises(Astray, match="not the API's own host"):
            forge.issue_comments("acme/digits", 7)
        assert other.seen == []


def test_no_other_host_gets_the_token_by_an_upload_address() -> None:
    release = values.Release(
        id=1, tag_name="t", draft=True, prerelease=False, html_url="", upload_url="https://uploads.example.com/x{?name}"
    )
    with talking(answer({})) as (forge, rogue, _):
        with pytest.raises(Astray, match="not the API's own host"):
            forge.upload_asset(release, name="a", media_type="text/plain", content=b"x")
        assert rogue.seen == []


def test_pages_go_on_behind_an_empty_one() -> None:
    pages = {"1": ([COMMENT], "2"), "2": ([], "3"), "3": ([COMMENT | {"id": 3}], "")}
    rogue_url: list[str] = []

    def choose(seen: Seen) -> Reply:
        number = parse_qs(urlsplit(seen.path).query).get("page", ["1"])[0]
        items, following = pages[number]
        link = f'<{rogue_url[0]}/api/v3/repositories/1/c?per_page=100&page={following}>; rel="next"'
        return answer(items, Link=link) if following else answer(items)

    with talking(choose=choose) as (forge, rogue, _):
        rogue_url.append(rogue.url)
        assert [c.id for c in forge.issue_comments("acme/digits", 7)] == [1, 3]
        assert "per_page=100" in rogue.seen[0].path


@pytest.mark.parametrize("verb", [read, write], ids=["read", "write"])
def test_a_secondary_limit_without_a_time_waits_a_minute_then_more(verb: Callable[[GitHub], object]) -> None:
    limited = answer({"message": "slow down"}, 429)
    with talking(limited, limited, answer(REPOSITORY | COMMENT)) as (forge, rogue, clock):
        verb(forge)
        assert clock.slept == [60.0, 120.0]
        assert len(rogue.seen) == 3


def test_a_secondary_limit_is_bounded() -> None:
    with talking(answer({"message": "slow down"}, 429)) as (forge, rogue, clock):
        with pytest.raises(RateLimited):
            write(forge)
        assert clock.slept == [60.0, 120.0, 240.0]
        assert len(rogue.seen) == 4


@pytest.mark.parametrize("status", [403, 429])
def test_retry_after_is_obeyed(status: int) -> None:
    limited = answer({"message": "You have exceeded a secondary rate limit"}, status, Retry_After="7")
    with talking(limited, answer(REPOSITORY)) as (forge, _, clock):
        read(forge)
        assert clock.slept == [7.0]


def test_a_403_that_speaks_of_a_rate_limit_is_one() -> None:
    limited = answer({"message": "You have exceeded a secondary rate limit."}, 403)
    with talking(limited, answer(REPOSITORY)) as (forge, _, clock):
        read(forge)
        assert clock.slept == [60.0]


def test_a_primary_limit_that_resets_in_an_hour_fails_at_once() -> None:
    spent = answer(
        {"message": "API rate limit exceeded"}, 403, X_RateLimit_Remaining="0", X_RateLimit_Reset=str(1_003_600)
    )
    with talking(spent) as (forge, rogue, clock):
        with pytest.raises(RateLimited, match="3601 seconds") as caught:
            read(forge)
        assert clock.slept == []
        assert len(rogue.seen) == 1
        assert caught.value.exit_code == 4


def test_a_primary_limit_that_resets_soon_is_waited_for() -> None:
    spent = answer({"message": "x"}, 403, X_RateLimit_Remaining="0", X_RateLimit_Reset=str(1_000_020))
    with talking(spent, answer(REPOSITORY)) as (forge, _, clock):
        read(forge)
        assert clock.slept == [21.0]


ERRORS = [
    (400, Refused), (401, Astray), (403, Refused), (404, NotFound), (405, Refused), (409, Conflict), (410, NotFound),
    (422, Conflict), (451, Refused),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), ERRORS)
def test_refusals_are_typed_and_tell_what_github_said(status: int, kind: type[ForgeError]) -> None:
    said = {
        "message": "Validation Failed",
        "errors": [{"resource": "R", "field": "f", "code": "c"}, {"message": "m"}, 5],
    }
    with talking(answer(said, status)) as (forge, rogue, _):
        with pytest.raises(kind, match="Validation Failed; R f c; m; 5") as caught:
            write(forge)
        assert type(caught.value) is kind
        assert caught.value.status == status
        assert caught.value.hint
        assert len(rogue.seen) == 1


@pytest.mark.parametrize("body", [b"plain words", b'["a"]', b'{"message": 1}', b""])
def test_a_refusal_without_githubs_form_is_a_refusal_all_the_same(body: bytes) -> None:
    with talking(Reply(status=404, body=body)) as (forge, _, _), pytest.raises(NotFound):
        write(forge)


def test_a_page_is_not_quoted_but_the_address_doubted() -> None:
    page = Reply(status=404, body=b"<!doctype html>\n<title>Not here</title>", headers={"Content-Type": "text/html"})
    with talking(page) as (forge, rogue, _), pytest.raises(Astray) as refused:
        read(forge)
    host = urlsplit(rogue.url).netloc
    said = f"{host} answered GET /repos/acme/digits with a page (404), not with GitHub's API"
    assert (refused.value.message, len(rogue.seen)) == (said, 1)
    assert "GITHUB_API_URL" in refused.value.hint


def test_who_could_not_be_reached_is_named() -> None:
    with talking() as (_, rogue, clock):
        gone = rogue.url
    with connect(Runtime(api_url=gone), times=Times(clock.sleep, lambda: clock.now)) as forge:
        with pytest.raises(Unavailable) as unread:
            read(forge)
        with pytest.raises(Unanswered) as unwritten:
            write(forge)
    for failed in (unread, unwritten):
        assert failed.value.message.startswith(f"{urlsplit(gone).netloc} gave no answer to ")
        assert "(ConnectionError)" in failed.value.message
        assert "Check the network and GITHUB_API_URL" in failed.value.hint


def test_a_refusal_with_a_location_is_a_refusal(tmp_path: Path) -> None:
    with talking(answer(COMMENT, 403, Location="/api/v3/x")) as (forge, rogue, _):
        for attempt in (lambda: write(forge), lambda: forge.download_asset("acme/digits", ASSET, tmp_path / "a", 9)):
            with pytest.raises(Refused):
                attempt()
        assert len(rogue.seen) == 2


@pytest.mark.parametrize("reply", [answer({}, 200), HTML, Reply(status=300), Reply(status=304)], ids=str)
def test_a_deletion_is_done_only_by_204(reply: Reply) -> None:
    with talking(reply) as (forge, rogue, _):
        with pytest.raises(ForgeError):
            forge.delete_comment("acme/digits", 1)
        assert len(rogue.seen) == 1
    with talking(Reply(status=204, body=b"")) as (forge, *_):
        forge.delete_comment("acme/digits", 1)


def test_the_token_is_in_no_message_log_or_repr(caplog: pytest.LogCaptureFixture) -> None:
    echo = answer({"message": f"you sent {TOKEN}"}, 422)
    with caplog.at_level(logging.DEBUG), talking(echo) as (forge, rogue, _):
        with pytest.raises(Conflict) as caught:
            write(forge)
        assert rogue.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in f"{caught.value.message}{caught.value.hint}{caught.value!r}{caplog.text}"
        assert TOKEN not in repr(Runtime(token=Secret(TOKEN)))


def test_no_token_no_header() -> None:
    with Rogue(answer(REPOSITORY)).running() as rogue, connect(Runtime(api_url=rogue.url)) as forge:
        read(forge)
        assert "Authorization" not in rogue.seen[0].headers


def test_a_proxy_is_not_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with talking(answer(REPOSITORY)) as (forge, _, _):
        assert read(forge).id == 1


def test_optimised_python_is_refused() -> None:
    program = (
        "from merganser.forge.github import connect\nfrom merganser.forge.ci.runtime import Runtime\n"
        "from merganser.errors import ConfigError\n"
        "try:\n    connect(Runtime())\nexcept ConfigError as refused:\n    print(refused.message)\n"
    )
    done = subprocess.run(
        [sys.executable, "-O", "-c", program], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert "-O" in done.stdout


NAMES = ["../x/y", "acme/..", "acme", "acme/digits/x", "acme/dig its", "-a/b", "acme/digits?x=1", "", "acme/%2e%2e"]


@pytest.mark.parametrize("repo", NAMES)
def test_no_request_is_made_for_a_bad_name(repo: str) -> None:
    with talking(answer({})) as (forge, rogue, _):
        for attempt in (
            lambda: forge.repository(repo),
            lambda: forge.refs("acme/digits", "tags/../" + repo),
            lambda: forge.file("acme/digits", "main", f"../{repo}"),
            lambda: forge.create_ref("acme/digits", f"tags/a..b{repo}", "0" * 40),
            lambda: forge.compare("acme/digits", "main", "0" * 40),
            lambda: forge.pull_request("acme/digits", 0),
        ):
            with pytest.raises(ConfigError, match="is no "):
                attempt()
        assert rogue.seen == []


# Downloads: one redirect, to any https host (or loopback), without the token.

ASSET = values.ReleaseAsset(id=5, name="a.bin", size=3, state="uploaded")


def test_a_download_follows_one_redirect_without_the_token(tmp_path: Path) -> None:
    with (
        Rogue(Reply(body=b"abc")).running() as store,
        talking(answer({}, 302, Location=f"{store.url}/b")) as (forge, *_),
    ):
        forge.download_asset("acme/digits", ASSET, tmp_path / "a", 3)
        assert (tmp_path / "a").read_bytes() == b"abc"
        assert "Authorization" not in store.seen[0].headers


def test_a_download_of_a_renamed_repository_is_looked_for_there_with_the_token(tmp_path: Path) -> None:
    renamed = answer({}, 301, Location="/api/v3/repositories/1/releases/assets/5")
    with Rogue(Reply(body=b"abc")).running() as store:
        with talking(renamed, answer({}, 302, Location=f"{store.url}/b")) as (forge, rogue, _):
            forge.download_asset("acme/digits", ASSET, tmp_path / "a", 3)
        assert [seen.path for seen in rogue.seen][1:] == ["/api/v3/repositories/1/releases/assets/5"]
        assert all(seen.headers["Authorization"].endswith(TOKEN) for seen in rogue.seen)
        assert "Authorization" not in store.seen[0].headers


def test_a_download_that_grows_over_its_cap_is_refused_and_removed(tmp_path: Path) -> None:
    with Rogue(Reply(body=b"x" * 200_000)).running() as store:
        redirect = answer({}, 302, Location=f"{store.url}/b")
        with talking(redirect) as (forge, *_), pytest.raises(Refused, match="larger than the 99999 bytes"):
            forge.download_asset("acme/digits", ASSET, tmp_path / "a", 99_999)
        assert list(tmp_path.iterdir()) == []
        assert len(store.seen) == 1


@pytest.mark.parametrize(
    "broken", [Reply(body=b"abcdef", broken=Break.cut), Reply(broken=Break.silent), Reply(status=503)], ids=str
)
def test_a_download_that_breaks_off_is_tried_again(tmp_path: Path, broken: Reply) -> None:
    with Rogue(broken, Reply(body=b"abc")).running() as store:
        with talking(answer({}, 302, Location=f"{store.url}/b")) as (forge, _, clock):
            forge.download_asset("acme/digits", ASSET, tmp_path / "a", 9)
            assert clock.slept == [1.0]
        assert (tmp_path / "a").read_bytes() == b"abc"


def test_a_download_that_stays_broken_is_an_error(tmp_path: Path) -> None:
    with Rogue(Reply(body=b"abcdef", broken=Break.cut)).running() as store:
        with talking(answer({}, 302, Location=f"{store.url}/b")) as (forge, *_), pytest.raises(Unavailable):
            forge.download_asset("acme/digits", ASSET, tmp_path / "a", 9)
        assert len(store.seen) == 3
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "location", ["http://blob.example.com/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "//blob.example.com/x"]
)
def test_a_download_goes_to_https_alone(tmp_path: Path, location: str) -> None:
    redirect = answer({}, 302, Location=location)
    with talking(redirect) as (forge, *_), pytest.raises(Refused, match="not at an https address"):
        forge.download_asset("acme/digits", ASSET, tmp_path / "a", 9)


@pytest.mark.parametrize(
    "second", [answer({}, 302, Location="http://127.0.0.1/x"), answer({}, 404)], ids=["302", "404"]
)
def test_a_download_follows_no_second_redirect(tmp_path: Path, second: Reply) -> None:
    with Rogue(second).running() as store, talking(answer({}, 302, Location=f"{store.url}/b")) as (forge, *_):
        with pytest.raises(ForgeError, match="to a download"):
            forge.download_asset("acme/digits", ASSET, tmp_path / "a", 9)
        assert len(store.seen) == 1


def test_a_download_without_a_redirect_is_an_error(tmp_path: Path) -> None:
    with talking(Reply(body=b"abc")) as (forge, rogue, _):
        with pytest.raises(Unavailable, match="where the file is"):
            forge.download_asset("acme/digits", ASSET, tmp_path / "a", 9)
        assert len(rogue.seen) == 4


@pytest.mark.parametrize(("size", "expired"), [(10, False), (1, True)])
def test_an_artifact_too_large_or_gone_is_refused_before_any_request(tmp_path: Path, size: int, expired: bool) -> None:
    ref = values.ArtifactRef(id=1, name="a", size_in_bytes=size, expired=expired)
    with talking(answer({})) as (forge, rogue, _):
        with pytest.raises(Refused, match="the artifact a of acme/digits"):
            forge.download_artifact("acme/digits", ref, tmp_path / "a", 9)
        assert rogue.seen == []


# Uploads and GraphQL, whose refusals look different.

UPLOADED = {"id": 5, "name": "a.bin", "size": 3, "state": "uploaded"}


def _draft(rogue: Rogue) -> values.Release:
    url = f"{rogue.url}/api/uploads/repos/acme/digits/releases/1/assets{{?name,label}}"
    return values.Release(id=1, tag_name="t", draft=True, prerelease=False, html_url="", upload_url=url)


def test_an_upload_sends_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\xffab")
    with talking(answer(UPLOADED, 201)) as (forge, rogue, _):
        for content in (b"\xffab", tmp_path / "a.bin"):
            made = forge.upload_asset(_draft(rogue), name="a.bin", media_type="application/x", content=content)
            assert made.state == "uploaded"
        assert {seen.body for seen in rogue.seen} == {b"\xffab"}
        assert {seen.path for seen in rogue.seen} == {"/api/uploads/repos/acme/digits/releases/1/assets?name=a.bin"}
        assert {seen.headers["Content-Type"] for seen in rogue.seen} == {"application/x"}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer({"message": "Validation Failed", "errors": [{"code": "already_exists"}]}, 422), Conflict),
        (Reply(status=502, body=b"<html>"), Unanswered),
        (Reply(broken=Break.silent), Unanswered),
        (Reply(body=b'{"id": 5, "na'), Unanswered),
        (HTML, Unanswered),
    ],
    ids=str,
)
def test_an_upload_that_fails_is_sent_once(reply: Reply, kind: type[ForgeError]) -> None:
    with talking(reply) as (forge, rogue, _):
        with pytest.raises(kind):
            forge.upload_asset(_draft(rogue), name="a.bin", media_type="application/x", content=b"abc")
        assert len(rogue.seen) == 1


def test_an_empty_upload_is_refused_before_it_is_sent() -> None:
    with talking(answer({})) as (forge, rogue, _):
        with pytest.raises(Refused, match="empty"):
            forge.upload_asset(_draft(rogue), name="a.bin", media_type="application/x", content=b"")
        assert rogue.seen == []


def somebody(rogue: Rogue) -> GitHub:
    """With a token that doesn't show by its form whose it is."""
    return connect(Runtime(api_url=f"{rogue.url}/api/v3", token=Secret("github_pat_x")))


def test_an_account_that_may_not_ask_who_it_is_is_actions_own() -> None:
    refused = answer({"message": "Resource not accessible by integration"}, 403)
    with talking(refused) as (_, rogue, __), somebody(rogue) as forge:
        assert forge.login() == forge.login() == "github-actions[bot]"
        assert [seen.path for seen in rogue.seen] == ["/api/v3/user"]


def test_a_workflows_own_token_needs_not_be_asked_about() -> None:
    with talking() as (_, rogue, __), connect(Runtime(api_url=rogue.url, token=Secret("ghs_x"))) as forge:
        assert forge.login() == "github-actions[bot]"
    with connect(Runtime(api_url=rogue.url, token=Secret("ghs_x"), login="my-app[bot]")) as forge:
        assert forge.login() == "my-app[bot]"
    assert rogue.seen == []


def test_an_account_that_is_refused_otherwise_is_an_error() -> None:
    refused = answer({"message": "Bad credentials"}, 401)
    with talking(refused) as (_, rogue, __), somebody(rogue) as forge, pytest.raises(Refused):
        forge.login()
