"""A model card's templates, in Jinja2's sandbox (`card_sandbox`): the filters of ours, and what is rendered.

Whatever an expression writes is inert Markdown: by itself, or by one of the filters here, each for a place of its own.
How long a template may run and how much it may hold is not bounded here: who renders one of a repository's own does it
in a process that is (`commands`).
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import yaml

from merganser.errors import ConfigError
from merganser.markdown import code_cell, plain
from merganser.run import spelled

if TYPE_CHECKING:
    from markupsafe import Markup

    from merganser.registry.card_sandbox import CardSandbox

CARD_TEMPLATE = "model_card.md.j2"
PACKAGED = "model-card.md.j2"
MAX_CARD = 2**20
MAX_NAME = 200
NONE = "–"
_LIVE = re.compile(r"[\\`*\[\]<>&|~$!@]")
_HALF = 0xDC00
_HIDDEN = re.compile(r"\\uDC([0-7][0-9A-F])")
_WORD = re.compile(r"[A-Za-z0-9@=#._/+!-]+")


def render(facts: dict[str, Any], own: str | None = None) -> str:
    """The card of `facts` (plain values) by the template `own`, or by the packaged one, which `own` may extend.

    `ConfigError` says what is wrong with the template, and in which line.
    """
    from jinja2 import TemplateError, TemplateSyntaxError

    if own is None:
        return _environment(own).get_template(PACKAGED).render(facts)
    try:
        return _joined(_environment(own).get_template(CARD_TEMPLATE).generate(facts))
    except TemplateSyntaxError as wrong:
        raise ConfigError(f"line {wrong.lineno} of {CARD_TEMPLATE}: {wrong.message}", _HINT) from wrong
    except RecursionError as wrong:
        raise ConfigError(f"{CARD_TEMPLATE} nests too deep", _HINT) from wrong
    except (TemplateError, yaml.YAMLError, *_WRONG) as wrong:
        raise ConfigError(f"{CARD_TEMPLATE}: {plain(str(wrong) or type(wrong).__name__)}", _HINT) from wrong


_WRONG = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_HINT = "Mend the template in the repository, or take it out: then the card is made by Merganser's own."


def _joined(parts: Iterable[str]) -> str:
    """The card's text; refused once it is too long, before it is whole."""
    found, size = [], 0
    for part in parts:
        size += len(part.encode())  # half of a surrogate pair has no bytes: ValueError
        if size > MAX_CARD:
            raise ConfigError(f"{CARD_TEMPLATE} writes more than {MAX_CARD >> 20} MiB", "Let it write less.")
        found.append(part)
    return "".join(found)


def _environment(own: str | None) -> "CardSandbox":
    from jinja2 import ChoiceLoader, DictLoader, PackageLoader, StrictUndefined

    from merganser.registry.card_sandbox import CardSandbox

    packaged = PackageLoader("merganser.registry")
    templates = CardSandbox(
        loader=packaged if own is None else ChoiceLoader([DictLoader({CARD_TEMPLATE: own}), packaged]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {"code": code, "number": number, "signed": signed, "word": word}
    templates.filters |= {"url": url, "yaml": dumped}
    return templates


def code(value: object) -> "Markup":
    """A code span that may stand in a table; what is none, true or false as JSON has it."""
    said = spelled(value) if value is None or isinstance(value, bool) else str(value)
    return _markup(code_cell(said, MAX_NAME))


def number(value: float | None) -> "Markup":
    """Six significant digits, a count in full; a dash for none."""
    return _number(value, ",", ".6g")


def signed(value: float | None) -> "Markup":
    """Three significant digits with their sign; zero has none."""
    return number(0) if value == 0 else _number(value, "+,", "+.3g")


def word(value: str) -> "Markup":
    """A name as it is, also inside of code: only one of signs that mean nothing there; ValueError for others."""
    if _WORD.fullmatch(value) is None:
        raise ValueError(f"{value[:80]!a} can't stand in a command as it is")
    return _markup(value)


def url(value: str) -> "Markup":
    """An http(s) address as the target of a link; ValueError for any other."""
    if not value.startswith(("https://", "http://")):
        raise ValueError(f"{value[:80]!a} is no web address")
    return _markup(quote(value, safe=":/?#@!$&+,;=%-._~"))


def dumped(value: object) -> "Markup":
    """Plain values as a YAML block in ASCII, keys in their order; signs that mean something in Markdown as escapes."""
    text = yaml.safe_dump(_hidden(value), sort_keys=False, width=float("inf"))
    return _markup(_HIDDEN.sub(lambda sign: f"\\x{int(sign[1], 16):02X}", text))


def _hidden(value: Any) -> Any:
    """The value with halves of surrogate pairs, which no text has, for the signs: YAML escapes those."""
    if isinstance(value, str):
        return _LIVE.sub(lambda sign: chr(_HALF + ord(sign[0])), value)
    if isinstance(value, dict):
        return {_hidden(key): _hidden(one) for key, one in value.items()}
    return [_hidden(one) for one in value] if isinstance(value, list | tuple) else value


def _number(value: float | None, whole: str, broken: str) -> "Markup":
    if value is None:
        return _markup(NONE)
    return _markup(format(value, whole if isinstance(value, int) else broken))


def _markup(text: str) -> "Markup":
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - the one place, for text that the functions above made inert
