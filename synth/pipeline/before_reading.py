"""What a person sees before uploaded files are read: what it would cost, and what would leave this machine."""

from __future__ import annotations

from dataclasses import dataclass

from synth.built_in import is_built_in
from synth.errors import SynthError
from synth.pipeline.estimate import Estimate, estimate_run
from synth.pipeline.jobs import wished_settings
from synth.pipeline.names import are_replaced
from synth.pipeline.progress import Silent
from synth.pipeline.redacting import preview_redaction
from synth.pipeline.uploading import laid_out
from synth.privacy import Preview
from synth.store import Store, Study


@dataclass(frozen=True, slots=True)
class BeforeReading:
    """For the files of a study that wait."""

    estimate: Estimate | None
    """None where it cannot be told; `problem` says why."""
    preview: Preview | None
    """What would be replaced before anybody reads; None where names are left as they are."""
    leaves: bool = False
    """Whether words are sent to a model."""
    problem: str = ""


def look_before_reading(store: Store, study: Study, wishes: dict[str, object]) -> BeforeReading:
    """Read the waiting files in memory and say what a run would take; nothing is stored or sent.

    Args:
        store: where the study is.
        study: whose waiting files are meant.
        wishes: as `synth.pipeline.jobs.ask_run` takes them.
    """
    with laid_out(store, study) as (folder, _):
        paths = [str(one) for one in sorted(folder.iterdir())]
        try:
            settings = wished_settings(store.path, study, wishes, paths)
            estimate = estimate_run(settings, Silent())
            leaves = not is_built_in(settings.model)
            if not are_replaced(store, study, settings.names, leaves):
                return BeforeReading(estimate, None, leaves)
            shown = preview_redaction(paths, store.path, study.name, settings.reading, None, Silent())
        except SynthError as error:
            return BeforeReading(None, None, problem=str(error))
    return BeforeReading(estimate, shown.preview, leaves)
