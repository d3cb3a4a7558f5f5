"""A DVC project of which files are tracked and pushed by DVC itself, and an S3 store that answers over HTTP."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import msgspec
import pytest
from moto import settings
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
READER = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}


def act_as_owner(patch: pytest.MonkeyPatch, home: Path, secret: str = "secret") -> None:
    """The environment of somebody whose key the store takes, and whose DVC leaves nothing outside of `home`."""
    values = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": secret, "AWS_MAX_ATTEMPTS": "1"}
    values |= {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(home)}
    values |= {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(home / "site")}
    for name, value in values.items():
        patch.setenv(name, value)


class Bucket(msgspec.Struct, frozen=True):
    """A bucket of a store: the store's address, and the bucket's name."""

    endpoint: str
    name: str

    def config(self, prefix: str = "data") -> str:
        """What `.dvc/config` says for it."""
        return (
            f"[core]\n    remote = store\n['remote \"store\"']\n    url = s3://{self.name}/{prefix}\n"
            f"    endpointurl = {self.endpoint}\n    region = {REGION}\n"
        )

    def objects(self) -> list[str]:
        """All objects in it."""
        found = self._client("s3").list_objects_v2(Bucket=self.name).get("Contents", [])
        return sorted(entry["Key"] for entry in found)

    def put(self, key: str, content: bytes) -> None:
        self._client("s3").put_object(Bucket=self.name, Key=key, Body=content)

    def delete(self, key: str) -> None:
        self._client("s3").delete_object(Bucket=self.name, Key=key)

    @contextmanager
    def reader(self) -> Iterator[tuple[str, str]]:
        """Key and secret of somebody who may read and not write, while nobody else may do anything."""
        client = self._client("iam")
        client.create_user(UserName="reader")
        made = client.create_access_key(UserName="reader")["AccessKey"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": [READER]})
        client.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=policy)
        before = settings.INITIAL_NO_AUTH_ACTION_COUNT
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        try:
            yield made["AccessKeyId"], made["SecretAccessKey"]
        finally:
            settings.INITIAL_NO_AUTH_ACTION_COUNT = before

    def _client(self, service: str) -> Any:
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id="k", aws_secret_access_key="s"
        )


@contextmanager
def bucket(name: str = "tiny") -> Iterator[Bucket]:
    """A store with one empty bucket; it takes any credentials."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        made = Bucket(f"http://{host}:{port}", name)
        made._client("s3").create_bucket(Bucket=name)
        yield made
    finally:
        urlopen(Request(f"{made.endpoint}/moto-api/reset", method="POST"), timeout=30).close()
        server.stop()


def push(project: Path, config: str, *tracked: str) -> dict[str, str]:
    """DVC adds and pushes files of a folder that is made a project where it is none; the `.dvc` files by their path."""
    from dvc.repo import Repo

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # DVC's own, about its libraries.
        if not (project / ".dvc").exists():
            Repo.init(str(project), no_scm=True).close()
        (project / ".dvc" / "config").write_text(config)
        with Repo(str(project), config={"core": {"no_scm": True}}) as repo:
            for name in tracked:
                repo.add(str(project / name))
            repo.push()
    return {f"{name}.dvc": (project / f"{name}.dvc").read_text() for name in tracked}
