"""An analyst that replays what it is given, a store that forgets at the end, and interviews built from a few turns.

All three have the interfaces of the real ones, so that a test drives the product's own code.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from synth.analyst import Answer, CodeChunk, Request, Task
from synth.chunk import chunk_lines
from synth.domain import Chunk, Line, Role, Speaker, Transcript, Turn, content_id
from synth.frameworks import load_framework

EMPTY = '{"motivations": [], "emotions": [], "touchpoints": []}'
Turns = Sequence[tuple[str, Sequence[str]]]

TURNS: Turns = (
    ("Interviewer", ["How did it begin?"]),
    ("P1", ["The bill was twice as high.", "I was furious.", "So I called them."]),
    ("Interviewer", ["And then?"]),
    ("P1", ["They said I had to write a letter.", "It felt as if nobody listened."]),
)
"""Lines 2 to 4 and 6 to 7 are the participant's."""


def interview(turns: Turns = TURNS, name: str = "P1.txt", language: str = "en") -> Transcript:
    """A transcript of these turns; whoever is called `Interviewer` asks, everybody else is a participant."""
    text = ""
    lines: list[Line] = []
    made_turns: list[Turn] = []
    for turn_number, (speaker, sentences) in enumerate(turns, start=1):
        text += f"\n\n{speaker}: " if text else f"{speaker}: "
        first = len(lines) + 1
        for position, sentence in enumerate(sentences):
            text += " " if position else ""
            start, text = len(text), text + sentence
            lines.append(Line(len(lines) + 1, turn_number, start, len(text), sentence))
        made_turns.append(Turn(turn_number, speaker, first, len(lines)))
    names = list(dict.fromkeys(speaker for speaker, _ in turns))
    return Transcript(
        id=content_id(name, text),
        name=name,
        format="txt",
        encoding="utf-8",
        language=language,
        source_sha256=content_id(text),
        source_bytes=len(text.encode()),
        text=text,
        speakers=tuple(_speaker(speaker, sum(speaker == other for other, _ in turns)) for speaker in names),
        turns=tuple(made_turns),
        lines=tuple(lines),
    )


def _speaker(name: str, turns: int) -> Speaker:
    asks = name == "Interviewer"
    return Speaker(name, Role.INTERVIEWER if asks else Role.PARTICIPANT, turns, participant=None if asks else name)


def task_for(transcript: Transcript | None = None, chunk: Chunk | None = None) -> CodeChunk:
    """The task to code a chunk, by default the first of the interview."""
    transcript = transcript or interview()
    return CodeChunk(
        transcript=transcript,
        chunk=chunk or chunk_lines(transcript)[0],
        framework=load_framework(),
        subject="switching energy supplier",
        language=transcript.language,
    )


def motivation(first_line: int, last_line: int | None = None, **changes: Any) -> dict[str, Any]:
    """A proposal as a model writes it."""
    proposal = {"driver": "feel secure", "question": "choice", "label": "wants no surprises"}
    return _proposal(first_line, last_line, proposal | changes)


def emotion(first_line: int, last_line: int | None = None, **changes: Any) -> dict[str, Any]:
    """A proposal as a model writes it."""
    proposal = {"emotion": "anger", "valence": -2, "intensity": 3, "stated": True, "trigger": None, "label": "angry"}
    return _proposal(first_line, last_line, proposal | changes)


def touchpoint(first_line: int, last_line: int | None = None, **changes: Any) -> dict[str, Any]:
    """A proposal as a model writes it."""
    proposal = {
        "channel": "phone",
        "from_channel": None,
        "context_kept": None,
        "story_order": None,
        "label": "calls the supplier",
    }
    return _proposal(first_line, last_line, proposal | changes)


def _proposal(first_line: int, last_line: int | None, fields: dict[str, Any]) -> dict[str, Any]:
    return {"first_line": first_line, "last_line": last_line or first_line, "phase": "use", "sure": 7} | fields


def reply_of(*proposals: dict[str, Any]) -> str:
    """The raw reply to a chunk that holds these proposals, each in the list it belongs to."""
    kinds = {"motivations": "driver", "emotions": "emotion", "touchpoints": "channel"}
    return json.dumps({name: [p for p in proposals if field in p] for name, field in kinds.items()})


Step = Answer | Exception | str
Script = Callable[[Task, Request, str | None], Step]


class ScriptedAnalyst:
    """Replays steps in order, or asks a function for each; keeps what it was asked.

    A step is a raw reply, an answer, or an error to raise. A list that has run out is an error of the test.
    """

    model, remote = "scripted", False

    def __init__(self, steps: Sequence[Step] | Script, *, pause: Callable[[], Any] | None = None) -> None:
        self._script = steps if callable(steps) else self._next
        self._left = [] if callable(steps) else list(steps)
        self._pause = pause
        self.asked: list[tuple[Task, str | None]] = []
        self.under_way = self.most_under_way = 0

    def _next(self, _task: Task, _request: Request, _complaint: str | None) -> Step:
        assert self._left, "asked more often than the script has steps"
        return self._left.pop(0)

    def request(self, task: Task) -> Request:
        """Keyed by what a task is about."""
        about = (task.chunk.id,) if isinstance(task, CodeChunk) else (repr(task),)
        return Request(content_id(task.name, *about), task.name, self.model, "a prompt", "1")

    async def answer(self, task: Task, request: Request, complaint: str | None = None) -> Answer:
        """The next step."""
        self.asked.append((task, complaint))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await (self._pause() if self._pause else asyncio.sleep(0))
            step = self._script(task, request, complaint)
        finally:
            self.under_way -= 1
        if isinstance(step, Exception):
            raise step
        return Answer(step, input_tokens=100, output_tokens=10, cost_usd=0.01) if isinstance(step, str) else step


class MemoryCalls:
    """A call store that lasts as long as the object."""

    def __init__(self) -> None:
        self.kept: dict[str, Answer] = {}
        self.aside: dict[str, str] = {}

    def answer(self, key: str) -> Answer | None:
        """The kept answer, unless it was set aside."""
        return None if key in self.aside else self.kept.get(key)

    def keep(self, key: str, request: Request, answer: Answer) -> None:
        """Keep it; a new answer is no longer aside."""
        assert key == request.key or request.key not in ("", key)
        self.kept[key] = answer
        self.aside.pop(key, None)

    def set_aside(self, key: str, why: str) -> None:
        """Never give it again."""
        self.aside[key] = why


class FakeClock:
    """Time that moves only when a test moves it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._alarms: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        """Seconds since the test began."""
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> None:
        """Call back when the time has been moved that far."""
        self._alarms.append((self.now + delay, callback))

    async def advance(self, seconds: float) -> None:
        """Let this much time pass, alarm by alarm, and everybody act on it."""
        end = self.now + seconds
        await settle()
        while due := [alarm for alarm in self._alarms if alarm[0] <= end]:
            first = min(due, key=lambda alarm: alarm[0])
            self._alarms.remove(first)
            self.now = max(self.now, first[0])
            first[1]()
            await settle()
        self.now = end

    async def run(self, *work: Any) -> list[Any]:
        """Do the work, moving time to the next alarm whenever all of it waits; exceptions are results."""
        tasks = [asyncio.ensure_future(item) for item in work]
        await settle()
        while not all(task.done() for task in tasks):
            assert self._alarms, "the work waits for something that never comes"
            await self.advance(min(alarm[0] for alarm in self._alarms) - self.now)
        return await asyncio.gather(*tasks, return_exceptions=True)


async def settle() -> None:
    """Let every task go on until all of them wait."""
    for _ in range(50):
        await asyncio.sleep(0)
