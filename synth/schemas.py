"""The JSON schema of each task's reply, made from its pydantic model and narrowed to the keys of the framework.

A model that is held to the schema can then give no key that does not exist. Titles and descriptions are left out: the
prompt explains, and they would be paid for with every call.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import cache
from typing import Any

from pydantic import BaseModel

from synth.analyst import CodeChunk, DraftMap, DraftPersona, Task
from synth.domain import MAP_LANES, PERSONA_SECTIONS
from synth.extract import FUNCTIONAL
from synth.frameworks import Named

_BOUNDS = frozenset({"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"})


def reply_schema(task: Task) -> dict[str, Any]:
    """The whole schema: fields, bounds, and the framework's keys."""
    schema = deepcopy(_plain_schema(task.reply))
    for field, keys in _keys(task).items():
        for part in (schema, *schema.get("$defs", {}).values()):
            if field in part.get("properties", {}):
                _narrow(part["properties"][field], keys)
    return schema


def lean_schema(task: Task) -> dict[str, Any]:
    """The schema without bounds on numbers, lists and texts, which some servers refuse; replies are checked anyway."""
    lean = _without(reply_schema(task), _BOUNDS)
    assert isinstance(lean, dict)
    return lean


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
    if isinstance(task, DraftPersona):
        return {"section": list(PERSONA_SECTIONS)}
    return {"section": list(MAP_LANES), "phase": phases} if isinstance(task, DraftMap) else {}


def _of(entries: Iterable[Named]) -> list[str]:
    return [entry.key for entry in entries]


def _narrow(field: dict[str, Any], keys: list[str]) -> None:
    for option in (field, *field.get("anyOf", [])):
        if option.get("type") == "string":
            option["enum"] = keys


@cache
def _plain_schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = _without(model.model_json_schema(), frozenset({"title", "description"}))
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
