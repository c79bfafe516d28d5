"""Lanes, on a clock that only the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count, pairwise

import pytest

from synth.analyst import Rates
from synth.errors import ModelError
from synth.lanes import Lanes, Limits
from tests.scripted import FakeClock, settle

DOWN = ModelError("m", "down")


class Road:
    """Lanes with a fake clock, and the calls that were let in, with their times."""

    def __init__(self, limits: Limits | int) -> None:
        self.clock = FakeClock()
        self.lanes = Lanes(limits, self.clock)
        self.started: list[float] = []
        self.most = 0

    async def call(self, seconds: float = 1.0, *, tokens: float = 0, answered: bool = True) -> None:
        async with self.lanes.lane(tokens):
            self.started.append(self.clock.now)
            self.most = max(self.most, self.lanes.busy)
            await self.lanes.rest(seconds)
        if answered:
            self.lanes.answered()


def test_all_lanes_are_full_from_the_first_call_and_stay_full() -> None:
    async def drive() -> Road:
        road = Road(4)
        await road.clock.run(*(road.call() for _ in range(12)))
        return road

    road = asyncio.run(drive())
    assert road.started == [0.0] * 4 + [1.0] * 4 + [2.0] * 4
    assert road.most == 4


def test_a_limit_halves_the_lanes_and_pauses_all_of_them() -> None:
    async def drive() -> Road:
        road = Road(8)
        road.lanes.limited(started=0.0, retry_after_seconds=10)
        await road.clock.run(*(road.call(answered=False) for _ in range(8)))
        return road

    road = asyncio.run(drive())
    assert road.started == [10.0] * 4 + [11.0] * 4
    assert road.lanes.open == 4


def test_lanes_held_while_a_pause_closes_them_go_back_in_the_queue() -> None:
    async def drive() -> Road:
        road = Road(8)
        road.lanes.limited(started=-1.0, retry_after_seconds=5)  # an old call: pauses, but closes none
        road.lanes._open = 8.0
        work = [asyncio.ensure_future(road.call(answered=False)) for _ in range(8)]
        await settle()
        await road.clock.advance(1)
        road.lanes.limited(started=road.clock.now, retry_after_seconds=5)
        await road.clock.run(*work)
        return road

    road = asyncio.run(drive())
    assert road.started == [6.0] * 4 + [7.0] * 4


def test_limits_of_one_moment_count_once() -> None:
    async def drive() -> int:
        road = Road(16)
        await road.clock.advance(5)
        for _ in range(16):
            road.lanes.limited(started=1.0, retry_after_seconds=None)
        return road.lanes.open

    assert asyncio.run(drive()) == 8


def test_lanes_never_close_entirely_and_open_again_with_answers() -> None:
    async def drive() -> tuple[int, int, int]:
        road = Road(8)
        for _ in range(10):
            await road.clock.advance(1)
            road.lanes.limited(started=road.clock.now, retry_after_seconds=None)
        closed = road.lanes.open
        road.lanes.answered()
        one_answer = road.lanes.open
        for _ in range(60):
            road.lanes.answered()
        return closed, one_answer, road.lanes.open

    assert asyncio.run(drive()) == (1, 2, 8)


def test_waiting_calls_start_when_a_lane_opens_again() -> None:
    async def drive() -> Road:
        road = Road(2)
        road.lanes.limited(started=0.0, retry_after_seconds=None)
        await road.clock.run(*(road.call() for _ in range(5)))
        return road

    assert asyncio.run(drive()).started == [0.0, 1.0, 1.0, 2.0, 2.0]


def test_requests_a_minute_are_kept_to() -> None:
    async def drive() -> Road:
        road = Road(Limits(lanes=50, requests_per_minute=60))
        await road.clock.run(*(road.call(0.1) for _ in range(125)))
        return road

    started = asyncio.run(drive()).started
    assert max(sum(at <= time < at + 60 for time in started) for at in range(120)) <= 60 + 5
    assert started[-1] == pytest.approx(120)


def test_tokens_a_minute_are_kept_to_and_a_large_call_passes() -> None:
    async def drive() -> Road:
        road = Road(Limits(lanes=10, tokens_per_minute=6000))
        await road.clock.run(*(road.call(0.1, tokens=3000) for _ in range(4)))
        return road

    assert asyncio.run(drive()).started == pytest.approx([0, 30, 60, 90])


def test_a_halt_stops_waiting_and_resting_calls_at_once() -> None:
    async def drive() -> tuple[list[BaseException | None], float, int]:
        road = Road(2)
        work = [asyncio.ensure_future(road.call(60, answered=False)) for _ in range(6)]
        resting = asyncio.ensure_future(road.lanes.rest(500))
        await settle()
        road.lanes.halt(DOWN)
        await settle()
        assert all(task.done() for task in (*work[2:], resting))
        results = await road.clock.run(*work, resting)
        return results, road.clock.now, road.lanes.busy

    results, now, busy = asyncio.run(drive())
    assert results.count(DOWN) == 7
    assert now == 0.0
    assert busy == 0


def test_nothing_starts_after_a_halt() -> None:
    async def drive() -> list[object]:
        road = Road(2)
        road.lanes.halt(DOWN)
        return await road.clock.run(road.call(), road.lanes.rest(1))

    assert asyncio.run(drive()) == [DOWN, DOWN]


def test_a_cancelled_call_gives_its_lane_back() -> None:
    async def drive() -> tuple[int, list[float]]:
        road = Road(1)
        first, second, third = (asyncio.ensure_future(road.call(5)) for _ in range(3))
        await settle()
        second.cancel()
        first.cancel()
        await settle()
        await road.clock.run(third)
        return road.lanes.busy, road.started

    assert asyncio.run(drive()) == (0, [0.0, 0.0])


def test_a_call_cancelled_in_the_moment_it_is_let_in_gives_its_lane_back() -> None:
    async def drive() -> int:
        road = Road(1)
        first = asyncio.ensure_future(road.call(5))
        second = asyncio.ensure_future(road.call(5))
        await settle()
        first.cancel()
        await asyncio.sleep(0)
        second.cancel()
        await settle()
        await road.clock.run(road.call(1))
        return road.lanes.busy

    assert asyncio.run(drive()) == 0


def test_a_server_that_is_down_pauses_all_lanes_longer_every_round_then_halts() -> None:
    async def drive() -> tuple[list[float], list[object]]:
        road, starts = Road(4), []
        for _ in range(6):
            await road.clock.run(road.call(0, answered=False))
            starts.append(road.clock.now)
            for _ in range(8):
                road.lanes.failed(DOWN)
        return starts, await road.clock.run(road.call())

    starts, (error,) = asyncio.run(drive())
    assert starts == [0, 2, 6, 14, 30, 62]
    assert isinstance(error, ModelError)
    assert error.fatal
    assert str(error).startswith("m: down No call was answered any more")


def test_one_answer_among_failures_keeps_the_lanes_going() -> None:
    async def drive() -> float:
        road = Road(4)
        for _ in range(100):
            for _ in range(7):
                road.lanes.failed(DOWN)
            road.lanes.answered()
        await road.clock.run(road.call(0))
        return road.clock.now

    assert asyncio.run(drive()) == 0


@pytest.mark.parametrize("limits", [Limits(0), Limits(1, requests_per_minute=0), Limits(1, tokens_per_minute=-1)])
def test_impossible_limits_are_refused(limits: Limits) -> None:
    with pytest.raises(ValueError, match="above zero"):
        Lanes(limits)


def test_learned_limits_hold_where_nobody_set_any() -> None:
    clock = FakeClock()
    lanes, starts = Lanes(50, clock), []

    async def call() -> None:
        async with lanes.lane() as started:
            starts.append(started)
            lanes.learn(Rates(requests_per_minute=60, requests_left=4))

    asyncio.run(clock.run(call(), *(call() for _ in range(9))))
    assert sum(start == 0 for start in starts) == 5, "what the server said to be left may start at once"
    assert starts[-1] == pytest.approx(5, abs=0.01), "the rest one a second"


def test_limits_that_were_set_are_not_overruled_by_learned_ones() -> None:
    clock = FakeClock()
    lanes, starts = Lanes(Limits(20, requests_per_minute=6000), clock), []

    async def call() -> None:
        async with lanes.lane() as started:
            starts.append(started)
            lanes.learn(Rates(requests_per_minute=1, requests_left=0))

    asyncio.run(clock.run(*(call() for _ in range(20))))
    assert set(starts) == {0}


def test_allowance_that_is_used_up_pauses_all_lanes_until_it_is_there_again() -> None:
    clock = FakeClock()
    lanes, starts = Lanes(2, clock), []

    async def call() -> None:
        async with lanes.lane() as started:
            starts.append(started)
            lanes.learn(Rates(tokens_left=0, full_again_seconds=12 if len(starts) == 1 else None))

    asyncio.run(clock.run(*(call() for _ in range(3))))
    assert starts == [0, 12, 12]


@pytest.mark.parametrize("retry_after", [1.0, None])
@pytest.mark.parametrize("calls", [100, 400])
def test_server_that_takes_a_quarter_of_the_rate_refuses_few_calls(calls: int, retry_after: float | None) -> None:
    """16 lanes of 0.4 seconds would be 40 calls a second; 10 in any second are taken."""
    taken: list[float] = []
    refused: list[float] = []

    async def drive() -> float:
        clock = FakeClock()
        lanes = Lanes(16, clock, cpu=lambda: 0.006 * len(taken))

        async def call() -> None:
            while True:
                async with lanes.lane() as started:
                    if sum(clock.now - 1 < at for at in taken) < 10:
                        taken.append(clock.now)
                        await lanes.rest(0.4)
                        lanes.answered()
                        return
                    refused.append(clock.now)
                    await lanes.rest(0.01)
                    lanes.limited(started, retry_after)
                await lanes.rest(0.4)

        await clock.run(*(call() for _ in range(calls)))
        return clock.now

    seconds = asyncio.run(drive())
    assert len(taken) == calls
    assert len(refused) <= 0.05 * calls
    assert seconds <= 1.4 * calls / 10


def test_first_calls_are_spread_over_the_shortest_of_answers() -> None:
    async def drive() -> Road:
        road = Road(16)
        road.lanes = Lanes(16, road.clock, cpu=lambda: 0.0)
        await road.clock.run(*(road.call() for _ in range(16)))
        return road

    assert asyncio.run(drive()).started == pytest.approx([0.3 / 16 * place for place in range(16)])


def test_calls_start_as_far_apart_as_each_keeps_the_processor_busy() -> None:
    async def drive() -> Road:
        road = Road(4)
        spent = count()
        road.lanes = Lanes(4, road.clock, cpu=lambda: 0.005 * next(spent))  # looked at twice for each answer
        for _ in range(60):
            road.lanes.answered()
        await road.clock.run(*(road.call(answered=False) for _ in range(4)))
        return road

    started = asyncio.run(drive()).started
    assert [after - before for before, after in pairwise(started)] == pytest.approx([0.005] * 3, rel=0.3)


def test_calls_that_a_busy_processor_held_up_do_not_start_all_at_once() -> None:
    async def drive() -> Road:
        road = Road(4)
        road.lanes = Lanes(4, road.clock, cpu=lambda: 0.0)
        work = [asyncio.ensure_future(road.call()) for _ in range(4)]
        await settle()
        road.clock.now = 0.5
        await road.clock.advance(5)
        await asyncio.gather(*work)
        return road

    assert asyncio.run(drive()).started == pytest.approx([0.0, 0.5, 0.55, 0.6])


def test_calls_start_also_where_the_processor_is_always_late() -> None:
    class Late(FakeClock):
        def call_later(self, delay: float, callback: Callable[[], None]) -> object:
            return super().call_later(delay + 0.06, callback)

    async def drive() -> Road:
        road = Road(8)
        road.clock = Late()
        road.lanes = Lanes(8, road.clock, cpu=lambda: 0.0)
        work = [asyncio.ensure_future(road.call()) for _ in range(24)]
        await settle()
        for _ in range(400):
            await road.clock.advance(0.05)
        for one in work:
            one.cancel()
        return road

    assert len(asyncio.run(drive()).started) == 24
