"""Everything as JSON: the drafts with the evidence of every claim and finding, and the texts that it points into.

The promise of `docs/exports.md`: each evidence's `text` equals its transcript's `text` from `start` to `end`, counted
in Unicode code points; each claim that no person wrote has evidence; and a name once given keeps its meaning within one
`schema_version`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from synth.coverage import who_is_quoted
from synth.domain import (
    ChannelSwitch,
    Claim,
    Finding,
    JourneyMap,
    Persona,
    PhaseColumn,
    Theme,
    Transcript,
)
from synth.export.evidence import Json, evidence_list
from synth.export.findings import finding_detail
from synth.extract import count_refusals
from synth.results import Results, speaker_label

SCHEMA_VERSION = 1
"""Grows when a name changes its meaning or goes; new names may come without."""


def export_json(results: Results) -> dict[str, bytes]:
    """One file with everything."""
    text = json.dumps(results_json(results), ensure_ascii=False, indent=1)
    return {"results.json": (text + "\n").encode("utf-8")}


def results_json(results: Results) -> Json:
    """The whole study as plain values."""
    draft = results.draft
    return {
        "schema_version": SCHEMA_VERSION,
        "study": results.study,
        "subject": results.subject,
        "language": results.language,
        "wave": results.wave,
        "framework": results.framework.model_dump(mode="json"),
        "provenance": asdict(results.provenance),
        "participants": [{"id": one.id, "attributes": dict(one.attributes)} for one in results.participants],
        "personas": [_persona(one, results) for one in draft.personas],
        "maps": [_map(one, results) for one in draft.maps],
        "measured": [asdict(one) | {"verdict": one.verdict} for one in results.scores],
        "themes": [_theme(one, results) for one in draft.themes],
        "findings": [finding_json(one, results) for one in results.findings],
        "grouping": _grouping(results),
        "saturation": _saturation(results),
        "unassigned": [{"participant": one.participant_id, "why": one.why} for one in draft.unassigned],
        "coverage": [
            {
                "participant": one.participant_id,
                "transcript": results.transcript(one.transcript_id).name,
                "transcript_id": one.transcript_id,
                "cited_characters": one.cited_characters,
                "spoken_characters": one.spoken_characters,
                "share": round(one.share, 4),
                "uncited_turns": list(one.uncited_turns),
            }
            for one in results.coverage
        ],
        "refusals": [
            {"kind": one.kind, "first_line": one.first_line, "last_line": one.last_line, "why": one.why,
             "chunk": one.chunk_id, "model": one.model}
            for one in results.refusals
        ],
        "refusal_counts": [
            {"model": model, "kind": kind, "count": count}
            for (model, kind), count in sorted(count_refusals(results.refusals).items(), key=str)
        ],
        "failures": [{"name": one.name, "why": one.why} for one in results.failures],
        "transcripts": [_transcript(one) for one in results.transcripts],
    }  # fmt: skip


def claim_json(claim: Claim, results: Results, people: Sequence[str] = ()) -> Json:
    """A claim with the words for it and against it. `evidence` is empty only where a person wrote the claim.

    Args:
        people: of the persona that it is about; without them its strength is null.
    """
    return {
        "id": claim.id,
        "section": claim.section,
        "phase": claim.phase,
        "key": claim.key,
        "text": claim.text,
        "state": results.state(claim.id).value,
        "origin": claim.origin.value,
        "idea": claim.idea,
        "participants": list(claim.participant_ids),
        "participant_count": len(claim.participant_ids),
        "against_participants": list(claim.against_participant_ids),
        "findings": list(claim.finding_ids),
        "against_findings": list(claim.against_finding_ids),
        "contested": claim.contested,
        "verdict": claim.verdict,
        "critique": claim.critique,
        "strength": _strength(claim, people, results),
        "evidence": evidence_list(results, claim.finding_ids),
        "against": evidence_list(results, claim.against_finding_ids),
    }


def _strength(claim: Claim, people: Sequence[str], results: Results) -> Json | None:
    if not people:
        return None
    strength = results.strengths.of(claim, people)
    return {
        "for": len(claim.participant_ids),
        "against": len(claim.against_participant_ids),
        "speaking": strength.speaking,
        "of": len(people),
        "found_again": strength.found_again,
        "holds": strength.holds,
    }


def _grouping(results: Results) -> Json | None:
    grouping = results.draft.grouping
    if grouping is None:
        return None
    return {
        "criterion": grouping.criterion,
        "separations": [{"groups": number, "silhouette": score} for number, score in grouping.separations],
        "person_stability": dict(grouping.person_stability),
        "people": grouping.people,
        "compared": grouping.compared,
        "fits": [
            {
                "participant": fit.participant_id,
                "persona": fit.persona_id,
                "nearest": fit.nearest_id,
                "likeness": fit.likeness,
                "needed": fit.needed,
                "stability": fit.stability,
                "why": fit.why,
            }
            for fit in grouping.fits
        ],
    }


def _saturation(results: Results) -> Json:
    measured = results.saturation
    return {
        "interviews": measured.interviews,
        "themes": measured.themes,
        "curve": [round(value, 3) for value in measured.curve],
        "last": measured.last,
        "new_in_last": round(measured.new_in_last, 3),
        "at_least": measured.at_least,
    }


def _persona(persona: Persona, results: Results) -> Json:
    return {
        "id": persona.id,
        "name": persona.name,
        "participants": list(persona.participant_ids),
        "border": list(persona.border_ids),
        "stability": persona.stability,
        "claims": [claim_json(claim, results, persona.participant_ids) for claim in persona.claims],
        "quoted": [
            {
                "participant": one.participant_id,
                "passages": one.passages,
                "share": round(one.share, 4),
                "over": one.over,
            }
            for one in who_is_quoted(persona, results.findings_by_id, results.draft.maps)
        ],
        "quotes": evidence_list(results, (one.finding_id for one in persona.quotes)),
        "unknowns": list(persona.unknowns),
    }


def _map(journey: JourneyMap, results: Results) -> Json:
    people = next((one.participant_ids for one in results.draft.personas if one.id == journey.persona_id), ())
    return {
        "id": journey.id,
        "persona": journey.persona_id,
        "title": journey.title,
        "framework": journey.framework,
        "wave": journey.wave,
        "reading": journey.reading,
        "peak": journey.peak,
        "low": journey.low,
        "end": journey.end,
        "phases": [_column(column, results, people) for column in journey.phases],
        "path": [
            {"from": step.from_phase, "to": step.to_phase, "participants": list(step.participant_ids)}
            for step in journey.path
        ],
        "switches": [_switch(switch, results) for switch in journey.switches],
        "entries": {phase: list(people) for phase, people in journey.entries.items()},
        "unplaced_findings": list(journey.unplaced_finding_ids),
    }


def _column(column: PhaseColumn, results: Results, people: Sequence[str]) -> Json:
    return {
        "phase": column.phase,
        "participants": list(column.participant_ids),
        "mean": column.mean,
        "spread": list(column.spread) if column.spread else None,
        "emotion": column.emotion,
        "feelings": [
            {
                "participant": feeling.participant_id,
                "valence": feeling.valence,
                "findings": list(feeling.finding_ids),
                "evidence": evidence_list(results, feeling.finding_ids),
            }
            for feeling in column.feelings
        ],
        "channels": [
            {
                "channel": channel,
                "participants": list(people),
                "findings": list(column.channel_finding_ids.get(channel, ())),
                "evidence": evidence_list(results, column.channel_finding_ids.get(channel, ())),
            }
            for channel, people in column.channels.items()
        ],
        "repeats": {channel: list(people) for channel, people in column.repeats.items()},
        "claims": [
            claim_json(claim, results, people)
            | ({"plan": asdict(column.plans[claim.id])} if claim.id in column.plans else {})
            for claim in column.claims
        ],
        "quotes": evidence_list(results, (one.finding_id for one in column.quotes)),
    }


def _switch(switch: ChannelSwitch, results: Results) -> Json:
    return {
        "from_phase": switch.from_phase,
        "from_channel": switch.from_channel,
        "to_phase": switch.to_phase,
        "to_channel": switch.to_channel,
        "participants": list(switch.participant_ids),
        "lost": list(switch.lost_participant_ids),
        "findings": list(switch.finding_ids),
        "evidence": evidence_list(results, switch.finding_ids),
    }


def _theme(theme: Theme, results: Results) -> Json:
    return {
        "id": theme.id,
        "kind": theme.kind.value,
        "label": theme.label,
        "phase": theme.phase,
        "participants": list(theme.participant_ids),
        "findings": list(theme.finding_ids),
        "evidence": evidence_list(results, theme.finding_ids),
    }


def finding_json(finding: Finding, results: Results) -> Json:
    """One finding with its words."""
    return {
        "id": finding.id,
        "kind": finding.kind.value,
        "participant": finding.participant_id,
        "label": finding.label,
        "language": finding.language,
        "phase": finding.phase,
        **finding_detail(finding, results.framework),
        "signals": list(finding.signals),
        "code": finding.code,
        "confidence": finding.confidence,
        "stability": finding.stability,
        "evidence": evidence_list(results, [finding.id]),
    }


def _transcript(transcript: Transcript) -> Json:
    """Speakers stand by role and participant; their names stand nowhere but in the text itself."""
    return {
        "id": transcript.id,
        "name": transcript.name,
        "format": transcript.format,
        "language": transcript.language,
        "wave": transcript.wave,
        "source_sha256": transcript.source_sha256,
        "speakers": [
            {"role": speaker.role.value, "participant": speaker.participant, "turns": speaker.turns}
            for speaker in transcript.speakers
        ],
        "lines": [
            {
                "number": line.number,
                "turn": line.turn,
                "start": line.start,
                "end": line.end,
                "speaker": speaker_label(transcript.speaker_of(line.number)),
                "start_seconds": line.start_seconds,
            }
            for line in transcript.lines
        ],
        "text": transcript.text,
    }
