"""Claims and personas for programs: one claim with its words, one's own claims, moves, other groups of people.

A claim of weak evidence is accepted only with `read`, which GET of the claim gives once the words of everybody in
`must_read` are in its answer. It holds for whoever asked, for this version of the claim and of its evidence: a program
that never fetched the words has none, and one that fetched them before the evidence changed has an old one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from api.access import Anybody, Keys, ResearchedStudy, ReviewedStudy, ViewedStudy
from api.claims import MOST_FINDINGS
from api.deciding import changed, decision_json, read_proof
from api.deps import OpenStore, Shown, StudyShown
from api.errors import Problem
from api.models import Conflict, Id
from api.models import Decision as DecisionShape
from api.once import IdempotencyKey, once
from api.review_models import ClaimOpened, MergeIn, MoveIn, NameIn, OwnClaimIn, PersonIn, Reshaped, SplitIn
from api.reviewing import need_claim, told
from api.routes.answers import OF_DRAFT, Responses, send
from synth.domain import Claim
from synth.export.json import claim_json
from synth.pipeline.deciding import add_claim, move_claim, must_read
from synth.pipeline.reshaping import assign_person, merge_personas, rename_persona, split_persona
from synth.pipeline.versions import ClaimChangedError
from synth.store import Store, Study

router = APIRouter(prefix="/api/v1/studies/{study_id}", tags=["review"])

_OF_CLAIM: Responses = {
    **OF_DRAFT,
    404: {"model": Problem, "description": "`study-not-found`, `no-draft`, `claim-not-found`"},
}
_OF_MOVE: Responses = {
    **OF_DRAFT,
    404: {"model": Problem, "description": "`study-not-found`, `no-draft`, `claim-not-found`, `not-found`"},
    409: {"model": Conflict, "description": "`claim-changed` with the claim as it is now"},
}
_OF_OWN: Responses = {**OF_DRAFT, 409: {"model": Problem, "description": "`key-reused`"}}
_OF_RESHAPING: Responses = {
    **OF_DRAFT,
    404: {"model": Problem, "description": "`study-not-found`, `not-found`"},
    412: {"model": Problem, "description": "`changed-meanwhile`: another draft came since"},
}


@router.get("/claims/{claim_id}", response_model=ClaimOpened, responses=_OF_CLAIM, operation_id="get_claim")
def get_claim(
    study: ViewedStudy, store: OpenStore, shown: Shown, study_shown: StudyShown, visitor: Anybody, keys: Keys,
    claim_id: Id,
    people: Annotated[int, Query(ge=1, le=1_000, description="Of how many people words are given.")] = 50,
) -> Response:  # fmt: skip
    """One claim with the words that it stands on, names hidden, and its history.

    `version` and, where words must be read, `read` are what a decision sends back.
    """
    placed = need_claim(study_shown, claim_id)
    claim = placed.claim
    needed = must_read(claim)
    # Those whose words must be read come first.
    order = list(dict.fromkeys([*needed, *claim.participant_ids, *claim.against_participant_ids]))
    chosen = set(order[:people])
    part = _part(store, study, claim, chosen)
    results = shown.words(store, study_shown, [*part.finding_ids, *part.against_finding_ids])
    unread = [one for one in needed if one not in chosen]
    version = study_shown.marks[claim.id]
    decisions = store.claim_decisions(study, claim.id)
    history = [
        decision_json(one) | {"before": entry.before or None, "after": entry.after or None, "why": entry.why}
        for one, entry in zip(decisions, told(store, shown, study_shown, decisions), strict=True)
    ]
    return send({
        "draft_id": study_shown.draft_id,
        "version": version,
        "owner": placed.owner,
        "persona_id": placed.persona.id,
        "must_read": list(needed),
        "unread": unread,
        "read": None if unread else read_proof(keys, visitor, claim, version),
        "rest": order[people:],
        "claim": claim_json(part, results, placed.persona.participant_ids)
        | {"findings": list(claim.finding_ids), "against_findings": list(claim.against_finding_ids)},
        "history": history,
    })  # fmt: skip


@router.post("/claims", response_model=DecisionShape, status_code=201, responses=_OF_OWN, operation_id="add_claim")
def post_claim(
    study: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, asked: OwnClaimIn,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Put a claim of your own on a persona or into a cell of a map; it is marked as written by a person.

    `subject_id` of the answer is the claim's id. Undoing that decision takes the claim away.
    """

    def add() -> JSONResponse:
        taken = add_claim(store, study, study_shown, asked.owner, asked.section, asked.text, by_whom=visitor.name)
        return send(decision_json(taken), 201)

    what = f"POST /api/v1/studies/{study.id}/claims"
    return once(store, visitor, idempotency_key, what, asked.model_dump(mode="json"), add)


@router.post(
    "/claims/{claim_id}/move", response_model=DecisionShape, status_code=201, responses=_OF_MOVE,
    operation_id="move_claim",
)  # fmt: skip
def post_move(
    study: ReviewedStudy, store: OpenStore, study_shown: StudyShown, visitor: Anybody, claim_id: Id, asked: MoveIn
) -> Response:
    """Move a claim to another persona: to the same section, or the same cell of its map.

    Where it was changed or moved since it was seen, nothing is stored and the answer is 409.
    """
    need_claim(study_shown, claim_id)
    try:
        taken = move_claim(store, study, study_shown, claim_id, asked.persona_id, by_whom=visitor.name,
                           seen=asked.version, why=asked.why)  # fmt: skip
    except ClaimChangedError as error:
        raise changed(None, error.current) from error
    return send(decision_json(taken), 201)


# --- Other groups of people ------------------------------------------------------------------------------------------


@router.post(
    "/personas/{persona_id}/merge", response_model=Reshaped, status_code=201, responses=_OF_RESHAPING,
    operation_id="merge_personas",
)  # fmt: skip
def post_merge(study: ResearchedStudy, store: OpenStore, visitor: Anybody, persona_id: Id, asked: MergeIn) -> Response:
    """Make one persona of two; this one keeps its id and name, and its map follows. Makes a new draft."""
    merge_personas(store, study, persona_id, asked.other_id, by_whom=visitor.name, seen_draft=asked.draft_id,
                   why=asked.why)  # fmt: skip
    return _reshaped(store, study, persona_id)


@router.post(
    "/personas/{persona_id}/split", response_model=Reshaped, status_code=201, responses=_OF_RESHAPING,
    operation_id="split_persona",
)  # fmt: skip
def post_split(study: ResearchedStudy, store: OpenStore, visitor: Anybody, persona_id: Id, asked: SplitIn) -> Response:
    """Take people out of a persona and make another one of them; both maps follow. Makes a new draft."""
    made = split_persona(store, study, persona_id, asked.people, asked.name, by_whom=visitor.name,
                         seen_draft=asked.draft_id, why=asked.why)  # fmt: skip
    return _reshaped(store, study, made)


@router.post(
    "/personas/{persona_id}/name", response_model=Reshaped, status_code=201, responses=_OF_RESHAPING,
    operation_id="rename_persona",
)  # fmt: skip
def post_name(study: ResearchedStudy, store: OpenStore, visitor: Anybody, persona_id: Id, asked: NameIn) -> Response:
    """Call a persona otherwise; its map goes by the new name too. Makes a new draft."""
    rename_persona(store, study, persona_id, asked.name, by_whom=visitor.name, seen_draft=asked.draft_id,
                   why=asked.why)  # fmt: skip
    return _reshaped(store, study, persona_id)


@router.post(
    "/personas/{persona_id}/people", response_model=Reshaped, status_code=201, responses=_OF_RESHAPING,
    operation_id="move_person",
)  # fmt: skip
def post_person(
    study: ResearchedStudy, store: OpenStore, visitor: Anybody, persona_id: Id, asked: PersonIn
) -> Response:
    """Move a person to this persona; the maps of both follow. Makes a new draft."""
    assign_person(store, study, asked.participant, persona_id, by_whom=visitor.name, seen_draft=asked.draft_id,
                  why=asked.why)  # fmt: skip
    return _reshaped(store, study, persona_id)


def _reshaped(store: Store, study: Study, persona_id: str) -> Response:
    return send({"persona_id": persona_id, "draft_id": store.newest_draft_id(study)}, 201)


def _part(store: Store, study: Study, claim: Claim, people: set[str]) -> Claim:
    """The claim with the findings of these people alone."""
    cited = [*claim.finding_ids[:MOST_FINDINGS], *claim.against_finding_ids[:MOST_FINDINGS]]
    own = {one.id for one in store.findings_by_id(study, cited) if one.participant_id in people}
    return replace(
        claim,
        finding_ids=tuple(one for one in claim.finding_ids if one in own),
        against_finding_ids=tuple(one for one in claim.against_finding_ids if one in own),
    )
