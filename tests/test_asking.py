"""Asking, with a scripted analyst and a clock that only the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from synth.analyst import Answer, ChunkReply, CodeChunk, Request, Task
from synth.asking import Asked, Coded, Patience, Tally, ask, code
from synth.chunk import chunk_lines
from synth.domain import content_id
from synth.errors import CutOffError, ModelError, ReplyError
from synth.lanes import Lanes
from tests.scripted import EMPTY, FakeClock, MemoryCalls, ScriptedAnalyst, emotion, interview, reply_of, task_for

GOOD = reply_of(emotion(3))
BAD = "I would rather not."
CUT = Answer(GOOD[:80], output_tokens=4096, cut_off=True)
BUSY = ModelError("m", "asked too much", retryable=True, limited=True, retry_after_seconds=20)
FLAKY = ModelError("m", "a server error", retryable=True)
WRONG_KEY = ModelError("m", "the key is wrong", fatal=True)
PATIENCE = Patience(jitter=lambda: 1.0)


class RunEnds(Exception):
    """Stands for a run that is stopped from outside."""


@dataclass
class Bench:
    """Everything that asking needs; results and errors alike are results."""

    analyst: ScriptedAnalyst
    calls: MemoryCalls = field(default_factory=MemoryCalls)
    clock: FakeClock = field(default_factory=FakeClock)
    tally: Tally = field(default_factory=Tally)
    lanes: int = 4

    def ask(self, *tasks: Task) -> list[Any]:
        return self._run(ask, tasks)

    def code(self, *tasks: CodeChunk) -> list[Any]:
        return self._run(code, tasks)

    def _run(self, do: Any, tasks: Sequence[Task]) -> list[Any]:
        async def drive() -> list[Any]:
            lanes = Lanes(self.lanes, self.clock)
            work = (do(self.analyst, t, self.calls, lanes, patience=PATIENCE, tally=self.tally) for t in tasks)
            return await self.clock.run(*work)

        return asyncio.run(drive())


def chunks(count: int) -> list[CodeChunk]:
    """As many tasks, each the chunk of an interview of its own."""
    return [task_for(interview(name=f"P{number}.txt")) for number in range(count)]


def test_an_answer_is_kept_and_never_asked_for_again() -> None:
    bench = Bench(ScriptedAnalyst([GOOD]))
    (first,) = bench.ask(task_for())
    (second,) = bench.ask(task_for())
    assert isinstance(first, Asked)
    assert (first.made, first.reused, first.input_tokens, first.cost_usd) == (1, 0, 100, 0.01)
    assert (second.made, second.reused, second.input_tokens, second.cost_usd) == (0, 1, 0, 0.0)
    assert first.reply == second.reply == ChunkReply.model_validate_json(GOOD)
    assert len(bench.analyst.asked) == 1


def test_the_same_question_side_by_side_is_asked_once() -> None:
    bench = Bench(ScriptedAnalyst([GOOD]))
    results = bench.ask(*[task_for()] * 5)
    assert [result.made for result in results] == [1, 0, 0, 0, 0]
    assert len(bench.analyst.asked) == 1


def test_the_raw_answer_is_kept_before_it_is_read() -> None:
    bench = Bench(ScriptedAnalyst([BAD, RunEnds()]))
    bench.ask(task_for())
    key = bench.analyst.request(task_for()).key
    assert bench.calls.kept[key].raw == BAD
    assert bench.calls.answer(key) is not None, "the run stopped before the second try: the first answer is not lost"


def test_a_repaired_answer_costs_no_second_call() -> None:
    bench = Bench(ScriptedAnalyst([f"```json\n{GOOD}\n```"]))
    (asked,) = bench.ask(task_for())
    assert asked.repairs == ("text around the JSON",)
    assert (bench.tally.made, bench.tally.repaired, bench.tally.unusable) == (1, 1, 0)


def test_an_unreadable_answer_is_asked_for_once_more_with_the_complaint() -> None:
    bench = Bench(ScriptedAnalyst([BAD, GOOD]))
    (asked,) = bench.ask(task_for())
    complaints = [complaint for _, complaint in bench.analyst.asked]
    assert complaints[0] is None
    assert complaints[1] == "It holds no JSON object. Answer with one JSON object and nothing else."
    assert asked.key == content_id(bench.analyst.request(task_for()).key, complaints[1])
    assert (asked.made, bench.tally.unusable) == (2, 1)


def test_a_second_run_finds_its_way_through_both_answers_without_a_call() -> None:
    bench = Bench(ScriptedAnalyst([BAD, GOOD]))
    bench.ask(task_for())
    (again,) = bench.ask(task_for())
    assert (again.made, again.reused) == (0, 2)


def test_two_unreadable_answers_are_set_aside_and_asked_anew_by_the_next_run() -> None:
    bench = Bench(ScriptedAnalyst([BAD, "still no", GOOD]))
    (error,) = bench.ask(task_for())
    assert isinstance(error, ReplyError)
    assert str(error) == (
        "P1.txt, lines 1 to 7: the answer could not be used, nor the one after a complaint. "
        "It holds no JSON, the form in which answers are asked for. Run again to ask anew, or try another model."
    )
    assert len(bench.calls.aside) == len(bench.calls.kept) == 2
    (asked,) = bench.ask(task_for())
    assert (asked.made, asked.reused) == (1, 0)
    assert (bench.tally.made, bench.tally.unusable) == (3, 2)


def test_what_may_pass_is_tried_again_with_growing_pauses() -> None:
    bench = Bench(ScriptedAnalyst([FLAKY, FLAKY, FLAKY, GOOD]))
    (asked,) = bench.ask(task_for())
    assert asked.made == 1
    assert bench.clock.now == 0.5 + 1 + 2
    assert bench.tally.failed == 3


def test_trying_again_has_an_end() -> None:
    bench = Bench(ScriptedAnalyst(lambda *_: FLAKY))
    (error,) = bench.ask(task_for())
    assert error is FLAKY
    assert len(bench.analyst.asked) == PATIENCE.tries


def test_what_will_not_pass_is_tried_once() -> None:
    error = ModelError("m", "the prompt was refused")
    bench = Bench(ScriptedAnalyst([error]))
    assert bench.ask(task_for()) == [error]


def test_a_wrong_key_stops_everything_at_once() -> None:
    bench = Bench(ScriptedAnalyst(lambda *_: WRONG_KEY), lanes=2)
    assert bench.ask(*chunks(20)) == [WRONG_KEY] * 20
    assert len(bench.analyst.asked) == 2
    assert bench.tally.failed == 2
    assert bench.clock.now == 0


def test_retry_after_is_obeyed_by_all_lanes() -> None:
    bench, times = Bench(ScriptedAnalyst([])), []

    def script(_task: Task, _request: Request, _complaint: str | None) -> str | ModelError:
        times.append(bench.clock.now)
        return BUSY if len(times) == 1 else GOOD

    bench.analyst = ScriptedAnalyst(script)
    bench.lanes = 1
    results = bench.ask(*chunks(5))
    assert all(isinstance(result, Asked) for result in results)
    assert times[0] == 0
    assert min(times[1:]) == 20


def test_a_pause_that_is_too_long_is_not_waited_for() -> None:
    asks_long = ModelError("m", "quota", retryable=True, limited=True, retry_after_seconds=3600)
    bench = Bench(ScriptedAnalyst([asks_long]), lanes=1)
    error, other = bench.ask(*chunks(2))
    assert error is other
    assert error.fatal
    assert "wait 60 minutes" in str(error)
    assert bench.clock.now == 0


def test_a_dead_server_stops_the_run_before_every_chunk_was_tried() -> None:
    bench = Bench(ScriptedAnalyst(lambda *_: FLAKY), lanes=4)
    errors = bench.ask(*chunks(100))
    assert all(isinstance(error, ModelError) for error in errors)
    assert sum(error.fatal for error in errors) > 80
    assert len(bench.analyst.asked) < 60


def test_no_more_calls_are_under_way_than_there_are_lanes() -> None:
    bench = Bench(ScriptedAnalyst(lambda *_: GOOD), lanes=3)
    bench.ask(*chunks(20))
    assert bench.analyst.most_under_way == 3


def test_a_reply_cut_off_by_length_is_asked_in_halves() -> None:
    transcript = interview([("P1", [f"This is sentence {number}." for number in range(1, 9)])])
    task = task_for(transcript)

    def script(asked: Task, _request: Request, _complaint: str | None) -> Answer | str:
        assert isinstance(asked, CodeChunk)
        first, last = asked.chunk.first_line, asked.chunk.last_line
        return CUT if last - first > 3 else reply_of(emotion(first, last))

    bench = Bench(ScriptedAnalyst(script))
    (coded,) = bench.code(task)
    assert isinstance(coded, Coded)
    lines = [(part.asked.reply.emotions[0].first_line, part.task.chunk.last_line) for part in coded.parts]
    assert lines == [(1, 4), (5, 8)]
    assert coded.failures == ()
    assert bench.tally.made == 3
    bench.code(task)
    assert bench.tally.made == 3, "a second run makes no call"


def test_a_second_run_of_halves_makes_no_call() -> None:
    task = task_for()
    bench = Bench(ScriptedAnalyst([CUT, EMPTY, EMPTY]))
    (first,) = bench.code(task)
    (second,) = bench.code(task)
    assert [part.asked.reply for part in first.parts] == [part.asked.reply for part in second.parts]
    assert (bench.tally.made, bench.tally.reused) == (3, 3)


def test_an_answer_broken_off_twice_is_asked_in_halves() -> None:
    broken = GOOD[:80]
    bench = Bench(ScriptedAnalyst([broken, broken, EMPTY, EMPTY]))
    (coded,) = bench.code(task_for())
    assert len(coded.parts) == 2
    assert bench.calls.aside == {}
    assert bench.analyst.asked[1][1] == "It ends before the JSON object is complete. Answer with the whole object."


def test_one_half_that_fails_leaves_the_other() -> None:
    bench = Bench(ScriptedAnalyst([CUT, ModelError("m", "refused"), EMPTY]), lanes=1)
    (coded,) = bench.code(task_for())
    assert len(coded.parts) == 1
    ((chunk, error),) = coded.failures
    assert chunk.first_line == 1
    assert str(error) == "m: refused"


def test_a_single_line_that_is_cut_off_fails_by_name() -> None:
    transcript = interview([("P1", ["Only this."])])
    bench = Bench(ScriptedAnalyst([CUT, CUT]))
    (coded,) = bench.code(task_for(transcript))
    ((chunk, error),) = coded.failures
    assert chunk == chunk_lines(transcript)[0]
    assert isinstance(error, CutOffError)
    assert len(bench.calls.aside) == 2


def test_a_chunk_that_is_too_long_to_read_is_asked_in_halves() -> None:
    bench = Bench(ScriptedAnalyst([ModelError("m", "too long", too_long=True), EMPTY, EMPTY]))
    (coded,) = bench.code(task_for())
    assert len(coded.parts) == 2
    assert coded.failures == ()


def test_code_lists_what_failed_and_raises_what_is_fatal() -> None:
    (coded,) = Bench(ScriptedAnalyst([BAD, BAD])).code(task_for())
    assert coded.parts == ()
    assert isinstance(coded.failures[0][1], ReplyError)
    assert Bench(ScriptedAnalyst([WRONG_KEY])).code(task_for()) == [WRONG_KEY]


def test_a_store_that_fails_is_no_failure_of_the_chunk() -> None:
    class FullDisk(MemoryCalls):
        def keep(self, key: str, request: Request, answer: Answer) -> None:
            del key, request, answer
            raise OSError("no space left")

    bench = Bench(ScriptedAnalyst([GOOD]), calls=FullDisk())
    (error,) = bench.code(task_for())
    assert isinstance(error, OSError)


def test_an_unknown_price_is_said() -> None:
    bench = Bench(ScriptedAnalyst([Answer(BAD, cost_usd=None), Answer(GOOD, cost_usd=0.02)]))
    (asked,) = bench.ask(task_for())
    assert asked.cost_usd is None
    assert (bench.tally.cost_usd, bench.tally.unknown_costs) == (0.02, 1)


def test_one_in_ten_broken_and_one_in_ten_failing_lose_nothing() -> None:
    count = 0

    def script(_task: Task, _request: Request, complaint: str | None) -> str | ModelError:
        nonlocal count
        count += 1
        if count % 10 == 3:
            return FLAKY
        return GOOD[:90] if count % 10 == 7 and complaint is None else GOOD

    bench = Bench(ScriptedAnalyst(script), lanes=16)
    results = bench.code(*chunks(100))
    assert all(result.failures == () and len(result.parts) == 1 for result in results)
    assert all(len(result.parts[0].asked.reply.emotions) == 1 for result in results)


@pytest.mark.parametrize(("failures", "pause"), [(1, 0.5), (2, 1.0), (5, 8.0), (12, 30.0)])
def test_pauses_grow_to_a_limit_and_are_at_least_half(failures: int, pause: float) -> None:
    assert Patience(jitter=lambda: 1.0).pause(failures) == pause
    assert Patience(jitter=lambda: 0.0).pause(failures) == pause / 2


def test_failures_of_all_kinds_and_a_limit_at_a_quarter_of_the_rate_lose_nothing() -> None:
    """One in ten fails, one in ten is broken, one in a hundred hangs; above ten calls a second the server says no."""
    bench, count, refused = Bench(ScriptedAnalyst([]), lanes=16), 0, 0
    taken: list[float] = []

    def script(_task: Task, _request: Request, complaint: str | None) -> str | ModelError:
        nonlocal count, refused
        now = bench.clock.now
        if sum(now - 1 < at <= now for at in taken) >= 10:
            refused += 1
            return ModelError("m", "asked too much", retryable=True, limited=True, retry_after_seconds=1)
        taken.append(now)
        count += 1
        if count % 100 == 50:
            return ModelError("m", "no answer within the time limit", retryable=True)
        if count % 10 == 3:
            return FLAKY
        return GOOD[:90] if count % 10 == 7 and complaint is None else GOOD

    def answer_time() -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        bench.clock.call_later(0.4, lambda: done.done() or done.set_result(None))
        return done

    bench.analyst = ScriptedAnalyst(script, pause=answer_time)
    results = bench.code(*chunks(300))
    assert all(result.failures == () for result in results)
    assert sum(len(part.asked.reply.emotions) for result in results for part in result.parts) == 300
    assert refused <= 0.05 * bench.tally.made + bench.lanes, "beside the first round, in which nobody knows the limit"
    assert bench.tally.made + bench.tally.failed == len(bench.analyst.asked)


def test_every_chunk_that_cannot_be_had_is_named() -> None:
    def script(task: Task, _request: Request, _complaint: str | None) -> str | ModelError:
        assert isinstance(task, CodeChunk)
        number = int(task.transcript.name.removeprefix("P").removesuffix(".txt"))
        if number % 10 == 0:
            return FLAKY
        return BAD if number % 10 == 5 else GOOD

    bench = Bench(ScriptedAnalyst(script), lanes=16)
    tasks = chunks(60)
    results = bench.code(*tasks)
    gaps = {task.transcript.name for task, result in zip(tasks, results, strict=True) if result.failures}
    assert gaps == {f"P{number}.txt" for number in range(60) if number % 5 == 0}


def test_lanes_are_not_held_by_what_comes_before_the_first_call() -> None:
    class Slow(ScriptedAnalyst):
        async def prepare(self) -> None:
            if not self.asked:
                await both[0].wait()

    both: list[asyncio.Barrier] = []

    async def drive() -> list[Any]:
        clock, slow = FakeClock(), Slow(lambda *_: GOOD)
        lanes = Lanes(1, clock)
        both.append(asyncio.Barrier(2))
        asking = clock.run(*(ask(slow, task, MemoryCalls(), lanes) for task in chunks(2)))
        return await asyncio.wait_for(asking, 10)

    assert all(isinstance(asked, Asked) for asked in asyncio.run(drive()))
