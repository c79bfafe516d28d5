"""Claims and findings as tables, for a spreadsheet.

UTF-8 with a byte order mark, because spreadsheets read it wrong without one. A cell that a spreadsheet would take for a
formula gets an apostrophe in front: participants' words must not run as code on a researcher's machine.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from synth.domain import Claim, Emotion, Finding, Motivation, Touchpoint, fold_space
from synth.export.evidence import Json, evidence_json
from synth.results import Results

EVIDENCE = ("transcript", "participant", "first_line", "last_line", "start", "end", "text")
CLAIM_COLUMNS = (
    "persona", "where", "section", "phase", "key", "claim_id", "claim", "state", "origin", "idea", "people",
    "people_against", "side", "finding", *EVIDENCE, "transcript_id",
)  # fmt: skip
FINDING_COLUMNS = (
    "finding", "kind", "label", "phase", "driver", "question", "emotion", "valence", "intensity", "stated", "channel",
    "from_channel", "context_kept", "confidence", "language", *EVIDENCE, "transcript_id",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
            "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip


def export_csv(results: Results) -> dict[str, bytes]:
    """`claims.csv`: a row for each claim and each evidence of it; `findings.csv`: a row for each finding."""
    return {
        "claims.csv": _table(CLAIM_COLUMNS, claim_rows(results)),
        "findings.csv": _table(FINDING_COLUMNS, finding_rows(results)),
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
                        yield from _rows(claim, persona.name, "map", results)


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
        }
        yield row | _detail(finding) | _evidence(results, finding.id)


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


def _rows(claim: Claim, persona: str, where: str, results: Results) -> Iterable[Json]:
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


def _detail(finding: Finding) -> Json:
    detail = finding.detail
    if isinstance(detail, Motivation):
        return {"driver": detail.driver, "question": detail.question}
    if isinstance(detail, Emotion):
        return {
            "emotion": detail.emotion,
            "valence": detail.valence,
            "intensity": detail.intensity,
            "stated": detail.stated,
        }
    if isinstance(detail, Touchpoint):
        return {"channel": detail.channel, "from_channel": detail.from_channel, "context_kept": detail.context_kept}
    raise TypeError(type(detail).__name__)


def _table(columns: Sequence[str], rows: Iterable[Json]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe_cell(row.get(column)) for column in columns])
    return out.getvalue().encode("utf-8-sig")
