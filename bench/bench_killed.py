"""A run that is killed with SIGKILL at random moments, started again each time, and looked at in the end.

    python -m bench.bench_killed                 50 kills over 10 studies of 200 interviews each
    python -m bench.bench_killed --kills 5

For every kill: how many calls were under way, and how many of those that were made again had been answered and stored
(none may be). For every study: whether its findings and its draft are those of a run that nobody disturbed, none lost
and none twice. The analyst of the child notes every call in a file before it answers, so that the file tells what was
under way when the process died.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench.make_study import write_study
from bench.scripted import PlantedAnalyst
from synth.analyst import Answer, Request, Task
from synth.domain import content_id
from synth.pipeline.loading import load_results
from synth.pipeline.progress import Silent
from synth.pipeline.run import RunSettings, run_study
from synth.store import open_store

LANES = 8
STUDY = "K"


class NotingAnalyst(PlantedAnalyst):
    """Notes every call before it answers, and takes a while."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def answer(self, task: Task, request: Request, complaint: str | None = None) -> Answer:
        """After a pause that depends on the request alone."""
        os.write(self._log, f"{request.key}{'' if complaint is None else content_id(complaint)}\n".encode())
        await asyncio.sleep(0.01 + int(request.key[:2], 16) / 256 * 0.03)
        return await super().answer(task, request, complaint)


def child(folder: str, database: str, log: str) -> None:
    """One run."""
    settings = RunSettings.make(
        [folder], db=database, study=STUDY, model="scripted", out_dir=str(Path(database).parent), language="en",
        concurrency=LANES,
    )  # fmt: skip
    run_study(settings, Silent(), NotingAnalyst(Path(log)))


def start(folder: Path, database: Path, log: Path) -> subprocess.Popen[bytes]:
    """A run in a process of its own."""
    command = [sys.executable, "-m", "bench.bench_killed", "--child", str(folder), str(database), str(log)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def made(log: Path) -> list[str]:
    """The keys of all calls that were begun so far."""
    return log.read_text("utf-8").splitlines() if log.exists() else []


def kept(database: Path, keys: set[str]) -> set[str]:
    """Those of these calls whose answers are stored."""
    if not database.exists():
        return set()
    store = open_store(str(database))
    try:
        return {key for key in keys if store.answer(key) is not None}
    finally:
        store.close()


def outcome(database: Path) -> tuple[list[str], list[str], Counter[str]]:
    """Findings, claims of the draft, and how often each chunk is coded."""
    store = open_store(str(database))
    try:
        study = store.study(STUDY)
        results = load_results(store, study)
        codings = Counter(f"{coding.transcript_id}:{coding.first_line}" for coding in store.codings(study))
        findings = [repr(finding) for finding in results.findings]
        return findings, sorted(claim.id for claim in results.draft.claims()), codings
    finally:
        store.close()


@dataclass
class Kills:
    """What a number of kills came to."""

    kills: int = 0
    calls: int = 0
    repeated: int = 0
    most_under_way: int = 0
    answered_and_repeated: int = 0
    """Calls made again although their answer was stored when the process died: none may be."""


def kill_and_go_on(folder: Path, place: Path, moments: list[int], whole: int) -> Kills:
    """Run over a folder, killed each time after so many further calls (or a while, where that is 0), then to the end.

    Args:
        folder: with interviews.
        place: where the database goes.
        moments: how many calls to wait for before each kill.
        whole: how many calls an undisturbed run makes, for runs that end before they are killed.
    """
    database, log, found = place / "k.db", place / "calls.log", Kills()
    waiting = threading.Event()
    for calls in moments:
        before = len(made(log))
        process = start(folder, database, log)
        while process.poll() is None and len(made(log)) < min(before + calls, whole):
            waiting.wait(0.004)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            found.kills += 1
        _end(process, killed=True)
        begun = made(log)
        stored = kept(database, set(begun))
        found.most_under_way = max(found.most_under_way, len(set(begun) - stored))
        # From here on no call whose answer is stored may be made.
        process = start(folder, database, log)
        while process.poll() is None and len(made(log)) < min(len(begun) + LANES, whole):
            waiting.wait(0.004)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            found.kills += 1
        _end(process, killed=True)
        found.answered_and_repeated += len(stored.intersection(made(log)[len(begun) :]))
    process = start(folder, database, log)
    _end(process, killed=False)
    counted = Counter(made(log))
    found.calls, found.repeated = len(counted), sum(counted.values()) - len(counted)
    return found


def _end(process: subprocess.Popen[bytes], *, killed: bool) -> None:
    error = process.communicate(timeout=300)[1]
    if process.returncode != 0 and not killed:
        raise SystemExit(error.decode())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Runs that are killed.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--interviews", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(*options.child)
        return
    rng, began, total = random.Random(options.seed), time.monotonic(), Kills()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "interviews"
        write_study(folder, options.interviews, words=100)
        calm = Path(place) / "calm"
        calm.mkdir()
        undisturbed = kill_and_go_on(folder, calm, [], 0)
        expected, same, studies = outcome(calm / "k.db"), True, 0
        while total.kills < options.kills:
            studies += 1
            killed = Path(place) / str(studies)
            killed.mkdir()
            moments = [rng.randrange(0, undisturbed.calls // 2) for _ in range(3)]
            found = kill_and_go_on(folder, killed, moments, undisturbed.calls)
            same = same and outcome(killed / "k.db") == expected
            total.kills += found.kills
            total.repeated += found.repeated
            total.most_under_way = max(total.most_under_way, found.most_under_way)
            total.answered_and_repeated += found.answered_and_repeated
    figures = {
        "kills": total.kills, "studies": studies, "calls_of_a_study": undisturbed.calls, "lanes": LANES,
        "most_under_way_at_a_kill": total.most_under_way, "repeated": total.repeated,
        "repeated_at_most": total.kills * LANES, "answered_and_repeated": total.answered_and_repeated,
        "findings": len(expected[0]), "same_findings_and_drafts": same, "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip
    print(json.dumps(figures, indent=1))
    if total.answered_and_repeated or not same or total.repeated > total.kills * LANES:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
