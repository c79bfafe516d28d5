"""What is left of transcripts and drafts when somebody withdraws: values in, values out.

The promise: no run of four words that only this person said remains in anything that these functions return. Numbers of
lines and turns stay, so that what others said keeps its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, quantiles

from synth.domain import (
    Draft,
    Feeling,
    Grouping,
    JourneyMap,
    Persona,
    PhaseColumn,
    Quote,
    Role,
    Theme,
    Transcript,
    fold_space,
)
from synth.privacy.book import Book, Target
from synth.privacy.labels import label_forms
from synth.privacy.names import find_names
from synth.privacy.rewrite import Rewrite, rewrite_transcript
from synth.privacy.tokens import tokenize
from synth.privacy.values import Identifier
from synth.privacy.words import load_words

GONE = "[…]"
"""What stands where somebody's words or name were."""
_RUN = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Trace:
    """What only one person said, as runs of words, to be recognised wherever it was copied."""

    runs: frozenset[tuple[str, ...]]
    short: frozenset[str]
    """Their sentences that are too short for a run; found only where a text is nothing else."""

    def is_in(self, text: str | None) -> bool:
        """Whether a text holds words of theirs."""
        if not text:
            return False
        if self.short and fold_space(text).casefold() in self.short:
            return True
        return any(run in self.runs for run in _runs(text))


def trace_of(theirs: Iterable[str], others: Iterable[str]) -> Trace:
    """The trace of somebody by their lines; what others said in the same words tells nothing and is left out."""
    runs, short = set(), set()
    for line in theirs:
        own = set(_runs(line))
        runs |= own
        if not own and fold_space(line):
            short.add(fold_space(line).casefold())
    for line in others:
        if runs:
            runs.difference_update(_runs(line))
        short.discard(fold_space(line).casefold())
    return Trace(frozenset(runs), frozenset(short))


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return zip(*(words[start:] for start in range(_RUN)), strict=False)


def spoken_lines(transcript: Transcript, participant_id: str) -> set[int]:
    """The numbers of the lines that somebody speaks."""
    labels = {speaker.name for speaker in transcript.speakers if speaker.participant == participant_id}
    turns = {turn.number for turn in transcript.turns if turn.speaker in labels}
    return {line.number for line in transcript.lines if line.turn in turns}


def blank_person(transcript: Transcript, participant_id: str, labels: Sequence[str], trace: Trace) -> Transcript:
    """A transcript without somebody's words and name: each of their lines is `[…]`, under the same number.

    Args:
        labels: their names, where the transcript may hold them.

    Returns:
        The transcript itself where it holds nothing of them.
    """
    theirs = spoken_lines(transcript, participant_id)
    own = [speaker.name for speaker in transcript.speakers if speaker.participant == participant_id]
    spans = {(line.start, line.end) for line in transcript.lines if line.number in theirs}
    named = [label for label in (*own, *labels) if label]
    spans |= set(_mentions(transcript, participant_id, named, everywhere=bool(own)))
    if not spans and not own:
        return transcript
    new_labels: dict[str | None, str] = {}
    for number, label in enumerate(own, 1):
        new_labels[label] = GONE if number == 1 else f"{GONE} ({number})"
    named_in = [re.compile(rf"(?<!\w){re.escape(label)}(?!\w)", re.IGNORECASE) for label in named if len(label) > 2]

    def words(text: str) -> str:
        return GONE if trace.is_in(text) or any(pattern.search(text) for pattern in named_in) else text

    rewrites = [Rewrite(start, end, GONE) for start, end in _merged(spans)]
    changed, _ = rewrite_transcript(transcript, rewrites, new_labels, words, _file_name(transcript, named))
    speakers = [
        replace(new, role=Role.UNKNOWN, participant=None) if old.participant == participant_id else new
        for old, new in zip(transcript.speakers, changed.speakers, strict=True)
    ]
    return replace(changed, speakers=tuple(speakers))


def _mentions(
    transcript: Transcript, participant_id: str, labels: Sequence[str], *, everywhere: bool
) -> Iterable[tuple[int, int]]:
    """Where somebody is named: by label or pseudonym, and in transcripts where they speak by their first name too."""
    words = load_words()
    target = Target(Identifier.PARTICIPANT, participant_id, GONE)
    forms = [form for label in labels for form in label_forms(label, words, transcript.language)]
    book = Book()
    book.add({target: [form for form in forms if everywhere or len(form.words) > 1]}, own=everywhere)
    starts, ends = [line.start for line in transcript.lines], [line.end for line in transcript.lines]
    for found in find_names(tokenize(transcript.text, starts, ends), book, words, transcript.language):
        if found.pseudonym == GONE:
            yield found.start, found.end - len(found.tail)
    for label in {participant_id, *labels}:
        if len(label) > 1:
            for match in re.finditer(rf"(?<!\w){re.escape(label)}(?!\w)", transcript.text):
                yield match.span()


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _file_name(transcript: Transcript, labels: Iterable[str]) -> str | None:
    """A neutral name where the file's own holds one of these labels; None where it may stay."""
    parts = set(re.findall(r"[^\W\d_]{3,}|\w+", transcript.name.casefold()))
    named = {word for label in labels for word in _WORD.findall(label.casefold()) if len(word) > 2}
    ending = transcript.name.rsplit(".", 1)[-1] if "." in transcript.name else transcript.format
    return f"interview {transcript.id[:6]}.{ending}" if named & parts else None


# --- Drafts ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaving:
    """Who withdraws, with everything of theirs that a draft may hold."""

    participant_id: str
    finding_ids: Collection[str]
    trace: Trace
    labels: Mapping[str, str]
    """Labels of the findings that remain, by id."""

    def people(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Everybody else."""
        return tuple(one for one in ids if one != self.participant_id)

    def findings(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The findings that remain."""
        return tuple(one for one in ids if one not in self.finding_ids)

    def quotes(self, quotes: Iterable[Quote]) -> tuple[Quote, ...]:
        """The quotes of others."""
        return tuple(one for one in quotes if one.finding_id not in self.finding_ids)


def draft_without(draft: Draft, leaving: Leaving) -> Draft:
    """A draft (its claims apart) as it is without somebody: their share of every count, and their words, are gone.

    A persona of nobody goes with its map. Marks that were computed from feelings (peak, low, the reading) are dropped
    where a feeling of theirs went into the map: the next synthesis computes them anew.
    """
    personas = []
    for number, persona in enumerate(draft.personas, 1):
        rest = _persona(persona, leaving, number)
        if rest.participant_ids:
            personas.append(rest)
    kept = {persona.id: persona.name for persona in personas}
    return Draft(
        tuple(personas),
        tuple(_map(journey, leaving, kept[journey.persona_id]) for journey in draft.maps if journey.persona_id in kept),
        tuple(theme for theme in (_theme(one, leaving) for one in draft.themes) if theme.finding_ids),
        tuple(one for one in draft.unassigned if one.participant_id != leaving.participant_id),
        _grouping(draft.grouping, leaving),
    )


def _grouping(grouping: Grouping | None, leaving: Leaving) -> Grouping | None:
    if grouping is None:
        return None
    theirs = leaving.participant_id
    return replace(
        grouping,
        person_stability={one: value for one, value in grouping.person_stability.items() if one != theirs},
        fits=tuple(one for one in grouping.fits if one.participant_id != theirs),
    )


def _persona(persona: Persona, leaving: Leaving, number: int) -> Persona:
    return replace(
        persona,
        name=f"Persona {number}" if leaving.trace.is_in(persona.name) else persona.name,
        participant_ids=leaving.people(persona.participant_ids),
        border_ids=leaving.people(persona.border_ids),
        quotes=leaving.quotes(persona.quotes),
        unknowns=tuple(text for text in persona.unknowns if not leaving.trace.is_in(text)),
    )


def _map(journey: JourneyMap, leaving: Leaving, name: str) -> JourneyMap:
    felt = any(one.participant_id == leaving.participant_id for column in journey.phases for one in column.feelings)
    marks = {"peak": None, "low": None, "end": None, "reading": ""} if felt else {}
    changed = replace(
        journey,
        title=name if leaving.trace.is_in(journey.title) else journey.title,
        phases=tuple(_column(column, leaving) for column in journey.phases),
        path=tuple(
            step
            for step in (replace(one, participant_ids=leaving.people(one.participant_ids)) for one in journey.path)
            if step.participant_ids
        ),
        switches=tuple(
            switch
            for switch in (
                replace(
                    one,
                    participant_ids=leaving.people(one.participant_ids),
                    lost_participant_ids=leaving.people(one.lost_participant_ids),
                    finding_ids=leaving.findings(one.finding_ids),
                )
                for one in journey.switches
            )
            if switch.participant_ids
        ),
        unplaced_finding_ids=leaving.findings(journey.unplaced_finding_ids),
        entries=_without_empty(journey.entries, leaving.people),
    )
    if leaving.trace.is_in(changed.reading):
        marks = {**marks, "reading": ""}
    return replace(changed, **marks)  # type: ignore[arg-type]


def _column(column: PhaseColumn, leaving: Leaving) -> PhaseColumn:
    feelings = tuple(
        Feeling(one.participant_id, one.valence, leaving.findings(one.finding_ids))
        for one in column.feelings
        if one.participant_id != leaving.participant_id
    )
    values = [one.valence for one in feelings]
    spread = column.spread
    if feelings != column.feelings:
        first, _, third = quantiles(values, n=4, method="inclusive") if len(values) >= 5 else (0.0, 0.0, 0.0)
        spread = (first, third) if len(values) >= 5 else None
    return replace(
        column,
        participant_ids=leaving.people(column.participant_ids),
        feelings=feelings,
        mean=mean(values) if values else None,
        spread=spread,
        emotion=column.emotion if values else None,
        channels=_without_empty(column.channels, leaving.people),
        channel_finding_ids=_without_empty(column.channel_finding_ids, leaving.findings),
        repeats=_without_empty(column.repeats, leaving.people),
        quotes=leaving.quotes(column.quotes),
    )


def _without_empty(
    held: Mapping[str, tuple[str, ...]], rest: Callable[[Iterable[str]], tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    return {key: left for key, ids in held.items() if (left := rest(ids))}


def _theme(theme: Theme, leaving: Leaving) -> Theme:
    findings = leaving.findings(theme.finding_ids)
    label = theme.label
    if leaving.trace.is_in(label) or findings != theme.finding_ids:
        # The label may have been one of theirs.
        others = [leaving.labels[one] for one in findings if one in leaving.labels]
        label = label if label in others or not others else others[0]
    return replace(theme, label=label, finding_ids=findings, participant_ids=leaving.people(theme.participant_ids))
