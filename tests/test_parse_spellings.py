"""Speakers in the spellings that programs and typists use: each sample is invented, and says who speaks."""

from __future__ import annotations

import pytest

from synth.domain import Transcript, fold_space
from synth.parse import parse_bytes

Turns = list[tuple[str | None, str]]

TALK: Turns = [
    ("Anna", "How did you find the shop?"),
    ("Bram de Wit", "My sister told me about it."),
    ("Anna", "And what happened then?"),
    ("Bram de Wit", "I went there on a Friday."),
    ("Anna", "Were they kind?"),
    ("Bram de Wit", "They were very kind."),
]


def turns(transcript: Transcript) -> Turns:
    said = []
    for turn in transcript.turns:
        lines = transcript.lines[turn.first_line - 1 : turn.last_line]
        said.append((turn.speaker, fold_space(" ".join(line.text for line in lines))))
    return said


def read(text: str, name: str = "P01.txt") -> Transcript:
    [transcript] = parse_bytes(text.encode(), name)
    assert all(transcript.text[line.start : line.end] == line.text for line in transcript.lines)
    return transcript


def clock(place: int) -> str:
    return f"{place // 6:02}:{place % 6}0"


def each(pattern: str, joint: str = "\n\n", talk: Turns = TALK) -> str:
    return joint.join(
        pattern.format(name=name, words=words, time=clock(n), hours=f"00:{clock(n)}", number=n + 1)
        for n, (name, words) in enumerate(talk)
    )


@pytest.mark.parametrize(
    "pattern",
    [
        "{name}: {words}",
        "{name}：{words}",
        "{name} : {words}",
        "**{name}:** {words}",
        "**{name}**: {words}",
        "***{name}:*** {words}",
        "**{name}** {words}",
        "_{name}:_ {words}",
        "**{name}** [{time}] {words}",
        "{name}  {time}  \n{words}",
        "{name}  {time}\n\n{words}",
        "{name} ({time})\n{words}",
        "{name} ({hours}):\n{words}",
        "{name}: ({hours})\n{words}",
        "{name} [{hours}]: {words}",
        "{name}: [{hours}] {words}",
        "{name} [{hours}]\n{words}",
        "[{hours}] {name}: {words}",
        "[{hours}] {name}\n{words}",
        "[{hours}.320] - {name}\n{words}",
        "{hours} {name}: {words}",
        "({hours}) {name}: {words}",
        "#{hours}-3# {name}: {words}",
        "{hours} - {name}\n{words}",
        "{time} | {name}\n{words}",
        "{name}: {hours}\n\n{words}",
        "{name} - {hours}\n{words}",
        "{name}\n{hours}\n{words}",
        "{hours}\n{name}\n{words}",
        "{hours} --> {hours}\n{name}\n{words}",
        "{name}:\n{words}",
        "**{name}**\n{words}",
        "**{name}:**\n\n{words}",
        "### {name}\n\n{words}",
        "### {name} [{hours}]\n{words}",
        "- {name}: {words}",
        "> {name}: {words}",
        "[{name}] {words}",
        "[{name}]: {words}",
        "<{name}> {words}",
        "{name}\t{words}",
        "{hours}\t{name}\t{words}",
        "{name}\t{hours}\t{words}",
        "{name} – {words}",
        "{number}. {name}: {words}",
        "{number}\t{name}\t{words}",
    ],
)
@pytest.mark.parametrize("ending", ["txt", "md"])
def test_every_spelling_of_a_label_is_read_the_same(pattern: str, ending: str) -> None:
    assert turns(read(each(pattern), f"P01.{ending}")) == TALK


@pytest.mark.parametrize(
    "pattern", ["{name}: {words}", "[{hours}] {name}: {words}", "{name}  {time}\n{words}", "{name}\t{words}"]
)
def test_blank_lines_between_turns_are_not_needed(pattern: str) -> None:
    assert turns(read(each(pattern, "\n"))) == TALK


@pytest.mark.parametrize(
    ("asks", "tells"),
    [
        ("I", "R"),
        ("I", "P"),
        ("i", "r"),
        ("Q", "A"),
        ("V", "A"),
        ("INT", "RES"),
        ("INTV_CA", "ENG001"),
        ("Interviewer", "P07"),
        ("Interviewer 1", "Respondent 12"),
        ("interviewer", "deelnemer"),
        ("Onderzoeker", "Geïnterviewde"),
        ("Vraag", "Antwoord"),
        ("SPEAKER_00", "SPEAKER_01"),
        ("Speaker 1", "Speaker 2"),
        ("Spreker 1", "Spreker 2"),
        ("Dr. J.P. van 't Hof-Smit", "O'Brien, Siobhán"),
        ("Anna (she/her)", "Bram (Acme)"),
        ("anna_k", "bram.b"),
        ("ANNA", "BRAM"),
        ("Anna Smit, interviewer", "Mevr. De Wit"),
    ],
)
def test_labels_of_every_shape_are_speakers(asks: str, tells: str) -> None:
    talk: Turns = [(asks if place % 2 == 0 else tells, words) for place, (_, words) in enumerate(TALK)]
    transcript = read(each("{name}: {words}", talk=talk))
    assert turns(transcript) == talk
    assert transcript.speakers[0].role == "interviewer"
    assert transcript.speakers[1].role == "participant"


@pytest.mark.parametrize(
    "words",
    [
        "Thanks: that was what I said.",
        "Note: I had no time at all.",
        "20:30 was when the train left.",
        "One thing: the price.",
        "It was at 20:30: too late.",
        "Amsterdam: that is where I live.",
        "Kortom: het was niks.",
        "Let op: dat was later.",
        "The website said: https://example.org/shop: and I went.",
        "Conclusion: never again.",
        "My mother said: do it.",
        "Question: why would they do that?",
    ],
)
def test_a_colon_in_running_text_makes_no_speaker(words: str) -> None:
    text = each("{name}: {words}") + f"\n\n{words}\n\nAnna: Is that all?\n\nBram de Wit: Yes."
    said = turns(read(text))
    assert {name for name, _ in said} == {"Anna", "Bram de Wit"}
    assert said[5] == ("Bram de Wit", f"They were very kind. {words}")


def test_short_rows_that_are_no_names_stay_speech() -> None:
    text = "**Anna**\nDid you like it?\n\n**Bram**\nYes.\n\nVery much\n\n**Anna**\nWhy?\n\n**Bram**\nNo idea.\n"
    assert turns(read(text, "a.md")) == [
        ("Anna", "Did you like it?"),
        ("Bram", "Yes. Very much"),
        ("Anna", "Why?"),
        ("Bram", "No idea."),
    ]


def test_paragraphs_below_a_label_belong_to_it() -> None:
    text = each("{name}: {words}").replace("a Friday.", "a Friday.\n\nIt rained.\n\nNobody was there.")
    assert turns(read(text))[3] == ("Bram de Wit", "I went there on a Friday. It rained. Nobody was there.")


def test_neighbours_of_one_speaker_are_one_turn() -> None:
    assert turns(read("I: One?\n\nI: Two?\n\nR: Three.\n")) == [("I", "One? Two?"), ("R", "Three.")]


def test_one_person_under_several_labels_is_one_speaker() -> None:
    talk: Turns = [
        ("Devin Becker", "Hello there."),
        ("Anna Kok", "Who are you?"),
        ("DB", "I am Devin."),
        ("Anna", "And then?"),
        ("db", "I left."),
    ]
    transcript = read(each("{name}: {words}", talk=talk))
    assert [speaker.name for speaker in transcript.speakers] == ["Devin Becker", "Anna Kok"]


def test_first_names_of_two_people_who_talk_to_each_other_stay_apart() -> None:
    talk: Turns = [
        ("Jan", "Hi."),
        ("Jan Smit", "Hello."),
        ("Jan", "How are you?"),
        ("Jan Smit", "Fine."),
        ("Jan", "Good."),
        ("Jan Smit", "Yes."),
    ]
    assert len(read(each("{name}: {words}", talk=talk)).speakers) == 2


def test_a_role_with_its_letter_is_the_letter_later() -> None:
    text = "Interviewer (I): Who are you?\n\nRespondent (R): A baker.\n\nI: Since when?\n\nR: Since May.\n"
    assert [(s.name, s.role, s.turns) for s in read(text).speakers] == [
        ("Interviewer (I)", "interviewer", 2),
        ("Respondent (R)", "participant", 2),
    ]


def test_a_misspelt_label_is_the_common_one() -> None:
    text = (
        each("{name}: {words}", talk=[("Interviewer", "Why?"), ("Respondent", "So.")] * 6)
        + "\n\nIntervewer: Really?\n\nRespodent: Yes.\n"
    )
    assert [speaker.name for speaker in read(text).speakers] == ["Interviewer", "Respondent"]


def test_somebody_who_speaks_once_is_a_speaker() -> None:
    text = each("{name}: {words}") + "\n\nKarin Vos: May I say something?\n\nAnna: Please do.\n"
    assert ("Karin Vos", "May I say something?") in turns(read(text))


def test_questions_and_answers_on_one_line_are_told_apart() -> None:
    text = "I: How was it? R: It was fine. I: And then? R: Then I left. I: Why? R: It was late."
    assert [name for name, _ in turns(read(text))] == ["I", "R"] * 3


def test_the_unknown_speaker_is_nobody_in_particular() -> None:
    text = each("{name}  {time}\n{words}") + "\n\nUnknown Speaker  12:00\nCoffee?\n\nAnna  12:02\nYes please.\n"
    unknown = next(speaker for speaker in read(text).speakers if speaker.name == "Unknown Speaker")
    assert unknown.role == "unknown"


def test_a_file_without_labels_is_all_the_participants_with_a_warning() -> None:
    transcript = read("I went to the shop. It was closed.\n\nThen I went home.\n")
    assert turns(transcript) == [(None, "I went to the shop. It was closed. Then I went home.")]
    assert transcript.speakers[0].role == "participant"
    assert "no speakers" in transcript.warnings[0]


def test_everyone_in_a_group_is_a_participant_of_their_own() -> None:
    talk: Turns = [
        ("Moderator", "Who begins?"),
        ("P1", "I do."),
        ("P2", "Or I."),
        ("P3", "Not me."),
        ("Moderator", "Why not?"),
        ("P3", "No time."),
    ]
    speakers = read(each("{name}: {words}", talk=talk)).speakers
    assert [speaker.role for speaker in speakers] == ["interviewer", "participant", "participant", "participant"]


def test_line_numbers_of_a_typist_are_no_speech() -> None:
    rows = ["I: How was it when you first came to the", "new house?", "R: It was strange.", "I: Why?"] * 3
    text = "\n".join(f"{number:>3}  {row}" for number, row in enumerate(rows, 1))
    assert turns(read(text))[:2] == [
        ("I", "How was it when you first came to the new house?"),
        ("R", "It was strange."),
    ]


@pytest.mark.parametrize("stamp", ["12-03-2024 14:22 - ", "[12/03/2024, 14:22:10] ", "2:22 PM "])
def test_times_of_the_day_set_labels_apart_and_are_no_times_of_the_recording(stamp: str) -> None:
    transcript = read("\n".join(f"{stamp}{name}: {words}" for name, words in TALK))
    assert turns(transcript) == TALK
    assert all(turn.start_seconds is None for turn in transcript.turns)


def test_everybody_at_once_is_nobodys_part() -> None:
    text = each("{name}: {words}", "\n") + "\nAllen: (lachen)\nAnna: Goed.\n"
    everybody = next(speaker for speaker in read(text).speakers if speaker.name == "Allen")
    assert everybody.role == "unknown"


def test_numbered_questions_and_answers_are_two_speakers() -> None:
    text = "".join(f"Q{n}: Why in year {n}?\n\nA{n}: Because of the price.\n\n" for n in range(1, 5))
    assert [speaker for speaker, _ in turns(read(text))] == ["Q", "A"] * 4


def test_numbered_people_stay_people_where_questions_are_numbered() -> None:
    text = "".join(f"Q{n}: Why?\n\n" + "".join(f"A{m}: The price.\n\n" for m in (1, 2, 3)) for n in range(1, 4))
    assert {"A1", "A2", "A3"} < {speaker for speaker, _ in turns(read(text))}


def test_people_who_speak_at_once_are_not_taken_for_one_of_them() -> None:
    text = "M: Who?\n\nP1: I did.\n\nP2: Me too.\n\nM: Why?\n\nP1 & P2: We had to.\n\nP1: At once.\n\nP2: Yes.\n"
    speakers = [speaker for speaker, _ in turns(read(text))]
    assert speakers == ["M", "P1", "P2", "M", "P1 & P2", "P1", "P2"]


def test_marks_of_writing_direction_are_no_part_of_a_name() -> None:
    text = each("\u202a{name}\u202c: {words}")
    assert turns(read(text)) == TALK


@pytest.mark.parametrize("initials", ["PS", "MM", "EN"])
def test_initials_that_are_a_word_are_a_speaker_where_they_come_back(initials: str) -> None:
    text = f"LW: How was it?\n\n{initials}: Fine.\n\nLW: And then?\n\n{initials}: I left.\n\n"
    assert [speaker for speaker, _ in turns(read(text * 2))] == ["LW", initials] * 4


def test_a_postscript_is_no_speaker() -> None:
    text = "I: How was it?\n\nR: Fine.\n\nPS: I wrote this down later.\n\nI: And then?\n\nR: I left.\n"
    assert {speaker for speaker, _ in turns(read(text))} == {"I", "R"}
