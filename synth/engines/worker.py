"""What a worker does: open one sealed task, answer it, seal the answer.

Nothing of a task can be seen on the way: schedulers and workers log what they hold by its `repr`, and that of a sealed
value says nothing. For the same reason nothing is ever raised here: what fails comes back as a value.

One process has one analyst of a kind, with an event loop of its own, so that connections to a model are shared by all
threads of the worker. It keeps no vectors: those that an answer took go back with it.
"""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from synth import __version__
from synth.analyst import Answer, Request, Task
from synth.engines import Maker
from synth.errors import ModelError, SynthError


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """A value on its way between driver and worker."""

    data: bytes

    def __repr__(self) -> str:
        return "<sealed>"


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is asked."""

    make: Maker
    task: Task
    request: Request
    complaint: str | None
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Done:
    """What a worker says: an answer, or what went wrong."""

    answer: Answer | None = None
    vectors: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """By model; those that were computed for this answer."""
    error: tuple[type[SynthError], str, dict[str, Any]] | None = None
    """Class, message and attributes: errors made of several parts do not travel as they are."""


def seal(value: Job | Done) -> Sealed:
    """Make a value fit to travel."""
    return Sealed(pickle.dumps(value, protocol=5))


def unseal(sealed: Sealed) -> Any:
    """What was sealed. Only for what comes from one's own cluster: whoever may speak to it may run code anyway."""
    return pickle.loads(sealed.data)


def raise_error(done: Done) -> None:
    """Raise what went wrong on the worker, as it would have been raised here.

    Raises:
        SynthError: that error.
    """
    if done.error is None:
        return
    kind, message, state = done.error
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    raise error


def work(sealed: Sealed) -> Sealed:
    """Answer one task; runs in a thread of a worker."""
    model = "the worker"
    try:
        job: Job = unseal(sealed)
        model = job.request.model
        if job.version != __version__:
            why = f"a worker has Synth {__version__} and this is {job.version}: install the same on all machines."
            return seal(failed(ModelError(model, why, fatal=True)))
        return seal(_seat(job.make).answer(job))
    except SynthError as error:
        return seal(failed(error))
    except Exception as error:  # whatever it is, its message may hold what people said
        return seal(failed(ModelError(model, f"a worker failed ({type(error).__name__}).")))


def leave() -> None:
    """Close what this process keeps open; for a cluster that belongs to one run alone."""
    with _LOCK:
        seats = list(_SEATS.values())
        _SEATS.clear()
    for seat in seats:
        seat.close()


def failed(error: SynthError) -> Done:
    """An error as it travels."""
    return Done(error=(type(error), str(error), dict(error.__dict__)))


# --- One analyst a process ---------------------------------------------------------------------------------------


class _Passing:
    """A cache of sentence vectors that keeps nothing: what is added is taken along with the answer."""

    def __init__(self) -> None:
        self._added: dict[str, dict[str, bytes]] = {}

    def vectors(self, model: str, texts: Sequence[str]) -> dict[str, bytes]:
        """None."""
        del model, texts
        return {}

    def add_vectors(self, model: str, vectors: dict[str, bytes]) -> None:
        """Hold them until they are taken."""
        self._added.setdefault(model, {}).update(vectors)

    def take(self) -> dict[str, dict[str, bytes]]:
        """Those added since they were last taken."""
        taken, self._added = self._added, {}
        return taken


class _Seat:
    """An analyst at work in this process."""

    def __init__(self, make: Maker) -> None:
        self._passing = _Passing()
        self._analyst = make(self._passing)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="synth analyst", daemon=True)
        self._thread.start()

    def answer(self, job: Job) -> Done:
        return asyncio.run_coroutine_threadsafe(self._answer(job), self._loop).result()

    async def _answer(self, job: Job) -> Done:
        mine = self._analyst.request(job.task)
        if mine.key != job.request.key:
            why = (
                "a worker would ask something else than this process (other prompts, another address of the server, "
                "or a reader without sentence vectors): give all machines the same installation and environment."
            )
            raise ModelError(mine.model, why, fatal=True)
        answer = await self._analyst.answer(job.task, job.request, job.complaint)
        return Done(answer, self._passing.take())

    def close(self) -> None:
        closing = getattr(self._analyst, "close", None)
        if closing is not None:
            asyncio.run_coroutine_threadsafe(closing(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()


_LOCK = threading.Lock()
_SEATS: dict[bytes, _Seat] = {}


def _seat(make: Maker) -> _Seat:
    """The seat of this kind of analyst, made by the first who needs it."""
    key = pickle.dumps(make)
    with _LOCK:
        if key not in _SEATS:
            _SEATS[key] = _Seat(make)
        return _SEATS[key]
