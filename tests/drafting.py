"""A small invented study for the tests of drafting: four people in one segment, two outside it."""

from __future__ import annotations

from collections.abc import Sequence

from synth.analyst import ClaimReply, MapReply, Passage, PersonaReply
from synth.domain import Emotion, Evidence, Finding, Motivation, Touchpoint, content_id
from synth.frameworks import load_framework
from synth.segments import Segment

Detail = Motivation | Emotion | Touchpoint
FRAMEWORK = load_framework()
SEGMENT = Segment(("P1", "P2", "P3", "P4"), "P2", ("P4",), 0.8)


def passage(
    person: str,
    detail: Detail,
    words: str,
    phase: str | None = "use",
    *,
    line: int = 1,
    language: str = "en",
    confidence: float = 0.8,
) -> Passage:
    """One finding with its words."""
    evidence = Evidence(f"t-{person}", line, line)
    key = content_id(person, repr(detail), words, line)
    return Passage(Finding(key, person, evidence, "label", language, phase, detail, confidence), words)


def claim_reply(section: str, findings: Sequence[int], **fields: object) -> ClaimReply:
    """A claim as an analyst gives it."""
    given = {"key": None, "phase": None, "text": "Wants one clear amount", "against": [], **fields}
    return ClaimReply.model_validate({"section": section, "findings": list(findings), **given})


def persona_reply(*claims: ClaimReply, **fields: object) -> PersonaReply:
    """A persona as an analyst gives it."""
    given = {"name": "No surprises", "hero": 1, "quotes": [], "unknowns": [], **fields}
    return PersonaReply.model_validate({"claims": list(claims), **given})


def map_reply(*claims: ClaimReply, **fields: object) -> MapReply:
    """A map as an analyst gives it."""
    given = {"title": "The journey", "quotes": [], "reading": "", **fields}
    return MapReply.model_validate({"claims": list(claims), **given})


def everybody() -> tuple[Passage, ...]:
    """Two phases, three kinds, six people."""
    rows = []
    for person in ("P1", "P2", "P3", "P4"):
        rows += [
            passage(person, Motivation("feel secure"), "I want to know what it will cost me.", "consideration", line=3),
            passage(person, Touchpoint("phone"), "I called them about the bill.", "use", line=10),
        ]
    for person, valence in (("P1", -2), ("P2", -1), ("P3", -1), ("P4", 1)):
        emotion = Emotion("anger" if valence < 0 else "relief", valence)
        rows.append(passage(person, emotion, "That evening I could not sleep because of it.", "use", line=11))
    for person in ("P5", "P6"):
        rows += [
            passage(person, Motivation("thrill"), "It is a game to me and I like to win.", "awareness", line=2),
            passage(person, Touchpoint("app"), "I did it on the app at night.", "purchase", line=5),
        ]
    return tuple(rows)
