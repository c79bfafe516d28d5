"""Cues: WebVTT, SubRip, SubViewer, LRC and what programs make of them."""

from __future__ import annotations

import pytest

from synth.errors import ReadError
from tests.parse_samples import read, turns

ZOOM = """WEBVTT

1
00:00:02.000 --> 00:00:04.500
Anna Kok: How did you find
the shop?

2
00:00:05.000 --> 00:00:07.000
Bram de Wit: My sister &amp; I

3
00:00:07.100 --> 00:00:09.000
were told about it.

4
01:02:03.000 --> 01:02:05.000
Anna Kok: Thanks: that is all.
"""
SAID = [
    ("Anna Kok", "How did you find the shop?"),
    ("Bram de Wit", "My sister & I were told about it."),
    ("Anna Kok", "Thanks: that is all."),
]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_zoom_cues_without_a_label_go_on_with_the_speaker(ends: str) -> None:
    transcript = read(ZOOM.replace("\n", ends), "P01.vtt")
    assert turns(transcript) == SAID
    assert [(turn.start_seconds, turn.end_seconds) for turn in transcript.turns] == [(2, 4.5), (5, 9), (3723, 3725)]


def test_commas_for_points_and_missing_hours_are_times_too() -> None:
    text = ZOOM.replace("00:00:0", "00:0").replace(".000", ",000").replace(".500", ",500").replace(".100", ",100")
    assert turns(read(text, "P01.vtt")) == SAID


def test_cues_pasted_into_a_text_file_are_cues() -> None:
    assert turns(read("# Interview\n\n" + ZOOM.removeprefix("WEBVTT\n"), "P01.md")) == SAID


def test_a_subrip_file_reads_as_the_vtt_does() -> None:
    srt = (
        ZOOM.removeprefix("WEBVTT\n\n")
        .replace(".", ",", 40)
        .replace("shop,", "shop.")
        .replace("it,", "it.")
        .replace("all,", "all.")
    )
    assert turns(read(srt, "P01.srt")) == SAID
    assert read(srt, "P01.srt").id == read(ZOOM, "P01.vtt").id


def test_voice_tags_name_the_speaker_closed_or_not() -> None:
    text = """WEBVTT

d1e2c3a4-0000-4000-8000-1234567890ab/12-0
00:00:01.000 --> 00:00:03.000
<v Anna Kok>How are <i>you</i>?</v>

d1e2c3a4-0000-4000-8000-1234567890ab/13-0
00:00:03.000 --> 00:00:05.000
<v Bram de Wit>Fine.

00:00:05.000 --> 00:00:08.000
<v.loud Anna Kok>Good.</v> <v Bram de Wit>Yes.</v>
"""
    transcript = read(text, "P01.vtt")
    assert turns(transcript) == [
        ("Anna Kok", "How are you?"),
        ("Bram de Wit", "Fine."),
        ("Anna Kok", "Good."),
        ("Bram de Wit", "Yes."),
    ]
    assert [entry.why for entry in transcript.skipped] == ["header"]


def test_a_name_on_the_first_row_of_each_cue_is_the_speaker() -> None:
    text = "".join(
        f"0:0:{n}.0 --> 0:0:{n + 1}.5\n{('Anna Kok', 'Bram de Wit')[n % 2]}\nSentence {n}.\n\n" for n in range(6)
    )
    assert turns(read(text, "P01.vtt"))[:2] == [("Anna Kok", "Sentence 0."), ("Bram de Wit", "Sentence 1.")]


def test_notes_styles_and_names_of_cues_are_skipped_with_the_reason() -> None:
    text = (
        "WEBVTT - Talk\nKind: captions\n\nNOTE made by hand\nin a hurry\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:01.000 --> 00:02.000\nHello.\n\n00:03.000 --> 00:04.000\n\n00:05.000 --> 00:06.000\n[music]\n"
    )
    transcript = read(text, "P01.vtt")
    assert turns(transcript) == [(None, "Hello.")]
    assert [entry.why for entry in transcript.skipped] == [
        "header",
        "note in the file",
        "name of a cue",
        "cue without words",
        "sound",
    ]


def test_rolling_captions_are_read_once() -> None:
    text = "WEBVTT\n\n" + "".join(
        f"00:0{n}.000 --> 00:0{n + 1}.000\n{f'row {n - 1}' if n else ' '}\nrow<00:0{n}.500><c> {n}</c>\n\n"
        for n in range(6)
    )
    assert turns(read(text, "P01.vtt")) == [(None, "row 0 row 1 row 2 row 3 row 4 row 5")]


def test_numbers_that_are_speech_are_kept() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\nHow many?\n\n2\n00:00:02,000 --> "
        "00:00:03,000\n3\n\n3\n00:00:03,000 --> 00:00:04,000\nThree?\n"
    )
    assert turns(read(text, "P01.srt")) == [(None, "How many? 3 Three?")]


def test_captions_that_grow_while_they_are_shown_are_read_once() -> None:
    grown = [
        (1, 2, "Anna: How"),
        (1, 3, "Anna: How was"),
        (1, 4, "Anna: How was it?"),
        (5, 7, "Bram: It was"),
        (5, 9, "Bram: It was fine."),
        (10, 11, "Anna: Why?"),
        (12, 13, "Bram: They"),
        (12, 15, "Bram: They called."),
    ]
    text = "".join(f"00:00:{start:02}.000 --> 00:00:{end:02}.000\n{words}\n\n" for start, end, words in grown)
    transcript = read(f"WEBVTT\n\n{text}", "P01.vtt")
    assert turns(transcript) == [
        ("Anna", "How was it?"),
        ("Bram", "It was fine."),
        ("Anna", "Why?"),
        ("Bram", "They called."),
    ]
    assert transcript.skipped[-1].text.split("\n") == ["Anna: How", "Anna: How was", "Bram: It was", "Bram: They"]


def test_what_somebody_says_again_later_is_kept() -> None:
    said = ["Bram: No.", "Bram: No, no.", "Bram: No, no, never.", "Anna: Why not?"]
    text = "".join(f"00:00:0{n}.000 --> 00:00:0{n}.900\n{words}\n\n" for n, words in enumerate(said))
    assert turns(read(f"WEBVTT\n\n{text}", "P01.vtt"))[0] == ("Bram", "No. No, no. No, no, never.")


@pytest.mark.parametrize(
    "timing", ["-00:00:01.000 --> 00:00:03.000", "00:00:02.000 --> -00:00:03.000", "00:00:02.000 -->"]
)
def test_a_time_that_cannot_be_costs_no_words(timing: str) -> None:
    text = f"00:00:00.500 --> 00:00:01.000\nAnna: How was it?\n\n{timing}\nBram: Fine.\n\n"
    transcript = read(f"WEBVTT\n\n{text}00:00:05.000 --> 00:00:06.000\nAnna: Why?\n", "P01.vtt")
    assert turns(transcript) == [("Anna", "How was it?"), ("Bram", "Fine."), ("Anna", "Why?")]
    assert (transcript.skipped[-1].text, transcript.skipped[-1].why) == (timing, "time that cannot be")


@pytest.mark.parametrize(
    "name", ["{number}", "e1f2a3b4-0c00-4abc-9def-0123456789ab/{number}-0", '{number} "Anna" (12)']
)
def test_line_ends_that_were_saved_twice_leave_no_numbers_in_the_speech(name: str) -> None:
    said = ["We left in 2019.", "We came back.", "In 2021."]
    cue = name + "\n00:00:0{number}.000 --> 00:00:0{number}.900\n{text}\n\n"
    text = "".join(cue.format(number=number, text=text) for number, text in enumerate(said, 1))
    transcript = read(f"WEBVTT\n\n{text}".replace("\n", "\r\r\n"), "P01.vtt")
    assert [line.text for line in transcript.lines] == said


def test_blank_lines_inside_a_cue_lose_nothing() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\nFirst row.\n\nSecond row.\n\n2\n00:00:02,000 --> 00:00:03,000\nThird row.\n"
    )
    assert turns(read(text, "P01.srt")) == [(None, "First row. Second row. Third row.")]


def test_subviewer_and_lyrics_times_are_read() -> None:
    sbv = "0:00:01.000,0:00:02.500\nHello there.\n\n0:00:03.000,0:00:04.000\nHow are you?\n"
    lrc = "[ti:Talk]\n[00:01.00]Hello there.\n[00:03.00]How are you?\n[00:04.00]Fine.\n"
    assert [line.start_seconds for line in read(sbv, "P01.sbv").lines] == [1, 3]
    assert [line.start_seconds for line in read(lrc, "P01.lrc").lines] == [1, 3, 4]


def test_arrows_and_dashes_mark_a_change_of_voice() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\n- How are you?\n- Fine.\n\n2\n"
        "00:00:02,000 --> 00:00:03,000\n- Good.\n- Yes.\n"
    )
    assert turns(read(text, "P01.srt")) == [(None, "How are you?"), (None, "Fine."), (None, "Good."), (None, "Yes.")]
    arrows = text.replace("- ", ">> ")
    assert turns(read(arrows, "P01.srt")) == turns(read(text, "P01.srt"))


def test_sentences_run_over_cues_and_keep_their_time() -> None:
    lines = read(ZOOM, "P01.vtt").lines
    assert [line.text for line in lines] == [words for _, words in SAID]
    assert [line.start_seconds for line in lines] == [2, 5, 3723]


@pytest.mark.parametrize("text", ["WEBVTT\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "WEBVTT\n\nNOTE nothing\n"])
def test_a_file_of_cues_without_words_is_an_error(text: str) -> None:
    with pytest.raises(ReadError, match="no cues"):
        read(text, "P01.vtt")
