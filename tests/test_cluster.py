"""Programs on a Ray cluster of two local nodes: what a killed node or pool was running is run again, and comes back.

Leaves out: what programs may do (test_sandbox.py), and that a lost sample is no 0 (test_grpo.py).
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from model.errors import BadInput, SandboxUnavailable
from model.prompt import PlainCodec
from model.records import Chart, FigureFacts, Outcome
from tests.sandboxes import CHART, LIMITS, below, ok, wait_until
from training import cluster
from training.charts import Case
from training.cluster import ClusterSandbox
from training.trials import Bench, Written

SLOW = "import time\ntime.sleep(0.3)\n" + CHART
NOWHERE = Case(0, Chart("", "", np.zeros((9, 9, 3), np.uint8)), FigureFacts(9, 9, (), (), (), {}, {}))


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """A cluster of its head and one node more; nothing of it is told to anybody, or stays on the disk."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="ray-") as folder:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_TMPDIR", folder)  # else the head writes its address to a folder that is not there yet
        (Path(folder) / "ray").mkdir()
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 1, "include_dashboard": False, "temp_dir": folder}
        found = Cluster(initialize_head=True, head_node_args=head)
        found.add_node(num_cpus=1)
        yield found
        found.shutdown()


@pytest.fixture(scope="module")
def sandbox(nodes: Any) -> Iterator[ClusterSandbox]:
    with ClusterSandbox(nodes.address, LIMITS, workers=2) as sandbox:
        yield sandbox
    assert wait_until(lambda: not pools())


def pools() -> list[psutil.Process]:
    """The processes of the pools on all nodes."""
    found = []
    for one in below(psutil.Process(), deep=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            found += [one] if one.name() == "ray::_Pool" else []
    return found


def busy() -> bool:
    """Whether a program computes: below a pool stand those that wait for a server each, the servers, the programs."""
    outer = [one for pool in pools() for one in below(pool)]
    programs = [program for one in outer for server in below(one) for program in below(server)]
    with contextlib.suppress(psutil.NoSuchProcess):
        return any(one.cpu_times().user > 0.3 for one in programs)
    return False


def test_a_killed_node_loses_no_program(nodes: Any, sandbox: ClusterSandbox, caplog: pytest.LogCaptureFixture) -> None:
    """40 programs over two nodes; one is killed as hard as can be while both run some, another joins afterwards."""
    assert sandbox.workers == 4
    with ThreadPoolExecutor(4) as threads:
        results = [threads.submit(sandbox.run, f"print({number})\n{SLOW}") for number in range(40)]
        assert wait_until(lambda: sum(one.done() for one in results) >= 8)
        (node,) = nodes.worker_nodes
        nodes.remove_node(node, allow_graceful=False)
        assert [ok(one.result()).stdout for one in results] == [f"{number}\n" for number in range(40)]
    lost = [record for record in caplog.records if "runs again elsewhere" in record.message]
    assert lost, "the killed node ran nothing, so nothing was proven"
    assert sandbox.workers == 2
    nodes.add_node(num_cpus=1)
    assert wait_until(lambda: ok(sandbox.run(CHART)) and sandbox.workers == 4)


def test_a_program_that_is_lost_every_time_is_no_program_that_failed(
    sandbox: ClusterSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "REST_S", 0.0)
    stop = threading.Event()

    def reap() -> None:
        while not stop.wait(0.1):
            for pool in pools():
                with contextlib.suppress(psutil.NoSuchProcess):
                    pool.kill()

    killer = threading.Thread(target=reap)
    killer.start()
    try:
        with pytest.raises(SandboxUnavailable, match="lost 3 times"):  # raised on, as all of a step is lost
            Bench(sandbox, PlainCodec()).trials([Written(NOWHERE, "```python\nwhile True: pass\n```")])
    finally:
        stop.set()
        killer.join()
    ok(sandbox.run(CHART))


def test_a_cancelled_program_ends_on_its_node(sandbox: ClusterSandbox) -> None:
    cancelled = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(sandbox.run, "while True: pass", cancelled)
        assert wait_until(busy)
        cancelled.set()
        stopped = running.result()
    assert stopped.outcome is Outcome.ERROR and "stopped before its end" in stopped.error
    assert wait_until(lambda: not busy(), patience_s=LIMITS.cpu_s / 2)  # it would go on to that limit


def test_what_programs_did_comes_back_as_data(sandbox: ClusterSandbox) -> None:
    failed = sandbox.run("1 / 0")
    assert failed.outcome is Outcome.ERROR and "ZeroDivisionError" in failed.error
    drawn = ok(sandbox.run(CHART))
    assert drawn.pixels is not None and drawn.pixels.flags.writeable
    assert drawn.facts is not None and drawn.facts.types == {"bar": 1}


def test_what_is_missing_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SandboxUnavailable, match=r"no Ray cluster answers at 127\.0\.0\.1:1"):
        ClusterSandbox("127.0.0.1:1", LIMITS, workers=1)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BadInput, match="one more package"):
        ClusterSandbox("auto", LIMITS, workers=1)
