"""The refresh process beside the page: started with it, told to end with it, and harmed by nothing that befalls it.

The two share the database and nothing else. The process has a session of its own, so that Ctrl-C in a terminal does not
reach it; it is asked to end, puts its run back for the next one and goes. Where the page is killed it ends a run first.
Leaves out: what the process does (python -m training refresh; the application imports nothing of it).
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import subprocess
import sys
from typing import Self

from app.settings import Settings

LOG_FILE = "refresh.log"
GRACE_S = 20.0
"""How long it may take to put a run back; it looks at every step of its work. After that it is ended."""

log = logging.getLogger(__name__)


def command(settings: Settings) -> list[str]:
    """The process as `serve` starts it; the settings' flags one by one, because only the application reads them."""
    refresh = settings.refresh
    flags = [
        *("--data-dir", str(settings.data_dir)),
        *("--policy", refresh.policy),
        *("--min-new", str(refresh.min_new)),
        *("--min-per-class", str(refresh.min_per_class)),
        *("--every-hours", str(refresh.every_hours)),
    ]
    if settings.database_url:
        flags += ["--database-url", settings.database_url]
    if refresh.quiet:
        flags += ["--quiet", *map(str, refresh.quiet)]
    return [sys.executable, "-m", "training", "refresh", "--watch", "--parent", str(os.getpid()), *flags]


class Refresher:
    """`with Refresher(settings):` keeps the process at the side as long as the block lasts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if importlib.util.find_spec("trl") is None:
            log.info("verdicts are kept but not trained on: the packages for training are not installed")
            return self
        with (self._settings.data_dir / LOG_FILE).open("ab") as target:
            self.process = subprocess.Popen(
                command(self._settings),
                stdin=subprocess.DEVNULL,
                stdout=target,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE_S)
        self.process.kill()
        self.process.wait()
