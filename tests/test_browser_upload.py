"""The way in: upload, put right who is who, see what it costs, read, watch, and come back to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synth.accounts import Role
from tests.web import Served, Window, add_account, chromium, opened, serving

DIALOGUE = """Sofie Aalders: Hoe ging het met de nieuwe app?

Karim Bos: Nou, ik schrok me rot van die rekening. Ik belde meteen, en ik moest weer van voren af aan beginnen.

Sofie Aalders: En toen?

Karim Bos: Uiteindelijk was ik opgelucht, want die mevrouw legde het rustig uit.
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("SYNTH_OFFLINE_EMBEDDINGS", "0")
    db = tmp_path / "study.db"
    with opened(db) as store:
        store.add_study("Energie", "Wat mensen meemaken met hun rekening", "nl", "customer", "")
    add_account(db, "mira", Role.ADMIN)
    with serving(db) as service:
        yield service


def files(folder: Path) -> list[str]:
    (folder / "gesprek.txt").write_text(DIALOGUE, encoding="utf-8")
    (folder / "foto.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    return [str(folder / "gesprek.txt"), str(folder / "foto.txt")]


@pytest.mark.parametrize(("size", "scheme", "language"), [("wide", "light", "en"), ("phone", "dark", "nl")])
def test_from_a_file_to_a_draft(
    browser: Any, served: Served, tmp_path: Path, size: str, scheme: str, language: str
) -> None:
    window = Window(browser, served, size, scheme, language)
    window.sign_in("mira")
    with opened(served.db) as store:
        study = store.studies()[0].id
    page = window.open(f"/studies/{study}/uploads")
    found = window.axe()
    window.shot("upload-empty")

    page.set_input_files("#files", files(tmp_path))
    page.wait_for_selector(".file")
    assert page.locator(".file.refused .failed").inner_text()
    roles = page.locator(".file.waiting select")
    assert [roles.nth(number).input_value() for number in range(2)] == ["interviewer", "participant"]
    found += window.axe()
    window.shot("upload-waiting")

    people = page.locator(".file.waiting td input")
    people.nth(1).fill("P07")
    page.locator(".file.waiting form.heard button[type=submit]").click()
    page.wait_for_url("**said=upload_corrected*")
    page.locator("button[hx-get]").click()
    page.wait_for_selector("#check dl")
    assert not page.locator("#check .problem").count()
    found += window.axe()
    window.shot("upload-check")

    page.locator("form.read button[type=submit]").click()
    page.wait_for_url("**/runs/*")
    page.wait_for_selector(".st-done, .st-partly, .st-failed", timeout=60_000)
    page.wait_for_selector(".facts-row")
    assert page.locator(".st-done").count() == 1
    found += window.axe()
    window.shot("run-done")
    assert window.overflow() <= 0
    with opened(served.db) as store:
        people_ = [one.id for one in store.participants(store.studies()[0])]
        assert people_ == ["P07"]
    window.close()
    assert found == []


def test_a_run_goes_on_without_anybody_who_watches(browser: Any, served: Served, tmp_path: Path) -> None:
    window = Window(browser, served)
    window.sign_in("mira")
    with opened(served.db) as store:
        study = store.studies()[0].id
    page = window.open(f"/studies/{study}/uploads")
    page.set_input_files("#files", files(tmp_path)[:1])
    page.wait_for_selector(".file")
    page.locator("form.read button[type=submit]").click()
    page.wait_for_url("**/runs/*")
    address = page.url
    window.open("/")
    page.goto(address)
    page.wait_for_selector(".st-done", timeout=60_000)
    window.close()
    with opened(served.db) as store:
        [job] = store.jobs(store.studies()[0])
        assert (job.state, job.report["transcripts"]["read"]) == ("done", 1)


def test_a_long_upload_says_that_it_is_on_its_way_and_other_files_can_be_chosen_after_stopping_it(
    browser: Any, served: Served, tmp_path: Path
) -> None:
    window = Window(browser, served)
    window.sign_in("mira")
    with opened(served.db) as store:
        study = store.studies()[0].id
    page = window.open(f"/studies/{study}/uploads")
    window.wait_for("form.drop")
    # As Escape stops it in a browser.
    page.route("**/uploads", lambda route: route.abort("aborted"))
    page.set_input_files("#files", files(tmp_path)[:1])
    page.wait_for_selector(".sending:has-text('On its way')")
    page.unroute("**/uploads")
    page.click("form.drop button[type=submit]")
    page.wait_for_selector(".file")
    assert page.locator(".file").count() == 1
    assert page.locator(".sending:visible").count() == 0
    window.context.close()
