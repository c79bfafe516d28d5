"""How fast the service answers over a large database, and whether fifty people deciding at once lose anything.

    python -m bench.bench_service [--interviews 1000] [--findings 300000] [--people 50] [--seconds 60]

Makes a database of invented interviews with a draft, serves it with one uvicorn process on loopback, asks for each
page in turn and prints p50 and p95 in milliseconds with the bytes over the wire; then lets people decide at once while
another thread stores findings, and counts decisions that were lost and errors. Nothing of it is a test.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

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
)
from synth.frameworks import load_framework
from synth.results import Provenance
from synth.store import Coding, SeenFile, Store, Study, open_store

WORDS = ("the letter", "a new supplier", "my neighbour", "the price", "an hour on the phone", "the website", "a form",
         "the second bill", "my own sum", "nobody", "the desk", "every month", "a quiet evening")  # fmt: skip


def make_database(path: str, interviews: int, findings: int, seed: int = 7) -> Study:
    """A study of so many interviews and findings, with four personas, their maps and claims."""
    chance, framework = random.Random(seed), load_framework()
    store = open_store(path)
    study = store.add_study("Large study", "How people choose", "en", "customer", "")
    each, kept = findings // interviews, list[Finding]()
    for number in range(interviews):
        transcript = _transcript(number, max(each, 30), chance)
        store.put_transcript(study, transcript, names="replaced")
        found = [_finding(transcript, number, place, framework.phase_keys, chance) for place in range(each)]
        for chunk in chunk_lines(transcript):
            here = [one for one in found if chunk.first_line <= one.evidence.first_line <= chunk.last_line]
            coding = Coding(transcript.id, f"{transcript.id}-{chunk.first_line}", chunk.first_line, chunk.last_line,
                            "offline", "1", "coded")  # fmt: skip
            store.put_coding(study, chunk, coding, here)
        store.see_file(study, SeenFile(transcript.id, transcript.name, transcript.id, "read", None, (transcript.id,)))
        kept += chance.sample(found, min(len(found), 40))
    run = store.begin_run(study, "offline")
    draft = _draft(kept, framework.phase_keys, chance)
    store.put_draft(study, "inputs", draft, Provenance("offline", {}, "", "2026-03-02T10:00:00Z"))
    store.end_run(run, "done", "", {})
    store.close()
    return study


def _transcript(number: int, lines: int, chance: random.Random) -> Transcript:
    text, made, turns = "", list[Line](), list[Turn]()
    for turn in range(1, lines // 6 + 2):
        text += ("\n\n" if text else "") + f"P{number:04}: "
        first = len(made) + 1
        for place in range(6):
            text += " " if place else ""
            sentence = f"I thought of {chance.choice(WORDS)} and then of {chance.choice(WORDS)} number {len(made)}."
            made.append(Line(len(made) + 1, turn, len(text), len(text) + len(sentence), sentence, None))
            text += sentence
        turns.append(Turn(turn, f"P{number:04}", first, len(made)))
    digest = content_id(number, text)
    speaker = Speaker(f"P{number:04}", Role.PARTICIPANT, len(turns), participant=f"P{number:04}")
    return Transcript(digest, f"interview-{number:04}.txt", "txt", "utf-8", "en", digest, len(text), text, (speaker,),
                      tuple(turns), tuple(made))  # fmt: skip


def _finding(transcript: Transcript, number: int, place: int, phases: Sequence[str], chance: random.Random) -> Finding:
    line = place % len(transcript.lines) + 1
    kind = place % 3
    detail: Motivation | Emotion | Touchpoint = (
        Motivation("feel secure", "choice") if kind == 0
        else Emotion(chance.choice(("worry", "relief", "joy")), chance.choice((-2, -1, 1, 2))) if kind == 1
        else Touchpoint(chance.choice(("phone", "email", "website")))
    )  # fmt: skip
    return Finding(content_id(transcript.id, place), f"P{number:04}", Evidence(transcript.id, line, line),
                   f"{chance.choice(WORDS)} {place % 50}", "en", chance.choice(phases), detail)  # fmt: skip


def _draft(found: Sequence[Finding], phases: Sequence[str], chance: random.Random) -> Draft:
    people = sorted({one.participant_id for one in found})
    groups = [people[start::4] for start in range(4)]
    personas, maps = [], []
    for number, group in enumerate(groups):
        own = [one for one in found if one.participant_id in set(group)]
        claims = tuple(_claim(f"p{number}", place, own, None, chance) for place in range(30))
        key = content_id("persona", number)
        personas.append(Persona(key, f"Persona {number}", tuple(group), (), 0.8, claims, (Quote(own[0].id),), ()))
        columns = []
        for phase in phases:
            here = [one for one in own if one.phase == phase]
            felt: dict[str, list[Finding]] = {}
            for one in here:
                if one.kind is Kind.EMOTION:
                    felt.setdefault(one.participant_id, []).append(one)
            feelings = tuple(
                Feeling(person, 0.5, tuple(one.id for one in ones)) for person, ones in sorted(felt.items())
            )
            columns.append(
                PhaseColumn(
                    phase=phase,
                    participant_ids=tuple(sorted({one.participant_id for one in here})),
                    feelings=feelings,
                    mean=0.5 if feelings else None,
                    spread=None,
                    emotion="worry",
                    channels={},
                    channel_finding_ids={},
                    quotes=(),
                    claims=tuple(_claim(f"m{number}{phase}", place, here, phase, chance) for place in range(6)),
                )
            )
        maps.append(
            JourneyMap(
                id=content_id("map", number),
                persona_id=key,
                title="I choose",
                framework="customer",
                wave=None,
                phases=tuple(columns),
                path=(),
                switches=(),
                peak=None,
                low=None,
                end=None,
                reading="It went.",
                unplaced_finding_ids=(),
            )
        )
    themes = tuple(
        Theme(f"t{number}", Kind.EMOTION, f"Theme {number}", tuple(one.id for one in found[number::300]), (), "use")
        for number in range(300)
    )
    return Draft(tuple(personas), tuple(maps), themes, ())


def _claim(owner: str, place: int, own: Sequence[Finding], phase: str | None, chance: random.Random) -> Claim:
    cited = chance.sample(list(own), min(len(own), 25))
    people = tuple(sorted({one.participant_id for one in cited}))
    section = ("doing", "need", "friction", "moment")[place % 4] if phase else ("stated", "fear", "driver")[place % 3]
    ids, text = tuple(one.id for one in cited), f"Claim {place} of {owner}."
    return Claim(content_id(owner, place), section, text, ids, people, phase)


# --- Asking ----------------------------------------------------------------------------------------------------------


def get(address: str) -> tuple[float, int, int, bytes]:
    """Milliseconds, status, bytes over the wire and the body."""
    asked = urllib.request.Request(address, headers={"accept-encoding": "gzip"})
    began = time.perf_counter()
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            body = answer.read()
            took = (time.perf_counter() - began) * 1000
            wire, status = len(body), answer.status
            if answer.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
    except urllib.error.HTTPError as error:
        return (time.perf_counter() - began) * 1000, error.code, 0, b""
    return took, status, wire, body


def post(address: str, body: object) -> tuple[float, int]:
    """Milliseconds and status of a JSON request."""
    data = json.dumps(body).encode()
    asked = urllib.request.Request(address, data, {"content-type": "application/json"})
    began = time.perf_counter()
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            answer.read()
            return (time.perf_counter() - began) * 1000, answer.status
    except urllib.error.HTTPError as error:
        return (time.perf_counter() - began) * 1000, error.code


def p95(times: Sequence[float]) -> float:
    """The time that 95 of 100 stay under."""
    return sorted(times)[min(len(times) - 1, round(len(times) * 0.95))]


def measure_pages(base: str, pages: dict[str, str], times: int, only: Sequence[str] | None) -> list[dict[str, object]]:
    """Each page so often, after once to warm up."""
    rows = []
    for name, path in pages.items():
        if only is not None and name not in only:
            continue
        first, status, wire, _ = get(base + path)
        took = [get(base + path)[0] for _ in range(times)]
        times_ms = {"first_ms": first, "p50_ms": statistics.median(took), "p95_ms": p95(took)}
        row: dict[str, object] = {"page": name, "status": status, "kB": round(wire / 1000, 1)}
        rows.append(row | {key: round(value, 1) for key, value in times_ms.items()})
        shown = "   ".join(f"{key} {value:8.1f}" for key, value in times_ms.items())
        print(f"{name:<24} {status}   {shown}   {wire / 1000:7.1f} kB", flush=True)
    return rows


def decide_together(base: str, study: Study, claims: Sequence[Claim], draft_id: str, people: int, seconds: float,
                    db: str) -> dict[str, object]:  # fmt: skip
    """So many people accept and undo claims of their own for so long, while findings are stored at full speed."""
    took: list[float] = []
    statuses: dict[int, int] = {}
    stored = [0]
    lock, end = threading.Lock(), time.monotonic() + seconds
    address = f"{base}/api/v1/studies/{study.id}/decisions"

    def decide(person: int) -> None:
        own, turn = claims[person::people], 0
        while time.monotonic() < end and own:
            claim, undo = own[turn // 2 % len(own)], turn % 2 == 1
            seen = {"text": claim.text, "state": "accepted" if undo else "proposed"}
            body = {"claim_id": claim.id, "action": "undo" if undo else "accept", "by": f"R{person}",
                    "draft_id": draft_id, "seen": seen}  # fmt: skip
            ms, status = post(address, body)
            with lock:
                took.append(ms)
                statuses[status] = statuses.get(status, 0) + 1
            turn += 1

    def store_findings() -> None:
        store, chance = open_store(db), random.Random(1)
        phases = load_framework().phase_keys
        while time.monotonic() < end:
            number = 900_000 + stored[0]
            transcript = _transcript(number, 60, chance)
            store.put_transcript(study, transcript, names="replaced")
            chunk = chunk_lines(transcript)[0]
            found = [_finding(transcript, number, place, phases, chance) for place in range(60)]
            coding = Coding(transcript.id, transcript.id, chunk.first_line, chunk.last_line, "offline", "1", "coded")
            store.put_coding(study, chunk, coding, [f for f in found if f.evidence.first_line <= chunk.last_line])
            stored[0] += 1
        store.close()

    before = _decisions(db, study)
    threads = [threading.Thread(target=decide, args=(person,)) for person in range(people)]
    threads.append(threading.Thread(target=store_findings))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = _decisions(db, study) - before
    return {"people": people, "seconds": seconds, "asked": len(took), "statuses": statuses,
            "lost": statuses.get(201, 0) - kept, "p50_ms": round(statistics.median(took), 1),
            "p95_ms": round(p95(took), 1), "a_second": round(len(took) / seconds, 1),
            "interviews_stored_meanwhile": stored[0]}  # fmt: skip


def _decisions(db: str, study: Study) -> int:
    store = open_store(db)
    total = store.decisions_part(study, 1, 0)[0]
    store.close()
    return total


def main() -> None:
    """Make, serve, ask, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--interviews", type=int, default=1000)
    options.add_argument("--findings", type=int, default=300_000)
    options.add_argument("--people", type=int, default=50)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--times", type=int, default=40)
    options.add_argument("--db", default=None, help="Use this database, made before by this program, or make it there.")
    options.add_argument("--only", nargs="*", default=None, help="Names of pages; the others are left out.")
    options.add_argument("--json", default=None, help="Write the figures here too.")
    given = options.parse_args()
    folder = tempfile.mkdtemp(prefix="synth-bench-")
    db = given.db or str(Path(folder) / "large.db")
    if not Path(db).exists():
        began = time.perf_counter()
        make_database(db, given.interviews, given.findings)
        print(f"made in {time.perf_counter() - began:.0f} s, {Path(db).stat().st_size / 1e6:.0f} MB")
    store: Store = open_store(db)
    study = store.study("Large study")
    draft = store.last_draft(study)
    assert draft is not None
    store.close()
    code = "from synth.cli.serve import serve; serve()"
    server = subprocess.Popen(
        [sys.executable, "-c", code, "--db", db, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    base = server.stdout.readline().split("Synth is at ")[1].split("/ with")[0]
    try:
        of = f"/studies/{study.id}"
        persona, journey = draft.draft.personas[0], draft.draft.maps[0]
        claim = persona.claims[0]
        rows = measure_pages(
            base,
            {
                "studies": "/", "study": of, "interviews": f"{of}/interviews", "findings": f"{of}/findings",
                "findings, searched": f"{of}/findings?q=letter", "themes": f"{of}/themes",
                "find": f"{of}/find?q=letter",
                "personas": f"{of}/personas", "persona": f"{of}/personas/{persona.id}", "maps": f"{of}/maps",
                "map": f"{of}/maps/{journey.id}", "claim": f"{of}/claims/{claim.id}", "review": f"{of}/review",
                "decisions": f"{of}/decisions", "settings": f"{of}/settings", "audit": "/settings/audit",
                "api: study": f"/api/v1{of}", "api: findings": f"/api/v1{of}/findings?limit=50",
                "api: decisions": f"/api/v1{of}/decisions",
            },
            given.times,
            given.only,
        )  # fmt: skip
        claims = draft.draft.claims()
        alone = []
        for one in claims[: given.times]:
            seen = {"text": one.text, "state": "proposed"}
            body = {"claim_id": one.id, "action": "accept", "by": "JB", "draft_id": draft.id, "seen": seen}
            alone.append(post(f"{base}/api/v1{of}/decisions", body)[0])
            post(f"{base}/api/v1{of}/decisions", body | {"action": "undo", "seen": seen | {"state": "accepted"}})
        print(f"one decision: p50 {statistics.median(alone):.1f} ms, p95 {p95(alone):.1f} ms")
        together = decide_together(base, study, claims, draft.id, given.people, given.seconds, db)
        print(json.dumps(together))
        if given.json:
            figures = {"pages": rows, "decision_p95_ms": round(p95(alone), 1), "together": together}
            Path(given.json).write_text(json.dumps(figures, indent=1))
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
