"""What the words of a passage say besides what it was coded as, by rule, in both languages.

Who began a contact, what it took, what came of it, whether it came again or never; whether a feeling judges what was
got or binds to whoever gave it; signs of loyalty; why a moment counts. The promise: each stands on a pattern of
`words/besides.yaml` in the passage itself, what came of a contact also in the sentences after it; without a pattern, or
where patterns disagree, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from synth.cues.matching import PhraseMatcher
from synth.domain import Kind
from synth.frameworks import Framework
from synth.marks import EMOTION_MARKS, TOUCHPOINT_MARKS
from synth.offline.features import CodedLine
from synth.offline.lexicon import Lexicon, build_lexicon, source
from synth.shipped import shipped_yaml

_FILE, _CONTACTS = "besides", "contacts"
_REACH = 3
"""How many words before a pattern a denial of it may stand, at the most."""
_AFTER = 2
"""Sentences after a contact that may tell what came of it, in the same turn and before the next contact."""
_FLIPPED = {"outcome/done": "outcome/failed"}
"""What a denial turns round; any other denied pattern says nothing."""
_DENYING_ITSELF = ("outcome/failed", "skipped", "signals/warns")
"""Patterns with their own 'not' or 'never'."""
_SUBJECTS = frozenset(["i", "we", "you", "ik", "wij", "we", "they", "ze", "zij", "he", "she", "hij"])
"""Who comes first in a pattern is not denied by what stands before: 'no, I rang'."""
_SPEAKERS = frozenset(["i", "we", "ik", "wij"])
_BEGAN = ("initiator/person", "initiator/organisation")
_RETURNED = "returned"
_RINGING = frozenset(["belde", "belt", "belden", "mailde", "appte"])
_DONE = frozenset(["gebeld", "gemaild", "aangevraagd", "opgezocht", "gegoogeld", "ingediend", "gevraagd", "aangemeld"])
_BY_OTHERS = frozenset(
    [
        "werd",
        "werden",
        "word",
        "wordt",
        "ze",
        "zij",
        "hij",
        "die",
        "heeft",
        "hebben",
        "hadden",
        "mij",
        "me",
        "ons",
        "je",
        "u",
    ]
)
_OWN_PEOPLE = frozenset(["ik", "we", "wij", "mijn", "mn", "onze", "ons", "je", "u"])
"""Who speaks, and those who act for them: what they begin nobody else began."""
_FIRST_WORDS = 3
"""Of a passage: a noun of what is sent among them says that it came."""
_STRONGER = {"outcome/failed": ("outcome/partly",), "effort/3": ("effort/1", "effort/2"), "effort/2": ("effort/1",)}
"""Of two that both stand there, the one that says more: 'easy' in a call that took three times."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a passage says besides."""

    marks: tuple[str, ...] = ()
    """As replies carry them, see `synth.marks`."""
    matters: str | None = None


def said_besides(
    kind: Kind, lines: Sequence[CodedLine], after: Sequence[CodedLine], language: str, framework: Framework
) -> Said:
    """What a passage says besides.

    Args:
        kind: of the finding.
        lines: of the passage.
        after: the sentences after it that may still be about it.
        language: `en` or `nl`.
        framework: whose signals of loyalty there are.
    """
    here = _groups(lines, language)
    signals = [key for key in framework.signal_keys if f"signals/{key}" in here]
    if "warns" in signals and "recommends" in signals:
        signals.remove("recommends")  # 'I would not recommend it' has both
    if kind is Kind.TOUCHPOINT:
        # What it took and came to is often told in the sentence after.
        here |= _contact_groups(lines, language)
        here = _who_began(here, lines, language)
        later = _groups(after, language) | _contact_groups(after, language)
        found = here | {group for group in later if group.startswith(("outcome/", "effort/"))
                        and not any(own.startswith(group.split("/")[0]) for own in here)}  # fmt: skip
        return Said((*_marks(found, TOUCHPOINT_MARKS), *signals), _reason(here, language))
    own = _marks(here, EMOTION_MARKS) if kind is Kind.EMOTION else ()
    return Said((*own, *signals))


def _contact_groups(lines: Sequence[CodedLine], language: str) -> frozenset[str]:
    """What the patterns of contacts find in these lines, denied ones left out."""
    denials = frozenset(_data()["denying"]["nl" if language == "nl" else "en"])
    found: set[str] = set()
    for line in lines:
        for match in _contacts("nl" if language == "nl" else "en").find(" ".join(line.words)):
            words = line.words
            before = words[max(0, match.start - _REACH) : match.start]
            own_denial = match.key in _DENYING_ITSELF or match.key.startswith("effort/")
            if own_denial or words[match.start] in _SUBJECTS or denials.isdisjoint(before):
                found.add(match.key)
    return frozenset(found)


def _leaves_self_out(words: Sequence[str]) -> bool:
    """Whether Dutch says that something was done and leaves out by whom: 'in november gebeld', by who speaks."""
    return not _DONE.isdisjoint(words) and _BY_OTHERS.isdisjoint(words)


def _somebody_else_rings(words: Sequence[str], language: str) -> bool:
    """Whether Dutch says that somebody called, and neither before nor after the verb that it was the person."""
    if language != "nl":
        return False
    for place, word in enumerate(words):
        if word in _RINGING:
            near = [*words[max(0, place - 2) : place], *words[place + 1 : place + 4]]
            if _OWN_PEOPLE.isdisjoint(near):
                return True
    return False


def _who_began(groups: frozenset[str], lines: Sequence[CodedLine], language: str) -> frozenset[str]:
    """Groups with one beginner: an answer begins nothing, and what is sent came from elsewhere."""
    began = {group for group in _BEGAN if group in groups}
    if _RETURNED in groups and _BEGAN[0] in began:
        return groups - {_BEGAN[1]}
    if _RETURNED in groups and not began:
        return groups | {_BEGAN[1]}
    if not began and language == "nl" and any(_leaves_self_out(line.words) for line in lines):
        return groups | {_BEGAN[0]}
    if not began and any(_somebody_else_rings(line.words, language) for line in lines):
        return groups | {_BEGAN[1]}
    if not began and lines:
        sent = frozenset(_contact_file()["sent"]["nl" if language == "nl" else "en"])
        begins = lines[0].words
        if not sent.isdisjoint(begins[:_FIRST_WORDS]) and _SPEAKERS.isdisjoint(begins[: 2 * _FIRST_WORDS]):
            return groups | {_BEGAN[1]}
    return groups


@cache
def _contacts(language: str) -> PhraseMatcher:
    data = _contact_file()
    groups = {name: list(entry[language]) for name, entry in data.items() if name not in ("begins", "sent")}
    groups["initiator/person"] = list(_beginnings(data["begins"][language], language))
    return PhraseMatcher(groups)


def _beginnings(verbs: Mapping[str, list[str]], language: str) -> Iterator[str]:
    """Every way in which a person says that they begin a contact."""
    if language == "nl":
        for verb in (*verbs["now"], *verbs["then"]):
            first, _, rest = verb.partition(" ")
            yield from (f"ik {verb}", f"{first} ik {rest}".strip(), f"{first} ik ... {rest}".strip(" ."))
        for verb in verbs["done"]:
            for have in ("heb", "had", "ben"):
                yield from (f"ik {have} ... {verb}", f"{have} ik ... {verb}")
            yield from (f"hebben we ... {verb}", f"we hebben ... {verb}", f"wij hebben ... {verb}")
        return
    for verb in (*verbs["now"], *verbs["then"]):
        yield from (f"{who} {verb}" for who in ("i", "we", "i just", "i then", "i finally", "i actually", "i even"))
    for verb in verbs["then"]:
        yield from (f"{who} {verb}" for who in ("ive", "id", "weve", "wed", "i have", "i had"))
    for verb in verbs["now"]:
        yield from (
            f"{who} {verb}" for who in ("i had to", "id to", "i have to", "ill", "you", "you have to", "we had to")
        )


def lines_after(lines: Sequence[CodedLine], last: int, next_contact: int | None) -> list[CodedLine]:
    """The lines of the same turn after a row, up to the next contact.

    Args:
        lines: participants' lines in order.
        last: the row that the passage ends on.
        next_contact: the line number of the next contact; None where there is none.
    """
    found = []
    for line in lines[last + 1 : last + 1 + _AFTER]:
        if line.turn != lines[last].turn or (next_contact is not None and line.number >= next_contact):
            break
        found.append(line)
    return found


def _marks(groups: frozenset[str] | set[str], known: Mapping[str, tuple[str, object]]) -> tuple[str, ...]:
    told: dict[str, list[str]] = {}
    weaker = {other for group in groups for other in _STRONGER.get(group, ())}
    for mark, (field, value) in known.items():
        group = f"{field}/{value}" if value is not True else field
        if group in groups and group not in weaker:
            told.setdefault(field, []).append(mark)
    # Where two disagree ('I called', 'they called back') nobody can tell which is meant.
    return tuple(marks[0] for marks in told.values() if len(marks) == 1)


def _reason(groups: frozenset[str], language: str) -> str | None:
    texts = (text for key, text in _reasons().items() if f"matters/{key}" in groups)
    return next((text["nl" if language == "nl" else "en"] for text in texts), None)


def _groups(lines: Sequence[CodedLine], language: str) -> frozenset[str]:
    """Every group with a pattern in these lines, denied ones turned round or left out."""
    language = "nl" if language == "nl" else "en"
    denials = frozenset(_data()["denying"][language])
    found: set[str] = set()
    for line in lines:
        for hit in _lexicon(language).hits(line.words):
            before = line.words[max(0, hit.first - _REACH) : hit.first]
            denied = not denials.isdisjoint(before) and hit.group not in _DENYING_ITSELF
            if hit.group in _BEGAN and line.words[hit.first] in _SUBJECTS:
                denied = False
            group = _FLIPPED.get(hit.group) if denied else hit.group
            if group is not None:
                found.add(group)
    return frozenset(found)


@cache
def _lexicon(language: str) -> Lexicon:
    lists = {name: entry[language] for name, entry in _data().items() if name != "denying"}
    return build_lexicon(language, lists)


@cache
def _reasons() -> Mapping[str, Mapping[str, str]]:
    reasons: Mapping[str, Mapping[str, str]] = _file()["reasons"]
    return reasons


@cache
def _data() -> Mapping[str, Mapping[str, list[str]]]:
    return {name: entry for name, entry in _file().items() if name != "reasons"}


def _file() -> Mapping[str, Any]:
    return _load(_FILE)


def _contact_file() -> Mapping[str, Any]:
    return _load(_CONTACTS)


@cache
def _load(name: str) -> Mapping[str, Any]:
    data: Mapping[str, Any] = shipped_yaml(source(name))
    return data
