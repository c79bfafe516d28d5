"""How far people agree with the draft, and with each other, kind by kind, and on what they do not.

The reader that drafts says of every claim that it holds; a person keeps it, changes its words, or rejects it. Agreement
with the model is therefore between "holds" and those three; agreement of two people is between what each decided last
on the claims that both decided on. Three measures stand side by side, with how common rejection is (`synth.agreement`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from synth.agreement import Agreement, measure_agreement, prevalence
from synth.store import Store, Study
from synth.store.decisions import VERDICTS, Verdict

ALL = ""
"""The kind that stands for all kinds together."""


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two readers on claims of one kind."""

    first: str
    """A name; empty for the draft itself."""
    second: str
    kind: str
    """A section or lane; empty for all together."""
    measured: Agreement
    rejected: tuple[float | None, float | None]
    """Share of claims that each rejected, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A claim on which two people decided differently."""

    claim_id: str
    section: str
    text: str
    verdicts: tuple[tuple[str, str], ...]
    """Name and action, in the order of the ledger."""


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """All of it."""

    with_draft: tuple[PairAgreement, ...]
    between_people: tuple[PairAgreement, ...]
    disagreements: tuple[Disagreement, ...]


def study_agreement(store: Store, study: Study) -> AgreementReport:
    """Agreement over all decisions of a study."""
    verdicts = store.verdicts(study)
    known = store.claim_texts(study, [one.claim_id for one in verdicts])
    by_person: dict[str, dict[str, str]] = {}
    for one in verdicts:
        by_person.setdefault(one.by_whom, {})[one.claim_id] = one.action
    kinds = {claim_id: section for claim_id, (section, _) in known.items()}
    with_draft = [
        pair
        for name, own in sorted(by_person.items())
        for pair in _pairs("", name, dict.fromkeys(own, "accept"), own, kinds)
    ]
    between = [
        pair
        for first, second in combinations(sorted(by_person), 2)
        for pair in _pairs(first, second, by_person[first], by_person[second], kinds)
    ]
    return AgreementReport(tuple(with_draft), tuple(between), tuple(_disagreements(verdicts, known)))


def _pairs(
    first: str, second: str, one: Mapping[str, str], other: Mapping[str, str], kinds: Mapping[str, str]
) -> list[PairAgreement]:
    tables: dict[str, Counter[tuple[str, str]]] = {ALL: Counter()}
    for claim_id in one:
        if claim_id in other:
            pair = (one[claim_id], other[claim_id])
            tables[ALL][pair] += 1
            tables.setdefault(kinds.get(claim_id, "?"), Counter())[pair] += 1
    return [
        PairAgreement(first, second, kind, measure_agreement(table, len(VERDICTS)), prevalence(table, "reject"))
        for kind, table in tables.items()
        if table
    ]


def _disagreements(verdicts: Sequence[Verdict], known: Mapping[str, tuple[str, str]]) -> list[Disagreement]:
    by_claim: dict[str, list[tuple[str, str]]] = {}
    for one in verdicts:
        by_claim.setdefault(one.claim_id, []).append((one.by_whom, one.action))
    return [
        Disagreement(claim_id, *known.get(claim_id, ("", "")), tuple(given))
        for claim_id, given in by_claim.items()
        if len({action for _, action in given}) > 1
    ]
