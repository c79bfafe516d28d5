"""Two waves of a study beside each other, from what is stored: nothing is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from synth.analyst import MapReply
from synth.domain import Finding, JourneyMap, Persona, Role, Transcript, distinct
from synth.errors import InputError
from synth.export.waves import render_waves, waves_page
from synth.journeys import build_map, map_task
from synth.personas import make_passages
from synth.pipeline.loading import load_results
from synth.pipeline.names import shown_results
from synth.pipeline.reports import file_stem
from synth.results import Results
from synth.store import Store, Study
from synth.waves import WaveComparison, compare_waves


@dataclass(frozen=True, slots=True)
class WavesSeen:
    """Two waves with what a page needs to show them."""

    results: Results
    comparison: WaveComparison
    maps: tuple[JourneyMap, JourneyMap]
    """Of everybody in each wave: counted columns, no drafted sentences."""


def study_waves(transcripts: tuple[Transcript, ...]) -> tuple[str, ...]:
    """The waves that interviews name, in order of their names."""
    return distinct([one.wave for one in transcripts if one.wave])


def see_waves(store: Store, study: Study, waves: tuple[str, str], persona_id: str | None = None) -> WavesSeen:
    """Compare two waves of a study.

    Args:
        store: where the study is.
        study: its interviews carry waves (`synth run --wave`, or a column `wave` in participants.csv).
        waves: earlier and later, by name.
        persona_id: of whose people only; None for everybody.

    Raises:
        InputError: no interview is of one of these waves, both are the same, or there is no such persona.
        NotFoundError: the study has no draft yet.
    """
    results = shown_results(store, study, load_results(store, study))
    known = study_waves(results.transcripts)
    for wave in waves:
        if wave not in known:
            there = ", ".join(f"'{one}'" for one in known) or "none: give one with synth run --wave"
            raise InputError(f"No interview of '{study.name}' is of wave '{wave}'. Its waves are: {there}.")
    if waves[0] == waves[1]:
        raise InputError("Give two different waves to compare.")
    among = _people(results, persona_id)
    sides = [_side(results, wave, among) for wave in waves]
    comparison = compare_waves(
        sides[0].findings,
        sides[1].findings,
        people=(sides[0].people, sides[1].people),
        themes=results.draft.themes,
        framework=results.framework,
        waves=waves,
        language=results.language,
    )
    return WavesSeen(results, comparison, (_map(results, sides[0], waves[0]), _map(results, sides[1], waves[1])))


def write_waves(seen: WavesSeen, out_dir: str, persona: str = "") -> Path:
    """Write the page of two waves into the folder of the report, to whose lines it links.

    Raises:
        InputError: it cannot be written.
    """
    stem = file_stem(seen.results.study)
    names = "-".join(file_stem(wave) for wave in seen.comparison.waves)
    page = waves_page(seen.results, seen.comparison, seen.maps, persona=persona, report=f"{stem}.html")
    path = Path(out_dir) / f"{stem}-waves-{names}.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(render_waves(page))
    except OSError as error:
        raise InputError(f"{path}: the page cannot be written ({error.strerror}). Give another folder.") from error
    return path


@dataclass(frozen=True, slots=True)
class _Side:
    transcripts: tuple[Transcript, ...]
    people: tuple[str, ...]
    findings: tuple[Finding, ...]


def _people(results: Results, persona_id: str | None) -> frozenset[str]:
    if persona_id is None:
        return frozenset(one.id for one in results.participants)
    for persona in results.draft.personas:
        if persona_id in (persona.id, persona.name):
            return frozenset(persona.participant_ids)
    names = ", ".join(f"'{one.name}'" for one in results.draft.personas)
    raise InputError(f"No persona '{persona_id}'. There are: {names}.")


def _side(results: Results, wave: str, among: frozenset[str]) -> _Side:
    here = tuple(one for one in results.transcripts if one.wave == wave)
    ids = {one.id for one in here}
    people = distinct(
        [
            speaker.participant
            for transcript in here
            for speaker in transcript.speakers
            if speaker.participant in among and speaker.role is not Role.INTERVIEWER
        ]
    )
    findings = tuple(
        one for one in results.findings if one.evidence.transcript_id in ids and one.participant_id in among
    )
    return _Side(here, people, findings)


def _map(results: Results, side: _Side, wave: str) -> JourneyMap:
    everybody = Persona(f"wave {wave}", wave, side.people, (), None, (), (), ())
    passages = make_passages(side.findings, side.transcripts)
    task = map_task(
        everybody, passages, framework=results.framework, subject=results.subject, language=results.language
    )
    bare = MapReply(title=wave, claims=[], quotes=[], reading="")
    return build_map(task, bare, everybody, passages, wave=wave)[0]
