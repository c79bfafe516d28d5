"""The review over HTTP: what is left and in which order, deciding, conflicts, roles, the ledger, comments, maps."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.claims import HeadWriter
from api.words import Words
from synth.domain import Kind, Motivation, Unassigned
from synth.phrases import say
from synth.pipeline.codebooks import rename_theme
from synth.pipeline.reshaping import split_persona
from synth.pipeline.shown import ShownStudies
from synth.results import State
from synth.review import Decision
from synth.store import Study
from tests.builders import small_study
from tests.web import add_account, client_of, code_of, form_token, keep_study, opened, page_of, submit


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


@pytest.fixture
def study(db: Path) -> Study:
    kept = keep_study(db, people=6)
    add_account(db, "mira", "admin")
    add_account(db, "joris", None, on={kept.id: "reviewer"})
    add_account(db, "vera", None, on={kept.id: "viewer"})
    return kept


def base(study: Study) -> str:
    return f"/studies/{study.id}"


def queue(client: TestClient, study: Study) -> list[dict[str, Any]]:
    return list(client.get(f"/api/v1{base(study)}/queue", params={"limit": 200}).json()["items"])


def fields(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with this action."""
    forms = [one for one in re.findall(r"<form.*?</form>", page, re.S) if f'name="action" value="{action}"' in one]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', forms[0]))


def decide(client: TestClient, study: Study, claim_id: str, action: str, **more: str) -> Any:
    """Decide through the claim's own page, as a browser without scripts does."""
    address = f"{base(study)}/claims/{claim_id}"
    return client.post(address, data={**fields(client.get(f"{address}?people=100").text, action), **more})


def states(db: Path, study: Study) -> dict[str, State]:
    with opened(db) as store:
        return dict(ShownStudies().load(store, study).states)


def test_a_persona_without_a_name_says_why_and_asks_for_one(tmp_path: Path) -> None:
    whole = small_study(people=6)
    [persona] = whole.draft.personas
    said = tuple(claim for claim in persona.claims if claim.section != "essence")
    unnamed = replace(persona, name="Not named yet", claims=said)
    db = tmp_path / "unnamed.db"
    study = keep_study(db, replace(whole, draft=replace(whole.draft, personas=(unnamed,))))
    client = client_of(db)
    for address in (f"{base(study)}", f"{base(study)}/personas", f"{base(study)}/report"):
        cards = client.get(address).text.partition('class="card"')[2]
        assert '<p class="essence none">Nothing can be told with certainty' in cards
    asking = client.get(f"{base(study)}/personas/{persona.id}").text
    assert '<a href="#rename-name">Give it a name</a>' in asking
    named = keep_study(tmp_path / "named.db", whole)
    assert "Give it a name" not in client_of(tmp_path / "named.db").get(f"{base(named)}/personas/{persona.id}").text


def test_the_home_of_a_study_shows_its_personas_and_what_is_left(db: Path, study: Study) -> None:
    client = client_of(db, "vera")
    page = page_of(client.get(base(study)))
    links = {one.attributes.get("href") or "" for one in page.all("a")}
    with opened(db) as store:
        draft = ShownStudies().load(store, study).draft
    assert {f"{base(study)}/personas/{one.id}" for one in draft.personas} <= links
    assert {f"{base(study)}/maps/{one.id}" for one in draft.maps} <= links
    # A card counts its sheet and its map: together they are all that is left.
    assert [int(n) for n in re.findall(r"Persona and map: 0 of (\d+) decided", page.words())] == [len(draft.claims())]
    assert "sentences left" not in page.words(), "who may not decide is not asked to"
    assert "sentences left" in page_of(client_of(db, "joris").get(base(study))).words()


def test_why_somebody_is_in_no_persona_is_said_in_the_language_of_the_page(db: Path) -> None:
    results = small_study("nl")
    alone = Unassigned("P09", say("nl", "segments.nothing_found"))
    study = keep_study(db, replace(results, draft=replace(results.draft, unassigned=(alone,))), name="Fietsen")
    page = page_of(client_of(db).get(f"{base(study)}/personas"))
    assert "P09 Nothing was found in what this person said." in page.words()


# --- The queue -------------------------------------------------------------------------------------------------------


def test_queue_begins_with_what_is_contested_then_with_the_fewest_people(db: Path, study: Study) -> None:
    left = queue(client_of(db, "joris"), study)
    assert left[0]["contested"]
    assert left[0]["against"] == 1
    assert [one["people"] for one in left[1:]] == sorted(one["people"] for one in left[1:])


def test_words_come_before_the_claim_on_the_page_of_the_queue(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    page = client.get(f"{base(study)}/review").text
    page_of(client.get(f"{base(study)}/review"))
    said = page.index("My old bicycle broke down twice")
    assert said < page.index('id="q-claim"')
    assert "13</span>" in page or "13 left" in page


@pytest.mark.parametrize(("language", "shown"), [("en", "1 of 1 person shown"), ("nl", "1 van 1 mens getoond")])
def test_one_person_is_one(tmp_path: Path, language: str, shown: str) -> None:
    alone = keep_study(tmp_path / "one.db", people=1)
    client = client_of(tmp_path / "one.db")
    assert shown in page_of(client.get(f"{base(alone)}/review?lang={language}")).words()
    report = client.get(f"{base(alone)}/report?lang=en").text
    assert "1 of 1 person" in report
    assert "1 people" not in report
    assert "1 of 1 people" not in report


def test_contested_claim_is_not_accepted_before_everybody_was_shown(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    claim = queue(client, study)[0]
    page = client.get(f"{base(study)}/review").text
    assert re.search(r'data-key="a"[^>]*disabled', page)
    refused = client.post(f"{base(study)}/claims/{claim['claim_id']}", data=fields(page, "accept"))
    assert refused.status_code == 409
    assert "Read what was said first" in refused.text
    assert states(db, study) == {}
    assert decide(client, study, claim["claim_id"], "accept").status_code == 303
    assert states(db, study) == {claim["claim_id"]: State.ACCEPTED}


def test_sign_that_words_were_read_holds_for_one_claim_version_and_session(db: Path, study: Study) -> None:
    mira, joris = client_of(db, "mira"), client_of(db, "joris")
    first, second = (one["claim_id"] for one in queue(mira, study)[:2])
    read = fields(mira.get(f"{base(study)}/claims/{second}?people=100").text, "accept")["read"]
    assert decide(mira, study, first, "accept", read=read).status_code == 409
    assert decide(joris, study, second, "accept", read=read).status_code == 409
    decide(mira, study, second, "edit", text="Otherwise.")
    assert decide(mira, study, second, "accept", read=read).status_code == 409


def test_decision_leads_to_the_claim_that_follows(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    page = client.get(f"{base(study)}/review?people=100").text
    form = fields(page, "reject")
    left = queue(client, study)
    answer = client.post(f"{base(study)}/claims/{left[0]['claim_id']}", data=form | {"why": "One person only."})
    assert answer.status_code == 303
    assert f"claim={left[1]['claim_id']}" in answer.headers["location"]
    assert len(queue(client, study)) == len(left) - 1


def test_rejection_needs_a_reason_and_an_edit_its_sentence(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    claim = queue(client, study)[0]["claim_id"]
    assert decide(client, study, claim, "reject").status_code == 422
    assert decide(client, study, claim, "edit", text="").status_code == 422
    assert states(db, study) == {}


def test_undo_of_the_last_decision_stands_on_the_next_page(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    claim = queue(client, study)[0]["claim_id"]
    decide(client, study, claim, "reject", why="No.")
    page = client.get(f"{base(study)}/review").text
    assert client.post(f"{base(study)}/claims/{claim}", data=fields(page, "undo")).status_code == 303
    assert states(db, study) == {}


def test_undo_of_ones_own_decision_is_not_offered_where_it_would_take_back_anothers(db: Path, study: Study) -> None:
    mira, joris = client_of(db, "mira"), client_of(db, "joris")
    claim = queue(mira, study)[0]["claim_id"]
    decide(mira, study, claim, "edit", text="Standing still at night.")
    decide(joris, study, claim, "edit", text="Standing still in the rain.")
    assert 'class="inline undo"' not in mira.get(f"{base(study)}/review").text
    assert 'class="inline undo"' in joris.get(f"{base(study)}/review").text
    assert 'name="action" value="undo"' not in mira.get(f"{base(study)}/decisions?by=Mira").text
    assert 'name="action" value="undo"' in mira.get(f"{base(study)}/decisions?by=Joris").text


def test_nothing_left_says_so(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    for one in queue(client, study):
        assert decide(client, study, one["claim_id"], "accept").status_code == 303
    assert "All 13 claims are decided" in client.get(f"{base(study)}/review").text


def test_every_twentieth_acceptance_comes_back_to_somebody_else_until_they_look(db: Path, study: Study) -> None:
    claim = queue(client_of(db, "joris"), study)[3]["claim_id"]
    with opened(db) as store:
        for number in range(1, 21):
            about = claim if number == 20 else f"other {number}"
            store.decide(study, Decision("d", "claim", about, "accept", "Joris", "x"))
    mira, joris = client_of(db, "mira"), client_of(db, "joris")
    assert [one["claim_id"] for one in queue(mira, study) if one["second_look"]] == [claim]
    assert [one for one in queue(joris, study) if one["second_look"]] == []
    assert decide(mira, study, claim, "accept").status_code == 303
    assert [one for one in queue(mira, study) if one["second_look"]] == []


# --- Two people at once ----------------------------------------------------------------------------------------------


def test_second_of_two_sees_both_versions_and_chooses(db: Path, study: Study) -> None:
    mira, joris = client_of(db, "mira"), client_of(db, "joris")
    claim = queue(mira, study)[0]["claim_id"]
    address = f"{base(study)}/claims/{claim}"
    seen = fields(joris.get(f"{address}?people=100").text, "edit")
    decide(mira, study, claim, "edit", text="Standing still at night.")
    answer = joris.post(address, data=seen | {"text": "Standing still in the rain."})
    assert answer.status_code == 409
    page_of(answer)
    assert "Standing still at night." in answer.text
    assert "Standing still in the rain." in answer.text
    assert "Mira" in answer.text
    with opened(db) as store:
        assert [one.by_whom for one in store.decisions(study)] == ["Mira"]
    assert joris.post(address, data=fields(answer.text, "edit")).status_code == 303
    with opened(db) as store:
        assert [(one.before, one.after) for one in store.decisions(study)][-1] == (
            "Standing still at night.",
            "Standing still in the rain.",
        )


def test_conflict_with_oneself_or_with_a_draft_blames_nobody_else(db: Path, study: Study) -> None:
    client = client_of(db, "mira")
    claim = queue(client, study)[0]["claim_id"]
    address = f"{base(study)}/claims/{claim}"
    seen = fields(client.get(f"{address}?people=100").text, "edit")
    other_tab = client.post(address, data=seen | {"seen": "x", "text": "Otherwise."})
    assert "This claim has changed meanwhile" in other_tab.text
    decide(client, study, claim, "edit", text="Standing still at night.")
    assert "You decided on this already" in client.post(address, data=seen | {"text": "Standing still."}).text
    joris = client_of(db, "joris")
    stale = fields(joris.get(f"{address}?people=100").text, "edit") | {"seen": "x", "text": "Standing still."}
    assert "Somebody decided" in joris.post(address, data=stale).text


def test_viewer_is_told_who_decides_and_nothing_waits_for_them(db: Path, study: Study) -> None:
    viewer, reviewer = (client_of(db, login).get(f"{base(study)}/review").text for login in ("vera", "joris"))
    assert "You read along" in viewer
    assert "You read along" not in reviewer
    assert ('id="left"' in viewer, 'id="left"' in reviewer) == (False, True)


def test_conflict_is_no_way_around_reading(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    claim = queue(client, study)[0]["claim_id"]
    address = f"{base(study)}/claims/{claim}"
    form = {"csrf": form_token(client, f"{base(study)}/review"), "action": "edit", "seen": "x", "text": "Otherwise."}
    answer = client.post(address, data=form)
    assert answer.status_code == 409
    given = fields(answer.text, "edit")
    assert given["read"] == ""
    assert client.post(address, data=given | {"action": "accept"}).status_code == 409
    assert states(db, study) == {}


def split_in_two(db: Path, study: Study) -> tuple[str, str]:
    """The persona of the study in two; the ids of both."""
    with opened(db) as store:
        shown = ShownStudies().load(store, study)
        (persona,) = shown.draft.personas
        people, draft = ["P01", "P02"], shown.draft_id
        made = split_persona(store, study, persona.id, people, "Two of them", by_whom="Mira", seen_draft=draft)
    return persona.id, made


def test_second_of_two_is_told_where_a_claim_was_moved_to(db: Path, study: Study) -> None:
    first, second = split_in_two(db, study)
    mira, joris = client_of(db, "mira"), client_of(db, "joris")
    page = joris.get(f"/api/v1{base(study)}/personas").json()
    claim = next(c["id"] for p in page["items"] if p["id"] == first for c in p["claims"] if c["section"] == "stated")
    address = f"{base(study)}/claims/{claim}"
    seen = fields(joris.get(f"{address}?people=100").text, "edit")
    submit(mira, address, f"{address}/move", persona=second, seen=seen["seen"], why="Theirs.")
    answer = joris.post(address, data=seen | {"text": "Another sentence."})
    assert answer.status_code == 409
    told = page_of(answer)
    assert "Moved by Mira" in told.words()
    links = {one.attributes["href"] or "": one.words() for one in told.all("a")}
    (place,) = (one for one in links if one.startswith(f"{base(study)}/personas/{second}?"))
    assert links[place] == "Two of them"
    assert f'id="c-{claim}"' in joris.get(place.partition("#")[0]).text
    now = fields(joris.get(f"{address}?people=100").text, "edit")
    submit(joris, address, f"{address}/move", persona=first, seen=now["seen"], why="No.")
    undone = fields(joris.get(f"{address}?people=100").text, "edit") | {"action": "undo"}
    assert joris.post(address, data=undone).status_code == 303
    again = joris.post(address, data=seen | {"text": "Another sentence."})
    assert "Moved by Mira" in page_of(again).words(), "not by whoever took their own move back"


def test_what_a_page_showed_before_the_evidence_changed_opens_nothing(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    claim = queue(client, study)[0]["claim_id"]
    address = f"{base(study)}/claims/{claim}"
    before = fields(client.get(f"{address}?people=100").text, "accept")
    split_in_two(db, study)
    after = fields(client.get(f"{address}?people=100").text, "accept")
    assert after["seen"] == before["seen"]
    assert client.post(address, data=before).status_code == 409
    assert states(db, study) == {}
    assert client.post(address, data=after).status_code == 303
    assert states(db, study)[claim] is State.ACCEPTED


def test_names_that_nobody_may_see_are_masked_in_both_versions(db: Path, study: Study) -> None:
    client = client_of(db, "mira")
    page = client.get(f"{base(study)}/claims/{queue(client, study)[0]['claim_id']}")
    assert "Respondent:" not in page.text


# --- Roles -----------------------------------------------------------------------------------------------------------


def test_viewer_reads_everything_and_is_offered_nothing_to_decide(db: Path, study: Study) -> None:
    client = client_of(db, "vera")
    claim = queue(client, study)[0]["claim_id"]
    for path in ("/review", "/personas", "/maps", "/decisions", f"/claims/{claim}"):
        page = client.get(base(study) + path)
        assert page.status_code == 200
        assert 'name="action"' not in page.text
    token = form_token(client, f"{base(study)}/review")
    answer = client.post(f"{base(study)}/claims/{claim}", data={"csrf": token, "action": "reject", "seen": "x"})
    assert answer.status_code == 403
    assert states(db, study) == {}


def test_reviewer_decides_and_does_not_put_people_elsewhere(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    persona = re.search(r"personas/(\w+)", client.get(f"{base(study)}/personas").text)
    assert persona
    address = f"{base(study)}/personas/{persona[1]}"
    page = client.get(address).text
    assert "/claims" in page
    assert "/split" not in page
    answer = submit(client, address, f"{address}/split", name="New", people="P01", draft="x")
    assert answer.status_code == 403


# --- Personas and maps -----------------------------------------------------------------------------------------------


def test_own_claim_is_marked_as_a_persons_and_survives_the_next_draft(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    with opened(db) as store:
        draft = store.last_draft(study)
        assert draft is not None
        persona = draft.draft.personas[0].id
    address = f"{base(study)}/personas/{persona}"
    answer = submit(client, address, f"{address}/claims", section="goal", text="Wants to cycle to work.")
    assert answer.status_code == 303
    page = client.get(answer.headers["location"].partition("#")[0]).text
    assert "Wants to cycle to work." in page
    assert "by a person" in page
    with opened(db) as store:
        store.put_draft(study, "new inputs", draft.draft, draft.provenance)
        shown = ShownStudies().load(store, study)
        (own,) = [one for one in shown.draft.personas[0].claims if one.section == "goal"]
        assert (own.origin.value, shown.state(own.id)) == ("person", State.ACCEPTED)
        assert [one.action for one in store.decisions(study)] == ["add"]
    undone = decide(client, study, own.id, "undo")
    assert undone.status_code == 303
    assert "Undone." in client.get(undone.headers["location"]).text
    assert "Wants to cycle to work." not in client.get(address).text


def test_map_opens_what_was_felt_at_a_point_and_said_of_a_claim(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    found = re.search(r"maps/(\w+)", client.get(f"{base(study)}/maps").text)
    assert found
    address = f"{base(study)}/maps/{found[1]}"
    page = client.get(address)
    page_of(page)
    point = re.search(r'hx-get="([^"]+words[^"]+)"', page.text)
    assert point
    part = client.get(point[1].replace("&amp;", "&"), headers={"hx-request": "true"})
    assert "my old bicycle" in part.text.lower()
    assert "<html" not in part.text
    switch = re.search(r'href="([^"]+what=switch&amp;n=0)"', page.text)
    assert switch
    assert "<blockquote" in client.get(switch[1].replace("&amp;", "&")).text
    claim = re.search(r'hx-get="([^"]+/claims/[^"]+)"', page.text)
    assert claim
    assert 'name="action" value="accept"' in client.get(claim[1], headers={"hx-request": "true"}).text


def test_map_that_was_agreed_on_is_outdated_by_another_draft(db: Path, study: Study) -> None:
    client = client_of(db, "mira")
    found = re.search(r"maps/(\w+)", client.get(f"{base(study)}/maps").text)
    assert found
    address = f"{base(study)}/maps/{found[1]}"
    assert submit(client, address, f"{address}/status", state="agreed").status_code == 303
    assert 'class="tag st-agreed"' in client.get(address).text
    with opened(db) as store:
        draft = store.last_draft(study)
        assert draft is not None
        store.put_draft(study, "more interviews", draft.draft, draft.provenance)
    assert 'class="tag st-outdated"' in client.get(address).text


def test_scores_of_people_stand_beside_what_the_interviews_say(db: Path, study: Study) -> None:
    found = re.search(r"maps/(\w+)", client_of(db, "mira").get(f"{base(study)}/maps").text)
    assert found
    address = f"{base(study)}/maps/{found[1]}"
    for login, value in (("mira", "5"), ("joris", "2")):
        client = client_of(db, login)
        answer = submit(client, address, f"{address}/scores", phase="purchase", channel="desk", satisfaction=value)
        assert answer.status_code == 303
    # Says nothing of how satisfied people are, so is not counted there.
    submit(client_of(db, "mira"), address, f"{address}/scores", phase="purchase", channel="desk", organisation="1")
    page = client.get(f"{address}/scores").text
    assert "2.0<small>1 person</small>" in page
    submit(client_of(db, "mira"), address, f"{address}/scores", phase="purchase", channel="desk", satisfaction="5")
    page = client.get(f"{address}/scores").text
    assert "3.5<small>2 people</small>" in page
    assert submit(client, address, f"{address}/scores", phase="purchase", channel="fax").status_code == 422
    wrong = submit(client, address, f"{address}/scores", phase="purchase", channel="desk", satisfaction="9")
    assert wrong.status_code == 422


# --- Comments and the ledger -----------------------------------------------------------------------------------------


def test_comment_calls_somebody_and_is_resolved(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    claim = queue(client, study)[0]["claim_id"]
    address = f"{base(study)}/claims/{claim}"
    said = {"subject": "claim", "subject_id": claim, "text": "<b>@mira</b> only at night?"}
    assert submit(client, address, f"{base(study)}/comments", **said).status_code == 303
    assert "&lt;b&gt;@mira&lt;/b&gt; only at night?" in client.get(address).text
    with opened(db) as store:
        assert [one.text for one in store.mentions_of(study, store.account_of("mira").id)] == [said["text"]]
        (comment,) = store.open_comments(study)
    submit(client, address, f"{base(study)}/comments/{comment.id}/resolve")
    assert "resolved by Joris" in client.get(address).text
    with opened(db) as store:
        assert store.open_comments(study) == []


def test_whoever_is_called_finds_it_beside_the_queue_until_it_is_resolved(db: Path, study: Study) -> None:
    add_account(db, "lo.b+x@example.org", None, on={study.id: "reviewer"})
    mira, joris, mail = (client_of(db, login) for login in ("mira", "joris", "lo.b+x@example.org"))
    claim = queue(joris, study)[0]["claim_id"]
    page, address = f"{base(study)}/claims/{claim}", f"{base(study)}/comments"
    said = {"subject": "claim", "subject_id": claim, "text": "<i>@mira</i> and @lo.b+x@example.org."}
    submit(joris, page, address, **said)
    for client, called in ((mira, True), (mail, True), (joris, False)):
        text = client.get(f"{base(study)}/review").text
        assert ("You are mentioned" in text) is called
        assert "<i>@mira" not in text
    with opened(db) as store:
        (comment,) = store.open_comments(study)
    submit(mira, page, f"{address}/{comment.id}/resolve")
    assert "You are mentioned" not in mira.get(f"{base(study)}/review").text


def test_name_that_calls_nobody_is_told_and_the_comment_is_kept(db: Path, study: Study) -> None:
    add_account(db, "elsewhere", None)
    client = client_of(db, "joris")
    claim = queue(client, study)[0]["claim_id"]
    said = {
        "subject": "claim",
        "subject_id": claim,
        "text": "@Mira, @mirra and @elsewhere: mail me@example.org @mirra.",
    }
    answer = submit(client, f"{base(study)}/review", f"{base(study)}/comments", **said)
    page = client.get(answer.headers["location"])
    assert "no account on this study is called mirra and elsewhere" in page_of(page).words()
    with opened(db) as store:
        assert [one.text for one in store.open_comments(study)] == [said["text"]]
        assert len(store.mentions_of(study, store.account_of("mira").id)) == 1
    made_up = client.get(f"{base(study)}/review?said=review_uncalled&uncalled=<b>&uncalled=call+this+number")
    assert "call this number" not in page_of(made_up).words()


@pytest.mark.parametrize(
    ("subject", "about", "text", "status"),
    [("claim", "nothing", "Why?", 404), ("cell", "m:purchase:need", "Why?", 404), ("claim", "", " \n ", 422)],
)
def test_comment_is_about_something_that_is_shown_and_says_something(
    db: Path, study: Study, subject: str, about: str, text: str, status: int
) -> None:
    client = client_of(db, "joris")
    claim = queue(client, study)[0]["claim_id"]
    said = {"subject": subject, "subject_id": about or claim, "text": text}
    assert submit(client, f"{base(study)}/review", f"{base(study)}/comments", **said).status_code == status
    with opened(db) as store:
        assert store.open_comments(study) == []


def test_programs_comment_and_list_what_is_open(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    claim = queue(client, study)[0]["claim_id"]
    token = form_token(client, f"{base(study)}/review")
    address = f"/api/v1{base(study)}/comments"
    made = client.post(address, json={"claim_id": claim, "text": "Why?"}, headers={"x-csrf-token": token})
    assert made.status_code == 201
    assert [one["text"] for one in client.get(address).json()["items"]] == ["Why?"]
    nothing = client.post(address, json={"claim_id": "nothing", "text": "Why?"}, headers={"x-csrf-token": token})
    assert code_of(nothing) == "claim-not-found"
    assert code_of(client_of(db).get(address)) == "sign-in-needed"


@pytest.mark.parametrize("chance", [0.2, None])
def test_a_persona_tells_what_was_unclear_from_what_nobody_said_as_its_report_does(
    tmp_path: Path, chance: float | None
) -> None:
    given = small_study()
    unsure = tuple(
        replace(one, detail=Motivation("belong", driver_chance=chance)) if one.kind is Kind.MOTIVATION else one
        for one in given.findings
    )
    # Without quotes a page loads none of these findings for anything else.
    persona = replace(given.draft.personas[0], quotes=())
    draft = replace(given.draft, personas=(persona,))
    study = keep_study(tmp_path / "unsure.db", replace(given, findings=unsure, draft=draft))
    client = client_of(tmp_path / "unsure.db")
    for address in (f"{base(study)}/personas/{persona.id}", f"{base(study)}/report"):
        page = client.get(address).text
        assert ("Not heard, or not clearly enough to be told: belong" in page) is (chance is not None), address
        assert ("Not heard: belong" in page) is (chance is None), address


def test_a_page_says_nothing_of_words_that_were_not_loaded() -> None:
    # Of a large study findings are loaded for drawings, without the interviews that they stand in.
    results = replace(small_study(), transcripts=())
    claim = next(one for one in results.draft.personas[0].claims if one.section == "stated")
    writer = HeadWriter(results, Words("en"), "/studies/s", "persona")
    quoted = replace(claim, text="“The old one broke down.”")
    assert [writer.claim(one, ["P01"]).said for one in (claim, quoted)] == ["", ""]


def test_ledger_is_filtered_and_exported_for_a_methods_section(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    first, second = (one["claim_id"] for one in queue(client, study)[:2])
    decide(client, study, first, "reject", why="=Only one")
    decide(client, study, second, "edit", text="In other words.")
    page = client.get(f"{base(study)}/decisions?action=edit").text
    assert "In other words." in page
    assert "=Only one" not in page
    table = client.get(f"{base(study)}/decisions.csv")
    assert "attachment" in table.headers["content-disposition"]
    assert table.content.startswith(b"\xef\xbb\xbf"), "spreadsheets take it for another encoding without"
    assert "'=Only one" in table.text
    text = client.get(f"{base(study)}/decisions.md").text
    assert "Joris took 2 decisions" in text
    assert "AC1" in text


def test_ledger_names_what_came_of_a_theme_in_words(db: Path, study: Study) -> None:
    with opened(db) as store:
        draft = store.last_draft(study)
        assert draft is not None
        themes = draft.draft.themes
        rename_theme(store, study, themes[0].id, "Standing still", by_whom="Mira", shown=themes)
    client = client_of(db, "joris")
    page = client.get(f"{base(study)}/decisions").text
    assert "<ins>Standing still</ins>" in page
    assert "label" not in client.get(f"{base(study)}/decisions.csv").text


def test_agreement_of_two_people_and_where_they_differ(db: Path, study: Study) -> None:
    mira, joris = client_of(db, "mira"), client_of(db, "joris")
    claims = [one["claim_id"] for one in queue(mira, study)[:4]]
    for claim in claims:
        decide(mira, study, claim, "accept")
    for claim in claims[:3]:
        decide(joris, study, claim, "accept")
    decide(joris, study, claims[3], "reject", why="No line says so.")
    found = mira.get(f"/api/v1{base(study)}/agreement").json()
    (pair,) = [one for one in found["between_people"] if not one["kind"]]
    assert (pair["claims"], pair["agreed"], pair["percent"]) == (4, 3, 75.0)
    assert pair["rejected_first"] + pair["rejected_second"] == 0.25
    (opposed,) = found["disagreements"]
    assert (opposed["claim_id"], opposed["verdicts"]) == (claims[3], {"Mira": "accept", "Joris": "reject"})
    page = mira.get(f"{base(study)}/decisions/agreement")
    page_of(page)
    assert '<td class="num">75</td>' in page.text
