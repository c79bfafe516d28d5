"""The review in a browser: by keyboard alone, two browsers on one claim, words opened in place, and nothing for axe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from synth.store import Study
from tests.web import PASSWORD, Served, Window, add_account, chromium, client_of, keep_study, opened, serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Study]]:
    """A service whose study nobody changes."""
    db = tmp_path_factory.mktemp("looked-at") / "study.db"
    study = keep_study(db, people=6)
    with serving(db) as service:
        yield service, study


@pytest.fixture
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Study]]:
    """A service with two people who decide."""
    db = tmp_path_factory.mktemp("shared") / "study.db"
    study = keep_study(db, people=6)
    add_account(db, "mira", "admin")
    add_account(db, "joris", None, on={study.id: "reviewer"})
    with serving(db) as service:
        yield service, study


def addresses(served: Served, study: Study) -> dict[str, str]:
    base = f"/studies/{study.id}"
    client = client_of(served.db)
    found = {
        kind: re.search(rf"{base}/{kind}/(\w+)", client.get(f"{base}/{kind}").text) for kind in ("personas", "maps")
    }
    claim = client.get(f"/api/v1{base}/queue").json()["items"][0]["claim_id"]
    persona, journey = found["personas"], found["maps"]
    assert persona
    assert journey
    return {
        "review": f"{base}/review", "personas": f"{base}/personas", "persona": persona[0], "maps": f"{base}/maps",
        "map": journey[0], "claim": f"{base}/claims/{claim}", "decisions": f"{base}/decisions",
        "agreement": f"{base}/decisions/agreement",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    ("size", "scheme"), [("wide", "light"), ("wide", "dark"), ("phone", "light"), ("phone", "dark")]
)
def test_review_pages_hold_in_every_size_scheme_and_language(
    browser: Any, looked_at: tuple[Served, Study], size: str, scheme: str, language: str
) -> None:
    served, study = looked_at
    window, found = Window(browser, served, size, scheme, language), []
    for name, address in addresses(served, study).items():
        window.open(address)
        window.shot(name)
        assert window.overflow() <= 0, name
        found += [f"{name}: {one}" for one in window.axe()]
    window.close()
    assert found == []


def test_whole_queue_is_reviewed_by_keyboard_alone(browser: Any, shared: tuple[Served, Study]) -> None:
    served, study = shared
    window = Window(browser, served)
    window.sign_in("joris")
    page = window.open(f"/studies/{study.id}/review")
    press = page.keyboard.press
    assert page.locator("[data-key=a]").is_disabled()
    press("n")
    window.wait_for("[data-key=a]:not([disabled])")
    press("a")
    window.wait_for("text=Accepted.")
    press("r")
    page.keyboard.type("Only one line says so, and a is a letter here")
    press("Enter")
    window.wait_for("text=It will not come back")
    press("e")
    press("Control+A")
    page.keyboard.type("Better said.")
    press("Tab")
    press("Tab")
    press("Enter")
    window.wait_for("#live:has-text('Edited.')")
    press("Escape")  # not typing: the key after it counts
    press("u")
    window.wait_for("#live:has-text('Undone.')")
    first = page.locator("#q-claim").inner_text()
    press("j")
    page.wait_for_function("words => document.querySelector('#q-claim').innerText !== words", arg=first)
    page.wait_for_load_state()
    press("k")
    page.wait_for_function("words => document.querySelector('#q-claim').innerText === words", arg=first)
    page.wait_for_load_state()
    press("c")
    page.keyboard.type("Is this so? r")
    assert page.locator(".talk textarea").input_value() == "Is this so? r"
    press("Escape")
    press("?")
    assert page.locator(".keys dl").is_visible()
    window.close()
    with opened(served.db) as store:
        assert [one.action for one in store.decisions(study)] == ["accept", "reject", "edit", "undo"]
        assert {one.by_whom for one in store.decisions(study)} == {"Joris"}


def test_reason_typed_past_its_field_decides_nothing(browser: Any, shared: tuple[Served, Study]) -> None:
    served, study = shared
    window = Window(browser, served)
    window.sign_in("joris")
    page = window.open(f"/studies/{study.id}/review")
    page.keyboard.press("n")
    window.wait_for("[data-key=a]:not([disabled])")
    page.keyboard.type("xxa")
    page.wait_for_timeout(400)
    page.keyboard.press("e")
    page.wait_for_selector("textarea[name=text] >> visible=true")
    window.close()
    with opened(served.db) as store:
        assert store.decisions(study) == []


def test_control_and_enter_save_what_is_typed(browser: Any, shared: tuple[Served, Study]) -> None:
    served, study = shared
    window = Window(browser, served)
    window.sign_in("joris")
    page = window.open(f"/studies/{study.id}/review")
    window.wait_for("[data-key=c]")
    page.fill("textarea[data-key=c]", "Says who?")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#live:has-text('Comment added.')")
    window.wait_for("[data-key=e]")
    page.keyboard.press("e")
    page.wait_for_selector("textarea[name=text] >> visible=true")
    page.fill(".act[open] textarea", "In other words.")
    page.keyboard.press("Enter")
    page.keyboard.press("Meta+Enter")
    page.wait_for_selector("#live:has-text('Edited.')")
    window.close()
    with opened(served.db) as store:
        assert [one.text for one in store.open_comments(study)] == ["Says who?"]
        assert [one.after for one in store.decisions(study)] == ["In other words."]


def test_two_browsers_on_one_claim_lose_nothing(browser: Any, shared: tuple[Served, Study]) -> None:
    served, study = shared
    address = addresses_signed(served, study)
    mira, joris = Window(browser, served), Window(browser, served)
    for window, login in ((mira, "mira"), (joris, "joris")):
        window.sign_in(login)
        window.open(address)
    for window, words in ((mira, "Standing still at night."), (joris, "Standing still in the rain.")):
        window.page.click("[data-key=e]")
        window.page.fill("textarea[name=text]", words)
        window.page.click(".act-f button.main >> visible=true")
        window.page.wait_for_load_state()
    page = joris.page
    page.wait_for_selector("h1:has-text('Somebody decided this meanwhile')")
    joris.shot("conflict")
    assert page.locator("text=Standing still at night.").is_visible()
    assert page.locator("text=Standing still in the rain.").is_visible()
    assert joris.axe() == []
    page.click("text=Store mine on top")
    page.wait_for_selector("#live:has-text('Edited.')")
    with opened(served.db) as store:
        assert [one.after for one in store.decisions(study)] == [
            "Standing still at night.",
            "Standing still in the rain.",
        ]
    joris.complaints[:] = [one for one in joris.complaints if "409" not in one]
    mira.close()
    joris.close()


def test_words_open_in_place_on_a_persona_and_decide_there(browser: Any, shared: tuple[Served, Study]) -> None:
    served, study = shared
    window = Window(browser, served)
    window.sign_in("mira")
    window.open(f"/studies/{study.id}/personas")
    page = window.page
    page.click(".card h3 a")
    claim = page.locator(".s-fear details.claim").first
    claim.locator("summary").first.click()
    page.wait_for_selector(".s-fear .ev blockquote")
    window.shot("persona-open")
    assert window.axe() == []
    claim.locator("button:has-text('Accept')").click()
    page.wait_for_selector("#live:has-text('Accepted.')")
    page.wait_for_selector(".s-fear details.claim[open] .ev blockquote")
    window.close()


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_map_opens_a_claim_and_a_point_without_leaving(
    browser: Any, looked_at: tuple[Served, Study], size: str
) -> None:
    served, study = looked_at
    window = Window(browser, served, size)
    page = window.open(addresses(served, study)["map"])
    page.locator(".cell.l-doing details.claim:not(.say) summary").first.click()
    page.wait_for_selector(".cell.l-doing .ev blockquote")
    window.shot("map-open")
    assert window.axe() == []
    page.keyboard.press("Escape")
    assert page.locator("details.claim[open]").count() == 0
    page.locator(".cell.l-feeling summary").first.click()
    page.wait_for_selector(".cell.l-feeling .ev blockquote")
    assert window.overflow() <= 0
    window.close()


def addresses_signed(served: Served, study: Study) -> str:
    """The first claim of the queue, asked for by somebody who is signed in."""
    client = client_of(served.db, "mira")
    claim = client.get(f"/api/v1/studies/{study.id}/queue").json()["items"][0]["claim_id"]
    return f"/studies/{study.id}/claims/{claim}"


@pytest.mark.parametrize("how", ["ended here", "cookie gone"])
def test_words_typed_into_an_ended_session_are_there_again_after_signing_in(
    browser: Any, shared: tuple[Served, Study], how: str
) -> None:
    served, study = shared
    window = Window(browser, served)
    window.sign_in("joris")
    page = window.open(f"/studies/{study.id}/review")
    window.wait_for(".q-bar")
    page.keyboard.press("e")
    text = page.locator(".q-bar textarea")
    text.fill("People wait until somebody they know has tried it.")
    if how == "cookie gone":
        window.context.clear_cookies()
    else:
        with opened(served.db) as store:
            account = store.account_of("joris")
            for session in store.sessions(account):
                store.end_session(session.key, account.id)
    text.press("Control+Enter")
    window.wait_for("form[action='/login']")
    assert "kept in this tab" in page.inner_text("#live")
    page.fill("#f-login", "joris")
    page.fill("#f-password", PASSWORD)
    page.click("main button[type=submit]")
    window.wait_for(".q-bar textarea:focus")
    assert text.input_value() == "People wait until somebody they know has tried it."
    assert "not stored yet" in page.inner_text("#live")
    text.press("Control+Enter")
    page.wait_for_url("**said=review_edit")
    page.goto(f"{served.address}/studies/{study.id}/review")
    window.wait_for(".q-bar")
    assert page.inner_text("#live") == "", "what arrived is forgotten"
    window.close()


def test_words_typed_into_an_ended_session_are_nobody_elses(browser: Any, shared: tuple[Served, Study]) -> None:
    served, study = shared
    window = Window(browser, served)
    window.sign_in("joris")
    page = window.open(f"/studies/{study.id}/review")
    window.wait_for(".q-bar")
    page.fill(".talk textarea", "P03 told me at the door that she is moving.")
    window.context.clear_cookies()
    page.click(".talk form.form button")
    window.wait_for("form[action='/login']")
    page.fill("#f-login", "mira")
    page.fill("#f-password", PASSWORD)
    page.click("main button[type=submit]")
    window.wait_for(".q-bar")
    assert page.input_value(".talk textarea") == ""
    assert page.inner_text("#live") == ""
    assert "at the door" not in page.evaluate("JSON.stringify(sessionStorage)"), "it is in the browser no more"
    window.close()


def test_role_chosen_in_an_ended_session_is_there_again_for_the_same_account_alone(
    browser: Any, shared: tuple[Served, Study]
) -> None:
    served, _ = shared
    add_account(served.db, "annelies", None)
    window = Window(browser, served)
    window.sign_in("mira")
    page = window.open("/settings/people")
    with opened(served.db) as store:
        before = {one.id: one.role.value if one.role else "" for one in store.accounts()}
        joris = store.account_of("joris").id
    page.select_option(f"#role-{joris}", "viewer")
    window.context.clear_cookies()
    page.click(f"form:has(#role-{joris}) button")
    window.wait_for("form[action='/login']")
    page.fill("#f-login", "mira")
    page.fill("#f-password", PASSWORD)
    page.click("main button[type=submit]")
    window.wait_for("#live:has-text('not stored yet')")
    assert {one: page.input_value(f"#role-{one}") for one in before} == before | {joris: "viewer"}
    window.close()


def test_words_typed_while_nobody_answers_are_there_again_on_the_way_back(
    browser: Any, shared: tuple[Served, Study]
) -> None:
    served, study = shared
    window = Window(browser, served)
    window.sign_in("joris")
    page = window.open(f"/studies/{study.id}/review")
    window.wait_for(".q-bar")
    page.fill(".talk textarea", "Ask P03 about the shed.")
    page.route("**/comments", lambda route: route.abort("connectionrefused"))
    page.click(".talk form.form button")
    page.wait_for_url("chrome-error:**")
    page.unroute("**/comments")
    page.go_back()
    window.wait_for("#live:has-text('not stored yet')")
    assert page.input_value(".talk textarea") == "Ask P03 about the shed."
    window.context.close()


def test_forced_colours_still_show_which_line_is_cited_and_which_claim_is_in_view(
    browser: Any, looked_at: tuple[Served, Study]
) -> None:
    served, study = looked_at
    window = Window(browser, served)
    page = window.open(f"/studies/{study.id}/review")
    page.emulate_media(forced_colors="active")
    for place in (".w blockquote p.c", ".q-list li.on"):
        assert page.locator(place).first.evaluate("one => getComputedStyle(one).borderLeftStyle") == "solid", place
    window.close()


def test_ledger_on_a_phone_shows_each_decision_whole(browser: Any, shared: tuple[Served, Study]) -> None:
    served, study = shared
    window = Window(browser, served, "phone")
    window.sign_in("mira")
    page = window.open(f"/studies/{study.id}/review")
    window.wait_for(".q-bar")
    page.click(".q-bar details.act summary")
    page.fill(".q-bar textarea", "People wait until somebody they know has tried it. " * 4)
    page.click(".q-bar details.act[open] form button")
    page.wait_for_url("**said=review_edit")
    window.open(f"/studies/{study.id}/decisions")
    assert page.locator(".table-scroll").evaluate("one => one.scrollWidth - one.clientWidth") <= 0
    window.close()
