"""A server on loopback with the files and batches of OpenAI's protocol, as far as Synth uses them, and live answers.

A batch is answered when a test says so (`work_off`), by the script that answers live calls.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from tests.loopback import Reply, _openai

Script = Callable[[dict[str, Any]], Reply]


class BatchServer:
    """One running server: `files` by id, `batches` by id, and what was asked live."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.live: list[dict[str, Any]] = []
        self.refuse_deleting = False
        self.refuse_batches = 0
        """The status with which batches are refused; from 500 on they are taken all the same, and nobody learns it."""
        self._numbers = count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def base_url(self) -> str:
        """As OPENAI_BASE_URL takes it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def stop(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def lines(self, batch_id: str) -> list[dict[str, Any]]:
        """The requests of a batch."""
        return [json.loads(line) for line in self.files[self.batches[batch_id]["input_file_id"]].splitlines()]

    def work_off(self, status: str = "completed", code: str | None = None, most: int | None = None) -> None:
        """Answer every open batch, or its first lines; lines that the script refuses go to the error file."""
        for batch_id, batch in self.batches.items():
            if batch["status"] != "in_progress":
                continue
            good, bad = [], []
            for line in self.lines(batch_id)[:most] if status != "failed" else []:
                reply = self.script(line["body"])
                body = _openai(reply, line["body"]) if reply.status == 200 else {"error": {"code": "server_error"}}
                response = {"status_code": reply.status, "body": body}
                done = {"custom_id": line["custom_id"], "response": response, "error": None}
                (good if reply.status == 200 else bad).append(json.dumps(done))
            for field, found in (("output_file_id", good), ("error_file_id", bad)):
                batch[field] = self.add_file("\n".join(found).encode()) if found else None
            batch["status"] = status
            batch["request_counts"] |= {"completed": len(good), "failed": len(bad)}
            batch["errors"] = {"object": "list", "data": [{"code": code, "message": "no"}]} if code else None

    def add_file(self, data: bytes) -> str:
        """Keep a file."""
        name = f"file-{next(self._numbers)}"
        self.files[name] = data
        return name

    def add_batch(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Keep a batch."""
        batch_id = f"batch_{len(self.batches) + 1}"
        counts = {"total": len(self.files[asked["input_file_id"]].splitlines()), "completed": 0, "failed": 0}
        self.batches[batch_id] = {
            "id": batch_id, "object": "batch", "status": "in_progress", "created_at": 1, "request_counts": counts,
            "output_file_id": None, "error_file_id": None, "errors": None, **asked,
        }  # fmt: skip
        return self.batches[batch_id]


@contextmanager
def batch_server(script: Script) -> Iterator[BatchServer]:
    """A server for the length of a `with`."""
    server = BatchServer(script)
    try:
        yield server
    finally:
        server.stop()


def _handler_for(server: BatchServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if found := re.fullmatch(r"/v1/files/([^/]+)/content", self.path):
                self._send(200, server.files[found[1]]) if found[1] in server.files else self._missing()
            elif found := re.fullmatch(r"/v1/batches/([^/?]+)", self.path):
                self._send(200, server.batches[found[1]]) if found[1] in server.batches else self._missing()
            elif self.path.startswith("/v1/batches"):
                self._send(200, {"object": "list", "data": list(server.batches.values()), "has_more": False})
            else:
                self._missing()

        def do_DELETE(self) -> None:
            name = self.path.rpartition("/")[2]
            if server.refuse_deleting or server.files.pop(name, None) is None:
                self._missing()
            else:
                self._send(200, {"id": name, "object": "file", "deleted": True})

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length", "0")))
            if self.path == "/v1/files":
                file = _uploaded(data)
                about = {
                    "object": "file",
                    "bytes": len(file),
                    "created_at": 1,
                    "purpose": "batch",
                    "status": "processed",
                }
                self._send(200, {"id": server.add_file(file), "filename": "questions.jsonl", **about})
            elif self.path == "/v1/batches":
                taken = server.add_batch(json.loads(data)) if server.refuse_batches not in range(400, 500) else None
                self._send(server.refuse_batches or 200, taken or {"error": {"message": "no", "code": "no_batches"}})
            elif self.path.endswith("/cancel"):
                batch = server.batches[self.path.split("/")[-2]]
                batch["status"] = "cancelled"
                self._send(200, batch)
            else:
                body = json.loads(data)
                server.live.append(body)
                reply = server.script(body)
                said = _openai(reply, body) if reply.status == 200 else {"error": {"message": "refused"}}
                self._send(reply.status, said)

        def _missing(self) -> None:
            self._send(404, {"error": {"message": "no such thing"}})

        def _send(self, status: int, body: object) -> None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


def _uploaded(form: bytes) -> bytes:
    """The file in a multipart form: the part that names one."""
    mark = form.split(b"\r\n", 1)[0]
    part = next(part for part in form.split(mark) if b"filename=" in part)
    return part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
