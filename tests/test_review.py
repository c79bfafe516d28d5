"""Decisions laid over drafts: what people decided stays, what they rejected does not return, the new is proposed."""

from __future__ import annotations

from dataclasses import replace

from synth.domain import Claim, Draft, Persona
from synth.results import State
from synth.review import Decision, apply_decisions, standing_decisions

CALM = Claim("c1", "need", "Wants calm.", ("f1",), ("P1",))
CHEAP = Claim("c2", "need", "Wants it cheap.", ("f2",), ("P2",))


def draft(*claims: Claim) -> Draft:
    return Draft((Persona("p", "No surprises", ("P1", "P2"), (), None, claims, (), ()),), (), (), ())


def decision(claim: Claim, action: str, after: str | None = None) -> Decision:
    return Decision("d1", "claim", claim.id, action, "JB", claim.text, after)


def texts(shown: Draft) -> list[str]:
    return [claim.text for claim in shown.claims()]


def decided(*claims: Claim) -> dict[str, tuple[str, Claim]]:
    return {claim.id: ("persona:p", claim) for claim in claims}


def test_claim_that_nobody_decided_on_is_shown_as_drafted() -> None:
    shown = apply_decisions(draft(CALM, CHEAP), [], {})
    assert (texts(shown.draft), dict(shown.states)) == (["Wants calm.", "Wants it cheap."], {})


def test_edit_is_shown_in_place_of_the_draft() -> None:
    shown = apply_decisions(draft(CALM), [decision(CALM, "edit", "Wants peace.")], decided(CALM))
    assert (texts(shown.draft), shown.states["c1"]) == (["Wants peace."], State.EDITED)


def test_new_draft_does_not_overwrite_a_decision() -> None:
    redrafted = replace(CALM, finding_ids=("f1", "f9"))
    shown = apply_decisions(draft(redrafted), [decision(CALM, "edit", "Wants peace.")], decided(CALM))
    assert texts(shown.draft) == ["Wants peace."]
    assert shown.draft.claims()[0].finding_ids == ("f1", "f9")


def test_accepted_claim_that_a_new_draft_does_not_make_is_still_shown() -> None:
    shown = apply_decisions(draft(CHEAP), [decision(CALM, "accept")], decided(CALM))
    assert texts(shown.draft) == ["Wants it cheap.", "Wants calm."]
    assert shown.states == {"c1": State.ACCEPTED}


def test_rejected_claim_does_not_come_back_under_another_id() -> None:
    again = replace(CALM, id="c9", text="wants  calm")
    shown = apply_decisions(draft(again, CHEAP), [decision(CALM, "reject")], decided(CALM))
    assert [claim.id for claim in shown.draft.claims()] == ["c2", "c1"]
    assert shown.states["c1"] is State.REJECTED


def test_accepted_claim_of_a_persona_that_is_gone_moves_to_where_its_people_are() -> None:
    orphan = {CALM.id: ("persona:gone", CALM)}
    two = Persona("q", "Cheap", ("P9",), (), None, (), (), ())
    shown = apply_decisions(
        replace(draft(CHEAP), personas=(two, *draft(CHEAP).personas)), [decision(CALM, "accept")], orphan
    )
    assert [[claim.id for claim in persona.claims] for persona in shown.draft.personas] == [[], ["c2", "c1"]]


def test_undo_brings_back_the_decision_before() -> None:
    ledger = [decision(CALM, "accept"), decision(CALM, "reject"), decision(CALM, "undo")]
    assert standing_decisions(ledger)["c1"].action == "accept"
    assert standing_decisions([*ledger, decision(CALM, "undo")]) == {}


def test_decision_on_something_else_does_not_touch_claims() -> None:
    other = replace(decision(CALM, "reject"), subject="theme")
    assert apply_decisions(draft(CALM), [other], {}).states == {}
