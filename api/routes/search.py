"""Find: words over all lines of a study, and over the labels of its findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.access import ViewedStudy
from api.data_models import FoundLine, FoundLines
from api.deps import OpenStore, Shown
from api.finding_lists import Asked, FindingRow, found_rows
from api.models import Paging
from api.rendering import page_words_of, render
from api.routes.answers import OF_STUDY, send
from synth.pipeline.searching import LinesFound, find_lines, marked
from synth.store import Study

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}/search", tags=["findings"])
PER_PAGE, FINDINGS_SHOWN = 25, 8


@dataclass(frozen=True, slots=True)
class FoundView:
    """A line that was found."""

    transcript_id: str
    interview: str
    number: int
    participant: str
    language: str
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class FindPage:
    """What was found."""

    study: Study
    q: str
    lines: LinesFound
    rows: tuple[FoundView, ...]
    findings: tuple[FindingRow, ...]
    findings_total: int
    limit: int
    offset: int


class SearchFor(Paging):
    """What is looked for."""

    q: Annotated[str, Query(max_length=500)]


@router.api_route("/studies/{study_id}/find", methods=["GET", "HEAD"])
def show_found(
    request: Request,
    study: ViewedStudy,
    store: OpenStore,
    shown: Shown,
    q: Annotated[str, Query(max_length=500)] = "",
    offset: Annotated[int, Query(ge=0, le=5_000)] = 0,
) -> Response:
    """Lines and findings that hold the words."""
    lines = find_lines(store, shown, study, q, PER_PAGE, offset)
    rows = tuple(
        FoundView(
            transcript_id=one.transcript.id,
            interview=one.transcript.name,
            number=one.number,
            participant=one.transcript.speaker_of(one.number).participant or "",
            language=one.transcript.language,
            parts=marked(one.text, q),
        )
        for one in lines.lines
    )
    findings, total = tuple[FindingRow, ...](), 0
    if q.strip() and not lines.hidden and not offset:
        words = page_words_of(request)
        total, findings, _ = found_rows(store, shown, study, Asked(q=q), None, FINDINGS_SHOWN, 0, words)
    page = FindPage(study, q.strip(), lines, rows, findings, total, PER_PAGE, offset)
    return render(request, "data/find.html.j2", page)


@api_router.get("", response_model=FoundLines, responses=OF_STUDY, operation_id="search_lines")
def search_lines(study: ViewedStudy, store: OpenStore, shown: Shown, asked: Annotated[SearchFor, Query()]) -> Response:
    """Lines that hold all the words, names hidden. Words in straight quotes stand together; long words begin so."""
    found = find_lines(store, shown, study, asked.q, asked.limit, asked.offset)
    items = [
        FoundLine(
            interview_id=one.transcript.id,
            interview=one.transcript.name,
            line=one.number,
            participant=one.transcript.speaker_of(one.number).participant,
            text=one.text,
        ).model_dump()
        for one in found.lines
    ]
    counts = {"total": found.total, "limit": asked.limit, "offset": asked.offset, "more": found.more}
    return send({**counts, "items": items})
