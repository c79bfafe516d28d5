"""A persona as a sheet of paper: what each section of it shows (look.md 2, method.md 2 to 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, quantiles

from markupsafe import Markup

from synth.coverage import cited_share
from synth.domain import PERSONA_SECTIONS, Claim, Emotion, JourneyMap, Motivation, Persona, Quote
from synth.export.claims import ClaimView, ClaimWriter, PassageView
from synth.export.drawings.feeling import draw_emblem, draw_strip
from synth.export.evidence import make_passages
from synth.results import Results, State

QUESTIONS = ("information", "moment", "source", "choice", "action")
"""The five motive questions (method.md 3.3)."""
_OWN_SILENCE = ("essence", "driver")


@dataclass(frozen=True, slots=True)
class QuoteView:
    """Words shown by themselves."""

    text: str
    language: str
    source: PassageView


@dataclass(frozen=True, slots=True)
class Reading:
    """One of the two readings of loyalty, with a dot for each person where feelings are behind it."""

    label: str
    claims: tuple[ClaimView, ...]
    strip: Markup
    people: int
    """Those behind the strip; 0 where nothing is drawn."""


@dataclass(frozen=True, slots=True)
class SheetView:
    """One persona."""

    persona: Persona
    place: int
    """From 1, in the order of the draft."""
    of: int
    anchor: str
    map_anchor: str
    """Empty where there is no map."""
    map_title: str
    emblem: Markup
    people: tuple[str, ...]
    everyone: int
    """Participants of the study."""
    hero: QuoteView | None
    quotes: tuple[QuoteView, ...]
    sections: dict[str, tuple[ClaimView, ...]]
    """Every section of `PERSONA_SECTIONS`, empty ones too."""
    questions: tuple[tuple[str, tuple[ClaimView, ...]], ...]
    """The five motive questions in words, each with its claims."""
    not_heard: tuple[str, ...]
    """Drivers of the framework that nobody in this persona spoke of, or not so that it can be told, in words."""
    unsure: bool
    """Whether a driver was heard of these people, and too unclearly to be told."""
    silent: tuple[str, ...]
    """Sections without claims, in words, told once for the whole sheet; but for drivers and the essence."""
    readings: tuple[Reading, ...]
    decided: int
    claims: int
    states: dict[str, int]
    cited_share: float | None
    """How much of what these people said is cited; None where nothing was measured."""
    interviews: int

    @property
    def further(self) -> dict[str, tuple[ClaimView, ...]]:
        """Sections that are none of `PERSONA_SECTIONS`, such as those of an older draft."""
        return {key: views for key, views in self.sections.items() if key not in PERSONA_SECTIONS}


def build_sheet(persona: Persona, place: int, journey: JourneyMap | None, anchors: tuple[str, str], writer: ClaimWriter,
                ) -> SheetView:  # fmt: skip
    """One persona's sheet.

    Args:
        anchors: of the sheet and of its map.
    """
    results, words = writer.results, writer.words
    people = writer.slots(persona.participant_ids)
    shown = [claim for claim in persona.claims if results.state(claim.id) is not State.REJECTED]
    known = {key: tuple(_of(shown, key, people, writer)) for key in dict.fromkeys(claim.section for claim in shown)}
    sections = {key: known.get(key, ()) for key in (*PERSONA_SECTIONS, *known)}
    quotes = tuple(quote for quote in (quote_view(one, writer) for one in persona.quotes) if quote is not None)
    states = Counter(str(results.state(claim.id)) for claim in persona.claims)
    coverage = [one for one in results.coverage if one.participant_id in people]
    drivers = {view.claim.key for view in sections["driver"]}
    return SheetView(
        persona=persona,
        place=place,
        of=len(results.draft.personas),
        anchor=anchors[0],
        map_anchor=anchors[1] if journey else "",
        map_title=journey.title if journey else "",
        emblem=draw_emblem(journey, _emblem_words(journey, writer)) if journey else Markup(),
        people=people,
        everyone=len(results.participants),
        hero=quotes[0] if quotes else None,
        quotes=quotes[1:],
        sections=sections,
        questions=tuple(
            (words(f"question.{question}"), tuple(v for v in sections["decide"] if v.claim.key == question))
            for question in QUESTIONS
        ),
        not_heard=tuple(d.name(words.language) for d in results.framework.drivers if d.key not in drivers),
        unsure=any(
            isinstance(one.detail, Motivation)
            and one.detail.driver_chance is not None
            and one.detail.driver not in drivers
            and one.participant_id in people
            for one in results.findings
        ),
        silent=tuple(
            words(f"section.{key}") for key in PERSONA_SECTIONS if key not in _OWN_SILENCE and not sections[key]
        ),
        readings=tuple(_readings(sections["loyalty"], writer)),
        decided=len(persona.claims) - states[State.PROPOSED],
        claims=len(persona.claims),
        states=dict(states),
        cited_share=cited_share(coverage),
        interviews=len({one.transcript_id for one in coverage}),
    )


def quote_view(quote: Quote, writer: ClaimWriter) -> QuoteView | None:
    """A quote with its source; None where its finding is gone."""
    try:
        passage = make_passages(writer.results, [quote.finding_id], around=0)[0]
    except KeyError:
        return None
    text = " ".join(line.text for line in passage.lines)
    return QuoteView(text, passage.transcript.language, writer.passage(passage))


def driver_name(results: Results, key: str | None, writer: ClaimWriter) -> str:
    """A driver in words; the key itself where a framework does not have it."""
    names = {driver.key: driver.name(writer.words.language) for driver in results.framework.drivers}
    return names.get(key or "", writer.words.known("driver", key or ""))


def channel_name(results: Results, key: str | None, writer: ClaimWriter) -> str:
    """A channel in words."""
    names = {channel.key: channel.name(writer.words.language) for channel in results.framework.channels}
    return names.get(key or "", key or "")


def _of(claims: Sequence[Claim], section: str, people: Sequence[str], writer: ClaimWriter) -> list[ClaimView]:
    views = []
    for claim in (claim for claim in claims if claim.section == section):
        label = ""
        if section == "driver":
            label = driver_name(writer.results, claim.key, writer)
        elif section == "channel":
            label = channel_name(writer.results, claim.key, writer)
        views.append(writer.claim(claim, people, label=label, pitch=8 if section in ("driver", "channel") else 4))
    if section in ("driver", "channel"):
        # Last what has no key of its own: the channels of one person each, told together.
        views.sort(key=lambda view: (view.claim.key is None, -len(view.pro.people)))
    return views


def _readings(claims: Sequence[ClaimView], writer: ClaimWriter) -> list[Reading]:
    groups: dict[str, list[ClaimView]] = {}
    for view in claims:
        # Two keys that are called the same are one reading.
        label = writer.words.known("loyalty_key", view.claim.key) if view.claim.key else ""
        groups.setdefault(label, []).append(view)
    readings = []
    for label, views in groups.items():
        people: dict[str, list[int]] = {}
        for view in views:
            for finding_id in (*view.claim.finding_ids, *view.claim.against_finding_ids):
                finding = writer.results.finding(finding_id)
                if isinstance(finding.detail, Emotion):
                    people.setdefault(finding.participant_id, []).append(finding.detail.valence)
        values = [round(mean(felt) * 2) / 2 for felt in people.values()]
        middle = quantiles(values, n=4, method="inclusive") if len(values) >= 5 else None
        strip = draw_strip(values, mean(values), (middle[0], middle[2]) if middle else None) if values else Markup()
        readings.append(Reading(label, tuple(views), strip, len(values)))
    return readings


def _emblem_words(journey: JourneyMap, writer: ClaimWriter) -> dict[str, str]:
    names = {phase.key: phase.name(writer.words.language) for phase in writer.results.framework.phases}
    return {phase: names.get(phase, phase) for phase in (journey.peak, journey.low) if phase}
