"""Mentions as GitHub shows them: `acme/digits#2` as a link, a commit's bare address in short."""

from __future__ import annotations

import re

from markdown_it.token import Token

_PULL = re.compile(r"(?<![\w/.@-])([\w.-]+/[\w.-]+)#(\d{1,9})\b")
_COMMIT = re.compile(r"https?://[^/]+/([^/]+/[^/]+)/commit/([0-9a-f]{7})[0-9a-f]*")


def refer(tokens: list[Token], repository: str, known: frozenset[str]) -> list[Token]:
    """The inline tokens of one paragraph with its mentions linked; `known` are repositories in lower case."""
    found: list[Token] = []
    depth = 0
    for i, token in enumerate(tokens):
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type != "text":
            found.append(token)
        elif depth:
            found.append(_short(token, repository, known) if _is_bare(tokens[i - 1]) else token)
        else:
            found += _split(token, known)
    return found


def _is_bare(opening: Token) -> bool:
    """Whether a link is an address that stood in the text on its own."""
    return opening.type == "link_open" and opening.info == "auto"


def _short(token: Token, repository: str, known: frozenset[str]) -> Token:
    found = _COMMIT.fullmatch(token.content)
    if found and found[1].lower() in known:
        token.content = found[2] if found[1].lower() == repository.lower() else f"{found[1]}@{found[2]}"
    return token


def _split(token: Token, known: frozenset[str]) -> list[Token]:
    """A text, parted where it mentions a pull request or issue of a known repository."""
    pieces: list[Token] = []
    end = 0
    for found in _PULL.finditer(token.content):
        if found[1].lower() not in known:
            continue
        opening = Token("link_open", "a", 1, attrs={"href": f"/{found[1]}/issues/{found[2]}"})
        pieces += [_text(token.content[end : found.start()]), opening, _text(found[0]), Token("link_close", "a", -1)]
        end = found.end()
    return [*pieces, _text(token.content[end:])] if pieces else [token]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
