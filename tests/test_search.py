"""Search and lists of findings: what the indexes hold, and that nothing stays in them that should not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from synth.accounts import RuleError
from synth.chunk import chunk_lines
from synth.domain import Draft, Emotion, Kind
from synth.errors import NotFoundError
from synth.pipeline.codebooks import rename_theme, split_theme, undo_theme
from synth.pipeline.finding_by_hand import ByHand, code_by_hand, take_back
from synth.pipeline.loading import load_results
from synth.pipeline.searching import (
    FindingsChangedError,
    decide_findings,
    find_lines,
    list_findings,
    marked,
    match_of,
    says,
    shown_themes,
)
from synth.pipeline.shown import ShownStudies
from synth.results import Provenance
from synth.store import Coding, SeenFile, Store, Study, open_store
from synth.store.search import FindingQuery
from tests.builders import make_finding, make_transcript
from tests.older import make_older
from tests.web import keep_study


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Store, Study]:
    study = keep_study(tmp_path / "study.db", people=4)
    return open_store(str(tmp_path / "study.db")), study


def _total(store: Store, study: Study, **query: object) -> int:
    return store.findings_part(study, FindingQuery(**query), 10, 0)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "match"),
    [
        ("bicycle", '"bicycle"*'),
        ('a "broke down"', '"a" "broke down"'),
        ('"', None),
        ("   ", None),
        ('x" OR y*', '"x" "OR" "y"'),
        ("NEAR(a b)", '"NEAR"* "a" "b"'),
        ("çà", '"çà"'),
    ],
)
def test_a_query_becomes_words_and_phrases_whatever_signs_it_has(query: str, match: str | None) -> None:
    assert match_of(query) == match


@pytest.mark.parametrize(
    "query", ['"', '""', "'", "*", "(", "a AND", "-", "NEAR/2", "words:", "^a", "\x00", "é\u0301", '"a']
)
def test_no_sign_breaks_the_search(kept: tuple[Store, Study], query: str) -> None:
    store, study = kept
    find_lines(store, ShownStudies(), study, query, 10, 0)
    match = match_of(query)
    assert match is None or store.findings_part(study, FindingQuery(match=match), 10, 0)[0] >= 0


def test_accents_and_case_are_folded_both_ways(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "s.db"))
    study = store.add_study("S", "", "en", "customer", "")
    said = [("Respondent", ["We ate crème brûlée in the CAFÉ.", "Then a cafe again."])]
    store.put_transcript(study, make_transcript("a.txt", said, {"Respondent": "P01"}), names="kept")
    for query in ("creme brulee", "CRÈME", "café"):
        hits = store.lines_part(study, match_of(query) or "", 10, 0)[2]
        # Nothing was read from a file, so the interview counts as an older version of one.
        assert hits == []
    transcript = store.transcripts(study)[0]
    store.see_file(study, SeenFile("k", "a.txt", "f", "read", None, (transcript.id,)))
    assert [hit.number for hit in store.lines_part(study, '"creme"*', 10, 0)[2]] == [1]
    assert sorted(hit.number for hit in store.lines_part(study, '"cafe"*', 10, 0)[2]) == [1, 2]
    assert marked("in the CAFÉ.", "cafe") == (("in the ", False), ("CAFÉ", True), (".", False))


def test_marked_parts_are_the_text_and_phrases_stand_together() -> None:
    text = "I rode one around the block and rode home."
    assert "".join(part for part, _ in marked(text, 'rode "the block"')) == text
    assert [part for part, hit in marked(text, 'rode "the block"') if hit] == ["rode", "the block", "rode"]
    assert says(text, "rod blo")
    assert not says(text, '"block the"')


def test_lists_are_filtered_by_everything_there_is(kept: tuple[Store, Study]) -> None:
    store, study = kept
    found = sorted(store.findings(study), key=lambda one: (one.participant_id, one.evidence.first_line))
    assert _total(store, study) == len(found) == 20
    for query in (
        {"kind": "emotion"}, {"phase": "purchase"}, {"phase": "none"}, {"person": "P02"},
        {"kind": "touchpoint", "key": "desk"},
        {"kind": "emotion", "key": "worry"},
    ):  # fmt: skip
        wanted = [
            one for one in found
            if query.get("kind") in (None, one.kind.value)
            and ("phase" not in query or (one.phase or "none") == query["phase"])
            and query.get("person") in (None, one.participant_id)
            and query.get("key") in (None, getattr(one.detail, "channel", None), getattr(one.detail, "emotion", None))
        ]  # fmt: skip
        total, cards = store.findings_part(study, FindingQuery(**query), 50, 0)  # type: ignore[arg-type]
        assert [card.finding.id for card in cards] == [one.id for one in wanted]
        assert total == len(wanted) > 0
    used = _total(store, study, state="used")
    assert used > 0
    assert used + _total(store, study, state="unused") == 20


def _interviews_of(folder: Path, people: Sequence[str]) -> tuple[Store, Study]:
    """A study with an interview a person, each of three lines with a finding on every one."""
    store = open_store(str(folder / "order.db"))
    study = store.add_study("Order", "", "en", "customer", "")
    for person in people:
        said = [("Respondent", [f"I am glad that {person} waited.", "I waited long.", "Then it came."])]
        transcript = make_transcript(f"{person}.txt", said, {"Respondent": person})
        store.put_transcript(study, transcript, names="kept")
        store.see_file(study, SeenFile(f"k{person}", transcript.name, person, "read", None, (transcript.id,)))
        found = [make_finding(transcript, line, Emotion("joy", 1), label="glad") for line in (3, 1, 2)]
        coding = Coding(transcript.id, f"r{person}", 1, 3, "offline", "1", "coded")
        store.put_coding(study, chunk_lines(transcript)[0], coding, found)
    return store, study


@pytest.mark.parametrize(
    "query", [{}, {"kind": "emotion"}, {"model": "offline"}, {"state": "open"}, {"match": "wait*"}]
)
def test_findings_are_listed_by_the_number_of_their_person_and_then_by_line(
    tmp_path: Path, query: dict[str, str]
) -> None:
    store, study = _interviews_of(tmp_path, ["P10", "P2", "P1", "P11", "P3"])
    lines = (1, 2) if "match" in query else (1, 2, 3)
    wanted = [(person, line) for person in ("P1", "P2", "P3", "P10", "P11") for line in lines]
    asked = FindingQuery(**query)  # type: ignore[arg-type]
    for limit in (1, 4, 50):
        parts = [store.findings_part(study, asked, limit, offset) for offset in range(0, len(wanted), limit)]
        assert {total for total, _ in parts} == {len(wanted)}
        found = [card.finding for _, cards in parts for card in cards]
        assert [(one.participant_id, one.evidence.first_line) for one in found] == wanted


def test_reports_and_exports_have_findings_in_the_same_order(tmp_path: Path) -> None:
    store, study = _interviews_of(tmp_path, ["P10", "P2", "P1"])
    store.put_draft(study, "k", Draft((), (), (), ()), Provenance("offline", {}, "", "2026-01-01T00:00:00Z"))
    results = load_results(store, study)
    wanted = [(person, line) for person in ("P1", "P2", "P10") for line in (1, 2, 3)]
    assert [(one.participant_id, one.evidence.first_line) for one in results.findings] == wanted
    assert [one.name for one in results.transcripts] == ["P1.txt", "P2.txt", "P10.txt"]
    assert [one.id for one in results.participants] == ["P1", "P2", "P10"]


def test_people_and_interviews_are_listed_by_number(tmp_path: Path) -> None:
    store, study = _interviews_of(tmp_path, ["P10", "P2", "P1"])
    assert store.choices(study).people == ("P1", "P2", "P10")
    assert [one.id for one in store.participants(study)] == ["P1", "P2", "P10"]
    assert [one.name for one in store.interviews_part(study, 10, 0)[1]] == ["P1.txt", "P2.txt", "P10.txt"]


def test_a_database_from_before_the_indexes_gets_them(tmp_path: Path) -> None:
    study = keep_study(tmp_path / "s.db", people=4)
    make_older(tmp_path / "s.db", "m009_search")
    store = open_store(str(tmp_path / "s.db"))
    assert (_total(store, study), _total(store, study, model="offline")) == (20, 20)
    assert _total(store, study, match=match_of("block")) == 8
    assert store.lines_part(study, '"bicycle"', 10, 0)[0] == 4


def test_words_find_findings_by_label_and_by_the_lines_they_stand_on(kept: tuple[Store, Study]) -> None:
    store, study = kept
    # 'block' stands in line 6, on which both the visit to the shop and the relief stand.
    assert _total(store, study, match=match_of("block")) == 8
    assert _total(store, study, match=match_of("certain")) == 4
    assert _total(store, study, match=match_of("certain"), person="P01") == 1


def test_what_is_withdrawn_cannot_be_found_and_is_not_in_the_file(kept: tuple[Store, Study], tmp_path: Path) -> None:
    store, study = kept
    said = [("Respondent", ["My zyxwvut was never mentioned elsewhere.", "That is all."])]
    transcript = make_transcript("b.txt", said, {"Respondent": "P09"})
    store.put_transcript(study, transcript, names="kept")
    store.see_file(study, SeenFile("k", "b.txt", "f", "read", None, (transcript.id,)))
    assert store.lines_part(study, '"zyxwvut"', 10, 0)[0] == 1
    assert store.withdraw(study, "P09").clean
    assert store.lines_part(study, '"zyxwvut"', 10, 0)[0] == 0
    store.close()
    assert b"zyxwvut" not in (tmp_path / "study.db").read_bytes()


def test_a_text_that_is_replaced_is_found_by_its_new_words_only(kept: tuple[Store, Study]) -> None:
    store, study = kept
    transcript = store.transcripts(study)[0]
    text = transcript.text.replace("bicycle", "xicycle")
    lines = tuple(line._replace(text=text[line.start : line.end]) for line in transcript.lines)
    before = store.lines_part(study, '"bicycle"', 10, 0)[0]
    store.put_transcript(study, replace(transcript, text=text, lines=lines), names="replaced")
    assert store.lines_part(study, '"bicycle"', 10, 0)[0] == before - 1
    assert store.lines_part(study, '"xicycle"', 10, 0)[0] == 1


def test_a_study_that_is_deleted_leaves_the_indexes(kept: tuple[Store, Study]) -> None:
    store, study = kept
    store.delete_study(study)
    for table in ("line_numbers", "findings", "coding_findings"):
        assert store._row(f"select count(*) as n from {table}") == {"n": 0}
    hits = "select count(*) as n from line_words where line_words match 'bicycle'"
    assert store._row(hits) == {"n": 0}


def test_names_that_are_hidden_cannot_be_looked_for(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "s.db"))
    study = store.add_study("S", "", "en", "customer", "")
    said = [("Respondent", ["I am Marieke Jansen and I called Pieter.", "He was kind."])]
    transcript = make_transcript("a.txt", said, {"Respondent": "P01"})
    store.put_transcript(study, transcript, names="kept")
    store.see_file(study, SeenFile("k", "a.txt", "f", "read", None, (transcript.id,)))
    shown = ShownStudies()
    assert find_lines(store, shown, study, "called", 10, 0).lines[0].number == 1
    for query in ("Marieke", "marieke", "Jansen", '"Marieke Jansen"'):
        found = find_lines(store, shown, study, query, 10, 0)
        assert (found.lines, found.total) == ((), 0), query


# --- Decisions on findings -------------------------------------------------------------------------------------------


def test_decisions_on_several_findings_are_all_or_none(kept: tuple[Store, Study]) -> None:
    store, study = kept
    one, other = (finding.id for finding in store.findings(study)[:2])
    decide_findings(store, study, "accept", {one: "open"}, by_whom="Mira")
    with pytest.raises(FindingsChangedError) as refused:
        decide_findings(store, study, "reject", {one: "open", other: "open"}, by_whom="Joris", why="No.")
    assert refused.value.changed == {one: "accept"}
    assert store.decided_on(study, [one, other]) == {one: "accept", other: ""}
    assert [decision.by_whom for decision in store.decisions(study)] == ["Mira"]


def test_undo_gives_back_what_stood_before(kept: tuple[Store, Study]) -> None:
    store, study = kept
    one = store.findings(study)[0].id
    decide_findings(store, study, "accept", {one: "open"}, by_whom="M")
    decide_findings(store, study, "reject", {one: "accept"}, by_whom="M", why="Not said.")
    assert _total(store, study, state="reject") == 1
    decide_findings(store, study, "undo", {one: "reject"}, by_whom="M")
    assert store.decided_on(study, [one]) == {one: "accept"}
    decide_findings(store, study, "undo", {one: "accept"}, by_whom="M")
    assert store.decided_on(study, [one]) == {one: ""}
    with pytest.raises(NotFoundError):
        decide_findings(store, study, "undo", {one: "open"}, by_whom="M")


def test_what_is_made_by_hand_again_begins_without_a_decision(kept: tuple[Store, Study]) -> None:
    store, study = kept
    transcript, asked = store.transcripts(study)[0], ByHand(Kind.EMOTION, 2, 2, "anger", "cross")
    one = code_by_hand(store, study, transcript, asked, "Mira").id
    decide_findings(store, study, "accept", {one: "open"}, by_whom="M")
    decide_findings(store, study, "reject", {one: "accept"}, by_whom="M", why="Not said.")
    take_back(store, study, one, "Mira")
    code_by_hand(store, study, transcript, asked, "Joris")
    decide_findings(store, study, "reject", {one: "open"}, by_whom="M", why="Not said.")
    decide_findings(store, study, "undo", {one: "reject"}, by_whom="M")
    assert store.decided_on(study, [one]) == {one: ""}


def test_a_list_knows_which_passes_carry_a_finding(kept: tuple[Store, Study]) -> None:
    store, study = kept
    transcript = store.transcripts(study)[0]
    chunk = chunk_lines(transcript)[0]
    again = Coding(transcript.id, "twice", chunk.first_line, chunk.last_line, "offline", "1", "coded", pass_number=2)
    here = [one for one in store.findings(study) if one.evidence.transcript_id == transcript.id]
    store.put_coding(study, chunk, again, here[:2])
    cards = store.finding_cards(study, [one.id for one in here])
    assert [one.finding.stability for one in cards] == [1.0, 1.0, 0.5, 0.5, 0.5]


def test_a_rejected_finding_stays_and_is_no_input_of_a_new_draft(kept: tuple[Store, Study]) -> None:
    store, study = kept
    one = store.findings(study)[0].id
    decide_findings(store, study, "reject", {one: "open"}, by_whom="M", why="Not said.")
    assert one in {finding.id for finding in store.findings(study)}
    assert one not in {finding.id for finding in store.findings(study, rejected=False)}


# --- By hand ---------------------------------------------------------------------------------------------------------


def test_a_finding_by_hand_stands_beside_what_is_read_and_goes_again(kept: tuple[Store, Study]) -> None:
    store, study = kept
    transcript = store.transcripts(study)[0]
    made = code_by_hand(store, study, transcript, ByHand(Kind.EMOTION, 2, 3, "anger", "cross about it"), "Mira")
    assert made.participant_id == "P01"
    assert made.confidence is None
    assert _total(store, study, state="hand") == 1
    assert _total(store, study) == 21
    assert made.id in {finding.id for finding in store.findings(study)}
    assert [(one.action, one.by_whom) for one in store.decisions(study)] == [("add", "Mira")]
    take_back(store, study, made.id, "Mira")
    assert _total(store, study) == 20
    with pytest.raises(NotFoundError):
        take_back(store, study, made.id, "Mira")


def test_a_new_reading_does_not_displace_what_was_made_by_hand(kept: tuple[Store, Study]) -> None:
    store, study = kept
    transcript = store.transcripts(study)[0]
    made = code_by_hand(store, study, transcript, ByHand(Kind.EMOTION, 2, 2, "anger", "cross"), "Mira")
    chunk = chunk_lines(transcript)[0]
    store.put_coding(study, chunk, Coding(transcript.id, "again", chunk.first_line, chunk.last_line, "m", "2", "coded"))
    assert [one.id for one in store.findings(study) if one.evidence.transcript_id == transcript.id] == [made.id]
    assert [one.finding.id for one in store.findings_of_interview(study, transcript.id, 1, 99)] == [made.id]
    assert "person" not in {reading.model for reading in store.readings(study)}


@pytest.mark.parametrize(
    ("first", "last", "key", "code"),
    [
        (1, 1, "anger", "hand-speaker"),
        (3, 5, "anger", "hand-turn"),
        (3, 2, "anger", "hand-lines"),
        (2, 900, "anger", "hand-lines"),
        (2, 2, "shopping", "hand-key"),
    ],
)
def test_a_finding_by_hand_must_stand_on_lines(
    kept: tuple[Store, Study], first: int, last: int, key: str, code: str
) -> None:
    store, study = kept
    transcript = store.transcripts(study)[0]
    with pytest.raises(RuleError) as refused:
        code_by_hand(store, study, transcript, ByHand(Kind.EMOTION, first, last, key, "so"), "Mira")
    assert refused.value.code == code
    assert store.decisions(study) == []
    assert _total(store, study) == 20


def test_the_same_cannot_be_coded_twice(kept: tuple[Store, Study]) -> None:
    store, study = kept
    transcript, asked = store.transcripts(study)[0], ByHand(Kind.EMOTION, 2, 2, "anger", "cross")
    made = code_by_hand(store, study, transcript, asked, "Mira")
    with pytest.raises(RuleError) as refused:
        code_by_hand(store, study, transcript, asked, "Joris")
    assert refused.value.code == "hand-there"
    take_back(store, study, made.id, "Mira")
    assert code_by_hand(store, study, transcript, asked, "Joris").id == made.id


# --- Themes ----------------------------------------------------------------------------------------------------------


def test_themes_are_regrouped_without_loading_the_study(kept: tuple[Store, Study]) -> None:
    store, study = kept
    shown = ShownStudies()
    (theme,) = shown_themes(store, shown, study)
    split_theme(store, study, theme.id, theme.finding_ids[:1], label="Its own", by_whom="M", shown=(theme,))
    after = shown_themes(store, shown, study)
    assert sorted(len(one.finding_ids) for one in after) == [1, 3]
    assert {one.label for one in after} == {theme.label, "Its own"}
    rename_theme(store, study, theme.id, "Another name", by_whom="M", shown=after)
    assert "Another name" in {one.label for one in shown_themes(store, shown, study)}
    undo_theme(store, study, theme.id, by_whom="M")
    undo_theme(store, study, theme.id, by_whom="M")
    assert shown_themes(store, shown, study) == (theme,)


def test_a_list_shows_words_under_pseudonyms(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "s.db"))
    study = store.add_study("S", "", "en", "customer", "")
    said = [("Respondent", ["I am Marieke Jansen and I called Pieter.", "He was kind."])]
    transcript = make_transcript("a.txt", said, {"Respondent": "P01"})
    store.put_transcript(study, transcript, names="kept")
    store.see_file(study, SeenFile("k", "a.txt", "f", "read", None, (transcript.id,)))
    chunk = chunk_lines(transcript)[0]
    finding = make_finding(transcript, 1, Emotion("joy", 1), label="glad that Marieke Jansen called")
    coding = Coding(transcript.id, "k", chunk.first_line, chunk.last_line, "offline", "1", "coded")
    store.put_coding(study, chunk, coding, [finding])
    total, (card,) = list_findings(store, ShownStudies(), study, FindingQuery(kind="emotion"), 10, 0)
    assert total == 1
    assert "called" in card.words
    assert "glad that" in card.label
    assert not {"Marieke", "Jansen", "Pieter"} & set(f"{card.words} {card.label} {card.told}".replace(".", "").split())


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"state": "accept"}, "findings_decided"),
        ({"state": "reject", "kind": "emotion"}, "findings_decided"),
        ({"wave": "2"}, "findings_order"),
        ({"model": "m"}, "findings_order"),
        ({"match": '"block"'}, "findings_order"),
    ],
)
def test_lists_are_counted_by_interview_from_an_index(
    kept: tuple[Store, Study], query: dict[str, str], index: str
) -> None:
    store, study = kept
    sql, values = store._filtered(study, FindingQuery(**query))  # type: ignore[arg-type]
    steps = store._rows(f"explain query plan {sql[0]} select count(*) from {sql[1]} group by f.transcript_id", **values)
    told = [row["detail"] for row in steps]
    assert any(index in step for step in told), told
    few = "match" in query or len(query) > 1
    assert few or not any("TEMP B-TREE" in step for step in told), told
