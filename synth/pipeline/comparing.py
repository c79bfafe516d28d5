"""Two readings of one study beside each other: by two models, or with two versions of the prompt.

Old answers stay in the database beside new ones, so nothing is asked anew. The promise: only lines that both have read
count, and only a participant's; what one has read alone is counted apart and never held against the other.

A finding that several made (the same passage, coded for the same thing) is one row, with the phase and the valence that
the latest of them gave it. What each of the two said is therefore taken from its stored answer; where that is gone, a
finding is left out of the comparison of phase and valence, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from synth.agreement import Agreement, measure_agreement, prevalence
from synth.analyst import AgainReply, ChunkReply, CodeChunk
from synth.domain import Chunk, Emotion, Finding, Kind, Motivation, Touchpoint, Transcript, content_id
from synth.errors import InputError, NotFoundError, ReplyError
from synth.extract import extract_findings
from synth.frameworks import FUNCTIONAL, OTHER_CHANNEL, Framework
from synth.matching import Span, match_spans
from synth.pipeline.loading import study_framework
from synth.replies import read_reply
from synth.store import Coding, Store, Study

LABELS = {
    Kind.MOTIVATION: ("phase", "driver"),
    Kind.EMOTION: ("phase", "valence"),
    Kind.TOUCHPOINT: ("phase", "channel"),
}
"""What is compared of findings that both made, by kind; valence by its sign."""
_OVERWRITTEN = ("phase", "valence")


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose reading: a model's, with a version of the prompt (its beginning will do); None: any."""

    model: str | None = None
    version: str | None = None

    def __str__(self) -> str:
        if self.model is None:
            return f"version {self.version}"
        return self.model if self.version is None else f"{self.model}, version {self.version}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding stands and what it was coded for; no words."""

    transcript: str
    """By its name."""
    first_line: int
    last_line: int
    about: str
    """The driver, emotion or channel."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A finding that both made: of the same kind, on lines that overlap by at least half of the shorter."""

    a: Place
    b: Place


@dataclass(frozen=True, slots=True)
class KindComparison:
    """Two readings compared in one kind of finding."""

    kind: Kind
    lines: Agreement
    """On whether any finding of this kind cites a line, over the participants' lines that both have read."""
    prevalence: tuple[float | None, float | None]
    """The share (0 to 1) of those lines that each reader's findings cite."""
    shared: tuple[Shared, ...]
    only_a: tuple[Place, ...]
    only_b: tuple[Place, ...]
    outside: tuple[int, int]
    """Findings of each that stand on lines the other has not read: in none of the counts."""
    labels: Mapping[str, Agreement]
    """Over the shared findings; see `LABELS`."""
    unknown: int
    """Shared findings whose phase and valence cannot be compared, since the answer they came from is gone."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two readings of one study."""

    study: str
    readers: tuple[Reader, Reader]
    transcripts: int
    """In which both have read a participant's line."""
    lines: int
    """Participants' lines that both have read."""
    read: tuple[int, int]
    """Participants' lines that each has read."""
    kinds: tuple[KindComparison, ...]


@dataclass(slots=True)
class _Told:
    """What is gathered about one kind, interview by interview."""

    lines: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    shared: list[Shared] = field(default_factory=list)
    only: tuple[list[Place], list[Place]] = field(default_factory=lambda: ([], []))
    outside: list[int] = field(default_factory=lambda: [0, 0])
    labels: dict[str, Counter[tuple[object, object]]] = field(default_factory=dict)
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class _Said:
    """A finding as one reader made it."""

    finding: Finding
    certain: bool
    """Whether phase and valence are known to be this reader's own, and not those of a later one."""


# --- Who reads ---------------------------------------------------------------------------------------------------


def choose_readers(models: Sequence[str] | None, versions: Sequence[str] | None) -> tuple[Reader, Reader]:
    """The two readings that were asked for: two models, two versions of the prompt, or both, pair by pair.

    Raises:
        InputError: neither was given, or both readings are the same.
    """
    if not models and not versions:
        raise InputError("Say which two readings to compare: --models A B, or --versions A B.")
    first, second = (
        Reader(models[place] if models else None, versions[place] if versions else None) for place in (0, 1)
    )
    if first == second:
        raise InputError(f"Both readings are {first}. Give two that differ.")
    return first, second


def compare_readings(store: Store, study: Study, readers: tuple[Reader, Reader]) -> Comparison:
    """Lay one reading beside the other.

    Only transcripts count that a file of the study was last read as. Where a reader has read lines more than once, its
    newest reading of them counts.

    Raises:
        InputError: a version's beginning is that of several, or it was used by several models and none was named.
        NotFoundError: one of them has read nothing, or no line was read by both; the message says who has read.
    """
    readers = _known_reader(store, study, readers[0]), _known_reader(store, study, readers[1])
    if readers[0] == readers[1]:
        raise InputError(f"Both readings are {readers[0]}. Give two that differ.")
    framework = study_framework(study)
    codings = tuple(_by_transcript(store.codings_of(study, reader.model, reader.version)) for reader in readers)
    told = {kind: _Told() for kind in Kind}
    transcripts = shared_lines = 0
    read = [0, 0]
    for transcript in store.current_transcripts(study):
        mine = [of.get(transcript.id, []) for of in codings]
        seen = [_lines_read(transcript, some) for some in mine]
        both = seen[0] & seen[1]
        read = [count + len(lines) for count, lines in zip(read, seen, strict=True)]
        transcripts, shared_lines = transcripts + bool(both), shared_lines + len(both)
        found = [_said(store, study, framework, transcript, some) for some in mine]
        for kind in Kind:
            _compare(
                told[kind], kind, transcript, both, [[one for one in of if one.finding.kind is kind] for of in found]
            )
    if not shared_lines:
        raise NotFoundError(
            f"No line of a participant in '{study.name}' as it is now was read by both {readers[0]} and {readers[1]}. "
            f"{_known(store, study)}"
        )
    return Comparison(
        study=study.name,
        readers=readers,
        transcripts=transcripts,
        lines=shared_lines,
        read=(read[0], read[1]),
        kinds=tuple(_kind_comparison(kind, told[kind], framework) for kind in Kind),
    )


def _known_reader(store: Store, study: Study, reader: Reader) -> Reader:
    """The reader with the whole of its version, where only the beginning was given."""
    readings = [
        one
        for one in store.readings(study)
        if reader.model in (None, one.model) and one.prompt_version.startswith(reader.version or "")
    ]
    if not readings:
        who = reader.model or "Nobody"
        how = f" with version {reader.version}" if reader.version else ""
        nothing = "nothing" if reader.model else "anything"
        raise NotFoundError(f"{who} has read {nothing} of '{study.name}'{how}. {_known(store, study)}")
    if reader.version is None:
        return reader
    versions = sorted({one.prompt_version for one in readings})
    if len(versions) > 1 and reader.version not in versions:
        raise InputError(f"More than one version begins with {reader.version}: {', '.join(versions)}.")
    version = reader.version if reader.version in versions else versions[0]
    models = sorted({one.model for one in readings if one.prompt_version == version})
    if len(models) > 1:
        raise InputError(
            f"Version {version} was used by {', '.join(models)}. Say whose readings, with --models as well."
        )
    return Reader(reader.model, version)


def _known(store: Store, study: Study) -> str:
    readings = store.readings(study)
    if not readings:
        return "It was not read yet: `synth run` does that."
    known = "; ".join(f"{one.model}, version {one.prompt_version} ({one.chunks} chunks)" for one in readings)
    return f"Read so far by: {known}."


def _by_transcript(codings: Iterable[Coding]) -> dict[str, list[Coding]]:
    by: dict[str, list[Coding]] = {}
    for coding in codings:
        by.setdefault(coding.transcript_id, []).append(coding)
    return by


# --- What each read and said -------------------------------------------------------------------------------------


def _lines_read(transcript: Transcript, codings: Iterable[Coding]) -> set[int]:
    """Numbers of the participants' lines in these codings."""
    theirs = {speaker.name for speaker in transcript.speakers if speaker.participant is not None}
    return {
        number
        for coding in codings
        for number in range(coding.first_line, min(coding.last_line, len(transcript.lines)) + 1)
        if transcript.turn_of(number).speaker in theirs
    }


def _said(
    store: Store, study: Study, framework: Framework, transcript: Transcript, codings: Iterable[Coding]
) -> list[_Said]:
    said: list[_Said] = []
    known = set[str]()
    for coding in codings:
        own = {finding.id: finding for finding in _answered(store, study, framework, transcript, coding)}
        for stored in store.coding_findings(study, coding):
            if stored.id in known:  # a further pass carries what the first has said
                continue
            known.add(stored.id)
            as_said = own.get(stored.id)
            finding = stored if as_said is None else replace(stored, phase=as_said.phase, detail=as_said.detail)
            said.append(_Said(finding, certain=as_said is not None))
    return said


def _answered(
    store: Store, study: Study, framework: Framework, transcript: Transcript, coding: Coding
) -> list[Finding]:
    """The findings of a coding made anew from its stored answer; empty where that is gone or cannot be read."""
    reply = _reply(store, coding.request_key, AgainReply if coding.pass_number > 1 else ChunkReply)
    if reply is None:
        return []
    chunk = Chunk(coding.request_key, transcript.id, coding.first_line, coding.last_line, coding.first_line)
    task = CodeChunk(transcript, chunk, framework, study.subject, transcript.language)
    return extract_findings(task, reply)[0]


def _reply(store: Store, request_key: str, model: type[ChunkReply]) -> ChunkReply | None:
    """The reply that was used: the first, or the second, whose key is made of what was wrong with the first."""
    key = request_key
    for _ in range(2):
        answer = store.answer(key)
        if answer is None:
            return None
        try:
            return read_reply(answer.raw, model).reply
        except ReplyError as error:
            key = content_id(request_key, str(error))
    return None


# --- Beside each other -------------------------------------------------------------------------------------------


def _compare(told: _Told, kind: Kind, transcript: Transcript, both: set[int], found: Sequence[list[_Said]]) -> None:
    """Add what one interview says about one kind; `found` are the findings of each reader."""
    cited = [{line for one in of for line in _lines(one.finding)} for of in found]
    told.lines.update((line in cited[0], line in cited[1]) for line in both)
    inside = [[one for one in of if both.issuperset(_lines(one.finding))] for of in found]
    for reader in (0, 1):
        told.outside[reader] += len(found[reader]) - len(inside[reader])
    pairs = match_spans(*([_span(one.finding) for one in of] for of in inside))
    pairs = _most_alike(pairs, *([one.finding for one in of] for of in inside))
    for i, j in pairs:
        a, b = inside[0][i], inside[1][j]
        told.shared.append(Shared(_place(transcript, a.finding), _place(transcript, b.finding)))
        known = a.certain and b.certain
        told.unknown += not known
        for label in LABELS[kind]:
            if known or label not in _OVERWRITTEN:
                values = _label(a.finding, label), _label(b.finding, label)
                told.labels.setdefault(label, Counter())[values] += 1
    for reader in (0, 1):
        paired = {pair[reader] for pair in pairs}
        told.only[reader].extend(
            _place(transcript, one.finding) for place, one in enumerate(inside[reader]) if place not in paired
        )


def _most_alike(
    pairs: Sequence[tuple[int, int]], first: Sequence[Finding], second: Sequence[Finding]
) -> list[tuple[int, int]]:
    """The same number of pairs between the same lines, but those coded for the same thing go together where they can.

    The matching knows lines alone. Of several findings on the very same lines it takes any, and two readers who both
    heard anger and worry there would seem to disagree.
    """
    free = [_by_span(range(len(of)), of) for of in (first, second)]
    wanted = Counter((_span(first[i]), _span(second[j])) for i, j in pairs)
    chosen: list[tuple[int, int]] = []
    # In two rounds, so that no pair of unlike findings takes one away that has its like elsewhere.
    for alike in (True, False):
        for spans, count in wanted.items():
            here, there = free[0][spans[0]], free[1][spans[1]]
            for i in list(here):
                j = next((j for j in there if not alike or first[i].about == second[j].about), None)
                if count and j is not None:
                    here.remove(i)
                    there.remove(j)
                    chosen.append((i, j))
                    count -= 1
            wanted[spans] = count
    return sorted(chosen)


def _by_span(places: Iterable[int], findings: Sequence[Finding]) -> dict[Span, list[int]]:
    by: dict[Span, list[int]] = {}
    for place in places:
        by.setdefault(_span(findings[place]), []).append(place)
    return by


def _lines(finding: Finding) -> range:
    return range(finding.evidence.first_line, finding.evidence.last_line + 1)


def _span(finding: Finding) -> Span:
    """Of lines: what overlaps is counted in them."""
    return Span(finding.evidence.first_line, finding.evidence.last_line + 1)


def _place(transcript: Transcript, finding: Finding) -> Place:
    return Place(transcript.name, finding.evidence.first_line, finding.evidence.last_line, finding.about)


def _label(finding: Finding, label: str) -> str | int | None:
    detail = finding.detail
    if label == "phase":
        return finding.phase
    if label == "driver" and isinstance(detail, Motivation):
        return detail.driver
    if label == "channel" and isinstance(detail, Touchpoint):
        return detail.channel
    if label == "valence" and isinstance(detail, Emotion):
        return (detail.valence > 0) - (detail.valence < 0)
    raise ValueError(label)


def _categories(framework: Framework) -> dict[str, set[str | int | None]]:
    """What there is to choose from; in no phase is a choice too."""
    return {
        "phase": {None, *(phase.key for phase in framework.phases)},
        "driver": {FUNCTIONAL, *(driver.key for driver in framework.drivers)},
        "channel": {OTHER_CHANNEL, *(channel.key for channel in framework.channels)},
        "valence": {-1, 0, 1},
    }


def _kind_comparison(kind: Kind, told: _Told, framework: Framework) -> KindComparison:
    declared = _categories(framework)
    labels = {}
    for label in LABELS[kind]:
        table = told.labels.get(label, Counter())
        # Readings of a time when the framework had other keys may hold those.
        chosen = declared[label] | {value for pair in table for value in pair}
        labels[label] = measure_agreement(table, max(2, len(chosen)))
    return KindComparison(
        kind=kind,
        lines=measure_agreement(told.lines, 2),
        prevalence=prevalence(told.lines, True),
        shared=tuple(told.shared),
        only_a=tuple(told.only[0]),
        only_b=tuple(told.only[1]),
        outside=(told.outside[0], told.outside[1]),
        labels=labels,
        unknown=told.unknown,
    )
