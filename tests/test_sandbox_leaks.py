"""Nothing is left behind: no process, descriptor or folder, after runs, kills, close, and the host's own death.

Leaves out: what a program may do meanwhile (test_sandbox_attacks.py).
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psutil
import pytest

from model.records import Outcome
from model.sandbox import Sandbox, SandboxLimits
from tests.sandboxes import Family, below, wait_until

LIMITS = SandboxLimits(timeout_s=5.0, memory_mb=256)
ROOT = Path(__file__).resolve().parent.parent
CHART = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])\n"
PROGRAMS = (
    (CHART, Outcome.OK),
    ("1/0", Outcome.ERROR),
    ("while True: pass", Outcome.TIMEOUT),
    ("import os\nos._exit(0)", Outcome.ERROR),
    ("import ctypes\nctypes.string_at(0)", Outcome.ERROR),
    ("import ctypes\nctypes.CDLL(None).ptrace(0)", Outcome.FORBIDDEN),
    ("import os\nos.makedirs('/'.join('deep' for _ in range(300)))\nopen('x', 'w')", Outcome.NO_FIGURE),
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sandboxes of this file keep their folders in the test's own, where a leak would show."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def family() -> Family:
    gc.collect()  # what tests before dropped is closed now, and not in the middle of a count
    return Family()


def holdings(family: Family, folder: Path) -> tuple[list[int], int, list[str]]:
    """Processes of the family, descriptors of this one, names in the folder."""
    return family.pids(), psutil.Process().num_fds(), sorted(os.listdir(folder))


def test_runs_of_every_kind_leave_nothing(family: Family, tmp_path: Path) -> None:
    before = holdings(family, tmp_path)
    with Sandbox(LIMITS, workers=1) as pool:
        pool.run(CHART)
        started = holdings(family, tmp_path)
        (runtime,) = tmp_path.iterdir()
        names = sorted(path.relative_to(runtime) for path in runtime.rglob("*"))
        for _ in range(2):
            for code, outcome in PROGRAMS:
                assert pool.run(code).outcome is outcome, code
        assert holdings(family, tmp_path) == started
        assert sorted(path.relative_to(runtime) for path in runtime.rglob("*")) == names
    assert holdings(family, tmp_path) == before


def test_a_server_keeps_no_descriptors(family: Family) -> None:
    with Sandbox(LIMITS, workers=1) as pool:
        pool.run(CHART)
        (server,) = family.servers()
        before = server.num_fds()
        for code, _ in PROGRAMS:
            pool.run(code)
        assert server.num_fds() == before


def test_killed_servers_leave_nothing(family: Family, tmp_path: Path) -> None:
    before = holdings(family, tmp_path)
    with Sandbox(LIMITS, workers=1) as pool:
        for depth in (0, 1):
            assert pool.run(CHART).outcome is Outcome.OK
            pair = [*family.outer(), *family.servers()]
            pair[depth].kill()
            assert wait_until(partial(all_gone, pair))
    assert holdings(family, tmp_path) == before


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def all_gone(processes: Sequence[psutil.Process]) -> bool:
    return not any(map(alive, processes))


def test_a_server_is_replaced_after_many_runs(family: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.sandbox.host._RUNS_PER_SERVER", 2)
    before = holdings(family, tmp_path)
    with Sandbox(LIMITS, workers=1) as pool:
        pool.run("x = 1")
        (first,) = family.outer()
        assert wait_until(lambda: pool.run("x = 1").outcome is Outcome.NO_FIGURE and not alive(first))
    assert holdings(family, tmp_path) == before


def test_closing_while_a_program_runs(family: Family, tmp_path: Path) -> None:
    before = holdings(family, tmp_path)
    pool = Sandbox(SandboxLimits(timeout_s=600), workers=1)
    pool.report()
    ended: list[object] = []
    runner = threading.Thread(target=lambda: ended.append(pool.run("while True: pass").outcome))
    runner.start()
    assert wait_until(family.programs)
    pool.close()
    runner.join()
    assert ended == [Outcome.ERROR] and holdings(family, tmp_path) == before


@pytest.mark.parametrize("busy", [False, True])
def test_the_death_of_the_host_ends_everything(tmp_path: Path, busy: bool) -> None:
    """SIGKILL: nobody can clean up in the host; its servers and their programs end by themselves."""
    host = subprocess.Popen(
        [sys.executable, "-c", HOST, "while True: pass" if busy else CHART],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert host.stdout is not None and host.stdout.readline() == b"started\n"
    started = partial(below, psutil.Process(host.pid), deep=True)
    assert wait_until(lambda: len(started()) == (3 if busy else 2))  # who waits, the server, and the program
    family = started()
    host.send_signal(signal.SIGKILL)
    host.wait()
    host.stdout.close()
    assert wait_until(partial(all_gone, family))
    assert wait_until(lambda: os.listdir(tmp_path) == [])


def test_the_death_of_a_host_that_has_only_just_started(tmp_path: Path) -> None:
    """The server is still importing, or has not even begun to run, when nobody is left to talk to."""
    code = "import os\nfrom model.sandbox import Sandbox\nsandbox = Sandbox(workers=1)\nos.kill(os.getpid(), 9)"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment)
    assert ended.returncode == -signal.SIGKILL
    assert wait_until(lambda: os.listdir(tmp_path) == [])


HOST = """
import sys, time
from model.sandbox import Sandbox, SandboxLimits
sandbox = Sandbox(SandboxLimits(timeout_s=600, cpu_s=600), workers=1)
sandbox.report()
print("started", flush=True)
sandbox.run(sys.argv[1])
time.sleep(600)
"""
