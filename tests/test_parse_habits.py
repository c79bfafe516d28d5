"""Transcripts as researchers keep them: with what their programs add, as chats, as answered e-mails, as typed pages."""

from __future__ import annotations

import io
from collections.abc import Sequence

import docx
import pytest

from synth.domain import Role, Transcript
from synth.parse import parse_bytes
from tests.parse_samples import Turns, packed, read, turns, word

TALK: Turns = [
    ("I", "How did you find the insurer?"),
    ("R", "Through my work. I never compared."),
    ("I", "And what happened then?"),
    ("R", "I rang them, and I waited for an hour."),
    ("I", "How was that for you?"),
    ("R", "I felt like a number, to be honest."),
]


def each(pattern: str, names: tuple[str, str] = ("I", "R"), joint: str = "\n") -> str:
    """The talk by a pattern for each turn; `at` is 0:00, 0:10, 0:20 and so on, `then` when the words end."""
    said = (
        pattern.format(name=names[n % 2], text=text, n=n, at=f"0:{n}0", then=f"0:{n}9")
        for n, (_, text) in enumerate(TALK)
    )
    return joint.join(said) + "\n"


def named(*names: str) -> Turns:
    return [(names[n % 2], text) for n, (_, text) in enumerate(TALK)]


def starts(transcript: Transcript) -> list[float | None]:
    return [turn.start_seconds for turn in transcript.turns]


def skipped(transcript: Transcript) -> dict[str, str]:
    return {entry.why: entry.text for entry in transcript.skipped}


def roles(transcript: Transcript) -> dict[str | None, Role]:
    return {speaker.name: speaker.role for speaker in transcript.speakers}


# --- Who speaks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("guest", ["t.kok@voorbeeld.nl", "t.kok@voorbeeld.nl (niet-geverifieerd)"])
def test_somebody_may_be_named_by_an_address(guest: str) -> None:
    names = ("Bos, Marieke", guest)
    document = word([(name, f"   {at}\n{text}") for name, at, text in _timed(names)])
    assert turns(read(document, "meeting.docx")) == named(*names)


def _timed(names: tuple[str, str]) -> list[tuple[str, str, str]]:
    return [(names[n % 2], f"0:{n}0", text) for n, (_, text) in enumerate(TALK)]


def test_a_name_right_below_the_facts_begins_the_talk_where_it_has_a_time() -> None:
    text = "Attendees: Marieke, Tom\n" + each("{name} | {at}\n{text}", ("Marieke", "Tom"))
    assert turns(read(text, "P01.txt")) == named("Marieke", "Tom")


@pytest.mark.parametrize("oneself", ["Ik", "ik"])
def test_a_researcher_may_write_ik(oneself: str) -> None:
    transcript = read(
        each("{name}: {text}", (oneself, "Tom")) + each("{name}: {text} Yes.", (oneself, "Tom")), "P01.txt"
    )
    assert roles(transcript) == {oneself: Role.INTERVIEWER, "Tom": Role.PARTICIPANT}


def test_a_sentence_that_begins_with_ik_is_no_label() -> None:
    text = "I: Wat dacht u?\n\nR: Veel.\nIk: daar sta je dan.\n\nI: En toen?\n\nR: Niets.\n"
    assert {speaker for speaker, _ in turns(read(text, "P01.txt"))} == {"I", "R"}


def test_the_first_woman_of_two_people_is_not_the_first_question() -> None:
    assert roles(read(each("{name}: {text}", ("M1", "V1")), "P01.txt")) == {
        "M1": Role.INTERVIEWER,
        "V1": Role.PARTICIPANT,
    }


@pytest.mark.parametrize("group", ["Meerdere deelnemers", "All participants"])
def test_many_at_once_are_nobody(group: str) -> None:
    text = "".join(f"Moderator: And {n}?\n\nAnna: I think so.\n\n{group}: Yes!\n\n" for n in range(3))
    transcript = read(text, "group.txt")
    assert roles(transcript)[group] is Role.UNKNOWN
    assert ("Anna", "I think so.") in turns(transcript)


def test_who_asks_in_a_group_is_the_moderator_alone() -> None:
    round_ = "Moderator: What of the app?\n\nEls: Where is the basket? Do you know? It is odd.\n\nJan: No.\n\n"
    assert roles(read(round_ * 4, "group.txt"))["Els"] is Role.PARTICIPANT


def test_questions_are_known_without_question_marks() -> None:
    text = each("{name}: {text}", ("speaker 1", "speaker 2")).lower().replace("?", "").replace(".", "").replace(",", "")
    transcript = read(text, "P01.txt")
    assert roles(transcript) == {"speaker 1": Role.INTERVIEWER, "speaker 2": Role.PARTICIPANT}


def test_one_name_for_a_whole_room_is_said() -> None:
    text = "WEBVTT\n\n" + "".join(
        f"00:00:{n}0.000 --> 00:00:{n}9.000\n<v Meeting room 3>{said}</v>\n\n" for n, (_, said) in enumerate(TALK)
    )
    assert "names only one speaker" in read(text, "meeting.vtt").warnings[0]


def test_the_date_of_a_meeting_is_nobody() -> None:
    document = word(
        ["Interview", "12. März 2026, 10:03", *(f"{name}   {at}\n{text}" for name, at, text in _timed(("Anna", "Tom")))]
    )
    assert turns(read(document, "meeting.docx")) == named("Anna", "Tom")


def test_a_date_and_time_in_brackets_may_stand_behind_a_name() -> None:
    assert turns(read(each("{name}, [12.03.2026 10:2{n}]\n{text}\n", ("Anna", "Tom")), "chat.txt")) == named(
        "Anna", "Tom"
    )


# --- Nobody is named ------------------------------------------------------------------------------------------------


def test_questions_that_an_e_mail_quotes_are_told_from_its_answers() -> None:
    mail = "Hi Marieke,\n\n" + "".join(f"{'> ' if who == 'I' else ''}{text}\n\n" for who, text in TALK)
    mail += "Best, Tom\n\nOn Wed, 11 Mar 2026 at 09:00, Marieke <m@bureau.nl> wrote:\n> Dear Tom,\n> Here they are.\n"
    transcript = read(mail, "mail.txt")
    told = turns(transcript)
    assert told[:5] == named("Question", "Answer")[:5]
    assert told[5:] == [("Answer", f"{TALK[5][1]} Best, Tom"), ("Question", "Dear Tom, Here they are.")]
    assert skipped(transcript)["head of a quoted message"].endswith("wrote:")
    assert "quoted paragraphs were taken for the questions" in transcript.warnings[0]


def test_numbered_questions_are_told_from_their_answers() -> None:
    text = "".join(f"{n // 2 + 1}. {said}\n\n" if n % 2 == 0 else f"{said}\n\n" for n, (_, said) in enumerate(TALK))
    assert turns(read(text, "mail.txt")) == named("Question", "Answer")


# --- Times ----------------------------------------------------------------------------------------------------------


def test_a_time_behind_the_words_is_when_they_ended() -> None:
    transcript = read(each("{name}: {text} #00:0{then}-2#", ("I", "B")), "f4.txt")
    assert turns(transcript) == named("I", "B")
    assert starts(transcript) == [None, 9, 19, 29, 39, 49]


def test_times_in_the_right_margin_are_those_of_their_rows() -> None:
    transcript = read(word([f"{name}:\t{text}\t00:0{at}" for name, at, text in _timed(("I", "R"))]), "P01.docx")
    assert turns(transcript) == TALK
    assert starts(transcript) == [0, 10, 20, 30, 40, 50]


@pytest.mark.parametrize(
    "head", ["Interview Tom\ndonderdag 12 maart 2026\n10:03\n\n", "Tijd: 10:03 - 10:50\nInterviewer: Marieke\n\n"]
)
def test_when_people_met_is_no_time_of_the_recording(head: str) -> None:
    assert starts(read(head + each("{name}: {text}"), "P01.txt"))[0] is None


def test_noon_behind_a_name_is_no_speech() -> None:
    transcript = read(each("{name}  [10:2{n} AM]\n{text}", ("Anna", "Tom")), "slack.txt")
    assert turns(transcript) == named("Anna", "Tom")


# --- What is no speech ----------------------------------------------------------------------------------------------


def test_the_log_of_whisper_is_no_speaker() -> None:
    log = "whisper_model_load: loading model\nsystem_info: n_threads = 4 / 8\n\nmain: processing 'tom.wav'\n\n"
    rows = "".join(f"[00:00:{n}0.000 --> 00:00:{n}9.000]   {text}\n" for n, (_, text) in enumerate(TALK))
    transcript = read(log + rows + "\nwhisper_print_timings:     load time =   500.00 ms\n", "tom.txt")
    assert turns(transcript) == [(None, " ".join(text for _, text in TALK))]
    assert [line.start_seconds for line in transcript.lines][:2] == [0, 10]
    assert skipped(transcript)["outside the times"].startswith("whisper_model_load")


def test_the_marks_of_maxqda_are_no_speech() -> None:
    coded = (
        "#TEXT Tom\n" + each("{name}: {text}").replace("R: I rang", "#CODE Contact\\Phone\nR: I rang") + "#ENDCODE\n"
    )
    transcript = read(coded, "tom.txt")
    assert turns(transcript) == TALK
    assert skipped(transcript) == {"mark of a code": "#TEXT Tom\n#CODE Contact\\Phone\n#ENDCODE"}


def test_each_text_of_a_maxqda_file_is_an_interview() -> None:
    text = "#TEXTP01\n#CODEContact\nI rang them.\n#ENDCODE\n#TEXTP02\n#CODEContact\nI wrote to them.\n#ENDCODE\n"
    found = parse_bytes(text.encode(), "all.txt")
    assert [(one.name, turns(one)) for one in found] == [
        ("all.txt#P01", [(None, "I rang them.")]),
        ("all.txt#P02", [(None, "I wrote to them.")]),
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Interview Tom (2).m4a", "name of a recording"),
        ("ACTION ITEM: Send the gift card - WATCH: https://example.org/share/1?timestamp=10", "footer"),
        ("Bos, Marieke is gestopt met de transcriptie", "footer"),
    ],
)
def test_what_a_program_adds_between_turns_is_no_speech(row: str, why: str) -> None:
    transcript = read(each("{name}: {text}\n").replace("\nI: And", f"\n{row}\n\nI: And"), "P01.txt")
    assert turns(transcript) == TALK
    assert skipped(transcript) == {why: row}


def test_an_answer_that_ends_with_the_name_of_a_file_is_speech() -> None:
    said = each("{name}: {text}\n").replace("Through my work. I never compared.", "By what I kept as tom.mp3")
    assert turns(read(said, "P01.txt"))[1] == ("R", "By what I kept as tom.mp3")


def test_what_a_typist_writes_below_the_end_is_a_note() -> None:
    transcript = read(
        each("{name}: {text}") + "\n--- end of recording ---\n\nShe was very open about money.\n", "P01.txt"
    )
    assert turns(transcript) == TALK
    assert skipped(transcript)["notes beside the interview"] == "She was very open about money."


CHAT = [
    ("12-03-2026 10:0{n} - {name}: {text}\n", "<Media weggelaten>", "Dit bericht is verwijderd"),
    ("[12-03-2026 10:0{n}:11] {name}: {text}\n", "\u200eaudio omitted", "\u200eYou deleted it. Nobody sees it."),
]


@pytest.mark.parametrize(("pattern", "media", "deleted"), CHAT)
def test_a_chat_is_read_without_the_words_of_its_program(pattern: str, media: str, deleted: str) -> None:
    said = [(("Marieke", "~\u202fTom")[n % 2], text) for n, (_, text) in enumerate(TALK)]
    said = [*said[:1], ("~\u202fTom", media), *said[1:], ("Marieke", deleted)]
    transcript = read(
        "".join(pattern.format(n=n, name=name, text=text) for n, (name, text) in enumerate(said)), "c.txt"
    )
    assert turns(transcript) == named("Marieke", "Tom")
    assert {entry.text for entry in transcript.skipped} == {media, deleted}


# --- Tables and projects --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize(
    "pattern", ["{name},{text}", "0{at},{name},{text}", "{name},0{at},{text}", '0{at},{name},"{text}"']
)
def test_rows_between_commas_are_a_table_whatever_the_file_is_called(pattern: str, separator: str) -> None:
    names = ("Interviewer", "Respondent")
    transcript = read(each(pattern.replace(",", separator), names), "P01.txt")
    assert turns(transcript) == named(*names)
    assert starts(transcript)[1] == (10 if "{at}" in pattern else None)


def test_sentences_that_begin_with_a_word_and_a_comma_are_no_table() -> None:
    text = "Honestly, I waited.\nHonestly, it was long.\nAnyway, they rang.\nAnyway, it was fine.\n"
    assert [speaker for speaker, _ in turns(read(text, "P01.txt"))] == [None]


def test_quotes_behind_a_comma_and_a_blank_are_no_part_of_the_speech() -> None:
    assert turns(read("Speaker, Text\n" + each('{name}, "{text}"', ("Marieke", "Tom")), "P01.csv")) == named(
        "Marieke", "Tom"
    )


def test_a_column_of_roles_is_the_speaker_under_any_name() -> None:
    assert turns(read("Nr\tI/R\tTekst\n" + each("1\t{name}\t{text}"), "P01.tsv")) == TALK


def test_an_interview_in_a_cell_is_read_as_a_text() -> None:
    cells = [each("{name}: {text}"), each("{name}: {text} Yes.", joint="\n\n")]
    text = "Title,Created,Content\n" + "".join(f'P0{n},2026-03-12,"{cell}"\n' for n, cell in enumerate(cells, 1))
    first, second = parse_bytes(text.encode(), "notes.csv")
    assert (first.name, turns(first)) == ("notes.csv#P01", TALK)
    assert second.name == "notes.csv#P02"
    assert ("column 'Created'", "2026-03-12") in [(entry.why, entry.text) for entry in first.skipped]


@pytest.mark.parametrize(
    ("head", "beside", "names"),
    [
        ("Team,Who,Content", ["North,Tom,", "North,Anna,"], ["notes.csv#Tom", "notes.csv#Anna"]),
        ("Team,Content", ["North,", "North,"], ["notes.csv#1", "notes.csv#2"]),
        ("Title,Content", ["Tom,", ","], ["notes.csv#1", "notes.csv#2"]),
    ],
)
def test_interviews_in_cells_have_names_of_their_own(head: str, beside: list[str], names: list[str]) -> None:
    cells = (each("{name}: {text}"), each("{name}: {text} Yes."))
    text = head + "\n" + "".join(f'{cell}"{said}"\n' for cell, said in zip(beside, cells, strict=True))
    assert [one.name for one in parse_bytes(text.encode(), "notes.csv")] == names


def test_sheets_come_in_the_order_of_their_tabs() -> None:
    book = (
        '<workbook xmlns:r="r"><sheets><sheet name="Anna" r:id="r2"/><sheet name="Tom" r:id="r1"/></sheets></workbook>'
    )
    ways = "".join(f'<Relationship Id="r{n}" Target="worksheets/sheet{n}.xml"/>' for n in (1, 2))
    members = {f"xl/worksheets/sheet{n}.xml": _sheet([("speaker", "text"), *TALK]) for n in (1, 2)}
    data = packed({"xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": f"<R>{ways}</R>", **members})
    assert [one.name for one in parse_bytes(data, "all.xlsx")] == ["all.xlsx#Anna", "all.xlsx#Tom"]


def _sheet(records: Sequence[tuple[str | None, str]]) -> str:
    cells = (
        f'<c t="inlineStr"><is><t>{who}</t></is></c><c t="inlineStr"><is><t>{said}</t></is></c>'
        for who, said in records
    )
    return f"<worksheet><sheetData>{''.join(f'<row>{each_row}</row>' for each_row in cells)}</sheetData></worksheet>"


def test_sources_of_one_name_stay_apart() -> None:
    titles = ["Tom", "Tom (3)", "Tom", "Tom (3)"]
    sources = "".join(
        f'<TextSource name="{title}"><PlainTextContent>I: Ja?\nR: Nee, {n}.</PlainTextContent></TextSource>'
        for n, title in enumerate(titles)
    )
    data = packed({"project.qde": f"<Project><Sources>{sources}</Sources></Project>"})
    names = [one.name for one in parse_bytes(data, "all.qdpx")]
    assert names[:2] == ["all.qdpx#Tom", "all.qdpx#Tom (3)"]
    assert len(set(names)) == 4


def test_numbers_of_paragraphs_below_a_head_are_no_speech() -> None:
    rows = [f"{n} {name}: {text}" for n, (name, text) in enumerate(TALK * 2, 1)]
    text = "Report\n\nDocument 4: Tom\n\n" + "\n\n".join(rows) + "\n"
    assert turns(read(text, "P01.txt")) == TALK * 2


# --- Text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("encoding", "line_end"), [("mac_roman", "\r"), ("cp1252", "\r"), ("cp1252", "\r\n")])
def test_letters_of_old_macs_come_out_right(encoding: str, line_end: str) -> None:
    text = "I: Hoe was het café?\n\nR: ‘Eén’ keer, voor de financiën…\n\nI: Ja?\n\nR: Zoë zei het.\n"
    transcript = read(text.replace("\n", line_end).encode(encoding), "P01.txt")
    assert transcript.text == text
    assert transcript.encoding == {"mac_roman": "mac-roman", "cp1252": "windows-1252"}[encoding]


def test_a_talk_in_two_languages_is_said() -> None:
    german = "Ich habe dann angerufen und es war nicht so einfach, weil sie mich immer wieder verbunden haben. " * 4
    dutch = "Ik heb toen gebeld en het was niet zo makkelijk, omdat ze me steeds weer hebben doorverbonden. " * 6
    transcript = read(f"I: En toen?\n\nR: {german}\n\nI: En nu?\n\nR: {dutch}\n", "P01.txt")
    assert transcript.language == "nl"
    assert "another language (de)" in transcript.warnings[0]


def test_a_talk_in_no_one_language_is_not_said_to_be_read_as_none() -> None:
    german = "Ich habe dann angerufen und es war nicht so einfach, weil sie mich immer wieder verbunden haben. " * 4
    dutch = "Ik heb toen gebeld en het was niet zo makkelijk, omdat ze me steeds weer hebben doorverbonden. " * 4
    transcript = read(f"I: Hm?\n\nR: {german}\n\nI: Hm?\n\nR: {dutch}\n", "P01.txt")
    assert (transcript.language, transcript.warnings) == ("und", ())


def test_pictures_of_initials_leave_no_trace() -> None:
    picture = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
        "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
    document = docx.Document()
    for name, at, text in _timed(("Marieke Bos", "Tom Kok")):
        paragraph = document.add_paragraph()
        paragraph.add_run().add_picture(io.BytesIO(picture))
        paragraph.add_run(f"\n{name}").bold = True
        paragraph.add_run(f"   {at}\n{text}")
    stream = io.BytesIO()
    document.save(stream)
    transcript = read(stream.getvalue(), "meeting.docx")
    assert turns(transcript) == named("Marieke Bos", "Tom Kok")
    assert starts(transcript) == [0, 10, 20, 30, 40, 50]
