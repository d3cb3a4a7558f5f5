"""A repository's own card template, rendered where neither time nor memory is unbounded."""

import os

import pytest

from merganser.commands.register.card_process import bounded
from merganser.errors import ConfigError

FACTS = {"model": "digits", "scores": [{"metric": "a*b", "value": 0.5}]}
LOOP = "{% for n in range(99999) %}"


def test_a_template_is_rendered_as_in_the_process_itself() -> None:
    assert bounded("# {{ model }}: {{ scores[0].metric }}\n", FACTS) == "# digits: a&#42;b\n"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (LOOP * 3 + "{% endfor %}" * 3, "computed for more than 1 seconds"),
        ("{% set n = 9 ** 9 %}{{ (9 ** n) % 7 }}", "computed for more than 1 seconds"),
        ("{{ ('x' * 10 ** 10) | length }}", "holds more than 512 MiB"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "nests too deep"),
        (LOOP + "{{ 'x' * 99999 }}{% endfor %}", "writes more than 1 MiB"),
        ("{{ ''.__class__ }}", "unsafe"),
        ("{{ nothing }}", "is undefined"),
        (r"{{ '\ud800' }}", "surrogates not allowed"),
    ],
)
def test_a_template_that_would_not_end_or_fill_the_memory_is_stopped(template: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        bounded(template, FACTS, seconds=1)
    assert said in refused.value.message
    assert refused.value.hint


def test_the_process_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox reaches no environment; and were it to, the token is not in it."""
    from merganser.commands.register import card_process

    seen = {}
    run = card_process.subprocess.run

    def watched(*args: object, **kwargs: object) -> object:
        seen.update(kwargs["env"])  # type: ignore[call-overload]
        return run(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setenv("GITHUB_TOKEN", "canary")
    monkeypatch.setattr(card_process.subprocess, "run", watched)
    assert bounded("{{ model }}", FACTS) == "digits"
    assert "canary" not in "".join(seen.values())
    assert set(seen) <= {"PYTHONPATH", "PYTHONHASHSEED"}
    assert os.environ["GITHUB_TOKEN"] == "canary"
