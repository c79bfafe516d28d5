"""A study for pages: the draft with decisions, under pseudonyms, and the words of only those findings that are opened.

`load_results` loads everything, which a report needs; a page needs the draft (whose claims know their people) and, when
somebody opens a claim, the passages of that claim. What is hidden is the same as in `shown_results`. A `ShownStudies`
keeps what was loaded, each part as long as what it hangs on has not changed (`StudyVersion`, the file of the key),
whichever process changed it; one more decision costs what it touches.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Lock, RLock

from synth.collecting import set_aside
from synth.domain import Claim, Draft, Finding, Participant, Transcript
from synth.errors import NotFoundError, StoreError
from synth.frameworks import Framework
from synth.pipeline.loading import newest_draft, study_framework
from synth.pipeline.names import KEY_TRIES, Mask, masked_claims, masked_draft, open_key
from synth.pipeline.versions import version_mark
from synth.privacy import Key, Masker, clean_attributes, key_path, learn_names, may_hold_names, replace_names
from synth.results import Provenance, Results, State
from synth.review import Decision, LaidOver, owned_claims
from synth.store import Store, Study
from synth.store.drafts import StoredDraft
from synth.store.glances import StudyCard
from synth.store.kept import StudyVersion

MOST_STUDIES, MOST_TRANSCRIPTS, MOST_MASKED = 8, 150, 50_000
"""Studies that are kept; of each, interviews and masked sentences."""
_WAIT_SECONDS = 1.0
"""For somebody else who saves the key: a page may hold the database that they wait for."""
_MANY = 5_000
"""Findings behind the claims of a large draft."""


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

    @cached_property
    def left(self) -> int:
        """Claims that are shown and wait for a decision."""
        return sum(claim.id not in self.states for claim in self.draft.claims())


class _Marks(Mapping[str, str]):
    """By claim id, each made when it is asked for: a page shows few of a study's claims."""

    def __init__(self, texts: Mapping[str, str], states: Mapping[str, State], moved: Mapping[str, str]) -> None:
        """`texts` are as they are stored, before names are hidden; `moved` is where claims were moved to."""
        self._texts, self._states, self._moved = texts, states, moved

    def __getitem__(self, claim_id: str) -> str:
        state = self._states.get(claim_id, State.PROPOSED)
        return version_mark(self._texts[claim_id], state, self._moved.get(claim_id, ""))

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class _KeyMovedError(Exception):
    """Somebody else wrote the key file meanwhile: what was masked under the old one is masked again."""


@dataclass
class _Memory:
    """What is kept of one study; whoever looks at it holds its lock."""

    lock: RLock = field(default_factory=RLock)
    version: StudyVersion | None = None
    shown: ShownStudy | None = None
    stored: StoredDraft | None = None
    drafted: int = -1
    """The counter under which the draft was read; the same for the rest."""
    people: dict[str, tuple[str, Participant]] = field(default_factory=dict)
    """By id: attributes as they are stored, and the participant as shown."""
    peopled: int = -1
    laid: LaidOver | None = None
    last_decision: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    """By claim id: as it is stored."""
    key: Key | None = None
    stamp: tuple[Path, tuple[int, ...]] | None = None
    """Of the key's file when it was read or written last."""
    learned: int = -1
    revision: int = -1
    """Of the key, under which the following were masked."""
    masker: Masker | None = None
    masked: dict[str, str] = field(default_factory=dict)
    """Sentence to how it is shown; nearly all are the same after a decision."""
    reworded: int = -1
    transcripts: OrderedDict[str, Transcript] = field(default_factory=OrderedDict)

    def forget_masked(self) -> None:
        """What was masked holds no more: another name is known."""
        self.masked, self.masker, self.shown, self.laid, self.peopled = {}, None, None, None, -1
        self.people = {}
        self.transcripts.clear()


class ShownStudies:
    """Studies as pages show them, kept as long as they have not changed. Threads may share it; each brings a store."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._memories: OrderedDict[str, _Memory] = OrderedDict()

    def load(self, store: Store, study: Study) -> ShownStudy:
        """The study as it is now.

        Raises:
            NotFoundError: nothing is drafted yet.
        """
        memory = self._memory(study, store)
        with memory.lock, store.reading():
            version = store.study_version(study)
            key = self._key(store, study, memory, version)
            kept = memory.shown
            if kept is not None and kept.study == study and memory.version is not None:
                before = memory.version
                same = before.drafted == version.drafted
                if same and before.people != version.people:
                    kept = replace(kept, participants=self._people(store, study, memory, version, key))
                if same and before.decided != version.decided:
                    laid = self._with_new_decisions(store, memory, kept, version)
                    same, kept = laid is not None, laid or kept
                if same:
                    memory.version, memory.shown = version, kept
                    return kept
            made = self._make(store, study, memory, version, key)
            memory.version, memory.shown = version, made
            return made

    def card(self, store: Store, study: Study) -> StudyCard:
        """The study in numbers; those that are slow to count are counted again when interviews or drafts change."""
        material = store.study_version(study).material
        return store.card(study, store.while_unchanged(study, ("slow",), material, lambda: store.slow_counts(study)))

    def left(self, store: Store, study: Study) -> int:
        """How many claims wait for a decision: of the draft in memory, or counted in the database."""
        memory = self._memory(study, store)
        if memory.version is not None:
            with suppress(NotFoundError):
                return self.load(store, study).left
        return store.claims_left(study)[1]

    def words(self, store: Store, shown: ShownStudy, finding_ids: Sequence[str]) -> Results:
        """These findings with the transcripts they stand on, under pseudonyms, as `Results` for the report's parts.

        Args:
            store: where they are.
            shown: the study, as `load` gave it.
            finding_ids: those of a claim, a cell, a point; unknown ones are left out.
        """
        findings = store.findings_by_id(shown.study, list(dict.fromkeys(finding_ids)))
        transcripts = self.transcripts(store, shown.study, [finding.evidence.transcript_id for finding in findings])
        return self.results(shown, self._labelled(store, shown.study, findings), transcripts)

    def bare(self, store: Store, shown: ShownStudy, finding_ids: Sequence[str]) -> list[Finding]:
        """These findings with their labels masked and without the words they stand on, for drawings."""
        return self._labelled(store, shown.study, store.findings_by_id(shown.study, list(dict.fromkeys(finding_ids))))

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
        if not wanted:
            return []
        memory = self._memory(study, store)
        with memory.lock:
            for tried in range(1, KEY_TRIES + 1):
                try:
                    found, fresh, version = self._transcripts(store, study, memory, wanted, last=tried == KEY_TRIES)
                    break
                except _KeyMovedError:
                    memory.key = None
            # Under numbers that the key does not know they would be others' later.
            fresh = fresh if memory.key is not None and not memory.key.grew else {}
            names = memory.key.names_mark() if fresh and memory.key is not None else ""
        if fresh:
            # A page is shown also where nothing can be kept.
            with suppress(StoreError):
                store.put_shown_transcripts(study, names, version.reworded, fresh)
        return sorted(found, key=lambda transcript: (transcript.name, transcript.id))

    def mask(self, store: Store, study: Study) -> Mask:
        """Hides names in short texts about the study, such as labels; not for what participants said."""
        memory = self._memory(study, store)
        with memory.lock:
            self._key(store, study, memory, store.study_version(study))
            return self._mask(study, memory)

    def forget(self, study: Study) -> None:
        """After a withdrawal or a correction of a transcript: nothing that was loaded holds any more."""
        with self._lock:
            self._memories.pop(study.id, None)

    def _memory(self, study: Study, store: Store) -> _Memory:
        with self._lock:
            memory = self._memories.setdefault(study.id, _Memory())
            self._memories.move_to_end(study.id)
            while len(self._memories) > MOST_STUDIES:
                self._memories.popitem(last=False)
        if store.writing:
            # What is seen now may be taken back: nothing of it is kept.
            return replace(memory, version=None, laid=None, transcripts=OrderedDict())
        return memory

    # --- Draft and decisions ---

    def _make(self, store: Store, study: Study, memory: _Memory, version: StudyVersion, key: Key) -> ShownStudy:
        known = memory.stored if memory.drafted == version.drafted else None
        stored = known or newest_draft(store, study)
        memory.stored, memory.drafted = stored, version.drafted
        decisions = store.decisions(study)
        memory.laid = LaidOver(stored.draft, decisions, _decided(store, study, stored.draft, decisions))
        memory.last_decision = decisions[-1].number if decisions else 0
        laid = memory.laid.shown()
        memory.texts = {claim.id: claim.text for claim in laid.draft.claims()}
        made = ShownStudy(
            study=study,
            draft_id=stored.id,
            draft=masked_draft(laid.draft, self._mask(study, memory)),
            states=laid.states,
            marks=_Marks(memory.texts, laid.states, dict(memory.laid.moved)),
            participants=self._people(store, study, memory, version, key),
            framework=study_framework(study),
            provenance=stored.provenance,
        )
        if known is None and sum(len(claim.finding_ids) for claim in stored.draft.claims()) > _MANY:
            set_aside()
        return made

    def _people(
        self, store: Store, study: Study, memory: _Memory, version: StudyVersion, key: Key
    ) -> tuple[Participant, ...]:
        """The participants, with what is known of them under pseudonyms."""
        if memory.peopled != version.people:
            before = memory.people
            memory.people = {}
            for id_, stored in store.stored_attributes(study):
                known = before.get(id_)
                if known is None or known[0] != stored:
                    known = (stored, Participant(id_, clean_attributes(json.loads(stored), key, study.language).kept))
                memory.people[id_] = known
            memory.peopled = version.people
        return tuple(one for _, one in memory.people.values())

    def _with_new_decisions(
        self, store: Store, memory: _Memory, kept: ShownStudy, version: StudyVersion
    ) -> ShownStudy | None:
        """What was shown with the decisions that came since; None where all of them must be laid over anew."""
        laid, before = memory.laid, memory.version
        new = store.decisions(kept.study, memory.last_decision)
        if laid is None or before is None or len(new) != version.decided - before.decided:
            # Some were changed or taken away: somebody withdrew.
            return None
        owners: set[str] = set()
        for decision in new:
            touched = laid.add(decision)
            if touched is None:
                memory.laid = None
                return None
            owners |= touched
        memory.last_decision = new[-1].number if new else memory.last_decision
        draft, texts, mask = kept.draft, dict(memory.texts), self._mask(kept.study, memory)
        for owner in owners:
            claims = laid.claims(owner)
            draft, replaced = _with_claims(draft, owner, masked_claims(claims, mask))
            for claim in replaced:
                texts.pop(claim.id, None)
        for owner in owners:
            texts |= {claim.id: claim.text for claim in laid.claims(owner)}
        memory.texts = texts
        states = dict(laid.states)
        return replace(kept, draft=draft, states=states, marks=_Marks(texts, states, dict(laid.moved)))

    # --- Names ---

    def _labelled(self, store: Store, study: Study, findings: Sequence[Finding]) -> list[Finding]:
        mask = self.mask(store, study)
        return [one if (label := mask(one.label)) == one.label else replace(one, label=label) for one in findings]

    def _transcripts(
        self, store: Store, study: Study, memory: _Memory, wanted: Sequence[str], *, last: bool
    ) -> tuple[list[Transcript], dict[str, Transcript], StudyVersion]:
        """These transcripts, and those of them that were put under pseudonyms just now though their names are kept."""
        with store.reading():
            version = store.study_version(study)
            key = self._key(store, study, memory, version)
            if memory.reworded != version.reworded:
                memory.transcripts.clear()
                memory.reworded = version.reworded
            found = {one: memory.transcripts[one] for one in wanted if one in memory.transcripts}
            missing = [one for one in wanted if one not in found]
            kept = store.kept_ids(study) if missing else frozenset[str]()
            names = key.names_mark() if kept.intersection(missing) else ""
            before = store.shown_transcripts(study, names, [one for one in missing if one in kept]) if names else {}
            read = store.transcripts_by_id(study, [one for one in missing if one not in before])
        made = {
            one.id: replace_names(one, key).transcript if one.id in kept or may_hold_names(one, key) else one
            for one in read
        }
        if not self._save_key(store, study, memory) and not last:
            raise _KeyMovedError
        fresh = {one: made[one] for one in made if one in kept}
        found |= before | made
        for id_, transcript in found.items():
            memory.transcripts[id_] = transcript
            memory.transcripts.move_to_end(id_)
        while len(memory.transcripts) > max(MOST_TRANSCRIPTS, len(wanted)):
            memory.transcripts.popitem(last=False)
        return list(found.values()), fresh, version

    def _mask(self, study: Study, memory: _Memory) -> Mask:
        masker = memory.masker
        if masker is None and memory.key is not None:
            masker = memory.masker = Masker(memory.key, None, study.language)
        assert masker is not None, "a key was opened before"
        known = memory.masked

        def mask(text: str) -> str:
            # Several threads may hold the same `known`, and one of them may empty it.
            shown = known.get(text)
            if shown is None:
                with memory.lock:
                    if len(known) > MOST_MASKED:
                        known.clear()
                    known[text] = shown = masker.mask_sentence(text)
            return shown

        return mask

    def _key(self, store: Store, study: Study, memory: _Memory, version: StudyVersion) -> Key:
        """The key, which knows the names in all transcripts; read again when its file or the interviews change."""
        path = Path(key_path(store.path, study.name))
        stamp = (path, _stamp(path))
        if memory.key is None or memory.stamp != stamp:
            memory.forget_masked()
            memory.key, memory.stamp, memory.learned = open_key(store, study), stamp, -1
            memory.revision = memory.key.revision
        key = memory.key
        if memory.learned != version.heard:
            learn_names(store.kept_heads(study), key)
            memory.learned = version.heard
            if key.revision != memory.revision:
                # A name that was learned now may stand in what was shown before.
                memory.forget_masked()
                memory.revision = key.revision
                self._save_key(store, study, memory)
        return key

    def _save_key(self, store: Store, study: Study, memory: _Memory) -> bool:
        """Write what the key has learned; whether nobody else wrote it meanwhile."""
        key = memory.key
        if key is None or not key.grew:
            return True
        path = Path(key_path(store.path, study.name))
        if memory.stamp != (path, _stamp(path)):
            return False
        # A page is shown also where the key cannot be written; what it learned is then learned again.
        with suppress(StoreError):
            if not key.save(_WAIT_SECONDS):
                return False
        memory.stamp = (path, _stamp(path))
        return True


def _stamp(path: Path) -> tuple[int, ...]:
    """Another one whenever a file is written; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _with_claims(draft: Draft, owner: str, claims: tuple[Claim, ...]) -> tuple[Draft, tuple[Claim, ...]]:
    """The draft with other claims in one place, and those that stood there."""
    kind, _, rest = owner.partition(":")
    place, _, phase = rest.partition(":")
    before: tuple[Claim, ...] = ()
    if kind == "persona":
        personas = list(draft.personas)
        for at, persona in enumerate(personas):
            if persona.id == place:
                before, personas[at] = persona.claims, replace(persona, claims=claims)
        return replace(draft, personas=tuple(personas)), before
    maps = list(draft.maps)
    for at, journey in enumerate(maps):
        if journey.id == place:
            columns = list(journey.phases)
            for number, column in enumerate(columns):
                if column.phase == phase:
                    before, columns[number] = column.claims, replace(column, claims=claims)
            maps[at] = replace(journey, phases=tuple(columns))
    return replace(draft, maps=tuple(maps)), before


def _decided(
    store: Store, study: Study, draft: Draft, decisions: Sequence[Decision]
) -> Mapping[str, tuple[str, Claim]]:
    """Claims that were ever decided on, with their owners; older drafts are looked into only where one is of them."""
    ids = {one.subject_id for one in decisions if one.subject == "claim"}
    here = {claim.id: (owner, claim) for owner, claims in owned_claims(draft) for claim in claims}
    return store.decided_claims(study, here) if ids - set(here) else {one: here[one] for one in ids}
