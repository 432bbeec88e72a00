"""Proves the sandbox on this very host: small programs that really try to break out, run like any other.

Each attempt prints ESCAPED if it got through; it is stopped if it did not, whatever else became of it. The tests hold
more attacks than these and look at their effects from outside.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from model.records import Execution
from model.sandbox.limits import Proof, SandboxLimits

ESCAPED = "ESCAPED"
_SECRET = "a secret of this host"
_OWN_NUMBER = "import ctypes, platform\nx86 = platform.machine() == 'x86_64'\nlibc = ctypes.CDLL(None)\n"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What is tried, in words and as a program; the program goes on to print ESCAPED if it gets that far."""

    words: str
    code: str


_ATTEMPTS = (
    _Attempt("read a system file", "open('/etc/passwd').read()"),
    _Attempt("list other processes", "import os; os.listdir('/proc')"),
    _Attempt("write into the folder above", "open('../x', 'w').write('x')"),
    _Attempt("write into the temporary folder", "open('/tmp/x-chartloop', 'w').write('x')"),
    _Attempt("connect to the network", "import socket; socket.create_connection(('127.0.0.1', 22), 1)"),
    _Attempt("send a datagram", "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))"),
    _Attempt("open a local socket", "import socket; socket.socket(socket.AF_UNIX)"),
    _Attempt("look up a name", "import socket; socket.gethostbyname('localhost.localdomain')"),
    _Attempt("fork", "import os; os.fork() or os._exit(0)"),
    _Attempt("start another program", "import subprocess; subprocess.run(['true'])"),
    _Attempt("replace itself by another program", "import os; os.execv('/bin/true', ['true'])"),
    _Attempt("start a thread", "import threading; threading.Thread(target=print).start()"),
    _Attempt("signal every process", "import os; os.kill(-1, 0)"),
    _Attempt("trace another process", f"{_OWN_NUMBER}assert libc.ptrace(16, 1, 0, 0) == 0"),
    _Attempt("enter new namespaces", f"{_OWN_NUMBER}assert libc.unshare(0x10000000) == 0"),
    _Attempt("mount a file system", f"{_OWN_NUMBER}assert libc.mount(b'none', b'.', b'tmpfs', 0, None) == 0"),
    _Attempt("load a kernel program (bpf)", f"{_OWN_NUMBER}assert libc.syscall(321 if x86 else 280, 0, 0, 0) >= 0"),
    _Attempt("set up io_uring", f"{_OWN_NUMBER}assert libc.syscall(425, 1, 0) >= 0"),
    _Attempt("make itself privileged", "import os; os.setuid(0)"),
    _Attempt(
        "raise its own limits", "import resource as r; r.setrlimit(r.RLIMIT_AS, (r.RLIM_INFINITY, r.RLIM_INFINITY))"
    ),
)


def prove(run: Callable[[str], Execution], limits: SandboxLimits) -> Iterator[Proof]:
    """Try to break out by every attempt. Raises SandboxUnavailable as `run` does."""
    for attempt in (*_ATTEMPTS, *_greedy(limits)):
        yield _proof(run, attempt)
    with tempfile.NamedTemporaryFile("w", prefix="chartloop-secret-") as file:
        file.write(_SECRET)
        file.flush()
        Path(file.name).chmod(0o666)
        for words, how in (
            ("read a file of this host that anybody may read", "open({0!r}).read()"),
            ("overwrite a file of this host that anybody may write", "open({0!r}, 'w').write('x')"),
            ("reach it through a link", "import os; os.symlink({0!r}, 'link'); open('link').read()"),
        ):
            yield _proof(run, _Attempt(words, how.format(file.name)))
        yield _unharmed(Path(file.name))


def _greedy(limits: SandboxLimits) -> tuple[_Attempt, ...]:
    return (
        _Attempt("take twice the memory allowed", f"x = bytearray({2 * limits.memory_mb} << 20)"),
        _Attempt(
            "write 20 times what its folder may hold",
            "import time\n"
            f"for i in range({20 * limits.file_mb}): open(str(i), 'wb').write(bytes(1 << 20)); time.sleep(0.01)",
        ),
        _Attempt("open more files than allowed", f"x = [open(str(i), 'w') for i in range({limits.open_files + 1})]"),
    )


def _proof(run: Callable[[str], Execution], attempt: _Attempt) -> Proof:
    execution = run(f"{attempt.code}\nprint({ESCAPED!r})")
    lines = execution.error.splitlines() or ["nothing was said"]
    said = next((line for line in reversed(lines) if "Error" in line), lines[-1])
    return Proof(attempt.words, ESCAPED not in execution.stdout, f"{execution.outcome}: {said}")


def _unharmed(path: Path) -> Proof:
    kept = path.read_text() == _SECRET
    return Proof("so far, change that file", kept, "its content is what it was" if kept else "it was changed")
