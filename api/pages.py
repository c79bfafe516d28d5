"""Pages as values and their rendering: what a template sees is one of the dataclasses below, and its `Words`.

Everything that comes from a study is hostile until escaped: autoescape is on for every template and none marks anything
as safe. No page has a script or an inline style.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import jinja2
from fastapi.responses import HTMLResponse
from starlette.requests import HTTPConnection

from api.words import LANGUAGES, Words, choose_language
from synth.pipeline import StudyStatus

METER_WIDTH = 240
_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml", "woff2": "font/woff2"}
_FONTS = ("synth-sans.woff2", "synth-sans-medium.woff2")


@dataclass(frozen=True, slots=True)
class Chrome:
    """What every page has around its content."""

    words: Words
    languages: tuple[tuple[str, str], ...]
    """The other languages: key and own name."""
    style_address: str


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One study in the list."""

    id: str
    status: StudyStatus
    drafted: bool
    last_run: str
    """In words; empty before the first."""
    reader: str
    """Who read; empty before the first run."""
    run_command: str
    """What drafts it, to paste."""
    status_command: str
    """What lists its failures, to paste."""

    @property
    def left(self) -> int:
        """How many claims nobody has decided on."""
        return self.status.claims - self.status.decided

    @property
    def meter(self) -> int:
        """Width of the decided part of the meter."""
        return round(METER_WIDTH * self.status.decided / self.status.claims) if self.status.claims else 0


@dataclass(frozen=True, slots=True)
class StudiesPage:
    """The list of studies, with what to do where it is empty."""

    rows: tuple[StudyRow, ...]
    db: str
    missing: bool
    """Whether there is no database file yet."""
    run_command: str


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """An error in words; `title` and `todo` are those of the language."""

    status: int
    title: str
    todo: str


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that pages load."""

    content: bytes
    media_type: str


def make_row(study_id: str, status: StudyStatus, run: Mapping[str, object] | None, words: Words, db: str) -> StudyRow:
    """One study for the list.

    Args:
        study_id: stands in addresses, because names hold slashes and emoji.
        status: what it holds.
        run: the last run as the store has it; None before the first.
        words: the language of the page.
        db: the database, for the commands shown.
    """
    last_run = reader = ""
    if run is not None:
        last_run = words(f"run.{run['state']}", date=words.date(str(run["ended_utc"] or run["started_utc"])))
        reader = words("studies.built_in") if run["model"] == "offline" else str(run["model"])
    name = shlex.quote(status.study)
    return StudyRow(
        id=study_id,
        status=status,
        drafted=status.claims > 0,
        last_run=last_run,
        reader=reader,
        run_command=command(f"synth run FOLDER --study {name}", db),
        status_command=command(f"synth status {name}", db),
    )


def command(words: str, db: str) -> str:
    """A command to paste, with the database where it is not the usual one."""
    return words if db == "synth.db" else f"{words} --db {shlex.quote(db)}"


def page_language(connection: HTTPConnection) -> str:
    """By `?lang=`, else by what the browser accepts."""
    return choose_language(connection.query_params.get("lang"), connection.headers.get("accept-language", ""))


def studies_page(connection: HTTPConnection, page: StudiesPage, words: Words) -> HTMLResponse:
    """The list as an answer."""
    return _answer(connection, "studies.html.j2", page, words, 200)


def error_page(connection: HTTPConnection, status: int, code: str) -> HTMLResponse:
    """An error as a page in words.

    Args:
        connection: whose language is used.
        status: the HTTP status.
        code: a key of `api.errors.PROBLEMS`.
    """
    words = Words(page_language(connection))
    port = (connection.scope.get("server") or ("", 8765))[1] or 8765
    page = ErrorPage(status, words(f"error.{code}.title"), words(f"error.{code}.todo", port=port))
    return _answer(connection, "error.html.j2", page, words, status)


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Every file that pages may load, by name: no path from a client is ever opened."""
    own = resources.files("api").joinpath("static")
    files = {file.name: file.read_bytes() for file in own.iterdir() if file.is_file()}
    # One pair of fonts for pages and reports.
    fonts = resources.files("synth.export").joinpath("static")
    files |= {name: fonts.joinpath(name).read_bytes() for name in _FONTS}
    kinds = {name: name.rpartition(".")[2] for name in files}
    return {name: StaticFile(files[name], _TYPES[kind]) for name, kind in kinds.items() if kind in _TYPES}


def _answer(connection: HTTPConnection, template: str, page: object, words: Words, status: int) -> HTMLResponse:
    chrome = Chrome(
        words=words,
        languages=tuple((key, Words(key)("language")) for key in LANGUAGES if key != words.language),
        style_address=f"/static/synth.css?v={_style_version()}",
    )
    asked = connection.query_params.get("lang")
    text = (
        _environment()
        .get_template(template)
        .render(page=page, w=words, chrome=chrome, lang=f"?lang={words.language}" if asked in LANGUAGES else "")
    )
    return HTMLResponse(text, status, {"content-language": words.language, "vary": "accept-language"})


@cache
def _style_version() -> str:
    return hashlib.sha256(static_files()["synth.css"].content).hexdigest()[:12]


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("api", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
