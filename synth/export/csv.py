"""Claims and findings as tables, for a spreadsheet.

UTF-8 with a byte order mark, because spreadsheets read it wrong without one. A cell that a spreadsheet would take for a
formula gets an apostrophe in front: participants' words must not run as code on a researcher's machine.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from synth.domain import Claim, Plan, fold_space
from synth.export.evidence import Json, evidence_json
from synth.export.findings import finding_detail
from synth.results import Results

EVIDENCE = ("transcript", "participant", "first_line", "last_line", "start", "end", "text")
CLAIM_COLUMNS = (
    "persona", "where", "section", "phase", "key", "claim_id", "claim", "state", "origin", "idea", "people",
    "people_against", "contested", "critique", "plan_channel", "plan_call_to_action", "plan_kpi", "plan_effort",
    "plan_medium", "plan_medium_why", "side", "finding", *EVIDENCE, "transcript_id",
)  # fmt: skip
FINDING_COLUMNS = (
    "finding", "kind", "label", "phase", "driver", "question", "emotion", "word", "valence", "intensity", "stated",
    "channel", "from_channel", "context_kept", "trigger", "reading", "story_order", "initiator", "effort", "outcome",
    "repeated", "skipped", "matters", "signals", "code", "confidence", "language", *EVIDENCE, "transcript_id",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
            "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip


def export_csv(results: Results) -> dict[str, bytes]:
    """`claims.csv`: a row for each claim and each evidence of it; `findings.csv`: a row for each finding."""
    tables = {
        "claims.csv": (CLAIM_COLUMNS, claim_rows(results)),
        "findings.csv": (FINDING_COLUMNS, finding_rows(results)),
    }
    return {
        name: table_of(columns, ([row.get(column) for column in columns] for row in rows))
        for name, (columns, rows) in tables.items()
    }


def claim_rows(results: Results) -> Iterable[Json]:
    """Personas' claims, then those of their maps; a claim that a person wrote without quotes has one row."""
    for persona in results.draft.personas:
        for claim in persona.claims:
            yield from _rows(claim, persona.name, "persona", results)
        for journey in results.draft.maps:
            if journey.persona_id == persona.id:
                for column in journey.phases:
                    for claim in column.claims:
                        yield from _rows(claim, persona.name, "map", results, column.plans.get(claim.id))


def finding_rows(results: Results) -> Iterable[Json]:
    """Findings in the order of the study."""
    for finding in results.findings:
        row: Json = {
            "finding": finding.id,
            "kind": finding.kind.value,
            "label": finding.label,
            "phase": finding.phase,
            "confidence": finding.confidence,
            "language": finding.language,
            "code": finding.code,
            "signals": "; ".join(finding.signals),
        }
        yield row | finding_detail(finding, results.framework) | _evidence(results, finding.id)


def table_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A file that a spreadsheet opens as it is meant: see the module."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def safe_cell(value: object) -> object:
    """A value as it may stand in a spreadsheet: text that begins like a formula is defused, numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    # White space in front does not keep every program from reading a formula.
    return f"'{value}" if value.lstrip(" \n").startswith(_FORMULA) or value.startswith(("\t", "\r")) else value


def _rows(claim: Claim, persona: str, where: str, results: Results, plan: Plan | None = None) -> Iterable[Json]:
    base: Json = {
        "persona": persona,
        "where": where,
        "section": claim.section,
        "phase": claim.phase,
        "key": claim.key,
        "claim_id": claim.id,
        "claim": claim.text,
        "state": results.state(claim.id).value,
        "origin": claim.origin.value,
        "idea": claim.idea,
        "people": len(claim.participant_ids),
        "people_against": len(claim.against_participant_ids),
        "contested": claim.contested,
        "critique": claim.critique,
        **{f"plan_{name}": value for name, value in (asdict(plan) if plan else {}).items()},
    }
    sides = [("answers" if claim.idea else "for", one) for one in claim.finding_ids]
    sides += [("against", one) for one in claim.against_finding_ids]
    for side, finding_id in sides:
        yield base | {"side": side, "finding": finding_id} | _evidence(results, finding_id)
    if not sides:
        yield base


def _evidence(results: Results, finding_id: str) -> Json:
    evidence = evidence_json(results, finding_id)
    # A row is a line for many programs; the exact text with its line breaks is in the JSON.
    return evidence | {"text": fold_space(str(evidence["text"]))}
