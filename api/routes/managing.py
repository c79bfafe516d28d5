"""Accounts, tokens, links, retention, keys and the audit as JSON."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api import managing as shapes
from api.access import AdministeredStudy, AnyAdmin, Keys, MadeStore, MaybeStore, ResearchedStudy, SignedIn
from api.denials import note_change, note_password
from api.deps import OpenStore, Shown
from api.errors import ApiError
from api.leaving import withdraw
from api.model_keys import keep_model_key, provider_rows
from api.models import Id, Paging
from api.passwords import hashing
from api.routes.answers import (
    CREATED_ONCE,
    GONE,
    OF_ACCOUNT,
    OF_CHANGE,
    OF_STUDY,
    WITH_STORE,
    send,
)
from api.settings import ServiceSettings
from api.visitors import Visitor
from synth.accounts import Account, Role, Share, Token, check_password
from synth.frameworks import load_framework, shipped_frameworks
from synth.pipeline.people import add_account, add_token, change_password, checked_name
from synth.pipeline.retention import keeping, set_retention
from synth.pipeline.sharing import share_report
from synth.store import Store, Study

router = APIRouter(prefix="/api/v1", tags=["people"])


@router.get("/me", response_model=shapes.Me, responses=WITH_STORE, operation_id="get_me")
def get_me(visitor: SignedIn) -> Response:
    """Who you are to the service, and what you may do on what belongs to no study."""
    return send(
        {
            "login": visitor.account.login if visitor.account else None,
            "name": visitor.name,
            "role": visitor.role,
            "single_user": visitor.alone,
            "token": visitor.token.id if visitor.token else None,
        }
    )


@router.patch("/me", response_model=shapes.Me, responses=OF_CHANGE, operation_id="change_me")
def patch_me(visitor: SignedIn, store: OpenStore, asked: shapes.MeChange) -> Response:
    """Your name in the ledger from now on; what stands there keeps the name that it has.

    A token for one study, or one that only reads, may not: the name stands on all studies.
    """
    token = visitor.token
    if visitor.account is None:
        raise ApiError("role-refused", "Nobody has an account here: the name is given on the profile of a browser.")
    if token and (token.study_id is not None or not token.scope.includes(Role.REVIEWER)):
        raise ApiError("role-refused", "A token for one study, or one that only reads, changes no name.")
    store.set_shown_name(visitor.account, checked_name(asked.name))
    return get_me(replace(visitor, account=_account(store, visitor.account.id)))


# --- Accounts --------------------------------------------------------------------------------------------------------


@router.get("/accounts", response_model=shapes.AccountList, responses=WITH_STORE, operation_id="list_accounts")
def list_accounts(_visitor: AnyAdmin, store: MaybeStore) -> Response:
    """Everybody with an account, and their roles."""
    return send({"items": [_account_json(one) for one in (store.accounts() if store else [])]})


@router.post(
    "/accounts", response_model=shapes.Account, status_code=201, responses=OF_CHANGE, operation_id="add_account"
)
def post_account(request: Request, visitor: AnyAdmin, store: MadeStore, asked: shapes.AccountIn) -> Response:
    """Make an account. The first one is an admin of all studies; from then on nobody gets in without an account."""
    on = _study(store, visitor, asked.study_id)
    with hashing():
        account = add_account(store, asked.login, asked.name, asked.password, asked.role, on)
    note_change(request, store, "account-added", f"{account.login} {asked.role or ''}".strip())
    return send(_account_json(store.account(account.id) or account), 201)


@router.patch(
    "/accounts/{account_id}", response_model=shapes.Account, responses=OF_ACCOUNT, operation_id="change_account"
)
def patch_account(
    request: Request, _visitor: AnyAdmin, store: OpenStore, account_id: Id, asked: shapes.AccountChange
) -> Response:
    """Change the name, the password or the role on all studies."""
    account = _account(store, account_id)
    role_changes = asked.role is not None or asked.no_role
    role = None if asked.no_role else asked.role
    # All that can be refused comes first, so that a refusal changes nothing.
    name = None if asked.name is None else checked_name(asked.name)
    if asked.password is not None:
        check_password(asked.password, account.login)
    with store.write():
        if name is not None:
            store.set_shown_name(account, name)
        if role_changes:
            store.set_role(account, role)
    if role_changes:
        note_change(request, store, "role-changed", f"{account.login} {role or 'none'} all")
    if asked.password is not None:
        with hashing():
            stopped = change_password(store, account, asked.password, keep_tokens=asked.keep_tokens)
        note_password(request, store, account.login, stopped)
    return send(_account_json(_account(store, account_id)))


@router.delete("/accounts/{account_id}", status_code=204, responses=OF_ACCOUNT | GONE, operation_id="end_account")
def delete_account(request: Request, _visitor: AnyAdmin, store: OpenStore, account_id: Id) -> Response:
    """End an account: its sessions and tokens stop at once; what it decided stays."""
    account = _account(store, account_id)
    store.end_account(account)
    note_change(request, store, "account-ended", account.login)
    return Response(status_code=204)


# --- Your tokens -----------------------------------------------------------------------------------------------------


@router.get("/tokens", response_model=shapes.TokenList, responses=WITH_STORE, operation_id="list_tokens")
def list_tokens(visitor: SignedIn, store: MaybeStore) -> Response:
    """Your tokens, without what opens them; asked with a token, that one alone."""
    tokens = store.tokens(visitor.account) if store and visitor.account else []
    if visitor.token is not None:
        tokens = [one for one in tokens if one.id == visitor.token.id]
    return send({"items": [_token_json(one) for one in tokens]})


@router.post(
    "/tokens", response_model=shapes.TokenMade, status_code=201, responses=CREATED_ONCE, operation_id="make_token"
)
def post_token(request: Request, visitor: SignedIn, store: OpenStore, asked: shapes.TokenIn) -> Response:
    """Make a token. A token makes none that may more than itself, and none that works longer."""
    if visitor.account is None:
        raise ApiError("role-refused", "Tokens belong to accounts, and nobody has one: no token is needed here.")
    if visitor.token is not None and not _within(visitor.token, asked):
        raise ApiError("role-refused", "A token makes no token that may do more than itself.")
    on = _study(store, visitor, asked.study_id)
    days = min(asked.days, visitor.token.days_left()) if visitor.token else asked.days
    token, secret = add_token(store, visitor.account, asked.name, asked.scope, on, days)
    note_change(request, store, "token-made", f"{visitor.account.login} {token.id} {token.scope}")
    return send({"token": _token_json(token), "secret": secret}, 201)


@router.delete("/tokens/{token_id}", status_code=204, responses=OF_ACCOUNT | GONE, operation_id="revoke_token")
def delete_token(request: Request, visitor: SignedIn, store: OpenStore, token_id: Id) -> Response:
    """Stop a token of yours. A token stops itself and no other: whoever found it cannot shut out your programs."""
    if visitor.token is not None and token_id != visitor.token.id:
        raise ApiError("role-refused", "A token stops itself and no other. Sign in to stop others.")
    if visitor.account is None or not store.revoke_token(token_id, visitor.account.id):
        raise ApiError("not-found", "You have no token of this id that works.")
    note_change(request, store, "token-revoked", f"{visitor.account.login} {token_id}")
    return Response(status_code=204)


# --- A study: people, links, retention -------------------------------------------------------------------------------


@router.get(
    "/studies/{study_id}/people", response_model=shapes.MemberList, responses=OF_STUDY, operation_id="list_people"
)
def list_people(study: AdministeredStudy, store: OpenStore) -> Response:
    """Everybody with an account, and what they may do on this study."""
    return send({"items": [_member(one, study) for one in store.accounts()]})


@router.put(
    "/studies/{study_id}/people/{account_id}",
    response_model=shapes.Member,
    responses=OF_ACCOUNT,
    operation_id="set_role",
)
def put_role(
    request: Request, study: AdministeredStudy, store: OpenStore, account_id: Id, asked: shapes.RoleIn
) -> Response:
    """Give a role on this study alone; null: as on all studies."""
    account = _account(store, account_id)
    store.set_membership(account, study, asked.role)
    note_change(request, store, "role-changed", f"{account.login} {asked.role or 'none'} {study.id}")
    return send(_member(_account(store, account_id), study))


@router.get(
    "/studies/{study_id}/shares", response_model=shapes.ShareList, responses=OF_STUDY, operation_id="list_shares"
)
def list_shares(study: ResearchedStudy, store: OpenStore) -> Response:
    """The links to the report of this study, without what opens them."""
    return send({"items": [_share_json(one) for one in store.shares(study)]})


@router.post(
    "/studies/{study_id}/shares",
    response_model=shapes.ShareMade,
    status_code=201,
    responses=OF_STUDY | CREATED_ONCE,
    operation_id="share",
)
def post_share(
    request: Request, study: ResearchedStudy, store: OpenStore, visitor: SignedIn, asked: shapes.ShareIn
) -> Response:
    """Make a link: whoever has it reads the report, with names hidden, until it expires or is revoked."""
    share, secret = share_report(store, study, asked.label, asked.days, visitor.name)
    note_change(request, store, "share-made", share.id)
    settings: ServiceSettings = request.app.state.settings
    origin = settings.url or f"{request.url.scheme}://{request.headers['host']}"
    return send({"share": _share_json(share), "address": f"{origin}/shared/{secret}"}, 201)


@router.delete(
    "/studies/{study_id}/shares/{share_id}", status_code=204, responses=OF_STUDY | GONE, operation_id="revoke_share"
)
def delete_share(request: Request, study: ResearchedStudy, store: OpenStore, share_id: Id) -> Response:
    """Close a link at once."""
    if not store.revoke_share(study, share_id):
        raise ApiError("not-found", "This study has no link of this id that works.")
    note_change(request, store, "share-revoked", share_id)
    return Response(status_code=204)


@router.get(
    "/studies/{study_id}/retention",
    response_model=shapes.Retention,
    responses=OF_STUDY,
    operation_id="get_retention",
)
def get_retention(study: ResearchedStudy, store: OpenStore) -> Response:
    """How long this study is kept."""
    return send(_retention(store, study))


@router.put(
    "/studies/{study_id}/retention",
    response_model=shapes.Retention,
    responses=OF_STUDY,
    operation_id="set_retention",
)
def put_retention(
    request: Request, study: AdministeredStudy, store: OpenStore, visitor: SignedIn, asked: shapes.RetentionIn
) -> Response:
    """Delete this study so many months after it was last worked on, with notice; null: keep it."""
    set_retention(store, study, asked.months, visitor.name)
    note_change(request, store, "retention-set", f"{study.id} {asked.months or 'none'}")
    return send(_retention(store, study))


@router.delete(
    "/studies/{study_id}/participants/{participant_id}",
    response_model=shapes.Withdrawn,
    responses=OF_STUDY,
    operation_id="withdraw",
)
def delete_participant(
    request: Request,
    study: AdministeredStudy,
    store: OpenStore,
    shown: Shown,
    visitor: SignedIn,
    participant_id: Annotated[str, Path(max_length=200)],
) -> Response:
    """Remove a participant with every trace of them, for good: `synth withdraw` (docs/privacy.md)."""
    return send(withdraw(request, study, store, shown, visitor, participant_id).model_dump())


# --- The service -----------------------------------------------------------------------------------------------------


@router.get(
    "/frameworks",
    response_model=shapes.FrameworkList,
    responses=WITH_STORE,
    operation_id="list_frameworks",
    tags=["service"],
)
def list_frameworks(_visitor: SignedIn) -> Response:
    """The frameworks that a new study can have."""
    found = [load_framework(key) for key in shipped_frameworks()]
    items = [{"key": one.key, "en": one.en, "nl": one.nl, "phases": list(one.phase_keys)} for one in found]
    return send({"items": items})


@router.get(
    "/models/keys", response_model=shapes.ModelKeyList, responses=WITH_STORE, operation_id="list_keys", tags=["service"]
)
def list_keys(_visitor: AnyAdmin, keys: Keys) -> Response:
    """Which providers of models there is a key for; never the keys."""
    rows = provider_rows(keys.keys.models)
    return send({"items": [{"variable": row.variable, "provider": row.name, "where": row.where} for row in rows]})


@router.put(
    "/models/keys/{variable}", status_code=204, responses=WITH_STORE | GONE, operation_id="keep_key", tags=["service"]
)
def put_key(
    request: Request, _visitor: AnyAdmin, keys: Keys, store: MaybeStore, variable: Id, asked: shapes.ModelKeyIn
) -> Response:
    """Keep the key of a provider in the file beside the database; an empty one takes it away."""
    keep_model_key(keys, variable, asked.key)
    if store:
        note_change(request, store, "key-set" if asked.key else "key-removed", variable)
    return Response(status_code=204)


@router.get(
    "/audit", response_model=shapes.AuditPage, responses=WITH_STORE, operation_id="list_audit", tags=["service"]
)
def list_audit(_visitor: AnyAdmin, store: MaybeStore, paging: Annotated[Paging, Query()]) -> Response:
    """What was refused, and what was changed about who may do what, the newest first."""
    total, entries = store.audit(limit=paging.limit, offset=paging.offset) if store else (0, [])
    return send({"total": total, "limit": paging.limit, "offset": paging.offset, "items": [asdict(e) for e in entries]})


def _account_json(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "login": account.login,
        "name": account.shown_name,
        "role": account.role,
        "studies": dict(account.memberships),
        "made_utc": account.made_utc,
    }


def _token_json(token: Token) -> dict[str, object]:
    return {name: value for name, value in asdict(token).items() if name != "account_id"}


def _share_json(share: Share) -> dict[str, object]:
    return {name: value for name, value in asdict(share).items() if name != "study_id"}


def _member(account: Account, study: Study) -> dict[str, object]:
    own = account.memberships.get(study.id)
    role = account.role_on(study.id)
    return {"account_id": account.id, "login": account.login, "name": account.shown_name, "role": role, "own": own}


def _retention(store: Store, study: Study) -> dict[str, object]:
    kept = keeping(store, study)
    return {
        "months": kept.retention.months if kept else None,
        "due_utc": kept.due_utc if kept else None,
        "noticed": bool(kept and kept.noticed),
        "deletes_utc": kept.deletes_utc if kept else None,
    }


def _account(store: Store, account_id: str) -> Account:
    account = store.account(account_id)
    if account is None:
        raise ApiError("not-found", "No account has this id. GET /api/v1/accounts lists those that there are.")
    return account


def _study(store: Store, visitor: Visitor, study_id: str | None) -> Study | None:
    if study_id is None:
        return None
    found = next((one for one in store.studies() if one.id == study_id and visitor.role_on(one.id)), None)
    if found is None:
        raise ApiError("study-not-found", "No study has this id. GET /api/v1/studies lists those that there are.")
    return found


def _within(token: Token, asked: shapes.TokenIn) -> bool:
    return token.scope.includes(asked.scope) and token.study_id in (None, asked.study_id)
