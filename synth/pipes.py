"""Another process of this program, and values that go to it and come back.

It is this Python with these modules and this environment; whatever it is sent comes from here, and nobody else has its
pipes. It ends when it is stopped, and by itself when this process has ended, however that came.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import subprocess
import sys
from contextlib import suppress
from typing import IO, Any

_LENGTH = struct.Struct("!Q")
_PIPE_BYTES = 1 << 20
"""What may lie in a pipe, where the system lets one say so: whoever writes seldom waits for the reader."""


class Process:
    """One such process, from this side."""

    def __init__(self, start: str, *words: str) -> None:
        """Start it.

        Args:
            start: a Python statement that answers questions until nobody asks any more.
            words: what it finds in `sys.argv`.

        Raises:
            OSError: it cannot be started.
        """
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
            [sys.executable, "-P", "-c", start, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pipesize=_PIPE_BYTES,
            # Modules are found where they are found here.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
        )  # fmt: skip

    @property
    def id(self) -> int:
        """Of the process, as the system numbers it; 0 where it was stopped."""
        return self._process.pid if self._process is not None else 0

    def send(self, value: object) -> None:
        """Give it a value.

        Raises:
            OSError: it has ended.
        """
        if self._process is None or self._process.stdin is None:
            raise BrokenPipeError
        send(self._process.stdin, value)

    def receive(self) -> Any:
        """Wait for what it says next.

        Raises:
            OSError: it has ended.
            EOFError: it has ended.
        """
        process = self._process  # another thread may stop it meanwhile
        if process is None or process.stdout is None:
            raise EOFError
        return receive(process.stdout)

    def stop(self) -> None:
        """End it; it holds nothing that could be lost."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def spare_processors() -> int:
    """How many there are for other processes beside this one; 0 where no other Python can be started."""
    if not sys.executable:
        return 0
    try:
        return len(os.sched_getaffinity(0)) - 1
    except AttributeError:  # not on every system
        return (os.cpu_count() or 1) - 1


def answers() -> tuple[IO[bytes], IO[bytes]]:
    """Be such a process: where its questions come from, and where its answers go.

    What anything here prints does not stand among the answers. Ctrl-C is for the process that started this one.
    """
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return sys.stdin.buffer, out


def send(pipe: IO[bytes], value: object) -> None:
    """Write a value.

    Raises:
        OSError: nobody reads it.
    """
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """What the other side sent; both are this program, and nobody else has the pipe.

    Raises:
        EOFError: nothing more comes.
    """
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)
