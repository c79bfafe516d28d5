"""What a run would read, send and cost, before anything is sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from synth.analyst import Request
from synth.domain import Transcript
from synth.pipeline.analysts import OFFLINE, open_analyst
from synth.pipeline.coding import coding_tasks, unreadable
from synth.pipeline.loading import study_framework
from synth.pipeline.names import transcripts_for
from synth.pipeline.progress import Progress
from synth.pipeline.reading import read_files
from synth.pipeline.run import RunSettings, prepare_study
from synth.results import Failure
from synth.store import copy_store

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
        failures = [*read.failures]
        readable: list[Transcript] = []
        for transcript in transcripts_for(store, study, analyst, settings.names, dry=True):
            why = unreadable(analyst, transcript)
            if why is None:
                readable.append(transcript)
            else:
                failures.append(Failure(transcript.name, why))
        requests = [analyst.request(task) for task in coding_tasks(study, study_framework(study), readable)]
        todo = [request for request in requests if store.answer(request.key) is None]
        tokens_in, tokens_out, cost, seconds = _sum(settings.model, todo)
        return Estimate(
            model=settings.model,
            transcripts=len(readable),
            chunks=len(requests),
            chunks_done=len(requests) - len(todo),
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cost_usd=cost,
            minutes=seconds / settings.limits.lanes / 60,
            lanes=settings.limits.lanes,
            failures=tuple(failures),
        )
    finally:
        store.close()


def _sum(model: str, requests: list[Request]) -> tuple[int, int, float | None, float]:
    """Tokens in, tokens out, dollars, and seconds of calls, drafting included."""
    if model == OFFLINE or not requests:
        return 0, 0, 0.0, 0.0
    from synth.llm import expected

    each = [expected(request) for request in requests]
    more = 1 + DRAFTS_SHARE
    costs = [one.cost_usd for one in each if one.cost_usd is not None]
    return (
        round(more * sum(one.input_tokens for one in each)),
        round(more * sum(one.output_tokens for one in each)),
        more * sum(costs) if len(costs) == len(each) else None,
        more * SECONDS_A_CALL * len(requests),
    )
