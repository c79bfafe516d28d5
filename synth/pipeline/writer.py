"""Storing in a thread of its own, so that calls go out and come in meanwhile.

SQLite works without holding up Python, so a second processor does it. Answers come first, because nothing is made of
one before it is stored; what was made of them follows in its order, and whoever gave it waits for it alone. The
promise is the store's: what was written is there when the waiting ends.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, nullcontext
from dataclasses import dataclass
from itertools import count
from queue import PriorityQueue
from typing import Any, TypeVar

from synth.analyst import Answer, Request
from synth.store import Store, open_store

T = TypeVar("T")

_FIRST, _THEN, _LAST = 0, 1, 2
_SWITCH_SECONDS = 0.0005
"""How long a thread that wants to go on in Python waits for the other at the most."""


@dataclass(frozen=True, slots=True, order=True)
class _Job:
    rank: int
    number: int
    change: Any
    loop: Any
    done: Any


class Writer:
    """Writes to a store from an event loop; implements `synth.analyst.CallStore`."""

    def __init__(self, store: Store) -> None:
        self._here = store
        self._jobs: PriorityQueue[_Job] | None = None
        self._numbers = count()

    def answer(self, key: str) -> Answer | None:
        """The kept answer of this key; None where there is none, or where it was set aside."""
        return self._here.answer(key)

    async def keep(self, key: str, request: Request, answer: Answer) -> None:
        """Keep an answer; it outlives this process when this returns."""
        await self._do(_FIRST, lambda store: store.keep(key, request, answer))

    async def set_aside(self, key: str, why: str) -> None:
        """Never reuse this answer again."""
        await self._do(_FIRST, lambda store: store.set_aside(key, why))

    async def do(self, change: Callable[[Store], T]) -> T:
        """Make a change, after those that were given before it."""
        return await self._do(_THEN, change)

    async def _do(self, rank: int, change: Callable[[Store], T]) -> T:
        if self._jobs is None:
            return change(self._here)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(rank, next(self._numbers), change, loop, done))
        return await done

    def _work(self, store: Store, jobs: PriorityQueue[_Job]) -> None:
        while (job := jobs.get()).rank != _LAST:
            try:
                result, error = job.change(store), None
            except BaseException as raised:  # raised where the change is waited for
                result, error = None, raised
            job.loop.call_soon_threadsafe(_settle, job.done, result, error)


def _settle(done: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if done.cancelled():
        return
    if error is not None:
        done.set_exception(error)
    else:
        done.set_result(result)


@asynccontextmanager
async def writing(store: Store) -> AsyncIterator[Writer]:
    """A writer for the length of an `async with`; all that it was given is stored when that ends.

    A store in memory is written to at once: nobody else can open it.
    """
    writer = Writer(store)
    with nullcontext() if store.in_memory else store.writing_much():
        if store.in_memory:
            yield writer
            return
        jobs = writer._jobs = PriorityQueue()
        # A connection of its own: what is read here meanwhile is what was stored, and never a half of it. What can fail
        # before the first change fails here: of a thread that ended nobody would hear.
        with closing(open_store(store.path)) as there, there.writing_much():
            thread = threading.Thread(target=writer._work, args=(there, jobs), name="writer")
            before = sys.getswitchinterval()
            thread.start()
            sys.setswitchinterval(_SWITCH_SECONDS)
            try:
                yield writer
            finally:
                sys.setswitchinterval(before)
                jobs.put(_Job(_LAST, next(writer._numbers), None, None, None))
                thread.join()
                writer._jobs = None
