"""What people make of a map, for programs: its state, scores of touchpoints, and the maps that they draw."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from api.access import Anybody, ResearchedStudy, ReviewedStudy, ViewedStudy
from api.deps import OpenStore, StudyShown
from api.errors import ApiError, Problem
from api.models import Id
from api.review_models import (
    CellConflict,
    DrawnCellIn,
    DrawnCellShape,
    DrawnKind,
    DrawnMapShape,
    DrawnStateIn,
    MapStateIn,
    MapStateShape,
    ScoredShape,
    ScoreIn,
    ScoreList,
)
from api.reviewing import need_map
from api.routes.answers import OF_DRAFT, IfMatch, Responses, same_version, send
from synth.domain import JourneyMap
from synth.pipeline.drawing import (
    DRAWN_LANES,
    CellChangedError,
    DrawnMap,
    begin_drawn,
    change_cell,
    open_drawn,
    set_drawn_status,
)
from synth.pipeline.mapping import map_status, scored_touchpoints
from synth.pipeline.shown import ShownStudy
from synth.store import Store, Study
from synth.store.decisions import TouchpointScore
from synth.store.drawn import DrawnCell, DrawnItem, Place

router = APIRouter(prefix="/api/v1/studies/{study_id}/maps/{map_id}", tags=["review"])

Key = Annotated[str, Path(min_length=1, max_length=60)]
_OF_MAP: Responses = {
    **OF_DRAFT,
    404: {"model": Problem, "description": "`study-not-found`, `no-draft`, `not-found`"},
}
_OF_CELL: Responses = {**_OF_MAP, 409: {"model": CellConflict, "description": "`cell-changed` with both versions"}}
_OF_MATCH: Responses = {
    **_OF_MAP,
    412: {"model": Problem, "description": "`changed-meanwhile`: another draft, or `If-Match` names another version"},
}


@router.get("/state", response_model=MapStateShape, responses=_OF_MAP, operation_id="get_map_state")
def get_state(study: ViewedStudy, store: OpenStore, study_shown: StudyShown, map_id: Id) -> Response:
    """How far a map is: a draft, in review, agreed, or outdated since another draft came."""
    need_map(study_shown, map_id)
    return send(_state(store, study, study_shown, map_id))


@router.put("/state", response_model=MapStateShape, responses=_OF_MATCH, operation_id="set_map_state")
def put_state(
    study: ResearchedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id, asked: MapStateIn,
    if_match: IfMatch = None,
) -> Response:  # fmt: skip
    """Say how far a map is."""
    need_map(study_shown, map_id)
    with store.write():
        if asked.draft_id != store.newest_draft_id(study):
            raise ApiError("changed-meanwhile", "Another draft came since this was seen. Nothing was changed.")
        same_version(if_match, _state(store, study, study_shown, map_id))
        state = None if asked.state == "draft" else asked.state
        store.set_map_state(study, map_id, state, asked.draft_id, visitor.name)
    return send(_state(store, study, study_shown, map_id))


@router.get("/scores", response_model=ScoreList, responses=_OF_MAP, operation_id="list_scores")
def list_scores(study: ViewedStudy, store: OpenStore, study_shown: StudyShown, map_id: Id) -> Response:
    """Every touchpoint of a map with what people think of it, beside how many used it by the interviews."""
    return send({"items": _scores(store, study, need_map(study_shown, map_id))})


@router.put("/scores", response_model=ScoredShape, responses=_OF_MAP, operation_id="score_touchpoint")
def put_score(
    study: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id, asked: ScoreIn
) -> Response:
    """Say what you think of one touchpoint; what others said stays."""
    journey = need_map(study_shown, map_id)
    if not any(column.phase == asked.phase and asked.channel in column.channels for column in journey.phases):
        raise ApiError(
            "invalid-request", "The map has no such touchpoint: GET this address lists those that there are."
        )
    store.put_score(study, map_id, TouchpointScore(**asked.model_dump(), by_whom=visitor.name))
    rows = _scores(store, study, journey)
    return send(next(one for one in rows if (one["phase"], one["channel"]) == (asked.phase, asked.channel)))


# --- Maps that people draw -------------------------------------------------------------------------------------------


@router.get("/drawn/{kind}", response_model=DrawnMapShape, responses=_OF_MAP, operation_id="get_drawn_map")
def get_drawn(_: ViewedStudy, store: OpenStore, study_shown: StudyShown, map_id: Id, kind: DrawnKind) -> Response:
    """A drawn map cell by cell, and all that is otherwise than in the copy as it was made."""
    need_map(study_shown, map_id)
    drawn = open_drawn(store, study_shown, map_id, kind)
    if drawn is None:
        raise ApiError("not-found", "Nobody has begun this map yet: POST to this address begins it.")
    return send(_drawn(drawn, study_shown))


@router.post("/drawn/{kind}", response_model=DrawnMapShape, responses=_OF_MAP, operation_id="begin_drawn_map")
def post_drawn(
    _: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id,
    kind: DrawnKind,
) -> Response:  # fmt: skip
    """Begin a drawn map, a future state as a copy and one's own empty; or give the one that was begun before."""
    return send(_drawn(begin_drawn(store, study_shown, map_id, kind, by_whom=visitor.name), study_shown))


@router.put(
    "/drawn/{kind}/cells/{phase}/{lane}", response_model=DrawnCellShape, responses=_OF_CELL,
    operation_id="change_drawn_cell",
)  # fmt: skip
def put_cell(
    _: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id,
    kind: DrawnKind, phase: Key, lane: Key, asked: DrawnCellIn,
) -> Response:  # fmt: skip
    """Say all that a cell is to hold. Where somebody changed it since, the answer is 409 with both versions."""
    items = [DrawnItem(one.id, one.text, one.key) for one in asked.items]
    try:
        cell = change_cell(store, study_shown, map_id, kind, (phase, lane), items, seen=asked.version,
                           by_whom=visitor.name)  # fmt: skip
    except CellChangedError as error:
        raise ApiError(
            "cell-changed",
            "Nothing was stored. Compare `seen` with `current`, and send what it is to hold with the version of "
            "`current`.",
            seen=asked.model_dump(mode="json"),
            current=_cell((phase, lane), error.current),
        ) from error
    return send(_cell((phase, lane), cell))


@router.put("/drawn/{kind}/state", response_model=DrawnMapShape, responses=_OF_MAP, operation_id="set_drawn_state")
def put_drawn_state(
    _: ResearchedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, map_id: Id,
    kind: DrawnKind, asked: DrawnStateIn,
) -> Response:  # fmt: skip
    """Say how far a drawn map is."""
    need_map(study_shown, map_id)
    set_drawn_status(store, study_shown, map_id, kind, asked.state, by_whom=visitor.name)
    return get_drawn(study_shown.study, store, study_shown, map_id, kind)


def _state(store: Store, study: Study, shown: ShownStudy, map_id: str) -> dict[str, object]:
    state = store.map_states(study).get(map_id)
    return {
        "state": map_status(state, shown.draft_id),
        "by": state.by_whom if state else None,
        "set_utc": state.set_utc if state else None,
        "draft_id": state.draft_id if state else None,
    }


def _drawn(drawn: DrawnMap, shown: ShownStudy) -> dict[str, object]:
    phases = [column.phase for column in need_map(shown, drawn.map_id).phases]
    order = {phase: place for place, phase in enumerate(phases)}
    cells = sorted(drawn.cells, key=lambda place: (order.get(place[0], len(order)), DRAWN_LANES.index(place[1])))
    return {
        "map_id": drawn.map_id,
        "kind": drawn.kind,
        "draft_id": drawn.head.draft_id,
        "behind": drawn.behind,
        "state": drawn.status,
        "begun_by": drawn.head.begun_by,
        "begun_utc": drawn.head.begun_utc,
        "cells": [_cell(place, drawn.cells[place]) for place in cells],
        "changes": [asdict(one) for one in drawn.changes(phases)],
    }


def _cell(place: Place, cell: DrawnCell) -> dict[str, object]:
    items = [asdict(one) for one in cell.items]
    return {"phase": place[0], "lane": place[1], "version": cell.version, "items": items, "by": cell.by_whom}


def _scores(store: Store, study: Study, journey: JourneyMap) -> list[dict[str, object]]:
    given = store.touchpoint_scores(study, journey.id)
    return [
        {
            "phase": one.phase, "channel": one.channel, "participants": one.participants,
            "satisfaction": one.satisfaction, "person": one.person, "organisation": one.organisation,
            "scores": [
                {"by": own.by_whom, "satisfaction": own.satisfaction, "person": own.person,
                 "organisation": own.organisation}
                for own in given
                if (own.phase, own.channel) == (one.phase, one.channel)
            ],
        }
        for one in scored_touchpoints(journey, given)
    ]  # fmt: skip
