"""The built-in analyst: reads and drafts without a key and without a network, in milliseconds an interview.

Coding is done by small trained heads (`synth.offline.reader`), drafting by forms that findings fill
(`synth.offline.drafting`). Everything is deterministic: the same task gives the same answer, to the byte. How often it
is right stands in docs/offline-reader.md and, in a sentence, in `quality`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence

from synth.analyst import Answer, CodeChunk, Reply, Request, Task, VectorCache
from synth.built_in import BUILT_IN
from synth.domain import Transcript, content_id
from synth.frameworks import Framework
from synth.offline.drafts import answer_draft, drafts_version
from synth.offline.reader import Reader
from synth.profiles import Leaning

__all__ = ["OfflineAnalyst", "quality"]

_KEPT_HASHES = 8


class OfflineAnalyst:
    """An `Analyst` that asks nobody."""

    model = BUILT_IN
    remote = False

    def __init__(self, cache: VectorCache | None = None, embeddings: bool | None = None) -> None:
        """The analyst with the reader that works here.

        Args:
            cache: where sentence vectors are kept.
            embeddings: whether to use sentence vectors; None where they can be used.
        """
        self._reader = Reader(cache, embeddings)
        self._reader_version = self._reader.version
        self._hashes: OrderedDict[int, tuple[Transcript, str]] = OrderedDict()

    def request(self, task: Task) -> Request:
        """The task's key; there is no prompt, since nothing is sent."""
        if isinstance(task, CodeChunk):
            version = self._reader_version
            about: tuple[object, ...] = (self._hash_of(task.transcript), repr(task.chunk), task.language)
            if task.codes:
                about = (*about, repr(task.codes))
        else:
            version = drafts_version()
            about = (_asked(task),)
        key = content_id(BUILT_IN, task.name, version, task.framework.model_dump_json(), *about)
        return Request(key=key, task_name=task.name, model=BUILT_IN, prompt="", prompt_version=version)

    async def answer(self, task: Task, request: Request, complaint: str | None = None) -> Answer:
        """The answer; a complaint changes nothing, since the same task has the same answer."""
        del request, complaint
        began = time.perf_counter()
        reply: Reply = self._reader.code(task) if isinstance(task, CodeChunk) else answer_draft(task)
        return Answer(raw=reply.model_dump_json(), seconds=time.perf_counter() - began)

    def leanings(self, transcripts: Sequence[Transcript], framework: Framework) -> dict[str, Leaning]:
        """What moves each participant, judged over all that they say; empty where the framework's drivers are new."""
        return self._reader.leanings(transcripts, framework)

    def _hash_of(self, transcript: Transcript) -> str:
        """Of everything in the transcript; kept for the last few, since each is asked for once a chunk."""
        known = self._hashes.get(id(transcript))
        if known is None:
            known = transcript, content_id(repr(transcript))
            self._hashes[id(transcript)] = known
            if len(self._hashes) > _KEPT_HASHES:
                self._hashes.popitem(last=False)
        return known[1]


def _asked(task: Task) -> list[str]:
    """A task but for its framework; what people decided changes no draft of this analyst."""
    return [f"{name}={getattr(task, name)!r}" for name in task.__slots__ if name not in ("framework", "decided")]


def quality(language: str) -> str:
    """What is known of how often the built-in analyst is right, in one sentence in this language."""
    from synth.phrases import say

    return say(language, "quality.offline")
