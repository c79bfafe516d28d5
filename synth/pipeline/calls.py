"""Model calls to be looked at: what was sent, with the complaint of a second try, and what came back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from synth.analyst import (
    CodeAgain,
    CodeChunk,
    CritiqueClaims,
    DraftClaims,
    DraftMap,
    DraftPersona,
    MergeLabels,
    Reply,
)
from synth.domain import content_id
from synth.errors import ReplyError
from synth.replies import read_reply
from synth.store import Store, Study
from synth.store.calls import WholeCall

_TASKS = (CodeChunk, CodeAgain, MergeLabels, DraftPersona, DraftClaims, DraftMap, CritiqueClaims)
_REPLIES: dict[str, type[Reply]] = {task.name: task.reply for task in _TASKS}


@dataclass(frozen=True, slots=True)
class SeenCall:
    """One call, whole."""

    whole: WholeCall
    complaint: str | None
    """What a second try told the model about its first reply, after the prompt; None for a first try, and where the
    first reply is not stored any more."""


def look_at_call(store: Store, study: Study, beginning: str) -> SeenCall:
    """The one call of a study whose key begins so.

    Raises:
        NotFoundError: there is none, or more than one.
    """
    whole = store.whole_call(study, beginning)
    return SeenCall(whole, _complaint(store, study, whole) if whole.call.second_try else None)


def _complaint(store: Store, study: Study, whole: WholeCall) -> str | None:
    """The complaint is not stored with the call, but its key is made of it: what gives that key was the complaint."""
    call = whole.call
    return next(
        (said for said in _may_have_been(store, study, whole) if content_id(call.request_key, said) == call.key), None
    )


def _may_have_been(store: Store, study: Study, whole: WholeCall) -> Iterator[str]:
    if not store.has_call(whole.call.request_key):
        return
    first = store.whole_call(study, whole.call.request_key)
    if first.call.set_aside is not None:
        yield first.call.set_aside
    reply = _REPLIES.get(first.call.task)
    if reply is not None:
        try:
            read_reply(first.raw, reply)
        except ReplyError as error:
            yield str(error)
