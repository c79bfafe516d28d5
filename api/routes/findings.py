"""All findings of a study: filtered by the address, found by words, decided on one by one or several at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.access import Anybody, Keys, ReviewedStudy, ViewedStudy
from api.data_models import (
    FindingDecisions,
    FindingDecisionsIn,
    FindingOne,
    FindingsConflict,
    Owner,
    UnreadFindings,
    finding_words,
    owner_of,
)
from api.deciding import finding_proof
from api.deps import OpenStore, Shown, StudyShown
from api.errors import ApiError, Problem
from api.finding_lists import FILTERS, Asked, FindingRow, finding_row, found_rows
from api.models import Id
from api.rendering import page_words_of, render
from api.routes.answers import GONE, OF_DRAFT, Responses, send
from api.words import Words
from synth.domain import Theme, fold_space
from synth.errors import NotFoundError
from synth.export.json import finding_json
from synth.frameworks import Framework
from synth.pipeline.finding_by_hand import take_back
from synth.pipeline.loading import study_framework
from synth.pipeline.searching import (
    FindingsChangedError,
    decide_findings,
    show_cards,
    shown_themes,
)
from synth.pipeline.shown import ShownStudies
from synth.review import Decision
from synth.store import Store, Study
from synth.store.search import Choices

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}/findings", tags=["findings"])
_READ = ["GET", "HEAD"]
_OF_ONE: Responses = {
    **OF_DRAFT,
    404: {"model": Problem, "description": "`study-not-found`, `no-draft`, `finding-not-found`"},
}
PER_PAGE = 40


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """A part of the findings, with what they are filtered by."""

    study: Study
    asked: Asked
    total: int
    rows: tuple[FindingRow, ...]
    limit: int
    offset: int
    choices: Choices
    kinds: Mapping[str, int]
    framework: Framework
    theme: Theme | None
    hidden: bool
    """Whether the words asked for hold a name that is hidden here."""
    problem: str = ""
    changed: Mapping[str, str] | None = None
    """After a conflict: finding to what stands on it now."""

    @property
    def everything(self) -> int:
        """Findings of the study, without filters."""
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class FindingPage:
    """One finding with its words in their place, and what has become of it."""

    study: Study
    row: FindingRow
    lines: tuple[tuple[int, str, bool], ...]
    """Of its turn, around it: number, words, whether it stands on it."""
    details: tuple[tuple[str, str], ...]
    owners: tuple[Owner, ...]
    decisions: tuple[Decision, ...]


def asked_of(request: Request) -> Asked:
    """The filters in the address; unknown names are left aside."""
    given = {name: value.strip()[:200] for name, value in request.query_params.items() if name in FILTERS}
    return Asked(**given)


@router.api_route("/studies/{study_id}/findings", methods=_READ)
def show_findings(
    request: Request,
    study: ViewedStudy,
    store: OpenStore,
    shown: Shown,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """The findings that the address asks for."""
    page = findings_page(store, shown, study, asked_of(request), offset, page_words_of(request))
    return render(request, "data/findings.html.j2", page)


@router.post("/studies/{study_id}/findings/decisions")
def decide_on_findings(
    request: Request,
    study: ReviewedStudy,
    store: OpenStore,
    shown: Shown,
    visitor: Anybody,
    action: Annotated[str, Form(pattern="^(accept|reject|undo)$")],
    chosen: Annotated[list[str] | None, Form(max_length=200)] = None,
    why: Annotated[str, Form(max_length=2_000)] = "",
    back: Annotated[str, Form(max_length=3_000)] = "",
) -> Response:
    """Decide on the findings that were ticked, each as it was shown."""
    seen = dict(one.partition(":")[::2] for one in chosen or ())
    asked, offset = _back(back)
    problem, changed, status = "", None, 422
    if not seen:
        problem = "data.none_ticked"
    elif action == "reject" and not why.strip():
        problem = "data.why_needed"
    else:
        try:
            decide_findings(store, study, action, seen, by_whom=visitor.name, why=fold_space(why))
        except FindingsChangedError as error:
            problem, changed, status = "data.changed", error.changed, 409
        except NotFoundError:
            problem = "data.nothing_to_undo"
    if problem:
        page = findings_page(store, shown, study, asked, offset, page_words_of(request))
        return render(request, "data/findings.html.j2", replace(page, problem=problem, changed=changed), status)
    one = next(iter(seen)) if len(seen) == 1 and back == "one" else ""
    if one:
        return RedirectResponse(f"/studies/{study.id}/findings/{one}?said=finding_{action}", 303)
    kept = urlencode([*asked.given, ("offset", str(offset)), ("said", f"finding_{action}")])
    return RedirectResponse(f"/studies/{study.id}/findings?{kept}", 303)


@router.api_route("/studies/{study_id}/findings/{finding_id}", methods=_READ)
def show_finding(request: Request, study: ViewedStudy, store: OpenStore, shown: Shown, finding_id: str) -> Response:
    """One finding: its words among the lines around them, what it was coded as, which claims stand on it."""
    cards = store.finding_cards(study, [finding_id[:64]])
    if not cards:
        raise ApiError("finding-not-found", "This study has no finding of this id.")
    words = page_words_of(request)
    card = show_cards(store, shown, study, cards)[0]
    where = card.finding.evidence
    transcript = shown.transcripts(store, study, [where.transcript_id])[0]
    turn = transcript.turn_of(where.first_line)
    first, last = max(turn.first_line, where.first_line - 3), min(turn.last_line, where.last_line + 3)
    texts = {line.number: fold_space(line.text) for line in transcript.lines[first - 1 : last]}
    card = replace(card, words=" ".join(texts[one] for one in range(where.first_line, where.last_line + 1)))
    framework = study_framework(study)
    mask = shown.mask(store, study)
    page = FindingPage(
        study=study,
        row=finding_row(card, framework, words, ""),
        lines=tuple((number, text, where.first_line <= number <= where.last_line) for number, text in texts.items()),
        details=finding_words(card.finding, framework, words, mask),
        owners=_owners(store, shown, study, finding_id, words),
        decisions=tuple(
            replace(one, after=mask(one.after or ""), why=mask(one.why))
            for one in store.finding_decisions(study, finding_id)
        ),
    )
    return render(request, "data/finding.html.j2", page)


@api_router.get("/{finding_id}", response_model=FindingOne, responses=_OF_ONE, operation_id="get_finding")
def get_finding(
    study: ViewedStudy, store: OpenStore, shown: Shown, draft: StudyShown, visitor: Anybody, keys: Keys, finding_id: Id
) -> Response:
    """One finding with its words, and what stands on it."""
    cards = store.finding_cards(study, [finding_id])
    if not cards:
        raise ApiError("finding-not-found", "This study has no finding of this id.")
    found = cards[0].finding
    cited = store.transcripts_by_id(study, [found.evidence.transcript_id])
    results = shown.results(draft, [found], cited)
    state = store.decided_on(study, [found.id])[found.id] or "open"
    proof = finding_proof(keys, visitor, found)
    return send({"finding": finding_json(found, results), "state": state, "read": proof})


@api_router.delete("/{finding_id}", status_code=204, responses=_OF_ONE | GONE, operation_id="take_back_finding")
def delete_finding(study: ReviewedStudy, store: OpenStore, visitor: Anybody, finding_id: Id) -> Response:
    """Take a finding that was made by hand away again; the ledger keeps that it was there."""
    try:
        take_back(store, study, finding_id, visitor.name)
    except NotFoundError as error:
        raise ApiError("finding-not-found", str(error)) from error
    return Response(status_code=204)


@api_router.post(
    "/decisions",
    response_model=FindingDecisions,
    status_code=201,
    responses={
        **_OF_ONE,
        409: {
            "model": FindingsConflict | UnreadFindings | Problem,
            "description": "`findings-changed`, `unread`, `nothing-to-undo`: nothing was stored",
        },
    },
    operation_id="decide_findings",
)
def decide_findings_at_once(
    study: ReviewedStudy, store: OpenStore, visitor: Anybody, keys: Keys, asked: FindingDecisionsIn
) -> Response:
    """Accept, reject or reopen findings, each as it was seen: all of them, or none.

    Accepting and rejecting want the `read` of each, which GET of findings gives with their words.
    """
    seen = {one.finding_id: one.seen for one in asked.findings}
    given = {one.finding_id: one.read for one in asked.findings}
    cards = {one.finding.id: one.finding for one in store.finding_cards(study, list(seen))}
    unread = [key for key, found in cards.items() if given[key] != finding_proof(keys, visitor, found)]
    if unread and asked.action != "undo":
        raise ApiError(
            "unread",
            "Nothing was stored. GET the findings of `unread`, and send the `read` that comes with the words of each.",
            unread=unread,
        )
    try:
        taken = decide_findings(store, study, asked.action, seen, by_whom=visitor.name, why=asked.why)
    except FindingsChangedError as error:
        raise ApiError("findings-changed", str(error), changed=error.changed) from error
    except NotFoundError as error:
        raise ApiError("nothing-to-undo", str(error)) from error
    now = store.decided_on(study, seen)
    items = [{"finding_id": one, "state": now[one] or "open"} for one in seen]
    return send({"decisions": [one.number for one in taken], "items": items}, 201)


def findings_page(
    store: Store, shown: ShownStudies, study: Study, asked: Asked, offset: int, words: Words
) -> FindingsPage:
    """The page as a value."""
    themes = shown_themes(store, shown, study) if asked.theme else ()
    theme = next((one for one in themes if one.id == asked.theme), None)
    total, rows, hidden = found_rows(store, shown, study, asked, theme, PER_PAGE, offset, words)
    return FindingsPage(
        study=study,
        asked=asked,
        total=total,
        rows=rows,
        limit=PER_PAGE,
        offset=offset,
        choices=store.choices(study),
        kinds=store.kinds(study),
        framework=study_framework(study),
        theme=theme,
        hidden=hidden,
    )


def _owners(store: Store, shown: ShownStudies, study: Study, finding_id: str, words: Words) -> tuple[Owner, ...]:
    used = store.used_in(study, finding_id)
    if not used:
        return ()
    draft = shown.load(store, study).draft
    texts = {claim.id: claim.text for claim in draft.claims()}
    return tuple(
        owner_of(one, draft, f"/studies/{study.id}", texts[one.claim_id], words)
        for one in used
        if one.claim_id in texts
    )


def _back(query: str) -> tuple[Asked, int]:
    given = dict(parse_qsl(query))
    offset = given.get("offset", "0")
    kept = {name: value[:200] for name, value in given.items() if name in FILTERS}
    return Asked(**kept), min(int(offset), 10_000_000) if offset.isdecimal() else 0
