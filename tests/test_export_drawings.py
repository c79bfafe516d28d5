"""Drawings: they show what was said and never more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.domain import ChannelSwitch, Emotion, Feeling, Finding, JourneyMap, PathStep, Touchpoint
from synth.export.drawings.channels import ChannelWords, channel_rows, draw_channels
from synth.export.drawings.curve import segments
from synth.export.drawings.feeling import draw_emblem, draw_feeling, draw_strip
from synth.export.drawings.path import PathWords, draw_path
from synth.export.drawings.voices import draw_voices
from synth.frameworks import load_framework
from tests.builders import make_finding, make_map, make_persona, make_transcript

PATH_WORDS = PathWords("{} skip".format, "{} back".format, "{} again".format, "{} begin".format)
LABELS = {"peak": "peak", "low": "low", "end": "end", "and": "and", "one": "one person"}


def journey_of(felt: dict[str, Sequence[int]]) -> JourneyMap:
    """A map on which so many people felt this in each phase."""
    people = [f"P{number:02}" for number in range(1, max(map(len, felt.values())) + 1)]
    findings: list[Finding] = []
    for number, person in enumerate(people):
        told = [(phase, values[number]) for phase, values in felt.items() if number < len(values)]
        talk = make_transcript(f"{person}.txt", [("R", [f"Line {phase}." for phase, _ in told])], {"R": person})
        findings += [
            make_finding(talk, line, Emotion("joy", value), phase=phase) for line, (phase, value) in enumerate(told, 1)
        ]
    return make_map(make_persona("All", people), findings, [], load_framework())


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=9))
def test_a_curve_never_leaves_the_band_between_its_points(values: list[float]) -> None:
    through = [(place * 100.0, value * 50) for place, value in enumerate(values)]
    for (a, b), path in zip(zip(through, through[1:], strict=False), segments(through), strict=True):  # noqa: RUF007
        heights = [float(pair.split(",")[1]) for pair in re.findall(r"-?[\d.]+,-?[\d.]+", path)]
        low, high = min(a[1], b[1]), max(a[1], b[1])
        # Four control points between the ends keep the whole curve between them.
        assert all(low - 0.06 <= height <= high + 0.06 for height in heights)


def test_everybody_is_a_dot() -> None:
    drawn = draw_feeling(journey_of({"use": [2, 2, 1, -1, 0, 0, 2], "loyalty": [1, 1]}), 158, "m", LABELS)
    assert drawn.count('class="dot"') == 9


def test_forty_people_at_one_place_stay_forty_dots_within_their_column() -> None:
    drawn = draw_feeling(journey_of({"use": [1] * 40}), 158, "m", LABELS)
    xs = [float(x) for x in re.findall(r'class="dot" cx="([\d.]+)"', drawn)]
    start = 158 * 5
    assert len(xs) == 40
    assert all(start < x < start + 158 for x in xs)


def test_a_phase_without_feelings_is_a_gap_that_no_line_crosses() -> None:
    journey = journey_of({"awareness": [1, 1, 1, 1, 1], "intent": [-1, -1, -1, -1, -1]})
    drawn = draw_feeling(journey, 158, "m", LABELS)
    assert drawn.count('class="mean') == 0
    assert drawn.count("url(#m-gap)") == len(load_framework().phases) - 2


@pytest.mark.parametrize(("people", "line"), [(2, None), (3, "mean few"), (5, "mean")])
def test_a_line_is_as_firm_as_the_people_behind_it(people: int, line: str | None) -> None:
    drawn = draw_feeling(journey_of({"awareness": [1] * people, "orientation": [0] * people}), 158, "m", LABELS)
    assert re.findall(r'class="(mean[^"]*)"', drawn) == ([line] if line else [])


def test_without_means_the_dots_of_one_person_are_joined_where_phases_follow_each_other() -> None:
    felt = {"awareness": [1, -1], "orientation": [2, -2], "intent": [0], "use": [1, 1]}
    drawn = draw_feeling(journey_of(felt), 158, "m", LABELS)
    # P01 in the first three, P02 in the first two; nobody over the gap before use.
    assert re.findall(r'class="way"[^>]*><title>(P\d+)', drawn) == ["P01", "P01", "P02"]
    assert drawn.count("one person") == 1
    assert draw_emblem(journey_of(felt), {}).count('class="way"') == 3
    with_a_mean = felt | {"awareness": [1, -1, 0]}
    assert 'class="way"' not in draw_feeling(journey_of(with_a_mean), 158, "m", LABELS)
    assert 'class="way"' not in draw_emblem(journey_of(with_a_mean), {}, dots=True)


def test_the_spread_is_drawn_from_five_people_only() -> None:
    few = draw_feeling(journey_of({"use": [2, 1, 0, -1]}), 158, "m", LABELS)
    enough = draw_feeling(journey_of({"use": [2, 1, 0, -1, -2]}), 158, "m", LABELS)
    assert few.count('class="bpos"') == 0
    assert enough.count('class="bpos"') == 1


def test_peak_low_and_end_have_shapes_of_their_own_and_words() -> None:
    journey = journey_of({"awareness": [-2] * 5, "use": [2] * 5, "loyalty": [0] * 5})
    drawn = draw_feeling(journey, 158, "m", LABELS)
    assert re.findall(r">(Peak|Low|End)</text>", drawn) == ["Low", "Peak", "End"]
    assert drawn.count("<polygon") == 2
    assert drawn.count("<rect class=") == 1


def test_one_phase_that_is_low_and_end_gets_both_words() -> None:
    drawn = draw_feeling(journey_of({"use": [2] * 5, "loyalty": [-2] * 5}), 158, "m", LABELS)
    assert "Low and end</text>" in drawn


def test_two_maps_share_no_id() -> None:
    journey = journey_of({"use": [1] * 5})
    one, two = (set(re.findall(r'id="([^"]+)"', draw_feeling(journey, 158, ids, LABELS))) for ids in ("a", "b"))
    assert one
    assert not one & two


def test_an_emblem_without_means_shows_the_people() -> None:
    assert draw_emblem(journey_of({"use": [1, 2]}), {}).count('class="dot"') == 2


def test_a_strip_shows_a_dot_for_each_and_a_mean_from_three() -> None:
    assert draw_strip([1, 1], 1.0, None).count("<circle") == 2
    assert draw_strip([1, 1, 0], 0.7, None).count("<circle") == 4


def test_voices_keep_the_place_of_each_person() -> None:
    drawn = draw_voices(["a", "b", "c"], {"a"}, {"c"})
    assert re.findall(r'class="(v.)" d="M([\d.]+)', drawn) == [("vf", "0"), ("va", "8"), ("vs", "4")]


def test_beyond_24_people_voices_become_a_bar() -> None:
    people = [f"P{number}" for number in range(40)]
    drawn = draw_voices(people, people[:10], people[10:20])
    assert 'width="48"' in drawn
    assert "M0 1h12" in drawn
    assert "M12 9h12" in drawn


def test_the_path_shows_people_skips_and_returns() -> None:
    journey = replace(
        journey_of({"awareness": [1] * 4, "use": [1] * 4}),
        path=(
            PathStep("awareness", "use", ("P01", "P02", "P03")),
            PathStep("use", "awareness", ("P04",)),
            PathStep("use", "loyalty", ("P01",)),
        ),
    )
    drawn = draw_path(journey, 158, PATH_WORDS)
    assert re.findall(r'class="arcn"[^>]*>([^<]+)<', drawn) == ["3 skip", "1 back"]
    assert drawn.count('class="trunk"') == 1
    assert re.findall(r'class="stopn"[^>]*>(\d+)<', drawn) == ["4", "0", "0", "0", "0", "4", "0", "0"]


def test_who_comes_in_late_and_who_goes_round_again_is_drawn() -> None:
    journey = replace(
        journey_of({"awareness": [1] * 3, "loyalty": [1] * 3}),
        path=(PathStep("loyalty", "orientation", ("P01", "P02")),),
        entries={"awareness": ("P01",), "loyalty": ("P02", "P03")},
    )
    drawn = draw_path(journey, 158, PATH_WORDS, loop=["use", "loyalty", "advocacy"])
    assert re.findall(r'class="arcn"[^>]*>([^<]+)<', drawn) == ["2 again", "2 begin"]


def test_a_move_that_lost_its_context_is_broken_crossed_and_counted() -> None:
    talk = make_transcript("a.txt", [("R", ["I mailed.", "I called."])], {"R": "P1"})
    found = [
        make_finding(talk, 1, Touchpoint("email"), phase="use"),
        make_finding(talk, 2, Touchpoint("phone", "email", False), phase="use"),
    ]
    lost = ChannelSwitch("use", "email", "use", "phone", ("P1",), ("P1",), (found[1].id,))
    kept = ChannelSwitch("use", "phone", "loyalty", "email", ("P1",), (), (found[1].id,))
    journey = make_map(make_persona("A", ["P1"]), found, [], load_framework(), switches=[lost, kept])
    words = ChannelWords(
        lambda one: f"{one.from_channel} to {one.to_channel}", lambda one: f"#{one.to_phase}",
        lambda phase, channel: f"{channel} in {phase}", lambda phase: f"#{phase}-contact",
    )  # fmt: skip
    drawn = draw_channels(journey, 158, [channel for channel, _ in channel_rows(journey)], words)
    assert drawn.count('class="flow lost"') == 1
    assert drawn.count('class="flow"') == 1
    assert drawn.count('class="cross"') == 1
    assert re.findall(r'class="lostn"[^>]*>([^<]+)<', drawn) == ["1"]
    assert re.findall(r'class="flown"[^>]*>([^<]+)<', drawn) == ["1"]
    # Whoever points at a move is told what it is and led to what was said of it; Tab goes past the drawing.
    assert '<a href="#use" tabindex="-1" class="to"><title>email to phone</title>' in drawn
    assert '<a href="#use-contact" tabindex="-1" class="to"><title>phone in use</title>' in drawn


@pytest.mark.parametrize("end", [[2, 2, 1, -1], [1, 1, 1, 0], [2, 2, 2, 2]])
def test_the_label_of_the_last_phase_lies_over_nobody(end: list[int]) -> None:
    drawn = draw_feeling(journey_of({"awareness": [-1] * 4, "advocacy": end}), 158, "m", LABELS)
    x, y, anchor, label = re.findall(
        r'<text x="([\d.]+)" y="([\d.]+)" class="flabel" text-anchor="(\w+)">(\w.+?)</text>', drawn
    )[-1]
    assert (anchor, label) == ("end", "Peak and end")
    dots = re.findall(r'class="dot" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    left = float(x) - 7 * len(label)
    assert [at for at in dots if left < float(at[0]) < float(x) and float(y) - 13 < float(at[1]) < float(y) + 4] == []


def test_who_had_to_come_back_to_a_channel_is_counted_beside_its_disc() -> None:
    journey = journey_of({"use": [1]})
    column = replace(journey.phases[0], channels={"app": ("P1", "P2")}, repeats={"app": ("P2",)})
    words = ChannelWords(str, str, "{} {}".format, str)
    drawn = draw_channels(replace(journey, phases=(column,)), 158, ["app"], words)
    assert drawn.count('class="loop"') == 1
    without = draw_channels(replace(journey, phases=(replace(column, repeats={}),)), 158, ["app"], words)
    assert "loop" not in without


def test_of_many_moves_within_a_phase_four_are_drawn_each_beside_the_others() -> None:
    channels = ["app", "email", "phone", "website"]
    moves = [
        ChannelSwitch("use", one, "use", other, ("P1",), ("P1",) if one == "phone" else (), ())
        for one in channels for other in channels if one != other
    ]  # fmt: skip
    journey = replace(journey_of({"use": [1]}), switches=tuple(moves))
    drawn = draw_channels(journey, 158, channels, ChannelWords(str, str, "{} {}".format, str))
    bows = re.findall(r'class="flow[^"]*" d="M[\d.]+,[\d.]+C([\d.]+)', drawn)
    # Two of the four do not touch each other, and bow alike.
    assert (len(bows), len(set(bows))) == (4, 3)
    # Those on which people had to start again come first.
    assert drawn.count('class="flow lost"') == 3
    crosses = re.findall(r'class="crossd" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert len(crosses) == len(set(crosses)) == 3


def test_channels_stand_in_the_order_of_their_people() -> None:
    journey = journey_of({"use": [1]})
    column = replace(journey.phases[0], channels={"app": ("P1",), "phone": ("P1", "P2")})
    assert [row for row, _ in channel_rows(replace(journey, phases=(column,)))] == ["phone", "app"]


def test_drawings_say_nothing_to_screen_readers_and_carry_no_style() -> None:
    journey = journey_of({"use": [1] * 5})
    column = replace(journey.phases[0], feelings=(Feeling('"><script>', 1.0, ()),), mean=1.0)
    drawn = draw_feeling(replace(journey, phases=(column,)), 158, "m", LABELS)
    assert 'aria-hidden="true"' in drawn
    assert "style=" not in drawn
    assert "<script" not in drawn
