"""Settings of one study: what it is about, who may do what, links to its report, how long it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import AdministeredStudy, Anybody, MaybeStore, ResearchedStudy
from api.denials import note_change
from api.deps import OneReport, OpenStore, Shown
from api.errors import ApiError
from api.leaving import withdraw
from api.managing import Withdrawn
from api.rendering import page_words_of, render
from api.security import report_policy
from api.settings import ServiceSettings
from synth.accounts import Account, Role, RuleError, Share
from synth.errors import InputError, NotFoundError
from synth.export.html import style_sheet
from synth.pipeline.retention import NOTICE_DAYS, Keeping, delete_study, keeping, set_retention
from synth.pipeline.sharing import opened_share, share_report, shared_report
from synth.pipeline.studies import change_study, framework_names
from synth.pipeline.waves import name_wave
from synth.store import Store, Study
from synth.store.base import utc_after

router = APIRouter(include_in_schema=False)
_READ = ["GET", "HEAD"]
Text = Annotated[str, Form(max_length=2_000)]


@dataclass(frozen=True, slots=True)
class StudySettingsPage:
    """Everything about one study that is not its contents."""

    study: Study
    frameworks: dict[str, str]
    drafted: bool
    """Whether there is a draft: then the framework stays."""
    accounts: tuple[Account, ...]
    shares: tuple[Share, ...]
    waves: dict[str, int]
    """Interviews by wave; those of none under an empty name."""
    keeping: Keeping | None
    notice_days: int
    now_utc: str
    people: tuple[str, ...]
    """Participants, any of whom may withdraw."""
    problem: str = ""
    place: str = ""
    gone: Withdrawn | None = None
    """What went with somebody who has just withdrawn."""
    link: str = ""
    """A link that was just made; shown this once."""


@router.api_route("/studies/{study_id}/settings", methods=_READ)
def show_study_settings(request: Request, study: ResearchedStudy, store: OpenStore) -> Response:
    """The settings of a study."""
    return render(request, "settings/study.html.j2", _page(request, store, study))


@router.post("/studies/{study_id}/settings")
def change_settings(
    request: Request,
    study: ResearchedStudy,
    store: OpenStore,
    subject: Text = "",
    language: Annotated[str, Form(max_length=10)] = "",
    framework: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """What the study is about; drafts change with the next run."""
    drafted = store.newest_draft_id(study) is not None
    try:
        given = framework or None
        change_study(store, study, subject=subject, language=language, framework=None if drafted else given)
    except RuleError as error:
        page = _page(request, store, study, problem=f"problem.{error.code}", place="about")
        return render(request, "settings/study.html.j2", page, 422)
    return RedirectResponse(f"/studies/{study.id}/settings?said=saved", 303)


@router.post("/studies/{study_id}/settings/waves")
def change_wave(
    request: Request, study: ResearchedStudy, store: OpenStore, wave: Text = "", name: Text = ""
) -> Response:
    """Name the wave of the interviews that are of none, or call a wave otherwise."""
    try:
        name_wave(store, study, wave, name)
    except RuleError as error:
        return _refuse(request, store, study, f"problem.{error.code}", "waves")
    except InputError:
        return _refuse(request, store, study, "problem.wave-gone", "waves")
    return RedirectResponse(f"/studies/{study.id}/settings?said=saved", 303)


@router.post("/studies/{study_id}/settings/people")
def change_study_role(
    request: Request,
    study: AdministeredStudy,
    store: OpenStore,
    account: Annotated[str, Form(max_length=64)],
    role: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """A role on this study alone; none: as on the others."""
    one = store.account(account)
    if one is None or (role and role not in set(Role)):
        raise ApiError("invalid-request", "Give an account and a role of the lists.")
    store.set_membership(one, study, Role(role) if role else None)
    note_change(request, store, "role-changed", f"{one.login} {role or 'none'} {study.id}")
    return RedirectResponse(f"/studies/{study.id}/settings?said=role", 303)


# --- Links -----------------------------------------------------------------------------------------------------------


@router.post("/studies/{study_id}/shares")
def make_link(
    request: Request,
    study: ResearchedStudy,
    store: OpenStore,
    visitor: Anybody,
    label: Annotated[str, Form(max_length=500)] = "",
    days: Annotated[int, Form(ge=1, le=366)] = 30,
) -> Response:
    """A link to the report; the page that answers shows it, and no other ever does."""
    try:
        share, secret = share_report(store, study, label, days, visitor.name)
    except RuleError as error:
        page = _page(request, store, study, problem=f"problem.{error.code}", place="shares")
        return render(request, "settings/study.html.j2", page, 422)
    note_change(request, store, "share-made", share.id)
    link = f"{_origin(request)}/shared/{secret}"
    return render(request, "settings/study.html.j2", _page(request, store, study, link=link, place="shares"), 201)


@router.post("/studies/{study_id}/shares/revoke")
def revoke_link(
    request: Request, study: ResearchedStudy, store: OpenStore, share: Annotated[str, Form(max_length=64)]
) -> Response:
    """Close a link at once."""
    if store.revoke_share(study, share):
        note_change(request, store, "share-revoked", share)
    return RedirectResponse(f"/studies/{study.id}/settings?said=share_revoked", 303)


@router.api_route("/shared/{secret}", methods=_READ)
def show_shared(_visitor: Anybody, store: MaybeStore, secret: str, one_report: OneReport) -> Response:
    """The report behind a link, with names hidden, for whoever has the link; nothing else of the study."""
    found = opened_share(store, secret) if store else None
    if store is None or found is None:
        raise ApiError("share-gone", "This link does not work any more. Ask whoever sent it for another one.")
    try:
        with one_report:
            content = shared_report(store, *found)
    except NotFoundError as error:
        raise ApiError("share-gone", "There is nothing to show yet.") from error
    headers = {"content-security-policy": report_policy(style_sheet()), "referrer-policy": "no-referrer"}
    return HTMLResponse(content, headers=headers)


# --- Keeping and deleting --------------------------------------------------------------------------------------------


@router.post("/studies/{study_id}/retention")
def change_retention(
    request: Request,
    study: AdministeredStudy,
    store: OpenStore,
    visitor: Anybody,
    months: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """How long the study is kept; nothing: until somebody deletes it."""
    try:
        given = int(months) if months.strip() else None
        set_retention(store, study, given, visitor.name)
    except ValueError:
        return _refuse(request, store, study, "problem.months-cannot-be", "retention")
    except RuleError as error:
        return _refuse(request, store, study, f"problem.{error.code}", "retention")
    note_change(request, store, "retention-set", f"{study.id} {months or 'none'}")
    return RedirectResponse(f"/studies/{study.id}/settings?said=saved", 303)


@router.post("/studies/{study_id}/withdraw")
def withdraw_somebody(
    request: Request,
    study: AdministeredStudy,
    store: OpenStore,
    shown: Shown,
    visitor: Anybody,
    participant: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Remove a participant with every trace of them; who it is has to be typed."""
    try:
        gone = withdraw(request, study, store, shown, visitor, participant.strip())
    except NotFoundError:
        return _refuse(request, store, study, "problem.no-participant", "withdraw")
    return render(request, "settings/study.html.j2", _page(request, store, study, gone))


@router.post("/studies/{study_id}/delete")
def remove_study(
    request: Request,
    study: AdministeredStudy,
    store: OpenStore,
    shown: Shown,
    name: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Delete the study with everything in it; its name has to be typed."""
    if " ".join(name.split()) != " ".join(study.name.split()):
        return _refuse(request, store, study, "problem.name-differs", "delete")
    note_change(request, store, "study-deleted", study.id)
    clean = delete_study(store, study)
    shown.forget(study)
    return RedirectResponse(f"/?said={'study_deleted' if clean else 'study_deleted_words'}", 303)


def _page(
    request: Request, store: Store, study: Study, gone: Withdrawn | None = None, **more: str
) -> StudySettingsPage:
    return StudySettingsPage(
        study,
        framework_names(page_words_of(request).language),
        store.newest_draft_id(study) is not None,
        tuple(store.accounts()),
        tuple(store.shares(study)),
        store.wave_sizes(study),
        keeping(store, study),
        NOTICE_DAYS,
        utc_after(),
        tuple(one.id for one in store.participants(study)),
        gone=gone,
        **more,
    )


def _refuse(request: Request, store: Store, study: Study, problem: str, place: str) -> Response:
    return render(request, "settings/study.html.j2", _page(request, store, study, problem=problem, place=place), 422)


def _origin(request: Request) -> str:
    settings: ServiceSettings = request.app.state.settings
    return settings.url or f"{request.url.scheme}://{request.headers['host']}"
