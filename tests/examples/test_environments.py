"""The example environments repo: read by the real loader, promoted into, and what its page says held to be true."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from merganser.config import Environments, Serving, Target
from merganser.config.file import load_environments
from merganser.deployment.promotion import Facts, decide, predecessors
from merganser.deployment.which import release_path, running
from merganser.errors import ConfigError
from merganser.plan import Commit
from tests.deployment.kserve_schema import validator
from tests.deployment.samples import IMAGE, candidate

FOLDER = Path(__file__).parents[2] / "examples" / "environments"
README = (FOLDER / "README.md").read_text()


@pytest.fixture
def environments() -> Environments:
    return load_environments((FOLDER / "environments.yaml").read_bytes(), "environments.yaml")


def promote(
    environments: Environments, environment: str, files: dict[str, bytes], number: str = "0.1.0"
) -> dict[str, bytes]:
    """The repo's files once the deployment pull request is merged."""
    place = f"{environment}/digits/"
    plan = decide(
        Facts(
            repo="acme/environments", base="main", tip="1" * 40, tree="2" * 40, environments=environments,
            environment=environment,
            candidate=candidate(number), requester="ada", server_url="https://github.com",
            current={path.removeprefix(place): content for path, content in files.items() if path.startswith(place)},
            before={e: files.get(release_path(e, "digits")) for e in predecessors(environments, environment)},
        )
    )  # fmt: skip
    commits = [effect for effect in plan.effects if isinstance(effect, Commit)]
    return {**files, **(commits[0].files if commits else {})}


def test_a_version_goes_its_way_to_production(environments: Environments) -> None:
    with pytest.raises(ConfigError, match="before it runs in staging"):
        promote(environments, "production", {})
    staging = promote(environments, "staging", {})
    both = promote(environments, "production", staging)
    assert sorted(both) == [f"{e}/digits/{f}.yaml" for e in ("production", "staging") for f in ("manifest", "release")]
    assert promote(environments, "production", both) == both
    for environment in environments.environments:
        deployed = running(both[release_path(environment, "digits")], environment, "digits")
        assert deployed is not None
        assert deployed.version == "0.1.0"
        validator().validate(yaml.safe_load(both[f"{environment}/digits/manifest.yaml"]))
    with pytest.raises(ConfigError, match=r"digits@v0\.1\.0 runs there"):
        promote(environments, "production", both, "0.2.0")


def test_nothing_is_rendered_by_hand() -> None:
    assert sorted(path.name for path in FOLDER.rglob("*") if path.is_file()) == ["README.md", "environments.yaml"]


def blocks() -> list[Any]:
    return [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)]


def test_argo_cd_is_pointed_at_what_is_rendered(environments: Environments) -> None:
    application = blocks()[0]["spec"]
    (directory,) = application["generators"][0]["git"]["directories"]
    rendered = promote(environments, "staging", {})
    assert {path.rpartition("/")[0] for path in rendered} == {directory["path"].replace("*", "digits")}
    include = application["template"]["spec"]["source"]["directory"]["include"]
    assert f"staging/digits/{include}" in rendered


def test_the_page_shows_a_way_to_serve_that_works(environments: Environments) -> None:
    shown = blocks()[1]["models"]["digits"]
    serving = Serving(target=Target(shown["target"]), image=shown["image"].replace("…", IMAGE[-64:]))
    rendered = promote(msgspec.structs.replace(environments, models={"digits": serving}), "staging", {})
    text = rendered["staging/digits/manifest.yaml"].decode()
    for said in re.findall(r"`(MODEL_[A-Z]+|/v2/[a-z/]+|/tmp)`", README):
        assert said in text
    assert "containerPort: 8080" in text
