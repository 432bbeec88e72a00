"""Landlock: which files a program may touch, and no TCP; enforced by the kernel, needs no privilege, cannot be undone.

Reading: the Python installation, shared libraries, fonts, time zones. Writing: the program's own work folder. Rights
are asked for as far as the kernel knows them (ABI 1 in Linux 5.13 to 6 in 6.12). Landlock does not cover chmod,
utime, stat or sockets other than TCP: seccomp.py does, except stat, which may tell that a file exists.

Source: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable

from model.sandbox import kernel

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8
_MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM = 1 << 9, 1 << 10, 1 << 11, 1 << 12
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15  # since ABI 2, 3 and 5

_READ = _READ_FILE | _READ_DIR
_WORK = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SYM | _REFER | _TRUNCATE
_FILE_ONLY = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV  # the only rights that a rule on a file takes
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1  # since ABI 4
_SCOPE_ABSTRACT_SOCKET, _SCOPE_SIGNAL = 1 << 0, 1 << 1  # since ABI 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """The kernel's Landlock version; 0 where it has none or it is switched off."""
    try:
        return kernel.syscall("landlock_create_ruleset", _CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def _known_files(version: int) -> int:
    known = (1 << 13) - 1
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        known |= right if version >= since else 0
    return known


def restrict(readable: Iterable[str], work: str, devices: Iterable[str]) -> None:
    """Bind this thread for good: read beneath `readable`, everything beneath `work`, read and write `devices`.

    Paths that do not exist are left out. Needs no_new_privs. Raises OSError.
    """
    version = abi()
    known = _known_files(version)
    wanted = _Ruleset(
        known,
        _BIND_TCP | _CONNECT_TCP if version >= 4 else 0,
        _SCOPE_ABSTRACT_SOCKET | _SCOPE_SIGNAL if version >= 6 else 0,
    )
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = kernel.syscall("landlock_create_ruleset", _CREATE_RULESET, ctypes.byref(wanted), size, 0)
    try:
        for path in readable:
            _allow(rules, path, _READ)
        for path in devices:
            _allow(rules, path, _READ_FILE | _WRITE_FILE)
        _allow(rules, work, _WORK & known)
        kernel.syscall("landlock_restrict_self", _RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    try:
        rights &= -1 if os.path.isdir(path) else _FILE_ONLY
        rule = _PathBeneath(rights, parent)
        kernel.syscall("landlock_add_rule", _ADD_RULE, rules, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)
