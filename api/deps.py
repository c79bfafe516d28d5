"""What routes are given besides who is asking (`api.access`): a study's draft and results.

Each request is lent an open database, has it to itself and gives it back. FastAPI may hand a request from one thread of
its pool to another between these functions and the route, one after the other and never at once.
"""

from __future__ import annotations

from threading import Lock
from typing import Annotated, cast

from fastapi import Depends, Request

from api.access import Keys, MaybeStore, Service, ViewedStudy, existing_store
from api.errors import ApiError
from synth.errors import NotFoundError
from synth.pipeline.loading import load_results
from synth.pipeline.shown import ShownStudies, ShownStudy
from synth.results import Results
from synth.store import Store, Study
from synth.store.drafts import StoredDraft

__all__ = [
    "Keys", "MaybeStore", "NewestDraft", "OneReport", "OpenStore", "Service", "Shown", "StudyResults", "StudyShown",
    "no_draft",
]  # fmt: skip

OpenStore = Annotated[Store, Depends(existing_store)]


def report_lock(request: Request) -> Lock:
    """Held while a report is made: that may add to the key file, which two threads must not write at once."""
    return cast(Lock, request.app.state.report_lock)


OneReport = Annotated[Lock, Depends(report_lock)]


def newest_draft(study: ViewedStudy, store: OpenStore) -> StoredDraft:
    """The draft that is shown.

    Raises:
        ApiError: nothing was drafted yet.
    """
    draft = store.last_draft(study)
    if draft is None:
        raise no_draft(study)
    return draft


NewestDraft = Annotated[StoredDraft, Depends(newest_draft)]


def study_results(study: ViewedStudy, store: OpenStore) -> Results:
    """The study as it is shown.

    Raises:
        ApiError: nothing was drafted yet.
    """
    try:
        return load_results(store, study)
    except NotFoundError as error:
        raise no_draft(study) from error


StudyResults = Annotated[Results, Depends(study_results)]


def shown_studies(request: Request) -> ShownStudies:
    """Studies as pages show them, kept as long as they have not changed."""
    return cast(ShownStudies, request.app.state.shown)


Shown = Annotated[ShownStudies, Depends(shown_studies)]


def shown_study(study: ViewedStudy, store: OpenStore, shown: Shown) -> ShownStudy:
    """The study of the address for a page: draft, decisions, people, under pseudonyms.

    Raises:
        ApiError: nothing was drafted yet.
    """
    try:
        return shown.load(store, study)
    except NotFoundError as error:
        raise no_draft(study) from error


StudyShown = Annotated[ShownStudy, Depends(shown_study)]


def no_draft(study: Study) -> ApiError:
    """That a study has nothing to show yet."""
    return ApiError("no-draft", f"Nothing is drafted yet. `synth run FOLDER --study '{study.name}'` drafts it.")
