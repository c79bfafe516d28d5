"""The codebook of a study and the themes that it grows from, with the decisions of people on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synth.codebook import MOST_CODES, propose_codes, read_codebook
from synth.domain import Code, Finding, Kind, Theme, fold_space
from synth.errors import NotFoundError, ReadError, SettingError
from synth.pipeline.loading import load_results
from synth.regroup import ThemeChange, standing_changes, theme_id
from synth.results import Results
from synth.review import Decision
from synth.store import Store, Study

LONGEST_LABEL = 80
SHARED_BY = 2
"""One person's words are no agreement: a theme becomes a code from so many people on."""


# --- Codes -------------------------------------------------------------------------------------------------------


def proposed_codes(store: Store, study: Study) -> tuple[Code, ...]:
    """Themes of findings that no code fits, as codes that a person may take over; those of most people first.

    No more than the codebook has room for.
    """
    results = _results(store, study)
    return () if results is None else _proposed(store, study, results, results.provenance.model)


def codes_to_adopt(store: Store, study: Study) -> tuple[Code, ...]:
    """Those of the proposed ones that `adopt_themes` would take."""
    results = _results(store, study)
    return () if results is None else _proposed(store, study, results, results.provenance.model, SHARED_BY)


def _proposed(store: Store, study: Study, results: Results, made_by: str, least_people: int = 1) -> tuple[Code, ...]:
    found, words = _words(results)
    proposed = propose_codes(
        results.draft.themes, found, words, study.language, made_by, results.framework, least_people
    )
    codes = store.codebook(study)
    taken = {(code.kind, code.name.casefold()) for code in codes}
    return tuple(
        code
        for code in proposed
        if (code.kind, code.name.casefold()) not in taken and (None, code.name.casefold()) not in taken
    )[: max(0, MOST_CODES - len(codes))]


def drop_code(store: Store, study: Study, kind: Kind | None, name: str) -> None:
    """Take a code out; findings that were given it keep its name until they are read again.

    Raises:
        NotFoundError: there is no such code.
    """
    codes = list(store.codebook(study))
    del codes[_place(codes, kind, name)]
    store.put_codebook(study, codes)


def drop_codes(store: Store, study: Study, name: str) -> int:
    """Take out every code of this name, whatever its kind.

    Returns:
        How many there were.

    Raises:
        NotFoundError: there is none.
    """
    kinds = [code.kind for code in store.codebook(study) if code.name.casefold() == fold_space(name).casefold()]
    if not kinds:
        raise NotFoundError(f"The codebook has no code '{name}'. `synth codebook '{study.name}'` lists them.")
    for kind in kinds:
        drop_code(store, study, kind, name)
    return len(kinds)


def adopt_themes(store: Store, study: Study, by_whom: str) -> tuple[Code, ...]:
    """Add the proposed codes that several people share to the codebook.

    Returns:
        Those that were added: as `codes_to_adopt` lists them, made by whoever adopts them.

    Raises:
        NotFoundError: the study has no draft, so no themes.
    """
    new = _proposed(store, study, load_results(store, study), by_whom, SHARED_BY)
    store.put_codebook(study, [*store.codebook(study), *new])
    return new


def clear_codebook(store: Store, study: Study) -> int:
    """Take all codes out; findings that were given one keep its name until they are read again.

    Returns:
        How many there were.
    """
    codes = store.codebook(study)
    store.put_codebook(study, ())
    return len(codes)


def import_codebook(store: Store, study: Study, path: str) -> int:
    """Take the codebook of a file (.csv or .qdc) in the place of the study's own.

    Returns:
        How many codes it has.

    Raises:
        ReadError: the file is not there, or no codebook.
    """
    codes = load_codebook(path)
    store.put_codebook(study, codes)
    return len(codes)


def load_codebook(path: str) -> tuple[Code, ...]:
    """The codes of a file.

    Raises:
        ReadError: as `import_codebook`.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ReadError(path, "This file cannot be opened; check its name.") from error
    return read_codebook(data, Path(path).name)


# --- Themes ------------------------------------------------------------------------------------------------------


def merge_themes(
    store: Store, study: Study, theme_ids: Sequence[str], *, label: str | None = None, by_whom: str,
    shown: Sequence[Theme],
) -> Decision:  # fmt: skip
    """Make one theme of several of a kind; the first stays, with its name unless another is given.

    Raises:
        NotFoundError: a theme is not shown now.
        SettingError: fewer than two, or of different kinds.
    """
    themes = [_theme(shown, study, one) for one in dict.fromkeys(theme_ids)]
    if len(themes) < 2:
        raise SettingError("Give at least two themes to merge.")
    if len({theme.kind for theme in themes}) > 1:
        raise SettingError("Themes of different kinds cannot be merged: a feeling is not a contact.")
    change = ThemeChange(theme_ids=tuple(theme.id for theme in themes), label=_label(label))
    before = " + ".join(theme.label for theme in themes)
    return _decide(store, study, themes[0].id, "merge", change, before, by_whom)


def split_theme(
    store: Store, study: Study, theme: str, finding_ids: Sequence[str], *, label: str, by_whom: str,
    shown: Sequence[Theme],
) -> Decision:  # fmt: skip
    """Take findings out of a theme; they become one of their own.

    Raises:
        NotFoundError: the theme is not shown now, or does not hold these findings.
        SettingError: nothing would leave, all would, or the new name is the old one.
    """
    old = _theme(shown, study, theme)
    leaving = tuple(dict.fromkeys(finding_ids))
    if not set(leaving) <= set(old.finding_ids):
        raise NotFoundError(f"The theme '{old.label}' does not hold all of these findings.")
    if not leaving or len(leaving) == len(old.finding_ids):
        raise SettingError("Take some findings out of a theme and leave some in it; to rename it, rename it.")
    name = _label(label) or ""
    if theme_id(old.kind, name) == old.id or name.casefold() == old.label.casefold():
        raise SettingError("Give what leaves a name of its own.")
    change = ThemeChange(finding_ids=leaving, label=name)
    return _decide(store, study, old.id, "split", change, old.label, by_whom)


def rename_theme(
    store: Store, study: Study, theme: str, label: str, *, by_whom: str, shown: Sequence[Theme]
) -> Decision:
    """Give a theme another name; its id stays.

    Raises:
        NotFoundError: it is not shown now.
        SettingError: the name is empty or too long.
    """
    old = _theme(shown, study, theme)
    name = _label(label)
    if name is None:
        raise SettingError("Give the theme a name.")
    return _decide(store, study, old.id, "edit", ThemeChange(label=name), old.label, by_whom)


def undo_theme(store: Store, study: Study, theme: str, *, by_whom: str) -> Decision:
    """Take back the last decision that stands on a theme.

    Raises:
        NotFoundError: there is none.
    """
    standing = [one for one in standing_changes(store.theme_decisions(study)) if one.subject_id == theme]
    if not standing:
        raise NotFoundError("Nothing was decided on this theme that could be undone.")
    undone = Decision(store.newest_draft_id(study) or "", "theme", theme, "undo", by_whom, before=standing[-1].after)
    store.decide(study, undone)
    return undone


def _decide(
    store: Store, study: Study, subject_id: str, action: str, change: ThemeChange, before: str, by_whom: str
) -> Decision:
    draft_id, after = store.newest_draft_id(study) or "", change.as_text()
    decision = Decision(draft_id, "theme", subject_id, action, by_whom, before=before, after=after)
    store.decide(study, decision)
    return decision


def _theme(shown: Sequence[Theme], study: Study, given: str) -> Theme:
    found = [theme for theme in shown if theme.id == given]
    if not found:
        raise NotFoundError(f"No theme {given} is shown in '{study.name}'. The ids stand in the JSON export.")
    return found[0]


def _label(label: str | None) -> str | None:
    name = fold_space(label or "")
    if len(name) > LONGEST_LABEL:
        raise SettingError(f"A theme's name has at most {LONGEST_LABEL} characters.")
    return name or None


def _place(codes: Sequence[Code], kind: Kind | None, name: str) -> int:
    wanted = fold_space(name).casefold()
    for at, code in enumerate(codes):
        if code.kind is kind and code.name.casefold() == wanted:
            return at
    raise NotFoundError(f"The codebook has no code '{name}' of this kind.")


def _results(store: Store, study: Study) -> Results | None:
    return load_results(store, study) if store.newest_draft_id(study) is not None else None


def _words(results: Results) -> tuple[dict[str, Finding], dict[str, str]]:
    texts = {transcript.id: transcript for transcript in results.transcripts}
    found = {finding.id: finding for finding in results.findings}
    words = {}
    for finding in results.findings:
        where = finding.evidence
        words[finding.id] = fold_space(texts[where.transcript_id].slice(where.first_line, where.last_line)[2])
    return found, words
