"""What a researcher lists of a study: names to be replaced, and words to be left as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from synth.errors import InputError

Listed = Literal["person", "company", "place", "keep"]

_LINE = re.compile(r"([^,;:\t]*)([,;:\t]?)(.*)")
_KINDS: Mapping[str, Listed] = {
    "person": "person", "persoon": "person", "name": "person", "naam": "person",
    "company": "company", "bedrijf": "company", "employer": "company", "werkgever": "company",
    "place": "place", "plaats": "place", "keep": "keep", "laat staan": "keep", "houd": "keep",
}  # fmt: skip


def read_list(text: str) -> list[tuple[Listed, str]]:
    """A researcher's list, a line `kind,name` each (also `;`, tab or `:`), English or Dutch; a bare name is a person.

    Raises:
        InputError: a kind that is not known; the message names the line, not the words.
    """
    found: list[tuple[Listed, str]] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        match = _LINE.match(line)
        kind, mark, name = match.groups("") if match else ("", "", "")
        kind, name = kind.strip(' "'), name.strip().strip('"')
        if not kind and not name:
            continue
        if not mark:
            found.append(("person", kind))
        elif kind.casefold() in _KINDS:
            found.append((_KINDS[kind.casefold()], name))
        elif number > 1 or kind.casefold() not in ("kind", "soort"):
            raise InputError(
                f"Line {number} of the list of names: the first word is no kind. "
                "Use person, company, place or keep (persoon, bedrijf, plaats, houd)."
            )
    return [(kind, name) for kind, name in found if name]
