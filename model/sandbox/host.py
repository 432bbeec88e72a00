"""Sandbox: a pool of fork servers that runs chart programs from any thread and from async code.

A program that fails is data: an Execution with its outcome. Machinery that fails is repaired: a server that died or
does not answer is replaced and the program tried once more; if that fails too, SandboxUnavailable is raised, and
nobody takes a broken machine for a bad program.

Leaves out: one server's life (keeper.py), what happens inside it (server.py, child.py, ending.py), the meaning of what
comes back (verdict.py).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import enum
import itertools
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from model.errors import BadInput, SandboxUnavailable
from model.records import Execution, Outcome
from model.sandbox import kernel, namespaces, verdict
from model.sandbox.keeper import Broken, Keeper
from model.sandbox.limits import LayerReport, Level, SandboxLimits, SandboxReport
from model.sandbox.proofs import prove as proofs_of
from model.sandbox.sheet import PROGRAM_BYTES, HostSheet, Layout

ExportFormat = Literal["svg", "pdf", "png"]
_RUNS_PER_SERVER = 500  # then a fresh one takes over
_MAX_DPI = 600
_STANDARD = SandboxLimits()


class Kind(enum.Enum):
    """What a server has imported ahead. The lean one starts and forks twice as fast; most programs need no more."""

    LEAN = (
        "numpy", "numpy.random", "numpy.linalg", "numpy.fft", "numpy.polynomial", "PIL.Image", "statistics",
        "matplotlib.pyplot", "matplotlib.animation", "mpl_toolkits.mplot3d", "mpl_toolkits.axes_grid1",
    )  # fmt: skip
    RICH = (
        *LEAN, "pandas", "scipy.stats", "scipy.interpolate", "scipy.signal", "scipy.ndimage", "scipy.cluster.hierarchy",
        "seaborn", "networkx", "squarify",
    )  # fmt: skip

    @classmethod
    def for_program(cls, code: str) -> Kind:
        return cls.RICH if _RICH_IMPORTS.search(code) else cls.LEAN


# not their mere names: plt.style.use("seaborn-v0_8-whitegrid") is matplotlib's alone
_RICH_IMPORTS = re.compile(
    r"^[ \t]*(?:import|from)\b.*\b(pandas|scipy|seaborn|networkx|sklearn|statsmodels)\b", re.MULTILINE
)


@dataclass(slots=True)
class _Slot:
    """A place in the pool, for one program at a time: its servers as far as they were needed, and their successors."""

    keepers: dict[Kind, Keeper] = field(default_factory=dict)
    successors: dict[Kind, Keeper] = field(default_factory=dict)

    def close(self) -> None:
        for keeper in (*self.keepers.values(), *self.successors.values()):
            keeper.close()


class Sandbox:
    """Runs untrusted programs. Use as a context manager or call close(). Safe to use from several threads.

    One server starts in the background, and the first run waits for it (about two seconds); others start when they
    are needed. run, export and report raise SandboxUnavailable where this host cannot hold programs as
    strongly as `minimum` asks.
    """

    def __init__(self, limits: SandboxLimits = _STANDARD, *, workers: int = 2, minimum: Level = Level.CONFINED) -> None:
        if not kernel.supported():
            raise SandboxUnavailable("the sandbox needs Linux on x86_64 or aarch64; use a container elsewhere")
        self.limits, self.minimum, self.workers = limits, minimum, workers
        self._layout = Layout.of(limits)
        self.runtime = Path(tempfile.mkdtemp(prefix="chartloop-"))
        (self.runtime / "matplotlib").mkdir()
        self._numbers = itertools.count()
        self._change = threading.Condition()
        self._closed = False
        self._layers: tuple[LayerReport, ...] = ()
        self._idle = [
            *(_Slot() for _ in range(workers - 1)),
            _Slot({Kind.LEAN: self._start(Kind.LEAN)}),
        ]  # the last is lent first
        self._threads = concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="sandbox")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill what runs and end every server; nothing is left behind. May be called twice."""
        with self._change:
            self._closed = True
            self._change.notify_all()
            self._change.wait_for(lambda: len(self._idle) == self.workers)  # lent slots come back: running stops
            slots, self._idle, self.workers = self._idle, [], 0
        for slot in slots:
            slot.close()
        self._threads.shutdown()
        shutil.rmtree(self.runtime, ignore_errors=True)

    # running --------------------------------------------------------------------------------------------------------

    def run(self, code: str, cancelled: threading.Event | None = None) -> Execution:
        """Run a program and read the figure that counts: the last one saved or shown, else the current one.

        Ends soon after `cancelled` is set. Raises SandboxUnavailable, never because of what the program does.
        """
        return self._perform(code, {"format": "", "dpi": 0}, cancelled)[0]

    async def run_async(self, code: str) -> Execution:
        """run() for async code; a cancelled task kills the program."""
        cancelled = threading.Event()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self.run, code, cancelled)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def export(self, code: str, format: ExportFormat, dpi: float = 150.0) -> bytes:
        """The program's figure as a file. Nothing on the host looks into it: serve it as a download only.

        Raises BadInput when the program does not give a figure, SandboxUnavailable.
        """
        if not 10 <= dpi <= _MAX_DPI:
            raise BadInput(f"a resolution of {dpi} dpi is out of range; use 10 to {_MAX_DPI}")
        execution, payload = self._perform(code, {"format": format, "dpi": dpi}, None)
        if execution.outcome is not Outcome.OK:
            raise BadInput(f"the program gives no figure to save ({execution.outcome}): {execution.error}")
        return payload

    def _perform(
        self, code: str, request: dict[str, object], cancelled: threading.Event | None
    ) -> tuple[Execution, bytes]:
        program = code.encode("utf-8", "replace")
        if len(program) > PROGRAM_BYTES:
            text = f"The program is {len(program)} bytes long; at most {PROGRAM_BYTES} are run."
            return Execution(Outcome.FORBIDDEN, text), b""

        def stop() -> bool:
            return self._closed or (cancelled is not None and cancelled.is_set())

        slot = self._borrow(stop)
        if slot is None:
            return verdict.STOPPED, b""
        try:
            return self._try_twice(slot, Kind.for_program(code), program, request, stop)
        finally:
            self._give_back(slot)

    def _try_twice(
        self, slot: _Slot, kind: Kind, program: bytes, request: dict[str, object], stop: Callable[[], bool]
    ) -> tuple[Execution, bytes]:
        for last in (False, True):
            keeper = self._keeper(slot, kind)
            try:
                self._layers = keeper.wait()
                self._check(self._layers)
                with HostSheet(self._layout, program) as sheet:
                    started = time.monotonic()
                    ended = keeper.run(sheet.descriptor, request, stop)
                    return verdict.judge(ended, sheet, time.monotonic() - started, self.limits)
            except Broken as error:
                keeper.close()
                del slot.keepers[kind]
                if last:
                    raise SandboxUnavailable(f"the sandbox broke twice while running a program: {error}") from error
        raise AssertionError("the loop returns or raises")

    # the pool -------------------------------------------------------------------------------------------------------

    def _start(self, kind: Kind) -> Keeper:
        return Keeper(self.limits, self.runtime, next(self._numbers), kind.value)

    def _borrow(self, stop: Callable[[], bool]) -> _Slot | None:
        """A slot of one's own; None when `stop` came first."""
        with self._change:
            while not self._idle and not stop():
                self._change.wait(0.05)
            if self._closed:
                raise SandboxUnavailable("the sandbox is closed")
            return None if stop() else self._idle.pop()

    def _give_back(self, slot: _Slot) -> None:
        with self._change:
            self._idle.append(slot)
            self._change.notify_all()

    def _keeper(self, slot: _Slot, kind: Kind) -> Keeper:
        """The slot's server. One that ran many programs is swapped for a fresh one, without waiting for its start."""
        if kind not in slot.keepers:
            slot.keepers[kind] = self._start(kind)
        keeper = slot.keepers[kind]
        if keeper.runs >= _RUNS_PER_SERVER:
            if kind not in slot.successors:
                slot.successors[kind] = self._start(kind)
            elif slot.successors[kind].is_ready():
                keeper.close()
                slot.keepers[kind] = slot.successors.pop(kind)
        return slot.keepers[kind]

    # what holds here ------------------------------------------------------------------------------------------------

    def report(self, *, prove: bool = False) -> SandboxReport:
        """The layers that hold programs here; with `prove`, also what became of real attempts to break out.

        Cheap once a server has started. Raises SandboxUnavailable when none does, and with `prove` where programs
        are not run at all because the level is below the minimum.
        """
        layers = self._layers or self._ask_layers()
        proofs = tuple(proofs_of(self.run, self.limits)) if prove else ()
        return SandboxReport(level_of(layers), self.minimum, layers, proofs)

    def _ask_layers(self) -> tuple[LayerReport, ...]:
        slot = self._borrow(lambda: False)
        assert slot is not None
        keeper = self._keeper(slot, Kind.LEAN)
        try:
            self._layers = keeper.wait()
        except Broken as error:
            del slot.keepers[Kind.LEAN]
            keeper.close()
            raise SandboxUnavailable(f"the sandbox does not start: {error}") from error
        finally:
            self._give_back(slot)
        return self._layers

    def _check(self, layers: tuple[LayerReport, ...]) -> None:
        level = level_of(layers)
        if level >= self.minimum:
            return
        missing = "; ".join(f"{layer.name}: {layer.detail}" for layer in layers if not layer.active)
        raise SandboxUnavailable(
            f"programs are not run: this host reaches the sandbox level {level.name.lower()}, and "
            f"{self.minimum.name.lower()} is asked for. Missing: {missing}. Use a newer kernel or a container that "
            f"allows these, or lower the minimum if something else confines the whole server."
        )


def level_of(layers: tuple[LayerReport, ...]) -> Level:
    """The highest level whose layers are all active."""
    active = {layer.name for layer in layers if layer.active}
    if not {"capabilities", "landlock", "seccomp"} <= active:
        return Level.LIMITS
    return Level.ISOLATED if active.issuperset(namespaces.NAMES) else Level.CONFINED
