"""Somebody withdraws from a study, on the page of its settings or by a program."""

from __future__ import annotations

from fastapi import Request

from api.denials import note_change
from api.managing import Withdrawn
from api.visitors import Visitor
from synth.pipeline.shown import ShownStudies
from synth.pipeline.withdrawing import withdraw_participant
from synth.store import Store, Study


def withdraw(
    request: Request, study: Study, store: Store, shown: ShownStudies, visitor: Visitor, participant_id: str
) -> Withdrawn:
    """Remove a participant with every trace; the audit says that somebody left, not who.

    Raises:
        NotFoundError: the study has no such participant.
    """
    gone = withdraw_participant(store, study, participant_id)
    shown.forget(study)
    note_change(request, store, "participant-withdrawn")
    # A study on which somebody has no role does not exist for them.
    known = {one.name for one in store.studies() if visitor.role_on(one.id)}
    return Withdrawn(
        interviews=gone.transcripts,
        blanked=gone.blanked,
        findings=gone.findings,
        claims_lost=len(gone.lost),
        claims_weakened=len(gone.weakened),
        studies=[name for name in gone.elsewhere if name in known],
        clean=gone.clean,
    )
