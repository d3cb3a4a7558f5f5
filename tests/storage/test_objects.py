"""Objects fetched and stored as DVC does it, and what a remote may do wrong: lack, change, inflate, refuse them."""

import hashlib
import json
from pathlib import Path

import pytest

from merganser.errors import DataError
from merganser.storage import objects
from merganser.storage.objects import Unreachable, fetch, fetch_address, keep
from merganser.storage.pointers import Pointer, pointer_at
from merganser.storage.remote import Remote, read_remote
from tests.storage.world import Bucket, act_as_owner, push

CAP = 1_000
SECRET = "canary-secret-of-the-store"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    act_as_owner(monkeypatch, tmp_path, SECRET)


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def put(folder: Path, content: bytes, name: str = "", legacy: bool = False) -> Pointer:
    """An object where DVC's documentation says that it lies."""
    name = name or md5(content)
    file = folder / ("" if legacy else "files/md5") / name[:2] / name[2:]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return Pointer(md5=name, legacy=legacy)


def listing(folder: Path, *entries: object) -> Pointer:
    content = json.dumps(entries).encode()
    return put(folder, content, f"{md5(content)}.dir")


@pytest.fixture
def here(tmp_path: Path) -> Remote:
    (tmp_path / "remote").mkdir()
    return Remote(name="here", url=str(tmp_path / "remote"))


@pytest.mark.parametrize("where", ["s3", "folder"])
def test_what_dvc_pushed_is_fetched(where: str, store: Bucket, tmp_path: Path) -> None:
    local = f"[core]\n    remote = here\n['remote \"here\"']\n    url = {tmp_path / 'remote'}\n"
    config = store.config(where) if where == "s3" else local
    project = tmp_path / "project"
    contents = {"one.csv": b"a,b\r\n1,2\r\n", "all/x.csv": b"x\n", "all/below/y.csv": b"y\n"}
    for name, content in contents.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes(content)
    files = push(project, config, "one.csv", "all")
    remote = read_remote(config.encode())
    for number, path in enumerate(("one.csv", "all", "all/below", "all/x.csv")):
        pointer = pointer_at(path, lambda name: files[name].encode() if name in files else None)
        assert pointer is not None
        got = fetch(remote, pointer, tmp_path / str(number), CAP)
        fetched = {f.relative_to(got).as_posix(): f.read_bytes() for f in got.rglob("*") if f.is_file()}
        below = {n.removeprefix(f"{path}/"): c for n, c in contents.items() if n.startswith(f"{path}/")}
        assert (fetched or got.read_bytes()) == (below or contents[path])


def test_what_is_kept_lies_where_dvc_looks_for_it(store: Bucket, tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"weights")
    remote = read_remote(store.config("kept").encode())
    assert keep(remote, file) == Pointer(md5=md5(b"weights"), size=7)
    key = f"kept/files/md5/{md5(b'weights')[:2]}/{md5(b'weights')[2:]}"
    assert key in store.objects()
    store.put(key, b"other")
    keep(remote, file)
    assert fetch(remote, Pointer(md5=md5(b"weights"), size=7), tmp_path / "again", CAP).read_bytes() == b"weights"


def test_objects_of_older_dvc_count_line_ends_alike(here: Remote, tmp_path: Path) -> None:
    pointer = put(Path(here.url), b"a\r\nb\r\n", md5(b"a\nb\n"), legacy=True)
    assert fetch(here, pointer, tmp_path / "x", CAP).read_bytes() == b"a\r\nb\r\n"
    binary = put(Path(here.url), b"\x00\r\n\r", legacy=True)
    assert fetch(here, binary, tmp_path / "y", CAP).read_bytes() == b"\x00\r\n\r"
    with pytest.raises(DataError, match="is not what its digest says"):
        fetch(here, put(Path(here.url), b"a\r\nb\r\n", md5(b"a\nb\n")), tmp_path / "z", CAP)


def test_line_ends_between_two_reads_are_seen(here: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_CHUNK", 2)
    pointer = put(Path(here.url), b"a\r\nb\r\n\r", md5(b"a\nb\n\r"), legacy=True)
    assert fetch(here, pointer, tmp_path / "x", CAP).read_bytes() == b"a\r\nb\r\n\r"


def test_a_file_on_s3_is_fetched_by_its_address(store: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.endpoint)
    store.put("labels/holdout.csv", b"row\n")
    assert fetch_address("s3://tiny/labels/holdout.csv", tmp_path / "x", CAP).read_bytes() == b"row\n"
    with pytest.raises(DataError, match="there is no s3://tiny/labels/gone"):
        fetch_address("s3://tiny/labels/gone.csv", tmp_path / "y", CAP)


HOSTILE = ["../x", "/etc/x", "a/../../x", "", "a//b", "a\\b", "a\nb"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_listing_names_files_inside_alone(name: str, here: Remote, tmp_path: Path) -> None:
    inside = put(Path(here.url), b"content")
    pointer = listing(Path(here.url), {"md5": inside.md5, "relpath": name})
    with pytest.raises(DataError, match="names"):
        fetch(here, pointer, tmp_path / "out" / "x", CAP)
    assert not list((tmp_path / "out").rglob("*"))


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b/c", "a"), ("a", "a")])
def test_a_listing_has_no_file_where_it_has_another_or_a_folder(
    names: tuple[str, ...], here: Remote, tmp_path: Path
) -> None:
    inside = put(Path(here.url), b"content")
    pointer = listing(Path(here.url), *({"md5": inside.md5, "relpath": name} for name in names))
    with pytest.raises(DataError, match=r"\.dir names 'a'"):
        fetch(here, pointer, tmp_path / "out", CAP)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("digest", ["../../../../../etc/hostname/../x", "Z" * 32, "A" * 32, "0" * 32 + ".dir"])
def test_a_listing_names_objects_by_their_digest_alone(digest: str, here: Remote, tmp_path: Path) -> None:
    pointer = listing(Path(here.url), {"md5": digest, "relpath": "a"})
    with pytest.raises(DataError, match="names 'a'"):
        fetch(here, pointer, tmp_path / "out", CAP)


def test_what_is_missing_changed_or_too_large_is_an_error(here: Remote, tmp_path: Path) -> None:
    top = Path(here.url)
    good = put(top, b"content")
    cases = {
        "the remote here lacks": Pointer(md5="0" * 32),
        "is not what its digest says": put(top, b"other", md5(b"content of another")),
        "is larger than": put(top, b"x" * (CAP + 1)),
        "larger": Pointer(md5=good.md5, size=CAP + 1),
        "not what its digest": Pointer(md5=good.md5, size=6),
        "holds no 'gone.csv'": Pointer(md5=listing(top, {"md5": good.md5, "relpath": "x"}).md5, below="gone.csv"),
    }
    for said, pointer in cases.items():
        with pytest.raises(DataError) as refused:
            fetch(here, pointer, tmp_path / "out", CAP)
        assert said in refused.value.message
        assert refused.value.hint
        assert not (tmp_path / "out").exists()


def test_a_folder_is_capped_as_a_whole(here: Remote, tmp_path: Path) -> None:
    big = put(Path(here.url), b"x" * 600)
    pointer = listing(Path(here.url), {"md5": big.md5, "relpath": "a"}, {"md5": big.md5, "relpath": "b"})
    with pytest.raises(DataError, match="is larger than"):
        fetch(here, pointer, tmp_path / "out", CAP)
    assert not (tmp_path / "out").exists()


def test_a_store_that_cannot_be_used_says_why(store: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"weights of a reader")
    remote = read_remote(store.config("closed").encode())
    with store.reader() as (key, secret):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        with pytest.raises(Unreachable, match="refuses access"):
            keep(remote, file)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(Unreachable, match="there are no credentials for the remote other"):
        fetch(Remote(name="other", url="s3://tiny/x"), Pointer(md5="0" * 32), tmp_path / "out", CAP)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    silent = Remote(name="silent", url="s3://tiny/x", settings={"endpointurl": "http://127.0.0.1:1"})
    with pytest.raises(Unreachable, match=r"the remote silent can't be used \(EndpointConnectionError\)"):
        fetch(silent, Pointer(md5="0" * 32), tmp_path / "out", CAP)
