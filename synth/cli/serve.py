"""`synth serve`: the pages and the HTTP API."""

from __future__ import annotations

import socket
from contextlib import closing
from threading import Event

import click

from synth.cli.options import db_option


@click.command()
@db_option
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H", help="A numeric address of this machine.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, metavar="P", help="0 takes a free one."
)
@click.option("--url", default=None, metavar="URL", help="How people reach it, where a name or a proxy is before it.")
@click.option("--tls-cert", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="A certificate (PEM).")
@click.option("--tls-key", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Its private key (PEM).")
def serve(db_path: str, host: str, port: int, url: str | None, tls_cert: str | None, tls_key: str | None) -> None:
    """Open the studies of a database in the browser, with an HTTP API under /api/v1.

    As long as nobody has an account it opens without one, and listens on this machine only. Ctrl-C stops it.

    \b
    synth serve
    synth serve --db studies/home.db --port 9000
    synth user add mira --role admin
    synth serve --host 0.0.0.0 --url https://synth.example.org --tls-cert cert.pem --tls-key key.pem
    """
    from api.settings import ServiceSettings, checked_url, is_loopback, listening_address
    from synth.errors import InputError

    if bool(tls_cert) != bool(tls_key):
        raise click.UsageError("--tls-cert and --tls-key go together.")
    with_accounts = have_accounts(db_path)
    origin = checked_url(url)
    if origin is not None and not with_accounts:
        raise InputError(
            f"--url {url}: nobody has an account yet, so nobody could sign in. "
            "`synth user add NAME --role admin` makes the first account."
        )
    address = listening_address(host, have_accounts=with_accounts)
    listening = listen(address, port)
    taken: int = listening.getsockname()[1]
    shown = f"[{address}]" if ":" in address else address
    settings, ended = ServiceSettings(db_path, address, taken, url=origin, tls=bool(tls_cert)), Event()
    if not is_loopback(address) and not settings.secure:
        click.echo("Without TLS passwords and interviews cross the network readable; see docs/service.md.", err=True)

    import uvicorn

    from api.app import create_app
    from api.tending import get_ready, tend

    app = create_app(settings)
    config = uvicorn.Config(
        app,
        # No log of requests: addresses name participants. What a proxy says of addresses is not believed.
        log_level="warning", access_log=False, server_header=False, proxy_headers=False,
        lifespan="off", ws="none", timeout_graceful_shutdown=3, ssl_certfile=tls_cert, ssl_keyfile=tls_key,
    )  # fmt: skip
    reached = origin or f"{'https' if tls_cert else 'http'}://{shown}:{taken}"
    click.echo(f"Synth is at {reached}/ with the studies of {db_path}. Ctrl-C stops it.")
    tend(settings, ended)
    get_ready(app)
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    finally:
        ended.set()
        listening.close()
        app.state.pool.close()


def have_accounts(db_path: str) -> bool:
    """Whether anybody has an account in a database."""
    from pathlib import Path

    from synth.store import open_store

    if not Path(db_path).exists():
        return False
    with closing(open_store(db_path, create=False)) as store:
        return store.has_accounts()


def listen(address: str, port: int) -> socket.socket:
    """A socket that already takes connections, so that the address printed is one that answers.

    Raises:
        InputError: the port is in use, or may not be used.
    """
    from synth.errors import InputError

    # Named as TCP, so that asyncio sends what it has at once: otherwise many an answer waits 40 ms for the network.
    listening = socket.socket(
        socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise InputError(
            f"--port {port}: {address} cannot be used with it ({error.strerror}). "
            "Stop what uses it, or give another port; 0 takes a free one."
        ) from error
    return listening
