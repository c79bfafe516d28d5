"""People, tokens, links, retention and new studies, in pages and over HTTP: what they change and never show."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any
from zipfile import ZipFile

import pytest
from starlette.testclient import TestClient

from api.rendering import browser
from api.settings import ServiceSettings
from api.tending import tend
from synth.accounts import Role
from synth.domain import Emotion
from synth.pipeline.reports import export_study
from synth.pipeline.retention import apply_retention, keeping
from synth.review import Decision
from synth.service_keys import ServiceKeys, save_keys
from synth.store import Study
from tests.builders import make_finding, make_transcript, small_study
from tests.web import (
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


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep_two_studies(tmp_path_factory.mktemp("made"))


@pytest.fixture
def db(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "study.db"))


@pytest.fixture
def study(db: Path) -> Study:
    with opened(db) as store:
        return store.study("Choosing a bicycle")


@pytest.fixture
def mira(db: Path) -> TestClient:
    return client_of(db, "mira")


@pytest.fixture(autouse=True)
def _keys_of_this_test_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    yield
    os.environ.pop("MISTRAL_API_KEY", None)


def changes(db: Path) -> list[str]:
    """What was noted about who may do what, the oldest first."""
    with opened(db) as store:
        return [entry.what for entry in store.audit(refused=False, limit=100)[1]][::-1]


def api(client: TestClient, method: str, address: str, body: object = None, **headers: str) -> Any:
    """A call of a page's script: cookie and token."""
    token = form_token(client, "/")
    return client.request(method, f"/api/v1{address}", json=body, headers={"x-csrf-token": token, **headers})


# --- People ----------------------------------------------------------------------------------------------------------


def test_first_account_made_in_the_browser_is_an_admin_and_ends_single_user_mode(tmp_path: Path) -> None:
    keep_study(tmp_path / "study.db", people=3)
    client = client_of(tmp_path / "study.db")
    answer = submit(client, "/settings/people", "/settings/people", login="mira", role="admin", password=PASSWORD)
    assert answer.headers["location"] == "/login"
    assert client.get("/").status_code == 303
    sign_in(client, "mira")
    assert client.get("/settings/people").status_code == 200


def test_password_made_for_somebody_is_shown_once_and_works(db: Path, mira: TestClient) -> None:
    answer = submit(mira, "/settings/people", "/settings/people", login="joris", role="reviewer")
    shown = page_of(answer).all("code", "secret")[0].words()
    assert shown not in mira.get("/settings/people").text
    joris = client_of(db)
    assert sign_in(joris, "joris", shown).status_code == 303
    assert changes(db)[-2:] == ["account-added", "signed-in"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"login": "mira", "password": PASSWORD}, "taken"), ({"login": "two words"}, "no spaces"),
        ({"login": "joris", "password": "short"}, "at least 10"),
        ({"login": "joris", "name": "x" * 101}, "at most 100"),
    ],
)  # fmt: skip
def test_account_that_cannot_be_is_explained_at_its_form(
    mira: TestClient, db: Path, fields: dict[str, str], why: str
) -> None:
    answer = submit(mira, "/settings/people", "/settings/people", role="viewer", **fields)
    assert answer.status_code == 422
    assert why in page_of(answer).words()
    with opened(db) as store:
        assert [one.login for one in store.accounts()] == ["mira"]


def test_role_is_changed_on_all_studies_or_on_one(db: Path, mira: TestClient, study: Study) -> None:
    joris = add_account(db, "joris", "viewer")
    submit(mira, "/settings/people", "/settings/people/role", account=joris.id, role="reviewer")
    page = f"/studies/{study.id}/settings"
    submit(mira, page, f"/studies/{study.id}/settings/people", account=joris.id, role="researcher")
    with opened(db) as store:
        changed = store.account_of("joris")
    assert (changed.role, changed.role_on(study.id)) == (Role.REVIEWER, Role.RESEARCHER)
    assert client_of(db, "joris").get(page).status_code == 200


def test_only_admin_stays(db: Path, mira: TestClient) -> None:
    add_account(db, "joris", "viewer")
    with opened(db) as store:
        account = store.account_of("mira")
    answer = submit(mira, "/settings/people", "/settings/people/end", account=account.id)
    assert (answer.status_code, "only admin" in answer.text) == (422, True)
    assert code_of(api(mira, "DELETE", f"/accounts/{account.id}")) == "rule-refused"
    assert mira.get("/").status_code == 200


@pytest.mark.parametrize("address", ["/settings/people", "/settings/models", "/settings/audit", "/studies/new"])
def test_settings_are_for_admins_and_new_studies_for_researchers(db: Path, address: str) -> None:
    add_account(db, "joris", "reviewer")
    assert client_of(db, "joris").get(address).status_code == 403


# --- Oneself ---------------------------------------------------------------------------------------------------------


def test_new_password_wants_the_old_one_and_signs_other_browsers_out(db: Path, mira: TestClient) -> None:
    other = client_of(db, "mira")
    new = {"new": "a brand new sentence", "again": "a brand new sentence"}
    wrong = submit(mira, "/profile", "/profile/password", old="not the old one", **new)
    assert (wrong.status_code, "not right" in wrong.text) == (422, True)
    assert submit(mira, "/profile", "/profile/password", old=PASSWORD, **new).status_code == 303
    assert mira.get("/").status_code == 200
    assert other.get("/").status_code == 303
    assert sign_in(client_of(db), "mira").status_code == 401


def test_another_browser_is_signed_out_from_the_profile(db: Path, mira: TestClient) -> None:
    other = client_of(db, "mira")
    page = page_of(mira.get("/profile"))
    (key,) = [one.attributes["value"] for one in page.all("button") if one.attributes.get("name") == "key"]
    submit(mira, "/profile", "/profile/sessions/end", key=key)
    assert (mira.get("/").status_code, other.get("/").status_code) == (200, 303)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("python-httpx/0.28", ""),
    ],
)
def test_browser_is_told_by_name(agent: str, name: str) -> None:
    assert browser(agent) == name


def test_token_is_shown_once_and_stops_when_revoked(db: Path, mira: TestClient) -> None:
    answer = submit(mira, "/profile", "/profile/tokens", name="nightly", scope="viewer", days="30")
    secret = page_of(answer).all("code", "secret")[0].words()
    header = {"authorization": f"Bearer {secret}"}
    program = client_of(db)
    assert program.get("/api/v1/me", headers=header).json()["name"] == "Mira"
    page = mira.get("/profile")
    assert secret not in page.text
    (token,) = [one.attributes["value"] for one in page_of(page).all("button") if one.attributes.get("name") == "token"]
    submit(mira, "/profile", "/profile/tokens/revoke", token=token)
    assert code_of(program.get("/api/v1/me", headers=header)) == "token-refused"


def test_token_makes_no_stronger_token_and_changes_no_password(db: Path, mira: TestClient) -> None:
    made = api(mira, "POST", "/tokens", {"name": "weak", "scope": "viewer"}).json()
    header = {"authorization": f"Bearer {made['secret']}"}
    program = client_of(db)
    stronger = program.post("/api/v1/tokens", json={"name": "strong", "scope": "admin"}, headers=header)
    assert code_of(stronger) == "role-refused"
    assert (
        program.post("/api/v1/tokens", json={"name": "like it", "scope": "viewer"}, headers=header).status_code == 201
    )
    data = {"old": PASSWORD, "new": "a brand new sentence", "again": "a brand new sentence"}
    assert program.post("/profile/password", data=data, headers=header).status_code == 403


def test_name_given_in_single_user_mode_stands_in_the_ledger(tmp_path: Path) -> None:
    study = keep_study(tmp_path / "study.db", people=3)
    client = client_of(tmp_path / "study.db")
    assert submit(client, "/profile", "/profile/name", name="Zoë de Vries").status_code == 303
    with opened(tmp_path / "study.db") as store:
        draft = store.last_draft(study)
    assert draft is not None
    body = {"claim_id": draft.draft.claims()[0].id, "action": "accept", "draft_id": draft.id}
    taken = client.post(f"/api/v1/studies/{study.id}/decisions", json=body)
    assert taken.json()["decision"]["by"] == "Zoë de Vries"


# --- Keys ------------------------------------------------------------------------------------------------------------


def test_key_of_a_provider_is_kept_outside_the_database_and_never_shown(db: Path, mira: TestClient) -> None:
    secret = "mistral-secret-0123456789"
    answer = submit(mira, "/settings/models", "/settings/models", variable="MISTRAL_API_KEY", key=secret)
    assert answer.status_code == 303
    assert os.environ["MISTRAL_API_KEY"] == secret
    assert secret not in mira.get("/settings/models").text + mira.get("/api/v1/models/keys").text
    kept = [path.name for path in db.parent.iterdir() if secret.encode() in path.read_bytes()]
    assert kept == ["study.service.key.json"]
    submit(mira, "/settings/models", "/settings/models", variable="MISTRAL_API_KEY", key="")
    assert "MISTRAL_API_KEY" not in os.environ
    assert secret not in (db.parent / "study.service.key.json").read_text()
    assert changes(db)[-2:] == ["key-set", "key-removed"]


def test_key_that_the_environment_came_with_stays_there(mira: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "from the environment")
    for key in ("mistral-secret-0123456789", ""):
        submit(mira, "/settings/models", "/settings/models", variable="MISTRAL_API_KEY", key=key)
        assert os.environ["MISTRAL_API_KEY"] == "from the environment"


@pytest.mark.parametrize(("variable", "key"), [("PATH", "x"), ("LD_PRELOAD", "x"), ("MISTRAL_API_KEY", "a\nb")])
def test_no_other_variable_and_no_broken_key_is_taken(mira: TestClient, variable: str, key: str) -> None:
    before = os.environ.get(variable)
    answer = submit(mira, "/settings/models", "/settings/models", variable=variable, key=key)
    assert answer.status_code == 422
    assert os.environ.get(variable) == before


# --- Links -----------------------------------------------------------------------------------------------------------


def shared(client: TestClient, study: Study, days: str = "30") -> str:
    """The path of a new link."""
    page = f"/studies/{study.id}/settings"
    answer = submit(client, page, f"/studies/{study.id}/shares", label="Board", days=days)
    assert answer.status_code == 201
    return page_of(answer).all("code", "secret")[0].words().removeprefix("http://localhost:8765")


def test_link_opens_the_report_without_an_account_and_nothing_else(db: Path, mira: TestClient, study: Study) -> None:
    link = shared(mira, study)
    guest = client_of(db)
    answer = guest.get(link)
    assert (answer.status_code, "broke down twice" in answer.text) == (200, True)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "script-src" not in answer.headers["content-security-policy"]
    assert guest.get(f"/studies/{study.id}").status_code == 303
    assert link.rpartition("/")[2] not in mira.get(f"/studies/{study.id}/settings").text
    assert link.rpartition("/")[2].encode() not in db.read_bytes()


def test_shared_report_hides_names(tmp_path: Path) -> None:
    results = small_study(people=3)
    first = results.transcripts[0]
    said = [("Interviewer", ["How did it begin?"]), ("Respondent", ["I am Johanna Vermeulen, born in Utrecht."])]
    named = make_transcript("interview-09.txt", said, {"Respondent": "P01"}, language="en")
    told = make_finding(named, 2, Emotion("pride", 1), phase="use")
    results = replace(results, transcripts=(*results.transcripts, named), findings=(*results.findings, told))
    study = keep_study(tmp_path / "study.db", results)
    with opened(tmp_path / "study.db") as store:
        assert b"Vermeulen" in export_study(store, study, "html", show_names=True)["report.html"]
    client = client_of(tmp_path / "study.db")
    text = client.get(shared(client, study)).text
    assert first.name in text
    assert "Vermeulen" not in text
    taken = [client.get(f"/studies/{study.id}/download/{format_}").content for format_ in ("html", "md", "json")]
    tables = ZipFile(BytesIO(client.get(f"/studies/{study.id}/download/csv").content))
    assert tables.namelist() == ["claims.csv", "findings.csv"]
    for content in (*taken, *(tables.read(name) for name in tables.namelist())):
        assert b"P01" in content
        assert b"Vermeulen" not in content


def test_what_is_taken_away_is_a_file_named_after_the_study(mira: TestClient, study: Study) -> None:
    page = page_of(mira.get(f"/studies/{study.id}"))
    links = [one.attributes["href"] for one in page.all("a") if "download" in one.attributes]
    names = [mira.get(str(link)).headers["content-disposition"] for link in links]
    assert names == [f'attachment; filename="choosing-a-bicycle.{end}"' for end in ("html", "md", "zip", "json")]
    assert mira.get(f"/studies/{study.id}/download/pdf").status_code == 422


@pytest.mark.parametrize("how", ["closed", "expired", "made up"])
def test_link_that_does_not_work_any_more_opens_nothing(db: Path, mira: TestClient, study: Study, how: str) -> None:
    link = shared(mira, study)
    with opened(db) as store:
        share = store.shares(study)[0]
    if how == "closed":
        submit(mira, f"/studies/{study.id}/settings", f"/studies/{study.id}/shares/revoke", share=share.id)
    elif how == "expired":
        with opened(db) as store, store.write() as connection:
            connection.execute("update shares set ends_utc = '2020-01-01T00:00:00Z'")
    else:
        link = "/shared/" + "x" * 43
    answer = client_of(db).get(link)
    assert (answer.status_code, "does not work any more" in answer.text) == (404, True)


def test_link_of_one_study_is_not_closed_from_another(db: Path, mira: TestClient, study: Study) -> None:
    link = shared(mira, study)
    with opened(db) as store:
        other, share = store.study("Other"), store.shares(study)[0]
    submit(mira, f"/studies/{other.id}/settings", f"/studies/{other.id}/shares/revoke", share=share.id)
    assert client_of(db).get(link).status_code == 200


# --- Studies, retention, deleting ------------------------------------------------------------------------------------


def test_study_is_made_with_a_framework_also_where_there_is_no_database(tmp_path: Path) -> None:
    client = client_of(tmp_path / "new.db")
    assert "Make the first study" in client.get("/").text
    fields = {"name": "  Zorg / ⚡ <b>", "subject": "Care", "framework": "employee", "language": "nl"}
    answer = submit(client, "/studies/new", "/studies/new", **fields)
    assert answer.status_code == 303
    with opened(tmp_path / "new.db") as store:
        (study,) = store.studies()
    assert (study.name, study.framework, study.language) == ("Zorg / ⚡ <b>", "employee", "nl")
    assert "no interviews yet" in client.get("/").text


def test_somebody_withdraws_on_the_page_and_is_on_no_page_any_more(db: Path, mira: TestClient, study: Study) -> None:
    home = f"/studies/{study.id}"
    assert "P02" in mira.get(f"{home}/interviews").text
    settings = f"{home}/settings"
    wrong = submit(mira, settings, f"{home}/withdraw", participant="P77")
    assert (wrong.status_code, "no participant of that name" in wrong.text) == (422, True)
    answer = submit(mira, settings, f"{home}/withdraw", participant=" P02 ")
    assert answer.status_code == 200
    assert "Gone: 1 interview" in answer.text
    pages = [mira.get(f"{home}/{page}").text for page in ("interviews", "personas", "findings", "report", "settings")]
    assert [page.count("P02") for page in pages] == [0] * 5
    with opened(db) as store:
        noted = store.audit(refused=False, limit=1, offset=0)[1][0]
    assert (noted.what, noted.study_id, noted.about) == ("participant-withdrawn", study.id, ""), "not who"


def test_program_withdraws_somebody_and_only_an_admin_may(db: Path, study: Study) -> None:
    add_account(db, "joris", "researcher")
    address = f"/api/v1/studies/{study.id}/participants/P02"
    client = client_of(db)
    assert code_of(client.delete(address, headers=bearer(db, "joris"))) == "role-refused"
    gone = client.delete(address, headers=bearer(db, "mira"))
    assert (gone.status_code, gone.json()["interviews"], gone.json()["clean"]) == (200, 1, True)
    assert code_of(client.delete(address, headers=bearer(db, "mira"))) == "not-found"


def test_audit_says_roles_and_studies_in_the_words_of_the_page(db: Path, mira: TestClient, study: Study) -> None:
    joris = add_account(db, "joris", "viewer")
    for fields in ({"role": "reviewer"}, {"role": "researcher", "study": study.id}, {"role": ""}):
        submit(mira, "/settings/people", "/settings/people/role", account=joris.id, **fields)
    page = mira.get("/settings/audit?show=changes&lang=nl").text
    for about in ("joris beoordelaar op alle onderzoeken", f"joris onderzoeker {study.name}", "joris geen rol op alle"):
        assert about in page


def test_first_account_is_made_also_where_there_is_no_database(tmp_path: Path) -> None:
    client, people = client_of(tmp_path / "new.db"), "/settings/people"
    fields = {"login": "annelies", "role": "admin"}
    assert "at least 10" in submit(client, people, people, **fields, password="short").text
    answer = submit(client, people, people, **fields, password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert sign_in(client, "annelies").status_code == 303


def test_program_makes_the_first_account_also_where_there_is_no_database(tmp_path: Path) -> None:
    account = {"login": "annelies", "password": PASSWORD, "role": "admin"}
    answer = client_of(tmp_path / "new.db").post("/api/v1/accounts", json=account)
    assert (answer.status_code, answer.json()["role"]) == (201, "admin")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"name": " "}, "Give the study a name"), ({"name": "Other"}, "There is a study of this name"),
        ({"name": "New", "framework": "../../etc/passwd"}, "no such framework"),
    ],
)  # fmt: skip
def test_study_that_cannot_be_is_explained(mira: TestClient, db: Path, fields: dict[str, str], why: str) -> None:
    answer = submit(mira, "/studies/new", "/studies/new", **fields)
    assert (answer.status_code, why in page_of(answer).words()) == (422, True)
    with opened(db) as store:
        assert len(store.studies()) == 2


def test_retention_is_set_shown_and_announced(db: Path, mira: TestClient, study: Study) -> None:
    page = f"/studies/{study.id}/settings"
    assert submit(mira, page, f"/studies/{study.id}/retention", months="6").status_code == 303
    assert "Notice would be given on" in page_of(mira.get(page)).words()
    with opened(db) as store, store.write() as connection:
        connection.execute("update studies set created_utc = '2020-01-01T00:00:00Z'")
        connection.execute("update runs set started_utc = '2020-01-01T00:00:00Z', ended_utc = '2020-01-01T00:00:00Z'")
    with opened(db) as store:
        assert apply_retention(store) == ([study.name], [])
    assert "This study is deleted on" in page_of(mira.get("/")).words()
    assert submit(mira, page, f"/studies/{study.id}/retention", months="-1").status_code == 422


def test_study_is_deleted_only_under_its_own_name(db: Path, mira: TestClient, study: Study) -> None:
    page, address = f"/studies/{study.id}/settings", f"/studies/{study.id}/delete"
    assert submit(mira, page, address, name="Other").status_code == 422
    assert mira.get(page).status_code == 200
    assert submit(mira, page, address, name=study.name).status_code == 303
    assert mira.get(page).status_code == 404
    assert b"broke down twice" in db.read_bytes()
    with opened(db) as store:
        assert [one.name for one in store.studies()] == ["Other"]


# --- Over HTTP -------------------------------------------------------------------------------------------------------


def test_everything_of_people_goes_over_http_too(mira: TestClient, study: Study) -> None:
    body = {"login": "joris", "password": PASSWORD, "role": "reviewer", "study_id": study.id}
    made = api(mira, "POST", "/accounts", body).json()
    assert (made["role"], made["studies"]) == (None, {study.id: "reviewer"})
    assert code_of(api(mira, "POST", "/accounts", body)) == "already-there"
    changed = api(mira, "PATCH", f"/accounts/{made['id']}", {"role": "viewer", "name": "Joris Baan"}).json()
    assert (changed["role"], changed["name"]) == ("viewer", "Joris Baan")
    member = api(mira, "PUT", f"/studies/{study.id}/people/{made['id']}", {"role": None}).json()
    assert (member["role"], member["own"]) == ("viewer", None)
    assert api(mira, "DELETE", f"/accounts/{made['id']}").status_code == 204
    assert [one["login"] for one in api(mira, "GET", "/accounts").json()["items"]] == ["mira"]
    noted = api(mira, "GET", "/audit").json()["items"]
    assert {"account-added", "role-changed", "account-ended"} <= {one["what"] for one in noted}


@pytest.mark.parametrize(
    "change", [{"password": "short"}, {"role": "viewer"}, {"name": "\u202e"}], ids=["password", "last admin", "name"]
)
def test_change_of_an_account_that_is_refused_in_part_changes_nothing(
    db: Path, mira: TestClient, change: dict[str, str]
) -> None:
    with opened(db) as store:
        before = store.account_of("mira")
    whole = {"name": "Another", "role": "admin", "password": "a brand new sentence"}
    assert api(mira, "PATCH", f"/accounts/{before.id}", whole | change).status_code in (409, 422)
    with opened(db) as store:
        assert store.account_of("mira") == before
    assert sign_in(client_of(db), "mira").status_code == 303


def test_links_and_retention_go_over_http_too(db: Path, mira: TestClient, study: Study) -> None:
    made = api(mira, "POST", f"/studies/{study.id}/shares", {"label": "Board", "days": 3}).json()
    assert client_of(db).get(made["address"]).status_code == 200
    assert api(mira, "DELETE", f"/studies/{study.id}/shares/{made['share']['id']}").status_code == 204
    assert client_of(db).get(made["address"]).status_code == 404
    kept = api(mira, "PUT", f"/studies/{study.id}/retention", {"months": 24}).json()
    assert (kept["months"], kept["noticed"]) == (24, False)
    assert api(mira, "PUT", f"/studies/{study.id}/retention", {"months": None}).json()["deletes_utc"] is None


def test_answer_that_has_not_changed_is_not_sent_again(mira: TestClient, study: Study, db: Path) -> None:
    first = mira.get(f"/api/v1/studies/{study.id}/maps")
    again = mira.get(f"/api/v1/studies/{study.id}/maps", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    with opened(db) as store:
        draft = store.last_draft(study)
        assert draft is not None
        store.decide(study, Decision(draft.id, "claim", draft.draft.claims()[-1].id, "edit", "JB", None, "New.", ""))
    changed = mira.get(f"/api/v1/studies/{study.id}/maps", headers={"if-none-match": first.headers["etag"]})
    assert (changed.status_code, changed.headers["etag"] != first.headers["etag"]) == (200, True)


def test_change_of_an_older_version_of_a_study_is_refused(mira: TestClient, study: Study) -> None:
    version = mira.get(f"/api/v1/studies/{study.id}").headers["etag"]
    assert api(mira, "PATCH", f"/studies/{study.id}", {"subject": "One"}, **{"if-match": version}).status_code == 200
    answer = api(mira, "PATCH", f"/studies/{study.id}", {"subject": "Two"}, **{"if-match": version})
    assert code_of(answer) == "changed-meanwhile"
    assert mira.get(f"/api/v1/studies/{study.id}").json()["subject"] == "One"


def test_request_sent_twice_under_a_key_is_done_once(db: Path, mira: TestClient, study: Study) -> None:
    with opened(db) as store:
        draft = store.last_draft(study)
    assert draft is not None
    body = {"claim_id": draft.draft.claims()[0].id, "action": "accept", "draft_id": draft.id}
    address, key = f"/studies/{study.id}/decisions", {"idempotency-key": "k-1"}
    first, again = api(mira, "POST", address, body, **key), api(mira, "POST", address, body, **key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["idempotent-replay"] == "true"
    assert code_of(api(mira, "POST", address, body | {"action": "undo"}, **key)) == "key-reused"
    assert mira.get(f"/api/v1{address}").json()["total"] == 1


def test_key_of_somebody_else_is_another_key(db: Path, mira: TestClient) -> None:
    add_account(db, "joris", "researcher")
    for client, name in ((mira, "First"), (client_of(db, "joris"), "Second")):
        assert api(client, "POST", "/studies", {"name": name}, **{"idempotency-key": "same"}).status_code == 201
    with opened(db) as store:
        assert {"First", "Second"} < {study.name for study in store.studies()}


def test_refused_request_is_not_kept_under_its_key(mira: TestClient) -> None:
    key = {"idempotency-key": "retry"}
    assert code_of(api(mira, "POST", "/studies", {"name": "Other"}, **key)) == "already-there"
    assert api(mira, "POST", "/studies", {"name": "Another"}, **key).status_code == 201


def test_no_answer_holds_a_hash_of_a_password_or_a_secret(mira: TestClient, study: Study) -> None:
    addresses = ["/accounts", "/tokens", "/audit", "/me", f"/studies/{study.id}/people", f"/studies/{study.id}/shares"]
    text = json.dumps([mira.get(f"/api/v1{address}").json() for address in addresses])
    assert "argon2" not in text
    assert not re.search(r"[0-9a-f]{64}", text)


def test_service_looks_after_retention_and_keys_when_it_starts(db: Path, study: Study) -> None:
    with opened(db) as store, store.write() as connection:
        store.set_retention(study, 1, "JB")
        connection.execute("update studies set created_utc = '2020-01-01T00:00:00Z'")
        connection.execute("update runs set started_utc = '2020-01-01T00:00:00Z', ended_utc = '2020-01-01T00:00:00Z'")
    save_keys(str(db), ServiceKeys("signing", {"MISTRAL_API_KEY": "kept"}))
    ended = Event()
    ended.set()
    tend(ServiceSettings(str(db)), ended).join(30)
    assert os.environ["MISTRAL_API_KEY"] == "kept"
    with opened(db) as store:
        kept = keeping(store, study)
    assert kept is not None
    assert kept.noticed
