"""Other groups of people: what is counted follows them, what was decided stays, and a later run begins from there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from synth.domain import Draft, Emotion, Motivation, Persona, Touchpoint
from synth.errors import InputError
from synth.journeys import title_of_map
from synth.pipeline.deciding import add_claim, find_claim, move_claim
from synth.pipeline.reshaping import (
    DraftChangedError,
    assign_person,
    base_key,
    merge_personas,
    rename_persona,
    split_persona,
)
from synth.pipeline.shown import ShownStudies, ShownStudy
from synth.pipeline.versions import ClaimChangedError, decide_seen
from synth.results import State
from synth.store import Store, Study, open_store
from tests.builders import make_claim, make_map, make_persona, small_study
from tests.test_pipeline import run, write
from tests.web import drawn_before, keep_study


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "study.db"))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Six people in two personas of three, told apart by an extra claim each."""
    results = small_study(people=6)
    personas, maps = [], []
    for name, people in (("No breakdowns", ("P01", "P02", "P03")), ("Go far", ("P04", "P05", "P06"))):
        own = [one for one in results.findings if one.participant_id in people]
        by_kind = {kind: [one for one in own if isinstance(one.detail, kind)]
                   for kind in (Emotion, Motivation, Touchpoint)}  # fmt: skip
        claims = [make_claim("fear", f"Standing still: {name}.", by_kind[Emotion]),
                  make_claim("goal", f"Wants {name}.", by_kind[Motivation][:1])]  # fmt: skip
        lane = make_claim("doing", f"Tries one: {name}.", by_kind[Touchpoint], phase="purchase")
        persona = make_persona(name, people, claims, own[:1])
        personas.append(persona)
        maps.append(make_map(persona, own, [lane], results.framework, title=name))
    draft = Draft(tuple(personas), tuple(maps), results.draft.themes, ())
    return keep_study(tmp_path / "study.db", replace(results, draft=draft))


def shown(store: Store, study: Study) -> ShownStudy:
    return ShownStudies().load(store, study)


def personas(store: Store, study: Study) -> dict[str, Persona]:
    return {one.name: one for one in shown(store, study).draft.personas}


def test_moved_person_is_counted_where_they_are_now_on_page_and_map(store: Store, study: Study) -> None:
    before = personas(store, study)
    view = shown(store, study)
    assign_person(store, study, "P03", before["Go far"].id, by_whom="MV", seen_draft=view.draft_id, why="Says so.")
    after = shown(store, study)
    now = {one.name: one for one in after.draft.personas}
    assert now["Go far"].participant_ids == ("P03", "P04", "P05", "P06")
    assert now["No breakdowns"].participant_ids == ("P01", "P02")
    felt = {
        journey.persona_id: {f.participant_id for column in journey.phases for f in column.feelings}
        for journey in after.draft.maps
    }
    assert felt[now["Go far"].id] == {"P03", "P04", "P05", "P06"}
    assert felt[now["No breakdowns"].id] == {"P01", "P02"}
    assert all("P03" not in claim.participant_ids for claim in now["No breakdowns"].claims)
    (entry,) = store.decisions(study)
    assert (entry.subject, entry.action, entry.subject_id, entry.why) == ("participant", "assign", "P03", "Says so.")


def test_decided_claims_stand_after_a_merge_and_no_sentence_stands_twice(store: Store, study: Study) -> None:
    before = personas(store, study)
    one, other = before["No breakdowns"], before["Go far"]
    kept = next(claim for claim in other.claims if claim.section == "fear")
    decide_seen(store, study, kept.id, "edit", by_whom="MV", seen=None, text="Standing still anywhere.")
    merge_personas(store, study, one.id, other.id, by_whom="MV", seen_draft=shown(store, study).draft_id)
    after = shown(store, study)
    (merged,) = after.draft.personas
    assert merged.id == one.id
    assert len(merged.participant_ids) == 6
    assert [claim.text for claim in merged.claims if claim.id == kept.id] == ["Standing still anywhere."]
    assert after.state(kept.id) is State.EDITED
    ids = [claim.id for claim in after.draft.claims()]
    assert len(ids) == len(set(ids))
    assert {journey.persona_id for journey in after.draft.maps} == {merged.id}


def test_split_makes_two_personas_whose_claims_stand_on_their_own_people(store: Store, study: Study) -> None:
    old = personas(store, study)["Go far"]
    seen = shown(store, study).draft_id
    made = split_persona(store, study, old.id, ["P06"], "Go alone", by_whom="MV", seen_draft=seen)
    now = personas(store, study)
    assert now["Go alone"].id == made
    assert (now["Go alone"].participant_ids, now["Go far"].participant_ids) == (("P06",), ("P04", "P05"))
    titles = {one.persona_id: one.title for one in shown(store, study).draft.maps}
    assert titles[made] == "The journey of ‘Go alone’"
    for persona in now.values():
        for claim in persona.claims:
            assert set(claim.participant_ids) <= set(persona.participant_ids)
    with pytest.raises(InputError):
        split_persona(store, study, made, ["P06"], "Nobody", by_whom="MV", seen_draft=shown(store, study).draft_id)


def test_a_persona_with_as_long_a_name_as_people_may_give_can_be_split_and_merged(store: Store, study: Study) -> None:
    old = personas(store, study)["Go far"]
    rename_persona(store, study, old.id, "n" * 120, by_whom="MV", seen_draft=shown(store, study).draft_id)
    made = split_persona(
        store, study, old.id, ["P06"], "m" * 120, by_whom="MV", seen_draft=shown(store, study).draft_id
    )
    assert {"n" * 120, "m" * 120} <= set(personas(store, study))
    merge_personas(store, study, old.id, made, by_whom="MV", seen_draft=shown(store, study).draft_id)
    assert personas(store, study)["n" * 120].participant_ids == old.participant_ids


def test_map_of_a_long_name_is_called_by_its_first_words_within_closed_quotes() -> None:
    assert title_of_map("en", "Go far") == "The journey of ‘Go far’"
    title = title_of_map("en", "Lay everything side by side before anything at all is signed or paid for")
    assert title == "The journey of ‘Lay everything side by side before anything at all is signed…’"
    assert len(title) <= 80
    assert title_of_map("en", "n" * 120) == f"The journey of ‘{'n' * 62}…’"


@pytest.mark.parametrize("name", ["  ", "go  FAR"])
def test_a_persona_that_is_split_off_has_a_name_of_its_own(store: Store, study: Study, name: str) -> None:
    old = personas(store, study)["Go far"]
    with pytest.raises(InputError, match="name"):
        split_persona(store, study, old.id, ["P06"], name, by_whom="MV", seen_draft=shown(store, study).draft_id)
    assert personas(store, study)["Go far"] == old


def test_renamed_persona_keeps_everything_but_its_name(store: Store, study: Study) -> None:
    view = shown(store, study)
    old = personas(store, study)["Go far"]
    rename_persona(store, study, old.id, "Go  anywhere", by_whom="MV", seen_draft=view.draft_id)
    now = personas(store, study)["Go anywhere"]
    assert (now.id, now.claims, now.participant_ids) == (old.id, old.claims, old.participant_ids)
    last = store.decisions(study)[-1]
    assert (last.subject, last.action, last.before, last.after) == ("persona", "edit", "Go far", "Go anywhere")
    with pytest.raises(InputError):
        rename_persona(store, study, old.id, "  ", by_whom="MV", seen_draft=shown(store, study).draft_id)


def test_a_map_that_is_called_after_its_persona_follows_its_name(store: Store, study: Study) -> None:
    view = shown(store, study)
    old = personas(store, study)["Go far"]
    called = tuple(
        replace(one, title="The journey of ‘Go far’") if one.persona_id == old.id else one for one in view.draft.maps
    )
    assert len(called) > 1
    stored = store.last_draft(study)
    assert stored is not None
    store.put_draft(study, "called", replace(stored.draft, maps=called), stored.provenance)
    rename_persona(store, study, old.id, "Ours", by_whom="MV", seen_draft=shown(store, study).draft_id)
    titles = {one.title for one in shown(store, study).draft.maps}
    assert titles == {"The journey of ‘Ours’", *(one.title for one in called if one.persona_id != old.id)}


def test_groups_are_not_changed_against_a_draft_that_nobody_saw(store: Store, study: Study) -> None:
    view = shown(store, study)
    first, second = (one.id for one in view.draft.personas)
    assign_person(store, study, "P03", second, by_whom="MV", seen_draft=view.draft_id)
    with pytest.raises(DraftChangedError):
        merge_personas(store, study, first, second, by_whom="JB", seen_draft=view.draft_id)
    assert len(store.decisions(study)) == 1


def test_draft_of_people_knows_the_one_that_it_came_from(store: Store, study: Study) -> None:
    first, second = (one.id for one in shown(store, study).draft.personas)
    assign_person(store, study, "P03", second, by_whom="MV", seen_draft=shown(store, study).draft_id)
    assign_person(store, study, "P02", second, by_whom="MV", seen_draft=shown(store, study).draft_id)
    draft = store.last_draft(study)
    assert draft is not None
    assert (base_key(draft.inputs_key), base_key("inputs")) == ("inputs", None)
    assert first in {one.id for one in draft.draft.personas}


def test_claim_moves_to_the_same_place_of_another_persona_and_back(store: Store, study: Study) -> None:
    view = shown(store, study)
    source, target = view.draft.personas
    goal = next(claim for claim in source.claims if claim.section == "goal")
    mark = view.marks[goal.id]
    move_claim(store, study, view, goal.id, target.id, by_whom="MV", seen=mark)
    moved = find_claim(shown(store, study), goal.id)
    assert moved is not None
    assert moved.persona.id == target.id
    assert store.claims_left(study)[1] == store.claims_left(study)[0]
    with pytest.raises(ClaimChangedError):
        move_claim(store, study, view, goal.id, target.id, by_whom="JB", seen=mark)
    # Whoever saw it where it stood before takes back nothing.
    with pytest.raises(ClaimChangedError):
        decide_seen(store, study, goal.id, "undo", by_whom="JB", seen=mark)
    decide_seen(store, study, goal.id, "undo", by_whom="MV", seen=shown(store, study).marks[goal.id])
    back = find_claim(shown(store, study), goal.id)
    assert back is not None
    assert back.persona.id == source.id


def test_claim_whose_persona_was_merged_away_after_a_move_moves_again(store: Store, study: Study) -> None:
    view = shown(store, study)
    source, target = view.draft.personas
    goal = next(claim for claim in source.claims if claim.section == "goal")
    mark = view.marks[goal.id]
    move_claim(store, study, view, goal.id, target.id, by_whom="MV", seen=mark)
    split = split_persona(store, study, source.id, ["P03"], "Apart", by_whom="MV", seen_draft=view.draft_id)
    view = shown(store, study)
    merge_personas(store, study, source.id, target.id, by_whom="MV", seen_draft=view.draft_id)
    view = shown(store, study)
    move_claim(store, study, view, goal.id, split, by_whom="MV", seen=view.marks[goal.id])
    moved = find_claim(shown(store, study), goal.id)
    assert moved is not None
    assert moved.persona.id == split


def test_undo_of_a_move_leaves_what_was_decided_before(store: Store, study: Study) -> None:
    view = shown(store, study)
    source, target = view.draft.personas
    goal = next(claim for claim in source.claims if claim.section == "goal")
    decide_seen(store, study, goal.id, "reject", by_whom="MV", seen=view.marks[goal.id], why="No.")
    view = shown(store, study)
    move_claim(store, study, view, goal.id, target.id, by_whom="MV", seen=view.marks[goal.id])
    decide_seen(store, study, goal.id, "undo", by_whom="MV", seen=shown(store, study).marks[goal.id])
    assert [(one.claim_id, one.action) for one in store.verdicts(study)] == [(goal.id, "reject")]


def test_moved_claim_of_a_map_stands_in_the_same_cell_of_the_other_map(store: Store, study: Study) -> None:
    view = shown(store, study)
    cell = next(claim for column in view.draft.maps[0].phases for claim in column.claims)
    decide_seen(store, study, cell.id, "accept", by_whom="MV", seen=view.marks[cell.id])
    view = shown(store, study)
    move_claim(store, study, view, cell.id, view.draft.personas[1].id, by_whom="MV", seen=view.marks[cell.id])
    moved = find_claim(shown(store, study), cell.id)
    assert moved is not None
    assert moved.journey is not None
    assert moved.column is not None
    assert (moved.journey.id, moved.column.phase) == (view.draft.maps[1].id, "purchase")
    assert shown(store, study).state(cell.id) is State.ACCEPTED


def test_own_claim_stays_with_the_people_of_a_persona_that_was_merged(store: Store, study: Study) -> None:
    view = shown(store, study)
    one, other = view.draft.personas
    kept = add_claim(store, study, view, f"persona:{other.id}", "never", "Would never rent.", by_whom="MV")
    merge_personas(store, study, one.id, other.id, by_whom="MV", seen_draft=view.draft_id)
    found = find_claim(shown(store, study), kept.subject_id)
    assert found is not None
    assert found.persona.id == one.id
    with pytest.raises(InputError):
        add_claim(store, study, view, "persona:nobody", "never", "Nowhere.", by_whom="MV")


def test_withdrawal_leaves_own_claims_and_takes_the_person_out_of_comments_and_drawn_maps(
    store: Store, study: Study
) -> None:
    view = shown(store, study)
    persona, journey = view.draft.personas[0], view.draft.maps[0]
    kept = add_claim(store, study, view, f"persona:{persona.id}", "never", "Would never rent.", by_whom="MV")
    words = store.transcripts(study)[2].lines[1].text
    store.add_comment(study, "claim", kept.subject_id, f"P03 says: {words}", "MV", None)
    drawn_before(store, study, journey.id, "future", "Call P03 back")
    store.withdraw(study, "P03")
    found = find_claim(shown(store, study), kept.subject_id)
    assert found is not None
    assert found.claim.text == "Would never rent."
    (comment,) = store.open_comments(study)
    drawn = store.drawn_phases(study, journey.id, "future")["purchase"].words
    assert "P03" not in comment.text + drawn


def test_next_run_keeps_the_personas_that_people_put_together(tmp_path: Path) -> None:
    folder = tmp_path / "interviews"
    folder.mkdir()
    for person in ("P01", "P02", "P03", "P04"):
        write(folder, person)
    run(folder)
    with open_closing(folder) as db:
        (kept,) = db.studies()
        seen = db.last_draft(kept)
        assert seen is not None
        (persona,) = seen.draft.personas
        split_persona(db, kept, persona.id, ["P04"], "Apart", by_whom="MV", seen_draft=seen.id)
    run(folder)
    with open_closing(folder) as db:
        again = db.last_draft(kept)
        assert again is not None
        assert again.number == seen.number + 1
        assert {one.name: one.participant_ids for one in again.draft.personas}["Apart"] == ("P04",)
    write(folder, "P05")
    run(folder)
    with open_closing(folder) as db:
        last = db.last_draft(kept)
        assert last is not None
        assert last.number == again.number + 1
        assert "P04" in {one.name: one.participant_ids for one in last.draft.personas}["Apart"]
    run(folder)
    with open_closing(folder) as db:
        unchanged = db.last_draft(kept)
        assert unchanged is not None
        assert unchanged.number == last.number
    (folder / "P06.txt").write_text((folder / "P05.txt").read_text().replace("P05", "P06").replace("old paper", "mail"))
    run(folder)
    with open_closing(folder) as db:
        later = db.last_draft(kept)
        assert later is not None
        assert "P04" in {one.name: one.participant_ids for one in later.draft.personas}["Apart"]


def test_personas_that_people_put_together_outlive_a_withdrawal(tmp_path: Path) -> None:
    folder = tmp_path / "interviews"
    folder.mkdir()
    for person in ("P01", "P02", "P03", "P04", "P05"):
        write(folder, person)
    run(folder)
    with open_closing(folder) as db:
        (kept,) = db.studies()
        seen = db.last_draft(kept)
        assert seen is not None
        split_persona(db, kept, seen.draft.personas[0].id, ["P04"], "Apart", by_whom="MV", seen_draft=seen.id)
        db.withdraw(kept, "P02")
    run(folder)
    with open_closing(folder) as db:
        last = db.last_draft(kept)
        assert last is not None
        assert {one.name: one.participant_ids for one in last.draft.personas}["Apart"] == ("P04",)


@contextmanager
def open_closing(folder: Path) -> Iterator[Store]:
    """The database that a run over the folder left."""
    opened = open_store(str(folder.parent / "study.db"))
    try:
        yield opened
    finally:
        opened.close()
