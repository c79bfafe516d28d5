"""Files that people gave in the browser: corrected, taken away, and handed to a run.

A file is kept in the database until a run has read it (`synth.pipeline.taking`). Corrections are stored beside it and
become rows of a table of participants, so that a run in the browser and one on the command line read the same way.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from synth.domain import Role, fold_space
from synth.errors import InputError, ReadError
from synth.parse import PersonRow, ReadSettings, is_named, read_participants
from synth.parse.files import is_roster
from synth.pipeline.taking import tell_copies_anew
from synth.store import Store, Study
from synth.store.uploads import Upload

FOLDER = "uploads"
"""The folder that files are read from: part of what tells a file from others of its name."""
ROLES = tuple(role.value for role in Role)


def correct_upload(
    store: Store,
    study: Study,
    upload_id: str,
    *,
    wave: str,
    speakers: Sequence[Mapping[str, str]],
    attributes: Mapping[str, Mapping[str, str]],
) -> Upload:
    """Keep what a person corrected of how a file was read.

    Args:
        store: where it is.
        study: to which it belongs.
        upload_id: which file.
        wave: when the interview was taken; empty for none.
        speakers: `transcript` (its place in the file, from 0), `speaker` (the label as it stands), `role`, and
            `participant`, the id of whose voice it is. Two speakers of one id are one person.
        attributes: participant to what is known of them.

    Raises:
        NotFoundError: there is no such file.
        InputError: it was or is being read, a role is none, or a participant has no id.
    """
    upload = store.upload(study, upload_id)
    if upload.state == "refused":
        raise InputError("This file could not be read: there is nothing to correct in it.")
    _check_untouched(store, study, upload)
    kept = []
    for one in speakers:
        role, participant = one.get("role", ""), fold_space(one.get("participant", ""))[:60]
        if role not in ROLES:
            raise InputError(f"'{role}' is no role. Give one of {', '.join(ROLES)}.")
        if role == Role.PARTICIPANT and not participant:
            raise InputError(f"Give an id for {one.get('speaker') or 'the speaker'}, such as P07: names stay at home.")
        kept.append(
            {
                "transcript": int(one.get("transcript", 0)),
                "speaker": str(one.get("speaker", "")),
                "role": role,
                "participant": participant,
            }
        )
    if kept and not any(one["role"] == Role.PARTICIPANT for one in kept):
        raise InputError("Nobody in this interview is a participant: say whose journey it is.")
    corrections = {
        "wave": fold_space(wave)[:60],
        "speakers": kept,
        "attributes": {
            fold_space(who)[:60]: {fold_space(key)[:60]: fold_space(value)[:200] for key, value in facts.items() if key}
            for who, facts in attributes.items()
            if facts
        },
    }
    store.correct_upload(study, upload_id, corrections)
    return store.upload(study, upload_id)


def remove_upload(store: Store, study: Study, upload_id: str, settings: ReadSettings) -> None:
    """Take a file away that no run has looked into.

    Args:
        store: where it is.
        study: to which it belongs.
        upload_id: which file.
        settings: how files would be read.

    Raises:
        NotFoundError: there is no such file.
        InputError: it was or is being read: its words are the study's then.
    """
    upload = store.upload(study, upload_id)
    if upload.state != "refused":
        _check_untouched(store, study, upload)
    store.settle_upload(study, upload_id, "removed")
    tell_copies_anew(store, study, upload.name, settings)


def _check_untouched(store: Store, study: Study, upload: Upload) -> None:
    # A run that failed or was killed after it had read the file has not said so in the upload.
    read = {head.source_sha256 for head in store.shelf(study).heads()}
    if upload.state == "read" or upload.sha256 in read:
        raise InputError("This file was read already. `synth withdraw` removes a person with every trace.")
    if any(job.live for job in store.jobs(study, limit=1)):
        raise InputError("A run reads this file now. Wait until it has ended, or cancel it first.")


@contextmanager
def laid_out(store: Store, study: Study) -> Iterator[tuple[Path, list[Upload]]]:
    """The files that wait, in a folder of their own that is gone afterwards, with a table of what was corrected.

    Yields:
        The folder to run over, and the files in it.
    """
    waiting = store.uploads(study, state="waiting")
    rows = _rows_of(store, study, waiting)
    waiting = [_under_the_name_given(upload, rows) for upload in waiting]
    with TemporaryDirectory(prefix="synth-uploads-") as place:
        folder = Path(place) / FOLDER
        folder.mkdir(mode=0o700)
        for number, upload in enumerate(waiting):
            # Tables of participants are told by their names, so that two may share one.
            own = Path(place) / f"table-{number:04}" if is_roster(upload.name) else folder
            own.mkdir(mode=0o700, exist_ok=True)
            (own / upload.name).write_bytes(store.upload_content(study, upload.id))
        table = corrections_table(waiting)
        if table:
            # Read last, so that it wins over a table that was uploaded.
            (Path(place) / "~corrections").mkdir()
            (Path(place) / "~corrections" / "participants.csv").write_bytes(table)
        yield Path(place), waiting


def _rows_of(store: Store, study: Study, waiting: Sequence[Upload]) -> list[PersonRow]:
    """What the tables of participants among them say."""
    rows: list[PersonRow] = []
    for upload in waiting:
        if is_roster(upload.name):
            with suppress(ReadError):  # told when it was uploaded, and again by the run
                rows += read_participants(store.upload_content(study, upload.id), upload.name)
    return rows


def _under_the_name_given(upload: Upload, rows: Sequence[PersonRow]) -> Upload:
    """The file under that of its names which a table of participants gives it; else as it came first."""
    name = next((one for one in (upload.name, *upload.reading.get("also", ())) if is_named(one, rows)), upload.name)
    if name == upload.name:
        return upload
    heard = [{**one, "name": name + one["name"].removeprefix(upload.name)} for one in upload.heard]
    return replace(upload, name=name, reading={**upload.reading, "transcripts": heard})


def corrections_table(uploads: Sequence[Upload]) -> bytes:
    """What was corrected, as a table of participants (docs/reading.md); empty where nothing was."""
    rows: list[dict[str, str]] = []
    for upload in uploads:
        heard = upload.heard
        facts: Mapping[str, Mapping[str, str]] = upload.corrections.get("attributes", {})
        for one in upload.corrections.get("speakers", ()):
            file = heard[one["transcript"]]["name"] if one["transcript"] < len(heard) else upload.name
            role = "other" if one["role"] == Role.UNKNOWN else one["role"]
            row = {
                "participant": one["participant"] or one["speaker"] or role,
                "file": file,
                "speaker": one["speaker"],
                "wave": upload.corrections.get("wave", ""),
                "role": role,
            }
            rows.append({**facts.get(one["participant"], {}), **row})
    if not rows:
        return b""
    columns = list(
        dict.fromkeys(["participant", "file", "speaker", "wave", "role", *(key for row in rows for key in row)])
    )
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")
