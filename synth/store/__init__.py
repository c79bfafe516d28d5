"""The study database: one SQLite file that holds everything, behind one class with named methods.

This package and `synth.migrations` hold all SQL of the product. Methods take and return values of `synth.domain`, never
rows. Rows that belong together are written in one transaction; what was written is there, whatever becomes of this
process, when the method returns.
"""

from __future__ import annotations

from synth.store.accounts import Accounts
from synth.store.audit import Audit
from synth.store.base import copy_database, open_database
from synth.store.batching import Batching
from synth.store.calls import Calls
from synth.store.codebooks import Codebooks
from synth.store.comments import Comments
from synth.store.decisions import Decisions
from synth.store.deleting import Deleting
from synth.store.drafts import Drafts
from synth.store.drawn import DrawnMaps
from synth.store.findings import Coding, Findings
from synth.store.following import Following
from synth.store.glances import Glances
from synth.store.jobs import Jobs
from synth.store.measured import MeasuredEvents
from synth.store.people import People
from synth.store.search import Search
from synth.store.studies import SeenFile, Studies, Study
from synth.store.transcripts import Shelf, Transcripts, heads_of
from synth.store.uploads import Uploads
from synth.store.waves import Waves
from synth.store.withdrawing import Withdrawal, Withdrawing

__all__ = ["Coding", "SeenFile", "Shelf", "Store", "Study", "Withdrawal", "copy_store", "heads_of", "open_store"]


class Store(
    Glances,
    DrawnMaps,
    Waves,
    Comments,
    Search,
    MeasuredEvents,
    Jobs,
    Uploads,
    Accounts,
    Audit,
    Deleting,
    Following,
    Withdrawing,
    Studies,
    Transcripts,
    People,
    Calls,
    Batching,
    Findings,
    Drafts,
    Decisions,
    Codebooks,
):
    """All that is kept of all studies in one file; made by `open_store`. Use from one thread at a time."""


def open_store(path: str, *, create: bool = True) -> Store:
    """Open the study database, make it where it is missing, and bring its schema up to date.

    Raises:
        StoreError: the file is no Synth database, is of a newer version, cannot be read or written, or is missing and
            `create` is false.
    """
    return Store(open_database(path, create=create), path)


def copy_store(path: str) -> Store:
    """A copy of a study database in memory, to try something out; empty where there is no file.

    Raises:
        StoreError: as `open_store`.
    """
    return Store(copy_database(path), path)
