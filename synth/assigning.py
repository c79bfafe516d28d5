"""Participants to personas that were there before: from an earlier draft, another study, or written by hand.

Everybody is compared with each persona on drivers, channels, feelings, and the words of needs and ways of acting, as
shares beside the average of the personas: what all personas have in common tells nobody apart. What a persona does not
mention it shares with everybody. Likeness runs from -1 to 1. Somebody fits only where they are more alike than an
average participant with as few findings would often be by chance, and where they land with the same
persona most of the time when their findings are drawn anew. All others fit none, and are said to.

The promise: the same findings and personas give the same places, each with its reason; nobody is forced in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from synth.cues import count_needs, count_traits, load_needs, load_traits
from synth.domain import Emotion, Finding, Fit, Motivation, Persona, Touchpoint, Transcript, Unassigned, distinct
from synth.frameworks import FUNCTIONAL, Framework
from synth.phrases import figure, join_words, say
from synth.profiles import participants_of
from synth.segments import Segment, Segmentation

Numbers = npt.NDArray[np.float64]

WEIGHTS: Mapping[str, float] = {"driver": 3.0, "channel": 1.5, "emotion": 1.0, "needs": 1.0, "traits": 1.0}
_PULL: Mapping[str, float] = {"driver": 2.0, "channel": 3.0, "emotion": 4.0, "needs": 4.0, "traits": 3.0}
"""How many findings' worth of the average is mixed into somebody's shares."""
DRAWS = 100
SELDOM = 0.9
"""An average participant stays below the likeness that is asked for in so many of the draws."""
MOST_OF_THE_TIME = 0.5
_SEED = 20260611


@dataclass(frozen=True, slots=True)
class GivenPersona:
    """A persona to compare people with."""

    id: str
    name: str
    drivers: Mapping[str, float] = field(default_factory=dict)
    """Key to how much it counts: people, or 1 where it is only named."""
    channels: Mapping[str, float] = field(default_factory=dict)
    emotions: Mapping[str, float] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    """Sentences about it and quotes, in which words of needs and ways of acting are counted."""
    language: str = "en"
    """Of the sentences."""
    participant_ids: tuple[str, ...] = ()
    """Those who stood in it, where they are of this study."""


def personas_of(personas: Sequence[Persona], findings: Sequence[Finding], transcripts: Sequence[Transcript]
                ) -> list[GivenPersona]:  # fmt: skip
    """Personas of a draft, by what their own people said and were found to say."""
    of_person: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        of_person[one.participant_id].append(one)
    said = _said(transcripts, {person for persona in personas for person in persona.participant_ids})
    given = []
    for persona in personas:
        counted = _counted([one for person in persona.participant_ids for one in of_person[person]])
        texts = [text for person in persona.participant_ids for _, lines in said.get(person, ()) for text in lines]
        languages = Counter(language for person in persona.participant_ids for language, _ in said.get(person, ()))
        given.append(
            GivenPersona(
                persona.id, persona.name, counted["driver"], counted["channel"], counted["emotion"], tuple(texts),
                max(sorted(languages), key=lambda one: languages[one], default="en"), persona.participant_ids,
            )
        )  # fmt: skip
    return given


def fit_participants(
    given: Sequence[GivenPersona],
    findings: Sequence[Finding],
    transcripts: Sequence[Transcript],
    framework: Framework,
    language: str,
) -> list[Fit]:
    """Where each participant with a finding belongs, in the order of their ids.

    Args:
        given: at least one persona.
        findings: of those who are to be placed.
        transcripts: in which they speak.
        framework: whose keys are compared.
        language: of the reasons.
    """
    of_person: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        of_person[one.participant_id].append(one)
    if not of_person:
        return []
    said = _said(transcripts, set(of_person))
    keys = _keys(framework)
    people = {person: _person_counts(of_person[person], said.get(person, ()), keys) for person in sorted(of_person)}
    measure = _Measure(given, people, keys)
    fits = []
    for person, counts in people.items():
        likeness = measure.likeness(counts)
        best = int(likeness.argmax())
        needed, stability = measure.needed(counts), measure.stability(counts, best)
        holds = float(likeness[best]) >= needed and stability >= MOST_OF_THE_TIME
        named = measure.named(counts, best, framework, language)
        why = say(
            language,
            f"assigned.{'fits' if holds else 'none'}{'_by' if named else ''}",
            name=given[best].name,
            by=join_words(language, named),
            likeness=figure(float(likeness[best]), language),
            needed=figure(needed, language),
            share=round(100 * stability),
        )
        fits.append(
            Fit(person, given[best].id if holds else None, given[best].id, round(float(likeness[best]), 3),
                round(needed, 3), round(stability, 2), why)
        )  # fmt: skip
    return fits


def keep_personas(
    given: Sequence[GivenPersona],
    findings: Sequence[Finding],
    transcripts: Sequence[Transcript],
    framework: Framework,
    language: str,
) -> Segmentation:
    """The personas with the people they had, and everybody else where they fit, or in none.

    A persona of whom nobody is left, and whom nobody joins, is not there any more.
    """
    everybody = set(participants_of(findings, transcripts))
    placed = {person: one.id for one in given for person in one.participant_ids if person in everybody}
    fresh = [one for one in findings if one.participant_id not in placed]
    fits = fit_participants(given, fresh, transcripts, framework, language)
    placed |= {fit.participant_id: fit.persona_id for fit in fits if fit.persona_id is not None}
    why = {fit.participant_id: fit.why for fit in fits if fit.persona_id is None}
    stable = {fit.participant_id: fit.stability for fit in fits if fit.persona_id is not None}
    segments = []
    for one in given:
        members = distinct([person for person, persona in placed.items() if persona == one.id])
        if members:
            medoid = next((person for person in one.participant_ids if person in members), members[0])
            segments.append(Segment(members, medoid, (), None, one.id, one.name))
    silent = sorted(person for person in everybody if person not in placed and person not in why)
    unassigned = [Unassigned(person, why[person]) for person in why]
    unassigned += [Unassigned(person, say(language, "segments.nothing_found")) for person in silent]
    return Segmentation(
        segments=tuple(segments),
        unassigned=tuple(sorted(unassigned, key=lambda one: one.participant_id)),
        person_stability=stable,
        criterion=say(language, "assigned.criterion", number=len(given), new=len(fits), fit=len(stable)),
        compared=len(fits),
        fits=tuple(fits),
    )


# --- Counting ----------------------------------------------------------------------------------------------------


def _keys(framework: Framework) -> dict[str, list[str]]:
    return {
        "driver": [*(one.key for one in framework.drivers), FUNCTIONAL],
        "channel": [one.key for one in framework.channels],
        "emotion": [one.key for one in framework.emotions],
        "needs": [one.key for one in load_needs()],
        "traits": list(load_traits()),
    }


def _counted(findings: Sequence[Finding]) -> dict[str, Counter[str]]:
    counted: dict[str, Counter[str]] = {"driver": Counter(), "channel": Counter(), "emotion": Counter()}
    for one in findings:
        detail = one.detail
        if isinstance(detail, Motivation):
            counted["driver"][detail.driver] += 1
        elif isinstance(detail, Touchpoint):
            counted["channel"][detail.channel] += 1
        elif isinstance(detail, Emotion):
            counted["emotion"][detail.emotion] += 1
    return counted


def _said(transcripts: Sequence[Transcript], people: set[str]) -> dict[str, list[tuple[str, list[str]]]]:
    """Person to what they said: a language and its lines, an interview each."""
    said: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for transcript in transcripts:
        speakers = {one.name: one.participant for one in transcript.speakers if one.participant in people}
        lines: dict[str, list[str]] = defaultdict(list)
        for line in transcript.lines:
            person = speakers.get(transcript.turns[line.turn - 1].speaker)
            if person:
                lines[person].append(line.text)
        for person, texts in lines.items():
            said[person].append((transcript.language, texts))
    return said


def _cues(texts: Sequence[tuple[str, Sequence[str]]]) -> dict[str, Numbers]:
    needs, traits = np.zeros(len(load_needs())), np.zeros(len(load_traits()))
    for language, lines in texts:
        needs += count_needs(language, lines)[0]
        traits += count_traits(language, lines)
    return {"needs": needs, "traits": traits}


def _person_counts(
    findings: Sequence[Finding], said: Sequence[tuple[str, Sequence[str]]], keys: Mapping[str, Sequence[str]]
) -> dict[str, Numbers]:
    counted = _counted(findings)
    blocks = {block: np.array([float(counted[block][key]) for key in keys[block]]) for block in counted}
    return blocks | _cues(said)


def _given_counts(given: GivenPersona, keys: Mapping[str, Sequence[str]]) -> dict[str, Numbers]:
    blocks = {"driver": given.drivers, "channel": given.channels, "emotion": given.emotions}
    counts = {name: np.array([float(block.get(key, 0.0)) for key in keys[name]]) for name, block in blocks.items()}
    return counts | _cues([(given.language, given.texts)])


# --- Measuring ---------------------------------------------------------------------------------------------------


class _Measure:
    """Likeness of people to the given personas."""

    def __init__(
        self, given: Sequence[GivenPersona], people: Mapping[str, Mapping[str, Numbers]], keys: Mapping[str, list[str]]
    ) -> None:
        counts = [_given_counts(one, keys) for one in given]
        self._keys, self._given = keys, counts
        self._centres: dict[str, Numbers] = {}
        self._usual: dict[str, Numbers] = {}
        self._personas: dict[str, Numbers] = {}
        for block in WEIGHTS:
            rows = np.array([one[block] for one in counts])
            if not rows.sum():
                continue
            everybody = np.sum([one[block] for one in people.values()], axis=0) + 1e-6
            usual = everybody / everybody.sum()
            rows = rows + _PULL[block] * usual
            # One persona has no others to be told from: it is told from the people themselves.
            own = [*(row / row.sum() for row in rows), *([usual] if len(rows) < 2 else [])]
            self._usual[block] = usual
            self._centres[block] = np.mean(own, axis=0)
            self._personas[block] = self._told(block, rows)
        self._thresholds: dict[tuple[int, ...], float] = {}

    def likeness(self, counts: Mapping[str, Numbers]) -> Numbers:
        """To each persona, -1 to 1; blocks count by how much is known of them."""
        likeness: Numbers = self._likenesses({block: row[None, :] for block, row in counts.items()})[0]
        return likeness

    def needed(self, counts: Mapping[str, Numbers]) -> float:
        """The likeness that somebody like the average participant, with so many findings, seldom reaches."""
        sizes = tuple(int(counts[block].sum()) for block in self._centres)
        if sizes not in self._thresholds:
            generator = np.random.default_rng(_SEED)
            drawn = {
                block: generator.multinomial(size, self._usual[block], size=DRAWS).astype(np.float64)
                for block, size in zip(self._centres, sizes, strict=True)
            }
            best = self._likenesses(drawn).max(axis=1) if drawn else np.zeros(DRAWS)
            self._thresholds[sizes] = float(np.quantile(best, SELDOM))
        return self._thresholds[sizes]

    def stability(self, counts: Mapping[str, Numbers], best: int) -> float:
        """How often the same persona is nearest when the findings are drawn anew."""
        generator = np.random.default_rng(_SEED)
        drawn = {}
        for block in self._centres:
            total = counts[block].sum()
            shares = counts[block] / total if total else self._centres[block]
            drawn[block] = generator.multinomial(int(total), shares, size=DRAWS).astype(np.float64)
        if not drawn:
            return 0.0
        return float((self._likenesses(drawn).argmax(axis=1) == best).mean())

    def named(self, counts: Mapping[str, Numbers], best: int, framework: Framework, language: str) -> list[str]:
        """The drivers, channels and emotions by which somebody is most like a persona, at most three."""
        entries = {"driver": framework.drivers, "channel": framework.channels, "emotion": framework.emotions}
        names = {block: {one.key: one.name(language).lower() for one in found} for block, found in entries.items()}
        found = []
        for block in entries:
            if block in self._centres and counts[block].sum():
                mine, theirs = self._told(block, counts[block]), self._personas[block][best]
                product = mine * theirs * WEIGHTS[block]
                for place in np.flatnonzero((mine > 0) & (theirs > 0) & (self._given[best][block] > 0)):
                    key = self._keys[block][int(place)]
                    if key in names[block]:
                        found.append((-float(product[place]), names[block][key]))
        return [name for _, name in sorted(found)[:3]]

    def _likenesses(self, counts: Mapping[str, Numbers]) -> Numbers:
        rows = len(next(iter(counts.values()))) if counts else 1
        personas = len(next(iter(self._personas.values()))) if self._personas else 1
        total, weights = np.zeros((rows, personas)), np.zeros((rows, 1))
        for block in self._centres:
            told = self._told(block, counts[block])
            sizes = counts[block].sum(axis=1, keepdims=True)
            weight = WEIGHTS[block] * sizes / (sizes + _PULL[block])
            own = told / np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-9)
            theirs = self._personas[block]
            theirs = theirs / np.maximum(np.linalg.norm(theirs, axis=1, keepdims=True), 1e-9)
            total += weight * (own @ theirs.T)
            weights += weight
        likeness: Numbers = total / np.maximum(weights, 1e-9)
        return likeness

    def _told(self, block: str, counts: Numbers) -> Numbers:
        """Shares beside the average of the personas, with some of that average mixed in."""
        centre, pull = self._centres[block], _PULL[block]
        shares = (counts + pull * centre) / (counts.sum(axis=-1, keepdims=True) + pull)
        told: Numbers = np.sqrt(shares) - np.sqrt(centre)
        return told
