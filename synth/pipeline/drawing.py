"""Maps that people draw beside a drafted one: a future state, which begins as a copy of it, and their own, which begins
empty.

A drawn map is made of cells; each change of a cell names the version that was seen and becomes the next one, so that of
two people who edit the same cell the second gets both versions and chooses. What changes is told against the copy as it
was made: what was added, removed, and put differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from synth.domain import JourneyMap, PhaseColumn, fold_space
from synth.errors import InputError, NotFoundError, SynthError
from synth.pipeline.mapping import map_status
from synth.pipeline.shown import ShownStudy
from synth.results import State
from synth.store import Store
from synth.store.decisions import MapState
from synth.store.drawn import DrawnCell, DrawnHead, DrawnItem, Place

DRAWN_LANES = ("feeling", "doing", "touchpoint", "need", "friction", "moment", "idea", "kpi")
"""The rows of a drawn map; `feeling` holds one number from -2 to 2."""
MOST_ITEMS, LONGEST = 12, 400
_SAME_ROW = {"question": "friction", "wow": "moment"}


class CellChangedError(SynthError):
    """Somebody changed the cell since it was seen; nothing was stored.

    Attributes:
        current: the cell as it is now.
    """

    def __init__(self, current: DrawnCell) -> None:
        super().__init__("The cell has changed since it was seen. Nothing was stored; look at it as it is now.")
        self.current = current


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise than in the copy as it was made."""

    phase: str
    lane: str
    what: str
    """`added`, `removed` or `changed`."""
    old: DrawnItem | None
    new: DrawnItem | None


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """A map that people drew, as it is now."""

    map_id: str
    kind: str
    head: DrawnHead
    status: str
    """`draft`, `review`, `agreed`, or `outdated`: a draft came since it was agreed on or put to review."""
    behind: bool
    """A newer draft than the one it was copied from is there."""
    cells: Mapping[Place, DrawnCell]
    first: Mapping[Place, DrawnCell]
    """As it was copied."""

    def cell(self, phase: str, lane: str) -> DrawnCell:
        """A cell; empty where nothing was ever in it."""
        return self.cells.get((phase, lane), _EMPTY)

    def feeling(self, phase: str) -> float | None:
        """How the phase feels as it was drawn."""
        return feeling_of(self.cell(phase, "feeling").items)

    def feeling_before(self, phase: str) -> float | None:
        """How it felt in the copy as it was made."""
        return feeling_of(self.first.get((phase, "feeling"), _EMPTY).items)

    def changes_of(self, phase: str, lane: str) -> tuple[Change, ...]:
        """What is otherwise in one cell: what was added and changed in the order of the cell, then what was removed."""
        before = {one.id: one for one in self.first.get((phase, lane), _EMPTY).items}
        now = self.cell(phase, lane).items
        found = []
        for one in now:
            old = before.get(one.id)
            if old is None:
                found.append(Change(phase, lane, "added", None, one))
            elif (old.text, old.key) != (one.text, one.key):
                found.append(Change(phase, lane, "changed", old, one))
        kept = {one.id for one in now}
        found += [Change(phase, lane, "removed", one, None) for one in before.values() if one.id not in kept]
        return tuple(found)

    def changes(self, phases: Sequence[str]) -> tuple[Change, ...]:
        """All that is otherwise, in the order of these phases and of the lanes."""
        return tuple(one for phase in phases for lane in DRAWN_LANES for one in self.changes_of(phase, lane))


_EMPTY = DrawnCell(0, ())


def copied_cells(journey: JourneyMap, shown: ShownStudy) -> dict[Place, tuple[DrawnItem, ...]]:
    """A map cell by cell, as a copy of it begins: what was rejected is left out, channels without a sentence are in."""
    cells: dict[Place, tuple[DrawnItem, ...]] = {}
    for column in journey.phases:
        lanes: dict[str, list[DrawnItem]] = {lane: [] for lane in DRAWN_LANES}
        if column.mean is not None:
            lanes["feeling"].append(DrawnItem("feeling", f"{column.mean:.1f}"))
        for claim in column.claims:
            lane = _SAME_ROW.get(claim.section, claim.section)
            if lane in lanes and shown.state(claim.id) is not State.REJECTED:
                key = (claim.key or "") if lane == "touchpoint" else ""
                lanes[lane].append(DrawnItem(claim.id, claim.text, key))
        lanes["touchpoint"] += _channels(column, {one.key for one in lanes["touchpoint"]})
        lanes["kpi"] = [
            DrawnItem(f"kpi-{idea}", plan.kpi)
            for idea, plan in column.plans.items()
            if plan.kpi and shown.state(idea) is not State.REJECTED
        ]
        cells |= {(column.phase, lane): tuple(items) for lane, items in lanes.items()}
    return cells


def open_drawn(store: Store, shown: ShownStudy, map_id: str, kind: str) -> DrawnMap | None:
    """A drawn map; None where nobody has begun it."""
    head = store.drawn_head(shown.study, map_id, kind)
    if head is None:
        return None
    set_ = MapState(head.state, head.state_draft_id, head.state_by, head.state_utc)
    return DrawnMap(
        map_id=map_id,
        kind=kind,
        head=head,
        status="draft" if head.state == "draft" else map_status(set_, shown.draft_id),
        behind=head.draft_id != shown.draft_id,
        cells=store.drawn_cells(shown.study, map_id, kind),
        first=store.drawn_cells(shown.study, map_id, kind, first=True),
    )


def begin_drawn(store: Store, shown: ShownStudy, map_id: str, kind: str, *, by_whom: str) -> DrawnMap:
    """Begin a drawn map, or open the one that was begun before.

    Raises:
        NotFoundError: the newest draft has no such map.
    """
    journey = _journey(shown, map_id)
    cells = copied_cells(journey, shown) if kind == "future" else {}
    with store.write():  # whoever opens it meanwhile has what was drawn before as well
        if store.begin_drawn(shown.study, map_id, kind, shown.draft_id, cells, by_whom):
            _take_over(store, shown, journey, kind)
    made = open_drawn(store, shown, map_id, kind)
    assert made is not None
    return made


def change_cell(
    store: Store, shown: ShownStudy, map_id: str, kind: str, place: Place, items: Sequence[DrawnItem], *, seen: int,
    by_whom: str,
) -> DrawnCell:  # fmt: skip
    """Store a cell in its next version; a cell that says what it said stays as it is.

    Args:
        store: where it is.
        shown: the study.
        map_id: which map.
        kind: `future` or `own`.
        place: phase and lane.
        items: all that the cell shall hold; one without an id is new, one without words and channel is left out.
        seen: the version that was seen.
        by_whom: the name that is kept with it.

    Raises:
        NotFoundError: the map was not begun, or has no such cell.
        InputError: what it shall hold cannot be.
        CellChangedError: it is in another version by now; it holds that version.
    """
    journey = _journey(shown, map_id)
    if place[1] not in DRAWN_LANES or place[0] not in {column.phase for column in journey.phases}:
        raise NotFoundError("The map has no such cell.")
    _check_begun(store, shown, map_id, kind)
    current = store.drawn_cells(shown.study, map_id, kind).get(place, _EMPTY)
    given = _checked(items, place[1], {one.key for one in shown.framework.channels}, len(current.items))
    if current.version == seen and given == current.items:
        return current
    if not store.put_drawn_cell(shown.study, map_id, kind, place, given, seen, by_whom):
        now = store.drawn_cells(shown.study, map_id, kind).get(place, _EMPTY)
        if now.items == given:
            return now
        raise CellChangedError(now)
    return DrawnCell(seen + 1, given, by_whom)


def set_drawn_status(store: Store, shown: ShownStudy, map_id: str, kind: str, state: str, *, by_whom: str) -> None:
    """Say how far a drawn map is: `draft`, `review` or `agreed`.

    Raises:
        NotFoundError: nobody has begun it.
    """
    _check_begun(store, shown, map_id, kind)
    store.set_drawn_state(shown.study, map_id, kind, state, shown.draft_id, by_whom)


def both_of(theirs: Sequence[DrawnItem], mine: Sequence[DrawnItem]) -> tuple[DrawnItem, ...]:
    """A cell with what both of two people put in it: the same thing said otherwise stands in it twice."""
    there = {(one.text, one.key) for one in theirs}
    ids = {one.id for one in theirs}
    more = [replace(one, id=_new_id() if one.id in ids else one.id) for one in mine if (one.text, one.key) not in there]
    return (*theirs, *more)


def feeling_of(items: Sequence[DrawnItem]) -> float | None:
    """The number of a cell of feeling; None where it holds none."""
    return float(items[0].text) if items else None


def _check_begun(store: Store, shown: ShownStudy, map_id: str, kind: str) -> None:
    if store.drawn_head(shown.study, map_id, kind) is None:
        raise NotFoundError("Nobody has begun this map yet.")


def _journey(shown: ShownStudy, map_id: str) -> JourneyMap:
    journey = next((one for one in shown.draft.maps if one.id == map_id), None)
    if journey is None:
        raise NotFoundError("The newest draft has no map with this id.")
    return journey


def _channels(column: PhaseColumn, told: set[str]) -> list[DrawnItem]:
    """Channels that people used and that no sentence of the cell is about, of most people first."""
    used = sorted(column.channels.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [DrawnItem(f"channel-{key}", "", key) for key, people in used if people and key not in told]


def _take_over(store: Store, shown: ShownStudy, journey: JourneyMap, kind: str) -> None:
    """What was drawn by phase before maps were drawn by cell: a feeling, and what was to change."""
    for phase, drawn in store.drawn_phases(shown.study, journey.id, kind).items():
        cells = store.drawn_cells(shown.study, journey.id, kind)
        if drawn.valence is not None:
            felt = (DrawnItem("feeling", f"{drawn.valence:.1f}"),)
            store.put_drawn_cell(shown.study, journey.id, kind, (phase, "feeling"), felt, 0, drawn.by_whom)
        if drawn.words:
            place = (phase, "idea" if kind == "future" else "doing")
            items = (*cells.get(place, _EMPTY).items, DrawnItem(_new_id(), drawn.words))
            store.put_drawn_cell(shown.study, journey.id, kind, place, items, 0, drawn.by_whom)


def _checked(items: Sequence[DrawnItem], lane: str, channels: set[str], there: int) -> tuple[DrawnItem, ...]:
    if lane == "feeling":
        return _checked_feeling(items)
    most = max(MOST_ITEMS, there)  # what was copied may be more
    kept, ids = [], set()
    for one in items:
        text = fold_space(one.text)
        if not text and not one.key:
            continue
        if len(text) > LONGEST:
            raise InputError(f"A sentence has {LONGEST} characters at the most.")
        if lane == "touchpoint" and one.key not in channels:
            raise InputError("A touchpoint needs one of the channels of the framework.")
        given = one.id if one.id and one.id not in ids else _new_id()
        ids.add(given)
        kept.append(DrawnItem(given, text, one.key if lane == "touchpoint" else ""))
    if len(kept) > most:
        raise InputError(f"A cell holds {most} things at the most.")
    return tuple(kept)


def _checked_feeling(items: Sequence[DrawnItem]) -> tuple[DrawnItem, ...]:
    said = items[0].text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-") if items else ""
    if not said:
        return ()
    try:
        value = float(said)
    except ValueError:
        value = 9.0
    if not -2 <= value <= 2:
        raise InputError("A feeling is a number from -2 to 2.")
    return (DrawnItem("feeling", f"{value:.1f}".replace("-0.0", "0.0")),)


def _new_id() -> str:
    return f"n-{uuid4().hex[:12]}"
