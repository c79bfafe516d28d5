"""What stands between the network and the routes: plain ASGI, outermost first.

* `Headers` writes the security headers on every answer, also on refusals.
* `Catch` turns an error nobody foresaw into an answer without its message, which might hold what somebody said.
* `Guard` refuses hosts that are not this machine, changes asked for by other sites, and bodies that are too large.
* `Versions` gives JSON answers an ETag.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Collection
from time import monotonic

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers as ReadHeaders
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.denials import DENIALS, note_denial
from api.errors import answer_problem, log_without_words
from api.settings import ServiceSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]/@\s]+)(?::\d{1,5})?")
_NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    f"{_NOTHING}; form-action 'self'; script-src 'self'; connect-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self'"
)
UPLOADS = re.compile(r"(?:/api/v1)?/studies/[^/]+/uploads")
"""Addresses that take files: their bodies may be large, and are counted while they come in and never held whole.

No other address may be among them: FastAPI reads a JSON body whole before anybody asks who sent it."""

MOST_PIECES_TIME = 60
"""A large body may take so many times as long as a small one, as long as its pieces keep coming."""
_TOO_SLOW = ("too-slow", "The request did not arrive in time. Nothing was changed; send it again.")

HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not `no-referrer`: under that, browsers send `Origin: null` with the forms of our own pages.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    # What people said in confidence does not stay in the browser's cache.
    "cache-control": "no-store",
}
OVER_TLS = {"strict-transport-security": "max-age=31536000"}


def report_policy(style: str) -> str:
    """The policy of a report, which carries its style sheet, fonts and drawings inside: this style and no other."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return f"{_NOTHING}; form-action 'none'; style-src 'sha256-{digest}'; font-src data:; img-src data:"


class Headers:
    """Adds each header of `HEADERS` that the answer does not set itself."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._headers = HEADERS | (OVER_TLS if settings.secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
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
        if refusal is None and UPLOADS.fullmatch(scope["path"]) and scope["method"] not in SAFE_METHODS:
            await self._pass_stream(scope, receive, send)
            return
        body = b""
        if refusal is None:
            try:
                reading = read_body(receive, self._settings.max_body_bytes)
                read = await asyncio.wait_for(reading, self._settings.body_seconds)
            except TimeoutError:
                read, refusal = b"", _TOO_SLOW
            except ClientDisconnect:
                # Half a form may read like a whole one, and nobody waits for an answer.
                return
            if read is None:
                refusal = self._too_large(scope)
            else:
                body = read
        if refusal is not None:
            await self._refuse(refusal, scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _pass_stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a large body on as it comes; where it passes a limit, cut it off and answer in place of the route."""
        limit, size = self._limit(scope), 0
        refusal: tuple[str, str] | None = None
        begun = whole = False
        patience, until = self._settings.body_seconds, monotonic() + MOST_PIECES_TIME * self._settings.body_seconds

        async def counted() -> Message:
            nonlocal size, refusal, whole
            if refusal is not None:
                return {"type": "http.disconnect"}
            if whole:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), min(patience, max(0.0, until - monotonic())))
            except TimeoutError:
                refusal = _TOO_SLOW
                return {"type": "http.disconnect"}
            size += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if size > limit:
                refusal = self._too_large(scope)
                return {"type": "http.disconnect"}
            return message

        async def send_unless_over(message: Message) -> None:
            nonlocal begun
            if refusal is not None and not begun:
                return
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, send_unless_over)
        except Exception:
            if refusal is None or begun:
                raise
        if refusal is not None and not begun:
            await self._refuse(refusal, scope, receive, send)

    async def _refuse(self, refusal: tuple[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        if refusal[0] in DENIALS:
            await run_in_threadpool(note_denial, connection, refusal[0])
        await answer_problem(connection, *refusal)(scope, receive, send)

    def _limit(self, scope: Scope) -> int:
        return self._settings.max_upload_bytes if UPLOADS.fullmatch(scope["path"]) else self._settings.max_body_bytes

    def _too_large(self, scope: Scope) -> tuple[str, str]:
        return "too-large", f"A request may hold at most {self._limit(scope):,} bytes here. Nothing was changed."

    def _refusal(self, scope: Scope) -> tuple[str, str] | None:
        headers = ReadHeaders(scope=scope)
        hosts = headers.getlist("host")
        name = host_name(hosts[0]) if len(hosts) == 1 else None
        if name is None or not self._is_ours(name, scope):
            return "host-refused", f"Synth answers to names of this machine, such as localhost:{self._settings.port}."
        own = {f"{scope['scheme']}://{hosts[0]}".lower(), *([self._settings.url] if self._settings.url else [])}
        if scope["method"] not in SAFE_METHODS and is_foreign(headers, own):
            return "origin-refused", "Only Synth's own pages, and programs that are no browser, may change anything."
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._limit(scope):
            return self._too_large(scope)
        return None

    def _is_ours(self, name: str, scope: Scope) -> bool:
        # Listening everywhere, the address that a connection came in at is ours; a page of another site can only
        # make a browser send a name, never a number that is not its own.
        reached = (scope.get("server") or ("",))[0]
        return name in self._settings.host_names or (self._settings.everywhere and name == reached)


class Versions:
    """Gives each JSON answer of the API an ETag, and 304 to whoever has it already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; only whole JSON answers to GET are held until they can be compared."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        parts: list[bytes] = []

        async def watched(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                kind = ReadHeaders(raw=message["headers"]).get("content-type", "")
                if message["status"] == 200 and kind.startswith("application/json"):
                    start = message
                    return
            if start is None:
                await send(message)
                return
            parts.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            body = b"".join(parts)
            headers = MutableHeaders(scope=start)
            headers["etag"] = body_etag(body)
            asked = ReadHeaders(scope=scope).get("if-none-match", "")
            if headers["etag"] in {one.strip().removeprefix("W/") for one in asked.split(",")}:
                start["status"], body = 304, b""
                del headers["content-length"]
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, watched)


def body_etag(body: bytes) -> str:
    """The version of an answer."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


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
        except ClientDisconnect:
            return
        except Exception as error:
            log_without_words(error)
            if scope["type"] == "http" and not begun:
                detail = "What was stored is safe. The terminal in which Synth runs says where it happened."
                await answer_problem(HTTPConnection(scope), "internal", detail)(scope, receive, send)


def host_name(host: str) -> str | None:
    """The name in a Host header, in lower case, without port and brackets; None where it is none."""
    found = _HOST.fullmatch(host)
    return found.group(1).strip("[]").lower() if found else None


def is_foreign(headers: ReadHeaders, own_origins: Collection[str]) -> bool:
    """Whether a browser says that another site's page asks; programs that are no browser send neither header.

    Another port of this machine is another site too: whatever runs there is not Synth.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and origin.lower() not in own_origins


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """The whole body; None as soon as it passes the limit. At most the limit and one message are ever held.

    Raises:
        ClientDisconnect: whoever sends it left in the middle.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
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
