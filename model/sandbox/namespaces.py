"""Namespaces for a fork server and its programs, taken as far as the host allows and reported one by one.

enter() runs once, before anything is imported: user, mount, network, IPC and host-name namespaces for the process
itself, and a process-id namespace for its children. Each program then gets a process-id namespace inside that one
(Cells). Where the host forbids namespaces (many containers do), the other layers hold the programs.

Leaves out: capabilities, which a program loses in confine.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

from model.sandbox import kernel
from model.sandbox.limits import LayerReport

USER, MOUNT = "user namespace", "mount namespace"
_KINDS = {
    MOUNT: (kernel.CLONE_NEWNS, "the work folder is a private memory file system of bounded size"),
    "network namespace": (kernel.CLONE_NEWNET, "no network interface but a loopback that is down"),
    "process namespace": (kernel.CLONE_NEWPID, "sees no other process, and all its own end with it"),
    "ipc namespace": (kernel.CLONE_NEWIPC, "no shared memory or queues of others"),
    "host name namespace": (kernel.CLONE_NEWUTS, "cannot rename the host"),
}
NAMES = (USER, *_KINDS)
_INSIDE_ID = 1000  # what a program sees as its user and group


def enter() -> list[LayerReport]:
    """Move this single-threaded process into namespaces of its own. Never raises: what fails is reported."""
    layers = [_enter_user()]
    for name, (flag, meaning) in _KINDS.items():
        layers.append(_attempt(name, flag, meaning))
    if any(layer.name == MOUNT and layer.active for layer in layers):
        kernel.mount("none", "/", "none", kernel.MS_REC | kernel.MS_PRIVATE)
    return layers


def _attempt(name: str, flag: int, meaning: str) -> LayerReport:
    try:
        kernel.unshare(flag)
    except OSError as error:
        return LayerReport(name, False, f"this host does not allow it ({error})")
    return LayerReport(name, True, meaning)


def _enter_user() -> LayerReport:
    """Only where names can be mapped too: a process without a user name of its own cannot create files."""
    try:
        trial = os.fork()
        if trial == 0:
            _end_with(_map_new_user)
        worked = os.waitpid(trial, 0)[1] == 0
        if worked:
            _map_new_user()
    except OSError as error:
        return LayerReport(USER, False, f"this host does not allow it ({error})")
    if not worked:
        return LayerReport(USER, False, "this host does not allow it to this user")
    return LayerReport(USER, True, "has no rights over users, files or devices of the host")


def _map_new_user() -> None:
    uid, gid = os.geteuid(), os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{_INSIDE_ID} {uid} 1"),
        ("gid_map", f"{_INSIDE_ID} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _end_with(attempt: Callable[[], None]) -> NoReturn:
    """End this process, with status 0 if `attempt` succeeds."""
    try:
        attempt()
    except OSError:
        os._exit(1)
    os._exit(0)


class Cells:
    """A process-id namespace per program. Built in the server, after enter() and the fork that follows it."""

    def __init__(self) -> None:
        self._home = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._active = True
            self.open()
            self.shut()
        except OSError:
            self._active = False

    def open(self) -> None:
        """Let the next fork be the first process of a new namespace."""
        if self._active:
            kernel.unshare(kernel.CLONE_NEWPID)

    def shut(self) -> None:
        """After that fork: let later ones belong to the server's namespace again."""
        if self._active:
            kernel.setns(self._home, kernel.CLONE_NEWPID)
