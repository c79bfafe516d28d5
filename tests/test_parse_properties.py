"""What holds for any file: only our errors, nothing said is lost, lines partition turns and are slices of the text."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth.errors import ReadError
from synth.parse import parse_bytes
from tests.parse_samples import Turns, check, odt, packed, word

NAMES = [
    "a.txt",
    "a.md",
    "a.vtt",
    "a.srt",
    "a.sbv",
    "a.lrc",
    "a.json",
    "a.jsonl",
    "a.csv",
    "a.tsv",
    "a.html",
    "a.rtf",
    "a.docx",
    "a.pdf",
    "a.eaf",
    "a",
]
SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=120)

FRAGMENTS = st.sampled_from(
    [
        "I:",
        "R: ",
        "Anna Kok: ",
        "**P1:** ",
        "[00:00:01] ",
        "Anna  0:10\n",
        "00:01.000 --> 00:02.000\n",
        "WEBVTT\n\n",
        "1\n",
        "\n\n",
        "\n",
        "---\n",
        "# Talk\n",
        "    - note\n",
        "(laughs)",
        "<v Anna>",
        "</v>",
        "&amp;",
        '{"text": "',
        '"}',
        "[{",
        "}]",
        ",",
        ";",
        "\t",
        "speaker,text\n",
        "<p>",
        "<table><tr><td>",
        "</td>",
        "<!-- ",
        "-->",
        "{\\rtf1 ",
        "\\par ",
        "\\'e9",
        "}",
        "|",
        "* ",
        "_",
        "How are you? ",
        "ja dus ik ",
        "3.50 ",
        "Transcribed by x\n",
        "Date: 3 May\n",
        "é",
        "\u2019",
        "\ufeff",
        "\u200b",
        "\x0c",
        "\r\n",
        "Interview 2\n",
        "Anna Kok 1 minute 4 seconds\n",
        "1 minute 4 seconds1:04\n",
        "+31 6 12345678: ",
        "-00:01.000 -->\n",
        '1 "Anna Kok" (12)\n',
        "Q1: ",
        "A1: ",
        "&",
        "@Begin\n",
        "*INV:\t",
        "%mor:\t",
        "\x151_2\x15\n",
        'File type = "ooTextFile"\n"TextGrid"\n',
        '"IntervalTier"\n"Anna"\n',
        '0\n1.5\n"',
        '"\n',
        "[Script Info]\n",
        "\nDialogue: 0,0:00:01.00,0:00:02.00,Default,Anna,0,0,0,,",
        "<tt><body>",
        '<p begin="1s" end="00:00:02:10" agent="v1">',
        "</p>",
        "</body></tt>",
        "<ANNOTATION_DOCUMENT>",
        "<basic-transcription>",
    ]
)


def refusal(data: bytes, name: str) -> Exception | None:
    """What reading raised, be it ours or not; None where it gave transcripts, which are checked then."""
    try:
        transcripts = parse_bytes(data, name)
    except Exception as error:
        return error
    assert transcripts, "a file in which nobody speaks is refused"
    for transcript in transcripts:
        check(transcript)
    return None


def is_in_our_words(raised: Exception | None) -> bool:
    return raised is None or (isinstance(raised, ReadError) and raised.why != "")


@SLOW
@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=12)), max_size=60), st.sampled_from(NAMES))
def test_any_text_is_read_or_refused_in_our_words(parts: list[str], name: str) -> None:
    raised = refusal("".join(parts).encode("utf-8", "surrogatepass"), name)
    assert is_in_our_words(raised), f"{type(raised).__name__} is no error of ours"


@SLOW
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.4\n", b"{\\rtf1", b"\xff\xfe", b"WEBVTT\n\n", b"[{"]),
    st.sampled_from(NAMES),
)
def test_any_bytes_are_read_or_refused_in_our_words(data: bytes, head: bytes, name: str) -> None:
    raised = refusal(head + data, name)
    assert is_in_our_words(raised), f"{type(raised).__name__} is no error of ours"


@SLOW
@given(
    st.lists(FRAGMENTS, min_size=1, max_size=30),
    st.sampled_from(["word/document.xml", "content.xml", "xl/worksheets/sheet1.xml", "project.qde"]),
)
def test_any_archive_is_read_or_refused_in_our_words(parts: list[str], member: str) -> None:
    members: dict[str, str | bytes] = {"xl/workbook.xml": ""} if member.startswith("xl") else {}
    raised = refusal(packed({**members, member: "".join(parts)}), "a.docx")
    assert is_in_our_words(raised), f"{type(raised).__name__} is no error of ours"


# --- Nothing said is lost ----------------------------------------------------------------------------------------


@st.composite
def talks(draw: st.DrawFn) -> Turns:
    """An interview in which every word occurs once, so that each can be looked for."""
    count = iter(range(1, 100_000))
    ends = st.sampled_from([".", "?", "!", "...", "…", "", ",", " bijv.", " e.g. 3.50"])
    talk: Turns = []
    labels = draw(
        st.sampled_from([("Interviewer", "P07"), ("I", "R"), ("Anna Kok", "Bram de Wit"), ("Speaker 1", "Speaker 2")])
    )
    for number in range(draw(st.integers(4, 12))):
        words = " ".join(
            ("W" if first else "w") + f"{next(count)}x" + (draw(ends) if last else "")
            for size in draw(st.lists(st.integers(1, 9), min_size=1, max_size=5))
            for first, last in ((place == 0, place == size - 1) for place in range(size))
        )
        talk.append((labels[number % 2], words))
    return talk


def as_table(talk: Turns, delimiter: str) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows([("Spreker", "Tekst"), *talk])
    return stream.getvalue().encode("utf-16")


WRITERS: dict[str, Callable[[Turns], bytes]] = {
    "a.txt": lambda talk: "\r\n\r\n".join(f"{name}: {words}" for name, words in talk).encode("cp1252", "replace"),
    "b.txt": lambda talk: "\n".join(f"{name}  0:{n:02}\n{words}\n" for n, (name, words) in enumerate(talk)).encode(),
    "c.md": lambda talk: "\n\n".join(f"**{name}:** {words}" for name, words in talk).encode("utf-8-sig"),
    "d.vtt": lambda talk: (
        "WEBVTT\n\n"
        + "".join(f"00:{n:02}.000 --> 00:{n + 1:02}.000\n<v {a}>{b}</v>\n\n" for n, (a, b) in enumerate(talk))
    ).encode(),
    "e.srt": lambda talk: "".join(
        f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{a}: {b}\n\n" for n, (a, b) in enumerate(talk, 1)
    ).encode(),
    "f.csv": lambda talk: as_table(talk, ";"),
    "g.tsv": lambda talk: as_table(talk, "\t"),
    "h.json": lambda talk: json.dumps(
        {"segments": [{"speaker": a, "text": b, "start": n} for n, (a, b) in enumerate(talk)]}
    ).encode(),
    "i.jsonl": lambda talk: "\n".join(json.dumps({"speaker": a, "text": b}) for a, b in talk).encode(),
    "j.docx": lambda talk: word([(f"{name}:", f" {words}") for name, words in talk]),
    "k.docx": lambda talk: word([], [(str(name), words) for name, words in talk]),
    "l.odt": lambda talk: odt("".join(f"<text:p>{name}: {words}</text:p>" for name, words in talk)),
    "m.html": lambda talk: ("<html>" + "".join(f"<p><b>{name}</b> {words}</p>" for name, words in talk)).encode(),
    "n.rtf": lambda talk: (
        r"{\rtf1 "
        + "".join(
            rf"{{\b {a}:}} "
            rf"{b.replace('…', chr(92) + 'u8230?')}\par "
            for a, b in talk
        )
        + "}"
    ).encode(),
    "o.eaf": lambda talk: (
        "<ANNOTATION_DOCUMENT><TIME_ORDER>"
        + "".join(f'<TIME_SLOT TIME_SLOT_ID="t{n}" TIME_VALUE="{n}000"/>' for n in range(len(talk)))
        + "</TIME_ORDER>"
        + "".join(
            f'<TIER TIER_ID="{who}">'
            + "".join(
                f'<ANNOTATION><ALIGNABLE_ANNOTATION TIME_SLOT_REF1="t{n}"><ANNOTATION_VALUE>{words}</ANNOTATION_VALUE>'
                "</ALIGNABLE_ANNOTATION></ANNOTATION>"
                for n, (name, words) in enumerate(talk)
                if name == who
            )
            + "</TIER>"
            for who in sorted({str(name) for name, _ in talk})
        )
        + "</ANNOTATION_DOCUMENT>"
    ).encode(),
    "p.cha": lambda talk: (
        "@UTF8\n@Begin\n" + "".join(f"*{str(a).replace(' ', '_')}:\t{b}\n%com:\tnote\n" for a, b in talk) + "@End\n"
    ).encode(),
    "q.ass": lambda talk: (
        "[Script Info]\n\n[Events]\n"
        + "".join(
            f"Dialogue: 0,0:00:{n:02}.00,0:00:{n:02}.90,Default,{a},0,0,0,,{b}\n" for n, (a, b) in enumerate(talk)
        )
    ).encode(),
    "r.ttml": lambda talk: (
        "<tt><body>"
        + "".join(f'<p begin="{n}s" end="{n + 1}s">{a}: {b}</p>' for n, (a, b) in enumerate(talk))
        + "</body></tt>"
    ).encode(),
    "s.otr": lambda talk: json.dumps({"text": "".join(f"<p>{a}: {b}<br></p>" for a, b in talk)}).encode(),
    "t.qdpx": lambda talk: packed(
        {
            "project.qde": '<Project><TextSource name="P07" plainTextPath="internal://1.txt"/></Project>',
            "sources/1.txt": "\r\n\r\n".join(f"{a}: {b}" for a, b in talk),
        }
    ),
}


@SLOW
@given(talks(), st.sampled_from(sorted(WRITERS)))
def test_every_word_of_every_speaker_is_read_in_every_format(talk: Turns, name: str) -> None:
    [transcript] = parse_bytes(WRITERS[name](talk), name)
    check(transcript)
    said: dict[str | None, str] = {}
    for line in transcript.lines:
        label = (transcript.turn_of(line.number).speaker or "").replace("_", " ")
        said[label] = said.get(label, "") + line.text
    for one in {label for label, _ in talk}:
        words = "".join(words for label, words in talk if label == one)
        assert re.sub(r"[\s…?]", "", said[one]) == re.sub(r"[\s…?]", "", words)


@SLOW
@given(
    talks(),
    st.lists(
        st.sampled_from(
            ["(laughs)", "[00:01:02]", "# Part", "----", "Date: today", "    - a note", "Transcribed by us"]
        ),
        max_size=5,
    ),
    st.data(),
)
def test_what_is_not_speech_takes_no_words_with_it(talk: Turns, noise: list[str], data: st.DataObject) -> None:
    rows = [f"{name}: {words}" for name, words in talk]
    for extra in noise:
        rows.insert(data.draw(st.integers(0, len(rows))), extra)
    [transcript] = parse_bytes("\n\n".join(rows).encode(), "a.md")
    check(transcript)
    kept = " ".join([line.text for line in transcript.lines] + [entry.text for entry in transcript.skipped])
    for _, words in talk:
        assert set(re.findall(r"[Ww]\d+x", words)) <= set(re.findall(r"[Ww]\d+x", kept))


@SLOW
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
def test_text_without_labels_loses_no_character(text: str) -> None:
    with contextlib.suppress(ReadError):
        [transcript] = parse_bytes(("The first sentence. " + text).encode(), "a.txt")
        kept = "".join(
            [line.text for line in transcript.lines]
            + [entry.text for entry in transcript.skipped]
            + [str(s.name) for s in transcript.speakers]
        )
        missing = set("".join(transcript.text.split())) - set(kept)
        assert not {character for character in missing if character.isalpha()}


@SLOW
@given(
    st.lists(st.one_of(FRAGMENTS, st.text("abcdefgh XYZ.?", min_size=3, max_size=12)), max_size=60),
    st.sampled_from(["a.txt", "a.md", "a.vtt"]),
)
def test_every_word_of_the_text_is_in_a_line_a_label_or_skipped(parts: list[str], name: str) -> None:
    with contextlib.suppress(ReadError):
        for transcript in parse_bytes("".join(parts).encode(), name):
            place, around = 0, []
            for line in transcript.lines:
                around.append(transcript.text[place : line.start])
                place = line.end
            around.append(transcript.text[place:])
            kept = " ".join(
                [entry.text for entry in transcript.skipped] + [speaker.name or "" for speaker in transcript.speakers]
            )
            lost = [
                word for word in re.findall(r"[^\W\d_]{2,}", " ".join(around)) if word.casefold() not in kept.casefold()
            ]
            assert not lost
