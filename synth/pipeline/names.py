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
from synth.privacy import Key, Masker, clean_attributes, key_path, learn_names, neutral_name, replace_names
from synth.results import Failure, Results
from synth.store import Store, Study

Mask = Callable[[str], str]

_TRIES = 3
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
    if names == "keep" or (names == "auto" and not analyst.remote):
        return store.shelf(study)
    done = store.names_replaced(study)
    todo = store.shelf(study).without({id_ for id_, replaced in done.items() if replaced})
    if todo:
        key = open_key(store, study)
        learn_names(todo.heads(), key)
        called: dict[str, str] = {}
        for first in range(0, len(todo), _AT_ONCE):
            changed = [replace_names(transcript, key).transcript for transcript in todo[first : first + _AT_ONCE]]
            if not dry:
                # Before anything is stored or sent under pseudonyms: without the key nobody could turn them back.
                key.save()
            for transcript in changed:
                store.put_transcript(study, transcript, names="replaced")
                called[transcript.id] = transcript.name
        attributes = {
            one.id: clean_attributes(one.attributes, key, study.language).kept for one in store.participants(study)
        }
        failed = {file.key: neutral_name(file.name, [], key) for file in store.files(study) if file.state == "failed"}
        if not dry:
            key.save()
        for participant, kept in attributes.items():
            store.set_attributes(study, participant, kept)
        for file in store.files(study):
            own = next((called[id_] for id_ in file.transcript_ids if id_ in called), failed.get(file.key, file.name))
            store.see_file(study, replace(file, name=own))
        if not dry:
            # What stood there under names is overwritten, in the write-ahead log too.
            store.scrub()
    return store.shelf(study)


def shown_results(store: Store, study: Study, results: Results) -> Results:
    """Results as others may see them: every text under pseudonyms, wherever a name might stand."""
    for _ in range(_TRIES):
        key = open_key(store, study)
        shown = _under_pseudonyms(results, key)
        # Numbers that somebody else gave out meanwhile stand: these are given out anew.
        if not (key.grew and key.moved):
            break
    key.save()
    return shown


def _under_pseudonyms(results: Results, key: Key) -> Results:
    learn_names(results.transcripts, key)
    masked = [replace_names(transcript, key).transcript for transcript in results.transcripts]
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
