"""A model card's templates, in Jinja2's sandbox: what a template may call, and what becomes of what it writes.

Whatever an expression writes is inert Markdown, unless a filter made it so already. How long a template may run and how
much it may hold is not bounded here: who renders one of a repository's own does it in a process that is (`commands`).
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import yaml

from merganser.errors import ConfigError
from merganser.markdown import code_cell, plain, prose
from merganser.run import spelled

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from markupsafe import Markup

CARD_TEMPLATE = "model_card.md.j2"
PACKAGED = "model-card.md.j2"
MAX_CARD = 2**20
MAX_NAME = 200
NONE = "–"
# What would write something else the next time, so that a registration that died could not be finished.
_CHANCE = ("lipsum", "pprint", "random")
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
    except (TemplateError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as wrong:
        raise ConfigError(f"{CARD_TEMPLATE}: {plain(str(wrong) or type(wrong).__name__)}", _HINT) from wrong


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


def _environment(own: str | None) -> "ImmutableSandboxedEnvironment":
    from jinja2 import ChoiceLoader, DictLoader, PackageLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    packaged = PackageLoader("merganser.registry")
    templates = ImmutableSandboxedEnvironment(
        loader=packaged if own is None else ChoiceLoader([DictLoader({CARD_TEMPLATE: own}), packaged]),
        undefined=StrictUndefined,
        finalize=inert,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in _CHANCE:
        templates.filters.pop(name, None)
        templates.globals.pop(name, None)
    templates.filters |= {"code": code, "number": number, "signed": signed, "word": word}
    templates.filters |= {"url": url, "yaml": dumped}
    return templates


def inert(value: object) -> "Markup":
    """What an expression writes: running text that no Markdown renderer takes for more; numbers as people read them.

    TypeError for what is neither: a list or a function is written by its author's own words.
    """
    from jinja2 import Undefined
    from markupsafe import Markup

    if isinstance(value, Markup):
        return value
    if not isinstance(value, str | int | float | Undefined | None):
        raise TypeError(f"a {type(value).__name__} is no text: write its parts")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    text = NONE if value is None else str(value)
    return _markup(prose(text) if text else "")


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
    """Plain values as a YAML block in ASCII, keys in their order."""
    return _markup(yaml.safe_dump(value, sort_keys=False, width=float("inf")))


def _number(value: float | None, whole: str, broken: str) -> "Markup":
    if value is None:
        return _markup(NONE)
    return _markup(format(value, whole if isinstance(value, int) else broken))


def _markup(text: str) -> "Markup":
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - the one place, for text that the functions above made inert
