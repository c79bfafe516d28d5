"""What the service is told when it starts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from synth.errors import InputError, OptionError

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_BODY_BYTES = 1_048_576
MAX_UPLOAD_BYTES = 200 * 1_048_576
_WILDCARDS = frozenset({"0.0.0.0", "::"})


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Where the studies are, and under which addresses the service answers."""

    db: str
    host: str = "127.0.0.1"
    port: int = 8765
    max_body_bytes: int = MAX_BODY_BYTES
    max_upload_bytes: int = MAX_UPLOAD_BYTES
    """For the addresses that take files; every other one takes `max_body_bytes`."""
    body_seconds: float = 60
    """A request has so long to arrive; one with files, each of its pieces."""
    url: str | None = None
    """Under which people reach it, such as https://synth.example.org, where a proxy or a name stands before it."""
    tls: bool = False
    """Whether it speaks TLS itself, with a certificate of its own."""
    idle_minutes: float = 8 * 60
    """A browser that was not used for so long signs in again."""
    session_days: float = 14
    """So does every browser after so long."""
    password_tries: int = 10
    """For one login from one address in a quarter of an hour; ten times as many for one of the two."""

    @property
    def host_names(self) -> frozenset[str]:
        """The names in a Host header that are answered; every other one may be a foreign page's (DNS rebinding)."""
        named = {self.host.strip("[]").lower()} - _WILDCARDS
        return LOCAL_NAMES | named | ({urlsplit(self.url).hostname or ""} if self.url else set())

    @property
    def everywhere(self) -> bool:
        """Whether it listens on every address of this machine: then an address it was reached by is a name of it."""
        return self.host in _WILDCARDS

    @property
    def accounts_needed(self) -> bool:
        """Whether it may be reached from elsewhere: then nobody gets in without an account."""
        return self.url is not None or not is_loopback(self.host)

    @property
    def secure(self) -> bool:
        """Whether people reach it over TLS: then cookies are sent over nothing else."""
        return self.url.startswith("https://") if self.url else self.tls


def is_loopback(host: str) -> bool:
    """Whether this machine alone can reach an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def listening_address(host: str, *, have_accounts: bool) -> str:
    """The numeric address to listen on.

    Raises:
        OptionError: the host is no address.
        InputError: others can reach it and nobody has an account: then anybody could read and decide.
    """
    name = host.strip("[]").lower()
    if name == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        raise OptionError(
            f"--host {host}: give a numeric address of this machine, such as 127.0.0.1, ::1 or 0.0.0.0. "
            "A name that people use goes with --url."
        ) from None
    if not address.is_loopback and not have_accounts:
        raise InputError(
            f"--host {host}: nobody has an account yet, so the service listens on this machine only. "
            "`synth user add NAME --role admin` makes the first account."
        )
    return str(address)


def checked_url(url: str | None) -> str | None:
    """The origin under which people reach the service.

    Raises:
        OptionError: it is no address of a site.
    """
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise OptionError(f"--url {url}: give the address of the site alone, such as https://synth.example.org.")
    return f"{parts.scheme}://{parts.netloc}".lower()
