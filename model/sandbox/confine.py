"""The layers around one program, put on by the child itself, in order, just before the program runs.

Each layer is also tried once in a trial child, so that the server knows which of them this host has (trial()). A layer
that worked in the trial and fails later ends the child: the sandbox fails closed. Leaves out: namespaces (entered by
the server beforehand) and the wall clock (kept by the server).
"""

from __future__ import annotations

import os
import resource
import site
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.sandbox import kernel, landlock, seccomp
from model.sandbox.limits import LayerReport, SandboxLimits

_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/fonts", "/usr/local/share/fonts")
_SYSTEM_FILES = ("/usr/share/zoneinfo", "/etc/localtime", "/etc/ld.so.cache")


@dataclass(frozen=True, slots=True)
class Cage:
    """What a program is confined to: its limits, its folder, and the folders that it may read."""

    limits: SandboxLimits
    work: str
    readable: tuple[str, ...]


def readable_folders(extra: Sequence[str]) -> tuple[str, ...]:
    """The Python installation, its packages, system libraries and fonts; nothing of the checkout or of people's."""
    paths = sysconfig.get_paths()
    python = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    python |= {os.path.join(sys.base_prefix, "lib"), os.path.dirname(os.__file__), *site.getsitepackages()}
    return tuple(sorted({*python, *_SYSTEM, *_SYSTEM_FILES, *extra}))


def apply(cage: Cage, active: Sequence[str]) -> None:
    """Put on the layers named in `active`; raises OSError when one fails. There is no way back."""
    for name, _, put_on in _layers(cage):
        if name in active:
            put_on()


def trial(cage: Cage) -> list[LayerReport]:
    """Put on every layer that works here and report each. For a child that ends right afterwards."""
    return [_attempt(name, meaning, put_on) for name, meaning, put_on in _layers(cage)]


def _attempt(name: str, meaning: str, put_on: Callable[[], None]) -> LayerReport:
    try:
        put_on()
    except OSError as error:
        return LayerReport(name, False, f"this host does not allow it ({error})")
    return LayerReport(name, True, meaning)


def _layers(cage: Cage) -> list[tuple[str, str, Callable[[], None]]]:
    limits = cage.limits
    return [
        (
            "resource limits",
            f"{limits.memory_mb} MB memory, {limits.cpu_s} s processor time, {limits.file_mb} MB per file, "
            f"{limits.open_files} open files, no core dumps",
            lambda: _limit_resources(limits),
        ),
        ("capabilities", "all dropped, none can be gained", _drop_privileges),
        (
            "landlock",
            "reads only Python, libraries and fonts, writes only its own folder",
            lambda: landlock.restrict(cage.readable, cage.work, _DEVICES),
        ),
        (
            "seccomp",
            "one process and one thread, no sockets, nothing executed, no system calls but the harmless",
            seccomp.install,
        ),
    ]


def _limit_resources(limits: SandboxLimits) -> None:
    megabyte = 1024 * 1024
    for kind, most in (
        (resource.RLIMIT_AS, _mapped_bytes() + limits.memory_mb * megabyte),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, limits.file_mb * megabyte),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        _, ceiling = resource.getrlimit(kind)
        value = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
        resource.setrlimit(kind, (value, value))


def _mapped_bytes() -> int:
    """Address space in use: limits count what the program adds to the preloaded libraries."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _drop_privileges() -> None:
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
