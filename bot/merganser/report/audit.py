"""Chains of evidence as a tree for a terminal, and as JSON for programs. Which links hold: `registry.audit`."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from merganser.documents import dump_json
from merganser.markdown import plain
from merganser.registry.audit.links import Chain, Link, Section, State, broken_links

_SIGNS = {State.verified: "✓", State.unverifiable: "?", State.broken: "✗"}
_WIDTH = 300
# A commit's or a digest's 40 or 64 digits; the first twelve are enough to recognise one, and JSON has them all.
_LONG = re.compile(r"\b([0-9a-f]{12})(?:[0-9a-f]{28}|[0-9a-f]{52})\b")


def audit_tree(chains: Sequence[Chain]) -> str:
    """One tree a chain; a broken link shows beneath it what was expected and what was found."""
    return "\n\n".join("\n".join(_tree(chain)) for chain in chains)


def audit_json(chains: Sequence[Chain]) -> str:
    """The same as an object: `broken` counts the links that are, `chains` are they."""
    said = [{"counts": _counts(chain), **msgspec.to_builtins(chain)} for chain in chains]
    return dump_json({"broken": broken_links(chains), "chains": said}).decode().rstrip()


def _counts(chain: Chain) -> dict[State, int]:
    counted = Counter(link.state for link in chain.links())
    return {state: counted[state] for state in State}


def _tree(chain: Chain) -> Iterator[str]:
    counts = _counts(chain)
    numbers = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
    mark = f"{_SIGNS[State.broken]} " if counts[State.broken] else ""
    yield f"{mark}{_clean(chain.subject)}: {numbers or 'no link'}"
    for section in chain.sections:
        last = section is chain.sections[-1]
        yield f"{'└' if last else '├'}─ {_clean(section.name)}"
        yield from _links(section, "   " if last else "│  ")


def _links(section: Section, indent: str) -> Iterator[str]:
    for link in section.links:
        last = link is section.links[-1]
        yield f"{indent}{'└' if last else '├'}─ {_SIGNS[link.state]} {_clean(link.name)}: {_short(link.says)}"
        yield from _contradiction(link, f"{indent}{' ' if last else '│'}     ")


def _contradiction(link: Link, indent: str) -> Iterator[str]:
    for word, text in (("expected", link.expected), ("found", link.found)):
        if text:
            yield f"{indent}{word + ':':9} {_clean(text)}"


def _short(text: str) -> str:
    return _LONG.sub(r"\1…", _clean(text))


def _clean(text: str) -> str:
    return plain(text, _WIDTH)
