"""Files that cannot be read, and files made to do harm: one clear sentence each, within bounds of memory and time."""

from __future__ import annotations

import contextlib
import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from synth.errors import InputError, ReadError, SynthError
from synth.export import export_results
from synth.parse import ReadSettings, find_files, parse_bytes, parse_file
from tests.builders import small_study
from tests.parse_samples import odt, packed, pdf, read, turns, word

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
DOCX_HEAD = (
    '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
)


def broken_document() -> bytes:
    return packed({"word/document.xml": DOCX_HEAD + "<w:p><w:r><w:t>I: How"})


def locked_zip() -> bytes:
    data = bytearray(packed({"word/document.xml": DOCX_HEAD}))
    # The bit of encryption, in both headers of the only member.
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<w:document xmlns:w="x"><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>'
)


FORM = "Toestemmingsformulier\n\nIk doe vrijwillig mee.\n\nNaam: ______\nHandtekening: ______\n"


def test_consent_form_is_no_interview_and_an_interview_about_one_is() -> None:
    with pytest.raises(ReadError, match="consent form"):
        parse_bytes(FORM.encode(), "toestemming.txt")
    talk = "Toestemmingsformulier\n\nI: Las u het?\n\nR: Ja.\n\nI: En de handtekening?\n\nR: Gezet.\n"
    assert len(parse_bytes(talk.encode(), "gesprek.txt")[0].turns) == 4


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \r\n\t ", "empty"),
        ("a.vtt", b"\xef\xbb\xbf", "empty"),
        ("a.txt", PNG, "PNG image"),
        ("a.txt", b"\xff\xd8\xff\xe0" + bytes(200), "JPEG image"),
        ("a.docx", b"ID3\x04" + bytes(200), "audio"),
        ("a.txt", b"abc\x00\x01\x02\x03" * 100, "binary"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "save it as .xlsx"),
        ("a.pages", packed({"Index/Document.iwa": "x"}), "export it as .docx"),
        ("a.txt", bytes(range(256)) * 8, "binary"),
        ("a.docx", word(["I: Hello."])[:-200], "damaged"),
        ("a.docx", broken_document(), "damaged"),
        ("a.docx", packed({"[Content_Types].xml": "<x/>"}), "no document"),
        ("a.docx", locked_zip(), "password"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as .docx"),
        ("a.docx", packed({"word/document.xml": ENTITIES}), "entities"),
        (
            "a.odt",
            packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}),
            "another kind",
        ),
        ("a.odt", packed({"content.xml": "<x/>", "META-INF/manifest.xml": "<manifest:encryption-data/>"}), "password"),
        ("a.odt", odt(""), "no text"),
        ("a.pdf", b"%PDF-1.4\nnothing of the kind", "damaged"),
        ("a.pdf", pdf([[], [], []]), "OCR"),
        ("a.pptx", packed({"ppt/presentation.xml": "<x/>"}), "presentation"),
        ("a.json", b'{"segments": [', "not valid JSON"),
        ("a.json", b'{"a": 1, "b": [1, 2, 3]}', "no list of segments"),
        ("a.json", b"[" * 100_000, "not valid JSON"),
        ("a.csv", b"name,age\nJan,12\nPiet,13\n", "no column with speech"),
        ("a.vtt", b"WEBVTT\n", "no cues"),
        ("a.rtf", rb"{\rtf1 }", "no text"),
        ("a.html", b"<!doctype html><html><script>x()</script></html>", "no text"),
        ("a.md", b"# Title\n\n## And another\n", "No speech"),
        ("a.txt", b"----\n====\n", "No speech"),
    ],
)
def test_what_cannot_be_read_says_why_in_one_line(name: str, data: bytes, why: str) -> None:
    with pytest.raises(ReadError, match=why) as caught:
        parse_bytes(data, name)
    assert "\n" not in str(caught.value)
    assert caught.value.path == name
    assert caught.value.why.endswith(".") or caught.value.why.endswith(").")


def test_a_few_stray_nuls_do_not_make_a_transcript_binary() -> None:
    text = "I: How was it?\n\nP: It was fine, they called me back.\n\n" * 40
    [transcript] = parse_bytes(text.encode().replace(b"back", b"ba\x00ck", 3), "P01.txt")
    assert [speaker.name for speaker in transcript.speakers] == ["I", "P"]
    assert "ba ck" in transcript.text


def test_a_file_over_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(60_000_000)
    with pytest.raises(ReadError, match="60 MB, more than the 50 MB"):
        parse_file(path)


def test_a_file_that_is_not_there_and_a_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        parse_file(tmp_path / "nothing.txt")
    with pytest.raises(ReadError, match="folder"):
        parse_file(tmp_path)


def test_words_of_a_participant_never_stand_in_an_error() -> None:
    with pytest.raises(ReadError) as caught:
        parse_bytes(b'{"text": "I am Secretname', "a.json")
    assert "Secretname" not in str(caught.value)


# --- Harm --------------------------------------------------------------------------------------------------------


def bomb(member: str, inner: bytes) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(member, "w", force_zip64=True) as file,
    ):
        for _ in range(300):
            file.write(inner * (1_000_000 // len(inner)))
    return stream.getvalue()


@pytest.mark.parametrize("member", ["word/document.xml", "content.xml"])
def test_a_zip_bomb_is_refused_before_it_fills_the_memory(member: str) -> None:
    data = bomb(member, b"<a>" + b" " * 997)
    tracemalloc.start()
    with pytest.raises(ReadError, match="far more"):
        parse_bytes(data, "a.docx")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000


def test_a_line_of_ten_megabytes_is_read() -> None:
    transcript = read("I: Why? R: " + "no idea at all, no. " * 520_000, "long.txt")
    assert len(transcript.lines) > 100_000


def test_a_word_of_ten_megabytes_is_read() -> None:
    assert len(read("a" * 10_000_000, "long.txt").lines) == 1


@pytest.mark.parametrize(
    "pattern", ["{n} and so", "Speaker {n}: hello\n\n", "Name{n} Person: hello\n\n", "[00:00:01] Person {n}: hi\n"]
)
def test_ten_thousand_speakers_are_read(pattern: str) -> None:
    transcript = read("".join(pattern.format(n=n) for n in range(10_000)), "many.txt")
    assert len(transcript.speakers) in {1, 10_000}


@pytest.mark.parametrize(
    "text",
    [
        "*" * 60_000,
        "**a " * 20_000,
        "[" * 60_000,
        "[a](" * 20_000,
        "(" * 60_000 + "x",
        "<v " * 20_000,
        "<!--" * 20_000,
        "&" * 60_000,
        "a:" * 40_000,
        ": " * 40_000,
        "1:" * 40_000,
        "00:00:00 --> " * 6_000,
        "| - " * 20_000,
        "- " * 40_000,
        "#" * 60_000,
        "{" * 60_000,
        '"' * 60_000,
        "a,b;" * 20_000,
        "\n" * 100_000 + "x",
        "I: \n" * 20_000 + "x",
        ". " * 40_000,
        "a. B" * 20_000,
        "\\" * 60_000,
        " " * 100_000 + "x",
        "_a_" * 20_000,
        "...!?" * 12_000,
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.html", "a.csv"])
def test_text_made_to_be_slow_is_not(text: str, name: str) -> None:
    try:
        for transcript in parse_bytes(text.encode(), name):
            assert transcript.lines
    except SynthError:
        pass


@pytest.mark.parametrize(
    "text",
    [
        'File type = "ooTextFile"\n"TextGrid"\n"IntervalTier"\n"A"\n' + "1" * 60_000,
        'File type = "ooTextFile"\n"TextGrid"\n"IntervalTier"\n"A"\n' + '1 2 "' * 20_000,
        "@Begin\n" + "*INV:\t" * 20_000,
        "[Script Info]\n\nDialogue: " + "," * 60_000,
        "<tt>" + "<p>" * 20_000,
        '<?xml version="1.0"?>' + "<!--" * 20_000,
        "x" + " " * 100_000 + "y\n" + "Anna 1 minute 4 seconds\n" * 3,
        "+31 " * 20_000,
        "🌷" * 60_000 + ": x",
        "speaker:" * 20_000,
    ],
)
def test_what_begins_as_an_export_and_is_made_to_be_slow_is_not(text: str) -> None:
    with contextlib.suppress(SynthError):
        assert all(transcript.lines for transcript in parse_bytes(text.encode(), "a.txt"))


def test_a_file_that_a_project_lists_many_times_is_unpacked_up_to_the_limit() -> None:
    sources = "".join(f'<TextSource name="P{n}" plainTextPath="internal://1.txt"/>' for n in range(100))
    text = "".join(f"I: Why {n}?\n\nP: Because of the {n} others.\n\n" for n in range(300))
    data = packed({"project.qde": f"<Project>{sources}</Project>", "sources/1.txt": text})
    assert len(parse_bytes(data, "a.qdpx")) == 100
    with pytest.raises(ReadError, match="far more"):
        parse_bytes(data, "a.qdpx", ReadSettings(max_bytes=len(text) * 10))


def test_deep_nesting_is_no_crash() -> None:
    for data, name in [
        (json.dumps({"a": 1}).replace("1", '{"a":' * 900 + "1" + "}" * 900).encode(), "a.json"),
        (("<!doctype html>" + "<table><tr><td>" * 3000 + "x").encode(), "a.html"),
        (rb"{\rtf1" + b"{" * 50_000 + b"I: Hello.", "a.rtf"),
        (packed({"word/document.xml": DOCX_HEAD + "<w:tbl><w:tr><w:tc>" * 3000}), "a.docx"),
    ]:
        with contextlib.suppress(SynthError):
            assert parse_bytes(data, name)


def test_macros_in_a_document_are_not_looked_at() -> None:
    body = "".join(f"<w:p><w:r><w:t>{label}: Hello.</w:t></w:r></w:p>" for label in ("I", "R"))
    data = packed(
        {"word/document.xml": f"{DOCX_HEAD}{body}</w:body></w:document>", "word/vbaProject.bin": b"\x00" * 100}
    )
    assert [name for name, _ in turns(read(data, "a.docm"))] == ["I", "R"]


# --- Folders -----------------------------------------------------------------------------------------------------


def test_a_folder_is_listed_with_what_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in (
        "b.txt",
        "a.vtt",
        "deep/er/c.docx",
        ".hidden.txt",
        "~$a.docx",
        "scan.jpg",
        "talk.mp3",
        "README.md",
        "Deelnemers.csv",
    ):
        (tmp_path / name).write_text("I: Hello.")
    (tmp_path / "d.zip").write_bytes(
        packed({"x/e.txt": "I: Hi.", "__MACOSX/e.txt": "no", "participants.csv": "a", "y.png": "z"})
    )
    (tmp_path / "elsewhere").symlink_to(tmp_path / "deep", target_is_directory=True)
    found = find_files([tmp_path, tmp_path / "b.txt"])
    assert [file.name for file in found.files] == ["a.vtt", "b.txt", "d.zip/x/e.txt", "deep/er/c.docx"]
    assert [file.name for file in found.people] == ["d.zip/participants.csv", "Deelnemers.csv"]
    left = {"scan.jpg", "talk.mp3", "README.md", "d.zip/y.png", "elsewhere"}
    assert {failure.name for failure in found.failed} == left
    assert found.files[2].read() == b"I: Hi."


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        find_files([tmp_path / "nothing"])


def test_a_damaged_archive_is_listed_as_failed(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and nothing")
    (tmp_path / "b.zip").write_bytes(packed({"in.zip": b"PK"}))
    assert [failure.name for failure in find_files([tmp_path]).failed] == ["a.zip", "b.zip/in.zip"]


def test_own_database_and_key_among_the_interviews_are_passed_over(tmp_path: Path) -> None:
    for name in ("P1.txt", "study.db", "study.db-wal", "study.db.s-1f.key.json", "study.dbx.txt"):
        (tmp_path / name).write_text("P1: Hello.", encoding="utf-8")
    found = find_files([tmp_path], own=tmp_path / "study.db")
    assert [file.name for file in found.files] == ["P1.txt", "study.dbx.txt"]
    assert not found.failed


def test_a_bomb_in_an_archive_of_interviews_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(bomb("e.txt", b"I: no. "))
    [file] = find_files([tmp_path]).files
    with pytest.raises(ReadError, match=r"300 MB|far more"):
        file.read(ReadSettings())


@pytest.mark.parametrize("format_", ["html", "json", "csv", "md"])
def test_reports_and_exports_among_the_interviews_are_not_read_as_interviews(tmp_path: Path, format_: str) -> None:
    (tmp_path / "P1.txt").write_text("P1: Hello.", encoding="utf-8")
    for name, data in export_results(small_study(), format_).items():
        (tmp_path / name).write_bytes(data)
    found = find_files([tmp_path])
    assert [file.name for file in found.files] == ["P1.txt"]
    assert not found.failed
