"""Many interviews: read one by one, told apart by little, stored without waiting for the disk."""

from __future__ import annotations

import gc
import sqlite3
from pathlib import Path

import pytest

from bench.make_study import make_interview, write_study
from synth.collecting import importing
from synth.domain import Transcript
from synth.errors import NotFoundError
from synth.parse import KnownSpeech, ReadSettings, parse_bytes
from synth.pipeline.progress import Silent
from synth.pipeline.reading import ReadOutcome, read_files
from synth.store import Store, Study, heads_of, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "study.db"))


@pytest.fixture
def study(store: Store) -> Study:
    return store.add_study("Many", "", "en", "customer", "")


def read(store: Store, study: Study, folder: Path) -> ReadOutcome:
    return read_files(store, study, [str(folder)], ReadSettings(), Silent())


def parsed(number: int) -> Transcript:
    [transcript] = parse_bytes(make_interview(number, words=200).encode(), f"P{number}.txt", ReadSettings())
    return transcript


def test_shelf_reads_what_is_looked_at_in_the_order_of_names(store: Store, study: Study, tmp_path: Path) -> None:
    write_study(tmp_path / "in", 5, words=80)
    read(store, study, tmp_path / "in")
    shelf = store.shelf(study)
    assert list(shelf) == store.current_transcripts(study) == [*shelf[:2], shelf[2], *shelf[3:]]
    assert [one.name for one in shelf] == [f"P000{number}.txt" for number in range(1, 6)]
    assert [one.id for one in shelf.without({shelf[1].id})] == [shelf.ids[0], *shelf.ids[2:]]


def test_heads_have_speakers_and_no_words(store: Store, study: Study, tmp_path: Path) -> None:
    write_study(tmp_path / "in", 2, words=80)
    read(store, study, tmp_path / "in")
    whole, heads = list(store.shelf(study)), list(heads_of(store.shelf(study)))
    assert [one.speakers for one in heads] == [one.speakers for one in whole]
    assert [(one.id, one.language) for one in heads] == [(one.id, one.language) for one in whole]
    assert all(one.text == "" and not one.lines for one in heads)
    with pytest.raises(NotFoundError, match="no transcript nobody"):
        store.transcript_head(study, "nobody")


def test_reading_again_reads_nothing_and_a_changed_file_alone(store: Store, study: Study, tmp_path: Path) -> None:
    write_study(tmp_path / "in", 3, words=80)
    assert (read(store, study, tmp_path / "in").new, read(store, study, tmp_path / "in").new) == (3, 0)
    (tmp_path / "in" / "P0002.txt").write_text(make_interview(1, words=120, seed=9), encoding="utf-8")
    again = read(store, study, tmp_path / "in")
    assert (again.read, again.new, again.failures) == (3, 1, [])


def test_copy_of_an_interview_is_told_in_the_same_run_and_in_a_later_one(
    store: Store, study: Study, tmp_path: Path
) -> None:
    write_study(tmp_path / "in", 3, words=80)
    text = (tmp_path / "in" / "P0001.txt").read_text("utf-8")
    (tmp_path / "in" / "Q-copy.txt").write_text(text.replace("\n\n", "\n\n\n"), encoding="utf-8")
    first = read(store, study, tmp_path / "in")
    assert [one.name for one in first.failures] == ["Q-copy.txt"]
    assert "the same interview as P0001.txt" in first.failures[0].why
    (tmp_path / "in" / "Z-copy.md").write_text(text.replace("P0001:", "**P0001:**"), encoding="utf-8")
    later = read(store, study, tmp_path / "in")
    assert {one.name for one in later.failures} == {"Q-copy.txt", "Z-copy.md"}
    assert len(store.shelf(study)) == 3


def test_known_speech_finds_the_one_that_is_the_same_among_many() -> None:
    known = KnownSpeech()
    for number in range(60):
        known.add(str(number), known.sample(parsed(number)))
    assert known.likely(known.sample(parsed(41)))[0] == "41"
    assert "999" not in known.likely(known.sample(parsed(999)))


def test_transcript_that_nothing_came_of_goes_with_the_next_reading(store: Store, study: Study, tmp_path: Path) -> None:
    left = parsed(7)
    store.put_transcript(study, left, names="kept")  # as a run leaves it that is killed while it reads
    assert [one.id for one in store.transcripts(study)] == [left.id]
    write_study(tmp_path / "in", 2, words=80)
    read(store, study, tmp_path / "in")
    assert [one.name for one in store.transcripts(study)] == ["P0001.txt", "P0002.txt"]


def test_code_that_a_later_file_has_is_given_to_nobody_else(store: Store, study: Study, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    named = make_interview(0, words=80).replace("P0001:", "Ms Ferrier:")
    (tmp_path / "in" / "a.txt").write_text(named, encoding="utf-8")
    (tmp_path / "in" / "b.txt").write_text(make_interview(2, words=80).replace("P0003:", "P01:"), encoding="utf-8")
    read(store, study, tmp_path / "in")
    people = [[one.participant for one in head.speakers if one.participant] for head in store.shelf(study).heads()]
    assert people == [["P02"], ["P01"]]


def test_what_is_written_much_is_there_for_others_at_once(store: Store, study: Study) -> None:
    def synchronous() -> int:
        return int(store._db.execute("pragma synchronous").fetchone()[0])

    full = synchronous()
    with store.writing_much():
        store.put_transcript(study, parsed(1), names="kept")
        beside = sqlite3.connect(store.path)
        assert beside.execute("select count(*) from transcripts").fetchone() == (1,)
        beside.close()
        assert synchronous() < full
    assert synchronous() == full == 2


def test_nothing_is_collected_while_anything_imports_and_all_is_as_before_afterwards() -> None:
    assert gc.isenabled()
    with importing():
        with importing():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
