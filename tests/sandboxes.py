"""What the tests of the sandbox share: limits, a chart, its processes, and what it means that an attack failed."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

import psutil

from model.records import Execution, Outcome
from model.sandbox import SandboxLimits

LIMITS = SandboxLimits(timeout_s=30.0, memory_mb=512, file_mb=16, output_kb=16, max_pixels=1_000_000)
HASTY = dataclasses.replace(LIMITS, timeout_s=1.5)  # for programs that would never end
PLT = "import matplotlib.pyplot as plt\n"
CHART = PLT + "plt.bar(['a', 'b'], [1, 2])\n"


class Family:
    """The processes that this one has started since the family was founded, and theirs.

    Whatever ran before is somebody else's, for example a browser, and may come and go without being counted.
    """

    def __init__(self) -> None:
        self._others = set(psutil.Process().children())  # psutil tells a new process from an old one with its number

    def outer(self) -> list[psutil.Process]:
        """Those that wait for a server each."""
        return [child for child in psutil.Process().children() if child not in self._others]

    def servers(self) -> list[psutil.Process]:
        """Those that fork."""
        return [server for outer in self.outer() for server in below(outer)]

    def programs(self) -> list[psutil.Process]:
        """Those that are being run."""
        return [program for server in self.servers() for program in below(server)]

    def pids(self) -> list[int]:
        """All of them, and whatever they started besides."""
        outer = self.outer()
        return sorted(one.pid for one in (*outer, *(inner for one in outer for inner in below(one, deep=True))))


def below(process: psutil.Process, *, deep: bool = False) -> list[psutil.Process]:
    """Its children, or all that come from it; none if it has ended."""
    try:
        return process.children(recursive=deep)
    except psutil.NoSuchProcess:
        return []


def wait_until(true: Callable[[], object], patience_s: float = 60.0) -> bool:
    """Whether it becomes true; the patience is used up only where a test fails."""
    deadline = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def ok(execution: Execution) -> Execution:
    assert execution.outcome is Outcome.OK, (execution.outcome, execution.error)
    assert execution.pixels is not None and execution.facts is not None and execution.error == ""
    return execution


def denied(execution: Execution) -> None:
    """The attack failed, and the program could not go on."""
    assert execution.outcome is Outcome.FORBIDDEN, execution
    assert "escaped" not in execution.stdout


def failed(execution: Execution) -> None:
    """The attack failed, in one way or another."""
    assert execution.outcome not in (Outcome.OK, Outcome.BLANK, Outcome.NO_FIGURE), execution
    assert "escaped" not in execution.stdout
