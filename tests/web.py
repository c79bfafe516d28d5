"""The service in tests: a study in a database, somebody who is signed in, a server that a browser can open."""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.base import AXE_FILE_PATH
from starlette.testclient import TestClient

from api.app import create_app
from api.errors import PROBLEMS, TYPE_PREFIX
from api.settings import ServiceSettings
from synth.accounts import Account, Role, hash_password
from synth.chunk import chunk_lines
from synth.pipeline.people import add_token
from synth.results import Results
from synth.store import Coding, SeenFile, Store, Study, open_store
from tests.builders import small_study
from tests.page_reader import Element, read_page

HERE = "http://localhost:8765"
PASSWORD = "three green bicycles"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
SHOTS = Path(__file__).parents[1] / "artifacts" / "pages"
"""Screenshots for a critical eye; the folder is ignored by git."""


# --- Studies ---------------------------------------------------------------------------------------------------------


def keep_study(db: Path, results: Results | None = None, name: str | None = None, **changes: Any) -> Study:
    """Store a study as a run would have left it; `changes` go to `small_study` where no results are given."""
    given = results or small_study(**changes)
    store = open_store(str(db))
    framework = given.framework
    study = store.add_study(name or given.study, given.subject, given.language, framework.key, "")
    for transcript in given.transcripts:
        store.put_transcript(study, transcript, names="kept")
        for chunk in chunk_lines(transcript):
            cited = [
                finding
                for finding in given.findings
                if finding.evidence.transcript_id == transcript.id
                and chunk.first_line <= finding.evidence.first_line <= chunk.last_line
            ]
            key = f"{transcript.id}-{chunk.first_line}"
            coding = Coding(transcript.id, key, chunk.first_line, chunk.last_line, "offline", "1", "coded")
            store.put_coding(study, chunk, coding, cited)
        seen = SeenFile(transcript.id, transcript.name, transcript.source_sha256, "read", None, (transcript.id,))
        store.see_file(study, seen)
    store.put_draft(study, "inputs", given.draft, given.provenance)
    run = store.begin_run(study, "offline")
    store.end_run(run, "done", "", {})
    store.close()
    return study


def drawn_before(store: Store, study: Study, map_id: str, kind: str, words: str, valence: float | None = 1.0) -> None:
    """What joris drew of the phase of buying, as it was stored before maps were drawn by cell."""
    store._execute(
        "insert into drawn_phases values (:study, :map, :kind, 'purchase', :valence, :words, 'Joris', '2026-01-01')",
        study=study.id, map=map_id, kind=kind, valence=valence, words=words,
    )  # fmt: skip


def keep_two_studies(folder: Path) -> Path:
    """A database with 'Choosing a bicycle' beside another study, and mira, who is admin of all."""
    db = folder / "study.db"
    keep_study(db, name="Other", people=3)
    keep_study(db, people=3)
    add_account(db, "mira", "admin")
    return db


@contextmanager
def opened(db: Path) -> Iterator[Store]:
    """The store of a database, closed afterwards."""
    store = open_store(str(db))
    try:
        yield store
    finally:
        store.close()


# --- People ----------------------------------------------------------------------------------------------------------


def add_account(db: Path, login: str, role: str | None = "admin", on: dict[str, str] | None = None) -> Account:
    """An account whose password is `PASSWORD`.

    Args:
        db: the database.
        login: also the name that is shown.
        role: on all studies; None: only on those of `on`.
        on: role by study id.
    """
    with opened(db) as store:
        account = store.add_account(login, login.title(), _password_hash(), Role(role) if role else None)
        for study in store.studies():
            if on and study.id in on:
                store.set_membership(account, study, Role(on[study.id]))
    return account


def bearer(db: Path, login: str, scope: str = "admin", on: Study | None = None, days: float = 1) -> dict[str, str]:
    """The header of a new token."""
    with opened(db) as store:
        _, secret = add_token(store, store.account_of(login), "test", Role(scope), on, days)
    return {"authorization": f"Bearer {secret}"}


def client_of(db: Path, login: str | None = None, **changes: Any) -> TestClient:
    """A browser without scripts: keeps cookies; signed in where a login is given. `changes` go to `ServiceSettings`."""
    app = create_app(ServiceSettings(str(db), **changes))
    client = TestClient(app, base_url=HERE, headers={"accept-language": "en"}, follow_redirects=False)
    if login:
        sign_in(client, login)
    return client


def sign_in(client: TestClient, login: str, password: str = PASSWORD) -> Any:
    """Send the login form as a browser would; the answer."""
    data = {"csrf": form_token(client, "/login"), "login": login, "password": password}
    return client.post("/login", data=data)


def form_token(client: TestClient, address: str) -> str:
    """The token that a page gives its forms."""
    page = client.get(address).text
    found = re.search(r'"X-CSRF-Token":"([^"]+)"', page)
    assert found, page[:500]
    return found.group(1)


def submit(client: TestClient, page: str, address: str, **fields: Any) -> Any:
    """Send a form of a page with its token; the answer."""
    return client.post(address, data={"csrf": form_token(client, page), **fields})


# --- Answers ---------------------------------------------------------------------------------------------------------


def code_of(answer: Any) -> str:
    """The code of a problem, checked to be one of the list and of the one shape."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:300]
    problem = answer.json()
    code = problem["type"].removeprefix(TYPE_PREFIX)
    assert (problem["status"], problem["title"]) == PROBLEMS[code] == (answer.status_code, problem["title"])
    assert problem["detail"]
    return str(code)


def page_of(answer: Any) -> Element:
    """The page of an answer, checked to be whole, without inline scripts, styles and handlers."""
    reader = read_page(answer.text)
    assert reader.problems == []
    for one in reader.root.all():
        assert one.tag != "style", "an inline style"
        assert one.tag != "script" or (one.attributes.get("src") and not one.words()), "an inline script"
        assert "style" not in one.attributes, f"a style attribute at {one.tag}"
        assert not any(name.startswith("on") for name in one.attributes), f"a handler at {one.tag}"
    return reader.root


# --- A server and a browser ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """A running service."""

    address: str
    """Such as http://localhost:4711, without a slash."""
    db: Path


@contextmanager
def serving(db: Path, **changes: Any) -> Iterator[Served]:
    """The service on a free port of this machine until the block ends."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    port: int = listening.getsockname()[1]
    app = create_app(ServiceSettings(str(db), "127.0.0.1", port, **changes))
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the service could not start"
        time.sleep(0.01)
    try:
        yield Served(f"http://localhost:{port}", db)
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium; the test is skipped where there is none, except in CI."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is a development dependency")
    path = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if path is None:
        message = "no chromium here: `apt-get install -y --no-install-recommends chromium` brings one"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        try:
            yield started
        finally:
            started.close()


class Window:
    """A window of a browser of its own; what the page complains of (a policy, a script) is kept and asserted."""

    def __init__(
        self, browser: Any, served: Served, size: str = "wide", scheme: str = "light", language: str = "en"
    ) -> None:
        width, height = SIZES[size]
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce", locale=language
        )
        self.page = self.context.new_page()
        self.served, self.label = served, f"{size}-{scheme}-{language}"
        self.complaints: list[str] = []
        self.page.on(
            "console", lambda message: self.complaints.append(message.text) if message.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> Any:
        """Go to a path of the service; the page."""
        self.page.goto(self.served.address + path)
        return self.page

    def wait_for(self, selector: str) -> None:
        """Until something is to be seen and the scripts of its page have run, so that keys are heard."""
        self.page.wait_for_selector(selector)
        self.page.wait_for_load_state()

    def sign_in(self, login: str) -> None:
        """Sign in through the form."""
        self.open("/login")
        self.page.fill("#f-login", login)
        self.page.fill("#f-password", PASSWORD)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def shot(self, name: str) -> None:
        """A picture of the whole page, in `artifacts/pages`."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{name}-{self.label}.png"), full_page=True)

    def axe(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA, and headings that skip a level or are none, each as 'rule: place'."""
        self.page.evaluate(Path(AXE_FILE_PATH).read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],"
            " rules: {'heading-order': {enabled: true}, 'page-has-heading-one': {enabled: true}}})"
            ".then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.target.join(' '))))"
        )
        return [str(one) for one in found]

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def close(self) -> None:
        """Close it; nothing may have been complained of."""
        self.context.close()
        assert self.complaints == []


_HASHES: dict[str, str] = {}


def _password_hash() -> str:
    """Made once: a hash is slow by intention."""
    return _HASHES.setdefault(PASSWORD, hash_password(PASSWORD))
