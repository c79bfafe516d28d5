"""Tasks to prompts: one Jinja template a task, nothing of a prompt in Python.

A prompt has two parts. The first holds instructions and framework and is the same for every chunk of a study, so that
providers can cache it; the second holds the data. The promise: whatever people said, or called themselves, stands on
the line where it belongs and can neither open nor close a fence, start a line with a number, nor carry the marks by
which models tell roles apart. That holds for every value by itself (`defuse` is applied to all of them), so no template
can forget it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import meta

from synth.analyst import (
    CodeAgain,
    CodeChunk,
    CritiqueClaims,
    Decided,
    DraftClaims,
    DraftMap,
    DraftPersona,
    MergeLabels,
    Passage,
    Task,
)
from synth.domain import DRAFTED_SECTIONS, Code, Emotion, Finding, Motivation, Touchpoint, Transcript, fold_space
from synth.errors import SettingError
from synth.frameworks import OTHER_CHANNEL, Channel
from synth.marks import marks_of
from synth.remembered import Remembered

_Drafting = MergeLabels | DraftPersona | DraftClaims | DraftMap | CritiqueClaims

MAX_WORDS_CHARACTERS = 400
MAX_MERGE_WORDS_CHARACTERS = 120
MAX_TRIGGER_CHARACTERS = 80

_SHARED = {"code_again": "code_chunk"}
"""Tasks that are asked with the template of another, so that all but their end is read from a provider's cache."""
_LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "tr": "Turkish",
    "und": "the one that is spoken",
}
# The marks of fences, numbers, chat templates, code and our own columns, with their full-width twins.
_MARKS = str.maketrans("<>[]{}`|＜＞［］｛｝｀｜【】", "‹›()()'/‹›()()'/()")
_MARK_CHARACTERS = tuple(map(chr, _MARKS))
_SHORT = 32
"""Characters of a text that is likely to come again: a name, a key."""
_KEPT_FORMAT_CHARACTERS = "\u200c\u200d"
"""Two joiners that change letters in some scripts; all other invisible characters go."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked."""

    system: str
    """The same for every task of this kind in one study and language."""
    user: str
    version: str
    """Hash of the template's text, with what it includes."""

    @property
    def text(self) -> str:
        """Both parts, for people to look at and for the key."""
        return f"{self.system}\n\n{self.user}"


_prompts = Remembered[Prompt](128)
_systems = Remembered[str](16)


def render(task: Task) -> Prompt:
    """The prompt of a task. Those of the last chunks are kept: each is asked for its key, sent, and noted.

    Raises:
        SettingError: the templates are not where they belong.
    """
    if isinstance(task, CodeChunk):
        return _prompts.get(task) or _prompts.keep(_rendered_chunk(task), task)
    variables = _variables(task)
    return Prompt(_block(task, "system", variables), _block(task, "user", variables), prompt_version(task.name))


def _rendered_chunk(task: CodeChunk) -> Prompt:
    # The first part is given nothing but what is the same for all chunks of a study, so it can hold nothing else.
    about = (task.framework, task.subject, task.codes)
    system = _systems.get(*about) or _systems.keep(_block(task, "system", _study_variables(task)), *about)
    return Prompt(system, _block(task, "user", _chunk_variables(task)), prompt_version(task.name))


def _block(task: Task, part: str, variables: dict[str, Any]) -> str:
    template = _environment().get_template(_file(task.name))
    return "".join(template.blocks[part](template.new_context(variables))).strip()


@cache
def prompt_version(task_name: str) -> str:
    """Hash of a template's text, with what it includes: another text, another version."""
    sources, names, seen = [], [_file(task_name)], set()
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        source = _templates()[name]
        sources.append(source)
        names += sorted(other for other in meta.find_referenced_templates(_environment().parse(source)) if other)
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:12]


def _file(task_name: str) -> str:
    return f"{_SHARED.get(task_name, task_name)}.md.j2"


class _Block(str):
    """Lines that were put together of defused values; nothing else is ever made one."""

    __slots__ = ()


def defuse(value: object) -> object:
    """A value as it may stand in a prompt: on one line, visible, without a mark that means something there."""
    if type(value) is _Block:
        return value
    if type(value) is str:  # thousands of them in a prompt
        return _defused(value) if len(value) > _SHORT else _defused_before(value)
    if isinstance(value, int | float):
        return value
    if value is None:
        raise TypeError("a prompt's variable is None: the template has to say what that means")
    return _defused(str(value))


def _defused(text: str) -> str:
    if _is_plain(text):  # most sentences are
        return text
    text = text.translate(_MARKS)
    if not text.isprintable():
        text = "".join(_visible(character) for character in text)
    return fold_space(text)


def _is_plain(text: str) -> bool:
    """Whether a text may stand in a prompt as it is. Of all white space only a blank is printable."""
    marked = any(mark in text for mark in _MARK_CHARACTERS)  # in a long text this is far quicker than an expression
    return text.isprintable() and not marked and "  " not in text and text == text.strip()


_defused_before = lru_cache(maxsize=4096)(_defused)


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category in ("Cf", "Co", "Cs") and character not in _KEPT_FORMAT_CHARACTERS:
        return ""
    return character


# --- Variables ---------------------------------------------------------------------------------------------------


def _variables(task: _Drafting) -> dict[str, Any]:
    common = {
        "framework": task.framework,
        "channels": [_channel(channel) for channel in task.framework.channels],
        "language": task.language,
        "language_name": _language_name(task),
    }
    if isinstance(task, MergeLabels):
        entries = [
            _entry(number, finding, words, MAX_MERGE_WORDS_CHARACTERS)
            for number, (finding, words) in enumerate(zip(task.findings, task.words, strict=True), start=1)
        ]
        return common | {"kind": task.kind.value, "entries": entries}
    common |= {
        "subject": task.subject,
        "people": len(task.participant_ids),
        "entries": _entries(task.passages),
    }
    if isinstance(task, DraftPersona | DraftClaims | DraftMap):
        common |= {
            "themes": _themes(task.passages),
            "settled": [_decided(one) for one in task.decided if not one.rejected],
            "rejected": [_decided(one) for one in task.decided if one.rejected],
        }
    if isinstance(task, DraftPersona):
        return common | {
            "people_in_study": task.participants_in_study,
            "taken_names": list(task.taken_names),
            "sections": list(task.sections or DRAFTED_SECTIONS),
        }
    if isinstance(task, DraftClaims):
        return common | {"people_in_study": task.participants_in_study, "sections": list(task.sections)}
    if isinstance(task, CritiqueClaims):
        return common | {
            "claims": [
                {
                    "number": number,
                    "about": ", ".join(part for part in (claim.section, claim.key, claim.phase) if part),
                    "text": claim.text,
                    "cited": ", ".join(map(str, claim.cited)) or "none of those above",
                    "against": ", ".join(map(str, claim.against)),
                }
                for number, claim in enumerate(task.claims, start=1)
            ],
            "persona_people": ", ".join(task.participant_ids),
        }
    return common | {
        "persona_name": task.persona_name,
        "phases": list(task.phases),
        "voice": "ik" if task.language == "nl" else "I",
        "means": [
            {"phase": phase, "mean": "nobody said" if mean is None else f"{mean:+.1f}", "people": people}
            for phase, mean, people in task.means
        ],
    }


def _decided(one: Decided) -> Mapping[str, str]:
    return {"section": one.section, "phase": one.phase or "", "text": one.text}


def _channel(channel: Channel) -> Mapping[str, str]:
    """Its key, and what its name says more."""
    more = channel.en.casefold().replace("-", "").removeprefix(channel.key).strip()
    return {"key": channel.key, "more": more if channel.key != OTHER_CHANNEL else ""}


def _language_name(task: Task) -> str:
    return _LANGUAGES.get(task.language, f"the language with the code {task.language}")


def _study_variables(task: CodeChunk) -> dict[str, Any]:
    return {
        "framework": task.framework,
        "channels": [_channel(channel) for channel in task.framework.channels],
        "subject": task.subject,
        "signals": list(task.framework.signal_keys),
        "codes": [
            {"name": code.name, "kind": code.kind.value if code.kind else "any", "rule": _rule(code)}
            for code in task.codes
        ],
    }


def _chunk_variables(task: CodeChunk) -> dict[str, Any]:
    chunk = task.chunk
    return {
        "language_name": _language_name(task),
        "first_line": chunk.first_line,
        "last_line": chunk.last_line,
        "context": _context(task.transcript, chunk.context_from, chunk.first_line - 1),
        "lines": _numbered(task.transcript, chunk.first_line, chunk.last_line),
        "again": isinstance(task, CodeAgain),
        "found": [_found(finding) for finding in task.shown] if isinstance(task, CodeAgain) else [],
    }


def _found(finding: Finding) -> Mapping[str, object]:
    """A finding of an earlier pass, without its words: the lines are there to be read."""
    where = finding.evidence
    lines = str(where.first_line) if where.first_line == where.last_line else f"{where.first_line}-{where.last_line}"
    return {"lines": lines, "about": f"{finding.kind.value} {_about(finding)}", "label": finding.label}


def _rule(code: Code) -> str:
    """When a code applies, in one line; empty where its name has to say it."""
    parts = [code.definition, code.use_when and f"use when {code.use_when}", code.not_when and f"not {code.not_when}"]
    return "; ".join(part.rstrip(". ") for part in parts if part)


def called_in_prompts(transcript: Transcript) -> dict[str | None, str]:
    """What each speaker is called: `P` where one participant speaks, else each by id; `Interviewer`, or `Other`."""
    alone = len({speaker.participant for speaker in transcript.speakers if speaker.participant}) == 1
    return {
        speaker.name: ("P" if alone else speaker.participant)
        if speaker.participant
        else ("Interviewer" if speaker.role == "interviewer" else "Other")
        for speaker in transcript.speakers
    }


def _context(transcript: Transcript, first: int, last: int) -> list[tuple[int, str, str]]:
    """Number, speaker and text of each of these lines."""
    called, turns = called_in_prompts(transcript), transcript.turns
    return [
        (line.number, called[turns[line.turn - 1].speaker], line.text) for line in transcript.lines[first - 1 : last]
    ]


def _numbered(transcript: Transcript, first: int, last: int) -> _Block:
    """Lines as a model is shown them; hundreds in a prompt, so that no template goes through them."""
    lines, turns = transcript.lines[first - 1 : last], transcript.turns
    texts = [line.text for line in lines]
    if not _is_plain(" ".join(texts)):  # mostly they all are, and looking at each takes longer
        texts = list(map(_defused, texts))
    called = {name: _defused(who) for name, who in called_in_prompts(transcript).items()}
    return _Block(
        "\n".join(
            [
                f"[{line.number}] {called[turns[line.turn - 1].speaker]}: {text}"
                for line, text in zip(lines, texts, strict=True)
            ]
        )
    )


def _entries(passages: Sequence[Passage]) -> list[dict[str, object]]:
    entries = []
    for number, passage in enumerate(passages, start=1):
        finding = passage.finding
        entry = _entry(number, finding, passage.words, MAX_WORDS_CHARACTERS)
        if isinstance(finding.detail, Emotion) and finding.detail.trigger:
            cause = _cut(finding.detail.trigger, MAX_TRIGGER_CHARACTERS)
            entry |= {"about": f"{entry['about']}, because of: {cause}"}
        entries.append(entry)
    return entries


def _entry(number: int, finding: Finding, words: str, most: int) -> dict[str, object]:
    return {
        "number": number,
        "participant": finding.participant_id,
        "about": f"{finding.kind.value}: {_about(finding)}",
        "phase": finding.phase or "no phase",
        "label": finding.label,
        "words": _cut(words, most),
    }


def _cut(text: str, most: int) -> str:
    folded = fold_space(text)
    return folded if len(folded) <= most else folded[: most - 1].rsplit(" ", 1)[0] + " …"


def _themes(passages: Sequence[Passage]) -> list[Mapping[str, object]]:
    """The themes that several of these findings share, with their numbers."""
    numbers: dict[str, list[str]] = {}
    for number, passage in enumerate(passages, start=1):
        if passage.theme:
            numbers.setdefault(passage.theme, []).append(str(number))
    return [{"label": label, "numbers": ", ".join(some)} for label, some in numbers.items() if len(some) > 1]


def _about(finding: Finding) -> str:
    """What it was coded as, with what was said besides."""
    detail = finding.detail
    reason = f"matters: {detail.matters}" if isinstance(detail, Touchpoint) and detail.matters else ""
    return ", ".join(part for part in (_coded_as(finding), *marks_of(detail, finding.signals), reason) if part)


def _coded_as(finding: Finding) -> str:
    detail = finding.detail
    if isinstance(detail, Motivation):
        return ", ".join(part for part in (detail.driver, detail.question) if part)
    if isinstance(detail, Emotion):
        return f"{detail.emotion}, {detail.valence:+d}" + ("" if detail.stated else ", implied")
    parts = [detail.channel]
    if detail.from_channel is not None:
        parts.append("once more" if detail.from_channel == detail.channel else f"came from {detail.from_channel}")
    if detail.context_kept is False:
        parts.append("had to start again")
    return ", ".join(parts)


# --- Templates ---------------------------------------------------------------------------------------------------


def _folder() -> Traversable:
    """The templates inside the installed package, else those beside it in a checkout."""
    for folder in (resources.files("synth") / "_prompts", Path(__file__).resolve().parents[1] / "prompts"):
        if folder.is_dir():
            return folder
    raise SettingError("The prompt templates are missing from this installation: install synth-research again.")


@cache
def _templates() -> dict[str, str]:
    files = (file for file in _folder().iterdir() if file.name.endswith(".md.j2"))
    return {file.name: file.read_text(encoding="utf-8") for file in files}


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.DictLoader(_templates()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # prompts are no HTML; `finalize` is what makes values safe here
        finalize=defuse,
    )
