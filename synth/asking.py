"""Asking an analyst, so that nothing is paid twice and nothing is lost.

A raw answer is kept before anything is made of it, and a kept answer is used instead of asking. An answer that cannot
be read, nor repaired without guessing, is asked for once more with the complaint told back; the second answer is kept
under a key made of the first one's and the complaint, so that a later run finds its way through both without a call.
Where neither will do both are set aside, and a later run asks anew. Failures that may pass are tried again with growing
pauses; those that every call must share stop all lanes.

A chunk whose reply is longer than the model can write, or that is longer than it can read, is asked in two halves.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, overload

from pydantic import BaseModel

from synth.analyst import (
    Analyst,
    Answer,
    CallStore,
    ChunkReply,
    ClaimsReply,
    CodeChunk,
    CritiqueClaims,
    CritiqueReply,
    DraftClaims,
    DraftMap,
    DraftPersona,
    MapReply,
    MergeLabels,
    MergeReply,
    PersonaReply,
    Request,
    Task,
)
from synth.chunk import halve_chunk
from synth.domain import Chunk, content_id
from synth.errors import CutOffError, ModelError, ReplyError, SynthError
from synth.lanes import Lanes
from synth.replies import Read, read_reply

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on trying after failures that may pass."""

    tries: int = 6
    tries_when_limited: int = 24
    """Of a call that the server turns away because it is asked too much: it is only late, not in trouble."""
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 30.0
    longest_asked_seconds: float = 300.0
    """A server that asks for a longer pause than this is not waited for."""
    jitter: Callable[[], float] = random.random
    """0 to 1: which part of the second half of a pause is waited, so that calls that failed together spread out."""

    def pause(self, failures: int) -> float:
        """Seconds to wait after this many failures in a row."""
        whole = min(self.longest_pause_seconds, self.first_pause_seconds * 2.0 ** (failures - 1))
        return whole * (0.5 + self.jitter() / 2)


DEFAULT_PATIENCE = Patience()


@dataclass(slots=True)
class Tally:
    """What asking took, summed as it goes: give the same one to many asks, it is right after failed ones too."""

    made: int = 0
    """Calls that were answered now."""
    reused: int = 0
    """Kept answers that were used."""
    failed: int = 0
    """Calls that were not answered, each try counted."""
    unusable: int = 0
    """Answers that could not be used, even when repaired."""
    repaired: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float = 0.0
    """Of the calls whose price is known."""
    unknown_costs: int = 0
    """Calls made whose price is unknown."""

    def count(self, answer: Answer) -> None:
        """Add what an answer took."""
        self.input_tokens += answer.input_tokens
        self.output_tokens += answer.output_tokens
        self.cached_tokens += answer.cached_tokens
        self.cost_usd += answer.cost_usd or 0.0
        self.unknown_costs += answer.cost_usd is None

    def add(self, other: Tally) -> None:
        """Add the figures of another."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Asked(Generic[R]):
    """A reply, how it came, and what that took."""

    reply: R
    key: str
    """Of the kept answer that the reply was read from."""
    repairs: tuple[str, ...]
    """What was repaired in it, in words; empty where it was right as it came."""
    made: int
    reused: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: float | None
    """Of the calls made now; None where the price of one is unknown."""


@dataclass(frozen=True, slots=True)
class Part:
    """A chunk, or a half of one, with its reply."""

    task: CodeChunk
    asked: Asked[ChunkReply]


@dataclass(frozen=True, slots=True)
class Coded:
    """A chunk as it was coded: in one part mostly, in more where it had to be split."""

    parts: tuple[Part, ...]
    failures: tuple[tuple[Chunk, SynthError], ...]
    """The pieces that could not be coded, with the reason; what the other pieces gave still counts."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Whom to ask and by what means."""

    analyst: Analyst
    calls: CallStore
    lanes: Lanes
    patience: Patience
    tally: Tally


@overload
async def ask(
    analyst: Analyst,
    task: CodeChunk,
    calls: CallStore,
    lanes: Lanes,
    *,
    patience: Patience = ...,
    tally: Tally | None = ...,
) -> Asked[ChunkReply]: ...
@overload
async def ask(
    analyst: Analyst,
    task: MergeLabels,
    calls: CallStore,
    lanes: Lanes,
    *,
    patience: Patience = ...,
    tally: Tally | None = ...,
) -> Asked[MergeReply]: ...
@overload
async def ask(
    analyst: Analyst,
    task: DraftPersona,
    calls: CallStore,
    lanes: Lanes,
    *,
    patience: Patience = ...,
    tally: Tally | None = ...,
) -> Asked[PersonaReply]: ...
@overload
async def ask(
    analyst: Analyst,
    task: DraftMap,
    calls: CallStore,
    lanes: Lanes,
    *,
    patience: Patience = ...,
    tally: Tally | None = ...,
) -> Asked[MapReply]: ...
@overload
async def ask(
    analyst: Analyst,
    task: DraftClaims,
    calls: CallStore,
    lanes: Lanes,
    *,
    patience: Patience = ...,
    tally: Tally | None = ...,
) -> Asked[ClaimsReply]: ...
@overload
async def ask(
    analyst: Analyst,
    task: CritiqueClaims,
    calls: CallStore,
    lanes: Lanes,
    *,
    patience: Patience = ...,
    tally: Tally | None = ...,
) -> Asked[CritiqueReply]: ...
async def ask(
    analyst: Analyst,
    task: Task,
    calls: CallStore,
    lanes: Lanes,
    *,
    patience: Patience = DEFAULT_PATIENCE,
    tally: Tally | None = None,
) -> Asked[Any]:
    """The reply to a task: read from a kept answer, else asked for.

    Args:
        analyst: who is asked.
        task: what it is asked.
        calls: where answers are kept.
        lanes: what every call to this analyst goes through.
        patience: how long to go on after failures that may pass.
        tally: takes the figures too, also where this fails.

    Raises:
        ModelError: nobody answered. Where it is fatal the lanes are halted.
        CutOffError: the answer to a chunk that can be halved ends before it is complete, at the model's length limit or
            twice in a row: what was answered stays kept, and `code` goes on from there.
        ReplyError: neither answer can be used; both are set aside.
    """
    own = Tally()
    way = _Way(analyst, calls, lanes, patience, own)
    try:
        key, read = await _reply(way, task)
    finally:
        if tally is not None:
            tally.add(own)
    return Asked(
        reply=read.reply,
        key=key,
        repairs=read.repairs,
        made=own.made,
        reused=own.reused,
        input_tokens=own.input_tokens,
        output_tokens=own.output_tokens,
        cached_tokens=own.cached_tokens,
        cost_usd=None if own.unknown_costs else own.cost_usd,
    )


async def code(
    analyst: Analyst,
    task: CodeChunk,
    calls: CallStore,
    lanes: Lanes,
    *,
    patience: Patience = DEFAULT_PATIENCE,
    tally: Tally | None = None,
) -> Coded:
    """Code a chunk, in halves of halves where the model can't read or answer it whole.

    Raises:
        ModelError: only one that is fatal; what else goes wrong with a model or its replies is in the result.
    """
    try:
        asked = await ask(analyst, task, calls, lanes, patience=patience, tally=tally)
        return Coded((Part(task, asked),), ())
    except (ModelError, ReplyError) as error:
        if isinstance(error, ModelError) and error.fatal:
            raise
        halves = _halves(task) if _may_do_in_halves(error) else []
        if not halves:
            return Coded((), ((task.chunk, error),))
    # Both to their end, so that what one half was paid for is kept whatever the other does.
    results = await asyncio.gather(
        *(code(analyst, half, calls, lanes, patience=patience, tally=tally) for half in halves), return_exceptions=True
    )
    coded: list[Coded] = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        coded.append(result)
    return Coded(tuple(p for c in coded for p in c.parts), tuple(f for c in coded for f in c.failures))


def _may_do_in_halves(error: SynthError) -> bool:
    return isinstance(error, CutOffError) or (isinstance(error, ModelError) and error.too_long)


def _halves(task: CodeChunk) -> list[CodeChunk]:
    halves = halve_chunk(task.transcript, task.chunk)
    return [] if halves == (task.chunk,) else [replace(task, chunk=half) for half in halves]


# --- One reply ---------------------------------------------------------------------------------------------------


async def _reply(way: _Way, task: Task) -> tuple[str, Read[Any]]:
    """The key of the answer that could be used, and what it says."""
    request = way.analyst.request(task)
    answer = await _answer(way, task, request, request.key, None)
    try:
        return request.key, _read(way, answer, task)
    except ReplyError as error:
        if answer.cut_off and _halves_help(task, error):
            raise
        complaint = str(error)
    second_key = content_id(request.key, complaint)
    second = await _answer(way, task, request, second_key, complaint)
    try:
        return second_key, _read(way, second, task)
    except ReplyError as error:
        if _halves_help(task, error):
            raise
        await _done(way.calls.set_aside(request.key, complaint))
        await _done(way.calls.set_aside(second_key, str(error)))
        raise type(error)(
            f"{called(task)}: the answer could not be used, nor the one after a complaint. {error.why} "
            "Run again to ask anew, or try another model."
        ) from error


def _halves_help(task: Task, error: ReplyError) -> bool:
    return isinstance(error, CutOffError) and isinstance(task, CodeChunk) and bool(_halves(task))


def _read(way: _Way, answer: Answer, task: Task) -> Read[Any]:
    try:
        read: Read[Any] = read_reply(answer.raw, task.reply)
    except ReplyError:
        way.tally.unusable += 1
        raise
    way.tally.repaired += bool(read.repairs)
    return read


async def _answer(way: _Way, task: Task, request: Request, key: str, complaint: str | None) -> Answer:
    """The kept answer of this key, else a new one, which is kept before it is given."""
    async with way.lanes.alone(key):
        kept = way.calls.answer(key)
        if kept is not None:
            way.tally.reused += 1
            return kept
        answer = await _asked_patiently(way, task, request, key, complaint)
    way.tally.made += 1
    way.tally.count(answer)
    return answer


async def _done(storing: Awaitable[None] | None) -> None:
    if storing is not None:
        await storing


async def _asked_patiently(way: _Way, task: Task, request: Request, key: str, complaint: str | None) -> Answer:
    failures = 0
    while True:
        try:
            return await _asked_once(way, task, request, key, complaint)
        except ModelError as error:
            failures += 1
            if error.fatal:
                way.lanes.halt(error)
                raise
            asked = error.retry_after_seconds or 0.0
            if asked > way.patience.longest_asked_seconds:
                error = ModelError(
                    error.model,
                    f"the server asks to wait {asked / 60:.0f} minutes. Run again then: what was answered is kept.",
                    fatal=True,
                )
                way.lanes.halt(error)
                raise error from None
            tries = way.patience.tries_when_limited if error.limited else way.patience.tries
            if not error.retryable or failures >= tries:
                raise
            # The pause that the server asks for is kept by all lanes; this call's own only spreads the next tries.
            await way.lanes.rest(way.patience.pause(failures))


async def _asked_once(way: _Way, task: Task, request: Request, key: str, complaint: str | None) -> Answer:
    # What takes time before the first call is no reason to hold a lane: all of them would then start at once.
    prepare = getattr(way.analyst, "prepare", None)
    if prepare is not None:
        await prepare()
    async with way.lanes.lane(tokens=len(request.prompt) / 4) as started:
        try:
            answer = await way.analyst.answer(task, request, complaint)
        except ModelError as error:
            way.tally.failed += 1
            if error.limited:
                way.lanes.limited(started, error.retry_after_seconds)
            elif error.retryable:
                way.lanes.failed(error)
            raise
        way.lanes.answered()
        if answer.rates is not None:
            way.lanes.learn(answer.rates)
        # Within the lane: whenever a run is killed, no more answers than there are lanes are paid for and not kept.
        await _done(way.calls.keep(key, request, answer))
        return answer


def called(task: Task) -> str:
    """Which task this is, by names that are nobody's words; an error about its answers begins with it."""
    if isinstance(task, CodeChunk):
        return f"{task.transcript.name}, lines {task.chunk.first_line} to {task.chunk.last_line}"
    return task.name
