"""What happens in the child after the program: its error is explained or its figure read, and the result written.

The program is executed by the server's top-level code, so that no frame above it holds anything of the sandbox; the
ending is called by the interpreter's exit (atexit), which Python code cannot inspect. Before it trusts the functions
that read the figure, it checks that the program replaced none of them.

Leaves out: programs that never get here: killed, crashed, or left by os._exit (host.py names those).
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model.records import JsonDict, Outcome, Pixels
from model.sandbox.explain import explain
from model.sandbox.figures import Gallery

Finish = Callable[[dict[str, Any], Pixels | None, bytes], None]


@dataclass(frozen=True, slots=True)
class Task:
    """What is wanted of a program: its picture and facts, or its figure as a file of `format`."""

    format: str = ""  # "" | svg | pdf | png
    dpi: float = 100.0


class Output(io.RawIOBase):
    """A stream that hands each write to `keep`; both stdout and stderr of a program."""

    def __init__(self, keep: Callable[[bytes], None]) -> None:
        self._keep = keep

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._keep(bytes(data))
        return len(data)


def redirect(keep: Callable[[bytes], None]) -> None:
    """Make print and warnings write to `keep`; the descriptors 1 and 2 lead nowhere."""
    for name in ("stdout", "stderr"):
        buffered = io.BufferedWriter(Output(keep), 8192)
        stream = io.TextIOWrapper(buffered, encoding="utf-8", errors="replace", line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


class Seal:
    """Remembers what the reading of figures is made of, to find out whether a program replaced any of it."""

    def __init__(self) -> None:
        modules: list[Any] = [module for name, module in sys.modules.items() if name.startswith("model.sandbox.")]
        classes = [value for module in modules for value in vars(module).values() if _is_our_class(value)]
        self._parts = [(part, dict(vars(part))) for part in (*modules, *dict.fromkeys(classes))]

    def broken(self) -> str:
        """The name of a replaced part, or ""."""
        for part, before in self._parts:
            now = vars(part)
            for name, value in before.items():
                if now.get(name) is not value:
                    return f"{part.__name__}.{name}"
        return ""


def _is_our_class(value: object) -> bool:
    return isinstance(value, type) and value.__module__.startswith("model.sandbox.")


def make_ending(
    gallery: Gallery, task: Task, finish: Finish, errors: list[BaseException], seal: Seal
) -> Callable[[], None]:
    """The function to run when the interpreter exits. `errors` gets what the program ended with."""
    leave = os._exit

    def ending() -> None:
        try:
            _flush()
            report, pixels, payload = _result(gallery, task, errors, seal)
            finish(report, pixels, payload)
        except BaseException as error:  # the program's objects may raise anything when they are looked at
            outcome, text = explain(error)
            finish({"outcome": outcome, "error": text}, None, b"")
        finally:
            leave(0)

    return ending


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # the program may have closed or replaced it
            continue


Parts = tuple[JsonDict, Pixels | None, bytes]


def _result(gallery: Gallery, task: Task, errors: list[BaseException], seal: Seal) -> Parts:
    if replaced := seal.broken():
        return _plain(Outcome.FORBIDDEN, f"The program replaced {replaced}, which the sandbox reads figures with.")
    if errors and not _clean_exit(errors[0]):
        return _plain(*explain(errors[0]))
    if task.format:
        return _exported(gallery.export(task.format, task.dpi))
    reading = gallery.read()
    if reading is None:
        return _plain(Outcome.NO_FIGURE, "The program ended without making a figure.")
    report: JsonDict = {"outcome": Outcome.OK, "error": "", "facts": reading.facts}
    if reading.blank:
        report |= {"outcome": Outcome.BLANK, "error": "The program made a figure but drew nothing in it."}
    return report, reading.pixels, b""


def _exported(data: bytes | None) -> Parts:
    if data is None:
        return _plain(Outcome.NO_FIGURE, "The program ended without making a figure.")
    return {"outcome": Outcome.OK, "error": ""}, None, data


def _plain(outcome: Outcome, text: str) -> Parts:
    return {"outcome": outcome, "error": text}, None, b""


def _clean_exit(error: BaseException) -> bool:
    return isinstance(error, SystemExit) and error.code in (None, 0)
