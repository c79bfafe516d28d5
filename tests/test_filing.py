"""Findings are found from the moment they are stored: rows of lists and words of the index, once for each."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from synth.chunk import chunk_lines
from synth.domain import Emotion, Finding, Transcript
from synth.pipeline.searching import decide_findings
from synth.store import Coding, SeenFile, Store, Study, open_store
from synth.store.search import FindingQuery
from tests.builders import make_finding, make_transcript
from tests.older import make_older

SAID = [("I", ["How was it?"]), ("P", ["It was awful.", "Then it was fine.", "I was glad of it."])]


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Store, Study, Transcript]:
    store = open_store(str(tmp_path / "s.db"))
    study = store.add_study("S", "", "en", "customer", "")
    transcript = make_transcript("a.txt", SAID, {"P": "P01"})
    store.put_transcript(study, transcript, names="kept")
    store.see_file(study, SeenFile("a", "a.txt", "f", "read", None, (transcript.id,)))
    return store, study, transcript


def code(
    kept: tuple[Store, Study, Transcript],
    findings: list[Finding],
    key: str = "k",
    model: str = "m",
    pass_number: int = 1,
) -> None:
    store, study, transcript = kept
    (chunk,) = chunk_lines(transcript)
    coding = Coding(transcript.id, key, 1, 4, model, "1", "coded", None, pass_number)
    store.put_coding(study, chunk, coding, findings)


def feeling(transcript: Transcript, line: int, label: str, emotion: str = "anger") -> Finding:
    return make_finding(transcript, line, Emotion(emotion, -1, 2, True, "the wait"), label=label, phase="use")


def listed(kept: tuple[Store, Study, Transcript], **query: object) -> list[str]:
    store, study, _ = kept
    return [card.finding.label for card in store.findings_part(study, FindingQuery(**query), 10, 0)[1]]  # type: ignore[arg-type]


def words_of(store: Store, word: str) -> int:
    return int(store._rows("select count(*) as n from finding_words where finding_words match :w", w=word)[0]["n"])


def test_what_a_coding_carries_is_listed_in_order_and_found_by_label_and_trigger(
    kept: tuple[Store, Study, Transcript],
) -> None:
    transcript = kept[2]
    code(kept, [feeling(transcript, 2, "Furious"), feeling(transcript, 4, "glad", "joy")])
    assert listed(kept) == ["Furious", "glad"]
    assert listed(kept, match='"furious"') == ["Furious"]
    assert listed(kept, match='"wait"') == ["Furious", "glad"]
    assert listed(kept, kind="emotion", key="joy", model="m", person="P01") == ["glad"]


@pytest.mark.parametrize("many", [9, 10, 11, 90, 91, 200])
def test_a_coding_may_carry_more_or_less_than_one_statement_takes(
    kept: tuple[Store, Study, Transcript], many: int
) -> None:
    store, study, transcript = kept
    store._db.conn.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
    carried = [feeling(transcript, 2, "angry", f"emotion {number}") for number in range(many)]
    code(kept, carried)
    (coding,) = store.codings(study)
    assert store.coding_findings(study, coding) == carried
    assert store.findings_part(study, FindingQuery(), 1, 0)[0] == words_of(store, "angry") == many


def test_a_finding_that_a_coding_names_twice_is_indexed_once_in_its_last_words(
    kept: tuple[Store, Study, Transcript],
) -> None:
    store, _, transcript = kept
    code(kept, [feeling(transcript, 2, "cross"), feeling(transcript, 2, "furious")])
    assert listed(kept) == ["furious"]
    code(kept, [feeling(transcript, 2, "enraged")], "k2")
    assert [words_of(store, word) for word in ("cross", "furious", "enraged")] == [0, 0, 1]


def test_the_same_finding_of_another_reader_is_listed_once_in_its_newest_words(
    kept: tuple[Store, Study, Transcript],
) -> None:
    store, _, transcript = kept
    code(kept, [feeling(transcript, 2, "furious"), feeling(transcript, 4, "glad", "joy")])
    code(kept, [feeling(transcript, 2, "enraged"), feeling(transcript, 3, "calm", "calm")], "k2", "other")
    assert listed(kept) == ["enraged", "calm"]
    assert listed(kept, model="other") == ["enraged", "calm"]
    assert [words_of(store, word) for word in ("furious", "enraged", "calm", "glad")] == [0, 1, 1, 1]


def test_a_further_pass_leaves_what_it_names_as_the_first_told_it(kept: tuple[Store, Study, Transcript]) -> None:
    transcript = kept[2]
    code(kept, [feeling(transcript, 2, "furious")])
    again = [feeling(transcript, 2, "other words"), feeling(transcript, 4, "glad", "joy")]
    code(kept, again, "k2", pass_number=2)
    assert listed(kept) == ["furious", "glad"]


def test_the_same_coding_stored_again_changes_nothing(kept: tuple[Store, Study, Transcript]) -> None:
    store, _, transcript = kept
    for _ in range(2):
        code(kept, [feeling(transcript, 2, "furious"), feeling(transcript, 4, "glad", "joy")])
    assert listed(kept) == ["furious", "glad"]
    assert words_of(store, "furious") == 1


def test_words_leave_the_index_with_their_finding(kept: tuple[Store, Study, Transcript]) -> None:
    store, study, transcript = kept
    code(kept, [feeling(transcript, 2, 'furi"ous é \n ok'), feeling(transcript, 4, "glad", "joy")])
    assert words_of(store, "ous") == 1
    store.withdraw(study, "P01")
    assert [words_of(store, word) for word in ("ous", "glad", "wait")] == [0, 0, 0]


def test_nobody_sees_a_finding_that_cannot_be_found(kept: tuple[Store, Study, Transcript]) -> None:
    store, study, transcript = kept
    other = open_store(store.path)
    with store.write():
        code(kept, [feeling(transcript, 2, "furious")])
        assert (other.findings(study), words_of(other, "furious")) == ([], 0)
    assert ([one.label for one in other.findings(study)], words_of(other, "furious")) == (["furious"], 1)


@pytest.mark.parametrize("before", ["m016_fewer_indexes", "m017_one_row"])
def test_a_database_from_before_lists_the_same_and_drops_what_is_no_longer_carried(
    kept: tuple[Store, Study, Transcript], before: str
) -> None:
    store, study, transcript = kept
    code(kept, [feeling(transcript, 2, "cross"), feeling(transcript, 4, "glad", "joy")])
    code(kept, [feeling(transcript, 4, "content", "joy")], "k2", "other", pass_number=2)
    found = store.findings(study)
    decide_findings(store, study, "accept", {found[0].id: "open"}, by_whom="M")
    store.close()
    make_older(Path(store.path), before)
    now = open_store(store.path), study, transcript
    assert now[0].findings(study) == found
    assert {one.stability for one in found} == {0.5, 1.0}
    assert [listed(now, state=state) for state in ("accept", "reject", "open", None)] == [
        ["cross"], [], ["glad"], ["cross", "glad"],
    ]  # fmt: skip
    assert (listed(now, model="m"), listed(now, model="n")) == (["cross", "glad"], [])
    assert [words_of(now[0], word) for word in ("cross", "glad")] == [1, 1]
    code(now, [feeling(transcript, 4, "glad", "joy")])
    assert listed(now) == ["glad"]


def test_a_database_from_before_may_be_opened_by_many_at_once(kept: tuple[Store, Study, Transcript]) -> None:
    store, study, transcript = kept
    code(kept, [feeling(transcript, 2, "furious"), feeling(transcript, 4, "glad", "joy")])
    store.close()
    make_older(Path(store.path), "m009_search")
    together = Barrier(4)

    def opened(_: int) -> list[str]:
        together.wait(10)
        with closing(open_store(store.path)) as now:
            return [one.label for one in now.findings(study)]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(opened, range(4))) == [["furious", "glad"]] * 4


def test_a_database_from_before_forgets_the_words_of_who_leaves(kept: tuple[Store, Study, Transcript]) -> None:
    store, study, transcript = kept
    code(kept, [feeling(transcript, 2, "furious"), feeling(transcript, 4, "glad", "joy")])
    store.close()
    make_older(Path(store.path), "m017_one_row")
    now = open_store(store.path)
    assert words_of(now, "furious") == 1
    now.withdraw(study, "P01")
    assert (words_of(now, "furious"), now._rows("select * from coding_findings")) == (0, [])
    now.close()
    assert b"furious" not in Path(store.path).read_bytes()
