"""The pool serves threads and async code, replaces broken servers, and refuses where a host is too weak.

Leaves out: programs (test_sandbox.py), leaks (test_sandbox_leaks.py).
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from model.errors import SandboxUnavailable
from model.records import Execution, Outcome
from model.sandbox import Level, Sandbox
from model.sandbox.host import Kind
from tests.sandboxes import CHART, LIMITS, Family, ok, wait_until


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS, workers=1) as pool:
        yield pool


@pytest.fixture
def family() -> Family:
    return Family()


def test_threads_share_a_pool() -> None:
    with Sandbox(LIMITS, workers=2) as pool, ThreadPoolExecutor(6) as threads:
        results = list(threads.map(lambda n: pool.run(f"print({n})\n{CHART}"), range(12)))
    assert [ok(result).stdout for result in results] == [f"{n}\n" for n in range(12)]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import seaborn as sns\nsns.set_theme()", Kind.RICH),
        ("import os; import pandas as pd", Kind.RICH),
        ("if True:\n    from scipy.stats import norm", Kind.RICH),
        ('import matplotlib.pyplot as plt\nplt.style.use("seaborn-v0_8-whitegrid")', Kind.LEAN),
        ('plt.title("pandas of the world")', Kind.LEAN),
    ],
)
def test_only_an_import_asks_for_the_rich_server(code: str, kind: Kind) -> None:
    assert Kind.for_program(code) is kind


def test_async_code_shares_a_pool(sandbox: Sandbox) -> None:
    async def many() -> list[Execution]:
        return await asyncio.gather(*(sandbox.run_async(f"print({n})") for n in range(5)))

    assert [result.stdout for result in asyncio.run(many())] == [f"{n}\n" for n in range(5)]


def test_a_cancelled_task_stops_its_program(sandbox: Sandbox) -> None:
    async def impatient() -> None:
        await asyncio.wait_for(sandbox.run_async("while True: pass"), timeout=0.3)

    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    ok(sandbox.run(CHART))


def test_a_program_can_be_cancelled_while_it_runs_and_while_it_waits(family: Family) -> None:
    cancelled = threading.Event()
    with Sandbox(LIMITS, workers=1) as pool, ThreadPoolExecutor(2) as threads:
        pool.report()
        running = threads.submit(pool.run, "while True: pass", cancelled)
        assert wait_until(family.programs)
        waiting = threads.submit(pool.run, "while True: pass", cancelled)
        cancelled.set()
        results = [running.result(), waiting.result()]
        ok(pool.run(CHART))
    assert [result.outcome for result in results] == [Outcome.ERROR] * 2
    assert all("stopped" in result.error for result in results)


def test_a_killed_server_is_replaced(family: Family) -> None:
    with Sandbox(LIMITS, workers=1) as pool:
        ok(pool.run(CHART))
        for victim in family.servers():
            victim.send_signal(signal.SIGKILL)
        ok(pool.run(CHART))


def test_a_server_killed_under_a_program_costs_the_program_nothing(family: Family) -> None:
    with Sandbox(LIMITS, workers=1) as pool, ThreadPoolExecutor(1) as threads:
        ok(pool.run(CHART))
        running = threads.submit(pool.run, CHART + "import time\ntime.sleep(2)")
        (server,) = family.servers()
        assert wait_until(family.programs)
        server.kill()
        ok(running.result())


def test_a_server_that_always_dies_is_no_verdict_about_the_program(family: Family) -> None:
    stop = threading.Event()

    def reap() -> None:
        while not stop.is_set():
            for server in family.outer():
                server.kill()

    with Sandbox(LIMITS, workers=1) as pool:
        killer = threading.Thread(target=reap)
        killer.start()
        with pytest.raises(SandboxUnavailable, match="broke twice"):
            pool.run(CHART)
        stop.set()
        killer.join()
        ok(pool.run(CHART))


def test_below_the_minimum_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.sandbox.host.level_of", lambda layers: Level.LIMITS)
    with Sandbox(LIMITS, workers=1) as pool:
        assert not pool.report().sufficient
        with pytest.raises(SandboxUnavailable, match="reaches the sandbox level limits, and confined is asked for"):
            pool.run(CHART)


def test_levels_have_names() -> None:
    assert Level.named("") is Level.CONFINED and Level.named("Isolated") is Level.ISOLATED
    with pytest.raises(ValueError, match="limits, confined, isolated"):
        Level.named("none")


def test_a_closed_sandbox_says_so() -> None:
    pool = Sandbox(LIMITS, workers=1)
    pool.close()
    pool.close()
    with pytest.raises(SandboxUnavailable, match="closed"):
        pool.run(CHART)
