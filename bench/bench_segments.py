"""Segments at scale: many participants with findings of planted groups, in seconds and megabytes, and how right it is.

The study is made here: every person draws drivers, channels and feelings mostly from those of their group. Run as
`python bench/bench_segments.py [PEOPLE ...]`; the default is 300, 2,000 and 20,000. One JSON line a size.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from synth.domain import Emotion, Evidence, Finding, Line, Motivation, Role, Speaker, Touchpoint, Transcript, Turn
from synth.frameworks import load_framework
from synth.matching import adjusted_rand
from synth.segments import segment_participants

GROUPS, A_PERSON, OWN = 4, 30, 0.6
SIZES = (300, 2_000, 20_000)
SEED = 20260711


def make_study(people: int) -> tuple[list[Finding], list[Transcript], list[int]]:
    """Findings and interviews of so many people, and the group that each was planted in."""
    framework, generator = load_framework(), np.random.default_rng(SEED)
    drivers = [one.key for one in framework.drivers]
    channels = [one.key for one in framework.channels if one.key != "other"]
    emotions = [one.key for one in framework.emotions]
    kinds = (drivers, channels, emotions)
    liked = [[generator.choice(keys, 2, replace=False).tolist() for keys in kinds] for _ in range(GROUPS)]
    findings: list[Finding] = []
    transcripts: list[Transcript] = []
    planted: list[int] = []
    for person in range(people):
        group = int(generator.integers(GROUPS))
        planted.append(group)
        name = f"P{person:05d}"
        transcripts.append(make_interview(name))
        for number in range(A_PERSON):
            kind = number % 3
            pool = liked[group][kind] if generator.random() < OWN else kinds[kind]
            key = str(pool[int(generator.integers(len(pool)))])
            detail = (
                Motivation(key) if kind == 0
                else Touchpoint(key) if kind == 1
                else Emotion(key, int(framework.emotion(key).valence))
            )  # fmt: skip
            line = number + 1
            evidence = Evidence(name, line, line)
            findings.append(Finding(f"{name}-{number}", name, evidence, key, "en", "use", detail, 0.8))
    return findings, transcripts, planted


def make_interview(name: str) -> Transcript:
    """One turn of as many short lines as there are findings."""
    text, lines = "", []
    for number in range(1, A_PERSON + 1):
        start = len(text)
        text += f"Line {number} of it."
        lines.append(Line(number, 1, start, len(text), text[start:]))
        text += " "
    speaker = Speaker(name, Role.PARTICIPANT, 1, participant=name)
    turn = Turn(1, name, 1, A_PERSON)
    return Transcript(
        name, f"{name}.txt", "txt", "utf-8", "en", name, len(text), text, (speaker,), (turn,), tuple(lines)
    )


def main() -> None:
    """One line a size."""
    sizes = [int(argument) for argument in sys.argv[1:]] or list(SIZES)
    for people in sizes:
        findings, transcripts, planted = make_study(people)
        before = resource.getrusage(resource.RUSAGE_SELF)
        began = time.perf_counter()
        found = segment_participants(findings, transcripts, (), load_framework(), language="en")
        after = resource.getrusage(resource.RUSAGE_SELF)
        persona = {person: str(number) for number, one in enumerate(found.segments) for person in one.participant_ids}
        labels = [persona.get(f"P{number:05d}", f"alone {number}") for number in range(people)]
        right = adjusted_rand(planted, labels)
        print(
            json.dumps(
                {
                    "people": people,
                    "findings": len(findings),
                    "seconds": round(time.perf_counter() - began, 1),
                    "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
                    "peak_mb": round(after.ru_maxrss / 1024),
                    "all_pairs_of": found.compared,
                    "segments": [len(one.participant_ids) for one in found.segments],
                    "in_none": len(found.unassigned),
                    "adjusted_rand": None if right is None else round(right, 3),
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
