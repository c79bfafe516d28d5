"""Raw answers to reply values: strict first, then repaired where only one reading is possible, else refused.

A repair never guesses content. It takes a reply out of a fence or from behind a preface, closes an object of which only
the closing braces are missing, drops a trailing comma or a field that was not asked for, takes the text "7" for the
number 7 and an absent field that may be null for null, keeps a number within its bounds, and shortens a label. Whatever
else is wrong is told in an error whose message names fields and says what is expected, so that it can be handed to a
model as it is. It repeats nothing of the answer: that may hold a participant's words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, NoReturn, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from synth.errors import CutOffError, ReplyError

R = TypeVar("R", bound=BaseModel)

_MAX_STARTS = 50
"""How many opening braces are tried as the start of a reply."""
_MAX_DEPTH = 40
_MAX_ROUNDS = 4
"""Repairs may bring up other errors (a dropped field is then missing elsewhere), but not without end."""
_SHORTENED_FIELDS = frozenset({"label", "trigger", "name", "title"})
_Path = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Read(Generic[R]):
    """A reply as it was understood."""

    reply: R
    repairs: tuple[str, ...] = ()
    """What had to be repaired, in words; empty where the answer was right as it came."""


def read_reply(raw: str, model: type[R]) -> Read[R]:
    """The one reply that an answer can mean.

    Raises:
        CutOffError: the answer is the beginning of a reply.
        ReplyError: it is not a reply, or could be more than one.
    """
    try:
        reply = model.model_validate_json(raw, strict=True)
        # Each field has a colon: with no more colons than fields none can be there twice. Texts may hold colons too.
        if raw.count(":") != _fields(reply):
            _refuse_repeated_fields(raw)
        return Read(reply)
    except (ValidationError, ValueError, RecursionError):
        pass  # told below, if it cannot be repaired
    found, problem = _candidates(raw, model)
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise ReplyError(
            "It holds more than one reply. Answer with one JSON object and nothing else.",
            why="It holds more than one answer.",
        )
    if problem is not None:
        raise problem
    raise ReplyError(
        "It holds no JSON object. Answer with one JSON object and nothing else.",
        why="It holds no JSON, the form in which answers are asked for.",
    )


# --- Finding the object ------------------------------------------------------------------------------------------


def _candidates(raw: str, model: type[R]) -> tuple[list[Read[R]], ReplyError | None]:
    """Every distinct reply that the text holds, and what is wrong with the first object that is none."""
    found: list[Read[R]] = []
    problem: ReplyError | None = None
    start = raw.find("{")
    for _ in range(_MAX_STARTS):
        if start < 0:
            break
        piece = _object_at(raw, start)
        try:
            read = _read_object(piece, model)
            if all(read.reply != other.reply for other in found):
                outside = (raw[:start] + raw[piece.end :]).strip()
                found.append(Read(read.reply, (("text around the JSON",) if outside else ()) + read.repairs))
            start = raw.find("{", piece.end)
        except ReplyError as error:
            problem = problem or error
            start = raw.find("{", start + 1)
    return found, problem


@dataclass(frozen=True, slots=True)
class _Object:
    text: str
    """From the opening brace on, without trailing commas, closed where that was possible."""
    end: int
    """Where it ends in the answer."""
    complete: bool
    repairs: tuple[str, ...] = ()


def _object_at(raw: str, start: int) -> _Object:
    """The object that opens here, to its matching brace or to the end of the text."""
    kept: list[str] = []
    stack: list[str] = []
    in_text = escaped = False
    commas = 0
    for position in range(start, len(raw)):
        character = raw[position]
        if in_text:
            kept.append(character)
            in_text = escaped or character != '"'
            escaped = character == "\\" and not escaped
            continue
        if character in "}]":
            commas += _drop_trailing_comma(kept)
            if not stack or stack.pop() != character:
                break
        elif character in "{[":
            stack.append("}" if character == "{" else "]")
            if len(stack) > _MAX_DEPTH:
                break
        in_text = character == '"'
        kept.append(character)
        if not stack:
            return _Object("".join(kept), position + 1, True, ("a trailing comma",) if commas else ())
    # Only the outermost braces are missing: nothing can have stood between here and them but another field, and a
    # reply without one of its fields is refused below. A list that is open may have gone on.
    text = "".join(kept).rstrip().rstrip(",").rstrip()
    if stack == ["}"] and not in_text and text[-1] in '"]}':  # a number at the end may have lost digits
        return _Object(text + "}", len(raw), True, ("the closing brace",))
    return _Object(text, len(raw), False)


def _drop_trailing_comma(kept: list[str]) -> bool:
    index = len(kept) - 1
    while index >= 0 and kept[index].isspace():
        index -= 1
    if index >= 0 and kept[index] == ",":
        del kept[index]
        return True
    return False


def _read_object(piece: _Object, model: type[R]) -> Read[R]:
    if not piece.complete:
        raise CutOffError(
            "It ends before the JSON object is complete. Answer with the whole object.",
            why="It breaks off before its end.",
        )
    value = _loads(piece.text)
    repairs = list(piece.repairs)
    for _ in range(_MAX_ROUNDS):
        try:
            # As JSON: in Python's own values a strict check would refuse nothing that JSON can say.
            return Read(model.model_validate_json(json.dumps(value), strict=True), tuple(dict.fromkeys(repairs)))
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=True, include_input=True)
            made = [_repair(value, problem, model) for problem in problems]
            if not all(made):
                _refuse(problems, model)
            repairs += [repair for repair in made if repair]
    _refuse(problems, model)


def _loads(text: str) -> Any:
    try:
        return json.loads(text, strict=False, object_pairs_hook=_distinct_fields, parse_constant=_no_constant)
    except _RepeatedField as error:
        raise ReplyError(str(error), why="It gives the same field more than once.") from error
    except (ValueError, RecursionError) as error:
        where = f" (character {error.pos + 1})" if isinstance(error, json.JSONDecodeError) else ""
        raise ReplyError(
            f"It is not valid JSON{where}. Answer with one valid JSON object and nothing else.",
            why="There is a fault in its JSON, the form in which answers are asked for.",
        ) from error


class _RepeatedField(ValueError):
    pass


def _distinct_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):  # Python would keep the last, and lose the others without a word
        raise _RepeatedField("An object has the same field more than once. Give every field once.")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _fields(reply: BaseModel) -> int:
    """How many fields were given, at any depth, each counted once in its object."""
    count = len(reply.model_fields_set)
    for value in reply.__dict__.values():
        # Those in one list are of one kind.
        if type(value) is list and value and isinstance(value[0], BaseModel):
            count += sum(map(_fields, value))
    return count


def _refuse_repeated_fields(raw: str) -> None:
    json.loads(raw, object_pairs_hook=_distinct_fields, parse_constant=_no_constant)


# --- Repairing its fields ----------------------------------------------------------------------------------------


def _repair(value: Any, problem: ErrorDetails, model: type[BaseModel]) -> str | None:
    """Mend one field in place; what was mended, or None where that would be a guess."""
    path: _Path = problem["loc"]
    holder: Any = _at(value, path[:-1])
    if not path or not isinstance(holder, dict | list):
        return None
    fields = cast("dict[int | str, Any]", holder)  # a list's items are set by their index in the same way
    field, kind = path[-1], problem["type"]
    if kind == "missing" and field in _nullable_fields(model):
        fields[field] = None
        return "an absent field for null"
    if kind == "extra_forbidden":
        del fields[field]
        return "a field that was not asked for"
    given = problem["input"]
    if kind == "literal_error" and field in _nullable_fields(model) and _means_null(given):
        fields[field] = None
        return "a word for null"
    mended = _mended(kind, given, str(field), problem.get("ctx", {}))
    if mended is None:
        return None
    fields[field] = mended[0]
    return mended[1]


def _mended(kind: str, given: Any, field: str, bounds: Mapping[str, Any]) -> tuple[Any, str] | None:
    if kind == "int_type" and isinstance(given, str):
        try:
            return int(given.strip().removeprefix("+")), "numbers as text"
        except ValueError:
            return None
    if kind in ("int_type", "int_from_float") and isinstance(given, float) and given.is_integer():
        return int(given), "whole numbers with a decimal point"
    if kind == "bool_type" and isinstance(given, str) and given.strip().lower() in ("true", "false"):
        return given.strip().lower() == "true", "true and false as text"
    if kind in ("greater_than_equal", "less_than_equal") and isinstance(given, int):
        return bounds.get("ge", bounds.get("le")), "numbers out of bounds"
    if kind == "string_too_long" and field in _SHORTENED_FIELDS and isinstance(given, str):
        return _shortened(given, int(bounds["max_length"])), "labels that are too long"
    return None


def _means_null(given: Any) -> bool:
    return isinstance(given, str) and given.strip().lower() in ("", "null", "none", "n/a")


def _shortened(text: str, most: int) -> str:
    cut = text[: most - 1]
    at_word = cut.rsplit(" ", 1)[0] if " " in cut[most // 2 :] else cut
    return at_word.rstrip(" ,;:.") + "…"


def _at(value: Any, path: Iterable[int | str]) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


@cache
def _nullable_fields(model: type[BaseModel]) -> frozenset[str]:
    """The names of all fields, at any depth, that may be null; a name means the same wherever it stands."""
    schema = model.model_json_schema()
    return frozenset(
        name
        for part in (schema, *schema.get("$defs", {}).values())
        for name, field in part.get("properties", {}).items()
        if {"type": "null"} in field.get("anyOf", [])
    )


def _refuse(problems: list[ErrorDetails], model: type[BaseModel]) -> NoReturn:
    """Say what is wrong, at most five of it, by names of our own fields alone."""
    ours = _names(model)
    places, said = [], []
    for problem in problems[:5]:
        where = ".".join(str(step) if isinstance(step, int) or step in ours else "?" for step in problem["loc"])
        places.append(where or "the object")
        said.append(f"{places[-1]}: {problem['msg']}")
    more = f" ({len(problems)} problems in all)" if len(problems) > len(said) else ""
    raise ReplyError(
        "; ".join(said) + more + ". Answer with the whole JSON object again, mended.",
        why=f"The part '{places[0]}' of it is missing or is not as it was asked for."
        if len(problems) == 1
        else f"{len(problems)} parts of it are missing or are not as they were asked for, '{places[0]}' among them.",
    )


@cache
def _names(model: type[BaseModel]) -> frozenset[str]:
    schema = model.model_json_schema()
    parts = (schema, *schema.get("$defs", {}).values())
    return frozenset(name for part in parts for name in part.get("properties", {}))
