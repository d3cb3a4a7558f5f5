"""Names that Kubernetes takes."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from merganser.deployment.kubernetes_names import label_value, resource_name

MODEL = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("digits",), "digits"),
        (("Churn_Model",), "churn-model"),
        (("digits", "staging"), "digits-staging"),
        (("a" * 47,), "a" * 47),
    ],
)
def test_names_that_fit_stay(parts: tuple[str, ...], name: str) -> None:
    assert resource_name(*parts) == name


@pytest.mark.parametrize("model", ["9", "7seg", "a" * 48, "a" * 63, "a" * 37 + "-" * 20 + "b"])
def test_names_that_do_not_fit_get_a_hash(model: str) -> None:
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,45}[a-z0-9])?-[0-9a-f]{8}", resource_name(model))


@given(MODEL, MODEL)
def test_names_are_dns_labels_and_differ_where_the_models_do(a: str, b: str) -> None:
    for model in (a, b):
        name = resource_name(model)
        assert re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", name)
        assert len(f"{name}-predictor-00001") <= 63
    assume(a.lower().replace("_", "-") != b.lower().replace("_", "-"))
    assert resource_name(a) != resource_name(b)


@given(st.text())
def test_labels_are_labels(text: str) -> None:
    assert re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?", label_value(text))


@pytest.mark.parametrize(
    ("text", "label"), [("1.2.3", "1.2.3"), ("1.2.3-rc.1+b.7", "1.2.3-rc.1_b.7"), ("1" * 70, "1" * 63)]
)
def test_a_versions_label(text: str, label: str) -> None:
    assert label_value(text) == label
