"""What routes are given: the settings, a store of their own, a study, a draft.

Each request opens the database, has it to itself and closes it. FastAPI may hand a request from one thread of its pool
to another between these functions and the route, one after the other and never at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath
from threading import Lock
from typing import Annotated, cast

from fastapi import Depends, Path, Request

from api.errors import ApiError
from api.settings import ServiceSettings
from synth.errors import NotFoundError
from synth.pipeline import load_results
from synth.results import Results
from synth.store import Store, Study, open_store
from synth.store.drafts import StoredDraft


def service_settings(request: Request) -> ServiceSettings:
    """The settings that the application was made with."""
    return cast(ServiceSettings, request.app.state.settings)


Service = Annotated[ServiceSettings, Depends(service_settings)]


def report_lock(request: Request) -> Lock:
    """Held while a report is made: that may add to the key file, which two threads must not write at once."""
    return cast(Lock, request.app.state.report_lock)


OneReport = Annotated[Lock, Depends(report_lock)]


def opened_store(settings: Service) -> Iterator[Store | None]:
    """The database for the length of a request; None where there is no file: reading never makes one.

    Raises:
        StoreError: the file cannot be used.
    """
    if not FilePath(settings.db).exists():
        yield None
        return
    store = open_store(settings.db, create=False)
    try:
        yield store
    finally:
        store.close()


MaybeStore = Annotated[Store | None, Depends(opened_store)]


def existing_store(store: MaybeStore) -> Store:
    """The database where it must be there.

    Raises:
        ApiError: there is none, so no study either.
    """
    if store is None:
        raise ApiError("study-not-found", "There is no database yet. `synth run FOLDER` makes one.")
    return store


OpenStore = Annotated[Store, Depends(existing_store)]


def chosen_study(
    store: OpenStore,
    study_id: Annotated[str, Path(description="The study's `id`, as GET /api/v1/studies lists it.")],
) -> Study:
    """The study of an address.

    Raises:
        ApiError: there is none with this id.
    """
    found = next((study for study in store.studies() if study.id == study_id), None)
    if found is None:
        raise ApiError("study-not-found", "No study has this id. GET /api/v1/studies lists those that there are.")
    return found


ChosenStudy = Annotated[Study, Depends(chosen_study)]


def newest_draft(store: OpenStore, study: ChosenStudy) -> StoredDraft:
    """The draft that is shown.

    Raises:
        ApiError: nothing was drafted yet.
    """
    draft = store.last_draft(study)
    if draft is None:
        raise no_draft(study)
    return draft


NewestDraft = Annotated[StoredDraft, Depends(newest_draft)]


def study_results(store: OpenStore, study: ChosenStudy) -> Results:
    """The study as it is shown.

    Raises:
        ApiError: nothing was drafted yet.
    """
    try:
        return load_results(store, study)
    except NotFoundError as error:
        raise no_draft(study) from error


StudyResults = Annotated[Results, Depends(study_results)]


def no_draft(study: Study) -> ApiError:
    """That a study has nothing to show yet."""
    return ApiError("no-draft", f"Nothing is drafted yet. `synth run FOLDER --study '{study.name}'` drafts it.")
