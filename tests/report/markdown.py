"""Reading Markdown back as GitHub would, for assertions on what a reader sees."""

from markdown_it import MarkdownIt
from markdown_it.token import Token

READER = MarkdownIt("commonmark", {"html": True, "linkify": True}).enable(["table", "strikethrough", "linkify"])
assert READER.linkify is not None
READER.linkify.set({"fuzzy_link": False})  # GitHub links no bare domain


def tokens(text: str) -> list[Token]:
    """All tokens, those inside of lines too."""
    found: list[Token] = []
    for token in READER.parse(text):
        found.append(token)
        found.extend(token.children or [])
    return found


def kinds(text: str) -> set[str]:
    return {token.type for token in tokens(text)}


def tables(text: str) -> list[list[list[str]]]:
    """Each table's rows, the header first, as the text of their cells; a drawing stands after a line break."""
    found: list[list[list[str]]] = []
    before = ""
    for token in READER.parse(text):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and before in ("th_open", "td_open"):
            found[-1][-1].append(seen(token))
        before = token.type
    return found


def seen(inline: Token) -> str:
    """What is read of one line: text, code, and line breaks."""
    shown = {"html_inline": "\n", "softbreak": "\n"}
    return "".join(shown.get(child.type, child.content) for child in inline.children or [])


def headings(text: str) -> list[str]:
    parsed = READER.parse(text)
    return [seen(parsed[at + 1]) for at, token in enumerate(parsed) if token.type == "heading_open"]


def list_items(text: str) -> list[str]:
    parsed = READER.parse(text)
    return [seen(parsed[at + 2]) for at, token in enumerate(parsed) if token.type == "list_item_open"]


def links(text: str) -> set[str]:
    return {str(token.attrs["href"]) for token in tokens(text) if token.type == "link_open"}
