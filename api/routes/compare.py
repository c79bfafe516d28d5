"""Two waves of a study beside each other, and what was measured beside what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from api.access import ResearchedStudy, ViewedStudy
from api.deps import OpenStore, Shown, no_draft
from api.errors import ApiError
from api.rendering import page_words_of, render
from api.routes.answers import OF_DRAFT, OF_STUDY
from synth.errors import InputError, NotFoundError
from synth.export.waves import WavesPage, waves_json, waves_page
from synth.frameworks import Framework
from synth.measured import ContentScore, Disagreement, load_events
from synth.pipeline.loading import study_framework
from synth.pipeline.measuring import disagreements_of, keep_measured, score_study
from synth.pipeline.shown import ShownStudies
from synth.pipeline.waves import see_waves
from synth.store import Store, Study

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}", tags=["findings"])
_READ = ["GET", "HEAD"]
MOST_BYTES = 900_000


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Two waves, or the choice of two."""

    study: Study
    waves: tuple[str, ...]
    a: str
    b: str
    compared: WavesPage | None
    problem: str


@dataclass(frozen=True, slots=True)
class MeasuredPage:
    """Scores of what people did, by phase, and where feelings say otherwise."""

    study: Study
    scores: tuple[ContentScore, ...]
    differ: tuple[tuple[str, Disagreement], ...]
    events: tuple[str, ...]
    framework: Framework
    problem: str
    told: str
    """What was wrong with the file, as the reader says it."""

    def phase(self, key: str, language: str) -> str:
        """A phase by name."""
        return self.framework.phase(key).name(language)

    def channel(self, key: str, language: str) -> str:
        """A channel by name; by its key where the framework was changed since and has it no more."""
        return next((one.name(language) for one in self.framework.channels if one.key == key), key)


@router.api_route("/studies/{study_id}/waves", methods=_READ)
def show_waves(
    request: Request,
    study: ViewedStudy,
    store: OpenStore,
    a: Annotated[str, Query(max_length=200)] = "",
    b: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Two waves beside each other, or the choice of two."""
    waves = store.choices(study).waves
    compared, problem = None, ""
    if a and b:
        try:
            seen = see_waves(store, study, (a, b))
            compared = waves_page(seen.results, seen.comparison, seen.maps, report=f"/studies/{study.id}/report")
        except NotFoundError:
            problem = "data.waves_no_draft"
        except InputError:
            problem = "data.waves_two_needed"
    page = ComparePage(study, waves, a, b, compared, problem)
    return render(request, "data/waves.html.j2", page, 422 if problem else 200)


@api_router.get("/waves", responses=OF_DRAFT, operation_id="compare_waves")
def compare_waves_json(
    study: ViewedStudy,
    store: OpenStore,
    a: Annotated[str, Query(min_length=1, max_length=200, description="The earlier wave.")],
    b: Annotated[str, Query(min_length=1, max_length=200, description="The later wave.")],
) -> dict[str, Any]:
    """Two waves compared: each difference with its people, its evidence, and whether it holds. Names are hidden."""
    try:
        seen = see_waves(store, study, (a, b))
    except NotFoundError as error:
        raise no_draft(study) from error
    except InputError as error:
        raise ApiError("invalid-request", str(error)) from error
    return dict(waves_json(seen.results, seen.comparison))


@router.api_route("/studies/{study_id}/measured", methods=_READ)
def show_measured(request: Request, study: ViewedStudy, store: OpenStore, shown: Shown) -> Response:
    """What was measured, scored."""
    return render(request, "data/measured.html.j2", measured_page(request, store, shown, study))


@api_router.get("/measured", responses=OF_STUDY, operation_id="get_measured")
def get_measured(study: ViewedStudy, store: OpenStore) -> dict[str, Any]:
    """Scores of what was measured: each phase as a whole (`channel` is null), then its channels."""
    scores = score_study(store, study)
    return {
        "items": [
            {
                "phase": one.phase,
                "channel": one.channel,
                "counts": dict(one.counts),
                "points": one.points,
                "share": one.share,
                "verdict": one.verdict,
            }
            for one in scores
        ]
    }


@router.post("/studies/{study_id}/measured")
def import_measured_file(
    request: Request,
    study: ResearchedStudy,
    store: OpenStore,
    shown: Shown,
    file: Annotated[UploadFile | None, File()] = None,
    wave: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Keep the counts of a CSV."""
    data = file.file.read(MOST_BYTES + 1) if file else b""
    told = ""
    if not data or len(data) > MOST_BYTES:
        problem = "data.measured_no_file" if not data else "data.measured_too_large"
    else:
        try:
            keep_measured(store, study, data, " ".join(wave.split()) or None)
            return RedirectResponse(f"/studies/{study.id}/measured?said=measured_kept", 303)
        except InputError as error:
            problem, told = "data.measured_not_read", str(error)
    page = measured_page(request, store, shown, study, problem, told)
    return render(request, "data/measured.html.j2", page, 422)


def measured_page(
    request: Request, store: Store, shown: ShownStudies, study: Study, problem: str = "", told: str = ""
) -> MeasuredPage:
    """The page as a value."""
    scores = score_study(store, study)
    language = page_words_of(request).language
    drafted = bool(scores) and store.newest_draft_id(study) is not None
    found = disagreements_of(shown.load(store, study).draft, scores) if drafted else ()
    events = tuple(event.name(language) for event in load_events())
    return MeasuredPage(study, scores, found, events, study_framework(study), problem, told)
