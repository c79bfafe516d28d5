"""Which files to read: folders in folders and zip archives as one list, with everything that is left out named.

Files are listed and not opened, so that a thousand interviews need the memory of one.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from synth.errors import InputError, ReadError
from synth.parse import archive
from synth.parse.reading import too_large
from synth.parse.settings import DEFAULT_SETTINGS, ReadSettings

_PEOPLE = frozenset(
    {
        *("participants", "participant", "deelnemers", "respondenten", "respondents", "demographics"),
        *("deelnemerslijst", "deelnemerlijst", "respondentenlijst"),
        *("participantlist", "participant-list", "participant_list", "participant list"),
    }
)
_TABLES = frozenset({".csv", ".tsv", ".xlsx"})
_NEVER = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".webp", ".svg"), "an image"),
    **dict.fromkeys(
        (".mp3", ".wav", ".m4a", ".ogg", ".flac", ".aac", ".wma", ".aif", ".aiff"), "a recording; transcribe it first"
    ),
    **dict.fromkeys((".mp4", ".mov", ".avi", ".mkv", ".webm", ".wmv"), "a video; transcribe it first"),
    **dict.fromkeys((".exe", ".dll", ".so", ".app", ".bin", ".iso", ".dmg"), "a program"),
    **dict.fromkeys((".db", ".sqlite", ".sqlite3"), "a database"),
    **dict.fromkeys((".gdoc", ".gsheet"), "a link to a document of Google; download it as .docx or .csv"),
    **dict.fromkeys((".ppt", ".pptx", ".key", ".odp"), "a presentation"),
    **dict.fromkeys(
        (".py", ".js", ".css", ".ts", ".xsd", ".xml", ".yaml", ".yml", ".toml", ".ini"),
        "no interview but code or settings",
    ),
}
_PROSE = frozenset({"readme", "license", "licence", "copying", "changelog", "attribution", "contributing"})
_RUBBISH = frozenset({"__macosx", "thumbs.db", "desktop.ini", ".ds_store"})
_MOST_FILES = 20_000
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that may be an interview."""

    path: Path
    name: str
    """How it is shown: the path below the folder that was given."""
    member: str | None = None
    """The file inside the archive at `path`."""

    def read(self, settings: ReadSettings = DEFAULT_SETTINGS) -> bytes:
        """Its bytes.

        Raises:
            ReadError: it is gone, may not be opened, or is over the limit.
        """
        try:
            if self.member is None:
                size = self.path.stat().st_size
                if size > settings.max_bytes:
                    raise ReadError(self.name, too_large(size, settings.max_bytes))
                return self.path.read_bytes()
            with zipfile.ZipFile(self.path) as packed:
                size = packed.getinfo(self.member).file_size
                if size > settings.max_bytes:
                    raise ReadError(self.name, too_large(size, settings.max_bytes))
                return archive.read_member(packed, self.member, self.name, settings.max_bytes)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            why = getattr(error, "strerror", None) or "it is damaged"
            raise ReadError(self.name, f"The file cannot be opened ({why}); check it and its permissions.") from error


@dataclass(frozen=True, slots=True)
class FileFailure:
    """A file that is not read, with a sentence that says why and what to do."""

    path: Path
    """Of the file, or of the archive that it is in."""
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """What lies under the paths that a person gave."""

    files: tuple[FoundFile, ...] = ()
    people: tuple[FoundFile, ...] = ()
    """Tables of participants: participants.csv and its like."""
    failed: tuple[FileFailure, ...] = ()
    folders: tuple[Path, ...] = ()
    """Those that were looked through."""


@dataclass(slots=True)
class _Finding:
    files: list[FoundFile] = field(default_factory=list)
    people: list[FoundFile] = field(default_factory=list)
    failed: list[FileFailure] = field(default_factory=list)
    own: Path | None = None

    def is_own(self, path: Path) -> bool:
        """Whether this is the study database, its log, or the key of names beside it."""
        if self.own is None or path.parent != self.own.parent:
            return False
        rest = path.name.removeprefix(self.own.name)
        return path.name.startswith(self.own.name) and (rest in ("", "-wal", "-shm", "-journal") or rest[:1] == ".")


def find_files(paths: Sequence[str | Path], *, own: str | Path | None = None) -> Found:
    """Every file under these paths, in the order of their names; hidden files are passed over.

    A file that a person names is listed whatever it is called; in folders and archives, images, recordings and the
    like are failures with a reason. The same file twice is listed once.

    Args:
        paths: files and folders.
        own: the study database; it and the key of names beside it are passed over where they lie among interviews.

    Raises:
        InputError: a path does not exist.
    """
    found = _Finding(own=Path(own).resolve() if own is not None else None)
    seen: set[tuple[Path, str | None]] = set()
    for given in paths:
        path = Path(given)
        if not path.exists():
            raise InputError(f"{given}: There is no such file or folder; check the path.")
        for file in _below(path, found):
            key = (file.path.resolve(), file.member)
            if found.is_own(key[0]):
                continue
            if key not in seen:
                seen.add(key)
                _sort(file, found, named=path.is_file() and file.member is None)
            if len(seen) > _MOST_FILES:
                raise InputError(
                    f"{given}: More than {_MOST_FILES} files lie under it; give the folder of the interviews."
                )
    folders = tuple(path for path in map(Path, paths) if path.is_dir())
    return Found(tuple(found.files), tuple(found.people), tuple(found.failed), folders)


def storable(name: str) -> str:
    """A name on the disk with its code in place of what is no UTF-8, as archives of other systems leave it there."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _below(path: Path, found: _Finding) -> Iterator[FoundFile]:
    if path.is_file():
        name = storable(path.name)
        yield from _members(path, name, found) if path.suffix.lower() == ".zip" else [FoundFile(path, name)]
        return
    yield from _walk(path, path, found, 0)


def _walk(folder: Path, top: Path, found: _Finding, depth: int) -> Iterator[FoundFile]:
    try:
        # By stem, so that `P01.txt` comes before `P01 (1).txt`, of which it may be the original.
        entries = sorted(folder.iterdir(), key=lambda entry: (entry.stem.casefold(), entry.name.casefold(), entry.name))
    except OSError as error:
        name = storable(folder.name if folder == top else folder.relative_to(top).as_posix())
        found.failed.append(FileFailure(folder, name, f"The folder cannot be opened ({error.strerror}); check it."))
        return
    for entry in entries:
        name = storable(entry.relative_to(top).as_posix())
        if entry.name.startswith((".", "~$")) or entry.name.casefold() in _RUBBISH:
            continue
        if entry.is_dir():
            if depth < _DEEPEST and not entry.is_symlink():
                yield from _walk(entry, top, found, depth + 1)
            else:
                why = "This folder is a link, or lies too deep; name it yourself to have it read."
                found.failed.append(FileFailure(entry, name, why))
        elif entry.is_file():
            yield from _members(entry, name, found) if entry.suffix.lower() == ".zip" else [FoundFile(entry, name)]
        else:
            found.failed.append(FileFailure(entry, name, "This is no regular file."))


def _members(path: Path, name: str, found: _Finding) -> Iterator[FoundFile]:
    """The files in a zip archive, without unpacking it."""
    try:
        with zipfile.ZipFile(path) as packed:
            infos = [info for info in packed.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):  # as in `archive.open_zip`
        found.failed.append(FileFailure(path, name, "The archive is damaged; download or pack it again."))
        return
    if len(infos) > _MOST_FILES:
        found.failed.append(
            FileFailure(path, name, f"The archive holds more than {_MOST_FILES} files; unpack the interviews.")
        )
        return
    for info in sorted(infos, key=lambda one: (one.filename.casefold().rsplit(".", 1)[0], one.filename.casefold())):
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        if any(
            (part.startswith((".", "~$")) and part not in {".", ".."}) or part.casefold() in _RUBBISH for part in parts
        ):
            continue
        shown = f"{name}/{'/'.join(part for part in parts if part not in {'..', '/'})}"
        if info.filename.lower().endswith(".zip"):
            found.failed.append(FileFailure(path, shown, "This is an archive in an archive; unpack it first."))
        else:
            yield FoundFile(path, shown, info.filename)


_RESULTS = {
    ".html": (b'<meta name="generator" content="Synth">',),
    ".json": (b'{\n "schema_version":',),
    ".csv": (b"persona,where,section,phase,key,claim_id,", b"finding,kind,label,phase,driver,question,"),
    ".md": (b"<!-- Synth -->",),
}
"""How reports and exports begin, by which they are known when a folder of interviews holds them too."""


def _is_result(path: Path, suffix: str) -> bool:
    """Whether this is a report or an export of ours: what was made from interviews is not read as one."""
    if suffix not in _RESULTS:
        return False
    try:
        with path.open("rb") as file:
            head = file.read(2048)
    except OSError:
        return False
    return any(mark in head for mark in _RESULTS[suffix])


def is_roster(name: str) -> bool:
    """Whether a file of this name is a table of participants."""
    path = PurePosixPath(name)
    return path.suffix.lower() in _TABLES and path.stem.casefold() in _PEOPLE


def _sort(file: FoundFile, found: _Finding, *, named: bool) -> None:
    """Put a file where it belongs."""
    last = PurePosixPath(file.name)
    suffix, stem = last.suffix.lower(), last.stem.casefold()
    if is_roster(file.name):
        found.people.append(file)
    elif not named and stem in _PROSE:
        found.failed.append(
            FileFailure(file.path, file.name, "This is about the files and no interview; it is not read.")
        )
    elif not named and file.member is None and _is_result(file.path, suffix):
        return
    elif not named and suffix in _NEVER:
        found.failed.append(FileFailure(file.path, file.name, f"This is {_NEVER[suffix]}; it is not read."))
    else:
        found.files.append(file)
