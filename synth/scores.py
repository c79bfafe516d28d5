"""Scores of an evaluation as they are printed: JSON, a table on a terminal, a table to paste into a paper.

The promise: a score that cannot be told is null or a dash, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from synth.evaluate import KINDS, LABELS, ClaimTally, Scores, Tally


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _prf(hits: int, wrong: int, missed: int) -> dict[str, float | None]:
    return {
        "precision": _ratio(hits, hits + wrong),
        "recall": _ratio(hits, hits + missed),
        "f1": _ratio(2 * hits, 2 * hits + wrong + missed),
    }


def _prf_strict(counts: Iterable[tuple[int, int, int, int]]) -> dict[str, float | None]:
    hits, wrong, missed, optional = (sum(column) for column in zip(*counts, (0, 0, 0, 0), strict=True))
    return _prf(hits, wrong, missed) | {"f1_strict": _ratio(2 * hits, 2 * hits + wrong + missed + optional)}


def _tally_json(tally: Tally, rand: float | None) -> dict[str, Any]:
    return {
        "files": tally.files,
        "all": _rounded(_prf_strict(tally.counts.values())),
        "kinds": {kind: _rounded(_prf_strict([tally.counts[kind]])) for kind in KINDS if kind in tally.counts},
        "labels": _rounded({label: _ratio(*tally.labels.get(label, (0, 0))) for label in LABELS}),
        "segments": _rounded({"adjusted_rand": rand}),
        "order": _rounded({"kendall_tau": _ratio(*tally.order)}),
        "switches": _rounded(_prf(*tally.switches)),
    }


def _claims_json(tally: ClaimTally) -> dict[str, Any]:
    return {
        "claims": tally.claims,
        "unsupported": tally.unsupported,
        **_rounded({
            "unsupported_share": _ratio(tally.unsupported, tally.claims),
            "evidence_agreeing": _ratio(tally.agreeing, tally.cited),
        }),
    }  # fmt: skip


def _rounded(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {key: None if value is None else round(value, 4) for key, value in values.items()}


def as_json(scores: Scores) -> dict[str, Any]:
    """The object that `synth eval --json` prints; a score that cannot be told is null."""
    languages = {
        language: _tally_json(scores.tally(language), scores.adjusted_rand(language)) for language in scores.languages
    }
    whole = _tally_json(scores.tally(), scores.adjusted_rand())
    return {
        "files": whole.pop("files"),
        "language": {language: each["files"] for language, each in languages.items()},
        **whole,
        "claims": _claims_json(scores.claims),
        **({"languages": languages} if len(languages) > 1 else {}),
        "studies": [
            {
                "study": study.name,
                "language": study.language,
                **_tally_json(study.tally, study.adjusted_rand),
                "claims": _claims_json(study.claims),
            }
            for study in scores.studies
        ],
        "problems": list(scores.problems),
    }


_HEADS = (
    "files", "P", "R", "F1", "strict", "emo", "mot", "tou", "val", "driver", "chan", "phase", "segm", "order", "switch",
    "unsup",
)  # fmt: skip
_MEANINGS = (
    "P, R, F1, strict: findings of all kinds (strict counts optional passages). emo, mot, tou: F1 of a kind.",
    "val to phase: share of matched pairs whose label is right. segm: adjusted Rand index. order: Kendall's tau.",
    "switch: F1 of moves between channels. unsup: share of claims without a finding that agrees with the gold.",
)


def as_text(scores: Scores) -> str:
    """A table by study, language and in all, with what could not be scored below it."""
    rows = _rows(scores)
    wide = max(len(name) for name, _ in rows)
    lines = [" ".join(["study".ljust(wide), *(head.rjust(6) for head in _HEADS)])]
    lines += [" ".join([name.ljust(wide), *(cell.rjust(6) for cell in cells)]) for name, cells in rows]
    return "\n".join([*lines, *_MEANINGS, *scores.problems])


def as_markdown(scores: Scores, reader: str) -> str:
    """The same as a table that can be pasted, with what the columns mean and who read."""
    lines = [f"| study | {' | '.join(_HEADS)} |", f"| --- |{' ---: |' * len(_HEADS)}"]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in _rows(scores)]
    left = f" {len(scores.problems)} items could not be scored." if scores.problems else ""
    return "\n".join([*lines, "", f"Read by {reader}. {' '.join(_MEANINGS)}{left}"])


def _rows(scores: Scores) -> list[tuple[str, list[str]]]:
    rows = [(study.name, _cells(study.tally, study.adjusted_rand, study.claims)) for study in scores.studies]
    if len(scores.languages) > 1:
        rows += [
            (f"all {name}", _cells(scores.tally(name), scores.adjusted_rand(name), _of_language(scores, name)))
            for name in scores.languages
        ]
    return [*rows, ("all", _cells(scores.tally(), scores.adjusted_rand(), scores.claims))]


def _of_language(scores: Scores, language: str) -> ClaimTally:
    """Of the studies in one language; claims of a study in two stand on both and are in neither."""
    return sum((study.claims for study in scores.studies if study.language == language), ClaimTally())


def _cells(tally: Tally, rand: float | None, claims: ClaimTally) -> list[str]:
    whole = _prf_strict(tally.counts.values())
    values = [
        *whole.values(),
        *(_prf_strict([tally.counts[kind]])["f1"] for kind in KINDS),
        *(_ratio(*tally.labels.get(label, (0, 0))) for label in LABELS),
        rand,
        _ratio(*tally.order),
        _prf(*tally.switches)["f1"],
        _ratio(claims.unsupported, claims.claims),
    ]
    return [str(tally.files), *("-" if value is None else f"{value:.2f}" for value in values)]
