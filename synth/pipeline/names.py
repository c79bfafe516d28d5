"""Where names are replaced: before a model reads, and before others see.

Once a study's transcripts are under pseudonyms they stay so: the source words are then nowhere in the database, and the
key is a file of its own beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial

from synth.analyst import Analyst
from synth.domain import Claim, Draft, Transcript
from synth.errors import StoreError
from synth.packed import packed
from synth.privacy import Key, Masker, clean_attributes, key_path, learn_names, neutral_name, replace_names
from synth.results import Failure, Results
from synth.store import Shelf, Store, Study

Mask = Callable[[str], str]

KEY_TRIES = 3
"""How often to begin anew where somebody else writes the key meanwhile."""
_WORTH = 10
"""Before the key is saved again, names are replaced for this many times as long as saving it took: it is written whole,
and grows with the study."""
_MOST_SECONDS = 1.0
"""The longest that anybody waits for a transcript because others are made ready with it."""


def are_replaced(store: Store, study: Study, names: str, leaves: bool) -> bool:
    """Whether names are replaced before anybody reads, by `SYNTH_NAMES` and whether text leaves this machine.

    A study of which a model has read stays under pseudonyms, whoever reads what is added to it.
    """
    return names == "replace" or (names == "auto" and (leaves or any(store.names_replaced(study).values())))


def open_key(store: Store, study: Study) -> Key:
    """The key of a study; empty where there is none yet.

    Raises:
        StoreError: the key's file cannot be read.
    """
    return Key.load(key_path(store.path, study.name))


def known_labels(store: Store, study: Study) -> dict[str, str]:
    """Participant by label, from the key: transcripts under pseudonyms no longer say it."""
    return dict(open_key(store, study).known_labels())


def given_names(store: Store, study: Study) -> dict[str, str]:
    """What files are called where they lie, by the neutral names that they have in the study."""
    return {neutral: name for name, neutral in open_key(store, study).files.items()}


def retired_ids(store: Store, study: Study) -> set[str]:
    """Ids of people who withdrew: nobody else gets them."""
    return set(open_key(store, study).retired)


class Replacing:
    """Names of a study's transcripts being replaced, each before it is first looked at.

    A model can then be asked about the first while the second is made ready. In whatever pieces it is done, names get
    the pseudonyms that they would have got at once. What is under pseudonyms is stored before it is given, and the key
    is saved before that, because without it nobody could turn them back. Where somebody else gives out numbers, or
    leaves the study, between the two, it is done again. A run that ends in between leaves the rest to the next.
    """

    def __init__(self, store: Store, study: Study, analyst: Analyst, names: str, *, dry: bool = False) -> None:
        """As `transcripts_for`."""
        self._store, self._study, self._dry = store, study, dry
        self._todo: list[str] = []
        self._is_beside_left = False
        """Whether names may stand beside the words that are to be replaced."""
        if are_replaced(store, study, names, analyst.remote):
            done = store.names_replaced(study)
            self._todo = [id_ for id_ in store.shelf(study).ids if not done[id_]]
            self._is_beside_left = bool(self._todo) or _has_named_files(store, study)
        self._last = self._todo[-1] if self._todo else None
        self._saving_seconds = 0.0
        if self._is_beside_left:
            self._open()

    @property
    def shelf(self) -> Shelf:
        """All current transcripts, as the analyst may see them."""
        return self._store.shelf(self._study).after(self.reach)

    def reach(self, transcript_id: str) -> None:
        """See that this transcript may be looked at, and those before it."""
        while transcript_id in self._todo:
            self._replace_some()

    def finish(self) -> None:
        """See that nothing of the study stands under names any more, be it a transcript that nobody looked at."""
        if not self._is_beside_left:
            return
        if self._last is not None:
            self.reach(self._last)
        while not self._replace_beside():
            pass
        if not self._dry:
            # What stood there under names is overwritten, in the write-ahead log too.
            self._store.scrub()
        # Noted last: until then the next run does this again.
        if self._last is not None:
            with self._store.write():
                for last in Shelf(self._store, self._study, [self._last]).there():
                    self._store.put_transcript(self._study, last, names="replaced")
        self._last, self._is_beside_left = None, False

    def _replace_some(self) -> None:
        """Replace names in the next few transcripts, at least in one; in none where somebody else came between."""
        self._heed_others()
        began, changed = time.monotonic(), list[Transcript]()
        enough = min(_WORTH * self._saving_seconds, _MOST_SECONDS)
        for transcript in Shelf(self._store, self._study, self._todo).there():
            changed.append(replace_names(transcript, self._key).transcript)
            if time.monotonic() - began >= enough:
                break
        if self._stored(partial(self._put, changed)):
            done = self._todo.index(changed[-1].id) + 1 if changed else len(self._todo)
            self._todo = self._todo[done:]

    def _replace_beside(self) -> bool:
        """Replace names in what stands beside the words; False where somebody else came between."""
        self._heed_others()
        store, study, key = self._store, self._study, self._key
        # Also of those that an earlier run replaced and did not come to the end of.
        called = {head.id: head.name for head in store.shelf(study).heads()}
        attributes = {
            one.id: clean_attributes(one.attributes, key, study.language).kept for one in store.participants(study)
        }
        failed = {file.key: neutral_name(file.name, [], key) for file in store.files(study) if file.state == "failed"}

        def put() -> None:
            for participant, kept in attributes.items():
                store.set_attributes(study, participant, kept)
            for file in store.files(study):
                own = (called[id_] for id_ in file.transcript_ids if id_ in called)
                store.see_file(study, replace(file, name=next(own, failed.get(file.key, file.name))))

        return self._stored(put)

    def _put(self, changed: Sequence[Transcript]) -> None:
        for transcript in changed:
            names = "kept" if transcript.id == self._last else "replaced"
            self._store.put_transcript(self._study, transcript, names=names)

    def _stored(self, put: Callable[[], None]) -> bool:
        """Save the key, and then store what stands under its pseudonyms, unless somebody else came between."""
        # The key first: nobody who wants to write to the database waits for somebody who has the key.
        with self._key.alone(), self._store.write():
            if self._somebody_left():
                return False
            if not self._dry and self._key.grew:
                began = time.monotonic()
                if not self._key.save():
                    return False
                self._saving_seconds = time.monotonic() - began
            put()
        return True

    def _heed_others(self) -> None:
        """Somebody else may have met names meanwhile, and given out numbers; ours are saved."""
        if self._key.moved or self._somebody_left():
            self._open()

    def _open(self) -> None:
        self._withdrawals = self._store.withdrawals(self._study)
        self._key = open_key(self._store, self._study)
        learn_names(Shelf(self._store, self._study, self._todo).heads(), self._key)
        self._key.keep_to({one.id for one in self._store.participants(self._study)})

    def _somebody_left(self) -> bool:
        """Whether somebody has left the study since: what was read of it before may hold their words."""
        return self._store.withdrawals(self._study) != self._withdrawals


def _has_named_files(store: Store, study: Study) -> bool:
    """Whether a file of which nothing was read, and which was met since, is called after somebody."""
    failed = [file.name for file in store.files(study) if file.state == "failed"]
    key = open_key(store, study) if failed else Key()
    return any(neutral_name(name, [], key) != name for name in failed)


def transcripts_for(
    store: Store, study: Study, analyst: Analyst, names: str, *, dry: bool = False
) -> Sequence[Transcript]:
    """The current transcripts as this analyst may see them.

    Args:
        store: holds the transcripts; those that must be under pseudonyms are stored so before they are returned.
        study: whose transcripts.
        analyst: who will read them.
        names: `replace`, `keep`, or `auto`: replaced for every analyst to whom text is sent, and in a study in which
            they were replaced before.
        dry: whether this is a try-out, after which no key is written.
    """
    Replacing(store, study, analyst, names, dry=dry).finish()
    return store.shelf(study)


def shown_results(store: Store, study: Study, results: Results) -> Results:
    """Results as others may see them: every text under pseudonyms, wherever a name might stand.

    Raises:
        StoreError: somebody left the study since they were loaded: their words and their name are to be nowhere.
    """
    key = open_key(store, study)
    while True:
        # Others are not held off: a run would fail that waits for all interviews to be masked.
        shown = _under_pseudonyms(results, key)
        _check_nobody_left(store, study, results)
        if key.save():
            return shown
        # Numbers that somebody else gave out meanwhile stand. Whoever was met here gets others at once: the next time
        # there is nobody new, and nothing to save, whatever others give out.
        met = key
        with Key.changed(key_path(store.path, study.name)) as key:
            _check_nobody_left(store, study, results)
            key.take_in(met)


def _check_nobody_left(store: Store, study: Study, results: Results) -> None:
    if not {one.id for one in results.participants} <= {one.id for one in store.participants(study)}:
        raise StoreError(f"Somebody left '{study.name}' while this was made. Do it again.")


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
