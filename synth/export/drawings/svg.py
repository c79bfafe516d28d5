"""SVG elements as text: attributes are escaped, numbers are short."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Child = Markup | str
_CAMEL = frozenset({"viewBox", "patternUnits"})


def number(value: float) -> str:
    """At most one decimal, none where it is zero."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def element(name: str, /, *children: Child, **attributes: str | float | None) -> Markup:
    """An element; `class_` is `class`, an underscore inside a name is a hyphen, None leaves an attribute out."""
    pairs = "".join(
        f' {_name(key)}="{escape(number(value) if isinstance(value, int | float) else value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{name}{pairs}>{inner}</{name}>" if inner else f"<{name}{pairs}/>")


def drawing(width: float, height: float, children: Iterable[Child], class_: str) -> Markup:
    """A whole picture of this size."""
    box = f"0 0 {number(width)} {number(height)}"
    return element("svg", *children, class_=class_, viewBox=box, aria_hidden="true", width=width, height=height)


def link(href: str, title: str, *children: Child) -> Markup:
    """Parts of a drawing that lead to the words behind them.

    Drawings are hidden from screen readers and are no stop for Tab: the same link stands in words beside them.
    """
    return element("a", element("title", title), *children, href=href, tabindex="-1", class_="to")


def text(x: float, y: float, words: str, class_: str, anchor: str | None = None) -> Markup:
    """Words at a place."""
    return element("text", words, x=x, y=y, class_=class_, text_anchor=anchor)


def points(*pairs: tuple[float, float]) -> str:
    """Coordinates as a `points` attribute or the arguments of a path command."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


def _name(key: str) -> str:
    return key if key in _CAMEL else key.rstrip("_").replace("_", "-")
