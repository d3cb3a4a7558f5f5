"""Jinja2's sandbox for cards: what is put into Markdown by any operator, method or filter is inert Markdown before.

Jinja2 knows one kind of escaping, for HTML, and takes what was escaped so for safe: `![](…)` lives through it.
"""

import functools
from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.filters import make_attrgetter
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_environment
from markupsafe import Markup

from merganser.markdown import prose

_NONE = "–"
# What would write something else the next time, so that a registration that died could not be finished; and what makes
# live text of any, for HTML.
_TAKEN_OUT = ("lipsum", "pprint", "random", "safe", "tojson", "urlize", "xmlattr")


class Inert(Markup):
    """Markdown that is written as it stands; text that is put into it becomes inert first."""

    __slots__ = ()

    @classmethod
    def escape(cls, s: Any, /) -> "Inert":
        """Running text that no Markdown renderer takes for more, with a space at its ends where it had any.

        TypeError for what is no text: a list or a function is written by its author's own words.
        """
        if isinstance(s, Markup):
            return cls(s)
        if not isinstance(s, str | int | float | Undefined | None):
            raise TypeError(f"a {type(s).__name__} is no text: write its parts")
        if isinstance(s, int | float) and not isinstance(s, bool):
            return cls(format(s, "," if isinstance(s, int) else ".6g"))
        text = _NONE if s is None else str(s)
        before, after = (" " if end.isspace() else "" for end in (text[:1], text[-1:]))
        return cls(f"{before}{prose(text)}{after}" if text.strip() else before)


class _Joining(CodeGenerator):
    """Compiles `a ~ b` to a call of the sandbox's own."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class CardSandbox(ImmutableSandboxedEnvironment):
    """The environment of a card's templates."""

    code_generator_class = _Joining
    intercepted_binops = frozenset({"+", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(autoescape=True, finalize=Inert.escape, **options)
        for name in _TAKEN_OUT:
            self.filters.pop(name, None)
            self.globals.pop(name, None)
        self.filters.update({name: _guarded(one) for name, one in self.filters.items()})
        self.filters.update(dict.fromkeys(("e", "escape", "forceescape"), Inert.escape), join=_join)

    def joined(self, parts: Iterable[Any]) -> str:
        """What `~` gives: plain text of plain text, else Markdown."""
        found = tuple(parts)
        return Inert("").join(found) if _any_marked(found) else "".join(map(str, found))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        return super().call_binop(context, operator, _own(left), _own(right))

    def getattr(self, obj: Any, attribute: str) -> Any:
        return super().getattr(_own(obj), attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return super().getitem(_own(obj), argument)


def _own(value: Any) -> Any:
    return Inert(value) if isinstance(value, Markup) else value


def _any_marked(values: Iterable[Any]) -> bool:
    return any(isinstance(value, Markup) for value in values)


def _guarded(filtering: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of Jinja2's that puts inert text alone into Markdown, and gives nothing plain of it."""

    @functools.wraps(filtering)
    def run(*args: Any, **options: Any) -> Any:
        if not _any_marked((*args, *options.values())):
            return filtering(*args, **options)
        given = [_put(value) for value in args]
        result = filtering(*given, **{name: _put(value) for name, value in options.items()})
        return _put(result)

    return run


def _put(value: Any) -> Any:
    return Inert.escape(value) if isinstance(value, str) else value


@pass_environment
def _join(environment: CardSandbox, value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
    """Jinja2's filter of that name."""
    get = make_attrgetter(environment, attribute) if attribute is not None else _own
    parts = [get(one) for one in value]
    is_markdown = _any_marked((d, value, *parts))
    return Inert.escape(d).join(parts) if is_markdown else str(d).join(map(str, parts))
