"""Interviews into a study: taken as they come, seen as they would be read, corrected, and read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.access import Anybody, ResearchedStudy
from api.deps import OpenStore
from api.errors import ApiError
from api.once import IdempotencyKey
from api.reading_models import Checked, CorrectionsIn, UploadList, UploadOne, UploadsTaken
from api.rendering import render
from api.routes.answers import OF_STUDY, OF_UPLOAD, send
from api.uploads_page import uploads_page
from synth.errors import InputError, NotFoundError
from synth.messages import message_code
from synth.parse import ReadSettings
from synth.pipeline.before_reading import look_before_reading
from synth.pipeline.taking import take_files
from synth.pipeline.uploading import correct_upload, remove_upload
from synth.settings import load_settings
from synth.store import Store, Study
from synth.store.base import utc_after
from synth.store.uploads import Upload

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}/uploads", tags=["interviews"])
MOST_FILES = 200
"""In one request."""
KEEP_ANSWERS_DAYS = 1


@router.api_route("/studies/{study_id}/uploads", methods=["GET", "HEAD"])
def show_uploads(
    request: Request,
    study: ResearchedStudy,
    store: OpenStore,
    open_id: Annotated[str, Query(alias="open", max_length=64)] = "",
) -> Response:
    """What waits to be read."""
    return render(request, "upload/uploads.html.j2", uploads_page(store, study, open_id=open_id))


@router.post("/studies/{study_id}/uploads")
async def upload_files(request: Request, study: ResearchedStudy, store: OpenStore, visitor: Anybody) -> Response:
    """Take files and pasted text; those that cannot be taken are named with the reason."""
    given = await _given(request)
    if not given:
        page = await run_in_threadpool(uploads_page, store, study, problem="upload.nothing_given")
        if page.waiting:
            # With a script files go up as they are chosen; whoever then presses the button means those.
            return RedirectResponse(f"/studies/{study.id}/uploads?said=upload_taken_before", 303)
        return render(request, "upload/uploads.html.j2", page, 422)
    taken = await run_in_threadpool(take_files, store, study, given, visitor.name, _reading())
    refused = tuple(one for one in taken if one.upload is None)
    if refused:
        page = await run_in_threadpool(uploads_page, store, study, taken=refused)
        return render(request, "upload/uploads.html.j2", page)
    return RedirectResponse(f"/studies/{study.id}/uploads?said=upload_taken", 303)


@router.get("/studies/{study_id}/uploads/check")
def check_before_reading(
    request: Request,
    study: ResearchedStudy,
    store: OpenStore,
    model: Annotated[str, Query(max_length=200)] = "",
    language: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """What a run would cost, and what would leave this machine: a fragment for the page."""
    return render(request, "upload/check.html.j2", look_before_reading(store, study, _wishes(model, language)))


@router.post("/studies/{study_id}/uploads/{upload_id}")
async def correct(request: Request, study: ResearchedStudy, upload_id: str, store: OpenStore) -> Response:
    """Keep what was corrected of one file."""
    form = await request.form(max_files=1, max_fields=2_000)
    fields = {key: str(value) for key, value in form.items()}

    def keep() -> Response:
        try:
            upload = store.upload(study, upload_id)
            correct_upload(store, study, upload.id, **corrections_of(upload, fields))
        except NotFoundError as error:
            raise ApiError("upload-not-found", str(error)) from error
        except InputError as error:
            page = uploads_page(store, study, open_id=upload_id, problem=str(error))
            return render(request, "upload/uploads.html.j2", page, 422)
        return RedirectResponse(
            f"/studies/{study.id}/uploads?open={upload_id}&said=upload_corrected#u-{upload_id}", 303
        )

    return await run_in_threadpool(keep)


@router.post("/studies/{study_id}/uploads/{upload_id}/remove")
def remove(study: ResearchedStudy, upload_id: str, store: OpenStore) -> Response:
    """Take a file away that was not read yet."""
    _remove(store, study, upload_id)
    return RedirectResponse(f"/studies/{study.id}/uploads?said=upload_removed", 303)


def corrections_of(upload: Upload, fields: Mapping[str, str]) -> dict[str, Any]:
    """The fields of the form as `correct_upload` takes them."""
    speakers = []
    for place, heard in enumerate(upload.heard):
        for number, speaker in enumerate(heard["speakers"]):
            mark = f"{place}-{number}"
            speakers.append(
                {
                    "transcript": str(place),
                    "speaker": speaker["name"],
                    "role": fields.get(f"role-{mark}", speaker["role"]),
                    "participant": fields.get(f"participant-{mark}", speaker["participant"]),
                }
            )
    attributes: dict[str, dict[str, str]] = {}
    for line in fields.get("attributes", "").splitlines():
        who, colon, rest = line.partition(":")
        key, equals, value = rest.partition("=")
        if colon and equals and who.strip() and key.strip():
            attributes.setdefault(who.strip(), {})[key.strip()] = value.strip()
    return {"wave": fields.get("wave", ""), "speakers": speakers, "attributes": attributes}


# --- For programs ----------------------------------------------------------------------------------------------------


@api_router.get("", response_model=UploadList, responses=OF_STUDY, operation_id="list_uploads")
def list_uploads(study: ResearchedStudy, store: OpenStore) -> Response:
    """Files that wait, that were read and that could not be, with how each was read at first sight."""
    return send({"items": [upload_json(one) for one in store.uploads(study)]})


@api_router.post(
    "",
    response_model=UploadsTaken,
    status_code=201,
    responses=OF_UPLOAD,
    operation_id="upload_files",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["files"],
                        "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                    }
                }
            },
        }
    },
)
async def upload_by_program(
    request: Request,
    study: ResearchedStudy,
    store: OpenStore,
    visitor: Anybody,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take files (fields `files`), archives opened. With `Idempotency-Key`, the same sent again is done once."""
    given = await _given(request)
    if not given:
        raise ApiError("invalid-request", "Send files in the field `files` of a multipart form.")

    def take() -> Response:
        print_of = hashlib.sha256(
            json.dumps([study.id, [(name, hashlib.sha256(data).hexdigest()) for name, data in given]]).encode()
        ).hexdigest()
        who = visitor.account.id if visitor.account else "alone"
        # As `api.once` makes it, which this cannot use: reading files would keep the database locked.
        key = hashlib.sha256(f"{who} {idempotency_key}".encode()).hexdigest() if idempotency_key else ""
        before = store.kept_answer(key) if key else None
        if before is not None:
            if before[0] != print_of:
                raise ApiError("key-reused", "This Idempotency-Key came with other files before. Take a new one.")
            return Response(before[2], before[1], {"idempotent-replay": "true"}, "application/json")
        taken = take_files(store, study, given, visitor.name, _reading())
        answer = {
            "items": [upload_json(one.upload) for one in taken if one.upload],
            "refused": [
                {"name": one.name, "why": one.why, "code": message_code(one.why)} for one in taken if one.upload is None
            ],
        }
        if key:
            store.keep_answer(key, print_of, 201, json.dumps(answer), utc_after(days=-KEEP_ANSWERS_DAYS))
        return send(answer, 201)

    return await run_in_threadpool(take)


@api_router.get("/check", response_model=Checked, responses=OF_STUDY, operation_id="check_uploads")
def check_by_program(
    study: ResearchedStudy,
    store: OpenStore,
    model: Annotated[str, Query(max_length=200, description="As in a run; empty: as the service is set.")] = "",
    language: Literal["", "auto", "en", "nl"] = "",
) -> Response:
    """What a run over the waiting files would take, every name with what stands in its place, and capitals left.

    Nothing is stored or sent.
    """
    found = look_before_reading(store, study, _wishes(model, language))
    shown = found.preview
    return send({
        "estimate": found.estimate.as_json() if found.estimate else None,
        "leaves": found.leaves,
        "names": [
            {"kind": one.kind.value, "name": one.name, "pseudonym": one.pseudonym, "times": one.times}
            for one in (shown.names if shown else ())
        ],
        "left": [
            {"words": one.words, "times": one.times,
             "places": [{"interview": name, "line": line} for name, line in one.places]}
            for one in (shown.left if shown else ())
        ],
        "problem": found.problem,
    })  # fmt: skip


@api_router.patch("/{upload_id}", response_model=UploadOne, responses=OF_UPLOAD, operation_id="correct_upload")
def correct_by_program(study: ResearchedStudy, upload_id: str, store: OpenStore, asked: CorrectionsIn) -> Response:
    """Say who is who in a file before it is read."""
    try:
        upload = correct_upload(
            store,
            study,
            upload_id,
            wave=asked.wave,
            speakers=[{**one.model_dump(), "transcript": str(one.transcript)} for one in asked.speakers],
            attributes=asked.attributes,
        )
    except NotFoundError as error:
        raise ApiError("upload-not-found", str(error)) from error
    except InputError as error:
        raise ApiError("invalid-request", str(error)) from error
    return send(upload_json(upload))


@api_router.delete("/{upload_id}", status_code=204, responses=OF_UPLOAD, operation_id="remove_upload")
def remove_by_program(study: ResearchedStudy, upload_id: str, store: OpenStore) -> Response:
    """Take a file away that was not read yet."""
    _remove(store, study, upload_id)
    return Response(status_code=204)


def upload_json(upload: Upload) -> dict[str, Any]:
    """An upload as programs see it."""
    return {
        "id": upload.id,
        "name": upload.name,
        "bytes": upload.size,
        "sha256": upload.sha256,
        "state": upload.state,
        "why": upload.why,
        "code": message_code(upload.why) if upload.why else None,
        "uploaded_by": upload.uploaded_by,
        "uploaded_utc": upload.uploaded_utc,
        "reading": {key: value for key, value in upload.reading.items() if key != "samples"},
        "corrections": upload.corrections,
    }


def _remove(store: Store, study: Study, upload_id: str) -> None:
    try:
        remove_upload(store, study, upload_id, _reading())
    except NotFoundError as error:
        raise ApiError("upload-not-found", str(error)) from error
    except InputError as error:
        raise ApiError("upload-read", str(error)) from error


async def _given(request: Request) -> list[tuple[str, bytes]]:
    """Files and pasted text of a form; one that is too large is cut at the limit, so that its reader says so."""
    limit = _reading().max_bytes
    given: list[tuple[str, bytes]] = []
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FILES, max_part_size=4 * 1_048_576) as form:
        for key, value in form.multi_items():
            if isinstance(value, UploadFile):
                if value.filename:
                    given.append((value.filename, await value.read(4 * limit + 1)))
            elif key == "pasted" and value.strip():
                name = str(form.get("pasted_name") or "").strip() or "pasted"
                given.append((f"{name}.txt", value.encode("utf-8")))
    return given


def _reading() -> ReadSettings:
    return ReadSettings(max_bytes=int(load_settings().max_file_mb * 1_000_000))


def _wishes(model: str, language: str) -> dict[str, object]:
    return {key: value for key, value in (("model", model), ("language", language)) if value}
