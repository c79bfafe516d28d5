"""The report: one HTML file that needs no network and no script.

Everything that comes from interviews is hostile until escaped, so autoescape is on for every template and no template
marks anything as safe; drawings are built from numbers and escaped words. Fonts and the style sheet are inside.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

import jinja2
import yaml
from markupsafe import Markup

from synth.export.page import ReportPage, build_page
from synth.results import Results

FONTS = {"sans": "synth-sans.woff2", "medium": "synth-sans-medium.woff2", "serif": "synth-serif.woff2"}


def export_html(results: Results) -> dict[str, bytes]:
    """The report as one file."""
    return {"report.html": render_page(build_page(results)).encode("utf-8")}


def render_page(page: ReportPage) -> str:
    """The page as text. A name that a template uses and the page does not have is an error."""
    environment = _environment()
    template = environment.get_template("report.html.j2")
    text = template.render(page=page, w=page.words, style=Markup(style_sheet()))
    # Indentation of the templates is a tenth of the file; no words run across lines, because white space is folded.
    return "\n".join(line for line in (line.strip() for line in text.splitlines()) if line) + "\n"


@cache
def style_sheet() -> str:
    """The style sheet with its colours for light and dark, and its fonts."""
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
    fonts = {
        key: base64.b64encode(_static().joinpath(name).read_bytes()).decode("ascii") for key, name in FONTS.items()
    }
    text = environment.get_template("report.css").render(tokens=colour_tokens(), fonts=fonts)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


@cache
def colour_tokens() -> dict[str, dict[str, str]]:
    """`light` and `dark`, each a colour by its role."""
    tokens: dict[str, dict[str, str]] = yaml.safe_load(_static().joinpath("tokens.yaml").read_text(encoding="utf-8"))
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
