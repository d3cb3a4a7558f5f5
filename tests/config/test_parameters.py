"""Parameters set in a file: typed as a person means them, the rest of the file as it was."""

import pytest

from merganser import parameters
from merganser.errors import ConfigError

FILE = b"""\
# How to train
train:
  C: 10      # regularisation
  kernel: "rbf"
  seed: null
list: [1, 2]
a.b: 1
"""


def test_what_there_is_to_set() -> None:
    there = parameters.read(FILE, "params.yaml")
    assert {name: there[name] for name in ("train.C", "train.kernel", "train.seed")} == {
        "train.C": 10,
        "train.kernel": "rbf",
        "train.seed": None,
    }


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.5", b"0.5"),
        ("1e-3", b"0.001"),
        ("linear", b"linear"),
        ("'12'", b"'12'"),
        ("true", b"true"),
        ("null", b"null"),
    ],
)
def test_a_value_is_set_in_its_place(text: str, written: bytes) -> None:
    changed = parameters.changed(FILE, {"train.C": text}, "params.yaml")
    before, after = FILE.splitlines(), changed.splitlines()
    assert [n for n, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [2]
    assert after[2].split(b"#")[0].split() in ([b"C:", written], [b"C:", b"1e-3"])
    assert after[2].endswith(b"# regularisation")


def test_several_are_set_at_once() -> None:
    changed = parameters.changed(FILE, {"train.C": "2", "train.seed": "7"}, "params.yaml")
    there = parameters.read(changed, "params.yaml")
    assert (there["train.C"], there["train.seed"]) == (2, 7)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train.c": "1"}, "train.c: there is no such parameter; did you mean train.C?"),
        ({"train.C": "[1, 2]"}, "not a single YAML value"),
        ({"train.C": "{a: 1}"}, "not a single YAML value"),
        ({"train.C": "'x"}, "not a single YAML value"),
        ({"train.C": "2026-01-01"}, "not a single YAML value"),
        ({"train.C": "!!python/object:os.system x"}, "not a single YAML value"),
        ({"train.C": "1" * 101}, "not a single YAML value"),
        ({"a.b": "2"}, "a name in it has a dot"),
    ],
)
def test_what_can_not_be_set_is_said(changes: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        parameters.changed(FILE, changes, "params.yaml")
    assert message in wrong.value.message


def test_a_file_that_is_no_plain_yaml_is_refused_before_anybody_else_reads_it() -> None:
    levels = [f"k{n}: &k{n} {{a: *k{n - 1}, b: *k{n - 1}}}" for n in range(1, 60)]
    bomb = "\n".join(["k0: &k0 {a: 1, b: 2}", *levels, ""]).encode()
    with pytest.raises(ConfigError):
        parameters.changed(bomb, {"a": "1"}, "params.yaml")
