"""Frameworks as data: phases, drivers, emotions and channels with their words in English and Dutch, and their loader.

A framework is a YAML file. Those that ship lie beside this module; a study may bring its own. Keys are what code,
prompts and the database use; names are what people see, in their language. A file that `extends` another takes over the
sections that it does not have; of drivers, emotions, channels and signals its own entries are laid over the other's by
key. What a file must look like is checked in `synth.frameworks.checking`.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synth.errors import FrameworkError

DEFAULT_FRAMEWORK = "customer"
FUNCTIONAL = "functional"
"""Stands where a driver does, for a reason behind which there is none."""
OTHER_CHANNEL = "other"
"""The channel of a contact that was through none of the framework's."""
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
    role: Literal["informing", "choosing", "using", "bonding"] = "choosing"
    """What contact is mostly for here: gathering information, deciding and starting, help in use, or attachment. Plans
    go by it (method.md 8.2)."""

    reads_as: tuple[str, ...] = ()
    """Which phases of the built-in reader, those of the customer journey, this one stands for."""
    cues_en: tuple[str, ...] = ()
    """Words by which the built-in reader tells it apart: `sign*` stands for every word that begins so."""
    cues_nl: tuple[str, ...] = ()

    def cues(self, language: str) -> tuple[str, ...]:
        """Words that tell of this phase."""
        return self.cues_nl if language == "nl" else self.cues_en

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
    words_en: Annotated[tuple[str, ...], Field(max_length=3)] = ()
    """As it is called weak, plain and strong: three words, or none."""
    words_nl: Annotated[tuple[str, ...], Field(max_length=3)] = ()

    @model_validator(mode="after")
    def _words_are_three(self) -> EmotionWord:
        for field, words in (("words_en", self.words_en), ("words_nl", self.words_nl)):
            if len(words) not in (0, 3):
                raise ValueError(f"{field}: give three words (weak, plain, strong), or leave the field out")
        return self

    def word(self, language: str, intensity: int = 2) -> str:
        """What it is called when it is this strong (1 to 3), in lower case; its name where the wheel has no words."""
        words = self.words_nl if language == "nl" else self.words_en
        return words[max(1, min(3, intensity)) - 1] if words else self.name(language).lower()


class Signal(Named):
    """A sign of loyalty or of its end (method.md 4.2): what somebody does or would do, or how they are bound."""

    loyalty: Literal["transactional", "emotional"]
    """Whether it is about buying and staying, or about attachment."""
    good: bool
    """Whether it speaks for staying; False for leaving and warning."""


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


READER_PHASES = ("awareness", "orientation", "intent", "consideration", "purchase", "use", "loyalty", "advocacy")
"""The phases that the built-in reader was trained on."""
SECTIONS = ("phases", "drivers", "emotions", "channels", "signals")


class Framework(Border):
    """The words of one kind of journey."""

    key: str
    en: str
    nl: str
    phases: Annotated[tuple[Phase, ...], Field(min_length=2, max_length=12)]
    drivers: tuple[Driver, ...]
    emotions: tuple[EmotionWord, ...]
    channels: tuple[Channel, ...]
    signals: tuple[Signal, ...] = ()

    @model_validator(mode="after")
    def _keys_are_distinct(self) -> Framework:
        for what in SECTIONS:
            keys = [entry.key for entry in getattr(self, what)]
            twice = sorted({key for key in keys if keys.count(key) > 1})
            if twice:
                raise ValueError(f"{what}: {', '.join(twice)} stands more than once")
        return self

    def name(self, language: str) -> str:
        """What it is called in this language; in English for any but Dutch."""
        return self.nl if language == "nl" else self.en

    @property
    def phase_keys(self) -> tuple[str, ...]:
        """In the order of the journey."""
        return tuple(phase.key for phase in self.phases)

    def standing_for(self, *reader_phases: str) -> tuple[str, ...]:
        """The phases that are, or stand for, any of these phases of the customer journey, in order."""
        return tuple(
            phase.key for phase in self.phases if not set(reader_phases).isdisjoint(phase.reads_as or (phase.key,))
        )

    @property
    def signal_keys(self) -> tuple[str, ...]:
        """In the order of the framework."""
        return tuple(signal.key for signal in self.signals)

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


def load_framework(name: str = DEFAULT_FRAMEWORK) -> Framework:
    """A framework that ships, by its key, or one of the researcher's own, by the path of its YAML file.

    Raises:
        FrameworkError: there is none of that name, or the file does not hold together; the message names the field.
    """
    if name in shipped_frameworks():
        return _shipped(name)
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(shipped_frameworks())
        raise FrameworkError(f"No framework '{name}': give one of {known}, or the path of a YAML file.") from error
    return read_framework(text, name)


@cache
def _shipped(key: str) -> Framework:
    from synth.frameworks.checking import shipped_framework  # it is made of the models of this module

    return shipped_framework(key)


def shipped_text(key: str) -> str:
    """The YAML of a framework that ships."""
    return resources.files(__name__).joinpath(f"{key}.yaml").read_text(encoding="utf-8")


@lru_cache(maxsize=16)  # a study's own is read for every page of it
def read_framework(text: str, name: str) -> Framework:
    """A framework from the text of its YAML file; `name` is used in messages.

    Raises:
        FrameworkError: as `load_framework`; `synth framework check` lists every fault.
    """
    from synth.frameworks.checking import check_framework  # it checks against the models of this module

    checked = check_framework(text)
    if checked.framework is None:
        first, more = checked.faults[0], len(checked.faults) - 1
        rest = f" {more} more: `synth framework check {name}` lists them." if more else ""
        raise FrameworkError(f"{name}: {first}{rest}")
    return checked.framework
