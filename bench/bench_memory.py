"""What a run over many interviews takes: seconds and peak memory, step by step, each number of interviews in a process.

    python -m bench.bench_memory                                  250, 500 and 1,000 interviews, scripted analyst
    python -m bench.bench_memory --reader offline                 the built-in reader, without sentence vectors
    python -m bench.bench_memory --reader loopback                litellm and a server on loopback
    python -m bench.bench_memory --interviews 10000 --words 500

Peak memory never falls, so a step shows what it adds to all before it. `own` is the process of the run; `all` is the
most that it and the processes that it started took at one moment of the step: those that read files, and the one in
which litellm asks. What several share is divided among them (PSS), so that the sum is what the machine gives; it is
looked at five times a second, on Linux. The scripted analyst answers at once with a few findings for every chunk: what
is measured is everything but the reading itself.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.make_study import write_study
from bench.scripted import PlantedAnalyst

READERS = ("scripted", "offline", "loopback")


class Whole:
    """The memory of this process and of those that it started, looked at again and again in a thread."""

    def __init__(self) -> None:
        self._peak = self.most = 0.0
        threading.Thread(target=self._look, daemon=True).start()

    def take(self) -> float:
        """The most since this was last asked, in MB."""
        peak, self._peak = max(self._peak, whole_mb()), 0.0
        self.most = max(self.most, peak)
        return peak

    def _look(self) -> None:
        while True:
            self._peak = max(self._peak, whole_mb())
            time.sleep(0.2)


def whole_mb() -> float:
    """What this process and those that it started take now; 0 where the system does not say."""
    mine = [str(os.getpid())]
    with suppress(OSError):
        for tasks in Path("/proc/self/task").iterdir():
            mine += (tasks / "children").read_text().split()
    total = 0
    for process in mine:
        with suppress(OSError):  # it has ended meanwhile
            said = Path(f"/proc/{process}/smaps_rollup").read_text()
            total += int(said.partition("\nPss:")[2].split()[0])
    return total / 1024


class Watch:
    """Progress that notes, for every step, its seconds and the peak memory when it ended."""

    def __init__(self) -> None:
        self.whole = Whole()
        self.steps: list[dict[str, Any]] = []
        self._began = self._last = time.monotonic()
        self._step = "starting"

    def begin(self, step: str, total: int) -> None:
        """What came before the step is noted too, as what leads to it."""
        self._note(f"before: {step}")
        self._step = f"{step} ({total})"

    def advance(self, count: int = 1) -> None:
        """Nothing."""

    def end(self) -> None:
        """Note the step."""
        self._note(self._step)

    def say(self, message: str) -> None:
        """Nothing."""

    def note(self, step: str) -> None:
        """Note something that is no step."""
        self._note(step)

    def close(self) -> None:
        """Note what came after the last step."""
        self._note("report and rest")

    def _note(self, step: str) -> None:
        now = time.monotonic()
        figures = {"peak_mb": round(peak_mb(), 1), "all_mb": round(self.whole.take(), 1)}
        self.steps.append({"step": step, "seconds": round(now - self._last, 2)} | figures)
        self._last = now


def peak_mb() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(folder: str, reader: str, out: str) -> None:
    """One run; prints its steps as JSON."""
    watch = Watch()
    from synth.pipeline.run import RunSettings, run_study

    watch.note("imports: Synth")
    if reader == "offline":
        import synth.offline  # noqa: F401

        watch.note("imports: the built-in reader")
    model = {"scripted": "scripted", "offline": "offline", "loopback": "openai/known-model"}[reader]
    settings = RunSettings.make([folder], db=f"{out}/study.db", study="Bench", model=model, out_dir=out, language="en")
    analyst = PlantedAnalyst() if reader == "scripted" else None
    report = run_study(settings, watch, analyst)
    watch.close()
    figures = {
        "interviews": report.read, "findings": sum(report.finding_counts.values()), "themes": report.themes,
        "personas": len(report.personas), "exit": report.exit_status, "seconds": round(report.seconds, 1),
        "peak_mb": round(peak_mb(), 1), "all_mb": round(watch.whole.most, 1),
        "database_mb": round(Path(f"{out}/study.db").stat().st_size / 1e6, 1),
        "report_mb": round(Path(report.report).stat().st_size / 1e6, 1) if report.report else None,
        "steps": watch.steps,
    }  # fmt: skip
    print(json.dumps(figures))


def measure(folder: Path, reader: str) -> dict[str, Any]:
    """One run in a process of its own."""
    environment = {**os.environ, "SYNTH_OFFLINE_EMBEDDINGS": "false", "OMP_NUM_THREADS": "1", "SYNTH_CONCURRENCY": "16"}
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "bench.bench_memory", "--child", str(folder), reader, out]
        if reader != "loopback":
            return _run(command, environment)
        from bench.scripted import planted_reply
        from tests.loopback import loopback

        with loopback(planted_reply) as server:
            return _run(command, environment | {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "none"})


def _run(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Seconds and peak memory of whole runs.")
    parser.add_argument("--interviews", type=int, nargs="+", default=[250, 500, 1000])
    parser.add_argument("--words", type=int, default=1500)
    parser.add_argument("--reader", choices=READERS, default="scripted")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(*arguments.child)
        return
    found = []
    for interviews in arguments.interviews:
        with tempfile.TemporaryDirectory() as folder:
            write_study(Path(folder), interviews, arguments.words)
            found.append(measure(Path(folder), arguments.reader) | {"reader": arguments.reader})
        if not arguments.json:
            show(found[-1])
    if arguments.json:
        print(json.dumps(found, indent=1))


def show(figures: dict[str, Any]) -> None:
    """One run as a table."""
    print(
        f"\n{figures['interviews']} interviews, {figures['reader']}: {figures['seconds']} s, "
        f"peak {figures['peak_mb']} MB, of all processes {figures['all_mb']} MB, "
        f"{figures['findings']} findings, {figures['themes']} themes, {figures['personas']} personas, "
        f"database {figures['database_mb']} MB, report {figures['report_mb']} MB"
    )
    for step in figures["steps"]:
        print(f"  {step['step']:44}{step['seconds']:9.2f} s{step['peak_mb']:9.1f} MB own{step['all_mb']:9.1f} MB all")


if __name__ == "__main__":
    main()
