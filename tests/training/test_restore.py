"""The configuration that a checkout's DVC gets means the same to DVC as the clone's own."""

from pathlib import Path

import pytest
from dvc.config import Config

from merganser.errors import DataError
from merganser.training.restore import local_config

LISTED = [
    "remote.my.store.url=s3://bucket/a,b#c",
    "remote.my.store.secret_access_key='x = no y'",
    "remote.my.store.region=eu",
    "remote.two.url=/over there",
    "core.remote=my.store",
]


def read(folder: Path, text: str) -> dict[str, object]:
    (folder / "config").write_text(text)
    return {name: section for name, section in Config.load_file(str(folder / "config")).items() if section}


def test_dvc_reads_what_was_listed(tmp_path: Path) -> None:
    assert read(tmp_path, local_config(Path("/tmp/a cache, #1"), LISTED)) == {
        "cache": {"dir": "/tmp/a cache, #1", "type": "reflink,copy"},
        "remote": {
            "my.store": {"url": "s3://bucket/a,b#c", "secret_access_key": "'x = no y'", "region": "eu"},
            "two": {"url": "/over there"},
        },
        "core": {"remote": "my.store"},
    }


def test_what_cannot_be_quoted_is_refused_without_showing_it() -> None:
    with pytest.raises(DataError, match="both kinds of quotes") as wrong:
        local_config(Path("/c"), ["remote.r.password=a'b\"c"])
    assert "a'b" not in str(wrong.value)
