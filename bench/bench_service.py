"""Measure the service over a large database: pages, what they weigh, and fifty people who decide while a run stores.

    python bench/make_service_db.py big.db
    python bench/bench_service.py big.db --seconds 60

`synth serve` serves; this process asks. Works on a copy of the database beside it, since it decides. Times are those
that somebody waits on this machine with everything else that it does; give it nothing else to do. People read before
they decide, each mostly in a part of the queue of their own; programs that never pause show what is lost when all is
full. Exits with 1 where a goal was missed, a decision was lost, a database was locked or an answer was an error.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

PAGE_GOAL, DECISION_GOAL, WIRE_GOAL = 100.0, 50.0, 150_000
ANOTHERS = 0.1
"""How often somebody takes a claim out of another's part of the queue."""
FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass
class Tally:
    """What came of deciding."""

    taken: int = 0
    conflicts: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def start(db: Path) -> tuple[subprocess.Popen[bytes], str]:
    """`synth serve` over a database, once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "synth", "serve", "--db", str(db), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    address = f"http://localhost:{port}"
    for _ in range(600):
        try:
            if httpx.get(f"{address}/healthz").status_code == 200:
                # As after every start, a moment goes by before somebody comes.
                time.sleep(3)
                return process, address
        except httpx.HTTPError:
            time.sleep(0.1)
    process.kill()
    raise SystemExit("the service does not answer")


def pages(db: Path) -> dict[str, Callable[[], str]]:
    """Addresses to ask for, by the name of the page; each call gives another of its kind."""
    rng = random.Random(3)
    found = sqlite3.connect(db)
    study = found.execute("select id from studies").fetchone()[0]
    interviews = [row[0] for row in found.execute("select id from transcripts")]
    findings = [row[0] for row in found.execute("select id from findings where number % 311 = 0")]
    owners = [row[0] for row in found.execute("select distinct owner from claims")]
    claims = [row[0] for row in found.execute("select id from claims")]
    found.close()
    personas = [one.split(":")[1] for one in owners if one.startswith("persona:")]
    maps = sorted({one.split(":")[1] for one in owners if one.startswith("map:")})
    base = f"/studies/{study}"
    words = ["winter", "letter", "tricked", "attic boiler", '"small print"', "neighb"]
    return {
        "studies": lambda: "/",
        "study": lambda: base,
        "interviews": lambda: f"{base}/interviews?offset={rng.randrange(0, max(1, len(interviews)), 30)}",
        "interview": lambda: f"{base}/interviews/{rng.choice(interviews)}",
        "findings": lambda: f"{base}/findings?offset={rng.randrange(0, 4_000, 40)}",
        "findings, filtered": lambda: f"{base}/findings?kind=emotion&phase={rng.choice(['use', 'intent', 'none'])}",
        "findings of a person": lambda: f"{base}/findings?person=P{rng.randrange(1, len(interviews)):04}",
        "findings with words": lambda: f"{base}/findings?q={rng.choice(words)}",
        "finding": lambda: f"{base}/findings/{rng.choice(findings)}",
        "themes": lambda: f"{base}/themes?kind={rng.choice(['motivation', 'emotion', 'touchpoint'])}",
        "find": lambda: f"{base}/find?q={rng.choice(words)}",
        "persona": lambda: f"{base}/personas/{rng.choice(personas)}",
        "journey map": lambda: f"{base}/maps/{rng.choice(maps)}",
        "review": lambda: f"{base}/review",
        "evidence of a claim": lambda: f"{base}/claims/{rng.choice(claims)}",
        "decisions": lambda: f"{base}/decisions",
        "uploads": lambda: f"{base}/uploads",
        "settings of the study": lambda: f"{base}/settings",
    }


def processor_ms(pid: int) -> float:
    """Processor time of a process so far, which other work on the machine does not change; 0 where it is not told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def measure_pages(address: str, db: Path, times: int, pid: int) -> bool:
    """Ask for each page one after the other, and say what it took; whether all goals were met."""
    good = True
    with httpx.Client(base_url=address, headers={"accept-encoding": "gzip"}, timeout=60) as client:
        shared = shared_bytes(client)
        print(f"styles, scripts and fonts: {shared / 1000:.0f} kB once")
        print(f"{'page':24} {'first':>8} {'p50 ms':>8} {'p95 ms':>8} {'cpu ms':>8} {'kB on the wire':>15}")
        for name, page in pages(db).items():
            waits, weight, status, worked = [], 0, 0, 0.0
            for _ in range(times + 1):
                worked = processor_ms(pid) if len(waits) == 1 else worked
                begun = time.perf_counter()
                with client.stream("GET", page()) as answer:
                    raw = sum(len(part) for part in answer.iter_raw())
                waits.append((time.perf_counter() - begun) * 1000)
                weight, status = max(weight, raw), answer.status_code
                if status != 200:
                    break
            if status != 200:
                print(f"{name:24} answers {status}: not measured")
                good = False
                continue
            p95 = percentile(waits[1:], 0.95)
            met = p95 < PAGE_GOAL and weight + shared < WIRE_GOAL
            good = good and met
            cpu = (processor_ms(pid) - worked) / times
            print(f"{name:24} {waits[0]:8.0f} {percentile(waits[1:], 0.5):8.0f} {p95:8.0f} {cpu:8.0f} "
                  f"{weight / 1000:15.1f}{'' if met else '   OVER'}")  # fmt: skip
    return good


def shared_bytes(client: httpx.Client) -> int:
    """What a browser loads besides the page, at its first view."""
    page = client.get("/").text
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    total = 0
    for file in files:
        with client.stream("GET", file) as answer:
            total += sum(len(part) for part in answer.iter_raw())
    return total


def send(client: httpx.Client, tally: Tally, address: str, taken: int, **sent: Any) -> httpx.Response | None:
    """Send a decision and count what came of it; `taken` is the status of one that was. None without an answer."""
    begun = time.perf_counter()
    try:
        answer = client.post(address, **sent)
    except httpx.HTTPError as error:
        with tally.lock:
            tally.errors[type(error).__name__] += 1
        return None
    wait = (time.perf_counter() - begun) * 1000
    with tally.lock:
        tally.waits.append(wait)
        if answer.status_code == taken:
            tally.taken += 1
        elif answer.status_code == 409:
            tally.conflicts += 1
        else:
            tally.errors[f"{answer.status_code} {answer.text[:80]}"] += 1
    return answer


def next_claim(rng: random.Random, own: list[str], claims: list[str], turn: int) -> str:
    """People go through their own part of the queue; now and then somebody takes one that is another's."""
    return rng.choice(claims) if rng.random() < ANOTHERS else own[turn % len(own)]


def read_and_decide(
    address: str, study: str, claims: list[str], own: list[str], until: float, tally: Tally, pause: float
) -> None:
    """One person with a browser: opens a claim, reads it, sends its form, until the time is over."""
    rng, turn = random.Random(own[0]), 0
    with httpx.Client(base_url=address, timeout=60) as client:
        time.sleep(rng.uniform(0, pause))
        while time.monotonic() < until:
            claim, turn = next_claim(rng, own, claims, turn), turn + 1
            page = client.get(f"/studies/{study}/claims/{claim}?people=30").text
            form = {name: value for name, value in FIELD.findall(page) if name in ("csrf", "seen")}
            read = [value for name, value in FIELD.findall(page) if name == "read" and value]
            form |= {"back": "queue", "action": "accept", "read": read[0]} if read else {
                "back": "queue", "action": "reject", "why": "Read."
            }  # fmt: skip
            time.sleep(rng.expovariate(1 / pause))
            send(client, tally, f"/studies/{study}/claims/{claim}", 303, data=form)


def decide_without_pause(
    address: str, study: str, claims: list[str], own: list[str], until: float, tally: Tally
) -> None:
    """One program that decides as fast as it is answered; goes by what the answers say."""
    rng, turn = random.Random(own[0]), 0
    seen: dict[str, dict[str, str]] = {}
    with httpx.Client(base_url=address, timeout=60) as client:
        while time.monotonic() < until:
            claim, turn = next_claim(rng, own, claims, turn), turn + 1
            body: dict[str, object] = {
                "claim_id": claim, "action": "reject", "why": "Read.", "by": f"person {own[0]}", "draft_id": "unknown",
            }  # fmt: skip
            if turn % 2:
                body |= {"action": "edit", "text": f"Put otherwise, {turn}."}
            if claim in seen:
                body["seen"] = seen[claim]
            answer = send(client, tally, f"/api/v1/studies/{study}/decisions", 201, json=body)
            if answer is not None and answer.status_code in (201, 409):
                now = answer.json().get("claim" if answer.status_code == 201 else "current")
                if now:
                    seen[claim] = {"text": now["text"], "state": now["state"]}


def measure_deciding(address: str, db: Path, people: int, seconds: int, pause: float) -> bool:
    """People who decide at once while another process stores findings; whether nothing was lost and nothing locked.

    Args:
        address: of the service.
        db: its database.
        people: how many.
        seconds: for how long.
        pause: seconds that each of them reads before a decision, in the mean; 0: programs that never pause.
    """
    found = sqlite3.connect(db)
    study = found.execute("select id from studies").fetchone()[0]
    claims = [row[0] for row in found.execute("select id from claims order by id")]
    before = found.execute("select count(*) from decisions").fetchone()[0]
    writer = subprocess.Popen(
        [sys.executable, __file__, str(db), "--store"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    tally = Tally()
    until = time.monotonic() + seconds
    parts = [claims[one::people] or claims for one in range(people)]
    threads = [
        threading.Thread(target=read_and_decide, args=(address, study, claims, own, until, tally, pause))
        if pause
        else threading.Thread(target=decide_without_pause, args=(address, study, claims, own, until, tally))
        for own in parts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.send_signal(signal.SIGTERM)
    out, err = writer.communicate(timeout=120)
    stored = found.execute("select count(*) from decisions").fetchone()[0] - before
    found.close()
    lost = tally.taken - stored
    told = json.loads(out.decode() or "{}")
    p95 = percentile(tally.waits, 0.95)
    who = f"people who read {pause:g} s before each decision" if pause else "programs without pause"
    print(f"\n{people} {who} for {seconds} s: {tally.taken} decisions, {tally.conflicts} times another was first, "
          f"p50 {percentile(tally.waits, 0.5):.0f} ms, p95 {p95:.0f} ms"
          f"{'   OVER' if pause and p95 >= DECISION_GOAL else ''}")  # fmt: skip
    print(f"meanwhile stored: {told.get('interviews', 0)} interviews, {told.get('findings', 0)} findings")
    print(f"lost decisions: {lost}; errors: {dict(tally.errors) or 'none'}; "
          f"the run: {err.decode().strip().splitlines()[-1] if err.strip() else 'no error'}")  # fmt: skip
    return lost == 0 and not tally.errors and not err.strip() and (not pause or p95 < DECISION_GOAL)


def measure_one_decision(address: str, db: Path, times: int) -> bool:
    """One person who decides, one after the other; whether the goal was met."""
    found = sqlite3.connect(db)
    study = found.execute("select id from studies").fetchone()[0]
    claims = [row[0] for row in found.execute("select id from claims")]
    found.close()
    tally = Tally()
    rng = random.Random(5)
    with httpx.Client(base_url=address, timeout=60) as client:
        for claim in rng.sample(claims, min(times, len(claims))):
            body = {"claim_id": claim, "action": "reject", "why": "Read.", "by": "one", "draft_id": "unknown"}
            send(client, tally, f"/api/v1/studies/{study}/decisions", 201, json=body)
    p95 = percentile(tally.waits, 0.95)
    print(f"\none person, {tally.taken} decisions: p50 {percentile(tally.waits, 0.5):.0f} ms, p95 {p95:.0f} ms"
          f"{'' if p95 < DECISION_GOAL else '   OVER'}; errors: {dict(tally.errors) or 'none'}")  # fmt: skip
    return p95 < DECISION_GOAL and tally.taken > 0 and not tally.errors and not tally.conflicts


def store_findings(db: str) -> None:
    """Be a run: store interviews with their findings at full speed until told to stop."""
    from make_service_db import make_findings, make_transcript

    from synth.chunk import chunk_lines
    from synth.frameworks import load_framework
    from synth.store import Coding, open_store

    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    store, rng, framework = open_store(db), random.Random(11), load_framework()
    study = store.studies()[0]
    interviews = findings = 0
    # As `synth run` does while it reads.
    with closing(store), store.writing_much():
        while not asked.is_set():
            interviews += 1
            transcript = make_transcript(5_000 + interviews, 100, rng, None)
            store.put_transcript(study, transcript, names="replaced")
            found = make_findings(transcript, 300, framework, rng)
            for chunk in chunk_lines(transcript):
                here = [one for one in found if chunk.first_line <= one.evidence.first_line <= chunk.last_line]
                key = f"{transcript.id}-{chunk.first_line}"
                coding = Coding(transcript.id, key, chunk.first_line, chunk.last_line, "bench", "1", "coded")
                store.put_coding(study, chunk, coding, here)
                findings += len(here)
                if asked.is_set():
                    break
    print(json.dumps({"interviews": interviews, "findings": findings}))


def main() -> None:
    """Measure, and say what is over its goal."""
    parser = argparse.ArgumentParser(description="Measure the service over a large database.")
    parser.add_argument("db")
    parser.add_argument("--times", type=int, default=60, help="how often each page is asked for")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--pause", type=float, default=5, help="seconds that each person reads before a decision")
    parser.add_argument("--only", choices=("pages", "deciding"))
    parser.add_argument("--store", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.store:
        store_findings(asked.db)
        return
    copy = Path(asked.db).with_suffix(".bench.db")
    shutil.copy(asked.db, copy)
    process, address = start(copy)
    good = True
    try:
        if asked.only != "deciding":
            good = measure_pages(address, copy, asked.times, process.pid)
        if asked.only != "pages":
            good = measure_one_decision(address, copy, asked.times) and good
            good = measure_deciding(address, copy, asked.people, asked.seconds, asked.pause) and good
            good = measure_deciding(address, copy, asked.people, asked.seconds, 0) and good
    finally:
        process.terminate()
        process.wait(20)
        for file in copy.parent.glob(f"{copy.stem}*"):
            file.unlink()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
