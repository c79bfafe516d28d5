"""The report: one HTML file that needs no network and no script.

Everything that comes from interviews is hostile until escaped, so autoescape is on for every template and no template
marks anything as safe; drawings are built from numbers and escaped words. Fonts and the style sheet are inside.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import BinaryIO

import jinja2
from markupsafe import Markup

from synth.export.page import ReportPage, build_page
from synth.results import Results
from synth.shipped import shipped_yaml

FONTS = {"sans": "synth-sans.woff2", "medium": "synth-sans-medium.woff2", "serif": "synth-serif.woff2"}


def export_html(results: Results) -> dict[str, bytes]:
    """The report as one file."""
    return {"report.html": render_page(build_page(results)).encode("utf-8")}


def write_html(results: Results, file: BinaryIO) -> None:
    """The same, written as it is made: the report of a thousand interviews is never held as a whole."""
    page = build_page(results)
    for line in render_lines("report.html.j2", page=page, w=page.words):
        file.write(line.encode("utf-8"))


def render_page(page: ReportPage) -> str:
    """The page as text. A name that a template uses and the page does not have is an error."""
    return render_template("report.html.j2", page=page, w=page.words)


def render_template(name: str, **values: object) -> str:
    """A page of its own from one of the templates, with the style sheet inside."""
    return "".join(render_lines(name, **values))


def render_lines(name: str, **values: object) -> Iterator[str]:
    """The same line by line, each with its end.

    Indentation of the templates is a tenth of a page: lines are stripped, and empty ones left out. No words run across
    lines, because white space is folded.
    """
    pieces: list[str] = []
    for piece in _environment().get_template(name).generate(style=Markup(style_sheet()), **values):
        pieces.append(piece)
        if "\n" in piece:
            # Joined and not added: a piece that is marked as safe would escape what stands before it.
            whole, _, rest = "".join(pieces).rpartition("\n")
            pieces = [rest]
            yield from (f"{line}\n" for line in map(str.strip, whole.splitlines()) if line)
    yield from (f"{line}\n" for line in map(str.strip, "".join(pieces).splitlines()) if line)


@cache
def style_sheet() -> str:
    """The style sheet with its colours for light and dark, and its fonts inside."""
    fonts = {key: _static().joinpath(name).read_bytes() for key, name in FONTS.items()}
    inside = {key: base64.b64encode(font).decode("ascii") for key, font in fonts.items()}
    return _fill_style(inside)


def linked_style_sheet(addresses: Mapping[str, str]) -> str:
    """The same for pages that load their fonts from addresses, one for each key of `FONTS`."""
    text = _fill_style({key: f"[{key}]" for key in FONTS})
    for key, address in addresses.items():
        text = text.replace(f"data:font/woff2;base64,[{key}]", address)
    return text


def _fill_style(fonts: Mapping[str, str]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: _static().joinpath(name).read_text(encoding="utf-8")),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        block_start_string="/*%",
        block_end_string="%*/",
        variable_start_string="/*=",
        variable_end_string="=*/",
        comment_start_string="/*#",
        comment_end_string="#*/",
    )
    text = environment.get_template("report.css").render(tokens=colour_tokens(), fonts=fonts)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


@cache
def colour_tokens() -> dict[str, dict[str, str]]:
    """`light` and `dark`, each a colour by its role."""
    tokens: dict[str, dict[str, str]] = shipped_yaml(_static().joinpath("tokens.yaml").read_bytes())
    return tokens


def _static() -> Traversable:
    return resources.files("synth.export").joinpath("static")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("synth.export", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment
