"""The reading proper: every chunk of every transcript is asked once, and what comes of it is stored at once.

Its promises: a chunk whose answer was stored is not asked again; one that fails costs nobody else anything and is
listed by name; a failure that every call must share stops the run after what was answered has been stored. There is no
barrier between interviews: whoever is free takes the next chunk. Further passes over a chunk follow on its first, and
one that fails leaves what the passes before found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial

from synth.analyst import AgainReply, Analyst, CodeAgain, CodeChunk, Request
from synth.asking import Coded, Part, Tally, called, code
from synth.built_in import BUILT_IN_LANGUAGES, is_built_in
from synth.chunk import DEFAULT_SIZE_CHARACTERS, chunk_lines
from synth.collecting import collecting_seldom
from synth.domain import Chunk, Code, Finding, Refusal, Transcript
from synth.errors import ModelError
from synth.extract import extract_findings
from synth.frameworks import Framework
from synth.lanes import Lanes
from synth.passes import take_pass
from synth.pipeline.budget import Budget, BudgetReachedError
from synth.pipeline.progress import Progress
from synth.pipeline.writer import Writer, writing
from synth.results import Failure
from synth.store import Coding, Shelf, Store, Study


@dataclass(slots=True)
class CodingOutcome:
    """What coding the transcripts of a study came to in this run."""

    chunks: int = 0
    skipped: int = 0
    """Chunks that were coded by this very request before."""
    failures: list[Failure] = field(default_factory=list)
    left: int = 0
    """About how many chunks were not asked, because the run was stopped."""
    stopped: BudgetReachedError | None = None
    fatal: ModelError | None = None
    waiting: int = 0
    """Chunks that are in a batch which the provider has not worked off yet."""


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
    passes: int = 1
    """How often each chunk is read."""
    waiting: frozenset[str] = frozenset()
    """Keys of requests that are in a batch: they are left alone."""
    codes: tuple[Code, ...] = ()
    """The study's codebook, where it is read with one."""


def coding_tasks(
    study: Study, framework: Framework, transcripts: Iterable[Transcript], codes: tuple[Code, ...]
) -> Iterator[CodeChunk]:
    """One task a chunk, made as it is taken, so that memory does not grow with the study."""
    for transcript in transcripts:
        for chunk in chunk_lines(transcript):
            yield CodeChunk(transcript, chunk, framework, study.subject, transcript.language, codes)


def expected_chunks(store: Store, study: Study, transcripts: Shelf) -> int:
    """About how many chunks transcripts have, by the lengths of their lines: none of them is looked at."""
    sizes = store.sizes(study)
    return sum(-(-sizes.get(id_, 0) // DEFAULT_SIZE_CHARACTERS) for id_ in transcripts.ids)


def unreadable(model: str, transcript: Transcript) -> str | None:
    """Why this model can't read this transcript, of which no text is looked at; None where it can."""
    if is_built_in(model) and transcript.language not in (*BUILT_IN_LANGUAGES, "und"):
        return (
            f"its language is '{transcript.language}'; the built-in reader reads English and Dutch. "
            "Choose a model with --model."
        )
    if not transcript.people:
        return "no participant speaks in it. Name who asks with --interviewer, so that the others are participants."
    return None


async def code_transcripts(coder: Coder, transcripts: Iterable[Transcript], chunks: int) -> CodingOutcome:
    """Code what is not coded yet.

    Args:
        coder: who codes, and where results go.
        transcripts: as this analyst may see them.
        chunks: about how many chunks they have, for those who watch.
    """
    outcome = CodingOutcome()
    coder.progress.begin("Reading interviews", chunks)
    tasks = coding_tasks(coder.study, coder.framework, transcripts, coder.codes)
    taking = asyncio.Lock()

    async def work(writer: Writer) -> None:
        while True:
            try:
                async with taking:
                    # What came back meanwhile has its turn first: before the next interview is taken its names may
                    # have to be replaced.
                    await asyncio.sleep(0)
                    # Names in what is left are replaced when it is read: nobody waits for that to hear of the end.
                    task = next(tasks, None) if outcome.fatal is None and outcome.stopped is None else None
                if task is None:
                    return
                outcome.chunks += 1
                await _code_one(coder, writer, task, outcome)
            except BaseException:
                # Nothing can be stored, or somebody ends the run: nobody else asks for what would be lost.
                coder.lanes.halt(ModelError(coder.analyst.model, "the run ends.", fatal=True))
                raise
            if outcome.fatal is None:
                coder.progress.advance()
            # An analyst that answers at once never waits: let the others and the screen have a turn.
            await asyncio.sleep(0)

    # More at work than there are lanes: while some ask, others have their next prompt ready or store what came back.
    with collecting_seldom():
        async with writing(coder.store) as writer:
            await asyncio.gather(*(work(writer) for _ in range(2 * coder.lanes.limits.lanes)))
    if outcome.stopped:
        unseen = max(0, chunks - outcome.chunks)
        outcome.left, outcome.chunks = outcome.left + unseen, outcome.chunks + unseen
    coder.progress.end()
    return outcome


async def _code_one(coder: Coder, writer: Writer, task: CodeChunk, outcome: CodingOutcome) -> None:
    request = coder.analyst.request(task)
    if coder.passes == 1 and coder.store.has_coding(coder.study, task.transcript.id, request.key):
        outcome.skipped += 1
        return
    if request.key in coder.waiting:
        outcome.waiting += 1
        return
    coded = await _coded(coder, writer, task, request, outcome)
    if coded is None:
        return
    for part, findings in await _store(coder, writer, task, coded, outcome):
        await _read_again(coder, writer, part, findings, outcome)


async def _read_again(
    coder: Coder, writer: Writer, first: CodeChunk, found: Sequence[Finding], outcome: CodingOutcome
) -> None:
    """All passes after the first over one part of a chunk, each shown what those before it found, while they add."""
    for number in range(2, coder.passes + 1):
        task = CodeAgain(**{one.name: getattr(first, one.name) for one in fields(first)}, found=tuple(found))
        request = coder.analyst.request(task)
        if request.key in coder.waiting:
            outcome.waiting += 1
            return
        coded = await _coded(coder, writer, task, request, outcome)
        if coded is None:
            return
        added = await _store_again(coder, writer, task, coded, number, outcome)
        if not added:
            return  # a next pass would be asked the very same
        found = [*found, *added]


async def _coded(
    coder: Coder, writer: Writer, task: CodeChunk, request: Request, outcome: CodingOutcome
) -> Coded | None:
    """What comes of asking, within the budget; None where the run ends here, or somebody left who speaks in it."""
    if not coder.store.are_there(coder.study, task.transcript.people):
        _note_left(coder, task, outcome)
        return None
    expected = coder.budget.expect(request)
    if expected and coder.store.answer(request.key) is not None:
        expected = 0.0
    own = Tally()
    try:
        coder.budget.reserve(expected)
    except BudgetReachedError as error:
        outcome.stopped, outcome.left = error, outcome.left + 1
        return None
    coded: Coded | None = None
    try:
        coded = await code(coder.analyst, task, writer, coder.lanes, tally=own)
        return coded
    except ModelError as error:
        outcome.fatal = error
        return None
    finally:
        coder.budget.settle(expected, own.cost_usd)
        coder.tally.add(own)
        # Also where it failed: whose words stand in a stored call must be known when somebody withdraws. What was coded
        # in one piece is noted along with what came of it.
        if coded is None or [part.task for part in coded.parts] != [task]:
            coder.store.note_use(coder.study, request.key, task.transcript.people)


async def _store(
    coder: Coder, writer: Writer, task: CodeChunk, coded: Coded, outcome: CodingOutcome
) -> list[tuple[CodeChunk, list[Finding]]]:
    """Store what a first pass came to.

    Returns:
        Each part of the chunk that was coded, with its findings.
    """
    parts = []
    for part in coded.parts:
        findings, refusals = extract_findings(part.task, part.asked.reply, by_built_in=is_built_in(coder.analyst.model))
        put = partial(_put, coder, part, coder.analyst.request(part.task), 1, findings, refusals)
        if await writer.do(put, with_others=coder.lanes.busy > 0):
            parts.append((part.task, findings))
        else:
            _note_left(coder, part.task, outcome)
    await _put_failures(coder, writer, task, coded, 1, outcome)
    return parts


async def _store_again(
    coder: Coder, writer: Writer, task: CodeAgain, coded: Coded, number: int, outcome: CodingOutcome
) -> tuple[Finding, ...]:
    """Store what a further pass came to.

    Returns:
        What it added.
    """
    added: list[Finding] = []
    for part in coded.parts:
        assert isinstance(part.task, CodeAgain)
        assert isinstance(part.asked.reply, AgainReply)
        passed = take_pass(part.task, part.asked.reply)
        findings = [*passed.carried, *passed.added]
        request = coder.analyst.request(part.task)
        put = partial(_put, coder, part, request, number, findings, passed.refusals)
        if await writer.do(put, with_others=coder.lanes.busy > 0):
            added += passed.added
        else:
            _note_left(coder, part.task, outcome)
    await _put_failures(coder, writer, task, coded, number, outcome)
    return tuple(added)


def _put(
    coder: Coder,
    part: Part,
    request: Request,
    number: int,
    findings: Sequence[Finding],
    refusals: Sequence[Refusal],
    store: Store,
) -> bool:
    """Whether it could be stored: not where somebody left while it was asked."""
    chunk, key = part.task.chunk, request.key
    with store.write():  # one wait for the disk
        there = store.are_there(coder.study, part.task.transcript.people)
        if there and not store.has_coding(coder.study, chunk.transcript_id, key):
            repaired = [
                Refusal(chunk.id, "repair", None, None, f"the reply was repaired: {repair}")
                for repair in part.asked.repairs
            ]
            coding = Coding(
                chunk.transcript_id, key, chunk.first_line, chunk.last_line, coder.analyst.model,
                request.prompt_version, "coded", None, number,
            )  # fmt: skip
            store.put_coding(coder.study, chunk, coding, findings, [*refusals, *repaired])
        # Also where nothing is stored: by that the call is found when the run ends, and removed.
        store.note_use(coder.study, key, part.task.transcript.people)
    return there


def _note_left(coder: Coder, task: CodeChunk, outcome: CodingOutcome) -> None:
    """Somebody who speaks in a chunk left; what others said in it stands there under the same numbers."""
    if task.transcript.id in coder.store.shelf(coder.study).ids:
        outcome.failures.append(Failure(called(task), "somebody who speaks in it left meanwhile. Run again."))


async def _put_failures(
    coder: Coder, writer: Writer, task: CodeChunk, coded: Coded, number: int, outcome: CodingOutcome
) -> None:
    again = f", pass {number}" if number > 1 else ""
    for chunk, error in coded.failures:
        piece = replace(task, chunk=chunk)
        place = called(piece)
        why = str(error).removeprefix(f"{place}: ")
        key = coder.analyst.request(piece).key
        failed = Coding(
            chunk.transcript_id, f"failed:{chunk.id}" + (f":{number}" if number > 1 else ""), chunk.first_line,
            chunk.last_line, coder.analyst.model, "", "failed", why, number,
        )  # fmt: skip
        await writer.do(partial(_put_failure, coder, task, chunk, key, failed))
        outcome.failures.append(Failure(place + again, why))


def _put_failure(coder: Coder, task: CodeChunk, chunk: Chunk, key: str, failed: Coding, store: Store) -> None:
    with store.write():
        store.note_use(coder.study, key, task.transcript.people)
        if store.are_there(coder.study, task.transcript.people):
            store.put_coding(coder.study, chunk, failed)
