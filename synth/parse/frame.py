"""What stands around an interview in a written source: the facts above it, the legend of its labels, what a program
or a typist added below. None of it is speech."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from synth.domain import Role
from synth.parse import words
from synth.parse.pieces import Row, RowKind
from synth.parse.rowlabels import Candidate, LabelKind, label_kind, role_of_label

_FEET = re.compile(rf"[\s\[(*_=-]*(?:{'|'.join(words.PHRASES_OF_FEET)})[\s\])*_=.-]*", re.I)
_END = re.compile(rf"[\s\[(*_=-]*(?:{'|'.join(words.PHRASES_OF_THE_END)})[\s\])*_=.-]*", re.I)
_RULE = re.compile(r"\s*(?:[-=_~*#.\u2010-\u2015\u2500]\s?){3,}\s*")
_PAGE = re.compile(
    r"\s*(?:[-–—]\s*\d{1,4}\s*[-–—]|(?:page|pagina|pag\.|p\.)\s*\d{1,4}(?:\s*(?:/|of|van|from)\s*\d{1,4})?)\s*", re.I
)
_FACT = re.compile(r"\s*([^:：\t–]{1,45}?)\s*(?:[:：\t=]|\s[–—-]\s)\s*(\S.{0,110})?$")
_TITLE = re.compile(
    r"\W*(?:the\s|het\s|de\s)?(?:full\s|volledig[e]?\s|verbatim\s|letterlijk[e]?\s)?"
    r"(?:interview\s?)?(?:transcript(?:ion|ie|s)?|interview(?:verslag)?|gesprek(?:sverslag)?|verslag|uitwerking|dialogue|conversation)\W*",
    re.I,
)
_AFTERWORD = words.listed(
    """notes note notities aantekeningen reflectie reflection samenvatting summary memo memos codes codering
    observaties observations appendix bijlage bijlagen links references referenties bronnen resources credits
    colofon nawoord opmerkingen analyse analysis conclusies takeaways"""
)
_RECORDING = re.compile(
    r"[\w(](?:[^/:\n]|:(?!\s)){0,120}\.(?:mp3|mp4|m4a|m4v|wav|mov|ogg|oga|opus|aac|wma|webm|flac|aiff?|avi|mkv)", re.I
)
_CODED = re.compile(r"#(?:END)?(?:TEXT|CODE|VAR).{0,120}")
"""How MAXQDA marks where a text or a code begins and ends."""
_QUOTED_HEAD = re.compile(r"(?:op|on|am)\s.{0,60}\d{1,2}[:.]\d{2}.{0,60}\s(?:schreef|wrote|schrieb)\b.{0,120}:", re.I)
_GREETINGS = words.listed(
    """hello hallo hi hey hoi goedemorgen goedemiddag goedenavond dag ja nee yes no okay oké ok"""
)


def aside_reason(text: str) -> str | None:
    """Why a whole row is not speech, by its words alone; None where it may be."""
    stripped = text.strip()
    if not stripped:
        return None
    if _RULE.fullmatch(stripped) or not stripped.strip("> "):
        return "rule"
    if len(stripped) <= 30 and _PAGE.fullmatch(stripped):
        return "page number"
    if "." in stripped[-5:-2] and _RECORDING.fullmatch(stripped):
        return "name of a recording"
    if stripped[-1] == ":" and _QUOTED_HEAD.fullmatch(stripped):
        return "head of a quoted message"
    if stripped[0] == "#" and _CODED.fullmatch(stripped):
        return "mark of a code"
    return "footer" if len(stripped) <= 220 and _FEET.fullmatch(stripped) else None


def is_afterword(row: Row) -> bool:
    """Whether a row ends the talk, or is a heading that opens notes which belong beside the interview."""
    if row.kind is RowKind.ASIDE:
        return bool(_END.fullmatch(row.text.strip()))
    first = re.findall(r"[^\W\d_]+", row.text.casefold())[:1]
    return row.kind is RowKind.HEADING and bool(first) and first[0] in _AFTERWORD


def body_start(rows: Sequence[Row], chosen: Mapping[int, Candidate]) -> int:
    """The row at which the interview begins; what has a label before it is a fact or a legend, not a turn."""
    order = sorted(chosen)
    if not order:
        return 0
    start = _after_title(rows, order)
    counts: dict[str, int] = {}
    for entry in chosen.values():
        counts[entry.key] = counts.get(entry.key, 0) + 1
    for place, number in enumerate(order[:40]):
        if number < start:
            continue
        rest = order[place + 1 :]
        entry = chosen[number]
        # A name that comes back with a time is a turn, also right below the facts.
        fact = not (entry.times and counts[entry.key] > 1) and _among_facts(rows, number)
        if not rest or not (fact or _is_legend(rows, entry, rest, chosen, counts)):
            return number if start else 0
        start = number + 1
    return start


def _after_title(rows: Sequence[Row], order: Sequence[int]) -> int:
    """The row after a heading such as `Transcript`, where (nearly) all labels stand below it."""
    last = 0
    for number in range(min(len(rows), order[-1])):
        row = rows[number]
        if len(row.text) <= 60 and _TITLE.fullmatch(row.text) and row.label is None:
            above = sum(one < number for one in order[:12])
            if above <= 6 and above <= 0.1 * len(order):
                last = number + 1
        if number > order[min(len(order) - 1, 7)]:
            break
    return last


def _among_facts(rows: Sequence[Row], number: int) -> bool:
    """Whether a labelled row is one of a block of facts such as `Date: ...`, `Duration: ...`."""
    own = _FACT.match(rows[number].text)
    if own is None or not own.group(2) or not _short_value(rows[number].text):
        return False
    first = number
    while first and number - first < 12 and _short_value(rows[first - 1].text):
        first -= 1
    last = number
    while last + 1 < len(rows) and last - number < 12 and _short_value(rows[last + 1].text):
        last += 1
    keys = [match.group(1).casefold() for row in rows[first : last + 1] if (match := _FACT.match(row.text))]
    return any(re.sub(r"[\W\d_]+$", "", key.split()[0] if key.split() else "") in words.METADATA for key in keys)


def _short_value(text: str) -> bool:
    match = _FACT.match(text)
    if match is None or len(text) > 130:
        return False
    value = (match.group(2) or "").strip()
    return (
        not value.endswith(("?", "!"))
        and (not value.endswith(".") or len(value.split()) <= 4)
        and len(value.split()) <= 12
    )


def _is_legend(
    rows: Sequence[Row],
    entry: Candidate,
    rest: Sequence[int],
    chosen: Mapping[int, Candidate],
    counts: Mapping[str, int],
) -> bool:
    """`I: interviewer`, `R: respondent (54)`, or `Interviewer: Marieke` above an interview."""
    text = rows[entry.row].text
    value = text[entry.begins :].strip()
    found = re.findall(r"[^\W\d_]+", value.casefold())
    if (
        not found
        or len(found) > 9
        or value[-1] in "?!"
        or (value[-1] == "." and len(found) > 3)
        or found[0] in _GREETINGS
    ):
        return False
    if entry.kind not in {LabelKind.ROLE, LabelKind.LETTER, LabelKind.CODE, LabelKind.NAME}:
        return False
    if role_of_label(value) is not None and (found[0] in words.ASKERS | words.TELLERS or len(found) <= 4):
        return len(found[0]) > 1
    full_role = (
        entry.kind is LabelKind.ROLE
        and len(entry.label) > 3
        and role_of_label(entry.label) in {Role.INTERVIEWER, Role.PARTICIPANT}
    )
    named = label_kind(value.rstrip(".")) in {LabelKind.NAME, LabelKind.CODE} and len(found) <= 5
    if not full_role or not named:
        return False
    following = chosen[rest[0]]
    return counts[entry.key] == 1 or (
        following.row == entry.row + 1 and following.key != entry.key and counts[entry.key] > 1
    )


_OF_PROGRAM = "\u200e"
"""The mark that WhatsApp puts before its own words, such as `image omitted`."""
_OF_CHAT = re.compile(rf"<?(?:{'|'.join(words.OF_CHAT_PROGRAMS)})[.>]?", re.I)
_ONE_BRACKET = re.compile(r"\s*[\[(<{*]([^\[\]()<>{}*]{1,300})[\])>}*][\s.]*")


def is_of_program(text: str) -> bool:
    """Whether a message is what a chat program says itself."""
    return text.startswith(_OF_PROGRAM) or bool(_OF_CHAT.fullmatch(text))


def is_direction(text: str) -> bool:
    """Whether a line is nothing but a stage direction or a sound in brackets, or what a chat program says itself."""
    return is_of_program(text) or bool(_ONE_BRACKET.fullmatch(text))
