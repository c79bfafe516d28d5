"""Telling somebody over HTTP that a run has ended: figures and no words, signed, and never into this network.

A name is looked up once for each try; every address it gives is checked, and the connection goes to one that was
checked. So a name that means another machine a moment later (DNS rebinding) leads nowhere. Over TLS the certificate
must be that of the name.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from hmac import new as hmac_new
from urllib.parse import urlsplit

from synth.errors import InputError
from synth.service_keys import load_keys
from synth.store.jobs import Job

TRIES = 3
TIMEOUT_SECONDS = 10
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Look = Callable[[str, int], "list[str]"]
"""Gives the addresses of a host, in the order in which they are to be tried."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook leads, looked up and checked."""

    tls: bool
    host: str
    """As it was named: stands in the Host header and in the certificate."""
    port: int
    path: str
    addresses: tuple[str, ...]
    """Of the host, all of them checked."""


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host.

    Raises:
        OSError: the name is not known.
    """
    found = socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def check_webhook(address: str, *, private: bool, look: Look = look_up) -> Target:
    """Refuse an address that a run's end may not be told to.

    Args:
        address: http or https, with a host.
        private: whether hosts of this machine and this network are allowed: else a webhook could be used to reach
            what only this machine can reach.
        look: finds the addresses of a host.

    Raises:
        InputError: it may not.
    """
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise InputError("A webhook is an address such as https://example.org/hook.") from None
    host = parts.hostname
    plain = address.isascii() and address.isprintable() and " " not in address
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or not plain:
        raise InputError("A webhook is an address such as https://example.org/hook, without a login in it.")
    try:
        addresses = look(host, port)
    except (OSError, UnicodeError) as error:
        raise InputError(f"The webhook's host {host} is not known.") from error
    if not addresses:
        raise InputError(f"The webhook's host {host} is not known.")
    if not private and not all(map(_is_public, addresses)):
        raise InputError("A webhook may not point into this network. An admin can allow it: SYNTH_PRIVATE_WEBHOOKS=1.")
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    return Target(parts.scheme == "https", host, port, path, tuple(addresses))


def webhook_body(job: Job) -> bytes:
    """What is told: figures, and no word of anybody."""
    kept = ("chunks", "calls", "tokens", "cost_usd", "findings", "themes", "participants", "coverage", "seconds")
    figures = {key: value for key, value in job.report.items() if key in kept}
    read = job.report.get("transcripts", {})
    figures["transcripts"] = {"read": read.get("read", 0), "failed": len(read.get("failed", ()))}
    told = {"event": "run.ended", "run": job.id, "study": job.study_id, "state": job.state, "ended_utc": job.ended_utc}
    return json.dumps(told | {"figures": figures}, ensure_ascii=False).encode("utf-8")


def sign_webhook(body: bytes, secret: str) -> str:
    """The signature that a receiver checks: HMAC-SHA256 of the body, as `sha256=` and hexadecimal digits."""
    return f"sha256={hmac_new(secret.encode('utf-8'), body, sha256).hexdigest()}"


def webhook_secret(db: str, study_id: str) -> str:
    """The secret of a study's webhooks; the same as long as the service's keys are."""
    return sha256(f"webhook {load_keys(db).signing} {study_id}".encode()).hexdigest()


def tell(job: Job, db: str, look: Look = look_up) -> bool:
    """Tell the end of a run, in up to three tries; whether somebody heard it."""
    body = webhook_body(job)
    signed = sign_webhook(body, webhook_secret(db, job.study_id))
    for attempt in range(TRIES):
        try:
            target = check_webhook(job.webhook or "", private=bool(job.settings.get("private_webhook")), look=look)
            if send(target, body, {"content-type": "application/json", "x-synth-signature": signed}):
                return True
        except (OSError, http.client.HTTPException, InputError):
            pass
        if attempt + 1 < TRIES:
            time.sleep(2.0**attempt)
    return False


def send(target: Target, body: bytes, headers: dict[str, str], context: ssl.SSLContext | None = None) -> bool:
    """Post to an address that was checked; whether the answer is 2xx. A redirect is not followed: it is no 2xx.

    Args:
        target: as `check_webhook` gave it.
        body: what is sent.
        headers: besides those that every request has.
        context: how certificates are checked; None: as this machine does.

    Raises:
        OSError: nobody answers, or the certificate is not that of the name.
        http.client.HTTPException: the answer is broken.
    """
    connection = _Pinned(target, context)
    try:
        connection.request("POST", target.path, body, headers)
        return 200 <= connection.getresponse().status < 300
    finally:
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to the addresses that were checked, under the name that was given."""

    def __init__(self, target: Target, context: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port, timeout=TIMEOUT_SECONDS)
        self._target = target
        self._context = (context or ssl.create_default_context()) if target.tls else None
        # The Host header leaves out the usual port of the scheme.
        self.default_port = 443 if target.tls else 80

    def connect(self) -> None:
        """Connect to the first of the addresses that takes it; the name is not looked up again."""
        refused: OSError | None = None
        for address in self._target.addresses:
            try:
                plain = socket.create_connection((address, self._target.port), TIMEOUT_SECONDS)
                break
            except OSError as error:
                refused = error
        else:
            raise refused or OSError("no address")
        try:
            self.sock = self._context.wrap_socket(plain, server_hostname=self.host) if self._context else plain
        except BaseException:
            plain.close()
            raise


def _is_public(address: str) -> bool:
    """Whether an address is one of the open internet, also where it hides an IPv4 address inside."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inside = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inside is not None:
            return _is_public(str(inside))
        if found.teredo is not None or found.is_site_local:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)
