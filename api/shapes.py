"""The shapes of results in the OpenAPI document: what `synth.export.json` writes, field by field (docs/exports.md).

The writer is the one that makes them, for files and for HTTP alike, and answers are sent as it made them. A test reads
a whole study's answers through these models, in which unknown fields are errors, so that the two cannot drift apart.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from synth.domain import Origin, Role
from synth.frameworks import Framework
from synth.results import State

_CLAIM_ID = "4c51ad5e0a3fd2b7"


class Shape(BaseModel):
    """Unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")


class Evidence(Shape):
    """One passage: `text` equals the transcript's text from `start` to `end`, in Unicode code points."""

    transcript: str
    participant: str
    first_line: Annotated[int, Field(ge=1)]
    last_line: Annotated[int, Field(ge=1, description="Inclusive.")]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(description="Exclusive.")]
    text: str
    transcript_id: str
    finding: str
    start_seconds: float | None


class Strength(Shape):
    """How much a claim rests on, in people of its persona."""

    for_: Annotated[int, Field(alias="for")]
    against: int
    speaking: int
    of: int
    found_again: float | None
    holds: float | None


class Plan(Shape):
    """What carrying out an idea would take: proposed, as the idea itself."""

    channel: str | None
    call_to_action: str
    kpi: str
    effort: int
    medium: str
    medium_why: str


class Claim(Shape):
    """One sentence of a persona or a map, as people see it now. `evidence` is empty only where a person wrote it."""

    id: Annotated[str, Field(examples=[_CLAIM_ID])]
    section: Annotated[str, Field(examples=["stated"])]
    phase: str | None
    key: str | None
    text: Annotated[str, Field(examples=["Wants to know the sum."])]
    state: State
    origin: Origin
    idea: bool
    participants: list[str]
    participant_count: int
    against_participants: list[str]
    findings: list[str]
    against_findings: list[str]
    evidence: list[Evidence]
    against: list[Evidence]
    contested: bool
    verdict: str | None
    critique: str
    strength: Strength | None
    plan: Annotated[Plan | None, Field(description="Of ideas only; absent elsewhere.")] = None


class Quoted(Shape):
    """How often one participant is quoted in a persona."""

    participant: str
    passages: int
    share: float
    over: bool


class Persona(Shape):
    """A segment of participants described by claims."""

    id: str
    name: str
    participants: list[str]
    border: list[str]
    stability: float | None
    claims: list[Claim]
    quotes: list[Evidence]
    unknowns: list[str]
    quoted: list[Quoted]


class FeltBy(Shape):
    """How one participant felt in a phase."""

    participant: str
    valence: float
    findings: list[str]
    evidence: list[Evidence]


class ChannelUse(Shape):
    """Who used a channel in a phase."""

    channel: str
    participants: list[str]
    findings: list[str]
    evidence: list[Evidence]


class PhaseColumn(Shape):
    """One phase of a map; `mean` is null where nobody said how it felt."""

    phase: str
    participants: list[str]
    mean: float | None
    spread: tuple[float, float] | None
    emotion: str | None
    feelings: list[FeltBy]
    channels: list[ChannelUse]
    repeats: dict[str, list[str]]
    claims: list[Claim]
    quotes: list[Evidence]


class PathStep(Shape):
    """Who went from one phase straight to another."""

    from_: Annotated[str, Field(alias="from")]
    to: str
    participants: list[str]


class Switch(Shape):
    """Moves from one channel to another; `lost` had to start again."""

    from_phase: str
    from_channel: str
    to_phase: str
    to_channel: str
    participants: list[str]
    lost: list[str]
    findings: list[str]
    evidence: list[Evidence]


class JourneyMap(Shape):
    """Phases by lanes for one persona."""

    id: str
    persona: str
    title: str
    framework: str
    wave: str | None
    reading: str
    peak: str | None
    low: str | None
    end: str | None
    phases: list[PhaseColumn]
    path: list[PathStep]
    switches: list[Switch]
    entries: dict[str, list[str]]
    unplaced_findings: list[str]


class _Found(Shape):
    id: str
    participant: str
    label: str
    language: str
    phase: str | None
    confidence: float | None
    stability: float | None
    signals: list[str]
    code: str | None
    evidence: list[Evidence]


class MotivationFinding(_Found):
    """Why somebody acts."""

    kind: Literal["motivation"]
    driver: str
    question: str | None


class EmotionFinding(_Found):
    """What somebody felt at a moment."""

    kind: Literal["emotion"]
    emotion: str
    word: str
    valence: Annotated[int, Field(ge=-2, le=2)]
    intensity: int
    stated: bool
    trigger: str | None
    reading: str | None


class TouchpointFinding(_Found):
    """A contact moment and where it took place."""

    kind: Literal["touchpoint"]
    channel: str
    from_channel: str | None
    context_kept: bool | None
    story_order: float | None
    initiator: str | None
    effort: int | None
    outcome: str | None
    repeated: bool
    skipped: bool
    matters: str | None


Finding = Annotated[MotivationFinding | EmotionFinding | TouchpointFinding, Field(discriminator="kind")]


class Theme(Shape):
    """Findings that mean the same."""

    id: str
    kind: Literal["motivation", "emotion", "touchpoint"]
    label: str
    phase: str | None
    participants: list[str]
    findings: list[str]
    evidence: list[Evidence]


class Participant(Shape):
    """Somebody who took part, by pseudonym."""

    id: str
    attributes: dict[str, str]


class Unassigned(Shape):
    """A participant in no persona."""

    participant: str
    why: str


class Coverage(Shape):
    """How much of what somebody said any finding cites."""

    participant: str
    transcript: str
    transcript_id: str
    cited_characters: int
    spoken_characters: int
    share: float
    uncited_turns: list[int]


class Refusal(Shape):
    """What a reader proposed and the evidence check refused."""

    kind: str
    first_line: int | None
    last_line: int | None
    why: str
    chunk: str
    model: str | None


class RefusalCount(Shape):
    """How often something that one model proposed was refused."""

    model: str | None
    kind: str
    count: Annotated[int, Field(ge=1)]


class Failure(Shape):
    """A file or a part that was not read, with the reason."""

    name: str
    why: str


class SpeakerTurns(Shape):
    """A voice of a transcript, without its name."""

    role: Role
    participant: str | None
    turns: int


class TranscriptLine(Shape):
    """Where a line stands in the text."""

    number: int
    turn: int
    start: int
    end: int
    speaker: str
    start_seconds: float | None


class Transcript(Shape):
    """An interview whole, as the study keeps it."""

    id: str
    name: str
    format: str
    language: str
    wave: str | None
    source_sha256: str
    speakers: list[SpeakerTurns]
    lines: list[TranscriptLine]
    text: str


class Provenance(Shape):
    """By whom and how the draft was made."""

    model: str
    prompt_versions: dict[str, str]
    quality: str
    drafted_utc: str
    calls_made: int
    calls_reused: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    critic: str


class Score(Shape):
    """What was measured in a phase, or in one channel of it."""

    phase: str
    channel: str | None
    counts: dict[str, int]
    points: float
    share: float | None
    verdict: str


class Separation(Shape):
    """How well so many groups are apart."""

    groups: int
    silhouette: float


class Fit(Shape):
    """How one participant fits a persona that was kept."""

    participant: str
    persona: str | None
    nearest: str | None
    likeness: float | None
    needed: float | None
    stability: float | None
    why: str


class Grouping(Shape):
    """How people were grouped into personas."""

    criterion: str
    separations: list[Separation]
    person_stability: dict[str, float]
    people: int
    compared: int
    fits: list[Fit]


class Saturation(Shape):
    """How many new themes each further interview brings, over many orders of the interviews."""

    interviews: int
    themes: int
    curve: list[float]
    last: int
    new_in_last: float
    at_least: int | None


class StudyResults(Shape):
    """Everything: what `synth export STUDY --format json` writes, byte for byte."""

    schema_version: int
    study: str
    subject: str
    language: str
    wave: str | None
    framework: Framework
    provenance: Provenance
    participants: list[Participant]
    personas: list[Persona]
    maps: list[JourneyMap]
    measured: list[Score]
    themes: list[Theme]
    findings: list[Finding]
    grouping: Grouping | None
    saturation: Saturation
    unassigned: list[Unassigned]
    coverage: list[Coverage]
    refusals: list[Refusal]
    refusal_counts: list[RefusalCount]
    failures: list[Failure]
    transcripts: list[Transcript]
