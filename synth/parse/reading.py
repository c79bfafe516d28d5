"""One file's bytes to its transcripts: which reader, then what all readers share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from synth.domain import Skipped, Transcript
from synth.errors import ReadError
from synth.parse import cues, decode, jsons, plain, sniff, subtitles, tables, tiers
from synth.parse.assemble import NO_WORDS, Origin, assemble
from synth.parse.pieces import Source, Spoken, Written
from synth.parse.settings import DEFAULT_SETTINGS, ReadSettings
from synth.parse.several import split_interviews
from synth.parse.stretches import tell_pieces
from synth.parse.written import tell_rows

OTHER_XML = "This is XML, but no transcript that is known; export it as docx, txt, vtt, srt, csv or json."
NO_CUES = "The file has no cues with words; export the subtitles again."
CONSENT = (
    "This is a consent form and no interview; it is not read. If it is one, put `Name:` before what each person says."
)
_CONSENT_HEAD = re.compile(
    r"\b(?:toestemmings(?:formulier|verklaring)|(?:informed )?consent form|informed consent)\b", re.I
)
_SIGNED = re.compile(r"\b(?:handtekening|ondertekend|signature|signed)\b", re.I)
_CONSENT_WORDS = 800


def parse_bytes(data: bytes, name: str, settings: ReadSettings = DEFAULT_SETTINGS) -> list[Transcript]:
    """The interviews in a file: one, or several where the file says so.

    Args:
        data: the whole file.
        name: what the transcript is called; its ending helps where the content leaves the format open.
        settings: what a person says about it.

    Raises:
        ReadError: the bytes cannot be read as a transcript.
    """
    if len(data) > settings.max_bytes:
        raise ReadError(name, too_large(len(data), settings.max_bytes))
    sniff.refuse_other_kinds(data, name)
    kind, encoding, sources = _read(data, name, settings)
    transcripts: list[Transcript] = []
    empty: list[ReadError] = []
    for source in sources:
        label = f"{name}#{source.key}" if source.key else name
        person = source.person if isinstance(source, Spoken) else None
        told = tell_pieces(source) if isinstance(source, Spoken) else tell_rows(source)
        try:
            transcript = assemble(told, Origin(label, kind, encoding, data), settings, person)
            if _is_consent_form(transcript):
                raise ReadError(name, CONSENT)
            transcripts.append(transcript)
        except ReadError as error:
            empty.append(error)
    if not transcripts:
        raise ReadError(name, empty[0].why if empty else NO_WORDS)
    if empty:
        warning = f"{len(empty)} of {len(sources)} interviews in the file hold no speech."
        if len(empty) == 1:
            warning = f"1 of {len(sources)} interviews in the file holds no speech."
        transcripts[0] = replace(transcripts[0], warnings=(*transcripts[0].warnings, warning))
    return transcripts


def _is_consent_form(transcript: Transcript) -> bool:
    """Whether this is what people signed: it lies among interviews, and would be a participant who says nothing.

    Known by its title, by the place for a signature, by being short, and by nobody in it speaking twice.
    """
    return (
        all(speaker.turns < 2 for speaker in transcript.speakers)
        and _CONSENT_HEAD.search(transcript.text[:300]) is not None
        and _SIGNED.search(transcript.text) is not None
        and len(transcript.text.split()) <= _CONSENT_WORDS
    )


def too_large(size: int, limit: int) -> str:
    """Why a file over the limit is not read."""
    return (
        f"The file has {size / 1e6:.0f} MB, more than the {limit / 1e6:.0f} MB "
        f"that are read; split it, or raise the limit."
    )


def _read(data: bytes, name: str, settings: ReadSettings) -> tuple[str, str, list[Source]]:
    """Format, encoding and what the reader of the format found."""
    container = sniff.container_format(data)
    if container is not None:
        from synth.parse.documents import read_document

        kind, document = read_document(data, name, container, settings)
        encoding = "windows-1252" if kind == "rtf" else "utf-8"
        return kind, encoding, list(document) if isinstance(document, list) else _of_document(document, name)
    text, encoding = decode.decode(data, name)
    kind = sniff.text_format(text, name)
    if kind == "json" and (page := jsons.page_in(text)) is not None:
        kind, text = "otr", page
    if kind in {"html", "otr"}:
        from synth.parse.pages import read_html

        return kind, encoding, _of_document(read_html(text), name)
    if kind == "txt" and plain.is_markdown(text, name):
        kind = "md"
    return kind, encoding, _of_text(text, kind, name)


_SUBTITLES: Mapping[str, Callable[[str, str], Spoken]] = {
    **dict.fromkeys(("vtt", "srt", "sbv"), lambda text, _: cues.read_cues(text)),
    "lrc": lambda text, _: cues.read_lrc(text),
    "ass": lambda text, _: subtitles.read_ass(text),
    "ttml": subtitles.read_ttml,
}
_ANNOTATED: Mapping[str, Callable[[str, str], Spoken]] = {
    "eaf": tiers.read_elan,
    "exb": tiers.read_exmaralda,
    "textgrid": tiers.read_text_grid,
    "cha": lambda text, _: tiers.read_chat(text),
}


def _of_text(text: str, kind: str, name: str) -> list[Source]:
    if kind == "xml":
        raise ReadError(name, OTHER_XML)
    if kind in _ANNOTATED:
        return [_ANNOTATED[kind](text, name)]
    if kind in _SUBTITLES:
        spoken = _SUBTITLES[kind](text, name)
        if not spoken.pieces:
            raise ReadError(name, NO_CUES)
        return [spoken]
    if kind == "json":
        return list(jsons.read_json(text, name))
    if kind == "jsonl":
        return list(jsons.read_json_lines(text, name))
    if kind in {"csv", "tsv"}:
        table = tables.split_table(text)
        # One column is no table: a text that was saved under a table's name.
        if table is not None and (whole := tables.interviews_in_cells(table)):
            return [
                replace(plain.read_plain(said, markdown=False), key=key if len(whole) > 1 else None, skipped=beside)
                for key, said, beside in whole
            ]
        if table is not None:
            return list(tables.read_table(table, name))
    return list(split_interviews(plain.read_plain(text, markdown=kind == "md")))


def _of_document(document: Written, name: str) -> list[Source]:
    """A document's rows, or the cues that were pasted into it."""
    text = "\n".join(row.text for row in document.rows)
    if cues.count_timings(text) >= 3:
        spoken = cues.read_cues(text)
        if spoken.pieces:
            beside = tuple(Skipped(entry.text, entry.why) for entry in document.skipped)
            return [Spoken(spoken.pieces, skipped=(*spoken.skipped, *beside), warnings=document.warnings)]
    if not re.search(r"\w", text):
        raise ReadError(name, "The document holds no text.")
    return list(split_interviews(document))
