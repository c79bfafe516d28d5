"""What a finding was coded as, as plain values: the same names in JSON and in tables."""

from __future__ import annotations

from synth.domain import Emotion, Finding, Motivation
from synth.export.evidence import Json
from synth.frameworks import Framework


def finding_detail(finding: Finding, framework: Framework) -> Json:
    """The fields of its kind alone; None where something was not said.

    `word` is what the framework's wheel calls a feeling of this strength, in the interview's language.
    """
    detail = finding.detail
    if isinstance(detail, Motivation):
        return {"driver": detail.driver, "question": detail.question}
    if isinstance(detail, Emotion):
        return {
            "emotion": detail.emotion,
            "word": _word(detail, finding.language, framework),
            "valence": detail.valence,
            "intensity": detail.intensity,
            "stated": detail.stated,
            "trigger": detail.trigger,
            "reading": detail.reading,
        }
    return {
        "channel": detail.channel,
        "from_channel": detail.from_channel,
        "context_kept": detail.context_kept,
        "story_order": detail.story_order,
        "initiator": detail.initiator,
        "effort": detail.effort,
        "outcome": detail.outcome,
        "repeated": detail.repeated,
        "skipped": detail.skipped,
        "matters": detail.matters,
    }


def _word(detail: Emotion, language: str, framework: Framework) -> str:
    for emotion in framework.emotions:
        if emotion.key == detail.emotion:
            return emotion.word(language, detail.intensity)
    return detail.emotion  # of a framework that the study had before
