"""A study for pages: the draft with decisions, under pseudonyms, and the words of only those findings that are opened.

`load_results` loads everything, which a report needs; a page needs the draft (whose claims know their people) and, when
somebody opens a claim, the passages of that claim. What is hidden is the same as in `shown_results`. A `ShownStudies`
keeps what was loaded as long as the study has not changed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import RLock

from synth.domain import Claim, Draft, Finding, Participant, Transcript
from synth.errors import NotFoundError
from synth.frameworks import Framework
from synth.pipeline.loading import study_framework
from synth.pipeline.names import Mask, masked_draft, open_key
from synth.pipeline.versions import version_mark
from synth.privacy import Key, Masker, clean_attributes, learn_names, replace_names
from synth.results import Provenance, Results, State
from synth.review import Decision, apply_decisions
from synth.store import Store, Study
from synth.store.drafts import StoredDraft
from synth.store.glances import SlowCounts, StudyCard, StudyVersion

MOST_STUDIES, MOST_TRANSCRIPTS, MOST_MASKED = 8, 300, 50_000


@dataclass(frozen=True)
class ShownStudy:
    """A study as pages show it, without the words of its interviews."""

    study: Study
    draft_id: str
    draft: Draft
    """With decisions applied, under pseudonyms. Rejected claims are in it: `states` says so."""
    states: Mapping[str, State]
    marks: Mapping[str, str]
    """By claim id: the version that is shown, to send back with a decision (`decide_seen`)."""
    participants: tuple[Participant, ...]
    """In the order of their ids: the fixed slots of the voices row."""
    framework: Framework
    provenance: Provenance

    def state(self, claim_id: str) -> State:
        """What people have decided on a claim so far."""
        return self.states.get(claim_id, State.PROPOSED)


class _Marks(Mapping[str, str]):
    """By claim id, each made when it is asked for: a page shows few of a study's claims."""

    def __init__(self, texts: Mapping[str, str], states: Mapping[str, State]) -> None:
        """`texts` are as they are stored, before names are hidden."""
        self._texts, self._states = texts, states

    def __getitem__(self, claim_id: str) -> str:
        return version_mark(self._texts[claim_id], self._states.get(claim_id, State.PROPOSED))

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class ShownStudies:
    """Studies as pages show them, kept as long as they have not changed. Threads may share it; each brings a store."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._studies: OrderedDict[str, tuple[StudyVersion, ShownStudy]] = OrderedDict()
        self._transcripts: OrderedDict[tuple[str, str], Transcript] = OrderedDict()
        self._learned: dict[str, frozenset[str]] = {}
        self._counts: dict[str, tuple[tuple[object, ...], SlowCounts]] = {}
        self._drafts: dict[str, tuple[StoredDraft, tuple[Participant, ...]]] = {}
        """By study: what a decision does not change."""
        self._masked: dict[str, dict[str, str]] = {}
        """By study: sentence to how it is shown; nearly all are the same after a decision."""

    def load(self, store: Store, study: Study) -> ShownStudy:
        """The study as it is now.

        Raises:
            NotFoundError: nothing is drafted yet.
        """
        version = store.study_version(study)
        with self._lock:
            kept = self._studies.get(study.id)
            if kept is not None and kept[0] == version:
                self._studies.move_to_end(study.id)
                return kept[1]
            if kept is None or not version.same_material(kept[0]):
                self.forget(study)
            made = self._make(store, study)
            self._studies[study.id] = (version, made)
            self._studies.move_to_end(study.id)
            while len(self._studies) > MOST_STUDIES:
                longest_ago, _ = self._studies.popitem(last=False)
                self._drafts.pop(longest_ago, None)
                self._masked.pop(longest_ago, None)
            return made

    def card(self, store: Store, study: Study) -> StudyCard:
        """The study in numbers; those that are slow to count are counted again when interviews or drafts change."""
        material = store.study_version(study).material
        with self._lock:
            kept = self._counts.get(study.id)
        if kept is None or kept[0] != material:
            kept = (material, store.slow_counts(study))
            with self._lock:
                self._counts[study.id] = kept
        return store.card(study, kept[1])

    def words(self, store: Store, shown: ShownStudy, finding_ids: Sequence[str]) -> Results:
        """These findings with the transcripts they stand on, under pseudonyms, as `Results` for the report's parts.

        Args:
            store: where they are.
            shown: the study, as `load` gave it.
            finding_ids: those of a claim, a cell, a point; unknown ones are left out.
        """
        findings = store.findings_by_id(shown.study, list(dict.fromkeys(finding_ids)))
        transcripts = self.transcripts(store, shown.study, [finding.evidence.transcript_id for finding in findings])
        mask = self.mask(store, shown.study)
        return self.results(shown, [replace(one, label=mask(one.label)) for one in findings], transcripts)

    def results(self, shown: ShownStudy, findings: Sequence[Finding], transcripts: Sequence[Transcript]) -> Results:
        """A part of a study as `Results`; findings and transcripts as they are to be shown."""
        return Results(
            study=shown.study.name,
            subject=shown.study.subject,
            language=shown.study.language,
            framework=shown.framework,
            wave=None,
            transcripts=tuple(transcripts),
            participants=shown.participants,
            findings=tuple(findings),
            refusals=(),
            draft=shown.draft,
            coverage=(),
            failures=(),
            provenance=shown.provenance,
            states=shown.states,
        )

    def transcripts(self, store: Store, study: Study, ids: Sequence[str]) -> list[Transcript]:
        """These transcripts under pseudonyms, in the order of their names."""
        wanted = list(dict.fromkeys(ids))
        with self._lock:
            missing = [one for one in wanted if (study.id, one) not in self._transcripts]
            if missing:
                key = self._key(store, study)
                for transcript in store.transcripts_by_id(study, missing):
                    self._transcripts[study.id, transcript.id] = replace_names(transcript, key).transcript
            found = [self._transcripts[study.id, one] for one in wanted if (study.id, one) in self._transcripts]
            for one in found:
                self._transcripts.move_to_end((study.id, one.id))
            while len(self._transcripts) > max(MOST_TRANSCRIPTS, len(wanted)):
                self._transcripts.popitem(last=False)
        return sorted(found, key=lambda transcript: (transcript.name, transcript.id))

    def mask(self, store: Store, study: Study) -> Mask:
        """Hides names in short texts about the study, such as labels; not for what participants said."""
        with self._lock:
            return self._mask(study, self._key(store, study))

    def forget(self, study: Study) -> None:
        """After a withdrawal or a correction of a transcript: nothing that was loaded holds any more."""
        with self._lock:
            self._studies.pop(study.id, None)
            self._counts.pop(study.id, None)
            self._drafts.pop(study.id, None)
            self._learned.pop(study.id, None)
            self._masked.pop(study.id, None)
            for key in [key for key in self._transcripts if key[0] == study.id]:
                del self._transcripts[key]

    def _make(self, store: Store, study: Study) -> ShownStudy:
        key = self._key(store, study)
        stored, people = self._lasting(store, study, key)
        decisions = store.decisions(study)
        laid = apply_decisions(stored.draft, decisions, _decided(store, study, stored.draft, decisions))
        return ShownStudy(
            study=study,
            draft_id=stored.id,
            draft=masked_draft(laid.draft, self._mask(study, key)),
            states=laid.states,
            marks=_Marks({claim.id: claim.text for claim in laid.draft.claims()}, laid.states),
            participants=people,
            framework=study_framework(study),
            provenance=stored.provenance,
        )

    def _lasting(self, store: Store, study: Study, key: Key) -> tuple[StoredDraft, tuple[Participant, ...]]:
        kept = self._drafts.get(study.id)
        if kept is not None and kept[0].id == store.newest_draft_id(study):
            return kept
        stored = store.last_draft(study)
        if stored is None:
            raise NotFoundError(
                f"Study '{study.name}' has no draft yet. `synth run FOLDER --study '{study.name}'` makes one."
            )
        people = tuple(
            replace(one, attributes=clean_attributes(one.attributes, key, study.language).kept)
            for one in store.participants(study)
        )
        self._drafts[study.id] = (stored, people)
        return stored, people

    def _mask(self, study: Study, key: Key) -> Mask:
        masker, known = Masker(key, None, study.language), self._masked.setdefault(study.id, {})

        def mask(text: str) -> str:
            # Several threads may hold the same `known`, and one of them may empty it.
            shown = known.get(text)
            if shown is None:
                if len(known) > MOST_MASKED:
                    known.clear()
                known[text] = shown = masker.mask_sentence(text)
            return shown

        return mask

    def _key(self, store: Store, study: Study) -> Key:
        """The key, which knows the names in all transcripts; learning them is done once."""
        key, there = open_key(store, study), store.stored_transcript_ids(study)
        if self._learned.get(study.id) != there:
            kept = [one for one, replaced in store.names_replaced(study).items() if not replaced]
            if kept:
                learn_names(store.transcripts_by_id(study, kept), key)
                key.save()
            self._learned[study.id] = there
            # A name that was learned now may stand in what was shown before.
            self._masked.pop(study.id, None)
        return key


def _decided(
    store: Store, study: Study, draft: Draft, decisions: Sequence[Decision]
) -> Mapping[str, tuple[str, Claim]]:
    """Claims that were ever decided on, with their owners; older drafts are looked into only where one is of them."""
    ids = {one.subject_id for one in decisions if one.subject == "claim"}
    here: dict[str, tuple[str, Claim]] = {}
    for persona in draft.personas:
        here |= {claim.id: (f"persona:{persona.id}", claim) for claim in persona.claims}
    for journey in draft.maps:
        for column in journey.phases:
            here |= {claim.id: (f"map:{journey.id}:{column.phase}", claim) for claim in column.claims}
    return store.decided_claims(study, here) if ids - set(here) else {one: here[one] for one in ids}
