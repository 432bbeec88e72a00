"""`chartloop serve`: the page and the HTTP interface in one process, until it is told to stop."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import signal
import socket
import sys
from typing import NoReturn

import uvicorn

from app import api
from app.refresher import Refresher
from app.service import Service
from app.settings import Settings
from model.errors import BadInput

GRACE_S = 2
"""How long open connections may hold up the end; a page that follows a job never closes its own."""

log = logging.getLogger(__name__)


def run_server(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises BadInput if the address cannot be had."""
    signal.signal(signal.SIGTERM, _end)
    with (
        contextlib.suppress(KeyboardInterrupt),
        _listening(settings) as listener,
        Service(settings) as service,
        Refresher(settings),
    ):
        from app.ui.page import mount  # seconds to import: what is cheap to refuse was refused by now

        port = listener.getsockname()[1]
        config = uvicorn.Config(
            mount(api.build(service), service),
            log_level="warning",
            timeout_graceful_shutdown=GRACE_S,
            server_header=False,
        )
        _welcome(settings.host, port)
        uvicorn.Server(config).run(sockets=[listener])


def _end(_signal: int, _frame: object) -> NoReturn:
    """uvicorn raises a signal again once it has ended by it: then jobs must go back to the queue before we die."""
    sys.exit(0)


def _listening(settings: Settings) -> socket.socket:
    host, port = settings.host, settings.port
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128
        )
    except OSError as error:
        raise BadInput(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port") from error


def _welcome(host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    print(f"Chartloop is at http://{shown}:{port} (Ctrl-C ends it)", file=sys.stderr, flush=True)
    if not _is_local(host):
        log.warning("anybody who reaches %s can use this server and see its charts: there is no login", host)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
