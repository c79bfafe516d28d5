"""The critic: claims in, the same claims out with what was found against them, from what everybody in the study said.

Another reader than the one that drafted (or the same with another task) tries to refute each claim. What it cites is
checked like any other proposal: a claim that it names must exist, a contradiction must stand on findings, and none of
them may be one that the claim itself stands on. A claim that is refuted stays in the draft and is shown as contested,
with the words against it; people decide.

The promise: a critic can only point. It never takes a claim away, changes its words, or lowers what was counted for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from synth.analyst import CritiqueClaims, CritiqueReply, Passage, Questioned, VerdictReply
from synth.domain import REFUTED, Claim, Origin, Refusal, distinct, fold_space
from synth.frameworks import Framework
from synth.personas import take_turns
from synth.phrases import say
from synth.refused import is_other_language

CLAIMS_A_TASK = 8
MOST_OWN, MOST_OTHERS = 240, 120
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
    """Tasks of a few claims each, claims of one phase together, with the findings that could speak against them.

    Claims that were counted, that a person wrote, or that are proposals are no matter for a critic.

    Args:
        claims: of one persona and its map.
        passages: of the whole study.
        participant_ids: of the persona.
        framework: goes into the task, as `subject` and `language`.
    """
    open_claims = [claim for claim in claims if claim.origin is Origin.ANALYST and not claim.idea]
    batches = []
    for phase in dict.fromkeys(claim.phase for claim in open_claims):
        of_phase = [claim for claim in open_claims if claim.phase == phase]
        for start in range(0, len(of_phase), CLAIMS_A_TASK):
            batch = tuple(of_phase[start : start + CLAIMS_A_TASK])
            shown = _shown(batch, passages, phase, frozenset(participant_ids))
            place = {one.finding.id: number for number, one in enumerate(shown, start=1)}
            asked = tuple(
                Questioned(one.section, one.text, one.key, one.phase,
                           tuple(place[f] for f in one.finding_ids if f in place))
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
    for verdict in reply.verdicts:
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


def _shown(
    claims: Sequence[Claim], passages: Sequence[Passage], phase: str | None, people: frozenset[str]
) -> tuple[Passage, ...]:
    """What the claims stand on, then what could speak against them: of the same phase first, people taking turns."""
    cited = {finding for claim in claims for finding in (*claim.finding_ids, *claim.against_finding_ids)}
    near = [one for one in passages if phase is None or one.finding.phase in (phase, None)]
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
