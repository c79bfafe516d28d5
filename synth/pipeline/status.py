"""What a study holds, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from synth.extract import count_refusals
from synth.pipeline.loading import list_failures
from synth.results import Failure
from synth.store import Store, Study
from synth.store.glances import StudyCard


@dataclass(frozen=True, slots=True)
class StudyStatus:
    """One study at a glance."""

    study: str
    subject: str
    language: str
    transcripts: int
    participants: int
    findings: int
    refused: int
    failures: tuple[Failure, ...]
    personas: int
    claims: int
    decided: int
    model: str | None
    """Who read it last; who is reading it where nothing was read yet."""
    last_run: str | None
    """How and when the last run ended, in words."""
    refused_by: tuple[tuple[str, str, int], ...] = ()
    """Model, kind and number of what was refused, the most first."""

    def as_json(self) -> dict[str, object]:
        """As `synth status --json` prints it."""
        shown = asdict(self)
        shown["left"] = self.claims - self.decided
        shown["refused_by"] = [{"model": model, "kind": kind, "count": count} for model, kind, count in self.refused_by]
        return shown


def study_status(store: Store, study: Study, card: StudyCard | None = None) -> StudyStatus:
    """Count what there is; `card` is what was counted already."""
    card = card or store.card(study)
    run = store.last_run(study)
    refusals = store.refusals(study)
    return StudyStatus(
        study=study.name,
        subject=study.subject,
        language=study.language,
        transcripts=card.transcripts,
        participants=card.participants,
        findings=card.findings,
        refused=len(refusals),
        failures=tuple(list_failures(store, study)),
        personas=card.personas,
        claims=card.claims,
        decided=card.claims - card.left,
        model=_reader(store, study, run),
        last_run=f"{run['state']}, {run['ended_utc'] or run['started_utc']}" if run else None,
        refused_by=tuple(
            (model or "", kind, count)
            for (model, kind), count in sorted(
                count_refusals(refusals).items(), key=lambda item: (-item[1], str(item[0]))
            )
        ),
    )


def _reader(store: Store, study: Study, run: Mapping[str, object] | None) -> str | None:
    # A run that failed at its first call has read nothing.
    if run is None or run["state"] != "failed":
        return str(run["model"]) if run else None
    read = store.readings(study)
    return read[0].model if read else None
