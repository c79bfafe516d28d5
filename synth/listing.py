"""The order in which people and interviews are listed, wherever they are: by number where they are numbered."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = re.compile(r"(\d+)")
Place = tuple[object, ...]
"""To sort by; compared only with places made by the same function."""


def natural(text: str) -> Place:
    """Where a text stands among others: `P2` before `P10`, in any case of letters."""
    # Words and numbers alternate, words first, so that like is compared with like.
    parts = _NUMBER.split(text.casefold())
    return tuple(int(part) if at % 2 else part for at, part in enumerate(parts)), text


def interview_place(people: Iterable[str], name: str) -> Place:
    """Where an interview stands: by the first of its people, one without anybody last; then by its name."""
    places = sorted(map(natural, people))
    return not places, *places[:1], natural(name)
