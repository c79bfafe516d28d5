"""What uploads and runs take and give: checked here, unknown fields are errors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.models import Id, Sentence
from api.shapes import Failure, Shape

ShortText = Annotated[Sentence, Field(max_length=200)]
State = Literal["waiting", "read", "refused"]


class UploadOne(Shape):
    """A file that was given to a study."""

    id: str
    name: Annotated[str, Field(description="Made safe, and unlike any other of the study.")]
    bytes: int
    sha256: str
    state: State
    why: Annotated[str | None, Field(description="Why it was refused.")]
    code: Annotated[str | None, Field(description="Which reason that is, such as `pdf-scanned`.")]
    uploaded_by: str
    uploaded_utc: str
    reading: Annotated[
        dict[str, Any],
        Field(description="How it was read at first sight: `transcripts` with format, language, speakers, warnings, "
                          "skipped and a preview; or `roster`, the rows of a table of participants."),
    ]  # fmt: skip
    corrections: Annotated[dict[str, Any], Field(description="What was corrected of that.")]


class UploadList(Shape):
    """The files of a study, oldest first."""

    items: list[UploadOne]


class NotTaken(Shape):
    """A file that was not taken."""

    name: str
    why: str
    code: str | None


class UploadsTaken(Shape):
    """What became of the files of a request; an archive is several."""

    items: list[UploadOne]
    refused: list[NotTaken]


class EstimatedPart(Shape):
    """What one part of a run would take."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Annotated[float | None, Field(description="null where the price is unknown.")]
    minutes: float


class Expected(Shape):
    """What a run would take."""

    model: str
    transcripts: int
    chunks: int
    chunks_done: Annotated[int, Field(description="Those that were answered before: they cost nothing.")]
    input_tokens: int
    output_tokens: int
    cost_usd: Annotated[float | None, Field(description="null where the price is unknown.")]
    minutes: float
    lanes: int
    failures: list[Failure]
    changed: Annotated[str | None, Field(description="What was read before and would be asked anew.")]
    reading: EstimatedPart
    drafting: EstimatedPart
    critic: EstimatedPart


class ShownName(Shape):
    """A name with what stands in its place; for the eyes of whoever uploads."""

    kind: str
    name: str
    pseudonym: str
    times: int


class LeftPlace(Shape):
    """Where a word stands."""

    interview: str
    line: int


class LeftWord(Shape):
    """Words with capitals that would be sent as they are."""

    words: str
    times: int
    places: Annotated[list[LeftPlace], Field(description="The first few.")]


class Checked(Shape):
    """What a run would read, cost and send; nothing was stored or sent to find out."""

    estimate: Annotated[Expected | None, Field(description="null where it cannot be told: `problem` says why.")]
    leaves: Annotated[bool, Field(description="Whether words are sent to a model.")]
    names: Annotated[list[ShownName], Field(description="Empty where names are left as they are (`SYNTH_NAMES`).")]
    left: list[LeftWord]
    problem: str


class WebhookSecret(Shape):
    """What the webhooks of a study are signed with."""

    secret: Annotated[str, Field(description="The key of the HMAC-SHA256 in `X-Synth-Signature`.")]


class SpeakerIn(BaseModel):
    """Who somebody in a file is."""

    model_config = ConfigDict(extra="forbid")

    transcript: Annotated[int, Field(ge=0, le=10_000, description="Place of the interview in the file, from 0.")] = 0
    speaker: Annotated[str, Field(max_length=200, description="The label as the file has it.")] = ""
    role: Literal["participant", "interviewer", "unknown"]
    participant: Annotated[
        ShortText, Field(description="Whose voice it is, such as P07; two speakers of one id are one.")
    ] = ""


class CorrectionsIn(BaseModel):
    """Who is who in a file, in place of what was corrected before."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "wave": "2026-Q1",
                    "speakers": [
                        {"speaker": "Speaker 1", "role": "interviewer"},
                        {"speaker": "Speaker 2", "role": "participant", "participant": "P07"},
                    ],
                    "attributes": {"P07": {"household": "couple"}},
                }
            ]
        },
    )

    wave: ShortText = ""
    speakers: Annotated[list[SpeakerIn], Field(max_length=200)]
    attributes: Annotated[dict[ShortText, dict[ShortText, ShortText]], Field(max_length=200)] = {}


class RunIn(BaseModel):
    """How the waiting files are to be read; what is left out is as the service is set."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"model": "offline"}, {"model": "openai/NAME", "budget_usd": 5}]},
    )

    model: Annotated[ShortText | None, Field(description="`offline`, or any name that litellm takes.")] = None
    language: Literal["auto", "en", "nl"] | None = None
    wave: ShortText | None = None
    names: Literal["auto", "replace", "keep"] | None = None
    personas: Literal["auto", "1", "2", "3", "4", "5"] | None = None
    budget_usd: Annotated[float | None, Field(gt=0, le=100_000)] = None
    webhook: Annotated[str | None, Field(max_length=500, description="An address that is told when the run ends.")] = (
        None
    )


class RunOne(Shape):
    """A run."""

    id: Id
    state: Literal["waiting", "running", "paused", "cancelled", "done", "partly", "stopped", "failed", "interrupted"]
    asked: Annotated[str | None, Field(description="`pause` or `cancel`, until it is done.")]
    progress: Annotated[dict[str, Any], Field(description="`step`, `done`, `total`, `seconds`, `said`.")]
    report: Annotated[
        dict[str, Any], Field(description="What it came to, as `synth run --json`; empty before the end.")
    ]
    asked_by: str
    asked_utc: str
    started_utc: str | None
    ended_utc: str | None


class RunList(Shape):
    """Runs, the newest first."""

    items: list[RunOne]
