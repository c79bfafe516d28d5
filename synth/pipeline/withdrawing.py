"""Somebody leaves a study: the database first, then the key."""

from __future__ import annotations

from synth.errors import NotFoundError
from synth.pipeline.names import KEY_TRIES, open_key
from synth.privacy import Key, key_path
from synth.store import Store, Study, Withdrawal


def check_participant(store: Store, study: Study, participant_id: str) -> None:
    """See that there is such a participant, before anybody is asked whether they shall go.

    Raises:
        NotFoundError: neither the study nor its key has one.
    """
    there = [participant.id for participant in store.participants(study)]
    if participant_id not in there and participant_id not in open_key(store, study).participants:
        raise NotFoundError(
            f"Study '{study.name}' has no participant '{participant_id}'. There are: {', '.join(there) or 'none'}."
        )


def withdraw_participant(store: Store, study: Study, participant_id: str) -> Withdrawal:
    """Remove a participant and every trace of them, in the database and in the key.

    Raises:
        NotFoundError: the study has no such participant.
        StoreError: the database or the key cannot be written; a second try goes on where this one stopped.
    """
    key = open_key(store, study)
    try:
        withdrawal = store.withdraw(study, participant_id, key.participants.get(participant_id, ()))
    except NotFoundError:
        # Gone from the database, but the key could not be written then.
        if participant_id not in key.participants:
            raise
        withdrawal = Withdrawal(transcripts=0, findings=0, calls=0, weakened=(), lost=())
    for _ in range(KEY_TRIES):
        key = open_key(store, study)
        _forget(store, study, participant_id, key)
        if key.save():
            return withdrawal
    # A run saves it again and again: now it waits.
    with Key.changed(key_path(store.path, study.name)) as key:
        _forget(store, study, participant_id, key)
    return withdrawal


def _forget(store: Store, study: Study, participant_id: str, key: Key) -> None:
    """Have the key forget somebody, as it stands now: a run may have met names since, and what it gave out stands."""
    # Texts are looked at after the key was read, since a name is in the key before its text is stored.
    key.forget(participant_id, [transcript.text for transcript in store.transcripts(study)])
