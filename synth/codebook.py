"""A study's codebook: themes that people agreed on, with the rule of when each applies, to read further interviews by.

It comes from the themes of a study, from a table, or from another program's codebook (`.qdc`). Read with it, findings
are given its codes; what no code fits is proposed as a new code and never added by itself. The promise: a codebook that
was written is read back the same.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element, ParseError

from synth.domain import Code, Finding, Kind, Theme, distinct, fold_space
from synth.errors import ReadError
from synth.frameworks import FUNCTIONAL, Framework
from synth.phrases import say
from synth.regroup import in_order, main_phase, theme_id

MOST_CODES = 150
"""More than this no reader keeps in view."""
MOST_EXAMPLES = 3
_LONGEST = {"name": 80, "definition": 600, "use_when": 600, "not_when": 600, "made_by": 120}

COLUMNS = ("kind", "name", "definition", "use_when", "not_when", "examples", "made_by")
_HEADS: Mapping[str, tuple[str, ...]] = {
    "kind": ("kind", "type", "soort"),
    "name": ("name", "code", "naam", "label", "thema", "theme"),
    "definition": ("definition", "description", "definitie", "omschrijving", "beschrijving"),
    "use_when": ("use when", "when to use", "use", "wel", "wanneer", "wanneer wel", "wel gebruiken"),
    "not_when": ("not when", "when not to use", "when not", "niet", "wanneer niet", "niet gebruiken"),
    "examples": ("examples", "example", "example lines", "voorbeelden", "voorbeeld", "voorbeeldregels"),
    "made_by": ("made by", "by", "by whom", "author", "door", "gemaakt door", "auteur"),
}
_KINDS: Mapping[str, Kind | None] = {
    "": None, "any": None, "alle": None,
    "motivation": Kind.MOTIVATION, "motive": Kind.MOTIVATION, "motivatie": Kind.MOTIVATION, "motief": Kind.MOTIVATION,
    "emotion": Kind.EMOTION, "emotie": Kind.EMOTION, "gevoel": Kind.EMOTION,
    "touchpoint": Kind.TOUCHPOINT, "contactmoment": Kind.TOUCHPOINT, "contact": Kind.TOUCHPOINT,
}  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}", "\N{FULLWIDTH HYPHEN-MINUS}",
            "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip
"""Before these a table that we wrote has an apostrophe, so that no spreadsheet runs a cell."""


# --- From a study ------------------------------------------------------------------------------------------------


def _codes_from_themes(
    themes: Sequence[Theme], findings: Mapping[str, Finding], words: Mapping[str, str], language: str, made_by: str,
    framework: Framework,
) -> tuple[Code, ...]:  # fmt: skip
    """A code for each theme, with what it was coded as for its definition and lines of different people as examples.

    Args:
        themes: those of most people first.
        findings: by id.
        words: finding id to the words that it stands on.
        language: of the definitions.
        made_by: whoever takes them over.
        framework: gives what was coded its name in the language.
    """
    codes: list[Code] = []
    taken: set[tuple[Kind, str]] = set()
    for theme in themes:
        name = fold_space(theme.label)[: _LONGEST["name"]]
        if not name or (theme.kind, name.casefold()) in taken:
            continue
        taken.add((theme.kind, name.casefold()))
        members = [findings[one] for one in theme.finding_ids if one in findings]
        people = len(theme.participant_ids)
        told_by = say(language, "codebook.one") if people == 1 else say(language, "codebook.several", people=people)
        keys = _commonest(members, language, framework)
        definition = say(language, f"codebook.{theme.kind.value}", keys=keys, told_by=told_by)
        codes.append(Code(name, theme.kind, definition, examples=_examples(members, words), made_by=made_by))
    return tuple(codes)


def propose_codes(
    themes: Sequence[Theme], findings: Mapping[str, Finding], words: Mapping[str, str], language: str, made_by: str,
    framework: Framework, least_people: int = 1,
) -> tuple[Code, ...]:  # fmt: skip
    """What a codebook does not cover: a code for each theme of findings that no code fits, most people first.

    Themes of fewer people than `least_people` are left out.
    """
    left = []
    for theme in themes:
        uncoded = tuple(one for one in theme.finding_ids if one in findings and findings[one].code is None)
        if uncoded:
            people = distinct([findings[one].participant_id for one in uncoded])
            if len(people) < least_people:
                continue
            left.append(Theme(theme.id, theme.kind, theme.label, uncoded, people, theme.phase))
    left.sort(key=lambda theme: (-len(theme.participant_ids), -len(theme.finding_ids), theme.label))
    return _codes_from_themes(left, findings, words, language, made_by, framework)


def code_themes(findings: Sequence[Finding]) -> tuple[Theme, ...]:
    """A theme for each code: findings that were given the same one belong together without being asked about."""
    groups: dict[tuple[Kind, str], list[Finding]] = {}
    for finding in findings:
        if finding.code is not None:
            groups.setdefault((finding.kind, finding.code), []).append(finding)
    return tuple(
        Theme(
            id=theme_id(kind, name),
            kind=kind,
            label=name,
            finding_ids=tuple(one.id for one in members),
            participant_ids=distinct([one.participant_id for one in members]),
            phase=main_phase(members),
        )
        for (kind, name), members in groups.items()
    )


def join_themes(coded: Sequence[Theme], asked: Sequence[Theme]) -> tuple[Theme, ...]:
    """Both, by kind and those of most people first; where a theme has the name of a code, what it holds joins it."""
    joined = {theme.id: theme for theme in coded}
    for theme in asked:
        same = joined.get(theme.id)
        if same is None:
            joined[theme.id] = theme
            continue
        ids = tuple(dict.fromkeys((*same.finding_ids, *theme.finding_ids)))
        people = distinct((*same.participant_ids, *theme.participant_ids))
        joined[theme.id] = replace(same, finding_ids=ids, participant_ids=people, phase=same.phase or theme.phase)
    return in_order(joined.values())


def _commonest(members: Sequence[Finding], language: str, framework: Framework) -> str:
    keys = Counter(one.about for one in members)
    names = {FUNCTIONAL: say(language, "codebook.functional")}
    entries = (*framework.drivers, *framework.emotions, *framework.channels)
    names |= {entry.key: entry.name(language).casefold() for entry in entries}
    first = sorted(keys.items(), key=lambda item: (-item[1], item[0]))[:3]
    return ", ".join(names.get(key, key) for key, _ in first)


def _examples(members: Sequence[Finding], words: Mapping[str, str]) -> tuple[str, ...]:
    """Of different people, the surest first."""
    firsts: dict[str, str] = {}
    for finding in sorted(members, key=lambda one: (-(one.confidence or 0.0), one.id)):
        if words.get(finding.id):
            firsts.setdefault(finding.participant_id, fold_space(words[finding.id]))
    return tuple(list(firsts.values())[:MOST_EXAMPLES])


# --- From a file -------------------------------------------------------------------------------------------------


def read_codebook(data: bytes, name: str) -> tuple[Code, ...]:
    """The codes of a table or of a REFI-QDA codebook (`.qdc`).

    Args:
        data: the file's bytes.
        name: the file's, for messages and for `made_by` where the file names nobody.

    Raises:
        ReadError: this is no codebook, or a row cannot be a code; the message says which.
    """
    codes = _from_xml(data, name) if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else _from_table(data, name)
    if not codes:
        raise ReadError(name, "There is no code in it.")
    if len(codes) > MOST_CODES:
        raise ReadError(name, f"{len(codes)} codes are more than a reader keeps in view; bring at most {MOST_CODES}.")
    seen: set[tuple[Kind | None, str]] = set()
    for code in codes:
        key = (code.kind, code.name.casefold())
        if key in seen:
            raise ReadError(name, f"The code '{code.name}' stands in it twice; keep one.")
        seen.add(key)
    return codes


def _from_table(data: bytes, name: str) -> tuple[Code, ...]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ReadError(name, f"This is not a table ({error}); save it as CSV.") from error
    heads = [_head(cell) for cell in rows[0]] if rows else []
    if "name" not in heads:
        raise ReadError(name, "It has no column 'name'. Columns of a codebook: kind, name, definition, use when, "
                              "not when, examples, made by.")  # fmt: skip
    codes = []
    for number, row in enumerate(rows[1:], start=2):
        cells = {head: _cell(cell) for head, cell in zip(heads, row, strict=False) if head}
        if any(cells.values()):
            codes.append(_code(cells, name, f"row {number}"))
    return tuple(codes)


def _head(cell: str) -> str | None:
    plain = fold_space(cell.casefold().replace("_", " "))
    return next((column for column, names in _HEADS.items() if plain in names), None)


def _cell(cell: str) -> str:
    """What was meant: an apostrophe before what a spreadsheet would take for a formula is no part of the text."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].lstrip().startswith(_FORMULA) else text


def _code(cells: Mapping[str, str], file: str, where: str) -> Code:
    kind = fold_space(cells.get("kind", "")).casefold()
    if kind not in _KINDS:
        raise ReadError(file, f"{where}: the kind '{kind}' is not known; write motivation, emotion or touchpoint, or "
                              "leave it empty for all.")  # fmt: skip
    if not cells.get("name"):
        raise ReadError(file, f"{where}: the code has no name.")
    for column, most in _LONGEST.items():
        if len(cells.get(column, "")) > most:
            raise ReadError(file, f"{where}: '{column}' is longer than {most} characters.")
    return Code(
        name=fold_space(cells["name"]),
        kind=_KINDS[kind],
        definition=fold_space(cells.get("definition", "")),
        use_when=fold_space(cells.get("use_when", "")),
        not_when=fold_space(cells.get("not_when", "")),
        examples=tuple(fold_space(line) for line in cells.get("examples", "").split("\n") if line.strip()),
        made_by=fold_space(cells.get("made_by", "")) or file,
    )


def _from_xml(data: bytes, name: str) -> tuple[Code, ...]:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:  # LookupError: an unknown encoding
        raise ReadError(
            name, "This is not a codebook that can be read: its XML is broken or defines entities."
        ) from error
    codes: list[Code] = []

    def walk(node: Element, above: tuple[str, ...], kind: str) -> None:
        for child in node:
            if _tag(child) != "Code":
                walk(child, above, kind)
                continue
            label = fold_space(child.get("name") or "")
            own_kind = label.casefold() if label.casefold() in _KINDS and label else kind
            described = next((fold_space(one.text or "") for one in child if _tag(one) == "Description"), "")
            # A folder of codes names their kind, or is the first part of their names.
            if child.get("isCodable", "true") != "false" and own_kind == kind:
                cells = {"kind": kind, "name": ": ".join((*above, label)) if label else "", "definition": described}
                codes.append(_code(cells, name, f"code {len(codes) + 1}"))
            walk(child, above if own_kind != kind or not label else (*above, label), own_kind)

    try:
        walk(root, (), "")
    except RecursionError as error:
        raise ReadError(name, "Its folders lie too deep in each other for a codebook.") from error
    return tuple(codes)


def _tag(node: Element) -> str:
    return str(node.tag).rpartition("}")[2]
