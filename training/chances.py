"""Fits the weights of `synth/offline/chances.py`: what tells that the driver of a reason is right.

Readings of the ten studies and of those in `segments/`, each with heads that have not seen the study, against what is
annotated there. Writes `synth/offline/words/chances.yaml` and prints how well the chances tell right drivers from wrong
ones in a study that was left out of this fit too. Takes some six minutes of CPU.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from corpus import CACHE, Corpus, Interview, MemoryCache, build_corpus, load_interviews
from evaluate import fit_without_each
from synth.domain import LIKELY_DRIVER, Kind
from synth.frameworks import DEFAULT_FRAMEWORK, load_framework
from synth.matching import Span, match_spans
from synth.offline import chances, decide, details
from synth.offline.heads import Heads
from synth.offline.reader import Reader

FILE = Path(__file__).parents[1] / "synth" / "offline" / "words" / f"{chances.FILE}.yaml"
FREEDOM = 0.5
_HEAD = """# How much each sign counts for a driver being right (synth/offline/chances.py), by bank.
# Written by training/chances.py.
"""


@dataclass(frozen=True)
class Case:
    """One motivation as it was read."""

    study: str
    person: str
    driver: str
    signs: dict[str, float]
    right: bool
    of_person: bool
    """Whether any motivation of this person is annotated with this driver."""


def read_cases(corpus: Corpus, heads: dict[Path, Heads], cached: MemoryCache, bank: str) -> list[Case]:
    """Every motivation that readers find in studies they have not seen."""
    framework = load_framework(DEFAULT_FRAMEWORK)
    cases: list[Case] = []
    for interview in corpus.interviews:
        folder = interview.path.parent
        if folder not in heads:
            continue
        reader = Reader(cached, bank == "vectors", heads[folder])
        judged, meant = reader.judge(interview.transcript, framework)
        calibrations = {kind: heads[folder].calibration[f"{bank}/{kind.value}"] for kind in Kind}
        passages = details.kinds_of(
            decide.find_all(judged.features, judged.scores, heads[folder].columns(), calibrations), Kind.MOTIVATION
        )
        annotated = matched_drivers(interview, passages)
        own = {item["driver"] for item in interview.items if item["type"] == Kind.MOTIVATION}
        signs = chances.driver_signs(judged, meant, passages)
        for at, passage in enumerate(passages):
            driver = details.judge_driver(judged, passage)
            cases.append(
                Case(folder.name, interview.name, driver, signs[at], annotated.get(at) == driver, driver in own)
            )
    return cases


def matched_drivers(interview: Interview, passages: Sequence[decide.Passage]) -> dict[int, str]:
    """The driver that is annotated for each passage, as far as one is."""
    items = [item for item in interview.items if item["type"] == Kind.MOTIVATION]
    gold = [Span(item["start"], item["end"], item.get("optional", False)) for item in items]
    spans = [Span(*interview.transcript.slice(one.first_line, one.last_line)[:2]) for one in passages]
    return {found: items[item]["driver"] for item, found in match_spans(gold, spans)}


def fit(cases: Sequence[Case], names: Sequence[str]) -> NDArray[np.float64]:
    """One weight a sign."""
    model = LogisticRegression(C=FREEDOM, max_iter=1000, fit_intercept=False)
    model.fit(rows(cases, names), [case.right for case in cases])
    return np.asarray(model.coef_[0])


def rows(cases: Sequence[Case], names: Sequence[str]) -> NDArray[np.float64]:
    """The signs of cases as numbers."""
    return np.array([[case.signs.get(name, 0.0) for name in names] for case in cases])


def report(bank: str, cases: Sequence[Case], names: Sequence[str]) -> None:
    """Print what a chance is worth, each study left out once."""
    told = np.zeros(len(cases))
    for study in sorted({case.study for case in cases}):
        left = [case.study == study for case in cases]
        weights = fit([case for case in cases if case.study != study], names)
        told[left] = 1 / (1 + np.exp(-rows([case for case in cases if case.study == study], names) @ weights))
    right = np.array([case.right for case in cases])
    print(f"{bank}: {len(cases)} reasons, area under the curve {roc_auc_score(right, told):.2f}")
    for least in (0.0, LIKELY_DRIVER - 0.05, LIKELY_DRIVER, LIKELY_DRIVER + 0.05):
        chosen = told >= least
        people = {
            (case.study, case.person, case.driver): case.of_person
            for case, likely in zip(cases, chosen, strict=True)
            if likely
        }
        of_people = np.mean(list(people.values()))
        print(f"  from {least:.2f}: {chosen.sum()}, right {right[chosen].mean():.2f}, of the person {of_people:.2f}")


def main() -> int:
    """Write the weights."""
    cached = MemoryCache(CACHE)
    corpus = build_corpus(load_interviews(), cached)
    unseen = sorted({interview.path.parent for interview in corpus.interviews if interview.source == "segments"})
    heads = fit_without_each(corpus, unseen)
    written = {}
    for bank in ("words", "vectors"):
        cases = read_cases(corpus, heads, cached, bank)
        names = list(dict.fromkeys(name for case in cases for name in case.signs))
        report(bank, cases, names)
        weights = fit(cases, names)
        written[bank] = {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}
    FILE.write_text(_HEAD + yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
