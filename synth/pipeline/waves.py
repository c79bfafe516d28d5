"""Two waves of a study beside each other, from what is stored: nothing is asked."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from threading import Lock

from synth.analyst import MapReply
from synth.collecting import collecting_seldom
from synth.domain import (
    Emotion,
    Finding,
    JourneyMap,
    Persona,
    PhaseColumn,
    Role,
    Touchpoint,
    Transcript,
    distinct,
)
from synth.errors import InputError
from synth.export.waves import render_waves, waves_page
from synth.frameworks import Framework
from synth.journeys import build_map, commonest, feelings_by_phase, find_marks, map_task
from synth.personas import make_passages
from synth.pipeline.loading import load_results
from synth.pipeline.names import shown_results
from synth.pipeline.reports import file_stem
from synth.pipeline.shown import ShownStudies, ShownStudy
from synth.pipeline.studies import checked_text
from synth.regroup import regroup_themes
from synth.results import Results
from synth.store import Store, Study
from synth.waves import Felt, WaveComparison, compare_waves

MOST_WAVE = 60
"""Signs of a wave's name."""


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


def name_wave(store: Store, study: Study, wave: str, name: str) -> int:
    """Give a wave another name; of one that is there already, the two become one. Drafts follow with the next run.

    Args:
        store: where the study is.
        study: whose wave.
        wave: as it is called now; empty for the interviews that are of none.
        name: as it is to be called; empty for none.

    Returns:
        How many interviews it has.

    Raises:
        InputError: no interview is of this wave.
        RuleError: it cannot be called that.
    """
    named = checked_text(name, MOST_WAVE)
    with store.write():
        size = store.wave_sizes(study).get(wave, 0)
        if not size:
            raise InputError("No interview is of this wave. Nothing was changed.")
        store.name_wave(study, wave, named)
    return size


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
    _check_two(study, study_waves(results.transcripts), waves)
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


def glance_waves(
    store: Store, shown: ShownStudies, seen: ShownStudy, waves: tuple[str, str], language: str
) -> WavesSeen:
    """The same comparison for a page: counted without loading a word, and kept until the study changes.

    Args:
        store: where the study is.
        shown: hides names in the labels of themes.
        seen: the study.
        waves: earlier and later, by name.
        language: in which drivers and channels are named.

    Raises:
        InputError: no interview is of one of these waves, or both are the same.
    """
    study = seen.study
    _check_two(study, store.waves(study), waves)
    results, mask = shown.results(seen, [], []), shown.mask(store, study)
    # Decisions on claims change nothing of what is counted; those on themes do, and so does a name that is learned.
    decided = store.theme_decisions(study)
    labels = tuple(mask(one) for one in (*(t.label for t in seen.draft.themes), *(d.after or "" for d in decided)))
    key = (store.path, study.id, store.study_version(study).material, seen.draft_id, labels, waves, language)
    with _LOCK:
        if key in _GLANCES:
            _GLANCES.move_to_end(key)
            return WavesSeen(results, *_GLANCES[key])
    # Hundreds of thousands of findings that hold no cycle are made, and go again.
    with collecting_seldom():
        people = [store.people_of_wave(study, wave) for wave in waves]
        found = [list(store.findings_of_wave(study, wave)) for wave in waves]
        known = {one.id for side in found for one in side}
        # Regrouping counts people anew, so it is given what it may count.
        drafted = [
            replace(one, finding_ids=tuple(i for i in one.finding_ids if i in known)) for one in seen.draft.themes
        ]
        themes = regroup_themes(drafted, store.decisions(study), [*found[0], *found[1]])
        felt = (feelings_by_phase(found[0], seen.framework), feelings_by_phase(found[1], seen.framework))
        comparison = compare_waves(
            *found,
            people=(people[0], people[1]),
            themes=[replace(one, label=mask(one.label)) for one in themes],
            framework=seen.framework,
            waves=waves,
            language=language,
            felt=felt,
        )
        maps = [counted_map(found[n], seen.framework, waves[n], felt[n]) for n in (0, 1)]
    with _LOCK:
        _GLANCES[key] = comparison, (maps[0], maps[1])
        while len(_GLANCES) > _MOST_KEPT:
            _GLANCES.popitem(last=False)
    return WavesSeen(results, comparison, (maps[0], maps[1]))


_LOCK = Lock()
_GLANCES: OrderedDict[tuple[object, ...], tuple[WaveComparison, tuple[JourneyMap, JourneyMap]]] = OrderedDict()
_MOST_KEPT = 8


def _check_two(study: Study, known: Sequence[str], waves: tuple[str, str]) -> None:
    for wave in waves:
        if wave not in known:
            there = ", ".join(f"'{one}'" for one in known) or "none: give one with synth run --wave"
            raise InputError(f"No interview of '{study.name}' is of wave '{wave}'. Its waves are: {there}.")
    if waves[0] == waves[1]:
        raise InputError("Give two different waves to compare.")


@dataclass(frozen=True, slots=True)
class WaveMap:
    """What was counted of some people in one wave, as a map without sentences."""

    wave: str
    people: tuple[str, ...]
    journey: JourneyMap


def wave_map(store: Store, study: Study, framework: Framework, wave: str, among: Collection[str] | None) -> WaveMap:
    """Feelings and channels of a wave by phase; no words are loaded.

    Args:
        store: where they are.
        study: of which study.
        framework: its phases.
        wave: of which wave.
        among: of these people only; None for everybody.
    """
    people = tuple(one for one in store.people_of_wave(study, wave) if among is None or one in among)
    found = list(store.findings_of_wave(study, wave, None if among is None else people))
    return WaveMap(wave, people, counted_map(found, framework, wave))


def counted_map(findings: Sequence[Finding], framework: Framework, wave: str, felt: Felt | None = None) -> JourneyMap:
    """Feelings and channels by phase, as a map without sentences, people's paths and quotes.

    Args:
        findings: of one wave.
        framework: its phases.
        wave: which wave.
        felt: how people felt in it, phase by phase, where that is known already.
    """
    felt = felt or feelings_by_phase(findings, framework)
    told: dict[str, list[Finding]] = defaultdict(list)
    used: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in findings:
        if one.phase and isinstance(one.detail, Emotion):
            told[one.phase].append(one)
        elif one.phase and isinstance(one.detail, Touchpoint):
            used[one.phase][one.detail.channel].add(one.participant_id)
    columns = []
    for phase, feelings in felt.items():
        values = [one.valence for one in feelings]
        middle = round(mean(values), 2) if values else None
        columns.append(
            PhaseColumn(
                phase=phase,
                participant_ids=distinct([one.participant_id for one in feelings]),
                feelings=feelings,
                mean=middle,
                spread=None,
                emotion=commonest(told[phase], middle, framework),
                channels={key: tuple(sorted(people)) for key, people in sorted(used[phase].items())},
                channel_finding_ids={},
                claims=(),
                quotes=(),
            )
        )
    known = [(one.phase, one.mean, len(one.feelings)) for one in columns if one.mean is not None]
    peak, low, end = find_marks(known)
    return JourneyMap(
        id=f"wave {wave}", persona_id="", title=wave, framework=framework.key, wave=wave, phases=tuple(columns),
        path=(), switches=(), peak=peak, low=low, end=end, reading="", unplaced_finding_ids=(),
    )  # fmt: skip


def write_waves(seen: WavesSeen, out_dir: str, persona: str) -> Path:
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
