"""Answers from the workers of a Dask cluster: one that runs already, or one started here for as long as it is needed.

The driver hands out one task at a time for each lane and takes every answer as it comes: it is stored before anything
else happens, and the cluster is told to forget it. When a worker dies, the scheduler gives its tasks to another;
answers that had been taken are not asked for again, because nobody but the driver had them.

Threads of workers are what bounds how many answers are made at once, besides the driver's lanes. For a model elsewhere
a thread only waits, so a worker may have many; the built-in reader needs a processor for each.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import pickle
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from synth.analyst import Analyst, Answer, CodeChunk, Request, Task, VectorCache
from synth.domain import content_id
from synth.engines import Maker, Say
from synth.engines.worker import Done, Job, leave, raise_error, seal, unseal, work
from synth.errors import ModelError, OptionError, SettingError

_KNOCK_SECONDS = 5
_CONNECT_SECONDS = 15
_FIRST_WORKER_SECONDS = 60
_DESERTED_SECONDS = 300.0
"""How long a run waits for a worker when all of them are gone: a batch system may need minutes to start another."""
_LOOK_SECONDS = 5.0
_INSTALL = (
    "Dask is not installed. `pip install --editable '.[dask]'` in Synth's folder brings it; "
    "--engine local needs nothing."
)


def check_dask(scheduler: str | None = None) -> None:
    """See that Dask is installed, and that an address may be one of a scheduler.

    Raises:
        SettingError: it is not; the message says how to install it.
        OptionError: the address is none.
    """
    if not has_dask():
        raise SettingError(_INSTALL)
    if scheduler is not None:
        _place_of(scheduler)


def has_dask() -> bool:
    """Whether the extra `dask` is installed."""
    return importlib.util.find_spec("distributed") is not None


@asynccontextmanager
async def open_cluster(
    scheduler: str | None, analyst: Analyst, make: Maker, cache: VectorCache, lanes: int, say: Say
) -> AsyncIterator[Analyst]:
    """The analyst with workers behind it; see `synth.engines.spread`.

    Raises:
        SettingError: as there.
    """
    check_dask()
    _quiet()
    if scheduler is not None:
        await _knock(scheduler)
        async with _connected(scheduler, scheduler) as client:
            threads = await _threads(client, scheduler)
            say(_seen(scheduler, threads, lanes))
            yield SpreadAnalyst(analyst, make, cache, client)
        return
    async with _own_cluster(analyst, lanes) as cluster, _connected(cluster, "this machine") as client:
        await _threads(client, "this machine")
        try:
            yield SpreadAnalyst(analyst, make, cache, client)
        finally:
            # Nobody else uses these workers: connections are closed before their processes end.
            if client.status == "running":
                await client.run(leave, on_error="ignore")


class SpreadAnalyst:
    """Implements `synth.analyst.Analyst`: requests are made here, answers elsewhere."""

    def __init__(self, analyst: Analyst, make: Maker, cache: VectorCache, client: Any) -> None:
        self._analyst, self._make, self._cache, self._client = analyst, make, cache, client
        self._asked = 0
        self._deserted_at: float | None = None

    @property
    def here(self) -> Analyst:
        """The analyst in this process, for what is not asked of workers."""
        return self._analyst

    @property
    def model(self) -> str:
        """That of the analyst."""
        return self._analyst.model

    @property
    def remote(self) -> bool:
        """That of the analyst."""
        return self._analyst.remote

    def request(self, task: Task) -> Request:
        """That of the analyst: the same answers are found again, whatever engine made them."""
        return self._analyst.request(task)

    async def answer(self, task: Task, request: Request, complaint: str | None = None) -> Answer:
        """Ask a worker.

        Raises:
            ModelError: as the analyst would; also where workers die of this task, or there is none any more.
        """
        if not self.remote and not isinstance(task, CodeChunk):
            # The built-in analyst drafts from what the store keeps; sending that takes longer than doing it.
            return await self._analyst.answer(task, request, complaint)
        sealed = seal(Job(self._make, task, request, complaint))
        self._asked += 1
        name = f"{task.name}-{content_id(request.key, complaint, self._asked)}"
        future = self._client.submit(work, sealed, key=name, pure=False)
        try:
            done = await self._result(future)
        finally:
            future.release()
        raise_error(done)
        for model, vectors in done.vectors.items():
            self._cache.add_vectors(model, vectors)
        if done.answer is None:
            raise ModelError(self.model, "a worker gave no answer.")
        return done.answer

    async def _result(self, future: Any) -> Done:
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        waiting = asyncio.ensure_future(future.result())
        try:
            while not (await asyncio.wait({waiting}, timeout=_LOOK_SECONDS))[0]:
                self._look_for_workers()
            done: Done = unseal(await waiting)
            return done
        except KilledWorker as error:
            why = "all the workers that were given this died of it. Have they enough memory? The others go on."
            raise ModelError(self.model, why) from error
        except FutureCancelledError as error:
            why = "the connection to the cluster was lost. What was answered is stored: run again."
            raise ModelError(self.model, why, fatal=True) from error
        except (ImportError, AttributeError, pickle.UnpicklingError) as error:
            why = "a worker cannot load Synth: install the same version of it there (with the same Python)."
            raise ModelError(self.model, why, fatal=True) from error
        finally:
            waiting.cancel()

    def _look_for_workers(self) -> None:
        """Give up when there has been no worker for long: without one a task would wait for ever.

        Raises:
            ModelError: there has been none for `_DESERTED_SECONDS`.
        """
        now = asyncio.get_running_loop().time()
        if self._client.scheduler_info().get("workers"):
            self._deserted_at = None
            return
        self._deserted_at = self._deserted_at or now
        if now - self._deserted_at > _DESERTED_SECONDS:
            why = "the cluster has no worker any more. What was answered is stored: start workers and run again."
            raise ModelError(self.model, why, fatal=True)


# --- Reaching a cluster ------------------------------------------------------------------------------------------


def _place_of(scheduler: str) -> tuple[str, int]:
    """Host and port of an address.

    Raises:
        OptionError: it is none.
    """
    try:
        parts = urlsplit(scheduler)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.scheme not in ("tcp", "tls", "ws", "wss"):
        raise OptionError(f"--scheduler {scheduler}: this is no address of a scheduler. One is tcp://host:8786.")
    return host, port


async def _knock(scheduler: str) -> None:
    """See that somebody listens there, which Dask itself goes on trying for long.

    Raises:
        SettingError: nobody does.
    """
    host, port = _place_of(scheduler)
    try:
        async with asyncio.timeout(_KNOCK_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except OSError as error:
        raise SettingError(_nobody(scheduler)) from error


def _nobody(scheduler: str) -> str:
    return f"--scheduler {scheduler}: no scheduler answers there. Is it running, and is the address right?"


@asynccontextmanager
async def _connected(where: Any, name: str) -> AsyncIterator[Any]:
    from distributed import Client

    connect: Any = Client  # it has no types
    try:
        client = await connect(where, asynchronous=True, timeout=_CONNECT_SECONDS, set_as_default=False)
    except OSError as error:
        raise SettingError(_nobody(name)) from error
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def _own_cluster(analyst: Analyst, lanes: int) -> AsyncIterator[Any]:
    """Workers on this machine, heard by nobody outside it: on loopback, without a dashboard."""
    from distributed import LocalCluster
    from distributed.security import Security

    start: Any = LocalCluster
    security: Any = Security

    processors = os.cpu_count() or 1
    workers = max(1, min(processors, lanes))
    threads = -(-lanes // workers) if analyst.remote else 1
    # Certificates for this run alone, where the package for it is there: without, other users of this machine could
    # speak to the scheduler.
    secured = security.temporary() if importlib.util.find_spec("cryptography") else None
    with tempfile.TemporaryDirectory(prefix="synth-dask-") as folder:
        async with start(
            n_workers=workers, threads_per_worker=threads, processes=True, host="127.0.0.1", security=secured,
            dashboard_address=None, worker_dashboard_address=None, local_directory=folder, asynchronous=True,
            silence_logs=logging.CRITICAL,
        ) as cluster:  # fmt: skip
            yield cluster


async def _threads(client: Any, name: str) -> int:
    """How many answers the workers can make at once, when the first has come."""
    try:
        await client.wait_for_workers(1, timeout=_FIRST_WORKER_SECONDS)
    except TimeoutError as error:
        raise SettingError(
            f"--scheduler {name}: no worker has joined it in {_FIRST_WORKER_SECONDS} seconds. "
            f"Start one with `dask worker {name}`."
        ) from error
    counted: dict[str, int] = await client.nthreads()
    return sum(counted.values())


def _seen(scheduler: str, threads: int, lanes: int) -> str:
    if threads > lanes:
        return f"The cluster at {scheduler} has {threads} threads; --concurrency {threads} would use all of them."
    return f"The cluster at {scheduler} has {threads} threads."


def _quiet() -> None:
    """What Dask reports goes to its own log files; here it would stand between progress and results."""
    for name in ("distributed", "distributed.worker", "distributed.nanny", "distributed.scheduler", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
