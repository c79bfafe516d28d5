"""What a run would read, send and cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from synth.analyst import Request
from synth.domain import Transcript
from synth.pipeline.analysts import OFFLINE, open_analyst
from synth.pipeline.changes import asked_anew
from synth.pipeline.codebooks import load_codebook
from synth.pipeline.coding import coding_tasks, unreadable
from synth.pipeline.loading import study_framework
from synth.pipeline.names import transcripts_for
from synth.pipeline.progress import Progress
from synth.pipeline.reading import read_files
from synth.pipeline.run import RunSettings, prepare_study
from synth.results import Failure
from synth.store import copy_store

if TYPE_CHECKING:
    from synth.llm import Expected

SECONDS_A_CALL = 20.0
"""Of a hosted model that writes some 2,500 tokens; your own machine may be much slower."""
DRAFTS_SHARE = 0.35
"""What grouping and drafting add to what reading takes, from trials; it depends on what is found."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would take."""

    model: str
    transcripts: int
    chunks: int
    chunks_done: int
    """Those that were answered before: they cost nothing."""
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    """None where the price is unknown."""
    minutes: float
    lanes: int
    failures: tuple[Failure, ...]
    changed: str | None = None
    """What was read before and would be asked anew, in a sentence."""

    def as_json(self) -> dict[str, object]:
        """As `synth run --dry-run --json` prints it."""
        return asdict(self)


def estimate_run(settings: RunSettings, progress: Progress) -> Estimate:
    """Read the files, render every prompt, and add up; the database is not changed and nobody is asked.

    Raises:
        SynthError: as `run_study`, before the first call.
    """
    store = copy_store(settings.db)
    try:
        study = prepare_study(store, settings)
        analyst = open_analyst(settings.model, store, settings.timeout_seconds, settings.embeddings)
        read = read_files(store, study, settings.paths, settings.reading, progress, sample=settings.sample)
        codes = load_codebook(settings.codebook) if settings.codebook is not None else store.codebook(study)
        failures = [*read.failures]
        readable: list[Transcript] = []
        for transcript in transcripts_for(store, study, analyst, settings.names, dry=True):
            why = unreadable(analyst, transcript)
            if why is None:
                readable.append(transcript)
            else:
                failures.append(Failure(transcript.name, why))
        todo: list[Expected] = []
        framework, chunks = study_framework(study), 0
        for task in coding_tasks(study, framework, readable, codes):
            chunks += 1
            request = analyst.request(task)
            if settings.model != OFFLINE and store.answer(request.key) is None:
                todo.append(_expected(request, settings))
        tokens_in, tokens_out, cost, seconds = _sum(todo, settings)
        again = asked_anew(store, study, analyst, coding_tasks(study, framework, readable, codes), settings.passes)
        return Estimate(
            model=settings.model,
            transcripts=len(readable),
            chunks=chunks,
            chunks_done=0 if settings.model == OFFLINE else chunks - len(todo),
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cost_usd=cost,
            minutes=seconds / settings.limits.lanes / 60,
            lanes=settings.limits.lanes,
            failures=tuple(failures),
            changed=None if again is None else again.sentence(),
        )
    finally:
        store.close()


def _expected(request: Request, settings: RunSettings) -> Expected:
    from synth.llm import expected, expected_of_passes

    return expected_of_passes(expected(request), settings.passes)


def _sum(each: Sequence[Expected], settings: RunSettings) -> tuple[int, int, float | None, float]:
    """Tokens in, tokens out, dollars, and seconds of calls, drafting included; a batch is half the price."""
    # Drafting follows on what one pass over everything takes, and is asked live.
    reading, drafting = 0.5 if settings.batch else 1.0, DRAFTS_SHARE / settings.passes
    costs = [one.cost_usd for one in each if one.cost_usd is not None]
    return (
        round((1 + drafting) * sum(one.input_tokens for one in each)),
        round((1 + drafting) * sum(one.output_tokens for one in each)),
        (reading + drafting) * sum(costs) if len(costs) == len(each) else None,
        (settings.passes + DRAFTS_SHARE) * SECONDS_A_CALL * len(each),
    )
