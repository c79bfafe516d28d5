"""Files as they are given in the browser: opened, named, read at first sight, and kept until a run reads them.

What is shown of a file is what `synth parse` shows. The promises: a name that a client sends is never a path; no file
passes for a newer version of another; and one that cannot be read is kept and named with the reason, at no cost to the
others.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import unicodedata
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import PurePosixPath
from typing import Any

from synth.domain import Role, Transcript, fold_space
from synth.errors import NotFoundError, ReadError
from synth.parse import (
    KnownSpeech,
    ReadSettings,
    parse_bytes,
    participant_hint,
    read_participants,
    same_speech,
)
from synth.parse.archive import open_zip, read_member
from synth.parse.files import is_roster
from synth.store import Store, Study
from synth.store.base import now_utc
from synth.store.uploads import Upload

MOST_MEMBERS = 500
"""Files in one archive."""
MOST_UNPACKED = 500_000_000
"""Bytes of all of them together."""
MOST_PREVIEW = 12
"""Lines of an interview that are shown at first sight."""
MOST_NAME = 120
"""Signs of a file's name."""
MOST_NAME_BYTES = 200
"""The same for disks, most of which take 255; room is left for a number behind it."""
MOST_COMPARED = 60
"""Interviews of a study that were read, up to which a file is compared with each of them as it is taken."""
_NAMING = threading.Lock()
"""Two people who upload at the same moment must not be given the same name for two files."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file that was given."""

    name: str
    upload: Upload | None
    """None where it was not taken."""
    why: str = ""


def take_files(
    store: Store, study: Study, given: Sequence[tuple[str, bytes]], by: str, settings: ReadSettings
) -> list[Taken]:
    """Take files as they come; archives are opened, and what lies in them is taken one by one.

    Args:
        store: where they go.
        study: to which they belong.
        given: name and content of each.
        by: who gives them.
        settings: how they would be read.
    """
    taken: list[Taken] = []
    with _NAMING:
        desk = _Desk(store, study, by, settings)
        for name, data in given:
            if not name.lower().endswith(".zip"):
                taken.append(desk.take(name, data))
                continue
            try:
                for inner, content in _members(name, data, settings):
                    if isinstance(content, ReadError):
                        taken.append(Taken(safe_name(inner), None, content.why))
                    else:
                        taken.append(desk.take(inner, content))
            except ReadError as error:
                taken.append(Taken(safe_name(name), None, error.why))
    return taken


def same_as(name: str) -> str:
    """The warning beside an interview that is here already, in a file of this name."""
    return f"This is the same interview as {name}. Only one of the two is read: take the other away."


def tell_copies_anew(store: Store, study: Study, gone: str, settings: ReadSettings) -> None:
    """After a file was taken away, tell anew which interviews are copies: those that were copies of it.

    The first of them is a copy of nothing any more; the others are copies of that one.

    Args:
        store: where they are.
        study: to which they belong.
        gone: how the file was called.
        settings: how they are read.
    """
    told = same_as(gone)
    with _NAMING:
        waiting = store.uploads(study, state="waiting")
        if not any(told in heard["warnings"] for upload in waiting for heard in upload.heard):
            return
        speech = _Speech(store, study, settings)
        speech.know_what_was_read()
        for upload in waiting:
            copies = [(place, heard) for place, heard in enumerate(upload.heard) if told in heard["warnings"]]
            for place, heard in copies:
                there = speech.met_in_upload(upload, place)
                at = heard["warnings"].index(told)
                heard["warnings"][at : at + 1] = [same_as(there)] if there is not None else []
            if copies:
                store.resee_upload(study, upload.id, upload.reading)
            speech.know(upload)


def safe_name(given: str) -> str:
    """A file name that is no path and holds nothing that a disk or a page could take amiss; never empty."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    kept = "".join(one for one in last if one.isprintable() and one not in '<>:"|?*\0').strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    if not dot or len(suffix) > 8:
        stem, suffix = kept, ""
    stem = stem.lstrip("~.")[: MOST_NAME - 10]
    stem = stem.encode("utf-8")[:MOST_NAME_BYTES].decode("utf-8", "ignore").strip() or "interview"
    return f"{stem}.{suffix}" if suffix else f"{stem}.txt"


# --- First sight -------------------------------------------------------------------------------------------------


def look_at(transcripts: Sequence[Transcript], taken_ids: Collection[str]) -> list[dict[str, Any]]:
    """How a file was read, as a page shows it.

    Args:
        transcripts: of one file.
        taken_ids: ids of participants that are given already: none of them is proposed for somebody unknown.
    """
    used = set(taken_ids)
    return [_look(transcript, used) for transcript in transcripts]


def _look(transcript: Transcript, used: set[str]) -> dict[str, Any]:
    speakers = []
    for speaker in transcript.speakers:
        first = next((turn for turn in transcript.turns if turn.speaker == speaker.name), None)
        proposed, free = "", False
        if speaker.role is Role.PARTICIPANT:
            hint = participant_hint(transcript, speaker)
            proposed, free = hint or _free_id(used), hint is None
            used.add(proposed)
        said = transcript.slice(first.first_line, first.first_line)[2] if first else ""
        speakers.append(
            {
                "name": speaker.name or "",
                "role": speaker.role.value,
                "sure": round(speaker.role_confidence, 2),
                "turns": speaker.turns,
                "first_words": _cut(said, 90),
                "participant": proposed,
                "free": free,
            }
        )
    shown = transcript.lines[:MOST_PREVIEW]
    return {
        "name": transcript.name,
        "format": transcript.format,
        "language": transcript.language,
        "wave": transcript.wave or "",
        "lines": len(transcript.lines),
        "words": sum(len(line.text.split()) for line in transcript.lines),
        "speakers": speakers,
        "warnings": list(transcript.warnings),
        "skipped": [{"text": _cut(one.text, 90), "why": one.why} for one in transcript.skipped[:20]],
        "skipped_count": len(transcript.skipped),
        "preview": [
            {
                "number": line.number,
                "speaker": transcript.speaker_of(line.number).name or "",
                "text": _cut(line.text, 240),
            }
            for line in shown
        ],
    }


def _free_id(used: Collection[str]) -> str:
    return next(f"P{number:02}" for number in count(1) if f"P{number:02}" not in used)


def _cut(text: str, most: int) -> str:
    folded = fold_space(text)
    return folded if len(folded) <= most else f"{folded[: most - 1].rstrip()}…"


# --- Archives ----------------------------------------------------------------------------------------------------


def _members(name: str, data: bytes, settings: ReadSettings) -> Iterator[tuple[str, bytes | ReadError]]:
    """What lies in an archive: files only, by their last name; why not, for one that cannot be unpacked.

    Raises:
        ReadError: it is damaged, empty, or holds too many files.
    """
    packed = open_zip(data, name)
    infos = [info for info in packed.infolist() if not info.is_dir() and not _is_rubbish(info)]
    if not infos:
        raise ReadError(name, "There is no file in this archive.")
    if len(infos) > MOST_MEMBERS:
        raise ReadError(name, f"This archive holds more than {MOST_MEMBERS} files; upload it in parts.")
    left = MOST_UNPACKED
    for info in infos:
        content: bytes | ReadError
        try:
            content = read_member(packed, info.filename, name, min(left, settings.max_bytes))
            left -= len(content)
        except ReadError as error:
            content = error
        yield PurePosixPath(info.filename).name, content


def _is_rubbish(info: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(info.filename)
    return path.name.startswith((".", "~$")) or "__MACOSX" in path.parts


# --- One after the other -----------------------------------------------------------------------------------------


def _is_same(transcript: Transcript, other: Callable[[], Transcript]) -> bool:
    try:
        return same_speech(transcript, other())
    except (ReadError, NotFoundError):  # a run has settled it meanwhile, or somebody took it away
        return False


class _Speech:
    """Interviews that are here already, by which another is told to be the same."""

    def __init__(self, store: Store, study: Study, settings: ReadSettings) -> None:
        self._store, self._study, self._settings = store, study, settings
        self._known = KnownSpeech()
        self._others: dict[str, tuple[str, Callable[[], Transcript]]] = {}
        """How each is called, and what it holds."""
        self._compared_with_read = False

    def know(self, upload: Upload) -> None:
        """Know a file from now on."""
        if upload.state != "waiting":
            return
        for place, sample in enumerate(upload.reading.get("samples", ())):
            key = f"{upload.id} {place}"
            self._others[key] = upload.name, partial(self._again, upload, place)
            self._known.add(key, sample)

    def know_what_was_read(self) -> None:
        """Know the study's interviews too; in a larger study the run alone tells which are there twice."""
        if self._compared_with_read:
            return
        self._compared_with_read = True
        shelf = self._store.shelf(self._study)
        if len(shelf) > MOST_COMPARED:
            return

        def read() -> tuple[tuple[str, str, tuple[int, ...]], ...]:
            return tuple((there.id, there.name, tuple(self.sample(there))) for there in shelf)

        # As long as nobody reads, names or takes away an interview they are what they were at the last upload.
        heard = self._store.study_version(self._study).heard
        for id_, name, sample in self._store.while_unchanged(self._study, ("samples",), (heard,), read):
            self._others[id_] = name, partial(self._store.transcript, self._study, id_)
            self._known.add(id_, sample)

    def sample(self, transcript: Transcript) -> list[int]:
        """What an interview is told by."""
        return self._known.sample(transcript)

    def met(self, transcript: Transcript, sample: Sequence[int]) -> str | None:
        """How the file is called in which this interview is here already; None where it is not."""
        likely = (self._others[one] for one in self._known.likely(sample))
        return next((name for name, other in likely if _is_same(transcript, other)), None)

    def met_in_upload(self, upload: Upload, place: int) -> str | None:
        """The same of an interview in a file that waits."""
        try:
            transcript = self._again(upload, place)
        except (ReadError, IndexError):  # a run has settled it meanwhile
            return None
        return self.met(transcript, self.sample(transcript))

    def _again(self, upload: Upload, place: int) -> Transcript:
        return parse_bytes(self._store.upload_content(self._study, upload.id), upload.name, self._settings)[place]


class _Desk:
    """Takes files one after the other, and knows what the study has without asking anew for each."""

    def __init__(self, store: Store, study: Study, by: str, settings: ReadSettings) -> None:
        self._store, self._study, self._by, self._settings = store, study, by, settings
        self._withdrawn = store.withdrawn_sources(study)
        uploads = store.uploads(study)
        names = [*(one.name for one in uploads), *(one.name for one in store.files(study))]
        names += [name for one in uploads for name in one.reading.get("also", ())]
        self._stems = {PurePosixPath(name).stem.casefold() for name in names}
        self._ids = {one.id for one in store.participants(study)}
        self._speech = _Speech(store, study, settings)
        for upload in uploads:
            self._know_people(upload)
            self._speech.know(upload)

    def take(self, given: str, data: bytes) -> Taken:
        """Keep one file; refused ones are kept without their content."""
        sha = hashlib.sha256(data).hexdigest()
        shown = safe_name(given)
        if sha in self._withdrawn:
            return Taken(shown, None, "Somebody who speaks in it withdrew. It is not taken; delete the file.")
        before = self._store.upload_of(self._study, sha)
        if before is not None:
            self._know_other_name(before, shown)
            return Taken(shown, None, f"This very file is here already, as {before.name}.")
        name = self._unlike_others(shown)
        reading: dict[str, Any] = {}
        state, why = "waiting", None
        try:
            if is_roster(name):
                reading = {"roster": len(read_participants(data, name, self._settings))}
            else:
                reading = self._looked_at(parse_bytes(data, name, self._settings))
        except ReadError as error:
            state, why = "refused", error.why
        upload = Upload(secrets.token_hex(8), name, sha, len(data), state, why, self._by, now_utc(), reading)
        self._store.add_upload(self._study, upload, data if state == "waiting" else None)
        self._stems.add(PurePosixPath(name).stem.casefold())
        self._make_way(upload)
        self._know_people(upload)
        self._speech.know(upload)
        return Taken(name, upload, why or "")

    def _know_other_name(self, before: Upload, name: str) -> None:
        """A file that comes again under another name: a table of participants may call it by either."""
        stem = PurePosixPath(name).stem.casefold()
        if before.state == "waiting" and stem not in self._stems:
            self._stems.add(stem)
            also = [*before.reading.get("also", ()), name]
            self._store.resee_upload(self._study, before.id, {**before.reading, "also": also})

    def _looked_at(self, transcripts: Sequence[Transcript]) -> dict[str, Any]:
        """First sight of a file, with a warning where an interview in it is here already in another file or format."""
        self._speech.know_what_was_read()
        looks = look_at(transcripts, self._ids)
        samples = [self._speech.sample(transcript) for transcript in transcripts]
        for look, transcript, sample in zip(looks, transcripts, samples, strict=True):
            there = self._speech.met(transcript, sample)
            if there is not None:
                look["warnings"].append(same_as(there))
        return {"transcripts": looks, "samples": samples}

    def _know_people(self, upload: Upload) -> None:
        for heard in upload.heard:
            self._ids.update(speaker["participant"] for speaker in heard["speakers"])

    def _make_way(self, upload: Upload) -> None:
        """Where a file says who speaks, nobody else keeps that id who was only given a free number before.

        Else two people would be one as soon as somebody keeps the other file's table as it stands.
        """
        heard = [speaker for one in upload.heard for speaker in one["speakers"]]
        said = {speaker["participant"] for speaker in heard if speaker["participant"] and not speaker["free"]}
        if not said & self._ids:
            return
        self._ids |= said
        for other in self._store.uploads(self._study, state="waiting"):
            speakers = [one for seen in other.heard for one in seen["speakers"]]
            meet = [one for one in speakers if one.get("free") and one["participant"] in said]
            if other.id == upload.id or not meet or other.corrections.get("speakers"):
                continue
            for one in meet:
                one["participant"] = _free_id(self._ids)
                self._ids.add(one["participant"])
            self._store.resee_upload(self._study, other.id, other.reading)

    def _unlike_others(self, name: str) -> str:
        """The name, numbered where the study has its stem: another file must not pass for a newer version of one."""
        stem, _, suffix = name.rpartition(".")
        if stem.casefold() not in self._stems or is_roster(name):
            return name
        numbered = (f"{stem} ({number})" for number in count(2))
        return f"{next(one for one in numbered if one.casefold() not in self._stems)}.{suffix}"
