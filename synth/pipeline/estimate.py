"""What a run would read, send and cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from synth.built_in import is_built_in
from synth.domain import Transcript
from synth.pipeline.analysts import open_analyst
from synth.pipeline.changes import asked_anew
from synth.pipeline.codebooks import load_codebook
from synth.pipeline.coding import coding_tasks, unreadable
from synth.pipeline.loading import study_framework
from synth.pipeline.names import transcripts_for
from synth.pipeline.progress import Progress
from synth.pipeline.reading import read_files
from synth.pipeline.run import RunSettings, prepare_study
from synth.results import Failure
from synth.segments import MOST
from synth.store import copy_store

if TYPE_CHECKING:
    from synth.prices import Expected

SECONDS_A_CALL = 20.0
"""Of a hosted model that writes some 2,500 tokens; your own machine may be much slower."""
SECONDS_A_DRAFT = 5.0
"""Of a call of drafting, which writes some 400 tokens."""
PEOPLE_A_PERSONA = 4
"""How many people a persona stands for in a study of a dozen, where nobody says how many personas to draw up."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of a run would take."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    """None where the price is unknown."""
    minutes: float = 0.0


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
    reading: Part = Part()
    drafting: Part = Part()
    critic: Part = Part()

    def as_json(self) -> dict[str, object]:
        """As `synth run --dry-run --json` prints it."""
        return asdict(self)


def estimate_run(settings: RunSettings, progress: Progress) -> Estimate:
    """Read the files, render every prompt, and add up; the database is not changed and nobody is asked.

    Raises:
        SynthError: as `run_study`, before the first call.
    """
    from synth.llm import check_name
    from synth.prices import expected, expected_of_passes

    free = is_built_in(settings.model)
    if not free:
        check_name(settings.model)
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
        tasks, done, written = list(coding_tasks(study, study_framework(study), readable, codes)), 0, 0
        for task in tasks:
            request = analyst.request(task)
            is_done = store.answer(request.key) is not None
            done += is_done
            if free:
                continue
            first = expected(request)
            written += first.output_tokens
            if not is_done:
                todo.append(expected_of_passes(first, settings.passes))
        parts = _parts(todo, settings, _personas(settings, len(readable)), written)
        costs = [part.cost_usd for part in parts]
        again = asked_anew(store, study, analyst, tasks, settings.passes)
        return Estimate(
            model=settings.model,
            transcripts=len(readable),
            chunks=len(tasks),
            chunks_done=done,
            input_tokens=sum(part.input_tokens for part in parts),
            output_tokens=sum(part.output_tokens for part in parts),
            cost_usd=None if None in costs else sum(cost or 0.0 for cost in costs),
            minutes=sum(part.minutes for part in parts),
            lanes=settings.limits.lanes,
            failures=tuple(failures),
            changed=None if again is None else again.sentence(),
            reading=parts[0],
            drafting=parts[1],
            critic=parts[2],
        )
    finally:
        store.close()


def _personas(settings: RunSettings, people: int) -> int:
    """How many personas are likely to be drafted, where every interview is one person's."""
    most = MOST if settings.personas is None else settings.personas
    return max(1, min(most, people // PEOPLE_A_PERSONA))


def _parts(reading: Sequence[Expected], settings: RunSettings, personas: int, written: int) -> tuple[Part, Part, Part]:
    """Reading, drafting, and the critic; a batch is half the price.

    Args:
        reading: what each chunk takes that is asked.
        settings: of the run.
        personas: how many are likely to be drafted.
        written: tokens that one pass over all chunks writes, those read before among them: all of it is drafted from.
    """
    if not reading:  # what was drafted from the same readings is kept as well
        return Part(), Part(), Part()
    from synth.prices import CALLS_A_PERSONA, CRITIC_CALLS_A_PERSONA, expected_of_critic, expected_of_drafts

    lanes = settings.limits.lanes
    calls = settings.passes * len(reading)
    read = _part(reading, calls, SECONDS_A_CALL, lanes, 0.5 if settings.batch else 1.0)
    drafts = expected_of_drafts(settings.model, written, personas)
    drafting = _part([drafts], personas * CALLS_A_PERSONA, SECONDS_A_DRAFT, lanes)
    critic = settings.critic_model
    if critic is None or is_built_in(critic):
        return read, drafting, Part()
    doubts = expected_of_critic(critic, written, personas)
    return read, drafting, _part([doubts], personas * CRITIC_CALLS_A_PERSONA, SECONDS_A_DRAFT, lanes)


def _part(expected: Sequence[Expected], calls: int, seconds: float, lanes: int, price: float = 1.0) -> Part:
    costs = [one.cost_usd for one in expected]
    return Part(
        calls=calls,
        input_tokens=sum(one.input_tokens for one in expected),
        output_tokens=sum(one.output_tokens for one in expected),
        cost_usd=None if None in costs else price * sum(one or 0.0 for one in costs),
        minutes=calls * seconds / lanes / 60,
    )
