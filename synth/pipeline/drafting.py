"""From findings to a stored draft: themes, segments, for each segment its persona and its map, then the critic.

A model is asked for a draft in pieces, a few sections or phases at a time; the built-in analyst drafts whole. The
same findings, settings and analyst give the same draft, which is not made twice. Where an analyst fails at one
piece the draft is made without it, the failure is listed, and the next run tries that piece again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from synth.analyst import (
    Analyst,
    CritiqueClaims,
    Decided,
    DraftClaims,
    DraftMap,
    DraftPersona,
    MapReply,
    MergeLabels,
    MergeReply,
    Passage,
    PersonaReply,
)
from synth.asking import Asked, Tally, ask, called
from synth.assigning import GivenPersona, keep_personas, personas_of
from synth.built_in import is_built_in
from synth.codebook import code_themes, join_themes
from synth.critic import Batch, critic_batches, judge_claims
from synth.domain import (
    Claim,
    Draft,
    Finding,
    Grouping,
    JourneyMap,
    Kind,
    Persona,
    Refusal,
    Theme,
    Transcript,
    content_id,
)
from synth.errors import ModelError, NotFoundError, SynthError
from synth.journeys import build_map, map_id, map_task
from synth.personas import build_persona, keep_persona_ids, make_passages, persona_id, persona_task, with_themes
from synth.phrases import say
from synth.pieces import join_map, join_persona, map_pieces, persona_pieces
from synth.pipeline.analysts import quality_of, whole_judgements
from synth.pipeline.coding import Coder
from synth.pipeline.reshaping import base_key
from synth.results import Failure, Provenance
from synth.review import decided_sentences
from synth.segments import Segmentation, segment_participants
from synth.store import Shelf, heads_of
from synth.store.base import now_utc
from synth.store.drafts import RESHAPED
from synth.themes import build_themes, keep_theme_labels, merge_tasks

DRAFT_VERSION = 4
"""Part of what decides a draft: raised when the computed parts of drafts change."""
_REFUSED_IN_DRAFT = "draft"
_Drawn = tuple[JourneyMap, list[Refusal]]


@dataclass(slots=True)
class DraftOutcome:
    """How drafting went."""

    failures: list[Failure] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    """Task to the version of its prompt."""


async def draft_study(
    coder: Coder,
    transcripts: Sequence[Transcript],
    personas: int | None,
    critic: Analyst | None = None,
    kept: Sequence[GivenPersona] | None = None,
    keep_own: bool = False,
) -> DraftOutcome:
    """Draft from all current findings, and store the draft.

    Args:
        coder: who drafts, and where the draft goes.
        transcripts: the current ones, as this analyst and the critic may see them.
        personas: how many at the most; None: up to five, as many as the data carry.
        critic: who tries to refute the draft; None for nobody.
        kept: personas to put people to, in place of new ones.
        keep_own: whether those of the last draft are kept, where there is one.

    Raises:
        BudgetReachedError: what was answered is stored, no draft was made.
        ModelError: the model refuses every call.
    """
    store, study = coder.store, coder.study
    while True:
        left = store.withdrawals(study)
        try:
            return await _draft(coder, transcripts, personas, critic, kept, keep_own)
        except NotFoundError:
            if store.withdrawals(study) == left:
                raise
        # Somebody left, and what was drafted stands on their words too: it is drafted without them. An evaluation
        # has its transcripts in a list, and a study of its own that nobody leaves.
        assert isinstance(transcripts, Shelf)
        transcripts = transcripts.without(set(transcripts.ids) - set(store.shelf(study).ids))


async def _draft(
    coder: Coder,
    transcripts: Sequence[Transcript],
    personas: int | None,
    critic: Analyst | None,
    kept: Sequence[GivenPersona] | None,
    keep_own: bool,
) -> DraftOutcome:
    """As `draft_study`.

    Raises:
        NotFoundError: somebody left meanwhile.
    """
    outcome, left = DraftOutcome(), coder.store.withdrawals(coder.study)
    here = {head.id for head in heads_of(transcripts)}
    findings = [one for one in coder.store.findings(coder.study, rejected=False) if one.evidence.transcript_id in here]
    last = coder.store.last_draft(coder.study)
    base = base_key(last.inputs_key) if last is not None and kept is None else None
    # People put these personas together: the same material is no reason to draft anew, and new material joins them.
    keep_own = keep_own or base is not None
    if kept is None and keep_own and last is not None and last.draft.personas:
        kept = personas_of(last.draft.personas, findings, transcripts)
    # By their ids where they are the study's own: who joined them since is no reason to draft anew.
    places = repr(None) if base is not None else [one.id for one in kept] if kept and keep_own else repr(kept)
    inputs = content_id(_inputs(coder, findings, transcripts, personas, critic), places)
    unread = _unread(coder, findings, transcripts)
    if unread:
        inputs = content_id(inputs, sorted(unread))
    if last is not None and inputs in (base, last.inputs_key):
        return outcome
    decided = decided_sentences(coder.store.decisions(coder.study), coder.store.decided_claims(coder.study))
    drafter = _Drafter(coder, outcome, critic, decided, last.draft if last is not None else None)
    themes = await drafter.themes(findings, transcripts)
    if kept:
        segmentation = keep_personas(kept, findings, transcripts, coder.framework, coder.study.language)
    else:
        segmentation = drafter.segments(findings, transcripts, themes, personas)
        if last is not None:
            known_again = keep_persona_ids(segmentation.segments, last.draft.personas)
            segmentation = replace(segmentation, segments=known_again)
    draft = await drafter.draft(findings, transcripts, themes, _told(segmentation, unread, coder.study.language))
    coder.store.put_refusals(coder.study, _REFUSED_IN_DRAFT, outcome.refusals)
    # A draft with a piece missing is of other inputs than a whole one, so that the next run makes it anew.
    key = content_id(inputs, [failure.name for failure in outcome.failures]) if outcome.failures else inputs
    if base is not None:
        # Still theirs: the next run begins from these personas as well.
        key = f"{RESHAPED}{key}:kept"
    with coder.store.write():  # nobody leaves between the two
        if coder.store.withdrawals(coder.study) != left:
            raise NotFoundError(f"Somebody left '{coder.study.name}' while this was drafted.")
        coder.store.put_draft(coder.study, key, draft, _provenance(coder, outcome, critic))
    return outcome


def _unread(coder: Coder, findings: Sequence[Finding], transcripts: Sequence[Transcript]) -> frozenset[str]:
    """Of whom nothing was found, where part of what they said could not be read."""
    failed = {coding.transcript_id for coding in coder.store.codings(coder.study) if coding.state == "failed"}
    people = frozenset[str]().union(*(head.people for head in heads_of(transcripts) if head.id in failed))
    return people - {finding.participant_id for finding in findings}


def _told(segmentation: Segmentation, unread: Collection[str], language: str) -> Segmentation:
    """Of those who are in no segment because what they said could not be read, it is said so: they were not silent."""
    why = say(language, "segments.not_read")
    told = (replace(one, why=why) if one.participant_id in unread else one for one in segmentation.unassigned)
    return replace(segmentation, unassigned=tuple(told))


def _inputs(
    coder: Coder,
    findings: Sequence[Finding],
    transcripts: Sequence[Transcript],
    personas: int | None,
    critic: Analyst | None,
) -> str:
    framework, subject, language = coder.framework, coder.study.subject, coder.study.language
    # What is asked may change with a prompt or a setting of the analyst: empty tasks tell.
    probes: list[tuple[Analyst, MergeLabels | DraftPersona | DraftMap | CritiqueClaims]] = [
        (coder.analyst, MergeLabels(Kind.MOTIVATION, (), (), framework, language)),
        (coder.analyst, DraftPersona((), (), (), 0, (), framework, subject, language)),
        (coder.analyst, DraftMap((), "", (), (), framework, subject, language)),
    ]
    if critic is not None:
        probes.append((critic, CritiqueClaims((), (), (), framework, subject, language)))
    asked = [who.request(task).key for who, task in probes]
    people = [(one.id, one.wave, [(s.participant, s.role) for s in one.speakers]) for one in heads_of(transcripts)]
    return content_id(
        DRAFT_VERSION, asked, _digest(findings), sorted(people, key=str), personas,
        coder.study.subject, coder.study.language, coder.framework.model_dump_json(),
    )  # fmt: skip


def _digest(findings: Sequence[Finding]) -> str:
    """Another one whenever anything of a finding changes; all of them written out would take more room than they do."""
    digest = hashlib.sha256()
    for finding in findings:
        digest.update(repr(finding).encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Drafter:
    coder: Coder
    outcome: DraftOutcome
    critic: Analyst | None = None
    decided: Mapping[str, tuple[Decided, ...]] = field(default_factory=dict)
    """By persona and map, see `synth.review`."""
    earlier: Draft | None = None
    """The last one of the study."""

    async def themes(self, findings: Sequence[Finding], transcripts: Sequence[Transcript]) -> tuple[Theme, ...]:
        words = {passage.finding.id: passage.words for passage in make_passages(findings, transcripts)}
        # What was given a code of the codebook is a theme already: only the rest is asked about.
        open_ones = [finding for finding in findings if finding.code is None]
        tasks = merge_tasks(open_ones, words, self.coder.framework, self.coder.study.language)
        self.coder.progress.begin("Grouping findings", len(tasks))

        async def ask_one(task: MergeLabels) -> Asked[Any] | None:
            people = {finding.participant_id for finding in task.findings}
            asked = await self._ask(task, people, f"themes of {task.kind.value}s")
            self.coder.progress.advance()
            return asked

        answers = await _together([ask_one(task) for task in tasks])
        replies: list[MergeReply | None] = [asked.reply if asked else None for asked in answers]
        self.coder.progress.end()
        themes, refusals = build_themes(tasks, replies)
        if self.earlier is not None:
            themes = keep_theme_labels(themes, self.earlier.themes, self.coder.study.language)
        self.outcome.refusals += refusals
        return join_themes(code_themes(findings), themes)

    def segments(
        self,
        findings: Sequence[Finding],
        transcripts: Sequence[Transcript],
        themes: tuple[Theme, ...],
        personas: int | None,
    ) -> Segmentation:
        coder = self.coder
        leanings = whole_judgements(coder.analyst, transcripts, coder.framework)
        return segment_participants(
            findings, transcripts, themes, coder.framework, language=coder.study.language, personas=personas,
            leanings=leanings,
        )  # fmt: skip

    async def draft(
        self,
        findings: Sequence[Finding],
        transcripts: Sequence[Transcript],
        themes: tuple[Theme, ...],
        segmentation: Segmentation,
    ) -> Draft:
        coder = self.coder
        passages = with_themes(make_passages(findings, transcripts), themes)
        waves = sorted({head.wave for head in heads_of(transcripts) if head.wave})
        people = len(frozenset[str]().union(*(head.people for head in heads_of(transcripts))))
        personas: list[Persona] = []
        drawing: list[asyncio.Task[_Drawn]] = []
        coder.progress.begin("Drafting personas and maps", 2 * len(segmentation.segments))
        try:
            for number, segment in enumerate(segmentation.segments, start=1):
                task = persona_task(
                    segment, passages, participants_in_study=people, taken_names=[p.name for p in personas],
                    framework=coder.framework, subject=coder.study.subject, language=coder.study.language,
                    decided=self.decided.get(persona_id(segment), ()),
                )  # fmt: skip
                reply = await self._persona_reply(task, number)
                persona, refusals = build_persona(task, reply, segment, passages, themes)
                self.outcome.refusals += refusals
                coder.progress.advance()
                personas.append(persona)
                # Its map is drawn while the next is described, whose name must be another.
                drawing.append(asyncio.create_task(self._map(persona, passages, ", ".join(waves) or None, number)))
        finally:
            drawn = await asyncio.gather(*drawing, return_exceptions=True)
        maps: list[JourneyMap] = []
        for one in drawn:
            if isinstance(one, BaseException):
                raise one
            maps.append(one[0])
            self.outcome.refusals += one[1]
        coder.progress.end()
        if self.critic is not None:
            personas, maps = await self._criticised(personas, maps, passages)
        return Draft(tuple(personas), tuple(maps), themes, segmentation.unassigned, _grouping(segmentation))

    async def _persona_reply(self, task: DraftPersona, number: int) -> PersonaReply:
        """The answer to a task: whole from the built-in analyst, put together from pieces for any other."""
        people, name = _people_of(task), f"persona {number}"
        bare = PersonaReply(name=f"Persona {number}", claims=[], hero=0, quotes=[], unknowns=[])
        if is_built_in(self.coder.analyst.model):
            asked = await self._ask(task, people, name)
            return asked.reply if asked else bare
        portrait, further = persona_pieces(task)
        first, second = await _together(
            [
                self._ask(portrait, people, name),
                self._ask(further, people, f"{name}, {', '.join(further.sections)}"),
            ]
        )
        reply, refusals = join_persona(
            task, (portrait, first.reply if first else bare), (further, second.reply) if second else None
        )
        self.outcome.refusals += refusals
        return reply

    async def _criticised(
        self, personas: Sequence[Persona], maps: Sequence[JourneyMap], passages: Sequence[Passage]
    ) -> tuple[list[Persona], list[JourneyMap]]:
        """The same with the critic's verdicts; a batch that failed leaves its claims as they were."""
        coder = self.coder
        batches = [
            batch
            for persona, journey in zip(personas, maps, strict=True)
            for batch in critic_batches(
                [*persona.claims, *(claim for column in journey.phases for claim in column.claims)],
                passages, persona.participant_ids, framework=coder.framework, subject=coder.study.subject,
                language=coder.study.language,
            )
        ]  # fmt: skip
        everybody = {one.finding.participant_id for one in passages}
        coder.progress.begin("Trying to refute", len(batches))

        async def ask_one(number: int, batch: Batch) -> Asked[Any] | None:
            asked = await self._ask(batch.task, everybody, f"critic, part {number}", self.critic)
            coder.progress.advance()
            return asked

        answers = await _together([ask_one(number, batch) for number, batch in enumerate(batches, start=1)])
        judged: dict[str, Claim] = {}
        for batch, asked in zip(batches, answers, strict=True):
            if asked is not None:
                verdicts, refusals = judge_claims(batch, asked.reply)
                judged |= verdicts
                self.outcome.refusals += refusals
        coder.progress.end()

        def settled(claims: Sequence[Claim]) -> tuple[Claim, ...]:
            return tuple(judged.get(claim.id, claim) for claim in claims)

        return (
            [replace(one, claims=settled(one.claims)) for one in personas],
            [
                replace(one, phases=tuple(replace(column, claims=settled(column.claims)) for column in one.phases))
                for one in maps
            ],
        )

    async def _map(self, persona: Persona, passages: Sequence[Passage], wave: str | None, number: int) -> _Drawn:
        """A persona's map, and what of it was refused."""
        coder, refusals = self.coder, list[Refusal]()
        task = map_task(
            persona, passages, framework=coder.framework, subject=coder.study.subject, language=coder.study.language,
            decided=self.decided.get(map_id(persona), ()),
        )  # fmt: skip
        people, name = _people_of(task), f"journey map {number}"
        reply = MapReply(claims=[], quotes=[], reading="")
        if is_built_in(coder.analyst.model):
            asked = await self._ask(task, people, name)
            reply = asked.reply if asked else reply
        else:
            pieces = map_pieces(task)
            answers = await _together([self._ask(one, people, f"{name}, {', '.join(one.phases)}") for one in pieces])
            reply, refusals = join_map(
                task, [(piece, asked.reply) for piece, asked in zip(pieces, answers, strict=True) if asked]
            )
        journey, refused = build_map(task, reply, persona, passages, wave=wave)
        coder.progress.advance()
        return journey, [*refusals, *refused]

    async def _ask(
        self,
        task: MergeLabels | DraftPersona | DraftClaims | DraftMap | CritiqueClaims,
        people: set[str],
        name: str,
        analyst: Analyst | None = None,
    ) -> Asked[Any] | None:
        """The reply, or None where this piece failed; what it took is counted either way."""
        coder, analyst = self.coder, analyst or self.coder.analyst
        request = analyst.request(task)
        self.outcome.versions[request.task_name] = request.prompt_version
        expected = coder.budget.expect(request) if coder.store.answer(request.key) is None else 0.0
        coder.budget.reserve(expected)
        own = Tally()
        try:
            asked: Asked[Any] = await ask(analyst, task, coder.store, coder.lanes, tally=own)
        except SynthError as error:
            if isinstance(error, ModelError) and error.fatal:
                raise
            self.outcome.failures.append(Failure(name, str(error).removeprefix(f"{called(task)}: ")))
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


def _people_of(task: DraftPersona | DraftMap) -> set[str]:
    """Everybody whose words it holds, or sentences made of them: with any of them its answer goes."""
    return set(task.participant_ids).union(*(one.people for one in task.decided))


async def _together(asking: Sequence[Coroutine[Any, Any, Asked[Any] | None]]) -> list[Asked[Any] | None]:
    """All answers in order; where one fails for good, the others are stored first.

    Raises:
        BudgetReachedError, ModelError: of the first that raised one.
    """
    answers = await asyncio.gather(*asking, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]


def _grouping(segmentation: Segmentation) -> Grouping:
    people = sum(len(segment.participant_ids) for segment in segmentation.segments) + len(segmentation.unassigned)
    return Grouping(
        criterion=segmentation.criterion,
        separations=segmentation.separations,
        person_stability=segmentation.person_stability,
        people=people,
        compared=segmentation.compared or people,
        fits=segmentation.fits,
    )


def _provenance(coder: Coder, outcome: DraftOutcome, critic: Analyst | None) -> Provenance:
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
        critic=critic.model if critic is not None else "",
    )
