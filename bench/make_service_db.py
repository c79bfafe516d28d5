"""Make the database of a large study, to measure the service on: seeded, so that it is the same every time.

    python bench/make_service_db.py big.db --interviews 1000 --findings 300
    python bench/make_service_db.py small.db --interviews 40 --findings 60 --waves 2

Everything in it is put together from the sentences below. The interviews stand in it under pseudonyms, as after a run
with a hosted model; with `--names kept` as after a run with the built-in reader.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from synth.chunk import chunk_lines
from synth.domain import (
    Claim,
    Draft,
    Emotion,
    Evidence,
    Feeling,
    Finding,
    JourneyMap,
    Kind,
    Line,
    Motivation,
    Origin,
    PathStep,
    Persona,
    PhaseColumn,
    Quote,
    Role,
    Speaker,
    Theme,
    Touchpoint,
    Transcript,
    Turn,
    content_id,
    distinct,
)
from synth.extract import finding_id
from synth.frameworks import Framework, load_framework
from synth.results import Provenance
from synth.store import Coding, SeenFile, Store, Study, open_store

ASKED = ["How did that begin?", "And what happened then?", "What did you do next?", "How was that for you?",
         "Who else was part of it?", "Why did you choose that?"]  # fmt: skip
WHO = ["I", "My neighbour", "My sister", "We", "Somebody at work", "The fitter", "My landlord"]
DID = ["looked for a heat pump", "filled in the form", "called the office", "waited for the letter", "paid the bill",
       "asked for a quote", "read the small print", "cancelled the appointment", "opened the app",
       "compared three offers", "told the story again", "stood at the desk", "measured the attic"]  # fmt: skip
WHEN = ["on a Monday", "in the first week", "before the winter", "late at night", "after the holiday", "twice",
        "for the third time", "without much hope", "with the whole family around the table"]  # fmt: skip
BUT = ["and nobody called back", "and it was done in ten minutes", "but the sum was another one",
       "because the old boiler could stop any day", "and I felt silly about it", "so I slept badly",
       "and that was a relief", "but they could not see what I had sent", "and I would do it again"]  # fmt: skip
LABELS = {
    Kind.MOTIVATION: ["wants certainty", "wants to save", "does not want to be tricked", "wants to be done with it",
                      "wants to do right by others", "likes to know how it works"],
    Kind.EMOTION: ["glad that it worked", "worried about the sum", "angry at the wait", "lost in the form",
                   "proud of the choice", "tired of asking"],
    Kind.TOUCHPOINT: ["calls the office", "reads the letter", "opens the app", "asks at the desk", "gets an e-mail",
                      "hears it from a neighbour"],
}  # fmt: skip
READER = "example/large-reader"


def make_transcript(number: int, turns: int, rng: random.Random, wave: str | None) -> Transcript:
    """An interview of one person, who speaks five lines after each question."""
    person = f"P{number:04}"
    parts: list[str] = []
    lines: list[Line] = []
    made: list[Turn] = []
    at = 0
    for turn in range(1, turns + 1):
        asks = turn % 2 == 1
        speaker = "Interviewer" if asks else person
        said = [rng.choice(ASKED)] if asks else [
            f"{rng.choice(WHO)} {rng.choice(DID)} {rng.choice(WHEN)}, {rng.choice(BUT)}." for _ in range(5)
        ]  # fmt: skip
        head = ("\n\n" if parts else "") + f"{speaker}: "
        parts.append(head)
        at += len(head)
        first = len(lines) + 1
        for place, sentence in enumerate(said):
            if place:
                parts.append(" ")
                at += 1
            lines.append(Line(len(lines) + 1, turn, at, at + len(sentence), sentence, len(lines) * 6.5))
            parts.append(sentence)
            at += len(sentence)
        made.append(Turn(turn, speaker, first, len(lines), (first - 1) * 6.5))
    text = "".join(parts)
    speakers = (
        Speaker("Interviewer", Role.INTERVIEWER, (turns + 1) // 2),
        Speaker(person, Role.PARTICIPANT, turns // 2, participant=person),
    )
    digest = content_id(number, text)
    return Transcript(
        digest, f"interview-{number:04}.txt", "txt", "utf-8", "en", digest, len(text), text, speakers, tuple(made),
        tuple(lines), wave=wave,
    )  # fmt: skip


def make_findings(transcript: Transcript, many: int, framework: Framework, rng: random.Random) -> list[Finding]:
    """So many findings on the participant's lines."""
    own = [line for line in transcript.lines if transcript.turns[line.turn - 1].speaker != "Interviewer"]
    found: dict[str, Finding] = {}
    drivers = [one.key for one in framework.drivers] + ["functional"]
    while len(found) < many:
        line = rng.choice(own)
        last = min(line.number + rng.choice((0, 0, 1)), transcript.turns[line.turn - 1].last_line)
        kind = rng.choice(list(Kind))
        if kind is Kind.MOTIVATION:
            detail: Motivation | Emotion | Touchpoint = Motivation(rng.choice(drivers))
        elif kind is Kind.EMOTION:
            emotion = rng.choice(framework.emotions)
            detail = Emotion(emotion.key, emotion.valence)
        else:
            detail = Touchpoint(rng.choice(framework.channels).key)
        one = Finding(
            finding_id(transcript.id, line.number, last, detail), f"P{int(transcript.name[10:14]):04}",
            Evidence(transcript.id, line.number, last), f"{rng.choice(LABELS[kind])}, {rng.choice(WHEN)}", "en",
            rng.choice([*framework.phase_keys, None]), detail, round(rng.uniform(0.4, 1), 2),
        )  # fmt: skip
        found[one.id] = one
    return sorted(found.values(), key=lambda one: one.evidence.first_line)


def make_draft(findings: Sequence[Finding], framework: Framework, personas: int, rng: random.Random) -> Draft:
    """Personas with their maps, each claim on some findings, and themes that hold every finding."""
    people = distinct([one.participant_id for one in findings])
    by_person: dict[str, list[Finding]] = {}
    for one in findings:
        by_person.setdefault(one.participant_id, []).append(one)
    made, maps = [], []
    for number in range(personas):
        own = people[number::personas]
        pool = [finding for person in own for finding in by_person[person]]
        sections = ["essence", "goal", "stated", "driver", "driver", "decide", "fear", "never", "channel", "loyalty"]
        claims = tuple(_claim(section, number * 1000 + place, pool, rng) for place, section in enumerate(sections * 3))
        persona = Persona(
            content_id("persona", number), f"{LABELS[Kind.MOTIVATION][number % 6].capitalize()}, group {number + 1}",
            own, (), 0.8, claims, tuple(Quote(one.id) for one in pool[:5]), ("Nobody was asked about the price.",),
        )  # fmt: skip
        made.append(persona)
        columns = tuple(_column(phase, pool, number, rng) for phase in framework.phase_keys)
        steps = [PathStep(a, b, own[: len(own) // 2])
                 for a, b in zip(framework.phase_keys, framework.phase_keys[1:], strict=False)]  # fmt: skip
        maps.append(JourneyMap(
            content_id("map", persona.id), persona.id, "I get a heat pump", framework.key, None, columns, tuple(steps),
            (), framework.phase_keys[-2], framework.phase_keys[1], framework.phase_keys[-1],
            "The wait weighs more than the price.", (),
        ))  # fmt: skip
    groups: dict[tuple[Kind, str, str | None], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.kind, one.label.partition(",")[0], one.phase), []).append(one)
    themes = tuple(
        Theme(content_id("theme", kind, label, phase), kind, f"{label}: {phase or 'anywhere'}",
              tuple(one.id for one in those), distinct([one.participant_id for one in those]), phase)
        for (kind, label, phase), those in sorted(groups.items(), key=lambda entry: str(entry[0]))
    )  # fmt: skip
    return Draft(tuple(made), tuple(maps), themes, ())


def _column(phase: str, pool: Sequence[Finding], number: int, rng: random.Random) -> PhaseColumn:
    here = [one for one in pool if one.phase == phase]
    felt: dict[str, list[Finding]] = {}
    used: dict[str, list[Finding]] = {}
    for one in here:
        if isinstance(one.detail, Emotion):
            felt.setdefault(one.participant_id, []).append(one)
        elif isinstance(one.detail, Touchpoint):
            used.setdefault(one.detail.channel, []).append(one)
    feelings = tuple(
        Feeling(person, round(sum(getattr(one.detail, "valence", 0) for one in those) / len(those) * 2) / 2,
                tuple(one.id for one in those))
        for person, those in sorted(felt.items())
    )  # fmt: skip
    mean = sum(one.valence for one in feelings) / len(feelings) if feelings else None
    lanes = ["title", "doing", "touchpoint", "need", "friction", "moment", "question", "idea"]
    claims = tuple(
        _claim(lane, hash_of(number, phase, place), here or pool, rng, phase=phase, idea=lane == "idea")
        for place, lane in enumerate(lanes)
    )
    return PhaseColumn(
        phase, distinct([one.participant_id for one in here]), feelings, mean,
        (mean - 0.5, mean + 0.5) if mean is not None and len(feelings) >= 5 else None, "worry",
        {channel: distinct([one.participant_id for one in those]) for channel, those in used.items()},
        {channel: tuple(one.id for one in those) for channel, those in used.items()}, claims,
        tuple(Quote(one.id, phase) for one in here[:1]),
    )  # fmt: skip


def hash_of(*parts: object) -> int:
    """A number that is the same every time."""
    return int(content_id(*parts)[:6], 16)


def _claim(
    section: str, number: int, pool: Sequence[Finding], rng: random.Random, phase: str | None = None, idea: bool = False
) -> Claim:
    some = rng.sample(list(pool), min(len(pool), rng.choice((2, 5, 20, 80))))
    split = max(1, len(some) - rng.choice((0, 0, 1)))
    pro, against = some[:split], [] if idea else some[split:]
    text = f"{rng.choice(DID).capitalize()} {rng.choice(WHEN)}, {rng.choice(BUT)} ({number})."
    return Claim(
        content_id(section, number, phase), section, text, tuple(one.id for one in pro),
        distinct([one.participant_id for one in pro]), phase, None, tuple(one.id for one in against),
        distinct([one.participant_id for one in against]), Origin.ANALYST, idea,
    )  # fmt: skip


def make_database(
    path: str, interviews: int, findings: int, *, turns: int = 100, personas: int = 6, waves: int = 1,
    names: str = "replaced", seed: int = 7,
) -> Study:  # fmt: skip
    """Write the database; the study in it."""
    rng = random.Random(seed)
    store = open_store(path)
    framework = load_framework()
    study = store.add_study("Heat pumps", "How people come to a heat pump", "en", framework.key, "")
    everything: list[Finding] = []
    for first in range(1, interviews + 1, 50):
        with store.write():
            for number in range(first, min(first + 50, interviews + 1)):
                wave = f"{2026 - number % waves}" if waves > 1 else None
                everything += _store_interview(store, study, number, findings, turns, wave, names, framework, rng)
    draft = make_draft(everything, framework, personas, rng)
    store.put_draft(study, "inputs", draft, Provenance(READER, {"code_chunk": "1"}, "", "2026-11-05T09:30:00Z"))
    run = store.begin_run(study, READER)
    store.end_run(run, "done", "", {})
    store.close()
    return study


def _store_interview(
    store: Store, study: Study, number: int, findings: int, turns: int, wave: str | None, names: str,
    framework: Framework, rng: random.Random,
) -> list[Finding]:  # fmt: skip
    transcript = make_transcript(number, turns, rng, wave)
    found = make_findings(transcript, findings, framework, rng)
    store.put_transcript(study, transcript, names=names)
    for chunk in chunk_lines(transcript):
        here = [one for one in found if chunk.first_line <= one.evidence.first_line <= chunk.last_line]
        key = content_id(transcript.id, chunk.first_line)
        coding = Coding(transcript.id, key, chunk.first_line, chunk.last_line, READER, "1", "coded")
        store.put_coding(study, chunk, coding, here)
    store.see_file(
        study, SeenFile(transcript.id, transcript.name, transcript.source_sha256, "read", None, (transcript.id,))
    )
    return found


def main() -> None:
    """Make it and say how long that took."""
    parser = argparse.ArgumentParser(description="Make the database of a large study.")
    parser.add_argument("path")
    parser.add_argument("--interviews", type=int, default=1_000)
    parser.add_argument("--findings", type=int, default=300, help="of each interview")
    parser.add_argument("--turns", type=int, default=100, help="of each interview; three lines each on average")
    parser.add_argument("--waves", type=int, default=1)
    parser.add_argument("--names", choices=("replaced", "kept"), default="replaced")
    asked = parser.parse_args()
    if Path(asked.path).exists():
        parser.error(f"{asked.path} is there already; give another file")
    begun = time.perf_counter()
    make_database(asked.path, asked.interviews, asked.findings, turns=asked.turns, waves=asked.waves, names=asked.names)
    size = Path(asked.path).stat().st_size / 1e6
    print(f"{asked.interviews} interviews, {asked.interviews * asked.findings} findings, {size:.0f} MB, "
          f"{time.perf_counter() - begun:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
