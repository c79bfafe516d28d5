"""Names replaced piece by piece, while a model reads: the same pseudonyms as at once, and nothing that is forgotten."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from synth.domain import Transcript
from synth.parse import ReadSettings
from synth.pipeline import names
from synth.pipeline.before_reading import look_before_reading
from synth.pipeline.names import Replacing, open_key, transcripts_for
from synth.pipeline.progress import Silent
from synth.pipeline.reading import read_files
from synth.pipeline.withdrawing import withdraw_participant
from synth.privacy import Key, Replaced, key_path, replace_names
from synth.privacy.values import Identifier
from synth.store import Store, Study, Withdrawal, open_store
from synth.store.uploads import Upload
from tests.builders import make_results
from tests.scripted import ScriptedAnalyst

SAID = {
    "anna.txt": "Anna: My sister Femke told me about it. I rang Gerrit the same day, Gerrit Hoekstra.\n",
    "berend.txt": "Berend: Anna had said so. I asked Marijke van der Wal, and then Gerrit.\n",
    "carla.txt": "Carla: Nobody told me. My neighbour Ciaran Devane read it to me, and Femke laughed.\n",
}
NAMES = ("Anna", "Berend", "Carla", "Femke", "Gerrit", "Hoekstra", "Marijke", "Wal", "Ciaran", "Devane")
READER = ScriptedAnalyst([])


def made(folder: Path) -> tuple[Store, Study]:
    """A study of three interviews as its files have them."""
    files = folder / "files"
    files.mkdir(parents=True)
    for name, said in SAID.items():
        asked = "Interviewer: How did it begin?\n\n" + said + "\nInterviewer: And then?\n\n" + said
        (files / name).write_text(asked, encoding="utf-8")
    store = open_store(str(folder / "s.db"))
    study = store.add_study("S", "", "en", "customer", "")
    read_files(store, study, [str(files)], ReadSettings(), Silent())
    return store, study


@pytest.fixture
def store_and_study(tmp_path: Path) -> Iterator[tuple[Store, Study]]:
    store, study = made(tmp_path)
    yield store, study
    store.close()


def under_names(store: Store, study: Study) -> set[str]:
    """Files and transcripts in which a name stands, as they are stored."""
    stored = {one.name: one.text for one in store.current_transcripts(study)}
    stored |= {file.key: file.name for file in store.files(study)}
    return {at for at, text in stored.items() if any(name.casefold() in f"{at} {text}".casefold() for name in NAMES)}


def test_in_pieces_names_get_the_pseudonyms_that_they_get_at_once(
    store_and_study: tuple[Store, Study], tmp_path: Path
) -> None:
    store, study = store_and_study
    replacing = Replacing(store, study, READER, "replace")
    pieces = [one.text for one in replacing.shelf]
    replacing.finish()
    other, other_study = made(tmp_path / "other")
    at_once = [one.text for one in transcripts_for(other, other_study, READER, "replace")]
    key, other_key = open_key(store, study), open_key(other, other_study)
    other.close()
    assert pieces == at_once
    assert key.names() == other_key.names()
    assert not under_names(store, study)


def test_only_what_is_looked_at_is_made_ready_and_its_key_is_saved_before(
    store_and_study: tuple[Store, Study],
) -> None:
    store, study = store_and_study
    first = next(iter(Replacing(store, study, READER, "replace").shelf))
    assert not any(name in first.text for name in NAMES)
    assert sum(store.names_replaced(study).values()) == 1
    assert any("Hoekstra" in spelling for names in open_key(store, study).names().values() for spelling in names)


@pytest.mark.parametrize("looked_at", [0, 1, 3])
def test_run_that_ends_in_between_leaves_the_rest_to_the_next(
    store_and_study: tuple[Store, Study], looked_at: int
) -> None:
    store, study = store_and_study
    shelf = Replacing(store, study, READER, "replace").shelf
    for place in range(looked_at):
        assert shelf[place].text
    assert under_names(store, study), "file names at least: the end was never reached"
    next_run = Replacing(store, study, READER, "replace")
    next_run.finish()
    assert not under_names(store, study)
    assert all(store.names_replaced(study).values())
    before = open_key(store, study).names()
    Replacing(store, study, READER, "replace").finish()
    assert open_key(store, study).names() == before


def test_number_that_somebody_else_gives_out_meanwhile_is_given_to_nobody_here(
    store_and_study: tuple[Store, Study],
) -> None:
    store, study = store_and_study
    replacing = Replacing(store, study, READER, "replace")
    assert replacing.shelf[0].text
    other = open_key(store, study)
    given = other.pseudonym(Identifier.PERSON, "somebody new", "en", "Somebody New")
    other.save()
    replacing.finish()
    names = open_key(store, study).names()
    assert names[given] == ("Somebody New",)
    assert not under_names(store, study)


def test_names_that_are_to_stay_are_left(store_and_study: tuple[Store, Study]) -> None:
    store, study = store_and_study
    replacing = Replacing(store, study, READER, "keep")
    assert "Hoekstra" in replacing.shelf[0].text
    replacing.finish()
    assert not any(store.names_replaced(study).values())


def test_what_is_added_to_a_study_under_pseudonyms_is_put_under_them_too(
    store_and_study: tuple[Store, Study],
) -> None:
    store, study = store_and_study
    Replacing(store, study, READER, "auto").finish()
    assert not any(store.names_replaced(study).values()), "nothing was sent to anybody"
    assert Replacing(store, study, READER, "replace").shelf[0].text
    Replacing(store, study, READER, "auto").finish()
    assert all(store.names_replaced(study).values())
    assert not under_names(store, study)


def test_page_before_reading_tells_that_names_are_replaced_in_a_study_under_pseudonyms(
    store_and_study: tuple[Store, Study],
) -> None:
    store, study = store_and_study
    data = b"Interviewer: And you?\n\nGerda: I asked Wouter Hoekstra, and he knew.\n"
    upload = Upload("u1", "gerda.txt", "0" * 64, len(data), "waiting", None, "Mira", "2026-11-22T20:00:00Z")
    store.add_upload(study, upload, data)
    assert look_before_reading(store, study, {"model": "offline"}).preview is None
    Replacing(store, study, READER, "replace").finish()
    assert look_before_reading(store, study, {"model": "offline"}).preview is not None


def test_withdrawal_keeps_names_that_somebody_else_met_meanwhile(store_and_study: tuple[Store, Study]) -> None:
    store, study = store_and_study
    Replacing(store, study, READER, "replace").finish()
    person = store.participants(study)[0].id
    withdraw, given = store.withdraw, []

    def slow(*arguments: Any) -> Withdrawal:
        other = open_key(store, study)
        given.append(other.pseudonym(Identifier.INTERVIEWER, "somebody new", "en", "Somebody New"))
        other.save()
        return withdraw(*arguments)

    store.withdraw = slow  # type: ignore[method-assign]
    withdraw_participant(store, study, person)
    key = open_key(store, study)
    assert key.names()[given[0]] == ("Somebody New",)
    assert person in key.retired


def test_withdrawal_ends_and_loses_no_name_where_a_run_saves_the_key_all_the_time(
    store_and_study: tuple[Store, Study],
) -> None:
    store, study = store_and_study
    Replacing(store, study, READER, "replace").finish()
    person = store.participants(study)[0].id
    labels = open_key(store, study).participants[person]
    numbers, given, transcripts, threads = count(), dict[str, str](), store.transcripts, list[threading.Thread]()

    def meet_somebody() -> None:
        name = f"Somebody {next(numbers)}"
        while True:
            other = open_key(store, study)
            pseudonym = other.pseudonym(Identifier.INTERVIEWER, name.casefold(), "en", name)
            if other.save():
                given[name] = pseudonym
                return

    def meanwhile(*arguments: Any) -> Any:
        threads.append(threading.Thread(target=meet_somebody))
        threads[-1].start()
        threads[-1].join(timeout=0.1)  # at the last try it has to wait
        return transcripts(*arguments)

    store.transcripts = meanwhile  # type: ignore[method-assign]
    withdraw_participant(store, study, person)
    for thread in threads:
        thread.join()
    key = open_key(store, study)
    assert len(given) >= 4
    assert {name: key.names()[pseudonym] for name, pseudonym in given.items()} == {name: (name,) for name in given}
    assert person in key.retired
    assert not set(labels) & {label for known in key.participants.values() for label in known}


def test_report_comes_to_an_end_and_loses_no_name_where_others_save_the_key_all_the_time(
    store_and_study: tuple[Store, Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, study = store_and_study
    results = make_results(store.current_transcripts(study), [])
    numbers, rounds = count(), list[dict[str, str]]()

    def slowly(transcript: Transcript, key: Key) -> Replaced:
        replaced = replace_names(transcript, key)
        name = f"Somebody {next(numbers)}"
        with Key.changed(key_path(store.path, study.name)) as other:
            rounds.append({name: other.pseudonym(Identifier.PERSON, name.casefold(), "en", name)})
        assert len(rounds) < 20
        return replaced

    monkeypatch.setattr(names, "replace_names", slowly)
    shown = names.shown_results(store, study, results)
    held = open_key(store, study).names()
    assert len(rounds) == 2 * len(SAID)
    assert all(held[pseudonym] == (name,) for one in rounds for name, pseudonym in one.items())
    said = " ".join(one.text for one in shown.transcripts)
    assert not any(name in said for name in NAMES)
    given = set(re.findall(r"person \d+", said))
    assert given
    assert all(set(" ".join(held[one]).split()) & set(NAMES) for one in given)


def test_nobody_waits_for_the_key_with_the_database_in_hand(
    store_and_study: tuple[Store, Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, study = store_and_study
    replacing = Replacing(store, study, READER, "replace")
    threads = list[threading.Thread]()

    def look() -> None:
        assert replacing.shelf[0].text

    with open_key(store, study).alone():
        threads.append(threading.Thread(target=look))
        threads[0].start()
        threads[0].join(timeout=0.2)
        assert threads[0].is_alive(), "it waits for the key"
        other = open_store(store.path)
        monkeypatch.setattr("synth.store.base.LOCK_SECONDS", 0.5)
        other.change_study(study)
        other.close()
    threads[0].join()
    assert any(store.names_replaced(study).values())


def test_number_given_out_between_replacing_and_saving_is_given_to_nobody_else(
    store_and_study: tuple[Store, Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, study = store_and_study
    given: list[str] = []

    def slowly(transcript: Transcript, key: Key) -> Replaced:
        replaced = replace_names(transcript, key)
        if not given:
            other = open_key(store, study)
            given.append(other.pseudonym(Identifier.PERSON, "somebody new", "en", "Somebody New"))
            assert other.save()
        return replaced

    monkeypatch.setattr(names, "replace_names", slowly)
    Replacing(store, study, READER, "replace").finish()
    held = open_key(store, study).names()
    assert held[given[0]] == ("Somebody New",)
    assert not any(given[0] in one.text for one in store.current_transcripts(study))
    assert not under_names(store, study)


def test_words_of_somebody_who_leaves_while_their_names_are_replaced_do_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    turns = "Interviewer: How was it?\n\nDora: I met a wombat.\n\nEmil: I did not, as Dora says.\n\n"
    (files / "two.txt").write_text(turns * 3, encoding="utf-8")
    store = open_store(str(tmp_path / "s.db"))
    study = store.add_study("S", "", "en", "customer", "")
    read_files(store, study, [str(files)], ReadSettings(), Silent())
    [dora] = [s.participant for s in next(iter(store.shelf(study))).speakers if s.name == "Dora"]
    left: list[str] = []

    def slowly(transcript: Transcript, key: Key) -> Replaced:
        replaced = replace_names(transcript, key)
        if not left:
            left.append(str(dora))
            withdraw_participant(open_store(str(tmp_path / "s.db")), study, left[0])
        return replaced

    monkeypatch.setattr(names, "replace_names", slowly)
    Replacing(store, study, READER, "replace").finish()
    [transcript] = store.current_transcripts(study)
    key = open_key(store, study)
    store.close()
    assert "wombat" not in transcript.text
    assert "Dora" not in transcript.text
    assert "Dora" not in str(key.names())
    assert key.retired == left


def test_key_is_saved_seldom_and_always_before_the_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for number in range(40):
        surname = "Vogel" + chr(97 + number // 20) + chr(97 + number % 20) + "sma"
        said = f"Interviewer: And?\n\nPim {surname}: I rang Joost {surname[::-1].capitalize()}.\n\n"
        (files / f"talk {number:02}.txt").write_text(said * 2, encoding="utf-8")
    store = open_store(str(tmp_path / "s.db"))
    study = store.add_study("S", "", "en", "customer", "")
    read_files(store, study, [str(files)], ReadSettings(), Silent())
    written, write, put = list[int](), Key._write, store.put_transcript
    ticks = count()

    def noted(key: Key, path: Path) -> None:
        write(key, path)
        written.append(key.changes)

    def checked(study: Study, transcript: Transcript, *, names: str) -> None:
        spelt = {spelling for one in open_key(store, study).names().values() for spelling in one}
        assert "Joost" not in transcript.text
        assert len([one for one in spelt if one.startswith("Joost ")]) >= len(done)
        done.add(transcript.id)
        put(study, transcript, names=names)

    done: set[str] = set()
    monkeypatch.setattr(Key, "_write", noted)
    monkeypatch.setattr(names, "time", SimpleNamespace(monotonic=lambda: next(ticks) / 100))
    store.put_transcript = checked  # type: ignore[method-assign]
    Replacing(store, study, READER, "replace").finish()
    store.close()
    assert len(done) == 40
    assert 4 <= len(written) <= 8
