"""A study as it is shown: everything that a page, a report or an export needs, in one value.

It is made by the store and `synth.review` (the draft with people's decisions applied) and read by the writers in
`synth.export`. Nothing here is computed twice: what two writers need is a method of `Results`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from synth.domain import Coverage, Draft, Finding, Line, Participant, Refusal, Speaker, Transcript
from synth.frameworks import Framework
from synth.measured import ContentScore
from synth.saturation import Saturation, measure_saturation
from synth.strength import Strengths


class State(StrEnum):
    """What people have decided on a claim."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that was not read or not coded, by name, with the reason."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a draft comes from (the provenance card)."""

    model: str
    """`offline`, or the name of the model that read."""
    prompt_versions: Mapping[str, str]
    """Task to version; for the built-in reader its own version."""
    quality: str
    """What is known of how often this reader is right, in one sentence in the study's language; empty for a model."""
    drafted_utc: str
    """ISO 8601, to the second."""
    calls_made: int = 0
    calls_reused: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    critic: str = ""
    """Who tried to refute the draft; empty where nobody did."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a finding where they were said."""

    transcript: Transcript
    participant_id: str
    first_line: int
    last_line: int
    start: int
    end: int
    text: str
    start_seconds: float | None
    before: tuple[Line, ...]
    """Up to two lines before, of whatever speaker."""
    after: tuple[Line, ...]


@dataclass(frozen=True)
class Results:
    """One study with its draft, as people see it now."""

    study: str
    subject: str
    language: str
    """In which the draft is written: `en` or `nl`."""
    framework: Framework
    wave: str | None
    transcripts: tuple[Transcript, ...]
    participants: tuple[Participant, ...]
    """In the order of their ids: the fixed slots of the voices row."""
    findings: tuple[Finding, ...]
    refusals: tuple[Refusal, ...]
    draft: Draft
    coverage: tuple[Coverage, ...]
    failures: tuple[Failure, ...]
    provenance: Provenance
    states: Mapping[str, State] = field(default_factory=dict)
    """By claim id; a claim that is not here is proposed."""
    scores: tuple[ContentScore, ...] = ()
    """What was measured at touchpoints (method.md 8.3), by phase and by channel; empty where nothing was imported."""

    @cached_property
    def _findings(self) -> dict[str, Finding]:
        return {finding.id: finding for finding in self.findings}

    @cached_property
    def _transcripts(self) -> dict[str, Transcript]:
        return {transcript.id: transcript for transcript in self.transcripts}

    @property
    def findings_by_id(self) -> Mapping[str, Finding]:
        """All findings, by id."""
        return self._findings

    @cached_property
    def saturation(self) -> Saturation:
        """Whether further interviews still brought something new."""
        return measure_saturation(self.draft.themes, self._findings, len(self.transcripts))

    @cached_property
    def strengths(self) -> Strengths:
        """Measures how strong a claim is."""
        return Strengths(self._findings)

    def finding(self, finding_id: str) -> Finding:
        """KeyError where the study has no such finding."""
        return self._findings[finding_id]

    def transcript(self, transcript_id: str) -> Transcript:
        """KeyError where the study has no such transcript."""
        return self._transcripts[transcript_id]

    def has_words(self, finding_id: str) -> bool:
        """Whether the words of a finding are here: a page of a study holds some of its findings and transcripts."""
        finding = self._findings.get(finding_id)
        return finding is not None and finding.evidence.transcript_id in self._transcripts

    def state(self, claim_id: str) -> State:
        """What people have decided on this claim so far."""
        return self.states.get(claim_id, State.PROPOSED)

    def words(self, finding_id: str, around: int = 2) -> Words:
        """The words a finding stands on, with lines before and after them."""
        finding = self.finding(finding_id)
        where = finding.evidence
        transcript = self.transcript(where.transcript_id)
        start, end, text = transcript.slice(where.first_line, where.last_line)
        lines = transcript.lines
        seconds = lines[where.first_line - 1].start_seconds
        return Words(
            transcript=transcript,
            participant_id=finding.participant_id,
            first_line=where.first_line,
            last_line=where.last_line,
            start=start,
            end=end,
            text=text,
            start_seconds=seconds if seconds is not None else transcript.turn_of(where.first_line).start_seconds,
            before=lines[max(0, where.first_line - 1 - around) : where.first_line - 1],
            after=lines[where.last_line : where.last_line + around],
        )


def speaker_label(speaker: Speaker) -> str:
    """How a speaker is shown: the participant's pseudonym, else the role; never a name from the file."""
    return speaker.participant or speaker.role.value
