"""Phases of any framework from what the built-in reader knows: eight phases of a customer's journey, and cue words.

The trained heads tell how likely each phase of the customer journey is. A framework says of its own phases which of
those they stand for (`reads_as`) and by which words they are told apart (`cues_en`, `cues_nl`); chances are carried
over, cues lift them. For the customer journey itself nothing changes. How well it does is in docs/frameworks.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from synth.frameworks import Framework, Phase
from synth.offline.features import CodedLine, Floats
from synth.offline.heads import Heads, softmax
from synth.offline.lexicon import Lexicon, build_lexicon

_CUE = 2.5
"""How much a cue in the line lifts the log chance of its phase; one next to it counts half."""
_MOST_CUES = 2.0
_UNREAD = 0.02
"""The chance of a phase that stands for none of the reader's, before cues."""
_COVERED = 0.25
"""Where the phases that a framework stands for hold less than this of the chance, and no cue speaks, none is given."""


@dataclass(frozen=True, slots=True)
class PhaseMap:
    """How a framework's phases are told from the reader's."""

    keys: tuple[str, ...]
    shares: Floats
    """The reader's phases (rows) by the framework's (columns): which part of a chance goes where."""
    own: bool
    """Whether the framework's phases are the reader's own."""
    cues: Mapping[str, Lexicon]
    """By language; groups are phase keys."""

    def chances(self, near: Sequence[tuple[CodedLine, float]], scores: Floats, columns: Sequence[int], language: str
                ) -> tuple[Floats, bool]:  # fmt: skip
        """Log chances of the framework's phases for one line, and whether enough speaks for any of them.

        Args:
            near: the line itself with weight 1, and those beside it with less.
            scores: of the line.
            columns: of the reader's phases, in the order of the rows of `shares`.
            language: `en` or `nl`.
        """
        read = softmax(scores, columns)
        if self.own:
            return np.log(read + 1e-6), True
        carried = read @ self.shares
        covered = float(carried.sum()) >= _COVERED
        chances = np.log(np.maximum(carried, _UNREAD))
        lifted = self._cues(near, language)
        return np.asarray(chances + _CUE * lifted, dtype=np.float32), covered or bool(lifted.any())

    def _cues(self, near: Sequence[tuple[CodedLine, float]], language: str) -> Floats:
        found = np.zeros(len(self.keys), dtype=np.float32)
        lexicon = self.cues[language]
        for line, weight in near:
            for hit in lexicon.hits(line.words):
                found[self.keys.index(hit.group)] += weight
        return np.minimum(found, _MOST_CUES)

    def steps(self, heads: Heads) -> Floats:
        """How people go from one of the framework's phases to the next, from the reader's."""
        if self.own:
            return heads.phase_steps
        weights = self.shares / np.maximum(self.shares.sum(axis=0, keepdims=True), 1e-9)
        return np.asarray(weights.T @ heads.phase_steps @ weights, dtype=np.float32)


def phase_map(framework: Framework, known: Sequence[str]) -> PhaseMap | None:
    """How this framework's phases are told; None where nothing tells them.

    Args:
        framework: of the study.
        known: the reader's phases.
    """
    return _phase_map(framework.phases, tuple(known))


@lru_cache(maxsize=32)
def _phase_map(phases: tuple[Phase, ...], known: tuple[str, ...]) -> PhaseMap | None:
    keys = tuple(phase.key for phase in phases)
    stands_for = [_stands_for(phase, keys, known) for phase in phases]
    cues = any(phase.cues_en or phase.cues_nl for phase in phases)
    if not any(stands_for) and not cues:
        return None
    shares = np.zeros((len(known), len(keys)), dtype=np.float32)
    for column, names in enumerate(stands_for):
        for name in names:
            shares[known.index(name), column] = 1
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    lexicons = {
        language: build_lexicon(language, {phase.key: phase.cues(language) for phase in phases})
        for language in ("en", "nl")
    }
    if set(keys) == set(known) and not cues:  # then the reader's chances and steps are used as they are
        return PhaseMap(known, shares, True, lexicons)
    return PhaseMap(keys, shares, False, lexicons)


def _stands_for(phase: Phase, keys: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    named = tuple(name for name in phase.reads_as if name in known)
    if named or phase.cues_en or phase.cues_nl:
        return named
    # Without a word of its own a phase of the same name is the same, where the framework is of that kind.
    return (phase.key,) if phase.key in known and set(keys) <= set(known) else ()
