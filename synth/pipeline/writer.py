"""Storing in a thread of its own, so that calls go out and come in meanwhile.

SQLite works without holding up Python, so a second processor does it. Answers come first, because nothing is made of
one before it is stored; what was made of them follows in its order, and whoever gave it waits for it alone. The
promise is the store's: what was written is there when the waiting ends.

What is made of answers may wait a moment for more of it: together it costs a third less than one by one, because
the same pages of the file are written once. Kept answers wait for nothing, so that it costs no call when a run dies.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, nullcontext, suppress
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
_MOST_TOGETHER = 12
"""Changes in one transaction: an answer that comes meanwhile waits for all of them, and so does who reviews."""
_TOGETHER_SECONDS = 0.2
_CACHE_KILOBYTES = 8_000

_Change = tuple[Callable[[Store], Any], "asyncio.Future[Any]"]
_Outcome = tuple[object, BaseException | None]


@dataclass(frozen=True, slots=True, order=True)
class _Job:
    rank: int
    number: int
    changes: Any
    """Pairs of a change and the future that waits for it."""
    loop: Any


class Writer:
    """Writes to a store from an event loop; implements `synth.analyst.CallStore`."""

    def __init__(self, store: Store) -> None:
        self._here = store
        self._jobs: PriorityQueue[_Job] | None = None
        self._numbers = count()
        self._waiting: list[_Change] = []
        self._timer: asyncio.TimerHandle | None = None

    def answer(self, key: str) -> Answer | None:
        """The kept answer of this key; None where there is none, or where it was set aside."""
        return self._here.answer(key)

    async def keep(self, key: str, request: Request, answer: Answer) -> None:
        """Keep an answer; it outlives this process when this returns."""
        await self._do(_FIRST, lambda store: store.keep(key, request, answer))

    async def set_aside(self, key: str, why: str) -> None:
        """Never reuse this answer again."""
        await self._do(_FIRST, lambda store: store.set_aside(key, why))

    async def do(self, change: Callable[[Store], T], *, with_others: bool = False) -> T:
        """Make a change, after those that were given before it.

        Args:
            change: what is done, in a transaction or in none; where it fails it has changed nothing.
            with_others: whether more changes are likely to come soon, with which it may be made.
        """
        return await self._do(_THEN, change, with_others)

    async def _do(self, rank: int, change: Callable[[Store], T], with_others: bool = False) -> T:
        if self._jobs is None:
            return change(self._here)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        if rank == _FIRST:
            self._give(_FIRST, [(change, done)], loop)
            return await done
        self._waiting.append((change, done))
        if not with_others or len(self._waiting) >= _MOST_TOGETHER:
            self._give_waiting(loop)
        elif self._timer is None:
            self._timer = loop.call_later(_TOGETHER_SECONDS, self._give_waiting, loop)
        return await done

    def _give_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        waiting, self._waiting, self._timer = self._waiting, [], None
        if waiting:
            self._give(_THEN, waiting, loop)

    def _give(self, rank: int, changes: list[_Change], loop: asyncio.AbstractEventLoop | None) -> None:
        assert self._jobs is not None
        self._jobs.put(_Job(rank, next(self._numbers), changes, loop))

    def _work(self, store: Store, jobs: PriorityQueue[_Job]) -> None:
        while (job := jobs.get()).rank != _LAST:
            changes: list[_Change] = [*job.changes]
            # Answers that came while something was stored are kept together: they are waited for.
            while job.rank == _FIRST and jobs.queue and jobs.queue[0].rank == _FIRST:
                changes += jobs.get().changes
            outcomes = _made(store, [change for change, _ in changes])
            job.loop.call_soon_threadsafe(_settle, [done for _, done in changes], outcomes)


def _made(store: Store, changes: list[Callable[[Store], Any]]) -> list[_Outcome]:
    """What each change gives, or why it could not be made."""
    if len(changes) > 1:
        with suppress(Exception), store.write():
            return [(change(store), None) for change in changes]
    # One by one, so that a failure is that of one.
    return [_outcome(store, change) for change in changes]


def _outcome(store: Store, change: Callable[[Store], Any]) -> _Outcome:
    try:
        return change(store), None
    except BaseException as raised:  # raised where the change is waited for
        return None, raised


def _settle(waiting: list[asyncio.Future[Any]], outcomes: list[_Outcome]) -> None:
    for done, (result, error) in zip(waiting, outcomes, strict=True):
        if done.cancelled():
            continue
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
        with closing(open_store(store.path)) as there, there.writing_much(_CACHE_KILOBYTES):
            thread = threading.Thread(target=writer._work, args=(there, jobs), name="writer")
            before = sys.getswitchinterval()
            thread.start()
            sys.setswitchinterval(_SWITCH_SECONDS)
            try:
                yield writer
            finally:
                sys.setswitchinterval(before)
                writer._give_waiting(asyncio.get_running_loop())
                writer._give(_LAST, [], None)
                thread.join()
                writer._jobs = None
