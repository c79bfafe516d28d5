"""Where names are replaced: before a model reads, and before others see.

Once a study's transcripts are under pseudonyms they stay so: the source words are then nowhere in the database, and the
key is a file of its own beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from synth.analyst import Analyst
from synth.domain import Claim, Draft, Transcript
from synth.packed import packed
from synth.privacy import Key, Masker, clean_attributes, key_path, learn_names, neutral_name, replace_names
from synth.results import Failure, Results
from synth.store import Shelf, Store, Study

Mask = Callable[[str], str]

KEY_TRIES = 3
"""How often to begin anew where somebody else writes the key meanwhile."""
_AT_ONCE = 25
"""Transcripts whose names are replaced before the key is saved and they are stored."""


def open_key(store: Store, study: Study) -> Key:
    """The key of a study; empty where there is none yet.

    Raises:
        StoreError: the key's file cannot be read.
    """
    return Key.load(key_path(store.path, study.name))


def known_labels(store: Store, study: Study) -> dict[str, str]:
    """Participant by label, from the key: transcripts under pseudonyms no longer say it."""
    return dict(open_key(store, study).known_labels())


def retired_ids(store: Store, study: Study) -> set[str]:
    """Ids of people who withdrew: nobody else gets them."""
    return set(open_key(store, study).retired)


class Replacing:
    """Names of a study's transcripts being replaced, each before it is first looked at.

    A model can then be asked about the first while the second is made ready. In whatever pieces it is done, names get
    the pseudonyms that they would have got at once. What is under pseudonyms is stored before it is given, and the key
    is saved before that, because without it nobody could turn them back. A run that ends in between leaves the rest to
    the next.
    """

    def __init__(self, store: Store, study: Study, analyst: Analyst, names: str, *, dry: bool = False) -> None:
        """As `transcripts_for`."""
        self._store, self._study, self._dry = store, study, dry
        self._todo: list[str] = []
        if names == "replace" or (names == "auto" and analyst.remote):
            done = store.names_replaced(study)
            self._todo = [id_ for id_ in store.shelf(study).ids if not done[id_]]
        self._last = self._todo[-1] if self._todo else None
        if self._todo:
            self._key = self._opened()

    @property
    def shelf(self) -> Shelf:
        """All current transcripts, as the analyst may see them."""
        return self._store.shelf(self._study).after(self.reach)

    def reach(self, transcript_id: str) -> None:
        """See that this transcript may be looked at, and those before it."""
        if transcript_id not in self._todo:
            return
        place = self._todo.index(transcript_id) + 1
        first, self._todo = self._todo[:place], self._todo[place:]
        while first:
            self._replace(first[:_AT_ONCE])
            first = first[_AT_ONCE:]

    def finish(self) -> None:
        """See that nothing of the study stands under names any more, be it a transcript that nobody looked at."""
        if self._last is None:
            return
        self.reach(self._last)
        self._heed_others()
        store, study, key = self._store, self._study, self._key
        # Also of those that an earlier run replaced and did not come to the end of.
        called = {head.id: head.name for head in store.shelf(study).heads()}
        attributes = {
            one.id: clean_attributes(one.attributes, key, study.language).kept for one in store.participants(study)
        }
        failed = {file.key: neutral_name(file.name, [], key) for file in store.files(study) if file.state == "failed"}
        self._save()
        for participant, kept in attributes.items():
            store.set_attributes(study, participant, kept)
        for file in store.files(study):
            own = next((called[id_] for id_ in file.transcript_ids if id_ in called), failed.get(file.key, file.name))
            store.see_file(study, replace(file, name=own))
        if not self._dry:
            # What stood there under names is overwritten, in the write-ahead log too.
            store.scrub()
        # Noted last: until then the next run does this again.
        store.put_transcript(study, store.transcript(study, self._last), names="replaced")
        self._last = None

    def _replace(self, ids: Sequence[str]) -> None:
        self._heed_others()
        shelf = Shelf(self._store, self._study, ids)
        changed = [replace_names(transcript, self._key).transcript for transcript in shelf]
        self._save()
        for transcript in changed:
            self._store.put_transcript(
                self._study, transcript, names="kept" if transcript.id == self._last else "replaced"
            )

    def _heed_others(self) -> None:
        """Somebody else may have met names meanwhile, and given out numbers; ours are saved."""
        if self._key.moved:
            self._key = self._opened()

    def _opened(self) -> Key:
        key = open_key(self._store, self._study)
        learn_names(Shelf(self._store, self._study, self._todo).heads(), key)
        key.keep_to({one.id for one in self._store.participants(self._study)})
        return key

    def _save(self) -> None:
        if not self._dry and self._key.grew:
            self._key.save()


def transcripts_for(
    store: Store, study: Study, analyst: Analyst, names: str, *, dry: bool = False
) -> Sequence[Transcript]:
    """The current transcripts as this analyst may see them.

    Args:
        store: holds the transcripts; those that must be under pseudonyms are stored so before they are returned.
        study: whose transcripts.
        analyst: who will read them.
        names: `replace`, `keep`, or `auto`: replaced for every analyst to whom text is sent.
        dry: whether this is a try-out, after which no key is written.
    """
    Replacing(store, study, analyst, names, dry=dry).finish()
    return store.shelf(study)


def shown_results(store: Store, study: Study, results: Results) -> Results:
    """Results as others may see them: every text under pseudonyms, wherever a name might stand."""
    for _ in range(KEY_TRIES):
        key = open_key(store, study)
        shown = _under_pseudonyms(results, key)
        # Numbers that somebody else gave out meanwhile stand: these are given out anew.
        if not (key.grew and key.moved):
            break
    key.save()
    return shown


def _under_pseudonyms(results: Results, key: Key) -> Results:
    learn_names(results.transcripts, key)
    key.keep_to({one.id for one in results.participants})
    masked = [packed(replace_names(transcript, key).transcript) for transcript in results.transcripts]
    mask = lru_cache(maxsize=20_000)(Masker(key, None, results.language).mask_sentence)  # labels come again and again
    return replace(
        results,
        transcripts=tuple(masked),
        participants=tuple(
            replace(one, attributes=clean_attributes(one.attributes, key, results.language).kept)
            for one in results.participants
        ),
        findings=tuple(
            finding if (label := mask(finding.label)) == finding.label else replace(finding, label=label)
            for finding in results.findings
        ),
        draft=masked_draft(results.draft, mask),
        failures=tuple(Failure(neutral_name(one.name, [], key), mask(one.why)) for one in results.failures),
    )


def masked_draft(draft: Draft, mask: Mask) -> Draft:
    """A draft in which every sentence and name is masked."""
    return replace(
        draft,
        personas=tuple(
            replace(
                persona,
                name=mask(persona.name),
                claims=masked_claims(persona.claims, mask),
                unknowns=tuple(mask(text) for text in persona.unknowns),
            )
            for persona in draft.personas
        ),
        maps=tuple(
            replace(
                journey,
                title=mask(journey.title),
                reading=mask(journey.reading),
                phases=tuple(replace(column, claims=masked_claims(column.claims, mask)) for column in journey.phases),
            )
            for journey in draft.maps
        ),
        themes=tuple(replace(theme, label=mask(theme.label)) for theme in draft.themes),
    )


def masked_claims(claims: Sequence[Claim], mask: Mask) -> tuple[Claim, ...]:
    """Claims in which every sentence is masked."""
    return tuple(replace(claim, text=mask(claim.text), critique=mask(claim.critique)) for claim in claims)
