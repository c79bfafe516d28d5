"""The key gives everybody one pseudonym for good, and nobody but its owner reads it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from synth.errors import InputError, StoreError
from synth.parse import ReadSettings
from synth.pipeline.progress import Silent
from synth.pipeline.redacting import preview_redaction
from synth.privacy import Identifier, Key, key_path, learn_names, neutral_name, read_list, replace_names
from tests.builders import make_transcript


def test_same_name_keeps_its_pseudonym_across_files_and_runs(tmp_path: Path) -> None:
    path = tmp_path / "study.key.json"
    first = Key.load(path)
    given = [first.pseudonym(Identifier.PERSON, name, "nl", name) for name in ("jan", "piet", "jan")]
    first.save()
    second = Key.load(path)
    assert given == ["persoon 1", "persoon 2", "persoon 1"]
    assert second.pseudonym(Identifier.PERSON, "piet", "nl") == "persoon 2"
    assert second.pseudonym(Identifier.PERSON, "klaas", "nl") == "persoon 3"


def test_number_is_the_same_in_both_languages() -> None:
    key = Key()
    assert key.pseudonym(Identifier.STREET, "kerkstraat", "nl") == "Straat 1"
    assert key.pseudonym(Identifier.STREET, "kerkstraat", "en") == "Street 1"
    assert key.pseudonym(Identifier.STREET, "kerkstraat", "de") == "Street 1"


def test_companies_are_lettered_beyond_z() -> None:
    key = Key()
    given = [key.pseudonym(Identifier.COMPANY, str(number), "nl") for number in range(28)]
    assert (given[0], given[25], given[26], given[27]) == ("bedrijf A", "bedrijf Z", "bedrijf AA", "bedrijf AB")


def test_pseudonyms_turn_back_into_names() -> None:
    key = Key()
    said = [("Interviewer", ["En?"]), ("Anna", ["Youssef belde, 06-12345678."])]
    replace_names(make_transcript("a.txt", said, {"Anna": "P07"}, language="nl"), key)
    names = key.names()
    assert (names["P07"], names["persoon 1"], names["person 1"]) == (("Anna",), ("Youssef",), ("Youssef",))
    assert names["telefoonnummer 1"] == ("06-12345678",)


def test_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "k.json"
    key = Key.load(path)
    key.add_participant("P07", "Anna")
    key.save()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    assert Key.load(path).known_labels() == {"anna": "P07"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_saving_leaves_no_other_file_and_nothing_without_change(tmp_path: Path) -> None:
    path = tmp_path / "k.json"
    key = Key.load(path)
    key.add_participant("P07", "Anna")
    key.save()
    before = path.stat().st_mtime_ns
    Key.load(path).save()
    assert [one.name for one in tmp_path.iterdir()] == ["k.json"]
    assert path.stat().st_mtime_ns == before


def test_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    key = Key(tmp_path / "missing" / "k.json")
    key.add_participant("P07", "Anna")
    with pytest.raises(StoreError, match="the key cannot be written"):
        key.save()


@pytest.mark.parametrize("raw", ["", "{}", "[1]", '{"format": 2}', '{"participants": {"P07": ["Anna"]}}'])
def test_damaged_key_is_refused_without_quoting_it(tmp_path: Path, raw: str) -> None:
    path = tmp_path / "k.json"
    path.write_text(raw)
    with pytest.raises(StoreError, match="Restore a copy") as caught:
        Key.load(path)
    assert "Anna" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_every_study_has_a_key_file_of_its_own() -> None:
    studies = ("energy", "Energy", "Éénergy", "a/b", "a b", "a-b", "😀", "../up", "x" * 300)
    paths = [key_path("data/study.db", study) for study in studies]
    assert len({path.name for path in paths}) == len(studies)
    assert all(path.parent == Path("data") and len(path.name) < 120 for path in paths)
    assert paths[0].name == "study.db.energy.key.json"


def test_order_of_files_makes_no_difference_to_who_is_known() -> None:
    anna = make_transcript("a.txt", [("Anna de Wit", ["Ik belde."])], {"Anna de Wit": "P1"}, language="nl")
    bert = make_transcript("b.txt", [("Bert", ["Ik zag Anna de Wit."])], {"Bert": "P2"}, language="nl")
    for order in ((anna, bert), (bert, anna)):
        key = Key()
        learn_names(order, key)
        assert replace_names(bert, key).transcript.lines[0].text == "Ik zag P1."


def test_forgetting_somebody_leaves_what_others_still_say() -> None:
    key = Key()
    for person, label in (("P07", "Anna"), ("P08", "Bert")):
        key.add_participant(person, label)
    for name in ("Youssef", "Klaas"):
        key.pseudonym(Identifier.PERSON, name.casefold(), "nl", name)
    key.files["anna.docx"] = "P07.docx"
    key.add_to_list("person", "Anna")
    removed = key.forget("P07", ["P08 kent persoon 2 goed."])
    assert removed == 4
    assert key.known_labels() == {"bert": "P08"}
    assert "persoon 1" not in key.names()
    assert key.names()["persoon 2"] == ("Klaas",)
    assert key.pseudonym(Identifier.PERSON, "nieuw", "nl") == "persoon 3"
    assert key.retired == ["P07"]


def test_forgetting_somebody_forgets_files_that_are_called_after_them() -> None:
    key = Key()
    key.add_participant("P07", "Anna de Vries")
    for name in ("anna_1.mp3", "films/De Vries, May.mp4", "Annabel.mp3"):
        neutral_name(name, [], key)
    assert len(key.files) == 3
    key.forget("P07", [])
    assert set(key.files) == {"Annabel.mp3"}


def test_key_keeps_its_lists_and_who_left(tmp_path: Path) -> None:
    key = Key.load(tmp_path / "k.json")
    key.add_to_list("company", "Meridiaan")
    key.add_participant("P07", "Anna")
    key.forget("P07", [])
    key.save()
    again = Key.load(tmp_path / "k.json")
    assert (again.lists, again.retired) == ({"company": ["Meridiaan"]}, ["P07"])
    assert "Anna" not in json.dumps(json.loads((tmp_path / "k.json").read_text()))


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("kind,name\ncompany,Acme Ltd\nplaats;Zwolle\n", [("company", "Acme Ltd"), ("place", "Zwolle")]),
        ("\ufeffsoort\tnaam\nnaam\tJan de Wit\n\n", [("person", "Jan de Wit")]),
        ("Jan de Wit\nbedrijf: ACME, Inc.\n", [("person", "Jan de Wit"), ("company", "ACME, Inc.")]),
        ("houd,Sanne\n", [("keep", "Sanne")]),
    ],
)
def test_list_of_names_is_read_in_every_spelling(text: str, entries: list[tuple[str, str]]) -> None:
    assert read_list(text) == entries


def test_list_with_an_unknown_kind_names_the_line_and_no_name() -> None:
    with pytest.raises(InputError, match="Line 2") as caught:
        read_list("company,Acme\nanimal,Bello\n")
    assert "Bello" not in str(caught.value)


def test_key_that_a_killed_program_began_to_write_is_removed_by_the_next_save(tmp_path: Path) -> None:
    key = Key.load(tmp_path / "study.key.json")
    left, fresh = (tmp_path / f"study.key.json.{mark}.new" for mark in ("0a0a0a0a", "0b0b0b0b"))
    for file in (left, fresh):
        file.write_text("Somebody", encoding="utf-8")
    os.utime(left, (1_000, 1_000))
    key.pseudonym(Identifier.PERSON, "jan", "nl", "Jan")
    key.save()
    assert not left.exists()
    assert fresh.exists(), "another thread may be writing it"


def test_what_somebody_else_wrote_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "study.key.json"
    first, second = Key.load(path), Key.load(path)
    first.pseudonym(Identifier.PERSON, "jan", "nl", "Jan")
    second.pseudonym(Identifier.PERSON, "piet", "nl", "Piet")
    assert first.save()
    assert not second.save()
    assert Key.load(path).names()["persoon 1"] == ("Jan",)
    again = Key.load(path)
    assert again.pseudonym(Identifier.PERSON, "piet", "nl", "Piet") == "persoon 2"
    assert again.save()
    assert first.save(), "nothing to write is no quarrel"


def test_program_that_is_killed_while_it_writes_a_key_holds_nobody_off(tmp_path: Path) -> None:
    path = tmp_path / "study.key.json"
    holds = (
        "import sys, time; from pathlib import Path; from synth.privacy import Key\n"
        "with Key.changed(Path(sys.argv[1])) as key: print('holds', flush=True); time.sleep(600)"
    )
    other = subprocess.Popen([sys.executable, "-c", holds, str(path)], stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"holds\n"
    os.kill(other.pid, signal.SIGKILL)
    other.communicate()
    key = Key.load(path)
    key.add_to_list("person", "Jansen")
    assert key.save()
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_file_is_known_to_be_called_after_somebody_whom_the_key_learns_later() -> None:
    key = Key()
    assert neutral_name("zibbelaar.txt", [], key) == "zibbelaar.txt"
    key.add_participant("P07", "Maria Zibbelaar")
    assert neutral_name("zibbelaar 2.txt", [], key) == "file.txt"


def test_preview_that_is_kept_does_not_write_over_what_a_run_gave_out_meanwhile(tmp_path: Path) -> None:
    talk = tmp_path / "talk.txt"
    talk.write_text("Interviewer: And?\n\nAnna: I rang Gerrit Hoekstra.\n" * 2, encoding="utf-8")
    found = preview_redaction([str(talk)], str(tmp_path / "s.db"), "S", ReadSettings(), None, Silent())
    run = Key.load(key_path(tmp_path / "s.db", "S"))
    given = run.pseudonym(Identifier.PERSON, "somebody new", "en", "Somebody New")
    assert run.save()
    with pytest.raises(StoreError, match="Do this again"):
        found.save_key()
    assert Key.load(key_path(tmp_path / "s.db", "S")).names()[given] == ("Somebody New",)
