"""Whose voice is whose: every participant of a study gets one id, in whatever file they speak.

The id is what people see and what findings count; a name from a file never is one. Where no roster says who somebody is
(`synth.parse.participants`), the id comes from a label or a file name that is a code already (`P07`), from the same
label in an earlier interview, and else is the next free number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import PurePath

from synth.domain import Role, Speaker, Transcript, fold_space

_CODE = re.compile(r"[A-Za-z]{1,5}[-_ ]?\d{1,4}")
# 'Speaker 1' and the like say which voice it is in this file, not who it is.
_VOICE = re.compile(r"(speaker|spreker|spk|voice|stem|person|persoon|user|cue)[-_ ]?\d+", re.IGNORECASE)
# Parts in an interview, which many people play.
_GENERIC = frozenset(
    word
    for line in (
        "participant deelnemer deelneemster respondent respondente geïnterviewde geinterviewde interviewee informant",
        "answer antwoord customer klant client cliënt patient patiënt employee medewerker user gebruiker guest gast",
        "unknown onbekend speaker spreker human_response human me ik respons response",
    )
    for word in line.split()
)


def assign_participants(
    transcripts: Sequence[Transcript], known: Mapping[str, str], taken: Iterable[str]
) -> tuple[Transcript, ...]:
    """Give an id to every speaking participant who has none yet.

    Args:
        transcripts: in the order in which numbers are given out.
        known: ids by label in lower case, for people met in earlier transcripts of the study: somebody who is
            interviewed again keeps theirs.
        taken: every id that the study has given out, or that its roster names.
    """
    names, used = dict(known), set(taken)
    # A code that a later file has is nobody else's, so that no free number becomes the same person by chance.
    for transcript in transcripts:
        used |= {code for speaker in _participants(transcript) if (code := _code_of(speaker, transcript))}
    free = (number for number in (f"P{number:02}" for number in count(1)) if number not in used)
    return tuple(_assigned(transcript, names, used, free) for transcript in transcripts)


def is_generic(label: str) -> bool:
    """Whether a label is a part in an interview ('R', 'Deelnemer', 'Speaker 1') and not a person's own."""
    plain = label.strip(" .:*[]()").casefold()
    return len(plain) <= 1 or plain in _GENERIC or bool(_VOICE.fullmatch(plain))


def _participants(transcript: Transcript) -> list[Speaker]:
    return [speaker for speaker in transcript.speakers if speaker.role is not Role.INTERVIEWER]


def _assigned(transcript: Transcript, names: dict[str, str], used: set[str], free: Iterator[str]) -> Transcript:
    speakers = []
    for speaker in transcript.speakers:
        given = speaker.participant
        if speaker.role is not Role.INTERVIEWER:
            given = given or _id_for(speaker, transcript, names, free)
            used.add(given)
            if speaker.name and not is_generic(speaker.name):
                names[fold_space(speaker.name).casefold()] = given
        speakers.append(replace(speaker, participant=given))
    return replace(transcript, speakers=tuple(speakers))


def _id_for(speaker: Speaker, transcript: Transcript, names: Mapping[str, str], free: Iterator[str]) -> str:
    label = fold_space(speaker.name or "").casefold()
    return names.get(label) or _code_of(speaker, transcript) or next(free)


def _code_of(speaker: Speaker, transcript: Transcript) -> str | None:
    """The code that a label is, or for somebody alone the file's name; None where neither is one."""
    alone = len(_participants(transcript)) == 1
    for code in ((speaker.name or "").strip(), PurePath(transcript.name).stem if alone else ""):
        if _CODE.fullmatch(code) and not _VOICE.fullmatch(code):
            return code.upper().replace(" ", "")
    return None
