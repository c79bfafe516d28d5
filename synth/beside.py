"""A model asked from a process beside this one.

litellm takes seconds to import, memory that it never gives back, and for each call as long in Python as all else that a
call needs. Python does one thing at a time in one process; so a run has litellm in another, on another processor, which
is started first and ended when nobody is asked any more. What is asked, when, how often and what becomes of the answer
stays here.

The promise: an answer from there is the answer that this process would have had, and a process that dies, or cannot be
started, costs nothing but time: what it was asked is asked from here.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from synth.built_in import is_built_in
from synth.pipes import Process, answers, receive, send, spare_processors

if TYPE_CHECKING:  # this module is imported before anything that takes time
    from synth.analyst import Analyst, Answer, Request, Task
    from synth.engines.worker import Done
    from synth.llm import ModelAnalyst, Parameters, Question

_START = "from synth.beside import answer; answer()"
_HOPELESS = 0
"""The number of what is told without being asked: that every call would fail."""


@dataclass(frozen=True, slots=True)
class _Job:
    number: int
    who: tuple[str, float, Parameters]
    question: Question | None
    """None: only prepare for questions."""
    complaint: str | None = None


class Asker:
    """The process that asks, from this side. Use it in one event loop; close it when nothing more is asked."""

    def __init__(self, model: str) -> None:
        """Start it; it begins to import what this model is asked with.

        Raises:
            OSError: it cannot be started.
        """
        self._process = Process(_START, model)
        self._numbers = count(_HOPELESS + 1)
        self._waiting: dict[int, asyncio.Future[Done]] = {}
        self._over = False
        self._hopeless: str | None = None
        self._fail: Callable[[str], None] | None = None
        self._receiving = threading.Thread(target=self._receive, name="answers", daemon=True)
        self._receiving.start()

    @property
    def id(self) -> int:
        """Of the process, as the system numbers it; 0 where it was ended."""
        return self._process.id

    def heed(self, fail: Callable[[str], None]) -> None:
        """Have somebody told why, in another thread, once it is known that every call to the model would fail."""
        self._fail = fail
        if self._hopeless is not None:
            fail(self._hopeless)

    async def ask(self, who: tuple[str, float, Parameters], question: Question | None, complaint: str | None) -> Done:
        """What comes of a question.

        Raises:
            EOFError: the process is no more.
            OSError: the process is no more.
        """
        number = next(self._numbers)
        done: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._waiting[number] = done
        try:
            if self._over:  # looked at after it waits: whoever came before that is told
                raise EOFError
            self._process.send(_Job(number, who, question, complaint))
            return await done
        finally:
            del self._waiting[number]

    def close(self) -> None:
        """End it."""
        self._process.stop()
        self._receiving.join()

    def _receive(self) -> None:
        try:
            while True:
                number, done = self._process.receive()
                if number != _HOPELESS:
                    self._settle(number, done)
                    continue
                self._hopeless = str(done)
                if self._fail is not None:
                    self._fail(self._hopeless)
        except Exception:  # it has ended, or what it says cannot be read: either way nobody hears it any more
            self._over = True
            for number in list(self._waiting):
                self._settle(number, None)

    def _settle(self, number: int, done: Done | None) -> None:
        waiting = self._waiting.get(number)
        if waiting is not None:
            with suppress(RuntimeError):  # its loop has ended
                waiting.get_loop().call_soon_threadsafe(_set, waiting, done)


def _set(waiting: asyncio.Future[Done], done: Done | None) -> None:
    if waiting.done():
        return
    if done is None:
        waiting.set_exception(EOFError())
    else:
        waiting.set_result(done)


def start_asker(
    model: str, *, engine: str = "local", budget_usd: float | None = None, batch: bool = False
) -> Asker | None:
    """A process that asks this model.

    None where calls are made in this process: for the built-in reader, where others make them, where litellm is needed
    here for its prices or for a batch, where it is here already, and where there is one processor.
    """
    here = budget_usd is not None or batch or "litellm" in sys.modules
    if is_built_in(model) or engine != "local" or here or not spare_processors():
        return None
    try:
        return Asker(model)
    except OSError:
        return None


def beside(analyst: Analyst, asker: Asker) -> Analyst:
    """The analyst with its calls made beside; the same where it makes none."""
    from synth.llm import ModelAnalyst

    return BesideAnalyst(analyst, asker) if isinstance(analyst, ModelAnalyst) else analyst


class BesideAnalyst:
    """Implements `synth.analyst.Analyst`: requests are made here, answers beside."""

    remote = True

    def __init__(self, here: ModelAnalyst, asker: Asker) -> None:
        self._here, self._asker = here, asker
        self._gone = self._answered = False

    @property
    def model(self) -> str:
        """That of the analyst."""
        return self._here.model

    def request(self, task: Task) -> Request:
        """That of the analyst: the same answers are found again, wherever they were asked for."""
        return self._here.request(task)

    async def prepare(self) -> None:
        """What takes time before the first call.

        Raises:
            ModelError: no call can be answered.
        """
        if self._answered or await self._done(None, None) is not None:
            return
        await self._here.prepare()

    async def answer(self, task: Task, request: Request, complaint: str | None = None) -> Answer:
        """Ask.

        Raises:
            ModelError: as the analyst would.
        """
        done = await self._done(self._here.question(task), complaint)
        if done is None or done.answer is None:
            return await self._here.answer(task, request, complaint)
        self._answered = True
        return done.answer

    async def close(self) -> None:
        """End the process, for whoever else asks there too, and what was asked from here."""
        self._asker.close()
        await self._here.close()

    async def _done(self, question: Question | None, complaint: str | None) -> Done | None:
        """What the process says; None where there is none any more."""
        from synth.engines.worker import raise_error

        if self._gone:
            return None
        try:
            done = await self._asker.ask(self._here.who, question, complaint)
        except (OSError, EOFError):
            self._gone, self._answered = True, False
            return None
        raise_error(done)
        return done


# --- The other side ----------------------------------------------------------------------------------------------


def answer() -> None:
    """Be such a process: ask until nobody wants to know any more."""
    questions, out = answers()
    from synth.llm import warm_up

    asking = _Asking(out)
    warm_up(sys.argv[1], asking.tell_hopeless)
    loop = asyncio.new_event_loop()
    under_way: set[asyncio.Task[None]] = set()

    def begin(job: _Job) -> None:
        task = loop.create_task(asking.do(job))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    def listen() -> None:
        with suppress(Exception):  # nothing more comes, or nothing that can be read
            while True:
                loop.call_soon_threadsafe(begin, receive(questions))
        os._exit(0)  # whatever is under way: nobody would get its answer

    threading.Thread(target=listen, name="questions", daemon=True).start()
    loop.run_forever()


class _Asking:
    """Analysts at work in this process, each made when it is first named."""

    def __init__(self, out: Any) -> None:
        self._out, self._lock = out, threading.Lock()
        self._analysts: dict[tuple[str, float, Parameters], ModelAnalyst] = {}

    def tell_hopeless(self, why: str) -> None:
        """Say that every call would fail, before anybody makes one."""
        self._send(_HOPELESS, why)

    async def do(self, job: _Job) -> None:
        """One job, and what comes of it sent back."""
        from synth.engines.worker import failed
        from synth.errors import ModelError, SynthError

        try:
            done = await self._done(job)
        except SynthError as error:
            done = failed(error)
        except Exception as error:  # its message may hold what people said
            done = failed(ModelError(job.who[0], f"asking failed ({type(error).__name__})."))
        self._send(job.number, done)

    def _send(self, number: int, done: Done | str) -> None:
        try:
            with self._lock:
                send(self._out, (number, done))
        except OSError:
            os._exit(0)  # nobody is there any more

    async def _done(self, job: _Job) -> Done:
        from synth.engines.worker import Done
        from synth.llm import ModelAnalyst

        if job.who not in self._analysts:
            model, timeout_seconds, parameters = job.who
            self._analysts[job.who] = ModelAnalyst(model, timeout_seconds=timeout_seconds, parameters=parameters)
        analyst = self._analysts[job.who]
        await analyst.prepare()
        return Done(await analyst.answer_question(job.question, job.complaint) if job.question is not None else None)
