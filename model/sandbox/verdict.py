"""From a child's end and its report to an Execution. Every byte of the report is checked; the child is not trusted.

Leaves out: the form of the report (sheet.py) and of the facts (wire.py).
"""

from __future__ import annotations

import dataclasses
import signal

from model.records import Execution, JsonDict, Outcome
from model.sandbox.explain import MAX_CHARS
from model.sandbox.keeper import Broken
from model.sandbox.limits import SandboxLimits
from model.sandbox.sheet import HostSheet, Malformed, Result
from model.sandbox.wire import facts_from_json
from model.sandbox.zygote import UNCONFINED

STOPPED = Execution(Outcome.ERROR, "The program was stopped before its end, as asked.")
_TAMPERED = "The program tampered with the channel on which its result comes back"
_PICTURED = (Outcome.OK, Outcome.BLANK)
_REPORTED = (*_PICTURED, Outcome.ERROR, Outcome.OUT_OF_MEMORY, Outcome.FORBIDDEN, Outcome.NO_FIGURE)


def judge(ended: JsonDict, sheet: HostSheet, seconds: float, limits: SandboxLimits) -> tuple[Execution, bytes]:
    """The execution and the exported file (empty if none was asked for). `ended` is a server.Ended.

    Raises Broken when the child could not be confined: then nothing was learned about the program.
    """
    payload = b""
    if ended["why"] == "itself" and ended["status"] == UNCONFINED:
        raise Broken("a layer of the sandbox failed that held when it started")
    if ended["why"] != "itself" or ended["status"] != 0:
        execution = _cut_short(ended, limits)
    else:
        try:
            execution, payload = _reported(sheet.result())
        except ValueError as error:
            execution = Execution(Outcome.FORBIDDEN, f"{_TAMPERED}: {error}.")
    return dataclasses.replace(execution, seconds=seconds, stdout=sheet.output()), payload


def _cut_short(ended: JsonDict, limits: SandboxLimits) -> Execution:
    """A program that did not reach its end."""
    if ended["why"] == "stopped":
        return STOPPED
    if ended["why"] == "deadline":
        return Execution(Outcome.TIMEOUT, f"The program did not end within {limits.timeout_s:g} s.")
    if ended["why"] == "disk":
        return Execution(Outcome.FORBIDDEN, f"The program wrote more than {limits.file_mb} MB.")
    number = -ended["status"]
    if number == signal.SIGSYS:
        return Execution(Outcome.FORBIDDEN, "The program made a system call that the sandbox does not allow.")
    if number in (signal.SIGKILL, signal.SIGXCPU) and ended["cpu_s"] > 0.7 * limits.cpu_s:
        return Execution(Outcome.TIMEOUT, f"The program used more than {limits.cpu_s} s of processor time.")
    if number == signal.SIGKILL or (number > 0 and ended["memory_mb"] > 0.8 * limits.memory_mb):
        return Execution(Outcome.OUT_OF_MEMORY, f"The program used more than {limits.memory_mb} MB of memory.")
    if number > 0:
        return Execution(Outcome.ERROR, f"The program crashed the interpreter ({signal.Signals(number).name}).")
    return _LEFT


_LEFT = Execution(Outcome.ERROR, "The program left the interpreter (os._exit) before its figure could be read.")


def _reported(result: Result | None) -> tuple[Execution, bytes]:
    """Raises Malformed or ValueError for anything that the sandbox's own code does not write."""
    if result is None:
        return _LEFT, b""
    text, name = result.report.get("error"), result.report.get("outcome")
    if not isinstance(text, str) or len(text) > 2 * MAX_CHARS or name not in _REPORTED:
        raise Malformed("the report names no outcome")
    outcome = Outcome(name)
    if outcome not in _PICTURED or result.pixels is None:
        return Execution(outcome, text), result.payload
    facts = facts_from_json(result.report.get("facts"))
    height, width = result.pixels.shape[:2]
    if (facts.height_px, facts.width_px) != (height, width):
        raise Malformed("the facts are not those of the picture")
    return Execution(outcome, text, result.pixels, facts), b""
