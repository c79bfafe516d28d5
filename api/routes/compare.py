"""Two waves of a study beside each other, and what was measured beside what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from api.access import ResearchedStudy, ViewedStudy
from api.claims import HeadWriter
from api.data_models import MeasuredIn, MeasuredKept, WaveIn, WaveKept
from api.deps import OpenStore, Shown, StudyShown, no_draft
from api.evidence import MOST_WORDS, CellWords, evidence_writer
from api.rendering import page_words_of, render
from api.routes.answers import OF_DRAFT, OF_STUDY, send
from synth.errors import InputError, NotFoundError
from synth.export.waves import WavesPage, waves_json, waves_page
from synth.frameworks import Framework
from synth.measured import ContentScore, Disagreement, load_events
from synth.pipeline.loading import study_framework
from synth.pipeline.measuring import disagreements_of, keep_measured, score_study
from synth.pipeline.shown import ShownStudies
from synth.pipeline.waves import glance_waves, name_wave, see_waves
from synth.store import Store, Study

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}", tags=["findings"])
_READ = ["GET", "HEAD"]
MOST_BYTES = 900_000
AskedWave = Annotated[str, Query(min_length=1, max_length=200)]


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
    shown: Shown,
    a: Annotated[str, Query(max_length=200)] = "",
    b: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Two waves beside each other, or the choice of two; words behind a difference are fetched when it is opened.

    Of a study with two there is nothing to choose.
    """
    waves = store.waves(study)
    if not (a or b) and len(waves) == 2 and store.newest_draft_id(study):
        a, b = waves
    compared, problem = None, ""
    if a and b:
        try:
            words = page_words_of(request)
            seen = glance_waves(store, shown, shown.load(store, study), (a, b), words.language)
            base = f"/studies/{study.id}"
            writer = HeadWriter(seen.results, words, base, "map")
            compared = waves_page(
                seen.results, seen.comparison, seen.maps, writer=writer,
                href=lambda what, key: f"{base}/waves/words?{urlencode({'a': a, 'b': b, 'what': what, 'key': key})}",
            )  # fmt: skip
        except NotFoundError:
            problem = "data.waves_no_draft"
        except InputError:
            problem = "data.waves_two_needed"
    page = ComparePage(study, waves, a, b, compared, problem)
    return render(request, "data/waves.html.j2", page, 422 if problem else 200)


@router.api_route("/studies/{study_id}/waves/words", methods=_READ)
def show_wave_words(
    request: Request, study: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown, a: AskedWave,
    b: AskedWave, what: Literal["feeling", "theme", "driver", "channel"], key: Annotated[str, Query(max_length=200)],
) -> Response:  # fmt: skip
    """What was said behind one difference between two waves."""
    words = page_words_of(request)
    found = glance_waves(store, shown, study_shown, (a, b), words.language).comparison
    ids = [one for shift in found.feelings if what == "feeling" and shift.phase == key for one in shift.finding_ids]
    ids += [one for seen in found.presences if (seen.what, seen.key) == (what, key) for one in seen.finding_ids]
    writer = evidence_writer(store, shown, study_shown, ids[:MOST_WORDS], words)
    there = writer.results.findings_by_id
    people = sorted({one.participant_id for one in there.values()})
    side = writer.side(people, [one for one in ids[:MOST_WORDS] if one in there])
    page = CellWords(f"{a} \N{EN DASH} {b}", side.people, side, max(0, len(ids) - MOST_WORDS))
    back = f"/studies/{study.id}/waves?{urlencode({'a': a, 'b': b})}"
    part = request.headers.get("hx-request") == "true"
    template = "review/cell_part.html.j2" if part else "review/cell.html.j2"
    return render(request, template, page, back=back, to=words("data.waves_title"))


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
    return dict(waves_json(seen.results, seen.comparison))


@api_router.put("/waves", response_model=WaveKept, responses=OF_STUDY, operation_id="name_wave")
def put_wave(study: ResearchedStudy, store: OpenStore, asked: WaveIn) -> Response:
    """Name the wave of the interviews that are of none, or call a wave otherwise; drafts follow with the next run."""
    return send({"interviews": name_wave(store, study, asked.wave or "", asked.name or "")})


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


@api_router.post(
    "/measured", response_model=MeasuredKept, status_code=201, responses=OF_STUDY, operation_id="import_measured"
)
def import_measured(study: ResearchedStudy, store: OpenStore, asked: MeasuredIn) -> Response:
    """Keep the counts of a CSV, in place of those of the same phase, channel and event (docs/plan.md)."""
    kept = keep_measured(store, study, asked.csv.encode("utf-8"), asked.wave or None)
    return send({"rows": kept}, 201)


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
