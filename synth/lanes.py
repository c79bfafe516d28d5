"""Lanes: how many calls are under way at once, and when the next may start.

All calls to one model go through one `Lanes`. It starts with every lane open; calls start as far apart as one keeps the
processor busy. When the server says that it is asked too much, half of the lanes close, all of them wait as long as the
server asks, and calls then start no faster than the server has taken them before; with every answer a part of a lane
opens again, and calls start a little closer to each other. When round after round of calls fails without one answer,
the server is down: all lanes wait, longer every time, and in the end they stop. Requests and tokens a minute are kept
to where they are set, else where the server tells its limits with its answers (`learn`). A failure that every further
call must share stops all lanes at once.

Time comes from a `Clock`, which the running event loop is; nothing here sleeps by itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from synth.analyst import Rates
from synth.errors import ModelError

_BURST_SECONDS = 5.0
"""How much of a minute's allowance may be used at once: servers count in shorter windows than a minute."""
_LONGEST_LEARNED_PAUSE_SECONDS = 60.0
"""An allowance that is used up for longer is one a day or a month: the server says so itself, and is believed then."""
_FIRST_APART_SECONDS = 0.005
_FIRST_ROUND_SECONDS = 0.3
"""Over which the first calls are spread, until answers tell how long one keeps the processor busy: a server that takes
fewer has then said so before all lanes have asked. The shortest of models' answers take longer than this."""
_MOST_APART_SECONDS = 0.05
_LATE_SECONDS = 0.005
_MOST_TURNS = 3
_PAUSE_SECONDS = 1.0
"""Of all lanes, where the server refuses a call and does not say for how long."""
_LATELY_SECONDS = 10.0
_SHORTEST_SPAN_SECONDS = 1.0
_MOST_STARTS = 4096
_QUICKER = 0.998
"""After a refusal, with every answer: calls start that much closer to each other again."""
_SMALLEST_ROUND = 8
_ROUNDS = 6
"""A server that is down is tried for 2 + 4 + 8 + 16 + 32 seconds."""


class Clock(Protocol):
    """What lanes need of an event loop; a test brings one whose time it moves."""

    def time(self) -> float:
        """Seconds, from any start."""
        ...

    def call_later(self, delay: float, callback: Callable[[], None]) -> object:
        """Call back once this many seconds have passed."""
        ...


class _Bucket:
    """An allowance a minute that fills steadily; whoever takes more than there is gets a time to wait."""

    def __init__(self, per_minute: float) -> None:
        self._per_second = per_minute / 60
        self._room = max(1.0, self._per_second * _BURST_SECONDS)
        self._level, self._at = self._room, 0.0

    def take(self, amount: float, now: float) -> float:
        """Seconds until this may start. More than a whole burst is allowed, and waited for afterwards."""
        self._level = min(self._room, self._level + (now - self._at) * self._per_second)
        self._at = now
        wait = max(0.0, (min(amount, self._room) - self._level) / self._per_second)
        self._level -= amount
        return wait

    def learn(self, per_minute: float, left: float | None, now: float) -> None:
        """Take over what the server says: its limit, of which all may be used at once, and what is left of it."""
        self._level = min(self._level + (now - self._at) * self._per_second, per_minute)
        self._at = now
        self._per_second, self._room = per_minute / 60, per_minute
        if left is not None:
            self._level = min(self._level, left)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a user or a contract allows."""

    lanes: int = 8
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


class Lanes:
    """The lanes to one model, for use in one event loop."""

    def __init__(
        self, limits: Limits | int = Limits(), clock: Clock | None = None, cpu: Callable[[], float] | None = None
    ) -> None:
        """Lanes for one model.

        Args:
            limits: what is allowed.
            clock: the running event loop where it is None.
            cpu: the seconds of processor time that the thread which asks has used; calls then start as far apart as
                each of them keeps it busy. Without, calls that end together are taken up together and go on together,
                and all lanes stand idle while the processor works through them one by one.
        """
        if isinstance(limits, int):
            limits = Limits(limits)
        rates = (limits.requests_per_minute, limits.tokens_per_minute)
        if limits.lanes < 1 or any(rate is not None and rate <= 0 for rate in rates):
            raise ValueError(f"{limits}: lanes and limits a minute are above zero")
        self.limits = limits
        self._given_clock = clock
        self._open = float(limits.lanes)
        self._busy = 0
        self._waiting: deque[asyncio.Future[bool]] = deque()
        self._resting: set[asyncio.Future[None]] = set()
        self._keys: dict[str, tuple[asyncio.Lock, int]] = {}
        self._cpu, self._cpu_at = cpu, cpu() if cpu else 0.0
        first = max(_FIRST_APART_SECONDS, min(_MOST_APART_SECONDS, _FIRST_ROUND_SECONDS / limits.lanes))
        self._apart = first if cpu else 0.0
        self._next_start = float("-inf")
        self._gap = 0.0
        self._starts: deque[float] = deque(maxlen=_MOST_STARTS)
        self._paused_until = float("-inf")
        self._slowed_at = float("-inf")
        self._failed_in_a_row = self._failed_rounds = 0
        self._halted: ModelError | None = None
        self._requests = _Bucket(limits.requests_per_minute) if limits.requests_per_minute else None
        self._tokens = _Bucket(limits.tokens_per_minute) if limits.tokens_per_minute else None

    @property
    def open(self) -> int:
        """How many calls may be under way now."""
        return max(1, int(self._open))

    @property
    def busy(self) -> int:
        """How many calls are under way, or hold a lane until they may start."""
        return self._busy

    @asynccontextmanager
    async def lane(self, tokens: float = 0) -> AsyncIterator[float]:
        """Hold a lane while asking; yields the time at which the call starts, to be given to `limited`.

        Args:
            tokens: what the call is likely to take, for a limit of tokens a minute.

        Raises:
            ModelError: the lanes were halted, before or while waiting.
        """
        await self._enter(tokens)
        started = self._clock.time()
        self._starts.append(started)
        try:
            yield started
        finally:
            self._leave()

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        """Let nobody else in with the same key meanwhile: the same question is not asked twice side by side."""
        lock, users = self._keys.get(key) or (asyncio.Lock(), 0)
        self._keys[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._keys.pop(key)
            if users > 1:
                self._keys[key] = (lock, users - 1)

    async def rest(self, seconds: float) -> None:
        """Wait without a lane, before trying again.

        Raises:
            ModelError: the lanes were halted meanwhile.
        """
        self._raise_if_halted()
        if seconds > 0:
            rest: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._resting.add(rest)
            self._clock.call_later(seconds, lambda: _wake(rest))
            try:
                await rest
            finally:
                self._resting.discard(rest)
        self._raise_if_halted()

    def answered(self) -> None:
        """A call was answered: a part of a lane opens again, a whole one for every round of answers."""
        self._failed_in_a_row = self._failed_rounds = 0
        if self._cpu:
            spent, self._cpu_at = self._cpu() - self._cpu_at, self._cpu()
            self._apart += (min(spent, _MOST_APART_SECONDS) - self._apart) / 8
        self._gap *= _QUICKER
        self._open = min(float(self.limits.lanes), self._open + 1 / self.open)
        self._admit()

    def limited(self, started: float, retry_after_seconds: float | None) -> None:
        """The server said that it is asked too much: close half of the lanes, and pause them all as long as it asks.

        Calls that started before lanes were last closed say nothing new, and close no more of them.
        """
        now = self._clock.time()
        if started >= self._slowed_at:
            self._slowed_at = now
            self._open = max(1.0, self.open / 2)
        with suppress(ValueError):
            self._starts.remove(started)
        if retry_after_seconds is None and self._starts:
            retry_after_seconds = _PAUSE_SECONDS
        if retry_after_seconds is not None:
            self._paused_until = max(self._paused_until, now + retry_after_seconds)
        self._keep_to_what_was_taken(now)

    def _keep_to_what_was_taken(self, now: float) -> None:
        """Start calls no faster than the server has taken them lately, its pause included."""
        while self._starts and self._starts[0] < now - _LATELY_SECONDS:
            self._starts.popleft()
        if self._starts:
            passed = max(self._paused_until - self._starts[0], now - self._starts[0], _SHORTEST_SPAN_SECONDS)
            self._gap = passed / len(self._starts)
        self._next_start = float("-inf")

    def learn(self, rates: Rates) -> None:
        """The server told its limits: keep to those that nobody set, and wait where one of them is used up."""
        now = self._clock.time()
        if self.limits.requests_per_minute is None and rates.requests_per_minute:
            self._requests = self._requests or _Bucket(rates.requests_per_minute)
            self._requests.learn(rates.requests_per_minute, rates.requests_left, now)
        if self.limits.tokens_per_minute is None and rates.tokens_per_minute:
            self._tokens = self._tokens or _Bucket(rates.tokens_per_minute)
            self._tokens.learn(rates.tokens_per_minute, rates.tokens_left, now)
        if rates.full_again_seconds is not None:
            pause = min(rates.full_again_seconds, _LONGEST_LEARNED_PAUSE_SECONDS)
            self._paused_until = max(self._paused_until, now + pause)

    def failed(self, error: ModelError) -> None:
        """A call failed in a way that may pass: a whole round of them in a row pauses all lanes, a sixth halts them."""
        self._failed_in_a_row += 1
        if self._failed_in_a_row < max(_SMALLEST_ROUND, self.limits.lanes):
            return
        self._failed_in_a_row = 0
        self._failed_rounds += 1
        if self._failed_rounds < _ROUNDS:
            self.limited(self._clock.time(), 2.0**self._failed_rounds)
            return
        last = str(error).removeprefix(f"{error.model}: ")
        why = (
            f"{last} No call was answered any more, for a minute at least. What was answered is kept: run again later."
        )
        self.halt(ModelError(error.model, why, fatal=True))

    def halt(self, error: ModelError) -> None:
        """Let no further call start: whoever waits gets this error. Calls under way may end."""
        self._halted = self._halted or error
        for turn in self._waiting:
            if not turn.done():
                turn.set_result(False)
        self._waiting.clear()
        for rest in self._resting:
            _wake(rest)

    async def _enter(self, tokens: float) -> None:
        await self._take()
        held = True
        try:
            allowed: float | None = None
            while True:
                while (wait := self._paused_until - self._clock.time()) > 0:
                    await self.rest(wait)
                    if self._busy > self.open:  # lanes closed meanwhile: not all that waited may go on
                        self._leave()
                        held = False
                        await self._take()
                        held = True
                allowed = self._allowance(tokens) if allowed is None else 0.0
                await self.rest(allowed)
                await self._wait_for_turn()
                if self._paused_until <= self._clock.time():  # nobody was refused while this waited for its turn
                    return
        except BaseException:
            if held:
                self._leave()
            raise

    def _allowance(self, tokens: float) -> float:
        """Take what a call needs of the allowances a minute; seconds until it may start."""
        now = self._clock.time()
        wait = self._requests.take(1, now) if self._requests else 0.0
        return max(wait, self._tokens.take(tokens, now)) if self._tokens else wait

    async def _wait_for_turn(self) -> None:
        """Wait until this call may start, as far behind the one before as calls are kept apart."""
        for _ in range(_MOST_TURNS):
            start = max(self._clock.time(), self._next_start)
            apart = max(self._apart, self._gap)
            self._next_start = start + apart
            await self.rest(start - self._clock.time())
            # Where the processor was held up, the turns of others have come as well: they are taken anew. Not for
            # ever: on a machine that is always late nobody would start.
            if self._clock.time() - start <= max(apart, _LATE_SECONDS):
                return

    async def _take(self) -> None:
        self._raise_if_halted()
        if self._busy < self.open and not self._waiting:
            self._busy += 1
            return
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            admitted = await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self._leave()
            raise
        if self._halted and admitted:
            self._leave()
        self._raise_if_halted()

    def _leave(self) -> None:
        self._busy -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._busy < self.open:
            turn = self._waiting.popleft()
            if not turn.done():
                self._busy += 1
                turn.set_result(True)

    def _raise_if_halted(self) -> None:
        if self._halted:
            raise self._halted

    @property
    def _clock(self) -> Clock:
        return self._given_clock or asyncio.get_running_loop()


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
