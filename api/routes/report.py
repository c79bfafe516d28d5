"""A study's report as one page, as `synth run` writes it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from api.access import ViewedStudy
from api.deps import OneReport, OpenStore, no_draft
from api.security import report_policy
from synth.errors import NotFoundError
from synth.export.html import style_sheet
from synth.pipeline import export_study

router = APIRouter(include_in_schema=False)


@router.api_route("/studies/{study_id}/report", methods=["GET", "HEAD"])
def show_report(study: ViewedStudy, store: OpenStore, one_report: OneReport) -> Response:
    """The report, with names hidden, under a policy that lets it use its own style and nothing else."""
    try:
        with one_report:
            files = export_study(store, study, "html")
    except NotFoundError as error:
        raise no_draft(study) from error
    return HTMLResponse(next(iter(files.values())), headers={"content-security-policy": report_policy(style_sheet())})
