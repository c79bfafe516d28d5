"""What any reader of interviews can be asked, and the shape of its answers.

Two analysts of equal rank implement `Analyst`: the built-in one (`synth.offline`) and the one that asks a model
(`synth.llm`). The steps that ask, and the store that keeps the answers, never know which one replied: both give raw
JSON of the same reply model, which is stored before anything is derived from it.

A task is a value that holds everything an answer may depend on. `Analyst.request` turns it into a `Request` whose key
is the hash of all that; the same key is never asked twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from synth.domain import Chunk, Code, Finding, Kind, Transcript
from synth.frameworks import Framework

Text = Annotated[str, Field(max_length=300)]
Label = Annotated[str, Field(min_length=1, max_length=80)]
Sure = Annotated[int, Field(ge=1, le=9)]
MOST_OF_A_KIND = 200
"""Findings of one kind in the reply to one chunk."""


class Reply(BaseModel):
    """Base of every reply: unknown fields are refused, so that a model that answers something else is noticed."""

    model_config = ConfigDict(extra="forbid")


# --- Code a chunk ------------------------------------------------------------------------------------------------


class Cited(Reply):
    """Lines are cited by number; words of the transcript are never repeated."""

    first_line: int
    last_line: int
    label: Label
    phase: str | None
    sure: Sure
    marks: list[str] = Field(default_factory=list, max_length=16)
    """What the words say besides, see `synth.marks`; mostly empty."""
    code: str | None = None
    """The name of a code of the study's codebook; None where it has none or none fits."""


class MotivationReply(Cited):
    """A reason to act. `driver` is a key of the framework or `functional`."""

    driver: str
    question: Literal["information", "moment", "source", "choice", "action"] | None
    driver_chance: SkipJsonSchema[float | None] = Field(default=None, ge=0, le=1)
    """How likely the driver is right; of the built-in reader, and asked of no model."""


class EmotionReply(Cited):
    """A feeling at a moment. `emotion` is a key of the framework's wheel."""

    emotion: str
    valence: Annotated[int, Field(ge=-2, le=2)]
    intensity: Annotated[int, Field(ge=1, le=3)]
    stated: bool
    trigger: Text | None


class TouchpointReply(Cited):
    """A contact moment. `channel` and `from_channel` are keys of the framework."""

    channel: str
    from_channel: str | None
    context_kept: bool | None
    story_order: int | None
    matters: Text | None = None
    """Why this moment matters to them; None where they do not say that it does."""


class ChunkReply(Reply):
    """Everything found in one chunk; empty lists where there is nothing."""

    motivations: Annotated[list[MotivationReply], Field(max_length=MOST_OF_A_KIND)]
    emotions: Annotated[list[EmotionReply], Field(max_length=MOST_OF_A_KIND)]
    touchpoints: Annotated[list[TouchpointReply], Field(max_length=MOST_OF_A_KIND)]


@dataclass(frozen=True, slots=True)
class CodeChunk:
    """Find motivations, emotions and touchpoints in a chunk of a transcript."""

    name: ClassVar[str] = "code_chunk"
    reply: ClassVar[type[ChunkReply]] = ChunkReply
    transcript: Transcript
    chunk: Chunk
    framework: Framework
    subject: str
    """What the study is about, in the researcher's words; may be empty."""
    language: str
    """In which labels are written: the transcript's."""
    codes: tuple[Code, ...] = ()
    """The study's codebook, where it is read with one; findings are given the codes that fit."""


class AgainReply(ChunkReply):
    """What was missed, and the numbers of those findings of earlier passes that this one would make too."""

    again: Annotated[list[int], Field(max_length=3 * MOST_OF_A_KIND)]


@dataclass(frozen=True, slots=True)
class CodeAgain(CodeChunk):
    """Read a chunk once more for what the passes before have missed."""

    name: ClassVar[str] = "code_again"
    reply: ClassVar[type[ChunkReply]] = AgainReply
    found: tuple[Finding, ...] = ()
    """What the passes before found, in their order; see `shown`."""

    @property
    def shown(self) -> tuple[Finding, ...]:
        """Those on lines of this chunk, numbered from 1: it may be a half of what was read before."""
        first, last = self.chunk.first_line, self.chunk.last_line
        return tuple(one for one in self.found if first <= one.evidence.first_line and one.evidence.last_line <= last)


# --- Merge labels ------------------------------------------------------------------------------------------------


class LabelGroup(Reply):
    """Labels that mean the same, by their numbers, under one of their names or a better one."""

    label: Label
    members: Annotated[list[int], Field(min_length=1, max_length=400)]


class MergeReply(Reply):
    """A label that is in no group stays by itself."""

    groups: Annotated[list[LabelGroup], Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class MergeLabels:
    """Group findings of one kind that mean the same, across interviews and languages."""

    name: ClassVar[str] = "merge_labels"
    reply: ClassVar[type[MergeReply]] = MergeReply
    kind: Kind
    findings: tuple[Finding, ...]
    """Numbered from 1 in this order."""
    words: tuple[str, ...]
    """The words each finding stands on, parallel to `findings`."""
    framework: Framework
    language: str
    """In which themes are named: the study's."""


# --- Draft a persona and a map -----------------------------------------------------------------------------------


class ClaimReply(Reply):
    """One sentence with the numbers of the findings that it stands on."""

    section: str
    """A section of a persona or a lane of a map."""
    key: str | None
    phase: str | None
    text: Text
    findings: Annotated[list[int], Field(max_length=60)]
    against: Annotated[list[int], Field(max_length=60)]


class PersonaReply(Reply):
    """A persona's name, its claims, and what the interviews leave open."""

    name: Label
    claims: Annotated[list[ClaimReply], Field(max_length=60)]
    hero: int
    """The number of the finding whose words are shown large."""
    quotes: Annotated[list[int], Field(max_length=8)]
    unknowns: Annotated[list[Text], Field(max_length=8)]


class ClaimsReply(Reply):
    """Further claims of a persona that has a name already."""

    claims: Annotated[list[ClaimReply], Field(max_length=40)]


class MapReply(Reply):
    """A map's title and its claims; `section` is the lane, `phase` the column.

    Title and reading tell of the whole journey: a reply to some of its phases has none.
    """

    title: Annotated[str, Field(max_length=80)] = ""
    claims: Annotated[list[ClaimReply], Field(max_length=120)]
    quotes: Annotated[list[int], Field(max_length=16)]
    reading: Text = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A finding with the words it stands on, as a drafting task sees it."""

    finding: Finding
    words: str
    theme: str = ""
    """The label of the theme that the finding is in, where it shares one with others."""
    bare: bool = False
    """Its transcript has next to no punctuation, as speech turned into text has none: nothing ends with a full stop."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A sentence of an earlier draft on which people decided, in the words in which it was drafted."""

    section: str
    phase: str | None
    text: str
    rejected: bool
    """Else it was accepted, or edited: what people wrote themselves is no part of a task."""
    people: tuple[str, ...]
    """Whose words it was drafted from."""


@dataclass(frozen=True, slots=True)
class DraftPersona:
    """Describe a segment of participants in claims, each on findings."""

    name: ClassVar[str] = "draft_persona"
    reply: ClassVar[type[PersonaReply]] = PersonaReply
    passages: tuple[Passage, ...]
    """Those of the segment's people, numbered from 1 in this order."""
    others: tuple[Passage, ...]
    """Those of everybody else: the built-in analyst ranks by them; never cited, and no part of a prompt."""
    participant_ids: tuple[str, ...]
    participants_in_study: int
    taken_names: tuple[str, ...]
    """Names of the personas drafted before it."""
    framework: Framework
    subject: str
    language: str
    sections: tuple[str, ...] = ()
    """Those that are asked for; empty for all. The rest of a persona is then asked for by `DraftClaims`."""
    decided: tuple[Decided, ...] = ()
    """Of this persona; of the sections that are asked for."""


@dataclass(frozen=True, slots=True)
class DraftClaims:
    """Some sections of a persona, on the findings that can carry them: a piece of what `DraftPersona` is."""

    name: ClassVar[str] = "draft_claims"
    reply: ClassVar[type[ClaimsReply]] = ClaimsReply
    passages: tuple[Passage, ...]
    """Those of the persona's people, numbered from 1 in this order."""
    participant_ids: tuple[str, ...]
    participants_in_study: int
    sections: tuple[str, ...]
    framework: Framework
    subject: str
    language: str
    decided: tuple[Decided, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftMap:
    """Tell a persona's journey in its own voice, phase by phase, in claims on findings."""

    name: ClassVar[str] = "draft_map"
    reply: ClassVar[type[MapReply]] = MapReply
    passages: tuple[Passage, ...]
    persona_name: str
    participant_ids: tuple[str, ...]
    means: tuple[tuple[str, float | None, int], ...]
    """Phase, mean feeling (-2 to 2, None where nobody said) and the number of people behind it, in order."""
    framework: Framework
    subject: str
    language: str
    phases: tuple[str, ...] = ()
    """Those whose columns are asked for, and nothing that only the whole journey tells; empty for all of it."""
    decided: tuple[Decided, ...] = ()
    """Of this map; of the phases that are asked for."""


# --- Try to refute a draft ---------------------------------------------------------------------------------------


class VerdictReply(Reply):
    """What trying to refute one claim came to."""

    claim: int
    verdict: Literal["stands", "contradicted", "overreach"]
    against: Annotated[list[int], Field(max_length=40)]
    """Numbers of the findings that speak against it."""
    why: Text
    """One sentence; empty where it stands."""


class CritiqueReply(Reply):
    """A verdict on each claim."""

    verdicts: Annotated[list[VerdictReply], Field(max_length=60)]
    stands: Annotated[list[int], Field(max_length=60)] = Field(default_factory=list)
    """Numbers of further claims that stand: most do, and a verdict on each would be most of a reply."""


@dataclass(frozen=True, slots=True)
class Questioned:
    """A claim as a critic sees it."""

    section: str
    text: str
    key: str | None
    phase: str | None
    cited: tuple[int, ...]
    """Numbers of the passages that it stands on, as far as they are among those shown."""
    against: tuple[int, ...] = ()
    """Numbers of those that it names against itself: the other side, where people differ."""


@dataclass(frozen=True, slots=True)
class CritiqueClaims:
    """Try to refute each of a few claims from what everybody in the study said."""

    name: ClassVar[str] = "critic"
    reply: ClassVar[type[CritiqueReply]] = CritiqueReply
    claims: tuple[Questioned, ...]
    """Numbered from 1 in this order."""
    passages: tuple[Passage, ...]
    """Of everybody, the persona's own people first, numbered from 1 in this order."""
    participant_ids: tuple[str, ...]
    """Those of the persona; everybody else is outside it."""
    framework: Framework
    subject: str
    language: str


Task = CodeChunk | MergeLabels | DraftPersona | DraftClaims | DraftMap | CritiqueClaims


# --- Asking ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """A task as this analyst would be asked it."""

    key: str
    """Hash of everything that decides the answer: analyst, version, parameters, rendered prompt, reply schema."""
    task_name: str
    model: str
    prompt: str
    """What is sent, for people to look at; empty for an analyst that sends nothing."""
    prompt_version: str


@dataclass(frozen=True, slots=True)
class Rates:
    """What a server said about its limits along with an answer; None where it did not."""

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    requests_left: float | None = None
    tokens_left: float | None = None
    full_again_seconds: float | None = None
    """Where nothing is left of one of them: how long until there is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A raw reply with what it took."""

    raw: str
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = 0.0
    """None where the price is unknown."""
    seconds: float = 0.0
    cut_off: bool = False
    """Whether the model stopped because its reply reached a length limit."""
    rates: Rates | None = None
    """Not kept with the answer."""


class Analyst(Protocol):
    """A reader of interviews.

    It may also have `prepare()`, for what takes time before the first call and is no reason to hold a lane, and
    `close()`, for connections that end with the event loop; whoever asks calls them where they are.
    """

    @property
    def model(self) -> str:
        """The name a user gives to choose it."""
        ...

    @property
    def remote(self) -> bool:
        """Whether text leaves this process: names are then replaced before any line is read."""
        ...

    def request(self, task: Task) -> Request:
        """The request that this task would be; pure and cheap, asks nobody."""
        ...

    async def answer(self, task: Task, request: Request, complaint: str | None = None) -> Answer:
        """Ask. `complaint` says what was wrong with the answer before, where this is the second try.

        Raises:
            ModelError: nobody answered; `retryable` and `fatal` say what to do.
        """
        ...


class CallStore(Protocol):
    """Where raw answers are kept: each is durable before anything is derived from it, and none is paid for twice."""

    def answer(self, key: str) -> Answer | None:
        """The kept answer of this key; None where there is none, or where it was set aside."""
        ...

    def keep(self, key: str, request: Request, answer: Answer) -> Awaitable[None] | None:
        """Keep an answer under a key: the request's own, or for a second try a key made of that and the complaint.

        Where it gives something to wait for, the answer is kept when that ends.
        """
        ...

    def set_aside(self, key: str, why: str) -> Awaitable[None] | None:
        """Never reuse this answer again, but keep it to be looked at: it could not be used."""
        ...


class VectorCache(Protocol):
    """Where sentence vectors are kept, so that each is computed once."""

    def vectors(self, model: str, texts: Sequence[str]) -> dict[str, bytes]:
        """The stored ones of these texts, as little-endian float32."""
        ...

    def add_vectors(self, model: str, vectors: dict[str, bytes]) -> None:
        """Keep these."""
        ...
