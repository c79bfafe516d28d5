"""Telling that a run has ended, without being led into this network; and keys that lie sealed."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from synth.errors import InputError, StoreError
from synth.pipeline.webhooks import Target, check_webhook, look_up, send
from synth.sealing import SealError, seal, unseal
from synth.service_keys import SECRET, ServiceKeys, keys_path, load_keys, save_keys, seal_if_plain
from tests.web import client_of, keep_study, page_of, submit

PUBLIC = "93.184.215.14"


class Heard(BaseHTTPRequestHandler):
    """Answers what the server was told to, and keeps who was meant."""

    got: list[str]
    status = 204

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        type(self).got.append(str(self.headers["host"]))
        self.send_response(self.status)
        self.send_header("location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    kind = type("Own", (Heard,), {"got": []})
    made = HTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join(5)


# --- Where a webhook may lead ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
        "2001:0:53aa:64c:0:fbff:80ff:fffe", "ff02::1", "fec0::1",
        "nonsense",
    ],
)  # fmt: skip
def test_address_of_this_network_is_refused_however_it_is_written(address: str) -> None:
    with pytest.raises(InputError, match="into this network"):
        check_webhook("https://hook.example/x", private=False, look=lambda *_: [address])
    assert check_webhook("https://hook.example/x", private=True, look=lambda *_: [address]).addresses == (address,)


def test_one_address_of_this_network_among_others_is_enough_to_refuse() -> None:
    with pytest.raises(InputError):
        check_webhook("https://hook.example/", private=False, look=lambda *_: [PUBLIC, "127.0.0.1"])


@pytest.mark.parametrize(
    "address",
    ["https://hook.example/\r\nX: y", "https://hook.example/a b", "https://@hook.example/", "https://hook.example:x/",
     "//hook.example/", "https:///x", "https://h\u00f6ok.example/"],
)  # fmt: skip
def test_address_that_could_be_read_in_two_ways_is_none(address: str) -> None:
    with pytest.raises(InputError):
        check_webhook(address, private=True, look=lambda *_: [PUBLIC])


def test_name_is_looked_up_once_and_the_connection_goes_to_what_was_checked(server: HTTPServer) -> None:
    """DNS rebinding: a second answer of the name server would lead elsewhere, and is never asked for."""
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    asked: list[str] = []

    def look(host: str, _: int) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    target = check_webhook(f"http://rebound.invalid:{server.server_port}/x?y=1", private=True, look=look)
    assert send(target, b"{}", {})
    assert asked == ["rebound.invalid"]
    assert server.RequestHandlerClass.got == [f"rebound.invalid:{server.server_port}"]  # type: ignore[attr-defined]


def test_next_address_is_tried_where_one_does_not_answer(server: HTTPServer) -> None:
    target = Target(False, "hook.invalid", server.server_port, "/", ("127.0.0.3", "127.0.0.1"))
    assert send(target, b"{}", {})


def test_redirect_is_followed_nowhere(server: HTTPServer) -> None:
    server.RequestHandlerClass.status = 307  # type: ignore[attr-defined]
    target = Target(False, "hook.invalid", server.server_port, "/", ("127.0.0.1",))
    assert not send(target, b"{}", {})
    assert len(server.RequestHandlerClass.got) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "heard"), [("hook.invalid", True), ("other.invalid", False)])
def test_certificate_must_be_that_of_the_name_and_not_of_the_address(
    tmp_path: Path, server: HTTPServer, name: str, heard: bool
) -> None:
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=hook.invalid", "-addext", "subjectAltName=DNS:hook.invalid", "-keyout", "key.pem", "-out",
         "cert.pem"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("openssl makes no certificate here")
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server.socket = own.wrap_socket(server.socket, server_side=True)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    target = Target(True, name, server.server_port, "/", ("127.0.0.1",))
    if heard:
        assert send(target, b"{}", {}, trusting)
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            send(target, b"{}", {}, trusting)


def test_own_name_is_looked_up_as_the_machine_does() -> None:
    assert "127.0.0.1" in look_up("localhost", 80) or "::1" in look_up("localhost", 80)
    with pytest.raises(InputError, match="not known"):
        check_webhook("https://nobody.invalid/", private=True)


def test_no_name_is_looked_up_again_while_connecting(server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = socket.getaddrinfo

    def watched(host: str, *rest: object, **more: object) -> object:
        seen.append(host)
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    assert send(Target(False, "hook.invalid", server.server_port, "/", ("127.0.0.1",)), b"{}", {})
    assert set(seen) <= {"127.0.0.1"}


# --- Sealing ---------------------------------------------------------------------------------------------------------

WORD = "a word of chance, long enough"


@pytest.mark.parametrize("text", ["", "x", "sk-" + "0123456789" * 20, "zoë ⚡"])
def test_sealed_text_comes_back_and_says_nothing(text: str) -> None:
    sealed = seal(text, WORD)
    assert unseal(sealed, WORD) == text
    assert len(text) < 4 or text not in sealed
    assert seal(text, WORD) != sealed


def test_other_secret_or_a_changed_sign_opens_nothing() -> None:
    sealed = seal("sk-0123456789", WORD)
    changed = [sealed[:n] + ("A" if sealed[n] != "A" else "B") + sealed[n + 1 :] for n in (0, 24, 40, len(sealed) - 6)]
    for one, secret in [(sealed, WORD + "x"), *((one, WORD) for one in changed), (sealed[:20], WORD), ("é", WORD)]:
        with pytest.raises(SealError):
            unseal(one, secret)


def test_keys_lie_sealed_where_there_is_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = str(tmp_path / "study.db")
    save_keys(db, ServiceKeys("signing", {"MISTRAL_API_KEY": "sk-0123456789"}))
    assert "sk-0123456789" in keys_path(db).read_text()
    assert load_keys(db).sealing == "plain"
    monkeypatch.setenv(SECRET, WORD)
    assert seal_if_plain(db)
    assert not seal_if_plain(db)
    assert "sk-0123456789" not in keys_path(db).read_text()
    assert (load_keys(db).models, load_keys(db).sealing) == ({"MISTRAL_API_KEY": "sk-0123456789"}, "sealed")
    assert keys_path(db).stat().st_mode & 0o777 == 0o600


def test_keys_of_another_secret_stay_until_it_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = str(tmp_path / "study.db")
    monkeypatch.setenv(SECRET, WORD)
    save_keys(db, ServiceKeys("signing", {"MISTRAL_API_KEY": "sk-0123456789"}))
    monkeypatch.delenv(SECRET)
    locked = load_keys(db)
    assert (locked.signing, locked.models, locked.sealing) == ("signing", {}, "locked")
    save_keys(db, locked.with_model_key("COHERE_API_KEY", "sk-other"))
    monkeypatch.setenv(SECRET, WORD)
    assert load_keys(db).models == {"MISTRAL_API_KEY": "sk-0123456789", "COHERE_API_KEY": "sk-other"}


def test_secret_that_protects_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "short")
    with pytest.raises(StoreError, match="too short"):
        save_keys(str(tmp_path / "study.db"), ServiceKeys("signing", {"MISTRAL_API_KEY": "x"}))


@pytest.mark.parametrize("secret", ["", WORD])
def test_page_says_where_keys_lie_and_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    db = tmp_path / "study.db"
    keep_study(db, people=2)
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    if secret:
        monkeypatch.setenv(SECRET, secret)
    client = client_of(db)
    submit(client, "/settings/models", "/settings/models", variable="MISTRAL_API_KEY", key="sk-0123456789")
    try:
        said = page_of(client.get("/settings/models")).words()
        assert str(keys_path(str(db))) in said
        assert ("sealed with SYNTH_SECRET" in said) == bool(secret)
        assert ("whoever reads that file has them" in said) != bool(secret)
        held = json.loads(keys_path(str(db)).read_text())
        assert bool(held["models"]) != bool(secret)
    finally:
        os.environ.pop("MISTRAL_API_KEY", None)


def test_keys_that_cannot_be_kept_are_left_nowhere(tmp_path: Path) -> None:
    db = str(tmp_path / "study.db")
    keys_path(db).mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        save_keys(db, ServiceKeys("signing", {"MISTRAL_API_KEY": "sk-0123456789"}))
    assert list(tmp_path.iterdir()) == [keys_path(db)]
