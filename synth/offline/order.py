"""The order in which contacts happened, from the order in which they are told and from what sets them back.

People mostly tell in order. Words set a contact back: to just before the one told last ('before that', 'daarvoor'), to
the beginning ('it all began with'), or, where they only look back ('earlier', 'I should have said'), to before the
first contact of a later phase. What is told on from there without a new cue stays there while its phase is no later;
words that lead on ('by then', 'toen we er al zaten', 'nowadays') go back to the end. Patterns are in
`words/order.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from synth.offline.features import CodedLine
from synth.offline.lexicon import Lexicon, build_lexicon, source
from synth.shipped import shipped_yaml

BEFORE, START, BACK, ON = "before", "start", "back", "on"


@dataclass(frozen=True, slots=True)
class ToldContact:
    """One contact as it is told."""

    lines: Sequence[CodedLine]
    phase: int | None
    """Place of its phase in the framework; None where it has none."""
    looks_back: bool
    """Whether the reader's own cues say so."""


def story_places(contacts: Sequence[ToldContact], language: str) -> list[int]:
    """Each contact's place in the person's own story, 0 first.

    Args:
        contacts: of one interview, in the order of telling.
        language: `en` or `nl`.
    """
    story: list[int] = []
    after: int | None = None
    """The contact of the past that is being told of; None at the end of the story."""
    for at, contact in enumerate(contacts):
        place, in_the_past = _place(contact, contacts, story, after, _cues(contact.lines, language))
        story.insert(place, at)
        after = at if in_the_past else None
    order = [0] * len(contacts)
    for place, at in enumerate(story):
        order[at] = place
    return order


def _place(
    contact: ToldContact, contacts: Sequence[ToldContact], story: Sequence[int], after: int | None, cues: frozenset[str]
) -> tuple[int, bool]:
    """Where a contact goes among those told before, and whether that is in the past."""
    end = len(story)
    if not story or ON in cues:
        return end, False
    later = [place for place, other in enumerate(story) if _is_later(contacts[other], contact)]
    if START in cues:
        return (later[0] if later else 0), True
    if BEFORE in cues:
        last = story.index(len(story) - 1)
        return min([last, *later[:1]]), True
    if BACK in cues or contact.looks_back:
        return (later[0], True) if later else (end, False)
    if after is not None:
        previous = contacts[after]
        same = contact.lines[0].turn == previous.lines[0].turn
        if same and contact.phase is not None and previous.phase is not None and contact.phase <= previous.phase:
            return story.index(after) + 1, True
    return end, False


def _is_later(other: ToldContact, contact: ToldContact) -> bool:
    return other.phase is not None and contact.phase is not None and other.phase > contact.phase


def _cues(lines: Sequence[CodedLine], language: str) -> frozenset[str]:
    lexicon = _lexicon("nl" if language == "nl" else "en")
    return frozenset(hit.group for line in lines for hit in lexicon.hits(line.words))


@cache
def _lexicon(language: str) -> Lexicon:
    data: Mapping[str, Mapping[str, list[str]]] = shipped_yaml(source("order"))
    return build_lexicon(language, {name: entry[language] for name, entry in data.items()})
