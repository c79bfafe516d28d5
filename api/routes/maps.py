"""Journey maps: the whole map at a glance with its evidence, two of them together, what people score and draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from api.access import Anybody, ResearchedStudy, ReviewedStudy, ViewedStudy
from api.claims import HeadWriter, quoted_finding_ids
from api.deps import OpenStore, Shown, StudyShown
from api.errors import ApiError
from api.evidence import MOST_WORDS, CellWords, evidence_writer
from api.models import Id, Sentence
from api.rendering import page_words_of, render
from api.review_models import MapStatus
from api.reviewing import Talk, need_map, talk_of
from api.sheets import Frame, frame_of
from api.side_by_side import Beside, two_personas, two_waves, wave_pairs
from api.words import Words
from synth.accounts import Role
from synth.domain import JourneyMap, Persona, PhaseColumn
from synth.export.claims import Link, Side
from synth.export.drawings.feeling import draw_emblem
from synth.export.grid import (
    CellTalk,
    ColumnView,
    MapView,
    StepView,
    SwitchView,
    build_map,
    phase_name,
    step_finding_ids,
)
from synth.export.sheet import channel_name
from synth.pipeline.deciding import add_claim
from synth.pipeline.mapping import ScoredTouchpoint, map_status, scored_touchpoints
from synth.pipeline.shown import ShownStudy
from synth.store import Store, Study
from synth.store.decisions import MapState, TouchpointScore

router = APIRouter(include_in_schema=False)

LANES = ("doing", "touchpoint", "need", "friction", "moment", "idea")
Key = Annotated[str, Form(min_length=1, max_length=60)]
AskedKey = Annotated[str, Query(max_length=60)]
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
    """Maps that can stand beside it: ids, and names of their personas."""
    waves: tuple[tuple[str, str], ...]
    """Pairs of waves: as the address says them, and in words."""
    beside: Beside | None
    decided: int
    claims: int
    phases: tuple[tuple[str, str], ...]
    lanes: tuple[tuple[str, str], ...]
    talks: tuple[tuple[str, Talk], ...]
    """Comments on cells, each with the name of its cell."""


@dataclass(frozen=True, slots=True)
class ScoresPage:
    """What people think of the touchpoints of a map."""

    journey: JourneyMap
    persona: Persona
    rows: tuple[ScoreRow, ...]


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
    may = visitor.may(Role.REVIEWER, study.id)
    chosen = _decided_only(journey, study_shown) if only else journey
    quotes = [quote.finding_id for column in journey.phases for quote in column.quotes]
    quotes += quoted_finding_ids(claim for column in journey.phases for claim in column.claims)
    results = shown.words(store, study_shown, quotes)
    writer = HeadWriter(results, words, base, "map", claim)
    anchors = (f"{base}/personas/{persona.id}", "map")
    view = build_map(replace(chosen, unplaced_finding_ids=()), persona, place, anchors, writer)
    said_there = words("map_page.said_there")
    said = Counter(one.subject_id for one in store.open_comments(study) if one.subject == "cell")
    view = replace(
        view,
        columns=tuple(
            replace(_with_links(one, base, map_id), talks=_talks(one.column.phase, map_id, base, said, may))
            for one in view.columns
        ),
        switches=tuple(
            replace(one, links=(Link(said_there, _words_address(base, map_id, "", "switch", n=one.number)),))
            for one in view.switches
        ),
    )
    pairs = wave_pairs(store.choices(study).waves)
    two = None
    if beside in pairs:
        two = two_waves(store, study, journey, persona, pairs[beside], base, writer)
    elif beside:
        other, other_persona, other_place = _map(study_shown, beside)
        second = build_map(
            replace(other, unplaced_finding_ids=()), other_persona, other_place, (f"{base}/maps/{other.id}", "beside"),
            HeadWriter(results, words, base, "map"),
        )  # fmt: skip
        two = two_personas(view, second, base, writer)
    ids = [one.id for column in journey.phases for one in column.claims]
    state = store.map_states(study).get(map_id)
    personas = {one.id: one.name for one in study_shown.draft.personas}
    page = MapPage(
        frame=frame_of(study_shown, results, words),
        map=view,
        status=map_status(state, study_shown.draft_id),
        state=state,
        others=tuple((one.id, personas[one.persona_id]) for one in study_shown.draft.maps if one.id != map_id),
        waves=tuple((key, f"{one} \N{EN DASH} {other}") for key, (one, other) in pairs.items()),
        beside=two,
        decided=sum(one in study_shown.states for one in ids),
        claims=len(ids),
        phases=tuple((column.phase, phase_name(writer, column.phase)) for column in journey.phases),
        lanes=tuple((lane, words(f"lane.{lane}")) for lane in LANES),
        talks=tuple(
            (name, talk_of(store, study, "cell", cell, "map"))
            for cell, name in _cells(journey, writer).items()
            if said[cell]
        ),
    )  # fmt: skip
    return render(request, "review/map.html.j2", page, only=only, beside=beside)


@router.api_route("/studies/{study_id}/maps/{map_id}/words", methods=["GET", "HEAD"])
def show_cell(
    request: Request, _: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown, map_id: Id,
    phase: AskedKey = "", what: Literal["feeling", "contact", "switch", "step"] = "feeling", to: AskedKey = "",
    n: Annotated[int | None, Query(ge=0, le=10_000)] = None,
) -> Response:  # fmt: skip
    """What was said behind a point of the curve, a mark of the channels, a move between them, or a way to a phase."""
    journey = _map(study_shown, map_id)[0]
    words = page_words_of(request)
    names = {one.key: one.name(words.language) for one in study_shown.framework.phases}
    ids, among, title = _cited(journey, what, phase, to, n, names, words)
    writer = evidence_writer(store, shown, study_shown, ids if among else ids[:MOST_WORDS], words)
    findings = writer.results.findings_by_id
    if among:
        ids = [one for one in ids if one in findings and findings[one].participant_id in among]
    people = sorted({findings[one].participant_id for one in ids[:MOST_WORDS] if one in findings})
    side = writer.side(people, [one for one in ids[:MOST_WORDS] if one in findings])
    page = CellWords(title, side.people, side, max(0, len(ids) - MOST_WORDS))
    back = f"/studies/{study_shown.study.id}/maps/{map_id}"
    part = request.headers.get("hx-request") == "true"
    template = "review/cell_part.html.j2" if part else "review/cell.html.j2"
    return render(request, template, page, back=back, to=words("personas.map"))


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
    state: Annotated[MapStatus, Form()],
) -> Response:  # fmt: skip
    """Say how far a map is: a draft, in review, agreed."""
    _map(study_shown, map_id)
    store.set_map_state(study, map_id, None if state == "draft" else state, study_shown.draft_id, visitor.name)
    return RedirectResponse(f"/studies/{study.id}/maps/{map_id}?said=review_status", 303)


@router.api_route("/studies/{study_id}/maps/{map_id}/scores", methods=["GET", "HEAD"])
def show_scores(
    request: Request, study: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown, visitor: Anybody,
    map_id: Id,
) -> Response:  # fmt: skip
    """Every touchpoint of a map with what people think of it beside what the interviews say."""
    journey, persona, _ = _map(study_shown, map_id)
    words = page_words_of(request)
    writer = HeadWriter(shown.words(store, study_shown, []), words, f"/studies/{study.id}", "map")
    page = ScoresPage(journey, persona, _scores(store, study, journey, writer, visitor.name))
    return render(request, "review/scores.html.j2", page)


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
    return RedirectResponse(f"/studies/{study.id}/maps/{map_id}/scores?said=review_scored", 303)


def _cited(
    journey: JourneyMap, what: str, phase: str, to: str, n: int | None, names: Mapping[str, str], words: Words
) -> tuple[list[str], frozenset[str], str]:
    """The findings behind a part of a drawing, whose only (nobody: everybody's), and its title."""
    if what == "switch":
        if n is None or n >= len(journey.switches):
            raise ApiError("not-found", "The map has no such move between channels.")
        return list(journey.switches[n].finding_ids), frozenset(), words("map.table_switches")
    column = next((one for one in journey.phases if one.phase == phase), None)
    if column is None:
        raise ApiError("not-found", "The map has no such phase.")
    name = names.get(phase, phase)
    if what == "step":
        step = next((one for one in journey.path if (one.from_phase, one.to_phase) == (phase, to)), None)
        if step is None:
            raise ApiError("not-found", "Nobody went from one of these phases to the other.")
        title = f"{words('lane.path')} · {name} → {names.get(to, to)}"
        return list(step_finding_ids(journey, step)), frozenset(step.participant_ids), title
    if what == "feeling":
        felt = [finding for feeling in column.feelings for finding in feeling.finding_ids]
        return felt, frozenset(), f"{words('lane.feeling')} · {name}"
    contact = [finding for found in column.channel_finding_ids.values() for finding in found]
    return contact, frozenset(), f"{words('lane.touchpoint')} · {name}"


def _map(study: ShownStudy, map_id: str) -> tuple[JourneyMap, Persona, int]:
    journey = need_map(study, map_id)
    place = next(n for n, one in enumerate(study.draft.personas, 1) if one.id == journey.persona_id)
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

    def moved(one: SwitchView) -> SwitchView:
        return replace(one, side=replace(one.side, href=_words_address(base, map_id, "", "switch", n=one.number)))

    def gone(one: StepView) -> StepView:
        href = _words_address(base, map_id, view.column.phase, "step", to=one.to_phase)
        return replace(one, side=replace(one.side, href=href))

    return replace(
        view,
        feeling=linked(view.feeling, "feeling"),
        contact=linked(view.contact, "contact"),
        switches=tuple(map(moved, view.switches)),
        steps=tuple(map(gone, view.steps)),
    )


def _words_address(base: str, map_id: str, phase: str, what: str, **more: object) -> str:
    asked = {"phase": phase, "what": what, **more}
    return f"{base}/maps/{map_id}/words?{urlencode({key: value for key, value in asked.items() if value != ''})}"


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


def _talks(phase: str, map_id: str, base: str, said: Counter[str], may: bool) -> dict[str, CellTalk]:
    """Comments on the cells of a phase: for those who may say something, else where something was said."""
    return {
        lane: CellTalk(f"{base}/maps/{map_id}/talk?{urlencode({'phase': phase, 'lane': lane})}", said[cell])
        for lane in ("feeling", *LANES)
        if said[cell := f"{map_id}:{phase}:{lane}"] or may
    }


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
