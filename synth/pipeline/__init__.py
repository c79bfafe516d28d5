"""Runs the steps over a study, resumes, reports progress: what the command line and the web call.

Nothing here decides how a step is done; the steps are values in, values out, and this is where they meet files, the
store and the analyst. A step is imported when it is first named: a run should not wait for what it does not use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synth.pipeline.codebooks import (
        adopt_themes,
        drop_code,
        export_codebook,
        import_codebook,
        merge_themes,
        proposed_codes,
        put_code,
        rename_theme,
        split_theme,
        study_codebook,
        undo_theme,
    )
    from synth.pipeline.deciding import decide_claim
    from synth.pipeline.estimate import Estimate, estimate_run
    from synth.pipeline.evaluating import evaluate_folder
    from synth.pipeline.loading import load_results
    from synth.pipeline.progress import Progress, Silent
    from synth.pipeline.reports import export_study, write_report
    from synth.pipeline.run import RunSettings, run_study
    from synth.pipeline.run_report import RunReport
    from synth.pipeline.status import StudyStatus, study_status

__all__ = [
    "Estimate",
    "Progress",
    "RunReport",
    "RunSettings",
    "Silent",
    "StudyStatus",
    "adopt_themes",
    "decide_claim",
    "drop_code",
    "estimate_run",
    "evaluate_folder",
    "export_codebook",
    "export_study",
    "import_codebook",
    "load_results",
    "merge_themes",
    "proposed_codes",
    "put_code",
    "rename_theme",
    "run_study",
    "split_theme",
    "study_codebook",
    "study_status",
    "undo_theme",
    "write_report",
]

_MODULES = {
    "codebooks": (
        "adopt_themes",
        "drop_code",
        "export_codebook",
        "import_codebook",
        "merge_themes",
        "proposed_codes",
        "put_code",
        "rename_theme",
        "split_theme",
        "study_codebook",
        "undo_theme",
    ),
    "deciding": ("decide_claim",),
    "estimate": (
        "Estimate",
        "estimate_run",
    ),
    "evaluating": ("evaluate_folder",),
    "loading": ("load_results",),
    "progress": (
        "Progress",
        "Silent",
    ),
    "reports": (
        "export_study",
        "write_report",
    ),
    "run": (
        "RunSettings",
        "run_study",
    ),
    "run_report": ("RunReport",),
    "status": (
        "StudyStatus",
        "study_status",
    ),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"synth.pipeline.{_PLACES[name]}"), name)
    globals()[name] = found
    return found
