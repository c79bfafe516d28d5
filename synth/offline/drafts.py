"""What the built-in analyst answers to drafting tasks: one function a task, none with a model."""

from __future__ import annotations

import zlib
from functools import cache
from importlib import resources

from synth.analyst import (
    CritiqueClaims,
    CritiqueReply,
    DraftClaims,
    DraftMap,
    DraftPersona,
    MapReply,
    MergeLabels,
    MergeReply,
    PersonaReply,
)
from synth.domain import content_id
from synth.offline import lexicon
from synth.offline.critic import criticise
from synth.offline.drafting.forms import FILES, source
from synth.offline.drafting.journey import draft_map
from synth.offline.drafting.persona import draft_persona
from synth.offline.merging import merge_labels

CODE_VERSION = 10
"""Raised by hand where the code gives other drafts for the same findings and data files."""
_WORDS = (
    ("synth.cues", "traits.yaml"),
    ("synth.phrases", "drafts.yaml"),
    ("synth.phrases", "themes.yaml"),
    ("synth.phrases", "trust.yaml"),
)


def answer_draft(
    task: MergeLabels | DraftPersona | DraftClaims | DraftMap | CritiqueClaims,
) -> MergeReply | PersonaReply | MapReply | CritiqueReply:
    """The reply to a drafting task; the same task gives the same reply.

    Raises:
        TypeError: the task is a piece of a draft: this analyst drafts whole personas and maps, which cost nothing.
    """
    if isinstance(task, DraftClaims):
        raise TypeError(task.name)
    if isinstance(task, MergeLabels):
        return merge_labels(task)
    if isinstance(task, CritiqueClaims):
        return criticise(task)
    return draft_persona(task) if isinstance(task, DraftPersona) else draft_map(task)


@cache
def drafts_version() -> str:
    """Changes whenever drafts may: with the code and with the data that sentences are made of."""
    data = [source(name) for name in FILES]
    data.append(lexicon.source("emotions"))
    data += [resources.files(package).joinpath(name).read_bytes() for package, name in _WORDS]
    return f"{CODE_VERSION}-{content_id(*(zlib.crc32(one) for one in data))}"
