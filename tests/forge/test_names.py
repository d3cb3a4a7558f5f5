"""Names that reach GitHub, and those that never do."""

import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merganser.errors import ConfigError
from merganser.forge import names

GOOD: list[tuple[Callable[[str], str], str]] = [
    (names.repository, "acme/digits"),
    (names.repository, "a/.github"),
    (names.repository, "Acme-1/x_y.z"),
    (names.sha, "0123456789abcdef" * 2 + "01234567"),
    (names.ref, "heads/merganser/staging/digits"),
    (names.ref, "tags/digits@v1.0.0#staging"),
    (names.ref_prefix, "tags/digits@"),
    (names.ref_prefix, "tags/"),
    (names.branch, "a;curl${IFS}x|sh"),
    (names.tag, "digits@v1.0.0-rc.1"),
    (names.path, "runs/digits/a b.json"),
    (names.path, "ünïcode/…"),
    (names.file_name, "a b.zip"),
    (names.asset, "digits-1.0.0.joblib"),
    (names.login, "github-actions[bot]"),
    (names.login, "ada"),
]

BAD: list[tuple[Callable[[str], str], str]] = [
    *((names.repository, bad) for bad in ("", "acme", "acme/", "/x", "a/b/c", "a/..", "a/.", "../b", "-a/b", "a/b c")),
    *((names.repository, bad) for bad in ("a/b?c", "a/b#", "a/b%2f", "a\n/b", "a/b\n", "ä/b", "a" * 101 + "/b")),
    *((names.sha, bad) for bad in ("", "0" * 39, "0" * 41, "A" * 40, "0" * 39 + "\n", "HEAD")),
    *(
        (names.ref, bad)
        for bad in ("", "-x", "a..b", "a//b", "/a", "a/", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "@")
    ),
    *(
        (names.ref, bad)
        for bad in ("a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a@{1}", "a\x7f", "a\n", "x" * 201)
    ),
    *((names.ref_prefix, bad) for bad in ("", "tags/../x", "tags//", "-")),
    *((names.branch, bad) for bad in ("0" * 40, "refs/heads/x", "HEAD", "--output=pwn")),
    *((names.tag, bad) for bad in ("0" * 40, "refs/tags/x", "--output=pwn")),
    *(
        (names.path, bad)
        for bad in ("", "/a", "a/", "a//b", "../a", "a/../b", "a/..", "./a", ".git/config", "a/.GIT/x", "a\0")
    ),
    *((names.file_name, bad) for bad in ("", "a/b", "a\\b", "..", "x" * 201)),
    *((names.asset, bad) for bad in ("", ".hidden", "a b", "a/b", "ä", "-x", "a" * 201)),
    *((names.login, bad) for bad in ("", "a/b", "../x", "a[bot", "[bot]", "a b", "-x")),
]


@pytest.mark.parametrize(("check", "name"), GOOD)
def test_a_plain_name_passes_unchanged(check: Callable[[str], str], name: str) -> None:
    assert check(name) == name


@pytest.mark.parametrize(("check", "name"), BAD)
def test_anything_else_is_refused_and_shown(check: Callable[[str], str], name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(name)
    assert caught.value.hint
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 500


@pytest.mark.parametrize("number", [0, -1, True])
def test_a_number_begins_at_one(number: int) -> None:
    assert names.number(1) == 1
    with pytest.raises(ConfigError):
        names.number(number)


@pytest.mark.parametrize(
    "url", ["https://api.github.com", "http://127.0.0.1:8080/api/v3", "http://localhost", "http://[::1]:1"]
)
def test_a_server_is_https_or_loopback(url: str) -> None:
    assert names.server(url, "X") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://127.0.0.1.evil.example",
        "ftp://x",
        "",
        "https://",
        "https://u@x",
        "https://x?q",
        "https://x#f",
        "file:///x",
    ],
)
def test_other_servers_are_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="X is "):
        names.server(url, "X")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_no_checked_path_leaves_its_folder(text: str) -> None:
    try:
        quoted = names.quoted(names.path(text))
    except ConfigError:
        return
    assert not {"", ".", ".."} & set(quoted.split("/"))
    assert not set("?#&\\ ") & set(quoted)


@pytest.mark.parametrize(
    "name", [name for check, name in GOOD + BAD if check in (names.ref, names.branch) and "\0" not in name]
)
def test_what_passes_as_a_ref_passes_with_git(name: str) -> None:
    known = subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False).returncode == 0
    try:
        names.ref(name)
    except ConfigError:
        return
    assert known
