"""Which column of a table is what: told from its header in English or Dutch, else from what stands in it."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from synth.parse import times
from synth.parse.pieces import Row, RowKind
from synth.parse.rowlabels import clean_label, label_kind, role_of_label

_NAMES = {
    "speaker": """speaker speakers spreker sprecher sprecherin locuteur name naam who wie label person persoon
        speakername speakerlabel speakerid
        spk sprekernaam author auteur sender afzender actor voice stem speakers nickname handle""",
    "text": """text tekst words woorden content inhoud transcript transcriptie transcription utterance uiting uitspraak
        speech spraak message bericht quote citaat body caption captions sentence zin dialogue dialoog verbatim
        gesproken paragraph alinea payload subtitle fragment excerpt messagecontent spokentext said gezegd turn
        beurt""",
    "start": """start begin timestamp time tijd starttime starttijd begintijd timein timecode tijdcode tijdstip tc in
        startms startseconds startsec offset from tijdstempel begintime timestart van startsseconds starts timespan
        tijdspanne""",
    "end": """end einde eind stop out endtime eindtijd timeout endms endseconds endsec until tot to timeend ends
        finish""",
    "interview": """interview interviewid interviewnr interviewnummer file filename bestand bestandsnaam transcriptid
        session sessionid sessie conversation conversationid gesprek gespreksid case casus document doc
        recording opname""",
    "person": """participant deelnemer respondent respondentid participantid deelnemerid user username userid informant
        pseudonym""",
    "role": "role rol roles spreekrol speakerrole eventtype event type messagetype",
    "question": "question vraag questions vragen interviewer q",
    "answer": "answer antwoord answers antwoorden response reactie a",
}
_BY_NAME = {name: what for what, names in _NAMES.items() for name in names.split()}
_CLOCKS = re.compile(rf"\s*(?:{times.RANGE}|{times.MARK})\s*")


@dataclass(frozen=True, slots=True)
class Columns:
    """Numbers of a table's columns, from 0; None where it has none of the kind."""

    text: int | None = None
    speaker: int | None = None
    start: int | None = None
    end: int | None = None
    interview: int | None = None
    person: int | None = None
    role: int | None = None
    question: int | None = None
    answer: int | None = None
    header: bool = False
    others: dict[int, str] = field(default_factory=dict)
    """Columns that are no speech, with their names."""


def plain_name(cell: str) -> str:
    """A column's name without case, blanks, punctuation and units."""
    return re.sub(r"[\W_]+", "", re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", cell).casefold())


def find_columns(table: Sequence[Sequence[str]]) -> Columns:
    """What each column is; `text`, or `question` and `answer`, are None where the table holds no speech."""
    if not table:
        return Columns()
    named = [(number, _BY_NAME.get(plain_name(cell))) for number, cell in enumerate(table[0])]
    known = [what for _, what in named if what]
    short = all(len(cell) <= 40 for cell in table[0])
    if (
        short
        and known
        and (len(known) >= 2 or "text" in known)
        and len(known) * 3 >= len([c for c in table[0] if c.strip()])
    ):
        return _by_header(table, [(number, what) for number, what in named if what])
    return _by_content(table)


def _by_header(table: Sequence[Sequence[str]], named: list[tuple[int, str]]) -> Columns:
    first: dict[str, int] = {}
    for number, what in named:
        first.setdefault(what, number)
    if "speaker" not in first:
        # A column of roles, or of people, is the speaker where no better one is there.
        for instead in ("role", "person"):
            if instead in first:
                first["speaker"] = first.pop(instead)
                break
    if "text" in first or "answer" not in first:
        first.pop("question", None)
        first.pop("answer", None)
    if "text" not in first and "answer" not in first:
        guess = _by_content(table[1:])
        if guess.text is not None and guess.text not in first.values():
            first["text"] = guess.text
    if "text" in first and "speaker" not in first and (roles := _roles(table[1:], set(first.values()))) is not None:
        first["speaker"] = roles
    used = set(first.values())
    others = {number: cell.strip() for number, cell in enumerate(table[0]) if number not in used}
    return Columns(**first, header=True, others=others)


def _roles(records: Sequence[Sequence[str]], used: set[int]) -> int | None:
    """A column under whatever name in which every cell is a role, such as `I` and `R`."""
    for number in range(max(map(len, records), default=0)):
        labels = {clean_label(cell_of(record, number)) for record in records}
        if number not in used and len(labels) > 1 and all(label and role_of_label(label) for label in labels):
            return number
    return None


def _by_content(table: Sequence[Sequence[str]]) -> Columns:
    sample = [list(row) for row in table[:400] if any(cell.strip() for cell in row)]
    width = max((len(row) for row in sample), default=0)
    cells = [
        [row[number].strip() for row in sample if number < len(row) and row[number].strip()] for number in range(width)
    ]
    clocks = [
        number
        for number in range(width)
        if cells[number] and _share(cells[number], lambda c: bool(_CLOCKS.fullmatch(c))) > 0.8
    ]
    numbers = [number for number in range(width) if cells[number] and _share(cells[number], _is_number) > 0.9]
    left = [number for number in range(width) if cells[number] and number not in clocks and number not in numbers]
    if not left:
        return Columns()
    text = max(left, key=lambda number: (sum(map(len, cells[number])) / len(cells[number]), number))
    if sum(len(cell.split()) for cell in cells[text]) < 2.5 * len(cells[text]):
        return Columns()
    if not clocks and _unknown_header(table[0], cells, text):
        return Columns()
    speakers = [number for number in left if number != text and _names_speakers(cells[number])]
    rising = clocks or [number for number in numbers if len(numbers) >= 2 and _rises(cells[number])]
    used = {text, *speakers[:1], *rising[:2]}
    others = {number: f"{number + 1}" for number in range(width) if number not in used and cells[number]}
    return Columns(
        text,
        speakers[0] if speakers else None,
        rising[0] if rising else None,
        rising[1] if len(rising) > 1 else None,
        others=others,
    )


def _unknown_header(first: Sequence[str], cells: Sequence[Sequence[str]], text: int) -> bool:
    """Whether the first row names columns by names that no transcript has: the table is something else."""
    once = all(cell.strip() and column.count(cell.strip()) == 1 for cell, column in zip(first, cells, strict=False))
    return len(first) == len(cells) > 2 and once and max(len(cell.split()) for cell in first) <= 3 < len(cells[text])


def _share(cells: Sequence[str], test: object) -> float:
    return sum(bool(test(cell)) for cell in cells) / len(cells) if callable(test) else 0.0


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"-?\d{1,15}(?:[.,]\d{1,20})?", cell))


def _rises(cells: Sequence[str]) -> bool:
    values = [float(cell.replace(",", ".")) for cell in cells if _is_number(cell)]
    return len(values) > 1 and all(before <= after for before, after in itertools.pairwise(values))


def _names_speakers(cells: Sequence[str]) -> bool:
    labels = [clean_label(cell) for cell in cells]
    fitting = sum(label_kind(label) is not None for label in labels)
    distinct = len(Counter(labels))
    return fitting >= 0.8 * len(labels) and (distinct <= max(2, 0.6 * len(labels)) or len(labels) <= 4)


def table_rows(table: Sequence[Sequence[str]]) -> list[Row] | None:
    """A table inside a document as labelled rows; None where it does not hold who said what."""
    columns = find_columns(table)
    asked = columns.question is not None and _are_answers(table, columns.answer)
    told = columns.text is not None and columns.speaker is not None
    if not (asked or told) or len(table) < 2 + columns.header:
        return None
    rows: list[Row] = []
    for number, record in enumerate(table):
        if number == 0 and columns.header:
            rows.append(Row("\t".join(record), RowKind.ASIDE, why="header row"))
            continue
        rows += _answered_rows(record, columns) if asked else _record_rows(record, columns)
    return rows


def _are_answers(table: Sequence[Sequence[str]], column: int | None) -> bool:
    """Whether people speak in a column of answers; those to a form are a word or two."""
    words = [len(cell_of(record, column).split()) for record in table[1:]]
    return column is not None and sum(words) >= 5 * len(words)


def _answered_rows(record: Sequence[str], columns: Columns) -> list[Row]:
    """A question and its answer, that stand beside each other."""
    rows: list[Row] = []
    for label, said in question_and_answer(record, columns):
        text, *more = said.split("\n")
        rows += [Row(text, label=label), *map(Row, more)]
    return rows + _other_rows(record, columns)


def question_and_answer(record: Sequence[str], columns: Columns) -> list[tuple[str, str]]:
    """Who asks what in a record and who answers, by name where a column has it; without what is empty."""
    told = clean_label(cell_of(record, columns.speaker)) or "Answer"
    pairs = [("Question", cell_of(record, columns.question)), (told, cell_of(record, columns.answer))]
    return [(label, said) for label, said in pairs if said]


def cell_of(record: Sequence[str], number: int | None) -> str:
    """The text of a cell; empty where the table has no such column, or the record ends before it."""
    return record[number].strip() if number is not None and number < len(record) else ""


def _record_rows(record: Sequence[str], columns: Columns) -> list[Row]:
    label, (text, *more) = cell_of(record, columns.speaker), cell_of(record, columns.text).split("\n")
    written = (cell_of(record, columns.start), cell_of(record, columns.end), label)
    clocks = tuple(seconds for text_of_time in written for seconds in times.clocks_in(text_of_time))
    label = clean_label(re.sub(rf"[\[(<#]?\s*{times.CLOCK}\s*[\])>#]?", "", label))
    start, end = (clocks[0] if clocks else None), (clocks[1] if len(clocks) > 1 else None)
    if not text and not more:
        rows = [Row("\t".join(record), RowKind.ASIDE, why="row without words")] if any(map(str.strip, record)) else []
    else:
        rows = [Row(text, label=label or None, start=start, end=end), *(Row(part) for part in more)]
    return rows + _other_rows(record, columns)


def _other_rows(record: Sequence[str], columns: Columns) -> list[Row]:
    """The cells of a record that are no speech."""
    notes = [(name, cell_of(record, number)) for number, name in columns.others.items() if cell_of(record, number)]
    return [Row(note, RowKind.ASIDE, why=f"column {name!r}") for name, note in notes]
