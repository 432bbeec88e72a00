"""The few system calls that Python does not offer, through ctypes: prctl, capset, unshare, setns, mount, mmap.

Linux only, x86_64 and aarch64. Each function raises OSError with errno, as os does. Leaves out: when to call them
(namespaces.py, confine.py).
"""

from __future__ import annotations

import ctypes
import os
import platform

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x8, 0x4000, 0x4_0000
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 1, 4, 24, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_PROT_READ_WRITE, _MAP_SHARED = 0x3, 0x1
_CAPABILITY_VERSION_3 = 0x2008_0522
_NUMBERS = {"x86_64": {"capset": 126}, "aarch64": {"capset": 91}}  # those that libc has no function for

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long)


def supported() -> bool:
    """This file's numbers hold for this machine."""
    return platform.system() == "Linux" and platform.machine() in _NUMBERS


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(what: str, number: int, *args: object) -> int:
    """A system call by number; `what` names it in the error. Integers are passed as machine words."""
    words = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    return _checked(_libc.syscall(ctypes.c_long(number), *words), what)


def prctl(option: int, *args: int) -> None:
    words = [ctypes.c_ulong(arg) for arg in (*args, 0, 0, 0, 0)[:4]]
    _checked(_libc.prctl(option, *words), f"prctl({option})")


def unshare(flags: int) -> None:
    _checked(_libc.unshare(flags), f"unshare({flags:#x})")


def setns(descriptor: int, kind: int) -> None:
    _checked(_libc.setns(descriptor, kind), f"setns({kind:#x})")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    args = [text.encode() for text in (source, target, kind)]
    _checked(_libc.mount(*args, ctypes.c_ulong(flags), options.encode()), f"mount {target}")


def unmount(target: str) -> None:
    _checked(_libc.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def map_shared(descriptor: int, size: int) -> int:
    """Address of `size` shared bytes of a file. Unlike mmap.mmap it keeps no duplicate of the descriptor."""
    address = _libc.mmap(None, size, _PROT_READ_WRITE, _MAP_SHARED, descriptor, 0)
    if address is None or address == ctypes.c_void_p(-1).value:
        _checked(-1, "mmap")
    assert isinstance(address, int)
    return address


def bound_capabilities() -> None:
    """Never let this process or its children gain a capability by executing something. Those it has stay."""
    with open("/proc/sys/kernel/cap_last_cap") as file:
        last = int(file.read())
    for capability in range(last + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except PermissionError:  # without CAP_SETPCAP there is nothing to bound
            return


def drop_capabilities() -> None:
    """Give up every capability that this process has."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    syscall("capset", _NUMBERS[platform.machine()]["capset"], header, (ctypes.c_uint32 * 6)())
