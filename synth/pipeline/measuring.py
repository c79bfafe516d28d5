"""Measured events into a study, and their scores beside what people said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from synth.errors import InputError
from synth.measured import ContentScore, Disagreement, disagreements, read_measured, score_phases
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
            rows = read_measured(data, study_framework(study))
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        rows = [replace(one, wave=one.wave or wave or "") for one in rows]
    if points is not None:
        store.put_points(study, points)
    return store.put_measured(study, rows) if rows else 0


def keep_measured(store: Store, study: Study, data: bytes, wave: str | None = None) -> int:
    """Keep the counts of a CSV that was sent; how many rows.

    Raises:
        InputError: it cannot be read so; nothing is kept of it.
    """
    rows = read_measured(data, study_framework(study))
    return store.put_measured(study, [replace(one, wave=one.wave or wave or "") for one in rows])


def measured_report(results: Results, rows: int = 0) -> MeasuredReport:
    """Scores, and where feelings say otherwise."""
    names = {persona.id: persona.name for persona in results.draft.personas}
    found = [
        (names.get(journey.persona_id, journey.title), one)
        for journey in results.draft.maps
        for one in disagreements(results.scores, journey.phases)
    ]
    return MeasuredReport(rows, results.scores, tuple(found))


def score_study(store: Store, study: Study) -> tuple[ContentScore, ...]:
    """The scores alone, for a study that has no draft yet."""
    return score_phases(store.measured(study), store.points(study), study_framework(study).phase_keys)
