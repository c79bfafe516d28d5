"""Accounts from the command line, how long studies are kept, and what a deleted study leaves behind."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from synth.accounts import Role, secret_key, verify_password
from synth.cli.user import user
from synth.errors import InputError, SynthError
from synth.migrations import migrations
from synth.pipeline.retention import NOTICE_DAYS, add_months, apply_retention, delete_study, keeping, set_retention
from synth.review import Decision
from synth.store import Store, Study, open_store
from tests.web import PASSWORD, add_account, keep_study


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "study.db")


def call(db: str, *words: str, stdin: str = "") -> Any:
    return CliRunner().invoke(user, [*words, "--db", db], input=stdin)


def test_first_account_is_an_admin_and_the_password_is_asked_for_and_hidden(db: str) -> None:
    result = call(db, "add", "Mira", "--name", "Mira Vos", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    store = open_store(db)
    account = store.account_of("mira")
    assert (account.role, account.shown_name) == (Role.ADMIN, "Mira Vos")
    stored = store.password_hash("MIRA")
    assert stored is not None
    assert stored[1].startswith("$argon2id$")
    assert verify_password(stored[1], PASSWORD)
    assert not verify_password(stored[1], PASSWORD.upper())


def test_password_comes_from_standard_input_for_scripts(db: str) -> None:
    assert call(db, "add", "mira", "--password-stdin", stdin=f"{PASSWORD}\nrest").exit_code == 0
    store = open_store(db)
    stored = store.password_hash("mira")
    assert stored is not None
    assert verify_password(stored[1], PASSWORD)


@pytest.mark.parametrize(
    ("words", "password", "why"),
    [
        (["mira", "--role", "viewer"], PASSWORD, "must be an admin"), (["mira vos"], PASSWORD, "no spaces"),
        (["mira"], "short", "too short"), (["mira"], "aaaaaaaaaaaa", "too easy"),
        (["mira.vos.1"], "Mira.Vos.1", "too easy"), (["mira", "--study", "None"], PASSWORD, "No study"),
    ],
)  # fmt: skip
def test_account_that_cannot_be_is_said_and_not_made(db: str, words: list[str], password: str, why: str) -> None:
    result = call(db, "add", *words, "--password-stdin", stdin=password + "\n")
    assert isinstance(result.exception, SynthError)
    assert why in str(result.exception)
    assert not open_store(db).has_accounts()


def test_roles_are_by_study_and_listed(db: str) -> None:
    study = keep_study(Path(db), people=3)
    call(db, "add", "mira", "--password-stdin", stdin=PASSWORD + "\n")
    call(db, "add", "joris", "--role", "reviewer", "--study", study.name, "--password-stdin", stdin=PASSWORD + "\n")
    listed = json.loads(call(db, "list", "--json").output)["accounts"]
    assert [(one["login"], one["role"], one["studies"]) for one in listed] == [
        ("joris", None, {study.name: "reviewer"}), ("mira", "admin", {}),
    ]  # fmt: skip
    call(db, "role", "joris", "researcher", "--study", study.name)
    joris = open_store(db).account_of("joris")
    assert (joris.role_on(study.id), joris.role_on("other")) == (Role.RESEARCHER, None)


def test_last_admin_cannot_be_lost_while_others_stay(db: str) -> None:
    add_account(Path(db), "mira", "admin")
    add_account(Path(db), "joris", "viewer")
    for words in (("remove", "mira"), ("role", "mira", "viewer")):
        assert isinstance(call(db, *words).exception, InputError)
    assert call(db, "remove", "joris").exit_code == 0
    assert call(db, "remove", "mira").exit_code == 0
    assert not open_store(db).has_accounts()


def test_login_of_an_ended_account_is_not_given_again(db: str) -> None:
    add_account(Path(db), "mira", "admin")
    add_account(Path(db), "joris", "viewer")
    call(db, "remove", "joris")
    result = call(db, "add", "joris", "--password-stdin", stdin=PASSWORD + "\n")
    assert isinstance(result.exception, InputError)


def test_token_is_printed_once_and_only_its_hash_is_kept(db: str) -> None:
    add_account(Path(db), "mira", "admin")
    result = call(db, "token", "mira", "--name", "nightly", "--scope", "reviewer", "--days", "30")
    secret = result.stdout.strip()
    assert secret.startswith("synth_")
    store = open_store(db)
    token = store.token_of(secret_key(secret))
    assert token is not None
    assert (token.scope, token.name) == (Role.REVIEWER, "nightly")
    assert secret.encode() not in Path(db).read_bytes()
    _, entries = store.audit(refused=False)
    assert entries[0].what == "token-made"
    assert secret not in entries[0].about


# --- Retention -------------------------------------------------------------------------------------------------------


@pytest.fixture
def study(db: str) -> Study:
    return keep_study(Path(db), people=3)


@pytest.fixture
def store(db: str, study: Study) -> Store:
    assert study.name
    return open_store(db)


@pytest.mark.parametrize(
    ("moment", "months", "later"),
    [("2026-01-31", 1, "2026-02-28"), ("2027-12-15", 1, "2028-01-15"), ("2027-08-31", 6, "2028-02-29")],
)
def test_months_end_where_the_calendar_says(moment: str, months: int, later: str) -> None:
    assert add_months(datetime.fromisoformat(moment), months).date().isoformat() == later


def test_study_is_deleted_after_its_months_and_a_notice_and_not_before(store: Store, study: Study) -> None:
    set_retention(store, study, 6, "JB")
    kept = keeping(store, study)
    assert kept is not None
    due = datetime.fromisoformat(kept.due_utc)
    assert apply_retention(store, due - timedelta(hours=1)) == ([], [])
    assert apply_retention(store, due + timedelta(hours=1)) == ([study.name], [])
    assert apply_retention(store, due + timedelta(days=NOTICE_DAYS - 1)) == ([], [])
    assert apply_retention(store, due + timedelta(days=NOTICE_DAYS, hours=2)) == ([], [study.name])
    assert store.studies() == []
    _, entries = store.audit(refused=False)
    assert [one.what for one in entries] == ["study-deleted", "retention-notice"]


def test_work_on_a_study_after_the_notice_keeps_it(store: Store, study: Study) -> None:
    set_retention(store, study, 6, "JB")
    kept = keeping(store, study)
    assert kept is not None
    due = datetime.fromisoformat(kept.due_utc)
    apply_retention(store, due + timedelta(days=1))
    later = (due + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    store.decide(study, Decision("d", "claim", "c", "accept", "JB", decided_utc=later))
    assert apply_retention(store, due + timedelta(days=NOTICE_DAYS + 2)) == ([], [])
    fresh = keeping(store, study)
    assert fresh is not None
    assert not fresh.noticed


@pytest.mark.parametrize(
    "work",
    [
        "insert into uploads values (:s, 'u', 'a.txt', 'x', 1, null, 'waiting', '', '{}', '{}', 'JB', :now)",
        "insert into map_states values (:s, 'm', 'agreed', 'd', 'JB', :now)",
        "insert into drawn_phases values (:s, 'm', 'own', 'use', 1, '', 'JB', :now)",
        "insert into comments (study_id, subject, subject_id, by_whom, text, written_utc, resolved_utc) "
        "values (:s, 'claim', 'c', 'JB', 'Why?', '2020-01-01T00:00:00Z', :now)",
    ],
    ids=["upload", "state of a map", "map drawn by hand", "comment resolved"],
)
def test_whatever_somebody_does_on_a_study_is_work_on_it(store: Store, study: Study, work: str) -> None:
    with store.write() as db:
        db.execute(work, {"s": study.id, "now": "2199-01-01T00:00:00Z"})
    assert store.last_worked_on(study) == "2199-01-01T00:00:00Z"


def test_study_without_retention_stays(store: Store, study: Study) -> None:
    assert apply_retention(store, datetime(2199, 1, 1, tzinfo=UTC)) == ([], [])
    assert store.studies() == [study]


@pytest.mark.parametrize("months", [0, -1, 601])
def test_retention_that_cannot_be_is_refused(store: Store, study: Study, months: int) -> None:
    with pytest.raises(InputError):
        set_retention(store, study, months, "JB")


def test_deleted_study_leaves_no_word_in_the_file_and_others_alone(store: Store, study: Study, db: str) -> None:
    other = keep_study(Path(db), name="Fietsen", language="nl", people=3)
    store.decide(study, Decision("d", "claim", "c", "edit", "JB", "before", "Wholly unique sentence."))
    assert b"broke down twice" in Path(db).read_bytes() + Path(f"{db}-wal").read_bytes()
    store.keep_answer("key", "request", 201, '{"name": "interview of Wilhelmina.txt"}', "2020")
    assert delete_study(store, study)
    store.close()
    left = b"".join(path.read_bytes() for path in Path(db).parent.iterdir() if path.name.startswith("study.db"))
    assert b"broke down twice" not in left
    # Nor any word by itself, in the index of words.
    assert b"worried" not in left
    assert b"relieved" not in left
    assert b"Wholly unique sentence." not in left
    assert b"Wilhelmina" not in left
    assert b"ging twee keer stuk" in left
    again = open_store(db)
    assert [one.name for one in again.studies()] == [other.name]
    assert len(again.findings(other)) == 15
    again.close()


# --- The schema ------------------------------------------------------------------------------------------------------


def test_database_with_a_study_from_before_accounts_opens_and_loses_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "old.db")
    connection = sqlite3.connect(path)
    old = Database(connection)
    migrations.apply(old, stop_before="m007_accounts")
    assert "accounts" not in old.table_names()
    connection.execute(
        "insert into studies values ('s1', 'Old', 'about', 'en', 'customer', '', '2026-01-01T00:00:00Z')"
    )
    connection.execute(
        "insert into decisions values (1, 's1', 'd', 'claim', 'c', 'accept', 'JB', '2026', null, null, '')"
    )
    connection.commit()
    connection.close()
    store = open_store(path)
    assert [study.name for study in store.studies()] == ["Old"]
    assert [one.by_whom for one in store.decisions(store.studies()[0])] == ["JB"]
    assert not store.has_accounts()
    add_account(tmp_path / "old.db", "mira", "admin")
    assert store.has_accounts()
    store.close()
