"""The HTTP service: what it shows, what it refuses, and that nobody's decision is lost."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from api.app import create_app
from api.errors import PROBLEMS
from api.models import DecisionPage, DecisionTaken, FindingPage, MapList, PersonaList, StudyPage
from api.rendering import static_files
from api.security import Catch, host_name
from api.settings import ServiceSettings, listening_address
from api.shapes import StudyResults
from api.words import Words, choose_language, page_words
from synth.cli.serve import listen, serve
from synth.errors import InputError
from synth.export.html import colour_tokens
from synth.pipeline.reports import export_study
from synth.store import open_store
from tests.web import HERE, client_of, code_of, keep_study, page_of

ROOT = Path(__file__).parents[1]
NAME = "Bills / ⚡ <b>2026</b>"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one finished study."""
    db = tmp_path_factory.mktemp("made") / "study.db"
    keep_study(db, name=NAME, people=4)
    return db


@pytest.fixture
def db(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "study.db"))


@pytest.fixture
def client(db: Path) -> Iterator[TestClient]:
    with client_of(db) as opened:
        yield opened


@pytest.fixture
def study(client: TestClient) -> str:
    """The address of the study."""
    (one,) = client.get("/api/v1/studies").json()["items"]
    return f"/api/v1/studies/{one['id']}"


@pytest.fixture
def decision(client: TestClient, study: str) -> dict[str, Any]:
    """An acceptance of the first claim as it is shown."""
    personas = client.get(f"{study}/personas").json()
    claim = personas["items"][0]["claims"][0]
    seen = {"text": claim["text"], "state": claim["state"]}
    return {"claim_id": claim["id"], "action": "accept", "by": "JB", "draft_id": personas["draft_id"], "seen": seen}


# --- Reading -------------------------------------------------------------------------------------------------------


def test_health_answers(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_results_are_the_json_export_to_the_byte(client: TestClient, study: str, db: Path) -> None:
    store = open_store(str(db))
    exported = export_study(store, store.study(NAME), "json")["results.json"]
    store.close()
    assert client.get(f"{study}/results").content == exported


@pytest.mark.parametrize(
    ("address", "shape"),
    [
        ("", StudyPage), ("/results", StudyResults), ("/personas", PersonaList), ("/maps", MapList),
        ("/findings", FindingPage), ("/decisions", DecisionPage),
    ],
)  # fmt: skip
def test_answers_have_the_documented_shape(
    client: TestClient, study: str, decision: dict[str, Any], address: str, shape: Any
) -> None:
    assert client.post(f"{study}/decisions", json=decision).status_code == 201
    content = client.get(f"{study}{address}" if address else "/api/v1/studies").content
    read: Any = TypeAdapter(shape).validate_json(content)
    again = TypeAdapter(shape).dump_python(read, mode="json", by_alias=True, exclude_unset=True)
    assert again == json.loads(content)


def test_personas_and_maps_are_those_of_the_results(client: TestClient, study: str) -> None:
    results = client.get(f"{study}/results").json()
    assert client.get(f"{study}/personas").json()["items"] == results["personas"] != []
    assert client.get(f"{study}/maps").json()["items"] == results["maps"] != []
    assert client.get(study).json()["draft_id"] == client.get(f"{study}/maps").json()["draft_id"]


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("", 20), ("kind=emotion", 8), ("kind=touchpoint&participant=P02", 2), ("phase=purchase", 8), ("phase=none", 4),
        ("participant=P09", 0),
    ],
)  # fmt: skip
def test_findings_are_filtered(client: TestClient, study: str, query: str, total: int) -> None:
    found = client.get(f"{study}/findings?{query}").json()
    assert (found["total"], len(found["items"])) == (total, total)


def test_pages_of_findings_are_the_whole_list_in_order(client: TestClient, study: str) -> None:
    whole = client.get(f"{study}/findings?limit=500").json()["items"]
    parts = [client.get(f"{study}/findings?limit=5&offset={offset}").json()["items"] for offset in (0, 5, 10, 15)]
    assert [finding for part in parts for finding in part] == whole
    assert whole == client.get(f"{study}/results").json()["findings"]


@pytest.mark.parametrize(
    "query", ["kind=mood", "limit=0", "limit=501", "offset=-1", "kinds=emotion", "limit=many"]
)  # fmt: skip
def test_filter_that_cannot_be_is_said(client: TestClient, study: str, query: str) -> None:
    answer = client.get(f"{study}/findings?{query}")
    assert code_of(answer) == "invalid-request"
    assert query.partition("=")[0] in answer.json()["errors"][0]["where"]


@pytest.mark.parametrize("address", ["", "/results", "/personas", "/maps", "/findings", "/decisions"])
def test_unknown_study_is_not_found(client: TestClient, address: str) -> None:
    assert code_of(client.get(f"/api/v1/studies/0123456789abcdef{address}")) == "study-not-found"


def test_unknown_address_and_method_are_problems(client: TestClient, study: str) -> None:
    assert code_of(client.get("/api/v1/nothing")) == "not-found"
    answer = client.put(study)
    assert code_of(answer) == "method-not-allowed"
    assert answer.headers["allow"] == "GET"


@pytest.fixture
def undrafted(tmp_path: Path) -> TestClient:
    store = open_store(str(tmp_path / "new.db"))
    store.add_study("Just begun", "", "en", "customer", "")
    store.close()
    return client_of(tmp_path / "new.db")


def test_study_without_a_draft_says_how_to_make_one(undrafted: TestClient) -> None:
    (one,) = undrafted.get("/api/v1/studies").json()["items"]
    assert (one["draft_id"], one["claims"]) == (None, 0)
    answer = undrafted.get(f"/api/v1/studies/{one['id']}/personas")
    assert code_of(answer) == "no-draft"
    assert "synth run" in answer.json()["detail"]
    assert undrafted.get(f"/studies/{one['id']}/report").status_code == 404
    assert "synth run FOLDER --study 'Just begun'" in page_of(undrafted.get(f"/studies/{one['id']}")).words()


def test_file_that_is_no_database_is_a_problem_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("These are my notes, and no database at all.")
    client = client_of(tmp_path / "notes.db")
    assert code_of(client.get("/api/v1/studies")) == "store-unavailable"
    page = client.get("/")
    assert page.status_code == 503
    assert "synth status" in page.text


# --- Deciding ------------------------------------------------------------------------------------------------------


def test_decision_is_stored_and_shown(client: TestClient, study: str, decision: dict[str, Any]) -> None:
    taken = client.post(
        f"{study}/decisions", json=decision | {"action": "edit", "text": " Wants  one sum. ", "why": "clearer"}
    )
    assert taken.status_code == 201
    shown = DecisionTaken.model_validate_json(taken.content)
    assert (shown.claim.text, shown.claim.state, shown.claim.by) == ("Wants one sum.", "edited", "JB")
    ledger = client.get(f"{study}/decisions").json()["items"]
    assert [(one["action"], one["before"], one["after"], one["why"]) for one in ledger] == [
        ("edit", "Wants to know where they stand.", "Wants one sum.", "clearer")
    ]
    assert client.get(f"{study}/personas").json()["items"][0]["claims"][0]["text"] == "Wants one sum."
    assert client.get(study).json()["decided"] == 1


def test_second_of_two_deciders_gets_both_versions(client: TestClient, study: str, decision: dict[str, Any]) -> None:
    client.post(f"{study}/decisions", json=decision)
    answer = client.post(f"{study}/decisions", json=decision | {"action": "reject", "why": "no", "by": "MK"})
    assert code_of(answer) == "claim-changed"
    conflict = answer.json()
    assert conflict["seen"] == decision["seen"] | {"draft_id": decision["draft_id"]}
    assert (conflict["current"]["state"], conflict["current"]["by"]) == ("accepted", "JB")
    assert client.get(f"{study}/decisions").json()["total"] == 1


def test_deciding_anew_on_the_current_version_is_no_conflict(
    client: TestClient, study: str, decision: dict[str, Any]
) -> None:
    claim = client.post(f"{study}/decisions", json=decision).json()["claim"]
    seen = {"text": claim["text"], "state": claim["state"]}
    undone = client.post(f"{study}/decisions", json=decision | {"action": "undo", "seen": seen})
    assert undone.json()["claim"]["state"] == "proposed"
    again = client.post(f"{study}/decisions", json=decision | {"action": "undo"})
    assert code_of(again) == "nothing-to-undo"


def test_decision_without_a_seen_version_is_about_the_claim_as_drafted(
    client: TestClient, study: str, decision: dict[str, Any]
) -> None:
    del decision["seen"]
    assert client.post(f"{study}/decisions", json=decision).status_code == 201
    answer = client.post(f"{study}/decisions", json=decision)
    assert code_of(answer) == "claim-changed"
    assert answer.json()["seen"]["state"] == "proposed"


def test_of_many_who_decide_at_once_exactly_one_is_stored(
    client: TestClient, study: str, decision: dict[str, Any]
) -> None:
    statuses: list[int] = []

    def decide(by: str) -> None:
        statuses.append(client.post(f"{study}/decisions", json=decision | {"by": by}).status_code)

    people = [threading.Thread(target=decide, args=(f"R{number}",)) for number in range(6)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(statuses) == [201, *[409] * 5]
    assert client.get(f"{study}/decisions").json()["total"] == 1


def test_claim_of_an_older_draft_that_is_gone_is_a_conflict(
    client: TestClient, study: str, decision: dict[str, Any]
) -> None:
    gone = decision | {"claim_id": "0123456789abcdef"}
    assert code_of(client.post(f"{study}/decisions", json=gone)) == "claim-not-found"
    answer = client.post(f"{study}/decisions", json=gone | {"draft_id": "fedcba9876543210"})
    assert code_of(answer) == "claim-changed"
    assert answer.json()["current"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "edit"}, {"action": "edit", "text": "  "}, {"action": "reject"}, {"text": "More."}, {"by": " "},
        {"action": "merge"}, {"colour": "red"}, {"why": "x" * 2001}, {"seen": {"text": "x"}},
        {"\ud800": 1}, {"by": "\ud800"}, {"why": "a\0b"}, {"draft_id": "\ud800"},
        {"seen": {"text": "\ud800", "state": "proposed"}}, {"seen": {"text": "x", "state": "new"}},
    ],
)  # fmt: skip
def test_decision_that_does_not_hold_together_is_refused(
    client: TestClient, study: str, decision: dict[str, Any], changes: dict[str, Any]
) -> None:
    answer = client.post(
        f"{study}/decisions", content=json.dumps(decision | changes), headers={"content-type": "application/json"}
    )
    assert code_of(answer) == "invalid-request"
    assert answer.json()["errors"]
    assert client.get(f"{study}/decisions").json()["total"] == 0


def test_words_that_were_sent_do_not_come_back_in_an_error(
    client: TestClient, study: str, decision: dict[str, Any]
) -> None:
    answer = client.post(f"{study}/decisions", json=decision | {"text": "she hit me", "why": ["she hit me"]})
    assert code_of(answer) == "invalid-request"
    assert "hit me" not in answer.text


# --- Refusing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.2", "", "user@localhost", "[::2]"])
def test_foreign_host_is_refused_everywhere(client: TestClient, study: str, host: str) -> None:
    assert code_of(client.get(study, headers={"host": host})) == "host-refused"
    page = client.get("/", headers={"host": host})
    assert (page.status_code, "Bills" in page.text) == (400, False)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8765", "[::1]:8765", "LOCALHOST:1"])
def test_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["a b", "localhost:", "localhost:123456", "[::1", "local/host", ":80"])
def test_broken_host_has_no_name(host: str) -> None:
    assert host_name(host) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://localhost:3000"},
        {"origin": "https://localhost:8765"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
        {"origin": HERE, "sec-fetch-site": "cross-site"},
    ],
)  # fmt: skip
def test_change_that_another_site_asks_for_is_refused(
    client: TestClient, study: str, decision: dict[str, Any], headers: dict[str, str]
) -> None:
    assert code_of(client.post(f"{study}/decisions", json=decision, headers=headers)) == "origin-refused"
    assert client.get(f"{study}/decisions", headers=headers).json()["total"] == 0


@pytest.mark.parametrize("headers", [{}, {"origin": HERE, "sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}])
def test_own_page_and_a_program_may_change(
    client: TestClient, study: str, decision: dict[str, Any], headers: dict[str, str]
) -> None:
    assert client.post(f"{study}/decisions", json=decision, headers=headers).status_code == 201


def test_large_body_is_refused_by_its_announced_and_by_its_real_size(client: TestClient, study: str) -> None:
    assert code_of(client.post(f"{study}/decisions", content=b"x" * 1_048_577)) == "too-large"

    def endless() -> Iterator[bytes]:
        for _ in range(17):
            yield b"x" * 65_536

    assert code_of(client.post(f"{study}/decisions", content=endless())) == "too-large"
    assert code_of(client.post(f"{study}/decisions", content=b"x" * 1_048_576)) == "invalid-request"


@pytest.mark.parametrize(
    "address", ["/", "/healthz", "/nothing", "/api/v1/studies", "/api/v1/nothing", "/static/synth.css"]
)
def test_every_answer_has_the_security_headers(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_error_that_nobody_foresaw_tells_its_message_to_nobody(db: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(ServiceSettings(str(db)))

    @app.get("/api/v1/broken")
    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("she hit me")

    client = TestClient(app, base_url=HERE, headers={"accept-language": "nl"})
    with caplog.at_level(logging.DEBUG):
        assert code_of(client.get("/api/v1/broken")) == "internal"
        page = client.get("/broken")
    assert (page.status_code, "Hier ging iets mis" in page.text) == (500, True)
    assert "RuntimeError at " in caplog.text
    assert "test_api.py" in caplog.text
    assert "hit me" not in caplog.text + page.text


def test_error_after_the_answer_began_is_logged_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Any] = []

    async def half(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("she hit me")

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    asyncio.run(Catch(half)({"type": "http", "path": "/"}, receive, send))
    assert sent == ["http.response.start"]
    assert "RuntimeError at " in caplog.text
    assert "hit me" not in caplog.text


def test_requests_leave_no_words_in_the_log(
    client: TestClient, study: str, decision: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.get(f"{study}/results")
        client.get(f"/studies/{study[-16:]}")
        client.post(f"{study}/decisions", json=decision)
        client.post(f"{study}/decisions", json=decision)
        client.post(f"{study}/decisions", json=decision | {"action": "undo", "text": "furious"})
    own = " ".join(
        record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))
    )
    assert "furious" not in own
    assert "broke down twice" not in own


# --- Pages ---------------------------------------------------------------------------------------------------------


def test_list_shows_what_a_study_holds_and_what_is_left(
    client: TestClient, study: str, decision: dict[str, Any]
) -> None:
    client.post(f"{study}/decisions", json=decision)
    page = page_of(client.get("/"))
    (link,) = [one for one in page.all("a") if one.attributes["href"] == f"/studies/{study[-16:]}"]
    assert link.words() == NAME
    facts = [fact.words() for fact in page.all("dl")[0].children]
    claims = client.get(study).json()["claims"]
    assert facts[:4] == ["Interviews 4", "People 4", "Findings 20", "Personas 1"]
    assert facts[4].startswith(f"Sentences left to decide {claims - 1} of {claims}")


def test_names_of_studies_are_text_and_never_markup(client: TestClient) -> None:
    assert "<b>2026</b>" not in client.get("/").text


@pytest.mark.parametrize("address", ["/", "/nothing", "/?lang=nl", "/login", "/studies/{study}"])
def test_pages_have_no_inline_script_or_style_and_load_only_what_is_there(
    client: TestClient, study: str, address: str
) -> None:
    page = page_of(client.get(address.format(study=study[-16:]), follow_redirects=True))
    loaded = [one.attributes["href"] for one in page.all("link")] + [
        one.attributes["src"] for one in page.all("script")
    ]
    assert len(loaded) >= 5
    assert all(client.get(str(address)).status_code == 200 for address in loaded)


def test_report_is_shown_under_a_policy_that_allows_its_own_style_alone(client: TestClient, study: str) -> None:
    answer = client.get(f"/studies/{study[-16:]}/report")
    assert "broke down twice" in answer.text
    styles = re.findall(r"<style>(.*?)</style>", answer.text, re.S)
    digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert (len(styles), "script-src" in policy, "unsafe" in policy) == (1, False, False)
    assert not re.search(r"\sstyle=|<script", answer.text)


@pytest.mark.parametrize(
    ("accepts", "asked", "language"),
    [
        ("nl-NL,nl;q=0.9,en;q=0.8", None, "nl"), ("de,en;q=0.5,nl;q=0.4", None, "en"), ("fr", None, "en"),
        ("", None, "en"), ("en", "nl", "nl"), ("nl", "en", "en"), ("nl", "fr", "nl"), ("nl;q=x,en", None, "en"),
        ("en;q=0, nl;q=0.1", None, "nl"),
    ],
)  # fmt: skip
def test_language_is_the_one_asked_for_else_the_one_accepted(accepts: str, asked: str | None, language: str) -> None:
    assert choose_language(asked, accepts) == language


def test_dutch_page_is_dutch_and_stays_so_when_it_was_asked_for(client: TestClient) -> None:
    assert page_of(client.get("/?lang=nl")).all("h1")[0].words() == "Onderzoeken"
    page = page_of(client.get("/"))
    assert page.all("h1")[0].words() == "Onderzoeken"
    (other,) = page.all("ul", "languages")[0].all("a")
    assert (other.attributes["href"], other.words()) == ("?lang=en", "English")
    answer = client.get("/nothing", headers={"accept-language": "en"})
    assert (answer.status_code, answer.headers["content-language"]) == (404, "nl")
    assert "Op dit adres staat niets" in answer.text


def test_missing_database_shows_how_to_begin_and_makes_no_file(tmp_path: Path) -> None:
    client = client_of(tmp_path / "my studies.db")
    page = page_of(client.get("/"))
    assert page.all("h1")[0].words() == "No studies yet"
    assert page.all("code")[0].words() == f"synth run FOLDER --db '{tmp_path / 'my studies.db'}'"
    assert client.get("/api/v1/studies").json()["items"] == []
    assert client.get("/studies/0123456789abcdef").status_code == 404
    assert list(tmp_path.iterdir()) == []


def test_static_files_are_only_those_of_the_list(client: TestClient) -> None:
    assert {"synth.css", "report.css", "synth.js", "icon.svg", "synth-sans.woff2", "synth-serif.woff2"} < set(
        static_files()
    )
    assert client.get("/static/synth.css").headers["content-type"] == "text/css; charset=utf-8"
    for name in ("..%2fapp.py", "tokens.yaml", "../app.py", "%2e%2e/app.py"):
        assert client.get(f"/static/{name}").status_code == 404


def test_pages_can_be_asked_for_their_head_alone(client: TestClient) -> None:
    answer = client.head("/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_both_languages_have_the_same_words_and_places() -> None:
    english, dutch = page_words("en"), page_words("nl")
    assert english.keys() == dutch.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", dutch[key])), key
    assert all(Words("nl").has(f"error.{code}.{part}") for code in PROBLEMS for part in ("title", "todo"))


def test_pages_use_the_colours_of_the_report_and_no_others() -> None:
    style = static_files()["synth.css"].content.decode()
    assert not re.search(r"#[0-9A-Fa-f]{3,8}\b(?![^{]*\{)", style)
    assert set(re.findall(r"var\(--([\w-]+)\)", style)) <= {*colour_tokens()["light"], "sans", "serif", "bar"}


# --- The document and the command ------------------------------------------------------------------------------------


def test_openapi_document_says_what_each_address_may_answer(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    operations = {(method, path): one for path, item in document["paths"].items() for method, one in item.items()}
    assert len(operations) > 30
    for (_, path), one in operations.items():
        assert one["summary"], path
        assert one["description"], path
        errors = {status: response for status, response in one["responses"].items() if int(status) >= 400}
        assert {"400", "413", "500"} <= set(errors), path
        assert all(list(response["content"]) == ["application/problem+json"] for response in errors.values()), path
    assert "409" in operations["post", "/api/v1/studies/{study_id}/decisions"]["responses"]
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert named == set(document["components"]["schemas"])


def test_documentation_and_openapi_name_the_same_addresses(client: TestClient) -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    written = set(re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?]*)`", text))
    document = client.get("/openapi.json").json()
    known = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert written == known | {("GET", "/openapi.json")}
    assert all(f"`{code}`" in text for code in PROBLEMS)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])
def test_service_without_accounts_refuses_to_listen_to_others(tmp_path: Path, host: str) -> None:
    with pytest.raises(InputError, match="--host"):
        serve.main(["--host", host, "--db", str(tmp_path / "study.db")], standalone_mode=False)


def test_service_without_accounts_is_not_put_behind_a_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="synth user add"):
        serve.main(["--url", "https://synth.example", "--db", str(tmp_path / "study.db")], standalone_mode=False)


@pytest.mark.parametrize(
    ("host", "address"), [("localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("::1", "::1")]
)
def test_loopback_is_listened_on(host: str, address: str) -> None:
    assert listening_address(host, have_accounts=False) == address


def test_with_an_account_others_can_be_listened_to() -> None:
    assert listening_address("0.0.0.0", have_accounts=True) == "0.0.0.0"


def test_port_in_use_is_one_clear_line() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(InputError, match="give another port") as caught:
        listen("127.0.0.1", taken.getsockname()[1])
    assert "\n" not in str(caught.value)


def test_command_serves_and_prints_an_address_that_answers(db: Path) -> None:
    code = "from synth.cli.serve import serve; serve()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--db", str(db), "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, line
        with socket.create_connection(("127.0.0.1", int(found.group(1))), timeout=30) as connection:
            connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: {found.group(0)[7:-1]}\r\n\r\n".encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout:
            process.stdout.close()


def test_command_line_loads_no_web_framework() -> None:
    code = (
        "import sys, synth.cli, synth.cli.serve; print(sorted({'fastapi', 'starlette', 'uvicorn'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


# --- Addresses that people guess --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guessed", "leads"),
    [
        ("/studies", "/"),
        ("/study", "/"),
        ("/study/", "/"),
        ("/study/abc/maps?x=1", "/studies/abc/maps?x=1"),
        ("/study//evil.example", "/studies//evil.example"),
        ("/study/a%3Cb", "/studies/a%3Cb"),
    ],
)
def test_guessed_address_leads_to_the_page(client: TestClient, guessed: str, leads: str) -> None:
    answer = client.get(guessed, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, leads)
