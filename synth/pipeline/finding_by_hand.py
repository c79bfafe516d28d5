"""A finding that a person made: lines, a kind, a label, through the same evidence gate as what a reader proposes.

It stands beside what readers find, marked as a person's: no reading displaces it, and a new draft is made with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from synth.accounts import RuleError
from synth.analyst import ChunkReply, CodeChunk, EmotionReply, MotivationReply, TouchpointReply
from synth.domain import Chunk, Finding, Kind, Transcript, content_id, fold_space
from synth.errors import NotFoundError
from synth.extract import extract_findings
from synth.frameworks import FUNCTIONAL
from synth.pipeline.loading import study_framework
from synth.review import Decision
from synth.store import Store, Study

LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True)
class ByHand:
    """What somebody wants to code."""

    kind: Kind
    first_line: int
    last_line: int
    key: str
    """A driver (or `functional`), an emotion or a channel of the framework."""
    label: str
    phase: str | None = None
    valence: int | None = None
    """With an emotion, -2 to 2; None: as the framework has it."""


def code_by_hand(store: Store, study: Study, transcript: Transcript, asked: ByHand, by_whom: str) -> Finding:
    """Store a finding of a person and note it in the ledger.

    Args:
        store: holds the study.
        study: whose interview it is.
        transcript: the interview as it is shown.
        asked: what is found where.
        by_whom: who says so.

    Raises:
        RuleError: it does not stand on lines that it may cite (`hand-...`), or is coded so already (`hand-there`).
    """
    label = fold_space(asked.label)
    if not label or len(label) > LONGEST_LABEL:
        raise RuleError("hand-label", f"Give it a label of at most {LONGEST_LABEL} characters.")
    finding = _through_gate(study, transcript, asked, label)
    with store.write():
        if store.is_current(study, finding.id):
            raise RuleError("hand-there", "These lines are coded so already. Nothing was stored.")
        store.put_by_hand(study, finding)
        store.mark_findings(study, {finding.id: ""})
        draft_id = store.newest_draft_id(study) or ""
        store.decide(study, Decision(draft_id, "finding", finding.id, "add", by_whom, after=label))
    return finding


def take_back(store: Store, study: Study, finding_id: str, by_whom: str) -> None:
    """Take a finding made by hand away again; it stays in the ledger that it was there.

    Raises:
        NotFoundError: no finding of this id was made by hand, or it was taken back already.
    """
    with store.write():
        if not store.take_back_by_hand(study, finding_id):
            raise NotFoundError("No finding of this id was made by hand. Nothing was changed.")
        draft_id = store.newest_draft_id(study) or ""
        store.decide(study, Decision(draft_id, "finding", finding_id, "undo", by_whom, before="add"))


def _through_gate(study: Study, transcript: Transcript, asked: ByHand, label: str) -> Finding:
    framework = study_framework(study)
    last = len(transcript.lines)
    if not 1 <= asked.first_line <= asked.last_line <= last:
        raise RuleError("hand-lines", f"Give lines in order, from 1 to {last}.")
    if transcript.turn_of(asked.first_line).number != transcript.turn_of(asked.last_line).number:
        raise RuleError("hand-turn", "The lines run over a change of speaker: give lines of one turn.")
    if transcript.speaker_of(asked.first_line).participant is None:
        raise RuleError("hand-speaker", "These are not a participant's words: only theirs can be coded.")
    given: dict[str, object] = {
        "first_line": asked.first_line, "last_line": asked.last_line, "label": label, "phase": asked.phase or None,
        "sure": 9,
    }  # fmt: skip
    reply = ChunkReply(motivations=[], emotions=[], touchpoints=[])
    if asked.kind is Kind.MOTIVATION:
        known = {one.key for one in framework.drivers} | {FUNCTIONAL}
        given |= {"driver": asked.key, "question": None}
        reply.motivations.append(MotivationReply.model_validate(given))
    elif asked.kind is Kind.EMOTION:
        known = {one.key for one in framework.emotions}
        usual = next((one.valence for one in framework.emotions if one.key == asked.key), 0)
        valence = usual if asked.valence is None else max(-2, min(2, asked.valence))
        given |= {"emotion": asked.key, "valence": valence, "intensity": 2, "stated": True, "trigger": None}
        reply.emotions.append(EmotionReply.model_validate(given))
    else:
        known = {one.key for one in framework.channels}
        given |= {"channel": asked.key, "from_channel": None, "context_kept": None, "story_order": None}
        reply.touchpoints.append(TouchpointReply.model_validate(given))
    if asked.key not in known or (asked.phase and asked.phase not in framework.phase_keys):
        raise RuleError("hand-key", "The framework of this study has no such phase, driver, emotion or channel.")
    chunk = Chunk(content_id("by hand", transcript.id), transcript.id, 1, last, 1)
    task = CodeChunk(transcript, chunk, framework, study.subject, transcript.language)
    found, refused = extract_findings(task, reply)
    if not found:
        raise RuleError("hand-refused", refused[0].why if refused else "This cannot be stored as a finding.")
    # How sure a person is, nobody asked.
    return replace(found[0], confidence=None)
