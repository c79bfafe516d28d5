"""The JSON schema of each task's reply, made from its pydantic model and narrowed to the keys of the framework.

A model that is held to the schema can then give no key that does not exist. Titles and descriptions are left out: the
prompt explains, and they would be paid for with every call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import cache
from typing import Any

from pydantic import BaseModel

from synth.analyst import CodeChunk, DraftClaims, DraftMap, DraftPersona, Task
from synth.domain import DRAFTED_LANES, DRAFTED_SECTIONS, Kind, canonical
from synth.frameworks import FUNCTIONAL, Named
from synth.marks import known_marks
from synth.remembered import Remembered

_REPLY_OF_KIND = {
    Kind.MOTIVATION: "MotivationReply",
    Kind.EMOTION: "EmotionReply",
    Kind.TOUCHPOINT: "TouchpointReply",
}
_OF_WHOLE_MAP = ("title", "reading")
"""Fields of a reply to a map that one phase cannot tell."""
_BOUNDS = frozenset({"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"})


_texts = Remembered[str](32)
_canonical_texts = Remembered[str](32)


def reply_schema(task: Task) -> dict[str, Any]:
    """The whole schema: fields, bounds, and the framework's keys. The caller may change it."""
    schema: dict[str, Any] = json.loads(reply_schema_text(task))
    return schema


def reply_schema_text(task: Task) -> str:
    """The same as JSON."""
    return _encoded(task, _texts, json.dumps)


def canonical_schema(task: Task) -> str:
    """The same as canonical JSON, which is part of a request's key."""
    return _encoded(task, _canonical_texts, canonical)


def _encoded(task: Task, kept: Remembered[str], encode: Callable[[object], str]) -> str:
    if not isinstance(task, CodeChunk):
        return encode(_made_schema(task))
    # The same for every chunk of a study, and asked for several times with each.
    about = (task.framework, task.codes, task.name)
    return kept.get(*about) or kept.keep(encode(_made_schema(task)), *about)


def _made_schema(task: Task) -> dict[str, Any]:
    schema = deepcopy(_plain_schema(task.reply))
    for field, keys in _keys(task).items():
        for part in (schema, *schema.get("$defs", {}).values()):
            if field in part.get("properties", {}):
                _narrow(part["properties"][field], keys)
    if isinstance(task, CodeChunk):
        _narrow_by_kind(schema, task)
    if isinstance(task, DraftMap) and task.phases:
        for field in _OF_WHOLE_MAP:
            del schema["properties"][field]
    for part in (schema, *schema.get("$defs", {}).values()):
        # Servers that hold a model to a schema want every field named; those that have a default may be left out.
        if "properties" in part:
            part["required"] = list(part["properties"])
    return schema


def lean_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without bounds on numbers, lists and texts, which some servers refuse; replies are checked anyway."""
    lean = _without(schema, _BOUNDS)
    assert isinstance(lean, dict)
    return lean


def with_most(schema: dict[str, Any], most_findings: int | None) -> dict[str, Any]:
    """The same schema, in which a reply to a chunk holds no more findings of a kind; None sets no such bound."""
    for name in ("motivations", "emotions", "touchpoints") if most_findings is not None else ():
        if name in schema["properties"]:
            schema["properties"][name]["maxItems"] = most_findings
    return schema


def _keys(task: Task) -> dict[str, list[str]]:
    framework = task.framework
    phases = _of(framework.phases)
    if isinstance(task, CodeChunk):
        channels = _of(framework.channels)
        return {
            "phase": phases,
            "driver": [*_of(framework.drivers), FUNCTIONAL],
            "emotion": _of(framework.emotions),
            "channel": channels,
            "from_channel": channels,
        }
    if isinstance(task, DraftPersona | DraftClaims):
        return {"section": list(task.sections or DRAFTED_SECTIONS)}
    if isinstance(task, DraftMap):
        return {"section": list(DRAFTED_LANES), "phase": list(task.phases) or phases}
    return {}


def _of(entries: Iterable[Named]) -> list[str]:
    return [entry.key for entry in entries]


def _narrow(field: dict[str, Any], keys: list[str]) -> None:
    for option in (field, *field.get("anyOf", []), field.get("items", {})):
        if option.get("type") == "string":
            option["enum"] = keys


def _narrow_by_kind(schema: dict[str, Any], task: CodeChunk) -> None:
    """The marks and codes that fit each kind of finding; a field that nothing fits goes."""
    for kind, model in _REPLY_OF_KIND.items():
        properties = schema["$defs"][model]["properties"]
        codes = [code.name for code in task.codes if code.kind in (None, kind)]
        for field, keys in (("marks", list(known_marks(task.framework, kind))), ("code", codes)):
            if keys:
                _narrow(properties[field], keys)
            else:
                del properties[field]


@cache
def _plain_schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = _without(model.model_json_schema(), frozenset({"title", "description", "default"}))
    assert isinstance(schema, dict)
    return schema


def _without(value: object, names: frozenset[str]) -> object:
    """The schema without these keywords; a property that is called like one stays."""
    if isinstance(value, list):
        return [_without(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: {field: _without(inner, names) for field, inner in item.items()}
        if name in ("properties", "$defs")
        else _without(item, names)
        for name, item in value.items()
        if name not in names
    }
