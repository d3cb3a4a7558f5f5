"""Releases and facts that the tests of deployments start from."""

from typing import Any

from merganser.config import Environment, Environments, Serving, Target
from merganser.deployment.promotion import Candidate, Facts
from merganser.deployment.release_file import Artifact, Release, Requested, Source, dump_release
from tests.registry.samples import COMMIT, DIGEST, verdict, version

ARTIFACT = Artifact(uri="https://github.com/acme/digits/releases/download/digits%40v0.2.0/digits.joblib", digest=DIGEST)
IMAGE = "ghcr.io/acme/serve@sha256:" + "5" * 64
KSERVE = Serving(target=Target.kserve)
ENVIRONMENTS = Environments(
    version=1,
    path=("staging", "production"),
    environments={"staging": Environment(), "production": Environment(after=("staging",))},
    models={"digits": KSERVE},
)


def release(number: str = "0.2.0", **fields: Any) -> Release:
    given: dict[str, Any] = {
        "schema": "merganser.release/1",
        "model": "digits",
        "version": number,
        "source": Source(repo="acme/digits", tag=f"digits@v{number}", commit=COMMIT, inputs_digest=DIGEST),
        "artifact": ARTIFACT,
        "target": Target.kserve,
        "requested": Requested(by="ada"),
        **fields,
    }
    return Release(**given)


def file(number: str = "0.2.0", **fields: Any) -> bytes:
    return dump_release(release(number, **fields))


def candidate(number: str = "0.2.0", **fields: Any) -> Candidate:
    given: dict[str, Any] = {
        "version": version(number, commit=COMMIT),
        "repo": "acme/digits",
        "inputs_digest": DIGEST,
        "artifact": ARTIFACT,
        "metrics": {"accuracy": 0.9722, "loss": 0.11},
        "verdict": verdict(),
        **fields,
    }
    return Candidate(**given)


def facts(**fields: Any) -> Facts:
    given: dict[str, Any] = {
        "repo": "acme/environments",
        "base": "main",
        "tip": "7" * 40,
        "tree": "8" * 40,
        "environments": ENVIRONMENTS,
        "environment": "staging",
        "candidate": candidate(),
        "current": {},
        "before": {},
        "requester": "ada",
        "server_url": "https://github.com",
        **fields,
    }
    return Facts(**given)
