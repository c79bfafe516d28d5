"""Where answers are made: in this process, or on the workers of a cluster.

An engine stands between those who ask and the analyst who answers, and changes nothing else. What is asked, when, how
often, what it may cost and where the answer is kept stay with the driver, which alone has the database; a worker gets
one task, gives one answer, and remembers nothing. A worker may die at any moment: what it had given is stored, and what
it was asked is asked of another.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from synth.analyst import Analyst, VectorCache
from synth.errors import OptionError

ENGINES = ("local", "dask")
"""By the names that a user gives."""
Maker = Callable[[VectorCache], Analyst]
"""Makes an analyst from where it keeps sentence vectors. A worker gets it by its name, so it stands in a module."""
Say = Callable[[str], None]


def check_engine(engine: str, scheduler: str | None) -> None:
    """Say before anything is done what this engine lacks.

    Raises:
        OptionError: there is no such engine, or it takes no scheduler.
        SettingError: it is not installed.
    """
    if engine not in ENGINES:
        raise OptionError(f"--engine {engine}: give one of {', '.join(ENGINES)}.")
    if engine == "local" and scheduler is not None:
        raise OptionError("--scheduler goes with --engine dask.")
    if engine == "dask":
        from synth.engines.cluster import check_dask

        check_dask(scheduler)


@asynccontextmanager
async def spread(
    engine: str, scheduler: str | None, analyst: Analyst, make: Maker, cache: VectorCache, lanes: int, say: Say
) -> AsyncIterator[Analyst]:
    """The analyst as it is to be asked meanwhile; what was started for it is closed at the end.

    Args:
        engine: one of `ENGINES`.
        scheduler: the address of a cluster; None starts one on this machine.
        analyst: who would answer here.
        make: makes the same analyst elsewhere.
        cache: where sentence vectors that workers computed are kept.
        lanes: how many answers may be under way at once.
        say: takes what a person should know.

    Raises:
        SettingError: the cluster cannot be reached, or has no workers.
    """
    if engine == "local":
        yield analyst
        return
    from synth.engines.cluster import open_cluster

    async with open_cluster(scheduler, analyst, make, cache, lanes, say) as elsewhere:
        yield elsewhere
