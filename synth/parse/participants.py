"""The table of participants: who is who, with attributes, joined to the speakers of the transcripts.

Columns are known by their English or Dutch name in any order: participant, file, speaker, wave, role; every other
column is an attribute. What does not match on either side is listed, never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import PurePosixPath

from synth.domain import Participant, Role, Speaker, Transcript
from synth.errors import ReadError
from synth.parse import archive, decode, sniff
from synth.parse.columns import plain_name
from synth.parse.rowlabels import LabelKind, label_key, label_kind
from synth.parse.settings import DEFAULT_SETTINGS, ReadSettings
from synth.parse.sheets import read_sheets
from synth.parse.tables import split_table

_COLUMNS = {
    "participant": """participant participantid deelnemer deelnemerid deelnemernummer respondent respondentid
        respondentnummer pseudonym pseudoniem id code username user persoon person pid""",
    "file": "file filename bestand bestandsnaam transcript interview transcriptfile interviewbestand",
    "speaker": "speaker spreker label name naam speakername sprekernaam",
    "wave": "wave ronde meetronde meting round meetmoment t",
    "role": "role rol",
}
_KNOWN = {name: what for what, names in _COLUMNS.items() for name in names.split()}
_ROLES = {
    **dict.fromkeys(
        ("participant", "deelnemer", "respondent", "interviewee", "geïnterviewde", "p", "r"), Role.PARTICIPANT
    ),
    **dict.fromkeys(("interviewer", "onderzoeker", "researcher", "moderator", "i"), Role.INTERVIEWER),
    **dict.fromkeys(
        ("other", "overig", "anders", "observer", "observator", "unknown", "onbekend", "none", "geen"), Role.UNKNOWN
    ),
}
NO_PARTICIPANTS = (
    "The table names no participants; name its columns `participant` (or "
    "`deelnemer`) and, where needed, `file` and `speaker`."
)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row of the table."""

    number: int
    """As in the file, the header being 1."""
    participant: str
    file: str | None = None
    speaker: str | None = None
    wave: str | None = None
    role: Role | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Joined:
    """Transcripts with their participants."""

    transcripts: tuple[Transcript, ...]
    participants: tuple[Participant, ...]
    """With attributes, in the order of the table."""
    unmatched_rows: tuple[PersonRow, ...] = ()
    """Rows that no speaker belongs to."""
    unmatched_speakers: tuple[tuple[str, str], ...] = ()
    """Name of the transcript and label of each participant that no row is about."""


def read_participants(data: bytes, name: str, settings: ReadSettings = DEFAULT_SETTINGS) -> tuple[PersonRow, ...]:
    """The rows of a table of participants in csv, tsv or xlsx.

    Raises:
        ReadError: no table, or no column that names participants.
    """
    table = _table(data, name, settings)
    if not table:
        raise ReadError(name, NO_PARTICIPANTS)
    header = [_KNOWN.get(plain_name(cell)) for cell in table[0]]
    if "participant" not in header:
        # A table of speakers names its people by their labels.
        header = [
            "participant" if what in {"speaker", "file"} and what not in header[:n] else what
            for n, what in enumerate(header)
        ]
        first = header.index("participant") if "participant" in header else -1
        header = [what if what != "participant" or n == first else None for n, what in enumerate(header)]
    if "participant" not in header:
        raise ReadError(name, NO_PARTICIPANTS)
    names = [cell.strip() for cell in table[0]]
    rows = []
    for number, record in enumerate(table[1:], 2):
        row = _row(number, record, header, names)
        if row is not None:
            rows.append(row)
    return tuple(rows)


def _table(data: bytes, name: str, settings: ReadSettings) -> list[list[str]]:
    if len(data) > settings.max_bytes:
        raise ReadError(name, "The table is larger than the limit; save only the rows that are needed.")
    sniff.refuse_other_kinds(data, name)
    if sniff.container_format(data) == "zip":
        sheets = read_sheets(archive.open_zip(data, name), name, 4 * settings.max_bytes)
        return next((records for _, records in sheets), [])
    text, _ = decode.decode(data, name)
    return split_table(text) or [[row] for row in text.split("\n") if row.strip()]


def _row(number: int, record: Sequence[str], header: Sequence[str | None], names: Sequence[str]) -> PersonRow | None:
    found: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for place, cell in enumerate(record[: len(header)]):
        value = " ".join(cell.split())
        what = header[place]
        if not value:
            continue
        if what is not None and what not in found:
            found[what] = value
        elif names[place]:
            attributes[names[place]] = value
    if "participant" not in found:
        return None
    role = _ROLES.get(found.get("role", "").casefold())
    if role is None and "role" in found:
        attributes[names[header.index("role")]] = found["role"]
    return PersonRow(
        number, found["participant"], found.get("file"), found.get("speaker"), found.get("wave"), role, attributes
    )


# --- Joining -----------------------------------------------------------------------------------------------------


def join_participants(transcripts: Sequence[Transcript], rows: Sequence[PersonRow]) -> Joined:
    """Give speakers the participants that rows say they are.

    A row belongs to the transcripts of its file (or, without one, to those whose name or labels hold the
    participant), and in them to its speaker; without a speaker, to the only participant there, or to the label that
    is the participant's id."""
    used: list[PersonRow] = []
    result: list[Transcript] = []
    left: list[tuple[str, str]] = []
    for transcript in transcripts:
        joined, matched = _join_one(transcript, rows)
        used += matched
        result.append(joined)
        left += [
            (joined.name, speaker.name or "")
            for speaker in joined.speakers
            if speaker.role is Role.PARTICIPANT and speaker.participant is None
        ]
    people: dict[str, dict[str, str]] = {}
    for row in rows:
        if row.role in {None, Role.PARTICIPANT}:
            people.setdefault(row.participant, {}).update(row.attributes)
    # By the rows themselves: those of two tables have the same numbers.
    matched_ids = {id(row) for row in used}
    unmatched = tuple(row for row in rows if id(row) not in matched_ids)
    return Joined(tuple(result), tuple(Participant(id, given) for id, given in people.items()), unmatched, tuple(left))


def participant_hint(transcript: Transcript, speaker: Speaker) -> str | None:
    """What a participant may be called where no table says it: a code in the label (`P07`), or, where the interview
    has one participant, in the file's name; None where neither has one, as names are not taken for codes."""
    if speaker.participant is not None:
        return speaker.participant
    if speaker.name and re.search(r"\d", speaker.name) and label_kind(speaker.name) in {LabelKind.CODE, LabelKind.ROLE}:
        generic = re.match(
            r"(?:speaker|spreker|spk|person|persoon|participant|respondent|deelnemer|interviewee)\b|speaker_",
            speaker.name,
            re.I,
        )
        if generic is None:
            return speaker.name
    alone = sum(other.role is Role.PARTICIPANT for other in transcript.speakers) == 1
    code = re.search(r"(?<![^\W_])([A-Za-z]{1,4}[-_ ]?\d{1,4})(?![^\W_])", _file_stem(transcript.name))
    return code.group(1) if alone and code else None


def _file_stem(name: str) -> str:
    whole, _, part = name.partition("#")
    return part or PurePosixPath(whole).stem


def _join_one(transcript: Transcript, rows: Sequence[PersonRow]) -> tuple[Transcript, list[PersonRow]]:
    mine = [row for row in rows if _about(row, transcript)]
    speakers = list(transcript.speakers)
    matched: list[PersonRow] = []
    wave = transcript.wave
    for row in mine:
        rivals = [
            one for one in mine if one.speaker is None and one.role == row.role and one.participant != row.participant
        ]
        place = _place(row, speakers, alone=not rivals)
        if place is None:
            continue
        matched.append(row)
        role = row.role or Role.PARTICIPANT
        if role is Role.PARTICIPANT and speakers[place].role is Role.INTERVIEWER and len(speakers) == 2:
            # Of two, the other one asks then.
            speakers[1 - place] = replace(
                speakers[1 - place], role=Role.INTERVIEWER, role_confidence=1.0, participant=None
            )
        participant = row.participant if role is Role.PARTICIPANT else None
        speakers[place] = replace(speakers[place], role=role, role_confidence=1.0, participant=participant)
        wave = wave or row.wave
    if not matched:
        return transcript, matched
    return replace(transcript, speakers=tuple(speakers), wave=wave), matched


def _about(row: PersonRow, transcript: Transcript) -> bool:
    """Whether a row is about this transcript."""
    if row.wave and transcript.wave and row.wave.casefold() != transcript.wave.casefold():
        return False
    if row.file is not None:
        return _file_key(row.file) in _file_keys(transcript.name)
    key = label_key(row.participant)
    labels = {label_key(speaker.name) for speaker in transcript.speakers if speaker.name}
    return (
        key in labels
        or (row.speaker is not None and label_key(row.speaker) in labels)
        or _names(transcript.name, row.participant)
    )


def is_named(file: str, rows: Sequence[PersonRow]) -> bool:
    """Whether a row names this file, ending and all: two formats of one interview have the same stem."""
    plain = PurePosixPath(file).name.casefold()
    return any(row.file is not None and row.file.casefold().strip() in (plain, file.casefold()) for row in rows)


@lru_cache(maxsize=4096)  # every row of a roster is held against every file
def _file_key(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    return (path.stem if re.fullmatch(r"\.[A-Za-z]\w{1,8}", path.suffix) else path.name).casefold().strip()


def _file_keys(name: str) -> set[str]:
    """By which names a file column may call a transcript: its own, and that of its file where it is one of several."""
    whole, _, part = name.partition("#")
    return {_file_key(whole), _file_key(name)} | ({part.casefold()} if part else set())


def _names(file: str, participant: str) -> bool:
    """Whether a participant's id stands in a file's name as a word of its own."""
    name, id_ = PurePosixPath(file).name.casefold(), participant.casefold()
    if len(participant) < 2 or id_ not in name:  # mostly: a pattern for each row of a long roster takes its time
        return False
    return re.search(rf"(?<![^\W_]){re.escape(id_)}(?![^\W_])", name) is not None


def _place(row: PersonRow, speakers: Sequence[Speaker], *, alone: bool) -> int | None:
    """Which speaker a row is about."""
    for wanted in filter(None, (row.speaker, row.participant)):
        for place, speaker in enumerate(speakers):
            if speaker.name is not None and label_key(speaker.name) == label_key(wanted):
                return place
    if row.speaker is not None:
        return None
    role = Role.INTERVIEWER if row.role is Role.INTERVIEWER else Role.PARTICIPANT
    open_places = [
        n
        for n, speaker in enumerate(speakers)
        if speaker.role is role and speaker.participant in {None, row.participant}
    ]
    return open_places[0] if len(open_places) == 1 and alone else None
