"""What moves a person, judged over everything that they say.

A single reason is judged right in four cases of ten. Over an interview there are a hundred lines, and what moves a
person shows in many of them: nothing is decided line by line here, it is added up how likely each driver is, in two
ways: in lines weighed by how much they sound like a reason, and in all lines, by outputs that were fitted on whole
people (`leaning/...`). Segments compare people on it (`synth.profiles`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from synth.domain import Transcript
from synth.frameworks import Framework
from synth.offline.features import Floats, TranscriptFeatures
from synth.offline.heads import Heads
from synth.profiles import Leaning, Numbers

_FUNCTIONAL = "functional"
TRUST = {"words": 1 / 3, "vectors": 1.0}
"""By bank: how much it counts. Both were judged on studies left out; without vectors it tells people apart poorly."""
_FEWEST = 2
"""Drivers that the framework and the heads must share."""


@dataclass(frozen=True)
class LeaningLines:
    """Lines of people as they are gathered, transcript by transcript."""

    motivation: int
    drivers: tuple[int, ...]
    """Columns of the outputs, in the order of `people`."""
    people: tuple[int, ...]
    _sounding: dict[str, list[Numbers]] = field(default_factory=lambda: defaultdict(list))
    _whole: dict[str, list[Numbers]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, heads: Heads, framework: Framework) -> LeaningLines | None:
        """Nothing gathered yet; None where the framework's drivers are not those of the heads."""
        driver, leaning = heads.columns("driver"), heads.columns("leaning")
        known = {each.key for each in framework.drivers} | {_FUNCTIONAL}
        keys = sorted(known & driver.keys() & leaning.keys())
        if len(keys) < _FEWEST:
            return None
        motivation = heads.columns()["kind/motivation"]
        return cls(motivation, tuple(driver[key] for key in keys), tuple(leaning[key] for key in keys))

    def add(self, transcript: Transcript, features: TranscriptFeatures, scores: Floats) -> None:
        """Take in the lines of a transcript, `scores` being those of its `features`."""
        participants = {speaker.name: speaker.participant for speaker in transcript.speakers}
        drivers = scores[:, list(self.drivers)].astype(np.float64)
        likely = np.exp(drivers - drivers.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        sounds = 1 / (1 + np.exp(-scores[:, self.motivation].astype(np.float64)))
        sounding = np.hstack([likely * sounds[:, None], sounds[:, None]])
        whole = scores[:, list(self.people)].astype(np.float64)
        rows_of: dict[str, list[int]] = defaultdict(list)
        for row, line in enumerate(features.lines):
            participant = participants.get(transcript.turns[line.turn - 1].speaker)
            if participant:
                rows_of[participant].append(row)
        for participant, rows in rows_of.items():
            self._sounding[participant].append(sounding[rows])
            self._whole[participant].append(whole[rows])

    def leanings(self, trust: float) -> dict[str, Leaning]:
        """Of everybody who said something; `trust` says how much it counts."""
        found: dict[str, Leaning] = {}
        for participant, parts in sorted(self._sounding.items()):
            sounding, whole = np.vstack(parts), np.vstack(self._whole[participant])
            weight = sounding[:, -1:]
            share = sounding[:, :-1].sum(axis=0) / weight.sum()
            away = (sounding[:, :-1] - share * weight) / weight.mean()
            root = np.sqrt(len(whole))
            found[participant] = Leaning(
                mean=np.array([share, whole.mean(axis=0)]),
                error=np.array([np.sqrt((away**2).mean(axis=0)) / root, whole.std(axis=0) / root]),
                trust=trust,
            )
        return found
