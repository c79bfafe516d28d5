"""Interviews, findings, themes and search in a browser: every size, scheme and language, by keyboard, with axe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from synth.accounts import Role
from synth.store import Study
from tests.builders import small_study
from tests.web import PASSWORD, Served, Window, add_account, chromium, keep_study, opened, serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Study]]:
    db = tmp_path_factory.mktemp("served") / "study.db"
    given = small_study(people=6)
    waves = tuple(replace(one, wave="spring" if at % 2 else "autumn") for at, one in enumerate(given.transcripts))
    study = keep_study(db, replace(given, transcripts=waves))
    add_account(db, "mira", Role.ADMIN)
    with serving(db) as service:
        yield service, study


def _pages(served: Served, study: Study) -> dict[str, str]:
    with opened(served.db) as store:
        interview = store.transcripts(study)[0].id
        finding = store.findings(study)[0].id
    base = f"/studies/{study.id}"
    return {
        "interviews": f"{base}/interviews",
        "interview": f"{base}/interviews/{interview}?q=shop&code=2",
        "findings": f"{base}/findings?kind=emotion&q=bicycle",
        "finding": f"{base}/findings/{finding}",
        "themes": f"{base}/themes?kind=emotion",
        "find": f"{base}/find?q=relie",
        "waves": f"{base}/waves?a=spring&b=autumn",
        "measured": f"{base}/measured",
    }


@pytest.mark.parametrize(
    ("size", "scheme", "language"), [("wide", "light", "en"), ("phone", "light", "nl"), ("wide", "dark", "nl"),
                                     ("phone", "dark", "en")],
)  # fmt: skip
def test_pages_hold_in_every_size_scheme_and_language(
    browser: Any, served: tuple[Served, Study], size: str, scheme: str, language: str
) -> None:
    service, study = served
    window = Window(browser, service, size, scheme, language)
    window.sign_in("mira")
    found: list[str] = []
    for name, path in _pages(service, study).items():
        window.open(path)
        window.shot(f"data-{name}")
        assert window.overflow() <= 0, name
        found += [f"{name}: {one}" for one in window.axe()]
    window.close()
    assert found == []


def test_where_a_page_stands_is_seen_in_a_bar_that_is_wider_than_a_phone(
    browser: Any, served: tuple[Served, Study]
) -> None:
    service, study = served
    window = Window(browser, service, "phone")
    window.sign_in("mira")
    for page in ("findings", "decisions"):
        current = window.open(f"/studies/{study.id}/{page}").locator(".bar.app nav [aria-current]")
        window.page.wait_for_function("document.readyState === 'complete'")
        box = current.bounding_box()
        assert box["x"] >= 0, page
        assert box["x"] + box["width"] <= 390, page
    window.close()


def test_a_line_is_coded_in_place_by_keyboard_and_stands_in_the_margin(
    browser: Any, served: tuple[Served, Study]
) -> None:
    service, study = served
    window = Window(browser, service)
    window.sign_in("mira")
    page = window.open(_pages(service, study)["interview"].partition("?")[0])
    page.focus("#l3 .ln-n")
    page.keyboard.press("Enter")
    page.wait_for_selector("#hand-3 form")
    # The focus is in the form, which htmx put below its line; the address has not changed.
    assert page.evaluate("document.activeElement.name") == "kind"
    page.keyboard.press("ArrowRight")
    assert page.locator("#h-emotion").is_visible()
    assert not page.locator("#h-driver").is_visible()
    page.select_option("#h-emotion", "hope")
    page.fill("#h-label", "hopes for a good one")
    page.keyboard.press("Enter")
    page.wait_for_url("**finding=*")
    note = page.locator("#l3 .notes li", has_text="hopes for a good one")
    assert "by hand" in note.inner_text()
    note.locator("a").click()
    page.wait_for_url("**/findings/*")
    page.keyboard.press("o")
    page.wait_for_url("**#l3")
    assert page.locator("#l3.chosen").count() == 1
    window.close()


def test_j_and_k_go_through_the_margin(browser: Any, served: tuple[Served, Study]) -> None:
    service, study = served
    window = Window(browser, service)
    window.sign_in("mira")
    page = window.open(_pages(service, study)["interview"].partition("?")[0])
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.href")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.href") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.href") == first
    assert "/findings/" in first
    window.close()


def test_all_that_is_shown_is_ticked_at_once_and_decided(browser: Any, served: tuple[Served, Study]) -> None:
    service, study = served
    window = Window(browser, service)
    window.sign_in("mira")
    page = window.open(f"/studies/{study.id}/findings?emotion=worry")
    page.check(".tick-all input")
    page.click(".ticked-bar button[value=accept]")
    page.wait_for_url("**said=finding_accept")
    assert page.locator("tbody .stand", has_text="accepted").count() == 6
    with opened(service.db) as store:
        assert sum(one.action == "accept" for one in store.decisions(study)) == 6
    window.close()


def test_a_form_to_accept_and_to_reject_is_sent_by_its_buttons_alone(
    browser: Any, served: tuple[Served, Study]
) -> None:
    service, study = served
    with opened(service.db) as store:
        before = len(store.decisions(study))
    window = Window(browser, service)
    window.sign_in("mira")
    page = window.open(_pages(service, study)["finding"])
    window.wait_for("[data-key=r]")
    page.evaluate("window.wasHere = true")
    page.fill("[name=why]", "Somebody else said it.")
    for keys in ("Enter", "Control+Enter"):
        page.keyboard.press(keys)
        page.wait_for_timeout(200)
    assert page.evaluate("window.wasHere") is True
    page.click("[data-key=r]")
    page.wait_for_selector(".owners")
    window.open(f"/studies/{study.id}/findings")
    window.wait_for("[name=chosen]")
    page.evaluate("window.wasHere = true")
    page.check("[name=chosen] >> nth=0")
    for keys in ("Enter", "Control+Enter"):
        page.keyboard.press(keys)
        page.wait_for_timeout(200)
    assert page.evaluate("window.wasHere") is True
    window.close()
    with opened(service.db) as store:
        decided = [(one.action, one.why) for one in store.decisions(study)[before:]]
        assert decided == [("reject", "Somebody else said it.")]


def test_words_typed_into_a_form_that_is_not_there_any_more_are_shown(
    browser: Any, served: tuple[Served, Study]
) -> None:
    service, study = served
    window = Window(browser, service)
    window.sign_in("mira")
    page = window.open(_pages(service, study)["interview"].partition("?")[0])
    page.click("a.ln-n >> nth=0")
    form = page.locator("form[action$='/findings']").first
    words = form.locator("input[type=text]").first
    words.fill("no surprise on the bill")
    window.context.clear_cookies()
    form.locator("button[type=submit]").click()
    page.wait_for_selector("#f-login")
    page.fill("#f-login", "mira")
    page.fill("#f-password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector("#live .typed")
    assert page.inner_text("#live .typed") == "no surprise on the bill"
    window.close()
