"""Trying every door: sweeps over all addresses, made from the routes and the OpenAPI document themselves.

`test_web_access.py` has the attacks one by one; here each address is tried with what must not open it, so that one that
is added tomorrow is tried too.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

import synth.accounts
from api.app import create_app
from api.routes import ROUTERS
from api.settings import ServiceSettings
from synth.accounts import Role
from synth.parse import ReadSettings
from synth.pipeline.sharing import share_report
from synth.pipeline.taking import take_files
from synth.store import Study
from tests.web import (
    HERE,
    PASSWORD,
    add_account,
    bearer,
    client_of,
    code_of,
    form_token,
    keep_study,
    opened,
    sign_in,
    submit,
)

CHANGES = ("POST", "PUT", "PATCH", "DELETE")
TALK = b"Interviewer: How was it?\n\nAnna: I was angry that nobody rang me back. Then I went there.\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two studies full of things with ids; joris is admin of the first alone, vera views it."""
    db = tmp_path_factory.mktemp("made") / "study.db"
    ours, theirs = keep_study(db, name="Ours", people=3), keep_study(db, name="Theirs", people=4)
    add_account(db, "mira", "admin")
    add_account(db, "joris", None, on={ours.id: "admin"})
    add_account(db, "vera", None, on={ours.id: "viewer"})
    with opened(db) as store:
        for study in (ours, theirs):
            take_files(store, study, [("talk.txt", TALK + study.id.encode())], "Mira", ReadSettings())
            share_report(store, study, "Board", 3, "Mira")
            store.add_job(study, f"run-{study.name.lower()}", {}, "Mira", None)
            draft = store.last_draft(study)
            assert draft is not None
            claim = draft.draft.claims()[0].id
            store.add_comment(study, "claim", claim, f"About {study.name}", "Mira", None)
    return db


@pytest.fixture
def db(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "study.db"))


@pytest.fixture
def ours(db: Path) -> Study:
    with opened(db) as store:
        return store.study("Ours")


@pytest.fixture
def theirs(db: Path) -> Study:
    with opened(db) as store:
        return store.study("Theirs")


def ids_of(db: Path, study: Study) -> dict[str, str]:
    """An id of each kind that is there, by the name of its parameter."""
    with opened(db) as store:
        draft = store.last_draft(study)
        assert draft is not None
        persona, journey = draft.draft.personas[0], draft.draft.maps[0]
        return {
            "persona_id": persona.id, "map_id": journey.id, "claim_id": persona.claims[0].id,
            "finding_id": persona.claims[0].finding_ids[0], "theme_id": "t1", "kind": "future", "phase": "use",
            "lane": "friction", "transcript_id": store.transcripts(study)[0].id,
            "upload_id": store.uploads(study)[0].id, "run_id": store.jobs(study)[0].id, "participant_id": "P01",
            "share_id": store.shares(study)[0].id, "number": str(store.open_comments(study)[0].id),
            "account_id": store.account_of("vera").id, "wish": "cancel", "rest": f"{study.id}/personas",
            "format_": "json",
        }  # fmt: skip


def example_of(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    """A body that the document gives as an example; None where it takes none."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    shape = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    return shape["examples"][0] if "examples" in shape else {}


def asked(document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Method, address and an example of a body, for each operation."""
    for address, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), address, example_of(document, operation)


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document, which is the same for every database."""
    return create_app(ServiceSettings("none.db")).openapi()


def pages() -> list[tuple[str, str]]:
    """Method and address of each page and form."""
    return [
        (method, route.path_format)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and not route.path.startswith("/api/")
        for method in sorted(route.methods - {"HEAD"})
    ]


def contents(db: Path, without: tuple[str, ...] = ("audit", "tokens", "attempts", "sessions")) -> dict[str, list[Any]]:
    """Every row of the database, so that a change is seen wherever it is."""
    connection = sqlite3.connect(db)
    try:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        kept = [name for name in tables if name not in without and not name.startswith("sqlite_")]
        return {name: sorted(map(repr, connection.execute(f'select * from "{name}"'))) for name in kept}
    finally:
        connection.close()


# --- Another study's things ------------------------------------------------------------------------------------------


def test_whoever_has_no_role_on_a_study_finds_nothing_at_any_of_its_addresses(db: Path, theirs: Study) -> None:
    client, headers, ids = client_of(db), bearer(db, "joris"), ids_of(db, theirs)
    document, before = described(), contents(db)
    tried = 0
    for method, address, body in asked(document):
        if "{study_id}" in address:
            path = address.format(study_id=theirs.id, **ids)
            answer = client.request(method, path, json=body, headers=headers)
            wrong_form = answer.status_code == 422 and not body and method in CHANGES
            assert wrong_form or code_of(answer) == "study-not-found", (method, address, answer.text[:200])
            tried += 1
    assert tried >= 60
    assert contents(db) == before


def test_whoever_has_no_role_on_a_study_sees_none_of_its_pages(db: Path, theirs: Study) -> None:
    client, ids = client_of(db, "joris"), ids_of(db, theirs)
    token, before = form_token(client, "/"), contents(db)
    for method, address in pages():
        if "{study_id}" not in address:
            continue
        answer = client.request(method, address.format(study_id=theirs.id, **ids), headers={"x-csrf-token": token})
        assert answer.status_code in (404, 422), (method, address, answer.status_code)
        assert "Theirs" not in answer.text
        assert "broke down" not in answer.text
    assert contents(db) == before


def test_id_of_another_study_opens_nothing_under_ones_own(db: Path, ours: Study, theirs: Study) -> None:
    """Insecure direct references: own study in the address, and one id at a time that is somebody else's."""
    client, headers = client_of(db), bearer(db, "joris")
    own, foreign = ids_of(db, ours), ids_of(db, theirs)
    # Transcripts, findings and claims of the two studies say the same and so share ids: these differ.
    told_apart = [name for name in own if own[name] != foreign[name]]
    assert {"upload_id", "run_id", "share_id", "number"} <= set(told_apart)
    document, before = described(), contents(db)
    tried = 0
    for method, address, body in asked(document):
        for name in told_apart:
            if f"{{{name}}}" in address and "{study_id}" in address:
                path = address.format(study_id=ours.id, **(own | {name: foreign[name]}))
                answer = client.request(method, path, json=body, headers=headers)
                assert answer.status_code in (404, 409, 412, 422), (method, address, answer.status_code, answer.text)
                assert "Theirs" not in answer.text
                tried += 1
    assert tried >= 8
    assert contents(db) == before


def test_body_that_names_something_of_another_study_changes_nothing(db: Path, ours: Study, theirs: Study) -> None:
    client, headers, base = client_of(db), bearer(db, "joris"), f"/api/v1/studies/{ours.id}"
    with opened(db) as store:
        draft, other = store.last_draft(ours), store.last_draft(theirs)
        lone = next(one for one in store.participants(theirs) if one.id == "P04")
    assert draft is not None
    assert other is not None
    own, before = ids_of(db, ours), contents(db)
    for address, body in (
        (f"/personas/{own['persona_id']}/people", {"participant": lone.id, "draft_id": draft.id}),
        (f"/personas/{own['persona_id']}/merge", {"other_id": other.draft.personas[0].id, "draft_id": other.id}),
        ("/claims", {"owner": f"map:{theirs.id}:use", "section": "need", "text": "Mine."}),
        ("/comments", {"cell": f"{theirs.id}:use:need", "text": "Mine."}),
    ):
        answer = client.post(base + address, json=body, headers=headers)
        assert answer.status_code in (404, 412, 422), (address, answer.text)
    assert contents(db) == before


# --- Less than the role ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["account", "token"])
def test_viewer_changes_nothing_at_any_address(db: Path, ours: Study, how: str) -> None:
    client, ids = client_of(db), ids_of(db, ours)
    headers = bearer(db, "vera") if how == "account" else bearer(db, "mira", Role.VIEWER, ours)
    document, before = described(), contents(db)
    for method, address, body in asked(document):
        # Their own name and tokens are everybody's to change.
        own = address.startswith("/api/v1/tokens") or (how, address) == ("account", "/api/v1/me")
        if method in CHANGES and not own:
            answer = client.request(method, address.format(study_id=ours.id, variable="OPENAI_API_KEY", **ids),
                                    json=body, headers=headers)  # fmt: skip
            assert code_of(answer) == "role-refused", (method, address)
    assert contents(db) == before


def test_token_for_one_study_reaches_nothing_that_is_of_all(db: Path, ours: Study) -> None:
    client, headers = client_of(db), bearer(db, "mira", Role.ADMIN, ours)
    document = described()
    open_to_all = {"/healthz", "/api/v1/me", "/api/v1/studies", "/api/v1/tokens", "/api/v1/frameworks"}
    for method, address, body in asked(document):
        if "{study_id}" in address or "{token_id}" in address:
            continue
        answer = client.request(method, address.format(account_id="x", variable="OPENAI_API_KEY"), json=body,
                                headers=headers)  # fmt: skip
        if method == "GET" and address in open_to_all:
            assert answer.status_code == 200
            assert "Theirs" not in answer.text
        elif (method, address) != ("POST", "/api/v1/tokens"):
            assert code_of(answer) == "role-refused", (method, address)


def test_token_makes_none_for_more_studies_or_a_higher_scope(db: Path, ours: Study, theirs: Study) -> None:
    client, headers = client_of(db), bearer(db, "mira", Role.REVIEWER, ours)
    for more in ({"study_id": None}, {"study_id": theirs.id}, {"study_id": ours.id, "scope": "admin"}):
        body = {"name": "more", "scope": "reviewer"} | more
        assert code_of(client.post("/api/v1/tokens", json=body, headers=headers)) == "role-refused"


def test_token_stops_itself_and_no_other_and_sees_no_other(db: Path) -> None:
    client, found = client_of(db), bearer(db, "mira", Role.VIEWER)
    working = bearer(db, "mira", Role.ADMIN)
    with opened(db) as store:
        ids = {one.scope: one.id for one in store.tokens(store.account_of("mira"))}
    assert [one["scope"] for one in client.get("/api/v1/tokens", headers=found).json()["items"]] == ["viewer"]
    assert code_of(client.delete(f"/api/v1/tokens/{ids[Role.ADMIN]}", headers=found)) == "role-refused"
    assert client.get("/api/v1/me", headers=working).status_code == 200
    assert client.delete(f"/api/v1/tokens/{ids[Role.VIEWER]}", headers=found).status_code == 204
    assert code_of(client.get("/api/v1/me", headers=found)) == "token-refused"


# --- Nobody at all ---------------------------------------------------------------------------------------------------


def test_stranger_gets_nothing_from_any_address(db: Path, ours: Study) -> None:
    client, ids = client_of(db), ids_of(db, ours)
    document, before = described(), contents(db)
    for method, address, body in asked(document):
        if address != "/healthz":
            path = address.format(study_id=ours.id, variable="x", token_id="x", **ids)
            assert code_of(client.request(method, path, json=body)) == "sign-in-needed", (method, address)
    for method, address in pages():
        if address in ("/login", "/logout", "/static/{name}", "/shared/{secret}"):
            continue
        answer = client.request(method, address.format(study_id=ours.id, **ids))
        assert answer.status_code in (303, 403), (method, address, answer.status_code)
        assert "Ours" not in answer.text
    assert contents(db) == before


@pytest.mark.parametrize("how", ["working", "closed", "expired"])
def test_secret_of_a_link_opens_its_report_and_no_other_address(db: Path, ours: Study, how: str) -> None:
    client, ids = client_of(db), ids_of(db, ours)
    with opened(db) as store:
        share, secret = share_report(store, ours, "Board", 3, "Mira")
        if how == "closed":
            store.revoke_share(ours, share.id)
        elif how == "expired":
            with store.write() as connection:
                connection.execute("update shares set ends_utc = '2020-01-01T00:00:00Z'")
    assert client.get(f"/shared/{secret}").status_code == (200 if how == "working" else 404)
    headers = {"authorization": f"Bearer {secret}"}
    reads = [address for method, address, _ in asked(described()) if method == "GET" and address != "/healthz"]
    # A link that works opens the most: every address is tried with it, some with one that does not.
    for address in reads if how == "working" else reads[:6]:
        path = address.format(study_id=ours.id, **ids)
        assert code_of(client.get(path, headers=headers)) == "token-refused", address
        client.cookies.set("synth_session", secret, domain="localhost.local")
        assert code_of(client.get(path)) == "sign-in-needed", address
        client.cookies.clear()
    assert client.get(f"/shared/{secret}/../../studies/{ours.id}").status_code in (303, 404)


# --- Forged requests -------------------------------------------------------------------------------------------------


def test_no_form_and_no_call_is_taken_from_a_browser_without_its_token(db: Path, ours: Study) -> None:
    client, ids = client_of(db, "mira"), ids_of(db, ours)
    before = contents(db)
    addresses = [(method, path) for method, path in pages() if method != "GET"]
    addresses += [(method, path) for method, path, _ in asked(described()) if method in CHANGES]
    assert len(addresses) > 80
    for method, address in addresses:
        path = address.format(study_id=ours.id, variable="x", token_id="x", **ids)
        for headers in ({}, {"x-csrf-token": "0011223344556677.deadbeef"}):
            answer = client.request(method, path, headers=headers)
            assert answer.status_code == 403, (method, address, answer.status_code)
    assert contents(db) == before
    assert client.get("/").status_code == 200


def test_no_change_is_taken_from_a_page_of_another_site(db: Path, ours: Study) -> None:
    client, ids, headers = client_of(db), ids_of(db, ours), bearer(db, "mira")
    for method, address, body in asked(described()):
        if method in CHANGES:
            path = address.format(study_id=ours.id, variable="x", token_id="x", **ids)
            answer = client.request(method, path, json=body, headers=headers | {"origin": "https://evil.example"})
            assert code_of(answer) == "origin-refused", (method, address)


def test_no_address_answers_to_a_foreign_name(db: Path, ours: Study) -> None:
    client, ids = client_of(db), ids_of(db, ours)
    addresses = [path for method, path, _ in asked(described()) if method == "GET"]
    addresses += [path for method, path in pages() if method == "GET"]
    for address in addresses:
        path = address.format(study_id=ours.id, name="synth.css", secret="x", **ids)
        assert client.get(path, headers={"host": "evil.example"}).status_code == 400, address


def test_link_is_made_for_our_own_name_whatever_a_proxy_header_says(db: Path, ours: Study) -> None:
    client, forged = client_of(db), {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    made_link = client.post(f"/api/v1/studies/{ours.id}/shares", json={"days": 1}, headers=bearer(db, "mira") | forged)
    assert made_link.json()["address"].startswith(f"{HERE}/shared/")


# --- Bodies ----------------------------------------------------------------------------------------------------------


def send_slowly(
    db: Path, path: str, headers: dict[str, str], pieces: list[bytes], *, leaves: bool = False
) -> tuple[int, bytes]:
    """Send pieces of a body and then nothing more, ever, or leave; what is answered, 0 where nothing is."""
    app = create_app(ServiceSettings(str(db), body_seconds=0.05))
    left, sent = list(pieces), list[Any]()

    async def receive() -> Any:
        if not left and leaves:
            return {"type": "http.disconnect"}
        if not left:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": left.pop(0), "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {"host": "localhost:8765", "content-type": "multipart/form-data; boundary=x"} | headers
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "http_version": "1.1", "server": ("localhost", 8765), "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"] if sent else 0, b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize("address", ["/api/v1/studies/{id}/uploads", "/api/v1/studies/{id}/decisions", "/login"])
def test_body_that_never_ends_is_not_waited_for(db: Path, ours: Study, address: str) -> None:
    piece = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nwords'
    status, body = send_slowly(db, address.format(id=ours.id), bearer(db, "mira"), [piece])
    assert status == 408
    assert (b"too-slow" if address.startswith("/api/") else b"408") in body


def test_half_of_a_form_is_no_form(db: Path, ours: Study) -> None:
    client, ids = client_of(db, "mira"), ids_of(db, ours)
    headers = {
        "cookie": f"synth_session={client.cookies.get('synth_session')}",
        "x-csrf-token": form_token(client, "/"),
        "content-type": "application/x-www-form-urlencoded",
    }
    before = contents(db)
    # The rest of the sentence never comes.
    said = f"subject=claim&subject_id={ids['claim_id']}&text=Call+Karim+never".encode()
    path = f"/studies/{ours.id}/comments"
    assert send_slowly(db, path, headers, [said], leaves=True) == (0, b"")
    assert contents(db) == before
    # Whole, the same is taken.
    assert client.post(path, content=said, headers=headers).status_code < 400
    assert contents(db) != before


@pytest.mark.parametrize("login", ["vera", "mira-elsewhere"])
def test_files_of_somebody_who_may_bring_none_are_not_read_from_the_wire(
    db: Path, ours: Study, theirs: Study, login: str
) -> None:
    client = client_of(db, "vera" if login == "vera" else "joris")
    cookie = {"cookie": f"synth_session={client.cookies.get('synth_session')}"}
    study = ours if login == "vera" else theirs
    for path in (f"/studies/{study.id}/uploads", f"/api/v1/studies/{study.id}/uploads"):
        # A body that never comes: whoever waited for it would answer 408.
        status, _ = send_slowly(db, path, cookie, [])
        assert status == (403 if login == "vera" else 404)


def archive(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return packed.getvalue()


def test_archive_that_unpacks_to_far_too_much_is_refused_and_one_with_paths_leaves_its_folder_alone(
    db: Path, ours: Study
) -> None:
    client, headers = client_of(db), bearer(db, "mira")
    bomb = archive(("bomb.txt", b"\0" * 60_000_000))
    escape = archive(
        ("../../../../tmp/escaped.txt", TALK), ("/etc/absolute.txt", TALK + b"2"), ("a/../b.txt", TALK + b"3")
    )
    answer = client.post(
        f"/api/v1/studies/{ours.id}/uploads", headers=headers,
        files=[("files", (name, data))
               for name, data in (("bomb.zip", bomb), ("escape.zip", escape), ("../../x.txt", TALK + b"4"))],
    )  # fmt: skip
    assert answer.status_code == 201
    assert answer.json()["refused"][0]["code"] in ("archive-too-much", "file-too-large")
    names = [one["name"] for one in answer.json()["items"]]
    assert names == ["escaped.txt", "absolute.txt", "b.txt", "x.txt"]
    assert not Path("/tmp/escaped.txt").exists()
    assert not any("/" in name or ".." in name for name in names)


# --- Guessing, fixing, reading over a shoulder -----------------------------------------------------------------------


def test_unknown_login_costs_as_much_as_a_wrong_password(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    real = synth.accounts._hasher()

    class Counting:
        """The real hasher, counted."""

        def verify(self, stored: str, password: str) -> bool:
            looked.append(stored)
            return bool(real.verify(stored, password))

        def hash(self, password: str) -> str:
            return str(real.hash(password))

    monkeypatch.setattr(synth.accounts, "_hasher", Counting)
    client = client_of(db)
    for login in ("mira", "nobody", "no body at all"):
        assert sign_in(client, login, "three green trains").status_code == 401
    assert len(looked) == 3
    assert all(one.startswith("$argon2id$v=19$m=65536,t=3,") for one in looked)


def test_session_that_was_there_before_signing_in_is_worth_nothing_after(db: Path) -> None:
    attacker = client_of(db)
    attacker.get("/login")
    planted = str(attacker.cookies.get("synth_session"))
    victim = client_of(db)
    victim.cookies.set("synth_session", planted, domain="localhost.local")
    victim.get("/login")
    sign_in(victim, "mira")
    assert victim.get("/").status_code == 200
    assert attacker.get("/").status_code == 303
    assert submit(attacker, "/login", "/logout").status_code in (303, 403)
    assert victim.get("/").status_code == 200


def test_guesses_through_the_api_and_the_profile_are_counted_too(db: Path) -> None:
    client = client_of(db, "mira")
    wrong = {"old": "not the old one", "new": "a brand new sentence", "again": "a brand new sentence"}
    statuses = [submit(client, "/profile", "/profile/password", **wrong).status_code for _ in range(12)]
    assert statuses[:10] == [422] * 10
    assert statuses[10:] == [429] * 2


def test_password_change_stops_tokens_unless_they_are_kept(db: Path) -> None:
    client, new = client_of(db, "mira"), "a brand new sentence"
    kept = bearer(db, "mira")
    submit(client, "/profile", "/profile/password", old=PASSWORD, new=new, again=new, keep_tokens="1")
    assert client.get("/api/v1/me", headers=kept).status_code == 200
    submit(client, "/profile", "/profile/password", old=new, new=PASSWORD, again=PASSWORD)
    assert code_of(client.get("/api/v1/me", headers=kept)) == "token-refused"
    with opened(db) as store:
        noted = [(one.what, one.about) for one in store.audit(refused=False, limit=10)[1]]
    assert noted[:2] == [("tokens-stopped", "mira 1"), ("password-changed", "mira")]
    assert noted[2] == ("password-changed", "mira")


def test_whatever_holds_words_is_kept_in_no_cache(db: Path, ours: Study) -> None:
    client, ids = client_of(db, "mira"), ids_of(db, ours)
    addresses = [path for method, path, _ in asked(described()) if method == "GET"]
    addresses += [path for method, path in pages() if method == "GET"]
    for address in addresses:
        if address in ("/static/{name}",) or address.endswith(("/events", "/watch")):
            continue
        kind = "csv" if "decisions." in address else ids["kind"]
        path = address.format(study_id=ours.id, secret="x", **(ids | {"kind": kind}))
        answer = client.get(path)
        assert answer.headers["cache-control"] == "no-store", address
        assert answer.headers["x-content-type-options"] == "nosniff", address
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], address


def test_no_answer_to_a_program_is_read_as_a_page(db: Path, ours: Study) -> None:
    client, headers, ids = client_of(db), bearer(db, "mira"), ids_of(db, ours)
    hostile = "<script>alert(1)</script>"
    for method, address, _ in asked(described()):
        if method == "GET" and not address.endswith("/events"):
            path = address.format(study_id=ours.id, **ids)
            answer = client.get(path, params={"q": hostile, hostile: "1"}, headers=headers)
            assert re.match(r"application/(problem\+)?json", answer.headers["content-type"]), address
            assert json.loads(answer.content) is not None
