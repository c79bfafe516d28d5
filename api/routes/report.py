"""A study's report as one page, as `synth run` writes it, and what can be taken away."""

from __future__ import annotations

from io import BytesIO
from typing import Literal
from zipfile import ZIP_DEFLATED, ZipFile

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from api.access import ViewedStudy
from api.deps import OneReport, OpenStore, no_draft, study_results
from api.security import report_policy
from synth.errors import NotFoundError
from synth.export import export_results
from synth.export.html import style_sheet
from synth.pipeline.names import shown_results
from synth.pipeline.reports import export_study, file_stem

router = APIRouter(include_in_schema=False)
_FILES = {
    "html": ("text/html", "html"),
    "md": ("text/markdown", "md"),
    "csv": ("application/zip", "zip"),
    "json": ("application/json", "json"),
}
"""Of each format: its media type, and how the name of its file ends."""


@router.api_route("/studies/{study_id}/report", methods=["GET", "HEAD"])
def show_report(study: ViewedStudy, store: OpenStore, one_report: OneReport) -> Response:
    """The report, with names hidden, under a policy that lets it use its own style and nothing else."""
    try:
        with one_report:
            files = export_study(store, study, "html")
    except NotFoundError as error:
        raise no_draft(study) from error
    return HTMLResponse(next(iter(files.values())), headers={"content-security-policy": report_policy(style_sheet())})


@router.api_route("/studies/{study_id}/download/{format_}", methods=["GET", "HEAD"])
def download_results(
    study: ViewedStudy, store: OpenStore, one_report: OneReport, format_: Literal["html", "md", "csv", "json"]
) -> Response:
    """What `synth export` writes, as a file to keep; names are hidden in every format, as on pages."""
    with one_report:
        # Loaded here, so that whoever waits for another's report holds nothing yet.
        files = export_results(shown_results(store, study, study_results(study, store)), format_)
    # Tables are more files than one.
    content = _packed(files) if format_ == "csv" else next(iter(files.values()))
    media, ending = _FILES[format_]
    name = f"{file_stem(study.name)}.{ending}"
    return Response(content, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"'})


def _packed(files: dict[str, bytes]) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return held.getvalue()
