"""Reading files in processes of their own, beside whatever else this one does.

Reading keeps a processor busy, and while a model's client is imported Python does one thing at a time: both take as
long as the two together. Other processes read meanwhile, on other processors. What they give is what reading here
gives, in the same order; a process that dies, or cannot be started, costs nothing but time: its file is read here.
Where nobody goes on taking what was read, as after Ctrl-C, reading ends at once.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue

from synth.domain import Transcript
from synth.errors import ReadError
from synth.parse.files import FoundFile
from synth.parse.reading import parse_bytes
from synth.parse.same import KnownSpeech
from synth.parse.settings import ReadSettings
from synth.pipes import Process, answers, receive, send, spare_processors

_WORTH_BYTES = 200_000
"""Below this it is read before another process has started."""
_MOST_PROCESSES = 4
_AHEAD = 4
"""Files a process that are read before they are taken, at the most."""
_START = "from synth.parse.elsewhere import answer; answer()"


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What became of a file."""

    source: str = ""
    """SHA-256 of its bytes as they were read."""
    transcripts: tuple[Transcript, ...] = ()
    samples: tuple[tuple[int, ...], ...] = ()
    """For each transcript what `KnownSpeech` tells it by."""
    why: str | None = None
    """Why it could not be read."""


def read_one(file: FoundFile, settings: ReadSettings) -> ReadFile:
    """Read a file and say what is in it, or why it cannot be told."""
    try:
        data = file.read(settings)
        transcripts = tuple(parse_bytes(data, file.name, settings))
    except ReadError as error:
        return ReadFile(why=error.why)
    known = KnownSpeech()
    samples = tuple(tuple(known.sample(transcript)) for transcript in transcripts)
    return ReadFile(hashlib.sha256(data).hexdigest(), transcripts, samples)


def read_all(files: Sequence[FoundFile], settings: ReadSettings, size: int) -> Generator[ReadFile, None, None]:
    """What became of each file, in their order; read in other processes where there is enough to read.

    Args:
        files: to be read.
        settings: how to read.
        size: of all of them, in bytes.
    """
    spare = min(_MOST_PROCESSES, spare_processors(), len(files))
    if size < _WORTH_BYTES or spare < 1:
        for file in files:
            yield read_one(file, settings)
        return
    processes: SimpleQueue[_Process] = SimpleQueue()
    started = [_Process(settings) for _ in range(spare)]
    for process in started:
        processes.put(process)

    def read(file: FoundFile) -> ReadFile | None:
        process = processes.get()
        try:
            return process.read(file)
        finally:
            processes.put(process)

    def taken(file: FoundFile, future: Future[ReadFile | None]) -> ReadFile:
        found = future.result()
        # Whatever went wrong there goes wrong here too, where it can be seen; and in this thread, which can be ended.
        return read_one(file, settings) if found is None else found

    waiting: deque[tuple[FoundFile, Future[ReadFile | None]]] = deque()
    with ThreadPoolExecutor(spare, thread_name_prefix="reading") as pool:
        try:
            for file in files:
                waiting.append((file, pool.submit(read, file)))
                if len(waiting) >= _AHEAD * spare:
                    yield taken(*waiting.popleft())
            while waiting:
                yield taken(*waiting.popleft())
        finally:
            for _, future in waiting:
                future.cancel()
            for process in started:
                process.stop()


class _Process:
    """Another process that reads."""

    def __init__(self, settings: ReadSettings) -> None:
        self._settings = settings
        self._process: Process | None = None
        with suppress(OSError):
            self._process = Process(_START)

    def read(self, file: FoundFile) -> ReadFile | None:
        """What it says of a file; None where it does not answer, or there is no such process."""
        if self._process is not None:
            try:
                self._process.send((file, self._settings))
                found = self._process.receive()
            except (OSError, EOFError):
                self.stop()
            else:
                if isinstance(found, ReadFile):
                    return found
        return None

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.stop()
            self._process = None


def answer() -> None:
    """Be such a process: answer until nobody asks any more."""
    questions, out = answers()
    with suppress(EOFError, BrokenPipeError):
        while True:
            file, settings = receive(questions)
            try:
                found: object = read_one(file, settings)
            except Exception as error:  # a defect: told where the file is read again
                found = type(error).__name__
            send(out, found)
