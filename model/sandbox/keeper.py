"""The host's side of one fork server: start it, pass it a program, notice when it breaks, end it.

Not thread-safe: host.py lends a keeper to one thread at a time. Every failure of the machinery is Broken, never a
verdict about the program. Leaves out: the pool and the meaning of results (host.py).
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from model.records import JsonDict
from model.sandbox import folder
from model.sandbox.limits import LayerReport, SandboxLimits
from model.sandbox.zygote import BOOT, MESSAGE_BYTES, STOP, Setting

_ROOT = str(Path(__file__).resolve().parents[2])
_START_S = 120.0  # for the imports, on a loaded machine
_GRACE_S = 10.0  # after the program's deadline, for the server to say so
_POLL_S = 0.05  # between looks at whether to stop


class Broken(Exception):
    """The fork server died or does not answer; its text says how."""


class Keeper:
    """One fork server that imports `modules` ahead. `layers` are known once wait() has returned."""

    def __init__(self, limits: SandboxLimits, runtime: Path, number: int, modules: tuple[str, ...]) -> None:
        self.layers: tuple[LayerReport, ...] = ()
        self.runs = 0
        self._limits = limits
        self._work = runtime / f"work-{number}"
        self._work.mkdir(mode=0o700)
        self._log = runtime / f"server-{number}.log"
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        setting = Setting(os.getpid(), theirs.fileno(), _ROOT, str(runtime), str(self._work), limits, modules)
        with theirs, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-B", "-c", BOOT, _ROOT, setting.text()],
                env=_environment(self._work, runtime),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )

    def wait(self) -> tuple[LayerReport, ...]:
        """The layers of this host, as soon as the server answers. Raises Broken."""
        if not self.layers:
            reply = self._receive(time.monotonic() + _START_S, lambda: False)
            self.layers = tuple(LayerReport(**layer) for layer in reply["ready"])
        return self.layers

    def is_ready(self) -> bool:
        """Whether wait() would return, or raise, at once."""
        return bool(self.layers) or bool(select.select([self._control], [], [], 0)[0])

    def run(self, sheet: int, request: JsonDict, stop: Callable[[], bool]) -> JsonDict:
        """Pass a request and its sheet on; how the child ended, as server.Ended. Raises Broken.

        The child is killed soon after `stop` turns true.
        """
        self.wait()
        self.runs += 1
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], [sheet])
        except OSError as error:
            raise Broken(self._obituary()) from error
        deadline = time.monotonic() + self._limits.timeout_s + _GRACE_S
        ended = self._receive(deadline, stop)["ended"]
        assert isinstance(ended, dict)
        return ended

    def close(self) -> None:
        """End the server, its child and its folder, whatever state they are in."""
        self._control.close()
        try:
            self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()  # the inner process dies with it, and the child with that
            self._process.wait()
        _remove(self._work)
        self._log.unlink(missing_ok=True)

    def _receive(self, deadline: float, stop: Callable[[], bool]) -> JsonDict:
        stopping = False
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._control], [], [], min(left, _POLL_S))[0]:
                return self._message()
            if not stopping and stop():
                stopping = True
                self._control.send(STOP)
        raise Broken(f"the fork server did not answer; {self._obituary()}")

    def _message(self) -> JsonDict:
        try:
            data = self._control.recv(MESSAGE_BYTES)
        except OSError:
            data = b""
        if not data:
            raise Broken(self._obituary())
        message = json.loads(data)
        assert isinstance(message, dict)
        return message

    def _obituary(self) -> str:
        """What is known of the server's death."""
        lines = self._log.read_text(errors="replace").strip().splitlines()
        said = f": {lines[-1][:300]}" if lines else ""
        return f"the fork server ended (status {self._process.poll()}){said}"


def _remove(work: Path) -> None:
    folder.empty(str(work))
    work.rmdir()


def _environment(work: Path, runtime: Path) -> dict[str, str]:
    """All that programs see of an environment. Nothing of the host's is passed on."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(work),
        "TMPDIR": str(work),
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(runtime / "matplotlib"),
        "PYTHONHASHSEED": "0",
        **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "ARROW")},
    }
