"""What a committed `.dvc/config` may say: which remote, where it is, and nothing of who asks."""

import pytest

from merganser.errors import ConfigError
from merganser.storage.remote import Remote, open_remote, read_remote

FULL = b"""\
[core]
    remote = Store
    analytics = false
['remote "store"']
    url = s3://models/dvc
    endpointurl = http://127.0.0.1:9000
    region = eu-central-1
    jobs = 4
['remote "sealed"']
    url = s3://labels
['remote "below"']
    url = remote://store/inside
['remote "here"']
    url = /srv/dvc
    type = symlink
"""


@pytest.mark.parametrize(
    ("name", "remote"),
    [
        (
            "",
            Remote(
                name="store",
                url="s3://models/dvc",
                settings={"endpointurl": "http://127.0.0.1:9000", "region": "eu-central-1"},
            ),
        ),
        ("sealed", Remote(name="sealed", url="s3://labels")),
        ("HERE", Remote(name="here", url="/srv/dvc")),
    ],
)
def test_a_remote_is_found_by_its_name_or_is_the_default_one(name: str, remote: Remote) -> None:
    assert read_remote(FULL, name) == remote


def test_a_remote_inside_of_another_is_at_its_address() -> None:
    found = read_remote(FULL, "below")
    assert (found.url, found.settings["endpointurl"]) == ("s3://models/dvc/inside", "http://127.0.0.1:9000")


def test_dvc_opens_it_where_it_says() -> None:
    filesystem, path = open_remote(read_remote(FULL))
    assert (filesystem.protocol, path) == ("s3", "models/dvc")
    assert filesystem.fs_args["client_kwargs"] == {
        "endpoint_url": "http://127.0.0.1:9000",
        "region_name": "eu-central-1",
    }


def one(lines: str) -> bytes:
    return f"[core]\n    remote = a\n['remote \"a\"']\n    {lines}\n".encode()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (b"", "names no default remote"),
        (b"[core]\n    remote = gone\n", "has no remote 'gone'"),
        (b"[core\n", "can't be read"),
        (one("endpointurl = http://x"), "has no remote 'a' with an address"),
        (one("url = relative/path"), "at the relative path 'relative/path'"),
        (one("url = ../up"), "at the relative path '../up'"),
        (one("url = ssh://host/path"), "is at ssh://"),
        (one("url = gs://bucket"), "is at gs://"),
        (one("url = file:///etc"), "is at file://"),
        (one("url = s3://b\n    access_key_id = AKIA"), "says 'access_key_id'"),
        (one("url = s3://b\n    secret_access_key = x"), "says 'secret_access_key'"),
        (one("url = s3://b\n    credentialpath = /etc/x"), "says 'credentialpath'"),
        (one("url = s3://b\n    configpath = /etc/x"), "says 'configpath'"),
        (one("url = s3://b\n    version_aware = true"), "stores versions of files"),
    ],
)
def test_what_cannot_be_used_is_an_error_with_a_cure(config: bytes, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_remote(config)
    assert said in refused.value.message
    assert refused.value.hint
    assert "AKIA" not in refused.value.message + refused.value.hint
