"""The page of uploads: files that wait, how each was read at first sight, and what it takes to read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synth.built_in import BUILT_IN, BUILT_IN_LANGUAGES
from synth.domain import Role
from synth.pipeline.taking import Taken
from synth.pipeline.uploading import ROLES
from synth.pipeline.webhooks import webhook_secret
from synth.settings import load_settings
from synth.store import Store, Study
from synth.store.jobs import Job
from synth.store.uploads import Upload

FEW = 4
"""So many files are shown with their speakers; of more, those that need a look."""
SURE = 0.8
"""A role that is less sure than this is worth a look."""


@dataclass(frozen=True, slots=True)
class UploadsPage:
    """Files that wait, how each was read at first sight, and what it takes to read them."""

    study: Study
    uploads: tuple[Upload, ...]
    waiting: int
    interviews: int
    """Already read."""
    job: Job | None
    """The newest run."""
    taken: tuple[Taken, ...]
    """What was not taken just now, with the reason."""
    models: tuple[str, ...]
    model: str
    roles: tuple[str, ...]
    open_id: str
    problem: str
    opened: frozenset[str]
    """Files whose speakers are shown at once: all of few, else those with something to look at."""
    built_in: tuple[str, ...]
    """Languages that the built-in reader reads, and the one that stands for not known."""
    secret: str
    """Of the study's webhooks."""
    typed: Mapping[str, str]
    """What was asked of a run that could not begin."""

    @property
    def refused(self) -> int:
        """Files that cannot be read."""
        return sum(one.state == "refused" for one in self.uploads)


def uploads_page(
    store: Store,
    study: Study,
    *,
    open_id: str = "",
    taken: tuple[Taken, ...] = (),
    problem: str = "",
    typed: Mapping[str, str] | None = None,
) -> UploadsPage:
    """The page as a value."""
    uploads = store.uploads(study)
    jobs = store.jobs(study, limit=1)
    settings = load_settings()
    models = dict.fromkeys([BUILT_IN, settings.model])
    shown = tuple(one for one in uploads if one.state in ("waiting", "refused"))
    return UploadsPage(
        study=study,
        uploads=shown,
        waiting=sum(one.state == "waiting" for one in uploads),
        interviews=store.interviews_part(study, 0, 0)[0],
        job=jobs[0] if jobs else None,
        taken=taken,
        models=tuple(models),
        model=(typed or {}).get("model") or settings.model,
        roles=ROLES,
        open_id=open_id,
        problem=problem,
        opened=frozenset(one.id for one in shown if len(shown) <= FEW or one.id == open_id or _doubtful(one)),
        built_in=(*BUILT_IN_LANGUAGES, "und"),
        secret=webhook_secret(store.path, study.id),
        typed=typed or {},
    )


def _doubtful(upload: Upload) -> bool:
    """Whether somebody should look at who is who in a file."""
    roles = [speaker["role"] for one in upload.heard for speaker in one["speakers"]]
    unsure = any(speaker["sure"] < SURE for one in upload.heard for speaker in one["speakers"])
    return not upload.corrections and (unsure or Role.UNKNOWN in roles or Role.PARTICIPANT not in roles)
