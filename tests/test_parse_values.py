"""The small parts of reading: times, encodings, languages, roles, participants, repeats."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from synth.errors import ReadError
from synth.parse import (
    PersonRow,
    ReadSettings,
    join_participants,
    participant_hint,
    read_participants,
    same_speech,
)
from synth.parse.language import tell_language
from synth.parse.times import parse_clock, parse_time
from tests.parse_samples import packed, read, repeats, turns, word

# --- Times -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:22", 22),
        ("75:10", 4510),
        ("00:12:34", 754),
        ("01:02:03,500", 3723.5),
        ("1:02:03.25", 3723.25),
        ("00:00:10:12", 10),
        ("00:01:02-3", 62),
        ("0:0:3.520", 3.52),
        ("12:60", None),
        ("12", None),
        ("a:10", None),
    ],
)
def test_clocks_are_seconds(text: str, seconds: float | None) -> None:
    assert parse_clock(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("[0:22]", 22), ("1h 02m 03s", 3723), ("12.5s", 12.5), ("PT1M2S", 62), ("3,5", 3.5), ("", None), ("soon", None)],
)
def test_times_in_words_are_seconds(text: str, seconds: float | None) -> None:
    assert parse_time(text) == seconds


# --- Encodings ---------------------------------------------------------------------------------------------------

DUTCH = "I: Hoe was het café?\r\n\r\nR: ‘Prima’ – voor € 5, zei ze. Coördinatie’s…\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_dutch_comes_out_right_in_every_encoding_and_line_end(encoding: str, ends: str) -> None:
    transcript = read(DUTCH.replace("\r\n", ends).encode(encoding), "P01.txt")
    assert transcript.text == DUTCH.replace("\r\n", "\n")
    assert transcript.language == "nl"


def test_letters_with_loose_accents_are_one_character() -> None:
    text = "I: Hoe was het café?\n\nR: Coördinatie.\n"
    transcript = read(unicodedata.normalize("NFD", text), "P01.txt")
    assert transcript.text == text
    assert transcript.lines[1].start == text.index("Co")


def test_one_stray_byte_does_not_spoil_the_other_letters() -> None:
    data = "I: Was het café één € waard, zei u?\n\nR: Ja, ".encode() + b"\x93echt\x94.\n"
    assert turns(read(data, "P01.txt")) == [("I", "Was het café één € waard, zei u?"), ("R", "Ja, “echt”.")]


def test_entities_are_the_characters_they_stand_for() -> None:
    text = "I: Q&amp;A &#8211; caf&eacute;?\n\nR: AT&T; &lt;ja&gt;&nbsp;toch.\n"
    assert turns(read(text, "P01.txt")) == [("I", "Q&A – café?"), ("R", "AT&T; <ja> toch.")]


def test_hash_and_size_are_those_of_the_source() -> None:
    transcript = read(DUTCH.encode("cp1252"), "P01.txt")
    assert (transcript.encoding, transcript.source_bytes) == ("windows-1252", len(DUTCH))
    assert len(transcript.source_sha256) == 64


# --- Languages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "ja dus toen ben ik naar de winkel gegaan en daar was het heel druk"),
        ("en", "so then I went to the shop and it was really busy in there"),
        ("de", "und dann bin ich in den Laden gegangen und da war es sehr voll, nicht wahr"),
        ("fr", "et puis je suis allé dans le magasin et il y avait beaucoup de monde pour ça"),
        ("es", "y entonces me fui a la tienda y había mucha gente pero no me gustó nada"),
        ("und", "Hm. Ok."),
        ("und", "xyzzy plugh frotz gnusto rezrov nitfol"),
    ],
)
def test_the_language_is_told_from_small_words(language: str, text: str) -> None:
    assert tell_language(text) == language


def test_a_language_that_was_set_is_kept() -> None:
    assert read("I: How?\n\nR: So.\n", "a.txt", ReadSettings(language="fy")).language == "fy"


# --- Roles -------------------------------------------------------------------------------------------------------

NAMES = "".join(
    f"Mia: {question}?\n\nTom: {answer} It took a long time and I was not happy about it at all.\n\n"
    for question, answer in [("How did it begin", "I saw it."), ("And then", "I called."), ("Why", "It broke.")]
)


def test_who_asks_the_questions_is_the_interviewer_but_not_for_sure() -> None:
    mia, tom = read(NAMES, "a.txt").speakers
    assert (mia.role, tom.role) == ("interviewer", "participant")
    assert 0.5 < mia.role_confidence < 1


def test_a_person_may_say_who_asks() -> None:
    mia, tom = read(NAMES, "a.txt", ReadSettings(interviewer=("tom:",))).speakers
    assert (mia.role, tom.role, tom.role_confidence) == ("participant", "interviewer", 1)


def test_a_person_may_say_who_takes_part() -> None:
    mia, _ = read(NAMES, "a.txt", ReadSettings(participants=("Mia",))).speakers
    assert (mia.role, mia.role_confidence) == ("participant", 1)


def test_nobody_asks_where_nobody_asks_more_than_others() -> None:
    text = "".join(f"{name}: This is what I think of it, in some words.\n\n" for name in ("Ann", "Bob", "Cid") * 3)
    transcript = read(text, "a.txt")
    assert {speaker.role for speaker in transcript.speakers} == {"participant"}
    assert any("Nobody looks like the interviewer" in warning for warning in transcript.warnings)


# --- Participants ------------------------------------------------------------------------------------------------

TABLE = "Deelnemer;Bestand;Spreker;Meetronde;Leeftijd\nP01;P01.txt;R;1;34\nP02;P02.txt;;1;51\nP09;P09.txt;;1;60\n"


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_table_of_participants_is_read_in_dutch(separator: str) -> None:
    rows = read_participants(TABLE.replace(";", separator).encode("cp1252"), "participants.csv")
    assert rows[0] == PersonRow(2, "P01", "P01.txt", "R", "1", None, {"Leeftijd": "34"})
    assert rows[1].speaker is None


def test_a_workbook_of_participants_is_read() -> None:
    cells = [
        "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row)
        for row in [("participant", "age"), ("P01", "34")]
    ]
    sheet = "".join(f"<row>{row}</row>" for row in cells)
    book = packed({"xl/workbook.xml": "<w/>", "xl/worksheets/sheet1.xml": f"<s><sheetData>{sheet}</sheetData></s>"})
    assert read_participants(book, "participants.xlsx") == (PersonRow(2, "P01", attributes={"age": "34"}),)


@pytest.mark.parametrize("data", [b"age,city\n3,Ede\n", b"hello", b"a,b\n\n"])
def test_a_table_without_participants_says_what_to_name_its_columns(data: bytes) -> None:
    with pytest.raises(ReadError, match="`participant`"):
        read_participants(data, "participants.csv")


def test_rows_and_speakers_that_do_not_match_are_listed() -> None:
    files = [read("I: Waar?\n\nR: Hier.\n", name) for name in ("P01.txt", "P02.txt", "P03.txt")]
    joined = join_participants(files, read_participants(TABLE.encode(), "participants.csv"))
    assert [transcript.speakers[1].participant for transcript in joined.transcripts] == ["P01", "P02", None]
    assert [transcript.wave for transcript in joined.transcripts] == ["1", "1", None]
    assert [row.participant for row in joined.unmatched_rows] == ["P09"]
    assert joined.unmatched_speakers == (("P03.txt", "R"),)
    assert joined.participants[0].attributes == {"Leeftijd": "34"}


def test_a_table_settles_who_asks() -> None:
    rows = read_participants(b"participant,file,speaker\nP01,a.txt,Mia\n", "participants.csv")
    [transcript] = join_participants([read(NAMES, "a.txt")], rows).transcripts
    assert [(s.name, s.role, s.participant) for s in transcript.speakers] == [
        ("Mia", "participant", "P01"),
        ("Tom", "interviewer", None),
    ]


def test_the_same_file_name_in_two_waves_belongs_to_its_own_row() -> None:
    rows = read_participants(b"participant,file,wave\nP01,a.txt,1\nP02,a.txt,2\n", "participants.csv")
    second = read("I: Why?\n\nR: So.\n", "a.txt", ReadSettings(wave="2"))
    assert join_participants([second], rows).transcripts[0].speakers[1].participant == "P02"


def test_rows_of_two_tables_with_the_same_numbers_are_told_apart() -> None:
    rows = read_participants(b"participant,file\nP01,a.txt\n", "participants.csv")
    rows += read_participants(b"participant,file\nP02,gone.txt\n", "deelnemers.csv")
    joined = join_participants([read("I: Why?\n\nR: So.\n", "a.txt")], rows)
    assert [row.participant for row in joined.unmatched_rows] == ["P02"]


@pytest.mark.parametrize(
    ("name", "label", "hint"),
    [
        ("x.txt", "P07", "P07"),
        ("P07.txt", "R", "P07"),
        ("interview_R12_final.docx.txt", "Participant", "R12"),
        ("jan.txt", "Jan Smit", None),
    ],
)
def test_codes_are_hints_for_a_participants_id_and_names_are_not(name: str, label: str, hint: str | None) -> None:
    transcript = read(f"Interviewer: Why?\n\n{label}: So.\n\nInterviewer: And?\n\n{label}: No.\n", name)
    assert participant_hint(transcript, transcript.speakers[1]) == hint


# --- Repeats -----------------------------------------------------------------------------------------------------


def test_one_interview_in_two_formats_is_found_out() -> None:
    long = NAMES + "".join(
        f"Mia: What about number {n}?\n\nTom: Number {n} was another story that I tell you now.\n\n" for n in range(20)
    )
    first = read(long, "a.txt")
    second = read(word([row for row in long.split("\n\n") if row]), "b.docx")
    other = read(NAMES.replace("long", "short").replace("happy", "angry"), "c.txt")
    assert same_speech(first, second)
    assert not same_speech(first, other)
    assert repeats([first, other, replace(second, name="d")]) == {2: 0}
