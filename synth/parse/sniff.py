"""What a file is, judged by its content; the name only settles what the content leaves open."""

from __future__ import annotations

import json
import re

from synth.errors import ReadError
from synth.parse import cues, subtitles, tiers
from synth.parse.tables import looks_like_table

_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a bitmap image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"ID3", "an audio file"),
    (b"OggS", "an audio file"),
    (b"fLaC", "an audio file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x1aE\xdf\xa3", "a video file"),
)
_TEXT_GRID = re.compile(r'\s*File type = "ooTextFile"\s+(?:Object class = )?"TextGrid"')
_TAG = re.compile(r"<(?:\w{1,20}:)?([A-Za-z_][\w-]{0,40})(?=[\s/>])")
_ROOTS = {"tt": "ttml", "ANNOTATION_DOCUMENT": "eaf", "basic-transcription": "exb"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refuse_other_kinds(data: bytes, name: str) -> None:
    """Raise ReadError for files that are clearly something else than text or a document."""
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise ReadError(name, "The file is empty; check that it was saved or downloaded completely.")
    for magic, kind in _MAGIC:
        if data.startswith(magic) and (len(magic) > 3 or not _is_text(data)):
            raise ReadError(name, f"This is {kind}, whatever its name says; give the transcript as text.")
    if data[4:8] == b"ftyp" or (data[:4] == b"RIFF" and data[8:12] in {b"WAVE", b"WEBP", b"AVI "}):
        raise ReadError(name, "This is an image, sound or video file, whatever its name says; transcribe it first.")
    if data.startswith(_OLE):
        protected = b"E\x00n\x00c\x00r\x00y\x00p\x00t" in data
        why = (
            "The document has a password; save it without one."
            if protected
            else "This is an old Excel file (.xls); save it as .xlsx."
            if b"W\x00o\x00r\x00k\x00b\x00o\x00o\x00k" in data
            else "This is an old Word file (.doc); save it as .docx."
        )
        raise ReadError(name, why)


def _is_text(data: bytes) -> bool:
    return not re.search(rb"[\x00-\x08\x0e-\x1a]", data[:2000])


def container_format(data: bytes) -> str | None:
    """`zip`, `pdf` or `rtf` by the first bytes; None for text."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return "zip"
    if head.startswith(b"%PDF-") or b"%PDF-" in data[:1024]:
        return "pdf"
    return "rtf" if head.startswith(b"{\\rtf") else None


def text_format(text: str, name: str) -> str:
    """What decoded text is: vtt, srt, sbv, lrc, ass, ttml, eaf, exb, textgrid, cha, xml of another kind, json, jsonl,
    html, csv, tsv or txt."""
    lowered = name.lower()
    head = text[:4000].lstrip()
    if head.startswith("WEBVTT"):
        return "vtt"
    if (kind := _annotated(text)) is not None:
        return kind
    if head[:1] in "{[" and (kind := _json_kind(text, lowered)):
        return kind
    timings = cues.count_timings(text)
    if timings >= 2 or (timings == 1 and lowered.endswith((".vtt", ".srt", ".sbv"))):
        return _cue_format(text, lowered)
    if cues.looks_like_lrc(text) and not _labels_in_brackets(text) and (lowered.endswith(".lrc") or _hundredths(text)):
        return "lrc"
    if re.match(r"(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)?(?:<!doctype html|<html\b)", head, re.I | re.S):
        return "html"
    if lowered.endswith((".html", ".htm")) and re.search(r"<(?:p|div|body|table|span|br)\b", text[:20_000], re.I):
        return "html"
    if lowered.endswith((".csv", ".tsv", ".tab")) or looks_like_table(text):
        return "tsv" if "\t" in text.split("\n", 1)[0] and not lowered.endswith(".csv") else "csv"
    return "txt"


def _annotated(text: str) -> str | None:
    """The kind of a text that tells it at its very beginning; None for all others."""
    if subtitles.looks_like_ass(text):
        return "ass"
    if tiers.looks_like_chat(text):
        return "cha"
    if _TEXT_GRID.match(text):
        return "textgrid"
    head = text[:20_000].lstrip()
    declared = head.startswith("<?xml")
    root = _TAG.search(head) if declared else _TAG.match(head)
    name = root.group(1) if root else ""
    return None if name.lower() == "html" else _ROOTS.get(name, "xml" if declared else None)


def _json_kind(text: str, lowered: str) -> str | None:
    first = text.lstrip().split("\n", 1)[0].strip()
    if lowered.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    if lowered.endswith(".json"):
        return "json"
    if first.startswith("{") and first.endswith("}"):
        try:
            return "jsonl" if isinstance(json.loads(first), dict) and "\n{" in text.strip() else "json"
        except (json.JSONDecodeError, RecursionError):
            return None
    return "json" if re.match(r"\s*(?:\{\s*\"|\[\s*[{\[\"])", text) else None


def _cue_format(text: str, lowered: str) -> str:
    if re.search(r"^\s*\d{1,3}:\d{2}:\d{2}[.,]\d{1,3}\s*,\s*\d{1,3}:\d{2}:\d{2}", text[:40_000], re.M):
        return "sbv"
    if lowered.endswith((".vtt", ".srt")):
        return lowered[-3:]
    return "srt" if re.search(r":\d{2},\d{3}\s*-->", text[:40_000]) else "vtt"


def _hundredths(text: str) -> bool:
    return len(re.findall(r"^\s*\[\d{1,3}:\d{2}\.\d{2}\]", text[:20_000], re.M)) >= 3


def _labels_in_brackets(text: str) -> bool:
    """Whether what follows the times are speakers, as in `[00:12.50] Anna: ...` of a transcript that is no lyrics
    file."""
    return len(re.findall(r"^\s*\[[\d:.]+\]\s*[^\W\d_][^:\n]{0,40}:\s", text[:20_000], re.M)) >= 3
