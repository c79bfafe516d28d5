"""What the review takes and gives as JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.models import Id, Page, whole_signs
from api.shapes import Shape


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


class CommentList(Shape):
    """Comments in the order in which they were written."""

    items: list[CommentShape]


class CommentIn(Shape):
    """Something to say about a claim."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"claim_id": "4c51ad5e0a3fd2b7", "text": "@joris only new customers?"}]},
    )

    claim_id: Id
    text: Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(whole_signs)]


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
