"""What a service keeps in memory is what the database says, whoever wrote; names stay hidden; nobody waits in vain."""

from __future__ import annotations

import json
import os
import random
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from synth.domain import Draft, Role, Speaker, Transcript
from synth.errors import StoreError
from synth.migrations import migrations
from synth.pipeline.deciding import move_claim
from synth.pipeline.loading import load_results
from synth.pipeline.names import open_key, shown_results
from synth.pipeline.shown import ShownStudies, ShownStudy
from synth.pipeline.versions import ClaimChangedError, decide_seen
from synth.pipeline.withdrawing import withdraw_participant
from synth.privacy import Key, Replaced, key_path, learn_names, may_hold_names, replace_names
from synth.review import Decision, LaidOver, apply_decisions
from synth.store import SeenFile, Store, Study, copy_store, open_store
from synth.store.base import WriteQueue
from synth.store.kept import StudyVersion
from synth.store.pool import StorePool
from synth.store.search import FindingQuery
from tests.builders import make_claim, make_persona, make_transcript, small_study
from tests.web import keep_study


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


@pytest.fixture
def study(db: Path) -> Study:
    return keep_study(db, people=4)


@pytest.fixture
def store(db: Path, study: Study) -> Store:
    assert study.name
    return open_store(str(db))


def two_personas(store: Store, study: Study) -> None:
    """A newer draft in which the claims of the first persona stand with two."""
    stored = store.last_draft(study)
    assert stored is not None
    persona = stored.draft.personas[0]
    findings = store.findings_by_id(study, [one for claim in persona.claims for one in claim.finding_ids])
    again = [make_claim("stated", "The old one broke  DOWN!", findings[:2])]
    other = replace(make_persona("Others", ["P02"], again, []), id="p2")
    draft = Draft((persona, other), stored.draft.maps, stored.draft.themes, ())
    store.put_draft(study, "newer", draft, stored.provenance)


def seen(shown: ShownStudy) -> tuple[object, ...]:
    return shown.draft, dict(shown.states), dict(shown.marks), shown.participants, shown.left


def put_interview(store: Store, study: Study, name: str, label: str, said: list[str], participant: str) -> Transcript:
    transcript = make_transcript(name, [(label, said)], {label: participant})
    store.put_transcript(study, transcript, names="kept")
    store.see_file(study, SeenFile(name, name, "f", "read", None, (transcript.id,)))
    return transcript


# --- Decisions laid over a draft --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_decisions_added_one_by_one_show_what_all_at_once_show(store: Store, study: Study, seed: int) -> None:
    chance = random.Random(seed)
    two_personas(store, study)
    kept, owners = ShownStudies(), ["persona:p2", f"persona:{small_study(people=4).draft.personas[0].id}"]
    for _ in range(25):
        claim = chance.choice(list(kept.load(store, study).draft.claims()))
        action = chance.choice(["accept", "edit", "reject", "undo", "assign"])
        after = {"edit": "Put otherwise.", "assign": chance.choice(owners)}.get(action)
        store.decide(study, Decision("d", "claim", claim.id, action, "JB", claim.text, after, "why"))
        assert seen(kept.load(store, study)) == seen(ShownStudies().load(store, study))


def test_decision_replaces_nothing_that_it_does_not_touch(store: Store, study: Study) -> None:
    kept = ShownStudies()
    before = kept.load(store, study)
    store.decide(study, Decision("d", "claim", before.draft.personas[0].claims[0].id, "accept", "JB"))
    after = kept.load(store, study)
    assert after is not before
    assert after.draft.maps[0].phases[0] is before.draft.maps[0].phases[0]
    assert after.left == before.left - 1


def test_claim_that_no_draft_in_memory_has_is_laid_over_anew() -> None:
    results = small_study()
    laid = LaidOver(results.draft, [], {})
    assert laid.add(Decision("d", "claim", "of an earlier draft", "accept", "JB")) is None
    assert laid.add(Decision("d", "theme", "t1", "edit", "JB")) == set()
    assert laid.shown().draft == apply_decisions(results.draft, [], {}).draft


def test_claim_made_again_after_its_rejection_does_not_wait_for_anybody(store: Store, study: Study) -> None:
    stored = store.last_draft(study)
    assert stored is not None
    persona = stored.draft.personas[0]
    stated = next(claim for claim in persona.claims if claim.section == "stated")
    store.decide(study, Decision("d", "claim", stated.id, "reject", "JB", why="No."))
    again = replace(stated, id="made-again", text="the old one BROKE down")
    claims = tuple(again if claim.id == stated.id else claim for claim in persona.claims)
    draft = Draft((replace(persona, claims=claims),), stored.draft.maps, stored.draft.themes, ())
    store.put_draft(study, "newer", draft, stored.provenance)
    shown = ShownStudies().load(store, study)
    assert "made-again" not in {claim.id for claim in shown.draft.claims()}
    everything = len(list(draft.claims()))
    assert store.claims_left(study) == (everything - 1, everything - 1)
    assert shown.left == everything - 1


def test_second_of_two_who_move_a_claim_is_told(store: Store, study: Study) -> None:
    two_personas(store, study)
    shown = ShownStudies().load(store, study)
    goal = shown.draft.personas[0].claims[0]
    first = shown.marks[goal.id]
    move_claim(store, study, shown, goal.id, "p2", by_whom="MV", seen=first)
    now = ShownStudies().load(store, study)
    with pytest.raises(ClaimChangedError) as caught:
        move_claim(store, study, now, goal.id, shown.draft.personas[0].id, by_whom="JB", seen=first)
    assert caught.value.current is not None
    assert caught.value.current.moved_to == "persona:p2"
    assert caught.value.current.mark == now.marks[goal.id] != first
    assert len(store.decisions(study)) == 1


# --- Other processes ----------------------------------------------------------------------------------------------


def test_what_another_program_wrote_is_seen_at_once(db: Path, store: Store, study: Study) -> None:
    other, kept = open_store(str(db)), ShownStudies()
    claim = next(iter(kept.load(store, study).draft.claims()))
    query = FindingQuery(kind="emotion")
    counted, listed = store.findings_part(study, query, 5, 0)[0], store.interviews_part(study, 10, 0)[0]
    decide_seen(other, study, claim.id, "accept", by_whom="JB", seen=None)
    put_interview(other, study, "new.txt", "Respondent", ["I was glad."], "P09")
    other.set_attributes(study, "P09", {"age": "40"})
    shown = kept.load(store, study)
    assert shown.states[claim.id].value == "accepted"
    assert shown.participants[-1].attributes == {"age": "40"}
    assert store.interviews_part(study, 10, 0)[0] == listed + 1
    assert store.findings_part(study, query, 5, 0)[0] == counted
    assert store.choices(study).people[-1] == "P09"


def test_what_was_taken_back_leaves_nothing_in_memory(store: Store, study: Study) -> None:
    kept = ShownStudies()
    claims = list(kept.load(store, study).draft.claims())

    def begin_and_fail() -> None:
        with store.write():
            store.decide(study, Decision("d", "claim", claims[0].id, "accept", "JB"))
            assert kept.load(store, study).left == len(claims) - 1
            assert store.claims_left(study)[1] == len(claims) - 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        begin_and_fail()
    store.decide(study, Decision("d", "claim", claims[1].id, "reject", "JB"))
    assert set(kept.load(store, study).states) == {claims[1].id}
    assert store.claims_left(study)[1] == len(claims) - 1


def test_study_of_an_earlier_version_counts_its_changes_from_now_on(tmp_path: Path) -> None:
    path = str(tmp_path / "earlier.db")
    old = Database(path)
    migrations.apply(old, stop_before="m012_changes")
    old.execute("insert into studies values ('s', 'Bills', '', 'en', 'customer', '', '2026-01-01T00:00:00Z')")
    old.execute("insert into transcripts values ('s', 't', 'P01.txt', 'txt', 'utf-8', 'en', 'x', 1, 'Hi.', null, '[]', "
                "'kept', '2026-01-01T00:00:00Z')")  # fmt: skip
    old.conn.commit()
    old.close()
    store = open_store(path)
    study = store.study("Bills")
    first = store.study_version(study)
    assert first != StudyVersion(0, 0, 0, 0, 0, 0, 0)
    assert store.kept_ids(study) == {"t"}
    store.put_speakers(study, "t", [Speaker("Anna", Role.PARTICIPANT, 1, 1.0, "P01")])
    then = store.study_version(study)
    assert then.heard > first.heard
    assert then.reworded > first.reworded
    assert (then.drafted, then.coded, then.decided) == (first.drafted, first.coded, first.decided)
    store.delete_study(study)
    assert store.study_version(study) == StudyVersion(0, 0, 0, 0, 0, 0, 0)


def test_copy_in_memory_answers_for_itself(db: Path, store: Store, study: Study) -> None:
    assert store.claims_left(study)[1] == 13
    copy = copy_store(str(db))
    claim = next(iter(ShownStudies().load(copy, study).draft.claims()))
    copy.decide(study, Decision("d", "claim", claim.id, "accept", "JB"))
    assert (copy.claims_left(study)[1], store.claims_left(study)[1]) == (12, 13)
    other = next(claim.id for claim in ShownStudies().load(store, study).draft.claims() if claim.id)
    for action in ("accept", "undo"):
        store.decide(study, Decision("d", "claim", other, action, "JB"))
    assert (copy.claims_left(study)[1], store.claims_left(study)[1]) == (12, 13)


# --- Names --------------------------------------------------------------------------------------------------------


def test_name_that_is_learned_later_is_hidden_where_pages_showed_it(db: Path, store: Store, study: Study) -> None:
    kept = ShownStudies()
    told = put_interview(store, study, "a.txt", "Respondent", ["The one from Quirrel Ostrander rang."], "P07")
    # As after a run that found no name in it.
    store.put_transcript(study, told, names="replaced")
    assert "Quirrel" in kept.transcripts(store, study, [told.id])[0].text
    put_interview(open_store(str(db)), study, "b.txt", "Quirrel Ostrander", ["That was me."], "P08")
    assert "Quirrel" not in kept.transcripts(store, study, [told.id])[0].text
    assert "Quirrel" not in kept.mask(store, study)("What Quirrel Ostrander wants")


def test_same_name_has_one_pseudonym_and_two_names_have_two(store: Store, study: Study) -> None:
    said = {"a.txt": "My sister Marieke Jansen rang.", "b.txt": "My brother Pieter Bakker rang."}
    said["c.txt"] = "And Marieke Jansen called again."
    made = [put_interview(store, study, name, f"Respondent {name[0]}", [text], f"P2{place}")
            for place, (name, text) in enumerate(said.items())]  # fmt: skip
    kept = ShownStudies()
    words = {one.name: kept.transcripts(store, study, [one.id])[0].lines[0].text for one in made}
    sister, brother = words["a.txt"].split()[2:4], words["b.txt"].split()[2:4]
    assert sister != brother
    assert words["c.txt"].split()[1:3] == sister
    # Whoever starts the service again sees the same.
    again = ShownStudies()
    assert {one.name: again.transcripts(store, study, [one.id])[0].lines[0].text for one in reversed(made)} == words


def test_interview_is_put_under_pseudonyms_once(store: Store, study: Study) -> None:
    told = put_interview(store, study, "a.txt", "Respondent", ["Marieke Jansen rang."], "P07")
    shown = ShownStudies().transcripts(store, study, [told.id])[0]
    names = open_key(store, study).names_mark()
    assert store.shown_transcripts(study, names, [told.id]) == {told.id: shown}
    assert ShownStudies().transcripts(store, study, [told.id])[0] == shown
    # Another name on the researcher's list, and what was kept counts no more.
    key = open_key(store, study)
    key.add_to_list("company", "rang")
    key.save()
    assert store.shown_transcripts(study, open_key(store, study).names_mark(), [told.id]) == {}
    assert "rang" not in ShownStudies().transcripts(store, study, [told.id])[0].text


def test_what_is_kept_tells_nobody_the_names_of_a_key_of_an_earlier_version(store: Store, study: Study) -> None:
    told = put_interview(store, study, "a.txt", "Marieke Jansen", ["She rang."], "P07")
    ShownStudies().transcripts(store, study, [told.id])
    path = key_path(store.path, study.name)
    path.write_text(json.dumps({name: what for name, what in json.loads(path.read_text()).items() if name != "salt"}))
    unsalted = Key.load(path).names_mark()
    ShownStudies().transcripts(store, study, [told.id])
    assert store.shown_transcripts(study, unsalted, [told.id]) == {}
    assert set(store.shown_transcripts(study, Key.load(path).names_mark(), [told.id])) == {told.id}


def test_nothing_of_somebody_who_withdrew_is_shown_or_kept(db: Path, store: Store, study: Study) -> None:
    kept = ShownStudies()
    alone = put_interview(store, study, "a.txt", "Marieke Jansen", ["A wombat ate my bicycle."], "P07")
    other = put_interview(store, study, "b.txt", "Pieter Bakker", ["She is Marieke Jansen, I think."], "P08")
    before = kept.transcripts(store, study, [alone.id, other.id])
    assert "P07" in before[1].text
    kept.load(store, study)
    # In another process, as the command does it.
    withdraw_participant(open_store(str(db)), study, "P07")
    (left,) = kept.transcripts(store, study, [alone.id, other.id])
    assert "Marieke" not in left.text
    assert "P07" not in left.text
    assert [one.id for one in kept.load(store, study).participants][-1] == "P08"
    store.close()
    held = b"".join(file.read_bytes() for file in db.parent.glob("study.db*") if "key" not in file.name)
    assert b"wombat" not in held
    assert b"Marieke" not in held


def test_key_whose_file_is_written_elsewhere_is_read_again(store: Store, study: Study) -> None:
    kept = ShownStudies()
    assert kept.mask(store, study)("The Zibbelaar firm") == "The Zibbelaar firm"
    key = open_key(store, study)
    key.add_to_list("company", "Zibbelaar")
    key.save()
    assert "Zibbelaar" not in kept.mask(store, study)("The Zibbelaar firm")


def test_number_that_somebody_gave_out_while_a_report_was_made_is_given_to_nobody_else(
    store: Store, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = put_interview(store, study, "a.txt", "Respondent", ["My sister Marieke Jansen rang."], "P21")
    other = put_interview(store, study, "b.txt", "Respondent b", ["My brother Pieter Bakker rang."], "P22")
    results, pages, began = load_results(store, study), ShownStudies(), list[str]()

    def slowly(transcript: Transcript, key: Key) -> Replaced:
        if not began:
            began.append("a page is opened meanwhile")
            began.append(pages.transcripts(store, study, [other.id])[0].text)
        return replace_names(transcript, key)

    monkeypatch.setattr("synth.pipeline.names.replace_names", slowly)
    report = {one.id: one.text for one in shown_results(store, study, results).transcripts}
    assert report[other.id] == began[1]
    assert report[told.id].split()[-4:-1] != began[1].split()[-4:-1]
    assert ShownStudies().transcripts(store, study, [other.id])[0].text == began[1]


def test_report_under_way_brings_nobody_back_who_leaves_meanwhile(
    db: Path, store: Store, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_interview(store, study, "a.txt", "Marieke Jansen", ["I rang them."], "P21")
    put_interview(store, study, "b.txt", "Pieter Bakker", ["I did not."], "P22")
    results, left = load_results(store, study), list[str]()

    def slowly(transcript: Transcript, key: Key) -> Replaced:
        if not left:
            left.append("P21")
            withdraw_participant(open_store(str(db)), study, left[0])
        return replace_names(transcript, key)

    monkeypatch.setattr("synth.pipeline.names.replace_names", slowly)
    with pytest.raises(StoreError, match="Do it again"):
        shown_results(store, study, results)
    assert "Marieke" not in key_path(store.path, study.name).read_text("utf-8")
    assert shown_results(store, study, load_results(store, study)).participants[-1].id == "P22"


def test_key_that_two_threads_write_at_once_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, sync, keys = tmp_path / "s.key.json", os.fsync, [Key(tmp_path / "s.key.json") for _ in range(2)]
    for key, name in zip(keys, ("Jansen", "Bakker"), strict=True):
        key.add_to_list("person", name)
    saved: list[bool] = []
    other = threading.Thread(target=lambda: saved.append(keys[1].save()))

    def meanwhile(descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", sync)
        other.start()
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", meanwhile)
    assert keys[0].save()
    other.join()
    assert saved == [False]
    assert Key.load(path).lists == {"person": ["Jansen"]}
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Anna de Vries", "Then Anna rang."), ("Anna de Vries", "Then Anna de Vries rang."),
        ("Anne-Marie Smit", "It was anne-marie's idea."), ("Piet Bakker", "The baker rang."),
        ("Piet Bakker", "See www.pietbakker.nl for it."), ("Jo O'Neill", "O'Neill said so."),
        ("Mei Ling Chen", "Ling Chen rang."), ("Sofie Maas", "Nobody rang at all."),
    ],
)  # fmt: skip
def test_where_no_name_can_stand_searching_again_changes_nothing(label: str, said: str) -> None:
    key = Key()
    first = make_transcript("a.txt", [("Respondent", ["I called."]), ("Me", [said])], {"Respondent": "P01"})
    replaced = replace_names(first, key).transcript
    learn_names([make_transcript("b.txt", [(label, ["Yes."])], {label: "P02"})], key)
    again = replace_names(replaced, key).transcript
    assert may_hold_names(replaced, key) or again == replaced
    if again != replaced:
        assert may_hold_names(replaced, key)


def test_interview_without_any_known_name_is_not_searched_again() -> None:
    key = Key()
    learn_names([make_transcript("b.txt", [("Anna de Vries", ["Yes."])], {"Anna de Vries": "P02"})], key)
    bare = make_transcript("a.txt", [("P01", ["The baker rang and I went."])], {"P01": "P01"})
    assert not may_hold_names(bare, key)


# --- Writing at once ----------------------------------------------------------------------------------------------


def test_many_who_write_at_once_all_get_their_turn(db: Path, store: Store, study: Study) -> None:
    claims = [claim.id for claim in ShownStudies().load(store, study).draft.claims()]
    ended, failed = threading.Event(), list[Exception]()

    def run() -> None:
        own = open_store(str(db))
        while not ended.is_set():
            own.set_attributes(study, "P01", {"age": "41"})
        own.close()

    def decide(number: int) -> None:
        own = open_store(str(db))
        try:
            for turn in range(4):
                claim = claims[(number + turn) % len(claims)]
                own.decide(study, Decision("d", "claim", claim, "accept", f"{number} {turn}"))
        except Exception as error:
            failed.append(error)
        own.close()

    writer = threading.Thread(target=run)
    people = [threading.Thread(target=decide, args=(number,)) for number in range(20)]
    for thread in (writer, *people):
        thread.start()
    for thread in people:
        thread.join()
    ended.set()
    writer.join()
    assert failed == []
    assert len({one.by_whom for one in store.decisions(study)}) == 80


def test_queue_lets_in_who_came_first_and_drops_who_gave_up() -> None:
    queue, came = WriteQueue(), list[int]()
    assert queue.take(1)
    assert not queue.take(0.01)

    def wait(number: int) -> None:
        assert queue.take(10)
        came.append(number)
        queue.leave()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=wait, args=(number,)))
        threads[-1].start()
        while queue.waiting <= number:
            pass
    queue.leave()
    for thread in threads:
        thread.join()
    assert came == [0, 1, 2, 3, 4]
    assert queue.take(0.01)


@pytest.mark.parametrize("late", [False, True])
def test_whoever_is_interrupted_while_waiting_holds_up_nobody(monkeypatch: pytest.MonkeyPatch, late: bool) -> None:
    queue = WriteQueue()

    def interrupted(_turn: threading.Event, _seconds: float) -> bool:
        if late:  # the turn comes in the same moment
            queue.leave()
        raise KeyboardInterrupt

    assert queue.take(1)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Event, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            queue.take(1)
    if not late:
        queue.leave()
    assert queue.waiting == 0
    assert queue.take(0.01)


# --- Stores that stay open ----------------------------------------------------------------------------------------


def test_store_is_lent_again_and_comes_back_without_a_transaction(db: Path, study: Study) -> None:
    pool = StorePool(str(db), most=1)
    with pool.lent() as first:
        assert first is not None
        first._db.execute("begin")
        first._db.execute("update studies set subject = 'taken back'")
    with pool.lent() as second, pool.lent() as third:
        assert second is first
        assert third not in (None, first)
        assert second is not None
        assert second.study_by_id(study.id).subject == study.subject
    pool.close()


def test_file_that_was_replaced_or_removed_is_not_read_on(db: Path, study: Study, tmp_path: Path) -> None:
    pool = StorePool(str(db))
    with pool.lent() as store:
        assert store is not None
        assert store.studies() == [study]
    pool.close_idle()
    other = tmp_path / "other.db"
    keep_study(other, name="Another", people=2)
    with pool.lent():
        pass
    shutil.copy(other, tmp_path / "new.db")
    (tmp_path / "new.db").replace(db)
    for beside in ("-wal", "-shm"):
        db.with_name(f"study.db{beside}").unlink(missing_ok=True)
    with pool.lent() as store:
        assert store is not None
        assert [one.name for one in store.studies()] == ["Another"]
    db.unlink()
    with pool.lent() as store:
        assert store is None
