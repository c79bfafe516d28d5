"""Measured events into a study, and their scores beside what people said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synth.domain import Draft
from synth.errors import InputError
from synth.measured import ContentScore, Disagreement, Measured, disagreements, read_measured, score_phases
from synth.pipeline.loading import study_framework
from synth.results import Results
from synth.store import Store, Study


@dataclass(frozen=True, slots=True)
class MeasuredReport:
    """What the measured events of a study come to."""

    rows: int
    """Places and events of which a count was imported now."""
    scores: tuple[ContentScore, ...]
    disagreements: tuple[tuple[str, Disagreement], ...]
    """With the name of the persona whose feelings say otherwise."""


def import_measured(
    store: Store, study: Study, path: str | None, points: Mapping[str, float] | None, *, wave: str | None = None
) -> int:
    """Keep the counts of a file, and what events are worth.

    Args:
        store: where the study is.
        study: whose touchpoints they are of.
        path: a CSV (see `synth.measured.read_measured`); None to import none.
        points: event to points; None to leave them.
        wave: for rows that do not name theirs.

    Raises:
        InputError: the file cannot be read, or not so; nothing is kept of it then.
    """
    rows = []
    if path is not None:
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise InputError(f"{path}: the file cannot be read ({error.strerror}).") from error
        try:
            rows = _rows(study, data, wave)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
    if points is not None:
        store.put_points(study, points)
    return store.put_measured(study, rows)


def keep_measured(store: Store, study: Study, data: bytes, wave: str | None) -> int:
    """Keep the counts of a CSV that was sent; how many rows.

    Raises:
        InputError: it cannot be read so; nothing is kept of it.
    """
    return store.put_measured(study, _rows(study, data, wave))


def measured_report(results: Results, rows: int) -> MeasuredReport:
    """Scores, and where feelings say otherwise."""
    return MeasuredReport(rows, results.scores, disagreements_of(results.draft, results.scores))


def disagreements_of(draft: Draft, scores: Sequence[ContentScore]) -> tuple[tuple[str, Disagreement], ...]:
    """Where the feelings on the maps of a draft say otherwise than the scores, each with the name of its persona."""
    names = {persona.id: persona.name for persona in draft.personas}
    return tuple(
        (names.get(journey.persona_id, journey.title), one)
        for journey in draft.maps
        for one in disagreements(scores, journey.phases)
    )


def score_study(store: Store, study: Study) -> tuple[ContentScore, ...]:
    """The scores alone, without the study; a draft is not needed."""
    return score_phases(store.measured(study), store.points(study), study_framework(study).phase_keys)


def _rows(study: Study, data: bytes, wave: str | None) -> list[Measured]:
    return [replace(one, wave=one.wave or wave or "") for one in read_measured(data, study_framework(study))]
