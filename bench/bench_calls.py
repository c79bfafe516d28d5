"""Lanes, losses and costs of asking a model, beside langextract and bare litellm, against a server on loopback.

    python -m bench.bench_calls                                  16 and 64 lanes, faults: two minutes on an idle machine
    python -m bench.bench_calls --quick                          16 lanes and the worst of the faults, 40 seconds
    python -m bench.bench_calls --langextract VENV/bin/python    beside langextract, installed there and not here
    python -m bench.bench_calls --make-venv FOLDER               makes that environment with pip, then as above

Two tables, and on stderr what is being measured. `lanes`: every call takes 400 ms, and interviews of 42,000 words give
ten each, so that calls make whole rounds (fifteen at 16 lanes, ten at 64) and no lane stands idle in the last for want
of them; ideal is rounds x 0.4 s, and ratio the time from first call to last answer of the reading, divided by it. Bare
litellm, as it comes, sends the same requests through as many lanes and does nothing else: its ratio is what the machine
and litellm allow. `cpu_ms` is what the client took of the processor for each call between the first and the last of
them: `asking_ms` of it on the thread that renders, asks, reads and checks, the rest mostly in storing and indexing what
was found, on another; `server_ms` is what the server took, in its own process. What either imports is there before.
`in` and `out` are the characters that were sent for each character of transcript, and answered for each finding.
Replies have a finding on every fifth of people's lines, 87 in each; the first number of lanes is measured once more
with one on every third, 145 in each, which is nearly as dense as the careful coding in `fixtures/gold`: 152 for as much
text. `start-up` is measured by itself, on twenty interviews of 4,000 words: from the start of the process to the first
call; bare litellm's is its import and its first call.

`losses`: a tenth of the calls failing, a tenth of the replies broken, one in a hundred without an answer, requests
refused above a quarter of the rate, and all of it together.

These are reports and no tests: on a machine that does something else meanwhile, times mean nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import compileall
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import synth
from bench.make_study import write_study
from bench.server import Knobs, started

SECONDS = 0.4
MODEL = "openai/m"
READING = "Reading interviews"


class ReadEnough(Exception):
    """Reading was all that is measured."""


class Cpu:
    """Progress that notes what reading takes of this process's CPU time, and ends the run after it."""

    def __init__(self) -> None:
        self.spent = 0.0
        self.asking = 0.0
        """The part of it on the thread that asks."""
        self._step, self._began, self._thread = "", 0.0, 0.0

    def begin(self, step: str, total: int) -> None:
        """A step begins."""
        del total
        self._step, self._began, self._thread = step, time.process_time(), time.thread_time()

    def advance(self, count: int = 1) -> None:
        """Nothing."""

    def end(self) -> None:
        """The step is over."""
        if self._step == READING:
            self.spent = time.process_time() - self._began
            self.asking = time.thread_time() - self._thread
            raise ReadEnough

    def say(self, message: str) -> None:
        """Nothing."""


# --- What is measured, each in a process of its own --------------------------------------------------------------


def child_synth(folder: str, lanes: str, timeout: str) -> None:
    """One run of Synth; prints its report."""
    from synth.pipeline.progress import Silent
    from synth.pipeline.run import run_study

    with tempfile.TemporaryDirectory() as out:
        report = run_study(_settings(folder, lanes, timeout, out), Silent())
    print(json.dumps(report.as_json() | {"exit": report.exit_status}))


def child_reading(folder: str, lanes: str, timeout: str) -> None:
    """Only the calls of reading, with litellm there before; prints what they took."""
    from synth.llm import load_litellm
    from synth.pipeline.run import run_study
    from synth.store import open_store

    load_litellm()
    cpu = Cpu()
    with tempfile.TemporaryDirectory() as out:
        with suppress(ReadEnough):
            run_study(_settings(folder, lanes, timeout, out), cpu)
        store = open_store(f"{out}/s.db")
        findings = len(store.findings(store.study("B")))
    print(json.dumps({"findings": findings, "cpu": cpu.spent, "asking": cpu.asking}))


def _settings(folder: str, lanes: str, timeout: str, out: str) -> Any:
    from synth.pipeline.run import RunSettings

    os.environ["SYNTH_TIMEOUT_SECONDS"] = timeout
    return RunSettings.make(
        [folder], db=f"{out}/s.db", study="B", model=MODEL, out_dir=out, names="keep", language="en",
        concurrency=int(lanes),
    )  # fmt: skip


def child_bare(requests: str, lanes: str, timeout: str) -> None:
    """The same requests by litellm alone; prints the CPU of asking, and what importing took."""
    from synth.llm import load_litellm

    began = time.monotonic()
    litellm = load_litellm()
    litellm.turn_off_message_logging = False  # Synth asks for it where it asks litellm; it makes a call dearer
    imported = time.monotonic() - began
    import openai.resources.chat.completions  # noqa: F401  # else its first call would, for a quarter of a second

    bodies = [json.loads(line) for line in Path(requests).read_text("utf-8").splitlines()]

    async def ask_all() -> float:
        lane = asyncio.Semaphore(int(lanes))

        async def ask(body: dict[str, Any]) -> None:
            async with lane:
                await litellm.acompletion(
                    model=MODEL, messages=body["messages"], response_format=body["response_format"],
                    temperature=0, seed=7, timeout=float(timeout), num_retries=0, max_retries=0, drop_params=True,
                )  # fmt: skip

        cpu = time.process_time()
        await asyncio.gather(*(ask(body) for body in bodies))
        return time.process_time() - cpu

    spent = asyncio.run(ask_all())
    print(json.dumps({"calls": len(bodies), "cpu": spent, "import": imported}))


LANGEXTRACT = """
import json, sys, time, logging
logging.disable(logging.CRITICAL)
from pathlib import Path
folder, lanes, base_url = sys.argv[1], int(sys.argv[2]), sys.argv[3]
import langextract as lx
from langextract.providers.openai import OpenAILanguageModel
example = lx.data.ExampleData(
    text="Interviewer: How was that?\\n\\nP0: I was annoyed about the bill. So I called them.",
    extractions=[
        lx.data.Extraction(extraction_class="emotion", extraction_text="I was annoyed about the bill.", attributes={
            "label": "annoyed about the bill", "phase": "use", "sure": "6", "emotion": "anger", "valence": "-1",
            "intensity": "2", "stated": "True"}),
        lx.data.Extraction(extraction_class="touchpoint", extraction_text="So I called them.", attributes={
            "label": "calls the supplier", "phase": "use", "sure": "6", "channel": "phone"}),
    ],
)
prompt = ("Find motivations, emotions and touchpoints in this interview, in order of appearance. Use exact text of "
          "the participant. Give label, phase, how sure you are (1 to 9), and driver, emotion, valence or channel.")
model = OpenAILanguageModel(model_id="m", api_key="none", base_url=base_url, max_workers=lanes)
documents = [lx.data.Document(text=path.read_text("utf-8"), document_id=path.name)
             for path in sorted(Path(folder).glob("*.txt"))]
cpu = time.process_time()
error, found, kept = None, 0, 0
try:
    for document in lx.extract(documents, prompt_description=prompt, examples=[example], model=model,
                               max_workers=lanes, batch_length=max(10, lanes), show_progress=False):
        found += len(document.extractions or [])
except Exception as failed:
    error = type(failed).__name__
print(json.dumps({"findings": found, "cpu": time.process_time() - cpu, "error": error}))
"""


def tell(what: str) -> None:
    """Say on stderr what is measured now."""
    print(what, file=sys.stderr, flush=True)


def run_child(what: str, *words: str, base_url: str, python: str = sys.executable) -> dict[str, Any]:
    """A child's last line as JSON, and when it was started and ended."""
    environment = {**os.environ, "OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "none"}
    if what == "langextract":
        command = [python, "-c", LANGEXTRACT, *words, base_url]
    elif what == "synth run":
        command = [python, "-m", "synth", "run", *words]
    else:
        command = [python, "-m", "bench.bench_calls", "--child", what, *words]
    tell(f"  {what} ...")
    began = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=580, check=False)
    if done.returncode or not done.stdout.strip():
        raise SystemExit(done.stderr[-2000:])
    tell(f"  {what}: {time.monotonic() - began:.1f} s")
    said = done.stdout.strip()
    found: dict[str, Any] = json.loads(said if what == "synth run" else said.splitlines()[-1])
    return found | {"began": began, "ended": time.monotonic()}


# --- The tables --------------------------------------------------------------------------------------------------


def measure_start_up() -> list[dict[str, Any]]:
    """From the start of the process to the first call, on interviews as most are."""
    tell("start-up")
    # As pip does with what it installs, litellm among it.
    compileall.compile_dir(Path(synth.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory() as place:
        folder, kept = Path(place) / "study", f"{place}/requests.jsonl"
        write_study(folder, 20, 4_000)
        # As a user gives it: files are read, names are replaced, and no part of it is there before.
        with started(Knobs(SECONDS, keep=kept)) as server:
            report = run_child("synth run", *_as_given(folder, place, 16), base_url=server.base_url)
        stats = server.stats
        only_coding(kept)
        with started(Knobs(SECONDS)) as server:
            bare = run_child("bare", kept, "16", "120", base_url=server.base_url)
    own = {
        "who": "synth", "interviews": 20, "start_up_s": stats["first"] - report["began"],
        "drafting_s": stats["last"] - stats["last_coded"], "whole_s": report["ended"] - report["began"],
    }  # fmt: skip
    first = server.stats["first"] - bare["began"]
    return [own, {"who": "bare litellm", "start_up_s": first, "import_s": bare["import"]}]


def _as_given(folder: Path, place: str, lanes: int) -> tuple[str, ...]:
    """The words of `synth run` as a user gives them, with its files in another place."""
    words = (str(folder), "--model", MODEL, "--db", f"{place}/s.db", "--out", place, "--language", "en")
    return (*words, "--concurrency", str(lanes), "--json")


def measure_lanes(folder: Path, lanes: int, every: int = Knobs.every) -> list[dict[str, Any]]:
    """Synth, and bare litellm with the same requests, at so many lanes.

    Synth twice: its calls alone, in one process; and `synth run`, whose calls are made by a process of their own.
    Replies have a finding on `every` so many of people's lines.
    """
    tell(f"{lanes} lanes, a finding on every {every} lines")
    size, knobs = _characters(folder), Knobs(SECONDS, every=every)
    with tempfile.TemporaryDirectory() as kept:
        requests = f"{kept}/requests.jsonl"
        with started(replace(knobs, keep=requests)) as server:
            report = run_child("reading", str(folder), str(lanes), "120", base_url=server.base_url)
        stats, calls = server.stats, server.stats["distinct"]
        with started(knobs) as server:
            bare = run_child("bare", requests, str(lanes), "120", base_url=server.base_url)
        bare_stats = server.stats
        with started(knobs) as server:
            # Names of interviews as long as these take longer than their calls.
            run_child("synth run", *_as_given(folder, kept, lanes), "--names", "keep", base_url=server.base_url)
    own = _lane_row("synth", lanes, calls, size, stats, report["cpu"], report["findings"])
    floor = _lane_row("bare litellm", lanes, bare["calls"], size, bare_stats, bare["cpu"], 0)
    own |= {
        "findings_a_call": report["findings"] / calls,
        "asking_ms": 1000 * report["asking"] / calls,
        "cpu_of_bare": own["cpu_ms"] / floor["cpu_ms"],
    }
    whole = _lane_row("synth run", lanes, calls, size, server.stats, None, 0)
    return [own | {"asking_of_bare": own["asking_ms"] / floor["cpu_ms"]}, whole, floor]


def measure_langextract(python: str) -> list[dict[str, Any]]:
    """langextract at 16 lanes, on interviews as most are: it cuts a thousand characters for a call."""
    tell("langextract")
    with tempfile.TemporaryDirectory() as place:
        write_study(Path(place), 20, 4_000)
        with started(Knobs(SECONDS, quotes=True)) as server:
            report = run_child("langextract", place, "16", base_url=server.base_url, python=python)
        calls, size = server.stats["distinct"], _characters(Path(place))
        row = _lane_row("langextract", 16, calls, size, server.stats, report["cpu"], report["findings"])
    return [row | {"start_up_s": server.stats["first"] - report["began"]}]


def _characters(folder: Path) -> int:
    return sum(len(path.read_text("utf-8")) for path in folder.glob("*.txt"))


def only_coding(requests: str) -> None:
    """Leave of the requests those that code a chunk."""
    lines = Path(requests).read_text("utf-8").splitlines()
    schemas = (json.loads(line)["response_format"]["json_schema"]["schema"] for line in lines)
    kept = [line for line, schema in zip(lines, schemas, strict=True) if "emotions" in schema["properties"]]
    Path(requests).write_text("\n".join(kept), encoding="utf-8")


def _lane_row(
    who: str,
    lanes: int,
    calls: int,
    size: int,
    stats: dict[str, Any],
    cpu: float | None,
    findings: int,
) -> dict[str, Any]:
    ideal = -(-calls // lanes) * SECONDS
    took = stats["last_coded"] - stats["first"]
    return {
        "who": who, "lanes": lanes, "calls": calls, "ideal_s": ideal, "took_s": took, "ratio": took / ideal,
        "cpu_ms": None if cpu is None else 1000 * cpu / calls, "server_ms": 1000 * stats["cpu"] / calls,
        "findings": findings, "most_under_way": stats["most_under_way"],
        "out": stats["characters"].get("out", 0) / findings if findings else None,
        "in": stats["characters"].get("in_coded", 0) / size,
    }  # fmt: skip


FAULTS = {
    "10 % errors": Knobs(0.1, errors=0.1),
    "10 % broken": Knobs(0.1, broken=0.1),
    "1 % hanging": Knobs(0.1, hanging=0.01),
    "429 above a quarter": Knobs(0.4, per_second=10),
    "all together": Knobs(0.4, errors=0.1, broken=0.1, hanging=0.01, per_second=10),
}


def measure_losses(folder: Path, faults: list[str], langextract: str | None) -> Iterator[list[dict[str, Any]]]:
    """What is lost and what is asked twice, where things go wrong, at 16 lanes; fault by fault."""
    tell("Nothing goes wrong")
    with started(Knobs(0.01)) as server:
        expected = _findings(run_child("synth", str(folder), "16", "120", base_url=server.base_url))
    others = 0
    if langextract:
        with started(Knobs(0.01, quotes=True)) as server:
            whole = run_child("langextract", str(folder), "16", base_url=server.base_url, python=langextract)
        others = whole["findings"]
    for name in faults:
        tell(name)
        with started(FAULTS[name]) as server:
            # A call without an answer is given up after 5 seconds, not after two minutes.
            report = run_child("synth", str(folder), "16", "5", base_url=server.base_url)
        row = _loss_row("synth", name, server.stats, expected, _findings(report))
        rows = [row | {"named": len(report["chunks_failed"]), "exit": report["exit"]}]
        if langextract:
            rows.append(_loss_of_langextract(folder, name, langextract, others))
        yield rows


def _loss_of_langextract(folder: Path, name: str, python: str, expected: int) -> dict[str, Any]:
    if FAULTS[name].hanging:
        return {"who": "langextract", "fault": name, "note": "waits ten minutes for a call; not run"}
    with started(replace(FAULTS[name], quotes=True)) as server:
        report = run_child("langextract", str(folder), "16", base_url=server.base_url, python=python)
    row = _loss_row("langextract", name, server.stats, expected, report["findings"])
    return row | {"named": report["error"] or 0, "exit": 1 if report["error"] else 0}


def _findings(report: dict[str, Any]) -> int:
    return sum(report["findings"][kind] for kind in ("motivation", "emotion", "touchpoint"))


def _loss_row(who: str, name: str, stats: dict[str, Any], expected: int, found: int) -> dict[str, Any]:
    extra = stats["requests"] - stats["distinct"]
    return {
        "who": who, "fault": name, "expected": expected, "found": found, "lost": 1 - found / expected,
        "distinct": stats["distinct"], "requests": stats["requests"], "extra": extra / stats["distinct"],
        "outcomes": stats["outcomes"],
    }  # fmt: skip


def show(rows: list[dict[str, Any]]) -> None:
    """Rows as a table of their own columns."""
    names = list(dict.fromkeys(name for row in rows for name in row if not isinstance(row[name], dict)))
    cells = [names, *[[_spell(row.get(name)) for name in names] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(names))]
    for row in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    print()


def _spell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "–" if value is None else str(value)


def make_venv(folder: str) -> str:
    """An environment with langextract in it, made where it is not there yet; its Python."""
    python = Path(folder) / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "langextract", "openai"], check=True)
    return str(python)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Asking, beside other tools.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--lanes", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--langextract", metavar="PYTHON", help="of an environment that has langextract and openai")
    parser.add_argument("--make-venv", metavar="FOLDER", help="make that environment here")
    parser.add_argument("--only", choices=("start-up", "lanes", "losses"))
    parser.add_argument("--fault", choices=list(FAULTS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        {"synth": child_synth, "reading": child_reading, "bare": child_bare}[options.child[0]](*options.child[1:])
        return
    langextract = make_venv(options.make_venv) if options.make_venv else options.langextract
    found: dict[str, list[dict[str, Any]]] = {}

    def add(table: str, rows: list[dict[str, Any]]) -> None:
        found.setdefault(table, []).extend(rows)
        if not options.json:
            show(rows)

    if options.only in (None, "start-up"):
        add("start-up", measure_start_up())
    if options.only in (None, "lanes"):
        for lanes in options.lanes[:1] if options.quick else options.lanes:
            with tempfile.TemporaryDirectory() as place:
                write_study(Path(place), 24 if lanes <= 16 else lanes, 42_000)
                add("lanes", measure_lanes(Path(place), lanes))
                if lanes == options.lanes[0]:
                    add("lanes", measure_lanes(Path(place), lanes, every=3))
        if langextract:
            add("lanes", measure_langextract(langextract))
    if options.only in (None, "losses"):
        faults = [options.fault] if options.fault else ["all together"] if options.quick else list(FAULTS)
        with tempfile.TemporaryDirectory() as place:
            write_study(Path(place), 20, 4_000)
            for rows in measure_losses(Path(place), faults, langextract):
                add("losses", rows)
    if options.json:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
