"""What a finding was coded as, as plain values: the same names in JSON and in tables."""

from __future__ import annotations

from dataclasses import asdict

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
        word = _word(detail, finding.language, framework)
        return {"emotion": detail.emotion, "word": word} | asdict(detail)
    return asdict(detail)


def _word(detail: Emotion, language: str, framework: Framework) -> str:
    for emotion in framework.emotions:
        if emotion.key == detail.emotion:
            return emotion.word(language, detail.intensity)
    return detail.emotion  # of a framework that the study had before
