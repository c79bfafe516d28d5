"""Which of the possible labels of a file are speakers: decided from statistics over all of its rows.

A label occurs repeatedly, in one style, takes turns with others and stands where a paragraph begins; `Thanks:` and
`Note:` do not. The commonest style among trustworthy labels is the file's style; labels in another style count only
where they are known from it. Everything is counted in one pass, so ten thousand speakers cost ten thousand steps."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from synth.parse import words
from synth.parse.rowlabels import Candidate, LabelKind, Style, label_key, role_of_label

_SURE = frozenset({LabelKind.ROLE, LabelKind.CODE})
_ORDER = tuple(Style)
_LEAST_ROWS = {Style.TIME: 2, Style.COLON: 2, Style.BOLD: 3, Style.ALONE: 2}
_COVERS = frozenset({Style.TAB, Style.BRACKET, Style.DASH, Style.DOT})
"""Styles that ordinary text has too: they must begin most paragraphs."""
_NUMBERED_QUESTION = re.compile(r"(q|v|question|vraag)[ .]?(\d{1,3})", re.I)
_NUMBERED_ANSWER = re.compile(r"(a|answer|antwoord)[ .]?(\d{1,3})", re.I)
_SEVERAL = re.compile(r"\s(?:[&+/]|and|en)\s", re.I)
"""What joins people who speak at once: neither of them is meant alone."""
_RELATED = frozenset({Style.TIME, Style.COLON, Style.BOLD, Style.ALONE})


@dataclass(frozen=True, slots=True)
class Layout:
    """What the decision needs to know of the rows."""

    rows: int
    """How many rows hold text."""
    paragraphs: frozenset[int]
    """Numbers of the rows that begin a paragraph or a cue."""
    ordinary: Callable[[str], bool]
    """Whether a word stands elsewhere in the file in lower case, as words do and names do not."""


def choose_labels(candidates: Sequence[Candidate], layout: Layout) -> dict[int, Candidate]:
    """The rows at which a speaker begins, each with its label.

    Args:
        candidates: at most one for a row, in order.
        layout: the file's rows.
    """
    by_style: dict[Style, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_style[candidate.style].append(candidate)
    trusted = {style: _trusted(style, by_style[style], layout) for style in by_style}
    main = _main_style(by_style, trusted, layout)
    if main is None:
        return {}
    known = set(trusted[main])
    keys = {style: set[str]() for style in _ORDER}
    keys[main] = known | _once(by_style[main], known, layout)
    everywhere = keys[main] | _sure_elsewhere(main, by_style, trusted)
    for style in _RELATED - {main}:
        keys[style] = everywhere
    chosen = {entry.row: entry for entry in candidates if entry.key in keys[entry.style]}
    return _without_small_ones(_without_odd_ones(chosen))


def _trusted(style: Style, entries: Sequence[Candidate], layout: Layout) -> frozenset[str]:
    """Keys of one style that are speakers by their shape and count."""
    if style is Style.COLON and _all_named(entries, layout):
        return frozenset(entry.key for entry in entries if entry.kind is not LabelKind.HANDLE)
    counts = Counter(entry.key for entry in entries)
    first = {entry.key: entry for entry in reversed(entries)}
    starts = Counter(entry.key for entry in entries if entry.row in layout.paragraphs)
    return frozenset(key for key, entry in first.items() if _fits(style, entry, counts[key], starts[key], layout))


def _all_named(entries: Sequence[Candidate], layout: Layout) -> bool:
    """Whether every paragraph but few begins with a name and a colon: then none of them has to come back."""
    starts = sum(entry.row in layout.paragraphs and entry.kind is not LabelKind.HANDLE for entry in entries)
    return starts >= 4 and starts >= 0.9 * len(layout.paragraphs)


def _fits(style: Style, entry: Candidate, count: int, starts: int, layout: Layout) -> bool:
    kind = entry.kind
    if kind is LabelKind.HANDLE and " " in entry.label:
        # `jan de wit`, and how many a sentence begins: only what stands nowhere but before speech is a name.
        return style in {Style.TIME, Style.COLON} and count >= 4 and starts == count
    if style is Style.ALONE:
        if entry.label.endswith(".") and kind is not LabelKind.LETTER:
            return False
        return kind in _SURE or (count >= 2 and entry.bold) or (count >= 3 and kind is LabelKind.NAME)
    if style is Style.DOT:
        return count >= 2
    if style in _COVERS and kind is LabelKind.HANDLE:
        return style is Style.BRACKET and count >= 2
    if style is Style.TIME:
        return kind is not LabelKind.HANDLE or count >= 2
    if kind in _SURE:
        return True
    if kind is LabelKind.LETTER:
        return count >= 2 or role_of_label(entry.label) is not None
    if kind is LabelKind.HANDLE:
        # Ordinary words stand before a colon too: a handle has to begin paragraphs, and to be no word of the file.
        return starts >= 2 and starts >= 0.8 * count and (count >= 4 or not layout.ordinary(entry.key))
    return count >= 3 or (count == 2 and not layout.ordinary(entry.key))


def _main_style(
    by_style: Mapping[Style, Sequence[Candidate]], trusted: Mapping[Style, frozenset[str]], layout: Layout
) -> Style | None:
    best: tuple[float, Style] | None = None
    for style in _ORDER:
        entries = [entry for entry in by_style.get(style, ()) if entry.key in trusted[style]]
        keys = {entry.key for entry in entries}
        sure = any(entry.kind in _SURE or role_of_label(entry.label) is not None for entry in entries)
        if not entries or (
            len(entries) < _LEAST_ROWS.get(style, 4) and not (sure and style in {Style.TIME, Style.COLON})
        ):
            continue
        starts = sum(entry.row in layout.paragraphs for entry in entries)
        covered = starts / max(1, len(layout.paragraphs))
        handles = all(entry.kind is LabelKind.HANDLE for entry in entries)
        if style in _COVERS and (covered < 0.5 or len(keys) < 2):
            continue
        if style is Style.ALONE and not _heads(entries, sure, covered):
            continue
        if style is Style.COLON and not sure and len(keys) < 2 and covered < 0.5:
            continue
        if handles and (covered < 0.6 or len(keys) < 2):
            continue
        score = len(entries) * (1.2 if sure else 1.0)
        if best is None or score > best[0]:
            best = score, style
    return best[1] if best else None


def _heads(entries: Sequence[Candidate], sure: bool, covered: float) -> bool:
    """Whether rows that hold nothing but a name are labels: emphasised, known roles, or at the head of most
    paragraphs."""
    bold = sum(entry.bold or entry.colon for entry in entries)
    return bold > 0.6 * len(entries) or sure or (covered > 0.3 and len({entry.key for entry in entries}) > 1)


def _sure_elsewhere(
    main: Style, by_style: Mapping[Style, Sequence[Candidate]], trusted: Mapping[Style, frozenset[str]]
) -> set[str]:
    """Roles and codes that open a row with a colon, in a file whose labels mostly look otherwise."""
    if main in {Style.TIME, Style.COLON}:
        main_rows = len(by_style[main])
        if main is Style.TIME and main_rows >= 4:
            return set()
    return {
        entry.key
        for entry in by_style.get(Style.COLON, ())
        if entry.kind in _SURE and entry.key in trusted[Style.COLON]
    }


def _once(entries: Sequence[Candidate], known: set[str], layout: Layout) -> set[str]:
    """Names that speak only once, in the style of the file and after it has begun."""
    rows = [entry.row for entry in entries if entry.key in known]
    if len(rows) < 2:
        return set()
    at_starts = sum(row in layout.paragraphs for row in rows) > 0.9 * len(rows)
    bold = sum(entry.bold for entry in entries if entry.key in known) > 0.8 * len(rows)
    found = set()
    for entry in entries:
        if entry.key in known or entry.row < rows[0] - 6:
            continue
        # A word before a colon is a speaker where a time stands before it too.
        timed = entry.kind is LabelKind.HANDLE and entry.style is Style.TIME and entry.colon
        if not timed and entry.kind not in {LabelKind.NAME, LabelKind.LETTER}:
            continue
        if (bold and not entry.bold) or (at_starts and entry.row not in layout.paragraphs):
            continue
        named = [word for word in re.findall(r"[^\W\d_]{2,}", entry.key) if word not in words.PARTICLES]
        if not any(layout.ordinary(word) for word in named):
            found.add(entry.key)
    return found


def _without_odd_ones(chosen: dict[int, Candidate]) -> dict[int, Candidate]:
    """Where nearly all labels are bold, or timed, a plain one that is known from nowhere else is part of the speech."""
    bold = sum(entry.bold for entry in chosen.values())
    if bold < 0.9 * len(chosen) or len(chosen) < 8:
        return chosen
    keys = {entry.key for entry in chosen.values() if entry.bold}
    return {row: entry for row, entry in chosen.items() if entry.bold or entry.key in keys}


def _without_small_ones(chosen: dict[int, Candidate]) -> dict[int, Candidate]:
    """Where speech begins with a capital, a rare label before a small letter is the beginning of a sentence."""
    counts = Counter(entry.key for entry in chosen.values())
    common = [entry for entry in chosen.values() if counts[entry.key] > 2]
    if len(common) < 4 or sum(entry.small for entry in common) > 0.15 * len(common):
        return chosen
    capital = {entry.key for entry in chosen.values() if not entry.small}
    return {row: entry for row, entry in chosen.items() if counts[entry.key] > 2 or entry.key in capital}


# --- One person under several labels -----------------------------------------------------------------------------


def unify(labels: Sequence[str]) -> dict[str, str]:
    """Each label as it stands in the file to the one name of the person it means.

    `DB`, `db:` and `Devin Becker` are one person, as are `Dan` and `Dan Ott`, `I` and `Interviewer (I)`, unless the
    short form fits several, or the two talk to each other.

    Args:
        labels: the label of every turn, in order, cleaned.
    """
    numbered = _numbered(labels)
    if numbered:
        return {label: numbered.get(label, label) for label in labels}
    counts = Counter(labels)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for label, count in counts.items():
        spellings[label_key(label)][label] += count
    names = {key: min(forms, key=lambda form: (-forms[form], form)) for key, forms in spellings.items()}
    keys = [label_key(label) for label in labels]
    together = Counter(frozenset(pair) for pair in itertools.pairwise(keys) if pair[0] != pair[1])
    shorts: dict[str, list[str]] = defaultdict(list)
    for key, name in names.items():
        for short in _short_forms(name):
            shorts[short].append(key)
    target = {key: key for key in names}
    for key in names:
        longer = [other for other in shorts.get(key, ()) if other != key]
        if len(longer) == 1 and together[frozenset((key, longer[0]))] <= 1:
            target[key] = longer[0]
    if len(names) <= 200:
        target.update(_misspelt(spellings, target))
    return {label: names[_last(label_key(label), target)] for label in counts}


def _numbered(labels: Sequence[str]) -> dict[str, str]:
    """`Q1`, `A1`, `Q2`, `A2` as `Q` and `A`: the numbers are those of the questions, and each stands once."""
    bare: dict[str, str] = {}
    numbers: list[int] = []
    for label in labels:
        if asked := _NUMBERED_QUESTION.fullmatch(label):
            numbers.append(int(asked.group(2)))
            bare[label] = asked.group(1)
        elif told := _NUMBERED_ANSWER.fullmatch(label):
            if int(told.group(2)) not in numbers[-1:]:
                return {}
            bare[label] = told.group(1)
    return bare if len(numbers) >= 3 and numbers == sorted(set(numbers)) else {}


def _last(key: str, target: Mapping[str, str]) -> str:
    for _ in range(4):
        if target[key] == key:
            return key
        key = target[key]
    return key


def _short_forms(name: str) -> set[str]:
    """By which shorter labels a full one may be called later."""
    if _SEVERAL.search(name):
        return set()
    inside = re.findall(r"\(([^()]{1,20})\)", name)
    outside = re.sub(r"\([^()]*\)", " ", name).strip(" ,")
    forms = {label_key(text.strip()) for text in inside} | ({label_key(outside)} if inside and outside else set())
    names = [part for part in re.split(r"[\s,]+", outside) if part and part[0].isalpha()]
    if len(names) > 1 and role_of_label(name) is None and names[0][0].isupper():
        forms |= {label_key(names[0]), label_key("".join(part[0] for part in names)), label_key(names[-1])}
        forms.add(label_key("".join(part[0] for part in names if part[0].isupper())))
        if len(names) > 2:
            forms.add(label_key(" ".join(names[:2])))
    elif len(names) == 1 and role_of_label(names[0]) is not None and len(names[0]) > 3 and names[0].isalpha():
        forms.add(label_key(names[0][0]))
    return forms


def _misspelt(spellings: Mapping[str, Counter[str]], target: Mapping[str, str]) -> dict[str, str]:
    """A label used once that is one or two letters off a common one."""
    sizes = {key: sum(forms.values()) for key, forms in spellings.items()}
    common = [key for key, size in sizes.items() if size >= 5 and len(key) >= 5]
    found = {}
    for key, size in sizes.items():
        if size == 1 and len(key) >= 5 and target[key] == key and not any(character.isdigit() for character in key):
            close = [other for other in common if _one_apart(key, other)]
            if len(close) == 1:
                found[key] = close[0]
    return found


def _one_apart(left: str, right: str) -> bool:
    """Whether one letter was added, lost, changed, or two neighbours swapped."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    start = next(
        (place for place, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )
    a, b = left[start:], right[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
