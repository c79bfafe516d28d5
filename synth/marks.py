"""What an analyst may say of a finding besides, in single words: a reply carries a list of these marks, mostly empty.

Most passages say nothing of who began a contact, what it took or what came of it. As fields of their own they would be
paid for in every reply; as marks they cost nothing where they are not said. The promise: a mark is taken only by a
finding of a kind that it fits, and of two that exclude each other the first counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from synth.domain import Emotion, Kind, Motivation, Touchpoint, kind_of
from synth.frameworks import Framework

TOUCHPOINT_MARKS: Mapping[str, tuple[str, object]] = {
    "person began": ("initiator", "person"),
    "organisation began": ("initiator", "organisation"),
    "little effort": ("effort", 1),
    "some effort": ("effort", 2),
    "much effort": ("effort", 3),
    "done": ("outcome", "done"),
    "partly": ("outcome", "partly"),
    "failed": ("outcome", "failed"),
    "again": ("repeated", True),
    "skipped": ("skipped", True),
}
EMOTION_MARKS: Mapping[str, tuple[str, object]] = {
    "satisfaction": ("reading", "satisfaction"),
    "connection": ("reading", "connection"),
}
_OF_KIND: Mapping[Kind, Mapping[str, tuple[str, object]]] = {
    Kind.MOTIVATION: {},
    Kind.EMOTION: EMOTION_MARKS,
    Kind.TOUCHPOINT: TOUCHPOINT_MARKS,
}


@dataclass(frozen=True, slots=True)
class Marked:
    """A detail with its marks taken up."""

    detail: Motivation | Emotion | Touchpoint
    signals: tuple[str, ...]
    left: tuple[str, ...]
    """Marks that could not be taken: unknown ones, those of another kind, and the second of two that disagree."""


def known_marks(framework: Framework, kind: Kind) -> tuple[str, ...]:
    """Every mark that a finding of a kind may carry, signals of loyalty last."""
    return (*_OF_KIND[kind], *framework.signal_keys)


def take_marks(detail: Motivation | Emotion | Touchpoint, marks: Collection[str], framework: Framework) -> Marked:
    """The detail with what its marks say."""
    if not marks:  # so it is mostly
        return Marked(detail, (), ())
    own = _OF_KIND[kind_of(detail)]
    values: dict[str, object] = {}
    signals: set[str] = set()
    left: list[str] = []
    for mark in dict.fromkeys(" ".join(mark.casefold().replace("_", " ").split()) for mark in marks):
        if mark in framework.signal_keys:
            signals.add(mark)
        elif mark in own and own[mark][0] not in values:
            values[own[mark][0]] = own[mark][1]
        else:
            left.append(mark)
    ordered = tuple(key for key in framework.signal_keys if key in signals)
    return Marked(replace(detail, **values), ordered, tuple(left))  # type: ignore[arg-type]


def marks_of(detail: Motivation | Emotion | Touchpoint, signals: Sequence[str] = ()) -> list[str]:
    """The marks that say what a detail says: the other way round."""
    own = _OF_KIND[kind_of(detail)]
    return [*(mark for mark, (name, value) in own.items() if getattr(detail, name) == value), *signals]
