"""The list of studies, a new one, and a study at a glance."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import Anybody, AnyResearcher, MadeStore, MaybeStore, Service, SignedIn, ViewedStudy
from api.deps import OpenStore, Shown
from api.rendering import page_words_of, render
from api.sheets import Card, persona_cards
from api.visitors import Visitor
from synth.accounts import Role, RuleError
from synth.built_in import is_built_in
from synth.frameworks import DEFAULT_FRAMEWORK
from synth.pipeline.retention import Keeping, keeping
from synth.pipeline.shown import ShownStudies
from synth.pipeline.studies import framework_names, make_study
from synth.store import Store, Study
from synth.store.glances import StudyCard
from synth.store.jobs import Job

router = APIRouter(include_in_schema=False)
_READ = ["GET", "HEAD"]
Text = Annotated[str, Form(max_length=2_000)]


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One study in the list."""

    study: Study
    card: StudyCard
    state: str
    """A key of the words: `new`, `waiting`, `running`, `undrafted`, `reviewing`, `decided`, `failed`."""
    last_run: str
    """In words; empty before the first."""
    reader: str
    """Who read; empty before the first run."""
    framework: str
    keeping: Keeping | None
    role: str
    """Of whoever looks."""
    run_command: str
    """What drafts it, to paste."""
    status_command: str
    """What lists its failures, to paste."""
    upload: str = ""
    """Address where whoever looks may bring in interviews; empty where they may not."""
    waiting: int = 0
    """Uploaded files that wait to be read."""
    job: Job | None = None
    """The newest run that was asked for in the browser or by program."""

    @property
    def drafted(self) -> bool:
        """Whether there is anything to show."""
        return self.card.claims > 0

    @property
    def decided(self) -> int:
        """Claims with a standing decision."""
        return self.card.claims - self.card.left


@dataclass(frozen=True, slots=True)
class StudiesPage:
    """The list of studies, with what to do where it is empty."""

    rows: tuple[StudyRow, ...]
    db: str
    missing: bool
    """Whether there is no database file yet."""
    run_command: str
    hidden: bool
    """Whether there are studies that whoever looks has no role on."""
    may_make: bool

    @property
    def left(self) -> int:
        """Claims of all studies that wait for a decision."""
        return sum(row.card.left for row in self.rows)


@dataclass(frozen=True, slots=True)
class StudyPage:
    """A study at a glance."""

    row: StudyRow
    cards: tuple[Card, ...]
    """Its personas; none before the first draft."""
    unassigned: int
    """People who fit none of them."""


@dataclass(frozen=True, slots=True)
class NewStudyPage:
    """The form of a new study, as it was filled in."""

    frameworks: dict[str, str]
    name: str = ""
    subject: str = ""
    language: str = ""
    framework: str = DEFAULT_FRAMEWORK
    problem: str = ""


@router.api_route("/", methods=_READ)
def list_studies(
    request: Request, visitor: SignedIn, settings: Service, store: MaybeStore, shown: Shown
) -> HTMLResponse:
    """The studies of whoever asks, or how to make the first."""
    studies = store.studies() if store else []
    own = [study for study in studies if visitor.role_on(study.id)]
    rows = tuple(make_row(request, store, shown, study, visitor) for study in own if store)
    command_ = command("synth run FOLDER", settings.db)
    page = StudiesPage(
        rows, settings.db, store is None, command_, hidden=len(own) < len(studies), may_make=visitor.may_make_studies
    )
    return render(request, "home/studies.html.j2", page)


@router.api_route("/studies", methods=_READ)
@router.api_route("/study", methods=_READ)
def lead_to_list(_visitor: Anybody) -> RedirectResponse:
    """Addresses that people guess: the list of studies is the first page."""
    return RedirectResponse("/", 303)


@router.api_route("/study/{rest:path}", methods=_READ)
def lead_to_study(_visitor: Anybody, request: Request, rest: str) -> RedirectResponse:
    """The same of a study and its pages."""
    asked = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/studies/{quote(rest)}{asked}" if rest else "/", 303)


@router.api_route("/studies/new", methods=_READ)
def show_new_study(request: Request, _visitor: AnyResearcher) -> HTMLResponse:
    """The form of a new study."""
    return render(request, "home/new.html.j2", NewStudyPage(framework_names(page_words_of(request).language)))


@router.post("/studies/new")
def add_study(
    request: Request,
    _visitor: AnyResearcher,
    store: MadeStore,
    name: Text = "",
    subject: Text = "",
    language: Annotated[str, Form(max_length=10)] = "",
    framework: Annotated[str, Form(max_length=60)] = DEFAULT_FRAMEWORK,
) -> Response:
    """Make a study; where there is no database yet, it is made with it."""
    try:
        study = make_study(store, name, subject, language, framework)
    except RuleError as error:
        names = framework_names(page_words_of(request).language)
        page = NewStudyPage(names, name, subject, language, framework, f"problem.{error.code}")
        return render(request, "home/new.html.j2", page, 422)
    return RedirectResponse(f"{_upload(study)}?said=study_made", 303)


@router.api_route("/studies/{study_id}", methods=_READ)
def show_study(request: Request, study: ViewedStudy, store: OpenStore, shown: Shown, visitor: Anybody) -> HTMLResponse:
    """A study at a glance: what came of it, what waits, what to do next."""
    row = make_row(request, store, shown, study, visitor)
    if not row.drafted:
        return render(request, "home/study.html.j2", StudyPage(row, (), 0))
    study_shown = shown.load(store, study)
    cards = persona_cards(request, store, shown, study_shown)
    return render(request, "home/study.html.j2", StudyPage(row, cards, len(study_shown.draft.unassigned)))


def make_row(request: Request, store: Store, shown: ShownStudies, study: Study, visitor: Visitor) -> StudyRow:
    """One study for the list."""
    words, db = page_words_of(request), request.app.state.settings.db
    card, run = shown.card(store, study), store.last_run(study)
    last_run = reader = ""
    if run is not None:
        last_run = words(f"run.{run['state']}", date=words.date(str(run["ended_utc"] or run["started_utc"])))
        reader = words("studies.built_in") if is_built_in(str(run["model"])) else str(run["model"])
    name = shlex.quote(study.name)
    waiting, job = store.count_uploads(study, "waiting"), next(iter(store.jobs(study, limit=1)), None)
    return StudyRow(
        study=study,
        card=card,
        state=_state(card, str(run["state"]) if run else "", waiting, job),
        last_run=last_run,
        reader=reader,
        framework=framework_names(words.language).get(study.framework, study.framework),
        keeping=keeping(store, study),
        role=str(visitor.role_on(study.id) or ""),
        run_command=command(f"synth run FOLDER --study {name}", db),
        status_command=command(f"synth status {name}", db),
        upload=_upload(study) if visitor.may(Role.RESEARCHER, study.id) else "",
        waiting=waiting,
        job=job,
    )


def _upload(study: Study) -> str:
    return f"/studies/{study.id}/uploads"


def _state(card: StudyCard, run: str, waiting: int, job: Job | None) -> str:
    if (job and job.live) or (run == "running" and not (job and job.state == "interrupted")):
        return "running"
    if not card.transcripts:
        return "waiting" if waiting else "new"
    if not card.claims:
        return "failed" if run == "failed" else "undrafted"
    return "reviewing" if card.left else "decided"


def command(words: str, db: str) -> str:
    """A command to paste, with the database where it is not the usual one."""
    return words if db == "synth.db" else f"{words} --db {shlex.quote(db)}"
