"""The key: which pseudonym stands for which name. A file of its own beside the database, never in it.

The promises: only its owner may read the file (mode 600); it is written whole or not at all, and never over what
somebody else wrote meanwhile; the same name has the same pseudonym in every run and file of a study; a number that was
given out is never given to another name, also after somebody withdrew. Without the key the pseudonyms of a study cannot
be turned back, by anybody.
"""

from __future__ import annotations

import glob
import hmac
import json
import os
import re
import secrets
import sys
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from synth import __version__
from synth.domain import content_id, fold_space, slug_of
from synth.errors import StoreError
from synth.privacy.lists import Listed
from synth.privacy.pseudonyms import render_pseudonym
from synth.privacy.values import Identifier

_LEFT_SECONDS = 60.0
"""A file that was begun to be written longer ago than this is of a program that is no more."""
_LOCK_SECONDS = 60.0
"""How long somebody else may take to save a key, and all that it does meanwhile."""
_TRY_SECONDS = 0.005


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Identifier
    number: int
    canonical: str
    spellings: list[str]


class _KeyFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    format: Literal[1]
    note: str
    participants: dict[str, list[str]]
    entries: list[_Entry]
    given: dict[Identifier, int]
    lists: dict[Listed, list[str]]
    files: dict[str, str]
    retired: list[str] = []
    salt: str = ""


_NOTE = "This file turns pseudonyms back into names. Keep it apart from the results; whoever has both has the names."


def key_path(database: str | Path, study: str) -> Path:
    """Where the key of a study stands: beside its database, under a name that no other study has."""
    slug = slug_of(study)
    if slug != study:
        slug = f"{slug}-{content_id(study)[:6]}".lstrip("-")
    path = Path(database)
    return path.with_name(f"{path.name}.{slug}.key.json")


class Key:
    """The pseudonyms of one study. Grows as names are met; `save` writes it."""

    def __init__(self, path: Path | None = None) -> None:
        """An empty key; `load` reads one. Without a path it lives in memory only, as for a preview."""
        self.path = path
        self.participants: dict[str, list[str]] = {}
        """Labels under which each participant speaks, by their id."""
        self.lists: dict[Listed, list[str]] = {}
        """What a researcher added: names to replace, by kind, and under `keep` words to leave as they are."""
        self.files: dict[str, str] = {}
        """File names that held a name, and what they are called in the study."""
        self.retired: list[str] = []
        """Ids of participants who withdrew: they are nobody else's later."""
        self.revision = 0
        """Rises whenever the names that every transcript is searched for change."""
        self.changes = 0
        """Rises with all that `save` would write anew, other than by `forget`."""
        self._entries: dict[tuple[Identifier, str], _Entry] = {}
        self._given: dict[Identifier, int] = {}
        self._salt = ""
        self._saved = ""
        self._saved_size = (0, 0)
        self._is_alone = False

    @classmethod
    def load(cls, path: Path) -> Key:
        """Read a key; an empty one where there is no file yet.

        Raises:
            StoreError: the file cannot be read, or is no key.
        """
        key = cls(path)
        try:
            raw = path.read_text("utf-8")
            if os.name == "posix" and path.stat().st_mode & 0o077:
                path.chmod(0o600)
        except FileNotFoundError:
            return key
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(
                f"{path}: the key cannot be read ({type(error).__name__}). Check its permissions."
            ) from error
        try:
            held = _KeyFile.model_validate_json(raw)
        except ValidationError:
            # Without the cause: it would quote the names in the file.
            raise StoreError(
                f"{path}: this is no key of a study, or it is damaged. Restore a copy: names that were replaced cannot "
                "be turned back without it."
            ) from None
        key.participants, key.lists, key.files = held.participants, dict(held.lists), held.files
        key.retired, key._salt = held.retired, held.salt
        key._given = dict(held.given)
        key._entries = {(entry.kind, entry.canonical): entry for entry in held.entries}
        key._saved, key._saved_size = raw, (key.changes, len(key.files))
        return key

    @classmethod
    @contextmanager
    def changed(cls, path: Path) -> Iterator[Key]:
        """A key as it stands, which is saved as it is left; nobody else saves it meanwhile.

        Raises:
            StoreError: the file cannot be read or written.
        """
        with _alone(path.parent):
            key = cls.load(path)
            yield key
            key._write(path)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else saves a key beside this one meanwhile: to `save` it takes no waiting.

        Whoever saves within a transaction begins this first and the transaction second: whoever waits for a key waits
        longer than others wait for the database.

        Raises:
            StoreError: somebody else does not come to an end.
        """
        with nullcontext() if self.path is None else _alone(self.path.parent):
            self._is_alone = True
            try:
                yield
            finally:
                self._is_alone = False

    def save(self, wait_seconds: float = _LOCK_SECONDS) -> bool:
        """Write the key if it changed: whole or not at all, readable by its owner alone. Nothing without a path.

        Args:
            wait_seconds: how long somebody else may take to save a key beside it.

        Returns:
            False, and nothing is written, where somebody else wrote the file since it was read or saved here. Numbers
            that were given out here since may be those of other names there: read it again, and give them out anew.

        Raises:
            StoreError: the file cannot be written, or somebody else takes longer.
        """
        if self.path is None or self._dump() == self._saved:
            return True
        with nullcontext() if self._is_alone else _alone(self.path.parent, wait_seconds):
            if self.moved:
                return False
            self._write(self.path)
        return True

    def _write(self, path: Path) -> None:
        raw = self._dump()
        if not self._salt:
            self._salt = secrets.token_hex(16)
            raw = self._dump()
        self._clear_left()
        # A name of its own: not every system can hold others off.
        beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise StoreError(
                f"{path}: the key cannot be written ({type(error).__name__}). Nothing was sent under pseudonyms "
                "that could not be turned back; make room or check the permissions of the folder, and try again."
            ) from error
        self._saved, self._saved_size = raw, (self.changes, len(self.files))

    def _clear_left(self) -> None:
        """Remove what a program that was killed while it saved has left: it holds names, and nobody finishes it."""
        if self.path is not None:
            for left in self.path.parent.glob(f"{glob.escape(self.path.name)}.*.new"):
                with suppress(OSError):
                    if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                        left.unlink()

    @property
    def grew(self) -> bool:
        """Whether `save` has anything to write that came since the key was read or saved; withdrawals aside."""
        # A file of an earlier version has no salt, without which `names_mark` could be guessed at.
        unsalted = bool(self._saved) and not self._salt
        return unsalted or self._saved_size != (self.changes, len(self.files))

    @property
    def moved(self) -> bool:
        """Whether somebody else has written the file since this was read or saved."""
        try:
            return self.path is not None and self.path.read_text("utf-8") != self._saved
        except OSError:
            return bool(self._saved)

    def names_mark(self) -> str:
        """A sign for the names that every transcript is searched for: another one whenever they change.

        A later version of Synth may find more of them, and has another one too. Of a key that is saved it tells nobody
        who has not the file anything about the names.
        """
        held = [__version__, self.participants, self.lists, self.interviewers(), self.retired]
        said = json.dumps(held, ensure_ascii=False, sort_keys=True).encode("utf-8")
        return hmac.new(self._salt.encode("ascii"), said, sha256).hexdigest()[:32]

    # --- Pseudonyms ---

    def pseudonym(self, kind: Identifier, canonical: str, language: str, spelling: str | None = None) -> str:
        """The pseudonym of a name or number, a new one where it was not met before.

        Args:
            canonical: what makes two spellings the same.
            language: of the transcript; decides the word, not the number: `persoon 3` is `person 3`.
            spelling: as it stood there; kept so that it can be turned back.
        """
        entry = self._entries.get((kind, canonical))
        if entry is None:
            number = self._given[kind] = self._given.get(kind, 0) + 1
            self.revision += kind is Identifier.INTERVIEWER
            self.changes += 1
            entry = self._entries[kind, canonical] = _Entry(kind=kind, number=number, canonical=canonical, spellings=[])
        if spelling is not None and (folded := fold_space(spelling)) not in entry.spellings:
            entry.spellings.append(folded)
            self.changes += 1
        return render_pseudonym(kind, entry.number, language)

    def take_in(self, other: Key) -> None:
        """Meet everybody whom another state of this key has met: names that are new here get numbers of their own."""
        for entry in other._entries.values():
            self.pseudonym(entry.kind, entry.canonical, "en")
            for spelling in entry.spellings:
                self.pseudonym(entry.kind, entry.canonical, "en", spelling)
        for participant_id, labels in other.participants.items():
            for label in labels:
                self.add_participant(participant_id, label)
        taken = set(self.files.values())
        self.files = {name: neutral for name, neutral in other.files.items() if neutral not in taken} | self.files

    def add_participant(self, participant_id: str, label: str) -> None:
        """Note under which label of a file a participant speaks."""
        labels = self.participants.setdefault(participant_id, [])
        if (folded := fold_space(label)) not in labels:
            labels.append(folded)
            self.revision += 1
            self.changes += 1

    def keep_to(self, people: Collection[str]) -> None:
        """Forget ids that nobody has any more, where others speak under their labels now; nobody else gets them.

        Args:
            people: the ids of everybody in the study.
        """
        for gone in [one for one in self.participants if one not in people]:
            others = {label for one, labels in self.participants.items() if one != gone for label in labels}
            if others.issuperset(self.participants[gone]):
                del self.participants[gone]
                self.retired.append(gone)
                self.revision += 1
                self.changes += 1

    def known_labels(self) -> dict[str, str]:
        """Participant id by label in lower case: what `assign_participants` needs to know people again."""
        return {label.casefold(): person for person, labels in self.participants.items() for label in labels}

    def interviewers(self) -> list[str]:
        """The labels of everybody who asked."""
        return [s for entry in self._entries.values() if entry.kind is Identifier.INTERVIEWER for s in entry.spellings]

    def names(self) -> dict[str, tuple[str, ...]]:
        """Every pseudonym, in both languages, with the names it stands for: for those who may see names."""
        found: dict[str, tuple[str, ...]] = {person: tuple(labels) for person, labels in self.participants.items()}
        for entry in self._entries.values():
            for language in ("en", "nl"):
                found[render_pseudonym(entry.kind, entry.number, language)] = tuple(entry.spellings)
        return found

    def add_to_list(self, kind: Listed, name: str) -> None:
        """A name that the researcher wants replaced, or under `keep` left as it is, in every transcript."""
        listed = self.lists.setdefault(kind, [])
        if (folded := fold_space(name)) and folded.casefold() not in {known.casefold() for known in listed}:
            listed.append(folded)
            self.revision += 1
            self.changes += 1

    # --- Withdrawal ---

    def forget(self, participant_id: str, remaining: Iterable[str]) -> int:
        """Remove a participant, and everybody who is met in no text that remains; how many entries went.

        Numbers that were given out stay given out.

        Args:
            remaining: the texts of all transcripts that the study still has.
        """
        before = self._size()
        self.revision += 1
        if participant_id not in self.retired:
            self.retired.append(participant_id)
        labels = {label.casefold() for label in self.participants.pop(participant_id, [])}
        # On one line each: a name that was wrapped in the source is found.
        texts = [fold_space(text).casefold() for text in remaining]
        words = {word for text in texts for word in _WORD.findall(text)}
        self._entries = {
            place: entry
            for place, entry in self._entries.items()
            if entry.kind is Identifier.INTERVIEWER or _is_met(entry, texts, words)
        }
        self.lists = {
            kind: [name for name in names if name.casefold() not in labels] for kind, names in self.lists.items()
        }
        held = re.compile(rf"(?<!\w){re.escape(participant_id)}(?!\w)")
        # A file of which nothing was read has nobody's id in its neutral name.
        parts = {part for label in labels for part in _LETTERS.findall(label) if len(part) > 2}
        self.files = {
            name: neutral
            for name, neutral in self.files.items()
            if not held.search(neutral) and parts.isdisjoint(_LETTERS.findall(name.casefold()))
        }
        return before - self._size()

    def _size(self) -> int:
        return (
            len(self._entries)
            + len(self.files)
            + sum(map(len, self.participants.values()))
            + sum(map(len, self.lists.values()))
        )

    def _dump(self) -> str:
        held = _KeyFile(
            format=1,
            note=_NOTE,
            participants=self.participants,
            entries=list(self._entries.values()),
            given=self._given,
            lists=self.lists,
            files=self.files,
            retired=self.retired,
            salt=self._salt,
        )
        return held.model_dump_json(indent=1) + "\n"


@contextmanager
def _alone(folder: Path, wait_seconds: float = _LOCK_SECONDS) -> Iterator[None]:
    """Nobody else saves a key in this folder meanwhile, in any process or thread, where the system can hold them off.

    Whoever is killed meanwhile holds nobody off any more.

    Raises:
        StoreError: somebody else does not come to an end.
    """
    descriptor = -1
    try:
        with suppress(OSError):  # what cannot be opened is told where the key is written
            descriptor = os.open(folder, os.O_RDONLY)
        if descriptor >= 0:
            _lock(descriptor, folder, wait_seconds)
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _lock(descriptor: int, folder: Path, wait_seconds: float) -> None:
    if sys.platform == "win32":
        return
    import fcntl

    until = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise StoreError(
                    f"{folder}: another program has been writing a key here for long. Do this again when it has ended."
                ) from None
            time.sleep(_TRY_SECONDS)
        except OSError:  # a disk that knows no locks
            return
        else:
            return


_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]+")


def _is_met(entry: _Entry, texts: Iterable[str], words: set[str]) -> bool:
    """Whether an entry's name or pseudonym stands in any of the texts; all in lower case."""
    written = [render_pseudonym(entry.kind, entry.number, language) for language in ("en", "nl")] + entry.spellings
    possible = [word.casefold() for word in written if words.issuperset(_WORD.findall(word.casefold()))]
    if not possible:
        return False
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in possible))
    return any(pattern.search(text) for text in texts)
