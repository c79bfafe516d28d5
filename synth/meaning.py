"""The meaning of what people said as vectors, where a reader has kept them; nothing is computed here.

A built-in reader with sentence vectors keeps one for every line that it read. Steps after it may use them through this
module, and do without where they are not there: another reader, another installation, or a study of too many people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from synth.analyst import VectorCache
from synth.domain import Finding, Transcript, fold_space

MODEL = "multilingual-e5-small-q4/query"
"""The name under which the built-in reader keeps vectors of lines; a test holds the two together."""
_MOST_KNOWN = 0.9
"""Where fewer of the findings than this have a vector, none are used: half of the people would be compared on air."""


def finding_vectors(
    findings: Sequence[Finding], transcripts: Sequence[Transcript], cache: VectorCache
) -> Mapping[str, npt.NDArray[np.float64]]:
    """Finding id to the mean vector of its lines; empty where too few are kept."""
    known = {transcript.id: transcript for transcript in transcripts}
    lines: dict[str, list[str]] = {}
    for finding in findings:
        where = finding.evidence
        if where.transcript_id in known:
            of_transcript = known[where.transcript_id].lines[where.first_line - 1 : where.last_line]
            lines[finding.id] = [fold_space(line.text) for line in of_transcript]
    kept = cache.vectors(MODEL, sorted({text for texts in lines.values() for text in texts}))
    vectors = {}
    for finding_id, texts in lines.items():
        rows = [np.frombuffer(kept[text], dtype="<f4").astype(np.float64) for text in texts if text in kept]
        if rows:
            vectors[finding_id] = np.mean(rows, axis=0)
    return vectors if len(vectors) >= _MOST_KNOWN * len(findings) else {}


def person_vectors(transcripts: Sequence[Transcript], cache: VectorCache) -> Mapping[str, npt.NDArray[np.float64]]:
    """Participant to the mean vector of all that they said; only those of whose lines most are kept."""
    sums: dict[str, npt.NDArray[np.float64]] = {}
    found: Counter[str] = Counter()
    spoken: Counter[str] = Counter()
    for transcript in transcripts:
        participants = {speaker.name: speaker.participant for speaker in transcript.speakers}
        said = [
            (participants.get(transcript.turns[line.turn - 1].speaker), fold_space(line.text))
            for line in transcript.lines
        ]
        kept = cache.vectors(MODEL, sorted({text for participant, text in said if participant}))
        for participant, text in said:
            if not participant:
                continue
            spoken[participant] += 1
            if text in kept:
                vector = np.frombuffer(kept[text], dtype="<f4").astype(np.float64)
                sums[participant] = sums[participant] + vector if participant in sums else vector
                found[participant] += 1
    return {one: total / found[one] for one, total in sums.items() if found[one] >= _MOST_KNOWN * spoken[one]}
