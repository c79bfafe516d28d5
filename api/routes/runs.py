"""Runs: asked for, watched while they go on, paused, cancelled and taken up again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.access import Anybody, ResearchedStudy, Service, ViewedStudy
from api.deps import OpenStore
from api.errors import ApiError
from api.reading_models import RunIn, RunList, RunOne, WebhookSecret
from api.rendering import fragment, page_words_of, render
from api.routes.answers import OF_RUN, OF_STUDY, send
from api.uploads_page import uploads_page
from api.visitors import Visitor
from synth.accounts import Role
from synth.built_in import is_built_in
from synth.errors import InputError, NotFoundError, SettingError
from synth.pipeline.jobs import ask_run, start_job
from synth.pipeline.webhooks import webhook_secret
from synth.store import Store, Study, open_store
from synth.store.jobs import Job

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}/runs", tags=["runs"])
LOOK_SECONDS = 0.7
"""How often a watcher looks into the database."""
MOST_WATCH_SECONDS = 3_600
"""A watcher is let go after so long; a browser comes back by itself."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run."""

    study: Study
    job: Job

    @property
    def built_in(self) -> bool:
        """Whether the built-in reader reads."""
        return is_built_in(str(self.job.settings.get("model", "")))

    @property
    def percent(self) -> int:
        """How much of the step is done, 0 to 100."""
        total = int(self.job.progress.get("total") or 0)
        return round(100 * int(self.job.progress.get("done") or 0) / total) if total else 0

    @property
    def failed(self) -> list[dict[str, str]]:
        """Files and chunks that were not read, with `name` and `why`."""
        files = self.job.report.get("transcripts", {}).get("failed", ())
        chunks = self.job.report.get("chunks_failed", ())
        return [{"name": one.get("path") or one["chunk"], "why": one["why"]} for one in (*files, *chunks)]


def known_run(study: ViewedStudy, run_id: str, store: OpenStore) -> str:
    """The run of the address, before an answer begins that can't be taken back.

    Raises:
        ApiError: the study has no such run.
    """
    return _job(store, study, run_id).id


KnownRun = Annotated[str, Depends(known_run)]


@router.post("/studies/{study_id}/runs")
def ask(
    request: Request,
    study: ResearchedStudy,
    store: OpenStore,
    settings: Service,
    visitor: Anybody,
    model: Annotated[str, Form(max_length=200)] = "",
    language: Annotated[str, Form(max_length=10)] = "",
    wave: Annotated[str, Form(max_length=60)] = "",
    names: Annotated[str, Form(max_length=10)] = "",
    budget: Annotated[str, Form(max_length=20)] = "",
    webhook: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Read what waits."""
    asked = {"model": model.strip(), "language": language, "wave": wave.strip(), "names": names}
    wishes: dict[str, Any] = {name: value for name, value in asked.items() if value}
    try:
        if budget.strip():
            wishes["budget_usd"] = float(budget.strip().replace(",", "."))
        job = _begin(store, study, settings.db, wishes, visitor.name, webhook.strip())
    except (InputError, SettingError, ValueError) as error:
        said = page_words_of(request)("upload.budget_wrong") if type(error) is ValueError else str(error)
        page = uploads_page(store, study, problem=said, typed=asked | {"budget": budget, "webhook": webhook})
        return render(request, "upload/uploads.html.j2", page, 422)
    return RedirectResponse(f"/studies/{study.id}/runs/{job.id}", 303)


@router.api_route("/studies/{study_id}/runs/{run_id}", methods=["GET", "HEAD"])
def show_run(request: Request, study: ViewedStudy, run_id: str, store: OpenStore, visitor: Anybody) -> Response:
    """How far a run is, or what it came to."""
    return render(request, "upload/run.html.j2", RunPage(study, _shown(_job(store, study, run_id), visitor)))


@router.get("/studies/{study_id}/runs/{run_id}/watch", response_class=EventSourceResponse)
async def watch_run(
    request: Request, study: ViewedStudy, run_id: KnownRun, settings: Service, visitor: Anybody
) -> AsyncIterator[ServerSentEvent]:
    """The fragment of the page, each time that something has changed, until the run ends."""
    async for job in _looks(request, settings.db, study, run_id):
        page = RunPage(study, _shown(job, visitor))
        html = await run_in_threadpool(fragment, request, "upload/progress.html.j2", page)
        yield ServerSentEvent(raw_data=html, event="progress")
    # The page loads itself anew then, with its results.
    yield ServerSentEvent(raw_data="", event="ended")


@router.post("/studies/{study_id}/runs/{run_id}/{wish}")
def ask_of_run(study: ResearchedStudy, run_id: str, wish: str, store: OpenStore, settings: Service) -> Response:
    """Pause, cancel, or take up again."""
    _wish(store, study, run_id, wish, settings.db)
    return RedirectResponse(f"/studies/{study.id}/runs/{run_id}", 303)


# --- For programs ----------------------------------------------------------------------------------------------------


@api_router.get("", response_model=RunList, responses=OF_STUDY, operation_id="list_runs")
def list_runs(study: ViewedStudy, store: OpenStore, visitor: Anybody) -> Response:
    """The newest twenty runs that were asked for in the browser or here."""
    return send({"items": [run_json(_shown(job, visitor)) for job in store.jobs(study)]})


@api_router.post("", response_model=RunOne, status_code=202, responses=OF_RUN, operation_id="start_run")
def start_by_program(
    study: ResearchedStudy, store: OpenStore, settings: Service, visitor: Anybody, asked: RunIn
) -> Response:
    """Read the files that wait and draft anew. It goes on by itself; watch it at its own address."""
    wishes = asked.model_dump(exclude_none=True, exclude={"webhook"})
    try:
        job = _begin(store, study, settings.db, wishes, visitor.name, asked.webhook or "")
    except (InputError, SettingError) as error:
        raise ApiError("run-refused", str(error)) from error
    return send(run_json(job), 202)


@api_router.get("/webhook", response_model=WebhookSecret, responses=OF_STUDY, operation_id="get_webhook_secret")
def get_webhook_secret(study: ResearchedStudy, store: OpenStore) -> Response:
    """What the webhooks of this study's runs are signed with, for their receiver to check."""
    return send({"secret": webhook_secret(store.path, study.id)})


@api_router.get("/{run_id}", response_model=RunOne, responses=OF_RUN, operation_id="get_run")
def get_run(study: ViewedStudy, run_id: str, store: OpenStore, visitor: Anybody) -> Response:
    """How far a run is, or what it came to."""
    return send(run_json(_shown(_job(store, study, run_id), visitor)))


@api_router.get("/{run_id}/events", response_class=EventSourceResponse, responses=OF_RUN, operation_id="watch_run")
async def watch_by_program(
    request: Request, study: ViewedStudy, run_id: KnownRun, settings: Service, visitor: Anybody
) -> AsyncIterator[ServerSentEvent]:
    """The run as `GET` gives it, as server-sent events `run`, each time that something has changed, until it ends."""
    async for job in _looks(request, settings.db, study, run_id):
        yield ServerSentEvent(data=run_json(_shown(job, visitor)), event="run")


@api_router.post("/{run_id}/pause", response_model=RunOne, responses=OF_RUN, operation_id="pause_run")
def pause_run(study: ResearchedStudy, run_id: str, store: OpenStore, settings: Service) -> Response:
    """Let the calls under way end, and stop."""
    return send(run_json(_wish(store, study, run_id, "pause", settings.db)))


@api_router.post("/{run_id}/cancel", response_model=RunOne, responses=OF_RUN, operation_id="cancel_run")
def cancel_run(study: ResearchedStudy, run_id: str, store: OpenStore, settings: Service) -> Response:
    """Stop for good; what was answered is kept."""
    return send(run_json(_wish(store, study, run_id, "cancel", settings.db)))


@api_router.post("/{run_id}/resume", response_model=RunOne, responses=OF_RUN, operation_id="resume_run")
def resume_run(study: ResearchedStudy, run_id: str, store: OpenStore, settings: Service) -> Response:
    """Go on where it was, without repeating an answered call."""
    return send(run_json(_wish(store, study, run_id, "resume", settings.db)))


def run_json(job: Job) -> dict[str, Any]:
    """A run as programs see it."""
    kept = ("id", "state", "asked", "progress", "report", "asked_by", "asked_utc", "started_utc", "ended_utc")
    return {key: getattr(job, key) for key in kept}


def _shown(job: Job, visitor: Visitor) -> Job:
    """The run as its visitor may see it: names of files, which may be somebody's, are for those who see the files.

    How many were not read stays to be seen.
    """
    if visitor.may(Role.RESEARCHER, job.study_id):
        return job
    hidden = {"why": ""}
    report = {key: value for key, value in job.report.items() if key not in ("notes", "error")}
    if "transcripts" in report:
        failed = [hidden | {"path": "…"} for _ in report["transcripts"]["failed"]]
        report |= {
            "transcripts": report["transcripts"] | {"failed": failed},
            "chunks_failed": [hidden | {"chunk": "…"} for _ in report["chunks_failed"]],
            "notes": [],
        }
    return replace(job, report=report, progress={key: job.progress[key] for key in job.progress if key != "said"})


def _begin(store: Store, study: Study, db: str, wishes: dict[str, Any], by: str, webhook: str) -> Job:
    private = os.environ.get("SYNTH_PRIVATE_WEBHOOKS") == "1"
    job = ask_run(store, study, wishes, by, webhook=webhook or None, private=private)
    start_job(db, job)
    return job


def _wish(store: Store, study: Study, run_id: str, wish: str, db: str) -> Job:
    try:
        if wish == "resume":
            job = store.requeue_job(study, run_id)
            start_job(db, job)
            return job
        if wish in ("pause", "cancel"):
            return store.ask_job(study, run_id, wish)
    except NotFoundError as error:
        raise ApiError("run-not-found", str(error)) from error
    except InputError as error:
        raise ApiError("run-refused", str(error)) from error
    raise ApiError("not-found", "A run can be paused, cancelled or resumed.")


def _job(store: Store, study: Study, run_id: str) -> Job:
    try:
        return store.job(study, run_id)
    except NotFoundError as error:
        raise ApiError("run-not-found", str(error)) from error


async def _looks(request: Request, db: str, study: Study, run_id: str) -> AsyncIterator[Job]:
    """The run now, and each time that it has changed, until it goes on no more or nobody watches."""

    def look() -> Job:
        store = open_store(db, create=False)
        try:
            return store.job(study, run_id)
        finally:
            store.close()

    seen: tuple[object, ...] | None = None
    for _ in range(round(MOST_WATCH_SECONDS / LOOK_SECONDS)):
        try:
            job = await run_in_threadpool(look)
        except NotFoundError:
            return
        now = (job.state, job.asked, str(job.progress))
        if now != seen:
            seen = now
            yield job
        if not job.live or await request.is_disconnected():
            return
        await asyncio.sleep(LOOK_SECONDS)
