"""Rows of a written source to stretches of speech: labels are found, everything else is told apart with a reason.

The text that comes out is the rows themselves, labels and all, less the time marks that stood in the middle of
speech; for a plain text file without such marks it is the file."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from synth.domain import Skipped
from synth.parse import frame, times, words
from synth.parse.copied import labels_of_copied
from synth.parse.labels import Layout, choose_labels, unify
from synth.parse.margins import NUMBERED, without_log, without_margin, without_numbers
from synth.parse.pieces import Row, RowKind, Written, gather
from synth.parse.rowlabels import Candidate, LabelKind, Style, label_key, label_kind, read_row
from synth.parse.stretches import Span, Stretch, Told
from synth.parse.unlabelled import told_by_shape

_TIME_ROW = re.compile(
    rf"\s*(?:(?:tijd|tijdcode|tijdstip|time|timecode|timestamp)\s{{0,9}}:?\s{{1,9}})?(?:{times.RANGE}|{times.MARK})\s*",
    re.I,
)
_LEADING_MARK = re.compile(rf"\s*(?:[\[({{<]\s*{times.CLOCK}\s*[\])}}>]|#{times.CLOCK}#|{times.RANGE})\s*")
_BARE_MARK = re.compile(rf"\s*{times.CLOCK}(?=\s+\S)\s*")
_MARK = re.compile(
    rf"\s?(?:\[\s*{times.CLOCK}\s*\]|<\s*{times.CLOCK}\s*>|\{{\s*{times.CLOCK}\s*\}}|#\s*{times.CLOCK}\s*#)"
)
_ROUND_MARK = re.compile(rf"\s?\(\s*{times.CLOCK}\s*\)")
_BRACKETS = re.compile(r"\s*(?:\[[^\[\]]*\]|\([^()]*\)|\{[^{}]*\}|<[^<>]*>|\*[^*]+\*)[\s.]*")
_LOWER_WORD = re.compile(r"(?<![\w@.])[a-zß-ÿ][a-zß-ÿ'’-]+(?![\w:：])")
_INLINE = re.compile(
    r"(?<=\S)(\s+)(?=\**(?:I|R|P|Q|A|V|INT|Interviewer|Respondent|Participant|Interviewee|Deelnemer|Vraag|Antwoord|[RP]\d{1,2})\**:\s)"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ENDS_SENTENCE = re.compile(r"[.?!…:;][\"'”’)\]]*\s*$")


@dataclass(slots=True)
class _Draft:
    """What is collected while rows are walked."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    stretches: list[_Open] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    pending: tuple[float, ...] = ()

    def put(self, text: str) -> int:
        """Append to the text; where it begins."""
        begin = self.length
        self.parts.append(text)
        self.length += len(text)
        return begin


@dataclass(slots=True)
class _Open:
    """A stretch that rows are still added to."""

    label: str | None
    row: str
    times: tuple[float, ...] = ()
    spans: list[Span] = field(default_factory=list)
    anchors: list[tuple[int, float]] = field(default_factory=list)
    last_row: int = -2


def tell_rows(source: Written) -> Told:
    """Who speaks where in the rows."""
    copied, repeats = labels_of_copied(source.rows)
    rows = _split_inline(without_numbers(copied))
    rows = without_margin(without_log([_known_aside(row) for row in rows]))
    chosen = _choose(rows)
    warnings = source.warnings
    if not chosen and (told := told_by_shape([row if _is_filled(row) else None for row in rows])):
        chosen, warnings = dict(told.starts), (*warnings, told.warning)
    start = frame.body_start(rows, chosen)
    chosen = {number: entry for number, entry in chosen.items() if number >= start}
    names = unify([entry.label for _, entry in sorted(chosen.items())])
    walk = _Walk(
        rows, chosen, names, source.wrapped if source.wrapped is not None else _is_wrapped(rows, chosen), start
    )
    draft = walk.run()
    stretches = []
    for stretch in draft.stretches:
        if stretch.spans:
            first = stretch.times[0] if stretch.times else None
            end = stretch.times[1] if len(stretch.times) > 1 else None
            stretches.append(Stretch(stretch.label, tuple(stretch.spans), first, end, tuple(stretch.anchors)))
        elif stretch.row.strip():
            draft.skipped.append(Skipped(stretch.row, "label without words"))
    skipped = (*gather(draft.skipped), *repeats, *source.skipped)
    return Told("".join(draft.parts), tuple(stretches), bool(chosen), skipped, warnings)


def _known_aside(row: Row) -> Row:
    if row.kind is RowKind.ASIDE or row.label is not None:
        return row
    why = frame.aside_reason(row.text)
    return replace(row, kind=RowKind.ASIDE, why=why) if why else row


def _split_inline(rows: Sequence[Row]) -> list[Row]:
    """Rows in which questions and answers follow each other on one line, cut before each label."""
    heads = sum(bool(re.match(r"\s*\**(?:[IRPQAV]|[A-Z][a-z]{3,14})\**\s*:", row.text)) for row in rows)
    cuts = [_labels_inside(row.text) for row in rows]
    inside = sum(map(len, cuts))
    if inside < 4 or inside < 2 * heads:
        return list(rows)
    result: list[Row] = []
    for row, found in zip(rows, cuts, strict=True):
        begin = 0
        for blank in found:
            result.append(
                replace(
                    row, text=row.text[begin : blank.start()], tail=blank.group(), lead=row.lead if not begin else 0
                )
            )
            begin = blank.end()
        result.append(replace(row, text=row.text[begin:], lead=row.lead if not begin else 0))
    return result


def _labels_inside(text: str) -> list[re.Match[str]]:
    """The blanks before the labels inside a row; a label after nothing but a time or a number begins the row."""
    return [
        blank
        for blank in _INLINE.finditer(text)
        if not (_TIME_ROW.fullmatch(above := text[: blank.start()]) or NUMBERED.fullmatch(above))
    ]


# --- Labels ------------------------------------------------------------------------------------------------------


def _choose(rows: Sequence[Row]) -> dict[int, Candidate]:
    explicit = {
        number: Candidate(
            number, Style.COLON, row.label, label_key(row.label), label_kind(row.label) or LabelKind.NAME, 0
        )
        for number, row in enumerate(rows)
        if row.label is not None
    }
    found = [
        entry
        for number, row in enumerate(rows)
        if row.kind is not RowKind.ASIDE and number not in explicit and (entry := read_row(number, row.text, row.lead))
    ]
    found = [_with_time_below(entry, rows) for entry in found]
    blank = sum(not row.text.strip() for row in rows)
    filled = len(rows) - blank
    sparse = blank < 0.15 * filled
    starts = frozenset(
        number
        for number, row in enumerate(rows)
        if row.kind is not RowKind.ASIDE and _is_filled(row) and (sparse or _opens(rows, number))
    )
    lower = set(_LOWER_WORD.findall("\n".join(row.text for row in rows)))
    layout = Layout(filled, starts, lambda word: word in lower)
    chosen = choose_labels([entry for entry in found if _may_begin(entry, rows)], layout)
    return {**chosen, **explicit}


def _opens(rows: Sequence[Row], number: int) -> bool:
    """Whether a row begins a paragraph."""
    above = rows[number - 1] if number else None
    return above is None or not _is_filled(above) or above.kind in {RowKind.ASIDE, RowKind.HEADING}


def _is_filled(row: Row) -> bool:
    """Whether a row holds more than a time."""
    return bool(row.text.strip()) and not _TIME_ROW.fullmatch(row.text)


def _may_begin(entry: Candidate, rows: Sequence[Row]) -> bool:
    """A label alone on its row needs words below it."""
    if entry.begins < len(rows[entry.row].text.rstrip()) or entry.style not in {Style.ALONE, Style.TIME, Style.COLON}:
        return True
    below = entry.row + 1
    while (
        below < len(rows)
        and below < entry.row + 4
        and (not rows[below].text.strip() or _TIME_ROW.fullmatch(rows[below].text))
    ):
        below += 1
    return below < len(rows) and bool(rows[below].text.strip()) and rows[below].kind is not RowKind.ASIDE


def _with_time_below(entry: Candidate, rows: Sequence[Row]) -> Candidate:
    """`Name` on a row and its time alone on the next belong together."""
    if (
        entry.style is not Style.ALONE
        or entry.row + 1 >= len(rows)
        or not _TIME_ROW.fullmatch(rows[entry.row + 1].text)
    ):
        return entry
    return replace(entry, style=Style.TIME, times=times.clocks_in(rows[entry.row + 1].text))


# --- Walking the rows --------------------------------------------------------------------------------------------


def _is_wrapped(rows: Sequence[Row], chosen: Mapping[int, Candidate]) -> bool:
    """Whether lines break in the middle of sentences all through the file: the next line's first word never fitted."""
    widest = max((len(row.text) for row in rows), default=0)
    if not 40 <= widest <= 140:
        return False
    pairs = full = 0
    for number in range(len(rows) - 1):
        row, below = rows[number], rows[number + 1]
        if not row.text.strip() or not below.text.strip() or number + 1 in chosen or below.kind is not RowKind.TEXT:
            continue
        pairs += 1
        full += len(row.text) + 1 + len(below.text.split()[0]) > 0.9 * widest
    return pairs >= 3 and full >= 0.6 * pairs


@dataclass(slots=True)
class _Walk:
    """One pass over the rows of a source."""

    rows: Sequence[Row]
    chosen: Mapping[int, Candidate]
    names: Mapping[str, str]
    wrapped: bool
    start: int
    draft: _Draft = field(default_factory=_Draft)
    afterword: bool = False
    round_marks: bool = False
    bare_marks: bool = False

    def run(self) -> _Draft:
        """Tell every row apart."""
        self.round_marks = _round_marks_are_times(self.rows)
        self.bare_marks = _bare_marks_are_times(self.rows)
        first, last = min(self.chosen, default=self.start), max(self.chosen, default=self.start)
        if not self.chosen:
            first = self.start = self._facts_above()
            self.draft.stretches.append(_Open(None, ""))
        for number, row in enumerate(self.rows):
            tail = row.tail if number + 1 < len(self.rows) else ""
            if number in self.chosen:
                self._label(number, row)
            elif not row.text.strip():
                self.draft.put(row.text)
            elif row.kind is RowKind.ASIDE:
                self.afterword |= bool(self.chosen) and number > last and frame.is_afterword(row)
                self._skip(row.text, row.why)
            elif _TIME_ROW.fullmatch(row.text) and not (number < first and self._is_below_date(number)):
                self.draft.pending = times.clocks_in(row.text)
                self.draft.put(row.text)
            elif number < first:
                # A time with facts below it says when people met.
                self.draft.pending = ()
                self._skip(row.text, "before the interview")
            elif row.kind is RowKind.HEADING:
                self.afterword = frame.is_afterword(row)
                self._skip(row.text, "heading")
            elif self.afterword:
                self._skip(row.text, "notes beside the interview")
            else:
                self._text(number, row)
            self.draft.put(tail)
        return self.draft

    def _facts_above(self) -> int:
        """In a source without labels: how many rows at the top are facts about it."""
        last = 0
        for number, row in enumerate(self.rows[:30]):
            match = re.match(r"\s*([^\W\d_]+)[^:：]{0,30}[:：]\s*\S.{0,100}$", row.text)
            if match is not None and match.group(1).casefold() in words.METADATA:
                last = number + 1
        return last

    def _is_below_date(self, number: int) -> bool:
        """Whether a time belongs to the date above it, and says when people met."""
        return number > 0 and bool(_YEAR.search(self.rows[number - 1].text))

    def _skip(self, text: str, why: str) -> None:
        self.draft.put(text)
        self.draft.skipped.append(Skipped(text.strip(), why))

    def _label(self, number: int, row: Row) -> None:
        entry = self.chosen[number]
        self.afterword = False
        seconds = entry.times or tuple(time for time in (row.start, row.end) if time is not None) or self.draft.pending
        self.draft.pending = ()
        opened = _Open(self.names[entry.label], row.text if row.label is None else row.label, seconds)
        self.draft.stretches.append(opened)
        if row.label is not None:
            self.draft.put(f"{row.label}: ")
        self.draft.put(row.text[: entry.begins])
        self._speech(number, row.text[entry.begins :], opened)

    def _text(self, number: int, row: Row) -> None:
        current = self.draft.stretches[-1]
        if row.kind is RowKind.BULLET and self._lists_are_annotations():
            self._skip(row.text, "annotation")
        elif _BRACKETS.fullmatch(row.text) and not _MARK.fullmatch(row.text) and (current.spans or not self.chosen):
            self._skip(row.text, "stage direction or annotation")
        else:
            begin = 0
            self.draft.pending = self.draft.pending or (() if row.start is None else (row.start,))
            mark = _LEADING_MARK.match(row.text) or (_BARE_MARK.match(row.text) if self.bare_marks else None)
            if mark is not None and mark.end() < len(row.text):
                begin = mark.end()
                self.draft.pending = times.clocks_in(mark.group())[:1] or self.draft.pending
                joins = self.wrapped and current.last_row == number - 1
                if not joins:
                    self.draft.put(row.text[:begin])
            if self.draft.pending and not current.spans and not current.times:
                current.times = self.draft.pending[:1] if not self.chosen else self.draft.pending
            self._speech(number, row.text[begin:], current)

    def _lists_are_annotations(self) -> bool:
        """A list between the turns of a labelled interview is a researcher's, not speech."""
        return bool(self.chosen) and not any(self.rows[number].kind is RowKind.BULLET for number in self.chosen)

    def _speech(self, number: int, text: str, current: _Open) -> None:
        """Add words to a stretch, without the time marks in them."""
        draft = self.draft
        cleaned, marks = _without_marks(text, self.round_marks)
        begin = draft.put(cleaned)
        if draft.pending:
            marks.insert(0, (0, draft.pending[0]))
            draft.pending = ()
        if marks and cleaned.strip() and marks[-1][0] >= len(cleaned.rstrip()):
            # A time behind the last word is when it ended, and what follows began.
            draft.pending = (marks.pop()[1],)
        current.anchors += [(begin + place, seconds) for place, seconds in marks]
        words_begin = begin + len(cleaned) - len(cleaned.lstrip())
        words_end = begin + len(cleaned.rstrip())
        if words_begin >= words_end:
            return
        if current.spans and current.last_row == number - 1 and self._goes_on(number):
            current.spans[-1] = Span(current.spans[-1].start, words_end)
        else:
            current.spans.append(Span(words_begin, words_end))
        current.last_row = number

    def _goes_on(self, number: int) -> bool:
        """Whether a row goes on with the sentence of the row above."""
        if self.rows[number - 1].tail != "\n":
            return False
        if self.wrapped:
            return True
        above, text = self.rows[number - 1].text.rstrip(), self.rows[number].text.lstrip()
        return 40 <= len(above) <= 140 and text[:1].islower() and not _ENDS_SENTENCE.search(above)


def _round_marks_are_times(rows: Sequence[Row]) -> bool:
    """Whether `(12:34)` in the text is a time of the recording and not of the day: there are several, and they rise."""
    found = [seconds for row in rows for mark in _ROUND_MARK.findall(row.text) for seconds in times.clocks_in(mark)[:1]]
    return len(found) >= 3 and all(before <= after for before, after in itertools.pairwise(found))


def _bare_marks_are_times(rows: Sequence[Row]) -> bool:
    """Whether rows begin with a time without brackets: several do, and the times rise."""
    found = [times.clocks_in(match.group())[:1] for row in rows if (match := _BARE_MARK.match(row.text))]
    filled = sum(bool(row.text.strip()) for row in rows)
    return len(found) >= 3 and len(found) >= 0.2 * filled and all(a <= b for a, b in itertools.pairwise(found))


def _without_marks(text: str, round_marks: bool) -> tuple[str, list[tuple[int, float]]]:
    """The text without its time marks, and at which character each stood."""
    if ":" not in text:
        return text, []
    found = list(_MARK.finditer(text)) + (list(_ROUND_MARK.finditer(text)) if round_marks else [])
    parts: list[str] = []
    marks: list[tuple[int, float]] = []
    last = length = 0
    for match in sorted(found, key=lambda one: one.start()):
        seconds = times.clocks_in(match.group())
        if not seconds or match.start() < last:
            continue
        kept = text[last : match.start()]
        after = text[match.end() : match.end() + 1]
        if after and not after.isspace() and after not in ".,;:?!" and (kept or parts):
            kept += " "
        parts.append(kept)
        length += len(kept)
        marks.append((length, seconds[0]))
        last = match.end()
    return "".join([*parts, text[last:]]), marks
