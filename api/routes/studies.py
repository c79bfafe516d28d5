"""Studies and their results as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.deps import ChosenStudy, MaybeStore, NewestDraft, OpenStore, StudyResults
from api.models import FindingFilter, FindingPage, MapList, Paging, PersonaList, StudyPage, StudySummary
from api.routes.answers import OF_DRAFT, OF_STUDY, WITH_STORE, send
from api.shapes import StudyResults as ResultsShape
from synth.domain import Draft, Finding
from synth.export import export_results
from synth.export.json import results_json
from synth.pipeline import study_status
from synth.results import Results
from synth.store import Store, Study

router = APIRouter(prefix="/api/v1/studies", tags=["studies"])


@router.get("", response_model=StudyPage, responses=WITH_STORE, operation_id="list_studies")
def list_studies(store: MaybeStore, paging: Annotated[Paging, Query()]) -> Response:
    """All studies of the database, oldest first; none where there is no database yet."""
    studies = store.studies() if store else []
    part = studies[paging.offset : paging.offset + paging.limit]
    items = [summary(store, study) for study in part] if store else []
    return send({"total": len(studies), "limit": paging.limit, "offset": paging.offset, "items": items})


@router.get("/{study_id}", response_model=StudySummary, responses=OF_STUDY, operation_id="get_study")
def get_study(store: OpenStore, study: ChosenStudy) -> Response:
    """What a study holds, in numbers: the same as `synth status STUDY --json`, with the ids of study and draft."""
    return send(summary(store, study))


@router.get("/{study_id}/results", response_model=ResultsShape, responses=OF_DRAFT, operation_id="get_results")
def get_results(results: StudyResults) -> Response:
    """Everything with all evidence and the transcripts, as the study keeps them: with names, where those were kept."""
    content = next(iter(export_results(results, "json").values()))
    return Response(content, media_type="application/json")


@router.get("/{study_id}/personas", response_model=PersonaList, responses=OF_DRAFT, operation_id="list_personas")
def list_personas(results: StudyResults, draft: NewestDraft) -> Response:
    """The personas with their claims and the evidence of each."""
    return send({"draft_id": draft.id, "items": results_json(_without_rest(results))["personas"]})


@router.get("/{study_id}/maps", response_model=MapList, responses=OF_DRAFT, operation_id="list_maps")
def list_maps(results: StudyResults, draft: NewestDraft) -> Response:
    """The journey maps, phase by phase, with the evidence of each claim, feeling and switch."""
    return send({"draft_id": draft.id, "items": results_json(_without_rest(results))["maps"]})


@router.get("/{study_id}/findings", response_model=FindingPage, responses=OF_DRAFT, operation_id="list_findings")
def list_findings(results: StudyResults, wanted: Annotated[FindingFilter, Query()]) -> Response:
    """Findings in the order of the transcripts, by kind, phase and participant."""
    found = [finding for finding in results.findings if _matches(finding, wanted)]
    part = found[wanted.offset : wanted.offset + wanted.limit]
    items = results_json(_only_findings(results, part))["findings"]
    return send({"total": len(found), "limit": wanted.limit, "offset": wanted.offset, "items": items})


def summary(store: Store, study: Study) -> dict[str, object]:
    """One study in numbers, with the ids that addresses and decisions need."""
    draft = store.last_draft(study)
    return {"id": study.id, "draft_id": draft.id if draft else None, **study_status(store, study).as_json()}


def _matches(finding: Finding, wanted: FindingFilter) -> bool:
    return (
        (wanted.kind is None or finding.kind is wanted.kind)
        and (wanted.phase is None or (finding.phase or "none") == wanted.phase)
        and (wanted.participant is None or finding.participant_id == wanted.participant)
    )


def _without_rest(results: Results) -> Results:
    """Only what the draft stands on, so that the writer does not spell out what is not asked for."""
    draft = replace(results.draft, themes=(), unassigned=())
    return replace(results, draft=draft, coverage=(), refusals=(), failures=())


def _only_findings(results: Results, findings: Sequence[Finding]) -> Results:
    """These findings and the transcripts they stand on."""
    cited = {finding.evidence.transcript_id for finding in findings}
    return replace(
        results,
        findings=tuple(findings),
        transcripts=tuple(transcript for transcript in results.transcripts if transcript.id in cited),
        draft=Draft((), (), (), ()),
        coverage=(),
        refusals=(),
        failures=(),
    )
