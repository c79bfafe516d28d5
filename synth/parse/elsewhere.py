"""Reading files in processes of their own, beside whatever else this one does.

Reading keeps a processor busy, and while a model's client is imported Python does one thing at a time: both take as
long as the two together. Other processes read meanwhile, on other processors. What they give is what reading here
gives, in the same order; a process that dies, or cannot be started, costs nothing but time: its file is read here.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import IO, Any

from synth.domain import Transcript
from synth.errors import ReadError
from synth.parse.files import FoundFile
from synth.parse.reading import parse_bytes
from synth.parse.same import KnownSpeech
from synth.parse.settings import ReadSettings

_WORTH_BYTES = 200_000
"""Below this it is read before another process has started."""
_MOST_PROCESSES = 4
_AHEAD = 4
"""Files a process that are read before they are taken, at the most."""
_START = "from synth.parse.elsewhere import answer; answer()"
_LENGTH = struct.Struct("!Q")


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
    spare = min(_MOST_PROCESSES, _processors() - 1, len(files))
    if size < _WORTH_BYTES or spare < 1 or not sys.executable:
        for file in files:
            yield read_one(file, settings)
        return
    processes: SimpleQueue[_Process] = SimpleQueue()
    started = [_Process(settings) for _ in range(spare)]
    for process in started:
        processes.put(process)

    def read(file: FoundFile) -> ReadFile:
        process = processes.get()
        try:
            return process.read(file)
        finally:
            processes.put(process)

    waiting: deque[Future[ReadFile]] = deque()
    with ThreadPoolExecutor(spare, thread_name_prefix="reading") as pool:
        try:
            for file in files:
                waiting.append(pool.submit(read, file))
                if len(waiting) >= _AHEAD * spare:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
            for process in started:
                process.stop()


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


class _Process:
    """Another process that reads, or this one where there is no other."""

    def __init__(self, settings: ReadSettings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError):
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                # Modules are found where they are found here.
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
            )  # fmt: skip

    def read(self, file: FoundFile) -> ReadFile:
        """Ask it, or read here where it does not answer."""
        process = self._process
        if process is not None and process.stdin is not None and process.stdout is not None:
            try:
                _send(process.stdin, (file, self._settings))
                found = _receive(process.stdout)
            except (OSError, EOFError):
                self.stop()
            else:
                if isinstance(found, ReadFile):
                    return found
        # Whatever went wrong there goes wrong here too, where it can be seen.
        return read_one(file, self._settings)

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()  # it holds nothing that could be lost
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _send(pipe: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    """What the other side sent; both are this program, and nobody else has the pipe."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)


def answer() -> None:
    """Be such a process: answer until nobody asks any more."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a reader of some format prints must not stand among the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            file, settings = _receive(sys.stdin.buffer)
            try:
                found: object = read_one(file, settings)
            except Exception as error:  # a defect: told where the file is read again
                found = type(error).__name__
            _send(answers, found)
