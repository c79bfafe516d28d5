"""A study as it is shown: the newest draft with people's decisions, and everything it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from synth.domain import Coverage, Draft, Finding, Role, Transcript
from synth.errors import NotFoundError
from synth.frameworks import Framework, load_framework, read_framework
from synth.listing import interview_place, natural
from synth.measured import score_phases
from synth.packed import packed
from synth.pipeline.coding import unreadable
from synth.regroup import regroup_themes
from synth.results import Failure, Results
from synth.review import apply_decisions
from synth.store import Store, Study
from synth.store.drafts import StoredDraft


def load_results(store: Store, study: Study) -> Results:
    """Everything that a page, a report or an export needs.

    Raises:
        NotFoundError: the study has no draft yet.
    """
    stored = newest_draft(store, study)
    decisions = store.decisions(study)
    shown = apply_decisions(stored.draft, decisions, store.decided_claims(study))
    transcripts = list(map(packed, store.shelf(study)))
    here = {transcript.id for transcript in transcripts}
    findings = [finding for finding in store.findings(study) if finding.evidence.transcript_id in here]
    cited = _cited(shown.draft) - {finding.id for finding in findings}
    # A decided claim may stand on findings of an earlier reading: they are shown with it.
    findings += store.findings_by_id(study, sorted(cited))
    older = sorted({finding.evidence.transcript_id for finding in findings} - here)
    transcripts += [packed(store.transcript(study, transcript_id)) for transcript_id in older]
    transcripts.sort(key=lambda one: (interview_place(one.people, one.name), one.id))
    place = {transcript.id: at for at, transcript in enumerate(transcripts)}
    findings.sort(key=lambda one: (place[one.evidence.transcript_id], one.evidence.first_line, one.evidence.last_line))
    waves = sorted({transcript.wave for transcript in transcripts if transcript.wave})
    framework = study_framework(study)
    themes = regroup_themes(shown.draft.themes, decisions, findings)
    return Results(
        study=study.name,
        subject=study.subject,
        language=study.language,
        framework=framework,
        wave=waves[0] if len(waves) == 1 else (", ".join(waves) or None),
        transcripts=tuple(transcripts),
        participants=tuple(store.participants(study)),
        findings=tuple(findings),
        refusals=tuple(store.refusals(study)),
        draft=replace(shown.draft, themes=themes),
        coverage=tuple(measure_coverage(transcripts, findings)),
        failures=tuple(list_failures(store, study)),
        provenance=stored.provenance,
        states=shown.states,
        scores=score_phases(store.measured(study), store.points(study), framework.phase_keys),
    )


def newest_draft(store: Store, study: Study) -> StoredDraft:
    """The newest draft as it was made.

    Raises:
        NotFoundError: the study has none yet.
    """
    stored = store.last_draft(study)
    if stored is None:
        raise NotFoundError(
            f"Study '{study.name}' has no draft yet. `synth run FOLDER --study '{study.name}'` makes one."
        )
    return stored


def study_framework(study: Study) -> Framework:
    """The framework of a study, as it was when the study was made."""
    return (
        read_framework(study.framework_yaml, study.framework)
        if study.framework_yaml
        else load_framework(study.framework)
    )


def list_failures(store: Store, study: Study) -> list[Failure]:
    """Files that were not read and chunks that were not coded, with the reasons."""
    names = store.transcript_names(study)
    failures = [Failure(file.name, file.why or "") for file in store.files(study) if file.state == "failed"]
    failures += [
        Failure(
            f"{names[coding.transcript_id]}, lines {coding.first_line} to {coding.last_line}"
            + (f", pass {coding.pass_number}" if coding.pass_number > 1 else ""),
            coding.why or "",
        )
        for coding in sorted(store.codings(study), key=lambda one: natural(names[one.transcript_id]))
        if coding.state == "failed"
    ]
    return failures + _unread(store, study)


def _unread(store: Store, study: Study) -> list[Failure]:
    """Interviews of which nothing was read: in a language the reader does not know, or after a run that stopped."""
    tried = {coding.transcript_id for coding in store.codings(study)}
    run = store.last_run(study)
    model = str(run["model"]) if run else ""
    heads = [one for one in store.shelf(study).heads() if one.id not in tried]
    return [Failure(one.name, unreadable(model, one) or "it was not read yet. Run again.") for one in heads]


def measure_coverage(transcripts: Sequence[Transcript], findings: Sequence[Finding]) -> list[Coverage]:
    """For each participant in each transcript, how much of what they said any finding cites."""
    cited: dict[str, set[int]] = {}
    for finding in findings:
        where = finding.evidence
        cited.setdefault(where.transcript_id, set()).update(range(where.first_line, where.last_line + 1))
    measured = []
    for transcript in transcripts:
        lines = cited.get(transcript.id, set())
        for speaker in transcript.speakers:
            if speaker.role is Role.INTERVIEWER or speaker.participant is None:
                continue
            turns = [turn for turn in transcript.turns if turn.speaker == speaker.name]
            spoken = [line for turn in turns for line in transcript.lines[turn.first_line - 1 : turn.last_line]]
            measured.append(
                Coverage(
                    participant_id=speaker.participant,
                    transcript_id=transcript.id,
                    cited_characters=sum(line.end - line.start for line in spoken if line.number in lines),
                    spoken_characters=sum(line.end - line.start for line in spoken),
                    uncited_turns=tuple(
                        turn.number
                        for turn in turns
                        if not lines.intersection(range(turn.first_line, turn.last_line + 1))
                    ),
                )
            )
    return measured


def _cited(draft: Draft) -> set[str]:
    cited = {finding for claim in draft.claims() for finding in (*claim.finding_ids, *claim.against_finding_ids)}
    return cited | {quote.finding_id for persona in draft.personas for quote in persona.quotes}
