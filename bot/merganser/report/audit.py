"""Chains of evidence as a tree for a terminal, and as JSON for programs. Which links hold: `registry.audit`."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from merganser.documents import dump_json
from merganser.markdown import plain
from merganser.registry.audit.links import Chain, Link, Section, State, broken_links

_SIGNS = {State.verified: "✓", State.unverifiable: "?", State.broken: "✗"}
_WIDTH = 300


def audit_tree(chains: Sequence[Chain]) -> str:
    """One tree a chain; a broken link shows beneath it what was expected and what was found."""
    return "\n\n".join("\n".join(_tree(chain)) for chain in chains)


def audit_json(chains: Sequence[Chain]) -> str:
    """The same as an object: `broken` counts the links that are, `chains` are they."""
    said = [{"state": chain.state, **msgspec.to_builtins(chain)} for chain in chains]
    return dump_json({"broken": broken_links(chains), "chains": said}).decode().rstrip()


def _tree(chain: Chain) -> Iterator[str]:
    counted = Counter(link.state for link in chain.links())
    numbers = ", ".join(f"{counted[state]} {state}" for state in State if counted[state])
    yield f"{_SIGNS[chain.state]} {_clean(chain.subject)}: {numbers or 'no link'}"
    for section in chain.sections:
        last = section is chain.sections[-1]
        yield f"{'└' if last else '├'}─ {_clean(section.name)}"
        yield from _links(section, "   " if last else "│  ")


def _links(section: Section, indent: str) -> Iterator[str]:
    for link in section.links:
        last = link is section.links[-1]
        yield f"{indent}{'└' if last else '├'}─ {_SIGNS[link.state]} {_clean(link.name)}: {_clean(link.says)}"
        yield from _contradiction(link, f"{indent}{' ' if last else '│'}     ")


def _contradiction(link: Link, indent: str) -> Iterator[str]:
    for word, text in (("expected", link.expected), ("found", link.found)):
        if text:
            yield f"{indent}{word + ':':9} {_clean(text)}"


def _clean(text: str) -> str:
    return plain(text, _WIDTH)
