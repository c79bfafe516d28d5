"""The review queue, one claim with its words, and deciding on it: what people do most, so it asks for little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from api.access import Anybody, Keys, ReviewedStudy, ViewedStudy
from api.claims import (
    FIRST_PEOPLE,
    OpenedClaim,
    open_claim,
    read_token,
    right_read_token,
    where_of,
)
from api.deps import OpenStore, Shown, StudyShown
from api.errors import ApiError
from api.evidence import EvidenceWriter, evidence_writer
from api.models import Id, Sentence
from api.rendering import page_words_of, render
from api.reviewing import (
    Call,
    ClaimActions,
    Talk,
    Told,
    actions_of,
    back_address,
    calls_of,
    claim_page,
    need_claim,
    place_of,
    said_to,
    talk_of,
    told,
    undoable,
)
from api.visitors import Visitor
from api.words import Words
from synth.export.claims import ClaimView
from synth.export.drawings.voices import draw_voices
from synth.pipeline.deciding import SECOND_LOOK_EVERY, Placed, find_claim, move_claim, review_queue
from synth.pipeline.shown import ShownStudy
from synth.pipeline.versions import ClaimChangedError, NothingToUndoError, decide_seen
from synth.store import Store, Study

router = APIRouter(include_in_schema=False)

IN_LIST = 9
"""Claims of the queue that stand beside the one in view."""
MOST_CLOSE = 4

Back = Literal["queue", "persona", "map", "claim"]
Why = Annotated[Sentence, Form(max_length=2000)]
Text = Annotated[Sentence, Form(max_length=2000)]
Mark = Annotated[str, Form(max_length=64)]


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One claim in the list beside the one in view."""

    view: ClaimView
    where: str
    address: str
    current: bool
    second_look: bool


@dataclass(frozen=True, slots=True)
class Near:
    """A claim of the same place."""

    view: ClaimView
    address: str


@dataclass(frozen=True, slots=True)
class LastDecision:
    """What the visitor decided last, to take it back."""

    claim_id: str
    action: str
    text: str
    mark: str
    address: str


@dataclass(frozen=True, slots=True)
class QueuePage:
    """What is left, with one claim in view."""

    total: int
    left: int
    place: int
    items: tuple[QueueItem, ...]
    more: int
    opened: OpenedClaim | None
    actions: ClaimActions | None
    history: tuple[Told, ...]
    talk: Talk | None
    place_name: str
    place_address: str
    more_address: str
    previous: str
    next: str
    slots: Markup
    closest: tuple[Near, ...]
    last: LastDecision | None
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """Two versions of a claim, and what the second person wanted."""

    address: str
    back_address: str
    back: str
    action: str
    text: str
    own_text: str
    why: str
    persona: str
    gone: bool
    current_text: str
    current_state: str
    current_by: str
    current_utc: str
    current_mark: str
    token: str
    moved: Told | None
    """Who moved it; None where it stands as it was drafted."""
    place_name: str
    place_address: str
    """Where it stands now; both empty where it is gone."""


@router.api_route("/studies/{study_id}/review", methods=["GET", "HEAD"])
def show_queue(
    request: Request, study: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown, visitor: Anybody,
    keys: Keys, claim: Annotated[str, Query(max_length=64)] = "",
    people: Annotated[int, Query(ge=0, le=100_000)] = FIRST_PEOPLE,
) -> Response:  # fmt: skip
    """What is left to decide, the weakest evidence first, one claim in view with its words before it."""
    words = page_words_of(request)
    queue = review_queue(study_shown, store.second_looks(study, SECOND_LOOK_EVERY, visitor.name))
    at = next((place for place, one in enumerate(queue) if one.claim.id == claim), 0)
    last, calls = _last(store, study_shown, study, visitor), calls_of(store, study, visitor)
    total = len(study_shown.marks)
    if not queue:
        page = QueuePage(total, 0, 0, (), 0, None, None, (), None, "", "", "", "", "", Markup(), (), last, calls)
        return render(request, "review/queue.html.j2", page)
    opened = open_claim(store, shown, study_shown, queue[at], words, visitor, keys, people)
    writer = evidence_writer(store, shown, study_shown, [], words)
    first = max(0, min(at - 2, len(queue) - IN_LIST))
    following = queue[(at + 1) % len(queue)].claim.id if len(queue) > 1 else ""
    name, address = place_of(study_shown, queue[at])
    left = sum(not one.second_look for one in queue)
    page = QueuePage(
        total=total,
        left=left,
        place=at + 1,
        items=tuple(_item(one, place == at, study, writer, words)
                    for place, one in list(enumerate(queue))[first : first + IN_LIST]),
        more=max(0, len(queue) - first - IN_LIST),
        opened=opened,
        actions=actions_of(study_shown, opened, "queue", following),
        history=told(store, shown, study_shown, store.claim_decisions(study, queue[at].claim.id)),
        talk=talk_of(store, study, "claim", queue[at].claim.id, "queue"),
        place_name=name,
        place_address=address,
        more_address=_address(study, claim=queue[at].claim.id, people=str(opened.next_count)),
        previous=_address(study, claim=queue[at - 1].claim.id) if at else "",
        next=_address(study, claim=queue[at + 1].claim.id) if at + 1 < len(queue) else "",
        slots=_slots(queue[at], writer),
        closest=tuple(_closest(queue[at], study, writer)),
        last=last,
        calls=calls,
    )  # fmt: skip
    return render(request, "review/queue.html.j2", page)


@router.api_route("/studies/{study_id}/claims/{claim_id}", methods=["GET", "HEAD"])
def show_claim(
    request: Request, _: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown, visitor: Anybody,
    keys: Keys, claim_id: Id, back: Back = "claim", people: Annotated[int, Query(ge=1, le=100_000)] = 12,
) -> Response:  # fmt: skip
    """One claim with the words it stands on: a page of its own, or the part that is opened in place."""
    placed = need_claim(study_shown, claim_id)
    opened = open_claim(store, shown, study_shown, placed, page_words_of(request), visitor, keys, people)
    part = request.headers.get("hx-request") == "true"
    page = claim_page(store, shown, study_shown, opened, back if part else "claim")
    return render(request, "review/claim_part.html.j2" if part else "review/claim.html.j2", page)


@router.post("/studies/{study_id}/claims/{claim_id}")
def decide_on_page(
    request: Request, study: ReviewedStudy, store: OpenStore, shown: Shown, visitor: Anybody, keys: Keys, claim_id: Id,
    action: Annotated[Literal["accept", "edit", "reject", "undo"], Form()], seen: Mark,
    text: Text = "", why: Why = "", read: Annotated[str, Form(max_length=200)] = "",
    back: Annotated[Back, Form()] = "claim", following: Annotated[str, Form(max_length=64)] = "",
) -> Response:  # fmt: skip
    """Accept, edit, reject, undo. What somebody else decided meanwhile is shown beside it, and nothing overwritten."""
    # Of a claim that is gone this is said first, and nothing is stored.
    placed = find_claim(shown.load(store, study), claim_id) if action == "accept" else None
    if placed is not None and not right_read_token(keys, visitor, placed.claim, seen, read):
        raise ApiError("unread", "Open the claim and read what was said for and against it first.")
    if (action == "edit" and not text) or (action == "reject" and not why):
        raise ApiError("invalid-request", "An edit needs the new sentence, a rejection its reason.")
    try:
        decide_seen(store, study, claim_id, action, by_whom=visitor.name, seen=seen, text=text or None, why=why)
    except NothingToUndoError as error:
        raise ApiError("nothing-to-undo", str(error)) from error
    except ClaimChangedError as error:
        return _conflict(request, store, shown, study, visitor, keys, error, claim_id,
                         {"action": action, "text": text, "why": why, "back": back})  # fmt: skip
    if back == "queue":
        chosen = {"claim": following} if following else {}
        return RedirectResponse(_address(study, **chosen, said=f"review_{action}"), 303)
    study_shown = shown.load(store, study)
    placed = find_claim(study_shown, claim_id)
    return RedirectResponse(said_to(back_address(study_shown, back, claim_id, placed), f"review_{action}"), 303)


@router.post("/studies/{study_id}/claims/{claim_id}/move")
def move_on_page(
    request: Request, study: ReviewedStudy, store: OpenStore, shown: Shown, visitor: Anybody, keys: Keys, claim_id: Id,
    persona: Annotated[str, Form(max_length=64)], seen: Mark, why: Why = "", back: Annotated[Back, Form()] = "claim",
) -> Response:  # fmt: skip
    """Move a claim to another persona."""
    study_shown = shown.load(store, study)
    need_claim(study_shown, claim_id)
    try:
        move_claim(store, study, study_shown, claim_id, persona, by_whom=visitor.name, seen=seen, why=why)
    except ClaimChangedError as error:
        return _conflict(request, store, shown, study, visitor, keys, error, claim_id,
                         {"action": "assign", "why": why, "back": back, "persona": persona})  # fmt: skip
    after = shown.load(store, study)
    return RedirectResponse(
        said_to(back_address(after, back, claim_id, find_claim(after, claim_id)), "review_moved"), 303
    )


def _conflict(
    request: Request, store: Store, shown: Shown, study: Study, visitor: Visitor, keys: Keys, error: ClaimChangedError,
    claim_id: str, wanted: dict[str, str],
) -> Response:  # fmt: skip
    mask, current = shown.mask(store, study), error.current
    study_shown = shown.load(store, study)
    placed = find_claim(study_shown, claim_id)
    drafted = mask(current.drafted_text) if current else ""
    action, back = wanted["action"], wanted["back"]
    accepts = action == "accept"
    name, address = place_of(study_shown, placed) if placed else ("", "")
    moved_to = current.moved_to if current else ""
    moves = [one for one in store.claim_decisions(study, claim_id) if one.action == "assign" and one.after == moved_to]
    page = ConflictPage(
        address=f"/studies/{study.id}/claims/{claim_id}{'/move' if action == 'assign' else ''}",
        back_address=back_address(study_shown, back, claim_id, placed),
        back=back,
        action=action,
        text=wanted.get("text", ""),
        own_text=wanted.get("text") or drafted,
        why=wanted.get("why", ""),
        persona=wanted.get("persona", ""),
        gone=current is None,
        current_text=mask(current.text) if current else "",
        current_state=current.state.value if current else "proposed",
        current_by=(current.by_whom or "") if current else "",
        current_utc=(current.decided_utc or "") if current else "",
        current_mark=current.mark if current else "",
        # Whoever wanted to accept has shown that they read it before; what changed since is in view here.
        token=read_token(keys, visitor, placed.claim, current.mark) if current and placed and accepts else "",
        moved=next(iter(told(store, shown, study_shown, moves[-1:])), None),
        place_name=name,
        place_address=f"{address}?claim={claim_id}#c-{claim_id}" if address else "",
    )
    return render(request, "review/conflict.html.j2", page, 409)


def _item(one: Placed, current: bool, study: Study, writer: EvidenceWriter, words: Words) -> QueueItem:
    view = writer.head(one.claim, one.persona.participant_ids)
    return QueueItem(view, where_of(one, words, writer), _address(study, claim=one.claim.id), current, one.second_look)


def _slots(one: Placed, writer: EvidenceWriter) -> Markup:
    claim = one.claim
    people = writer.slots((*one.persona.participant_ids, *claim.participant_ids, *claim.against_participant_ids))
    return draw_voices(people, set(claim.participant_ids), set(claim.against_participant_ids), 8)


def _closest(one: Placed, study: Study, writer: EvidenceWriter) -> list[Near]:
    """Claims of the same section, or the same phase, that stand on the same people most."""
    beside = one.column.claims if one.column is not None else one.persona.claims
    people = set(one.claim.participant_ids)
    others = [claim for claim in beside if claim.id != one.claim.id]
    same = one.claim.section
    others.sort(key=lambda claim: (claim.section != same, -len(people.intersection(claim.participant_ids))))
    return [
        Near(writer.head(claim, one.persona.participant_ids), f"/studies/{study.id}/claims/{claim.id}")
        for claim in others[:MOST_CLOSE]
    ]


def _last(store: Store, study_shown: ShownStudy, study: Study, visitor: Visitor) -> LastDecision | None:
    decision = store.last_decision_of(study, visitor.name)
    if decision is None or not undoable(store, study, decision):
        return None
    placed = find_claim(study_shown, decision.subject_id)
    if placed is None:
        return None
    return LastDecision(
        decision.subject_id, decision.action, placed.claim.text, study_shown.marks[decision.subject_id],
        f"/studies/{study.id}/claims/{decision.subject_id}",
    )  # fmt: skip


def _address(study: Study, **values: str) -> str:
    return f"/studies/{study.id}/review{'?' + urlencode(values) if values else ''}"
