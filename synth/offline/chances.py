"""How likely a driver is the one that careful coders would name: what drafts may be built on.

The head for drivers always names one, and is right in two of five. Where it is likelier to be: where it is clear of the
others, where the line surely is a reason, where the person speaks of the same all along, and for some drivers more than
for others. The weights of these signs were fitted on readings of studies that the reader had not seen
(`training/chances.py`); they never change which driver is named.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from synth.offline.decide import Passage
from synth.offline.details import Judged, judge_driver
from synth.offline.features import Floats
from synth.offline.heads import softmax
from synth.offline.lexicon import source
from synth.shipped import shipped_yaml

FILE = "chances"
_NEVER = 0.01


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    weights: Mapping[str, Mapping[str, float]] = shipped_yaml(source(FILE))
    return weights


def driver_chances(judged: Judged, meant: Floats, passages: Sequence[Passage], bank: str) -> list[float]:
    """For each of an interview's motivations how likely its driver is right, 0 to 1.

    Args:
        judged: the interview.
        meant: the scores of sentence vectors alone; those of `judged` where there are none.
        passages: its motivations.
        bank: `words` or `vectors`.
    """
    weights = _weights()[bank]
    return [
        1 / (1 + math.exp(-sum(weights.get(name, 0.0) * value for name, value in signs.items())))
        for signs in driver_signs(judged, meant, passages)
    ]


def driver_signs(judged: Judged, meant: Floats, passages: Sequence[Passage]) -> list[dict[str, float]]:
    """For each of an interview's motivations what tells how likely its driver is; see `driver_chances`."""
    if not passages:
        return []
    outputs = judged.heads.columns("driver")
    drivers, columns = list(outputs), list(outputs.values())
    whole = _over_interview(judged, meant, columns)
    found = []
    for passage in passages:
        driver = judge_driver(judged, passage)
        if driver not in outputs:
            found.append({"bias": 1.0})
            continue
        place, rows = drivers.index(driver), judged.rows(passage)
        told = softmax(judged.scores[rows].mean(axis=0), columns)
        alone = softmax(meant[rows].mean(axis=0), columns)
        found.append(
            {
                "bias": 1.0,
                "told": _log_odds(float(told[place])),
                "meant": _log_odds(float(alone[place])),
                "reason": _log_odds(passage.probability),
                "whole": math.log(max(float(whole[place]), _NEVER)),
                driver: 1.0,
            }
        )
    return found


def _over_interview(judged: Judged, meant: Floats, columns: Sequence[int]) -> Floats:
    """Each driver's share in all lines, those that sound like a reason counting more."""
    sounds = 1 / (1 + np.exp(-judged.scores[:, judged.heads.columns()["kind/motivation"]]))
    shares = np.array([softmax(row, columns) for row in meant])
    return np.asarray(sounds @ shares / sounds.sum(), dtype=np.float32)


def _log_odds(share: float) -> float:
    share = min(max(share, _NEVER), 1 - _NEVER)
    return math.log(share / (1 - share))
