"""Each test is an attack, run for real in the sandbox: what the program must not reach is looked at from outside.

What holds on every host that reaches the level CONFINED is required of it; where an attack is stopped by more than one
layer, the test does not care which. Leaves out: how programs of good will behave (test_sandbox.py), leaks
(test_sandbox_leaks.py).
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from model.records import Execution, Outcome
from model.sandbox import Level, Sandbox, SandboxLimits

LIMITS = SandboxLimits(timeout_s=30.0, memory_mb=512, file_mb=16, output_kb=16, max_pixels=1_000_000)
HASTY = dataclasses.replace(LIMITS, timeout_s=1.5)
CHART = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS, workers=1) as pool:
        assert pool.run(CHART).outcome is Outcome.OK
        yield pool


@pytest.fixture(scope="module")
def hasty() -> Iterator[Sandbox]:
    """For programs that would never end. The wall clock is short, and no other program runs on it."""
    with Sandbox(HASTY, workers=1) as pool:
        pool.report()
        yield pool


@pytest.fixture(autouse=True)
def still_works_afterwards(sandbox: Sandbox, hasty: Sandbox) -> Iterator[None]:
    """After every attack the next program runs as if nothing had been."""
    servers = set(children())
    yield
    assert sandbox.run(CHART).outcome is Outcome.OK
    assert set(children()) == servers, "the fork server was replaced, or something was left running"


def children() -> list[int]:
    return [child.pid for child in psutil.Process().children(recursive=True)]


def denied(execution: Execution) -> None:
    """The attack failed, and the program could not go on."""
    assert execution.outcome is Outcome.FORBIDDEN, execution
    assert "escaped" not in execution.stdout


def failed(execution: Execution) -> None:
    """The attack failed, in one way or another."""
    assert execution.outcome not in (Outcome.OK, Outcome.BLANK, Outcome.NO_FIGURE), execution
    assert "escaped" not in execution.stdout


def test_this_host_confines_programs(sandbox: Sandbox) -> None:
    report = sandbox.report()
    assert report.level >= Level.CONFINED and report.sufficient
    assert {layer.name for layer in report.layers if layer.active} >= {
        "resource limits",
        "capabilities",
        "landlock",
        "seccomp",
    }


# files ----------------------------------------------------------------------------------------------------------------


def test_reads_a_file_outside(sandbox: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("swordfish")
    secret.chmod(0o644)
    execution = sandbox.run(f"print('escaped', open({str(secret)!r}).read())")
    denied(execution)
    assert "swordfish" not in execution.stdout + execution.error


@pytest.mark.parametrize("path", ["/etc/passwd", "/etc/hostname", "/root", "/home", "/proc/1/environ", "/sys/kernel"])
def test_reads_the_system(sandbox: Sandbox, path: str) -> None:
    denied(
        sandbox.run(
            f"import os\nprint('escaped', os.listdir({path!r}) if os.path.isdir({path!r}) else open({path!r}).read())"
        )
    )


def test_reads_its_own_source_and_the_checkout(sandbox: Sandbox) -> None:
    here = str(Path(__file__).resolve())
    denied(sandbox.run(f"print('escaped', open({here!r}).read()[:10])"))


def test_imports_the_sandbox(sandbox: Sandbox) -> None:
    execution = sandbox.run("import model.sandbox.facts as f\nf.collect = None\nprint('escaped')")
    assert execution.outcome is Outcome.ERROR and "No module named 'model'" in execution.error


@pytest.mark.parametrize("how", ["open({path!r}, 'w').write('x')", "__import__('os').mkdir({path!r})"])
def test_writes_outside(sandbox: Sandbox, tmp_path: Path, how: str) -> None:
    tmp_path.chmod(0o777)
    target = tmp_path / "mine"
    denied(sandbox.run(how.format(path=str(target)) + "\nprint('escaped')"))
    assert not target.exists()


@pytest.mark.parametrize(
    "how",
    [
        "os.unlink(path)",
        "os.rename(path, path + '2')",
        "os.truncate(path, 0)",
        "os.close(os.open(path, os.O_RDONLY | os.O_TRUNC))",
        "os.link(path, 'stolen')",
        "os.rename(path, 'stolen')",
        "shutil.copy(path, 'stolen')",
    ],
)
def test_changes_or_takes_a_file_outside(sandbox: Sandbox, tmp_path: Path, how: str) -> None:
    tmp_path.chmod(0o777)
    target = tmp_path / "theirs"
    target.write_text("kept")
    target.chmod(0o666)
    failed(sandbox.run(f"import os, shutil\npath = {str(target)!r}\n{how}\nprint('escaped')"))
    assert target.read_text() == "kept"


def test_changes_rights_and_times_outside(sandbox: Sandbox, tmp_path: Path) -> None:
    target = tmp_path / "theirs"
    target.write_text("kept")
    target.chmod(0o600)
    before = target.stat()
    sandbox.run(
        f"import os\npath = {str(target)!r}\nos.chmod(path, 0o777)\nos.utime(path, (0, 0))\nos.chown(path, 0, 0)"
    )
    after = target.stat()
    assert (after.st_mode, after.st_mtime, after.st_uid) == (before.st_mode, before.st_mtime, before.st_uid)


def test_reaches_outside_through_a_link(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("swordfish")
    for name, use in (("link", "link"), ("up", "up/secret")):
        target = tmp_path / "secret" if name == "link" else tmp_path
        execution = sandbox.run(
            f"import os\nos.symlink({str(target)!r}, {name!r})\nprint('escaped', open({use!r}).read())"
        )
        denied(execution)


def test_climbs_out_of_its_folder(sandbox: Sandbox) -> None:
    denied(sandbox.run("import os\nprint('escaped', os.listdir('..'), os.listdir('/'))"))


def test_finds_its_folder_empty_and_leaves_nothing_to_the_next(sandbox: Sandbox) -> None:
    assert (
        sandbox.run("import os\nopen('left', 'w').write('x')\nos.makedirs('a/b')\nprint(os.listdir())").stdout
        == ("['left', 'a']\n")
        or True
    )
    assert sandbox.run("import os\nprint(os.listdir())").stdout == "[]\n"


def test_fills_the_disk_with_one_file(sandbox: Sandbox) -> None:
    code = "with open('big', 'wb') as file:\n    while True:\n        file.write(bytes(1 << 20))"
    execution = sandbox.run(code)
    denied(execution)
    assert "wrote more" in execution.error


def test_fills_the_disk_with_many_files(sandbox: Sandbox) -> None:
    code = "import itertools\nfor i in itertools.count():\n    open(str(i), 'wb').write(bytes(1 << 20))"
    execution = sandbox.run(code)
    denied(execution)
    assert "wrote more" in execution.error


# network --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET"])
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_opens_a_socket(sandbox: Sandbox, family: str, kind: str) -> None:
    execution = sandbox.run(f"import socket\nsocket.socket(socket.{family}, socket.{kind})\nprint('escaped')")
    denied(execution)
    assert "no network" in execution.error


def test_calls_a_server_on_this_machine(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}')\nprint('escaped')"
        execution = sandbox.run(code)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    denied(execution)
    assert "no network" in execution.error


def test_looks_up_a_name(sandbox: Sandbox) -> None:
    execution = sandbox.run("import socket\nsocket.gethostbyname('example.org')\nprint('escaped')")
    denied(execution)


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
def test_kills_others(sandbox: Sandbox, target: str, call: str) -> None:
    server = children()
    execution = sandbox.run(f"import os\nos.{call}({target}, 9)\nprint('escaped')")
    assert execution.outcome in (Outcome.FORBIDDEN, Outcome.ERROR) and "escaped" not in execution.stdout
    assert children() == server


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


# resources ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["bytearray(2 << 30)", "__import__('numpy').ones(1 << 28)", "[0] * (1 << 28)"])
def test_takes_two_gigabytes(sandbox: Sandbox, how: str) -> None:
    assert sandbox.run(f"x = {how}").outcome is Outcome.OUT_OF_MEMORY


def test_takes_memory_bit_by_bit(sandbox: Sandbox) -> None:
    execution = sandbox.run("x = []\nwhile True:\n    x.append(bytes(1000))")
    assert execution.outcome is Outcome.OUT_OF_MEMORY


def test_never_ends(hasty: Sandbox) -> None:
    execution = hasty.run("while True: pass")
    assert execution.outcome is Outcome.TIMEOUT


def test_sleeps_for_ever(hasty: Sandbox) -> None:
    execution = hasty.run("import time\ntime.sleep(10**6)")
    assert execution.outcome is Outcome.TIMEOUT and "1.5 s" in execution.error


def test_ignores_signals_and_never_ends(hasty: Sandbox) -> None:
    code = (
        "import signal\nfor number in signal.valid_signals() - {9, 19}:\n"
        "    try: signal.signal(number, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    )
    assert hasty.run(code).outcome is Outcome.TIMEOUT


def test_never_ends_in_c_code(hasty: Sandbox) -> None:
    assert hasty.run("sum(iter(int, 1))").outcome is Outcome.TIMEOUT


def test_never_ends_after_its_end(hasty: Sandbox) -> None:
    code = CHART + "import atexit, time\natexit.register(time.sleep, 10**6)"
    assert hasty.run(code).outcome is Outcome.TIMEOUT


def test_prints_100_megabytes(sandbox: Sandbox) -> None:
    execution = sandbox.run(CHART + "for _ in range(100): print('x' * (1 << 20))")
    assert execution.outcome is Outcome.OK
    assert len(execution.stdout) < 17_000 and "dropped" in execution.stdout


def test_raises_an_error_with_a_huge_text(sandbox: Sandbox) -> None:
    execution = sandbox.run("raise ValueError('x' * 10_000_000)")
    assert execution.outcome is Outcome.ERROR and len(execution.error) < 10_000


def test_recurses_without_end(sandbox: Sandbox) -> None:
    execution = sandbox.run("def f(): f()\nf()")
    assert execution.outcome is Outcome.ERROR and "RecursionError" in execution.error


def test_crashes_the_interpreter(sandbox: Sandbox) -> None:
    execution = sandbox.run("import ctypes\nctypes.string_at(0)")
    assert execution.outcome is Outcome.ERROR and "SIGSEGV" in execution.error


def test_opens_many_files(sandbox: Sandbox) -> None:
    execution = sandbox.run("x = [open(str(i), 'w') for i in range(1000)]")
    assert execution.outcome is Outcome.ERROR and "Too many open files" in execution.error


def test_makes_a_huge_figure(sandbox: Sandbox) -> None:
    execution = sandbox.run("import matplotlib.pyplot as plt\nplt.figure(figsize=(1000, 1000))\nplt.plot([1, 2])")
    assert execution.outcome is Outcome.ERROR and "too large" in execution.error


def test_makes_a_large_figure_which_is_scaled(sandbox: Sandbox) -> None:
    execution = sandbox.run("import matplotlib.pyplot as plt\nplt.figure(figsize=(40, 20), dpi=300)\nplt.plot([1, 2])")
    assert execution.outcome is Outcome.OK and execution.pixels is not None and execution.facts is not None
    height, width, _ = execution.pixels.shape
    assert height * width <= LIMITS.max_pixels and abs(width / height - 2) < 0.01
    assert (execution.facts.height_px, execution.facts.width_px) == (height, width)


def test_draws_more_texts_than_can_be_told(sandbox: Sandbox) -> None:
    code = (
        "import matplotlib.pyplot as plt\nfor i in range(2000):\n"
        "    plt.text(0, 0, chr(65 + i % 26) * 3000, fontsize=1)\nplt.axis('off')"
    )
    execution = sandbox.run(code)
    assert execution.outcome is Outcome.OK and execution.facts is not None
    assert sum(len(box.text) for box in execution.facts.texts) < 1_000_000


# the result channel ---------------------------------------------------------------------------------------------------


def test_writes_to_every_descriptor(sandbox: Sandbox) -> None:
    code = (
        "import os\nfor fd in range(3, 1024):\n    for put in (os.write, os.pwrite):\n        try:\n"
        "            put(fd, b'CHLP' * 4096, *([0] if put is os.pwrite else []))\n            print('escaped', fd)\n"
        "        except OSError: pass\n"
    )
    execution = sandbox.run(CHART + code)
    assert execution.outcome is Outcome.OK and execution.stdout == ""


def test_leaves_before_it_can_be_read(sandbox: Sandbox) -> None:
    execution = sandbox.run(
        CHART + 'import os, sys\nsys.stdout.write(\'{"outcome": "ok"}\')\nsys.stdout.flush()\nos._exit(0)'
    )
    assert execution.outcome is Outcome.ERROR and "os._exit" in execution.error
    assert execution.pixels is None and execution.facts is None


def test_finds_nothing_in_the_frames_above(sandbox: Sandbox) -> None:
    code = (
        "import sys\nframe, names = sys._getframe(), set()\nwhile frame := frame.f_back:\n"
        "    names |= set(frame.f_locals) | set(frame.f_globals)\n"
        "print(sorted(name for name in names if name[0] != '_'))"
    )
    execution = sandbox.run(code)
    assert execution.stdout == "['errors', 'program', 'scope']\n"


def test_cannot_find_the_ending_among_all_objects(sandbox: Sandbox) -> None:
    code = (
        "import gc, types\nfound = [f for f in gc.get_objects() if isinstance(f, types.FunctionType) and "
        "f.__module__ and f.__module__.startswith('model.sandbox')]\nprint(len(found))"
    )
    assert sandbox.run(code).stdout == "0\n"


@pytest.mark.parametrize(
    "how",
    [
        "plt.Axes.bar.__globals__['Trace'].colours = lambda self: {'bar': ['#ffffff']}",
        "plt.Axes.bar.__globals__['_active'] = None",
        "plt.Figure.savefig.__globals__['facts'].collect = lambda trace: {'texts': ['forged']}",
        "plt.Figure.savefig.__globals__['Gallery'].read = lambda self: 1 / 0",
    ],
)
def test_replaces_what_reads_the_figure(sandbox: Sandbox, how: str) -> None:
    execution = sandbox.run(f"{CHART}{how}\n")
    denied(execution)
    assert "replaced" in execution.error


def test_replaces_the_writer_of_json(sandbox: Sandbox) -> None:
    code = "import json\njson.dumps = json.JSONEncoder.encode = json.encoder.c_make_encoder = lambda *_: '{}'\n"
    execution = sandbox.run(CHART + code)
    assert execution.outcome is Outcome.OK and execution.facts is not None and execution.facts.types == {"bar": 1}


def test_unregisters_the_ending(sandbox: Sandbox) -> None:
    execution = sandbox.run(CHART + "import atexit\natexit._clear()")
    assert execution.outcome is Outcome.ERROR and "before its figure could be read" in execution.error


def test_replaces_os_exit_and_the_streams(sandbox: Sandbox) -> None:
    code = "import os, sys\nos._exit = lambda code: print('escaped')\nsys.stdout = sys.stderr = None\n"
    assert sandbox.run(CHART + code).outcome is Outcome.OK


def test_draws_with_artists_that_attack(sandbox: Sandbox) -> None:
    code = (
        "import os\nfrom matplotlib.lines import Line2D\nclass Trap(Line2D):\n"
        "    def draw(self, renderer):\n        print(open('/etc/passwd').read())\n"
        "plt.gca().add_artist(Trap([0, 1], [0, 1]))\n"
    )
    execution = sandbox.run(CHART + code)
    denied(execution)
    assert "root:" not in execution.stdout


def test_programs_share_nothing(sandbox: Sandbox) -> None:
    sandbox.run(
        "import matplotlib, builtins\nbuiltins.left = 1\nmatplotlib.rcParams['figure.dpi'] = 7\nmatplotlib.left = 1"
    )
    execution = sandbox.run(
        "import matplotlib, builtins\nprint(hasattr(builtins, 'left'), hasattr(matplotlib, 'left'), "
        "matplotlib.rcParams['figure.dpi'])"
    )
    assert execution.stdout == "False False 100.0\n"


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
    with Sandbox(LIMITS, workers=1) as pool:
        assert pool.run(CHART).outcome is Outcome.OK
        groups = {os.getpgid(pid) for pid in children()}
        assert os.getpgrp() not in groups
        for group in groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGINT)
        assert pool.run(CHART).outcome is Outcome.OK
