"""Frameworks as data: phases, drivers, emotions and channels with their words in English and Dutch, and their loader.

A framework is a YAML file. Those that ship lie beside this module; a study may bring its own. Keys are what code,
prompts and the database use; names are what people see, in their language.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from synth.errors import FrameworkError

DEFAULT_FRAMEWORK = "customer"
Language = Literal["en", "nl"]
_N = TypeVar("_N", bound="Named")


class Border(BaseModel):
    """Files are checked here and nowhere else: unknown fields are errors, values do not change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Border):
    """A key with its name in both languages."""

    key: Annotated[str, Field(min_length=1, max_length=60)]
    en: str
    nl: str

    def name(self, language: str) -> str:
        """The name in this language; English for any but Dutch."""
        return self.nl if language == "nl" else self.en


class Phase(Named):
    """A stretch of the journey; `meaning` is what a coder goes by, `title` the phase in the person's voice."""

    meaning_en: str
    meaning_nl: str
    title_en: str
    title_nl: str
    loop: bool = False
    """Part of the loyalty loop: people may re-enter the journey here."""
    telling: bool = False
    """People tell others here, rather than being told."""

    def meaning(self, language: str) -> str:
        """What belongs here."""
        return self.meaning_nl if language == "nl" else self.meaning_en

    def title(self, language: str) -> str:
        """The phase as the person would say it: 'I ...', 'Ik ...'."""
        return self.title_nl if language == "nl" else self.title_en


class Driver(Named):
    """An emotional driver (method.md 3.2); the sentence forms are how a persona would be said to have it."""

    need_en: str
    need_nl: str
    fear_en: str
    fear_nl: str
    wish_en: str = ""
    wish_nl: str = ""
    choice_en: str = ""
    choice_nl: str = ""
    names_en: tuple[str, ...] = ()
    names_nl: tuple[str, ...] = ()

    def need(self, language: str) -> str:
        """The driver as a sentence about people who have it."""
        return self.need_nl if language == "nl" else self.need_en

    def fear(self, language: str) -> str:
        """What people with this driver want to avoid."""
        return self.fear_nl if language == "nl" else self.fear_en

    def wish(self, language: str) -> str:
        """The driver in the person's own voice; empty where the framework has no such sentence."""
        return self.wish_nl if language == "nl" else self.wish_en

    def choice(self, language: str) -> str:
        """Why people with this driver choose as they do; empty where the framework has no such sentence."""
        return self.choice_nl if language == "nl" else self.choice_en

    def names(self, language: str) -> tuple[str, ...]:
        """What a persona with this driver could be called: a need in their words."""
        return self.names_nl if language == "nl" else self.names_en


class EmotionWord(Named):
    """One emotion of the wheel, with the valence that it has unless the words say otherwise."""

    valence: Annotated[int, Field(ge=-2, le=2)]


class Channel(Named):
    """Where a contact takes place; `doing` is what somebody does there, in the person's voice."""

    doing_en: str
    doing_nl: str
    telling_en: str = ""
    telling_nl: str = ""
    physical: bool = False
    from_organisation: bool = False
    """Whether contact there is mostly started by the organisation (a letter, an advertisement)."""

    def doing(self, language: str) -> str:
        """What the person does there: 'I call', 'Ik bel'."""
        return self.doing_nl if language == "nl" else self.doing_en

    def telling(self, language: str) -> str:
        """What the person does there in a phase of telling others; as `doing` where that is no different."""
        return (self.telling_nl if language == "nl" else self.telling_en) or self.doing(language)


class Framework(Border):
    """The words of one kind of journey."""

    key: str
    en: str
    nl: str
    phases: Annotated[tuple[Phase, ...], Field(min_length=2, max_length=12)]
    drivers: tuple[Driver, ...]
    emotions: tuple[EmotionWord, ...]
    channels: tuple[Channel, ...]

    @model_validator(mode="after")
    def _keys_are_distinct(self) -> Framework:
        for what in ("phases", "drivers", "emotions", "channels"):
            keys = [entry.key for entry in getattr(self, what)]
            twice = sorted({key for key in keys if keys.count(key) > 1})
            if twice:
                raise ValueError(f"{what}: {', '.join(twice)} stands more than once")
        return self

    @property
    def phase_keys(self) -> tuple[str, ...]:
        """In the order of the journey."""
        return tuple(phase.key for phase in self.phases)

    def phase(self, key: str) -> Phase:
        """KeyError where the framework has no such phase."""
        return _one(self.phases, key)

    def driver(self, key: str) -> Driver:
        """KeyError where the framework has no such driver; `functional` is none."""
        return _one(self.drivers, key)

    def emotion(self, key: str) -> EmotionWord:
        """KeyError where the wheel has no such emotion."""
        return _one(self.emotions, key)

    def channel(self, key: str) -> Channel:
        """KeyError where the framework has no such channel."""
        return _one(self.channels, key)


def _one(entries: tuple[_N, ...], key: str) -> _N:
    for entry in entries:
        if entry.key == key:
            return entry
    raise KeyError(key)


def shipped_frameworks() -> tuple[str, ...]:
    """The keys of the frameworks that travel in the package."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


@cache
def load_framework(name: str = DEFAULT_FRAMEWORK) -> Framework:
    """A framework that ships, by its key, or one of the researcher's own, by the path of its YAML file.

    Raises:
        FrameworkError: there is none of that name, or the file does not hold together; the message names the field.
    """
    if name in shipped_frameworks():
        text = resources.files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    else:
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            known = ", ".join(shipped_frameworks())
            raise FrameworkError(f"No framework '{name}': give one of {known}, or the path of a YAML file.") from error
    return read_framework(text, name)


def read_framework(text: str, name: str) -> Framework:
    """A framework from the text of its YAML file; `name` is used in messages.

    Raises:
        FrameworkError: as `load_framework`.
    """
    try:
        return Framework.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise FrameworkError(f"{name}: this is not YAML: {str(error).splitlines()[0]}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise FrameworkError(f"{name}: {where}: {first['msg']} ({error.error_count()} in all).") from error
