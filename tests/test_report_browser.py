"""The report in a browser: it opens without a network, fits a phone, and gives its words to the keyboard."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synth.export import export_results
from tests.builders import small_study

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is a development dependency")

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
SIZES = {"wide": (1440, 900), "tablet": (900, 1100), "phone": (390, 844), "narrow phone": (320, 640)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if path is None:
        message = "no chromium here: `apt-get install -y --no-install-recommends chromium` brings one"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(export_results(small_study("nl", 6), "html")["report.html"])
    return path


@pytest.fixture
def open_report(browser: Any, report: Path) -> Iterator[Any]:
    """Opens the report in a window of a size; whatever the page complains of or asks for fails the test."""
    pages, complaints = [], []

    def opened(size: str = "wide", scheme: str = "light") -> Any:
        width, height = SIZES[size]
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if request.url.startswith("http") else None)
        page.goto(report.as_uri())
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.close()
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_the_page_never_scrolls_sideways(open_report: Any, size: str, scheme: str) -> None:
    page = open_report(size, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


def test_who_took_part_breaks_no_word_on_a_phone(open_report: Any) -> None:
    page = open_report("phone", "light")
    widths = page.evaluate("(box => [box.scrollWidth, box.querySelector('table').offsetWidth])"
                           "(document.querySelector('.people .scroll'))")  # fmt: skip
    assert min(widths) > SIZES["phone"][0], "it scrolls in itself instead"


@pytest.mark.parametrize("width", [1440, 390])
def test_a_bar_with_many_personas_scrolls_in_itself(browser: Any, tmp_path: Path, width: int) -> None:
    study = small_study(people=3)
    persona, journey = study.draft.personas[0], study.draft.maps[0]
    named = [(f"p{n}", f"Wants to be told what it costs, number {n}") for n in range(5)]
    personas = tuple(replace(persona, id=key, name=name) for key, name in named)
    maps = tuple(replace(journey, id=f"m{key}", persona_id=key) for key, _ in named)
    draft = replace(study.draft, personas=personas, maps=maps)
    path = tmp_path / "report.html"
    path.write_bytes(export_results(replace(study, draft=draft), "html")["report.html"])
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("(bar => bar.scrollWidth > bar.clientWidth)(document.querySelector('.bar nav'))")
    page.close()


def test_fonts_inside_the_file_are_used(open_report: Any) -> None:
    page = open_report()
    loaded = page.evaluate(
        "document.fonts.ready.then(all => [...all].filter(f => f.status == 'loaded').map(f => f.family))"
    )
    assert {name.strip('"') for name in loaded} == {"Synth Sans", "Synth Serif"}


def test_the_keyboard_opens_the_words_of_a_sentence(open_report: Any) -> None:
    page = open_report()
    claim = page.locator("#persona-1 .s-fear details.claim").first
    words = claim.locator("blockquote p.c").first
    assert not words.is_visible()
    claim.locator("summary").focus()
    page.keyboard.press("Enter")
    assert words.is_visible()
    assert "ging twee keer stuk" in words.inner_text()
    page.keyboard.press("Enter")
    assert not words.is_visible()


def test_a_sentence_of_the_map_opens_a_drawer_and_its_button_closes_it(open_report: Any) -> None:
    page = open_report()
    claim = page.locator("#map-1 .l-friction details.claim").first
    claim.locator("summary").click()
    drawer = claim.locator(".ev").bounding_box()
    assert drawer["y"] + drawer["height"] == pytest.approx(900, abs=1)
    assert drawer["width"] == pytest.approx(1440, abs=20)
    page.mouse.click(1440 - 60, 900 - drawer["height"] + 30)
    assert claim.get_attribute("open") is None


@pytest.mark.parametrize("lane", ["feeling", "friction"])
def test_nothing_of_the_map_lies_over_a_drawer(open_report: Any, lane: str) -> None:
    page = open_report()
    page.locator(f"#map-1 .l-{lane} details.claim summary").first.click()
    covered = page.evaluate(
        """() => { const drawer = document.querySelector('#map-1 details.claim[open] > .ev')
            const place = drawer.getBoundingClientRect(), found = []
            for (let x = place.left + 10; x < place.right - 120; x += 40)
                for (let y = place.top + 10; y < place.bottom - 10; y += 20) {
                    const top = document.elementFromPoint(x, y)
                    if (!drawer.contains(top)) found.push(top.className)
                }
            return found }"""
    )
    assert covered == []


def test_one_drawer_is_open_at_a_time(open_report: Any) -> None:
    page = open_report()
    for lane in ("doing", "friction"):
        page.locator(f"#map-1 .l-{lane} details.claim summary").first.press("Enter")
    assert page.locator("#map-1 details.claim[open]").count() == 1


def test_lanes_stand_beside_their_names(open_report: Any) -> None:
    page = open_report()
    for lane in ("path", "feeling", "doing", "need", "friction", "moment", "words", "idea"):
        name = page.locator(f"#map-1 .ln.l-{lane}").bounding_box()
        place = {"path": ".d-path", "feeling": ".d-feeling"}.get(lane, f".phase .cell.l-{lane} >> nth=4")
        cell = page.locator(f"#map-1 {place}").bounding_box()
        assert name["y"] == pytest.approx(cell["y"], abs=2)


def test_on_a_phone_words_open_in_their_place(open_report: Any) -> None:
    page = open_report("phone")
    claim = page.locator("#map-1 .l-friction details.claim").first
    claim.locator("summary").click()
    summary, words = claim.locator("summary").bounding_box(), claim.locator(".ev").bounding_box()
    assert summary["y"] + summary["height"] <= words["y"] < summary["y"] + summary["height"] + 30
    assert not page.locator("#map-1 .d-feeling").is_visible()


@pytest.mark.parametrize(
    ("choice", "ground"), [("theme-dark", "rgb(16, 20, 23)"), ("theme-light", "rgb(243, 245, 246)")]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_chosen_against_the_system(open_report: Any, choice: str, ground: str, scheme: str) -> None:
    page = open_report("wide", scheme)
    page.locator(f"#{choice}").check(force=True)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground


def test_targets_are_large_enough_to_hit(open_report: Any) -> None:
    page = open_report("phone")
    small = page.evaluate(
        """() => [...document.querySelectorAll('summary, .bar a, .theme label, .used a')]
            .map(e => [e.className || e.tagName, e.getBoundingClientRect()])
            .filter(([_, box]) => box.width && (box.width < 24 || box.height < 24)).map(([name]) => name)"""
    )
    assert small == []


def test_print_puts_maps_on_a3_and_hides_what_is_for_screens(open_report: Any) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    page = open_report()
    document = pdfium.PdfDocument(page.pdf(prefer_css_page_size=True))
    sizes = [tuple(round(side) for side in document[number].get_size()) for number in range(len(document))]
    text = "".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
    assert sizes.count((1191, 842)) == 1
    assert set(sizes) == {(595, 842), (1191, 842)}
    assert "Sluiten" not in text
    assert "Wat ze vrezen" in text
    assert "Ruimte voor verbetering" in text
