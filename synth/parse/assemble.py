"""Stretches of speech to a transcript: turns, numbered lines, times, language, roles.

What later steps rely on is made here: lines are exact slices of the text, in order, and partition what was said.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from synth.domain import Line, Role, Skipped, Speaker, Transcript, Turn, content_id, fold_space
from synth.errors import ReadError
from synth.parse.frame import is_direction, is_of_program
from synth.parse.language import UNKNOWN_LANGUAGE, tell_language
from synth.parse.roles import Voice, asks, tell_roles
from synth.parse.sentences import split_lines
from synth.parse.settings import ReadSettings
from synth.parse.stretches import Stretch, Told

NO_WORDS = "No speech was found in it; check that this is the transcript, and that who speaks stands before the words."
_LONG_PREAMBLE = 0.25
_SAMPLE = 300
"""Characters by which a language can be told well."""
_MOST_SAMPLES = 12
_MUCH_OF_OTHER = 0.15


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a transcript comes from."""

    name: str
    format: str
    encoding: str
    data: bytes


def assemble(told: Told, origin: Origin, settings: ReadSettings, person: str | None = None) -> Transcript:
    """The transcript that the stretches make.

    Args:
        told: the text and who speaks where in it.
        origin: the file.
        settings: language and roles where a person set them.
        person: the participant's id where the file gives it.

    Raises:
        ReadError: nobody says a word.
    """
    groups = _merged(told.stretches)
    language = settings.language or tell_language(
        " ".join(told.text[s.start : s.end] for g in groups for t in g for s in t.spans)
    )
    turns: list[Turn] = []
    lines: list[Line] = []
    directions: list[Skipped] = []
    for group in groups:
        first = len(lines) + 1
        lines += _lines(told.text, group, len(turns) + 1, first, language, directions)
        if len(lines) < first:
            continue
        starts = [stretch.start_seconds for stretch in group if stretch.start_seconds is not None]
        ends = [stretch.end_seconds for stretch in group if stretch.end_seconds is not None]
        turn = Turn(
            len(turns) + 1,
            group[0].speaker,
            first,
            len(lines),
            starts[0] if starts else None,
            max(ends) if ends else None,
        )
        turns.append(turn)
    if not lines:
        raise ReadError(origin.name, NO_WORDS)
    speakers, warnings = _speakers(turns, lines, told.labelled, settings, person)
    skipped = (*told.skipped, *directions)
    return Transcript(
        id=content_id("transcript", [[turn.speaker, _words(lines, turn)] for turn in turns]),
        name=origin.name,
        format=origin.format,
        encoding=origin.encoding,
        language=language,
        source_sha256=hashlib.sha256(origin.data).hexdigest(),
        source_bytes=len(origin.data),
        text=told.text,
        speakers=speakers,
        turns=tuple(turns),
        lines=tuple(lines),
        skipped=skipped,
        warnings=(*told.warnings, *warnings, *_about_skipped(skipped, lines), *_about_language(lines, language)),
        wave=settings.wave,
    )


def _merged(stretches: Sequence[Stretch]) -> list[list[Stretch]]:
    """Neighbours of one speaker together."""
    groups: list[list[Stretch]] = []
    for stretch in stretches:
        if groups and groups[-1][0].speaker == stretch.speaker and not stretch.change:
            groups[-1].append(stretch)
        else:
            groups.append([stretch])
    return groups


def _lines(
    text: str, group: Sequence[Stretch], turn: int, first: int, language: str, directions: list[Skipped]
) -> list[Line]:
    """The lines of one turn; rows that are nothing but a stage direction are set apart where others are left."""
    slices: list[tuple[int, int, float | None]] = []
    for stretch in group:
        places = [place for place, _ in stretch.anchors]
        pauses = frozenset(stretch.pauses)
        begin_of_stretch = len(slices)
        reached = 0
        for span in stretch.spans:
            words = text[span.start : span.end]
            inside = (
                frozenset(p - span.start for p in pauses if span.start <= p < span.end)
                if len(stretch.spans) == 1
                else frozenset()
            )
            sentences = [(0, len(words))] if is_of_program(words) else split_lines(words, language, inside)
            for start, end in sentences:
                start, end = start + span.start, end + span.start
                known = bisect_right(places, start)
                seconds = stretch.anchors[known - 1][1] if known and (stretch.dense or known > reached) else None
                reached = known
                if seconds is None and len(slices) == begin_of_stretch:
                    seconds = stretch.start_seconds
                slices.append((start, end, seconds))
    of_people = [entry for entry in slices if not is_of_program(text[entry[0] : entry[1]])]
    spoken = [entry for entry in of_people if not is_direction(text[entry[0] : entry[1]])] or of_people
    kept = set(spoken)
    directions += [
        Skipped(text[entry[0] : entry[1]], "stage direction or annotation") for entry in slices if entry not in kept
    ]
    return [
        Line(first + n, turn, start, end, text[start:end], seconds) for n, (start, end, seconds) in enumerate(spoken)
    ]


def _words(lines: Sequence[Line], turn: Turn) -> str:
    return fold_space(" ".join(line.text for line in lines[turn.first_line - 1 : turn.last_line]))


def _speakers(
    turns: Sequence[Turn], lines: Sequence[Line], labelled: bool, settings: ReadSettings, person: str | None
) -> tuple[tuple[Speaker, ...], tuple[str, ...]]:
    voices: dict[str | None, Voice] = {}
    marked = any("?" in line.text for line in lines)
    lengths = [sum(len(line.text.split()) for line in lines[turn.first_line - 1 : turn.last_line]) for turn in turns]
    for number, turn in enumerate(turns):
        said = lines[turn.first_line - 1 : turn.last_line]
        voice = voices.get(turn.speaker) or Voice(turn.speaker, 0, 0, 0, 0, turn.number)
        questions = sum(asks(line.text, marked=marked) for line in said)
        opens = questions > 0 and number + 1 < len(turns) and lengths[number + 1] > 1.5 * lengths[number]
        voices[turn.speaker] = replace(
            voice,
            turns=voice.turns + 1,
            words=voice.words + lengths[number],
            lines=voice.lines + len(said),
            questions=voice.questions + questions,
            before_others=voice.before_others + opens,
        )
    told = tell_roles(tuple(voices.values()), settings, labelled=labelled)
    speakers = []
    for voice in voices.values():
        role, sure = told.roles[voice.name]
        participant = person if role is Role.PARTICIPANT else None
        speakers.append(Speaker(voice.name, role, voice.turns, sure, participant))
    return tuple(speakers), told.warnings


def _about_language(lines: Sequence[Line], language: str) -> tuple[str, ...]:
    """A warning where much is said in another language than the interview as a whole; told from samples of it."""
    if language == UNKNOWN_LANGUAGE:
        return ()
    size = sum(len(line.text) for line in lines)
    parts = min(_MOST_SAMPLES, size // _SAMPLE)
    told: Counter[str] = Counter()
    for part in range(parts):
        first, last = (len(lines) * place // parts for place in (part, part + 1))
        told[tell_language(" ".join(line.text for line in lines[first:last])[:_SAMPLE])] += 1
    return tuple(
        f"About {count / parts:.0%} of what is said is in another language ({other}) and is read as {language} too."
        for other, count in told.items()
        if other not in {language, UNKNOWN_LANGUAGE} and count >= _MUCH_OF_OTHER * parts
    )


def _about_skipped(skipped: Sequence[Skipped], lines: Sequence[Line]) -> tuple[str, ...]:
    """A warning where much of a file was taken for something else than speech."""
    unsure = sum(
        len(entry.text) for entry in skipped if entry.why in {"before the interview", "notes beside the interview"}
    )
    said = sum(len(line.text) for line in lines)
    if unsure > 400 and unsure > _LONG_PREAMBLE * (unsure + said):
        return (
            f"{unsure / (unsure + said):.0%} of the text stands outside the turns and was skipped: check the labels.",
        )
    return ()
