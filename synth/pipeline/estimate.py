"""What a run would read, send and cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from synth.domain import Transcript
from synth.pipeline.analysts import OFFLINE, open_analyst
from synth.pipeline.changes import asked_anew
from synth.pipeline.codebooks import load_codebook
from synth.pipeline.coding import coding_tasks, unreadable
from synth.pipeline.loading import study_framework
from synth.pipeline.names import transcripts_for
from synth.pipeline.progress import Progress
from synth.pipeline.reading import read_files
from synth.pipeline.run import NOBODY, RunSettings, prepare_study
from synth.results import Failure
from synth.segments import MOST
from synth.store import copy_store

if TYPE_CHECKING:
    from synth.llm import Expected

SECONDS_A_CALL = 20.0
"""Of a hosted model that writes some 2,500 tokens; your own machine may be much slower."""
SECONDS_A_DRAFT = 5.0
"""Of a call of drafting, which writes some 400 tokens."""
PEOPLE_A_PERSONA = 4
"""How many people a persona stands for in a study of a dozen, where nobody says how many personas to draw up."""


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
    from synth.llm import expected, expected_of_passes

    store = copy_store(settings.db)
    try:
        study = prepare_study(store, settings)
        analyst = open_analyst(settings.model, store, settings.timeout_seconds, settings.embeddings)
        read = read_files(store, study, settings.paths, settings.reading, progress, sample=settings.sample)
        codes = load_codebook(settings.codebook) if settings.codebook is not None else store.codebook(study)
        failures = [*read.failures]
        readable: list[Transcript] = []
        for transcript in transcripts_for(store, study, analyst, settings.names, dry=True):
            why = unreadable(analyst.model, transcript)
            if why is None:
                readable.append(transcript)
            else:
                failures.append(Failure(transcript.name, why))
        todo: list[Expected] = []
        framework, chunks, written = study_framework(study), 0, 0
        for task in coding_tasks(study, framework, readable, codes):
            chunks += 1
            if settings.model == OFFLINE:
                continue
            request = analyst.request(task)
            first = expected(request)
            written += first.output_tokens
            if store.answer(request.key) is None:
                todo.append(expected_of_passes(first, settings.passes))
        tokens_in, tokens_out, cost, seconds = _sum(todo, settings, _personas(settings, len(readable)), written)
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


def _personas(settings: RunSettings, people: int) -> int:
    """How many personas are likely to be drafted, where every interview is one person's."""
    most = MOST if settings.personas is None else settings.personas
    return max(1, min(most, people // PEOPLE_A_PERSONA))


def _sum(
    reading: Sequence[Expected], settings: RunSettings, personas: int, written: int
) -> tuple[int, int, float | None, float]:
    """Tokens in, tokens out, dollars, and seconds of calls, drafting included; a batch is half the price.

    Args:
        reading: what each chunk takes that is asked.
        settings: of the run.
        personas: how many are likely to be drafted.
        written: tokens that one pass over all chunks writes, those read before among them: all of it is drafted from.
    """
    if not reading:  # what was drafted from the same readings is kept as well
        return 0, 0, 0.0, 0.0
    from synth.llm import CALLS_A_PERSONA, CRITIC_CALLS_A_PERSONA, expected_of_drafts

    critic = settings.critic != NOBODY
    drafts = expected_of_drafts(settings.model, written, personas, critic)
    calls = personas * (CALLS_A_PERSONA + (CRITIC_CALLS_A_PERSONA if critic else 0))
    costs = [one.cost_usd for one in reading]
    cost = None
    if drafts.cost_usd is not None and None not in costs:
        cost = (0.5 if settings.batch else 1.0) * sum(one or 0.0 for one in costs) + drafts.cost_usd
    return (
        drafts.input_tokens + sum(one.input_tokens for one in reading),
        drafts.output_tokens + sum(one.output_tokens for one in reading),
        cost,
        settings.passes * SECONDS_A_CALL * len(reading) + SECONDS_A_DRAFT * calls,
    )
