"""Themes: findings that mean the same; merged, split and named by people, and undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.access import Anybody, ReviewedStudy, ViewedStudy
from api.data_models import ThemeChanged, ThemeChangeIn, ThemePage, ThemeSummary
from api.deps import OpenStore, Shown
from api.errors import ApiError
from api.models import Paging
from api.rendering import render
from api.routes.answers import OF_STUDY, send
from synth.domain import Kind, Theme
from synth.errors import InputError, NotFoundError
from synth.frameworks import Framework
from synth.pipeline.codebooks import merge_themes, rename_theme, split_theme, undo_theme
from synth.pipeline.loading import study_framework
from synth.pipeline.searching import shown_themes
from synth.pipeline.shown import ShownStudies
from synth.regroup import standing_changes
from synth.store import Store, Study

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}/themes", tags=["findings"])
PER_PAGE = 60
Label = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the lists of themes somebody is."""

    kind: Kind = Kind.MOTIVATION
    offset: int = 0


def place_of(
    kind: Annotated[Kind, Form()] = Kind.MOTIVATION, offset: Annotated[int, Form(ge=0, le=1_000_000)] = 0
) -> Place:
    """The place that a form was sent from."""
    return Place(kind, offset)


Sent = Annotated[Place, Depends(place_of)]


@dataclass(frozen=True, slots=True)
class ThemesPage:
    """The themes of one kind."""

    study: Study
    kind: str
    counts: tuple[tuple[str, int], ...]
    """By kind, how many themes."""
    themes: tuple[Theme, ...]
    total: int
    limit: int
    offset: int
    people: int
    changed: frozenset[str]
    """Themes on which a decision of people stands."""
    framework: Framework
    drafted: bool
    problem: str = ""


@router.api_route("/studies/{study_id}/themes", methods=["GET", "HEAD"])
def show_themes(
    request: Request,
    study: ViewedStudy,
    store: OpenStore,
    shown: Shown,
    kind: Annotated[Kind, Query()] = Kind.MOTIVATION,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Themes of a kind, those of most people first."""
    return render(request, "data/themes.html.j2", themes_page(store, shown, study, Place(kind, offset)))


@router.post("/studies/{study_id}/themes/merge")
def merge(
    request: Request,
    study: ReviewedStudy,
    store: OpenStore,
    shown: Shown,
    visitor: Anybody,
    place: Sent,
    merged: Annotated[list[str] | None, Form(max_length=100)] = None,
    label: Label = "",
) -> Response:
    """Make one theme of those that were ticked; the one of most people stays."""
    themes = shown_themes(store, shown, study)
    people = {one.id: len(one.participant_ids) for one in themes}
    ids = sorted(merged or (), key=lambda one: -people.get(one, 0))
    try:
        merge_themes(store, study, ids, label=label or None, by_whom=visitor.name, shown=themes)
    except (InputError, NotFoundError):
        return _refused(request, store, shown, study, place, "data.themes_two_needed")
    return _back(study, place, "themes_merged")


@router.post("/studies/{study_id}/themes/{theme_id}/rename")
def rename(
    request: Request,
    study: ReviewedStudy,
    store: OpenStore,
    shown: Shown,
    visitor: Anybody,
    place: Sent,
    theme_id: str,
    label: Label = "",
) -> Response:
    """Give a theme another name."""
    try:
        rename_theme(store, study, theme_id, label, by_whom=visitor.name, shown=shown_themes(store, shown, study))
    except (InputError, NotFoundError):
        return _refused(request, store, shown, study, place, "data.themes_name_needed")
    return _back(study, place, "theme_renamed")


@router.post("/studies/{study_id}/themes/{theme_id}/undo")
def undo(
    request: Request,
    study: ReviewedStudy,
    store: OpenStore,
    shown: Shown,
    visitor: Anybody,
    place: Sent,
    theme_id: str,
) -> Response:
    """Take back the last decision on a theme."""
    try:
        undo_theme(store, study, theme_id, by_whom=visitor.name)
    except NotFoundError:
        return _refused(request, store, shown, study, place, "data.themes_nothing_to_undo")
    return _back(study, place, "theme_undone")


@router.post("/studies/{study_id}/themes/{theme_id}/split")
def split(
    request: Request,
    study: ReviewedStudy,
    store: OpenStore,
    shown: Shown,
    visitor: Anybody,
    theme_id: str,
    chosen: Annotated[list[str] | None, Form(max_length=200)] = None,
    label: Label = "",
) -> Response:
    """Make a theme of its own of the findings that were ticked."""
    themes = shown_themes(store, shown, study)
    place = Place(next((one.kind for one in themes if one.id == theme_id), Kind.MOTIVATION))
    ids = [one.partition(":")[0] for one in chosen or ()]
    try:
        split_theme(store, study, theme_id, ids, label=label.strip(), by_whom=visitor.name, shown=themes)
    except (InputError, NotFoundError):
        return _refused(request, store, shown, study, place, "data.themes_cannot_split")
    return _back(study, place, "theme_split")


@api_router.get("", response_model=ThemePage, responses=OF_STUDY, operation_id="list_themes")
def list_themes(study: ViewedStudy, store: OpenStore, shown: Shown, paging: Annotated[Paging, Query()]) -> Response:
    """Themes of the newest draft as people regrouped them; none before the first draft."""
    themes = shown_themes(store, shown, study)
    part = themes[paging.offset : paging.offset + paging.limit]
    items = [
        ThemeSummary(
            id=one.id,
            kind=one.kind.value,
            label=one.label,
            phase=one.phase,
            participants=list(one.participant_ids),
            findings=len(one.finding_ids),
        ).model_dump()
        for one in part
    ]
    return send({"total": len(themes), "limit": paging.limit, "offset": paging.offset, "items": items})


@api_router.post(
    "/changes", response_model=ThemeChanged, status_code=201, responses=OF_STUDY, operation_id="change_themes"
)
def change_themes(
    study: ReviewedStudy, store: OpenStore, shown: Shown, visitor: Anybody, asked: ThemeChangeIn
) -> Response:
    """Merge, split or rename themes, or take the last such decision on one back."""
    themes, by, first = shown_themes(store, shown, study), visitor.name, asked.theme_ids[0]
    try:
        if asked.action == "merge":
            done = merge_themes(store, study, asked.theme_ids, label=asked.label, by_whom=by, shown=themes)
        elif asked.action == "split":
            done = split_theme(
                store, study, first, asked.finding_ids, label=asked.label or "", by_whom=by, shown=themes
            )
        elif asked.action == "rename":
            done = rename_theme(store, study, first, asked.label or "", by_whom=by, shown=themes)
        else:
            done = undo_theme(store, study, first, by_whom=by)
    except NotFoundError as error:
        raise ApiError("theme-not-found", str(error)) from error
    except InputError as error:
        raise ApiError("invalid-request", str(error)) from error
    return send({"action": done.action, "theme_id": done.subject_id}, 201)


def themes_page(store: Store, shown: ShownStudies, study: Study, place: Place, problem: str = "") -> ThemesPage:
    """The page as a value."""
    themes = shown_themes(store, shown, study)
    own = [one for one in themes if one.kind is place.kind]
    return ThemesPage(
        study=study,
        kind=place.kind.value,
        counts=tuple((one.value, sum(theme.kind is one for theme in themes)) for one in Kind),
        themes=tuple(own[place.offset : place.offset + PER_PAGE]),
        total=len(own),
        limit=PER_PAGE,
        offset=place.offset,
        people=len(store.choices(study).people),
        changed=frozenset(one.subject_id for one in standing_changes(store.theme_decisions(study))),
        framework=study_framework(study),
        drafted=store.newest_draft_id(study) is not None,
        problem=problem,
    )


def _refused(request: Request, store: Store, shown: ShownStudies, study: Study, place: Place, problem: str) -> Response:
    return render(request, "data/themes.html.j2", themes_page(store, shown, study, place, problem), 422)


def _back(study: Study, place: Place, said: str) -> Response:
    address = f"/studies/{study.id}/themes?kind={place.kind.value}&offset={place.offset}&said={said}"
    return RedirectResponse(address, 303)
