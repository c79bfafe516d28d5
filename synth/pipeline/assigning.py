"""Placing participants with personas that were there before: only looking, or as part of a run."""

from __future__ import annotations

from pathlib import Path

from synth.assigning import GivenPersona, fit_participants, personas_of
from synth.domain import Fit
from synth.errors import InputError, NotFoundError
from synth.frameworks import Framework
from synth.given import read_personas
from synth.pipeline.loading import load_results, study_framework
from synth.store import Store, Study


def read_persona_file(path: str, framework: Framework) -> list[GivenPersona]:
    """The personas of a file: hand-made YAML or JSON, or an export of a study.

    Raises:
        InputError: it cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise InputError(f"{path}: the personas cannot be read ({why}).") from error
    return read_personas(text, path, framework)


def assign_study(store: Store, study: Study, path: str | None) -> tuple[list[GivenPersona], list[Fit]]:
    """Who fits which persona; nothing is changed.

    Args:
        store: holds the study.
        study: whose participants are placed, all that have a finding.
        path: of a file with personas; None for those of the study's own draft.

    Raises:
        InputError: the file cannot be used.
        NotFoundError: the study has no findings yet, or no draft where its own personas are asked for.
    """
    framework = study_framework(study)
    transcripts = store.current_transcripts(study)
    here = {one.id for one in transcripts}
    findings = [one for one in store.findings(study) if one.evidence.transcript_id in here]
    if not findings:
        raise NotFoundError(f"Study '{study.name}' has no findings yet: `synth run` reads its interviews.")
    if path is None:
        given = personas_of(load_results(store, study).draft.personas, findings, transcripts)
        if not given:
            raise NotFoundError(f"The draft of '{study.name}' has no persona. Give a file with --personas.")
    else:
        given = read_persona_file(path, framework)
    return given, fit_participants(given, findings, transcripts, framework, study.language or "en")
