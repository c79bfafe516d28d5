"""Ids of content."""

from __future__ import annotations

import pytest

from synth.domain import Kind, canonical, canonical_id, content_id


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ("one",),
        ('a "quoted" café\n', None, 3, 0.25, True),
        ({"z": 1, "a": [1, {"y": None, "b": "é"}]}, ["x"], ("t", 2)),
        (Kind.EMOTION, "joy", 12, 12),
    ],
)
def test_parts_that_are_canonical_already_give_the_same_id(parts: tuple[object, ...]) -> None:
    assert canonical_id(*map(canonical, parts)) == content_id(*parts)


def test_ids_stay_as_they_are_stored() -> None:
    assert content_id("t1", Kind.EMOTION, 3, 4, "joy") == "4271c05a2b3222ab"
