"""An analyst for measuring, that answers at once: a finding on every fifth of a participant's lines, a claim a draft.

The same answers come from `planted_reply`, for a server on loopback: a pure function of what was asked. Nothing is read
in either; what is measured is the machinery around the reading.
"""

from __future__ import annotations

import json
import re
from typing import Any

from synth.analyst import Answer, CodeChunk, DraftMap, DraftPersona, MergeLabels, Request, Task
from synth.domain import content_id
from tests.loopback import Reply

_EMOTIONS = ("worry", "pride", "gratitude", "anger", "relief", "joy")
_DRIVERS = ("feel secure", "be yourself", "belong", "functional")
_CHANNELS = ("phone", "website", "app", "email", "desk", "letter")
_PHASES = ("awareness", "orientation", "intent", "consideration", "purchase", "use", "loyalty", "advocacy")
_LINE = re.compile(r"^\[(\d+)\] (?!Interviewer|I:)", re.MULTILINE)


class PlantedAnalyst:
    """Implements `synth.analyst.Analyst`; keeps nothing."""

    model, remote = "scripted", False

    def __init__(self, every: int = 5) -> None:
        self._every = every

    def request(self, task: Task) -> Request:
        """Keyed by what the task is about."""
        about = (task.transcript.id, task.chunk.id) if isinstance(task, CodeChunk) else (hash_of(task),)
        return Request(content_id(task.name, *about), task.name, self.model, "", "1")

    async def answer(self, task: Task, request: Request, complaint: str | None = None) -> Answer:
        """At once."""
        del request, complaint
        if isinstance(task, CodeChunk):
            people = {speaker.name for speaker in task.transcript.speakers if speaker.participant}
            lines = [
                line.number
                for line in task.transcript.lines[task.chunk.first_line - 1 : task.chunk.last_line]
                if task.transcript.turns[line.turn - 1].speaker in people
            ]
            return Answer(json.dumps(coded(lines, int(task.transcript.id, 16), self._every)))
        return Answer(json.dumps(drafted(task)))


def hash_of(task: Task) -> str:
    """What a task of drafting is about, by its findings and by what is asked of them."""
    if isinstance(task, MergeLabels):
        return content_id(task.kind, [finding.id for finding in task.findings])
    asked = [repr(getattr(task, name, "")) for name in ("sections", "phases", "claims", "persona_name")]
    return content_id(task.name, asked, [passage.finding.id for passage in getattr(task, "passages", ())])


def coded(lines: list[int], seed: int, every: int = 5) -> dict[str, Any]:
    """A reply with a finding on every so many lines; the people of a seed's remainder lean to one feeling."""
    found: dict[str, list[dict[str, Any]]] = {"motivations": [], "emotions": [], "touchpoints": []}
    for place, line in enumerate(lines[::every]):
        pick = seed // 7 + 31 * place
        said = {"first_line": line, "last_line": line, "phase": _PHASES[place % 8], "sure": 5 + pick % 4}
        kind = ("emotions", "touchpoints", "motivations")[place % 3]
        if kind == "emotions":
            emotion = _EMOTIONS[(seed % 3 + (pick % 4 == 0)) % len(_EMOTIONS)]
            said |= {"emotion": emotion, "valence": pick % 5 - 2, "intensity": 2, "stated": True, "trigger": None}
            said |= {"label": f"{emotion} about it"}
        elif kind == "touchpoints":
            channel = _CHANNELS[pick % 6]
            said |= {"channel": channel, "from_channel": None, "context_kept": None, "story_order": None}
            said |= {"label": f"by {channel}"}
        else:
            driver = _DRIVERS[(seed % 3 + (pick % 5 == 0)) % 4]
            said |= {"driver": driver, "question": None, "label": f"wants to {driver}"}
        found[kind].append(said)
    return found


def drafted(task: Task) -> dict[str, Any]:
    """Groups by label; drafts of one claim; no objection to any."""
    if isinstance(task, MergeLabels):
        members: dict[str, list[int]] = {}
        for number, finding in enumerate(task.findings, start=1):
            members.setdefault(finding.label, []).append(number)
        return {"groups": [{"label": label, "members": numbers} for label, numbers in members.items()]}
    claim = {"key": None, "findings": [1], "against": []}
    if isinstance(task, DraftPersona):
        claims = [claim | {"section": "stated", "phase": None, "text": "Wants to know the sum."}]
        return {"name": "No surprises", "claims": claims, "hero": 1, "quotes": [1], "unknowns": []}
    if not isinstance(task, DraftMap):
        return {name: [] for name in task.reply.model_fields}
    claims = [claim | {"section": "doing", "phase": "use", "text": "I call the supplier."}]
    return {"title": "I get a bill", "claims": claims, "quotes": [1], "reading": "It began badly."}


def planted_reply(body: dict[str, Any], every: int = 5) -> Reply:
    """What a server answers: the same kind of findings, from the numbered lines of the prompt."""
    fields = body["response_format"]["json_schema"]["schema"]["properties"]
    user = str(body["messages"][-1]["content"])
    if "emotions" in fields:
        lines = [int(number) for number in _LINE.findall(user)]
        return Reply(json.dumps(coded(lines, int(content_id(user), 16), every)))
    words = {"name": "Calm", "title": "A bill", "reading": "It began badly.", "hero": 1}
    return Reply(json.dumps({field: words.get(field, []) for field in fields}))


# --- The same for tools that quote -------------------------------------------------------------------------------

_SENTENCE = re.compile(r"[^.!?]+[.!?]")


def quoted_reply(body: dict[str, Any]) -> str:
    """What a model answers that is asked for quotes: a finding on every fifth sentence of what people answered.

    The form is langextract's: a class with the words, and its attributes beside it.
    """
    user = str(body["messages"][-1]["content"])
    text = user.rpartition("\nA:")[0].rpartition("\nQ: ")[2]
    said = [
        sentence.strip()
        for paragraph in text.split("\n")
        if not paragraph.startswith("Interviewer:")
        for sentence in _SENTENCE.findall(paragraph.partition(": ")[2] or paragraph)
    ]
    found = coded(list(range(1, len(said) + 1)), int(content_id(text), 16))
    extractions = []
    for kind, entries in found.items():
        for entry in entries:
            words = said[entry.pop("first_line") - 1]
            entry.pop("last_line")
            name = kind.removesuffix("s")
            # Attributes of this tool are texts.
            attributes = {key: str(value) for key, value in entry.items() if value is not None}
            extractions.append({name: words, f"{name}_attributes": attributes})
    return json.dumps({"extractions": extractions})
