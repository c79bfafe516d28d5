"""The schema of the study database, one module per change, numbered and never edited once shipped.

The promises that the schema itself keeps:

* A claim cannot be stored without a finding, unless a person wrote it: `claims.lead_finding_id` is required then, and
  it is a foreign key to a row of `claim_evidence` of the same claim, checked when the transaction commits.
* Decisions are appended: the database refuses to change or delete one. Withdrawing a person blanks their words in it,
  and takes away those that are about the person or their findings and nothing else.
* A finding points at lines that exist: its first and last line are foreign keys.
"""

from __future__ import annotations

from synth.migrations import (
    m001_first_schema,
    m002_withdrawal,
    m003_passes,
    m004_batches,
    m005_codebook,
    m006_critique,
    m007_accounts,
    m008_uploads,
    m009_search,
    m010_measured,
    m011_review,
    m012_changes,
    m014_drawn_maps,
    m015_filing,
    m016_fewer_indexes,
    m017_one_row,
)
from synth.migrations.registry import migrations

__all__ = [
    "m001_first_schema",
    "m002_withdrawal",
    "m003_passes",
    "m004_batches",
    "m005_codebook",
    "m006_critique",
    "m007_accounts",
    "m008_uploads",
    "m009_search",
    "m010_measured",
    "m011_review",
    "m012_changes",
    "m014_drawn_maps",
    "m015_filing",
    "m016_fewer_indexes",
    "m017_one_row",
    "migrations",
]
