"""The first steps of a fork server: namespaces, then a waiting outer process and an inner one that serves.

Started by keeper.py as `python -c BOOT ...` with a scrubbed environment. In a child of the server serve() returns the
program and BOOT executes it, with no frame above it that holds anything of the sandbox; in the server itself serve()
never returns. Leaves out: serving (server.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import types
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

from model.sandbox import kernel, namespaces
from model.sandbox.limits import SandboxLimits

Program = tuple[types.CodeType, dict[str, Any], list[BaseException]]  # what runs, in which scope, what it ended with

BOOT = """
import sys
sys.path.insert(0, sys.argv[1])
from model.sandbox.zygote import serve
program, scope, errors = serve(sys.argv[2])
del serve, sys
try:
    exec(program, scope)
except BaseException as error:
    errors.append(error)
"""
MESSAGE_BYTES = 16 * 1024  # of one message between keeper and server
DEAF_TO = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # a server ends when its keeper hangs up
STOP = b"stop"  # from the keeper: kill the program that is running
UNCONFINED = 97  # a child's exit status when a layer failed


@dataclass(frozen=True, slots=True)
class Setting:
    """What the keeper tells a server at its start."""

    host: int  # the keeper's process
    control: int  # descriptor of the socket to the keeper
    root: str  # the checkout; only this package is imported from it
    runtime: str  # the pool's private folder, removed by whoever is left when the host is gone
    work: str  # this server's folder for programs
    limits: SandboxLimits
    modules: tuple[str, ...]  # what it imports ahead

    @classmethod
    def parse(cls, text: str) -> Setting:
        values = json.loads(text)
        return cls(**{**values, "limits": SandboxLimits(**values["limits"])})

    def text(self) -> str:
        return json.dumps(asdict(self))


def serve(text: str) -> Program:
    """Enter namespaces, preload, answer requests; returns in children only, with the program that they run."""
    setting = Setting.parse(text)
    for number in DEAF_TO:
        signal.signal(number, signal.SIG_IGN)
    layers = namespaces.enter()
    inner = os.fork()
    if inner:
        _outlive(inner, setting)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    from model.sandbox.server import Server  # not before the namespaces: what it imports may start threads

    return Server(setting, layers).run()


def _outlive(inner: int, setting: Setting) -> NoReturn:
    """Wait for the server; where the host has died, nobody else is left to remove the folder."""
    os.close(setting.control)
    os.waitpid(inner, 0)
    if os.getppid() != setting.host:
        with contextlib.suppress(OSError):  # it was not mounted
            kernel.unmount(setting.work)
        shutil.rmtree(setting.runtime, ignore_errors=True)
    os._exit(0)
