"""Making and changing a study before anything is read, as the web does; `synth run` makes its study itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from synth.accounts import RuleError
from synth.domain import fold_space
from synth.frameworks import DEFAULT_FRAMEWORK, load_framework, shipped_frameworks
from synth.privacy import key_path
from synth.store import Store, Study

MOST_NAME, MOST_SUBJECT = 200, 1_000
LANGUAGES = ("", "en", "nl")
"""Of drafts; empty: that of most of the interviews."""


def make_study(
    store: Store, name: str, subject: str = "", language: str = "", framework: str = DEFAULT_FRAMEWORK
) -> Study:
    """A study without interviews.

    Raises:
        RuleError: the name is taken or can be none, or there is no such language or framework.
    """
    named, about = checked_text(name, MOST_NAME), checked_text(subject, MOST_SUBJECT)
    if not named:
        raise RuleError("study-name-missing", "Give the study a name.")
    _check_language(language)
    _check_framework(framework)
    with store.write():
        if store.has_study(named):
            raise RuleError("study-name-taken", "There is a study of this name. Give another one.")
        return store.add_study(named, about, language, framework, "")


def drop_unbegun(store: Store, study: Study, *, key_too: bool) -> None:
    """Take a study out again that a run made, if meanwhile nobody else ran it, answered, uploaded to it or left it.

    Args:
        store: where it is.
        study: made by the run that failed.
        key_too: whether the key of pseudonyms beside the database is the run's as well.
    """
    if store.study_calls(study) or store.readings(study) or store.batches(study) or store.uploads(study):
        return
    if store.run_count(study) > 1 or store.withdrawals(study):
        return
    store.delete_study(study)
    if key_too:
        Path(key_path(store.path, study.name)).unlink(missing_ok=True)
    store.scrub()


def change_study(
    store: Store, study: Study, *, subject: str | None = None, language: str | None = None, framework: str | None = None
) -> Study:
    """Change what is given; None leaves it as it is. What was drafted stays as it was until the next run.

    Raises:
        RuleError: there is no such language or framework, or the subject is too long.
    """
    changed = replace(
        study,
        subject=study.subject if subject is None else checked_text(subject, MOST_SUBJECT),
        language=study.language if language is None else language,
    )
    _check_language(changed.language)
    if framework is not None and framework != study.framework:
        _check_framework(framework)
        changed = replace(changed, framework=framework, framework_yaml="")
    store.change_study(changed)
    return changed


def framework_names(language: str) -> dict[str, str]:
    """The frameworks that ship, by key, with their names."""
    return {key: load_framework(key).name(language) for key in shipped_frameworks()}


def checked_text(text: str, most: int) -> str:
    """Text on one line.

    Raises:
        RuleError: it is too long, or holds signs that cannot be shown.
    """
    folded = fold_space(text)
    if len(folded) > most or any(ord(sign) < 32 or 0xD800 <= ord(sign) < 0xE000 for sign in folded):
        raise RuleError("text-cannot-be", f"Give at most {most} signs, all of which can be shown.")
    return folded


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise RuleError("language-unknown", "A language is 'en', 'nl' or nothing.")


def _check_framework(framework: str) -> None:
    # Never a path: this may come from a browser.
    if framework not in shipped_frameworks():
        known = ", ".join(shipped_frameworks())
        raise RuleError("framework-unknown", f"There is no such framework. There are: {known}.")
