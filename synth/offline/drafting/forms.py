"""The data that sentences are made of, checked once when they are loaded."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Literal

from synth.cues import Listed, Said
from synth.cues.matching import PhraseMatcher
from synth.frameworks import Border
from synth.shipped import shipped_yaml


class Situation(Border):
    """Something that happens to people with an organisation."""

    key: str
    tone: Literal["good", "bad"]
    alone: bool
    """Whether the words tell the tone by themselves; else somebody must have felt that way there."""
    friction: str | None
    answers: str | None = None
    """What an idea about it answers, by a key of plans, where its friction does not say."""
    say: Said
    idea: Said
    en: tuple[str, ...]
    nl: tuple[str, ...]


class MotiveAnswer(Border):
    """One thing that people want to know, or one time or place at which they act."""

    key: str
    they: Said
    me: Said | None = None
    en: tuple[str, ...]
    nl: tuple[str, ...]


class Deed(Border):
    """Something that people do at a contact."""

    key: str
    say: Said
    en: tuple[str, ...]
    nl: tuple[str, ...]


class _Deeds(Border):
    deeds: tuple[Deed, ...]


class _Situations(Border):
    situations: tuple[Situation, ...]


class _Motives(Border):
    information: tuple[MotiveAnswer, ...]
    moment: tuple[MotiveAnswer, ...]
    action: tuple[MotiveAnswer, ...]
    never: Listed


FILES = ("situations", "motives", "deeds")


def source(name: str) -> bytes:
    """A data file as it ships: part of what decides a draft."""
    return resources.files(__package__ or __name__).joinpath(f"{name}.yaml").read_bytes()


@cache
def _load(name: str) -> Any:
    return shipped_yaml(source(name))


@cache
def situations() -> dict[str, Situation]:
    """By key, in the order of the file."""
    return {one.key: one for one in _Situations.model_validate(_load("situations")).situations}


@cache
def deeds() -> dict[str, Deed]:
    """By key, in the order of the file."""
    return {one.key: one for one in _Deeds.model_validate(_load("deeds")).deeds}


@cache
def deed_matcher(language: str) -> PhraseMatcher:
    """Finds what people do in this language's words."""
    dutch = language == "nl"
    return PhraseMatcher({one.key: one.nl if dutch else one.en for one in deeds().values()})


@cache
def _motives() -> _Motives:
    return _Motives.model_validate(_load("motives"))


@cache
def motive_answers(question: Literal["information", "moment", "action"]) -> dict[str, MotiveAnswer]:
    """What may answer a motive question, by key."""
    answers: tuple[MotiveAnswer, ...] = getattr(_motives(), question)
    return {one.key: one for one in answers}


@cache
def situation_matcher(language: str) -> PhraseMatcher:
    """Finds situations in this language's words."""
    dutch = language == "nl"
    return PhraseMatcher({one.key: one.nl if dutch else one.en for one in situations().values()})


@cache
def motive_matcher(question: Literal["information", "moment", "action"], language: str) -> PhraseMatcher:
    """Finds answers to a motive question in this language's words."""
    dutch = language == "nl"
    return PhraseMatcher({one.key: one.nl if dutch else one.en for one in motive_answers(question).values()})


@cache
def never_matcher(language: str) -> PhraseMatcher:
    """Finds what somebody says they would not do."""
    return PhraseMatcher({"never": _motives().never.of(language)})
