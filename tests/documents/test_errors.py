"""Errors: one exit code each, and what GitHub answered."""

import pytest

from merganser.errors import ConfigError, DataError, ForgeError, MerganserError


@pytest.mark.parametrize(("kind", "code"), [(MerganserError, 70), (ConfigError, 2), (DataError, 3), (ForgeError, 4)])
def test_each_kind_has_its_exit_code(kind: type[MerganserError], code: int) -> None:
    """Those of the contract: usage, data, GitHub, a bug."""
    wrong = kind("it is wrong", "mend it")
    assert (wrong.exit_code, wrong.message, wrong.hint) == (code, "it is wrong", "mend it")


def test_what_github_answered_is_told() -> None:
    assert ForgeError("no", status=404).status == 404
    assert ForgeError("nobody answered").status == 0
