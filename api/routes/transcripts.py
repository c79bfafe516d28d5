"""Interviews: the list, and one with its lines, what was found on them, what nothing cites, and coding by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.access import Anybody, ReviewedStudy, ViewedStudy
from api.data_models import (
    ByHandIn,
    FindingMade,
    InterviewLine,
    InterviewLines,
    InterviewPage,
    InterviewSummary,
    finding_words,
)
from api.deps import OpenStore, Shown
from api.errors import ApiError
from api.models import Paging
from api.rendering import page_words_of, render
from api.routes.answers import OF_STUDY, send
from api.words import Words
from synth.accounts import RuleError
from synth.domain import Kind, Role, Transcript, Turn, fold_space
from synth.errors import NotFoundError
from synth.export.interface import clock
from synth.extract import MAX_EVIDENCE_LINES
from synth.frameworks import Framework
from synth.pipeline.finding_by_hand import ByHand, code_by_hand, take_back
from synth.pipeline.loading import study_framework
from synth.pipeline.searching import list_interviews, marked, says
from synth.pipeline.shown import ShownStudies
from synth.store import Store, Study
from synth.store.interviews import Interview
from synth.store.search import Choices, FindingCard

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}/interviews", tags=["interviews"])
_READ = ["GET", "HEAD"]
PER_LIST, PER_PAGE = 30, 250
"""Interviews in the list, lines on the page of one."""
Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class InterviewsPage:
    """A part of the interviews of a study."""

    study: Study
    rows: tuple[Interview, ...]
    total: int
    limit: int
    offset: int
    choices: Choices
    wave: str
    person: str
    uploads: bool
    """Whether more can be added here."""


@dataclass(frozen=True, slots=True)
class Note:
    """A finding in the margin of the line where it begins."""

    id: str
    kind: str
    what: str
    label: str
    lines: str
    """Its run of lines where it is more than one; else empty."""
    tone: str
    """`plus`, `minus` or empty: how a feeling is."""
    decided: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class LineView:
    """One line."""

    number: int
    parts: tuple[tuple[str, bool], ...]
    rules: tuple[str, ...]
    """Kinds of the findings on it, in their order; a feeling as `emotion plus`, `emotion minus` or `emotion`."""
    notes: tuple[Note, ...]
    hit: bool
    chosen: bool
    """Whether it is of the finding that was asked for."""


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn."""

    turn: Turn
    speaker: str
    participant: str
    """Whose words may be coded; empty where nobody's journey."""
    time: str
    lines: tuple[LineView, ...]

    @property
    def bare(self) -> bool:
        """Whether a participant speaks and nothing here is cited."""
        return bool(self.participant) and not any(line.rules for line in self.lines)


@dataclass(frozen=True, slots=True)
class HandForm:
    """The form of a finding by hand, as it was filled in."""

    line: int
    last: int
    most: int
    """The last line that it may run to: of its turn, and of as many as a finding stands on."""
    kind: str = "motivation"
    driver: str = ""
    emotion: str = ""
    channel: str = ""
    label: str = ""
    phase: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class InterviewView:
    """One interview with what was found in it."""

    study: Study
    interview: Interview
    transcript: Transcript
    turns: tuple[TurnView, ...]
    first: int
    """Of the lines on this page."""
    last: int
    framework: Framework
    q: str
    hits: tuple[int, ...]
    """Lines of the whole interview that hold the words asked for."""
    bare_turns: int
    before: str | None
    after: str | None
    form: HandForm | None

    @property
    def total(self) -> int:
        """Lines of the interview."""
        return len(self.transcript.lines)


@router.api_route("/studies/{study_id}/interviews", methods=_READ)
def show_interviews(
    request: Request,
    study: ViewedStudy,
    store: OpenStore,
    shown: Shown,
    wave: Text = "",
    person: Text = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """The interviews of a study, by name."""
    total, rows = list_interviews(store, shown, study, PER_LIST, offset, wave=wave, person=person)
    uploads = "/studies/{study_id}/uploads" in request.app.state.addresses
    page = InterviewsPage(study, tuple(rows), total, PER_LIST, offset, store.choices(study), wave, person, uploads)
    return render(request, "data/interviews.html.j2", page)


@router.api_route("/studies/{study_id}/interviews/{transcript_id}", methods=_READ)
def show_interview(
    request: Request,
    study: ViewedStudy,
    store: OpenStore,
    shown: Shown,
    transcript_id: str,
    line: Annotated[int, Query(ge=1, le=10_000_000)] = 1,
    q: Text = "",
    finding: Annotated[str, Query(max_length=64)] = "",
    code: Annotated[int | None, Query(ge=1, le=10_000_000)] = None,
) -> Response:
    """One interview: its lines with what was found on them in the margin."""
    transcript = _transcript(store, shown, study, transcript_id)
    form = _form(transcript, code) if code and transcript.lines else None
    view = interview_view(store, shown, study, transcript, page_words_of(request), code or line, q, finding, form)
    if form and request.headers.get("hx-request") == "true":
        return render(request, "data/hand_form.html.j2", view)
    return render(request, "data/interview.html.j2", view)


@router.post("/studies/{study_id}/interviews/{transcript_id}/findings")
def code_lines(
    request: Request,
    study: ReviewedStudy,
    store: OpenStore,
    shown: Shown,
    visitor: Anybody,
    transcript_id: str,
    first_line: Annotated[int, Form(ge=1, le=10_000_000)],
    last_line: Annotated[int, Form(ge=1, le=10_000_000)],
    kind: Annotated[Kind, Form()],
    label: Annotated[str, Form(max_length=200)] = "",
    driver: Annotated[str, Form(max_length=60)] = "",
    emotion: Annotated[str, Form(max_length=60)] = "",
    channel: Annotated[str, Form(max_length=60)] = "",
    phase: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """A finding by hand, through the evidence gate."""
    transcript = _transcript(store, shown, study, transcript_id)
    key = {Kind.MOTIVATION: driver, Kind.EMOTION: emotion, Kind.TOUCHPOINT: channel}[kind]
    asked = ByHand(kind, first_line, last_line, key, label, phase or None)
    try:
        made = code_by_hand(store, study, transcript, asked, visitor.name)
    except RuleError as error:
        if not transcript.lines:
            raise
        filled = replace(
            _form(transcript, first_line, last_line), kind=kind.value, driver=driver, emotion=emotion, channel=channel,
            label=label, phase=phase, problem=f"problem.{error.code}",
        )  # fmt: skip
        words = page_words_of(request)
        view = interview_view(store, shown, study, transcript, words, first_line, "", "", filled)
        return render(request, "data/interview.html.j2", view, 422)
    page = f"/studies/{study.id}/interviews/{transcript.id}"
    return RedirectResponse(f"{page}?line={first_line}&finding={made.id}&said=finding_made#l{first_line}", 303)


@router.post("/studies/{study_id}/findings/{finding_id}/take-back")
def take_back_finding(study: ReviewedStudy, store: OpenStore, visitor: Anybody, finding_id: str) -> Response:
    """Take a finding made by hand away again."""
    try:
        take_back(store, study, finding_id[:64], visitor.name)
    except NotFoundError as error:
        raise ApiError("finding-not-found", str(error)) from error
    cards = store.finding_cards(study, [finding_id[:64]])
    where = cards[0].finding.evidence
    page = f"/studies/{study.id}/interviews/{where.transcript_id}"
    return RedirectResponse(f"{page}?line={where.first_line}&said=finding_taken_back#l{where.first_line}", 303)


# --- JSON ------------------------------------------------------------------------------------------------------------


@api_router.get("", response_model=InterviewPage, responses=OF_STUDY, operation_id="list_interviews")
def list_interviews_json(
    study: ViewedStudy, store: OpenStore, shown: Shown, paging: Annotated[Paging, Query()]
) -> Response:
    """Interviews by name, each with its people and how much of it is cited."""
    total, rows = list_interviews(store, shown, study, paging.limit, paging.offset)
    items = [_summary(one).model_dump() for one in rows]
    return send({"total": total, "limit": paging.limit, "offset": paging.offset, "items": items})


@api_router.get("/{transcript_id}", response_model=InterviewLines, responses=OF_STUDY, operation_id="get_interview")
def get_interview(
    study: ViewedStudy, store: OpenStore, shown: Shown, transcript_id: str, paging: Annotated[Paging, Query()]
) -> Response:
    """The lines of one interview as pages show them, names hidden, with the findings on each."""
    transcript = _transcript(store, shown, study, transcript_id)
    part = transcript.lines[paging.offset : paging.offset + paging.limit]
    cards = store.findings_of_interview(study, transcript.id, part[0].number, part[-1].number) if part else []
    items = []
    for line in part:
        speaker = transcript.speaker_of(line.number)
        here = [one.finding.id for one in cards
                if one.finding.evidence.first_line <= line.number <= one.finding.evidence.last_line]  # fmt: skip
        items.append(
            InterviewLine(
                number=line.number, turn=line.turn, speaker=speaker.name, participant=speaker.participant,
                seconds=line.start_seconds, text=fold_space(line.text), findings=here,
            ).model_dump()
        )  # fmt: skip
    head = _summary(store.interviews_by_id(study, [transcript.id])[0], transcript.name).model_dump()
    counts = {"total": len(transcript.lines), "limit": paging.limit, "offset": paging.offset}
    return send({**counts, "interview": head, "items": items})


@api_router.post(
    "/{transcript_id}/findings",
    response_model=FindingMade,
    status_code=201,
    responses=OF_STUDY,
    operation_id="code_by_hand",
)
def code_lines_json(
    study: ReviewedStudy, store: OpenStore, shown: Shown, visitor: Anybody, transcript_id: str, asked: ByHandIn
) -> Response:
    """A finding by hand. It must stand on lines of one turn of a participant, as a reader's must."""
    transcript = _transcript(store, shown, study, transcript_id)
    wanted = ByHand(Kind(asked.kind), asked.first_line, asked.last_line, asked.key, asked.label, asked.phase,
                    valence=asked.valence)  # fmt: skip
    try:
        made = code_by_hand(store, study, transcript, wanted, visitor.name)
    except RuleError as error:
        raise ApiError("already-there" if error.code == "hand-there" else "invalid-request", str(error)) from error
    return send({"finding_id": made.id}, 201)


# --- Making the page -------------------------------------------------------------------------------------------------


def interview_view(
    store: Store, shown: ShownStudies, study: Study, transcript: Transcript, words: Words, line: int, q: str,
    finding: str, form: HandForm | None,
) -> InterviewView:  # fmt: skip
    """The page as a value: the part of the interview that holds `line`, with its findings."""
    total = len(transcript.lines)
    line = max(1, min(line, total))
    first = 1 + (line - 1) // PER_PAGE * PER_PAGE
    last = min(first + PER_PAGE - 1, total)
    framework = study_framework(study)
    cards = store.findings_of_interview(study, transcript.id, first, last) if total else []
    mask = shown.mask(store, study)
    hits = tuple(one.number for one in transcript.lines if says(one.text, q)) if q.strip() else ()
    turns = _turns(transcript, cards, first, last, framework, words, mask, q if hits else "", finding)
    before, after = store.neighbours(study, transcript.id)
    interview = store.interviews_by_id(study, [transcript.id])[0]
    return InterviewView(
        study=study,
        interview=interview,
        transcript=transcript,
        turns=tuple(turns),
        first=first,
        last=last,
        framework=framework,
        q=q.strip(),
        hits=hits,
        bare_turns=sum(turn.bare for turn in turns),
        before=before,
        after=after,
        form=form,
    )


def _turns(
    transcript: Transcript, cards: Sequence[FindingCard], first: int, last: int, framework: Framework, words: Words,
    mask: Callable[[str], str], q: str, finding: str,
) -> list[TurnView]:  # fmt: skip
    starts: dict[int, list[FindingCard]] = {}
    covering: dict[int, list[FindingCard]] = {}
    for card in cards:
        where = card.finding.evidence
        starts.setdefault(max(where.first_line, first), []).append(card)
        for number in range(where.first_line, where.last_line + 1):
            covering.setdefault(number, []).append(card)
    people = {speaker.name: speaker for speaker in transcript.speakers}
    turns = []
    for turn in transcript.turns:
        if turn.last_line < first or turn.first_line > last:
            continue
        speaker = people[turn.speaker]
        lines = tuple(
            LineView(
                number=number,
                parts=_parts(transcript, number, q),
                rules=_rules(covering.get(number, ())),
                notes=tuple(_note(one, framework, words, mask) for one in starts.get(number, ())),
                hit=bool(q) and says(transcript.lines[number - 1].text, q),
                chosen=any(one.finding.id == finding for one in covering.get(number, ())),
            )
            for number in range(max(turn.first_line, first), min(turn.last_line, last) + 1)
        )
        name = speaker.name or words("role.unknown")
        begun = turn.start_seconds
        if begun is None:
            begun = transcript.lines[turn.first_line - 1].start_seconds
        time = clock(begun) if begun is not None else ""
        participant = (speaker.participant or "") if speaker.role is not Role.INTERVIEWER else ""
        turns.append(TurnView(turn, name, participant, time, lines))
    return turns


def _parts(transcript: Transcript, number: int, q: str) -> tuple[tuple[str, bool], ...]:
    text = fold_space(transcript.lines[number - 1].text)
    return marked(text, q) if q else ((text, False),)


def _rules(cards: Iterable[FindingCard]) -> tuple[str, ...]:
    order = list(Kind)
    rules = {f"{one.finding.kind.value} {_tone(one)}".strip(): order.index(one.finding.kind) for one in cards}
    return tuple(sorted(rules, key=rules.__getitem__))


def _tone(card: FindingCard) -> str:
    valence = getattr(card.finding.detail, "valence", 0)
    return "plus" if valence > 0 else "minus" if valence < 0 else ""


def _note(card: FindingCard, framework: Framework, words: Words, mask: Callable[[str], str]) -> Note:
    where = card.finding.evidence
    run = f"{where.first_line}–{where.last_line}" if where.last_line > where.first_line else ""
    return Note(
        id=card.finding.id,
        kind=card.finding.kind.value,
        what=finding_words(card.finding, framework, words, str)[0][1],
        label=mask(card.finding.label),
        lines=run,
        tone=_tone(card),
        decided=card.decided,
        by_hand=card.by_hand,
    )


def _form(transcript: Transcript, line: int, last: int | None = None) -> HandForm:
    line = max(1, min(line, len(transcript.lines)))
    turn = transcript.turn_of(line)
    most = min(turn.last_line, line + MAX_EVIDENCE_LINES - 1)
    return HandForm(line, max(line, min(last or line, most)), most)


def _transcript(store: Store, shown: ShownStudies, study: Study, transcript_id: str) -> Transcript:
    found = shown.transcripts(store, study, [transcript_id[:64]])
    if not found:
        raise ApiError("interview-not-found", "This study has no interview of this id.")
    return found[0]


def _summary(one: Interview, name: str = "") -> InterviewSummary:
    return InterviewSummary(
        id=one.id,
        name=name or one.name,
        language=one.language,
        wave=one.wave,
        participants=list(one.people),
        lines=one.lines,
        findings=one.findings,
        cited_share=round(one.cited / one.spoken, 4) if one.spoken else None,
        warnings=one.warnings,
    )
