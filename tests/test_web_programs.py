"""What pages do, done by programs: claims, personas, maps, findings, comments; and nothing accepted unread."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.routes import ROUTERS
from api.settings import ServiceSettings
from synth.accounts import Role
from synth.store import Study
from tests.web import add_account, bearer, client_of, code_of, keep_study, opened


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    db = tmp_path_factory.mktemp("made") / "study.db"
    kept = keep_study(db, people=6)
    add_account(db, "mira", "admin")
    add_account(db, "joris", None, on={kept.id: "reviewer"})
    return db


@pytest.fixture
def db(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "study.db"))


@pytest.fixture
def study(db: Path) -> Study:
    with opened(db) as store:
        return store.studies()[0]


class Program:
    """A program with a token, that asks about one study."""

    def __init__(self, db: Path, study: Study, login: str = "mira", scope: Role = Role.ADMIN) -> None:
        self._client: TestClient = client_of(db)
        self._headers = bearer(db, login, scope)
        self._base = f"/api/v1/studies/{study.id}"

    def __call__(self, method: str, address: str, body: object = None, **headers: str) -> Any:
        return self._client.request(method, self._base + address, json=body, headers=self._headers | headers)

    def get(self, address: str) -> Any:
        """What is at an address of the study."""
        answer = self("GET", address)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def mira(db: Path, study: Study) -> Program:
    return Program(db, study)


def contested(program: Program) -> dict[str, Any]:
    """The claim that somebody speaks against."""
    one = program.get("/queue")["items"][0]
    assert one["contested"]
    return dict(one)


def acceptance(program: Program, claim_id: str, **more: object) -> dict[str, Any]:
    return {"claim_id": claim_id, "action": "accept", "draft_id": program.get("/maps")["draft_id"], **more}


def two_personas(program: Program) -> tuple[str, str, str]:
    """The persona of the study in two; their ids and the draft."""
    (persona,) = program.get("/personas")["items"]
    body = {"name": "Two of them", "people": ["P01", "P02"], "draft_id": program.get("")["draft_id"]}
    answer = program("POST", f"/personas/{persona['id']}/split", body)
    assert answer.status_code == 201, answer.text
    return persona["id"], answer.json()["persona_id"], answer.json()["draft_id"]


# --- Nothing is accepted unread --------------------------------------------------------------------------------------


def test_weak_claim_is_accepted_only_with_what_its_words_came_with(mira: Program) -> None:
    claim = contested(mira)["claim_id"]
    refused = mira("POST", "/decisions", acceptance(mira, claim))
    assert (code_of(refused), len(refused.json()["must_read"])) == ("unread", 6)
    opened_claim = mira("GET", refused.json()["open"].partition(mira._base)[2]).json()
    said = {one["text"] for one in opened_claim["claim"]["evidence"] + opened_claim["claim"]["against"]}
    assert any("broke down twice" in one for one in said)
    assert (opened_claim["unread"], opened_claim["rest"]) == ([], [])
    more = {"version": opened_claim["version"], "read": opened_claim["read"]}
    assert mira("POST", "/decisions", acceptance(mira, claim, **more)).status_code == 201


def test_part_of_the_words_is_not_enough(mira: Program) -> None:
    part = mira.get(f"/claims/{contested(mira)['claim_id']}?people=2")
    assert (part["read"], len(part["unread"]), len(part["rest"])) == (None, 4, 4)
    assert {one["participant"] for one in part["claim"]["evidence"]} <= {"P02", "P03"}


def test_what_somebody_else_read_and_what_was_made_up_opens_nothing(db: Path, study: Study, mira: Program) -> None:
    claim = contested(mira)["claim_id"]
    joris = Program(db, study, "joris", Role.REVIEWER)
    for read in (mira.get(f"/claims/{claim}")["read"], "0" * 32, None):
        assert code_of(joris("POST", "/decisions", acceptance(joris, claim, read=read))) == "unread"
    own = joris.get(f"/claims/{claim}")["read"]
    assert joris("POST", "/decisions", acceptance(joris, claim, read=own)).status_code == 201


def test_what_was_read_before_the_evidence_changed_opens_nothing(mira: Program) -> None:
    claim = contested(mira)["claim_id"]
    before = mira.get(f"/claims/{claim}")
    two_personas(mira)
    after = mira.get(f"/claims/{claim}")
    assert (after["version"], after["claim"]["text"]) == (before["version"], before["claim"]["text"])
    assert len(after["claim"]["findings"]) < len(before["claim"]["findings"])
    old = acceptance(mira, claim, version=before["version"], read=before["read"])
    assert code_of(mira("POST", "/decisions", old)) == "unread"
    assert mira("POST", "/decisions", old | {"read": after["read"]}).status_code == 201


def test_conflict_is_told_before_reading_is(db: Path, study: Study, mira: Program) -> None:
    claim = contested(mira)["claim_id"]
    version = mira.get(f"/claims/{claim}")["version"]
    joris = Program(db, study, "joris")
    edit = acceptance(mira, claim) | {"action": "edit", "text": "Stands still on the road."}
    assert joris("POST", "/decisions", edit).status_code == 201
    answer = mira("POST", "/decisions", acceptance(mira, claim, version=version))
    assert code_of(answer) == "claim-changed"
    assert (answer.json()["seen"], answer.json()["current"]["by"]) == (None, "Joris")
    again = acceptance(mira, claim, version=answer.json()["current"]["version"])
    assert code_of(mira("POST", "/decisions", again)) == "unread"


def test_firm_claim_wants_no_more_than_its_version(mira: Program) -> None:
    firm = next(one for one in mira.get("/queue?limit=200")["items"] if not one["must_read"])
    assert mira("POST", "/decisions", acceptance(mira, firm["claim_id"])).status_code == 201


@pytest.mark.parametrize("action", ["accept", "reject"])
def test_findings_are_decided_on_only_when_their_words_were_given(mira: Program, action: str) -> None:
    page = mira.get("/findings?limit=3")
    ids = [one["id"] for one in page["items"]]
    body = {"action": action, "why": "Read.", "findings": [{"finding_id": one} for one in ids]}
    body["findings"][0]["read"] = page["read"][ids[0]]  # type: ignore[index]
    refused = mira("POST", "/findings/decisions", body)
    assert (code_of(refused), refused.json()["unread"]) == ("unread", ids[1:])
    assert mira.get("/decisions")["total"] == 0
    body["findings"] = [{"finding_id": one, "read": page["read"][one]} for one in ids]
    assert mira("POST", "/findings/decisions", body).status_code == 201


# --- Claims and personas ---------------------------------------------------------------------------------------------


def test_own_claim_is_added_once_under_its_key_and_undone(mira: Program) -> None:
    (persona,) = mira.get("/personas")["items"]
    body = {"owner": f"persona:{persona['id']}", "section": "stated", "text": "Wants one person who answers."}
    first, again = (mira("POST", "/claims", body, **{"idempotency-key": "k"}) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    claim = mira.get(f"/claims/{first.json()['subject_id']}")
    assert (claim["claim"]["origin"], claim["claim"]["evidence"], claim["must_read"]) == ("person", [], [])
    assert [one["action"] for one in claim["history"]] == ["add"]
    undo = acceptance(mira, first.json()["subject_id"], version=claim["version"]) | {"action": "undo"}
    assert mira("POST", "/decisions", undo).status_code == 201
    assert code_of(mira("GET", f"/claims/{first.json()['subject_id']}")) == "claim-not-found"


@pytest.mark.parametrize("changes", [{"owner": "persona:none"}, {"section": "friction"}, {"owner": "map:x:use"}])
def test_own_claim_stands_only_where_there_is_a_place(mira: Program, changes: dict[str, str]) -> None:
    (persona,) = mira.get("/personas")["items"]
    body = {"owner": f"persona:{persona['id']}", "section": "stated", "text": "Wants one person."}
    assert code_of(mira("POST", "/claims", body | changes)) == "invalid-request"


def test_personas_are_split_and_merged_and_people_moved(mira: Program) -> None:
    first, second, draft = two_personas(mira)
    moved = mira("POST", f"/personas/{second}/people", {"participant": "P03", "draft_id": draft})
    assert moved.status_code == 201
    people = {one["id"]: one["participants"] for one in mira.get("/personas")["items"]}
    assert (people[second], len(people[first])) == (["P01", "P02", "P03"], 3)
    late = mira("POST", f"/personas/{first}/merge", {"other_id": second, "draft_id": draft})
    assert code_of(late) == "changed-meanwhile"
    body = {"other_id": second, "draft_id": moved.json()["draft_id"]}
    assert mira("POST", f"/personas/{first}/merge", body).status_code == 201
    assert [one["id"] for one in mira.get("/personas")["items"]] == [first]


def test_persona_is_renamed(mira: Program) -> None:
    first, second, draft = two_personas(mira)
    taken = next(one["name"] for one in mira.get("/personas")["items"] if one["id"] == second)
    assert code_of(mira("POST", f"/personas/{first}/name", {"name": taken, "draft_id": draft})) == "invalid-request"
    assert mira("POST", f"/personas/{first}/name", {"name": " No  surprises ", "draft_id": draft}).status_code == 201
    assert {one["id"]: one["name"] for one in mira.get("/personas")["items"]}[first] == "No surprises"
    late = mira("POST", f"/personas/{first}/name", {"name": "Other", "draft_id": draft})
    assert code_of(late) == "changed-meanwhile"


def test_claim_is_moved_and_the_second_mover_is_told(db: Path, study: Study, mira: Program) -> None:
    first, second, _ = two_personas(mira)
    personas = {one["id"]: one for one in mira.get("/personas")["items"]}
    claim = next(one for one in personas[first]["claims"] if one["section"] == "stated")
    seen = mira.get(f"/claims/{claim['id']}")
    body = {"persona_id": second, "version": seen["version"], "why": "Theirs."}
    assert mira("POST", f"/claims/{claim['id']}/move", body).status_code == 201
    assert mira.get(f"/claims/{claim['id']}")["persona_id"] == second
    joris = Program(db, study, "joris")
    late = joris("POST", f"/claims/{claim['id']}/move", body)
    now = mira.get(f"/claims/{claim['id']}")["version"]
    assert (code_of(late), late.json()["current"]["version"]) == ("claim-changed", now)
    assert now != seen["version"]


def test_reviewer_regroups_nobody(db: Path, study: Study, mira: Program) -> None:
    first, second, draft = two_personas(mira)
    joris = Program(db, study, "joris")
    for address, body in (
        (f"/personas/{first}/merge", {"other_id": second, "draft_id": draft}),
        (f"/personas/{first}/split", {"name": "x", "people": ["P03"], "draft_id": draft}),
        (f"/personas/{first}/people", {"participant": "P01", "draft_id": draft}),
        (f"/personas/{first}/name", {"name": "x", "draft_id": draft}),
    ):
        assert code_of(joris("POST", address, body)) == "role-refused"


# --- Maps ------------------------------------------------------------------------------------------------------------


def test_state_of_a_map_is_that_of_the_draft_that_was_seen(mira: Program) -> None:
    page = mira.get("/maps")
    address = f"/maps/{page['items'][0]['id']}/state"
    assert mira.get(address)["state"] == "draft"
    body = {"state": "agreed", "draft_id": page["draft_id"]}
    version = mira("GET", address).headers["etag"]
    assert mira("PUT", address, body, **{"if-match": version}).json()["by"] == "Mira"
    assert code_of(mira("PUT", address, body | {"state": "draft"}, **{"if-match": version})) == "changed-meanwhile"
    two_personas(mira)
    assert mira.get(address)["state"] == "outdated"
    assert code_of(mira("PUT", address, body)) == "changed-meanwhile"


def test_scores_of_a_touchpoint_are_each_persons_own(db: Path, study: Study, mira: Program) -> None:
    (journey,) = mira.get("/maps")["items"]
    address = f"/maps/{journey['id']}/scores"
    place = {"phase": "purchase", "channel": "desk"}
    assert mira("PUT", address, place | {"satisfaction": 2, "person": 5}).status_code == 200
    scored = Program(db, study, "joris")("PUT", address, place | {"satisfaction": 4}).json()
    assert (scored["participants"], scored["satisfaction"], scored["person"]) == (6, 3.0, 5.0)
    assert {one["by"] for one in scored["scores"]} == {"Mira", "Joris"}
    assert code_of(mira("PUT", address, place | {"channel": "fax"})) == "invalid-request"
    assert code_of(mira("PUT", address, place | {"satisfaction": 6})) == "invalid-request"


@pytest.mark.parametrize("kind", ["future", "own"])
def test_drawn_map_is_changed_cell_by_cell_and_nothing_is_lost(
    db: Path, study: Study, mira: Program, kind: str
) -> None:
    (journey,) = mira.get("/maps")["items"]
    address = f"/maps/{journey['id']}/drawn/{kind}"
    assert code_of(mira("GET", address)) == "not-found"
    begun = mira("POST", address).json()
    assert (begun["state"], begun["changes"], bool(begun["cells"])) == ("draft", [], kind == "future")
    cell = f"{address}/cells/purchase/friction"
    body = {"version": 0, "items": [{"text": "Nobody starts over."}]}
    changed = mira("PUT", cell, body)
    assert (changed.status_code, changed.json()["version"]) == (200, 1)
    joris = Program(db, study, "joris", Role.REVIEWER)
    late = joris("PUT", cell, body | {"items": [{"text": "Something else."}]})
    assert (code_of(late), late.json()["current"]["items"][0]["text"]) == ("cell-changed", "Nobody starts over.")
    assert joris("PUT", cell, {"version": 1, "items": []}).json()["version"] == 2
    whats = [one["what"] for one in mira.get(address)["changes"]]
    assert whats == (["removed"] if kind == "future" else [])
    assert code_of(joris("PUT", f"{address}/state", {"state": "agreed"})) == "role-refused"
    assert mira("PUT", f"{address}/state", {"state": "agreed"}).json()["state"] == "agreed"
    assert code_of(mira("PUT", f"{address}/cells/purchase/nothing", body)) == "not-found"


# --- Findings, comments, the rest ------------------------------------------------------------------------------------


def test_finding_by_hand_is_read_and_taken_back(mira: Program) -> None:
    transcript = mira.get("/interviews")["items"][0]["id"]
    hand = {"kind": "motivation", "first_line": 2, "last_line": 2, "key": "thrill", "label": "likes it"}
    made = mira("POST", f"/interviews/{transcript}/findings", hand).json()["finding_id"]
    one = mira.get(f"/findings/{made}")
    assert (one["state"], "broke down" in one["finding"]["evidence"][0]["text"]) == ("open", True)
    assert mira("DELETE", f"/findings/{made}").status_code == 204
    assert code_of(mira("DELETE", f"/findings/{made}")) == "finding-not-found"


def test_comment_stands_at_a_cell_and_is_resolved_and_opened_again(mira: Program) -> None:
    (journey,) = mira.get("/maps")["items"]
    cell = f"{journey['id']}:purchase:friction"
    made = mira("POST", "/comments", {"cell": cell, "text": "Who says so?"})
    assert (made.status_code, made.json()["subject"]) == (201, "cell")
    address = f"/comments/{made.json()['id']}"
    assert mira("PATCH", address, {"resolved": True}).json()["resolved_by"] == "Mira"
    assert mira.get("/comments")["total"] == 0
    assert mira.get(f"/comments?cell={cell}")["items"][0]["text"] == "Who says so?"
    assert mira("PATCH", address, {"resolved": False}).json()["resolved_by"] is None
    assert code_of(mira("PATCH", "/comments/999", {"resolved": True})) == "not-found"
    assert code_of(mira("POST", "/comments", {"cell": "none:use:need", "text": "x"})) == "not-found"
    assert code_of(mira("POST", "/comments", {"text": "About nothing."})) == "invalid-request"


def test_program_is_told_whom_a_comment_could_not_call(mira: Program) -> None:
    claim = contested(mira)["claim_id"]
    made = mira("POST", "/comments", {"claim_id": claim, "text": "@joris @nobody.here: who says so?"})
    assert (made.status_code, made.json()["uncalled"]) == (201, ["nobody.here"])
    assert mira("POST", "/comments", {"claim_id": claim, "text": "Why?"}).json()["uncalled"] == []


def test_wave_is_named_and_two_become_one(mira: Program) -> None:
    assert mira("PUT", "/waves", {"name": "2026-Q1"}).json() == {"interviews": 6}
    assert {one["wave"] for one in mira.get("/interviews")["items"]} == {"2026-Q1"}
    assert code_of(mira("PUT", "/waves", {"name": "2026-Q1"})) == "invalid-request"
    assert code_of(mira("PUT", "/waves", {"wave": "2026-Q1", "name": "x" * 61})) == "invalid-request"
    assert mira("PUT", "/waves", {"wave": "2026-Q1"}).json() == {"interviews": 6}
    assert {one["wave"] for one in mira.get("/interviews")["items"]} == {None}


def test_framework_stays_once_there_is_a_draft(mira: Program) -> None:
    assert code_of(mira("PATCH", "", {"framework": "employee"})) == "invalid-request"
    assert mira("PATCH", "", {"framework": None, "subject": "Bicycles"}).json()["subject"] == "Bicycles"


def test_measured_counts_come_as_csv(mira: Program) -> None:
    table = "phase,channel,event,count\npurchase,website,form,100\npurchase,website,negative,9\n"
    answer = mira("POST", "/measured", {"csv": table})
    assert (answer.status_code, answer.json()) == (201, {"rows": 2})
    assert mira.get("/measured")["items"][0]["counts"] == {"form": 100, "negative": 9}
    assert code_of(mira("POST", "/measured", {"csv": "a,b\n1,2\n"})) == "invalid-request"


def test_webhook_secret_and_check_before_reading_are_given_to_researchers(
    db: Path, study: Study, mira: Program
) -> None:
    assert len(mira.get("/runs/webhook")["secret"]) == 64
    checked = mira.get("/uploads/check?model=offline")
    assert (checked["leaves"], checked["problem"] != "" or checked["estimate"] is not None) == (False, True)
    joris = Program(db, study, "joris")
    assert code_of(joris("GET", "/runs/webhook")) == "role-refused"
    assert code_of(joris("GET", "/uploads/check")) == "role-refused"


def test_name_is_changed_by_a_token_that_may_decide_everywhere(db: Path, study: Study) -> None:
    client = client_of(db)
    tokens = ((Role.VIEWER, None), (Role.REVIEWER, study), (Role.REVIEWER, None))
    answers = [
        client.patch("/api/v1/me", json={"name": "Joris Baan"}, headers=bearer(db, "joris", scope, on))
        for scope, on in tokens
    ]
    assert [one.status_code for one in answers] == [403, 403, 200]
    assert answers[-1].json()["name"] == "Joris Baan"


# --- Everything that pages do ----------------------------------------------------------------------------------------

OVER_HTTP = {
    "/profile/name": "change_me",
    "/profile/tokens": "make_token",
    "/profile/tokens/revoke": "revoke_token",
    "/settings/models": "keep_key",
    "/settings/people": "add_account",
    "/settings/people/end": "end_account",
    "/settings/people/password": "change_account",
    "/settings/people/role": "change_account",
    "/studies/new": "make_study",
    "/studies/{study_id}/claims/{claim_id}": "decide",
    "/studies/{study_id}/claims/{claim_id}/move": "move_claim",
    "/studies/{study_id}/comments": "add_comment",
    "/studies/{study_id}/comments/{number}/resolve": "resolve_comment",
    "/studies/{study_id}/delete": "delete_study",
    "/studies/{study_id}/findings/decisions": "decide_findings",
    "/studies/{study_id}/findings/{finding_id}/take-back": "take_back_finding",
    "/studies/{study_id}/interviews/{transcript_id}/findings": "code_by_hand",
    "/studies/{study_id}/maps/{map_id}/claims": "add_claim",
    "/studies/{study_id}/maps/{map_id}/drawn/{kind}": "begin_drawn_map",
    "/studies/{study_id}/maps/{map_id}/drawn/{kind}/cell": "change_drawn_cell",
    "/studies/{study_id}/maps/{map_id}/drawn/{kind}/status": "set_drawn_state",
    "/studies/{study_id}/maps/{map_id}/scores": "score_touchpoint",
    "/studies/{study_id}/maps/{map_id}/status": "set_map_state",
    "/studies/{study_id}/measured": "import_measured",
    "/studies/{study_id}/personas/{persona_id}/assign": "move_person",
    "/studies/{study_id}/personas/{persona_id}/claims": "add_claim",
    "/studies/{study_id}/personas/{persona_id}/merge": "merge_personas",
    "/studies/{study_id}/personas/{persona_id}/rename": "rename_persona",
    "/studies/{study_id}/personas/{persona_id}/split": "split_persona",
    "/studies/{study_id}/retention": "set_retention",
    "/studies/{study_id}/runs": "start_run",
    "/studies/{study_id}/runs/{run_id}/{wish}": "pause_run",
    "/studies/{study_id}/settings": "change_study",
    "/studies/{study_id}/settings/people": "set_role",
    "/studies/{study_id}/settings/waves": "name_wave",
    "/studies/{study_id}/shares": "share",
    "/studies/{study_id}/shares/revoke": "revoke_share",
    "/studies/{study_id}/themes/merge": "change_themes",
    "/studies/{study_id}/themes/{theme_id}/rename": "change_themes",
    "/studies/{study_id}/themes/{theme_id}/split": "change_themes",
    "/studies/{study_id}/themes/{theme_id}/undo": "change_themes",
    "/studies/{study_id}/uploads": "upload_files",
    "/studies/{study_id}/withdraw": "withdraw",
    "/studies/{study_id}/uploads/{upload_id}": "correct_upload",
    "/studies/{study_id}/uploads/{upload_id}/remove": "remove_upload",
}
"""What a page's form does, and the operation that does it for programs."""
OF_A_BROWSER = {"/login", "/logout", "/profile/password", "/profile/sessions/end"}
"""What lets a person in: a token opens none of it."""


def test_whatever_a_page_changes_a_program_can_change() -> None:
    forms = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if "POST" in (getattr(route, "methods", None) or ()) and not route.path.startswith("/api/")  # type: ignore[attr-defined]
    }
    document = create_app(ServiceSettings("none.db")).openapi()
    operations = {one["operationId"] for item in document["paths"].values() for one in item.values()}
    assert forms == set(OVER_HTTP) | OF_A_BROWSER
    assert set(OVER_HTTP.values()) <= operations


# --- The documentation -----------------------------------------------------------------------------------------------

DOCS = Path(__file__).parents[1] / "docs" / "api.md"


def commands() -> list[list[str]]:
    """Every curl of the documentation that asks a study, word by word."""
    blocks = re.findall(r"^```\n(curl.*?)^```", DOCS.read_text(encoding="utf-8"), re.S | re.M)
    return [shlex.split(one) for block in blocks for one in re.split(r"\n(?=curl)", block) if "/ID/" in one]


def test_commands_of_the_documentation_work_as_they_stand(tmp_path: Path) -> None:
    study = keep_study(tmp_path / "study.db", people=6)
    client = client_of(tmp_path / "study.db")
    base = f"/api/v1/studies/{study.id}"
    claim = client.get(f"{base}/queue").json()["items"][0]["claim_id"]
    (persona,) = client.get(f"{base}/personas").json()["items"]
    opened_claim, found = client.get(f"{base}/claims/{claim}").json(), client.get(f"{base}/findings?limit=1").json()
    finding = found["items"][0]["id"]
    other = next(one["id"] for one in persona["claims"] if one["text"] == "Chooses what feels safe.")
    known = {
        "ID": study.id, "CLAIM": claim, "DRAFT": opened_claim["draft_id"], "VERSION": opened_claim["version"],
        "READ": opened_claim["read"], "OTHER": other, "FINDING": finding, "FINDINGREAD": found["read"][finding],
        "PERSONA": persona["id"], "MAP": client.get(f"{base}/maps").json()["items"][0]["id"],
    }  # fmt: skip
    asked = commands()
    assert len(asked) >= 12
    for words in asked:
        filled = [re.sub(r"\b[A-Z]{2,}\b", lambda found: known.get(found[0], found[0]), word) for word in words]
        method = filled[filled.index("-X") + 1] if "-X" in words else "GET"
        address = next(word for word in filled if word.startswith("http://localhost:8765/"))
        headers = dict(filled[n + 1].split(": ", 1) for n, word in enumerate(words) if word == "-H")
        body = filled[words.index("-d") + 1] if "-d" in words else None
        answer = client.request(method, address, content=body, headers=headers)
        assert answer.status_code in (200, 201), (filled, answer.text)
