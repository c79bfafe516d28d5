"""What moves a person and how they go about it, judged over everything that they say.

A single reason is judged right in four cases of ten. Over an interview there are a hundred lines, and what moves a
person shows in many of them: nothing is decided line by line here, it is added up how likely each driver, channel and
feeling is, and the outputs that were fitted on whole people (`leaning/...`). A line's drivers are judged by its
sentence vector alone, and without vectors by words that were fitted to say the same (`meant/...`): what is fitted on
reasons finds the passages that name one, vectors also hear it where nobody names it. Segments compare people on it
(`synth.profiles`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from synth.domain import Transcript
from synth.frameworks import FUNCTIONAL, Framework
from synth.offline.features import Floats, TranscriptFeatures
from synth.offline.heads import Heads
from synth.profiles import Leaning, Numbers

_FEWEST = 2
"""Keys that the framework and the heads must share."""
_HEARD = {"leaning": 0.4, "contacts": 0.5, "feelings": 0.3}
"""How much more a line counts that sounds like a reason, a contact or a feeling: 0 not at all, 1 in proportion."""
_SHARP = 2.0
"""Drivers are judged against the average line of the study, where differences are small."""


@dataclass(frozen=True, slots=True)
class _Lines:
    """Of one person in one transcript: a row a line."""

    language: str
    whole: Numbers
    scores: Mapping[str, Numbers]
    """Block to the scores of its keys."""
    sounds: Mapping[str, Numbers]
    """Block to how much each line counts in it."""


@dataclass(frozen=True)
class LeaningLines:
    """Lines of people as they are gathered, transcript by transcript."""

    kinds: Mapping[str, int]
    """Block to the column of the output that says whether a line is of its kind."""
    keys: Mapping[str, tuple[int, ...]]
    """Block to the columns of its keys."""
    people: tuple[int, ...]
    """Columns of the outputs that were fitted on whole people."""
    _said: dict[str, list[_Lines]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, heads: Heads, framework: Framework) -> LeaningLines | None:
        """Nothing gathered yet; None where the framework's drivers are not those of the heads."""
        drivers = {each.key for each in framework.drivers} | {FUNCTIONAL}
        known = {
            "leaning": ("motivation", "meant", drivers),
            "contacts": ("touchpoint", "channel", {each.key for each in framework.channels}),
            "feelings": ("emotion", "emotion", {each.key for each in framework.emotions}),
        }
        kinds, keys = {}, {}
        for block, (kind, label, wanted) in known.items():
            columns = heads.columns(label)
            kinds[block] = heads.columns()[f"kind/{kind}"]
            keys[block] = tuple(columns[key] for key in sorted(wanted & columns.keys()))
        leaning = heads.columns("leaning")
        people = tuple(leaning[key] for key in sorted(drivers & leaning.keys()))
        if min(len(keys["leaning"]), len(people)) < _FEWEST:
            return None
        shared = {block: columns for block, columns in keys.items() if len(columns) >= _FEWEST}
        return cls(kinds, shared, people)

    def add(self, transcript: Transcript, features: TranscriptFeatures, scores: Floats, meant: Floats) -> None:
        """Take in the lines of a transcript.

        Args:
            transcript: whose participants are judged.
            features: of the transcript.
            scores: of the lines of `features`.
            meant: what sentence vectors alone say of them, to a constant a column; `scores` where there are none.
        """
        participants = {speaker.name: speaker.participant for speaker in transcript.speakers}
        rows_of: dict[str, list[int]] = defaultdict(list)
        for row, line in enumerate(features.lines):
            participant = participants.get(transcript.turns[line.turn - 1].speaker)
            if participant:
                rows_of[participant].append(row)
        for participant, rows in rows_of.items():
            own, alone = scores[rows].astype(np.float64), meant[rows].astype(np.float64)
            lines = _Lines(
                language=features.language,
                whole=own[:, self.people],
                scores={
                    block: (alone if block == "leaning" else own)[:, columns] for block, columns in self.keys.items()
                },
                sounds={block: _likely(own[:, self.kinds[block]]) ** _HEARD[block] for block in self.keys},
            )
            self._said[participant].append(lines)

    def leanings(self) -> dict[str, Leaning]:
        """Of everybody who said something."""
        usual = self._usual_drivers()
        found: dict[str, Leaning] = {}
        for participant, parts in sorted(self._said.items()):
            whole = np.vstack([part.whole for part in parts])
            means = {"person": whole.mean(axis=0)}
            errors = {"person": whole.std(axis=0) / np.sqrt(len(whole))}
            for block in self.keys:
                sounds = np.concatenate([part.sounds[block] for part in parts])
                if block == "leaning":
                    above = [(part.scores[block] - usual[part.language]) * _SHARP for part in parts]
                    means[block], errors[block] = _share(_shares(np.vstack(above)), sounds)
                else:
                    share, error = _share(_shares(np.vstack([part.scores[block] for part in parts])), sounds)
                    # Roots: from nothing to a little says more than from much to a little more.
                    means[block], errors[block] = np.sqrt(share), error / (2 * np.sqrt(share))
            found[participant] = Leaning(means=means, errors=errors)
        return found

    def _usual_drivers(self) -> dict[str, Numbers]:
        """How the average line of each language scores: what everybody speaks of in a study is nobody's motive."""
        lines: dict[str, list[Numbers]] = defaultdict(list)
        for parts in self._said.values():
            for part in parts:
                lines[part.language].append(part.scores["leaning"])
        return {language: np.vstack(each).mean(axis=0) for language, each in lines.items()}


def _likely(scores: Numbers) -> Numbers:
    likely: Numbers = 1 / (1 + np.exp(-scores))
    return likely


def _shares(scores: Numbers) -> Numbers:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Numbers = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _share(shares: Numbers, sounds: Numbers) -> tuple[Numbers, Numbers]:
    """The mean over lines as they count, and how far it would move with other lines of the same kind."""
    total = float(sounds.sum())
    mean: Numbers = sounds @ shares / total
    error: Numbers = np.sqrt(((sounds[:, None] * (shares - mean)) ** 2).sum(axis=0)) / total
    return mean, error
