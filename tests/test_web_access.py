"""Trying to get in: each test does what somebody would who should not, and finds the door shut and a row about it."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from api import access
from api.app import create_app
from api.denials import DENIALS
from api.errors import PROBLEMS
from api.routes import ROUTERS
from api.settings import ServiceSettings
from synth.accounts import AuditEntry, secret_key
from synth.store import Study
from synth.store.base import utc_after
from tests.builders import small_study
from tests.web import (
    HERE,
    PASSWORD,
    add_account,
    bearer,
    client_of,
    code_of,
    form_token,
    keep_study,
    keep_two_studies,
    opened,
    page_of,
    sign_in,
    submit,
)

ROLES = ("viewer", "reviewer", "researcher", "admin")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep_two_studies(tmp_path_factory.mktemp("made"))


@pytest.fixture
def db(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "study.db"))


@pytest.fixture
def study(db: Path) -> Study:
    """The study that tests are about, beside the one named 'Other'."""
    with opened(db) as store:
        return store.study("Choosing a bicycle")


@pytest.fixture
def unguarded(tmp_path: Path) -> Path:
    """A database where nobody has an account."""
    keep_study(tmp_path / "alone.db", people=3)
    return tmp_path / "alone.db"


def refusals(db: Path) -> list[AuditEntry]:
    """What was refused, the oldest first."""
    with opened(db) as store:
        return store.audit(refused=True, limit=500)[1][::-1]


def decision(client: TestClient, study: Study) -> dict[str, Any]:
    with opened(Path(client.app.state.settings.db)) as store:  # type: ignore[attr-defined]
        draft = store.last_draft(study)
    assert draft is not None
    return {"claim_id": draft.draft.claims()[0].id, "action": "accept", "draft_id": draft.id}


# --- Every route says who may ----------------------------------------------------------------------------------------


def declared_access(route: APIRoute) -> set[str]:
    """What a route declares, anywhere in its dependencies."""
    found, todo = set(), [route.dependant]
    while todo:
        one = todo.pop()
        todo += one.dependencies
        if isinstance(one.call, access.StudyRole):
            found.add(f"study {one.call.role}")
        elif isinstance(one.call, access.EverywhereRole):
            found.add(f"all {one.call.role}")
        elif one.call is access.signed_in:
            found.add("signed in")
        elif one.call is access.from_own_page:
            found.add("anybody")
    return found


OPEN = {"/healthz", "/static/{name}"}


def all_routes() -> list[APIRoute]:
    """Every address of the service."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def test_every_route_says_which_role_it_needs() -> None:
    routes = all_routes()
    assert len(routes) > 10
    for route in routes:
        declared = declared_access(route)
        assert declared or route.path in OPEN, route.path
        if "{study_id}" in route.path:
            assert any(one.startswith("study ") for one in declared), route.path


def test_every_change_of_a_study_needs_more_than_a_viewer() -> None:
    routes = all_routes()
    for route in routes:
        if "{study_id}" in route.path and not route.methods <= {"GET", "HEAD"}:
            assert declared_access(route) & {"study reviewer", "study researcher", "study admin"}, route.path


# --- Single-user mode and accounts -----------------------------------------------------------------------------------


def test_without_accounts_this_machine_is_let_in_as_admin(unguarded: Path) -> None:
    client = client_of(unguarded)
    with opened(unguarded) as store:
        (study,) = store.studies()
    assert client.get("/").status_code == 200
    assert client.post(f"/api/v1/studies/{study.id}/decisions", json=decision(client, study)).status_code == 201


def test_from_the_first_account_on_nobody_gets_in_without_one(db: Path, study: Study) -> None:
    client = client_of(db)
    answer = client.get(f"/studies/{study.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next=%2Fstudies%2F{study.id}")
    assert code_of(client.get("/api/v1/studies")) == "sign-in-needed"
    body = decision(client, study)
    assert code_of(client.post(f"/api/v1/studies/{study.id}/decisions", json=body)) == "sign-in-needed"
    assert [one.what for one in refusals(db)] == ["sign-in-needed"] * 3


@pytest.mark.parametrize("changes", [{"host": "0.0.0.0"}, {"url": "https://synth.example"}])
def test_service_that_others_can_reach_lets_nobody_in_without_accounts(
    unguarded: Path, changes: dict[str, Any]
) -> None:
    client = client_of(unguarded, **changes)
    assert client.get("/").status_code == 303
    assert "synth user add" in page_of(client.get("/login")).words()
    assert submit(client, "/login", "/login", login="mira", password=PASSWORD).status_code == 403


def test_right_password_opens_and_a_wrong_one_does_not(db: Path, study: Study) -> None:
    client = client_of(db)
    wrong = sign_in(client, "mira", "three green trains")
    assert (wrong.status_code, "do not belong together" in wrong.text) == (401, True)
    assert client.get("/").status_code == 303
    assert sign_in(client, "MIRA").headers["location"] == "/"
    assert study.name in client.get("/").text
    assert [one.what for one in refusals(db)].count("login-refused") == 1


def test_unknown_login_is_answered_as_a_wrong_password(db: Path) -> None:
    client = client_of(db)
    answers = [sign_in(client, login, "three green trains") for login in ("mira", "nobody")]
    words = [page_of(answer).words().replace("nobody", "mira") for answer in answers]
    assert answers[0].status_code == answers[1].status_code == 401
    assert words[0] == words[1]


def test_guessing_is_stopped_for_one_login_and_not_for_another(db: Path) -> None:
    add_account(db, "joris", "viewer")
    client = client_of(db, password_tries=3)
    statuses = [sign_in(client, "mira", f"wrong number {n}").status_code for n in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    late = sign_in(client, "mira")
    assert (late.status_code, int(late.headers["retry-after"]) > 0) == (429, True)
    assert sign_in(client, "joris").status_code == 303
    assert [one.what for one in refusals(db)].count("too-many-tries") == 3


def test_guessing_one_password_for_many_logins_is_stopped_too(db: Path) -> None:
    client = client_of(db, password_tries=1)
    statuses = [sign_in(client, f"somebody{n}", "summer holiday").status_code for n in range(12)]
    assert statuses[:10] == [401] * 10
    assert statuses[10:] == [429] * 2


def test_signing_in_rightly_is_no_guessing(db: Path) -> None:
    assert [sign_in(client_of(db, password_tries=1), "mira").status_code for _ in range(12)] == [303] * 12


@pytest.mark.parametrize(
    ("wanted", "address"),
    [
        ("/studies/x?y=1", "/studies/x?y=1"), ("//evil.example", "/"), ("https://evil.example", "/"),
        ("/\\evil.example", "/"), ("javascript:alert(1)", "/"), ("/a\r\nset-cookie: x=y", "/"), ("", "/"),
    ],
)  # fmt: skip
def test_login_leads_to_our_own_pages_alone(db: Path, wanted: str, address: str) -> None:
    client = client_of(db)
    answer = submit(client, "/login", "/login", login="mira", password=PASSWORD, next=wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, address)


# --- Sessions --------------------------------------------------------------------------------------------------------


def cookie_of(client: TestClient) -> str:
    return str(client.cookies.get("synth_session"))


def test_login_gives_a_new_session_id_and_the_old_one_opens_nothing(db: Path) -> None:
    client = client_of(db)
    client.get("/login")
    before = cookie_of(client)
    sign_in(client, "mira")
    after = cookie_of(client)
    assert before != after
    victim = client_of(db)
    victim.cookies.set("synth_session", before, domain="localhost.local")
    assert victim.get("/").status_code == 303


def test_session_that_a_browser_had_ends_when_it_signs_in_anew(db: Path) -> None:
    client = client_of(db, "mira")
    before = cookie_of(client)
    answer = client.post("/login", data={"csrf": form_token(client, "/"), "login": "mira", "password": PASSWORD})
    assert answer.status_code == 303
    copy = client_of(db)
    copy.cookies.set("synth_session", before, domain="localhost.local")
    assert (copy.get("/").status_code, client.get("/").status_code) == (303, 200)


def test_session_id_that_somebody_made_up_is_not_taken_over(db: Path) -> None:
    client = client_of(db)
    client.cookies.set("synth_session", "planted.planted", domain="localhost.local")
    sign_in(client, "mira")
    held = {cookie.value for cookie in client.cookies.jar if cookie.name == "synth_session"}
    assert "planted.planted" not in held or len(held) > 1
    thief = client_of(db)
    thief.cookies.set("synth_session", "planted.planted", domain="localhost.local")
    assert thief.get("/").status_code == 303


def test_copy_of_the_cookie_opens_nothing_after_signing_out(db: Path) -> None:
    client = client_of(db, "mira")
    copy = client_of(db)
    copy.cookies.set("synth_session", cookie_of(client), domain="localhost.local")
    assert copy.get("/").status_code == 200
    assert submit(client, "/", "/logout").status_code == 303
    assert copy.get("/").status_code == 303


@pytest.mark.parametrize(
    "change", ["seen_utc = '2020-01-01T00:00:00Z'", "ends_utc = '2020-01-01T00:00:00Z'"], ids=["idle", "absolute"]
)
def test_session_ends_when_idle_and_in_any_case(db: Path, change: str) -> None:
    client = client_of(db, "mira")
    with sqlite3.connect(db) as connection:
        connection.execute(f"update sessions set {change}")
    connection.close()
    assert client.get("/").status_code == 303


def test_ending_an_account_ends_its_sessions_and_tokens_at_once(db: Path) -> None:
    add_account(db, "joris", "viewer")
    client, program = client_of(db, "joris"), client_of(db)
    header = bearer(db, "joris", "viewer")
    assert program.get("/api/v1/studies", headers=header).status_code == 200
    with opened(db) as store:
        store.end_account(store.account_of("joris"))
    assert client.get("/").status_code == 303
    assert code_of(program.get("/api/v1/studies", headers=header)) == "token-refused"


def test_cookie_holds_an_id_and_nothing_else_and_the_database_its_hash(db: Path) -> None:
    client = client_of(db)
    answer = sign_in(client, "mira")
    header = answer.headers["set-cookie"]
    assert re.search(r"HttpOnly", header)
    assert re.search(r"SameSite=Lax", header)
    session_id = cookie_of(client).rpartition(".")[0]
    content = db.read_bytes() + Path(f"{db}-wal").read_bytes() if Path(f"{db}-wal").exists() else db.read_bytes()
    assert session_id.encode() not in content
    assert PASSWORD.encode() not in content
    with opened(db) as store:
        assert store.session(secret_key(session_id), 60) is not None


@pytest.mark.parametrize(
    ("changes", "address"),
    [({"url": "https://synth.example"}, "https://synth.example"), ({"tls": True}, "https://localhost:8765")],
    ids=["proxy", "own certificate"],
)
def test_behind_tls_the_cookie_is_sent_over_nothing_else(db: Path, changes: dict[str, Any], address: str) -> None:
    client = TestClient(create_app(ServiceSettings(str(db), **changes)), base_url=address)
    answer = client.get("/login")
    assert "__Host-synth_session=" in answer.headers["set-cookie"]
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]


# --- Forged requests -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [None, "", "x", "0011223344556677.deadbeef"])
def test_form_without_the_token_of_its_session_changes_nothing(db: Path, given: str | None) -> None:
    client = client_of(db, "mira")
    answer = client.post("/logout", data={} if given is None else {"csrf": given})
    assert answer.status_code == 403
    assert client.get("/").status_code == 200
    assert refusals(db)[-1].what == "form-expired"


def test_form_of_a_browser_without_its_session_leads_to_the_login_and_back_to_its_page(db: Path, study: Study) -> None:
    page = f"/studies/{study.id}/review?claim=1"
    headers = {"referer": f"{HERE}{page}"}
    answer = client_of(db).post(f"/studies/{study.id}/comments", data={"text": "Typed"}, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?{urlencode({'next': page})}")
    elsewhere = client_of(db).post("/logout", headers={"referer": "http://evil.example/x"})
    assert elsewhere.headers["location"] == "/login?next=%2F"


def test_login_leads_back_to_the_page_with_what_was_asked_of_it(db: Path) -> None:
    answer = client_of(db).get("/settings/audit?show=refused")
    assert answer.headers["location"] == "/login?next=%2Fsettings%2Faudit%3Fshow%3Drefused"


def test_token_of_another_browser_is_no_token(db: Path) -> None:
    client, other = client_of(db, "mira"), client_of(db, "mira")
    answer = client.post("/logout", data={"csrf": form_token(other, "/")})
    assert (answer.status_code, client.get("/").status_code) == (403, 200)


def test_login_itself_cannot_be_forged(db: Path) -> None:
    client = client_of(db)
    client.get("/login")
    assert client.post("/login", data={"login": "mira", "password": PASSWORD}).status_code == 403


def test_api_with_a_cookie_wants_the_token_and_takes_it_from_the_header(db: Path, study: Study) -> None:
    client = client_of(db, "mira")
    address, body = f"/api/v1/studies/{study.id}/decisions", decision(client, study)
    assert code_of(client.post(address, json=body)) == "form-expired"
    taken = client.post(address, json=body, headers={"x-csrf-token": form_token(client, "/")})
    assert taken.status_code == 201
    assert taken.json()["decision"]["by"] == "Mira"


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_foreign_page_changes_nothing_even_with_a_token(db: Path, headers: dict[str, str]) -> None:
    client = client_of(db, "mira")
    answer = client.post("/logout", data={"csrf": form_token(client, "/")}, headers=headers)
    assert answer.status_code == 403
    assert refusals(db)[-1].what == "origin-refused"


def test_rebound_name_is_refused_and_noted(db: Path) -> None:
    client = client_of(db, "mira")
    assert client.get("/", headers={"host": "evil.example:8765"}).status_code == 400
    assert refusals(db)[-1].what == "host-refused"


def test_address_it_was_reached_by_is_a_name_of_a_service_that_listens_everywhere(db: Path) -> None:
    app = create_app(ServiceSettings(str(db), host="0.0.0.0"))
    client = TestClient(app, base_url="http://192.0.2.7:8765")
    assert client.get("/healthz").status_code == 200
    assert client.get("/healthz", headers={"host": "192.0.2.8:8765"}).status_code == 400
    assert client.get("/healthz", headers={"host": "0.0.0.0:8765"}).status_code == 400


# --- Roles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_viewer_reads_and_only_from_reviewer_on_one_decides(db: Path, study: Study, role: str) -> None:
    add_account(db, "joris", None, on={study.id: role})
    client = client_of(db, "joris")
    assert client.get(f"/studies/{study.id}").status_code == 200
    token = {"x-csrf-token": form_token(client, "/")}
    answer = client.post(f"/api/v1/studies/{study.id}/decisions", json=decision(client, study), headers=token)
    if role == "viewer":
        assert code_of(answer) == "role-refused"
        denied = refusals(db)[-1]
        assert (denied.who, denied.study_id, denied.route) == (
            "joris", study.id, "/api/v1/studies/{study_id}/decisions",
        )  # fmt: skip
    else:
        assert answer.status_code == 201


def test_study_without_a_role_does_not_exist(db: Path, study: Study) -> None:
    add_account(db, "joris", None, on={study.id: "admin"})
    client = client_of(db, "joris")
    with opened(db) as store:
        other = store.study("Other")
    assert code_of(client.get(f"/api/v1/studies/{other.id}")) == "study-not-found"
    assert client.get(f"/studies/{other.id}/report").status_code == 404
    assert [one["id"] for one in client.get("/api/v1/studies").json()["items"]] == [study.id]
    assert "Other" not in client.get("/").text
    hidden, absent = client.get(f"/api/v1/studies/{other.id}").json(), client.get("/api/v1/studies/0123").json()
    assert hidden == absent
    assert [one.what for one in refusals(db)] == ["study-not-found"] * 3


def test_nobody_decides_in_the_name_of_somebody_else(db: Path, study: Study) -> None:
    add_account(db, "joris", "reviewer")
    client = client_of(db)
    body = decision(client, study) | {"by": "Mira"}
    answer = client.post(f"/api/v1/studies/{study.id}/decisions", json=body, headers=bearer(db, "joris"))
    assert code_of(answer) == "role-refused"


@pytest.mark.parametrize("name", ["Mira", " mIRA "])
def test_nobody_takes_the_name_of_somebody_else(db: Path, study: Study, name: str) -> None:
    add_account(db, "joris", "reviewer")
    client = client_of(db, "joris")
    answer = submit(client, "/profile", "/profile/name", name=name)
    assert (answer.status_code, "Somebody else has this name" in answer.text) == (422, True)
    headers = {"x-csrf-token": form_token(client, "/")}
    taken = client.post(f"/api/v1/studies/{study.id}/decisions", json=decision(client, study), headers=headers)
    assert taken.json()["decision"]["by"] == "Joris"


# --- Tokens ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scope", "status"), [("viewer", 403), ("reviewer", 201)])
def test_token_may_no_more_than_its_scope(db: Path, study: Study, scope: str, status: int) -> None:
    client = client_of(db)
    headers = bearer(db, "mira", scope)
    answer = client.post(f"/api/v1/studies/{study.id}/decisions", json=decision(client, study), headers=headers)
    assert answer.status_code == status


def test_token_may_no_more_than_its_owner(db: Path, study: Study) -> None:
    add_account(db, "joris", "viewer")
    client = client_of(db)
    answer = client.post(
        f"/api/v1/studies/{study.id}/decisions", json=decision(client, study), headers=bearer(db, "joris", "admin")
    )
    assert code_of(answer) == "role-refused"
    assert "token:" in refusals(db)[-1].who


def test_token_for_one_study_opens_no_other(db: Path, study: Study) -> None:
    client, headers = client_of(db), bearer(db, "mira", "admin", study)
    with opened(db) as store:
        other = store.study("Other")
    assert client.get(f"/api/v1/studies/{study.id}", headers=headers).status_code == 200
    assert code_of(client.get(f"/api/v1/studies/{other.id}", headers=headers)) == "study-not-found"


def test_token_makes_none_that_works_longer(db: Path) -> None:
    headers = bearer(db, "mira", "viewer", days=2)
    made = client_of(db).post("/api/v1/tokens", json={"name": "longer", "days": 366}, headers=headers).json()
    assert made["token"]["ends_utc"] <= utc_after(days=2)


@pytest.mark.parametrize("change", ["ends_utc = '2020-01-01T00:00:00Z'", "revoked_utc = '2026-01-01T00:00:00Z'"])
def test_expired_or_revoked_token_opens_nothing(db: Path, change: str) -> None:
    client, headers = client_of(db), bearer(db, "mira")
    with sqlite3.connect(db) as connection:
        connection.execute(f"update tokens set {change}")
    connection.close()
    answer = client.get("/api/v1/studies", headers=headers)
    assert code_of(answer) == "token-refused"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer synth_x", "Basic bWlyYTp4", "Bearer \u00e9"])
def test_wrong_token_is_refused_and_never_falls_back_to_the_cookie(db: Path, header: str) -> None:
    client = client_of(db, "mira")
    answer = client.get("/api/v1/studies", headers={"authorization": header.encode("latin-1")})  # type: ignore[dict-item]
    assert code_of(answer) == "token-refused"


def test_database_holds_no_token(db: Path) -> None:
    secret = bearer(db, "mira")["authorization"].partition(" ")[2]
    assert secret.encode() not in db.read_bytes()


# --- Bodies, names, words --------------------------------------------------------------------------------------------


def send_without_end(db: Path, path: str, headers: dict[str, str]) -> tuple[list[Any], int]:
    """What is answered to a file of no end, and how many pieces of it were taken before that."""
    app = create_app(ServiceSettings(str(db), max_upload_bytes=100_000))
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    asked, sent = 0, list[Any]()

    async def receive() -> Any:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": head if asked == 1 else b"x" * 20_000, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {"host": "localhost:8765", "content-type": "multipart/form-data; boundary=x"} | headers
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "http_version": "1.1", "server": ("localhost", 8765), "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent, asked


def test_large_upload_is_cut_off_while_it_streams(db: Path, study: Study) -> None:
    sent, asked = send_without_end(db, f"/api/v1/studies/{study.id}/uploads", bearer(db, "mira"))
    assert sent[0]["status"] == 413
    assert b"too-large" in b"".join(message.get("body", b"") for message in sent)
    assert asked <= 7


def test_upload_of_a_stranger_is_refused_before_it_is_read(db: Path, study: Study) -> None:
    answer = client_of(db).post(f"/api/v1/studies/{study.id}/uploads", files={"files": ("a.txt", b"x" * 1_000)})
    assert code_of(answer) == "sign-in-needed"
    stranger = client_of(db)
    stranger.get("/login")
    cookie = {"cookie": f"synth_session={cookie_of(stranger)}"}
    for path, status in ((f"/studies/{study.id}/uploads", 303), (f"/api/v1/studies/{study.id}/uploads", 401)):
        sent, asked = send_without_end(db, path, cookie)
        assert (sent[0]["status"], asked) == (status, 0)


@pytest.mark.parametrize(
    ("method", "address"),
    [("PATCH", "/api/v1/studies/{id}/uploads/x"), ("POST", "/studies/{id}/uploads/x"), ("POST", "/login")],
)
def test_address_that_takes_no_files_takes_no_large_body(db: Path, study: Study, method: str, address: str) -> None:
    answer = client_of(db).request(method, address.format(id=study.id), content=b"x" * 1_048_577)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/app.py", "a\\..\\b", "\u202egnp.exe"]
)
def test_no_path_from_a_client_is_opened(db: Path, study: Study, name: str) -> None:
    client = client_of(db, "mira")
    for address in (f"/static/{name}", f"/studies/{name}", f"/studies/{study.id}/{name}"):
        assert client.get(address).status_code == 404


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>{{7*7}}"


def test_hostile_words_stay_words_on_every_page(tmp_path: Path) -> None:
    study = keep_study(tmp_path / "study.db", small_study(people=3, subject=HOSTILE), name=HOSTILE)
    client = client_of(tmp_path / "study.db")
    client.cookies.set("synth_name", HOSTILE, domain="localhost.local")
    for address in (
        "/",
        f"/studies/{study.id}",
        f"/studies/{study.id}/report?lang={HOSTILE}",
        f"/login?next={HOSTILE}",
    ):
        text = client.get(address).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<svg onload" not in text
        assert "49" not in re.sub(r"\s", "", text) or "{{7*7}}" in text


def test_audit_has_a_row_for_each_denial_and_no_ids_of_people(db: Path, study: Study) -> None:
    client = client_of(db)
    for _ in range(3):
        client.get(f"/api/v1/studies/{study.id}/findings?participant=P01")
    rows = refusals(db)
    assert len(rows) == 3
    assert {(one.what, one.method, one.route, one.who) for one in rows} == {
        ("sign-in-needed", "GET", "/api/v1/studies/{study_id}/findings", "")
    }
    assert all(one.address == "testclient" and one.at_utc <= utc_after() for one in rows)


def test_every_denial_is_a_problem_that_is_documented() -> None:
    assert set(PROBLEMS) >= DENIALS
    assert {code for code, (status, _) in PROBLEMS.items() if status in (401, 403, 429)} == DENIALS - {"host-refused"}


def test_service_keys_are_for_their_owner_alone(db: Path) -> None:
    client_of(db, "mira")
    (path,) = db.parent.glob("*.service.key.json")
    assert path.stat().st_mode & 0o777 == 0o600


def test_sessions_outlive_a_restart_of_the_service(db: Path) -> None:
    before = client_of(db, "mira")
    after = client_of(db)
    after.cookies.set("synth_session", cookie_of(before), domain="localhost.local")
    assert after.get("/").status_code == 200
