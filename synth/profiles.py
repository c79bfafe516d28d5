"""What a person said, as numbers that can be compared: the ground on which segments are told apart.

A profile has blocks: drivers, cues of needs and ways of acting, channels, emotions, phases, themes, and where sentence
vectors are there the meaning of what moved them. Each block is told against the others who were interviewed in the
same language, so that a study in two languages is not split by language, and pulled towards the average where there is
little evidence. Attributes of a person (age, household, place) are never looked at (method.md 2.1).

The promise: `Profiles.vectors @ Profiles.vectors.T` is how much alike two people are, about -1 to 1, and 0 for two who
have no more in common than anybody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth.cues import count_needs, load_needs
from synth.domain import Emotion, Finding, Motivation, Theme, Touchpoint, Transcript
from synth.frameworks import Framework

Numbers = npt.NDArray[np.float64]

WEIGHTS: Mapping[str, float] = {
    "driver": 2.5,
    "needs": 1.0,
    "channel": 1.5,
    "emotion": 1.2,
    "phase": 0.3,
    "theme": 1.0,
    "meaning": 1.2,
}
"""How much a block counts; from ten annotated studies, see docs/synthesis.md."""

_PULL: Mapping[str, float] = {"driver": 2.0, "channel": 4.0, "emotion": 5.0, "phase": 6.0, "theme": 2.0}
"""How many findings' worth of the average is mixed into a person's shares."""
_LANGUAGE_PULL = 1.0
"""How many people's worth of the whole study is mixed into the average of a language."""
_MANY = 2000
"""Above this many people the cues are counted in the words that findings stand on, not in all that was said."""
_FUNCTIONAL = "functional"


@dataclass(frozen=True)
class Evidence:
    """What profiles are made of; counts, so that it can be resampled.

    Attributes:
        ids: the people, sorted; all arrays have a row a person in this order.
        languages: in which each was mostly interviewed.
        counts: block to findings counted by key.
        needs: cues counted by need.
        spoken: how many words they were counted in.
        meaning: sentence vectors of what moved each; None where there are none.
        finding_totals: findings a person.
    """

    ids: tuple[str, ...]
    languages: tuple[str, ...]
    counts: Mapping[str, Numbers]
    needs: Numbers
    spoken: Numbers
    meaning: tuple[Numbers, ...] | None
    finding_totals: Numbers
    keys: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Profiles:
    """People as vectors; see the module."""

    ids: tuple[str, ...]
    vectors: Numbers
    blocks: Mapping[str, Numbers]
    """Block to its part before weighting: above 0 is more than usual for the language."""


def gather_evidence(
    findings: Sequence[Finding],
    transcripts: Sequence[Transcript],
    themes: Sequence[Theme],
    framework: Framework,
    motive_vectors: Mapping[str, Numbers] | None = None,
) -> Evidence:
    """Count what is known of every participant.

    Args:
        findings: of all participants.
        transcripts: theirs; who speaks in one is a participant also without findings.
        themes: findings that mean the same.
        framework: whose keys are counted.
        motive_vectors: finding id to sentence vector, for motivations.
    """
    ids = participants_of(findings, transcripts)
    row = {participant: index for index, participant in enumerate(ids)}
    keys = _keys(framework, themes)
    counts = {name: np.zeros((len(ids), len(of_block))) for name, of_block in keys.items()}
    column = {name: {key: index for index, key in enumerate(of_block)} for name, of_block in keys.items()}
    theme_of = {finding_id: theme.id for theme in themes for finding_id in theme.finding_ids}
    totals = np.zeros(len(ids))
    for finding in findings:
        person = row[finding.participant_id]
        totals[person] += 1
        for name, key in _counted(finding, theme_of):
            if key in column[name]:
                counts[name][person, column[name][key]] += 1
    needs, spoken = _count_needs(findings, transcripts, row)
    return Evidence(
        ids=ids,
        languages=_languages(findings, transcripts, ids),
        counts=counts,
        needs=needs,
        spoken=spoken,
        meaning=_meaning(findings, ids, motive_vectors),
        finding_totals=totals,
        keys=keys,
    )


def make_profiles(evidence: Evidence) -> Profiles:
    """Vectors from counts."""
    groups = _language_groups(evidence.languages)
    blocks: dict[str, Numbers] = {}
    for name, counts in evidence.counts.items():
        if counts.shape[1] and counts.sum():
            blocks[name] = _against_language(np.sqrt(_shares(counts, _PULL[name])), groups)
    if evidence.needs.sum():
        rates = np.sqrt(evidence.needs / np.maximum(evidence.spoken, 200.0)[:, None] * 1000)
        spread = rates.std(axis=0) + 0.4
        blocks["needs"] = _against_language(rates / spread, groups)
    if evidence.meaning is not None:
        means = np.array([vectors.mean(axis=0) for vectors in evidence.meaning])
        blocks["meaning"] = _against_language(means, groups)
    total = sum(WEIGHTS[name] for name in blocks) or 1.0
    parts = [_to_length_one(block) * np.sqrt(WEIGHTS[name] / total) for name, block in blocks.items()]
    vectors = np.concatenate(parts, axis=1) if parts else np.zeros((len(evidence.ids), 1))
    return Profiles(evidence.ids, vectors, blocks)


def resample(evidence: Evidence, generator: np.random.Generator) -> Evidence:
    """The same people, each with as many findings and words drawn anew from their own."""
    counts = {name: _drawn(block, generator) for name, block in evidence.counts.items()}
    meaning = None
    if evidence.meaning is not None:
        meaning = tuple(vectors[generator.integers(0, len(vectors), len(vectors))] for vectors in evidence.meaning)
    return Evidence(
        ids=evidence.ids,
        languages=evidence.languages,
        counts=counts,
        needs=generator.poisson(evidence.needs).astype(np.float64),
        spoken=evidence.spoken,
        meaning=meaning,
        finding_totals=evidence.finding_totals,
        keys=evidence.keys,
    )


def take_people(evidence: Evidence, rows: Sequence[int]) -> Evidence:
    """Only these people, in this order."""
    chosen = list(rows)
    return Evidence(
        ids=tuple(evidence.ids[index] for index in chosen),
        languages=tuple(evidence.languages[index] for index in chosen),
        counts={name: block[chosen] for name, block in evidence.counts.items()},
        needs=evidence.needs[chosen],
        spoken=evidence.spoken[chosen],
        meaning=None if evidence.meaning is None else tuple(evidence.meaning[index] for index in chosen),
        finding_totals=evidence.finding_totals[chosen],
        keys=evidence.keys,
    )


def participants_of(findings: Iterable[Finding], transcripts: Iterable[Transcript]) -> tuple[str, ...]:
    """Everybody whose journey is studied, sorted."""
    spoken = {speaker.participant for transcript in transcripts for speaker in transcript.speakers}
    found = {finding.participant_id for finding in findings}
    return tuple(sorted({participant for participant in spoken if participant} | found))


# --- Counting ----------------------------------------------------------------------------------------------------


def _keys(framework: Framework, themes: Sequence[Theme]) -> dict[str, tuple[str, ...]]:
    shared = tuple(theme.id for theme in themes if len(theme.participant_ids) > 1)
    return {
        "driver": (*(driver.key for driver in framework.drivers), _FUNCTIONAL),
        "channel": tuple(channel.key for channel in framework.channels),
        "emotion": (*(emotion.key for emotion in framework.emotions), "-2", "-1", "0", "1", "2"),
        "phase": framework.phase_keys,
        "theme": shared,
    }


def _counted(finding: Finding, theme_of: Mapping[str, str]) -> list[tuple[str, str]]:
    """The blocks and keys that a finding counts for."""
    counted = [("theme", theme_of.get(finding.id, ""))]
    if isinstance(finding.detail, Motivation):
        counted.append(("driver", finding.detail.driver))
    elif isinstance(finding.detail, Emotion):
        counted += [("emotion", finding.detail.emotion), ("emotion", str(finding.detail.valence))]
    elif isinstance(finding.detail, Touchpoint):
        counted.append(("channel", finding.detail.channel))
        if finding.phase:
            counted.append(("phase", finding.phase))
    return counted


def _count_needs(
    findings: Sequence[Finding], transcripts: Sequence[Transcript], row: Mapping[str, int]
) -> tuple[Numbers, Numbers]:
    needs, spoken = np.zeros((len(row), len(load_needs()))), np.zeros(len(row))
    wanted = _lines_of_findings(findings) if len(row) > _MANY else None
    for transcript in transcripts:
        participants = {speaker.name: speaker.participant for speaker in transcript.speakers}
        texts: dict[str, list[str]] = defaultdict(list)
        for line in transcript.lines:
            participant = participants.get(transcript.turns[line.turn - 1].speaker)
            if participant and (wanted is None or line.number in wanted[transcript.id]):
                texts[participant].append(line.text)
        for participant, said in texts.items():
            counts, words = count_needs(transcript.language, said)
            needs[row[participant]] += counts
            spoken[row[participant]] += words
    return needs, spoken


def _lines_of_findings(findings: Sequence[Finding]) -> dict[str, set[int]]:
    lines: dict[str, set[int]] = defaultdict(set)
    for finding in findings:
        where = finding.evidence
        lines[where.transcript_id].update(range(where.first_line, where.last_line + 1))
    return lines


def _languages(findings: Sequence[Finding], transcripts: Sequence[Transcript], ids: Sequence[str]) -> tuple[str, ...]:
    """In which language each was mostly interviewed; that of the findings where the transcript does not tell."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for transcript in transcripts:
        for speaker in transcript.speakers:
            if speaker.participant:
                seen[speaker.participant][transcript.language] += speaker.turns
    for finding in findings:
        if finding.participant_id not in seen:
            seen[finding.participant_id][finding.language] += 1
    return tuple(max(sorted(seen[one]), key=lambda key: seen[one][key], default="und") for one in ids)


def _meaning(
    findings: Sequence[Finding], ids: Sequence[str], vectors: Mapping[str, Numbers] | None
) -> tuple[Numbers, ...] | None:
    if not vectors:
        return None
    of_person: dict[str, list[Numbers]] = defaultdict(list)
    for finding in findings:
        if finding.id in vectors:
            of_person[finding.participant_id].append(vectors[finding.id])
    everything = np.mean(list(vectors.values()), axis=0)
    return tuple(np.array(of_person[one]) if of_person[one] else everything[None, :] for one in ids)


# --- Numbers -----------------------------------------------------------------------------------------------------


def _shares(counts: Numbers, pull: float) -> Numbers:
    """Shares by key, with some of the average mixed in: one finding is not a hundred per cent."""
    average = counts.sum(axis=0) / counts.sum()
    shares: Numbers = (counts + pull * average) / (counts.sum(axis=1, keepdims=True) + pull)
    return shares


def _language_groups(languages: Sequence[str]) -> list[list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for index, language in enumerate(languages):
        groups[language].append(index)
    return [groups[language] for language in sorted(groups)]


def _against_language(values: Numbers, groups: Sequence[Sequence[int]]) -> Numbers:
    """Less the average of the language; of a language that few speak less that of everybody as well."""
    overall = values.mean(axis=0)
    result = np.empty_like(values)
    for group in groups:
        chosen = list(group)
        own = values[chosen]
        centre = (own.sum(axis=0) + _LANGUAGE_PULL * overall) / (len(chosen) + _LANGUAGE_PULL)
        result[chosen] = own - centre
    return result


def _to_length_one(block: Numbers) -> Numbers:
    """Rows at about length one; those close to the average stay shorter, so that noise is not blown up."""
    lengths = np.linalg.norm(block, axis=1, keepdims=True)
    floor = 0.25 * float(lengths.mean())
    scaled: Numbers = block / (lengths + floor + 1e-12)
    return scaled


def _drawn(counts: Numbers, generator: np.random.Generator) -> Numbers:
    if not counts.shape[1]:
        return counts
    totals = counts.sum(axis=1)
    chances = counts / np.maximum(totals, 1.0)[:, None]
    drawn: Numbers = generator.multinomial(totals.astype(np.int64), _whole(chances)).astype(np.float64)
    drawn[totals == 0] = 0
    return drawn


def _whole(chances: Numbers) -> Numbers:
    """Rows that sum to exactly one, as multinomial wants them; an empty row puts all on the first key."""
    filled = chances.copy()
    if filled.shape[1]:
        empty = filled.sum(axis=1) == 0
        filled[empty, 0] = 1.0
        filled /= filled.sum(axis=1, keepdims=True)
    return filled
