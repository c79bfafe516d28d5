"""Maps that people draw: a future state, copied from a map to be changed cell by cell, and a map of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from api.access import Anybody, ResearchedStudy, ReviewedStudy, ViewedStudy
from api.claims import quoted_finding_ids
from api.deps import OpenStore, Shown, StudyShown
from api.errors import ApiError
from api.models import Id
from api.rendering import page_words_of, render
from api.review_models import DrawnKind, MapStatus
from api.reviewing import need_map
from api.words import Words
from synth.domain import JourneyMap, Persona, PhaseColumn
from synth.export.claims import said_in
from synth.export.drawings.over import draw_over
from synth.export.grid import column_width
from synth.pipeline.drawing import (
    DRAWN_LANES,
    CellChangedError,
    Change,
    DrawnMap,
    begin_drawn,
    both_of,
    change_cell,
    copied_cells,
    open_drawn,
    set_drawn_status,
)
from synth.pipeline.shown import ShownStudy
from synth.store.drawn import DrawnCell, DrawnItem, Place

router = APIRouter(include_in_schema=False)

Key = Annotated[str, Form(min_length=1, max_length=60)]
AskedKey = Annotated[str, Query(max_length=60)]
Ids = Annotated[list[Annotated[str, Form(max_length=80)]], Form(max_length=40)]
Texts = Annotated[list[Annotated[str, Form(max_length=400)]], Form(max_length=40)]
Keys = Annotated[list[Annotated[str, Form(max_length=60)]], Form(max_length=40)]
Gone = Annotated[list[Annotated[int, Form(ge=0, le=40)]], Form(max_length=40)]
_SMALL = 46
"""Pixels a phase on a narrow screen."""
_ROWS = 2
"""Empty rows below what a cell holds."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """One sentence or touchpoint of a cell."""

    id: str
    text: str
    key: str
    channel: str
    """The channel in words."""
    what: str
    """`same`, `added`, `changed`, `removed`."""
    was: str
    """What it said; empty unless it was put differently."""
    said: str = ""
    """The language of the words, where they are a participant's own as the drafted map quotes them."""


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell."""

    anchor: str
    address: str
    """Of its form."""
    items: tuple[ItemView, ...]
    """Those that are removed stand last."""
    heard: tuple[ItemView, ...]
    """What the interviews say there, beside a map of one's own."""


@dataclass(frozen=True, slots=True)
class PhaseView:
    """One phase."""

    key: str
    place: int
    name: str
    title: str
    now: str
    """How it feels by the interviews: '+0.4', or a dash."""
    then: str
    """How it was drawn; empty for nothing."""
    way: str
    """`up`, `down`, `same`, or nothing."""
    cells: Mapping[str, CellView]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One row of the list of changes."""

    phase: str
    lane: str
    what: str
    old: str
    new: str
    anchor: str


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A drawn map, or the invitation to begin one."""

    journey: JourneyMap
    persona: Persona
    kind: str
    drawn: DrawnMap | None
    phases: tuple[PhaseView, ...]
    width: int
    curve: Markup
    curve_small: Markup
    """The same for a narrow screen."""
    changes: tuple[ChangeView, ...]
    counts: Mapping[str, int]
    """How many were added, changed and removed."""
    heard: bool
    """Whether what the interviews say stands beside a map of one's own."""
    edited: CellForm | None
    """The cell whose form is open without a script."""


@dataclass(frozen=True, slots=True)
class CellForm:
    """A cell to edit."""

    address: str
    back: str
    kind: str
    phase: str
    lane: str
    title: str
    version: int
    rows: tuple[ItemView, ...]
    """What it holds, then empty rows."""
    channels: tuple[tuple[str, str], ...]
    """Keys and names; empty but for touchpoints."""
    feeling: str
    by_whom: str
    utc: str
    earlier: tuple[tuple[DrawnCell, tuple[str, ...]], ...]
    """Versions before, the newest first, with their texts."""


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """Somebody changed the cell meanwhile: both versions, and the choice."""

    form: CellForm
    theirs: tuple[ItemView, ...]
    mine: tuple[ItemView, ...]
    both: tuple[ItemView, ...]


@router.api_route("/studies/{study_id}/maps/{map_id}/drawn/{kind}", methods=["GET", "HEAD"])
def show_drawn(
    request: Request, _: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown, map_id: Id,
    kind: DrawnKind, heard: Annotated[str, Query(max_length=1)] = "", phase: AskedKey = "", lane: AskedKey = "",
) -> Response:  # fmt: skip
    """A map that people drew, with both curves and all that changes."""
    journey = need_map(study_shown, map_id)
    words = page_words_of(request)
    drawn = open_drawn(store, study_shown, map_id, kind)
    names = _Names(study_shown, words, _quoted(store, shown, study_shown, journey))
    beside = copied_cells(journey, study_shown) if kind == "own" and heard else {}
    phases = _phases(journey, drawn, beside, names)
    changes = drawn.changes([one.phase for one in journey.phases]) if drawn and kind == "future" else ()
    edited = None
    if drawn and phase and (phase, lane) in {(one.key, key) for one in phases for key in one.cells}:
        edited = _form(study_shown, store, drawn, (phase, lane), names)
    width = column_width(len(journey.phases))
    page = DrawnPage(
        journey=journey,
        persona=next(one for one in study_shown.draft.personas if one.id == journey.persona_id),
        kind=kind,
        drawn=drawn,
        phases=phases,
        width=width,
        curve=_curve(journey, drawn, width, words),
        curve_small=_curve(journey, drawn, _SMALL, words),
        changes=tuple(_change(one, names) for one in changes),
        counts={what: sum(one.what == what for one in changes) for what in ("added", "changed", "removed")},
        heard=bool(heard),
        edited=edited,
    )
    return render(request, "review/drawn.html.j2", page)


@router.api_route("/studies/{study_id}/maps/{map_id}/drawn/{kind}/cell", methods=["GET", "HEAD"])
def show_form(
    request: Request, _: ReviewedStudy, store: OpenStore, study_shown: StudyShown, map_id: Id, kind: DrawnKind,
    phase: AskedKey, lane: AskedKey,
) -> Response:  # fmt: skip
    """The form of one cell."""
    journey = need_map(study_shown, map_id)
    drawn = open_drawn(store, study_shown, map_id, kind)
    if drawn is None or lane not in DRAWN_LANES or phase not in {one.phase for one in journey.phases}:
        raise ApiError("not-found", "The map has no such cell.")
    form = _form(study_shown, store, drawn, (phase, lane), _Names(study_shown, page_words_of(request)))
    part = request.headers.get("hx-request") == "true"
    return render(request, "review/drawn_form.html.j2" if part else "review/drawn_cell.html.j2", form)


@router.post("/studies/{study_id}/maps/{map_id}/drawn/{kind}")
def begin(
    _: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id, kind: DrawnKind
) -> Response:
    """Begin a drawn map: a future state as a copy, a map of one's own empty."""
    begin_drawn(store, study_shown, map_id, kind, by_whom=visitor.name)
    return RedirectResponse(_address(study_shown, map_id, kind), 303)


@router.post("/studies/{study_id}/maps/{map_id}/drawn/{kind}/cell")
def save_cell(
    request: Request, _: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id,
    kind: DrawnKind, phase: Key, lane: Key, seen: Annotated[int, Form(ge=0)], id: Ids, text: Texts, key: Keys,
    gone: Gone = [],  # noqa: B006
) -> Response:  # fmt: skip
    """Keep what a cell shall hold; where somebody changed it meanwhile, show both and let choose."""
    if not len(id) == len(text) == len(key):
        raise ApiError("invalid-request", "Each row has an id, a text and a channel, which may be empty.")
    rows = [DrawnItem(*one) for place, one in enumerate(zip(id, text, key, strict=True)) if place not in gone]
    try:
        change_cell(store, study_shown, map_id, kind, (phase, lane), rows, seen=seen, by_whom=visitor.name)
    except CellChangedError as error:
        return _conflict(request, store, study_shown, map_id, kind, (phase, lane), error.current, rows)
    return RedirectResponse(f"{_address(study_shown, map_id, kind)}?said=drawn_kept#{_anchor(phase, lane)}", 303)


@router.post("/studies/{study_id}/maps/{map_id}/drawn/{kind}/status")
def set_status(
    _: ResearchedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id, kind: DrawnKind,
    state: Annotated[MapStatus, Form()],
) -> Response:  # fmt: skip
    """Say how far a drawn map is: a draft, in review, agreed."""
    need_map(study_shown, map_id)
    set_drawn_status(store, study_shown, map_id, kind, state, by_whom=visitor.name)
    return RedirectResponse(f"{_address(study_shown, map_id, kind)}?said=review_status", 303)


class _Names:
    """Phases, lanes and channels in the words of the page."""

    def __init__(self, shown: ShownStudy, words: Words, quoted: Mapping[str, str] | None = None) -> None:
        """`quoted`: sentences that are participants' own words, with their language."""
        self.words = words
        self.quoted = quoted or {}
        self.phases = {one.key: one.name(words.language) for one in shown.framework.phases}
        self.titles = {one.key: one.title(words.language) for one in shown.framework.phases}
        self.channels = {one.key: one.name(words.language) for one in shown.framework.channels}

    def phase(self, key: str) -> str:
        return self.phases.get(key, key)

    def lane(self, lane: str) -> str:
        return self.words(f"drawn.lane.{lane}")

    def item(self, item: DrawnItem, what: str = "same", was: str = "") -> ItemView:
        channel, said = self.channels.get(item.key, item.key), self.quoted.get(item.text, "")
        return ItemView(item.id, item.text, item.key, channel, what, was, said)

    def said(self, item: DrawnItem | None, lane: str) -> str:
        """An item in one line."""
        if item is None:
            return ""
        if lane == "feeling":
            return self.words.decimal(float(item.text), signed=True)
        channel = self.channels.get(item.key, item.key)
        return ": ".join(part for part in (channel, item.text) if part)


def _quoted(store: OpenStore, shown: Shown, study_shown: ShownStudy, journey: JourneyMap) -> dict[str, str]:
    """Sentences of the drafted map that are participants' own words, with their language."""
    claims = [claim for column in journey.phases for claim in column.claims]
    results = shown.words(store, study_shown, quoted_finding_ids(claims))
    return {claim.text: language for claim in claims if (language := said_in(claim, results))}


def _address(shown: ShownStudy, map_id: str, kind: str) -> str:
    return f"/studies/{shown.study.id}/maps/{map_id}/drawn/{kind}"


def _anchor(phase: str, lane: str) -> str:
    return f"at-{phase}-{lane}".replace(" ", "-")


def _phases(
    journey: JourneyMap, drawn: DrawnMap | None, beside: Mapping[Place, Sequence[DrawnItem]], names: _Names
) -> tuple[PhaseView, ...]:
    if drawn is None:
        return ()
    made = []
    for number, column in enumerate(journey.phases, start=1):
        before = _before(drawn, column)
        after = drawn.feeling(column.phase)
        way = ""
        if before is not None and after is not None:
            way = "same" if abs(after - before) < 0.05 else "up" if after > before else "down"
        title = next((claim.text for claim in column.claims if claim.section == "title"), "")
        made.append(
            PhaseView(
                column.phase,
                number,
                names.phase(column.phase),
                title or names.titles.get(column.phase, ""),
                _signed(names.words, before),
                "" if after is None else _signed(names.words, after),
                way,
                {lane: _cell(drawn, column.phase, lane, beside, names) for lane in DRAWN_LANES},
            )
        )
    return tuple(made)


def _cell(
    drawn: DrawnMap, phase: str, lane: str, beside: Mapping[Place, Sequence[DrawnItem]], names: _Names
) -> CellView:
    changes = drawn.changes_of(phase, lane) if drawn.kind == "future" else ()
    by_id = {one.new.id: one for one in changes if one.new}
    items = []
    for item in drawn.cell(phase, lane).items:
        change = by_id.get(item.id)
        was = names.said(change.old, lane) if change and change.what == "changed" else ""
        items.append(names.item(item, change.what if change else "same", was))
    items += [names.item(one.old, "removed") for one in changes if one.old and one.what == "removed"]
    heard = tuple(names.item(one) for one in beside.get((phase, lane), ()))
    address = f"cell?phase={phase}&lane={lane}"
    return CellView(_anchor(phase, lane), address, tuple(items), heard)


def _form(shown: ShownStudy, store: OpenStore, drawn: DrawnMap, place: Place, names: _Names) -> CellForm:
    phase, lane = place
    cell = drawn.cell(phase, lane)
    held = tuple(names.item(one) for one in cell.items)
    empty = ItemView("", "", "", "", "same", "")
    earlier = [one for one in store.drawn_history(shown.study, drawn.map_id, drawn.kind, place) if one != cell]
    address = _address(shown, drawn.map_id, drawn.kind)
    return CellForm(
        address=f"{address}/cell",
        back=f"{address}#{_anchor(phase, lane)}",
        kind=drawn.kind,
        phase=phase,
        lane=lane,
        title=f"{names.lane(lane)} · {names.phase(phase)}",
        version=cell.version,
        rows=(*held, *((empty,) * _ROWS)),
        channels=tuple(names.channels.items()) if lane == "touchpoint" else (),
        feeling=cell.items[0].text if lane == "feeling" and cell.items else "",
        by_whom=cell.by_whom if cell.version else "",
        utc=cell.utc,
        earlier=tuple((one, tuple(names.said(item, lane) for item in one.items)) for one in reversed(earlier)),
    )


def _conflict(
    request: Request, store: OpenStore, shown: ShownStudy, map_id: str, kind: str, place: Place, current: DrawnCell,
    rows: Sequence[DrawnItem],
) -> Response:  # fmt: skip
    names = _Names(shown, page_words_of(request))
    drawn = open_drawn(store, shown, map_id, kind)
    assert drawn is not None
    mine = [one for one in rows if one.text.strip() or one.key]
    page = ConflictPage(
        form=_form(shown, store, drawn, place, names),
        theirs=tuple(names.item(one) for one in current.items),
        mine=tuple(names.item(one) for one in mine),
        both=tuple(names.item(one) for one in both_of(current.items, mine)),
    )
    return render(request, "review/drawn_conflict.html.j2", page, 409)


def _change(one: Change, names: _Names) -> ChangeView:
    return ChangeView(
        names.phase(one.phase),
        names.lane(one.lane),
        one.what,
        names.said(one.old, one.lane),
        names.said(one.new, one.lane),
        _anchor(one.phase, one.lane),
    )


def _before(drawn: DrawnMap, column: PhaseColumn) -> float | None:
    """How a phase feels by the interviews: as it was copied; beside a map of one's own, as it is now."""
    return drawn.feeling_before(column.phase) if drawn.kind == "future" else column.mean


def _curve(journey: JourneyMap, drawn: DrawnMap | None, width: int, words: Words) -> Markup:
    if drawn is None:
        return Markup()
    before = [_before(drawn, one) for one in journey.phases]
    after = [drawn.feeling(one.phase) for one in journey.phases]
    return draw_over(before, after, width, (words("drawn.curve.now"), words(f"drawn.curve.{drawn.kind}")))


def _signed(words: Words, value: float | None) -> str:
    return "\N{EN DASH}" if value is None else words.decimal(value, signed=True)
