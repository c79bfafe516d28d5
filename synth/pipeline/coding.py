"""The reading proper: every chunk of every transcript is asked once, and what comes of it is stored at once.

Its promises: a chunk whose answer was stored is not asked again; one that fails costs nobody else anything and is
listed by name; a failure that every call must share stops the run after what was answered has been stored. There is no
barrier between interviews: whoever is free takes the next chunk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from synth.analyst import Analyst, CodeChunk
from synth.asking import Coded, Tally, code
from synth.chunk import chunk_lines
from synth.domain import Chunk, Refusal, Transcript
from synth.errors import ModelError
from synth.extract import extract_findings
from synth.frameworks import Framework
from synth.lanes import Lanes
from synth.pipeline.budget import Budget, BudgetReachedError
from synth.pipeline.progress import Progress
from synth.results import Failure
from synth.store import Coding, Store, Study

BUILT_IN_LANGUAGES = ("en", "nl")


@dataclass(slots=True)
class CodingOutcome:
    """What coding the transcripts of a study came to in this run."""

    chunks: int = 0
    skipped: int = 0
    """Chunks that were coded by this very request before."""
    failures: list[Failure] = field(default_factory=list)
    left: int = 0
    """Chunks not asked, because the budget was reached or the model refused every call."""
    stopped: BudgetReachedError | None = None
    fatal: ModelError | None = None


@dataclass(frozen=True, slots=True)
class Coder:
    """Everything that coding needs besides the transcripts."""

    store: Store
    study: Study
    framework: Framework
    analyst: Analyst
    lanes: Lanes
    budget: Budget
    progress: Progress
    tally: Tally


def coding_tasks(study: Study, framework: Framework, transcripts: Iterable[Transcript]) -> Iterator[CodeChunk]:
    """One task a chunk, made as it is taken, so that memory does not grow with the study."""
    for transcript in transcripts:
        for chunk in chunk_lines(transcript):
            yield CodeChunk(transcript, chunk, framework, study.subject, transcript.language)


def unreadable(analyst: Analyst, transcript: Transcript) -> str | None:
    """Why this analyst can't read this transcript; None where it can."""
    if analyst.model == "offline" and transcript.language not in (*BUILT_IN_LANGUAGES, "und"):
        return (
            f"its language is '{transcript.language}'; the built-in reader reads English and Dutch. "
            "Choose a model with --model."
        )
    if not any(speaker.participant for speaker in transcript.speakers):
        return "no participant speaks in it. Name who asks with --interviewer, so that the others are participants."
    return None


async def code_transcripts(coder: Coder, transcripts: Iterable[Transcript], chunks: int) -> CodingOutcome:
    """Code what is not coded yet.

    Args:
        coder: who codes, and where results go.
        transcripts: as this analyst may see them.
        chunks: how many chunks they have, for those who watch.
    """
    outcome = CodingOutcome(chunks=chunks)
    coder.progress.begin("Reading interviews", chunks)
    tasks = coding_tasks(coder.study, coder.framework, transcripts)

    async def work() -> None:
        for task in tasks:
            if outcome.stopped or outcome.fatal:
                outcome.left += 1
                continue
            await _code_one(coder, task, outcome)
            if outcome.fatal is None:
                coder.progress.advance()
            # An analyst that answers at once never waits: let the others and the screen have a turn.
            await asyncio.sleep(0)

    await asyncio.gather(*(work() for _ in range(min(coder.lanes.limits.lanes, max(1, chunks)))))
    coder.progress.end()
    return outcome


async def _code_one(coder: Coder, task: CodeChunk, outcome: CodingOutcome) -> None:
    request = coder.analyst.request(task)
    if coder.store.has_coding(coder.study, task.transcript.id, request.key):
        outcome.skipped += 1
        return
    expected = coder.budget.expect(request) if coder.store.answer(request.key) is None else 0.0
    own = Tally()
    try:
        coder.budget.reserve(expected)
    except BudgetReachedError as error:
        outcome.stopped, outcome.left = error, outcome.left + 1
        return
    try:
        coded = await code(coder.analyst, task, coder.store, coder.lanes, tally=own)
    except ModelError as error:
        outcome.fatal, outcome.left = error, outcome.left + 1
        return
    finally:
        coder.budget.settle(expected, own.cost_usd)
        coder.tally.add(own)
        # Also where it failed: whose words stand in a stored call must be known when somebody withdraws.
        coder.store.note_use(coder.study, request.key, _people(task))
    _store(coder, task, coded, outcome)


def _store(coder: Coder, task: CodeChunk, coded: Coded, outcome: CodingOutcome) -> None:
    for part in coded.parts:
        request = coder.analyst.request(part.task)
        findings, refusals = extract_findings(part.task, part.asked.reply)
        refusals += [
            Refusal(part.task.chunk.id, "repair", None, None, f"the reply was repaired: {repair}")
            for repair in part.asked.repairs
        ]
        coding = _coding(coder.analyst, part.task.chunk, request.key, request.prompt_version)
        coder.store.put_coding(coder.study, part.task.chunk, coding, findings, refusals)
        coder.store.note_use(coder.study, request.key, _people(part.task))
    for chunk, error in coded.failures:
        coder.store.note_use(coder.study, coder.analyst.request(replace(task, chunk=chunk)).key, _people(task))
        failed = Coding(
            chunk.transcript_id, f"failed:{chunk.id}", chunk.first_line, chunk.last_line, coder.analyst.model, "",
            "failed", str(error),
        )  # fmt: skip
        coder.store.put_coding(coder.study, chunk, failed)
        name = f"{task.transcript.name}, lines {chunk.first_line} to {chunk.last_line}"
        outcome.failures.append(Failure(name, str(error)))


def _coding(analyst: Analyst, chunk: Chunk, key: str, version: str) -> Coding:
    return Coding(chunk.transcript_id, key, chunk.first_line, chunk.last_line, analyst.model, version, "coded")


def _people(task: CodeChunk) -> set[str]:
    return {speaker.participant for speaker in task.transcript.speakers if speaker.participant}
