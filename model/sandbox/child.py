"""A child's first steps: from the fork to the moment before the program runs.

Leaves out: the layers themselves (confine.py), what follows the program (ending.py).
"""

from __future__ import annotations

import atexit
import builtins
import gc
import linecache
import os
import random
import signal
import sys
import types
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.sandbox import confine, kernel
from model.sandbox.ending import Seal, Task, make_ending, redirect
from model.sandbox.explain import PROGRAM
from model.sandbox.figures import Gallery
from model.sandbox.sheet import ChildSheet, Encode, Layout
from model.sandbox.zygote import DEAF_TO, Program


@dataclass(frozen=True, slots=True)
class Child:
    """What the server has ready for every program."""

    cage: confine.Cage
    layers: Sequence[str]  # names of those that must hold
    gallery: Gallery
    seal: Seal
    encode: Encode


def detach(server: int) -> None:
    """Leave the server's session and signals behind. The server's death is this process's, from now or just before."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() not in (server, 0):  # 0: in a process-id namespace of its own, which ends with the server's
        os._exit(0)
    os.setsid()
    os.umask(0o077)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, *DEAF_TO):
        signal.signal(number, signal.SIG_DFL)


def prepare(child: Child, sheet_descriptor: int, task: Task) -> Program:
    """Confine this process and make the program ready. Raises OSError when a layer fails."""
    sheet = ChildSheet(sheet_descriptor, Layout.of(child.cage.limits), child.encode)
    close_descriptors()
    os.chdir(child.cage.work)
    confine.apply(child.cage, child.layers)
    redirect(sheet.print)
    text = sheet.program().decode()
    errors: list[BaseException] = []
    code = _compile(text, errors)
    scope = _main_module()
    _seed(text)
    child.gallery.prepare(text)
    atexit.register(make_ending(child.gallery, task, sheet.finish, errors, child.seal))
    gc.freeze()  # also hides the ending from gc.get_objects
    return code, scope, errors


def close_descriptors() -> None:
    """Keep no descriptor but three that lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.closerange(3, 1 << 20)


def _compile(text: str, errors: list[BaseException]) -> types.CodeType:
    lines = text.splitlines(keepends=True)
    linecache.cache[PROGRAM] = (len(text), None, lines, PROGRAM)
    try:
        return compile(text, PROGRAM, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        errors.append(error)
        return compile("", PROGRAM, "exec")


def _main_module() -> dict[str, Any]:
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=PROGRAM, __builtins__=builtins)
    sys.modules["__main__"] = module
    sys.argv[:] = [PROGRAM]
    return module.__dict__


def _seed(text: str) -> None:
    """The same program draws the same picture, also where it draws random numbers without a seed."""
    seed = zlib.crc32(text.encode())
    random.seed(seed)
    np.random.seed(seed)
