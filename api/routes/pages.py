"""Pages: the list of studies, a study's report, and the files that pages load."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.deps import ChosenStudy, MaybeStore, OneReport, OpenStore, Service, no_draft
from api.errors import ApiError
from api.pages import StudiesPage, command, make_row, page_language, static_files, studies_page
from api.security import report_policy
from api.words import Words
from synth.errors import NotFoundError
from synth.export.html import style_sheet
from synth.pipeline import export_study, study_status

router = APIRouter(include_in_schema=False)
_READ = ["GET", "HEAD"]


@router.api_route("/", methods=_READ)
def list_studies(request: Request, settings: Service, store: MaybeStore) -> HTMLResponse:
    """All studies, or how to make the first."""
    words = Words(page_language(request))
    studies = store.studies() if store else []
    rows = tuple(
        make_row(study.id, study_status(store, study), store.last_run(study), words, settings.db)
        for study in studies
        if store
    )
    page = StudiesPage(rows, settings.db, store is None, command("synth run FOLDER", settings.db))
    return studies_page(request, page, words)


@router.api_route("/studies/{study_id}", methods=_READ)
def show_report(store: OpenStore, study: ChosenStudy, one_report: OneReport) -> Response:
    """The report, with names hidden, under a policy that lets it use its own style and nothing else."""
    try:
        with one_report:
            files = export_study(store, study, "html")
    except NotFoundError as error:
        raise no_draft(study) from error
    return HTMLResponse(next(iter(files.values())), headers={"content-security-policy": report_policy(style_sheet())})


@router.api_route("/static/{name}", methods=_READ)
def show_file(name: str) -> Response:
    """A style sheet, a font, the icon; nobody's words are in them, so they may be kept."""
    file = static_files().get(name)
    if file is None:
        raise ApiError("not-found", "There is no such file.")
    return Response(file.content, media_type=file.media_type, headers={"cache-control": "private, max-age=3600"})
