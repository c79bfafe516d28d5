"""The gate between a drafting reply and the claims of a draft: no claim without findings of the people it is about.

Numbers must exist and be of the segment's own people; sections, lanes, phases and keys must be known ones; nothing is
said twice, and no sentence tells who somebody is, praises, or gives numbers or quotations that are not in the words it
stands on (`synth.refused`). What fails is a `Refusal` with the reason. A key that is not known costs the claim that key
alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from synth.analyst import ClaimReply, Passage
from synth.domain import Claim, Finding, Refusal, content_id, distinct, fold_space
from synth.refused import sentence_fault

IDEA = "idea"
_TO_PEOPLE = frozenset({IDEA, "question", "need"})
"""Sections that speak to people, or for them: they may name the kind of people that the study is about."""
_QUOTED = re.compile("[\"'\N{LEFT SINGLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}](.+)"
                     "[\"'\N{RIGHT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}]", re.DOTALL)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """What a claim may be about."""

    owner: str
    """The persona's or the map's id: part of a claim's id."""
    task: str
    """By which refusals are told apart."""
    participant_ids: frozenset[str]
    """The people that the claims are about."""
    sections: tuple[str, ...]
    keys: Mapping[str, frozenset[str]]
    """Section to the keys that it may have; a section that is not here has none."""
    phases: tuple[str, ...] | None
    """Those of which a claim must name one; None where claims have no phase."""
    keyed: Collection[str] = ()
    """Sections in which a claim without a key cannot be."""
    counted: Collection[str] = ()
    """Sections that the program counts by itself and asks nobody for."""
    language: str | None = None
    """In which sentences must be; None where their words are not looked at."""
    audience: Callable[[], Collection[str]] = frozenset
    """Gives the kinds of people that the study is about (`refused.kinds_of_people`); asked where it matters only."""


@dataclass(slots=True)
class Checked:
    """Claims that stand, and what was refused."""

    claims: list[Claim] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def claim_id(owner: str, section: str, key: str | None, phase: str | None, text: str) -> str:
    """The id of a claim: of whom it is, where it stands and what it says.

    The findings behind it are no part of it. When more people turn out to say the same, it is still the same claim, so
    what people decided on it stays decided; only its strength changes. Other words are another claim.
    """
    return content_id(owner, section, key, phase, plain_text(text))


def plain_text(text: str) -> str:
    """What two texts share that say the same: no case, no punctuation, no doubled blanks."""
    kept = (c if c.isalnum() or c.isspace() else " " for c in unicodedata.normalize("NFKC", text).casefold())
    return fold_space("".join(kept))


def quoted_words(text: str) -> str:
    """What stands between the quotation marks of a sentence that is nothing but a quotation; empty for others."""
    match = _QUOTED.fullmatch(text.strip())
    return match[1] if match else ""


def check_claims(replies: Sequence[ClaimReply], passages: Sequence[Passage], rules: Rules) -> Checked:
    """Let those through that stand on findings.

    Args:
        replies: as the analyst gave them; findings by number from 1.
        passages: what the numbers mean.
        rules: what a claim may be about.
    """
    checked = Checked()
    seen: set[str] = set()
    for reply in replies:
        claim = _checked(reply, passages, rules, checked.refusals)
        if claim is None:
            continue
        if claim.id in seen:
            checked.refusals.append(_refusal(rules, reply, "The same is said twice."))
            continue
        seen.add(claim.id)
        checked.claims.append(claim)
    return checked


def checked_numbers(
    numbers: Sequence[int], passages: Sequence[Passage], rules: Rules, what: str, refusals: list[Refusal]
) -> list[Finding]:
    """The findings that these numbers name, each once; those that cannot be are refused."""
    found = []
    for number in dict.fromkeys(numbers):
        if not 1 <= number <= len(passages):
            refusals.append(Refusal(rules.task, what, None, None, f"Finding {number} does not exist."))
        elif passages[number - 1].finding.participant_id not in rules.participant_ids:
            refusals.append(Refusal(rules.task, what, None, None, f"Finding {number} is of somebody else."))
        else:
            found.append(passages[number - 1].finding)
    return found


def make_claim(
    owner: str,
    section: str,
    text: str,
    findings: Sequence[Finding],
    *,
    phase: str | None = None,
    key: str | None = None,
    against: Sequence[Finding] = (),
    about: str | None = None,
) -> Claim:
    """A claim on findings, people counted; those on both sides are kept on both.

    `about`: what the claim is about where its words tell how many, so that it stays the same claim when people join.
    """
    text = fold_space(text)
    return Claim(
        id=claim_id(owner, section, key, phase, text if about is None else about),
        section=section,
        text=text,
        finding_ids=tuple(one.id for one in findings),
        participant_ids=distinct([one.participant_id for one in findings]),
        phase=phase,
        key=key,
        against_finding_ids=tuple(one.id for one in against),
        against_participant_ids=distinct([one.participant_id for one in against]),
        idea=section == IDEA,
    )


def _checked(reply: ClaimReply, passages: Sequence[Passage], rules: Rules, refusals: list[Refusal]) -> Claim | None:
    section = reply.section.strip().casefold()
    if section in rules.counted:
        refusals.append(_refusal(rules, reply, "This is counted and not asked for."))
        return None
    if section not in rules.sections:
        refusals.append(_refusal(rules, reply, "There is no such section."))
        return None
    phase = _phase(reply, rules, refusals)
    if rules.phases is not None and phase is None:
        return None
    key = _key(reply, section, rules, refusals)
    if key is None and section in rules.keyed:
        refusals.append(_refusal(rules, reply, "It does not say by a key what it is about."))
        return None
    if not plain_text(reply.text):
        refusals.append(_refusal(rules, reply, "It says nothing."))
        return None
    findings = checked_numbers(reply.findings, passages, rules, section, refusals)
    if not findings:
        refusals.append(_refusal(rules, reply, "No finding of these people carries it."))
        return None
    cited = {one.id for one in findings}
    against = [one for one in checked_numbers(reply.against, passages, rules, section, refusals) if one.id not in cited]
    if rules.language is not None:
        said = [passages[number - 1].words for number in (*reply.findings, *reply.against) if number in
                range(1, len(passages) + 1)]  # fmt: skip
        text, figures = fold_space(reply.text), section != IDEA
        fault = sentence_fault(text, said, rules.language, figures=figures)
        if fault is not None and section in _TO_PEOPLE:
            fault = sentence_fault(text, said, rules.language, figures=figures, audience=rules.audience())
        if fault is not None:
            refusals.append(_refusal(rules, reply, fault))
            return None
    return make_claim(rules.owner, section, reply.text, findings, phase=phase, key=key, against=against)


def _phase(reply: ClaimReply, rules: Rules, refusals: list[Refusal]) -> str | None:
    if rules.phases is None:
        return None
    phase = (reply.phase or "").strip().casefold()
    if phase in rules.phases:
        return phase
    refusals.append(_refusal(rules, reply, "It names no phase of the framework."))
    return None


def _key(reply: ClaimReply, section: str, rules: Rules, refusals: list[Refusal]) -> str | None:
    if reply.key is None or not reply.key.strip():
        return None
    key = fold_space(reply.key).casefold().replace("_", " ")
    if key in rules.keys.get(section, frozenset()):
        return key
    if section in rules.keys:
        refusals.append(_refusal(rules, reply, "The key is not one of this section's: left out."))
    return None


def _refusal(rules: Rules, reply: ClaimReply, why: str) -> Refusal:
    section = reply.section if reply.section in rules.sections else "claim"
    return Refusal(rules.task, section, None, None, why)
