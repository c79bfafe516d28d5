"""Deciding on claims: what is left and in which order, what must be read first, adding and moving a claim.

The promises: the weakest evidence comes first; whose words a page must have shown before a claim is accepted is said
here (`must_read`), where somebody speaks against it or fewer than three people stand behind it; every twentieth
acceptance comes back to somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from synth.domain import MAP_LANES, PERSONA_SECTIONS, Claim, JourneyMap, Persona, PhaseColumn, content_id, fold_space
from synth.errors import InputError, NotFoundError
from synth.pipeline.loading import load_results
from synth.pipeline.shown import ShownStudy
from synth.pipeline.versions import ClaimChangedError, claim_version
from synth.results import State
from synth.review import Decision, decision_stacks, moved_claims, shown_owner
from synth.store import Store, Study

FIRM_PEOPLE = 3
"""Fewer people than this behind a claim: its words must be read before it is accepted."""
MOST_TO_READ = 12
"""Of each side; nobody reads more before a decision."""
SECOND_LOOK_EVERY = 20
MOST_CLAIM = 400
"""Signs of a claim that a person writes."""


def decide_claim(
    store: Store, study: Study, claim_id: str, action: str, *, by_whom: str, text: str | None = None, why: str = ""
) -> Decision:
    """Append a decision on a claim; a beginning of its id is enough where it is the only one that begins so.

    Raises:
        NotFoundError: no claim, or more than one, begins with this id; or there is nothing to undo.
    """
    results = load_results(store, study)
    found = [claim for claim in results.draft.claims() if claim.id.startswith(claim_id)]
    if len(found) != 1:
        raise NotFoundError(
            f"{len(found) or 'No'} claims of '{study.name}' begin with {claim_id}. "
            "The ids stand in the JSON and CSV exports."
        )
    if action == "undo" and not decision_stacks(store.claim_decisions(study, found[0].id)).get(found[0].id):
        raise NotFoundError("No decision on this claim stands that could be undone.")
    decision = Decision(
        draft_id=store.newest_draft_id(study) or "",
        subject="claim",
        subject_id=found[0].id,
        action=action,
        by_whom=by_whom,
        before=found[0].text,
        after=text if action == "edit" else None,
        why=why,
    )
    store.decide(study, decision)
    return decision


# --- The queue ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Placed:
    """A claim with where it stands."""

    claim: Claim
    persona: Persona
    journey: JourneyMap | None = None
    """The map that it stands on; None where it stands on the persona's own page."""
    column: PhaseColumn | None = None
    second_look: bool = False
    """Whether it is accepted and comes back for somebody else to look at."""

    @property
    def owner(self) -> str:
        """As drafts and decisions name it."""
        if self.journey is None or self.column is None:
            return f"persona:{self.persona.id}"
        return f"map:{self.journey.id}:{self.column.phase}"


def placed_claims(study: ShownStudy) -> Iterator[Placed]:
    """All claims that are shown, each with its place, persona by persona."""
    maps = {journey.persona_id: journey for journey in study.draft.maps}
    for persona in study.draft.personas:
        for claim in persona.claims:
            yield Placed(claim, persona)
        journey = maps.get(persona.id)
        for column in journey.phases if journey else ():
            for claim in column.claims:
                yield Placed(claim, persona, journey, column)


def find_claim(study: ShownStudy, claim_id: str) -> Placed | None:
    """A claim with its place; None where it is not shown."""
    return next((one for one in placed_claims(study) if one.claim.id == claim_id), None)


def review_queue(study: ShownStudy, again: Sequence[str] = ()) -> list[Placed]:
    """What is left to decide: contested first, then second looks, then by the number of people, fewest first.

    Args:
        study: with decisions applied.
        again: accepted claims that come back for a second look.
    """
    back = set(again)
    found: list[tuple[int, int, Placed]] = []
    for one in placed_claims(study):
        state = study.state(one.claim.id)
        if state is State.PROPOSED:
            found.append((0 if one.claim.contested else 2, len(one.claim.participant_ids), one))
        elif state is State.ACCEPTED and one.claim.id in back:
            found.append((1, 0, Placed(one.claim, one.persona, one.journey, one.column, second_look=True)))
    return [one for _, _, one in sorted(found, key=lambda entry: entry[:2])]


def must_read(claim: Claim) -> tuple[str, ...]:
    """Whose words a page must have shown before this claim is accepted; nobody's where its evidence is firm.

    Programs are told in the queue and cannot show that they have read: nothing holds them to it.
    """
    if not claim.finding_ids or not (claim.contested or len(claim.participant_ids) < FIRM_PEOPLE):
        return ()
    return (*claim.participant_ids[:MOST_TO_READ], *claim.against_participant_ids[:MOST_TO_READ])


def evidence_version(claim: Claim) -> str:
    """A short sign for what a claim stands on: proof that somebody read it holds as long as this does."""
    return content_id("evidence", list(claim.finding_ids), list(claim.against_finding_ids))


# --- One's own claims, and moves ----------------------------------------------------------------------------------


def add_claim(
    store: Store, study: Study, shown: ShownStudy, owner: str, section: str, text: str, *, by_whom: str
) -> Decision:
    """Put a claim that a person wrote on a persona or into a cell of a map; it is marked as theirs.

    Raises:
        InputError: there is no such place, or nothing was written.
    """
    kind, _, rest = owner.partition(":")
    phase = rest.partition(":")[2] or None
    sections = PERSONA_SECTIONS if kind == "persona" else MAP_LANES
    owners = {one.owner for one in _places(shown)}
    sentence = fold_space(text)
    if owner not in owners or section not in sections:
        raise InputError("There is no such place on the personas and maps that are shown. Load the page again.")
    if not 1 <= len(sentence) <= MOST_CLAIM:
        raise InputError(f"A claim has 1 to {MOST_CLAIM} signs.")
    with store.write():
        # Counted under the lock, so that two people who write the same at once get two claims.
        so_far, _ = store.decisions_part(study, 0, 0)
        claim_id = content_id("own", owner, section, phase, sentence, by_whom, so_far)
        store.add_claim(study, claim_id, owner, section, phase, section == "idea")
        number = store.decide(study, Decision(shown.draft_id, "claim", claim_id, "add", by_whom, None, sentence))
    return store.decision(study, number)


def move_claim(
    store: Store, study: Study, shown: ShownStudy, claim_id: str, persona_id: str, *, by_whom: str, seen: str,
    why: str = "",
) -> Decision:  # fmt: skip
    """Move a claim to another persona: to the same section of its page, or the same cell of its map.

    Raises:
        NotFoundError: there is no such claim or persona.
        ClaimChangedError: it is shown otherwise than it was seen, or somebody else moved it meanwhile.
    """
    placed = find_claim(shown, claim_id)
    target = next((one for one in shown.draft.personas if one.id == persona_id), None)
    if placed is None or target is None:
        raise NotFoundError("The newest draft has no such claim or persona. Nothing was stored.")
    owner = f"persona:{target.id}"
    if placed.journey is not None and placed.column is not None:
        journey = next((one for one in shown.draft.maps if one.persona_id == target.id), None)
        if journey is None:
            raise NotFoundError("That persona has no journey map. Nothing was stored.")
        owner = f"map:{journey.id}:{placed.column.phase}"
    with store.write():
        current = claim_version(store, study, claim_id)
        moved = moved_claims(store.claim_decisions(study, claim_id)).get(claim_id, placed.owner)
        there = shown_owner(moved, placed.claim, shown.draft)
        if current is None or current.mark != seen or there != placed.owner:
            raise ClaimChangedError(current)
        decision = Decision(shown.draft_id, "claim", claim_id, "assign", by_whom, placed.owner, owner, why)
        return store.decision(study, store.decide(study, decision))


def _places(study: ShownStudy) -> Iterator[Placed]:
    """Every page and cell that a claim may stand on."""
    maps = {journey.persona_id: journey for journey in study.draft.maps}
    nothing = Claim("", "", "", (), ())
    for persona in study.draft.personas:
        yield Placed(nothing, persona)
        journey = maps.get(persona.id)
        for column in journey.phases if journey else ():
            yield Placed(nothing, persona, journey, column)
