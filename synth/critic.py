"""The critic: claims in, the same claims out with what was found against them, from what everybody in the study said.

Another reader than the one that drafted (or the same with another task) tries to refute each claim. What it cites is
checked like any other proposal: a claim that it names must exist, a contradiction must stand on findings, and none of
them may be one that the claim itself stands on. A claim that is refuted stays in the draft and is shown as contested,
with the words against it; people decide.

The promise: a critic can only point. It never takes a claim away, changes its words, or lowers what was counted for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from synth.analyst import CritiqueClaims, CritiqueReply, Passage, Questioned, VerdictReply
from synth.domain import REFUTED, Claim, Origin, Refusal, distinct, fold_space
from synth.frameworks import Framework
from synth.personas import take_turns
from synth.phrases import say
from synth.refused import is_other_language

CLAIMS_A_TASK = 60
MOST_OWN, MOST_OTHERS = 240, 60
"""Findings of a persona's people and of others in one task; where there are more, people take turns. Few of others: of
a thousand claims that were put before a careful critic, none fell by what others had said."""
_TASK = "critic"


@dataclass(frozen=True, slots=True)
class Batch:
    """A few claims with the task that asks about them."""

    claims: tuple[Claim, ...]
    task: CritiqueClaims


def critic_batches(
    claims: Sequence[Claim],
    passages: Sequence[Passage],
    participant_ids: Sequence[str],
    *,
    framework: Framework,
    subject: str,
    language: str,
) -> list[Batch]:
    """Tasks of claims with the findings that could speak against them: a persona's, then those of its map.

    The findings make a task long and not the claims, so what is asked about the same findings is asked at once. Claims
    are put together only as long as a task holds all of these people's findings that could speak against them, so that
    nothing is left out for the sake of fewer tasks. Claims that were counted, that a person wrote, or that are
    proposals are not asked about.

    Args:
        claims: of one persona and its map.
        passages: of the whole study.
        participant_ids: of the persona.
        framework: goes into the task, as `subject` and `language`.
    """
    open_claims = [claim for claim in claims if claim.origin is Origin.ANALYST and not claim.idea]
    people = frozenset(participant_ids)
    batches = []
    for some in _together(open_claims, passages, people):
        phases = frozenset(claim.phase for claim in some)
        for batch in _even_parts(some):
            shown = _shown(batch, passages, phases, people)
            place = {one.finding.id: number for number, one in enumerate(shown, start=1)}
            asked = tuple(
                Questioned(one.section, one.text, one.key, one.phase, _numbers(one.finding_ids, place),
                           _numbers(one.against_finding_ids, place))
                for one in batch
            )  # fmt: skip
            task = CritiqueClaims(asked, shown, tuple(participant_ids), framework, subject, language)
            batches.append(Batch(batch, task))
    return batches


def judge_claims(batch: Batch, reply: CritiqueReply) -> tuple[dict[str, Claim], list[Refusal]]:
    """The claims of a batch with their verdicts, by id, and what of the reply was refused.

    A claim without a verdict that holds stays as it was: nobody has looked at it.
    """
    judged: dict[str, Claim] = {}
    refusals: list[Refusal] = []
    stands = [VerdictReply(claim=number, verdict="stands", against=[], why="") for number in reply.stands]
    for verdict in (*reply.verdicts, *stands):
        if not 1 <= verdict.claim <= len(batch.claims):
            refusals.append(_refusal(f"Claim {verdict.claim} does not exist."))
            continue
        claim = batch.claims[verdict.claim - 1]
        if claim.id in judged:
            refusals.append(_refusal("The same claim is judged twice."))
            continue
        changed = _judged(claim, verdict, batch.task, refusals)
        if changed is not None:
            judged[claim.id] = changed
    return judged, refusals


def _judged(claim: Claim, verdict: VerdictReply, task: CritiqueClaims, refusals: list[Refusal]) -> Claim | None:
    if verdict.verdict not in REFUTED:
        return replace(claim, verdict=verdict.verdict)
    carrying = set(claim.finding_ids)
    found: list[Passage] = []
    for number in dict.fromkeys(verdict.against):
        if not 1 <= number <= len(task.passages):
            refusals.append(_refusal(f"Finding {number} does not exist."))
        elif task.passages[number - 1].finding.id in carrying:
            refusals.append(_refusal(f"Finding {number} carries the claim and cannot refute it."))
        else:
            found.append(task.passages[number - 1])
    if verdict.verdict == "contradicted" and not found:
        refusals.append(_refusal("It speaks of a contradiction and no finding tells one."))
        return None
    why = fold_space(verdict.why)
    if why and is_other_language(why, task.language):
        refusals.append(_refusal("It is in another language than the draft."))
        why = ""
    people = {one.finding.participant_id for one in found}
    return replace(
        claim,
        against_finding_ids=tuple(dict.fromkeys([*claim.against_finding_ids, *(one.finding.id for one in found)])),
        against_participant_ids=distinct([*claim.against_participant_ids, *people]),
        verdict=verdict.verdict,
        critique=why or say(task.language, f"critic.{verdict.verdict}"),
    )


def _together(claims: Sequence[Claim], passages: Sequence[Passage], people: frozenset[str]) -> Iterator[list[Claim]]:
    """Claims without a phase and of as many phases at a time as a task holds with all of these people's findings."""
    of_phase: dict[str | None, list[Claim]] = {}
    for claim in claims:
        of_phase.setdefault(claim.phase, []).append(claim)
    begun: list[Claim] = []
    for more in of_phase.values():
        both = [*begun, *more]
        near = _near(passages, frozenset(claim.phase for claim in both))
        ours = sum(one.finding.participant_id in people for one in near)
        if begun and (len(both) > CLAIMS_A_TASK or ours > MOST_OWN):
            yield begun
            both = more
        begun = both
    if begun:
        yield begun


def _even_parts(claims: Sequence[Claim]) -> Iterator[tuple[Claim, ...]]:
    """As few parts as can be, of about the same size, so that the findings are not sent again for a last claim."""
    parts = -(-len(claims) // CLAIMS_A_TASK)
    for part in range(parts):
        yield tuple(claims[part * len(claims) // parts : (part + 1) * len(claims) // parts])


def _numbers(findings: Sequence[str], place: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(place[finding] for finding in findings if finding in place)


def _near(passages: Sequence[Passage], phases: Collection[str | None]) -> list[Passage]:
    """What could speak against a claim of these phases; without one, anything could."""
    return [one for one in passages if None in phases or one.finding.phase is None or one.finding.phase in phases]


def _shown(
    claims: Sequence[Claim], passages: Sequence[Passage], phases: Collection[str | None], people: frozenset[str]
) -> tuple[Passage, ...]:
    """What the claims stand on, then what could speak against them, people taking turns."""
    cited = {finding for claim in claims for finding in (*claim.finding_ids, *claim.against_finding_ids)}
    near = _near(passages, phases)
    own = [one for one in passages if one.finding.id in cited]
    kept = {one.finding.id for one in own}
    rest = [one for one in near if one.finding.id not in kept]
    ours = [one for one in rest if one.finding.participant_id in people]
    theirs = [one for one in rest if one.finding.participant_id not in people]
    own += take_turns(ours, max(0, MOST_OWN - len(own)))
    order = {one.finding.id: place for place, one in enumerate(passages)}
    own.sort(key=lambda one: order[one.finding.id])
    others = sorted(take_turns(theirs, MOST_OTHERS), key=lambda one: order[one.finding.id])
    return (*own, *others)


def _refusal(why: str) -> Refusal:
    return Refusal(_TASK, "critique", None, None, why)
