"""Names of models."""

import pytest

from merganser.errors import ConfigError
from merganser.registry.names import check_model_name


@pytest.mark.parametrize("name", ["d", "digits", "Digits_2-b", "9", "a" * 63])
def test_good_names(name: str) -> None:
    check_model_name(name)


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "_a", "a/b", "../../x", "a" * 64, "a.b", "a\n", "é", "a\u202eb", "a b", "a" * 300]
)
def test_bad_names(name: str) -> None:
    with pytest.raises(ConfigError, match="can't be the name of a model") as refused:
        check_model_name(name)
    assert refused.value.message.isascii()
