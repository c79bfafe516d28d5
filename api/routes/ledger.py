"""Decisions: the ledger with filters and undo, its export for a methods section, and how far people agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.access import Anybody, ViewedStudy
from api.deps import OpenStore, Shown, StudyShown
from api.models import Paging
from api.rendering import page_words_of, render
from api.review_models import AgreementShape, LedgerQuery, QueuePart
from api.reviewing import Told, told, undoable
from api.routes.answers import OF_DRAFT, send
from api.words import Words
from synth.export.csv import table_of
from synth.pipeline.agreeing import AgreementReport, Disagreement, PairAgreement, study_agreement
from synth.pipeline.deciding import SECOND_LOOK_EVERY, must_read, review_queue
from synth.store.decisions import LedgerFilter

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/studies/{study_id}", tags=["review"])

PER_PAGE = 50
ACTIONS = ("accept", "edit", "reject", "undo", "add", "assign", "merge", "split")
SUBJECTS = ("claim", "theme", "persona", "participant", "finding")


@dataclass(frozen=True, slots=True)
class Row:
    """One decision in the table."""

    told: Told
    subject: str
    subject_id: str
    claim: str
    """The sentence that it is about, where that is a claim."""
    mark: str
    """To undo it; empty where an undo would take back something else, or nothing."""


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A part of the ledger."""

    rows: tuple[Row, ...]
    total: int
    offset: int
    limit: int
    people: tuple[str, ...]
    wanted: LedgerQuery
    address: str
    filtered: bool


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """How far people agree, in tables."""

    report: AgreementReport
    disagreements: tuple[tuple[Disagreement, str], ...]
    """Each with its sentence, names hidden."""


@router.api_route("/studies/{study_id}/decisions", methods=["GET", "HEAD"])
def show_ledger(
    request: Request, study: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown,
    wanted: Annotated[LedgerQuery, Query()],
) -> Response:  # fmt: skip
    """Who decided what, when, from what to what, and why: the newest first."""
    chosen = LedgerFilter(wanted.by, wanted.action, wanted.subject, wanted.text)
    total, decisions = store.ledger(study, chosen, PER_PAGE, wanted.offset)
    sentences = store.claim_texts(study, [one.subject_id for one in decisions if one.subject == "claim"])
    mask = shown.mask(store, study)
    rows = tuple(
        Row(entry, one.subject, one.subject_id, mask(sentences.get(one.subject_id, ("", ""))[1]),
            study_shown.marks.get(one.subject_id, "") if one.subject == "claim" and undoable(store, study, one) else "")
        for one, entry in zip(decisions, told(store, shown, study_shown, decisions), strict=True)
    )  # fmt: skip
    filters = {key: value for key, value in
               (("by", wanted.by), ("action", wanted.action), ("subject", wanted.subject), ("text", wanted.text))
               if value}  # fmt: skip
    base = f"/studies/{study.id}/decisions?"
    page = LedgerPage(
        rows=rows,
        total=total,
        offset=wanted.offset,
        limit=PER_PAGE,
        people=tuple(store.deciders(study)),
        wanted=wanted,
        address=f"{base}{urlencode(filters)}&" if filters else base,
        filtered=bool(filters),
    )
    return render(request, "review/ledger.html.j2", page, actions=ACTIONS, subjects=SUBJECTS)


@router.api_route("/studies/{study_id}/decisions/agreement", methods=["GET", "HEAD"])
def show_agreement(request: Request, study: ViewedStudy, store: OpenStore, shown: Shown) -> Response:
    """How far people agree with the draft and with each other."""
    report, mask = study_agreement(store, study), shown.mask(store, study)
    page = AgreementPage(report, tuple((one, mask(one.text)) for one in report.disagreements))
    return render(request, "review/agreement.html.j2", page)


@router.api_route("/studies/{study_id}/decisions.{kind}", methods=["GET", "HEAD"])
def export_ledger(
    request: Request, study: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown,
    kind: Literal["csv", "md"],
) -> Response:  # fmt: skip
    """The whole ledger as a table, or as a passage for a methods section."""
    decisions = store.decisions(study)
    entries = told(store, shown, study_shown, decisions)
    words = page_words_of(request)
    if kind == "csv":
        head = ("number", "decided_utc", "by", "subject", "subject_id", "action", "from", "to", "why")
        rows = (
            (one.number, one.decided_utc, one.by_whom, one.subject, one.subject_id, one.action, entry.before,
             entry.after, entry.why)
            for one, entry in zip(decisions, entries, strict=True)
        )  # fmt: skip
        content, media = table_of(head, rows), "text/csv; charset=utf-8"
    else:
        passage = _methods(words, entries, study_agreement(store, study))
        content, media = passage.encode("utf-8"), "text/markdown; charset=utf-8"
    return Response(
        content, media_type=media, headers={"content-disposition": f'attachment; filename="decisions.{kind}"'}
    )


# --- For programs ----------------------------------------------------------------------------------------------------


@api_router.get("/queue", response_model=QueuePart, responses=OF_DRAFT, operation_id="list_queue")
def list_queue(
    study: ViewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, paging: Annotated[Paging, Query()]
) -> Response:
    """What is left to decide: contested first, then second looks, then the fewest people."""
    queue = review_queue(study_shown, store.second_looks(study, SECOND_LOOK_EVERY, visitor.name))
    items = [
        {
            "claim_id": one.claim.id, "owner": one.owner, "section": one.claim.section, "text": one.claim.text,
            "people": len(one.claim.participant_ids), "against": len(one.claim.against_participant_ids),
            "contested": one.claim.contested, "second_look": one.second_look, "must_read": list(must_read(one.claim)),
        }
        for one in queue[paging.offset : paging.offset + paging.limit]
    ]  # fmt: skip
    return send({"total": len(queue), "limit": paging.limit, "offset": paging.offset, "items": items})


@api_router.get("/agreement", response_model=AgreementShape, responses=OF_DRAFT, operation_id="get_agreement")
def get_agreement(study: ViewedStudy, store: OpenStore) -> Response:
    """Agreement between people and the draft, and between two people, by kind."""
    report = study_agreement(store, study)
    return send({
        "with_draft": [_measures(one) for one in report.with_draft],
        "between_people": [_measures(one) for one in report.between_people],
        "disagreements": [
            {"claim_id": one.claim_id, "section": one.section, "verdicts": dict(one.verdicts)}
            for one in report.disagreements
        ],
    })  # fmt: skip


def _measures(pair: PairAgreement) -> dict[str, object]:
    one = pair.measured
    return {
        "first": pair.first, "second": pair.second, "kind": pair.kind, "claims": one.units, "agreed": one.agreed,
        "percent": one.percent, "ac1": one.ac1, "alpha": one.alpha, "rejected_first": pair.rejected[0],
        "rejected_second": pair.rejected[1],
    }  # fmt: skip


def _methods(words: Words, entries: tuple[Told, ...], report: AgreementReport) -> str:
    people = sorted({one.by_whom for one in entries})
    counts = {action: sum(one.action == action for one in entries) for action in ACTIONS}
    lines = [f"# {words('ledger.methods_title')}", ""]
    if not entries:
        return "\n".join([*lines, words("ledger.none"), ""])
    lines += [
        words.count("ledger.methods", len(entries), people=words.listed(people),
                    first=words.date(entries[0].utc), last=words.date(entries[-1].utc)),
        "",
    ]  # fmt: skip
    lines += [f"- {words(f'review.did.{action}')}: {words.whole(n)}" for action, n in counts.items() if n]
    lines += ["", f"## {words('ledger.agreement')}", "", words("ledger.measures"), ""]
    for pair in (*report.with_draft, *report.between_people):
        if not pair.kind:
            first = pair.first or words("ledger.draft")
            lines.append(f"- {first} / {pair.second}: " + _figures(words, pair))
    lines += ["", f"## {words('ledger.title')}", ""]
    for one in entries:
        change = " → ".join(part for part in (one.before, one.after) if part)
        why = f" ({one.why})" if one.why else ""
        lines.append(f"{one.number}. {words.time(one.utc)}, {one.by_whom}: {words(f'review.did.{one.action}')}"
                     f"{': ' + change if change else ''}{why}")  # fmt: skip
    return "\n".join([*lines, ""])


def _figures(words: Words, pair: PairAgreement) -> str:
    one = pair.measured

    def figure(value: float | None) -> str:
        return "\N{EN DASH}" if value is None else words.decimal(value, 2)

    return words.count(
        "ledger.figures", one.units, percent=figure(one.percent), ac1=figure(one.ac1),
        alpha=figure(one.alpha), first=figure(pair.rejected[0]), second=figure(pair.rejected[1]),
    )  # fmt: skip
