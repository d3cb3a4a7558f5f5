"""Reading a page as a browser would: its elements, its visible words, its pictures, and all that leads out of it."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br"}
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"svg", "g", "path", "line", "rect", "text"}
FRAME = "html head meta title style body main header footer nav section div span p a h1 h2 h3 strong code br"
BLOCKS = "ul li dl dt dd table caption thead tbody tr th td details summary figure figcaption"
TAGS = {*SHAPES, *FRAME.split(), *BLOCKS.split()}
ADDRESSES = {"href", "src", "srcset", "action", "formaction", "data", "poster", "background", "xlink:href", "ping"}


@dataclass
class Page(HTMLParser):
    """One page, parsed."""

    html: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()
        self.wrong += [f"<{tag}> is left open" for tag in self.stack]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self.stack and self.stack[-1] == tag:
            self.stack.pop()
        else:
            self.wrong.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.texts.append((self.stack[-1] if self.stack else "", data))

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"comment {data}")

    def of(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def words(self) -> str:
        """What is read, white space folded."""
        return " ".join(" ".join(text for tag, text in self.texts if tag != "style").split())

    @property
    def style(self) -> str:
        return "".join(text for tag, text in self.texts if tag == "style")

    @property
    def pictures(self) -> list[ET.Element]:
        """Each SVG, parsed as XML."""
        return [ET.fromstring(found) for found in re.findall(r"<svg.*?</svg>", self.html, re.DOTALL)]

    def dangers(self) -> list[str]:
        """What runs, loads, or leads out of the page, and what is no well-formed HTML."""
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        found = [*self.wrong, *(f"id {one} twice" for one in {one for one in ids if ids.count(one) > 1})]
        for tag, attributes in self.elements:
            found += [] if tag in TAGS else [f"<{tag}>"]
            found += [f"{tag} {name}" for name in attributes if name.startswith("on") or name == "style"]
            for name in ADDRESSES & attributes.keys():
                inside = tag == "a" and name == "href" and attributes[name].removeprefix("#") in ids
                found += [] if inside else [f"{tag} {name}={attributes[name]}"]
            found += [f"{tag} {name}={value}" for name, value in attributes.items() if "url(" in value.lower()]
        found += re.findall(r"(?i)url\(|@import|@font-face|image-set|https?:", self.style)
        return found


def picture_texts(picture: ET.Element) -> list[str]:
    """The texts of one SVG in the order in which they are drawn."""
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


def picture_dangers(picture: ET.Element) -> list[str]:
    """Elements and attributes that no picture of ours has."""
    found = []
    for element in picture.iter():
        tag = str(element.tag)
        found += [] if tag.startswith(SVG) and tag.removeprefix(SVG) in SHAPES else [tag]
        for name, value in element.attrib.items():
            bad = name.startswith("on") or name.endswith(("href", "style")) or "url(" in value
            found += [f"{tag} {name}={value}"] if bad else []
    return found
