"""What the review takes and gives as JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from api.errors import Problem
from api.models import Decision, Id, Page, Paging, Sentence, whole_signs
from api.shapes import Claim, Shape

_CLAIM, _DRAFT, _VERSION = "4c51ad5e0a3fd2b7", "9f0c1d6b7a2e4f58", "7d0e4b8f2c9a6135"
_PERSONA, _OTHER = "a41c0d7be5f29386", "c07be5f29386a41c"
Key = Annotated[str, Field(min_length=1, max_length=60)]
Why = Annotated[Sentence, Field(max_length=2_000)]
SeenDraft = Annotated[Id, Field(description="The draft that was seen; where another came since, nothing is changed.")]
DrawnKind = Literal["future", "own"]
MapStatus = Literal["draft", "review", "agreed"]
OneToFive = Annotated[int | None, Field(ge=1, le=5)]


def _example(*bodies: dict[str, JsonValue]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(bodies)})


class CommentShape(Shape):
    """Something that somebody said about a claim or a cell of a map."""

    id: int
    subject: Literal["claim", "cell"]
    subject_id: str
    answers: Annotated[int | None, Field(description="The comment that it answers.")]
    by: str
    text: str
    written_utc: str
    resolved_by: str | None
    resolved_utc: str | None


class CommentKept(CommentShape):
    """A comment that was just made."""

    uncalled: Annotated[
        list[str], Field(description="Names after `@` in it that no account on this study has: they call nobody.")
    ]


class CommentPage(Page):
    """Comments in the order in which they were written."""

    items: list[CommentShape]


class CommentQuery(Paging):
    """Which comments."""

    subject_id: Annotated[Id | None, Field(description="A claim.")] = None
    cell: Annotated[str | None, Field(max_length=200, description="`MAP:PHASE:LANE`, in place of a claim.")] = None


class CommentIn(Shape):
    """Something to say about a claim, or about a cell of a map."""

    model_config = _example(
        {"claim_id": _CLAIM, "text": "@joris only new customers?"},
        {"cell": f"{_PERSONA}:use:friction", "text": "Nobody mentions the app here."},
    )

    claim_id: Id | None = None
    cell: Annotated[
        str | None,
        Field(max_length=200, pattern=r"^[0-9A-Za-z_.: -]+$", description="`MAP:PHASE:LANE`, in place of a claim."),
    ] = None
    text: Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(whole_signs)]

    @model_validator(mode="after")
    def _about_one_thing(self) -> CommentIn:
        if (self.claim_id is None) == (self.cell is None):
            raise ValueError("give `claim_id` or `cell`, one of them")
        return self


class CommentChange(Shape):
    """Whether a comment is resolved."""

    model_config = _example({"resolved": True})

    resolved: bool


class ClaimOpened(Shape):
    """One claim as pages show it, names hidden: its words, its place, what was decided on it, what may be sent back."""

    draft_id: str
    version: Annotated[str, Field(description="Changes with text, state and place: send it with a decision.")]
    owner: Annotated[str, Field(description="`persona:ID` or `map:ID:PHASE`: where it stands.")]
    persona_id: str
    must_read: Annotated[list[str], Field(description="Whose words must be read before it is accepted.")]
    unread: Annotated[list[str], Field(description="Those of them whose words are not in this answer.")]
    read: Annotated[
        str | None,
        Field(description="Send it to accept this version of the claim and its evidence; null while `unread` is not "
                          "empty."),
    ]  # fmt: skip
    rest: Annotated[list[str], Field(description="People whose words are not in this answer: ask for more `people`.")]
    claim: Annotated[
        Claim, Field(description="`evidence` and `against` hold the words of those who are not in `rest`; places are "
                                 "those of the text with names hidden.")
    ]  # fmt: skip
    history: Annotated[list[Decision], Field(description="Every decision on it, oldest first, names hidden.")]


class OwnClaimIn(Shape):
    """A claim of one's own."""

    model_config = _example(
        {"owner": f"persona:{_PERSONA}", "section": "stated", "text": "Wants one person who answers."},
        {"owner": f"map:{_OTHER}:use", "section": "idea", "text": "Say what happens next."},
    )

    owner: Annotated[
        str, Field(min_length=1, max_length=200, pattern=r"^(persona|map):[^\x00-\x1f]+$",
                   description="`persona:ID` or `map:ID:PHASE`: where it is to stand.")
    ]  # fmt: skip
    section: Annotated[Key, Field(description="A section of a persona, or a lane of a map.")]
    text: Annotated[Sentence, Field(min_length=1, max_length=400)]


class MoveIn(Shape):
    """Another persona for a claim."""

    model_config = _example({"persona_id": _OTHER, "version": _VERSION, "why": "Only they say so."})

    persona_id: Annotated[Id, Field(description="Where it belongs.")]
    version: Annotated[Id, Field(description="The version that was seen: its text, state and place.")]
    why: Why = ""


class MergeIn(Shape):
    """A persona to take in."""

    model_config = _example({"other_id": _OTHER, "draft_id": _DRAFT, "why": "One person, two names."})

    other_id: Annotated[Id, Field(description="The persona that goes.")]
    draft_id: SeenDraft
    why: Why = ""


class SplitIn(Shape):
    """People who leave a persona, to be one of their own."""

    model_config = _example({"name": "Those who move house", "people": ["P03", "P07"], "draft_id": _DRAFT})

    name: Annotated[Sentence, Field(min_length=1, max_length=120)]
    people: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=2_000)]
    draft_id: SeenDraft
    why: Why = ""


class NameIn(Shape):
    """What a persona is to be called."""

    model_config = _example({"name": "No surprises", "draft_id": _DRAFT})

    name: Annotated[Sentence, Field(min_length=1, max_length=120)]
    draft_id: SeenDraft
    why: Why = ""


class PersonIn(Shape):
    """Somebody to move to a persona."""

    model_config = _example({"participant": "P07", "draft_id": _DRAFT})

    participant: Annotated[str, Field(min_length=1, max_length=200)]
    draft_id: SeenDraft
    why: Why = ""


class Reshaped(Shape):
    """What came of it: a new draft."""

    persona_id: Annotated[str, Field(description="The persona that stays, or that was made.")]
    draft_id: str


class MapStateShape(Shape):
    """How far a map is."""

    state: Annotated[
        Literal["draft", "review", "agreed", "outdated"],
        Field(description="`outdated`: it was in review or agreed, and another draft came since."),
    ]
    by: str | None
    set_utc: str | None
    draft_id: Annotated[str | None, Field(description="The draft that it was said of.")]


class MapStateIn(Shape):
    """How far a map is from now on."""

    model_config = _example({"state": "agreed", "draft_id": _DRAFT})

    state: MapStatus
    draft_id: SeenDraft


class OneScore(Shape):
    """What one person thinks of a touchpoint."""

    by: str
    satisfaction: int | None
    person: int | None
    organisation: int | None


class ScoredShape(Shape):
    """A touchpoint with the means of what people think of it."""

    phase: str
    channel: str
    participants: Annotated[int, Field(description="Who used it there, by the interviews.")]
    satisfaction: Annotated[float | None, Field(description="Mean, 1 to 5: how satisfied people are there.")]
    person: Annotated[float | None, Field(description="Mean: how much it matters to them.")]
    organisation: Annotated[float | None, Field(description="Mean: how much it matters to the organisation.")]
    scores: list[OneScore]


class ScoreList(Shape):
    """The touchpoints of a map, phase by phase."""

    items: list[ScoredShape]


class ScoreIn(Shape):
    """What you think of a touchpoint, in place of what you said before; null: not said."""

    model_config = _example({"phase": "use", "channel": "phone", "satisfaction": 2, "person": 5, "organisation": 3})

    phase: Key
    channel: Key
    satisfaction: OneToFive = None
    person: OneToFive = None
    organisation: OneToFive = None


class DrawnItemShape(Shape):
    """One sentence of a cell, or one touchpoint."""

    id: Annotated[str, Field(description="Of the claim that it was copied from, or its own.")]
    text: str
    key: Annotated[str, Field(description="The channel of a touchpoint; empty elsewhere.")]


class DrawnCellShape(Shape):
    """One cell of a drawn map."""

    phase: str
    lane: Annotated[str, Field(description="`feeling` holds one number from -2 to 2.")]
    version: Annotated[int, Field(description="0: as it was copied. Send it with a change.")]
    items: list[DrawnItemShape]
    by: str


class DrawnChange(Shape):
    """One thing that is otherwise than in the copy as it was made."""

    phase: str
    lane: str
    what: Literal["added", "removed", "changed"]
    old: DrawnItemShape | None
    new: DrawnItemShape | None


class DrawnMapShape(Shape):
    """A map that people drew: a future state, which began as a copy, or their own, which began empty."""

    map_id: str
    kind: DrawnKind
    draft_id: Annotated[str, Field(description="The draft that it was copied from.")]
    behind: Annotated[bool, Field(description="A newer draft is there.")]
    state: Literal["draft", "review", "agreed", "outdated"]
    begun_by: str
    begun_utc: str
    cells: list[DrawnCellShape]
    changes: list[DrawnChange]


class DrawnItemIn(Shape):
    """A sentence or a touchpoint that a cell is to hold."""

    id: Annotated[str, Field(max_length=64, description="Of the item that it is; empty: it is new.")] = ""
    text: Annotated[Sentence, Field(max_length=400)] = ""
    key: Annotated[str, Field(max_length=60, description="The channel of a touchpoint.")] = ""


class DrawnCellIn(Shape):
    """All that a cell is to hold from now on."""

    model_config = _example({"version": 0, "items": [{"id": _CLAIM, "text": "Sees the sum before it is taken."}]})

    version: Annotated[int, Field(ge=0, le=1_000_000_000, description="The version that was seen.")]
    items: Annotated[list[DrawnItemIn], Field(max_length=50)]


class DrawnStateIn(Shape):
    """How far a drawn map is."""

    model_config = _example({"state": "review"})

    state: MapStatus


class CellConflict(Problem):
    """Somebody changed the cell since it was seen: nothing was stored."""

    seen: DrawnCellIn
    current: DrawnCellShape


class QueueEntry(Shape):
    """A claim that is left to decide."""

    claim_id: str
    owner: Annotated[str, Field(description="`persona:ID` or `map:ID:PHASE`.")]
    section: str
    text: str
    people: int
    against: int
    contested: bool
    second_look: Annotated[bool, Field(description="Accepted by somebody else, and comes back for a second look.")]
    must_read: Annotated[list[str], Field(description="Whose words should be read before it is accepted.")]


class QueuePart(Page):
    """What is left, the weakest evidence first."""

    items: list[QueueEntry]


class Measures(Shape):
    """How far two readers agree on claims of one kind."""

    first: Annotated[str, Field(description="A name; empty for the draft itself.")]
    second: str
    kind: Annotated[str, Field(description="A section or lane; empty for all together.")]
    claims: int
    agreed: int
    percent: float | None
    ac1: float | None
    alpha: float | None
    rejected_first: Annotated[float | None, Field(description="Share of the claims that the first rejected.")]
    rejected_second: float | None


class Opposed(Shape):
    """A claim on which people decided differently."""

    claim_id: str
    section: str
    verdicts: Annotated[dict[str, str], Field(description="Name to `accept`, `edit` or `reject`.")]


class AgreementShape(Shape):
    """Agreement between people and the draft, and between two people, by kind."""

    with_draft: list[Measures]
    between_people: list[Measures]
    disagreements: list[Opposed]


class LedgerQuery(BaseModel):
    """Which decisions; addresses of pages carry more than these."""

    by: Annotated[str, Field(max_length=100)] = ""
    action: Annotated[str, Field(max_length=10)] = ""
    subject: Annotated[str, Field(max_length=20)] = ""
    text: Annotated[str, Field(max_length=100)] = ""
    offset: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
