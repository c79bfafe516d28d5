"""What several pages show of personas: each at a glance, and the frame in which the report's templates stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from markupsafe import Markup

from api.claims import HeadWriter
from api.rendering import page_words_of
from api.words import Words
from synth.built_in import is_built_in
from synth.domain import Persona
from synth.export.drawings.feeling import draw_emblem
from synth.export.sheet import QuoteView, quote_view
from synth.pipeline.shown import ShownStudies, ShownStudy
from synth.results import Results, State
from synth.store import Store


@dataclass(frozen=True, slots=True)
class Frame:
    """What the report's template of a sheet asks of its page."""

    results: Results
    show_states: bool
    reader: str
    drafted: str
    trust: CriticName
    interviews: Sequence[object]


@dataclass(frozen=True, slots=True)
class CriticName:
    """Who tried to refute the draft."""

    critic: str


@dataclass(frozen=True, slots=True)
class Card:
    """A persona at a glance."""

    persona: Persona
    place: int
    essence: str
    emblem: Markup
    map_id: str
    decided: int
    """Of the claims of its sheet and of its map."""
    claims: int
    quote: QuoteView | None


def persona_cards(request: Request, store: Store, shown: ShownStudies, study_shown: ShownStudy) -> tuple[Card, ...]:
    """The personas at a glance, in their order."""
    words, base = page_words_of(request), f"/studies/{study_shown.study.id}"
    heroes = [one.quotes[0].finding_id for one in study_shown.draft.personas if one.quotes]
    writer = HeadWriter(shown.words(store, study_shown, heroes), words, base, "persona")
    maps = {journey.persona_id: journey for journey in study_shown.draft.maps}
    cards = []
    for place, persona in enumerate(study_shown.draft.personas, start=1):
        journey = maps.get(persona.id)
        claims = [*persona.claims, *(one for column in (journey.phases if journey else ()) for one in column.claims)]
        cards.append(
            Card(
                persona,
                place,
                next((claim.text for claim in persona.claims if claim.section == "essence"
                      and study_shown.state(claim.id) is not State.REJECTED), ""),
                draw_emblem(journey, {}) if journey else Markup(),
                journey.id if journey else "",
                sum(claim.id in study_shown.states for claim in claims),
                len(claims),
                quote_view(persona.quotes[0], writer) if persona.quotes else None,
            )
        )  # fmt: skip
    return tuple(cards)


def frame_of(study: ShownStudy, results: Results, words: Words) -> Frame:
    """What the report's templates ask of a page of this study."""
    made = study.provenance
    reader = words("studies.built_in") if is_built_in(made.model) else made.model
    critic = CriticName(words("studies.built_in") if is_built_in(made.critic) else made.critic)
    return Frame(results, True, reader, words.date(made.drafted_utc), critic, ())
