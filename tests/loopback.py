"""A server on loopback that speaks the protocols of OpenAI, Ollama, Anthropic and Gemini, as far as Synth uses them.

It answers what a script says, keeps what it was sent, and is bounded: requests of at most a megabyte, pauses that end
when the server stops, and threads that do not outlive it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_MOST_BYTES = 1_000_000
_LONGEST_PAUSE_SECONDS = 30.0


@dataclass(frozen=True)
class Reply:
    """What the server says to one request."""

    content: str = '{"motivations": [], "emotions": [], "touchpoints": []}'
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, object] = field(default_factory=dict)
    finish: str = "stop"
    pause_seconds: float = 0.0
    cached_tokens: int = 0
    as_tool: bool = False
    """Whether the content comes as the arguments of the tool that was given."""
    page: str | None = None
    """What comes in place of an answer, as it is."""


Script = Callable[[dict[str, Any]], Reply]


class Loopback:
    """One running server; `sent` holds every request body, with its path and headers."""

    def __init__(self, script: Script | Sequence[Reply]) -> None:
        self._replies = None if callable(script) else iter(script)
        self._script = script if callable(script) else self._next
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self.sent: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def base_url(self) -> str:
        """As OPENAI_BASE_URL takes it."""
        return f"{self.address}/v1"

    def reply_to(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Reply:
        """The next reply, after keeping the request."""
        with self._lock:
            self.sent.append(body)
            self.paths.append(path)
            self.headers.append(headers)
            return self._script(body)

    def stop(self) -> None:
        """Release whoever waits, and end."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, _body: dict[str, Any]) -> Reply:
        assert self._replies is not None
        return next(self._replies, Reply(status=500, error={"message": "the script has no more steps"}))


@contextmanager
def loopback(script: Script | Sequence[Reply] = ()) -> Iterator[Loopback]:
    """A server for the length of a `with`."""
    server = Loopback(script)
    try:
        yield server
    finally:
        server.stop()


def _handler_for(server: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.endswith("/models"):
                self._send(200, {"object": "list", "data": [{"id": "known-model", "object": "model"}]}, {})
            elif self.path.endswith("/api/tags"):
                self._send(200, {"models": [{"name": "known-model:latest"}]}, {})
            else:
                self._send(404, {"error": {"message": "no such page"}}, {})

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            if length > _MOST_BYTES:
                self._send(413, {"error": {"message": "too large"}}, {})
                return
            body = json.loads(self.rfile.read(length) or b"{}")
            if self.path == "/api/show":  # litellm asks an Ollama server about a model, several times a call
                # By a client that it never closes: the connection would stay open until the program ends.
                self._send(200, {"model_info": {}, "template": ""}, {"connection": "close"})
                return
            reply = server.reply_to(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            server.stopping.wait(min(reply.pause_seconds, _LONGEST_PAUSE_SECONDS))
            if reply.page is not None:
                self._send(reply.status, reply.page, {"content-type": "text/html", **reply.headers})
            elif reply.status != 200:
                self._send(reply.status, {"error": {"message": "refused", **reply.error}}, reply.headers)
            else:
                self._send(200, _form_of(self.path)(reply, body), reply.headers)

        def _send(self, status: int, body: object, headers: Mapping[str, str]) -> None:
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
            try:
                self.send_response(status)
                for name, value in {
                    "content-type": "application/json",
                    "content-length": str(len(data)),
                    **headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
            except ConnectionError:
                self.close_connection = True  # the client has given up on a reply that hangs

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: what was sent is in `sent`."""

    return Handler


def _form_of(path: str) -> Callable[[Reply, Mapping[str, Any]], dict[str, Any]]:
    if path.startswith("/api/"):
        return _ollama
    if path.endswith(":generateContent"):
        return _gemini
    return _anthropic if path.endswith("/messages") else _openai


def _openai(reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.content}
    if reply.as_tool:
        used = {"name": body["tools"][0]["function"]["name"], "arguments": reply.content}
        message |= {"content": None, "tool_calls": [{"id": "call-1", "type": "function", "function": used}]}
    return {
        "id": "reply-1",
        "object": "chat.completion",
        "created": 1,
        "model": body.get("model", "m"),
        "choices": [{"index": 0, "finish_reason": reply.finish, "message": message}],
        "usage": {
            "prompt_tokens": 120,
            "completion_tokens": 30,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
        },
    }


def _ollama(reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    said = {"message": {"role": "assistant", "content": reply.content}, "response": reply.content}
    counts = {"prompt_eval_count": 120, "eval_count": 30, "done": True, "done_reason": reply.finish}
    return {"model": body.get("model", "m"), "created_at": "2026-01-01T00:00:00Z", **said, **counts}


def _anthropic(reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": "reply-1",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", "m"),
        "content": [{"type": "text", "text": reply.content}],
        "stop_reason": {"stop": "end_turn", "length": "max_tokens"}[reply.finish],
        "usage": {"input_tokens": 56, "output_tokens": 30, "cache_read_input_tokens": reply.cached_tokens},
    }


def _gemini(reply: Reply, _body: Mapping[str, Any]) -> dict[str, Any]:
    said = {"role": "model", "parts": [{"text": reply.content}]}
    counts = {"promptTokenCount": 120, "candidatesTokenCount": 30, "totalTokenCount": 150}
    return {
        "candidates": [{"index": 0, "finishReason": "STOP", "content": said}],
        "usageMetadata": {**counts, "cachedContentTokenCount": reply.cached_tokens},
    }
