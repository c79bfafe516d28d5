"""What the service takes and gives besides results: checked here and nowhere else, unknown fields are errors."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.errors import Problem
from api.shapes import Failure, Finding, JourneyMap, Persona, RefusalCount, Shape
from synth.domain import Kind, fold_space
from synth.results import State

Action = Literal["accept", "edit", "reject", "undo"]
MOST_PER_PAGE = 500
_DRAFT, _CLAIM = "9f0c1d6b7a2e4f58", "4c51ad5e0a3fd2b7"


def one_line(text: str) -> str:
    """The text on one line.

    Raises:
        ValueError: it holds a sign that cannot be stored or shown: half a surrogate pair, or a control character.
    """
    line = fold_space(text)
    if any(unicodedata.category(sign) in ("Cs", "Cc") for sign in line):
        raise ValueError("this holds a sign that cannot be shown")
    return line


def whole_signs(text: str) -> str:
    """The text as it is.

    Raises:
        ValueError: it holds half a surrogate pair, which no answer could repeat.
    """
    if any(unicodedata.category(sign) == "Cs" for sign in text):
        raise ValueError("this holds half of a sign")
    return text


Sentence = Annotated[str, AfterValidator(one_line)]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_.-]+$")]


class Health(Shape):
    """That the service answers."""

    status: Literal["ok"] = "ok"


class StudySummary(Shape):
    """One study in numbers."""

    id: Annotated[str, Field(description="Stands in addresses; names hold slashes and emoji.")]
    study: str
    subject: str
    language: Annotated[str, Field(description="In which drafts are written: en or nl.")]
    draft_id: Annotated[str | None, Field(description="The newest draft; null before the first.")]
    transcripts: int
    participants: int
    findings: int
    refused: int
    failures: list[Failure]
    personas: int
    claims: int
    decided: int
    left: Annotated[int, Field(description="Claims that nobody has decided on.")]
    model: Annotated[str | None, Field(description="Who read last.")]
    last_run: Annotated[str | None, Field(description="How and when the last run ended.")]
    refused_by: Annotated[list[RefusalCount], Field(description="What was refused, by who proposed it and its kind.")]


class Paging(BaseModel):
    """Which part of a list; unknown parameters are errors, so that a misspelt filter does not return everything."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MOST_PER_PAGE)] = 50
    offset: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0


class FindingFilter(Paging):
    """Which findings."""

    kind: Kind | None = None
    phase: Annotated[
        str | None,
        Field(max_length=60, description="A key of the study's framework, or `none` for those that are in no phase."),
    ] = None
    participant: Annotated[str | None, Field(max_length=200)] = None
    driver: Annotated[str | None, Field(max_length=60)] = None
    emotion: Annotated[str | None, Field(max_length=60)] = None
    channel: Annotated[str | None, Field(max_length=60)] = None
    wave: Annotated[str | None, Field(max_length=200)] = None
    model: Annotated[str | None, Field(max_length=200, description="Who read it; `person` for those by hand.")] = None
    state: Annotated[
        Literal["open", "accept", "reject", "hand", "used", "unused"] | None,
        Field(description="What people decided on it; by hand; in a claim of the newest draft or in none."),
    ] = None
    q: Annotated[str | None, Field(max_length=200, description="Words in its label or in the lines it stands on.")] = (
        None
    )


class Page(Shape):
    """A part of a list: `total` is the length of the whole, after filters."""

    total: int
    limit: int
    offset: int


class StudyPage(Page):
    """Studies, oldest first."""

    items: list[StudySummary]


class FindingPage(Page):
    """Findings in the order of the transcripts."""

    items: list[Finding]
    read: Annotated[
        dict[str, str],
        Field(description="By finding: says that you were given its words; accepting and rejecting it want it."),
    ]


class PersonaList(Shape):
    """The personas of the newest draft, with decisions applied."""

    draft_id: str
    items: list[Persona]


class MapList(Shape):
    """The journey maps of the newest draft, with decisions applied."""

    draft_id: str
    items: list[JourneyMap]


class SeenClaim(Shape):
    """A claim as somebody saw it."""

    text: Annotated[str, AfterValidator(whole_signs), Field(max_length=10_000)]
    state: State


class DecisionIn(Shape):
    """A decision on a claim, with the version of it that was seen."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "claim_id": _CLAIM,
                    "action": "edit",
                    "text": "Wants one fixed sum a month.",
                    "why": "Three people say month.",
                    "by": "JB",
                    "draft_id": _DRAFT,
                    "seen": {"text": "Wants to know the sum.", "state": "proposed"},
                }
            ]
        },
    )

    claim_id: Id
    action: Action
    text: Annotated[Sentence | None, Field(max_length=2_000, description="The sentence as it should read.")] = None
    why: Annotated[Sentence, Field(max_length=2_000, description="The reason; `reject` must have one.")] = ""
    by: Annotated[
        Sentence | None,
        Field(
            min_length=1,
            max_length=100,
            description="Who decides. Left out: whoever is signed in; with accounts it can be nobody else.",
        ),
    ] = None
    draft_id: Annotated[Id, Field(description="The draft that was seen.")]
    seen: Annotated[
        SeenClaim | None,
        Field(
            description="The claim as it was shown, where `version` is left out. Without both: as it was drafted, with "
            "nobody's decision on it."
        ),
    ] = None
    version: Annotated[
        Id | None, Field(description="The version that was seen, as GET of the claim gives it; in place of `seen`.")
    ] = None
    read: Annotated[
        Id | None,
        Field(
            description="With `accept`, where GET of the claim names people in `must_read`: its `read`, which says "
            "that this version of the evidence was given to you."
        ),
    ] = None

    @model_validator(mode="after")
    def _holds_together(self) -> DecisionIn:
        if self.action == "edit" and not self.text:
            raise ValueError("'edit' needs `text`, the sentence as it should read")
        if self.action != "edit" and self.text is not None:
            raise ValueError("`text` goes with 'edit' only")
        if self.action == "reject" and not self.why:
            raise ValueError("'reject' needs `why`: the next reader wants to know")
        if self.by == "":
            raise ValueError("`by` needs the name or initials of whoever decides")
        if self.seen is not None and self.version is not None:
            raise ValueError("`seen` and `version` say the same: send one of them")
        return self


class Decision(Shape):
    """An entry of the ledger; none is ever changed."""

    number: Annotated[int, Field(description="Its place in the ledger.")]
    draft_id: str
    subject: Literal["claim", "theme", "persona", "participant", "finding"]
    subject_id: str
    action: Literal["accept", "edit", "reject", "merge", "split", "assign", "add", "undo"]
    by: str
    decided_utc: str
    before: str | None
    after: str | None
    why: str


class DecisionPage(Page):
    """Decisions in the order in which they were taken."""

    items: list[Decision]


class ShownClaim(Shape):
    """A claim as it is shown now, and who left it so."""

    draft_id: str
    version: Annotated[
        str, Field(description="Changes with text, state and place; what a later decision may send back.")
    ]
    text: str
    state: State
    by: str | None = None
    decided_utc: str | None = None


class DecisionTaken(Shape):
    """The entry that was appended, and the claim as it is shown from now on."""

    decision: Decision
    claim: ShownClaim


class SeenVersion(SeenClaim):
    """What the request says was seen."""

    draft_id: str


class Conflict(Problem):
    """The claim has changed since it was seen: both versions, and nothing was stored."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:problem-type:synth:claim-changed",
                    "title": "The claim has changed since it was seen",
                    "status": 409,
                    "detail": "Nothing was stored. Compare `seen` with `current`; to decide on it as it is now, "
                    "send its `version`.",
                    "seen": {"draft_id": _DRAFT, "text": "Wants to know the sum.", "state": "proposed"},
                    "current": {
                        "draft_id": _DRAFT,
                        "version": "7d0e4b8f2c9a6135",
                        "text": "Wants to know the sum.",
                        "state": "accepted",
                        "by": "MK",
                        "decided_utc": "2026-03-02T10:15:00Z",
                    },
                }
            ]
        },
    )

    seen: Annotated[SeenVersion | None, Field(description="null where the request named a `version` alone.")]
    current: Annotated[ShownClaim | None, Field(description="null where the newest draft no longer has the claim.")]


class Unread(Problem):
    """The claim's words must be read before it is accepted, and the request does not show that; nothing was stored."""

    must_read: Annotated[list[str], Field(description="Whose words.")]
    open: Annotated[str, Field(description="The address that gives those words, and `read` to send with the decision.")]
