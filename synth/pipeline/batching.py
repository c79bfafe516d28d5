"""Reading by batch: hand in what is not answered yet, come back for it later, and ask live what a batch refused.

A batch is noted in the database before it is handed in and found again by its mark, so that a program that ends between
the two pays nothing twice. A request that waits in a batch is not asked live by any run. Answers are stored as if they
had come live, and used from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from synth.analyst import Answer, CodeChunk, Request
from synth.asking import Tally
from synth.batches import MOST_BYTES, MOST_LINES, Batches, BatchState
from synth.domain import content_id
from synth.errors import ModelError, NotFoundError
from synth.llm import ModelAnalyst
from synth.pipeline.budget import BudgetReachedError
from synth.pipeline.coding import Coder
from synth.store import Store, Study
from synth.store.base import now_utc
from synth.store.batching import Batch

_UNNAMED = "unnamed:"


@dataclass(slots=True)
class BatchWork:
    """What one run did with batches."""

    collected: int = 0
    """Answers that came back."""
    submitted: int = 0
    """Requests handed in now."""
    refused: int = 0
    """Requests that came back without an answer."""
    tally: Tally = field(default_factory=Tally)
    """Tokens and cost of what came back."""
    notes: list[str] = field(default_factory=list)


async def work_batches(coder: Coder, tasks: Iterable[CodeChunk]) -> BatchWork:
    """Collect what is done, and hand in what was never asked.

    Raises:
        ModelError: the provider did not answer, or refused the batch as a whole.
        SettingError: this provider has no batches.
    """
    analyst = _asks_a_model(coder)
    batches, work = Batches(analyst), BatchWork()
    came: dict[str, Answer] = {}
    for batch in coder.store.batches(coder.study, open_only=True):
        if batch.model == analyst.model:
            came |= await _collect(coder, batches, batch, work)
    todo: list[tuple[CodeChunk, Request]] = []
    taken = coder.store.waiting_keys(coder.study, analyst.model) | coder.store.refused_keys(coder.study, analyst.model)
    for task in tasks:
        request = analyst.request(task)
        answer = came.pop(request.key, None)
        if answer is not None:
            _keep(coder, request, answer, task.transcript.people)
        elif request.key not in taken and coder.store.answer(request.key) is None:
            todo.append((task, request))
    await _hand_in(coder, batches, todo, work)
    return work


def _asks_a_model(coder: Coder) -> ModelAnalyst:
    analyst = coder.analyst
    if not isinstance(analyst, ModelAnalyst):
        raise ModelError(analyst.model, "it is not asked over a network, so there is nothing to batch.", fatal=True)
    return analyst


# --- Coming back for it ------------------------------------------------------------------------------------------


async def _collect(coder: Coder, batches: Batches, batch: Batch, work: BatchWork) -> dict[str, Answer]:
    """Store what came back of a batch; the answers, by key, that are to be stored once more, with their prompts."""
    batch_id = await _named(coder, batches, batch)
    if batch_id is None:
        return {}
    state = await batches.look(batch_id)
    if state.under_way:
        work.notes.append(f"Batch {batch_id} is under way: {state.answered} of {batch.requests} requests are answered.")
        return {}
    lines = await batches.collect(state)
    came: dict[str, Answer] = {}
    with coder.store.write():  # one wait for the disk, and nobody withdraws in the middle of it
        known = coder.store.batch_requests(batch_id)
        for key, line in lines.items():
            about = known.get(key)
            if about is None:  # somebody withdrew meanwhile
                continue
            if line.answer is not None and coder.store.answer(key) is None:
                request = Request(key, about.task, coder.analyst.model, "", about.prompt_version)
                _keep(coder, request, line.answer, about.participant_ids)
                came[key] = line.answer
                work.tally.count(line.answer)
            coder.store.settle_request(batch_id, key, line.why)
            work.refused += line.answer is None
        refused = _end(coder, state, work, len(known))
    work.collected += len(came)
    if not await batches.forget(state):
        work.notes.append(f"Batch {batch_id}: the provider did not delete its files. Delete them in its console.")
    if refused is not None:
        raise refused
    return came


async def _named(coder: Coder, batches: Batches, batch: Batch) -> str | None:
    """The provider's id of a batch; None where it was never handed in, which is then forgotten."""
    if not batch.id.startswith(_UNNAMED):
        return batch.id
    found = await batches.find(batch.id.removeprefix(_UNNAMED))
    if found is None:
        coder.store.drop_batch(batch.id)
    else:
        coder.store.name_batch(batch.id, found)
    return found


def _end(coder: Coder, state: BatchState, work: BatchWork, requests: int) -> ModelError | None:
    """Note how a batch ended; the error that stops the run, where it was refused as a whole."""
    if state.status == "completed":
        coder.store.end_batch(state.id, "collected")
        return None
    reason = f" ({state.code})" if state.code else ""
    ended = "cancelled" if state.status == "cancelled" else "failed"
    coder.store.end_batch(state.id, ended, f"{state.status}{reason}")
    if state.status == "failed":
        why = (
            f"the provider refused batch {state.id}{reason}. Nothing in it was answered: run again with --batch to "
            "hand it in anew, or without to ask live."
        )
        return ModelError(coder.analyst.model, why, fatal=True)
    work.notes.append(
        f"Batch {state.id} was {state.status} after {state.answered} of {requests} requests{reason}; what it has not "
        "answered is handed in anew."
    )
    return None


def _keep(coder: Coder, request: Request, answer: Answer, people: Iterable[str]) -> None:
    with coder.store.write():
        coder.store.keep(request.key, request, answer)
        coder.store.note_use(coder.study, request.key, people)


# --- Handing it in -----------------------------------------------------------------------------------------------


async def _hand_in(coder: Coder, batches: Batches, todo: Sequence[tuple[CodeChunk, Request]], work: BatchWork) -> None:
    for some in _portions(batches, _within_budget(coder, todo)):
        mark = content_id(coder.study.id, now_utc(), *(request.key for _, request in some))
        unnamed = f"{_UNNAMED}{mark}"
        coder.store.add_batch(
            coder.study, unnamed, coder.analyst.model, [(request, task.transcript.people) for task, request in some]
        )
        try:
            batch_id = await batches.submit(some, mark)
        except ModelError as error:
            if not error.retryable:  # else it may have come in, and the next run looks for its mark
                coder.store.drop_batch(unnamed)
            raise
        coder.store.name_batch(unnamed, batch_id)
        work.submitted += len(some)
        requests = "1 request" if len(some) == 1 else f"{len(some)} requests"
        work.notes.append(
            f"Batch {batch_id}: {requests} handed in. The provider answers within 24 hours; the same command collects."
        )


def _within_budget(coder: Coder, todo: Sequence[tuple[CodeChunk, Request]]) -> list[tuple[CodeChunk, Request]]:
    """As many as the budget carries; the rest will find it used up, and end the run there."""
    affordable: list[tuple[CodeChunk, Request]] = []
    for task, request in todo:
        try:
            coder.budget.reserve(coder.budget.expect(request) / 2)
        except BudgetReachedError:
            break
        affordable.append((task, request))
    return affordable


def _portions(
    batches: Batches, questions: Sequence[tuple[CodeChunk, Request]]
) -> Iterator[list[tuple[CodeChunk, Request]]]:
    portion: list[tuple[CodeChunk, Request]] = []
    size = 0
    for task, request in questions:
        length = len(batches.line(task, request))
        if portion and (len(portion) == MOST_LINES or size + length > MOST_BYTES):
            yield portion
            portion, size = [], 0
        portion.append((task, request))
        size += length
    if portion:
        yield portion


# --- Stopping it -------------------------------------------------------------------------------------------------


async def cancel_batch(store: Store, study: Study, batch_id: str) -> str:
    """Ask the provider to stop a batch.

    Returns:
        What that means, in a sentence.

    Raises:
        NotFoundError: the study has no open batch of this id.
        ModelError: the provider did not answer.
    """
    there = {batch.id: batch for batch in store.batches(study, open_only=True)}
    batch = there.get(batch_id)
    if batch is None:
        known = ", ".join(there) or "none"
        raise NotFoundError(f"'{study.name}' has no batch {batch_id} under way. There are: {known}.")
    analyst = ModelAnalyst(batch.model)
    try:
        await Batches(analyst).cancel(batch_id)
    finally:
        await analyst.close()
    return (
        f"Batch {batch_id} is being cancelled. What it has answered by then has to be paid: `synth run --batch` "
        "collects it, and ends the batch here."
    )
