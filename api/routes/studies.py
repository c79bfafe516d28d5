"""Studies and their results as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from api.access import (
    AdministeredStudy,
    Anybody,
    AnyResearcher,
    Keys,
    MadeStore,
    ResearchedStudy,
    SignedIn,
    ViewedStudy,
)
from api.deciding import finding_proof
from api.denials import note_change
from api.deps import MaybeStore, NewestDraft, OpenStore, Shown, StudyResults, StudyShown
from api.errors import ApiError
from api.finding_lists import FILTERS, Asked, query_of
from api.managing import StudyChange, StudyIn
from api.models import FindingFilter, FindingPage, MapList, Paging, PersonaList, StudyPage, StudySummary
from api.once import IdempotencyKey, once
from api.routes.answers import CREATED_ONCE, GONE, OF_DRAFT, OF_MATCH, OF_STUDY, WITH_STORE, IfMatch, same_version, send
from api.shapes import StudyResults as ResultsShape
from synth.export import export_results
from synth.export.json import finding_json, results_json
from synth.pipeline.retention import delete_study
from synth.pipeline.shown import ShownStudies
from synth.pipeline.status import study_status
from synth.pipeline.studies import change_study, make_study
from synth.results import Results
from synth.store import Store, Study

router = APIRouter(prefix="/api/v1/studies", tags=["studies"])


@router.get("", response_model=StudyPage, responses=WITH_STORE, operation_id="list_studies")
def list_studies(visitor: SignedIn, store: MaybeStore, shown: Shown, paging: Annotated[Paging, Query()]) -> Response:
    """Your studies, oldest first: those of the database on which you have a role; none where there is no database."""
    studies = [study for study in store.studies() if visitor.role_on(study.id)] if store else []
    part = studies[paging.offset : paging.offset + paging.limit]
    items = [summary(store, shown, study) for study in part] if store else []
    return send({"total": len(studies), "limit": paging.limit, "offset": paging.offset, "items": items})


@router.get("/{study_id}", response_model=StudySummary, responses=OF_STUDY, operation_id="get_study")
def get_study(study: ViewedStudy, store: OpenStore, shown: Shown) -> Response:
    """What a study holds, in numbers: the same as `synth status STUDY --json`, with the ids of study and draft."""
    return send(summary(store, shown, study))


@router.post("", response_model=StudySummary, status_code=201, responses=CREATED_ONCE, operation_id="make_study")
def post_study(
    visitor: AnyResearcher, store: MadeStore, shown: Shown, asked: StudyIn, idempotency_key: IdempotencyKey = None
) -> Response:
    """Make a study without interviews. Where there is no database yet, it is made with it."""

    def make() -> JSONResponse:
        made = make_study(store, asked.name, asked.subject, asked.language, asked.framework)
        return send(summary(store, shown, made), 201)

    return once(store, visitor, idempotency_key, "POST /api/v1/studies", asked.model_dump(), make)


@router.patch("/{study_id}", response_model=StudySummary, responses=OF_MATCH, operation_id="change_study")
def patch_study(
    study: ResearchedStudy,
    store: OpenStore,
    shown: Shown,
    asked: StudyChange,
    if_match: IfMatch = None,
) -> Response:
    """Change what a study is about, or the language of its drafts; drafts change with the next run.

    The framework can be another one as long as nothing is drafted.
    """
    with store.write():
        current = summary(store, shown, study)
        same_version(if_match, current)
        if asked.framework is not None and current["draft_id"] is not None:
            raise ApiError("invalid-request", "The study has a draft, so its framework stays. Nothing was changed.")
        changed = change_study(store, study, subject=asked.subject, language=asked.language, framework=asked.framework)
        return send(summary(store, shown, changed))


@router.delete("/{study_id}", status_code=204, responses=OF_STUDY | GONE, operation_id="delete_study")
def remove_study(request: Request, study: AdministeredStudy, store: OpenStore, shown: Shown) -> Response:
    """Delete a study with everything in it, and its key of pseudonyms, for good.

    `synth-file: words-may-remain` in the answer says that another program had the database open, so that what was
    deleted could not be overwritten in the file; `synth withdraw NAME --scrub` does it later.
    """
    note_change(request, store, "study-deleted", study.id)
    clean = delete_study(store, study)
    shown.forget(study)
    return Response(status_code=204, headers={} if clean else {"synth-file": "words-may-remain"})


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
def list_findings(
    study: ViewedStudy, store: OpenStore, shown: Shown, draft: StudyShown, visitor: Anybody, keys: Keys,
    wanted: Annotated[FindingFilter, Query()],
) -> Response:  # fmt: skip
    """Findings in the order of the transcripts, by all that the page of findings filters by."""
    asked = {name: value for name, value in wanted.model_dump(mode="json").items() if value and name in FILTERS}
    query = query_of(Asked(**asked, person=wanted.participant or ""), None)
    total, cards = store.findings_part(study, query, wanted.limit, wanted.offset)
    part = [card.finding for card in cards]
    cited = store.transcripts_by_id(study, list(dict.fromkeys(one.evidence.transcript_id for one in part)))
    results = shown.results(draft, part, cited)
    items = [finding_json(one, results) for one in part]
    read = {one.id: finding_proof(keys, visitor, one) for one in part}
    return send({"total": total, "limit": wanted.limit, "offset": wanted.offset, "items": items, "read": read})


def summary(store: Store, shown: ShownStudies, study: Study) -> dict[str, object]:
    """One study in numbers, with the ids that addresses and decisions need."""
    status = study_status(store, study, shown.card(store, study))
    return {"id": study.id, "draft_id": store.newest_draft_id(study), **status.as_json()}


def _without_rest(results: Results) -> Results:
    """Only what the draft stands on, so that the writer does not spell out what is not asked for."""
    draft = replace(results.draft, themes=(), unassigned=())
    return replace(results, draft=draft, coverage=(), refusals=(), failures=())
