"""Maps that people draw: a copy to change cell by cell, what changes told against it, and nothing lost between two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from synth.errors import InputError, NotFoundError
from synth.export.drawings.over import draw_over
from synth.pipeline.deciding import find_claim
from synth.pipeline.drawing import (
    MOST_ITEMS,
    CellChangedError,
    DrawnMap,
    begin_drawn,
    both_of,
    change_cell,
    open_drawn,
    set_drawn_status,
)
from synth.pipeline.names import open_key
from synth.pipeline.shown import ShownStudies, ShownStudy
from synth.pipeline.versions import claim_version, decide_seen
from synth.pipeline.waves import glance_waves, see_waves, wave_map
from synth.results import State
from synth.store import Store, Study, open_store
from synth.store.drawn import DrawnItem, Place
from tests.builders import small_study
from tests.web import drawn_before, keep_study

DOING: Place = ("purchase", "doing")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return keep_study(tmp_path / "study.db", people=4)


@pytest.fixture
def store(tmp_path: Path, study: Study) -> Store:
    assert study
    return open_store(str(tmp_path / "study.db"))


@pytest.fixture
def shown(store: Store, study: Study) -> ShownStudy:
    return ShownStudies().load(store, study)


def map_id(shown: ShownStudy) -> str:
    return shown.draft.maps[0].id


def begun(store: Store, shown: ShownStudy, kind: str = "future") -> DrawnMap:
    return begin_drawn(store, shown, map_id(shown), kind, by_whom="Mira")


def change(
    store: Store, shown: ShownStudy, place: Place, items: Sequence[DrawnItem], seen: int, by_whom: str = "Mira"
) -> None:
    change_cell(store, shown, map_id(shown), "future", place, items, seen=seen, by_whom=by_whom)


def now(store: Store, shown: ShownStudy) -> DrawnMap:
    drawn = open_drawn(store, shown, map_id(shown), "future")
    assert drawn is not None
    return drawn


def test_copy_holds_every_cell_of_the_map_and_changes_nothing(store: Store, shown: ShownStudy) -> None:
    drawn = begun(store, shown)
    assert [one.text for one in drawn.cell(*DOING).items] == ["Tries one out at the shop."]
    assert [(one.text, one.key) for one in drawn.cell("purchase", "touchpoint").items] == [
        ("The shop, in person.", "desk")
    ]
    assert drawn.feeling("purchase") == 1.5
    assert drawn.feeling("advocacy") is None
    assert drawn.changes([column.phase for column in shown.draft.maps[0].phases]) == ()


def test_what_was_rejected_is_not_copied(store: Store, study: Study, shown: ShownStudy) -> None:
    claim = next(one for column in shown.draft.maps[0].phases for one in column.claims if one.section == "doing")
    seen = claim_version(store, study, claim.id)
    assert seen is not None
    decide_seen(store, study, claim.id, "reject", by_whom="Mira", seen=seen.mark, why="Nobody said so.")
    after = ShownStudies().load(store, study)
    assert find_claim(after, claim.id) is not None
    assert begun(store, after).cell(*DOING).items == ()


def test_changes_name_what_was_added_removed_and_put_differently(store: Store, shown: ShownStudy) -> None:
    drawn = begun(store, shown)
    (tries,) = drawn.cell(*DOING).items
    change(store, shown, DOING, [replace(tries, text="Tries three at home."), DrawnItem("", "Keeps one.")], 0)
    change(store, shown, ("purchase", "touchpoint"), [DrawnItem("", "", "app")], 0)
    change(store, shown, ("purchase", "feeling"), [DrawnItem("", "2")], 0)
    told = [
        (one.lane, one.what, one.old.text if one.old else "", (one.new.text or one.new.key) if one.new else "")
        for one in now(store, shown).changes(["awareness", "purchase"])
    ]
    assert told == [
        ("feeling", "changed", "1.5", "2.0"),
        ("doing", "changed", "Tries one out at the shop.", "Tries three at home."),
        ("doing", "added", "", "Keeps one."),
        ("touchpoint", "added", "", "app"),
        ("touchpoint", "removed", "The shop, in person.", ""),
    ]


def test_second_of_two_who_edit_a_cell_gets_both_versions_and_nothing_is_lost(
    store: Store, study: Study, shown: ShownStudy
) -> None:
    (tries,) = begun(store, shown).cell(*DOING).items
    theirs, mine = replace(tries, text="Theirs."), replace(tries, text="Mine.")
    change(store, shown, DOING, [theirs], 0, "Joris")
    with pytest.raises(CellChangedError) as refused:
        change(store, shown, DOING, [mine], 0)
    current = refused.value.current
    assert (current.version, current.by_whom, [one.text for one in current.items]) == (1, "Joris", ["Theirs."])
    change(store, shown, DOING, both_of(current.items, [mine]), current.version)
    assert [one.text for one in now(store, shown).cell(*DOING).items] == ["Theirs.", "Mine."]
    texts = [[one.text for one in cell.items] for cell in store.drawn_history(study, map_id(shown), "future", DOING)]
    assert texts == [["Tries one out at the shop."], ["Theirs."], ["Theirs.", "Mine."]]


def test_two_who_write_the_same_do_not_conflict(store: Store, shown: ShownStudy) -> None:
    (tries,) = begun(store, shown).cell(*DOING).items
    for name in ("Joris", "Mira"):
        change(store, shown, DOING, [replace(tries, text="The same.")], 0, name)
    cell = now(store, shown).cell(*DOING)
    assert (cell.version, cell.by_whom) == (1, "Joris")


def test_beginning_twice_keeps_what_was_changed(store: Store, shown: ShownStudy) -> None:
    begun(store, shown)
    change(store, shown, DOING, [], 0)
    assert begun(store, shown).cell(*DOING).items == ()


@pytest.mark.parametrize(
    ("place", "item"),
    [
        (("purchase", "feeling"), DrawnItem("", "3")),
        (("purchase", "feeling"), DrawnItem("", "nan")),
        (("purchase", "touchpoint"), DrawnItem("", "By pigeon", "pigeon")),
        (("purchase", "touchpoint"), DrawnItem("", "Somewhere", "")),
        (DOING, DrawnItem("", "x" * 401)),
    ],
)
def test_what_a_cell_cannot_hold_is_refused(store: Store, shown: ShownStudy, place: Place, item: DrawnItem) -> None:
    begun(store, shown)
    with pytest.raises(InputError):
        change(store, shown, place, [item], 0)


def test_cell_that_was_copied_with_many_sentences_can_be_edited(store: Store, shown: ShownStudy) -> None:
    (journey,) = shown.draft.maps
    column = next(one for one in journey.phases if one.phase == DOING[0])
    does = next(claim for claim in column.claims if claim.section == "doing")
    many = tuple(replace(does, id=f"c{number}", text=f"Does {number}.") for number in range(MOST_ITEMS + 3))
    phases = tuple(replace(one, claims=many) if one is column else one for one in journey.phases)
    full = replace(shown, draft=replace(shown.draft, maps=(replace(journey, phases=phases),)))
    items = begun(store, full).cell(*DOING).items
    change(store, full, DOING, [replace(items[0], text="Does it at home."), *items[1:]], 0)
    with pytest.raises(InputError, match=str(len(items))):
        change(store, full, DOING, [*items, DrawnItem("", "One more.")], 1)
    assert now(store, full).cell(*DOING).items[0].text == "Does it at home."


def test_cells_and_maps_that_are_not_there_are_refused(store: Store, shown: ShownStudy) -> None:
    with pytest.raises(NotFoundError):
        change(store, shown, DOING, [], 0)
    begun(store, shown)
    with pytest.raises(NotFoundError):
        change(store, shown, ("purchase", "secret"), [], 0)
    with pytest.raises(NotFoundError):
        begin_drawn(store, shown, "no-map", "future", by_whom="Mira")


def test_own_map_begins_empty_with_what_was_drawn_by_phase_before(
    store: Store, study: Study, shown: ShownStudy
) -> None:
    drawn_before(store, study, map_id(shown), "own", "They expect a queue", -1.0)
    drawn = begun(store, shown, "own")
    assert drawn.feeling("purchase") == -1.0
    assert {place: cell.items[0].text for place, cell in drawn.cells.items()} == {
        ("purchase", "feeling"): "-1.0",
        DOING: "They expect a queue",
    }
    assert drawn.cell(*DOING).by_whom == "Joris"


def test_drawn_map_that_was_agreed_on_is_outdated_by_another_draft(
    store: Store, study: Study, shown: ShownStudy
) -> None:
    begun(store, shown)
    set_drawn_status(store, shown, map_id(shown), "future", "agreed", by_whom="Mira")
    assert (now(store, shown).status, now(store, shown).behind) == ("agreed", False)
    draft = store.last_draft(study)
    assert draft is not None
    store.put_draft(study, "more interviews", draft.draft, draft.provenance)
    later = ShownStudies().load(store, study)
    assert (now(store, later).status, now(store, later).behind) == ("outdated", True)


def test_withdrawal_takes_what_somebody_said_out_of_every_version(
    store: Store, study: Study, shown: ShownStudy
) -> None:
    begun(store, shown)
    change(store, shown, DOING, [DrawnItem("", "As P03 says."), DrawnItem("", "Ours alone.")], 0)
    change(store, shown, DOING, [DrawnItem("", "Ours alone.")], 1)
    store.withdraw(study, "P03")
    versions = store.drawn_history(study, map_id(shown), "future", DOING)
    said = " ".join(item.text for cell in versions for item in cell.items)
    assert "Ours alone." in said
    assert "P03" not in said


def test_deleting_a_study_takes_its_drawn_maps_along(store: Store, study: Study, shown: ShownStudy) -> None:
    begun(store, shown)
    store.delete_study(study)
    assert store.drawn_head(study, map_id(shown), "future") is None
    assert store.drawn_cells(study, map_id(shown), "future") == {}


# --- Curves ----------------------------------------------------------------------------------------------------------


def test_both_curves_lie_over_each_other_and_gaps_stay_gaps() -> None:
    drawn = str(draw_over([-1.0, None, 0.0, 1.0], [1.0, 0.5, None, 1.0], 100, ("Now", "Then")))
    assert drawn.count('class="mean"') == 1, "only two neighbours have a value"
    assert drawn.count('class="mean drawn"') == 1
    assert 'd="M250 118 L350 82"' in drawn
    assert 'd="M50 82 L150 100"' in drawn
    assert drawn.count('class="point flat"') == 3
    assert drawn.count('class="point-d"') == 3
    assert drawn.count('class="move"') == 1, "only one phase is to move"
    assert "style=" not in drawn
    assert 'aria-hidden="true"' in drawn


def test_long_name_of_a_curve_stays_inside_a_narrow_drawing() -> None:
    felt = [-1.0, None, 0.0, 0.5, 1.0, 0.0]
    drawn = str(draw_over(felt, felt, 44, ("Now", "As it should become")))
    places = {words: float(x) for x, words in re.findall(r'<text x="([\d.]+)"[^>]*>([^<]+)</text>', drawn)}
    assert places["Now"] == 242, "above its point where there is room"
    assert places["As it should become"] + len("As it should become") * 3.6 <= 264


# --- Waves without their words ---------------------------------------------------------------------------------------


def in_waves(folder: Path) -> tuple[Store, Study]:
    given = small_study(people=8)
    halves = tuple(replace(one, wave="b" if at >= 3 else "a") for at, one in enumerate(given.transcripts))
    study = keep_study(folder / "waves.db", replace(given, transcripts=halves))
    return open_store(str(folder / "waves.db")), study


def test_page_of_two_waves_counts_what_the_whole_study_counts(tmp_path: Path) -> None:
    store, study = in_waves(tmp_path)
    cache = ShownStudies()
    seen = see_waves(store, study, ("a", "b"))
    glance = glance_waves(store, cache, cache.load(store, study), ("a", "b"), "en")
    assert glance.comparison.people == seen.comparison.people
    assert glance.results.transcripts == ()
    for one, other in zip(glance.comparison.feelings, seen.comparison.feelings, strict=True):
        assert set(one.finding_ids) == set(other.finding_ids)
        assert replace(one, finding_ids=()) == replace(other, finding_ids=())
    told = [
        {(one.what, one.key, one.label, one.before, one.after, one.chance, one.holds) for one in side.presences}
        for side in (glance.comparison, seen.comparison)
    ]
    assert told[0] == told[1]
    for place in (0, 1):
        curves = [[(one.phase, one.mean) for one in side.maps[place].phases] for side in (glance, seen)]
        assert curves[0] == curves[1]


def test_page_of_two_waves_is_kept_until_the_study_changes(tmp_path: Path) -> None:
    store, study = in_waves(tmp_path)
    cache = ShownStudies()
    first = glance_waves(store, cache, cache.load(store, study), ("a", "b"), "en").comparison
    assert glance_waves(store, cache, cache.load(store, study), ("a", "b"), "en").comparison is first
    claim = cache.load(store, study).draft.personas[0].claims[0].id
    seen = claim_version(store, study, claim)
    assert seen is not None
    decide_seen(store, study, claim, "accept", by_whom="Mira", seen=seen.mark)
    again = glance_waves(store, cache, cache.load(store, study), ("a", "b"), "en")
    assert again.comparison is first, "it decides on no theme"
    assert again.results.state(claim) is State.ACCEPTED
    store.withdraw(study, "P01")
    cache.forget(study)
    after = glance_waves(store, cache, cache.load(store, study), ("a", "b"), "en")
    assert "P01" not in after.comparison.people[0]


def test_page_of_two_waves_hides_a_name_that_is_learned_later(tmp_path: Path) -> None:
    store, study = in_waves(tmp_path)
    cache = ShownStudies()
    first = glance_waves(store, cache, cache.load(store, study), ("a", "b"), "en")
    label = next(one.label for one in first.comparison.presences if one.what == "theme")
    key = open_key(store, study)
    key.add_to_list("company", label)
    key.save()
    after = glance_waves(store, cache, cache.load(store, study), ("a", "b"), "en")
    assert label not in {one.label for one in after.comparison.presences}


def test_wave_of_a_persona_counts_its_people_alone(tmp_path: Path) -> None:
    store, study = in_waves(tmp_path)
    framework = ShownStudies().load(store, study).framework
    counted = wave_map(store, study, framework, "b", ["P01", "P05", "P06"])
    assert counted.people == ("P05", "P06")
    column = next(one for one in counted.journey.phases if one.phase == "purchase")
    assert {one.participant_id for one in column.feelings} == {"P05", "P06"}
    assert column.channels == {"desk": ("P05", "P06")}
