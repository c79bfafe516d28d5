"""From files to stored transcripts: each file is read once, and one that can't be read costs no other file anything."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from synth.domain import Transcript, content_id
from synth.errors import ReadError
from synth.parse import (
    FoundFile,
    PersonRow,
    ReadSettings,
    find_files,
    find_repeats,
    join_participants,
    parse_bytes,
    read_participants,
)
from synth.participants import assign_participants, is_generic
from synth.pipeline.names import known_labels, retired_ids
from synth.pipeline.progress import Progress
from synth.results import Failure
from synth.store import SeenFile, Store, Study

READING_VERSION = 1
"""Raised when files are read otherwise than before: the next run then reads them again."""


@dataclass(slots=True)
class ReadOutcome:
    """What reading the files of a run came to."""

    read: int = 0
    """Transcripts of these files that are in the study now, whether read now or before."""
    new: int = 0
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What a person should check, in sentences."""


@dataclass(frozen=True, slots=True)
class _Fresh:
    file: FoundFile
    key: str
    fingerprint: str
    transcripts: list[Transcript]


def read_files(
    store: Store,
    study: Study,
    paths: Sequence[str],
    settings: ReadSettings,
    progress: Progress,
    *,
    sample: int | None = None,
) -> ReadOutcome:
    """Read the files that are new or changed, and store their transcripts as the files have them.

    Args:
        store: where transcripts go.
        study: to which they belong.
        paths: files and folders.
        settings: how to read.
        progress: who watches.
        sample: read only so many files, in the order of their names.

    Raises:
        InputError: a path does not exist.
    """
    found = find_files(paths, own=store.path)
    outcome = ReadOutcome(failures=[Failure(one.name, one.why) for one in found.failed])
    rows = _roster(found.people, settings, outcome)
    files = found.files[:sample] if sample else found.files
    seen = {file.key: file for file in store.files(study)}
    withdrawn = store.withdrawn_sources(study)
    fresh: list[_Fresh] = []
    progress.begin("Reading files", len(files))
    for file in files:
        key = file_key(file.path, file.name)
        try:
            data = file.read(settings)
            source = hashlib.sha256(data).hexdigest()
            fingerprint = content_id(source, repr(settings), READING_VERSION)
            before = seen.get(key)
            if source in withdrawn:
                # What is left of an interview with others stays as it is; the file's name is not stored again.
                if before and before.state == "read":
                    outcome.read += len(before.transcript_ids)
                else:
                    why = "somebody who speaks in it withdrew. It is not read; delete the file."
                    outcome.failures.append(Failure(file.name, why))
            elif before and before.fingerprint == fingerprint and before.state == "read":
                outcome.read += len(before.transcript_ids)
            else:
                fresh.append(_Fresh(file, key, fingerprint, parse_bytes(data, file.name, settings)))
        except ReadError as error:
            outcome.failures.append(Failure(file.name, error.why))
            store.see_file(study, SeenFile(key, file.name, "", "failed", error.why, ()))
        progress.advance()
    progress.end()
    kept = _without_repeats(store, study, fresh, outcome)
    _store_fresh(store, study, kept, rows, outcome)
    return outcome


def file_key(path: Path, name: str) -> str:
    """What tells a file from others of its name: the folder that it is in, by name and not by path."""
    return content_id(path.absolute().parent.name, name)


def _without_repeats(store: Store, study: Study, fresh: Sequence[_Fresh], outcome: ReadOutcome) -> list[_Fresh]:
    """Those that are not the same interview as one that is there, in another file or format."""
    replaced = {one.key for one in fresh}
    gone = {id_ for file in store.files(study) if file.key in replaced for id_ in file.transcript_ids}
    there = [transcript for transcript in store.current_transcripts(study) if transcript.id not in gone]
    everything = there + [transcript for one in fresh for transcript in one.transcripts]
    repeats = find_repeats(everything)
    kept, first = [], len(there)
    for one in fresh:
        places = range(first, first + len(one.transcripts))
        first = places.stop
        earlier = [repeats[place] for place in places if place in repeats and repeats[place] not in places]
        if earlier:
            why = f"this is the same interview as {everything[earlier[0]].name}; it is read once."
            outcome.failures.append(Failure(one.file.name, why))
            store.see_file(study, SeenFile(one.key, one.file.name, one.fingerprint, "failed", why, ()))
        else:
            kept.append(one)
    return kept


def _store_fresh(
    store: Store, study: Study, fresh: Sequence[_Fresh], rows: Sequence[PersonRow], outcome: ReadOutcome
) -> None:
    joined = join_participants([transcript for one in fresh for transcript in one.transcripts], rows)
    known = known_labels(store, study) | {
        speaker.name.casefold(): speaker.participant
        for transcript in store.current_transcripts(study)
        for speaker in transcript.speakers
        if speaker.name and speaker.participant and not is_generic(speaker.name)
    }
    taken = {participant.id for participant in (*store.participants(study), *joined.participants)}
    taken |= retired_ids(store, study)
    assigned = {one.id: one for one in assign_participants(joined.transcripts, known, taken)}
    for one in fresh:
        for transcript in one.transcripts:
            store.put_transcript(study, assigned[transcript.id], names="kept")
            outcome.notes += [f"{transcript.name}: {warning}" for warning in transcript.warnings]
        ids = tuple(transcript.id for transcript in one.transcripts)
        store.see_file(study, SeenFile(one.key, one.file.name, one.fingerprint, "read", None, ids))
        outcome.read += len(ids)
        outcome.new += len(ids)
    have = {participant.id: participant for participant in store.participants(study)}
    for participant in joined.participants:
        if participant.id in have and participant.attributes:
            attributes = {**have[participant.id].attributes, **participant.attributes}
            store.set_attributes(study, participant.id, attributes)
    outcome.notes += [
        f"The roster's row {row.number} ({row.participant}) fits no speaker in the new files."
        for row in (joined.unmatched_rows if fresh else ())
    ]


def _roster(tables: Sequence[FoundFile], settings: ReadSettings, outcome: ReadOutcome) -> list[PersonRow]:
    rows: list[PersonRow] = []
    for table in tables:
        try:
            rows += read_participants(table.read(settings), table.name, settings)
        except ReadError as error:
            outcome.failures.append(Failure(table.name, error.why))
    return rows
