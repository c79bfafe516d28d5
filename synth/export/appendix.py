"""What stands behind the drafts: all findings, the interviews they come from, themes, and everything left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from synth.coverage import cited_share
from synth.domain import Emotion, Finding, Kind, Motivation, Role, Theme, Transcript, fold_space
from synth.export.claims import Anchors, ClaimWriter, Link
from synth.export.evidence import number_runs, other_speaker
from synth.export.grid import emotion_name, phase_name
from synth.export.interface import clock
from synth.export.sheet import channel_name, driver_name
from synth.results import Results

CONTEXT = 1
"""Lines shown before and after a cited one among the interviews."""


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding in the index; what can be told from it is told when it is asked for, not kept with thousands."""

    finding: Finding
    anchor: str
    used: tuple[str, ...]
    """Anchors of the claims that stand on it."""
    writer: ClaimWriter

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return self.writer.words(f"kind.{self.finding.kind.value}")

    @property
    def detail(self) -> str:
        """The driver, the emotion with its valence, or the channel, in words."""
        return finding_detail(self.finding, self.writer)

    @property
    def phase(self) -> str:
        """The phase by its name."""
        return phase_name(self.writer, self.finding.phase)

    @property
    def where(self) -> Link:
        """Its lines."""
        where, words = self.finding.evidence, self.writer.words
        transcript = self.writer.results.transcript(where.transcript_id)
        numbers = range(where.first_line, where.last_line + 1)
        return Link(
            f"{transcript.name}, {words.count('lines', len(numbers), runs=number_runs(numbers))}",
            self.writer.line_href(transcript, where.first_line),
        )


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line of an interview that is cited or stands beside one that is."""

    number: int
    anchor: str
    text: str
    cited: bool
    speaker: str
    """Shown where the speaker changes; empty otherwise."""
    time: str
    findings: tuple[FindingView, ...]
    """Those that begin here."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines in between that nothing cites: counted here, not shown."""

    first_line: int
    last_line: int
    words: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What is shown of an interview, made when it is gone through: that of a thousand is never there at once."""

    transcript: Transcript
    place: int
    found: tuple[FindingView, ...]

    def __iter__(self) -> Iterator[SpokenLine | Gap]:
        return iter(_parts(self.transcript, self.place, self.found))


@dataclass(frozen=True, slots=True)
class InterviewView:
    """One interview: what was found where, and how much nothing cites."""

    transcript: Transcript
    place: int
    anchor: str
    people: tuple[str, ...]
    parts: Parts
    findings: int
    words: int
    share: float | None
    """Of the participants' words, how much is cited; None where nobody is a participant."""
    uncited: str
    """Numbers of the participants' turns that nothing cites, in short."""
    uncited_turns: int
    skipped: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThemeView:
    """One theme with its findings."""

    theme: Theme
    anchor: str
    phase: str
    findings: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True)
class ThemeGroup:
    """The themes of one kind."""

    kind: str
    shared: tuple[ThemeView, ...]
    """Those of two people or more."""
    single: tuple[ThemeView, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """One participant: where they ended up, and how much of what they said is cited."""

    id: str
    attributes: str
    persona: Link | None
    border: bool
    why: str
    """Why they are in no persona; empty where they are in one."""
    interviews: tuple[Link, ...]
    findings: int
    share: float | None


def build_findings(writer: ClaimWriter, anchors: Anchors) -> dict[str, FindingView]:
    """All findings by id, in the order in which they were said. Claims must have been made before: they are linked."""
    order = {transcript.id: place for place, transcript in enumerate(writer.results.transcripts)}
    found = sorted(
        writer.results.findings, key=lambda f: (order[f.evidence.transcript_id], f.evidence.first_line, f.kind, f.id)
    )
    return {
        finding.id: FindingView(finding, anchors.make("f", finding.id), tuple(writer.used.get(finding.id, ())), writer)
        for finding in found
    }


def build_interviews(writer: ClaimWriter, findings: Mapping[str, FindingView]) -> list[InterviewView]:
    """Every transcript, in the order of the study."""
    by_transcript: dict[str, list[FindingView]] = {}
    for view in findings.values():
        by_transcript.setdefault(view.finding.evidence.transcript_id, []).append(view)
    return [
        _interview(transcript, place, by_transcript.get(transcript.id, []), writer)
        for place, transcript in enumerate(writer.results.transcripts, start=1)
    ]


def build_themes(
    results: Results, writer: ClaimWriter, findings: Mapping[str, FindingView], anchors: Anchors
) -> list[ThemeGroup]:
    """Themes by kind, those of most people first; kinds without a theme are left out."""
    views: dict[Kind, list[ThemeView]] = {kind: [] for kind in Kind}
    for theme in sorted(results.draft.themes, key=lambda t: (-len(t.participant_ids), -len(t.finding_ids), t.label)):
        found = tuple(findings[one] for one in theme.finding_ids if one in findings)
        phase = phase_name(writer, theme.phase) if theme.phase else ""
        views[theme.kind].append(ThemeView(theme, anchors.make("theme", theme.id), phase, found))
    return [
        ThemeGroup(
            kind.value,
            tuple(view for view in of_kind if len(view.theme.participant_ids) > 1),
            tuple(view for view in of_kind if len(view.theme.participant_ids) <= 1),
        )
        for kind, of_kind in views.items()
        if of_kind
    ]


def build_people(results: Results, sheets: Mapping[str, Link], interviews: Sequence[InterviewView]) -> list[PersonView]:
    """Every participant, in the order of the study; `sheets` is persona id to its name and place."""
    why = {one.participant_id: one.why for one in results.draft.unassigned}
    count = Counter(finding.participant_id for finding in results.findings)
    views = []
    for participant in results.participants:
        persona = next((p for p in results.draft.personas if participant.id in p.participant_ids), None)
        coverage = [one for one in results.coverage if one.participant_id == participant.id]
        views.append(
            PersonView(
                id=participant.id,
                attributes=" · ".join(f"{key.replace('_', ' ')}: {it}" for key, it in participant.attributes.items()),
                persona=sheets[persona.id] if persona else None,
                border=bool(persona and participant.id in persona.border_ids),
                why=why.get(participant.id, ""),
                interviews=tuple(
                    Link(view.transcript.name, f"#{view.anchor}")
                    for view in interviews
                    if participant.id in view.people
                ),
                findings=count[participant.id],
                share=cited_share(coverage),
            )
        )
    return views


def finding_detail(finding: Finding, writer: ClaimWriter) -> str:
    """What the finding is about, in words: 'feel secure', 'relieved +1', 'phone, from e-mail, started over'."""
    detail, words = finding.detail, writer.words
    if isinstance(detail, Motivation):
        question = f", {words(f'question.{detail.question}').lower()}" if detail.question else ""
        return driver_name(writer.results, detail.driver, writer).lower() + question
    if isinstance(detail, Emotion):
        implied = "" if detail.stated else f", {words('finding.implied')}"
        return f"{emotion_name(writer, detail.emotion)} {words.decimal(detail.valence, 0, signed=True)}{implied}"
    parts = [channel_name(writer.results, detail.channel, writer).lower()]
    if detail.from_channel == detail.channel:
        parts.append(words("finding.once_more"))
    elif detail.from_channel:
        parts.append(words("finding.from", channel=channel_name(writer.results, detail.from_channel, writer).lower()))
    if detail.context_kept is not None:
        parts.append(words("finding.kept" if detail.context_kept else "finding.lost"))
    return ", ".join(parts)


def _interview(transcript: Transcript, place: int, found: Sequence[FindingView], writer: ClaimWriter) -> InterviewView:
    results = writer.results
    coverage = [one for one in results.coverage if one.transcript_id == transcript.id]
    uncited = sorted({turn for one in coverage for turn in one.uncited_turns})
    return InterviewView(
        transcript=transcript,
        place=place,
        anchor=f"t{place}",
        people=writer.slots(transcript.people | {view.finding.participant_id for view in found}),
        parts=Parts(transcript, place, tuple(found)),
        findings=len(found),
        words=sum(
            len(line.text.split())
            for line in transcript.lines
            if transcript.speaker_of(line.number).role is not Role.INTERVIEWER
        ),
        share=cited_share(coverage),
        uncited=number_runs(uncited),
        uncited_turns=len(uncited),
        skipped=len(transcript.skipped),
        warnings=transcript.warnings,
    )


def _parts(transcript: Transcript, place: int, found: Sequence[FindingView]) -> list[SpokenLine | Gap]:
    cited: set[int] = set()
    begins: dict[int, list[FindingView]] = {}
    for view in found:
        where = view.finding.evidence
        cited.update(range(where.first_line, where.last_line + 1))
        begins.setdefault(where.first_line, []).append(view)
    near = {n + step for n in cited for step in range(-CONTEXT, CONTEXT + 1)}
    # A single line between two that are shown is shown: to say that it is left out takes as much room.
    near |= {n for n in range(2, len(transcript.lines)) if n - 1 in near and n + 1 in near}
    parts: list[SpokenLine | Gap] = []
    before: str | None = None
    for line in transcript.lines:
        if line.number not in near:
            size = len(line.text.split())
            last = parts[-1] if parts else None
            if isinstance(last, Gap):
                parts[-1] = Gap(last.first_line, line.number, last.words + size)
            else:
                parts.append(Gap(line.number, line.number, size))
            before = None
            continue
        speaker = other_speaker(transcript, line, "") or ""
        time = line.start_seconds
        parts.append(
            SpokenLine(
                line.number,
                f"t{place}-{line.number}",
                fold_space(line.text),
                line.number in cited,
                speaker if speaker != before else "",
                clock(time) if time is not None else "",
                tuple(begins.get(line.number, ())),
            )
        )
        before = speaker
    return parts
