"""Personas from a file: written by hand, or taken out of a study with `synth export -f json`.

A hand-made file is YAML or JSON with a list `personas`. Each has a `name`, and whatever is known of it: `drivers`,
`channels` and `emotions` by their keys in the framework, and sentences under `texts`. Nothing but the name is required,
but a persona of which nothing else is known fits nobody.

The promise: a key that the framework does not have is an error that names it and the ones that come nearest, and never
left out in silence.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError

from synth.assigning import GivenPersona
from synth.domain import content_id
from synth.errors import InputError
from synth.frameworks import FUNCTIONAL, Border, Framework, Named

NAMED = 4.0
"""What a key counts that is named by hand, in findings: who writes it down means that it stands out."""
EXAMPLE = """personas:
  - name: No surprises
    drivers: [feel secure]
    channels: [letter, phone]
    emotions: [worry]
    texts: ["Wants to know beforehand what it will cost."]
"""
"""A file that works, shown where one does not."""


class _Written(Border):
    """One persona as somebody writes it."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    id: str | None = None
    drivers: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    emotions: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


class _File(Border):
    language: str = "en"
    personas: Annotated[tuple[_Written, ...], Field(min_length=1, max_length=40)]


def read_personas(text: str, name: str, framework: Framework) -> list[GivenPersona]:
    """The personas of a file.

    Args:
        text: of the file.
        name: of the file, for messages.
        framework: whose keys they use.

    Raises:
        InputError: it is no such file, or names something that the framework does not have.
    """
    try:
        data = _parsed(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{name}{where}: this is neither YAML nor JSON. A file looks like this:\n{EXAMPLE}") from error
    if isinstance(data, dict) and "schema_version" in data and isinstance(data.get("findings"), list):
        return _exported(data, name, framework)
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        at = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(f"{name}: {at}: {first['msg']}. A file looks like this:\n{EXAMPLE}") from error
    given = [_given(one, file.language, name, framework) for one in file.personas]
    seen: set[str] = set()
    for one in given:
        if one.id in seen:
            raise InputError(
                f"{name}: '{one.name}' is there twice. Give each persona a name of its own, and an id where it has one."
            )
        seen.add(one.id)
    return given


def _parsed(text: str) -> Any:
    """JSON is YAML too, but an export is large, and the reader of YAML takes minutes for it."""
    try:
        return json.loads(text)
    except ValueError:
        return yaml.safe_load(text)


def _given(one: _Written, language: str, name: str, framework: Framework) -> GivenPersona:
    where = f"{name}: persona '{one.name}'"
    return GivenPersona(
        id=one.id or content_id("given persona", one.name),
        name=one.name,
        drivers=_known(one.drivers, framework.drivers, f"{where}, drivers", (FUNCTIONAL,)),
        channels=_known(one.channels, framework.channels, f"{where}, channels"),
        emotions=_known(one.emotions, framework.emotions, f"{where}, emotions"),
        texts=one.texts,
        language=language,
    )


def _known(given: Sequence[str], entries: Sequence[Named], where: str, more: Sequence[str] = ()) -> dict[str, float]:
    """Keys, each counting the same; names in either language are taken for their keys."""
    keys = {one.key: one.key for one in entries} | {key: key for key in more}
    names = {name.casefold(): one.key for one in entries for name in (one.en, one.nl)} | keys
    found: dict[str, float] = {}
    for word in given:
        key = names.get(word.strip().casefold())
        if key is None:
            near = get_close_matches(word.casefold(), list(names), n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else f" There are: {', '.join(keys)}."
            raise InputError(f"{where}: the framework has no '{word}'.{hint}")
        found[key] = NAMED
    return found


def _exported(data: Mapping[str, Any], name: str, framework: Framework) -> list[GivenPersona]:
    """Personas of another study, by the findings of their people; keys of another framework tell nothing here."""
    allowed = {
        "driver": {one.key for one in framework.drivers} | {FUNCTIONAL},
        "channel": {one.key for one in framework.channels},
        "emotion": {one.key for one in framework.emotions},
    }
    given = []
    try:
        for persona in data["personas"]:
            people = set(persona["participants"])
            own = [one for one in data["findings"] if one["participant"] in people]
            counts = {
                block: Counter(str(one[block]) for one in own if one.get(block) in keys)
                for block, keys in allowed.items()
            }
            texts = [evidence["text"] for one in own for evidence in one["evidence"]]
            language = Counter(str(one["language"]) for one in own).most_common(1)
            given.append(
                GivenPersona(
                    id=str(persona["id"]),
                    name=str(persona["name"]),
                    drivers=counts["driver"],
                    channels=counts["channel"],
                    emotions=counts["emotion"],
                    texts=tuple(texts),
                    language=language[0][0] if language else "en",
                )
            )
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{name}: this export does not hold together ({error}). Make it anew with `synth export STUDY -f json`."
        ) from error
    if not given:
        raise InputError(f"{name}: there is no persona in this study.")
    return given
