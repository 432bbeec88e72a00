"""The fork server proper: preloads, then runs one program at a time, each in a forked child, and watches it end.

Speaks JSON over a socket to its keeper: {"ready": layers} once, then for each request one reply that says how the child
ended. A child is killed at its deadline, when the keeper says STOP or hangs up, and when it fills its folder.

Leaves out: a child's own steps (child.py, ending.py), and every check of what it reports (host.py).
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from dataclasses import asdict, dataclass

from model.records import JsonDict
from model.sandbox import confine, figures, kernel, namespaces, seccomp
from model.sandbox.child import Child, detach, prepare
from model.sandbox.ending import Seal, Task
from model.sandbox.folder import WorkFolder
from model.sandbox.limits import LayerReport
from model.sandbox.preload import data_folders, preload
from model.sandbox.sheet import private_encoder
from model.sandbox.zygote import MESSAGE_BYTES, STOP, UNCONFINED, Program, Setting

_LOOK_S = 0.05  # between looks at a work folder that no kernel bounds


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: why ("itself", "deadline", "stopped", "disk"), its status and what it used."""

    why: str
    status: int  # exit status, or minus the signal
    cpu_s: float
    memory_mb: float


class Server:
    """Runs programs for one keeper."""

    def __init__(self, setting: Setting, layers: list[LayerReport]) -> None:
        kernel.bound_capabilities()
        seccomp.prepare()
        preload(setting.modules)
        self._limits = setting.limits
        self._control = socket.socket(fileno=setting.control)
        self._cells = namespaces.Cells()
        mounted = any(layer.name == namespaces.MOUNT and layer.active for layer in layers)
        self._folder = WorkFolder(setting.work, setting.limits.file_mb, mounted)
        self._wake = _wake_on_child_end()
        cage = confine.Cage(setting.limits, setting.work, confine.readable_folders(sorted(data_folders())))
        layers = [*layers, *self._try_layers(cage)]
        gallery = figures.install(setting.limits.max_pixels)
        active = tuple(layer.name for layer in layers if layer.active)
        self._child = Child(cage, active, gallery, Seal(), private_encoder())
        _forget_the_sandbox(setting.root)
        gc.collect()
        gc.freeze()  # nothing is collected in children, which would copy the pages it touches
        self._send({"ready": [asdict(layer) for layer in layers]})

    def run(self) -> Program:
        """Answer requests until the keeper hangs up; returns in children only."""
        while True:
            data, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 1)
            if not data:
                os._exit(0)
            if data == STOP:  # meant for a program that has ended meanwhile
                continue
            self._folder.furnish()
            pid = self._fork()
            if pid == 0:
                return self._become(json.loads(data), descriptors[0])
            os.close(descriptors[0])
            ended = self._watch(pid)
            self._folder.clear()
            self._send({"ended": asdict(ended)})

    def _fork(self) -> int:
        server = os.getpid()
        self._cells.open()
        pid = os.fork()
        if pid == 0:
            detach(server)
        else:
            self._cells.shut()
        return pid

    def _become(self, request: JsonDict, sheet: int) -> Program:
        """Turn this child into the program that was asked for."""
        self._control.detach()  # the descriptor is closed with all others
        try:
            return prepare(self._child, sheet, Task(request["format"], request["dpi"]))
        except OSError:
            os._exit(UNCONFINED)

    def _watch(self, pid: int) -> Ended:
        """Wait for the child's end, or bring it about."""
        why = "itself"
        deadline = time.monotonic() + self._limits.timeout_s
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        poll.register(self._control, select.POLLIN)
        while True:
            done, status, used = os.wait4(pid, os.WNOHANG)
            if done:
                code = os.waitstatus_to_exitcode(status)
                if self._folder.used_mb() > self._limits.file_mb:
                    why = "disk"
                return Ended(why, code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
            if why == "itself" and (reason := self._reason_to_kill(deadline)):
                why = reason
                _kill(pid)
            left = max(deadline - time.monotonic(), 0.0) if why == "itself" else _LOOK_S
            poll.poll(1000 * (left if self._folder.mounted else min(left, _LOOK_S)))
            _drain(self._wake)

    def _reason_to_kill(self, deadline: float) -> str:
        if time.monotonic() >= deadline:
            return "deadline"
        if self._folder.used_mb() > self._limits.file_mb:
            return "disk"
        if select.select([self._control], [], [], 0)[0]:
            return "stopped"  # STOP or the end of the stream; run() reads which
        return ""

    def _try_layers(self, cage: confine.Cage) -> list[LayerReport]:
        """Ask a trial child which layers this host has."""
        readable, writable = os.pipe()
        self._folder.furnish()
        pid = self._fork()
        if pid == 0:
            try:
                os.write(writable, json.dumps([asdict(layer) for layer in confine.trial(cage)]).encode())
            except BaseException:
                traceback.print_exc()
            os._exit(0)
        os.close(writable)
        with open(readable, "rb") as file:
            text = file.read()
        os.waitpid(pid, 0)
        self._folder.clear()
        return [LayerReport(**layer) for layer in json.loads(text)]

    def _send(self, message: JsonDict) -> None:
        try:
            self._control.send(json.dumps(message).encode())
        except OSError:  # the keeper is gone
            os._exit(0)


def _wake_on_child_end() -> int:
    """A descriptor that becomes readable whenever a child ends."""
    readable, writable = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    return readable


def _forget_the_sandbox(root: str) -> None:
    """Programs cannot import this package: its modules live on only in the functions that use them."""
    sys.path[:] = [path for path in sys.path if path not in (root, "")]
    for name in [name for name in sys.modules if name.split(".")[0] == "model"]:
        del sys.modules[name]


def _drain(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.read(descriptor, 4096)


def _kill(pid: int) -> None:
    for end in (os.killpg, os.kill):
        try:
            end(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
