"""A further pass over a chunk: what the passes before missed, and which of their findings this one would make too.

The reader sees what was found so far as numbers of lines with codes and labels. It adds what is missing, and names by
number what it would have coded itself. What it proposes that stands in the list already, in other words, counts as
named. Nothing is taken away: a finding that no further pass names stays, with the share of the passes that carry it as
its stability. That was said with the list in view, so it is a second opinion and no second discovery.
"""

from __future__ import annotations

from dataclasses import dataclass

from synth.analyst import AgainReply, CodeAgain
from synth.domain import Finding, Refusal
from synth.extract import extract_findings, finding_id


@dataclass(frozen=True, slots=True)
class Passed:
    """What a further pass came to."""

    added: tuple[Finding, ...]
    """New ones, in the order of the reply."""
    carried: tuple[Finding, ...]
    """Those of the passes before that this one makes too, in their order."""
    refusals: tuple[Refusal, ...]


def take_pass(task: CodeAgain, reply: AgainReply) -> Passed:
    """Check every proposal as in a first pass, and tell what is new from what was there."""
    shown = task.shown
    proposed, refusals = extract_findings(task, reply)
    named = {number for number in reply.again if 1 <= number <= len(shown)}
    unknown = len(set(reply.again) - named)
    if unknown:
        why = f"{unknown} of the numbers that it names stand for no finding of a pass before."
        refusals.append(Refusal(task.chunk.id, "again", None, None, why))
    added: list[Finding] = []
    for finding in proposed:
        like = next((number for number, other in enumerate(shown, start=1) if same_thing(other, finding)), None)
        if like is None:
            added.append(finding)
        else:
            named.add(like)
    return Passed(tuple(added), tuple(shown[number - 1] for number in sorted(named)), tuple(refusals))


def same_thing(one: Finding, other: Finding) -> bool:
    """Whether two findings code overlapping lines for the same thing in the same phase."""
    here, there = one.evidence, other.evidence
    if one.id == other.id:
        return True
    overlap = here.first_line <= there.last_line and there.first_line <= here.last_line
    # An id without the lines: what is left of it is the kind and what was coded.
    alike = finding_id("", 1, 1, one.detail) == finding_id("", 1, 1, other.detail)
    return here.transcript_id == there.transcript_id and overlap and alike and one.phase == other.phase
