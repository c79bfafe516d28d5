"""Participants to segments, with planted groups."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from synth.clusters import OUT, group_alike, settle, silhouette
from synth.cues.shared import shared_words
from synth.domain import (
    Emotion,
    Evidence,
    Finding,
    Kind,
    Motivation,
    Role,
    Speaker,
    Theme,
    Touchpoint,
    Transcript,
    content_id,
    distinct,
)
from synth.frameworks import load_framework
from synth.profiles import gather_evidence, make_profiles, tells_apart, weigh_blocks
from synth.segments import Segmentation, segment_participants

FRAMEWORK = load_framework()
STUDIES = Path(__file__).parents[2] / "shared" / "studies"

Detail = Motivation | Emotion | Touchpoint
SAFE = (Motivation("feel secure"), Emotion("relief", 1), Touchpoint("phone"), Touchpoint("letter"))
HUNT = (Motivation("thrill"), Emotion("pride", 2), Touchpoint("website"), Touchpoint("app"))
GREEN = (Motivation("protect the environment"), Emotion("disappointment", -1), Touchpoint("in person"))
TWO_GROUPS = (np.kron(np.eye(2), np.ones((3, 3))) * 0.9).astype(np.float64)
LONE = (Motivation("be yourself"), Emotion("boredom", -1), Touchpoint("desk"))


def told(person: str, details: Sequence[Detail], language: str = "en") -> list[Finding]:
    return [
        Finding(
            content_id(person, index),
            person,
            Evidence(f"t-{person}", index + 1, index + 1),
            "label",
            language,
            "use",
            one,
        )
        for index, one in enumerate(details)
    ]


def study(*groups: tuple[Sequence[Detail], int], language: str = "en") -> list[Finding]:
    findings: list[Finding] = []
    for details, people in groups:
        for _ in range(people):
            person = f"P{len({one.participant_id for one in findings}) + 1:02}"
            # Everybody has something of the others.
            findings += told(person, [*details, *details, Touchpoint("email"), Emotion("worry", -1)], language)
    return findings


def segmented(findings: Sequence[Finding], personas: int | None = None, language: str = "en") -> Segmentation:
    return segment_participants(findings, (), (), FRAMEWORK, language=language, personas=personas)


def groups_of(segmentation: Segmentation) -> list[tuple[str, ...]]:
    return [segment.participant_ids for segment in segmentation.segments]


def test_planted_groups_are_found_and_their_number_with_them() -> None:
    found = segmented(study((SAFE, 4), (HUNT, 4), (GREEN, 4)))
    assert groups_of(found) == [
        ("P01", "P02", "P03", "P04"),
        ("P05", "P06", "P07", "P08"),
        ("P09", "P10", "P11", "P12"),
    ]
    assert "3 personas" in found.criterion
    assert all(segment.stability is not None and segment.stability > 0.8 for segment in found.segments)


@pytest.mark.parametrize(
    ("language", "basis"),
    [("en", "compared on drivers, each against"), ("nl", "vergeleken op drijfveren, steeds naast")],
)
def test_the_draft_names_only_what_people_were_compared_on(language: str, basis: str) -> None:
    findings = [one for one in study((SAFE, 4), (HUNT, 4), (GREEN, 4)) if one.kind is Kind.MOTIVATION]
    assert basis in segmented(findings, language=language).criterion


def test_somebody_who_fits_nowhere_is_left_out_with_the_reason() -> None:
    found = segmented(study((SAFE, 5), (HUNT, 5), (LONE, 1)))
    assert [one.participant_id for one in found.unassigned] == ["P11"]
    assert found.unassigned[0].why


def test_a_pair_is_no_persona_in_a_study_of_many() -> None:
    found = segmented(study((SAFE, 5), (HUNT, 5), (LONE, 2)))
    assert all(len(segment.participant_ids) >= 3 for segment in found.segments)


def test_a_pair_is_a_persona_where_that_many_were_asked_for() -> None:
    found = segmented(study((SAFE, 4), (HUNT, 4), (LONE, 2)), personas=3)
    assert ("P09", "P10") in groups_of(found)


def test_people_who_are_all_alike_are_one_persona() -> None:
    found = segmented(study((SAFE, 10)))
    assert len(found.segments) == 1
    assert not found.unassigned
    assert found.criterion.startswith("One persona")


@pytest.mark.parametrize("people", [1, 2, 3])
def test_very_few_people_stand_together_and_it_is_said(people: int) -> None:
    found = segmented(study((SAFE, people)), language="nl")
    assert [len(segment.participant_ids) for segment in found.segments] == [people]
    assert str(people) in found.criterion


def test_no_findings_give_no_segments() -> None:
    found = segmented([])
    assert found.segments == ()
    assert found.unassigned == ()


def test_more_than_five_personas_are_never_made_of_themselves() -> None:
    planted: list[tuple[Sequence[Detail], int]] = []
    for driver, channel in zip(FRAMEWORK.drivers, FRAMEWORK.channels, strict=False):
        planted.append(([Motivation(driver.key), Touchpoint(channel.key)], 4))
    assert len(segmented(study(*planted)).segments) <= 5


def test_the_order_of_findings_does_not_matter() -> None:
    findings = study((SAFE, 4), (HUNT, 4), (GREEN, 4))
    assert segmented(findings) == segmented(findings[::-1])


def test_two_languages_do_not_split_a_study() -> None:
    findings = study((SAFE, 6), (HUNT, 6))
    mixed = [
        Finding(**{name: getattr(one, name) for name in one.__slots__} | {"language": "nl"})
        if int(one.participant_id[1:]) % 2
        else one
        for one in findings
    ]
    assert groups_of(segmented(mixed)) == groups_of(segmented(findings))


def test_language_alone_makes_nobody_alike() -> None:
    words: list[Detail] = [Emotion("worry", -1), Touchpoint("email")]
    dutch = [one for person in ("P1", "P2", "P3") for one in told(person, [*SAFE, *words], "nl")]
    english = [one for person in ("P4", "P5", "P6") for one in told(person, [*SAFE, *words], "en")]
    evidence = gather_evidence([*dutch, *english], (), (), FRAMEWORK)
    assert np.allclose(make_profiles(evidence, weigh_blocks(evidence)).vectors, 0, atol=1e-6)


def test_the_medoid_is_one_of_its_segment_and_stays_when_somebody_joins() -> None:
    before = segmented(study((SAFE, 4), (HUNT, 4)))
    for segment in before.segments:
        assert segment.medoid_id in segment.participant_ids


def test_a_person_without_findings_is_named() -> None:
    speakers = (Speaker("P99", Role.PARTICIPANT, 1, participant="P99"),)
    silent = Transcript("t", "t.txt", "txt", "utf-8", "en", "0", 0, "", speakers, (), ())
    found = segment_participants(study((SAFE, 4)), [silent], (), FRAMEWORK, language="en")
    assert [one.participant_id for one in found.unassigned] == ["P99"]


def test_shared_themes_bring_people_together() -> None:
    plain: list[Detail] = [Emotion("worry", -1), Emotion("worry", -1), Emotion("worry", -1), Touchpoint("email")]
    findings = [one for number in range(8) for one in told(f"P{number}", plain)]
    worries = [one for one in findings if isinstance(one.detail, Emotion)]
    themes = [
        Theme(name, Kind.EMOTION, name, tuple(one.id for one in some), distinct([one.participant_id for one in some]))
        for name, some in (("bill", worries[:12]), ("wait", worries[12:]))
    ]
    found = segment_participants(findings, (), themes, FRAMEWORK, language="en")
    assert groups_of(found) == [("P0", "P1", "P2", "P3"), ("P4", "P5", "P6", "P7")]


def test_many_people_are_placed_by_a_sample() -> None:
    findings = study((SAFE, 300), (HUNT, 300))
    found = segmented(findings)
    assert [len(segment.participant_ids) for segment in found.segments] == [300, 300]
    assert "600" in found.criterion


def test_silhouette_of_clear_groups_is_higher_than_of_mixed_ones() -> None:
    alike = TWO_GROUPS
    assert silhouette(alike, (0, 0, 0, 1, 1, 1)) > silhouette(alike, (0, 1, 0, 1, 0, 1))


def test_settling_takes_back_what_linkage_did_too_early() -> None:
    alike = TWO_GROUPS
    assert settle(alike, (0, 0, 1, 1, 1, 1), enough=0.0, smallest=2) == (0, 0, 0, 1, 1, 1)


def test_what_is_coded_by_chance_counts_for_nothing() -> None:
    generator = np.random.default_rng(1)
    chance = generator.multinomial(12, [0.25] * 4, size=40).astype(np.float64)
    real = (np.kron(np.eye(2), np.ones((5, 2))) * 6.0).astype(np.float64)
    assert tells_apart(chance, 2.0) < 0.2
    assert tells_apart(real, 2.0) > 0.8


def test_words_that_some_share_and_not_all_are_the_ones_that_count() -> None:
    people = [Counter({"dentist": 3, "weather": 1}), Counter({"dentist": 2, "weather": 1}), Counter({"weather": 4})]
    counts, telling = shared_words(people, ("en", "en", "en"))
    assert counts.tolist() == [[3.0], [2.0], [0.0]]
    assert telling[0] > 0


def test_grouping_nobody_gives_nothing() -> None:
    assert group_alike(np.zeros((0, 0)), number=None, most=5, smallest=2).labels == ()


def test_a_lone_stranger_is_in_no_group() -> None:
    alike = np.full((7, 7), -0.2)
    alike[:3, :3] = alike[3:6, 3:6] = 0.8
    assert group_alike(alike, number=None, most=5, smallest=2, enough=0.0).labels[6] == OUT


def gold_findings(folder: Path) -> tuple[list[Finding], dict[str, str]]:
    """The coded items of a study as findings; where they stand does not matter here."""
    findings: list[Finding] = []
    segments = {}
    known = {driver.key for driver in FRAMEWORK.drivers}
    for path in sorted(folder.glob("P?.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        segments[gold["participant"]] = gold["segment"]
        details: list[Detail] = []
        for item in gold["items"]:
            if item["type"] == "motivation":
                driver = item["driver"].replace("get along with others", "get along well with others")
                details.append(Motivation(driver if driver in known else "functional"))
            elif item["type"] == "emotion":
                details.append(Emotion("joy" if item["valence"] > 0 else "anger", item["valence"]))
            else:
                details.append(Touchpoint(item["channel"]))
        findings += told(gold["participant"], details, gold["language"])
    return findings, segments


def test_motives_count_a_little_where_their_halves_tell_nothing() -> None:
    findings = [told(person, SAFE if person < "P3" else HUNT)[0] for person in ("P1", "P2", "P3", "P4")]
    evidence = gather_evidence(findings, (), (), FRAMEWORK)
    assert tells_apart(evidence.counts["driver"], 2.0) == 0
    weights = weigh_blocks(evidence)
    alike = make_profiles(evidence, weights).vectors
    assert weights["driver"] > 0
    assert alike[0] @ alike[1] > 0 > alike[0] @ alike[2]


@pytest.mark.skipif(not STUDIES.is_dir(), reason="the annotated studies are not here")
@pytest.mark.parametrize("name", ["travel-en", "b2b-software-en", "health-insurance-nl"])
def test_planted_people_of_different_segments_are_kept_apart(name: str) -> None:
    findings, planted = gold_findings(STUDIES / name)
    for segment in segmented(findings).segments:
        assert len({planted[one] for one in segment.participant_ids} - {"none"}) == 1
