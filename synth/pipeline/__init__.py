"""Runs the steps over a study, resumes, reports progress: what the command line and the web call.

Nothing here decides how a step is done; the steps are values in, values out, and this is where they meet files, the
store and the analyst.
"""

from __future__ import annotations

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
