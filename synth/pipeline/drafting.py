"""From findings to a stored draft: themes, segments, then for each segment its persona and its map.

The same findings, settings and analyst give the same draft, which is not made twice. Where an analyst fails at one
piece the draft is made without it, the failure is listed, and the next run tries that piece again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from synth.analyst import DraftMap, DraftPersona, MapReply, MergeLabels, MergeReply, Passage, PersonaReply
from synth.asking import Asked, Tally, ask
from synth.domain import Draft, Finding, JourneyMap, Kind, Persona, Refusal, Theme, Transcript, content_id, fold_space
from synth.errors import ModelError, SynthError
from synth.journeys import build_map, map_task
from synth.personas import build_persona, keep_persona_ids, make_passages, persona_task
from synth.pipeline.analysts import OFFLINE, quality_of
from synth.pipeline.coding import Coder
from synth.results import Failure, Provenance
from synth.segments import Segmentation, segment_participants
from synth.store.base import now_utc
from synth.themes import build_themes, merge_tasks

DRAFT_VERSION = 1
"""Part of what decides a draft: raised when the computed parts of drafts change."""
_REFUSED_IN_DRAFT = "draft"


@dataclass(slots=True)
class DraftOutcome:
    """How drafting went."""

    failures: list[Failure] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    """Task to the version of its prompt."""


async def draft_study(coder: Coder, transcripts: Sequence[Transcript], personas: int | None) -> DraftOutcome:
    """Draft from all current findings, and store the draft.

    Args:
        coder: who drafts, and where the draft goes.
        transcripts: the current ones, as this analyst may see them.
        personas: how many at the most; None: up to five, as many as the data carry.

    Raises:
        BudgetReachedError: what was answered is stored, no draft was made.
        ModelError: the model refuses every call.
    """
    outcome = DraftOutcome()
    here = {transcript.id for transcript in transcripts}
    findings = [f for f in coder.store.findings(coder.study) if f.evidence.transcript_id in here]
    inputs = _inputs(coder, findings, transcripts, personas)
    last = coder.store.last_draft(coder.study)
    if last is not None and last.inputs_key == inputs:
        return outcome
    drafter = _Drafter(coder, outcome)
    themes = await drafter.themes(findings, transcripts)
    segmentation = drafter.segments(findings, transcripts, themes, personas)
    if last is not None:
        kept = keep_persona_ids(segmentation.segments, last.draft.personas)
        segmentation = replace(segmentation, segments=kept)
    draft = await drafter.draft(findings, transcripts, themes, segmentation)
    coder.store.put_refusals(coder.study, _REFUSED_IN_DRAFT, outcome.refusals)
    # A draft with a piece missing is of other inputs than a whole one, so that the next run makes it anew.
    key = content_id(inputs, [failure.name for failure in outcome.failures]) if outcome.failures else inputs
    coder.store.put_draft(coder.study, key, draft, _provenance(coder, outcome))
    return outcome


async def segment_study(coder: Coder, transcripts: Sequence[Transcript], personas: int | None = None) -> Segmentation:
    """Only who belongs together, without drafting: for measuring.

    Raises:
        BudgetReachedError, ModelError: as `draft_study`.
    """
    drafter = _Drafter(coder, DraftOutcome())
    findings = coder.store.findings(coder.study)
    themes = await drafter.themes(findings, transcripts)
    return drafter.segments(findings, transcripts, themes, personas)


def _inputs(coder: Coder, findings: Sequence[Finding], transcripts: Sequence[Transcript], personas: int | None) -> str:
    probe = coder.analyst.request(MergeLabels(Kind.MOTIVATION, (), (), coder.framework, coder.study.language))
    people = [(one.id, one.wave, [(s.participant, s.role) for s in one.speakers]) for one in transcripts]
    return content_id(
        DRAFT_VERSION, probe.key, [repr(finding) for finding in findings], sorted(people, key=str), personas,
        coder.study.subject, coder.study.language, coder.framework.model_dump_json(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Drafter:
    coder: Coder
    outcome: DraftOutcome

    async def themes(self, findings: Sequence[Finding], transcripts: Sequence[Transcript]) -> tuple[Theme, ...]:
        texts = {transcript.id: transcript for transcript in transcripts}
        words = {
            finding.id: fold_space(
                texts[finding.evidence.transcript_id].slice(finding.evidence.first_line, finding.evidence.last_line)[2]
            )
            for finding in findings
        }
        tasks = merge_tasks(findings, words, self.coder.framework, self.coder.study.language)
        self.coder.progress.begin("Grouping findings", len(tasks))
        replies: list[MergeReply | None] = []
        for task in tasks:
            people = {finding.participant_id for finding in task.findings}
            asked = await self._ask(task, people, f"themes of {task.kind.value}s")
            replies.append(asked.reply if asked else None)
            self.coder.progress.advance()
        self.coder.progress.end()
        themes, refusals = build_themes(tasks, replies)
        self.outcome.refusals += refusals
        return themes

    def segments(
        self,
        findings: Sequence[Finding],
        transcripts: Sequence[Transcript],
        themes: tuple[Theme, ...],
        personas: int | None,
    ) -> Segmentation:
        coder = self.coder
        return segment_participants(
            findings, transcripts, themes, coder.framework, language=coder.study.language, personas=personas,
            vectors=coder.store if coder.analyst.model == OFFLINE else None,
        )  # fmt: skip

    async def draft(
        self,
        findings: Sequence[Finding],
        transcripts: Sequence[Transcript],
        themes: tuple[Theme, ...],
        segmentation: Segmentation,
    ) -> Draft:
        coder = self.coder
        passages = make_passages(findings, transcripts)
        waves = sorted({transcript.wave for transcript in transcripts if transcript.wave})
        people = len({s.participant for transcript in transcripts for s in transcript.speakers if s.participant})
        personas: list[Persona] = []
        maps: list[JourneyMap] = []
        coder.progress.begin("Drafting personas and maps", 2 * len(segmentation.segments))
        for number, segment in enumerate(segmentation.segments, start=1):
            task = persona_task(
                segment, passages, participants_in_study=people, taken_names=[p.name for p in personas],
                framework=coder.framework, subject=coder.study.subject, language=coder.study.language,
            )  # fmt: skip
            asked = await self._ask(task, set(segment.participant_ids), f"persona {number}")
            bare = PersonaReply(name=f"Persona {number}", claims=[], hero=0, quotes=[], unknowns=[])
            persona, refusals = build_persona(task, asked.reply if asked else bare, segment, passages)
            self.outcome.refusals += refusals
            personas.append(persona)
            coder.progress.advance()
            maps.append(await self._map(persona, passages, ", ".join(waves) or None, number))
            coder.progress.advance()
        coder.progress.end()
        return Draft(tuple(personas), tuple(maps), themes, segmentation.unassigned)

    async def _map(self, persona: Persona, passages: Sequence[Passage], wave: str | None, number: int) -> JourneyMap:
        coder = self.coder
        task = map_task(
            persona, passages, framework=coder.framework, subject=coder.study.subject, language=coder.study.language
        )
        asked = await self._ask(task, set(persona.participant_ids), f"journey map {number}")
        bare = MapReply(title=persona.name, claims=[], quotes=[], reading="")
        journey, refusals = build_map(task, asked.reply if asked else bare, persona, passages, wave=wave)
        self.outcome.refusals += refusals
        return journey

    async def _ask(self, task: MergeLabels | DraftPersona | DraftMap, people: set[str], name: str) -> Asked[Any] | None:
        """The reply, or None where this piece failed; what it took is counted either way."""
        coder = self.coder
        request = coder.analyst.request(task)
        self.outcome.versions[request.task_name] = request.prompt_version
        expected = coder.budget.expect(request) if coder.store.answer(request.key) is None else 0.0
        coder.budget.reserve(expected)
        own = Tally()
        try:
            asked: Asked[Any] = await ask(coder.analyst, task, coder.store, coder.lanes, tally=own)
        except SynthError as error:
            if isinstance(error, ModelError) and error.fatal:
                raise
            self.outcome.failures.append(Failure(name, str(error)))
            return None
        finally:
            coder.budget.settle(expected, own.cost_usd)
            coder.tally.add(own)
            coder.store.note_use(coder.study, request.key, people)
        self.outcome.refusals += [
            Refusal(request.task_name, "repair", None, None, f"the reply was repaired: {repair}")
            for repair in asked.repairs
        ]
        return asked


def _provenance(coder: Coder, outcome: DraftOutcome) -> Provenance:
    tally = coder.tally
    versions = {coding.prompt_version for coding in coder.store.codings(coder.study) if coding.state == "coded"}
    return Provenance(
        model=coder.analyst.model,
        prompt_versions={"code_chunk": ", ".join(sorted(versions)), **outcome.versions},
        quality=quality_of(coder.analyst.model, coder.study.language),
        drafted_utc=now_utc(),
        calls_made=tally.made,
        calls_reused=tally.reused,
        input_tokens=tally.input_tokens,
        output_tokens=tally.output_tokens,
        cost_usd=None if tally.unknown_costs else tally.cost_usd,
    )
