"""Every other format: Markdown, Word, OpenDocument, PDF, RTF, HTML, tables and JSON, each with an invented sample."""

from __future__ import annotations

import json

import pytest

from synth.parse import parse_bytes
from tests.parse_samples import odt, packed, pdf, read, turns, word

SAID = [
    ("Interviewer", "How did you find the shop?"),
    ("P07", "My sister told me. I went there."),
    ("Interviewer", "And then?"),
    ("P07", "It was closed."),
]
REASONS = ("heading", "before the interview", "comment", "annotation", "page number", "footer", "rule")


# --- Markdown and text -------------------------------------------------------------------------------------------

MARKDOWN = """---
title: "Talk"
speakers: ["Anna", "Bram"]
---
# A talk

Date: 3 May 2025
Interviewer: Anna Kok
Participant: P07

## Transcript

**Interviewer:** How did you *find* the shop?

    - The sister is a source

**P07:** My sister told me.
I went there.

<!-- check the tape -->

***Interviewer:*** And then?

(She closes the window.)

**P07:** It was closed.

***

Transcribed by https://example.org
"""


def test_what_stands_around_the_speech_is_skipped_with_its_reason() -> None:
    transcript = read(MARKDOWN, "P07.md")
    assert turns(transcript) == SAID
    assert [entry.why for entry in transcript.skipped] == [
        "front matter",
        "before the interview",
        "annotation",
        "comment",
        "stage direction or annotation",
        "rule",
        "footer",
    ]


@pytest.mark.parametrize(
    "head",
    [
        "Interviewer: Marieke\nRespondent: R04\nDatum: 12 maart 2025\nDuur: 45 min\n\n",
        "I: interviewer\nR: respondent (vrouw, 54)\n\n",
        "I = interviewer, R = respondent\n\n",
        "Interview 4\n\nInterviewer: Marieke de Boer\nRespondent: Jan Smit\n\nTranscript\n\n",
        "Datum: 12 maart 2025\nLocatie: Utrecht\n",
        "Gespreksverslag met R04\n==================\n\n",
    ],
)
def test_facts_and_legends_above_an_interview_are_no_turns(head: str) -> None:
    transcript = read(head + "I: Waar woont u?\n\nR: In Utrecht.\n\nI: En daarvoor?\n\nR: In Zwolle.\n", "R04.txt")
    assert turns(transcript) == [
        ("I", "Waar woont u?"),
        ("R", "In Utrecht."),
        ("I", "En daarvoor?"),
        ("R", "In Zwolle."),
    ]


@pytest.mark.parametrize(
    "foot",
    [
        "End of transcript.",
        "[Einde interview]",
        "Einde opname",
        "*** END ***",
        "Transcribed by Example",
        "Uitgewerkt door J. Smit",
        "Recording stopped.",
        "https://example.org/t/1",
    ],
)
def test_what_a_program_or_typist_adds_below_is_no_speech(foot: str) -> None:
    transcript = read(f"I: Waar woont u?\n\nR: In Utrecht.\n\n{foot}\n", "R04.txt")
    assert turns(transcript)[-1] == ("R", "In Utrecht.")
    assert foot in transcript.skipped[-1].text


def test_marks_in_mid_sentence_leave_the_text_and_become_times() -> None:
    text = "I: How was it? [00:00:10]\n\nR: It was [00:00:12] fine. [01:05:00] Later[01:05:02]I left.\n"
    transcript = read(text, "P01.txt")
    assert turns(transcript) == [("I", "How was it?"), ("R", "It was fine. Later I left.")]
    assert [line.start_seconds for line in transcript.lines] == [None, 10, 3900]


def test_a_time_of_the_day_in_parentheses_stays_in_the_text() -> None:
    assert (
        turns(read("I: When?\n\nR: The late train (20:30) was full.\n", "P01.txt"))[1][1]
        == "The late train (20:30) was full."
    )


def test_an_ordinary_text_file_is_kept_character_by_character() -> None:
    text = "\n  I:  How was it?  \r\n\r\nR: Fine,\nI think. Café ﬁne. \n"
    assert read(text, "P01.txt").text == "\n  I:  How was it?  \n\nR: Fine,\nI think. Café ﬁne. \n"


def test_wrapped_lines_are_one_sentence() -> None:
    text = (
        "I: I would like to hear how you first came to the shop and what you\nthought of "
        "the people who were working there on that day.\n\n"
        "R: It was a long time ago and I do not remember all of it, but the\nman behind the desk "
        "was friendly. He had a dog with him that slept\nall the time.\n"
    )
    assert [line.text.count("\n") for line in read(text, "P01.txt").lines] == [1, 1, 1]


def test_several_interviews_in_one_file_are_told_apart() -> None:
    text = "".join(
        f"# Interview {n}\n\nI: Who are you?\n\nR: Person {n}.\n\nI: And?\n\nR: Nothing.\n\n" for n in (1, 2, 3)
    )
    found = parse_bytes(text.encode(), "all.md")
    assert [transcript.name for transcript in found] == ["all.md#1", "all.md#2", "all.md#3"]
    assert [len(transcript.turns) for transcript in found] == [4, 4, 4]


def test_a_chat_log_is_read() -> None:
    zoom = (
        "00:08:15\tAnna Kok:\tHi all\n00:09:42\tBram:\tSee https://example.org/a\n\n"
        "and the other one\n00:10:54\tAnna Kok:\tThanks\n"
    )
    assert turns(read(zoom, "chat.txt"))[1] == ("Bram", "See https://example.org/a and the other one")
    newer = (
        "00:08:15\t From  Anna Kok  to  Everyone : Hi all\n00:09:42\t From  Bram  to  Everyone "
        ": Hello\n00:10:54\t From  Anna Kok  to  Everyone : Thanks\n"
    )
    assert [name for name, _ in turns(read(newer, "chat.txt"))] == ["Anna Kok", "Bram", "Anna Kok"]


# --- Office ------------------------------------------------------------------------------------------------------


def test_word_paragraphs_with_bold_labels_are_turns() -> None:
    plain = word(
        [
            ("Interviewer: ", "How did you find the shop?"),
            ("P07: ", "My sister told me.\nI went there."),
            ("Interviewer: ", "And then?"),
            ("P07: ", "It was closed."),
        ]
    )
    assert turns(read(plain, "P07.docx")) == SAID
    alone = word(
        [
            ("Interviewer", ""),
            "How did you find the shop?",
            ("P07", ""),
            "My sister told me.",
            "I went there.",
            ("Interviewer", ""),
            "And then?",
            ("P07", ""),
            "It was closed.",
        ]
    )
    assert turns(read(alone, "P07.docx")) == SAID


def test_a_teams_document_with_names_and_times_is_read() -> None:
    document = word(
        [
            "Interviewer   0:03\nHow did you find the shop?",
            "P07   0:07\nMy sister told me. I went there.",
            "Interviewer   1:02:03\nAnd then?",
            "P07   1:02:05\nIt was closed.",
        ]
    )
    transcript = read(document, "call.docx")
    assert turns(transcript) == SAID
    assert [turn.start_seconds for turn in transcript.turns] == [3, 7, 3723, 3725]


def test_cues_in_a_word_document_are_cues() -> None:
    rows = [f"0:0:{n}.0 --> 0:0:{n + 1}.400\n{name}\n{words}" for n, (name, words) in enumerate(SAID)]
    assert turns(read(word(rows), "call.docx")) == SAID


@pytest.mark.parametrize(
    "header",
    [[], [("Spreker", "Tekst", "Codes")], [("Speaker", "Text", "Notes")]],
    ids=["no header", "Dutch", "English"],
)
def test_a_table_of_speaker_and_text_is_read(header: list[tuple[str, ...]]) -> None:
    width = 3 if header else 2
    rows = [(name, words, "code")[:width] for name, words in SAID]
    transcript = read(word(["Interview with P07"], [*header, *rows]), "P07.docx")
    assert turns(transcript) == SAID
    assert any("column" in entry.why for entry in transcript.skipped) == bool(header)


def test_a_table_of_facts_above_a_word_interview_is_no_speech() -> None:
    document = word([("I: ", "Waar woont u?"), ("R: ", "In Utrecht.")], [("Datum", "3 mei 2025"), ("Naam", "R04")])
    assert [name for name, _ in turns(read(document, "R04.docx"))] == ["I", "R"]


def test_opendocument_text_is_read() -> None:
    bold = (
        '<style:style style:name="T1" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
    )
    body = "<text:h>Interview with P07</text:h>" + "".join(
        f'<text:p><text:span text:style-name="T1">{name}</text:span>:<text:s text:c="2"/>{words}</text:p>'
        for name, words in SAID
    )
    note = "<office:annotation><text:p>check</text:p></office:annotation>"
    transcript = read(odt(body.replace("closed.", f"closed.{note}"), bold), "P07.odt")
    assert turns(transcript) == SAID
    assert [entry.why for entry in transcript.skipped] == ["before the interview", "comment"]


def test_a_pdf_is_read_over_its_pages() -> None:
    pages = [
        ["Study 12", "Interviewer:", "How did you find the shop?", "P07:", "My sister told me. I", "1"],
        ["Study 12", "went there.", "Interviewer:", "And then?", "2"],
        ["Study 12", "P07:", "It was closed.", "3"],
    ]
    transcript = read(pdf(pages), "P07.pdf")
    assert turns(transcript) == SAID
    assert {entry.why for entry in transcript.skipped} == {"page header or footer", "page number"}


def test_rich_text_is_read_with_its_accents() -> None:
    rtf = (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\*\generator Word;}{\header Page 1}\pard "
        r"{\b I:} Waar was u?\par {\b R:} In een caf\'e9, dat kostte \u8364?5 "
        r"\endash  niet veel. Co\u246\'f6rdinatie.\par "
        r"{\b I:} En toen?\par {\b R:} Toen niets.\par}"
    )
    transcript = read(rtf.encode("ascii"), "P07.rtf")
    assert turns(transcript)[1] == ("R", "In een café, dat kostte €5 – niet veel. Coördinatie.")
    assert transcript.skipped[0].why == "page header"


def test_a_table_in_rich_text_is_read() -> None:
    cells = "".join(rf"\trowd\cellx1\cellx2\pard\intbl {{\b {name}}}\cell {words}\cell\row " for name, words in SAID)
    rtf = r"{\rtf1\ansi Before it.\par " + cells + r"\pard After it.\par}"
    assert turns(read(rtf.encode(), "P07.rtf"))[:3] == SAID[:3]


@pytest.mark.parametrize(
    "body",
    [
        "".join(f"<p><b>{name}:</b> {words}</p>" for name, words in SAID),
        "".join(f"<p><strong>{name}</strong><br>{words}</p>" for name, words in SAID),
        "".join(f"<cite>{name}:</cite><time>0:0{n}</time><p>{words}</p>" for n, (name, words) in enumerate(SAID)),
        "".join(f"<div>[00:0{n}] {name}: {words}</div>\n" for n, (name, words) in enumerate(SAID)),
        "<table>" + "".join(f"<tr><td>{name}</td><td>{words}</td></tr>" for name, words in SAID) + "</table>",
        "<dl>" + "".join(f"<dt><b>{name}</b></dt><dd>{words}</dd>" for name, words in SAID) + "</dl>",
    ],
)
def test_pages_of_every_build_are_read(body: str) -> None:
    page = (
        f"<!DOCTYPE html><html><head><title>Talk</title><style>p "
        f"{{}}</style></head><body><h1>Talk</h1>{body}</body></html>"
    )
    assert turns(read(page, "P07.html")) == SAID


# --- Tables ------------------------------------------------------------------------------------------------------

CELLS = [(name, f"00:00:0{n}", f'"{words}"' if "," in words else words) for n, (name, words) in enumerate(SAID)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("header", "order"),
    [
        ("speaker,start,text", (0, 1, 2)),
        ("Tekst,Spreker,Tijd", (2, 0, 1)),
        ("Timestamp,Speaker Name,Words", (1, 0, 2)),
        ("Starttijd,Naam,Uiting", (1, 0, 2)),
        ("", (0, 1, 2)),
    ],
)
def test_columns_are_known_in_any_order_and_language(separator: str, header: str, order: tuple[int, ...]) -> None:
    rows = [",".join(record[n] for n in order) for record in CELLS]
    text = "\n".join([header, *rows] if header else rows).replace(",", separator)
    transcript = read(text, "P07.csv")
    assert turns(transcript) == SAID
    assert [turn.start_seconds for turn in transcript.turns] == [0, 1, 2, 3]


def test_commas_and_line_ends_inside_quotes_are_speech() -> None:
    text = 'speaker,text\r\nI,"How, then?"\r\nR,"So ""well"",\nI think."\r\n'
    assert turns(read(text, "P07.csv")) == [("I", "How, then?"), ("R", 'So "well", I think.')]


def test_speech_with_commas_that_nobody_quoted_is_joined_again() -> None:
    transcript = read("speaker,text,,\nI,How?,,\nR,First, then, and last.\n", "P07.csv")
    assert turns(transcript)[1] == ("R", "First, then, and last.")
    assert "joined" in transcript.warnings[0]


def test_other_columns_are_kept_apart() -> None:
    transcript = read("nr;spreker;tekst;code\n1;I;Waarom?;motief\n2;R;Daarom niet.;\n", "P07.csv")
    assert [(entry.why, entry.text) for entry in transcript.skipped if entry.why != "header row"] == [
        ("column 'code'", "motief")
    ]


@pytest.mark.parametrize(("unit", "factor"), [("ms", 1000), ("s", 1)])
def test_bare_numbers_are_seconds_or_milliseconds(unit: str, factor: int) -> None:
    rows = "".join(f"{n * 3 * factor}\t{(n * 3 + 2) * factor}\tThis is sentence number {n}.\n" for n in range(8))
    lines = read(f"start\tend\ttext\n{rows}", f"{unit}.tsv").lines
    assert [line.start_seconds for line in lines] == [n * 3 for n in range(8)]


def test_interviews_in_one_table_are_told_apart() -> None:
    rows = "".join(f"{case},{name},{words}\n" for case in ("A1", "A2") for name, words in SAID)
    found = parse_bytes(f"interview,speaker,text\n{rows}".encode(), "all.csv")
    assert [(transcript.name, turns(transcript)) for transcript in found] == [
        ("all.csv#A1", SAID),
        ("all.csv#A2", SAID),
    ]


def test_a_workbook_of_speech_is_read() -> None:
    rows = [("Spreker", "Tekst"), *SAID]
    shared = "".join(f"<si><t>{cell}</t></si>" for row in rows for cell in row)
    cells = "".join(
        f'<row r="{n + 1}"><c r="A{n + 1}" t="s"><v>{2 * n}</v></c><c r="B{n + 1}" t="s"><v>{2 * n + 1}</v></c></row>'
        for n in range(len(rows))
    )
    book = packed(
        {
            "xl/workbook.xml": "<workbook/>",
            "xl/sharedStrings.xml": f"<sst>{shared}</sst>",
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{cells}</sheetData></worksheet>",
        }
    )
    assert turns(read(book, "P07.xlsx")) == SAID


# --- JSON --------------------------------------------------------------------------------------------------------


def segments(**names: str) -> list[dict[str, object]]:
    found = []
    for n, (name, words) in enumerate(SAID):
        made = {"speaker": name, "start": n * 2.5, "end": n * 2.5 + 2, "text": f" {words}"}
        found.append({names.get(key, key): value for key, value in made.items()})
    return found


@pytest.mark.parametrize(
    "document",
    [
        {"text": "How", "language": "en", "segments": segments()},
        {"version": "1.0.0", "segments": segments(start="startTime", end="endTime", text="body")},
        {
            "results": {
                "utterances": segments(text="transcript"),
                "channels": [{"alternatives": [{"transcript": "How did"}]}],
            }
        },
        {"utterances": [{**item, "words": [{"text": "How", "start": 1, "end": 2}]} for item in segments()]},
        {
            "monologues": [
                {
                    "speaker": i["speaker"],
                    "elements": [{"type": "text", "value": i["text"], "ts": i["start"], "end_ts": i["end"]}],
                }
                for i in segments()
            ]
        },
        segments(),
        {"data": {"transcript": {"turns": segments(speaker="spreker", text="tekst")}}},
        {
            "speakers": [{"spkid": "s1", "name": "Interviewer"}, {"spkid": "s2", "name": "P07"}],
            "segments": [{**i, "speaker": "s1" if i["speaker"] == "Interviewer" else "s2"} for i in segments()],
        },
        {
            "recognizedPhrases": [
                {
                    "speaker": i["speaker"],
                    "nBest": [{"confidence": 0.9, "display": i["text"]}, {"confidence": 0.1, "display": "x"}],
                }
                for i in segments()
            ]
        },
    ],
)
def test_json_of_many_shapes_is_read(document: object) -> None:
    assert turns(read(json.dumps(document), "P07.json")) == SAID


def test_json_without_speakers_is_one_turn() -> None:
    items = [{key: value for key, value in item.items() if key != "speaker"} for item in segments()]
    transcript = read(json.dumps({"segments": items}), "P07.json")
    assert turns(transcript) == [(None, " ".join(words for _, words in SAID))]
    assert [line.start_seconds for line in transcript.lines] == [0, 2.5, 2.5, 5, 7.5]


def test_numbered_speakers_get_a_name() -> None:
    items = [{**item, "speaker": n % 2} for n, item in enumerate(segments())]
    assert [name for name, _ in turns(read(json.dumps(items), "P07.json"))] == ["Speaker 0", "Speaker 1"] * 2


def test_a_chat_log_with_one_event_a_line_is_read() -> None:
    events = [
        {
            "timestamp": 1755372885.5 + 10 * n,
            "event_type": ("chatbot_response", "human_response")[n % 2],
            "message_content": words,
            "username": "p0042",
        }
        for n, (_, words) in enumerate(SAID)
    ]
    transcript = read("\n".join(map(json.dumps, events)), "log.jsonl")
    assert [(speaker.name, speaker.role, speaker.participant) for speaker in transcript.speakers] == [
        ("chatbot_response", "interviewer", None),
        ("human_response", "participant", "p0042"),
    ]
    assert [turn.start_seconds for turn in transcript.turns] == [0, 10, 20, 30]


def test_several_people_in_one_log_are_several_interviews() -> None:
    events = [
        {"username": who, "role": ("assistant", "user")[n % 2], "content": words}
        for who in ("u1", "u2")
        for n, (_, words) in enumerate(SAID)
    ]
    found = parse_bytes("\n".join(map(json.dumps, events)).encode(), "log.jsonl")
    assert [transcript.name for transcript in found] == ["log.jsonl#u1", "log.jsonl#u2"]


def test_interviews_listed_in_one_document_are_told_apart() -> None:
    document = {"interviews": [{"id": "A1", "turns": segments()}, {"id": "A2", "turns": segments()}]}
    found = parse_bytes(json.dumps(document).encode(), "all.json")
    assert [(transcript.name, turns(transcript)) for transcript in found] == [
        ("all.json#A1", SAID),
        ("all.json#A2", SAID),
    ]


def test_lines_of_a_log_that_are_broken_are_skipped_with_a_warning() -> None:
    text = (
        '{"speaker": "I", "text": "How?"}\n{"speaker": "R", "te\n{"speaker": "R", '
        '"text": "So."}\n{"speaker": "I", "text": "Why?"}\n'
    )
    transcript = read(text, "log.jsonl")
    assert transcript.warnings[0] == "1 line is no JSON and was skipped."
    assert transcript.skipped[-1].why == "line that is no JSON"


# --- All the same ------------------------------------------------------------------------------------------------


def test_the_same_interview_in_any_format_has_the_same_id() -> None:
    text = "\n\n".join(f"{name}: {words}" for name, words in SAID)
    cues = "WEBVTT\n\n" + "".join(
        f"00:0{n}.000 --> 00:0{n + 1}.000\n{name}: {words}\n\n" for n, (name, words) in enumerate(SAID)
    )
    table = "speaker,text\n" + "".join(f"{name},{words}\n" for name, words in SAID)
    files: list[tuple[str | bytes, str]] = [
        (text, "a.txt"),
        (cues, "b.vtt"),
        (table, "c.csv"),
        (json.dumps({"segments": segments()}), "d.json"),
        (word([f"{name}: {words}" for name, words in SAID]), "e.docx"),
    ]
    assert len({read(source, name).id for source, name in files}) == 1


def test_bold_questions_and_plain_answers_are_told_apart_with_a_warning() -> None:
    document = word(
        [
            "Interview with P07",
            *(((f"How did this begin, number {n}?", "") if not n % 2 else "It began so.") for n in range(8)),
        ]
    )
    transcript = read(document, "P07.docx")
    assert [(speaker.name, speaker.role) for speaker in transcript.speakers] == [
        ("Question", "interviewer"),
        ("Answer", "participant"),
    ]
    assert "bold" in transcript.warnings[0]


def test_words_with_speakers_are_joined_to_sentences() -> None:
    items = []
    for number, (name, text) in enumerate(SAID):
        for place, token in enumerate(text.replace(".", " .").replace("?", " ?").split()):
            alone = token in ".?"
            times = {} if alone else {"start_time": f"{number * 9 + place}.0", "end_time": f"{number * 9 + place}.8"}
            items.append({"type": "punctuation" if alone else "pronunciation", "speaker_label": name, **times,
                          "alternatives": [{"confidence": "0.9", "content": token}]})  # fmt: skip
    whole = {"transcripts": [{"transcript": " ".join(words for _, words in SAID)}], "items": items}
    transcript = read(json.dumps({"jobName": "x", "results": whole}), "P07.json")
    assert turns(transcript) == SAID
    assert [turn.start_seconds for turn in transcript.turns] == [0, 9, 18, 27]


def test_a_time_that_is_a_link_is_the_time_of_a_turn() -> None:
    text = "\n\n".join(
        f"**{name}** [0:0{n}](https://example.org/v?t={n}) {words}" for n, (name, words) in enumerate(SAID)
    )
    transcript = read(text, "P07.md")
    assert turns(transcript) == SAID
    assert [turn.start_seconds for turn in transcript.turns] == [0, 1, 2, 3]
