"""What stands between the network and the routes: plain ASGI, outermost first.

* `Headers` writes the security headers on every answer, also on refusals.
* `Guard` refuses hosts that are not this machine, changes asked for by other sites, and bodies that are too large.
* `Catch` turns an error nobody foresaw into an answer without its message, which might hold what somebody said.
"""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.datastructures import Headers as ReadHeaders
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import answer_problem, log_without_words
from api.settings import ServiceSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]/@\s]+)(?::\d{1,5})?")
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE_POLICY = f"{_NOTHING}; style-src 'self'; font-src 'self'; img-src 'self'"

HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not `no-referrer`: under that, browsers send `Origin: null` with the forms of our own pages.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # What people said in confidence does not stay in the browser's cache.
    "cache-control": "no-store",
}


def report_policy(style: str) -> str:
    """The policy of a report, which carries its style sheet, fonts and drawings inside: this style and no other."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return f"{_NOTHING}; style-src 'sha256-{digest}'; font-src data:; img-src data:"


class Headers:
    """Adds each header of `HEADERS` that the answer does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Guard:
    """Refuses what must not reach a route."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        body = b""
        if refusal is None:
            read = await read_body(receive, self._settings.max_body_bytes)
            if read is None:
                limit = f"{self._settings.max_body_bytes:,} bytes"
                refusal = ("too-large", f"A request may hold at most {limit}. Nothing was changed.")
            else:
                body = read
        if refusal is not None:
            await answer_problem(HTTPConnection(scope), *refusal)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    def _refusal(self, scope: Scope) -> tuple[str, str] | None:
        headers = ReadHeaders(scope=scope)
        hosts = headers.getlist("host")
        name = host_name(hosts[0]) if len(hosts) == 1 else None
        if name not in self._settings.host_names:
            return "host-refused", f"Synth answers to names of this machine, such as localhost:{self._settings.port}."
        if scope["method"] not in SAFE_METHODS and is_foreign(headers, f"{scope['scheme']}://{hosts[0]}"):
            return "origin-refused", "Only Synth's own pages, and programs that are no browser, may change anything."
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._settings.max_body_bytes:
            limit = f"{self._settings.max_body_bytes:,} bytes"
            return "too-large", f"A request may hold at most {limit}. Nothing was changed."
        return None


class Catch:
    """The last resort."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and answer 500 in place of an error, which is logged without its message."""
        begun = False

        async def watched_send(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as error:
            log_without_words(error)
            if scope["type"] == "http" and not begun:
                detail = "What was stored is safe. The terminal in which Synth runs says where it happened."
                await answer_problem(HTTPConnection(scope), "internal", detail)(scope, receive, send)


def host_name(host: str) -> str | None:
    """The name in a Host header, in lower case, without port and brackets; None where it is none."""
    found = _HOST.fullmatch(host)
    return found.group(1).strip("[]").lower() if found else None


def is_foreign(headers: ReadHeaders, own_origin: str) -> bool:
    """Whether a browser says that another site's page asks; programs that are no browser send neither header.

    Another port of this machine is another site too: whatever runs there is not Synth.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and origin.lower() != own_origin.lower()


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """The whole body; None as soon as it passes the limit. At most the limit and one message are ever held."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
