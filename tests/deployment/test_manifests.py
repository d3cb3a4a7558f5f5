"""Manifests, read back by a YAML parser and held to KServe's own description."""

import string
from importlib.resources import files
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from merganser.config import Serving, Target
from merganser.deployment import manifests
from merganser.deployment.manifests import Quoted, only_quoted, quoted, render
from merganser.deployment.release_file import Artifact, Release
from merganser.errors import ConfigError
from tests.deployment.kserve_schema import validator
from tests.deployment.samples import ARTIFACT, IMAGE, KSERVE, release
from tests.registry.samples import COMMIT, DIGEST

PLAIN = Serving(target=Target.kubernetes, image=IMAGE)


def documents(made: Release, serving: Serving) -> list[dict[str, Any]]:
    files = render(made, serving, "staging")
    assert list(files) == ["manifest.yaml"]
    return list(yaml.safe_load_all(files["manifest.yaml"]))


def test_kserve_fits_its_own_description() -> None:
    for serving in (KSERVE, Serving(target=Target.kserve, model_format="xgboost", runtime="kserve-mlserver")):
        (service,) = documents(release(), serving)
        validator().validate(service)


def test_an_unknown_field_would_be_noticed() -> None:
    (service,) = documents(release(), KSERVE)
    service["spec"]["predictor"]["model"]["storageURI"] = "s3://x"
    assert not validator().is_valid(service)


def test_kserve_is_told_what_to_serve_and_says_where_it_comes_from() -> None:
    (service,) = documents(release(), KSERVE)
    assert service == {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": "digits",
            "labels": {
                "app.kubernetes.io/name": "digits",
                "app.kubernetes.io/instance": "digits-staging",
                "app.kubernetes.io/version": "0.2.0",
                "app.kubernetes.io/managed-by": "merganser",
            },
            "annotations": {
                "merganser/model": "digits",
                "merganser/repo": "acme/digits",
                "merganser/tag": "digits@v0.2.0",
                "merganser/commit": COMMIT,
                "merganser/run": DIGEST,
                "merganser/digest": DIGEST,
            },
        },
        "spec": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": ARTIFACT.uri}}},
    }


def test_a_runtime_is_named_when_asked_for() -> None:
    (service,) = documents(release(), Serving(target=Target.kserve, runtime="kserve-mlserver"))
    assert service["spec"]["predictor"]["model"]["runtime"] == "kserve-mlserver"


def test_kubernetes_gets_a_locked_down_deployment_and_its_service() -> None:
    deployment, service = documents(release(), PLAIN)
    assert (deployment["apiVersion"], deployment["kind"]) == ("apps/v1", "Deployment")
    assert (service["apiVersion"], service["kind"]) == ("v1", "Service")
    pod = deployment["spec"]["template"]
    selector = deployment["spec"]["selector"]["matchLabels"]
    assert selector == service["spec"]["selector"]
    assert selector.items() <= pod["metadata"]["labels"].items()
    assert "app.kubernetes.io/version" not in selector
    (container,) = pod["spec"]["containers"]
    assert container["image"] == IMAGE
    assert {e["name"]: e["value"] for e in container["env"]} == {
        "MODEL_NAME": "digits", "MODEL_VERSION": "0.2.0", "MODEL_URI": ARTIFACT.uri, "MODEL_DIGEST": DIGEST,
    }  # fmt: skip
    assert pod["spec"]["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
    assert service["spec"]["ports"][0]["targetPort"] in ports
    assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in pod["spec"]["volumes"]}


@pytest.mark.parametrize(
    "image", ["", "ghcr.io/acme/serve", "ghcr.io/acme/serve:v1", IMAGE[:-1], IMAGE + "\n", "x y" + IMAGE]
)
def test_an_image_that_is_not_pinned_is_refused(image: str) -> None:
    with pytest.raises(ConfigError, match=r"models\.digits\.image") as refused:
        render(release(), Serving(target=Target.kubernetes, image=image), "staging")
    assert "sha256" in refused.value.hint


@given(st.text())
def test_quoting_makes_any_text_one_string(text: str) -> None:
    made = quoted(text)
    assert made.isascii()
    assert "\n" not in made
    assert yaml.safe_load(f"a:\n  b: {made}\nc: 1\n") == {"a": {"b": text}, "c": 1}


HOSTILE = [
    "a: b",
    "x\n---\nkind: Secret",
    '"',
    "\\",
    "{{ 1 }}",
    "{% raw %}",
    "#",
    "'",
    "no",
    "1e3",
    "&a *a",
    "\u2028",
    "🦆",
]


@settings(max_examples=30)
@given(st.sampled_from(HOSTILE) | st.text(string.printable), st.sampled_from([KSERVE, PLAIN]))
def test_no_value_becomes_more_than_a_value(text: str, serving: Serving) -> None:
    made = documents(release(artifact=Artifact(uri=text, digest=DIGEST)), serving)
    clean = documents(release(), serving)
    assert [sorted(document) for document in made] == [sorted(document) for document in clean]
    assert yaml.safe_dump(made).count("\n") >= yaml.safe_dump(clean).count("\n")
    said = made[0]["spec"].get("predictor", {}).get("model", {}).get("storageUri")
    assert said == text or serving is PLAIN


def test_a_template_that_forgets_to_quote_is_refused() -> None:
    templates = manifests._templates()
    with pytest.raises(TypeError, match="without the filter `quoted`"):
        templates.from_string("a: {{ model }}").render(model="x")
    with pytest.raises(UndefinedError):
        templates.from_string("a: {{ nothing | quoted }}").render()
    with pytest.raises(UndefinedError):
        templates.from_string("a: {{ nothing }}").render()
    assert only_quoted(quoted("x")) == Quoted('"x"')


def test_every_expression_of_the_templates_is_quoted() -> None:
    folder = files("merganser.deployment") / "templates"
    texts = [
        p.read_text() for d in (folder, folder / "kserve", folder / "kubernetes") for p in d.iterdir() if p.is_file()
    ]
    assert len(texts) == 3
    for text in texts:
        assert all(part.split("}}")[0].endswith("| quoted ") for part in text.split("{{")[1:])
