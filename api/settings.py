"""What the service is told when it starts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from synth.errors import InputError

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_BODY_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Where the studies are, and under which addresses the service answers."""

    db: str
    host: str = "127.0.0.1"
    port: int = 8765
    max_body_bytes: int = MAX_BODY_BYTES

    @property
    def host_names(self) -> frozenset[str]:
        """The names in a Host header that are answered; every other one may be a foreign page's (DNS rebinding)."""
        return LOCAL_NAMES | {self.host.strip("[]").lower()}


def loopback_address(host: str) -> str:
    """The numeric address to listen on.

    Raises:
        InputError: the host can be reached by others; without accounts nobody else may read or decide.
    """
    name = host.strip("[]").lower()
    if name == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise InputError(
            f"--host {host}: without accounts the service listens on this machine only. "
            "Give 127.0.0.1, ::1 or localhost."
        )
    return str(address)
