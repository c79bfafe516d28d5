"""Journey maps: the whole map at a glance with its evidence, two of them together, what people score and draw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from api.access import Anybody, ResearchedStudy, ReviewedStudy, ViewedStudy
from api.claims import HeadWriter
from api.deps import OpenStore, Shown, StudyShown
from api.errors import ApiError
from api.evidence import evidence_writer
from api.models import Id, Sentence
from api.rendering import page_words_of, render
from api.reviewing import Talk, talk_of
from api.routes.personas import Frame, frame_of
from synth.domain import JourneyMap, Persona, PhaseColumn
from synth.export.claims import Link, Side
from synth.export.drawings.feeling import draw_emblem, hue
from synth.export.grid import ColumnView, MapView, build_map, phase_name
from synth.export.sheet import channel_name
from synth.pipeline.deciding import add_claim
from synth.pipeline.mapping import ScoredTouchpoint, drawn_map, map_status, scored_touchpoints
from synth.pipeline.shown import ShownStudy
from synth.store import Store, Study
from synth.store.decisions import DrawnPhase, MapState, TouchpointScore

router = APIRouter(include_in_schema=False)

MOST_WORDS = 400
"""Findings whose words are shown at once for a cell."""
LANES = ("doing", "touchpoint", "need", "friction", "moment", "idea")
Kind = Literal["own", "future"]
Key = Annotated[str, Form(min_length=1, max_length=60)]
Texts = Annotated[list[str], Form(max_length=100)]
OneToFive = Annotated[int | None, Form(ge=1, le=5)]


@dataclass(frozen=True, slots=True)
class MapCard:
    """A map in the list."""

    journey: JourneyMap
    persona: Persona
    emblem: Markup
    status: str
    decided: int
    claims: int


@dataclass(frozen=True, slots=True)
class MapsPage:
    """All maps."""

    cards: tuple[MapCard, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A map that people drew, beside the one that was drafted."""

    kind: str
    curve: Markup
    rows: tuple[DrawnRow, ...]
    any: bool


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """One phase of it."""

    phase: str
    name: str
    now: str
    """What the interviews say: '+1.4', or a dash."""
    valence: str
    """What people drew, as it stands in the field; empty for nothing."""
    shown: str
    words: str
    way: str
    """`up`, `down`, `same` or nothing, from what the interviews say to what was drawn."""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One touchpoint with what people think of it."""

    phase: str
    phase_name: str
    channel: str
    channel_name: str
    scored: ScoredTouchpoint
    own: TouchpointScore | None
    felt: str


@dataclass(frozen=True, slots=True)
class MapPage:
    """One map."""

    frame: Frame
    map: MapView
    status: str
    state: MapState | None
    others: tuple[tuple[str, str], ...]
    compared: tuple[MapView, ...]
    """This map and another, to stand above each other."""
    decided: int
    claims: int
    scores: tuple[ScoreRow, ...]
    own: Drawn
    future: Drawn
    phases: tuple[tuple[str, str], ...]
    lanes: tuple[tuple[str, str], ...]
    talks: tuple[tuple[str, Talk], ...]
    """Comments on cells, each with the name of its cell."""
    cells: tuple[tuple[str, str], ...]
    """Each cell that nobody comments on yet, with its name."""

    @property
    def scored(self) -> bool:
        """Whether anybody gave a score: the table stands open then."""
        return any(row.scored.people for row in self.scores)


@dataclass(frozen=True, slots=True)
class CellWords:
    """What was said about a cell."""

    title: str
    people: tuple[str, ...]
    side: Side
    more: int


@router.api_route("/studies/{study_id}/maps", methods=["GET", "HEAD"])
def show_maps(request: Request, study: ViewedStudy, store: OpenStore, study_shown: StudyShown) -> Response:
    """All journey maps of the study."""
    personas, states = {one.id: one for one in study_shown.draft.personas}, store.map_states(study)
    cards = []
    for journey in study_shown.draft.maps:
        ids = [claim.id for column in journey.phases for claim in column.claims]
        cards.append(
            MapCard(
                journey,
                personas[journey.persona_id],
                draw_emblem(journey, {}, width=420, height=96),
                map_status(states.get(journey.id), study_shown.draft_id),
                sum(one in study_shown.states for one in ids),
                len(ids),
            )
        )
    return render(request, "review/maps.html.j2", MapsPage(tuple(cards)))


@router.api_route("/studies/{study_id}/maps/{map_id}", methods=["GET", "HEAD"])
def show_map(
    request: Request, study: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown, visitor: Anybody,
    map_id: Id, claim: Annotated[str, Query(max_length=64)] = "", beside: Annotated[str, Query(max_length=64)] = "",
    only: Literal["", "decided"] = "",
) -> Response:  # fmt: skip
    """One map: every claim, point and channel opens the words that it stands on."""
    journey, persona, place = _map(study_shown, map_id)
    words, base = page_words_of(request), f"/studies/{study.id}"
    chosen = _decided_only(journey, study_shown) if only else journey
    quotes = [quote.finding_id for column in journey.phases for quote in column.quotes]
    results = shown.words(store, study_shown, quotes)
    writer = HeadWriter(results, words, base, "map", claim)
    anchors = (f"{base}/personas/{persona.id}", "map")
    view = build_map(replace(chosen, unplaced_finding_ids=()), persona, place, anchors, writer)
    said_there = words("map_page.said_there")
    view = replace(
        view,
        columns=tuple(_with_links(one, base, map_id) for one in view.columns),
        switches=tuple(
            replace(one, links=(Link(said_there, _words_address(base, map_id, switch.from_phase, "switch")),))
            for one, switch in zip(view.switches, journey.switches, strict=True)
        ),
    )
    compared: tuple[MapView, ...] = ()
    if beside:
        other, other_persona, other_place = _map(study_shown, beside)
        second = build_map(
            replace(other, unplaced_finding_ids=()), other_persona, other_place, (f"{base}/maps/{other.id}", "beside"),
            HeadWriter(results, words, base, "map"),
        )  # fmt: skip
        compared = (view, second)
    ids = [one.id for column in journey.phases for one in column.claims]
    talks = _talks(store, study, journey, writer)
    said = {talk.subject_id for _, talk in talks}
    state = store.map_states(study).get(map_id)
    page = MapPage(
        frame=frame_of(study_shown, results, words),
        map=view,
        status=map_status(state, study_shown.draft_id),
        state=state,
        others=tuple((one.id, one.title) for one in study_shown.draft.maps if one.id != map_id),
        compared=compared,
        decided=sum(one in study_shown.states for one in ids),
        claims=len(ids),
        scores=_scores(store, study, journey, writer, visitor.name),
        own=_drawn(store, study, journey, "own", writer),
        future=_drawn(store, study, journey, "future", writer),
        phases=tuple((column.phase, phase_name(writer, column.phase)) for column in journey.phases),
        lanes=tuple((lane, words(f"lane.{lane}")) for lane in LANES),
        talks=talks,
        cells=tuple((cell, name) for cell, name in _cells(journey, writer).items() if cell not in said),
    )  # fmt: skip
    return render(request, "review/map.html.j2", page, only=only, beside=beside)


@router.api_route("/studies/{study_id}/maps/{map_id}/words", methods=["GET", "HEAD"])
def show_cell(
    request: Request, _: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown, map_id: Id,
    phase: Annotated[str, Query(max_length=60)], what: Literal["feeling", "contact", "switch"] = "feeling",
) -> Response:  # fmt: skip
    """What was said behind a point of the curve, a mark of the channels, or a switch."""
    journey = _map(study_shown, map_id)[0]
    column = next((one for one in journey.phases if one.phase == phase), None)
    if column is None:
        raise ApiError("not-found", "The map has no such phase.")
    if what == "feeling":
        ids = [finding for feeling in column.feelings for finding in feeling.finding_ids]
    elif what == "contact":
        ids = [finding for found in column.channel_finding_ids.values() for finding in found]
    else:
        ids = [one for switch in journey.switches if switch.from_phase == phase for one in switch.finding_ids]
    words = page_words_of(request)
    writer = evidence_writer(store, shown, study_shown, ids[:MOST_WORDS], words)
    findings = writer.results.findings_by_id
    people = sorted({one.participant_id for one in findings.values()})
    side = writer.side(people, [one for one in ids[:MOST_WORDS] if one in findings])
    title = f"{words('lane.feeling' if what == 'feeling' else 'lane.touchpoint')} · {phase_name(writer, phase)}"
    page = CellWords(title, side.people, side, max(0, len(ids) - MOST_WORDS))
    part = request.headers.get("hx-request") == "true"
    return render(request, "review/cell_part.html.j2" if part else "review/cell.html.j2", page, map_id=map_id)


@router.post("/studies/{study_id}/maps/{map_id}/claims")
def add_to_map(
    study: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id, phase: Key,
    section: Key, text: Annotated[Sentence, Form(min_length=1, max_length=400)],
) -> Response:  # fmt: skip
    """Put a claim of one's own into a cell."""
    kept = add_claim(store, study, study_shown, f"map:{map_id}:{phase}", section, text, by_whom=visitor.name)
    address = f"/studies/{study.id}/maps/{map_id}?claim={kept.subject_id}&said=review_added"
    return RedirectResponse(f"{address}#c-{kept.subject_id}", 303)


@router.post("/studies/{study_id}/maps/{map_id}/status")
def set_status(
    study: ResearchedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id,
    state: Annotated[Literal["draft", "review", "agreed"], Form()],
) -> Response:  # fmt: skip
    """Say how far a map is: a draft, in review, agreed."""
    _map(study_shown, map_id)
    store.set_map_state(study, map_id, None if state == "draft" else state, study_shown.draft_id, visitor.name)
    return RedirectResponse(f"/studies/{study.id}/maps/{map_id}?said=review_status", 303)


@router.post("/studies/{study_id}/maps/{map_id}/scores")
def score_touchpoint(
    study: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id, phase: Key,
    channel: Key, satisfaction: OneToFive = None, person: OneToFive = None, organisation: OneToFive = None,
) -> Response:  # fmt: skip
    """Say what one thinks of a touchpoint, 1 to 5 each; it stands beside what the interviews say."""
    journey, _, _ = _map(study_shown, map_id)
    if not any(column.phase == phase and channel in column.channels for column in journey.phases):
        raise ApiError("invalid-request", "The map has no such touchpoint.")
    score = TouchpointScore(phase, channel, visitor.name, satisfaction, person, organisation)
    store.put_score(study, map_id, score)
    return RedirectResponse(f"/studies/{study.id}/maps/{map_id}?said=review_scored#scores", 303)


@router.post("/studies/{study_id}/maps/{map_id}/drawn/{kind}")
def draw(
    study: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id, kind: Kind,
    phase: Texts, valence: Texts, words: Texts,
) -> Response:  # fmt: skip
    """Keep the map as people think that it is, or as it should become: a feeling and words for each phase."""
    journey, _, _ = _map(study_shown, map_id)
    if not len(phase) == len(valence) == len(words):
        raise ApiError("invalid-request", "Each phase has one feeling and one text.")
    known = {column.phase for column in journey.phases}
    phases = [
        DrawnPhase(key, _valence(value), " ".join(text.split())[:400])
        for key, value, text in zip(phase, valence, words, strict=True)
        if key in known
    ]
    store.draw_phases(study, map_id, kind, phases, visitor.name)
    return RedirectResponse(f"/studies/{study.id}/maps/{map_id}?said=review_drawn#{kind}", 303)


def _valence(given: str) -> float | None:
    try:
        value = float(given)
    except ValueError:
        return None
    return value if -2 <= value <= 2 else None


def _map(study: ShownStudy, map_id: str) -> tuple[JourneyMap, Persona, int]:
    journey = next((one for one in study.draft.maps if one.id == map_id), None)
    place = next((n for n, one in enumerate(study.draft.personas, 1) if journey and one.id == journey.persona_id), None)
    if journey is None or place is None:
        raise ApiError("not-found", "The newest draft has no map with this id.")
    return journey, study.draft.personas[place - 1], place


def _decided_only(journey: JourneyMap, study: ShownStudy) -> JourneyMap:
    """Without what nobody has decided on yet."""

    def kept(column: PhaseColumn) -> PhaseColumn:
        return replace(column, claims=tuple(one for one in column.claims if one.id in study.states))

    return replace(journey, phases=tuple(map(kept, journey.phases)))


def _with_links(view: ColumnView, base: str, map_id: str) -> ColumnView:
    """Points of the curve and marks of channels, with the address of what was said there."""

    def linked(side: Side, what: str) -> Side:
        return replace(side, href=_words_address(base, map_id, view.column.phase, what)) if side.people else side

    return replace(view, feeling=linked(view.feeling, "feeling"), contact=linked(view.contact, "contact"))


def _words_address(base: str, map_id: str, phase: str, what: str) -> str:
    return f"{base}/maps/{map_id}/words?phase={phase}&what={what}"


def _scores(store: Store, study: Study, journey: JourneyMap, writer: HeadWriter, name: str) -> tuple[ScoreRow, ...]:
    given = store.touchpoint_scores(study, journey.id)
    means = {column.phase: column.mean for column in journey.phases}
    return tuple(
        ScoreRow(
            one.phase,
            phase_name(writer, one.phase),
            one.channel,
            channel_name(writer.results, one.channel, writer),
            one,
            next((s for s in given if (s.phase, s.channel, s.by_whom) == (one.phase, one.channel, name)), None),
            _signed(writer, means.get(one.phase)),
        )
        for one in scored_touchpoints(journey, given)
    )


def _drawn(store: Store, study: Study, journey: JourneyMap, kind: str, writer: HeadWriter) -> Drawn:
    given = store.drawn_phases(study, journey.id, kind)
    rows = []
    for column in journey.phases:
        one = given.get(column.phase)
        value = one.valence if one else None
        way = "" if value is None or column.mean is None else hue(value - column.mean)
        rows.append(
            DrawnRow(
                column.phase,
                phase_name(writer, column.phase),
                _signed(writer, column.mean),
                "" if value is None else f"{value:g}",
                _signed(writer, value),
                one.words if one else "",
                {"pos": "up", "neg": "down", "flat": "same"}.get(way, ""),
            )
        )
    curve = draw_emblem(drawn_map(journey, given), {}, width=1150, height=104) if given else Markup()
    return Drawn(kind, curve, tuple(rows), bool(given))


def _talks(store: Store, study: Study, journey: JourneyMap, writer: HeadWriter) -> tuple[tuple[str, Talk], ...]:
    names = _cells(journey, writer)
    cells = {one.subject_id for one in store.open_comments(study)
             if one.subject == "cell" and one.subject_id.startswith(f"{journey.id}:")}  # fmt: skip
    return tuple((names.get(cell, cell), talk_of(store, study, "cell", cell, "map")) for cell in sorted(cells))


def _cells(journey: JourneyMap, writer: HeadWriter) -> dict[str, str]:
    """The cells that comments are about, as comments name them, with their names."""
    phases = {column.phase: phase_name(writer, column.phase) for column in journey.phases}
    return {
        f"{journey.id}:{phase}:{lane}": f"{name} · {writer.words.known('lane', lane)}"
        for phase, name in phases.items()
        for lane in ("feeling", *LANES)
    }


def _signed(writer: HeadWriter, value: float | None) -> str:
    return "\N{EN DASH}" if value is None else writer.words.decimal(value, signed=True)
