"""A seccomp filter for chart programs: one process, one thread, no sockets, nothing executed, no signals to others.

Written as classic BPF and installed by prctl, so no library is needed. A 32-bit or x32 call ends the process, because
its numbers would mean something else. Leaves out: which calls are harmless (syscalls.py).

Source: https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
import struct

from model.sandbox import kernel, syscalls

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _JEQ, _JGE, _JSET, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06

ALLOW = 0x7FFF_0000
KILL = 0x8000_0000
_ERROR = 0x0005_0000  # + errno; 0 answers success without running the call

_NUMBER, _ARCHITECTURE, _ARGS = 0, 4, 16  # offsets in struct seccomp_data
_ARCHITECTURES = {"x86_64": (0xC000_003E, 0), "aarch64": (0xC000_00B7, 1)}  # audit number, column in syscalls.py
_X32 = 0x4000_0000

# fcntl: duplicate, flags of descriptor and file, record locks, F_DUPFD_CLOEXEC; not F_SETOWN, which aims signals
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 1030)

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


def refuse(number: int) -> int:
    """The verdict "this call fails with that errno"."""
    return _ERROR | number


def program(machine: str, pid: int) -> list[Instruction]:
    """The filter for `machine` and the one process `pid` that may signal itself."""
    architecture, column = _ARCHITECTURES[machine]
    code: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JEQ, 1, 0, architecture),
        (_RETURN, 0, 0, KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_JGE, 0, 1, _X32),
        (_RETURN, 0, 0, KILL),
    ]
    for names, verdict in (
        (syscalls.ALLOWED, ALLOW),
        (syscalls.PRETENDED, refuse(0)),
        (syscalls.HOSTILE, KILL),
    ):
        for numbers in names.values():
            code += _when(numbers[column], [(_RETURN, 0, 0, verdict)])
    for numbers, rule in _by_argument(pid):
        code += _when(numbers[column], rule)
    return [*code, (_RETURN, 0, 0, refuse(errno.EPERM))]


def _when(number: int | None, rule: list[Instruction]) -> list[Instruction]:
    """`rule` for that call; falls through for any other, the number still loaded."""
    return [] if number is None else [(_JEQ, 0, len(rule), number), *rule]


def _by_argument(pid: int) -> list[tuple[syscalls.Numbers, list[Instruction]]]:
    """Calls that depend on an argument, or answer with another error than EPERM."""
    no_attributes = [(_RETURN, 0, 0, refuse(errno.ENOTSUP))]  # what file systems without them say
    return [
        *((numbers, no_attributes) for numbers in syscalls.ATTRIBUTES.values()),
        ((435, 435), [(_RETURN, 0, 0, refuse(errno.ENOSYS))]),  # clone3: libc then tries clone, which is refused
        ((437, 437), [(_RETURN, 0, 0, refuse(errno.ENOSYS))]),  # openat2: flags in memory, out of a filter's sight
        ((16, 29), [(_RETURN, 0, 0, refuse(errno.ENOTTY))]),  # ioctl: there are no terminals and no devices
        ((2, None), _no_sly_truncation(1)),  # open
        ((257, 56), _no_sly_truncation(2)),  # openat
        ((302, 261), _only(0, (0,))),  # prlimit64: of itself
        ((62, 129), _only(0, (pid,))),  # kill
        ((234, 131), _only(0, (pid,))),  # tgkill, which abort() uses
        ((72, 25), _only(1, _FCNTL)),
    ]


def _only(argument: int, values: tuple[int, ...]) -> list[Instruction]:
    """Allow where the low 32 bits of an argument are one of `values` (the kernel reads these as int)."""
    code: list[Instruction] = [(_LOAD, 0, 0, _ARGS + 8 * argument)]
    for value in values:
        code += [(_JEQ, 0, 1, value), (_RETURN, 0, 0, ALLOW)]
    return [*code, (_RETURN, 0, 0, refuse(errno.EPERM))]


def _no_sly_truncation(argument: int) -> list[Instruction]:
    """O_RDONLY|O_TRUNC empties a file that Landlock before ABI 3 takes for merely read."""
    return [
        (_LOAD, 0, 0, _ARGS + 8 * argument),
        (_JSET, 0, 3, os.O_TRUNC),
        (_AND, 0, 0, os.O_ACCMODE),
        (_JEQ, 0, 1, os.O_RDONLY),
        (_RETURN, 0, 0, refuse(errno.EPERM)),
        (_RETURN, 0, 0, ALLOW),
    ]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


@functools.lru_cache
def _compiled(machine: str, pid: int) -> bytes:
    return b"".join(struct.pack("HBBI", *step) for step in program(machine, pid))


def prepare() -> None:
    """Build the filter of a process-id namespace's first process ahead, for all children to come."""
    _compiled(platform.machine(), 1)


def install() -> None:
    """Filter this process for good. Needs no_new_privs. Raises OSError."""
    code = _compiled(platform.machine(), os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    wanted = _Program(len(code) // 8, ctypes.addressof(buffer))
    kernel.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(wanted))
