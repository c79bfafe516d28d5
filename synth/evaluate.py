"""Findings and drafts against gold: precision, recall and F1 by kind and language, labels, switches, order, segments,
and claims whose evidence does not support them.

Values in, values out: the caller passes in what reads a folder's interviews, and this module never learns who that
was. The rule is in `docs/evaluation.md` and `synth.matching`; quotes that cannot be found are listed, never dropped in
silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synth.claims import quoted_words
from synth.domain import Claim, Emotion, Finding, Kind, Motivation, Touchpoint, Transcript
from synth.gold import GoldFile, GoldItem, QuoteFinder, find_gold
from synth.matching import Span, adjusted_rand, concordance, match_spans

KINDS = (Kind.EMOTION.value, Kind.MOTIVATION.value, Kind.TOUCHPOINT.value)
LABELS = ("valence", "driver", "channel", "phase")
NO_SEGMENT = "none"


@dataclass(frozen=True, slots=True)
class FolderReading:
    """What was read of the interviews of one study."""

    transcripts: Mapping[Path, Transcript]
    """By the path that was asked for; an interview that could not be read is missing."""
    findings: Sequence[Finding]
    segments: Mapping[str, str] | None
    """Participant to persona; those in none are missing. None where no personas were drafted: nothing is compared."""
    claims: Sequence[Claim] = ()
    """Of the personas and maps that were drafted, without proposals."""


ReadFolder = Callable[[Sequence[Path]], FolderReading]
"""Given the interviews of one study, reads them."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts that scores are made of; tallies add up."""

    files: int = 0
    counts: Mapping[str, tuple[int, int, int, int]] = field(default_factory=dict)
    """By kind: hits, false alarms, misses, and the misses that strict scoring adds, of optional items."""
    labels: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By label: right, and all matched pairs it was told for."""
    order: tuple[int, int] = (0, 0)
    """Pairs of touchpoints in the right order less those in the wrong one, and all of them."""
    switches: tuple[int, int, int] = (0, 0, 0)
    """Moves between channels: hits, those told that are not there, and those missed."""

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.files + other.files,
            _added(self.counts, other.counts),
            _added(self.labels, other.labels),
            (self.order[0] + other.order[0], self.order[1] + other.order[1]),
            tuple(map(sum, zip(self.switches, other.switches, strict=True))),  # type: ignore[arg-type]
        )


def _added(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(map(sum, zip(one[key], other[key], strict=True))) if key in one and key in other else rest
        for key, rest in (dict(one) | dict(other)).items()
    }


@dataclass(frozen=True, slots=True)
class ClaimTally:
    """What the gold says of the evidence that claims stand on. A finding agrees where it is matched, and what the claim
    tells of it is right: the sign of its feeling, its driver, its channel."""

    claims: int = 0
    unsupported: int = 0
    """Of the claims, those of which no finding agrees with the gold."""
    cited: int = 0
    """Findings that claims stand on, counted once a claim."""
    agreeing: int = 0

    def __add__(self, other: ClaimTally) -> ClaimTally:
        return ClaimTally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class StudyScores:
    """The scores of one folder."""

    name: str
    language: str
    """`mixed` where its interviews are in several."""
    by_language: Mapping[str, Tally]
    adjusted_rand: float | None
    """None where the gold has no segments."""
    problems: tuple[str, ...]
    """What could not be scored, a sentence each, without words of participants."""
    claims: ClaimTally = ClaimTally()

    @property
    def tally(self) -> Tally:
        """Of all its languages."""
        return sum(self.by_language.values(), Tally())


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of all folders."""

    studies: tuple[StudyScores, ...]

    def tally(self, language: str | None = None) -> Tally:
        """Of one language, or of all."""
        return sum(
            (tally for study in self.studies for name, tally in study.by_language.items() if language in (None, name)),
            Tally(),
        )

    @property
    def claims(self) -> ClaimTally:
        """Of all studies."""
        return sum((study.claims for study in self.studies), ClaimTally())

    @property
    def languages(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(sorted({language for study in self.studies for language in study.by_language}))

    @property
    def problems(self) -> tuple[str, ...]:
        """Of all folders."""
        return tuple(problem for study in self.studies for problem in study.problems)

    def adjusted_rand(self, language: str | None = None) -> float | None:
        """The mean over the studies (of one language) that have segments."""
        known = [
            study.adjusted_rand
            for study in self.studies
            if study.adjusted_rand is not None and language in (None, study.language)
        ]
        return sum(known) / len(known) if known else None


# --- Scoring -----------------------------------------------------------------------------------------------------


def evaluate_gold(folder: Path, read: ReadFolder) -> Scores:
    """Score what `read` finds against the gold in a folder and the folders in it; each folder is a study.

    Raises:
        InputError: there is no gold, or it does not hold together.
    """
    studies: dict[Path, list[GoldFile]] = {}
    for file in find_gold(folder):
        studies.setdefault(file.folder, []).append(file)
    return Scores(
        tuple(_score_study(folder, files, read([file.interview_path for file in files])) for files in studies.values())
    )


def _score_study(root: Path, files: Sequence[GoldFile], reading: FolderReading) -> StudyScores:
    folder = files[0].folder
    by_language: dict[str, Tally] = {}
    problems: list[str] = []
    matched: dict[str, dict[str, str]] = {}
    for file in files:
        transcript = reading.transcripts.get(file.interview_path)
        if transcript is None:
            problems.append(f"{file.interview_path}: it could not be read, so everything in it counts as missed.")
        findings = [f for f in reading.findings if transcript and f.evidence.transcript_id == transcript.id]
        tally = score_interview(file, transcript, findings, problems, matched)
        by_language[file.gold.language] = by_language.get(file.gold.language, Tally()) + tally
    return StudyScores(
        name=folder.name if folder == root else str(folder.relative_to(root)),
        language=next(iter(by_language)) if len(by_language) == 1 else "mixed",
        by_language=by_language,
        adjusted_rand=_score_segments(files, reading, problems),
        problems=tuple(problems),
        claims=score_claims(reading.claims, matched),
    )


def score_claims(claims: Sequence[Claim], matched: Mapping[str, Mapping[str, str]]) -> ClaimTally:
    """How many claims stand on findings of which none agrees with the gold.

    Args:
        claims: proposals among them are passed over.
        matched: ids of the findings that were matched, each with its wrong labels and what the reader gave for them.
    """
    tally = ClaimTally()
    for claim in claims:
        if claim.finding_ids and not claim.idea:
            right = sum(one in matched and not _tells_any(claim, matched[one]) for one in claim.finding_ids)
            tally += ClaimTally(1, int(right == 0), len(claim.finding_ids), right)
    return tally


def _tells_any(claim: Claim, labels: Mapping[str, str]) -> bool:
    """Whether a claim tells any of these labels.

    Somebody's own words tell how it felt, but no driver and no channel, unless they stand under it.
    """
    own_words = bool(quoted_words(claim.text))
    return any(label == "valence" or not own_words or claim.key == value for label, value in labels.items())


def score_interview(
    file: GoldFile,
    transcript: Transcript | None,
    findings: Sequence[Finding],
    problems: list[str],
    matched: dict[str, dict[str, str]],
) -> Tally:
    """The counts of one interview.

    Args:
        file: its gold.
        transcript: as it was read; None where it could not be.
        findings: those of this transcript.
        problems: what cannot be scored is added here.
        matched: ids of findings that were matched are added here, as `score_claims` takes them.
    """
    finder = QuoteFinder(transcript) if transcript else None
    counts: dict[str, tuple[int, int, int, int]] = {}
    labels: Counter[str] = Counter()
    told: Counter[str] = Counter()
    placed: list[tuple[GoldItem, Finding]] = []
    for kind in KINDS:
        items, spans = _located([item for item in file.gold.items if item.type == kind], finder, file, problems)
        mine = [finding for finding in findings if finding.kind == kind]
        found = [_span(transcript, finding) for finding in mine if transcript]
        pairs = match_spans(spans, found)
        hit, paired = {i for i, _ in pairs}, {j for _, j in pairs}
        unmatched = [span.optional for i, span in enumerate(spans) if i not in hit]
        counts[kind] = len(pairs), len(found) - len(paired), unmatched.count(False), unmatched.count(True)
        for i, j in pairs:
            compared = dict(_compare(items[i], mine[j]))
            told.update(compared.keys())
            labels.update(label for label, right in compared.items() if right)
            given = _labels(mine[j])
            matched[mine[j].id] = {label: given[label] for label in given if not compared[label]}
            placed.append((items[i], mine[j]))
    orders = [_score_order(order, placed) for order in file.gold.orders()]
    return Tally(
        files=1,
        counts=counts,
        labels={label: (labels[label], told[label]) for label in told},
        order=(sum(one for one, _ in orders), sum(two for _, two in orders)),
        switches=_score_switches(file, findings),
    )


def _score_switches(file: GoldFile, findings: Sequence[Finding]) -> tuple[int, int, int]:
    """Moves by the channels that they lead from and to, each counted as often as it was made."""
    gold = Counter((one.from_channel, one.to_channel) for one in file.gold.switches)
    details = [one.detail for one in findings if isinstance(one.detail, Touchpoint)]
    found = Counter((one.from_channel, one.channel) for one in details if one.from_channel)
    hits = sum((gold & found).values())
    return hits, found.total() - hits, gold.total() - hits


def _located(
    items: Sequence[GoldItem], finder: QuoteFinder | None, file: GoldFile, problems: list[str]
) -> tuple[list[GoldItem], list[Span]]:
    kept: list[GoldItem] = []
    spans: list[Span] = []
    for item in items:
        place = finder.find(item) if finder else (-1, -1)
        if place is None:
            at = file.gold.items.index(item) + 1
            problems.append(f"{file.path}: the quote of item {at} does not stand in one turn; the item is left out.")
            continue
        kept.append(item)
        spans.append(Span(place[0], place[1], item.optional))
    return kept, spans


def _span(transcript: Transcript, finding: Finding) -> Span:
    start, end, _ = transcript.slice(finding.evidence.first_line, finding.evidence.last_line)
    return Span(start, end)


def _compare(item: GoldItem, finding: Finding) -> Iterable[tuple[str, bool]]:
    """Each label that a pair is scored on, with whether it agrees."""
    detail = finding.detail
    if isinstance(detail, Emotion):
        yield "valence", item.valence is not None and _sign(item.valence) == _sign(detail.valence)
    if isinstance(detail, Motivation):
        yield "driver", item.driver == detail.driver
    if isinstance(detail, Touchpoint):
        yield "channel", item.channel == detail.channel
        yield "phase", item.phase == finding.phase


def _labels(finding: Finding) -> dict[str, str]:
    """What a claim may tell of a finding, by label."""
    detail = finding.detail
    if isinstance(detail, Emotion):
        return {"valence": str(detail.valence)}
    return {"driver": detail.driver} if isinstance(detail, Motivation) else {"channel": detail.channel}


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _score_order(order: Sequence[str], placed: Sequence[tuple[GoldItem, Finding]]) -> tuple[int, int]:
    """Concordance of the gold order with the findings' over the matched touchpoints that the order names."""
    left = [(item, finding) for item, finding in placed if isinstance(finding.detail, Touchpoint)]
    told = []
    for name in order:
        named = [pair for pair in left if name in (pair[0].quote, *pair[0].labels[:1])]
        if named:
            told.append(named[0][1])
            left.remove(named[0])
    story = [_place(finding) for finding in told]
    # Where an order of telling must stand in for a place in the story, it does so for all of them.
    if any(place is None for place in story):
        story = [float(finding.evidence.first_line) for finding in told]
    return concordance(range(len(told)), [place for place in story if place is not None])


def _place(finding: Finding) -> float | None:
    return finding.detail.story_order if isinstance(finding.detail, Touchpoint) else None


def _score_segments(files: Sequence[GoldFile], reading: FolderReading, problems: list[str]) -> float | None:
    """Adjusted Rand index of planted segments and personas; whoever is in none stands alone in both."""
    if reading.segments is None:
        return None
    planted: list[str] = []
    drafted: list[str] = []
    for file in files:
        segments = {person: segment for person, segment in file.gold.segments().items() if segment is not None}
        for person, segment in segments.items():
            participant = _participant(person, file, reading.transcripts.get(file.interview_path))
            if participant is None:
                problems.append(f"{file.path}: {person} speaks nowhere in the interview, so no segment is compared.")
                continue
            planted.append(f"alone {len(planted)}" if segment == NO_SEGMENT else f"segment {segment}")
            persona = reading.segments.get(participant)
            drafted.append(f"alone {len(drafted)}" if persona is None else f"persona {persona}")
    return adjusted_rand(planted, drafted)


def _participant(person: str, file: GoldFile, transcript: Transcript | None) -> str | None:
    """The id under which a person of the gold was read: the same one, or the only one that the interview has."""
    speakers = [speaker for speaker in transcript.speakers if speaker.participant] if transcript else []
    for speaker in speakers:
        if person in (speaker.participant, speaker.name):
            return speaker.participant
    only = {speaker.participant for speaker in speakers}
    return only.pop() if len(only) == 1 and not file.gold.others else None
