"""A strict reader of HTML for tests: it notices what browsers forgive."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])


@dataclass
class Element:
    """One element with its place in the tree."""

    tag: str
    attributes: dict[str, str | None]
    parent: Element | None
    content: list[Element | str] = field(default_factory=list)
    """Elements and text in their order."""

    @property
    def children(self) -> list[Element]:
        """The elements directly in this one."""
        return [part for part in self.content if isinstance(part, Element)]

    def all(self, tag: str = "", class_: str = "") -> list[Element]:
        """Elements below this one, in order, of a tag and a class."""
        found = []
        for child in self.children:
            classes = (child.attributes.get("class") or "").split()
            if (not tag or child.tag == tag) and (not class_ or class_ in classes):
                found.append(child)
            found += child.all(tag, class_)
        return found

    def words(self) -> str:
        """All text in and below this element, white space folded."""
        return " ".join(" ".join(p if isinstance(p, str) else p.words() for p in self.content).split())

    @property
    def id(self) -> str:
        """The id, or nothing."""
        return self.attributes.get("id") or ""


class StrictReader(HTMLParser):
    """Builds a tree; `problems` lists tags that do not balance."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {}, None)
        self.problems: list[str] = []
        self._here = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.problems.append(f"line {self.getpos()[0]}: an attribute of {tag} stands twice")
        element = Element(tag, dict(attrs), self._here)
        self._here.content.append(element)
        if tag not in VOID:
            self._here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._here.tag != tag or self._here.parent is None:
            self.problems.append(f"line {self.getpos()[0]}: </{tag}> closes {self._here.tag or 'nothing'}")
            return
        self._here = self._here.parent

    def handle_data(self, data: str) -> None:
        self._here.content.append(data)


def read_page(html: str) -> StrictReader:
    """The page as a tree, with what is wrong with it."""
    reader = StrictReader()
    reader.feed(html)
    reader.close()
    if reader.root.children and reader._here is not reader.root:
        reader.problems.append(f"{reader._here.tag} is never closed")
    return reader
