"""Personas: the list, one persona as a page that one would print, one's own claims, and other groups of people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.access import Anybody, ResearchedStudy, ReviewedStudy, ViewedStudy
from api.claims import HeadWriter, quoted_finding_ids
from api.deps import OpenStore, Shown, StudyShown
from api.errors import ApiError
from api.models import Id, Sentence
from api.rendering import page_words_of, render
from api.sheets import Card, Frame, frame_of, persona_cards
from api.words import Words
from synth.domain import PERSONA_SECTIONS, Persona
from synth.export.sheet import SheetView, build_sheet
from synth.personas import is_unnamed
from synth.pipeline.deciding import add_claim
from synth.pipeline.reshaping import assign_person, merge_personas, rename_persona, split_persona
from synth.pipeline.shown import ShownStudy
from synth.results import State
from synth.store import Study

router = APIRouter(include_in_schema=False)

MOST_LOYALTY = 200
"""Findings that the strip of a reading is drawn of; with more, no strip is drawn."""
OWN_SECTIONS = tuple(one for one in PERSONA_SECTIONS if one not in ("driver", "channel", "unlike"))

Name = Annotated[Sentence, Form(min_length=1, max_length=120)]
People = Annotated[list[str], Form(max_length=2000)]
SeenDraft = Annotated[str, Form(max_length=64)]
Why = Annotated[Sentence, Form(max_length=2000)]


@dataclass(frozen=True, slots=True)
class PersonasPage:
    """All personas."""

    cards: tuple[Card, ...]
    unassigned: tuple[tuple[str, str], ...]
    """People in no persona, with the reason."""


@dataclass(frozen=True, slots=True)
class PersonaPage:
    """One persona."""

    frame: Frame
    sheet: SheetView
    previous: str
    next: str
    map_id: str
    others: tuple[tuple[str, str], ...]
    elsewhere: tuple[tuple[str, tuple[str, ...]], ...]
    """The other personas with their people, then those in none."""
    draft_id: str
    left: int
    rejected: tuple[tuple[str, str], ...]
    """Id and sentence of claims that were rejected."""
    sections: tuple[tuple[str, str], ...]
    unnamed: bool
    """Whether it waits for a name."""


@router.api_route("/studies/{study_id}/personas", methods=["GET", "HEAD"])
def show_personas(
    request: Request, _study: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown
) -> Response:
    """All personas of the study."""
    cards = persona_cards(request, store, shown, study_shown)
    unassigned = tuple((one.participant_id, one.why) for one in study_shown.draft.unassigned)
    return render(request, "review/personas.html.j2", PersonasPage(cards, unassigned))


@router.api_route("/studies/{study_id}/personas/{persona_id}", methods=["GET", "HEAD"])
def show_persona(
    request: Request, study: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown, persona_id: Id,
    claim: Annotated[str, Query(max_length=64)] = "",
) -> Response:  # fmt: skip
    """One persona: every claim with its strength; its words are fetched when it is opened."""
    personas = study_shown.draft.personas
    at = next((place for place, one in enumerate(personas) if one.id == persona_id), None)
    if at is None:
        raise ApiError("not-found", "The newest draft has no persona with this id.")
    words, base = page_words_of(request), f"/studies/{study.id}"
    persona = personas[at]
    journey = next((one for one in study_shown.draft.maps if one.persona_id == persona_id), None)
    quotes = [quote.finding_id for quote in persona.quotes]
    results = shown.words(store, study_shown, [*quotes, *quoted_finding_ids(persona.claims)])
    wordless = [*_loyalty(persona), *store.heard_drivers(study, persona.participant_ids)]
    bare = shown.bare(store, study_shown, wordless)
    results = replace(results, findings=tuple(dict.fromkeys((*results.findings, *bare))))
    writer = HeadWriter(results, words, base, "persona", claim)
    anchors = ("sheet", f"{base}/maps/{journey.id}" if journey else "")
    sheet = build_sheet(persona, at + 1, journey, anchors, writer)
    page = PersonaPage(
        frame=frame_of(study_shown, results, words),
        sheet=sheet,
        previous=f"{base}/personas/{personas[at - 1].id}" if at else "",
        next=f"{base}/personas/{personas[at + 1].id}" if at + 1 < len(personas) else "",
        map_id=journey.id if journey else "",
        others=tuple((one.id, one.name) for one in personas if one.id != persona_id),
        elsewhere=_elsewhere(study_shown, persona, words),
        draft_id=study_shown.draft_id,
        left=sum(one.id not in study_shown.states for one in persona.claims),
        rejected=tuple(
            (one.id, one.text) for one in persona.claims if study_shown.state(one.id) is State.REJECTED
        ),
        sections=tuple((key, _section(key, words)) for key in OWN_SECTIONS),
        unnamed=is_unnamed(persona.name),
    )  # fmt: skip
    return render(request, "review/persona.html.j2", page)


@router.post("/studies/{study_id}/personas/{persona_id}/claims")
def add_to_persona(
    study: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, persona_id: Id,
    section: Annotated[str, Form(max_length=20)], text: Annotated[Sentence, Form(min_length=1, max_length=400)],
) -> Response:  # fmt: skip
    """Put a claim of one's own on a persona; it is marked as a person's."""
    kept = add_claim(store, study, study_shown, f"persona:{persona_id}", section, text, by_whom=visitor.name)
    address = f"/studies/{study.id}/personas/{persona_id}?claim={kept.subject_id}&said=review_added"
    return RedirectResponse(f"{address}#c-{kept.subject_id}", 303)


@router.post("/studies/{study_id}/personas/{persona_id}/merge")
def merge_on_page(
    study: ResearchedStudy, store: OpenStore, visitor: Anybody, persona_id: Id,
    other: Annotated[str, Form(max_length=64)], draft: SeenDraft, why: Why = "",
) -> Response:  # fmt: skip
    """Make one persona of two; its map follows."""
    merge_personas(store, study, persona_id, other, by_whom=visitor.name, seen_draft=draft, why=why)
    return _to_persona(study, persona_id, "review_merged")


@router.post("/studies/{study_id}/personas/{persona_id}/split")
def split_on_page(
    study: ResearchedStudy, store: OpenStore, visitor: Anybody, persona_id: Id, name: Name, people: People,
    draft: SeenDraft, why: Why = "",
) -> Response:  # fmt: skip
    """Take people out of a persona and make another one of them; both maps follow."""
    made = split_persona(store, study, persona_id, people, name, by_whom=visitor.name, seen_draft=draft, why=why)
    return _to_persona(study, made, "review_split")


@router.post("/studies/{study_id}/personas/{persona_id}/rename")
def rename_on_page(
    study: ResearchedStudy, store: OpenStore, visitor: Anybody, persona_id: Id, name: Name, draft: SeenDraft,
    why: Why = "",
) -> Response:  # fmt: skip
    """Call a persona otherwise."""
    rename_persona(store, study, persona_id, name, by_whom=visitor.name, seen_draft=draft, why=why)
    return _to_persona(study, persona_id, "review_renamed")


@router.post("/studies/{study_id}/personas/{persona_id}/assign")
def assign_on_page(
    study: ResearchedStudy, store: OpenStore, visitor: Anybody, persona_id: Id,
    participant: Annotated[str, Form(max_length=200)], draft: SeenDraft, why: Why = "",
) -> Response:  # fmt: skip
    """Move a person to this persona; the maps of both follow."""
    assign_person(store, study, participant, persona_id, by_whom=visitor.name, seen_draft=draft, why=why)
    return _to_persona(study, persona_id, "review_assigned")


def _to_persona(study: Study, persona_id: str, said: str) -> Response:
    return RedirectResponse(f"/studies/{study.id}/personas/{persona_id}?said={said}", 303)


def _elsewhere(study: ShownStudy, persona: Persona, words: Words) -> tuple[tuple[str, tuple[str, ...]], ...]:
    groups = [(one.name, one.participant_ids) for one in study.draft.personas if one.id != persona.id]
    placed = {person for one in study.draft.personas for person in one.participant_ids}
    rest = tuple(one.id for one in study.participants if one.id not in placed)
    return (*groups, (words("personas.in_none"), rest)) if rest else tuple(groups)


def _loyalty(persona: Persona) -> list[str]:
    """Findings that the strips of the readings are drawn of, where they are few; drawing needs no words of theirs."""
    found = [
        finding
        for claim in persona.claims
        if claim.section == "loyalty"
        for finding in (*claim.finding_ids, *claim.against_finding_ids)
    ]
    return found if len(found) <= MOST_LOYALTY else []


def _section(key: str, words: Words) -> str:
    return words(f"section.{key}") if words.has(f"section.{key}") else words.known("review.place", key)
