"""Evidence as every writer gives it: the contract of the JSON exports, and passages to be read by people.

Two promises: the `text` of an evidence is the slice of the transcript's text from `start` to `end`, character by
character; and a passage shows the cited lines whole, in their order, with the lines around them marked as context.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synth.domain import Evidence, Line, Transcript, fold_space
from synth.results import Results, speaker_label

Json = dict[str, object]


def evidence_json(results: Results, finding_id: str) -> Json:
    """The evidence of one finding, by the contract of `docs/exports.md`."""
    words = results.words(finding_id, around=0)
    return {
        "transcript": words.transcript.name,
        "participant": words.participant_id,
        "first_line": words.first_line,
        "last_line": words.last_line,
        "start": words.start,
        "end": words.end,
        "text": words.text,
        "transcript_id": words.transcript.id,
        "finding": finding_id,
        "start_seconds": words.start_seconds,
    }


def evidence_list(results: Results, finding_ids: Iterable[str]) -> list[Json]:
    """The evidence of these findings, in the order given."""
    return [evidence_json(results, finding_id) for finding_id in finding_ids]


@dataclass(frozen=True, slots=True)
class PassageLine:
    """One line as it is shown."""

    number: int
    text: str
    """On one line of its own: white space is folded."""
    cited: bool
    speaker: str | None
    """Who says it, where that is not the participant whose passage it is."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One participant's words in one place of one transcript; a large study has tens of thousands at once."""

    participant_id: str
    transcript: Transcript
    first_line: int
    """Of those that are shown: the cited ones with their context, without a gap."""
    last_line: int
    cited: tuple[int, ...]
    """The numbers of the cited lines."""
    start_seconds: float | None
    finding_ids: tuple[str, ...]

    @property
    def lines(self) -> tuple[PassageLine, ...]:
        """What is shown, made when it is asked for."""
        return tuple(
            PassageLine(
                line.number,
                fold_space(line.text),
                line.number in self.cited,
                other_speaker(self.transcript, line, self.participant_id),
            )
            for line in self.transcript.lines[self.first_line - 1 : self.last_line]
        )

    @property
    def runs(self) -> str:
        """The cited lines in short: '45-47, 49'."""
        return number_runs(self.cited)


def make_passages(results: Results, finding_ids: Iterable[str], around: int = 1) -> list[Passage]:
    """The words of these findings, one passage for those that stand next to each other in one person's account.

    Args:
        around: how many lines before and after are shown.

    Returns:
        Passages by participant in the order of the study, then as they were said.
    """
    slots = {participant.id: place for place, participant in enumerate(results.participants)}
    places: dict[tuple[str, str], list[tuple[Evidence, str]]] = {}
    for finding_id in dict.fromkeys(finding_ids):
        finding = results.finding(finding_id)
        where = (finding.participant_id, finding.evidence.transcript_id)
        places.setdefault(where, []).append((finding.evidence, finding_id))
    passages = []
    for (participant, transcript_id), found in places.items():
        transcript = results.transcript(transcript_id)
        for group in _groups(sorted(found, key=lambda pair: (pair[0].first_line, pair[0].last_line)), around):
            passages.append(_passage(results, participant, transcript, group, around))
    order = {transcript.id: place for place, transcript in enumerate(results.transcripts)}
    last = len(slots)
    return sorted(passages, key=lambda p: (slots.get(p.participant_id, last), order[p.transcript.id], p.first_line))


def number_runs(numbers: Sequence[int]) -> str:
    """Sorted numbers in short: '45-47, 49' with an en dash."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}\N{EN DASH}{b}" for a, b in runs)


def _groups(found: Sequence[tuple[Evidence, str]], around: int) -> list[list[tuple[Evidence, str]]]:
    groups: list[list[tuple[Evidence, str]]] = []
    end = 0
    for evidence, finding_id in found:
        # With a single line between them two places would both show that line: they are read as one.
        if groups and evidence.first_line <= end + 1 + min(around, 1):
            groups[-1].append((evidence, finding_id))
        else:
            groups.append([(evidence, finding_id)])
            end = 0
        end = max(end, evidence.last_line)
    return groups


def _passage(
    results: Results, participant: str, transcript: Transcript, group: Sequence[tuple[Evidence, str]], around: int
) -> Passage:
    cited = {number for evidence, _ in group for number in range(evidence.first_line, evidence.last_line + 1)}
    first, last = max(1, min(cited) - around), min(len(transcript.lines), max(cited) + around)
    return Passage(
        participant_id=participant,
        transcript=transcript,
        first_line=first,
        last_line=last,
        cited=tuple(sorted(cited)),
        start_seconds=results.words(group[0][1], around=0).start_seconds,
        finding_ids=tuple(finding_id for _, finding_id in group),
    )


def other_speaker(transcript: Transcript, line: Line, participant: str) -> str | None:
    """The label of a line's speaker; None where the participant says it."""
    label = speaker_label(transcript.speaker_of(line.number))
    return None if label == participant else label
