"""Runs programs on a Ray cluster; to its callers it is a sandbox like the one of a single machine.

    [sandbox]                   in a recipe (recipe.py)
    ray = "10.0.0.5:6379"       a cluster that `ray start --head` began, or "auto" on one of its machines
    workers = 16                programs at once on each node, for each training process

Each node gets a pool (model/sandbox) in a process of its own. It needs this checkout at the same path, with the extra
`ray`. Nodes may come and go: a new one is used within seconds, and what ran on a node or pool that died runs again on
another one. A program that was lost `ATTEMPTS` times raises SandboxUnavailable, so that trials.py drops and counts it.
The head has to stay: Ray ends the drivers of a cluster without one.
Leaves out: starting a cluster, and what a program may do (model/sandbox).
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from model.errors import BadInput, SandboxUnavailable
from model.records import Execution
from model.sandbox import Sandbox, SandboxLimits
from model.sandbox.verdict import STOPPED

log = logging.getLogger(__name__)

ATTEMPTS = 3
POLL_S = 0.1
LOOK_S = 1.0  # between looks at which nodes there are
REST_S = 10.0  # of a node that lost a program, before it gets a new pool: one that loses all of them takes few
NOBODY_S = 60.0  # without any node before programs are given up
KNOCK_S = 10.0
CLOSING_S = 10.0
STARTING_S = 90.0  # beyond the time of two runs (a pool tries twice): the process and its first server start


def ray_package() -> Any:
    """Ray, imported when it is first needed. Raises BadInput where it is not installed."""
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        said = 'programs on a cluster need one more package: pip install --editable ".[ray]"'
        raise BadInput(f"{said} ({error})") from error
    return ray


def _knock(address: str) -> None:
    """Ray asks an address where nothing listens for minutes. Raises OSError at once, of HOST:PORT."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=KNOCK_S).close()


class _Pool:
    """What runs on a node. A cancelled call stops its program."""

    def __init__(self, limits: SandboxLimits, workers: int) -> None:
        self._sandbox = Sandbox(limits, workers=workers)

    async def run(self, code: str) -> Execution:
        return await self._sandbox.run_async(code)

    async def close(self) -> None:
        self._sandbox.close()


@dataclass(slots=True, eq=False)
class _Node:
    """A node that takes programs. `pool` is Ray's handle of a _Pool."""

    name: str
    pool: Any
    free: int


class ClusterSandbox:
    """Runs untrusted programs on every node of a cluster. Use as a context manager; safe to use from several threads.

    Raises BadInput without the package, SandboxUnavailable where no cluster answers.
    """

    def __init__(self, address: str, limits: SandboxLimits, workers: int) -> None:
        self._ray = ray_package()
        self._limits, self._each = limits, workers
        self._change = threading.Condition()
        self._nodes: dict[str, _Node] = {}
        self._rested: dict[str, float] = {}  # when a node that lost a program may have another
        self._looked = -LOOK_S
        try:
            _knock(address)
            self._ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, ValueError, RuntimeError) as error:
            raise SandboxUnavailable(f"no Ray cluster answers at {address}: {error}") from error
        self._seen = time.monotonic()  # when there was a node at last
        with self._change:
            self._look()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Ends every pool and leaves the cluster."""
        with self._change:
            closing, self._nodes = [node.pool.close.remote() for node in self._nodes.values()], {}
        if closing:
            self._ray.wait(closing, num_returns=len(closing), timeout=CLOSING_S)
        self._ray.shutdown()

    @property
    def workers(self) -> int:
        """How many programs run at once on the nodes that there are."""
        with self._change:
            return self._each * max(1, len(self._nodes))

    def run(self, code: str, cancelled: threading.Event | None = None) -> Execution:
        """Run a program somewhere, as Sandbox.run does. Raises SandboxUnavailable when it was lost everywhere."""
        lost: dict[str, str] = {}

        def stop() -> bool:
            return cancelled is not None and cancelled.is_set()

        for _ in range(ATTEMPTS):
            node = self._borrow(lost, stop)
            if node is None:
                return STOPPED
            try:
                return self._answer(node, code, stop)
            except SandboxUnavailable as error:
                lost[node.name] = str(error)
                self._rest(node, str(error))
            finally:
                self._give_back(node)
        raise SandboxUnavailable(f"a program was lost {ATTEMPTS} times: {'; '.join(lost.values())}")

    def _answer(self, node: _Node, code: str, stop: Callable[[], bool]) -> Execution:
        """What came back from a node. Raises SandboxUnavailable for whatever is not the program's doing."""
        asked = node.pool.run.remote(code)
        deadline = time.monotonic() + 2 * self._limits.timeout_s + STARTING_S
        while time.monotonic() < deadline:
            ready, _ = self._ray.wait([asked], timeout=POLL_S)
            if ready:
                return self._fetched(asked)
            if stop():
                self._ray.cancel(asked)
                return STOPPED
        self._ray.kill(node.pool)
        raise SandboxUnavailable("a node of the cluster did not answer in time")

    def _fetched(self, asked: Any) -> Execution:
        try:
            found: Execution = self._ray.get(asked)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, SandboxUnavailable):
                raise error.cause from error
            raise
        except self._ray.exceptions.RayError as error:
            raise SandboxUnavailable(str(error).strip().partition("\n")[0]) from error
        # Ray's arrays are read-only and hold room in its store for as long as they live.
        return found if found.pixels is None else replace(found, pixels=np.array(found.pixels))

    # the nodes --------------------------------------------------------------------------------------------------------

    def _borrow(self, lost: dict[str, str], stop: Callable[[], bool]) -> _Node | None:
        """A place on a node, if possible on one that has not lost this program; None when `stop` came first."""
        with self._change:
            while not stop():
                self._look()
                others = [node for node in self._nodes.values() if node.name not in lost]
                node = max(others or self._nodes.values(), key=lambda one: one.free, default=None)
                if node is not None and node.free:
                    node.free -= 1
                    return node
                if time.monotonic() > self._seen + NOBODY_S:
                    raise SandboxUnavailable(f"the cluster has had no node that runs programs for {NOBODY_S:.0f} s")
                self._change.wait(POLL_S)
        return None

    def _give_back(self, node: _Node) -> None:
        with self._change:
            node.free += 1
            self._change.notify_all()

    def _rest(self, node: _Node, why: str) -> None:
        """No more programs for this pool, and none for its node for a while. Those that still run there may end."""
        log.warning("node %s of the cluster lost a program, which runs again elsewhere: %s", node.name[:8], why)
        with self._change:
            if self._nodes.get(node.name) is node:
                del self._nodes[node.name]
                self._rested[node.name] = time.monotonic() + REST_S

    def _look(self) -> None:
        """Takes the nodes that came, and drops those that went. Called with the lock held."""
        now = time.monotonic()
        if now >= self._looked + LOOK_S:
            self._looked = now
            alive = {one["NodeID"] for one in self._ray.nodes() if one["Alive"]}
            self._nodes = {name: node for name, node in self._nodes.items() if name in alive}
            for name in alive - self._nodes.keys():
                if now >= self._rested.get(name, now):
                    self._nodes[name] = _Node(name, self._pool(name), self._each)
        if self._nodes:
            self._seen = now

    def _pool(self, node: str) -> Any:
        """A pool on that very node. It asks for no processors: how many programs a node bears is the recipe's word."""
        place = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node, soft=False)
        settings = {"num_cpus": 0, "max_concurrency": self._each + 1, "scheduling_strategy": place}
        return self._ray.remote(_Pool).options(**settings).remote(self._limits, self._each)
