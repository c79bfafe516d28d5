"""How often the built-in reader places a line in the right phase of a framework that it was not trained on.

    python -m bench.bench_frameworks

Read are the invented interviews of `fixtures/frameworks`, in which each answer has its phase. Counted are the findings
of all kinds, by the phase of the line they begin on; `none` were left without a phase. The same people wrote cues and
interviews, and the interviews speak plainly: take the figures for an upper bound.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from synth.analyst import CodeChunk
from synth.chunk import chunk_lines
from synth.domain import Transcript
from synth.frameworks import load_framework
from synth.offline.reader import Reader
from synth.parse import parse_bytes
from synth.participants import assign_participants

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "frameworks"


def interviews(path: Path) -> list[tuple[Transcript, dict[str, str]]]:
    """Each person's interview with the phase of every sentence."""
    told: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    question = "En toen?" if path.stem.endswith("nl") else "And then?"
    made = []
    for person in told:
        paragraphs, phases = [], {}
        for answer in person["answers"]:
            ((phase, sentences),) = answer.items()
            paragraphs += [f"Interviewer: {question}", f"{person['who']}: {' '.join(sentences)}"]
            phases |= dict.fromkeys(sentences, phase)
        data = "\n\n".join(paragraphs).encode()
        (transcript,) = assign_participants(parse_bytes(data, f"{person['who']}.txt"), {}, ())
        made.append((transcript, phases))
    return made


def place(path: Path) -> Counter[str]:
    """`right`, `next` (a neighbouring phase), `wrong` and `none`, over the findings of a file."""
    framework = load_framework(path.name.split(".")[0])
    keys, counts, reader = list(framework.phase_keys), Counter[str](), Reader(embeddings=False)
    for transcript, phases in interviews(path):
        for chunk in chunk_lines(transcript):
            reply = reader.code(CodeChunk(transcript, chunk, framework, "", transcript.language))
            for found in (*reply.motivations, *reply.emotions, *reply.touchpoints):
                meant = phases.get(transcript.lines[found.first_line - 1].text)
                if meant is None:
                    continue
                apart = None if found.phase is None else abs(keys.index(found.phase) - keys.index(meant))
                counts["none" if apart is None else ("right", "next")[apart] if apart < 2 else "wrong"] += 1
    return counts


def main() -> None:
    """Print a row for each file."""
    print("file                findings  right   next  wrong   none")
    for path in sorted(FOLDER.glob("*.yaml")):
        counts = place(path)
        total = counts.total()
        cells = [f"{counts[name] / total:6.2f}" for name in ("right", "next", "wrong", "none")]
        print(f"{path.name:<20}{total:>8} {' '.join(cells)}")


if __name__ == "__main__":
    main()
