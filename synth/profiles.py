"""What a person said, as numbers that can be compared: the ground on which segments are told apart.

A profile has blocks: drivers, cues of needs and of ways of acting, words shared with some of the others, channels,
emotions, themes, and drivers, channels and feelings once more where a reader judges them over all that they say. Each
is told against the others who were interviewed in the same language, so that a study in two languages is not split by
language, and pulled towards the average where there is little evidence. What was coded counts as much as it tells the
same person from two halves of it: a reader that guesses drivers is heard less than one that knows. Attributes of a
person (age, household, place) are never looked at (method.md 2.1).

The promise: `Profiles.vectors @ Profiles.vectors.T` is how much alike two people are, about -1 to 1, and below zero for
two who have less in common than people of this study have on average.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from sys import intern

import numpy as np
import numpy.typing as npt

from synth.cues import count_needs, count_traits, load_needs, load_traits
from synth.cues.shared import count_stems, shared_words
from synth.domain import Emotion, Finding, Motivation, Theme, Touchpoint, Transcript, distinct
from synth.frameworks import FUNCTIONAL, Framework

Numbers = npt.NDArray[np.float64]

WEIGHTS: Mapping[str, float] = {
    "driver": 3.0,
    "theme": 1.0,
    "channel": 1.5,
    "emotion": 0.3,
    "leaning": 4.0,
    "person": 1.0,
    "contacts": 2.0,
    "feelings": 1.0,
    "needs": 1.0,
    "traits": 0.5,
    "words": 2.0,
}
"""How much a block counts at most; see docs/synthesis.md for where the figures come from."""

_PULL: Mapping[str, float] = {"driver": 2.0, "channel": 4.0, "emotion": 5.0, "theme": 2.0}
"""How many findings' worth of the average is mixed into a person's shares."""
_TRIED = ("driver", "theme", "channel", "emotion")
"""Blocks that count by how well they tell the same person from two halves: what was coded."""
_HALVINGS = 20
_LEAST_HEARD = {"driver": 0.25}
"""So much of its weight a block counts at the least: halves of a few motives each are too small to tell."""
_LANGUAGE_PULL = 1.0
"""How many people's worth of everybody is mixed into the average of a language, of what has the same keys in all."""
_SPARSE = frozenset({"driver", "theme", "channel", "emotion", "needs", "traits"})
"""Blocks that mean the same in every language; words and leanings would carry the language itself along."""
_MANY = 2000
"""Above this many people cues are counted in the words that findings stand on, and shared words are not compared."""
_LEAST_WORDS = 200.0
"""Rates of cues are taken over at least so many words."""
_SEED = 20260102


@dataclass(frozen=True, slots=True)
class Leaning:
    """What moves a person and how they go about it, judged over all that they say and not passage by passage."""

    means: Mapping[str, Numbers]
    """Block (`leaning`, `person`, `contacts`, `feelings`) to a figure a key."""
    errors: Mapping[str, Numbers]
    """How far each figure would move, had the person said other things of the same kind (standard error)."""


@dataclass(frozen=True)
class Evidence:
    """What profiles are made of; counts, so that it can be resampled. All arrays have a row a person."""

    ids: tuple[str, ...]
    """The people, sorted."""
    languages: tuple[str, ...]
    """In which each was mostly interviewed."""
    counts: Mapping[str, Numbers]
    """Block to findings counted by key."""
    cues: Mapping[str, Numbers]
    """`needs` and `traits`: cues counted by key."""
    spoken: Numbers
    """How many words the cues were counted in."""
    words: Numbers
    """Shared words counted in lines."""
    telling: Numbers
    """How much each shared word tells."""
    finding_totals: Numbers
    leanings: Mapping[str, Numbers] = field(default_factory=dict)
    """Block to figures by key, judged over all that people say; empty where a reader does not judge so."""
    leaning_errors: Mapping[str, Numbers] = field(default_factory=dict)


@dataclass(frozen=True)
class Profiles:
    """People as vectors; see the module."""

    ids: tuple[str, ...]
    vectors: Numbers
    weights: Mapping[str, float] = field(default_factory=dict)
    """What each block came to count."""


def gather_evidence(
    findings: Sequence[Finding],
    transcripts: Sequence[Transcript],
    themes: Sequence[Theme],
    framework: Framework,
    *,
    leanings: Mapping[str, Leaning] | None = None,
) -> Evidence:
    """Count what is known of every participant.

    Args:
        findings: of all participants.
        transcripts: theirs; who speaks in one is a participant also without findings.
        themes: findings that mean the same.
        framework: whose keys are counted.
        leanings: participant to what moves them, where a reader judges that; used where it does so for everybody.
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
    languages = _languages(findings, transcripts, ids)
    judged, judged_errors = _leanings(ids, leanings or {})
    cues, spoken, words, telling = _count_said(_said(findings, transcripts, row), languages)
    return Evidence(
        ids=ids,
        languages=languages,
        counts=counts,
        cues=cues,
        spoken=spoken,
        words=words,
        telling=telling,
        finding_totals=totals,
        leanings=judged,
        leaning_errors=judged_errors,
    )


def weigh_blocks(evidence: Evidence) -> dict[str, float]:
    """How much each block counts in this study; they sum to one."""
    weights = {name: WEIGHTS[name] for name, counts in evidence.counts.items() if counts.sum()}
    for name in _TRIED:
        if name in weights:
            heard = tells_apart(evidence.counts[name], _PULL[name])
            weights[name] *= max(heard, _LEAST_HEARD.get(name, 0.0))
    weights |= {name: WEIGHTS[name] for name, counts in evidence.cues.items() if counts.sum()}
    if evidence.words.sum():
        weights["words"] = WEIGHTS["words"]
    weights |= {name: WEIGHTS[name] for name in evidence.leanings}
    total = sum(weights.values()) or 1.0
    return {name: weight / total for name, weight in weights.items() if weight > 0}


def make_profiles(evidence: Evidence, weights: Mapping[str, float]) -> Profiles:
    """Vectors from counts; `weights` from `weigh_blocks`."""
    groups = _language_groups(evidence.languages)
    blocks: dict[str, Numbers] = {}
    for name, counts in evidence.counts.items():
        if name in weights:
            blocks[name] = np.sqrt(_shares(counts, _PULL[name]))
    for name, counts in evidence.cues.items():
        if name in weights:
            rates = np.sqrt(counts / np.maximum(evidence.spoken, _LEAST_WORDS)[:, None] * 1000)
            blocks[name] = rates / (rates.std(axis=0) + 0.4)
    if "words" in weights:
        blocks["words"] = np.sqrt(evidence.words * evidence.telling)
    blocks |= evidence.leanings
    parts = [
        _to_length_one(_against_language(blocks[name], groups, _LANGUAGE_PULL if name in _SPARSE else 0.0))
        * np.sqrt(weight)
        for name, weight in weights.items()
        if name in blocks
    ]
    vectors = np.concatenate(parts, axis=1) if parts else np.zeros((len(evidence.ids), 1))
    return Profiles(evidence.ids, vectors, dict(weights))


def tells_apart(counts: Numbers, pull: float) -> float:
    """How well findings of a block tell a person: likeness of two halves of the same one, less that of two people's.

    About 0 where they are spread as if by chance, up to 1; never below 0. What halves tell is carried over to the whole
    (Spearman and Brown).
    """
    generator = np.random.default_rng(_SEED)
    people = len(counts)
    if people < 2 or not counts.shape[1]:
        return 0.0
    whole = counts.astype(np.int64)
    gains = []
    for _ in range(_HALVINGS):
        half = np.array([generator.multivariate_hypergeometric(row, int(row.sum()) // 2) for row in whole]).astype(
            float
        )
        one, other = (_unit(_centred(part, pull)) for part in (half, counts - half))
        alike = one @ other.T
        own = float(np.trace(alike))
        gains.append(own / people - (float(alike.sum()) - own) / (people * people - people))
    halves = float(np.clip(np.mean(gains), 0.0, 1.0))
    return 2 * halves / (1 + halves)


def resample(evidence: Evidence, generator: np.random.Generator) -> Evidence:
    """The same people, each with as many findings drawn anew from their own, and words as often as may be."""
    return replace(
        evidence,
        counts={name: _drawn(block, generator) for name, block in evidence.counts.items()},
        cues={name: generator.poisson(block).astype(np.float64) for name, block in evidence.cues.items()},
        words=generator.poisson(evidence.words).astype(np.float64),
        leanings={
            name: block + evidence.leaning_errors[name] * generator.standard_normal(block.shape)
            for name, block in evidence.leanings.items()
        },
    )


def take_people(evidence: Evidence, rows: Sequence[int]) -> Evidence:
    """Only these people, in this order."""
    chosen = list(rows)
    return replace(
        evidence,
        ids=tuple(evidence.ids[index] for index in chosen),
        languages=tuple(evidence.languages[index] for index in chosen),
        counts={name: block[chosen] for name, block in evidence.counts.items()},
        cues={name: block[chosen] for name, block in evidence.cues.items()},
        spoken=evidence.spoken[chosen],
        words=evidence.words[chosen],
        finding_totals=evidence.finding_totals[chosen],
        leanings={name: block[chosen] for name, block in evidence.leanings.items()},
        leaning_errors={name: block[chosen] for name, block in evidence.leaning_errors.items()},
    )


def participants_of(findings: Iterable[Finding], transcripts: Iterable[Transcript]) -> tuple[str, ...]:
    """Everybody whose journey is studied, sorted."""
    spoken = frozenset[str]().union(*(transcript.people for transcript in transcripts))
    return distinct([*spoken, *(finding.participant_id for finding in findings)])


# --- Counting ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What one person says in one transcript."""

    row: int
    language: str
    texts: tuple[str, ...]


def _keys(framework: Framework, themes: Sequence[Theme]) -> dict[str, tuple[str, ...]]:
    shared = tuple(theme.id for theme in themes if len(theme.participant_ids) > 1)
    return {
        "driver": (*(driver.key for driver in framework.drivers), FUNCTIONAL),
        "channel": tuple(channel.key for channel in framework.channels),
        "emotion": (*(emotion.key for emotion in framework.emotions), "-2", "-1", "0", "1", "2"),
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
    return counted


def _said(findings: Sequence[Finding], transcripts: Sequence[Transcript], row: Mapping[str, int]) -> Iterator[_Said]:
    wanted = _lines_of_findings(findings) if len(row) > _MANY else None
    for transcript in transcripts:
        participants = {speaker.name: speaker.participant for speaker in transcript.speakers}
        texts: dict[str, list[str]] = defaultdict(list)
        for line in transcript.lines:
            participant = participants.get(transcript.turns[line.turn - 1].speaker)
            if participant and (wanted is None or line.number in wanted[transcript.id]):
                texts[participant].append(line.text)
        yield from (_Said(row[one], transcript.language, tuple(of_one)) for one, of_one in sorted(texts.items()))


def _count_said(
    said: Iterable[_Said], languages: Sequence[str]
) -> tuple[dict[str, Numbers], Numbers, Numbers, Numbers]:
    """Cues, how much each says, words that several share, and how telling these are; texts are gone through once."""
    people = len(languages)
    needs, traits = np.zeros((people, len(load_needs()))), np.zeros((people, len(load_traits())))
    spoken = np.zeros(people)
    stems: list[Counter[str]] | None = [Counter() for _ in languages] if people <= _MANY else None
    for each in said:
        counts, words = count_needs(each.language, each.texts)
        needs[each.row] += counts
        traits[each.row] += count_traits(each.language, each.texts)
        spoken[each.row] += words
        if stems is not None and each.language == languages[each.row]:
            stems[each.row].update({intern(stem): n for stem, n in count_stems(each.texts, each.language).items()})
    shared = (np.zeros((people, 0)), np.zeros(0)) if stems is None else shared_words(stems, languages)
    return {"needs": needs, "traits": traits}, spoken, *shared


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
    known = set(seen)
    for finding in findings:
        if finding.participant_id not in known:
            seen[finding.participant_id][finding.language] += 1
    return tuple(max(sorted(seen[one]), key=lambda key: seen[one][key], default="und") for one in ids)


def _leanings(ids: Sequence[str], leanings: Mapping[str, Leaning]) -> tuple[dict[str, Numbers], dict[str, Numbers]]:
    """Figures and errors by block; none where not everybody is judged."""
    if not ids or any(one not in leanings for one in ids):
        return {}, {}
    names = leanings[ids[0]].means
    return (
        {name: np.array([leanings[one].means[name] for one in ids]) for name in names},
        {name: np.array([leanings[one].errors[name] for one in ids]) for name in names},
    )


# --- Numbers -----------------------------------------------------------------------------------------------------


def _shares(counts: Numbers, pull: float) -> Numbers:
    """Shares by key, with some of the average mixed in: one finding is not a hundred per cent."""
    average = counts.sum(axis=0) / max(float(counts.sum()), 1e-12)
    shares: Numbers = (counts + pull * average) / (counts.sum(axis=1, keepdims=True) + pull)
    return shares


def _centred(counts: Numbers, pull: float) -> Numbers:
    roots = np.sqrt(_shares(counts, pull))
    centred: Numbers = roots - roots.mean(axis=0)
    return centred


def _unit(rows: Numbers) -> Numbers:
    unit: Numbers = rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9)
    return unit


def _language_groups(languages: Sequence[str]) -> list[list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for index, language in enumerate(languages):
        groups[language].append(index)
    return [groups[language] for language in sorted(groups)]


def _against_language(values: Numbers, groups: Sequence[Sequence[int]], pull: float) -> Numbers:
    """Less the average of the language, into which some of everybody's is mixed."""
    overall = values.mean(axis=0)
    result = np.empty_like(values)
    for group in groups:
        chosen = list(group)
        own = values[chosen]
        centre = (own.sum(axis=0) + pull * overall) / (len(chosen) + pull)
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
    chances[totals == 0, 0] = 1.0  # nothing is drawn for them; multinomial wants a whole row all the same
    chances /= chances.sum(axis=1, keepdims=True)
    drawn: Numbers = generator.multinomial(totals.astype(np.int64), chances).astype(np.float64)
    return drawn
