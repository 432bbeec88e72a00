"""Attacks on processes and on the kernel's interface, run for real in the sandbox; see test_sandbox_attacks.py."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from model.records import Execution, Outcome
from model.sandbox import Sandbox
from tests.sandboxes import CHART, HASTY, LIMITS, Family, denied, failed, ok


@pytest.fixture(scope="module")
def family() -> Family:
    return Family()


@pytest.fixture(scope="module")
def sandbox(family: Family) -> Iterator[Sandbox]:
    with Sandbox(LIMITS, workers=1) as pool:
        ok(pool.run(CHART))
        yield pool


@pytest.fixture(scope="module")
def hasty(family: Family) -> Iterator[Sandbox]:
    """For programs that would never end. The wall clock is short, and no other program runs on it."""
    with Sandbox(HASTY, workers=1) as pool:
        pool.report()
        yield pool


@pytest.fixture(autouse=True)
def still_works_afterwards(family: Family, sandbox: Sandbox, hasty: Sandbox) -> Iterator[None]:
    """After every attack the next program runs as if nothing had been."""
    servers = family.pids()
    yield
    ok(sandbox.run(CHART))
    assert family.pids() == servers, "the fork server was replaced, or something was left running"


# processes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
        "subprocess.run(['true'])",
        "subprocess.Popen('true', shell=True)",
        "multiprocessing.Process(target=print).start()",
        "threading.Thread(target=print).start()",
        "concurrent.futures.ThreadPoolExecutor().submit(print)",
        "pty.fork()",
    ],
)
def test_starts_something(sandbox: Sandbox, how: str) -> None:
    modules = "os, subprocess, multiprocessing, threading, concurrent.futures, pty"
    failed(sandbox.run(f"import {modules}\n{how}\nprint('escaped')"))


def test_a_shell_command_does_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    execution = sandbox.run(f"import os\nassert os.system('touch {tmp_path}/x') != 0")
    assert execution.outcome is Outcome.NO_FIGURE and not (tmp_path / "x").exists()


def test_fork_bomb(hasty: Sandbox) -> None:
    code = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    before = len(psutil.pids())
    execution = hasty.run(code)
    assert execution.outcome is Outcome.TIMEOUT
    assert len(psutil.pids()) < before + 50


def test_leaves_a_daemon_behind(sandbox: Sandbox) -> None:
    code = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)"
    denied(sandbox.run(code))


@pytest.mark.parametrize("target", ["os.getppid()", "-1", "0", "1 if os.getpid() != 1 else 2"])
@pytest.mark.parametrize("call", ["kill", "killpg"])
def test_kills_others(family: Family, sandbox: Sandbox, target: str, call: str) -> None:
    servers = family.pids()
    execution = sandbox.run(f"import os\nos.{call}({target}, 9)\nprint('escaped')")
    assert execution.outcome in (Outcome.FORBIDDEN, Outcome.ERROR) and "escaped" not in execution.stdout
    assert family.pids() == servers


def test_kills_processes_of_this_user(sandbox: Sandbox) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as victim:
        code = f"import os\nfor pid in ({victim.pid}, {os.getpid()}):\n    os.kill(pid, 9)\nprint('escaped')"
        denied(sandbox.run(code))
        assert victim.poll() is None
        victim.kill()


def test_ends_itself_by_a_signal(sandbox: Sandbox) -> None:
    execution = sandbox.run("import os\nos.abort()")
    assert execution.outcome is Outcome.ERROR and "crashed" in execution.error


SYSCALL = (
    "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nresult = libc.syscall({call})\n"
    "assert result < 0, 'escaped'\n"
)
HOSTILE = {
    "ptrace": "101, 16, 1, 0, 0",
    "process_vm_readv": "310, 1, 0, 0, 0, 0, 0",
    "bpf": "321, 0, 0, 0",
    "perf_event_open": "298, 0, 0, -1, -1, 0",
    "userfaultfd": "323, 0",
    "io_uring_setup": "425, 1, 0",
    "keyctl": "250, 0, -3, 0",
    "mount": "165, b'none', b'/', b'tmpfs', 0, 0",
    "unshare": "272, 0x10000000",
    "setns": "308, 3, 0",
    "chroot": "161, b'.'",
    "pidfd_open": "434, 1, 0",
    "personality": "135, 0x0040000",
    "x32 getpid": "0x40000000 + 39",
}
REFUSED = {
    "clone": "56, 0x11, 0, 0, 0, 0",
    "clone3": "435, 0, 0",
    "vfork": "58",
    "memfd_create": "319, b'x', 0",
    "socketpair": "53, 1, 1, 0, ctypes.create_string_buffer(8)",
    "shmget": "29, 0, 4096, 0o1600",
    "mknod": "133, b'node', 0o20666, 0x101",
    "prctl": "157, 4, 1",
    "setuid": "105, 0",
    "capset": "126, 0, 0",
    "prlimit of pid 1": "302, 1 if libc.getpid() != 1 else 2, 7, 0, 0",
    "tkill": "200, 1, 0",
    "F_SETOWN": "72, 0, 8, 1",
    "a call that is yet to be invented": "9999",
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="these are the numbers of x86_64")
@pytest.mark.parametrize("call", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_system_call_ends_the_program(sandbox: Sandbox, call: str) -> None:
    execution = sandbox.run(SYSCALL.format(call=call) + "print('escaped')")
    denied(execution)
    assert "system call" in execution.error


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="these are the numbers of x86_64")
@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED.keys())
def test_other_system_calls_are_refused(sandbox: Sandbox, call: str) -> None:
    execution = sandbox.run(SYSCALL.format(call=call))
    assert execution.outcome is Outcome.NO_FIGURE, execution.error


def test_sees_no_other_process(sandbox: Sandbox) -> None:
    denied(sandbox.run("import os\nprint('escaped', os.listdir('/proc'))"))
    denied(sandbox.run("print('escaped', open('/proc/self/maps').read())"))


def test_sees_nothing_of_the_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLOOP_SECRET", "swordfish")
    with Sandbox(LIMITS, workers=1) as fresh:
        text = fresh.run("import os\nprint(dict(os.environ))").stdout
    assert "MPLBACKEND" in text and "swordfish" not in text and "CHARTLOOP_SECRET" not in text


# many at once ---------------------------------------------------------------------------------------------------------


def test_an_attacker_beside_others() -> None:
    """Two servers: one program attacks for its whole life, and the other's programs run undisturbed."""
    code = (
        "import os\nwhile True:\n    for pid in range(-1, 400):\n        try: os.kill(pid, 9)\n"
        "        except OSError: pass"
    )
    with Sandbox(dataclasses.replace(LIMITS, timeout_s=10), workers=2) as pool:
        attacked: list[Execution] = []
        attacker = threading.Thread(target=lambda: attacked.append(pool.run(code)))
        attacker.start()
        outcomes = {pool.run(CHART).outcome for _ in range(10)}
        attacker.join()
    assert outcomes == {Outcome.OK}
    assert attacked[0].outcome in (Outcome.TIMEOUT, Outcome.ERROR)


def test_signals_of_a_terminal_do_not_reach_servers() -> None:
    """Ctrl-C goes to the foreground's process group; servers have sessions of their own."""
    family = Family()
    with Sandbox(LIMITS, workers=1) as pool:
        assert pool.run(CHART).outcome is Outcome.OK
        groups = {os.getpgid(pid) for pid in family.pids()}
        assert os.getpgrp() not in groups
        for group in groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGINT)
        assert pool.run(CHART).outcome is Outcome.OK
