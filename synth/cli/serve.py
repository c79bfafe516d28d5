"""`synth serve`: the pages and the HTTP API."""

from __future__ import annotations

import socket

import click

from synth.cli.options import db_option


@click.command()
@db_option
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H", help="An address of this machine alone.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, metavar="P", help="0 takes a free one."
)
def serve(db_path: str, host: str, port: int) -> None:
    """Show the studies of a database in the browser, with an HTTP API under /api/v1.

    There are no accounts yet, so it listens on this machine only. Ctrl-C stops it.

    \b
    synth serve
    synth serve --db studies/home.db --port 9000
    """
    from api.settings import ServiceSettings, loopback_address

    address = loopback_address(host)
    listening = listen(address, port)
    taken: int = listening.getsockname()[1]

    import uvicorn

    from api.app import create_app

    config = uvicorn.Config(
        create_app(ServiceSettings(db_path, address, taken)),
        # No log of requests: addresses name participants. No proxy is between, so none is believed.
        log_level="warning", access_log=False, server_header=False, proxy_headers=False,
        lifespan="off", ws="none", timeout_graceful_shutdown=3,
    )  # fmt: skip
    shown = f"[{address}]" if ":" in address else address
    click.echo(f"Synth is at http://{shown}:{taken}/ with the studies of {db_path}. Ctrl-C stops it.")
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    finally:
        listening.close()


def listen(address: str, port: int) -> socket.socket:
    """A socket that already takes connections, so that the address printed is one that answers.

    Raises:
        InputError: the port is in use, or may not be used.
    """
    from synth.errors import InputError

    listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
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
