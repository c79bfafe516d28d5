"""Pages of a journey map: drawn maps, moves that open their words, two maps beside each other, comments on cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from synth.domain import ChannelSwitch, Draft, PathStep
from synth.store import Study
from tests.builders import small_study
from tests.web import (
    Served,
    Window,
    add_account,
    chromium,
    client_of,
    code_of,
    keep_study,
    opened,
    page_of,
    serving,
    submit,
)


def two_personas(folder: Path) -> Study:
    """Six people in two waves, two personas with a map each; one of them skips a phase, one goes back."""
    given = small_study(people=6)
    waves = tuple(replace(one, wave="2026" if at >= 3 else "2025") for at, one in enumerate(given.transcripts))
    persona, journey = given.draft.personas[0], given.draft.maps[0]
    path = (*journey.path, PathStep("awareness", "purchase", ("P01",)), PathStep("purchase", "awareness", ("P02",)))
    kept = ChannelSwitch("purchase", "phone", "purchase", "desk", ("P01",), (), journey.switches[0].finding_ids[:1])
    columns = tuple(
        replace(one, channels={**one.channels, "phone": ("P01",)}, repeats={"desk": ("P02",)})
        if one.phase == "purchase"
        else one
        for one in journey.phases
    )
    first = replace(journey, path=path, switches=(*journey.switches, kept), phases=columns)
    other = replace(persona, id="other", name="Go far", claims=tuple(replace(c, id=f"o{c.id}") for c in persona.claims))
    second = replace(
        journey,
        id="othermap",
        persona_id="other",
        title="Going far",
        phases=tuple(
            replace(one, claims=tuple(replace(c, id=f"m{c.id}") for c in one.claims)) for one in journey.phases
        ),
    )
    draft = Draft((persona, other), (first, second), given.draft.themes, ())
    return keep_study(folder / "study.db", replace(given, transcripts=waves, draft=draft))


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    kept = two_personas(tmp_path)
    db = tmp_path / "study.db"
    add_account(db, "mira", "admin")
    add_account(db, "joris", None, on={kept.id: "reviewer"})
    add_account(db, "vera", None, on={kept.id: "viewer"})
    return kept


def map_of(client: TestClient, study: Study) -> str:
    found = re.search(r'href="([^"]+/maps/\w+)"', client.get(f"/studies/{study.id}/maps").text)
    assert found
    return found[1]


# --- Drawn maps ------------------------------------------------------------------------------------------------------


def save(client: TestClient, address: str, items: list[tuple[str, str, str]], seen: int, lane: str = "doing") -> Any:
    """Send the form of a cell of the phase of buying; items are ids, texts and channels."""
    rows = {"id": [one[0] for one in items], "text": [one[1] for one in items], "key": [one[2] for one in items]}
    return submit(client, address, f"{address}/cell", phase="purchase", lane=lane, seen=str(seen), **rows)


def test_future_state_begins_as_a_copy_and_lists_what_changes(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    address = f"{map_of(client, study)}/drawn/future"
    assert "No future state yet" in page_of(client.get(address)).words()
    assert submit(client, address, address).status_code == 303
    page = page_of(client.get(address))
    assert "Tries one out at the shop." in page.words()
    assert "Nothing yet. Open a cell to change it." in page.words()
    form = client.get(f"{address}/cell?phase=purchase&lane=doing", headers={"hx-request": "true"}).text
    found = re.search(r'name="id" value="([^"]+)"', form)
    assert found
    changed = save(client, address, [(found[1], "Tries three at home.", ""), ("", "Keeps one.", "")], 0)
    assert changed.headers["location"].endswith("drawn/future?said=drawn_kept#at-purchase-doing")
    assert save(client, address, [("feeling", "2", "")], 0, "feeling").status_code == 303
    text = client.get(address).text
    page_of(client.get(address))
    changes = text[text.index('id="changes"') :]
    assert "1 added, 2 changed, 0 taken away" in changes
    assert "<del>Tries one out at the shop.</del></td><td>Tries three at home." in changes
    assert 'class="mean drawn"' in text or 'class="point-d"' in text
    assert "+2.0" in text


def test_second_who_saves_a_cell_sees_both_and_may_keep_both(db: Path, study: Study) -> None:
    mira, joris = client_of(db, "mira"), client_of(db, "joris")
    address = f"{map_of(mira, study)}/drawn/future"
    submit(mira, address, address)
    save(joris, address, [("", "Joris was first.", "")], 0)
    conflict = save(mira, address, [("", "Mira was second.", "")], 0)
    assert conflict.status_code == 409
    words = page_of(conflict).words()
    assert "Joris was first." in words
    assert "Mira was second." in words
    both = re.findall(r"<form.*?</form>", conflict.text, re.S)[-1]
    rows = re.findall(r'name="(seen|id|text|key)" value="([^"]*)"', both)
    items = list(zip(*([value for name, value in rows if name == part] for part in ("id", "text", "key")), strict=True))
    assert save(mira, address, items, int(dict(rows)["seen"])).status_code == 303
    page = client_of(db, "vera").get(address).text
    assert page.index("Joris was first.") < page.index("Mira was second.")


def test_viewer_reads_a_drawn_map_and_changes_none(db: Path, study: Study) -> None:
    mira, vera = client_of(db, "mira"), client_of(db, "vera")
    address = f"{map_of(mira, study)}/drawn/future"
    assert submit(vera, address, address).status_code == 403
    submit(mira, address, address)
    assert 'class="claim cellf"' not in page_of_text(vera, address)
    assert save(vera, address, [("", "Mine.", "")], 0).status_code == 403
    assert submit(client_of(db, "joris"), address, f"{address}/status", state="agreed").status_code == 403
    assert submit(mira, address, f"{address}/status", state="agreed").status_code == 303
    assert "Agreed" in page_of_text(vera, address)


def page_of_text(client: TestClient, address: str) -> str:
    answer = client.get(address)
    page_of(answer)
    return str(answer.text)


def test_own_map_shows_what_the_interviews_say_only_when_asked(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    address = f"{map_of(client, study)}/drawn/own"
    submit(client, address, address)
    save(client, address, [("", "They order online.", "")], 0)
    assert "They order online." in page_of_text(client, address)
    assert "Tries one out" not in client.get(address).text
    assert "Tries one out" in page_of_text(client, f"{address}?heard=1")


def test_drawn_maps_set_words_that_were_said_as_a_drafted_map_does(tmp_path: Path) -> None:
    given = small_study(people=6)
    persona, journey = given.draft.personas[0], given.draft.maps[0]
    columns = tuple(
        replace(one, claims=tuple(
            replace(claim, text="“I went to the shop.”" if claim.section == "doing" else "“She never said this.”")
            if claim.section in ("doing", "need") else claim
            for claim in one.claims
        ))
        for one in journey.phases
    )  # fmt: skip
    draft = Draft((persona,), (replace(journey, phases=columns),), given.draft.themes, ())
    study = keep_study(tmp_path / "quotes.db", replace(given, draft=draft))
    client = client_of(tmp_path / "quotes.db")
    address = map_of(client, study)
    for kind in ("future", "own"):
        submit(client, f"{address}/drawn/{kind}", f"{address}/drawn/{kind}")
    quote = '<span class="said" lang="en">“I went to the shop.”</span>'
    for page in (address, f"{address}/drawn/future", f"{address}/drawn/own?heard=1"):
        text = page_of_text(client, page)
        assert quote in text, page
        assert "She never said this." in text
        assert not re.search(r'class="said"[^>]*>“She', text)


def test_form_of_a_cell_opens_without_a_script(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    address = f"{map_of(client, study)}/drawn/future"
    submit(client, address, address)
    page = page_of_text(client, f"{address}?phase=purchase&lane=doing")
    assert page.count("<textarea") == 3, "one sentence and two empty rows"
    assert client.get(f"{address}/cell?phase=purchase&lane=nothing").status_code == 404
    assert submit(client, address, f"{address}/cell", phase="purchase", lane="doing", seen="0", id="", text="x" * 500,
                  key="").status_code == 422  # fmt: skip


# --- Drawings that open their words ----------------------------------------------------------------------------------


def test_parts_of_the_drawings_lead_to_words_on_the_page(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    text = page_of_text(client, map_of(client, study))
    links = set(re.findall(r'<a href="#([^"]+)" tabindex="-1" class="to">', text))
    assert len(links) == 6, "two moves, a skip and a return, and the contact in two phases or one"
    for link in links:
        assert f'id="{link}"' in text


def test_a_move_a_skip_and_a_return_open_what_was_said(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    address = map_of(client, study)
    text = client.get(address).text
    assert "1 skips to Purchase and start" in text
    assert "1 goes back to Awareness" in text
    lost, kept = (client.get(f"{address}/words?what=switch&n={n}", headers={"hx-request": "true"}) for n in (0, 1))
    assert lost.text.count("<figure") == 6
    assert kept.text.count("<figure") == 1
    step = page_of_text(client, f"{address}/words?what=step&phase=purchase&to=awareness")
    assert "P02" in step
    assert "P03" not in step
    for wrong in ("what=switch", "what=switch&n=9", "what=step&phase=use&to=purchase", "what=feeling&phase=none"):
        assert client.get(f"{address}/words?{wrong}").status_code == 404


# --- Beside each other -----------------------------------------------------------------------------------------------


def test_another_persona_and_another_wave_stand_beside_the_map(db: Path, study: Study) -> None:
    client = client_of(db, "vera")
    address = map_of(client, study)
    text = page_of_text(client, address)
    assert '<option value="othermap">Go far</option>' in text
    assert '<option value="0-1">2025 \N{EN DASH} 2026</option>' in text
    beside = page_of_text(client, f"{address}?beside=othermap")
    part = beside[beside.index('id="beside-map"') : beside.index('class="map-page"')]
    assert part.count("Tries one out at the shop.") == 2
    waves = page_of_text(client, f"{address}?beside=0-1")
    part = waves[waves.index('id="beside-map"') : waves.index('class="map-page"')]
    assert part.count("3 people") == 2
    assert "relieved" in part.lower() or "relief" in part.lower()
    assert f"/studies/{study.id}/waves" in part
    assert client.get(f"{address}?beside=nothing").status_code == 404


def test_words_behind_a_difference_of_waves_are_fetched_when_opened(db: Path, study: Study) -> None:
    client = client_of(db, "vera")
    text = page_of_text(client, f"/studies/{study.id}/waves?a=2025&b=2026")
    assert "<blockquote" not in text
    found = re.search(r'hx-get="([^"]+/waves/words[^"]+what=feeling[^"]+)"', text)
    assert found
    part = client.get(found[1].replace("&amp;", "&"), headers={"hx-request": "true"}).text
    assert part.count("<blockquote") == 6
    assert code_of(client.get(f"/api/v1/studies/{study.id}/waves?a=2025&b=2027")) == "invalid-request"
    assert client.get(f"/studies/{study.id}/waves/words?a=2025&b=2027&what=theme&key=t1").status_code == 422


# --- Comments --------------------------------------------------------------------------------------------------------


def test_comment_on_a_cell_begins_in_its_drawer_and_is_listed_on_the_map(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    address = map_of(client, study)
    found = re.search(r'hx-get="([^"]+/talk[^"]+phase=purchase&amp;lane=need)"', client.get(address).text)
    assert found
    drawer = found[1].replace("&amp;", "&")
    cell = f"{address.rpartition('/')[2]}:purchase:need"
    assert f'value="{cell}"' in client.get(drawer, headers={"hx-request": "true"}).text
    said = {"subject": "cell", "subject_id": cell, "text": "Is this all?"}
    assert submit(client, address, f"/studies/{study.id}/comments", **said).status_code == 303
    text = page_of_text(client, address)
    assert "1 comment<span" in text
    assert f'id="comments-{cell.replace(":", "-")}"' in text
    assert "Is this all?" in page_of_text(client, drawer)
    assert client.get(f"{address}/talk?phase=purchase&lane=nothing").status_code == 404
    viewers = client_of(db, "vera").get(address).text
    assert viewers.count("/talk?") == 2, "the one cell that something was said about, with and without a script"


def test_comment_on_a_claim_begins_in_its_drawer_and_returns_to_the_map(db: Path, study: Study) -> None:
    client = client_of(db, "joris")
    address = map_of(client, study)
    found = re.search(r'hx-get="([^"]+/claims/(\w+)\?back=map)"', client.get(address).text)
    assert found
    drawer = client.get(found[1], headers={"hx-request": "true"}).text
    assert f'name="subject_id" value="{found[2]}"' in drawer
    said = {"subject": "claim", "subject_id": found[2], "text": "Only at night?", "back": "map"}
    answer = submit(client, address, f"/studies/{study.id}/comments", **said)
    assert answer.headers["location"].startswith(f"{address}?claim={found[2]}")
    assert "Only at night?" in client.get(found[1], headers={"hx-request": "true"}).text


def test_whoever_is_called_sees_it_beside_their_name_until_it_is_resolved(db: Path, study: Study) -> None:
    mira, joris = client_of(db, "mira"), client_of(db, "joris")
    address = map_of(mira, study)
    cell = f"{address.rpartition('/')[2]}:purchase:need"
    said = {"subject": "cell", "subject_id": cell, "text": "@mira, is this <b>all</b>?"}
    submit(joris, address, f"/studies/{study.id}/comments", **said)
    assert "1 comment mentions you" in page_of_text(mira, "/")
    assert "mentions you" not in joris.get("/").text
    page = page_of_text(mira, "/for-you")
    assert "@mira, is this &lt;b&gt;all&lt;/b&gt;?" in page
    assert f"{address}#comments-{cell.replace(':', '-')}" in page
    assert "Nothing for you" in page_of_text(joris, "/for-you")
    with opened(db) as store:
        (comment,) = store.open_comments(study)
    resolved = submit(mira, "/for-you", f"/studies/{study.id}/comments/{comment.id}/resolve", back="foryou")
    assert resolved.headers["location"] == "/for-you?said=review_resolved"
    assert "Nothing for you" in page_of_text(mira, "/for-you")
    assert "mentions you" not in mira.get("/").text


def test_whoever_lost_their_role_is_not_called_into_the_study(db: Path, study: Study) -> None:
    joris, mira = client_of(db, "joris"), client_of(db, "mira")
    address = map_of(mira, study)
    cell = f"{address.rpartition('/')[2]}:purchase:need"
    submit(mira, address, f"/studies/{study.id}/comments", subject="cell", subject_id=cell, text="@joris secret")
    assert "secret" in joris.get("/for-you").text
    with opened(db) as store:
        account = store.account_of("joris")
        assert account is not None
        store.set_membership(account, study, None)
    assert "secret" not in joris.get("/for-you").text
    assert "mentions you" not in joris.get("/").text


# --- In a browser ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("maps")
    study = two_personas(folder)
    add_account(folder / "study.db", "mira", "admin")
    client = client_of(folder / "study.db", "mira")
    for kind in ("future", "own"):
        address = f"{map_of(client, study)}/drawn/{kind}"
        submit(client, address, address)
    save(client, address.replace("own", "future"), [("", "A new sentence", "")], 0)
    with serving(folder / "study.db") as service:
        yield service


@pytest.mark.parametrize(
    ("size", "scheme", "language"), [("wide", "light", "nl"), ("phone", "dark", "en"), ("wide", "dark", "en")]
)
def test_map_pages_hold_in_sizes_schemes_and_languages(
    browser: Any, served: Served, size: str, scheme: str, language: str
) -> None:
    window = Window(browser, served, size, scheme, language)
    window.sign_in("mira")
    study = window.page.locator(".studies a").first.get_attribute("href")
    window.open(f"{study}/maps")
    address = window.page.locator(".map-list h2 a").first.get_attribute("href")
    found = []
    for name, part in {
        "map": "", "map-persona": "?beside=othermap", "map-waves": "?beside=0-1", "future": "/drawn/future",
        "future-cell": "/drawn/future?phase=purchase&lane=touchpoint", "own": "/drawn/own?heard=1", "scores": "/scores",
        "cell-talk": "/talk?phase=purchase&lane=need",
    }.items():  # fmt: skip
        window.open(address + part)
        window.shot(name)
        assert window.overflow() <= 0, name
        found += [f"{name}: {one}" for one in window.axe()]
    window.close()
    assert found == []


def test_cell_is_changed_by_keyboard_alone(browser: Any, served: Served) -> None:
    window = Window(browser, served)
    window.sign_in("mira")
    study = window.page.locator(".studies a").first.get_attribute("href")
    window.open(f"{study}/maps/othermap/drawn/future")
    window.page.click("text=Copy the map")
    window.wait_for("#at-purchase-doing summary")
    window.page.focus("#at-purchase-doing summary")
    window.page.keyboard.press("Enter")
    window.page.wait_for_selector("#t-purchase-doing-2")
    window.page.focus("#t-purchase-doing-2")
    window.page.keyboard.type("Keeps it for a week")
    window.page.focus("#at-purchase-doing .cell-form button")
    window.page.keyboard.press("Enter")
    window.page.wait_for_selector("#changes td.added")
    assert "Keeps it for a week" in window.page.locator("#changes").inner_text()
    window.close()


def test_move_in_the_drawing_opens_its_words_in_the_drawer(browser: Any, served: Served) -> None:
    window = Window(browser, served)
    window.sign_in("mira")
    study = window.page.locator(".studies a").first.get_attribute("href")
    window.open(f"{study}/maps")
    window.page.locator(".map-list h2 a").first.click()
    window.wait_for(".d-channels svg")
    window.page.locator(".d-channels a.to .crossd").first.click()
    window.page.wait_for_selector(".move[open] blockquote")
    assert window.page.evaluate("document.activeElement.matches('.move > summary')")
    window.page.locator(".d-path a.to .arcn").first.click()
    window.page.wait_for_selector(".way[open] blockquote")
    assert window.page.locator(".move[open]").count() == 0, "one drawer at a time"
    window.close()
