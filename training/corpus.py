"""What there is to train on, as rows: one a line of a participant, read by the same parser as in use.

There are four sources. `studies/`: whole studies, by which the reader is also judged. `segments/`: studies of thirteen
people, by which segments are judged; a source of its own, so that it can be left out. `bank/`: short interviews on many
subjects. `moments/`: single sentences under what they show. The last two are never used to judge anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from synth.domain import Line, Role, Speaker, Transcript, Turn
from synth.frameworks import DEFAULT_FRAMEWORK, FUNCTIONAL, load_framework
from synth.gold import OTHER_NAMES
from synth.offline.features import BUCKET_BITS, TranscriptFeatures, read_features
from synth.offline.lexicon import lexicon, words_of
from synth.offline.vectors import embed, line_texts, line_vectors
from synth.parse import parse_file

STUDIES = Path(__file__).parent / "studies"
SEGMENTS = Path(__file__).parent / "segments"
BANK = Path(__file__).parent / "bank"
MOMENTS = Path(__file__).parent / "moments"
CACHE = Path(__file__).parents[1] / "build" / "training-vectors.npz"
"""Sentence vectors that are kept between runs; may be deleted at any time."""
OPTIONAL_WEIGHT = 0.5
"""Of a line that only items hold which careful coders could disagree about."""


Source = Literal["studies", "segments", "bank", "moments"]


@dataclass(frozen=True)
class Interview:
    """One annotated interview, or a single sentence."""

    source: Source
    study: str
    name: str
    path: Path
    transcript: Transcript
    features: TranscriptFeatures
    items: tuple[dict[str, Any], ...]

    def held(self, item: dict[str, Any]) -> list[int]:
        """Rows of the lines that an item holds: spans that overlap by at least half of the shorter."""
        rows = []
        for row, line in enumerate(self.features.lines):
            span = self.transcript.lines[line.number - 1]
            shared = min(span.end, item["end"]) - max(span.start, item["start"])
            if shared > 0 and 2 * shared >= min(span.end - span.start, item["end"] - item["start"]):
                rows.append(row)
        return rows


@cache
def load_interviews() -> tuple[Interview, ...]:
    """All of them: studies and segments by name and participant, then the bank, then the sentences."""
    studies = [_load("studies", gold.parent.name, gold) for gold in sorted(STUDIES.glob("*/P?.json"))]
    segments = [_load("segments", f"segments-{gold.parent.name}", gold) for gold in sorted(SEGMENTS.glob("*/P*.json"))]
    bank = [_load("bank", f"bank-{gold.parent.name}", gold) for gold in sorted(BANK.glob("*/*.json"))]
    moments = [moment for file in sorted(MOMENTS.glob("*.txt")) for moment in _load_moments(file)]
    return (*studies, *segments, *bank, *moments)


def _load(source: Source, study: str, gold: Path) -> Interview:
    data = json.loads(gold.read_text(encoding="utf-8"))
    path = gold.with_suffix(".txt")
    [transcript] = parse_file(path)
    items = tuple(data["items"])
    if any(transcript.text[item["start"] : item["end"]] != item["quote"] for item in items):
        raise SystemExit(f"{gold}: offsets do not give the quotes")
    if transcript.language != data["language"]:
        raise SystemExit(f"{gold}: read as {transcript.language}")
    return Interview(source, study, gold.stem, path, transcript, read_features(transcript), items)


def _load_moments(file: Path) -> list[Interview]:
    """Sentences below headings such as `# emotion joy 2`, `# driver feel free` and `# channel desk`."""
    moments: list[Interview] = []
    about: dict[str, Any] = {}
    for row in file.read_text(encoding="utf-8").splitlines():
        if row.startswith("#"):
            about = _heading(row.lstrip("# ").split())
        elif row.strip():
            sentence = row.strip()
            transcript = _spoken(sentence, file.stem)
            item = about | {"start": transcript.lines[0].start, "end": transcript.lines[0].end}
            name = str(len(moments))
            moments.append(
                Interview("moments", f"moments-{file.stem}", name, file, transcript, read_features(transcript), (item,))
            )
    return moments


def _heading(words: Sequence[str]) -> dict[str, Any]:
    if words[0] == "emotion":
        return {"type": "emotion", "key": words[1], "valence": int(words[2])}
    kind = {"driver": "motivation", "channel": "touchpoint"}[words[0]]
    return {"type": kind, words[0]: " ".join(words[1:])}


def _spoken(sentence: str, language: str) -> Transcript:
    """A transcript of one sentence."""
    label = "P: "
    line = Line(1, 1, len(label), len(label) + len(sentence), sentence)
    speaker = Speaker("P", Role.PARTICIPANT, 1, participant="P")
    size = len(sentence.encode())
    turn = Turn(1, "P", 1, 1)
    return Transcript(
        sentence, "moment", "txt", "utf-8", language, "", size, label + sentence, (speaker,), (turn,), (line,)
    )


class MemoryCache:
    """Sentence vectors for the length of one run, kept in a file between runs where one is named."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.kept: dict[tuple[str, str], bytes] = {}
        if path is not None and path.exists():
            with np.load(path, allow_pickle=False) as file:
                texts = json.loads(file["texts"].tobytes())
                self.kept = {(m, t): v.tobytes() for (m, t), v in zip(texts, file["vectors"], strict=True)}
        self._saved = len(self.kept)

    def vectors(self, model: str, texts: Sequence[str]) -> dict[str, bytes]:
        """Those that are here."""
        return {text: self.kept[model, text] for text in texts if (model, text) in self.kept}

    def add_vectors(self, model: str, vectors: dict[str, bytes]) -> None:
        """Keep these."""
        self.kept |= {(model, text): vector for text, vector in vectors.items()}

    def save(self) -> None:
        """Write the file, where one is named and lacks something."""
        if self.path is not None and len(self.kept) > self._saved:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            texts = np.frombuffer(json.dumps(list(self.kept)).encode(), dtype=np.uint8)
            values = np.array([np.frombuffer(vector, dtype="<f4") for vector in self.kept.values()])
            np.savez(self.path, texts=texts, vectors=values)
            self._saved = len(self.kept)


@dataclass(frozen=True)
class Corpus:
    """Interviews with their rows stacked."""

    interviews: tuple[Interview, ...]
    start: NDArray[np.int64]
    """Of each interview: its first row."""
    hashed: sparse.csr_matrix
    dense: NDArray[np.float32]
    vectors: NDArray[np.float32] | None
    """Sentence vectors as `line_vectors` gives them, not yet put in context."""

    @property
    def judged(self) -> tuple[int, ...]:
        """Numbers of the interviews that readers are judged by."""
        return tuple(at for at, interview in enumerate(self.interviews) if interview.source == "studies")

    def rows_of(self, chosen: Sequence[int]) -> NDArray[np.int64]:
        """Rows of these interviews."""
        ends = [*self.start[1:], self.dense.shape[0]]
        return np.concatenate([np.arange(self.start[each], ends[each]) for each in chosen])


def build_corpus(interviews: Sequence[Interview], cached: MemoryCache | None) -> Corpus:
    """Every interview's rows; without vectors where there is no cache to keep them in."""
    lengths = [len(each.features.lines) for each in interviews]
    start = np.cumsum([0, *lengths[:-1]])
    lines = [line for each in interviews for line in each.features.hashed]
    pointers = np.cumsum([0, *(len(line.buckets) for line in lines)])
    values = np.concatenate([line.weights for line in lines]), np.concatenate([line.buckets for line in lines])
    hashed = sparse.csr_matrix((*values, pointers), shape=(len(lines), 1 << BUCKET_BITS))
    dense = np.vstack([each.features.dense for each in interviews])
    vectors = None
    if cached is not None:
        texts = [line_texts(each.transcript, each.features) for each in interviews]
        embed([text for each in texts for text in each if text], cached)
        cached.save()
        vectors = np.vstack([line_vectors(each, cached) for each in texts])
    return Corpus(tuple(interviews), start, hashed, dense, vectors)


# --- Targets -----------------------------------------------------------------------------------------------------


def kind_targets(corpus: Corpus, kind: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each row whether it holds an item of a kind, and how much the row counts."""
    target = np.zeros(corpus.dense.shape[0], dtype=np.int64)
    weight = np.ones(corpus.dense.shape[0])
    for start, interview in zip(corpus.start, corpus.interviews, strict=True):
        certain: set[int] = set()
        possible: set[int] = set()
        for item in interview.items:
            if item["type"] == kind:
                (possible if item.get("optional") else certain).update(interview.held(item))
        target[[start + row for row in certain | possible]] = 1
        weight[[start + row for row in possible - certain]] = OPTIONAL_WEIGHT
    return target, weight


def label_rows(corpus: Corpus, kind: str | None, label: str) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Rows that hold an item of a kind (any, for None), with one of its labels; a row may come more than once."""
    rows: list[int] = []
    labels: list[str] = []
    for start, interview in zip(corpus.start, corpus.interviews, strict=True):
        for item in interview.items:
            value = item_label(item, label) if kind in (None, item["type"]) else None
            if value is not None:
                held = interview.held(item)
                rows += [start + row for row in held]
                labels += [value] * len(held)
    return np.array(rows, dtype=np.int64), np.array(labels)


DRIVERS = (*(driver.key for driver in load_framework(DEFAULT_FRAMEWORK).drivers), FUNCTIONAL)


def driver_shares(items: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
    """The share of each driver in a person's motivations; all zero where there are none."""
    counts = np.zeros(len(DRIVERS))
    for item in items:
        driver = item_label(item, "driver") if item["type"] == "motivation" else None
        if driver is not None:
            counts[DRIVERS.index(driver)] += 1
    return np.asarray(counts / max(1.0, counts.sum()))


def item_label(item: dict[str, Any], label: str) -> str | None:
    """A label of an item as the heads name it; None where it has none."""
    if label == "positive":
        return None if item["valence"] == 0 else str(item["valence"] > 0)
    if label == "strong":
        return str(abs(item["valence"]) == 2)
    if label == "stated":
        return str(item["stated"]) if "stated" in item else None
    if label == "emotion":
        return item["key"] if "key" in item else emotion_key(item["labels"])
    value = item.get(label)
    return None if value is None else OTHER_NAMES.get(value, str(value))


def emotion_key(labels: Sequence[str]) -> str | None:
    """The key of the wheel that the first telling label names, by the word list of named emotions."""
    for label in labels:
        for hit in lexicon("en").hits(words_of(label)):
            family, key, *part = hit.group.split("/")
            if family == "emotion" and part == ["words"] and not hit.negated:
                return key
    return None
