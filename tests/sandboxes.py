"""What the tests of the sandbox share: limits, a chart, and what it means that an attack failed."""

from __future__ import annotations

import dataclasses

import psutil

from model.records import Execution, Outcome
from model.sandbox import SandboxLimits

LIMITS = SandboxLimits(timeout_s=30.0, memory_mb=512, file_mb=16, output_kb=16, max_pixels=1_000_000)
HASTY = dataclasses.replace(LIMITS, timeout_s=1.5)  # for programs that would never end
PLT = "import matplotlib.pyplot as plt\n"
CHART = PLT + "plt.bar(['a', 'b'], [1, 2])\n"


def children() -> list[int]:
    """Every process below this one: servers, the processes that wait for them, running programs."""
    return sorted(child.pid for child in psutil.Process().children(recursive=True))


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
