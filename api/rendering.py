"""How a page is made: templates, what every page has around its content, and the files that pages load.

Everything that comes from a study is hostile until escaped: autoescape is on for every template and none marks anything
as safe. Pages have no inline script and no inline style. A route makes a value (a frozen dataclass, by custom named
`page` in the template) and calls `render`; a template that does not extend `base.html.j2` is a fragment for htmx.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import cast
from urllib.parse import urlencode

import jinja2
from fastapi.responses import HTMLResponse
from starlette.requests import HTTPConnection

from api.sessions import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    YEAR_SECONDS,
    KeyRing,
    cookie_header,
    session_cookie_name,
)
from api.settings import ServiceSettings
from api.visitors import Visitor, visitor_of
from api.words import LANGUAGES, Words, choose_language
from synth.accounts import LOGIN, Role
from synth.built_in import is_built_in
from synth.export.html import FONTS, linked_style_sheet
from synth.store import Study

BAR = ("interviews", "findings", "themes", "personas", "maps", "review", "decisions")
"""Pages of a study in the order of the bar, each at `/studies/{study_id}/NAME`."""
THEMES = ("system", "light", "dark")
_PASSING = ("lang", "said", "uncalled")
"""Parts of an address that are of this one view."""
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class BarEntry:
    """One page of the study in the bar."""

    key: str
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class Chrome:
    """What every page has around its content, and what any template may ask."""

    words: Words
    languages: tuple[tuple[str, str, str], ...]
    """The other languages: key, own name, and this page in it."""
    theme: str
    visitor: Visitor | None
    study: Study | None
    """The study that the page is about."""
    entries: tuple[BarEntry, ...]
    left: int
    """Claims of the study that nobody has decided on."""
    calls: int
    """Open comments that call whoever looks by name, in all studies that they may see."""
    said: str
    """What just happened, in words; empty mostly."""
    form_token: str
    """For the hidden field `csrf`, and the header `X-CSRF-Token`; another one at every answer."""

    def may(self, role: str) -> bool:
        """Whether whoever looks may do what this role may: on the study of the page, else on all."""
        return bool(self.visitor and self.visitor.may(Role(role), self.study.id if self.study else None))

    def may_everywhere(self, role: str) -> bool:
        """Whether whoever looks may do what this role may on all studies."""
        return bool(self.visitor and self.visitor.may(Role(role)))

    @property
    def initials(self) -> str:
        """Of whoever looks; stand in the round mark."""
        name = self.visitor.name if self.visitor else ""
        return initials(name)


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """An error in words; `title` and `todo` are those of the language."""

    code: str
    status: int
    title: str
    todo: str


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that pages load."""

    content: bytes
    media_type: str


def initials(name: str) -> str:
    """Two letters for the round mark: 'Mira Vos' is MV, 'jb' is JB."""
    words = [word for word in name.replace(".", " ").split() if word[0].isalnum()]
    letters = words[0][0] + words[-1][0] if len(words) > 1 else "".join(words)[:2]
    return letters.upper()


def browser(agent: str) -> str:
    """Which browser on which system, out of the long line that it sends: 'Firefox, Windows'; empty where unknown."""
    name = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return ", ".join(filter(None, (name, system)))


# Most browsers name others too: the first that fits is the one.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"), ("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def render(
    connection: HTTPConnection,
    template: str,
    page: object = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """A page or a fragment as an answer.

    Args:
        connection: the request: its language, its study, whoever asks.
        template: a file of `api/templates`, such as `review/queue.html.j2`; `report/...` is a template of the report.
        page: what it shows.
        status: the HTTP status.
        headers: further headers.
        values: further names for the template.
    """
    words = page_words_of(connection)
    answer = _answer(connection, template, _chrome(connection, words), status, page=page, **values)
    answer.headers.update(headers or {})
    return answer


def fragment(connection: HTTPConnection, template: str, page: object) -> str:
    """A part of a page as text, for events: it knows nothing of what stands around it."""
    return environment().get_template(template).render(page=page, w=page_words_of(connection))


def page_words_of(connection: HTTPConnection) -> Words:
    """The words of the page's language: asked for in the address, else chosen before, else the browser's."""
    return Words(page_language(connection))


def page_language(connection: HTTPConnection) -> str:
    """By `?lang=`, else by the cookie, else by what the browser accepts."""
    asked = connection.query_params.get("lang")
    chosen = asked if asked in LANGUAGES else connection.cookies.get(LANGUAGE_COOKIE)
    return choose_language(chosen, connection.headers.get("accept-language", ""))


def error_page(connection: HTTPConnection, status: int, code: str) -> HTMLResponse:
    """An error as a page in words.

    Args:
        connection: whose language is used.
        status: the HTTP status.
        code: a key of `api.errors.PROBLEMS`.
    """
    words = page_words_of(connection)
    port = (connection.scope.get("server") or ("", 8765))[1] or 8765
    page = ErrorPage(code, status, words(f"error.{code}.title"), words(f"error.{code}.todo", port=port))
    fragment = connection.headers.get("hx-request") == "true"
    template = "error_part.html.j2" if fragment else "error.html.j2"
    return _answer(connection, template, _chrome(connection, words, refused=True), status, page=page)


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Every file that pages may load, by name: no path from a client is ever opened."""
    own = resources.files("api").joinpath("static")
    files = {file.name: file.read_bytes() for folder in (own, *_folders(own)) for file in _files(folder)}
    # One style, one set of fonts for pages and reports.
    report = resources.files("synth.export").joinpath("static")
    files |= {name: report.joinpath(name).read_bytes() for name in FONTS.values()}
    files["report.css"] = linked_style_sheet({key: f"/static/{name}" for key, name in FONTS.items()}).encode("utf-8")
    kinds = {name: name.rpartition(".")[2] for name in files}
    return {name: StaticFile(files[name], _TYPES[kind]) for name, kind in kinds.items() if kind in _TYPES}


@cache
def asset(name: str) -> str:
    """The address of a file that pages load; it changes with the file, so that browsers may keep it."""
    return f"/static/{name}?v={hashlib.sha256(static_files()[name].content).hexdigest()[:12]}"


@cache
def environment() -> jinja2.Environment:
    """The templates of the pages, with those of the report under `report/`."""
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PrefixLoader({"report": jinja2.PackageLoader("synth.export", "templates")}),
                jinja2.PackageLoader("api", "templates"),
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"asset": asset, "browser": browser, "initials": initials}
    made.tests["built_in"] = is_built_in
    return made


def _answer(connection: HTTPConnection, template: str, chrome: Chrome, status: int, **values: object) -> HTMLResponse:
    text = environment().get_template(template).render(w=chrome.words, chrome=chrome, **values)
    headers = {"content-language": chrome.words.language, "vary": "accept-language, cookie"}
    answer = HTMLResponse(text, status, headers)
    _set_cookies(connection, answer)
    return answer


def _chrome(connection: HTTPConnection, words: Words, refused: bool = False) -> Chrome:
    """What stands around a page.

    Args:
        connection: the request.
        words: of the page.
        refused: whether this says why there is no page. The database is closed by then, and the study is named to
            nobody who has no role on it.
    """
    state = connection.scope.get("state", {})
    visitor, study = visitor_of(connection), cast("Study | None", state.get("study"))
    if refused and study is not None and (visitor is None or visitor.role_on(study.id) is None):
        study = None
    left = cast("Callable[[], int] | None", state.get("left"))
    theme = connection.cookies.get(THEME_COOKIE, "system")
    said = connection.query_params.get("said", "")
    return Chrome(
        words=words,
        languages=tuple(
            (key, Words(key)("language"), _in_language(connection, key)) for key in LANGUAGES if key != words.language
        ),
        theme=theme if theme in THEMES else "system",
        visitor=visitor,
        study=study,
        entries=_entries(connection, study) if study else (),
        left=left() if left and study and not refused else 0,
        calls=0 if refused else _calls(state, visitor),
        said=words(f"said.{said}", who=words.listed(_uncalled(connection))) if words.has(f"said.{said}") else "",
        form_token=_form_token(connection, visitor),
    )


def _uncalled(connection: HTTPConnection) -> list[str]:
    # Anybody can make a link: nothing but names gets onto the page by it.
    return [name for name in connection.query_params.getlist("uncalled")[:5] if LOGIN.fullmatch(name)]


def _calls(state: Mapping[str, object], visitor: Visitor | None) -> int:
    count = cast("Callable[[], Mapping[str, int]] | None", state.get("calls"))
    if count is None or visitor is None:
        return 0
    return sum(n for study_id, n in count().items() if visitor.role_on(study_id) is not None)


def _entries(connection: HTTPConnection, study: Study) -> tuple[BarEntry, ...]:
    here = f"{connection.scope['path']}/"
    addresses = {key: f"/studies/{study.id}/{key}" for key in BAR}
    return tuple(BarEntry(key, address, here.startswith(f"{address}/")) for key, address in addresses.items())


def _in_language(connection: HTTPConnection, language: str) -> str:
    kept = [(name, value) for name, value in connection.query_params.multi_items() if name not in _PASSING]
    return f"?{urlencode([*kept, ('lang', language)])}"


def _form_token(connection: HTTPConnection, visitor: Visitor | None) -> str:
    return cast(KeyRing, connection.app.state.key_ring).form_token(visitor.session_id) if visitor else ""


def _set_cookies(connection: HTTPConnection, answer: HTMLResponse) -> None:
    visitor = visitor_of(connection)
    settings = cast(ServiceSettings, connection.app.state.settings)
    if visitor and visitor.fresh and visitor.by_cookie:
        signed = cast(KeyRing, connection.app.state.key_ring).sign(visitor.session_id)
        name = session_cookie_name(settings)
        answer.headers.append("set-cookie", cookie_header(name, signed, seconds=None, secure=settings.secure))
    asked = connection.query_params.get("lang")
    if asked in LANGUAGES:
        kept = cookie_header(LANGUAGE_COOKIE, asked, seconds=YEAR_SECONDS, secure=settings.secure)
        answer.headers.append("set-cookie", kept)


def _folders(folder: Traversable) -> list[Traversable]:
    return [one for one in folder.iterdir() if one.is_dir() and not one.name.startswith(("_", "."))]


def _files(folder: Traversable) -> list[Traversable]:
    return [one for one in folder.iterdir() if one.is_file()]
