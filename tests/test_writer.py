"""Storing beside asking: what was waited for is in the file, answers first, and errors come back to who gave them."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from synth.analyst import Answer, Request
from synth.errors import NotFoundError, StoreError
from synth.pipeline.writer import writing
from synth.store import Store, copy_store, open_store
from synth.store.base import open_database

REQUEST = Request("k", "code_chunk", "m", "a prompt", "1")


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "s.db")
    open_store(path).close()
    return path


def test_answer_is_there_for_others_when_waiting_for_it_ends(path: str) -> None:
    async def keep() -> Answer | None:
        store, other = open_store(path), open_store(path)
        async with writing(store) as writer:
            await writer.keep("k", REQUEST, Answer("{}", input_tokens=3))
            return other.answer("k")

    found = asyncio.run(keep())
    assert found is not None
    assert (found.raw, found.input_tokens) == ("{}", 3)


def test_answers_come_before_what_was_given_earlier(path: str) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_store: Store) -> None:
        begun.set()
        go_on.wait(10)

    async def give() -> bool:
        async with writing(open_store(path)) as writer:
            first = asyncio.ensure_future(writer.do(slow))
            await asyncio.to_thread(begun.wait, 10)
            second = asyncio.ensure_future(writer.do(lambda store: store.answer("k") is not None))
            await asyncio.sleep(0)
            kept = asyncio.ensure_future(writer.keep("k", REQUEST, Answer("{}")))
            await asyncio.sleep(0)
            go_on.set()
            await asyncio.gather(first, kept)
            return await second

    assert asyncio.run(give())


def test_error_comes_back_to_whoever_gave_the_change_and_others_go_on(path: str) -> None:
    async def give() -> str:
        store = open_store(path)
        async with writing(store) as writer:
            with pytest.raises(NotFoundError):
                await writer.do(lambda there: there.study("nobody"))
            return await writer.do(lambda there: there.add_study("S", "", "en", "customer", "").name)

    assert asyncio.run(give()) == "S"


def test_what_was_given_is_stored_though_nobody_waits_for_it(path: str) -> None:
    async def give() -> None:
        store = open_store(path)
        async with writing(store) as writer:
            task = asyncio.ensure_future(writer.do(lambda there: there.add_study("S", "", "en", "customer", "")))
            await asyncio.sleep(0)
            task.cancel()

    asyncio.run(give())
    assert open_store(path).has_study("S")


def test_file_that_cannot_be_written_to_ends_the_waiting(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the thread that writes cannot begin with: nobody waits for it for ever."""
    store = open_store(path)

    class Broken(Store):
        def writing_much(self, *_: int) -> AbstractContextManager[None]:
            raise StoreError("the disk is gone")

    monkeypatch.setattr("synth.pipeline.writer.open_store", lambda path: Broken(open_database(path), path))

    async def keep() -> None:
        async with writing(store) as writer:
            await asyncio.wait_for(writer.keep("k", REQUEST, Answer("{}")), 5)

    with pytest.raises(StoreError, match="gone"):
        asyncio.run(keep())


def test_store_in_memory_is_written_to_at_once(path: str) -> None:
    async def keep() -> Answer | None:
        store = copy_store(path)
        async with writing(store) as writer:
            await writer.keep("k", REQUEST, Answer("{}"))
        return store.answer("k")

    assert asyncio.run(keep()) is not None
    assert open_store(path).answer("k") is None


def test_changes_that_come_together_are_one_transaction(path: str) -> None:
    async def give() -> tuple[int, int]:
        store, other = open_store(path), open_store(path)

        def change(there: Store, number: int) -> int:
            there.add_study(str(number), "", "en", "customer", "")
            return sum(other.has_study(str(earlier)) for earlier in range(number + 1))

        async with writing(store) as writer:
            changes = [writer.do(partial(change, number=number), with_others=True) for number in range(4)]
            seen = await asyncio.gather(*changes, writer.do(partial(change, number=4)))
            return max(seen), sum(other.has_study(str(number)) for number in range(5))

    assert asyncio.run(give()) == (0, 5), "nobody sees one of them before all are there"


def test_change_that_waits_for_others_is_made_though_none_come(path: str) -> None:
    async def give() -> str:
        async with writing(open_store(path)) as writer:
            return await writer.do(lambda there: there.add_study("S", "", "en", "customer", "").name, with_others=True)

    assert asyncio.run(give()) == "S"


def test_failure_among_changes_that_came_together_is_that_of_one(path: str) -> None:
    def broken(there: Store) -> str:
        with there.write():
            there.add_study("half", "", "en", "customer", "")
            raise NotFoundError("no")

    async def give() -> list[object]:
        async with writing(open_store(path)) as writer:
            good = [writer.do(lambda there, n=n: there.add_study(n, "", "en", "customer", "").name, with_others=True)
                    for n in ("A", "B")]  # fmt: skip
            return await asyncio.gather(*good, writer.do(broken), return_exceptions=True)

    *names, error = asyncio.run(give())
    assert names == ["A", "B"]
    assert isinstance(error, NotFoundError)
    found = open_store(path)
    assert [found.has_study(name) for name in ("A", "B", "half")] == [True, True, False]


def test_answers_that_came_while_something_was_stored_are_kept_together(path: str) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_store: Store) -> None:
        begun.set()
        go_on.wait(10)

    async def give() -> tuple[int, list[bool]]:
        store, other = open_store(path), open_store(path)
        seen: list[int] = []
        async with writing(store) as writer:
            first = asyncio.ensure_future(writer.do(slow))
            await asyncio.to_thread(begun.wait, 10)
            kept = [asyncio.ensure_future(writer.keep(key, REQUEST, Answer(key))) for key in "abc"]
            for one in kept:
                one.add_done_callback(lambda _: seen.append(sum(other.answer(key) is not None for key in "abc")))
            await asyncio.sleep(0)
            go_on.set()
            await asyncio.gather(first, *kept)
        return min(seen), [other.answer(key) == Answer(key) for key in "abc"]

    assert asyncio.run(give()) == (3, [True] * 3)
