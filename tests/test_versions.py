"""One claim looked at alone is shown as the whole draft shows it, and a decision on an older version is refused."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from synth.domain import Claim, Draft
from synth.pipeline.loading import load_results
from synth.pipeline.shown import ShownStudies
from synth.pipeline.versions import ClaimChangedError, NothingToUndoError, claim_version, decide_seen
from synth.results import State
from synth.review import Decision
from synth.store import Store, Study, open_store
from tests.web import keep_study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return keep_study(tmp_path / "study.db", people=3)


@pytest.fixture
def store(tmp_path: Path, study: Study) -> Store:
    assert study.name
    return open_store(str(tmp_path / "study.db"))


def claims(store: Store, study: Study) -> tuple[Claim, ...]:
    stored = store.last_draft(study)
    assert stored is not None
    return tuple(stored.draft.claims())


def redraft(store: Store, study: Study, turn: int) -> None:
    """A new draft that drops some claims and makes others anew under another id, with the same words."""
    stored = store.last_draft(study)
    assert stored is not None
    persona, rest = stored.draft.personas[0], stored.draft.personas[1:]
    kept = tuple(claim for place, claim in enumerate(persona.claims) if place % 3 != turn % 3)
    again = tuple(replace(claim, id=f"{claim.id[:12]}{turn:04}") for claim in persona.claims if claim not in kept)
    draft = Draft((replace(persona, claims=kept + again), *rest), stored.draft.maps, stored.draft.themes, ())
    store.put_draft(study, f"inputs {turn}", draft, stored.provenance)


@pytest.mark.parametrize("seed", range(6))
def test_claim_alone_is_shown_as_the_whole_draft_shows_it(store: Store, study: Study, seed: int) -> None:
    chance, everything = random.Random(seed), {claim.id for claim in claims(store, study)}
    for turn in range(1, 5):
        for claim_id in chance.sample(sorted(everything), 6):
            action = chance.choice(["accept", "edit", "reject", "undo"])
            after = f"Edited in turn {turn}." if action == "edit" else None
            store.decide(study, Decision(f"draft {turn}", "claim", claim_id, action, "JB", None, after, "why"))
        redraft(store, study, turn)
        everything |= {claim.id for claim in claims(store, study)}
        results = load_results(store, study)
        shown = {claim.id: (claim.text, results.state(claim.id)) for claim in results.draft.claims()}
        alone = {claim_id: claim_version(store, study, claim_id) for claim_id in everything}
        assert {key: (one.text, one.state) for key, one in alone.items() if one} == shown


def test_decision_on_the_version_that_is_shown_is_stored(store: Store, study: Study) -> None:
    claim = claims(store, study)[0]
    seen = (claim.text, State.PROPOSED)
    decision, after = decide_seen(store, study, claim.id, "edit", by_whom="JB", seen=seen, text="Better.")
    assert (decision.before, decision.after, decision.number) == (claim.text, "Better.", 1)
    assert after is not None
    assert (after.text, after.state, after.by_whom) == ("Better.", State.EDITED, "JB")


def test_mark_of_a_page_is_as_good_as_text_and_state(store: Store, study: Study) -> None:
    claim, pages = claims(store, study)[0], ShownStudies()
    first = pages.load(store, study).marks[claim.id]
    decide_seen(store, study, claim.id, "accept", by_whom="JB", seen=first)
    with pytest.raises(ClaimChangedError) as caught:
        decide_seen(store, study, claim.id, "reject", by_whom="MV", seen=first, why="no")
    assert caught.value.current is not None
    assert caught.value.current.by_whom == "JB"
    second = pages.load(store, study).marks[claim.id]
    assert second == caught.value.current.mark != first
    decide_seen(store, study, claim.id, "undo", by_whom="MV", seen=second)
    assert len(store.decisions(study)) == 2


def test_nothing_is_undone_where_nobody_decided(store: Store, study: Study) -> None:
    with pytest.raises(NothingToUndoError):
        decide_seen(store, study, claims(store, study)[0].id, "undo", by_whom="JB", seen=None)
    assert store.decisions(study) == []


def test_pages_see_a_decision_at_once_and_load_nothing_twice(store: Store, study: Study) -> None:
    pages = ShownStudies()
    before = pages.load(store, study)
    assert pages.load(store, study) is before
    claim = claims(store, study)[0]
    decide_seen(store, study, claim.id, "accept", by_whom="JB", seen=None)
    assert pages.load(store, study).state(claim.id) is State.ACCEPTED


def test_words_of_a_claim_are_those_of_its_findings_alone(store: Store, study: Study) -> None:
    pages = ShownStudies()
    shown = pages.load(store, study)
    claim = next(claim for claim in shown.draft.claims() if claim.participant_ids == ("P02", "P03"))
    part = pages.words(store, shown, claim.finding_ids)
    assert [finding.id for finding in part.findings] == list(claim.finding_ids)
    assert {transcript.name for transcript in part.transcripts} == {"interview-02.txt", "interview-03.txt"}
    assert "broke down" in part.words(claim.finding_ids[0]).text


@pytest.mark.parametrize("decided", [0, 3])
def test_claims_left_are_those_without_a_standing_decision(store: Store, study: Study, decided: int) -> None:
    everything = claims(store, study)
    for claim in everything[:decided]:
        decide_seen(store, study, claim.id, "accept", by_whom="JB", seen=None)
    store.decide(study, Decision("d", "claim", everything[4].id, "accept", "JB"))
    store.decide(study, Decision("d", "claim", everything[4].id, "undo", "JB"))
    assert store.claims_left(study) == (len(everything), len(everything) - decided)
