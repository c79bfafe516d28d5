"""What a study holds, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from synth.pipeline.loading import list_failures
from synth.results import Failure
from synth.review import standing_decisions
from synth.store import Store, Study


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
    last_run: str | None
    """How and when the last run ended, in words."""

    def as_json(self) -> dict[str, object]:
        """As `synth status --json` prints it."""
        shown = asdict(self)
        shown["left"] = self.claims - self.decided
        return shown


def study_status(store: Store, study: Study) -> StudyStatus:
    """Count what there is."""
    draft = store.last_draft(study)
    claims = [claim.id for claim in draft.draft.claims()] if draft else []
    decided = standing_decisions(store.decisions(study))
    run = store.last_run(study)
    return StudyStatus(
        study=study.name,
        subject=study.subject,
        language=study.language,
        transcripts=len(store.current_transcripts(study)),
        participants=len(store.participants(study)),
        findings=len(store.findings(study)),
        refused=len(store.refusals(study)),
        failures=tuple(list_failures(store, study)),
        personas=len(draft.draft.personas) if draft else 0,
        claims=len(claims),
        decided=sum(claim in decided for claim in claims),
        model=str(run["model"]) if run else None,
        last_run=f"{run['state']}, {run['ended_utc'] or run['started_utc']}" if run else None,
    )
