"""What the pages of interviews, findings, themes and search give over HTTP, and how a finding is put into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from api.errors import Problem
from api.models import Id, Page, Sentence, whole_signs
from api.shapes import Finding as FindingShape
from api.shapes import Shape
from api.words import Words
from synth.domain import Draft, Emotion, Finding, Motivation
from synth.export.interface import MINUS
from synth.frameworks import Framework
from synth.pipeline.waves import MOST_WAVE
from synth.store.search import UsedIn

Stands = Literal["open", "accept", "reject"]


# --- JSON ------------------------------------------------------------------------------------------------------------


class SeenFinding(Shape):
    """A finding with what was seen to stand on it."""

    finding_id: Id
    seen: Annotated[Stands, Field(description="`open` where nobody's decision stands.")] = "open"
    read: Annotated[
        Id | None,
        Field(description="Says that its words were given to you: GET of findings gives it. `undo` wants none."),
    ] = None


class FindingDecisionsIn(Shape):
    """One decision on several findings."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "action": "reject",
                    "why": "The interviewer said it.",
                    "findings": [
                        {
                            "finding_id": "9f0c1d6b7a2e4f58",
                            "seen": "open",
                            "read": "3b9d1f7c5a08e264b9d1f7c5a08e2643",
                        }
                    ],
                }
            ]
        },
    )

    action: Annotated[Literal["accept", "reject", "undo"], Field(description="`undo` takes back the last one.")]
    findings: Annotated[list[SeenFinding], Field(min_length=1, max_length=200)]
    why: Annotated[Sentence, Field(max_length=2_000)] = ""


class FindingState(Shape):
    """What stands on a finding."""

    finding_id: str
    state: Stands


class FindingDecisions(Shape):
    """The entries of the ledger, and what stands on each finding from now on."""

    decisions: list[int]
    items: list[FindingState]


class FindingOne(Shape):
    """One finding with its words, and what stands on it."""

    finding: FindingShape
    state: Stands
    read: Annotated[str, Field(description="Says that its words were given to you: send it with a decision on it.")]


class UnreadFindings(Problem):
    """Findings whose words were not given to whoever decides; nothing was stored."""

    unread: list[str]


class FindingsConflict(Problem):
    """Findings that were decided on meanwhile; nothing was stored."""

    changed: Annotated[dict[str, str], Field(description="Finding to `open`, `accept`, `reject` or `gone`.")]


class InterviewSummary(Shape):
    """One interview in numbers."""

    id: str
    name: str
    language: str
    wave: str | None
    participants: list[str]
    lines: int
    findings: int
    cited_share: Annotated[float | None, Field(description="Of what participants said; null where nobody spoke.")]
    warnings: int


class InterviewPage(Page):
    """Interviews by name."""

    items: list[InterviewSummary]


class InterviewLine(Shape):
    """One line as pages show it."""

    number: int
    turn: int
    speaker: str | None
    participant: str | None
    seconds: float | None
    text: str
    findings: Annotated[list[str], Field(description="Ids of findings that stand on it.")]


class InterviewLines(Page):
    """Lines of one interview, in order, names hidden."""

    interview: InterviewSummary
    items: list[InterviewLine]


class ByHandIn(Shape):
    """A finding that a person makes."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "emotion",
                    "first_line": 12,
                    "last_line": 13,
                    "key": "relief",
                    "label": "relieved when it came",
                    "phase": "use",
                    "valence": 2,
                }
            ]
        },
    )

    kind: Literal["motivation", "emotion", "touchpoint"]
    first_line: Annotated[int, Field(ge=1, le=10_000_000)]
    last_line: Annotated[int, Field(ge=1, le=10_000_000)]
    key: Annotated[str, Field(max_length=60, description="A driver or `functional`, an emotion, or a channel.")]
    label: Annotated[Sentence, Field(min_length=1, max_length=80)]
    phase: Annotated[str | None, Field(max_length=60)] = None
    valence: Annotated[int | None, Field(ge=-2, le=2, description="With an emotion; null: the framework's.")] = None


class FindingMade(Shape):
    """The finding that was stored."""

    finding_id: str


class FoundLine(Shape):
    """A line that holds the words."""

    interview_id: str
    interview: str
    line: int
    participant: str | None
    text: str


class FoundLines(Page):
    """Lines in which the words weigh most first; `more` where there are more than are counted."""

    more: bool
    items: list[FoundLine]


class ThemeSummary(Shape):
    """A theme as people regrouped it."""

    id: str
    kind: str
    label: str
    phase: str | None
    participants: list[str]
    findings: int


class ThemePage(Page):
    """Themes, those of most people first within each kind."""

    items: list[ThemeSummary]


class ThemeChangeIn(Shape):
    """How themes are regrouped."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"action": "merge", "theme_ids": ["9f0c1d6b7a2e4f58", "4c51ad5e0a3fd2b7"], "label": "Wants to be sure"}
            ]
        },
    )

    action: Annotated[
        Literal["merge", "split", "rename", "undo"],
        Field(
            description="`merge` and `split` and `rename` are appended to the ledger; `undo` takes the last one back."
        ),
    ]
    theme_ids: Annotated[
        list[Id], Field(min_length=1, max_length=100, description="With `merge` all of them, the one that stays first.")
    ]
    finding_ids: Annotated[
        list[Id], Field(max_length=200, default_factory=list, description="With `split`: those that leave.")
    ]
    label: Annotated[Sentence | None, Field(max_length=80, description="The name of what comes of it.")] = None


class ThemeChanged(Shape):
    """The entry of the ledger."""

    action: str
    theme_id: str


class MeasuredIn(Shape):
    """Counts of what was measured, as CSV (docs/plan.md)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"csv": "phase,channel,event,count\nuse,website,visit,1200\n"}]},
    )

    csv: Annotated[str, Field(min_length=1, max_length=900_000), AfterValidator(whole_signs)]
    wave: Annotated[Sentence, Field(max_length=100, description="Of rows that name none.")] = ""


class MeasuredKept(Shape):
    """How many rows are kept."""

    rows: int


class WaveIn(Shape):
    """A wave, and how it is to be called."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"wave": None, "name": "2026-Q1"}]})

    wave: Annotated[str | None, Field(max_length=200, description="null: the interviews that are of none.")] = None
    name: Annotated[Sentence | None, Field(max_length=MOST_WAVE, description="null: of no wave.")] = None


class WaveKept(Shape):
    """A wave under its new name."""

    interviews: Annotated[int, Field(description="How many were put into it.")]


# --- Words -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Owner:
    """A claim that stands on a finding, with where it is shown."""

    text: str
    whose: str
    address: str
    against: bool


def owner_of(used: UsedIn, draft: Draft, base: str, text: str, words: Words) -> Owner:
    """Where a claim is shown: the page of its persona or its map."""
    kind, _, rest = used.owner.partition(":")
    owner_id = rest.partition(":")[0]
    if kind == "persona":
        name = next((one.name for one in draft.personas if one.id == owner_id), "")
        return Owner(text, name, f"{base}/personas/{owner_id}", used.against)
    title = next((one.title for one in draft.maps if one.id == owner_id), "")
    return Owner(text, words("data.map_of", title=title), f"{base}/maps/{owner_id}", used.against)


def finding_words(
    finding: Finding, framework: Framework, words: Words, mask: Callable[[str], str]
) -> tuple[tuple[str, str], ...]:
    """What a finding was coded as: names and values, the driver, feeling or channel first."""
    detail, language = finding.detail, words.language
    if isinstance(detail, Motivation):
        drivers = {one.key: one.name(language) for one in framework.drivers}
        name = drivers.get(detail.driver) or words.known("driver", detail.driver)
        rows = [(words("findings.what.motivation"), name)]
        if detail.question:
            rows.append((words("data.answers_question"), words.known("question", detail.question)))
        return tuple(rows)
    if isinstance(detail, Emotion):
        emotions = {one.key: one for one in framework.emotions}
        known = emotions.get(detail.emotion)
        name = known.name(language) if known else detail.emotion
        sign = f"+{detail.valence}" if detail.valence > 0 else f"{MINUS}{-detail.valence}" if detail.valence else "0"
        said = "" if detail.stated else f", {words('finding.implied')}"
        rows = [(words("findings.what.emotion"), f"{name} {sign}{said}")]
        if detail.trigger:
            rows.append((words("data.trigger"), mask(detail.trigger)))
        return tuple(rows)
    channels = {one.key: one.name(language) for one in framework.channels}
    name = channels.get(detail.channel, detail.channel)
    rows = [(words("findings.what.touchpoint"), name)]
    if detail.from_channel:
        came = channels.get(detail.from_channel, detail.from_channel)
        kept = {True: words("finding.kept"), False: words("finding.lost"), None: ""}[detail.context_kept]
        rows.append((words("data.came_from"), f"{came}{', ' if kept else ''}{kept}"))
    if detail.matters:
        rows.append((words("data.matters"), mask(detail.matters)))
    return tuple(rows)
