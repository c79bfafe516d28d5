"""The study database keeps its promises: no claim without evidence, decisions appended, nothing doubled."""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from sqlite_utils import Database

from synth.analyst import Answer, Request
from synth.chunk import chunk_lines
from synth.domain import Claim, Draft, Emotion, Evidence, Finding, Origin, Persona, content_id
from synth.errors import NotFoundError, StoreError
from synth.migrations import migrations
from synth.results import Provenance
from synth.review import Decision
from synth.store import Coding, SeenFile, Store, Study, open_store
from tests.scripted import interview

PROVENANCE = Provenance("offline", {}, "", "2026-01-01T00:00:00Z")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "study.db"))


@pytest.fixture
def study(store: Store) -> Study:
    made = store.add_study("Energy", "bills", "en", "customer", "")
    store.put_transcript(made, interview(), names="kept")
    return made


def finding(line: int = 3, key: str = "anger") -> Finding:
    evidence = Evidence(interview().id, line, line)
    return Finding(content_id(line, key), "P1", evidence, "furious", "en", "use", Emotion(key, -2), 0.9)


def code(store: Store, study: Study, *findings: Finding, key: str = "k1", state: str = "coded") -> None:
    chunk = chunk_lines(interview())[0]
    coding = Coding(chunk.transcript_id, key, chunk.first_line, chunk.last_line, "offline", "1", state)
    store.put_coding(study, chunk, coding, findings)


def draft_with(*claims: Claim) -> Draft:
    persona = Persona("p", "No surprises", ("P1",), (), None, claims, (), ())
    return Draft((persona,), (), (), ())


def test_transcript_comes_back_as_it_was_stored(store: Store, study: Study) -> None:
    assert store.transcripts(study) == [interview()]


def test_storing_a_transcript_again_keeps_its_findings(store: Store, study: Study) -> None:
    code(store, study, finding())
    store.put_transcript(study, interview(), names="replaced")
    assert store.findings(study) == [finding()]
    assert store.names_replaced(study) == {interview().id: True}


def test_finding_on_a_line_that_does_not_exist_cannot_be_stored(store: Store, study: Study) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        code(store, study, finding(line=99))
    assert store.findings(study) == []


def test_newer_coding_of_the_same_lines_is_current_and_the_older_stays(store: Store, study: Study) -> None:
    code(store, study, finding(), key="k1")
    code(store, study, finding(4), key="k2")
    assert store.findings(study) == [finding(4)]
    assert store.findings_by_id(study, [finding().id]) == [finding()]


def test_failed_coding_displaces_nothing(store: Store, study: Study) -> None:
    code(store, study, finding(), key="k1")
    code(store, study, key="k2", state="failed")
    assert store.findings(study) == [finding()]
    assert [coding.state for coding in store.codings(study)] == ["coded", "failed"]


def test_claim_without_evidence_is_refused_by_the_database(store: Store, study: Study) -> None:
    claim = Claim("c", "need", "Wants calm", (), (), origin=Origin.ANALYST)
    with pytest.raises(sqlite3.IntegrityError):
        store.put_draft(study, "inputs", draft_with(claim), PROVENANCE)
    assert store.last_draft(study) is None


def test_claim_on_a_finding_that_does_not_exist_is_refused(store: Store, study: Study) -> None:
    claim = Claim("c", "need", "Wants calm", ("nothing",), ("P1",))
    with pytest.raises(sqlite3.IntegrityError):
        store.put_draft(study, "inputs", draft_with(claim), PROVENANCE)


def test_evidence_of_a_claim_cannot_be_taken_from_under_it(store: Store, study: Study) -> None:
    code(store, study, finding())
    claim = Claim("c", "need", "Wants calm", (finding().id,), ("P1",))
    store.put_draft(study, "inputs", draft_with(claim), PROVENANCE)
    with pytest.raises(sqlite3.IntegrityError), store.write() as db:
        db.execute("delete from claim_evidence")


def test_claim_by_a_person_may_stand_without_evidence(store: Store, study: Study) -> None:
    claim = Claim("c", "need", "Wants calm", (), (), origin=Origin.PERSON)
    stored = store.put_draft(study, "inputs", draft_with(claim), PROVENANCE)
    assert store.last_draft(study) == stored


def test_draft_comes_back_with_claims_for_and_against(store: Store, study: Study) -> None:
    code(store, study, finding(), finding(4, "calm"))
    claim = Claim("c", "need", "Wants calm", (finding().id,), ("P1",), "use", "k", (finding(4, "calm").id,), ("P1",))
    store.put_draft(study, "inputs", draft_with(claim), PROVENANCE)
    last = store.last_draft(study)
    assert last is not None
    assert last.draft == draft_with(claim)


def test_same_inputs_make_no_second_draft(store: Store, study: Study) -> None:
    first = store.put_draft(study, "inputs", draft_with(), PROVENANCE)
    assert store.put_draft(study, "inputs", draft_with(), PROVENANCE).id == first.id
    assert store.put_draft(study, "others", draft_with(), PROVENANCE).number == 2


@pytest.mark.parametrize("sql", ["delete from decisions", "update decisions set action = 'reject'"])
def test_decision_is_never_changed_or_deleted(store: Store, study: Study, sql: str) -> None:
    store.decide(study, Decision("d", "claim", "c", "accept", "JB"))
    with pytest.raises(sqlite3.IntegrityError), store.write() as db:
        db.execute(sql)
    assert [decision.action for decision in store.decisions(study)] == ["accept"]


def test_answer_is_kept_and_set_aside(store: Store) -> None:
    request = Request("k", "code_chunk", "m", "prompt", "1")
    answer = Answer("{}", 10, 2, 1, None, 0.5, cut_off=True)
    store.keep("k", request, answer)
    assert store.answer("k") == answer
    store.set_aside("k", "not JSON")
    assert store.answer("k") is None


def test_vectors_are_kept_by_model_and_text(store: Store) -> None:
    store.add_vectors("e5", {"een": b"1234", "twee": b"5678"})
    assert store.vectors("e5", ["een", "drie"]) == {"een": b"1234"}
    assert store.vectors("other", ["een"]) == {}


def test_transcript_of_a_changed_file_is_no_longer_current(store: Store, study: Study) -> None:
    store.see_file(study, SeenFile("k", "P1.txt", "f1", "read", None, (interview().id,)))
    assert [one.id for one in store.current_transcripts(study)] == [interview().id]
    store.see_file(study, SeenFile("k", "P1.txt", "f2", "read", None, ("another",)))
    assert store.current_transcripts(study) == []
    assert [one.id for one in store.transcripts(study)] == [interview().id]


def test_unknown_study_names_those_that_exist(store: Store, study: Study) -> None:
    with pytest.raises(NotFoundError, match=study.name):
        store.study("Enrgy")


def test_schema_is_made_from_blank_and_again(tmp_path: Path) -> None:
    path = str(tmp_path / "study.db")
    open_store(path).close()
    open_store(path).close()
    assert not migrations.pending(Database(path))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_bytes(b"not a database at all, " * 100), "not a database"),
        (lambda path: Database(path)["cats"].insert({"name": "Bob"}), "another program"),  # type: ignore[union-attr]
        (lambda path: _of_a_newer_version(path), "newer version"),
    ],
)
def test_file_that_is_no_study_database_is_refused_in_one_line(tmp_path: Path, make: object, says: str) -> None:
    path = tmp_path / "study.db"
    make(path)  # type: ignore[operator]
    with pytest.raises(StoreError, match=says):
        open_store(str(path))


def _of_a_newer_version(path: Path) -> None:
    open_store(str(path)).close()
    Database(path).table("_sqlite_migrations").insert(
        {"migration_set": "synth", "name": "m999_from_the_future", "applied_at": "2030-01-01"}
    )


def test_missing_database_is_not_made_where_it_is_only_read(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="synth run"):
        open_store(str(tmp_path / "none.db"), create=False)


def test_folder_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder"):
        open_store(str(tmp_path / "nowhere" / "study.db"))


def test_two_connections_that_read_then_write_wait_for_each_other(tmp_path: Path) -> None:
    path = str(tmp_path / "study.db")
    first, second = open_store(path), open_store(path)
    study = first.add_study("Energy", "", "en", "customer", "")
    second.begin_run(study, "offline")
    run = first.begin_run(study, "offline")
    first.end_run(run, "done", "report.html", {"seconds": 1})
    last = second.last_run(study)
    assert last is not None
    assert (last["state"], last["report"]) == ("done", "report.html")
    assert json.dumps(last)


def test_transaction_of_which_a_part_failed_is_not_stored(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "s.db"))

    def part() -> None:
        with store.write():
            store.add_study("half", "", "en", "customer", "")
            raise NotFoundError("no")

    def whole() -> None:
        with store.write():
            store.add_study("whole", "", "en", "customer", "")
            with suppress(NotFoundError):
                part()

    with pytest.raises(RuntimeError):
        whole()
    assert [store.has_study(name) for name in ("whole", "half")] == [False, False]
    store.add_study("whole", "", "en", "customer", "")
    assert open_store(store.path).has_study("whole")
