"""Pages of interviews, findings, themes, search and waves: what they show, what they change, and to whom."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from synth.measured import Measured
from synth.store import SeenFile, Study
from tests.builders import make_transcript, small_study
from tests.web import add_account, client_of, code_of, keep_study, opened, page_of, submit


@pytest.fixture
def served(tmp_path: Path) -> tuple[TestClient, Study, Path]:
    db = tmp_path / "study.db"
    study = keep_study(db, people=4)
    return client_of(db), study, db


def _first(client: TestClient, study: Study, what: str) -> str:
    page = client.get(f"/studies/{study.id}/{what}").text
    found = re.search(rf'/{what}/([0-9a-f]{{16}})"', page)
    assert found
    return found.group(1)


def _findings(db: Path, study: Study, **wanted: Any) -> list[Any]:
    with opened(db) as store:
        return [one for one in store.findings(study) if all(getattr(one, k) == v for k, v in wanted.items())]


# --- Interviews ------------------------------------------------------------------------------------------------------


def test_the_list_names_people_language_and_how_much_is_cited(served: tuple[TestClient, Study, Path]) -> None:
    client, study, _ = served
    text = page_of(client.get(f"/studies/{study.id}/interviews")).words()
    for part in ("interview-01.txt", "interview-04.txt", "P01", "English", "4 interviews", "100%"):
        assert part in text


def test_an_empty_study_says_what_would_fill_it(tmp_path: Path) -> None:
    db = tmp_path / "s.db"
    with opened(db) as store:
        study = store.add_study("S", "", "en", "customer", "")
    client = client_of(db)
    said = {
        "interviews": "No interviews yet", "findings": "No findings yet", "themes": "No themes yet",
        "find?q=x": "Nothing was found", "waves": "two waves yet", "measured": "Nothing was measured",
    }  # fmt: skip
    for page, words in said.items():
        assert words in page_of(client.get(f"/studies/{study.id}/{page}")).words(), page


@pytest.mark.parametrize("page", ["personas", "maps", "review", "report"])
def test_what_is_not_drafted_leads_to_adding_interviews(tmp_path: Path, page: str) -> None:
    db = tmp_path / "s.db"
    with opened(db) as store:
        study = store.add_study("Just begun", "", "en", "customer", "")
    add_account(db, "mira", "admin")
    add_account(db, "vera", None, on={study.id: "viewer"})
    add_account(db, "other", None)
    seen = {login: client_of(db, login).get(f"/studies/{study.id}/{page}") for login in ("mira", "vera", "other")}
    upload, home = f"/studies/{study.id}/uploads", f"/studies/{study.id}"
    links = {login: {one.attributes["href"] for one in page_of(answer).all("a")} for login, answer in seen.items()}
    assert {answer.status_code for answer in seen.values()} == {404}
    assert (upload in links["mira"], upload in links["vera"]) == (True, False)
    assert (home in links["mira"], home in links["vera"]) == (True, True)
    assert "Just begun" not in seen["other"].text
    assert home not in links["other"]


def test_an_interview_shows_its_lines_with_findings_by_kind(served: tuple[TestClient, Study, Path]) -> None:
    client, study, db = served
    interview = _first(client, study, "interviews")
    page = page_of(client.get(f"/studies/{study.id}/interviews/{interview}"))
    line = next(one for one in page.all() if one.attributes.get("id") == "l6")
    assert "I rode one around the block" in line.words()
    kinds = [one.attributes["class"] for one in line.all() if one.tag == "i"]
    assert kinds == ["k-emotion plus", "k-touchpoint"]
    relief = next(one for one in _findings(db, study, label="relief") if one.evidence.transcript_id == interview)
    assert any((one.attributes.get("href") or "").endswith(f"/findings/{relief.id}") for one in line.all())


def test_turns_that_nothing_cites_have_a_dotted_margin(tmp_path: Path) -> None:
    given = small_study(people=1)
    kept = [one for one in given.findings if one.evidence.first_line > 3]
    cited = {one.id for one in kept}
    personas = tuple(replace(one, claims=(), quotes=()) for one in given.draft.personas)
    draft = replace(given.draft, personas=personas, maps=(), themes=())
    assert cited
    db = tmp_path / "s.db"
    study = keep_study(db, replace(given, findings=tuple(kept), draft=draft))
    client = client_of(db)
    page = page_of(client.get(f"/studies/{study.id}/interviews/{_first(client, study, 'interviews')}"))
    turns = [one.attributes["class"] for one in page.all() if (one.attributes.get("class") or "").startswith("turn")]
    assert turns == ["turn asks", "turn bare", "turn asks", "turn"]
    assert "1 turn of a participant is cited by nothing" in page.words()


def test_words_are_found_within_an_interview(served: tuple[TestClient, Study, Path]) -> None:
    client, study, _ = served
    address = f"/studies/{study.id}/interviews/{_first(client, study, 'interviews')}"
    page = page_of(client.get(f"{address}?q=RODE"))
    assert [one.words() for one in page.all() if one.tag == "mark"] == ["rode"]
    assert "1 line holds this" in page.words()
    assert "No line of this interview" in page_of(client.get(f"{address}?q=zzz")).words()


def test_what_is_not_there_is_said(served: tuple[TestClient, Study, Path]) -> None:
    client, study, _ = served
    for part in ("interviews/0123456789abcdef", "findings/0123456789abcdef"):
        assert client.get(f"/studies/{study.id}/{part}").status_code == 404
    assert code_of(client.get(f"/api/v1/studies/{study.id}/interviews/none")) == "interview-not-found"


# --- Findings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("", 20),
        ("kind=emotion", 8),
        ("phase=none", 4),
        ("emotion=worry", 4),
        ("channel=desk&person=P02", 1),
        ("driver=feel+secure", 4),
        ("emotion=worry&channel=desk", 0),
        ("theme=t1", 4),
        ("theme=unknown", 0),
        ("q=block", 8),
        ("q=block&kind=emotion", 4),
        ("model=offline", 20),
        ("model=person", 0),
        ("state=reject", 0),
        ("wave=none", 0),
        ("nonsense=1", 20),
    ],
)
def test_the_address_filters(served: tuple[TestClient, Study, Path], query: str, total: int) -> None:
    client, study, _ = served
    page = page_of(client.get(f"/studies/{study.id}/findings?{query}"))
    rows = [one for one in page.all() if one.tag == "tr" and (one.attributes.get("id") or "").startswith("f-")]
    assert len(rows) == total


def test_hostile_words_are_shown_and_never_run(tmp_path: Path) -> None:
    given = small_study(people=1)
    label = "<script>alert(1)</script>"
    db = tmp_path / "s.db"
    study = keep_study(db, replace(given, findings=tuple(replace(one, label=label) for one in given.findings)))
    client = client_of(db)
    for part in ("findings", f"findings?q={label}", f"find?q={label}", "findings?kind=%3Cscript%3E",
                 f"interviews/{_first(client, study, 'interviews')}?q={label}"):  # fmt: skip
        answer = client.get(f"/studies/{study.id}/{part}")
        page_of(answer)
        assert "<script>alert" not in answer.text


def test_several_are_decided_at_once_as_they_were_shown(served: tuple[TestClient, Study, Path]) -> None:
    client, study, db = served
    base = f"/studies/{study.id}/findings"
    ids = [one.id for one in _findings(db, study)[:2]]
    chosen = [f"{one}:open" for one in ids]
    back = {"back": "kind=emotion&offset=0"}
    answer = submit(client, base, f"{base}/decisions", chosen=chosen, action="accept", **back)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("findings?kind=emotion&offset=0&said=finding_accept")
    late = submit(client, base, f"{base}/decisions", chosen=chosen, action="reject", why="No.", back="")
    assert late.status_code == 409
    assert "Somebody decided on some of these meanwhile" in page_of(late).words()
    with opened(db) as store:
        assert set(store.decided_on(study, ids).values()) == {"accept"}


@pytest.mark.parametrize(
    ("action", "chosen", "why"), [("accept", False, ""), ("reject", True, " "), ("undo", True, "")]
)
def test_a_decision_that_cannot_be_says_why(
    served: tuple[TestClient, Study, Path], action: str, chosen: bool, why: str
) -> None:
    client, study, db = served
    base = f"/studies/{study.id}/findings"
    fields = {"chosen": [f"{_findings(db, study)[0].id}:open"]} if chosen else {}
    answer = submit(client, base, f"{base}/decisions", action=action, why=why, **fields)
    assert answer.status_code == 422
    assert any(one.attributes.get("role") == "alert" for one in page_of(answer).all())
    with opened(db) as store:
        assert store.decisions(study) == []


def test_the_way_back_is_always_to_this_study(served: tuple[TestClient, Study, Path]) -> None:
    client, study, db = served
    base = f"/studies/{study.id}/findings"
    chosen = [f"{_findings(db, study)[0].id}:open"]
    for back in ("https://elsewhere.example/", "//elsewhere", "q=a\r\nset-cookie: x=1", "offset=-5"):
        action = "accept" if chosen[0].endswith(":open") else "undo"
        answer = submit(client, base, f"{base}/decisions", chosen=chosen, action=action, back=back)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"{base}?")
        assert "set-cookie: x" not in str(answer.headers).lower()
        chosen = [
            chosen[0].replace(":open", ":accept") if action == "accept" else chosen[0].replace(":accept", ":open")
        ]


def test_a_finding_leads_to_its_claims_and_its_line(served: tuple[TestClient, Study, Path]) -> None:
    client, study, db = served
    worry = _findings(db, study, label="worry", participant_id="P02")[0]
    page = page_of(client.get(f"/studies/{study.id}/findings/{worry.id}"))
    links = [(one.attributes.get("href") or "") for one in page.all() if one.tag == "a"]
    assert "Standing still on the road." in page.words()
    assert any("/personas/" in link for link in links)
    assert any(link.endswith("#l2") and f"finding={worry.id}" in link for link in links)


# --- By hand ---------------------------------------------------------------------------------------------------------


def test_lines_are_coded_by_hand_and_taken_back(served: tuple[TestClient, Study, Path]) -> None:
    client, study, db = served
    interview = _first(client, study, "interviews")
    page = f"/studies/{study.id}/interviews/{interview}"
    form = page_of(client.get(f"{page}?code=2"))
    assert [one.attributes["name"] for one in form.all() if one.tag == "select"] == [
        "last_line", "driver", "emotion", "channel", "phase",
    ]  # fmt: skip
    fields = {"first_line": 2, "last_line": 3, "kind": "emotion", "emotion": "anger", "label": "cross", "phase": "use"}
    made = submit(client, page, f"{page}/findings", **fields)
    assert made.status_code == 303
    finding = re.search(r"finding=(\w+)", made.headers["location"]).group(1)  # type: ignore[union-attr]
    assert "by hand" in page_of(client.get(f"{page}?finding={finding}")).words()
    gone = submit(client, page, f"/studies/{study.id}/findings/{finding}/take-back")
    assert gone.status_code == 303
    assert "cross" not in page_of(client.get(page)).words()
    assert [one.action for one in _decisions(db, study)] == ["add", "undo"]


def test_what_does_not_stand_is_refused_with_the_form_as_it_was(
    served: tuple[TestClient, Study, Path],
) -> None:
    client, study, db = served
    page = f"/studies/{study.id}/interviews/{_first(client, study, 'interviews')}"
    fields = {"first_line": 3, "last_line": 5, "kind": "emotion", "emotion": "anger", "label": "as it was"}
    answer = submit(client, page, f"{page}/findings", **fields)
    assert answer.status_code == 422
    read = page_of(answer)
    assert "change of speaker" in read.words()
    assert any(one.attributes.get("value") == "as it was" for one in read.all())
    assert _decisions(db, study) == []


def _decisions(db: Path, study: Study) -> list[Any]:
    with opened(db) as store:
        return list(store.decisions(study))


def test_an_interview_without_speech_has_no_lines_to_code(served: tuple[TestClient, Study, Path]) -> None:
    client, study, db = served
    empty = make_transcript("empty.txt", [], {})
    with opened(db) as store:
        store.put_transcript(study, empty, names="kept")
        store.see_file(study, SeenFile("k", "empty.txt", "f", "read", None, (empty.id,)))
    page = f"/studies/{study.id}/interviews/{empty.id}"
    assert client.get(f"{page}?code=1").status_code == 200
    fields = {"first_line": 1, "last_line": 1, "kind": "emotion", "emotion": "anger", "label": "x"}
    assert submit(client, page, f"{page}/findings", **fields).status_code == 422


# --- Themes, search, waves, measured ---------------------------------------------------------------------------------


def test_themes_are_split_renamed_merged_and_given_back(served: tuple[TestClient, Study, Path]) -> None:
    client, study, db = served
    base = f"/studies/{study.id}/themes"
    ids = [f"{one.id}:open" for one in _findings(db, study, label="worry")]
    assert submit(client, base, f"{base}/t1/split", chosen=ids[:1], label="Of its own").status_code == 303
    kind = f"{base}?kind=emotion"
    page = page_of(client.get(kind))
    assert "Of its own" in page.words()
    both = [one.attributes["value"] for one in page.all() if one.attributes.get("name") == "merged"]
    assert len(both) == 2
    assert submit(client, base, f"{base}/t1/rename", label="Fear of a breakdown", kind="emotion").status_code == 303
    merged = submit(client, base, f"{base}/merge", merged=both, label="One again", kind="emotion")
    assert merged.headers["location"].startswith(f"{base}?kind=emotion")
    text = page_of(client.get(kind)).words()
    assert "One again" in text
    assert "Of its own" not in text
    assert submit(client, base, f"{base}/t1/undo", kind="emotion").status_code == 303
    assert "Fear of a breakdown" in page_of(client.get(kind)).words()
    refused = submit(client, base, f"{base}/merge", merged=both[:1], kind="emotion")
    assert refused.status_code == 422
    assert "at least two themes" in page_of(refused).words()


def test_find_shows_lines_and_findings_with_the_words_marked(served: tuple[TestClient, Study, Path]) -> None:
    client, study, _ = served
    page = page_of(client.get(f"/studies/{study.id}/find?q=reli"))
    marked = {one.words() for one in page.all() if one.tag == "mark"}
    assert marked == {"relieved"}
    assert "4 lines" in page.words()


def test_two_waves_stand_beside_each_other(tmp_path: Path) -> None:
    given = small_study(people=6)
    halves = tuple(
        replace(one, wave="spring" if place < 3 else "autumn") for place, one in enumerate(given.transcripts)
    )
    db = tmp_path / "s.db"
    study = keep_study(db, replace(given, transcripts=halves))
    client = client_of(db)
    base = f"/studies/{study.id}/waves"
    assert "spring and autumn compared" in page_of(client.get(f"{base}?a=spring&b=autumn")).words()
    assert client.get(f"{base}?a=spring&b=spring").status_code == 422
    # Of two there is nothing to choose: the earlier name stands first.
    assert "autumn and spring compared" in page_of(client.get(base)).words()
    listed = page_of(client.get(f"/studies/{study.id}/interviews?wave=autumn")).words()
    assert "interview-06.txt" in listed
    assert "interview-01.txt" not in listed


def test_first_wave_gets_its_name_in_the_settings(tmp_path: Path) -> None:
    given = small_study(people=6)
    later = tuple(replace(one, wave=None if place < 3 else "autumn") for place, one in enumerate(given.transcripts))
    db = tmp_path / "s.db"
    study = keep_study(db, replace(given, transcripts=later))
    with opened(db) as store:
        store.put_measured(study, [Measured("use", "website", "click", 3, wave="autumn")])
    client = client_of(db)
    settings = f"/studies/{study.id}/settings"
    assert "3 interviews of no wave" in page_of(client.get(settings)).words()
    assert submit(client, settings, f"{settings}/waves", wave="", name=" spring ").status_code == 303
    told = page_of(client.get(f"/studies/{study.id}/waves?a=spring&b=autumn")).words()
    assert "3 people in the first, 3 people in the second" in told
    refused = submit(client, settings, f"{settings}/waves", wave="", name="winter")
    assert (refused.status_code, "No interview is of this wave any more" in refused.text) == (422, True)
    assert any(one.words() == "Interviews" for one in page_of(refused).all("a"))
    too_long = submit(client, settings, f"{settings}/waves", wave="autumn", name="x" * 61)
    assert (too_long.status_code, "This is too long" in too_long.text) == (422, True)
    submit(client, settings, f"{settings}/waves", wave="autumn", name="fall")
    with opened(db) as store:
        assert store.wave_sizes(study) == {"fall": 3, "spring": 3}
        assert [one.wave for one in store.measured(study)] == ["fall"]


def test_a_wave_in_which_nobody_speaks_is_compared_too(tmp_path: Path) -> None:
    given = small_study(people=4)
    halves = [replace(one, wave="b" if place == 3 else "a") for place, one in enumerate(given.transcripts)]
    silent = tuple(replace(one, participant=None) for one in halves[3].speakers)
    halves[3] = replace(halves[3], speakers=silent)
    found = tuple(one for one in given.findings if one.evidence.transcript_id != halves[3].id)
    draft = replace(given.draft, personas=(), maps=(), themes=())
    db = tmp_path / "s.db"
    study = keep_study(db, replace(given, transcripts=tuple(halves), findings=found, draft=draft))
    told = client_of(db).get(f"/api/v1/studies/{study.id}/waves?a=a&b=b").json()
    assert [len(one) for one in told["people"]] == [3, 0]
    assert {one["change"] for one in told["presences"]} == {"vanished"}
    assert not any(one["holds"] for one in told["presences"])


def test_measured_counts_are_imported_and_scored(served: tuple[TestClient, Study, Path]) -> None:
    client, study, _ = served
    base = f"/studies/{study.id}/measured"
    form = client.get(base).text
    token = re.search(r'name="csrf" value="([^"]+)"', form)
    assert token

    def send(content: bytes) -> Any:
        return client.post(base, data={"csrf": token.group(1)}, files={"file": ("a.csv", content, "text/csv")})

    wrong = send(b"phase,channel,event,count\nnowhere,website,click,3\n")
    assert wrong.status_code == 422
    assert "nowhere" in page_of(wrong).words()
    assert send(b"phase,channel,event,count\nuse,website,click,3\n").status_code == 303
    assert "Website" in page_of(client.get(base)).words()
    items = client.get(f"/api/v1{base}").json()["items"]
    assert [(one["phase"], one["channel"]) for one in items] == [("use", None), ("use", "website")]


# --- Roles and JSON --------------------------------------------------------------------------------------------------


def test_a_viewer_sees_all_and_changes_nothing(tmp_path: Path) -> None:
    db = tmp_path / "s.db"
    study = keep_study(db, people=2)
    add_account(db, "vera", None, on={study.id: "viewer"})
    add_account(db, "other", None)
    base = f"/studies/{study.id}"
    viewer, stranger = client_of(db, "vera"), client_of(db, "other")
    interview, finding = _first(viewer, study, "interviews"), _first(viewer, study, "findings")
    parts = ["interviews", f"interviews/{interview}", "findings", f"findings/{finding}", "themes", "find", "waves"]
    for part in [*parts, "measured"]:
        page = page_of(viewer.get(f"{base}/{part}"))
        forms = [one for one in page.all() if one.tag == "form" and one.attributes.get("method") == "post"]
        assert not [one for one in forms if base in (one.attributes["action"] or "")], part
        assert stranger.get(f"{base}/{part}").status_code == 404, part
    posts: dict[str, dict[str, object]] = {
        "findings/decisions": {"chosen": f"{finding}:open", "action": "accept"},
        f"interviews/{interview}/findings": {"first_line": 2, "last_line": 2, "kind": "emotion", "label": "x"},
        f"findings/{finding}/take-back": {},
        "themes/merge": {"merged": "t1"},
        "themes/t1/rename": {"label": "x"},
        "themes/t1/undo": {},
        "themes/t1/split": {"chosen": finding, "label": "x"},
        "measured": {},
    }
    for address, fields in posts.items():
        assert submit(viewer, base, f"{base}/{address}", **fields).status_code == 403, address
    assert _decisions(db, study) == []


def test_json_gives_what_pages_show(served: tuple[TestClient, Study, Path]) -> None:
    client, study, _db = served
    base = f"/api/v1/studies/{study.id}"
    interviews = client.get(f"{base}/interviews?limit=2").json()
    assert (interviews["total"], len(interviews["items"])) == (4, 2)
    lines = client.get(f"{base}/interviews/{interviews['items'][0]['id']}?offset=5&limit=1").json()
    assert lines["items"][0]["number"] == 6
    assert len(lines["items"][0]["findings"]) == 2
    found = client.get(f"{base}/search?q=block").json()
    assert (found["total"], found["more"], {one["line"] for one in found["items"]}) == (4, False, {6})
    assert client.get(f"{base}/themes").json()["items"][0]["findings"] == 4
    assert code_of(client.get(f"{base}/search")) == "invalid-request"


def test_programs_decide_on_findings_and_code_by_hand(served: tuple[TestClient, Study, Path]) -> None:
    client, study, db = served
    base = f"/api/v1/studies/{study.id}"
    one = _findings(db, study)[0]
    read = client.get(f"{base}/findings/{one.id}").json()["read"]
    body = {"action": "reject", "why": "Not said.", "findings": [{"finding_id": one.id, "read": read}]}
    assert client.post(f"{base}/findings/decisions", json=body).json()["items"] == [
        {"finding_id": one.id, "state": "reject"}
    ]
    late = client.post(f"{base}/findings/decisions", json=body)
    assert code_of(late) == "findings-changed"
    assert late.json()["changed"] == {one.id: "reject"}
    hand = {"kind": "motivation", "first_line": 2, "last_line": 2, "key": "thrill", "label": "likes it"}
    made = client.post(f"{base}/interviews/{one.evidence.transcript_id}/findings", json=hand)
    assert made.status_code == 201
    again = client.post(f"{base}/interviews/{one.evidence.transcript_id}/findings", json=hand)
    assert code_of(again) == "already-there"


@pytest.mark.parametrize(
    "query",
    ["kind=emotion", "phase=none", "participant=P02", "limit=3&offset=2", "q=block", "emotion=worry", "state=used"],
)
def test_findings_as_json_are_those_of_the_whole_study(served: tuple[TestClient, Study, Path], query: str) -> None:
    client, study, db = served
    page = client.get(f"/api/v1/studies/{study.id}/findings?{query}").json()
    whole = [one.id for one in sorted(_findings(db, study), key=lambda one: one.participant_id)]
    got = [one["id"] for one in page["items"]]
    assert got == [one for one in whole if one in got]
    assert len(got) == min(page["total"] - page["offset"], page["limit"]) > 0


def test_programs_regroup_themes_and_compare_waves(tmp_path: Path) -> None:
    given = small_study(people=4)
    halves = tuple(replace(one, wave="a" if place < 2 else "b") for place, one in enumerate(given.transcripts))
    db = tmp_path / "s.db"
    study = keep_study(db, replace(given, transcripts=halves))
    client = client_of(db)
    base = f"/api/v1/studies/{study.id}"
    change = {"action": "rename", "theme_ids": ["t1"], "label": "Fear of a breakdown"}
    assert client.post(f"{base}/themes/changes", json=change).status_code == 201
    assert client.get(f"{base}/themes").json()["items"][0]["label"] == "Fear of a breakdown"
    assert client.post(f"{base}/themes/changes", json={"action": "undo", "theme_ids": ["t1"]}).status_code == 201
    assert client.get(f"{base}/themes").json()["items"][0]["label"] == "Worry about the old one"
    assert code_of(client.post(f"{base}/themes/changes", json=change | {"theme_ids": ["t9"]})) == "theme-not-found"
    assert client.get(f"{base}/waves?a=a&b=b").json()["waves"] == ["a", "b"]
    assert code_of(client.get(f"{base}/waves?a=a&b=c")) == "invalid-request"
