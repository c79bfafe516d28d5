"""Subtitle cues: WebVTT, SubRip, SubViewer (.sbv), LRC lyrics and whatever mixture of them was pasted into a text file.

Cues are read line by line and not by a subtitle library: those stop, or answer with an empty list, at the first comma
where they expect a point, and leave entities as they are. Here every row of the file ends up in a cue or in
`skipped`."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from synth.domain import Skipped, fold_space
from synth.parse import markup, times
from synth.parse.labels import Layout, choose_labels
from synth.parse.pieces import Piece, Spoken, gather
from synth.parse.rowlabels import Candidate, LabelKind, Style, clean_label, label_kind, read_row

_POINT = r"\d{1,3}:\d{1,2}(?::\d{1,2})?(?:[.,:]\d{1,3})?"
_TIMING = re.compile(rf"\s*(-?{_POINT})\s*(?:(?:--?>|–>|→)\s*(-?{_POINT})(\s.*)?|-->\s*)$")
_SBV = re.compile(r"\s*(\d{1,3}:\d{2}:\d{2}[.,]\d{1,3})\s*,\s*(\d{1,3}:\d{2}:\d{2}[.,]\d{1,3})\s*$")
_LRC = re.compile(r"\s*((?:\[\d{1,3}:\d{2}(?:[.:]\d{1,3})?\]\s*)+)(.*)$")
_LRC_TAG = re.compile(r"\s*\[[a-z#]{1,10}:.*\]\s*$", re.I)
_COUNTER = re.compile(r"\s*\d{1,7}\s*$")
_NAMED = re.compile(r"\s*(?:[0-9a-f]{8}-[0-9a-f-]{20,}|\d+-\d+|\S+/\d+-\d+)\S*\s*$", re.I)
_NAMED_SPEAKER = re.compile(r"\s*\d+\s+\"([^\"\n]{1,100})\"\s*\(\d+\)\s*$")
_BLOCK = re.compile(r"(NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[\w.-]+)?\s+([^<>\n]{1,120})>", re.I)
_TAGS = re.compile(
    r"</?(?:c|i|b|u|s|v|lang|ruby|rt|font|em|strong|span)(?:[.\s][^<>\n"
    r"]{0,200})?>|<\d[\d:.,]{3,14}>|\{\\[^{}\n]{1,60}\}",
    re.I,
)
_TURN = re.compile(r"\s*(?:>>+|»|&gt;&gt;)\s*")
_DASH = re.compile(r"\s*[-–—]\s*(?=\S)")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from one moment to another."""

    start: float
    end: float
    rows: tuple[str, ...]
    speaker: str | None = None
    """Where the file says so apart from the rows."""


def count_timings(text: str) -> int:
    """How many of the first 400 rows are the timing of a cue."""
    rows = text[:40_000].split("\n", 400)[:400]
    return sum(bool(_TIMING.match(row) or _SBV.match(row)) for row in rows)


def looks_like_lrc(text: str) -> bool:
    """Whether most rows begin with a time in brackets and nothing else of a transcript's kind, and hundredths are
    given."""
    rows = [row for row in text[:20_000].split("\n") if row.strip()]
    timed = sum(bool(re.match(r"\s*\[\d{1,3}:\d{2}[.:]\d{2,3}\]", row)) for row in rows)
    return timed >= 2 and timed + sum(bool(_LRC_TAG.match(row)) for row in rows) >= 0.8 * len(rows)


def read_cues(text: str) -> Spoken:
    """The speech of a file of cues; a cue without a label goes on with the speaker before it.

    Empty `pieces` where the file has no cue with words.
    """
    cues, skipped = _split_cues(text.split("\n"))
    return speech_of(_without_repeats(cues, skipped), skipped)


def read_lrc(text: str) -> Spoken:
    """Rows that begin with `[mm:ss.xx]`."""
    cues: list[Cue] = []
    skipped: list[Skipped] = []
    for row in text.split("\n"):
        match = _LRC.match(row)
        if match is not None:
            start = times.clocks_in(match.group(1))[0]
            cues.append(Cue(start, start, (match.group(2),)))
        elif row.strip() and _LRC_TAG.match(row):
            skipped.append(Skipped(row.strip(), "header"))
        elif row.strip() and cues:
            cues[-1] = replace(cues[-1], rows=(*cues[-1].rows, row))
        elif row.strip():
            skipped.append(Skipped(row.strip(), "before the first cue"))
    ends = [after.start for after in cues[1:]] + [cues[-1].start if cues else 0.0]
    return speech_of([replace(cue, end=max(cue.start, end)) for cue, end in zip(cues, ends, strict=True)], skipped)


# --- From rows to cues -------------------------------------------------------------------------------------------


def _split_cues(rows: Sequence[str]) -> tuple[list[Cue], list[Skipped]]:
    timings = {number: match for number, row in enumerate(rows) if (match := _TIMING.match(row) or _SBV.match(row))}
    names = {number - 1 for number in timings if _is_identifier(number, rows, timings)} | _names_apart(timings, rows)
    cues: list[Cue] = []
    skipped: list[Skipped] = []
    held: list[str] = []
    begun: Cue | None = None
    named: str | None = None
    block = False
    for number, row in enumerate(rows):
        if number in timings:
            cues += _closed(begun, held, skipped)
            start, end = _span(timings[number], row, skipped)
            begun, named, held, block = Cue(start, end, (), named), None, [], False
        elif number in names:
            if speaker := _NAMED_SPEAKER.match(row):
                named = clean_label(speaker.group(1))
            elif not _COUNTER.match(row) and not _NAMED.match(row):
                skipped.append(Skipped(row.strip(), "name of a cue"))
        elif not row.strip():
            block = False
        elif block or (_BLOCK.match(row) and (number == 0 or not rows[number - 1].strip())):
            block = True
            skipped.append(Skipped(row.strip(), "note in the file"))
        elif begun is None:
            skipped.append(Skipped(row.strip(), "header" if not cues else "text outside the cues"))
        else:
            held.append(row)
    cues += _closed(begun, held, skipped)
    return cues, skipped


def _is_identifier(timing: int, rows: Sequence[str], timings: dict[int, re.Match[str]]) -> bool:
    """Whether the row above a timing is the cue's number or name, and not the last words of the cue before."""
    if timing == 0 or not rows[timing - 1].strip() or timing - 1 in timings:
        return False
    stands_free = timing == 1 or not rows[timing - 2].strip()
    above = rows[timing - 1]
    return stands_free or bool(_NAMED.match(above)) or (bool(_COUNTER.match(above)) and timing - 2 not in timings)


def _names_apart(timings: dict[int, re.Match[str]], rows: Sequence[str]) -> set[int]:
    """The rows with a cue's number or name where a blank row stands after every row, as line ends saved twice leave."""
    apart = {
        number - 2
        for number in timings
        if number >= 2
        and not rows[number - 1].strip()
        and any(pattern.match(rows[number - 2]) for pattern in (_COUNTER, _NAMED, _NAMED_SPEAKER))
    }
    return apart if len(apart) >= 0.8 * len(timings) else set()


def _span(match: re.Match[str], row: str, skipped: list[Skipped]) -> tuple[float, float]:
    start, end = (times.parse_time(written or "") for written in match.groups()[:2])
    if start is None or end is None:
        skipped.append(Skipped(row.strip(), "time that cannot be"))
        return (start or end or 0.0, end or start or 0.0)
    return start, end


def _closed(begun: Cue | None, held: Sequence[str], skipped: list[Skipped]) -> list[Cue]:
    if begun is None:
        return []
    if not any(row.strip() for row in held):
        skipped.append(Skipped(f"{begun.start:g} s", "cue without words"))
        return []
    return [replace(begun, rows=tuple(held))]


def _without_repeats(cues: list[Cue], skipped: list[Skipped]) -> list[Cue]:
    """Rolling captions show each row twice: the second time is no speech."""
    cues = _without_beginnings(cues, skipped)
    plain = [tuple(fold_space(_strip_tags(row)) for row in cue.rows) for cue in cues]
    shown = sum(bool(after[0]) and after[0] in before[-2:] for before, after in itertools.pairwise(plain))
    if len(cues) < 3 or shown < 0.4 * (len(cues) - 1):
        return cues
    kept: list[Cue] = []
    for number, cue in enumerate(cues):
        before = set(plain[number - 1]) if number else set()
        fresh = tuple(row for row, words in zip(cue.rows, plain[number], strict=True) if words and words not in before)
        skipped += [
            Skipped(words, "repeated row of rolling captions") for words in plain[number] if words and words in before
        ]
        if fresh:
            kept.append(replace(cue, rows=fresh))
    return kept


def _without_beginnings(cues: list[Cue], skipped: list[Skipped]) -> list[Cue]:
    """Live captions show a sentence as it grows: what the next cue begins with again meanwhile is no speech."""
    plain = [fold_space(" ".join(_strip_tags(row) for row in cue.rows)) for cue in cues]
    grown = [
        number
        for number, (before, after) in enumerate(itertools.pairwise(cues))
        if len(plain[number]) < len(plain[number + 1])
        and plain[number + 1].startswith(plain[number])
        and after.start < before.end
        and after.speaker == before.speaker
    ]
    if len(cues) < 3 or len(grown) < 0.3 * (len(cues) - 1):
        return cues
    skipped += [Skipped(plain[number], "beginning of a growing caption") for number in grown]
    kept = set(range(len(cues))) - set(grown)
    return [cues[number] for number in sorted(kept)]


# --- From cues to speech -----------------------------------------------------------------------------------------


def _strip_tags(text: str) -> str:
    return markup.unescape(_TAGS.sub("", text)) if "<" in text or "&" in text or "{" in text else text


def speech_of(cues: Sequence[Cue], skipped: list[Skipped]) -> Spoken:
    """What cues say and who says it, as the file marks it: apart from the words, in tags, or by labels among them.

    Args:
        cues: in the order of the file.
        skipped: what of the file is in no cue; cues that hold nothing but a label are added to it.
    """
    if any(cue.speaker for cue in cues):
        pieces = [Piece(fold_space(_strip_tags("\n".join(c.rows))), c.speaker, c.start, c.end) for c in cues]
    elif any(_VOICE.search(row) for cue in cues for row in cue.rows):
        pieces = [piece for cue in cues for piece in _voiced(cue)]
    else:
        pieces = _labelled(cues)
    spoken: list[Piece] = []
    for piece in pieces:
        words = piece.text.strip()
        if not words:
            if piece.speaker:
                skipped.append(Skipped(piece.speaker, "label without words"))
        else:
            spoken.append(replace(piece, text=words))
    return Spoken(tuple(spoken), skipped=gather(skipped))


def _voiced(cue: Cue) -> list[Piece]:
    """A cue with `<v Name>` tags, closed or not, one or several."""
    text = "\n".join(cue.rows)
    marks = list(_VOICE.finditer(text))
    pieces = [Piece(fold_space(_strip_tags(text[: marks[0].start() if marks else None])), None, cue.start, cue.end)]
    for place, mark in enumerate(marks):
        end = marks[place + 1].start() if place + 1 < len(marks) else len(text)
        name = clean_label(markup.unescape(mark.group(1)))
        pieces.append(Piece(fold_space(_strip_tags(text[mark.end() : end])), name or None, cue.start, cue.end))
    return [piece for piece in pieces if piece.text or piece.speaker]


def _labelled(cues: Sequence[Cue]) -> list[Piece]:
    """Cues with `Name:` at the start of rows, a name alone on the first row, `>>` or dashes."""
    rows: list[str] = []
    owner: list[int] = []
    changes: set[int] = set()
    dashes = _dash_dialogue(cues)
    for number, cue in enumerate(cues):
        for row in cue.rows:
            text = _strip_tags(row).strip()
            turn = _TURN.match(text) or (_DASH.match(text) if dashes else None)
            if turn is not None and turn.end():
                changes.add(len(rows))
                text = text[turn.end() :]
            rows.append(text)
            owner.append(number)
    chosen = _choose(rows, owner, changes)
    pieces: list[Piece] = []
    for place, text in enumerate(rows):
        cue, entry = cues[owner[place]], chosen.get(place)
        if entry is not None:
            pieces.append(Piece(fold_space(text[entry.begins :]), entry.label, cue.start, cue.end, place in changes))
        elif place in changes or not place or owner[place - 1] != owner[place] or not pieces:
            pieces.append(Piece(fold_space(text), None, cue.start, cue.end, place in changes))
        else:
            pieces[-1] = replace(pieces[-1], text=fold_space(f"{pieces[-1].text} {text}"))
    return pieces


def _dash_dialogue(cues: Sequence[Cue]) -> bool:
    """Whether rows begin with dashes because two people speak in one cue."""
    both = sum(sum(bool(_DASH.match(row)) for row in cue.rows) >= 2 for cue in cues)
    return both >= max(1, 0.1 * len(cues))


def _choose(rows: Sequence[str], owner: Sequence[int], changes: set[int]) -> dict[int, Candidate]:
    firsts = frozenset(n for n in range(len(rows)) if not n or owner[n - 1] != owner[n] or n in changes)
    lower = set(re.findall(r"(?<![\w@])[a-zß-ÿ]{2,}(?![\w:：])", "\n".join(rows)))
    found = [
        entry
        for n, row in enumerate(rows)
        if (entry := read_row(n, row)) and entry.style in {Style.COLON, Style.BRACKET}
    ]
    chosen = choose_labels(found, Layout(len(rows), firsts, lambda word: word in lower))
    return chosen or _names_above(rows, owner, firsts)


def _names_above(rows: Sequence[str], owner: Sequence[int], firsts: frozenset[int]) -> dict[int, Candidate]:
    """Cues whose first row is a name and nothing else, as an older export of Teams has them."""
    sizes = Counter(owner)
    heads = {n: clean_label(rows[n]) for n in firsts if sizes[owner[n]] >= 2}
    if len(heads) < 0.8 * len(firsts) or len(heads) < 3:
        return {}
    kinds = {label: label_kind(label) for label in heads.values()}
    if len(set(heads.values())) > max(2, len(heads) // 3) or any(
        kind in {None, LabelKind.HANDLE} for kind in kinds.values()
    ):
        return {}
    return {
        n: Candidate(n, Style.ALONE, label, label.casefold(), kinds[label] or LabelKind.NAME, len(rows[n]))
        for n, label in heads.items()
    }
