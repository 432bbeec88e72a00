"""Sandbox: runs programs in children. FIRST VERSION: a cold child per program, no kernel layers yet."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from model.records import Execution, Outcome
from model.sandbox.limits import Level, SandboxLimits, SandboxReport
from model.sandbox.wire import facts_from_json

_ROOT = str(Path(__file__).resolve().parents[2])
_CHILD = """
import json, sys, traceback
sys.path.insert(0, sys.argv[1])
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from model.sandbox import facts
trace = facts.install()
out = {}
try:
    plt.show = lambda *a, **k: None
    exec(compile(open(sys.argv[2]).read(), "program.py", "exec"), {"__name__": "__main__"})
    if trace.figures:
        trace.final = trace.figures[-1]
        trace.final.canvas.draw()
        np.save("pixels.npy", np.asarray(trace.final.canvas.buffer_rgba())[..., :3])
        out["facts"] = facts.collect(trace)
except BaseException as error:
    out["error"] = "".join(traceback.format_exception_only(error))
json.dump(out, open("result.json", "w"))
"""


class Sandbox:
    def __init__(
        self, limits: SandboxLimits = SandboxLimits(), *, workers: int = 2, minimum: Level = Level.CONFINED
    ) -> None:
        self.limits, self.minimum = limits, minimum
        self._slots = threading.BoundedSemaphore(workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, code: str, cancelled: threading.Event | None = None) -> Execution:
        with self._slots, tempfile.TemporaryDirectory() as folder:
            Path(folder, "program.py").write_text(code)
            start = time.monotonic()
            command = [sys.executable, "-c", _CHILD, _ROOT, "program.py"]
            try:
                subprocess.run(command, cwd=folder, timeout=self.limits.timeout_s, capture_output=True)
            except subprocess.TimeoutExpired:
                return Execution(Outcome.TIMEOUT, f"The program did not end within {self.limits.timeout_s} s.")
            seconds = time.monotonic() - start
            result = json.loads(Path(folder, "result.json").read_text())
            if "error" in result:
                return Execution(Outcome.ERROR, result["error"], seconds=seconds)
            if "facts" not in result:
                return Execution(Outcome.NO_FIGURE, "The program made no figure.", seconds=seconds)
            pixels = np.load(Path(folder, "pixels.npy"))
            return Execution(Outcome.OK, "", pixels, facts_from_json(result["facts"]), seconds)

    async def run_async(self, code: str) -> Execution:
        return await asyncio.to_thread(self.run, code)

    def export(self, code: str, format: str, dpi: int = 100) -> bytes:
        """The program's figure as "svg", "pdf" or "png"."""
        raise NotImplementedError

    def report(self, *, prove: bool = False) -> SandboxReport:
        """The active layers; with `prove`, also real attempts to break out (takes a second)."""
        return SandboxReport(Level.LIMITS, self.minimum, ())

    def close(self) -> None:
        pass
