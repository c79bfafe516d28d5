"""From files to stored transcripts: each file is read once, and one that can't be read costs no other file anything."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from synth.chunk import DEFAULT_SIZE_CHARACTERS, prepare_cutting
from synth.domain import Participant, Role, Transcript, content_id
from synth.errors import ReadError
from synth.parse import (
    FoundFile,
    KnownSpeech,
    PersonRow,
    ReadSettings,
    find_files,
    is_named,
    join_participants,
    other_people,
    read_participants,
    same_speech,
)
from synth.parse.elsewhere import read_all
from synth.parse.files import Found, storable
from synth.participants import assign_participants, is_generic
from synth.pipeline.names import given_names, known_labels, retired_ids
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
    """A file that is new or changed."""

    file: FoundFile
    key: str
    source: str
    """SHA-256 of its bytes."""
    fingerprint: str
    size: int


@dataclass(frozen=True, slots=True)
class _Stored:
    """A file whose transcripts are in the database, and which is not noted as read yet."""

    fresh: _Fresh
    heads: tuple[Transcript, ...]
    """Its transcripts without texts, turns and lines."""
    earlier: tuple[Transcript, ...] = ()
    """Those that the file was read as before."""


def read_files(
    store: Store,
    study: Study,
    paths: Sequence[str] | Found,
    settings: ReadSettings,
    progress: Progress,
    *,
    sample: int | None = None,
) -> ReadOutcome:
    """Read the files that are new or changed, and store their transcripts as the files have them.

    Args:
        store: where transcripts go.
        study: to which they belong.
        paths: files and folders, or what was found under them.
        settings: how to read.
        progress: who watches.
        sample: read only so many files, in the order of their names.

    Raises:
        InputError: a path does not exist.
    """
    found = paths if isinstance(paths, Found) else find_files(paths, own=store.path)
    outcome = ReadOutcome()
    _note_unread(store, study, found, outcome)
    elsewhere = _read_elsewhere(store, study, found)
    rows = _roster(found.people, settings, outcome)
    files = list(found.files[:sample] if sample else found.files)
    # Of two files with one interview the first is read: rather the one that the roster names.
    files.sort(key=lambda file: not is_named(file.name, rows))
    progress.begin("Reading files", len(files))
    fresh = _changed_files(store, study, files, elsewhere, rows, settings, progress, outcome)
    if any(one.size > DEFAULT_SIZE_CHARACTERS for one in fresh):
        prepare_cutting()
    if fresh:
        store.drop_unfinished(study)
        with store.writing_much():
            stored = _store_fresh(store, study, fresh, rows, settings, progress, outcome)
            _finish(store, study, stored, rows, outcome)
    if rows and not any(store.names_replaced(study).values()):
        _know_people(store, study, join_participants([], rows).participants)
    progress.end()
    return outcome


def _changed_files(
    store: Store,
    study: Study,
    files: Sequence[FoundFile],
    elsewhere: Mapping[str, SeenFile],
    rows: Sequence[PersonRow],
    settings: ReadSettings,
    progress: Progress,
    outcome: ReadOutcome,
) -> list[_Fresh]:
    """Those to be read: told by their bytes, which are not kept, and by what the roster says of who speaks."""
    seen = {file.key: file for file in store.files(study)}
    withdrawn = store.withdrawn_sources(study)
    fresh = []
    for file in files:
        key = file_key(file.path, file.name)
        try:
            data = file.read(settings)
        except ReadError as error:
            _note_failure(store, study, file.name, key, "", error.why, outcome)
            progress.advance()
            continue
        source = hashlib.sha256(data).hexdigest()
        plain = content_id(source, repr(settings), READING_VERSION)
        before = seen.get(key)
        moved = None if before and before.state == "read" else elsewhere.get(source)
        if moved and moved.fingerprint in (plain, content_id(plain, repr(rows))):
            store.forget_files(study, [key])
            before, key = moved, moved.key
        # Of a file that is read again: what the roster said then, so that it is not read for the same words twice.
        fingerprint = content_id(plain, repr(rows)) if before and rows else plain
        if source in withdrawn:
            # What is left of an interview with others stays as it is; the file's name is not stored again.
            if before and before.state == "read":
                outcome.read += len(before.transcript_ids)
            else:
                why = "somebody who speaks in it withdrew. It is not read; delete the file."
                outcome.failures.append(Failure(file.name, why))
        elif (
            before
            and before.state == "read"
            and before.fingerprint in (plain, fingerprint)
            and (before.fingerprint == fingerprint or not _said_otherwise(store, study, before, file, rows))
        ):
            outcome.read += len(before.transcript_ids)
        else:
            fresh.append(_Fresh(file, key, source, fingerprint, len(data)))
            continue
        progress.advance()
    return fresh


def _read_elsewhere(store: Store, study: Study, found: Found) -> dict[str, SeenFile]:
    """By their bytes, files that were read from where nothing is given now: moved, or given from another folder."""
    given = {file_key(one.path, one.name) for one in found.files}
    others = [file for file in store.files(study) if file.state == "read" and file.key not in given]
    sources = store.sources(study) if others else {}
    return {sources[id_]: file for file in others for id_ in file.transcript_ids if id_ in sources}


def _said_otherwise(store: Store, study: Study, before: SeenFile, file: FoundFile, rows: Sequence[PersonRow]) -> bool:
    """Whether the roster names other people, or other roles, in a file than those it was read with."""
    for id_ in before.transcript_ids if rows else ():
        head = store.transcript_head(study, id_)
        part = f"#{head.name.partition('#')[2]}" if len(before.transcript_ids) > 1 else ""
        unnamed = tuple(replace(speaker, participant=None) for speaker in head.speakers)
        # Under pseudonyms an interview may be called otherwise than its file.
        [told] = join_participants([replace(head, name=f"{file.name}{part}", speakers=unnamed)], rows).transcripts
        for was, now in zip(head.speakers, told.speakers, strict=True):
            if now.role is not was.role or now.participant not in (None, was.participant):
                return True
    return False


def _note_unread(store: Store, study: Study, found: Found, outcome: ReadOutcome) -> None:
    """Note what is no interview, such as a recording; what lies in these folders no more is forgotten."""
    there = {file_key(one.path, one.name) for one in (*found.files, *found.people)}
    there |= {file_key(one.path, one.name) for one in found.failed}
    missing = [file for file in store.files(study) if file.state == "failed" and file.key not in there]
    given = given_names(store, study) if missing else {}
    gone = [file.key for file in missing if _lay_in(found.folders, file.key, given.get(file.name, file.name))]
    if not (gone or found.failed):
        return
    with store.write():
        store.forget_files(study, gone)
        for one in found.failed:
            _note_failure(store, study, one.name, file_key(one.path, one.name), "", one.why, outcome)


def _lay_in(folders: Sequence[Path], key: str, name: str) -> bool:
    """Whether a file that was met under this name lay in one of these folders, or in an archive there."""
    places = [name, *(str(one) for one in PurePosixPath(name).parents if one.suffix.lower() == ".zip")]
    return any(key == file_key(folder / place, name) for folder in folders for place in places)


def _note_failure(
    store: Store, study: Study, name: str, key: str, fingerprint: str, why: str, outcome: ReadOutcome
) -> None:
    outcome.failures.append(Failure(name, why))
    # Under a neutral name it stays so: names are replaced only where there is somebody to be read.
    kept = store.file_name(study, key) or name
    store.see_file(study, SeenFile(key, kept, fingerprint, "failed", why, ()))


def file_key(path: Path, name: str) -> str:
    """What tells a file from others of its name: the folder that it is in, by name and not by path."""
    return content_id(storable(path.absolute().parent.name), name)


def _store_fresh(
    store: Store,
    study: Study,
    fresh: Sequence[_Fresh],
    rows: Sequence[PersonRow],
    settings: ReadSettings,
    progress: Progress,
    outcome: ReadOutcome,
) -> list[_Stored]:
    """Read each file and store what it holds at once, so that a thousand interviews need the memory of one."""
    replaced = {one.key for one in fresh}
    before = {file.key: file.transcript_ids for file in store.files(study) if file.key in replaced}
    gone = {id_ for ids in before.values() for id_ in ids}
    known = KnownSpeech()
    for there in store.shelf(study).without(gone):
        known.add(there.id, known.sample(there))
    stored: list[_Stored] = []
    files = [one.file for one in fresh]
    with closing(read_all(files, settings, sum(one.size for one in fresh))) as reading:
        for one, found in zip(fresh, reading, strict=True):
            why = found.why
            if why is None and found.source != one.source:
                why = "It changed while it was read; run again."
            if why is not None:
                _note_failure(store, study, one.file.name, one.key, "", why, outcome)
            elif earlier := _same_as(store, study, found.transcripts, found.samples, known):
                why = f"this is the same interview as {earlier}; it is read once."
                _note_failure(store, study, one.file.name, one.key, one.fingerprint, why, outcome)
            else:
                versions = tuple(store.transcript_head(study, id_) for id_ in before.get(one.key, ()))
                waves = [_wave_before(store, study, versions, each) for each in found.transcripts]
                heads = tuple(map(partial(_put, store, study, rows), found.transcripts, waves))
                stored.append(_Stored(one, heads, versions))
                for transcript, sample in zip(found.transcripts, found.samples, strict=True):
                    known.add(transcript.id, sample)
            progress.advance()
    return stored


def _same_as(
    store: Store, study: Study, transcripts: Sequence[Transcript], samples: Sequence[Sequence[int]], known: KnownSpeech
) -> str | None:
    """The name of an interview that is there already as one of these, in another file or format."""
    for transcript, sample in zip(transcripts, samples, strict=True):
        for likely in known.likely(sample):
            if other_people(transcript, store.transcript_head(study, likely)):
                continue
            there = store.transcript(study, likely)
            if same_speech(transcript, there):
                return there.name
    return None


def _wave_before(store: Store, study: Study, versions: Sequence[Transcript], now: Transcript) -> str | None:
    """Of which wave an interview was when it was read before: somebody may have named it since."""
    waves = {was.wave for was in versions}
    if len(waves) != 1 or waves == {None}:
        return None
    same = any(
        was.source_sha256 == now.source_sha256 or same_speech(store.transcript(study, was.id), now) for was in versions
    )
    return waves.pop() if same else None


def _put(store: Store, study: Study, rows: Sequence[PersonRow], transcript: Transcript, wave: str | None) -> Transcript:
    """Store a transcript with the people whom the roster knows, of this wave where nobody says otherwise; its head."""
    [joined] = join_participants([transcript], rows).transcripts
    joined = replace(joined, wave=joined.wave or wave)
    store.put_transcript(study, joined, names="kept")
    return replace(joined, text="", turns=(), lines=(), skipped=())


def _finish(
    store: Store, study: Study, stored: Sequence[_Stored], rows: Sequence[PersonRow], outcome: ReadOutcome
) -> None:
    """Say who everybody is, which takes all new files together, and note the files as read."""
    joined = join_participants([head for one in stored for head in one.heads], rows)
    rest = iter(joined.transcripts)
    people = [head for one in stored for head in _as_before(store, study, one, [next(rest) for _ in one.heads])]
    known = known_labels(store, study) | {
        speaker.name.casefold(): speaker.participant
        for transcript in store.shelf(study).heads()
        for speaker in transcript.speakers
        if speaker.name and speaker.participant and not is_generic(speaker.name)
    }
    taken = {participant.id for participant in (*store.participants(study), *joined.participants)}
    taken |= retired_ids(store, study)
    assigned = {one.id: one for one in assign_participants(people, known, taken)}
    moves: dict[str, str] = {}
    for one in stored:
        if len(one.earlier) == len(one.heads) == 1:
            moves |= _moves(one.earlier[0], assigned[one.heads[0].id])
        with store.write():
            for head in one.heads:
                store.put_speakers(study, head.id, assigned[head.id].speakers)
                if one.earlier:
                    store.follow_speakers(study, head.id)
                outcome.notes += [f"{head.name}: {warning}" for warning in head.warnings]
            ids = tuple(head.id for head in one.heads)
            store.see_file(
                study, SeenFile(one.fresh.key, one.fresh.file.name, one.fresh.fingerprint, "read", None, ids)
            )
        outcome.read += len(ids)
        outcome.new += len(ids)
    store.move_people(study, moves)
    store.drop_strangers(study)
    _know_people(store, study, joined.participants)
    outcome.notes += _fitting_nobody(store, study, joined.unmatched_rows)


def _fitting_nobody(store: Store, study: Study, rows: Sequence[PersonRow]) -> list[str]:
    """What to say of rows of the roster that fit no speaker among the new interviews."""
    if not rows:
        return []
    heads = list(store.shelf(study).heads())
    # Those of interviews that were read before fit nobody who is new, and that is as it should be.
    left = join_participants(heads, rows).unmatched_rows
    of_any_wave = join_participants(heads, [replace(row, wave=None) for row in left])
    nowhere = {row.number for row in of_any_wave.unmatched_rows}
    return [
        f"The roster's row {row.number} ({row.participant}) fits no speaker in the new files; "
        "check its file, and name the speaker where several speak."
        if row.number in nowhere
        else f"The roster's row {row.number} ({row.participant}) is of wave {row.wave}, but its interview was read as "
        "of another; run without --wave, or put the roster right."
        for row in left
    ]


def _know_people(store: Store, study: Study, told: Sequence[Participant]) -> None:
    """Write what the roster tells of those who are in the study."""
    have = {participant.id: participant.attributes for participant in store.participants(study)}
    for participant in told:
        attributes = {**have.get(participant.id, {}), **participant.attributes}
        if participant.id in have and attributes != have[participant.id]:
            store.set_attributes(study, participant.id, attributes)


def _moves(was: Transcript, now: Transcript) -> dict[str, str]:
    """From the ids of those who speak in an interview before to those that they have now."""
    if was.id == now.id:
        pairs = [(one.participant, other.participant) for one, other in zip(was.speakers, now.speakers, strict=True)]
    else:
        called = {speaker.name: speaker.participant for speaker in now.speakers}
        pairs = [(speaker.participant, called.get(speaker.name)) for speaker in was.speakers]
    before, after = ([one.participant for one in each.speakers if one.participant] for each in (was, now))
    if len(set(before)) == len(set(after)) == 1:
        pairs = [(before[0], after[0])]
    return {old: new for old, new in pairs if old and new and old != new}


def _as_before(store: Store, study: Study, one: _Stored, heads: Sequence[Transcript]) -> list[Transcript]:
    """What a file holds, with the ids that its speakers had when it was read before, where no roster says otherwise.

    Only where it is the same interview still: another one under the same name has other people.
    """
    if len(one.earlier) != 1 or len(heads) != 1:
        return list(heads)
    [was], [head] = one.earlier, heads
    if was.source_sha256 != head.source_sha256 and not same_speech(
        store.transcript(study, was.id), store.transcript(study, head.id)
    ):
        return [head]
    had = {speaker.name: speaker.participant for speaker in was.speakers}
    people = {id_ for id_ in had.values() if id_}
    speaking = [one for one in head.speakers if one.role is not Role.INTERVIEWER]
    if len(people) == 1 and len(speaking) == 1:
        # One person then and now, whichever of the voices that is: the interview is theirs.
        had = dict.fromkeys([speaking[0].name], *people)
    speakers = tuple(
        speaker
        if speaker.participant or speaker.role is Role.INTERVIEWER
        else replace(speaker, participant=had.get(speaker.name))
        for speaker in head.speakers
    )
    return [replace(head, speakers=speakers)]


def _roster(tables: Sequence[FoundFile], settings: ReadSettings, outcome: ReadOutcome) -> list[PersonRow]:
    rows: list[PersonRow] = []
    for table in tables:
        try:
            rows += read_participants(table.read(settings), table.name, settings)
        except ReadError as error:
            outcome.failures.append(Failure(table.name, error.why))
    return rows
