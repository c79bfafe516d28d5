"""The pages in a browser: no complaint of the security policy, nothing for axe, nothing wider than the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synth.accounts import Role
from tests.web import PASSWORD, Served, Window, add_account, chromium, keep_study, serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    db = tmp_path_factory.mktemp("served") / "study.db"
    keep_study(db, people=4)
    keep_study(db, name="Fietsen", language="nl")
    add_account(db, "mira", Role.ADMIN)
    with serving(db) as service:
        yield service


PAGES = {
    "studies": "/",
    "study": "/studies/{study}",
    "study-settings": "/studies/{study}/settings",
    "new-study": "/studies/new",
    "people": "/settings/people",
    "models": "/settings/models",
    "frameworks": "/settings/frameworks",
    "audit": "/settings/audit",
    "profile": "/profile",
    "not-found": "/nothing",
}


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    ("size", "scheme"), [("wide", "light"), ("wide", "dark"), ("phone", "light"), ("phone", "dark")]
)
def test_pages_hold_in_every_size_scheme_and_language(
    browser: Any, served: Served, size: str, scheme: str, language: str
) -> None:
    window = Window(browser, served, size, scheme, language)
    window.open("/login")
    window.shot("login")
    found = window.axe()
    window.sign_in("mira")
    study = window.page.locator(".studies a").first.get_attribute("href").rpartition("/")[2]
    for name, path in PAGES.items():
        window.open(path.format(study=study))
        window.shot(name)
        assert window.overflow() <= 0, name
        found += [f"{name}: {one}" for one in window.axe()]
    window.complaints[:] = [one for one in window.complaints if "404" not in one]
    window.close()
    assert found == []


def test_colours_chosen_in_the_menu_stay_on_the_next_page(browser: Any, served: Served) -> None:
    window = Window(browser, served)
    window.sign_in("mira")
    window.page.click(".you summary")
    window.page.locator("#theme-dark").check(force=True)
    dark = window.page.evaluate("getComputedStyle(document.body).backgroundColor")
    window.open("/")
    assert window.page.evaluate("getComputedStyle(document.body).backgroundColor") == dark == "rgb(16, 20, 23)"
    window.close()


def test_escape_closes_the_menu_and_gives_the_focus_back(browser: Any, served: Served) -> None:
    window = Window(browser, served)
    window.sign_in("mira")
    window.page.focus(".you summary")
    window.page.keyboard.press("Enter")
    assert window.page.locator(".you .menu").is_visible()
    window.page.keyboard.press("Escape")
    assert not window.page.locator(".you .menu").is_visible()
    assert window.page.evaluate("document.activeElement.closest('.you') !== null")
    window.close()


def test_from_the_first_account_to_a_link_for_a_guest(browser: Any, tmp_path: Path) -> None:
    study = keep_study(tmp_path / "study.db", people=3)
    with serving(tmp_path / "study.db") as service:
        window = Window(browser, service)
        page = window.open("/settings/people")
        page.fill("#f-login", "mira")
        page.fill("#f-password", PASSWORD)
        page.click("text=Make the account")
        page.wait_for_url("**/login")
        window.sign_in("mira")
        page = window.open(f"/studies/{study.id}/settings")
        page.fill("#f-label", "The board")
        page.click("text=Make a link")
        link = page.locator("code.secret").inner_text()
        window.shot("link-made")
        guest = browser.new_context().new_page()
        guest.goto(link)
        assert guest.locator("text=No breakdowns").count() > 0
        page.click("button:has-text('Close')")
        page.wait_for_selector("#live:has-text('does not work any more')")
        assert guest.goto(link).status == 404
        guest.context.close()
        window.close()


def test_language_stays_when_it_was_chosen(browser: Any, served: Served) -> None:
    window = Window(browser, served)
    window.sign_in("mira")
    window.page.click("text=Nederlands")
    window.open("/profile")
    assert window.page.locator("h1").inner_text() == "Je profiel"
    assert window.page.locator("html").get_attribute("lang") == "nl"
    window.close()


def test_single_keys_can_be_switched_off(browser: Any, served: Served) -> None:
    window = Window(browser, served)
    window.sign_in("mira")
    window.open("/profile")
    window.page.uncheck("#keys-on")
    window.open("/profile")
    assert not window.page.is_checked("#keys-on")
    window.close()


def test_pages_work_without_scripts(browser: Any, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(served.address + "/login")
    page.fill("#f-login", "mira")
    page.fill("#f-password", PASSWORD)
    page.click("main button[type=submit]")
    page.click("text=New study")
    page.fill("#f-name", "Without scripts")
    page.click("text=Make the study")
    page.wait_for_selector(".bar a:has-text('Without scripts')")
    page.click(".you summary")
    page.click("text=Sign out")
    page.wait_for_url("**/login")
    assert page.goto(served.address + "/profile").url.endswith("/login?next=%2Fprofile")
    context.close()
