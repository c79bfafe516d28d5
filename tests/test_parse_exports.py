"""What meeting tools, transcription services and researchers' programs export: one invented talk in each form.

Each form is as the tool writes it, oddities and all; the words, names and times are the same in all of them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from html import escape

import docx
import pytest

from synth.domain import Role, Transcript
from synth.errors import ReadError
from synth.parse import parse_bytes, subtitles
from synth.parse.pieces import Piece
from tests.parse_samples import packed, read, turns, word

TALK = [
    (0, 3.25, 8.0, "Thanks for coming. How did you end up with this bank?"),
    (1, 9.0, 21.5, "My sister told me about it. I waited three weeks, honestly, and nobody called."),
    (0, 22.0, 25.0, "What happened at the desk?"),
    (1, 26.0, 44.0, "They sent me away because I had no appointment, and that was annoying."),
    (0, 45.0, 48.0, "Who did you call then?"),
    (1, 49.0, 64.0, "The help line. A man picked up after a while and he didn't know my name."),
]
NAMES = ("Lotte de Wit", "Priya Shah")
WHOLE = " ".join(text for *_, text in TALK)


def clock(seconds: float, point: str = ".", digits: int = 3) -> str:
    whole, rest = divmod(round(seconds * 1000), 1000)
    fraction = f"{point}{rest:03}"[: digits + 1] if digits else ""
    return f"{whole // 3600:02}:{whole % 3600 // 60:02}:{whole % 60:02}{fraction}"


def short(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def told(names: tuple[str, ...] = NAMES) -> list[tuple[str, str]]:
    return [(names[who], text) for who, _, _, text in TALK]


def rows(pattern: str, names: tuple[str, ...] = NAMES) -> str:
    """The talk by a pattern for each turn."""
    return "".join(
        pattern.format(
            name=names[who], text=text, start=clock(start), end=clock(end), short=short(start), number=n + 1, who=who,
            whole=clock(start, digits=0), tenths=clock(start, digits=1), tenths_end=clock(end, digits=1),
        )
        for n, (who, start, end, text) in enumerate(TALK)
    )  # fmt: skip


def words_of(start: float, text: str) -> list[tuple[str, float, float]]:
    return [(one, round(start + n * 0.25, 3), round(start + n * 0.25 + 0.25, 3)) for n, one in enumerate(text.split())]


def starts(transcript: Transcript) -> list[float | None]:
    return [turn.start_seconds for turn in transcript.turns]


def assert_talk(
    transcript: Transcript, names: tuple[str, ...] = NAMES, *, timed: bool = True, within: float = 0.3
) -> None:
    assert turns(transcript) == told(names)
    assert {speaker.name: speaker.role for speaker in transcript.speakers} == {
        names[0]: Role.INTERVIEWER,
        names[1]: Role.PARTICIPANT,
    }
    if timed:
        assert starts(transcript) == [pytest.approx(start, abs=within) for _, start, _, _ in TALK]


# --- Names ------------------------------------------------------------------------------------------------------

PEOPLE = [
    ("Lotte de Wit (Guest)", "+31 6 12345678"),
    ("LOTTE DE WIT | Bureau X", "priya"),
    ("Lotte 🌷", "Priya ⭐️ Shah"),
    ("lotte de wit", "Priya's iPad"),
    ("Łucja Żółć", "Zoë Özdemir"),
    ("د. سارة", "محمد علي"),
    ("李娜", "王芳"),
]


@pytest.mark.parametrize("names", PEOPLE)
@pytest.mark.parametrize(
    ("file", "head", "pattern"),
    [
        ("meeting.vtt", "WEBVTT\n\n", "{number}\n{start} --> {end}\n{name}: {text}\n\n"),
        ("meeting.txt", "", "{name}  {short}\n{text}\n\n"),
        ("meeting.txt", "", "{name}: {text}\n\n"),
    ],
)
def test_people_are_known_by_whatever_they_call_themselves(
    file: str, head: str, pattern: str, names: tuple[str, str]
) -> None:
    assert turns(read(head + rows(pattern, names) * 2, file)) == told(names) * 2


def test_words_that_often_begin_a_paragraph_are_no_name() -> None:
    answer = "of course: we paid.\n\nI mean, of course we did."
    text = "".join(f"I: And year {n}?\n\nR: {answer}\n\n" for n in range(5))
    assert {speaker for speaker, _ in turns(read(text, "P01.txt"))} == {"I", "R"}


# --- Meeting tools ----------------------------------------------------------------------------------------------


def test_webex_names_the_speaker_in_the_name_of_the_cue() -> None:
    text = "WEBVTT\n\n" + rows('{number} "{name}" (33{who})\n{start} --> {end}\n{text}\n\n')
    assert_talk(read(text, "meeting.vtt"))


@pytest.mark.parametrize(
    "pattern",
    [
        "{whole}\t From  {name} : {text}\n",
        "{whole} From {name} to Everyone:\n\t{text}\n",
        "{whole} Van {name} tot iedereen:\n\t{text}\n",
        "[{name}] {whole}\n{text}\n\n",
    ],
)
def test_zoom_chats_and_saved_captions_are_read(pattern: str) -> None:
    assert_talk(read(rows(pattern), "chat.txt"))


def test_a_date_before_the_time_of_a_message_is_no_part_of_the_name() -> None:
    assert_talk(read(rows("{name}  3-4-2025 {whole}\n{text}\n\n"), "chat.txt"), timed=False)


def test_what_whatsapp_says_itself_is_no_speech() -> None:
    phone, photo, edited = "+31 6 12345678", "\u200eafbeelding weggelaten", "Goed. \u200e<Dit bericht is bewerkt>"
    wrapped = "\u202a" + phone.replace(" ", "\u00a0") + "\u202c"
    messages = [
        ("Lotte", "Hoe was het?"),
        ("Priya", "Prima."),
        ("Priya", photo),
        ("Lotte", "Ja?"),
        (wrapped, "Ik ook."),
    ]
    messages += [("Priya", edited), (wrapped, "Leuk."), ("Priya", "Ja."), (wrapped, "Doei.")]
    text = "".join(f"[03-04-2025 10:0{n}:11] {name}: {said}\n" for n, (name, said) in enumerate(messages))
    transcript = read(text, "_chat.txt")
    assert turns(transcript) == [
        ("Lotte", "Hoe was het?"), ("Priya", "Prima."), ("Lotte", "Ja?"), (phone, "Ik ook."), ("Priya", "Goed."),
        (phone, "Leuk."), ("Priya", "Ja."), (phone, "Doei."),
    ]  # fmt: skip
    assert [one.text.strip("\u200e") for one in transcript.skipped] == [
        "afbeelding weggelaten",
        "<Dit bericht is bewerkt>",
    ]


@pytest.mark.parametrize("blank", ["", "\n"])
@pytest.mark.parametrize(
    ("minutes", "seconds"), [("minutes", "seconds"), ("minuten", "seconden")], ids=["english", "dutch"]
)
def test_a_transcript_copied_from_the_screen_of_teams_is_read_once(minutes: str, seconds: str, blank: str) -> None:
    head = "Transcript. Use arrow keys to navigate.\n\nAI-generated content may be incorrect\n\n"
    copied = []
    for who, start, _, text in TALK:
        spoken = f"0 {minutes} {int(start)} {seconds}"
        first, second = text.split(" ", 1)
        copied.append(
            f"{'LP'[who]}{'WS'[who]}\n\n{NAMES[who]}\n{blank}{spoken}{short(start)}\n{NAMES[who]} {spoken}\n{first}\n"
            f"{NAMES[who]} {spoken}\n{second}\n\n"
        )
    transcript = read(head + "".join(copied), "meeting.txt")
    assert_talk(transcript, within=1)
    assert "LW\nLotte de Wit\n0 " in next(one.text for one in transcript.skipped if one.why == "repeated label")


@pytest.mark.parametrize(
    "foot",
    [
        "This editable transcript was computer generated and might contain errors. People can change the text later.",
        "Transcription ended after 01:02:21",
        "Transcriptie beëindigd na 01:02:21",
    ],
)
def test_what_google_meet_adds_below_is_no_speech(foot: str) -> None:
    transcript = read(rows("{name}: {text}\n") + f"\n{foot}\n", "meeting.txt")
    assert_talk(transcript, timed=False)
    assert [(one.text, one.why) for one in transcript.skipped] == [(foot, "footer")]


# --- Transcription services --------------------------------------------------------------------------------------


def _whisperx() -> dict[str, list[dict[str, object]]]:
    segments = [
        {
            "start": start, "end": end, "text": f" {text}", "speaker": f"SPEAKER_0{who}",
            "words": [
                {"word": w, "start": a, "end": b, "speaker": f"SPEAKER_0{who}"} for w, a, b in words_of(start, text)
            ],
        }
        for who, start, end, text in TALK
    ]  # fmt: skip
    single = [{"word": w, "start": a, "end": b} for _, start, _, text in TALK for w, a, b in words_of(start, text)]
    return {"segments": segments, "word_segments": single}


def _assembly() -> object:
    def milliseconds(who: int, start: float, text: str) -> list[object]:
        return [
            {"text": w, "start": int(a * 1000), "end": int(b * 1000), "speaker": f"SPEAKER_0{who}"}
            for w, a, b in words_of(start, text)
        ]

    said = [
        {"speaker": f"SPEAKER_0{who}", "start": int(start * 1000), "end": int(end * 1000), "text": text,
         "words": milliseconds(who, start, text)}
        for who, start, end, text in TALK
    ]  # fmt: skip
    single = [word for who, start, _, text in TALK for word in milliseconds(who, start, text)]
    return {"id": "x", "text": WHOLE, "words": single, "utterances": said}


def _azure() -> object:
    phrases = [
        {"channel": 0, "speaker": f"SPEAKER_0{who}", "offset": f"PT{start}S", "offsetInTicks": int(start * 1e7),
         "nBest": [{"confidence": 0.9, "lexical": "thanks", "display": text}, {"confidence": 0.1, "display": "No."}]}
        for who, start, _, text in TALK
    ]  # fmt: skip
    whole = {"channel": 0, "lexical": WHOLE.lower(), "display": WHOLE}
    return {"combinedRecognizedPhrases": [whole], "recognizedPhrases": phrases}


def _speechmatics() -> object:
    results: list[object] = []
    for who, start, _, text in TALK:
        for w, a, b in words_of(start, text):
            bare, speaker = w.rstrip(".,?"), f"SPEAKER_0{who}"
            results.append(
                {
                    "type": "word",
                    "start_time": a,
                    "end_time": b,
                    "alternatives": [{"content": bare, "confidence": 1, "speaker": speaker}],
                }
            )
            if bare != w:
                results.append(
                    {
                        "type": "punctuation",
                        "start_time": b,
                        "end_time": b,
                        "alternatives": [{"content": w[-1], "confidence": 1, "speaker": speaker}],
                    }
                )
    return {"format": "2.9", "results": results}


def _amazon_of_old() -> object:
    items: list[object] = []
    segments = []
    for who, start, end, text in TALK:
        labels = []
        for w, a, b in words_of(start, text):
            bare = w.rstrip(".,?")
            items.append(
                {
                    "type": "pronunciation",
                    "start_time": f"{a}",
                    "end_time": f"{b}",
                    "alternatives": [{"confidence": "0.9", "content": bare}],
                }
            )
            labels.append({"start_time": f"{a}", "end_time": f"{b}", "speaker_label": f"SPEAKER_0{who}"})
            if bare != w:
                items.append({"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": w[-1]}]})
        segments.append(
            {"start_time": f"{start}", "end_time": f"{end}", "speaker_label": f"SPEAKER_0{who}", "items": labels}
        )
    labels_apart = {"speakers": 2, "segments": segments}
    return {"results": {"transcripts": [{"transcript": WHOLE}], "speaker_labels": labels_apart, "items": items}}


def _google() -> object:
    def timed(start: float, text: str) -> list[dict[str, object]]:
        return [{"word": w, "startTime": f"{a}s", "endTime": f"{b}s"} for w, a, b in words_of(start, text)]

    results = [{"alternatives": [{"transcript": text, "words": timed(start, text)}]} for _, start, _, text in TALK]
    again = [{**w, "speakerLabel": f"SPEAKER_0{who}"} for who, start, _, text in TALK for w in timed(start, text)]
    return {"results": [*results, {"alternatives": [{"words": again}]}]}


def _google_later() -> object:
    return {
        "results": [
            {"alternatives": [{"transcript": text, "words": [
                {"word": w, "startOffset": f"{a}s", "endOffset": f"{b}s", "speakerLabel": f"SPEAKER_0{who}"}
                for w, a, b in words_of(start, text)
            ]}]}
            for who, start, _, text in TALK
        ]
    }  # fmt: skip


def _elevenlabs() -> object:
    spoken: list[object] = []
    for who, start, _, text in TALK:
        for w, a, b in words_of(start, text):
            spoken.append({"text": w, "start": a, "end": b, "type": "word", "speaker_id": f"SPEAKER_0{who}"})
            spoken.append({"text": " ", "start": b, "end": b, "type": "spacing", "speaker_id": f"SPEAKER_0{who}"})
    return {"language_code": "eng", "text": WHOLE, "words": spoken}


def _of_turns(**fields: object) -> list[dict[str, object]]:
    """One object a turn; each field is a function of who, start, end and text."""
    return [{key: make(*turn) for key, make in fields.items() if callable(make)} for turn in TALK]


def _label(who: int, *_: object) -> str:
    return f"SPEAKER_0{who}"


def _text(*turn: object) -> object:
    return turn[3]


SERVICES = {
    "whisperx": _whisperx(),
    "assemblyai": _assembly(),
    "azure": _azure(),
    "speechmatics": _speechmatics(),
    "amazon": _amazon_of_old(),
    "google": _google(),
    "google v2": _google_later(),
    "elevenlabs": _elevenlabs(),
    "whisper.cpp": {
        "transcription": _of_turns(
            timestamps=lambda _w, s, e, _t: {"from": clock(s, ","), "to": clock(e, ",")},
            offsets=lambda _w, s, e, _t: {"from": int(s * 1000), "to": int(e * 1000)},
            text=_text,
            speaker=_label,
        )
    },
    "transformers": {
        "speakers": _of_turns(text=_text, timestamp=lambda _w, s, e, _t: [s, e], speaker=_label),
        "text": WHOLE,
    },
    "happy scribe": _of_turns(
        speaker=_label,
        words=lambda _w, s, _e, t: [{"text": f"{w} ", "data_start": a, "data_end": b} for w, a, b in words_of(s, t)],
    ),
    "recall": _of_turns(
        participant=lambda who, *_: {"id": who, "name": f"SPEAKER_0{who}"},
        words=lambda _w, s, _e, t: [
            {"text": w, "start_timestamp": {"relative": a}, "end_timestamp": {"relative": b}}
            for w, a, b in words_of(s, t)
        ],
    ),
    "dote": {
        "lines": _of_turns(
            startTime=lambda _w, s, _e, _t: clock(s, ","),
            endTime=lambda _w, _s, e, _t: clock(e, ","),
            speakerDesignation=_label,
            text=_text,
        )
    },
    "stream": {
        "type": "Transcript",
        "entries": _of_turns(
            id=lambda who, s, *_: f"{who}/{s}",
            text=_text,
            speakerId=lambda who, *_: f"8e{who}@tenant",
            speakerDisplayName=_label,
            startOffset=lambda _w, s, _e, _t: f"{clock(s)}0000",
            endOffset=lambda _w, _s, e, _t: f"{clock(e)}0000",
        ),
    },
    "rev": {
        "speakers": [{"id": 0, "name": "SPEAKER_00"}, {"id": 1, "name": "SPEAKER_01"}],
        "monologues": _of_turns(
            speaker=lambda who, *_: who,
            elements=lambda _w, s, _e, t: [
                {"type": "text", "value": w, "ts": a, "end_ts": b} for w, a, b in words_of(s, t)
            ],
        ),
    },
}  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_the_json_of_every_service_is_one_interview_with_its_speakers_and_times(service: str) -> None:
    transcript = read(json.dumps(SERVICES[service]), "P07.json")
    assert_talk(transcript, ("SPEAKER_00", "SPEAKER_01"))
    assert not [one for one in transcript.skipped if one.why == "segment without words"]


@pytest.mark.parametrize("apart", [{"segments": 5}, {"segments": [{"items": 5}]}, {"segments": None}])
def test_a_list_of_speakers_that_is_none_leaves_the_words(apart: object) -> None:
    document = {"results": {"speaker_labels": apart, "items": [{"text": WHOLE, "start_time": "1"}]}}
    assert " ".join(text for _, text in turns(read(json.dumps(document), "P07.json"))) == WHOLE


def test_interviews_beside_something_else_in_a_list_keep_their_names() -> None:
    talks = [{"id": key, "turns": [{"speaker": n, "text": t} for n, t in told()]} for key in ("A", "B")]
    found = parse_bytes(json.dumps([None, talks[0], "note", talks[1]]).encode(), "study.json")
    assert [one.name for one in found] == ["study.json#A", "study.json#B"]


@pytest.mark.parametrize("never", [10**400, float("inf"), float("nan")])
def test_a_number_that_is_no_time_is_none(never: float) -> None:
    items = [{"speaker": name, "text": text, "start": never} for name, text in told()]
    transcript = read(json.dumps(items), "P07.json")
    assert turns(transcript) == told()
    assert set(starts(transcript)) == {None}


def test_a_message_cut_by_its_type_keeps_its_blanks() -> None:
    text = ["We were run", {"type": "bold", "text": "ning"}, " ", {"type": "plain", "text": "late."}]
    messages = [{"from": "Priya", "text": text}, {"from": "Lotte", "text": "Why?"}, {"from": "Priya", "text": "Rain."}]
    assert turns(read(json.dumps({"messages": messages}), "chat.json"))[0] == ("Priya", "We were running late.")


def test_interviews_whose_words_lie_in_segments_stay_apart() -> None:
    interviews = [{"id": f"P{n}", "segments": _whisperx()["segments"]} for n in (1, 2)]
    found = parse_bytes(json.dumps(interviews).encode(), "all.json")
    assert [transcript.name for transcript in found] == ["all.json#P1", "all.json#P2"]
    assert [turns(transcript) for transcript in found] == [told(("SPEAKER_00", "SPEAKER_01"))] * 2


@pytest.mark.parametrize(
    "pattern", ["{name}: {whole} {text}\n", "{name}: {start} {text}\n\n", "{whole} - {name}: {text}\n"]
)
def test_a_bare_time_beside_the_label_is_the_time_of_the_turn(pattern: str) -> None:
    assert_talk(read(rows(pattern), "P07.txt"))


def test_speechmatics_names_the_speaker_on_a_row_of_its_own() -> None:
    assert_talk(read(rows("SPEAKER: S{who}\n{text}\n\n"), "P07.txt"), ("S0", "S1"), timed=False)


# --- Researchers' programs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["Tijd: ", "Time ", "Timecode: ", ""])
def test_a_row_that_only_tells_the_time_is_the_time_of_the_turn_below(word: str) -> None:
    assert_talk(read(rows(word + "{whole}\n{name}: {text}\n\n"), "P07.txt"))


def test_initials_in_parentheses_are_labels() -> None:
    assert_talk(read(rows("({name}) {text}\n", ("LW", "AK")), "P07.txt"), ("LW", "AK"), timed=False)


@pytest.mark.parametrize("gap", ["", "&nbsp;"])
def test_otranscribe_keeps_a_page_inside_json(gap: str) -> None:
    made = rows('<p><span class="timestamp" data-timestamp="{short}">{short}</span>' + gap + "{name}: {text}<br></p>")
    transcript = read(json.dumps({"text": made, "media": "P07.mp3", "media-time": 64.1}), "P07.otr")
    assert transcript.format == "otr"
    assert_talk(transcript)


def test_marks_with_and_without_a_blank_before_the_label_are_read_alike() -> None:
    made = "".join(f"{short(s)}{' ' * who}{'IP'[who]}: {text}\n\n" for who, s, _, text in TALK * 2)
    assert [speaker for speaker, _ in turns(read(made, "P07.txt"))] == ["I", "P"] * 6


@pytest.mark.parametrize("header", ["Timespan\tContent\tSpeaker\n", "Tijdspanne\tInhoud\tSpreker\n"])
def test_a_transcript_of_nvivo_is_read_with_its_spans(header: str) -> None:
    assert_talk(read(header + rows("{tenths} - {tenths_end}\t{text}\t{name}\n"), "P07.txt"))


def test_a_table_that_lists_speaker_after_speaker_is_read_in_the_order_of_time() -> None:
    row = "{name}\t\t{start}\t{end}\t{text}\n"
    lines = rows(row).splitlines(keepends=True)
    transcript = read("".join(lines[0::2] + lines[1::2]), "elan.txt")
    assert_talk(transcript)


def test_a_table_of_questions_and_answers_in_a_document_is_read() -> None:
    table = [["Vraag", "Antwoord"], *([TALK[n][3], TALK[n + 1][3]] for n in range(0, 6, 2))]
    assert_talk(read(word([], table), "P07.docx"), ("Question", "Answer"), timed=False)


def test_whose_answers_a_table_in_a_document_holds_is_kept() -> None:
    answers = [["Naam", "Vraag", "Antwoord"], *(["Bram", TALK[n][3], TALK[n + 1][3]] for n in range(0, 6, 2))]
    assert_talk(read(word([], answers), "P07.docx"), ("Question", "Bram"), timed=False)


def test_a_form_of_questions_above_an_interview_is_no_speech() -> None:
    form = [["Vraag", "Antwoord"], ["Leeftijd", "43"], ["Woonplaats", "Zwolle"]]
    document = docx.Document(io.BytesIO(word([], form)))
    for name, text in told():
        document.add_paragraph(f"{name}: {text}")
    stream = io.BytesIO()
    document.save(stream)
    assert turns(read(stream.getvalue(), "P07.docx")) == told()


Cell = str | float


def workbook(sheets: Mapping[str, Sequence[Sequence[Cell]]]) -> bytes:
    """A workbook with these sheets."""
    members: dict[str, str | bytes] = {}
    listed, ways = "", ""
    for number, (title, rows_of_sheet) in enumerate(sheets.items(), 1):
        cells = "".join(
            f'<row r="{row}">'
            + "".join(_cell(f"{chr(65 + place)}{row}", one) for place, one in enumerate(record))
            + "</row>"
            for row, record in enumerate(rows_of_sheet, 1)
        )
        listed += f'<sheet name="{title}" sheetId="{number}" r:id="rId{number}"/>'
        ways += f'<Relationship Id="rId{number}" Target="worksheets/sheet{number}.xml"/>'
        members[f"xl/worksheets/sheet{number}.xml"] = f"<worksheet><sheetData>{cells}</sheetData></worksheet>"
    members["xl/workbook.xml"] = f'<workbook xmlns:r="r"><sheets>{listed}</sheets></workbook>'
    members["xl/_rels/workbook.xml.rels"] = f"<Relationships>{ways}</Relationships>"
    return packed(members)


def _cell(place: str, content: Cell) -> str:
    if isinstance(content, float):
        return f'<c r="{place}"><v>{content!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(content)}</t></is></c>'


@pytest.mark.parametrize("unit", [86_400, 1_440], ids=["h:mm:ss", "m:ss taken for h:mm"])
def test_times_that_a_sheet_keeps_as_parts_of_a_day_are_seconds(unit: int) -> None:
    records = [(int(start) / unit, NAMES[who], text) for who, start, _, text in TALK]
    assert_talk(read(workbook({"Blad1": [("Tijd", "Spreker", "Tekst"), *records]}), "P07.xlsx"))


def test_every_sheet_of_a_workbook_in_which_people_speak_is_an_interview() -> None:
    head, notes = ("Spreker", "Tekst"), [("Opmerkingen over de gesprekken die wij hielden",), ("Het was warm die dag",)]
    other = [(name, f"Nou, {text}") for name, text in told()]
    book = workbook({"Notities": notes, "P07": [head, *told()], "P08": [head, *other]})
    found = parse_bytes(book, "all.xlsx")
    assert [transcript.name for transcript in found] == ["all.xlsx#P07", "all.xlsx#P08"]
    assert [turns(transcript) for transcript in found] == [told(), other]
    assert [(one.why, one.text.split("\n")[1]) for one in found[0].skipped if one.why.startswith("sheet")] == [
        ("sheet 'Notities'", "Het was warm die dag")
    ]


def test_the_one_sheet_of_speech_in_a_workbook_is_the_interview() -> None:
    people = [("Naam", "Leeftijd"), ("Priya", "43"), ("Lotte", "38")]
    book = workbook({"Mensen": people, "Gesprek": [("Spreker", "Tekst"), *told()]})
    assert_talk(read(book, "P07.xlsx"), timed=False)


def test_a_project_exchanged_between_programs_gives_each_of_its_texts() -> None:
    project = (
        '<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" name="Banks"><CodeBook><Codes>'
        '<Code guid="c1" name="Annoyed"/></Codes></CodeBook><Sources><TextSource guid="g1" name="P07" '
        'plainTextPath="internal://g1.txt" richTextPath="internal://g1.docx"/><TextSource guid="g2" name="P08">'
        f"<PlainTextContent>{escape(rows('{name}: Well, {text}&#10;'), quote=False).replace('&amp;#10;', '&#10;')}"
        '</PlainTextContent></TextSource><PictureSource guid="g3" name="Photo" path="internal://g3.png"/></Sources>'
        "</Project>"
    )
    found = parse_bytes(
        packed({"project.qde": project, "Sources/g1.txt": "\ufeff" + rows("{name}: {text}\r\n")}), "b.qdpx"
    )
    assert [transcript.name for transcript in found] == ["b.qdpx#P07", "b.qdpx#P08"]
    assert turns(found[0]) == told()
    assert turns(found[1])[0] == (NAMES[0], f"Well, {TALK[0][3]}")


def test_a_project_without_texts_says_what_to_do() -> None:
    project = '<Project><Sources><TextSource name="P07" plainTextPath="internal://gone.txt"/></Sources></Project>'
    with pytest.raises(ReadError, match="no text of an interview; export the documents"):
        parse_bytes(packed({"project.qde": project}), "b.qdpx")


def _tiers(pattern: str, each: str) -> str:
    return "".join(
        pattern.format(
            name=name, who=who,
            content="".join(
                each.format(n=n, start=start, end=end, text=text.replace('"', '""'))
                for n, (one, start, end, text) in enumerate(TALK)
                if one == who
            ),
        )
        for who, name in enumerate(NAMES)
    )  # fmt: skip


ELAN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT><TIME_ORDER>'
    + "".join(
        f'<TIME_SLOT TIME_SLOT_ID="a{n}" TIME_VALUE="{int(start * 1000)}"/>'
        f'<TIME_SLOT TIME_SLOT_ID="b{n}" TIME_VALUE="{int(end * 1000)}"/>'
        for n, (_, start, end, _) in enumerate(TALK)
    )
    + "</TIME_ORDER>"
    + _tiers(
        '<TIER PARTICIPANT="{name}" TIER_ID="t{who}">{content}</TIER>',
        '<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="n{n}" TIME_SLOT_REF1="a{n}" TIME_SLOT_REF2="b{n}">'
        "<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>",
    )
    + '<TIER PARENT_REF="t1" TIER_ID="gloss"><ANNOTATION><REF_ANNOTATION ANNOTATION_REF="n1"><ANNOTATION_VALUE>'
    "complaint</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"
)
EXMARALDA = (
    "<basic-transcription><head><speakertable>"
    + "".join(f'<speaker id="s{n}"><abbreviation>{name}</abbreviation></speaker>' for n, name in enumerate(NAMES))
    + "</speakertable></head><basic-body><common-timeline>"
    + "".join(f'<tli id="T{n}" time="{start}"/>' for n, (_, start, _, _) in enumerate(TALK))
    + '<tli id="T6"/></common-timeline>'
    + "".join(
        f'<tier id="x{who}" speaker="s{who}" category="v" type="t">'
        + "".join(
            f'<event start="T{n}" end="T{n + 1}">{text}</event>'
            for n, (one, _, _, text) in enumerate(TALK)
            if one == who
        )
        + "</tier>"
        for who in (0, 1)
    )
    + '<tier id="x9" speaker="s1" category="en" type="a"><event start="T1" end="T2">complaint</event></tier>'
    "</basic-body></basic-transcription>"
)
LONG_GRID = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0 \nxmax = 64 \n'
    "tiers? <exists> \nsize = 2 \nitem []: \n"
    + _tiers(
        '    item [{who}]:\n        class = "IntervalTier" \n        name = "{name}" \n'
        "        xmin = 0 \n        xmax = 64 \n        intervals: size = 3 \n{content}",
        "        intervals [{n}]:\n            xmin = {start} \n            xmax = {end} \n"
        '            text = "{text}" \n',
    )
)  # fmt: skip
SHORT_GRID = 'File type = "ooTextFile"\n"TextGrid"\n\n0\n64\n<exists>\n2\n' + _tiers(
    '"IntervalTier"\n"{name}"\n0\n64\n3\n{content}', '{start}\n{end}\n"{text}"\n'
)
SUBTITLES = (
    "[Script Info]\nTitle: P07\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    + "".join(
        f"Dialogue: 0,{clock(s, digits=2)},{clock(e, digits=2)},Default,{NAMES[who]},0,0,0,,"
        f"{{\\i1}}{text.replace(' ', chr(92) + 'N', 1)}\n"
        for who, s, e, text in TALK
    )
)
TIMED_TEXT = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"><head><metadata>'
    + "".join(
        f'<ttm:agent type="person" xml:id="v{n}"><ttm:name type="full">{name}</ttm:name></ttm:agent>'
        for n, name in enumerate(NAMES)
    )
    + "</metadata></head><body><div>"
    + "".join(
        f'<p begin="{clock(s)}" end="{e}s" ttm:agent="v{who}">{text.replace(" ", "<br/>", 1)}</p>'
        for who, s, e, text in TALK
    )
    + "</div></body></tt>"
)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("P07.eaf", ELAN, "eaf"),
        ("P07.exb", EXMARALDA, "exb"),
        ("P07.TextGrid", LONG_GRID, "textgrid"),
        ("P07.TextGrid", SHORT_GRID, "textgrid"),
        ("P07.ass", SUBTITLES, "ass"),
        ("P07.ttml", TIMED_TEXT, "ttml"),
    ],
)
def test_annotated_recordings_and_subtitles_are_read_in_the_order_of_time(name: str, text: str, kind: str) -> None:
    transcript = read(text, name)
    assert transcript.format == kind
    assert_talk(transcript)
    assert [one.text for one in transcript.skipped if one.why.startswith("tier")] in ([], ["complaint"])


def test_what_people_say_in_a_grid_is_kept_whatever_it_looks_like() -> None:
    said = 'At 8:30, and then: 5 euros. The ""intervals"" were long, xmin = 3.'
    transcript = read(LONG_GRID.replace(TALK[5][3], said), "P07.TextGrid")
    assert turns(transcript) == [*told()[:5], (NAMES[1], said.replace('""', '"'))]
    assert starts(transcript) == [start for _, start, _, _ in TALK]


def test_a_time_so_small_that_it_has_an_exponent_begins_an_interval() -> None:
    transcript = read(SHORT_GRID.replace("\n3.25\n", "\n2.5e-14\n"), "P07.TextGrid")
    assert turns(transcript) == told()
    assert starts(transcript)[0] == pytest.approx(0)


def test_timed_text_with_times_in_its_pieces_goes_from_the_first_to_the_last() -> None:
    body = '<tt><body><p><span begin="3s" end="4s">One</span> <span begin="5s" end="6s">two</span></p></body></tt>'
    assert subtitles.read_ttml(body, "P07.ttml").pieces == (Piece("One two", None, 3.0, 6.0),)


@pytest.mark.parametrize(
    ("rates", "begin", "seconds"),
    [
        ("", "90f", 3.0),
        ('frameRate="25"', "75f", 3.0),
        ('tickRate="1000"', "3000t", 3.0),
        ('tickRate="0"', "30000000t", 3.0),
    ],
)
def test_times_in_frames_and_ticks_are_seconds(rates: str, begin: str, seconds: float) -> None:
    body = f'<tt {rates}><body><p begin="{begin}" end="9s">One</p></body></tt>'
    assert subtitles.read_ttml(body, "P07.ttml").pieces == (Piece("One", None, seconds, 9.0),)


def test_a_grid_of_single_words_below_the_utterances_is_not_read_twice() -> None:
    single = "".join(f'{a}\n{b}\n"{w}"\n' for _, start, _, text in TALK for w, a, b in words_of(start, text))
    transcript = read(f'{SHORT_GRID}"IntervalTier"\n"words"\n0\n64\n80\n{single}', "P07.TextGrid")
    assert_talk(transcript)
    assert [one.why for one in transcript.skipped] == ["tier 'words'"]


def test_a_chat_transcript_is_read_without_its_dependent_tiers() -> None:
    head = "@UTF8\n@Begin\n@Languages:\teng\n@Participants:\tINV Lotte Investigator, PAR Priya Participant\n"
    body = "".join(
        f"*{('INV', 'PAR')[who]}:\t{text.replace(' ', chr(10) + chr(9), 1)} "
        f"\x15{int(s * 1000)}_{int(e * 1000)}\x15\n%mor:\tpro|it\n"
        for who, s, e, text in TALK
    )
    transcript = read(f"{head}{body}@End\n", "P07.cha")
    assert_talk(transcript, ("INV", "PAR"))
    assert {one.why for one in transcript.skipped} == {"header", "dependent tier"}


def test_a_chat_transcript_without_words_is_no_subtitle() -> None:
    with pytest.raises(ReadError, match="No speech was found"):
        parse_bytes(b"@UTF8\n@Begin\n@Participants:\tINV Lotte Investigator\n@End\n", "P07.cha")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('<?xml version="1.0"?><settings><set key="a">words</set></settings>', "no transcript that is known"),
        (ELAN[:400], "damaged"),
        ('<?xml version="1.0"?><!DOCTYPE tt [<!ENTITY a "b">]><tt><body><p begin="1s">&a;</p></body></tt>', "entities"),
        ("<ANNOTATION_DOCUMENT><TIME_ORDER/></ANNOTATION_DOCUMENT>", "no tier with words"),
    ],
)  # fmt: skip
def test_markup_that_is_no_transcript_is_refused_and_not_read_as_speech(text: str, why: str) -> None:
    with pytest.raises(ReadError, match=why):
        parse_bytes(text.encode(), "P07.xml")


def test_text_that_begins_with_a_name_in_angle_brackets_is_no_markup() -> None:
    assert_talk(read(rows("<{name}> {text}\n"), "P07.txt"), timed=False)
