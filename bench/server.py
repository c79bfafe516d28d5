"""A model's server on loopback for measuring: it takes as long as it is told, and fails as often as it is told.

It runs in a process of its own, so that what it takes is nobody else's. What it answers depends on the prompt alone:
the same planted findings for Synth (lines by number) and for tools that ask for quotes (`quotes`). What fails is drawn
from a seeded generator by order of arrival.

    with started(Knobs(seconds=0.4, errors=0.1)) as server:
        ...                      # ask server.base_url
    server.stats                 # what it saw
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.scripted import planted_reply, quoted_reply
from synth.domain import content_id


@dataclass(frozen=True)
class Knobs:
    """What the server does."""

    seconds: float = 0.4
    errors: float = 0.0
    """Part of the requests that get status 500."""
    broken: float = 0.0
    """Part of the requests whose reply ends in the middle of the JSON."""
    hanging: float = 0.0
    """Part of the requests that get no answer."""
    per_second: float | None = None
    """More requests than this in any second get status 429, and are asked to wait a second."""
    every: int = 5
    """A reply has a finding on every so many of people's lines."""
    quotes: bool = False
    seed: int = 1
    keep: str = ""
    """A file that gets every distinct request, one JSON a line."""


@dataclass
class Running:
    """A server, and after its end what it saw."""

    base_url: str
    stats: dict[str, Any] = field(default_factory=dict)


@contextmanager
def started(knobs: Knobs) -> Iterator[Running]:
    """A server for the length of a `with`."""
    command = [sys.executable, "-m", "bench.server", json.dumps(asdict(knobs))]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        running = Running(f"http://127.0.0.1:{int(process.stdout.readline())}/v1")
        yield running
        running.stats = json.loads(process.communicate(timeout=30)[0])


class _Server:
    def __init__(self, knobs: Knobs) -> None:
        self.knobs = knobs
        self.random = random.Random(knobs.seed)
        self.outcomes: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.recent: list[float] = []
        self.first = self.last = self.last_coded = 0.0
        self.under_way = self.most = 0
        self.cpu = time.process_time()
        self.kept = open(knobs.keep, "w", encoding="utf-8") if knobs.keep else None  # noqa: SIM115

    def stats(self) -> dict[str, Any]:
        return {
            "requests": sum(self.outcomes.values()), "distinct": len(self.seen), "outcomes": dict(self.outcomes),
            "repeated": sum(count - 1 for count in self.seen.values()), "most_under_way": self.most,
            "first": self.first, "last": self.last, "last_coded": self.last_coded, "characters": dict(self.tokens),
            "cpu": time.process_time() - self.cpu,
        }  # fmt: skip

    async def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        """Status and body; None for a request that hangs."""
        now = time.monotonic()
        self.first = self.first or now
        self._note(body)
        outcome = self._outcome(now)
        self.outcomes[outcome] += 1
        if outcome == "limited":
            return 429, {"error": {"message": "too many requests", "code": "rate_limit_exceeded"}}
        if outcome == "hanging":
            return None
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(self.knobs.seconds)
        self.under_way -= 1
        self.last = time.monotonic()
        if outcome == "error":
            return 500, {"error": {"message": "something broke"}}
        content = quoted_reply(body) if self.knobs.quotes else planted_reply(body, self.knobs.every).content
        if '"emotions"' in content or self.knobs.quotes:
            self.last_coded = self.last
            self.tokens["out"] += len(content)
            self.tokens["in_coded"] += sum(len(str(message["content"])) for message in body["messages"])
        return 200, _completion(body, content[: len(content) * 2 // 3] if outcome == "broken" else content)

    def _note(self, body: dict[str, Any]) -> None:
        key = content_id(body["messages"])
        self.seen[key] += 1
        if self.seen[key] == 1:
            self.tokens["in"] += sum(len(str(message["content"])) for message in body["messages"])
            if self.kept:
                self.kept.write(json.dumps(body) + "\n")
                self.kept.flush()

    def _outcome(self, now: float) -> str:
        knobs = self.knobs
        if knobs.per_second is not None:
            self.recent = [at for at in self.recent if at > now - 1.0]
            if len(self.recent) >= knobs.per_second:
                return "limited"
            self.recent.append(now)
        drawn = self.random.random()
        for outcome, part in (("error", knobs.errors), ("broken", knobs.broken), ("hanging", knobs.hanging)):
            if drawn < part:
                return outcome
            drawn -= part
        return "answered"


def _completion(body: dict[str, Any], content: str) -> dict[str, Any]:
    said = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    asked = sum(len(str(message["content"])) for message in body["messages"]) // 4
    usage = {"prompt_tokens": asked, "completion_tokens": len(content) // 4}
    usage["total_tokens"] = sum(usage.values())
    return {
        "id": "r", "object": "chat.completion", "created": 1, "model": body.get("model", "m"), "choices": [said],
        "usage": usage,
    }  # fmt: skip


async def _serve(knobs: Knobs) -> None:
    server = _Server(knobs)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                found = re.search(r"content-length:\s*(\d+)", head, re.IGNORECASE)
                data = await reader.readexactly(int(found.group(1)) if found else 0)
                said = await server.answer(json.loads(data)) if data else (200, {"object": "list", "data": []})
                if said is None:
                    await asyncio.sleep(3600)
                    return
                reply = json.dumps(said[1]).encode()
                more = b"retry-after: 1\r\n" if said[0] == 429 else b""
                writer.write(
                    b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\n%scontent-length: %d\r\n\r\n%s"
                    % (said[0], more, len(reply), reply)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0, limit=2**24, backlog=1024)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps(server.stats()), flush=True)
    # Connections that hang are not waited for.
    sys.stdout.flush()
    os._exit(0)


def main() -> None:
    """Serve until the standard input ends, then print what was seen."""
    parser = argparse.ArgumentParser(description="A model's server for measuring.")
    parser.add_argument("knobs", help="as JSON")
    asyncio.run(_serve(Knobs(**json.loads(parser.parse_args().knobs))))


if __name__ == "__main__":
    main()
