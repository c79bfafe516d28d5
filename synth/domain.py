"""The values that flow from step to step: pure, frozen, and without a word about files, models, SQL or screens.

The promise that everything else relies on: a `Line` is an exact slice of its transcript's text, `Evidence` names
lines, and nothing in the product carries words of a participant that are not such a slice.

Words follow `docs/method.md`. Offsets are Unicode code points of `Transcript.text`, end exclusive. Line and turn
numbers count from 1. Times are seconds from the start of the recording.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """Who a speaker is in the interview: whose journey it is, or who asks."""

    PARTICIPANT = "participant"
    INTERVIEWER = "interviewer"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What a finding is about (method.md 3, 4, 5)."""

    MOTIVATION = "motivation"
    EMOTION = "emotion"
    TOUCHPOINT = "touchpoint"


class Origin(StrEnum):
    """By whom a claim was made: drafted by an analyst, computed from findings by the program, written by a person."""

    ANALYST = "analyst"
    COMPUTED = "computed"
    PERSON = "person"


canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode
"""A value as canonical JSON."""


def content_id(*parts: object) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the parts as canonical JSON: the same content, the same id."""
    return _hashed(canonical(parts))


def canonical_id(*parts: str) -> str:
    """The `content_id` of parts of which each is canonical JSON already."""
    return _hashed(f"[{','.join(parts)}]")


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def fold_space(text: str) -> str:
    """The text on one line: every run of white space is one blank, none at the ends."""
    # A blank is the only white space that is printable, and most sentences have nothing to fold.
    if text.isprintable() and "  " not in text and text == text.strip():
        return text
    return " ".join(text.split())


def slug_of(text: str) -> str:
    """A text as part of a file's name: its letters and digits in ASCII, hyphens between; empty where none is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]


# --- Reading -----------------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """One sentence of one turn: the unit that evidence points to.

    A tuple, as `Turn`: an interview has thousands, and a frozen dataclass takes three times as long to make.
    """

    number: int
    turn: int
    start: int
    end: int
    text: str
    """Exactly `Transcript.text[start:end]`; may hold line breaks of a hard-wrapped source, see `fold_space`."""
    start_seconds: float | None = None


class Turn(NamedTuple):
    """One speaker's uninterrupted contribution; neighbours of one speaker are one turn."""

    number: int
    speaker: str | None
    """The label as the file has it, cleaned of markup; None where the file names nobody."""
    first_line: int
    last_line: int
    start_seconds: float | None = None
    end_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """One voice of a transcript, in order of first appearance."""

    name: str | None
    role: Role
    turns: int
    role_confidence: float = 1.0
    """0 to 1: how sure the role is; 1 where a label or a person said so."""
    participant: str | None = None
    """The participant that speaks here, by the id used in the study; None for everyone else."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Text of the source that is not speech, kept with the reason: nothing is dropped in silence."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """One interview as it was read.

    `text` is the decoded source with LF line ends, in NFC; for plain text it is the whole file, for other formats the
    reader's rendering of it (one `Name: words` paragraph a turn). Lines partition the speech, in order, no overlap.
    """

    id: str
    name: str
    """The file's name, or a neutral one where that would tell who spoke."""
    format: str
    encoding: str
    language: str
    """`en`, `nl`, or another ISO 639-1 code; `und` where the text is too short to tell."""
    source_sha256: str
    source_bytes: int
    text: str
    speakers: tuple[Speaker, ...]
    turns: tuple[Turn, ...]
    lines: tuple[Line, ...]
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()
    wave: str | None = None

    @property
    def people(self) -> frozenset[str]:
        """The participants that speak in it."""
        return frozenset(speaker.participant for speaker in self.speakers if speaker.participant)

    def turn_of(self, line_number: int) -> Turn:
        """The turn that a line stands in; IndexError where there is no such line."""
        if not 1 <= line_number <= len(self.lines):
            raise IndexError(line_number)
        return self.turns[self.lines[line_number - 1].turn - 1]

    def speaker_of(self, line_number: int) -> Speaker:
        """The speaker of a line."""
        name = self.turn_of(line_number).speaker
        return next(speaker for speaker in self.speakers if speaker.name == name)

    def slice(self, first_line: int, last_line: int) -> tuple[int, int, str]:
        """Start, end and verbatim text from the first to the last of these lines."""
        start, end = self.lines[first_line - 1].start, self.lines[last_line - 1].end
        return start, end, self.text[start:end]


@dataclass(frozen=True, slots=True)
class Participant:
    """A person whose journey is studied, under a pseudonym."""

    id: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The run of lines that one call reads, with a few lines before it that are context and not to be coded."""

    id: str
    transcript_id: str
    first_line: int
    last_line: int
    context_from: int
    """The first line shown as context; equals `first_line` where there is none."""


# --- Findings ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """The lines of one transcript that a finding stands on, within one turn of a participant."""

    transcript_id: str
    first_line: int
    last_line: int
    """Inclusive, as `first_line`."""


LIKELY_DRIVER = 0.3
"""From here on a driver carries sentences; see docs/synthesis.md."""


@dataclass(frozen=True, slots=True)
class Motivation:
    """Why somebody acts (method.md 3)."""

    driver: str
    """A driver of the framework, or `functional` where the reason is practical."""
    question: str | None = None
    """Which of the five motive questions it answers (3.3): information, moment, source, choice or action."""
    driver_chance: float | None = None
    """How likely careful coders would name this driver here, 0 to 1; None where the reader does not say."""

    @property
    def tells_driver(self) -> bool:
        """Whether the driver may be told: it was named by a person or a model, or is likely enough."""
        return self.driver_chance is None or self.driver_chance >= LIKELY_DRIVER


@dataclass(frozen=True, slots=True)
class Emotion:
    """What somebody felt at a moment (method.md 4.1)."""

    emotion: str
    """A key of the framework's emotion wheel."""
    valence: int
    """-2 to 2."""
    intensity: int = 2
    """1 weak, 2 plain, 3 strong."""
    stated: bool = True
    """False where the feeling is implied and not named."""
    trigger: str | None = None
    reading: str | None = None
    """`satisfaction` where it judges what was got, `connection` where it binds to the other or sets apart (4.2); None
    where it is neither."""


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """A contact moment and where it takes place (method.md 5)."""

    channel: str
    from_channel: str | None = None
    """The channel the person came from, where this is a switch (5.3)."""
    context_kept: bool | None = None
    """On a switch: whether the person did not have to start again; None where it was not said."""
    story_order: float | None = None
    """Place in the person's own story, 0 first; None where only the order of telling is known (5.2)."""
    initiator: str | None = None
    """Who began it: `person` or `organisation`; None where it was not said."""
    effort: int | None = None
    """What it took: 1 little, 2 some, 3 much; None where it was not said."""
    outcome: str | None = None
    """What came of it for the person: `done`, `partly` or `failed`; None where it was not said."""
    repeated: bool = False
    """Whether it was done again for the same matter (5.2)."""
    skipped: bool = False
    """Whether the person passed it over or it never came, so that it is told but was no contact (5.2)."""
    matters: str | None = None
    """Why this moment matters, in a few words; None where nobody said that it does (5.4)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One coded passage: what was found, of whom, in which phase, on which lines."""

    id: str
    participant_id: str
    evidence: Evidence
    label: str
    """A few words in the interview's language, for people; themes group findings by meaning."""
    language: str
    phase: str | None
    """A phase of the framework; None where the passage does not tell: such findings stay visible as unplaced."""
    detail: Motivation | Emotion | Touchpoint
    confidence: float | None = None
    """0 to 1 where the analyst gives one."""
    signals: tuple[str, ...] = ()
    """Signs of loyalty or its end (4.2), keys of the framework's `signals`, in its order."""
    code: str | None = None
    """The code of the study's codebook that it was given; None where it has no codebook or no code fits."""
    stability: float | None = None
    """Share of the passes over its lines that carry it, 0 to 1; None where they were read once."""

    @property
    def kind(self) -> Kind:
        """Which of the three kinds, told from the detail."""
        return kind_of(self.detail)

    @property
    def about(self) -> str:
        """What it was coded for: a driver, an emotion or a channel."""
        if isinstance(self.detail, Motivation):
            return self.detail.driver
        return self.detail.emotion if isinstance(self.detail, Emotion) else self.detail.channel


def kind_of(detail: Motivation | Emotion | Touchpoint) -> Kind:
    """Which of the three kinds a detail is of."""
    if isinstance(detail, Motivation):
        return Kind.MOTIVATION
    return Kind.EMOTION if isinstance(detail, Emotion) else Kind.TOUCHPOINT


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a study's codebook: a theme that people agreed on, with the rule of when it applies."""

    name: str
    """Unique within its kind, whatever the case."""
    kind: Kind | None
    """Of the findings that it fits; None where it fits all."""
    definition: str = ""
    use_when: str = ""
    not_when: str = ""
    examples: tuple[str, ...] = ()
    """Lines that show it, as words; of the study's own people they are slices of their transcripts."""
    made_by: str = ""
    """Who made it: a person, the name of an imported file, or the analyst whose theme it was."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something an analyst proposed that did not stand on evidence: stored and counted, never shown as a finding."""

    chunk_id: str
    kind: str
    first_line: int | None
    last_line: int | None
    why: str
    model: str | None = None
    """Who proposed it, where that is known."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Findings of one kind that mean the same, under one label."""

    id: str
    kind: Kind
    label: str
    finding_ids: tuple[str, ...]
    participant_ids: tuple[str, ...]
    """Distinct, sorted: a theme's strength is counted in people."""
    phase: str | None = None
    """The phase most of its findings are in."""


# --- Drafts ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of a persona or a map; holds only with evidence."""

    id: str
    section: str
    """A section of a persona or a lane of a map; see `PERSONA_SECTIONS` and `MAP_LANES`."""
    text: str
    finding_ids: tuple[str, ...]
    """The findings it stands on; for an idea, those that it answers. Empty only where a person wrote it."""
    participant_ids: tuple[str, ...]
    """Distinct people behind it, sorted."""
    phase: str | None = None
    key: str | None = None
    """What the claim is about, by a key of the framework (a driver, a channel, a motive question), where it has one."""
    against_finding_ids: tuple[str, ...] = ()
    against_participant_ids: tuple[str, ...] = ()
    origin: Origin = Origin.ANALYST
    idea: bool = False
    verdict: str | None = None
    """What a critic came to: a key of `VERDICTS`; None where no critic looked at it."""
    critique: str = ""
    """What the critic held against it, in one sentence; empty where nothing."""

    @property
    def contested(self) -> bool:
        """Whether anybody said otherwise, or a critic refuted it. Both sides of a difference are what it says."""
        return (bool(self.against_finding_ids) and self.section != TWO_SIDED) or self.verdict in REFUTED


VERDICTS = ("stands", "contradicted", "overreach")
"""A claim that a critic tried to refute: without success, by what people said, or since its words say less than it."""
REFUTED = ("contradicted", "overreach")

PERSONA_SECTIONS = (
    "essence",  # one line: who this is, as a need
    "goal",  # what they want to get done
    "stated",  # what they say: the stated reason (method 3.1)
    "driver",  # what drives them (3.2); key: the driver
    "decide",  # how they decide (3.3); key: the motive question
    "fear",  # what they want to avoid
    "never",  # what they would never do
    "channel",  # where they are (5); key: the channel
    "loyalty",  # transactional and emotional signals (4.2)
    "unlike",  # how they differ from the other personas
    "differ",  # contradictions inside the persona
)

TWO_SIDED = "differ"
"""The section whose claims say that people differ: one side is for, the other against."""

DRAFTED_SECTIONS = tuple(one for one in PERSONA_SECTIONS if one not in ("driver", "channel", "unlike"))
"""Those that an analyst is asked for; the others are counted."""

MAP_LANES = (
    "title",  # the phase in the person's voice: 'I ...' / 'Ik ...'
    "doing",
    "touchpoint",  # key: the channel
    "need",
    "friction",  # key: unclear step, returning question, missing information, channels disagree, context lost
    "moment",  # moments that matter; key: peak, low, end, or none
    "question",  # asked so often that it should be answered before it is asked (7.3)
    "wow",  # runs well already: a small surprise would be remembered here (7.4); counted, never drafted
    "idea",
)
DRAFTED_LANES = tuple(lane for lane in MAP_LANES if lane != "wow")
"""Those that an analyst may fill."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What carrying out an idea would take (method.md 8.1, 8.2): proposed, as the idea itself."""

    channel: str | None
    """Where it would be done: a channel of the framework."""
    call_to_action: str
    """What the person is invited to do, in words that could stand on a button."""
    kpi: str
    """How the organisation would see that it works."""
    effort: int
    """A guess: 1 days, 2 weeks, 3 months."""
    medium: str
    """`video`, `text`, `person` or `invoice`: a key of `phrases/plan.yaml`."""
    medium_why: str
    """Why that medium, in one sentence in the study's language."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words chosen to be shown by themselves: always a finding's evidence."""

    finding_id: str
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class Persona:
    """A segment of participants described by claims; a draft until people have decided on it."""

    id: str
    name: str
    """A need in their words, never an invented person."""
    participant_ids: tuple[str, ...]
    border_ids: tuple[str, ...]
    """Those of the participants who stand nearly as close to another persona."""
    stability: float | None
    """0 to 1: how often its people land together when findings are resampled; None where that was not computed."""
    claims: tuple[Claim, ...]
    quotes: tuple[Quote, ...]
    """The first is the one to show large."""
    unknowns: tuple[str, ...]
    """What we do not know, in sentences; never empty in silence."""


@dataclass(frozen=True, slots=True)
class Feeling:
    """How one participant felt in one phase: the mean of their moments, to half a point."""

    participant_id: str
    valence: float
    finding_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelSwitch:
    """Moves from one channel to another between or within phases (method.md 5.3)."""

    from_phase: str
    from_channel: str
    to_phase: str
    to_channel: str
    participant_ids: tuple[str, ...]
    lost_participant_ids: tuple[str, ...]
    """Those who had to start again."""
    finding_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhaseColumn:
    """One phase of one persona's map."""

    phase: str
    participant_ids: tuple[str, ...]
    """Who speaks about this phase, in any lane."""
    feelings: tuple[Feeling, ...]
    mean: float | None
    """Over people, not over moments; None where nobody said how it felt: a gap, never interpolated."""
    spread: tuple[float, float] | None
    """First and third quartile; None below five people."""
    emotion: str | None
    """The commonest emotion, a key of the framework."""
    channels: Mapping[str, tuple[str, ...]]
    """Channel to the distinct participants who used it here."""
    channel_finding_ids: Mapping[str, tuple[str, ...]]
    claims: tuple[Claim, ...]
    quotes: tuple[Quote, ...]
    plans: Mapping[str, Plan] = field(default_factory=dict)
    """By the id of an idea of this phase."""
    repeats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Channel to those who had to come back to it here (method.md 5.2)."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """How many went from one phase straight to another, in their own order (method.md 5.2)."""

    from_phase: str
    to_phase: str
    participant_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JourneyMap:
    """The grid of phases by lanes for one persona."""

    id: str
    persona_id: str
    title: str
    framework: str
    wave: str | None
    phases: tuple[PhaseColumn, ...]
    path: tuple[PathStep, ...]
    switches: tuple[ChannelSwitch, ...]
    peak: str | None
    """The phase of the highest mean with at least three people behind it; None where there is none above zero."""
    low: str | None
    end: str | None
    """The last phase in which anybody said how it felt."""
    reading: str
    """The peak-end reading in one sentence (method.md 7.2)."""
    unplaced_finding_ids: tuple[str, ...]
    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Phase to those whose story begins there: a loyal customer skips the early ones (method.md 6.1)."""


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A participant in no persona, with the reason in words."""

    participant_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Fit:
    """How a participant was put to a persona that was there before."""

    participant_id: str
    persona_id: str | None
    """None where none fits."""
    nearest_id: str
    """The persona that comes nearest, fitting or not."""
    likeness: float
    """To the nearest, -1 to 1."""
    needed: float
    """What an average participant with so few findings would seldom reach by chance: below it nothing fits."""
    stability: float
    """How often they land with the same when their findings are drawn anew, 0 to 1."""
    why: str
    """The decision in one sentence."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """How people came to be in the personas of a draft (method.md 2)."""

    criterion: str
    """By which rule the number was chosen and what people were compared on, in sentences."""
    separations: tuple[tuple[int, float], ...] = ()
    """For each number of groups that was possible, how far the best keeps people apart: mean silhouette, -1 to 1."""
    person_stability: Mapping[str, float] = field(default_factory=dict)
    """How often somebody lands with the others of their persona when findings are drawn anew; of those compared."""
    people: int = 0
    """With at least one finding."""
    compared: int = 0
    """Of how many all pairs were compared; fewer than `people` in a large study."""
    fits: tuple[Fit, ...] = ()
    """Where personas were kept: how each new participant was put to one of them, or to none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything one synthesis of a study came to: immutable, decisions are laid over it."""

    personas: tuple[Persona, ...]
    maps: tuple[JourneyMap, ...]
    themes: tuple[Theme, ...]
    unassigned: tuple[Unassigned, ...]
    grouping: Grouping | None = None
    """None in drafts that were made before this was kept."""

    def claims(self) -> tuple[Claim, ...]:
        """All claims: of the personas in order, then of the maps, phase by phase."""
        of_personas = [claim for persona in self.personas for claim in persona.claims]
        of_maps = [claim for journey in self.maps for column in journey.phases for claim in column.claims]
        return (*of_personas, *of_maps)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what a participant said is cited by any finding."""

    participant_id: str
    transcript_id: str
    cited_characters: int
    spoken_characters: int
    uncited_turns: tuple[int, ...]
    """Numbers of the participant's turns that nothing cites."""

    @property
    def share(self) -> float:
        """0 to 1; 0 where nothing was said."""
        return self.cited_characters / self.spoken_characters if self.spoken_characters else 0.0


def distinct(values: Sequence[str]) -> tuple[str, ...]:
    """Sorted without repeats: the form in which people are counted."""
    return tuple(sorted(set(values)))
