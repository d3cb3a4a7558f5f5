"""What runs where."""

import pytest

from merganser.deployment.which import Deployed, release_path, running, stages
from merganser.errors import ConfigError, DataError
from tests.deployment.samples import ARTIFACT, file
from tests.registry.samples import COMMIT, DIGEST


def test_nothing_runs_without_a_file() -> None:
    assert running(None, "staging", "digits") is None


def test_what_runs_is_what_the_file_says() -> None:
    assert running(file("0.2.0"), "staging", "digits") == Deployed(
        environment="staging", model="digits", version="0.2.0", repo="acme/digits", tag="digits@v0.2.0", commit=COMMIT,
        inputs_digest=DIGEST, uri=ARTIFACT.uri, digest=ARTIFACT.digest,
    )  # fmt: skip


def test_a_file_in_anothers_folder_is_refused() -> None:
    with pytest.raises(DataError, match=r"staging/churn/release.yaml: it deploys 'digits'"):
        running(file(), "staging", "churn")


def test_where_the_file_lies() -> None:
    assert release_path("staging", "digits") == "staging/digits/release.yaml"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (None, "the environments repo has no environments.yaml"),
        (
            b"version: 1\npath: [staging, production]\nenvironments: {staging: {}, production: {}}\n",
            "'prod' is no environment",
        ),
    ],
)
def test_an_environment_that_nobody_wrote_down(written: bytes | None, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        stages(written, "prod")
    assert refused.value.hint in ("Is it the right repository?", "There are: staging, production.")


def test_an_environment_that_is_written_down() -> None:
    written = b"version: 1\npath: [staging, production]\nenvironments: {staging: {}, production: {}}\n"
    assert stages(written, "production").environments["production"].after == ("staging",)
