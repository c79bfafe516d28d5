"""Whether a framework file holds together: every fault with its line, what stands there and what may stand there.

The promise: a file without faults is a framework, and one with faults is never half a framework.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from synth.frameworks import (
    DEFAULT_FRAMEWORK,
    READER_PHASES,
    SECTIONS,
    Channel,
    Driver,
    EmotionWord,
    Framework,
    Phase,
    Signal,
    shipped_frameworks,
    shipped_text,
)
from synth.shipped import shipped_yaml

EXTENDS = "extends"
_MODELS: Mapping[str, type[BaseModel]] = {
    "phases": Phase, "drivers": Driver, "emotions": EmotionWord, "channels": Channel, "signals": Signal,
}  # fmt: skip
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a file."""

    line: int | None
    """Counted from 1; None where it is about the file as a whole."""
    where: str
    """The field, such as `phases.2.title_nl`, the third phase's; empty for the file itself."""
    why: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (f"line {self.line}" if self.line else "", self.where) if part)
        return f"{place}: {self.why}" if place else self.why


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking a file came to."""

    framework: Framework | None
    """None where there are faults."""
    faults: tuple[Fault, ...]
    advice: tuple[str, ...] = ()
    """What would make it better, in sentences."""


def check_framework(text: str) -> Checked:
    """Check the text of a framework file."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        return Checked(None, (Fault(mark.line + 1 if mark else None, "", f"this is not YAML: {problem}."),))
    except RecursionError:
        return Checked(None, (Fault(None, "", "this is nested too deeply to be a framework."),))
    except (ValueError, KeyError, AttributeError):
        # What the loader raises for a value of a type that it cannot make, such as the day 2026-02-30.
        return Checked(None, (Fault(None, "", "a number, date or tagged value cannot be read; put it in quotes."),))
    if not isinstance(data, dict):
        return Checked(None, (Fault(None, "", "a framework begins with `key:`, `en:`, `nl:` and `phases:`."),))
    lines = _Lines(node)
    faults = [*lines.repeated()]
    whole, origins = _extended(data, faults, lines)
    twice = _repeated_keys(data, lines)
    faults += twice
    try:
        framework = Framework.model_validate(whole)
    except ValidationError as error:
        # The model finds repeated keys too, but only once all else is right, and without their lines.
        errors = [one for one in error.errors() if one["loc"] or not twice]
        deeper = {one["loc"][0] for one in errors if len(one["loc"]) > 1}
        # A section whose entries are at fault is counted as empty besides.
        faults += [
            _fault(one, whole, origins, lines) for one in errors if len(one["loc"]) > 1 or _own_fault(one, deeper)
        ]
        return Checked(None, _in_order(faults))
    faults += _unknown_reader_phases(framework, origins, lines)
    if faults:
        return Checked(None, _in_order(faults))
    return Checked(framework, (), tuple(_advice(framework)))


def shipped_framework(key: str) -> Framework:
    """One that ships: nobody edits its file, so it is read without looking for what is wrong and on which line."""
    whole, _ = _extended(shipped_yaml(shipped_text(key)), [], _Lines(None))
    return Framework.model_validate(whole)


def framework_schema() -> dict[str, Any]:
    """The JSON schema of a framework file, for editors that complete and check YAML by it."""
    schema = Framework.model_json_schema()
    schema["title"] = "A framework of Synth"
    schema["properties"][EXTENDS] = {
        "enum": list(shipped_frameworks()),
        "description": "Take over what this file does not have; entries with a key of the other's replace its fields.",
    }
    schema["$defs"]["Phase"]["properties"]["reads_as"]["items"] = {"enum": list(READER_PHASES)}
    own = [name for name in schema["required"] if name not in SECTIONS]
    schema["required"] = own
    sections = [name for name in SECTIONS if name != "signals"]
    schema["anyOf"] = [{"required": [EXTENDS]}, {"required": sections}]
    return schema


# --- Extending ---------------------------------------------------------------------------------------------------


Origins = Mapping[str, Sequence[int | None]]
"""For each section, where each entry stands in the file itself; None for one that was taken over."""


def _extended(data: dict[str, Any], faults: list[Fault], lines: _Lines) -> tuple[dict[str, Any], Origins]:
    whole = {name: value for name, value in data.items() if name != EXTENDS}
    origins: dict[str, Sequence[int | None]] = {
        name: range(len(value)) for name, value in whole.items() if name in SECTIONS and isinstance(value, list)
    }
    if EXTENDS not in data:
        return whole, origins
    base_key = data[EXTENDS]
    if base_key not in shipped_frameworks():
        why = f"name one framework to extend: {', '.join(shipped_frameworks())}."
        if isinstance(base_key, str):
            why = f"there is no framework {base_key!r} to extend{_meant(base_key, shipped_frameworks())}"
        faults.append(Fault(lines.of((EXTENDS,)), EXTENDS, why))
        base_key = DEFAULT_FRAMEWORK  # so that what is taken over is not said to be missing besides
    base, _ = _extended(shipped_yaml(shipped_text(base_key)), [], lines)
    for section in SECTIONS:
        own = whole.get(section)
        if own is None:
            whole[section] = base[section]
            origins[section] = [None] * len(base[section])
        elif section != "phases" and isinstance(own, list):
            whole[section], origins[section] = _laid_over(base[section], own)
    return whole, origins


def _laid_over(base: list[dict[str, Any]], own: list[Any]) -> tuple[list[Any], list[int | None]]:
    """Entries of the base with the fields that the file gives them, then the file's other entries."""
    place: dict[str | None, int] = {_key_of(entry): at for at, entry in enumerate(own)}
    merged: list[Any] = []
    origins: list[int | None] = []
    for entry in base:
        at = place.get(entry["key"])
        merged.append(entry if at is None else {**entry, **own[at]})
        origins.append(at)
    known = {entry["key"] for entry in base}
    for at, entry in enumerate(own):
        key = _key_of(entry)
        if key not in known or place[key] != at:
            merged.append(entry)
            origins.append(at)
    return merged, origins


def _key_of(entry: object) -> str | None:
    """The key of an entry as a file has it; None where there is none that is text."""
    key = entry.get("key") if isinstance(entry, dict) else None
    return key if isinstance(key, str) else None


# --- Faults ------------------------------------------------------------------------------------------------------


class _Lines:
    """Where each field of a YAML file stands."""

    def __init__(self, root: yaml.Node | None) -> None:
        self._root = root

    def of(self, place: Place) -> int | None:
        """The line of a field, or of what it stands in where it is not there."""
        node, line = self._root, None
        for part in place:
            found = self._inside(node, part)
            if found is None:
                break
            node, line = found
        return line

    @staticmethod
    def _inside(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int] | None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == part:
                    return value, key.start_mark.line + 1
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            entry = node.value[part]
            return entry, entry.start_mark.line + 1
        return None

    def repeated(self) -> Iterator[Fault]:
        """Fields that stand twice in one place: YAML would take the last of them without a word."""
        yield from self._repeated(self._root, (), set())

    def _repeated(self, node: yaml.Node | None, where: Place, seen: set[int]) -> Iterator[Fault]:
        if node is None or id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if name in names:
                    yield Fault(key.start_mark.line + 1, _dotted((*where, name)), "this field stands twice; keep one.")
                names.add(name)
                yield from self._repeated(value, (*where, name), seen)
        elif isinstance(node, yaml.SequenceNode):
            for at, entry in enumerate(node.value):
                yield from self._repeated(entry, (*where, at), seen)


def _fault(error: ErrorDetails, whole: Mapping[str, Any], origins: Origins, lines: _Lines) -> Fault:
    place: Place = tuple(error["loc"])
    own = _own_place(place, origins)
    line = lines.of(own)
    return Fault(line, _dotted(own), _why(error, place, whole))


def _repeated_keys(data: Mapping[str, Any], lines: _Lines) -> list[Fault]:
    faults = []
    for section in SECTIONS:
        entries = data.get(section)
        seen: set[str | None] = set()
        for at, entry in enumerate(entries if isinstance(entries, list) else ()):
            key = _key_of(entry)
            if key is not None and key in seen:
                place = (section, at, "key")
                faults.append(Fault(lines.of(place), _dotted(place), f"'{key}' stands more than once; keys differ."))
            seen.add(key)
    return faults


def _own_fault(error: ErrorDetails, deeper: set[str | int]) -> bool:
    return not error["loc"] or error["loc"][0] not in deeper


def _own_place(place: Place, origins: Origins) -> Place:
    """A place of the extended framework as a place of the file."""
    if len(place) > 1 and place[0] in origins and isinstance(place[1], int):
        at = origins[str(place[0])][place[1]]
        return (place[0], at, *place[2:]) if at is not None else (place[0],)
    return place


def _why(error: ErrorDetails, place: Place, whole: Mapping[str, Any]) -> str:
    name, kind = str(place[-1]) if place else "", error["type"]
    if kind == "extra_forbidden":
        allowed = sorted(_fields(place))
        return f"there is no such field here{_meant(name, allowed)} Allowed: {', '.join(allowed)}."
    if kind == "missing":
        if place and place[0] in SECTIONS and len(place) == 1:
            keys = ", ".join(shipped_frameworks())
            return f"this section is missing; give it, or take it over with `{EXTENDS}:` one of {keys}."
        return f"this field is missing; add `{name}: …`{_entry_name(place, whole)}."
    if kind == "value_error":
        return f"{error['msg'].removeprefix('Value error, ')}."
    if kind in ("literal_error", "enum"):
        return f"{_shown(error['input'])} cannot stand here; allowed: {error['ctx']['expected']}."
    if kind == "string_type":
        shown = _shown(error["input"])
        return "this must be text." if shown == _THIS else f"this must be text; put {shown} in quotes."
    if kind in ("too_short", "too_long"):
        bound = error["ctx"].get("min_length", error["ctx"].get("max_length"))
        return f"give at {'least' if kind == 'too_short' else 'most'} {bound}."
    return f"{error['msg'][0].lower()}{error['msg'][1:]}."


_THIS = "this"


def _shown(value: object) -> str:
    """A value as a message names it; only plain ones are written out: lists that grow by aliases have no end."""
    return repr(value) if isinstance(value, str | int | float | None) else _THIS


def _entry_name(place: Place, whole: Mapping[str, Any]) -> str:
    """The key of the entry that a place is in, since people count entries badly."""
    if len(place) > 2 and isinstance(place[1], int):
        key = _key_of(whole[str(place[0])][place[1]])
        return f" to '{key}'" if key else ""
    return ""


def _fields(place: Place) -> list[str]:
    if len(place) > 1 and place[0] in _MODELS:
        return list(_MODELS[str(place[0])].model_fields)
    return [*Framework.model_fields, EXTENDS]


def _meant(given: str, known: Sequence[str]) -> str:
    close = get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else "."


def _unknown_reader_phases(framework: Framework, origins: Origins, lines: _Lines) -> list[Fault]:
    faults = []
    for at, phase in enumerate(framework.phases):
        for name in phase.reads_as:
            if name not in READER_PHASES:
                place = _own_place(("phases", at, "reads_as"), origins)
                why = f"the built-in reader knows no phase '{name}'{_meant(name, READER_PHASES)}"
                faults.append(Fault(lines.of(place), _dotted(place), f"{why} Allowed: {', '.join(READER_PHASES)}."))
    return faults


def _advice(framework: Framework) -> Iterator[str]:
    for phase in framework.phases:
        if phase.key not in READER_PHASES and not phase.reads_as and not (phase.cues_en and phase.cues_nl):
            yield (
                f"Phase '{phase.key}' has neither `reads_as` nor `cues_en` and `cues_nl`: the built-in reader will "
                "place nothing in it. A model goes by its meaning."
            )
        if not phase.title_en.startswith("I ") or not phase.title_nl.startswith("Ik "):
            yield f"Phase '{phase.key}': a title is told by the person and begins with 'I …' and 'Ik …'."
    for role, reading in (("using", "satisfied with what they got"), ("bonding", "attached")):
        if not any(phase.role == role for phase in framework.phases):
            yield (
                f"No phase has `role: {role}`: whether people are {reading} is then only told where words say so "
                "outright, not by what they feel in a phase."
            )
    if not framework.signals:
        yield "There are no `signals` of loyalty: nothing is read of who stays, leaves, recommends or warns."


def _dotted(place: Place) -> str:
    return ".".join(map(str, place))


def _in_order(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(dict.fromkeys(faults), key=lambda fault: (fault.line or 0, fault.where)))
