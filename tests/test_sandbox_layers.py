"""The sandbox's parts by themselves, and hosts that lack some: no namespaces, no privileges, no kernel layers at all.

A poorer host is made for real: a child process gives up what that host would not have, and runs a sandbox there.
Leaves out: attacks on a complete sandbox (test_sandbox_attacks.py).
"""

from __future__ import annotations

import errno
import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.records import Execution, Outcome
from model.sandbox import SandboxLimits, folder, seccomp
from model.sandbox.proofs import prove
from model.sandbox.sheet import HostSheet, Layout, Malformed

ROOT = Path(__file__).resolve().parent.parent
X86_64, AARCH64, I386 = 0xC000_003E, 0xC000_00B7, 0x4000_0003
REFUSED = seccomp.refuse(errno.EPERM)

# the filter -----------------------------------------------------------------------------------------------------------


def verdict(machine: str, architecture: int, number: int, *args: int) -> int:
    """What the filter for `machine`, process 1, answers; a small interpreter of the BPF that it uses."""
    data = struct.pack("<IIQ6Q", number, architecture, 0, *(*args, 0, 0, 0, 0, 0, 0)[:6])
    code, place, value = seccomp.program(machine, 1), 0, 0
    while True:
        operation, jump_true, jump_false, operand = code[place]
        place += 1
        if operation == 0x06:
            return operand
        if operation == 0x20:
            (value,) = struct.unpack_from("<I", data, operand)
        elif operation == 0x54:
            value &= operand
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: value & operand != 0}[operation]
            place += jump_true if holds else jump_false


@pytest.mark.parametrize(
    ("machine", "architecture", "call", "expected"),
    [
        ("x86_64", X86_64, (0,), seccomp.ALLOW),  # read
        ("aarch64", AARCH64, (63,), seccomp.ALLOW),  # read
        ("x86_64", X86_64, (41, 2, 1, 0), REFUSED),  # socket
        ("aarch64", AARCH64, (198, 2, 1, 0), REFUSED),  # socket
        ("x86_64", X86_64, (59,), REFUSED),  # execve
        ("aarch64", AARCH64, (221,), REFUSED),  # execve
        ("aarch64", AARCH64, (220, 17), REFUSED),  # clone
        ("x86_64", X86_64, (101,), seccomp.KILL),  # ptrace
        ("aarch64", AARCH64, (117,), seccomp.KILL),  # ptrace
        ("x86_64", X86_64, (90,), seccomp.refuse(0)),  # chmod: pretended
        ("x86_64", X86_64, (435,), seccomp.refuse(errno.ENOSYS)),  # clone3
        ("x86_64", X86_64, (62, 1, 9), seccomp.ALLOW),  # kill(itself)
        ("x86_64", X86_64, (62, 2, 9), REFUSED),
        ("x86_64", X86_64, (62, 0xFFFF_FFFF_FFFF_FFFF, 9), REFUSED),  # kill(-1)
        ("x86_64", X86_64, (62, 0x1_0000_0001, 9), seccomp.ALLOW),  # the kernel reads an int here, and so do we
        ("x86_64", X86_64, (257, 0, 0, os.O_RDONLY), seccomp.ALLOW),  # openat
        ("x86_64", X86_64, (257, 0, 0, os.O_WRONLY | os.O_TRUNC), seccomp.ALLOW),
        ("x86_64", X86_64, (257, 0, 0, os.O_RDONLY | os.O_TRUNC), REFUSED),
        ("x86_64", X86_64, (72, 3, 8, 1), REFUSED),  # fcntl(F_SETOWN)
        ("x86_64", X86_64, (302, 0, 7), seccomp.ALLOW),  # prlimit64 of itself
        ("x86_64", X86_64, (302, 5, 7), REFUSED),
        ("x86_64", X86_64, (9999,), REFUSED),  # yet to be invented
        ("x86_64", X86_64, (0x4000_0000,), seccomp.KILL),  # x32 read
        ("x86_64", I386, (3,), seccomp.KILL),  # 32-bit read
        ("aarch64", X86_64, (0,), seccomp.KILL),
    ],
)
def test_the_filter_decides(machine: str, architecture: int, call: tuple[int, ...], expected: int) -> None:
    assert verdict(machine, architecture, *call) == expected


# the result channel ---------------------------------------------------------------------------------------------------

LAYOUT = Layout.of(SandboxLimits(output_kb=1, max_pixels=100, export_mb=1))
DONE, MAGIC = 0x444F4E45, 0x43484C50


def sheet_with(report: bytes = b"{}", payload: bytes = b"", **said: int) -> HostSheet:
    """A sheet as a hostile child could leave it; `said` is what its header says, if not the truth."""
    sheet = HostSheet(LAYOUT, b"x = 1")
    truth = {"output": 0, "state": DONE, "report": len(report), "payload": len(payload)}
    header = {**truth, "height": 0, "width": 0, "lost": 0, **{name.removesuffix("_said"): said[name] for name in said}}
    for place, data in (
        (0, struct.pack("<9I", MAGIC, 5, *header.values())),
        (LAYOUT.report, report),
        (LAYOUT.payload, payload),
    ):
        os.pwrite(sheet.descriptor, data, place)
    return sheet


def test_an_honest_result_is_read() -> None:
    pixels = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    with sheet_with(report=b'{"a": 1}', payload=pixels.tobytes(), height=2, width=3) as sheet:
        result = sheet.result()
        assert result is not None and result.pixels is not None
        assert result.report == {"a": 1} and np.array_equal(result.pixels, pixels)


def test_no_result_is_none() -> None:
    with sheet_with(state=0) as sheet:
        assert sheet.result() is None and sheet.output() == ""


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (b"{}", {"state": 7}),
        (b"not json", {}),
        (b"[1]", {}),
        (b"[" * 100_000, {}),
        (b'{"a": ' + b"9" * 10_000 + b"}", {}),
        (b"\xff\xfe{}", {}),
        (b"{}", {"report_said": 2**32 - 1}),
        (b"{}", {"payload_said": 2**32 - 1}),
        (b"{}", {"height": 2, "width": 3, "payload_said": 17}),
        (b"{}", {"height": 1, "width": 101, "payload_said": 303}),  # more than max_pixels
        (b"{}", {"height": 2**31, "width": 2**31}),
        (b"{}", {"height": 0, "width": 5}),
    ],
)
def test_a_malformed_result_is_refused(report: bytes, said: dict[str, Any]) -> None:
    with sheet_with(report, **said) as sheet, pytest.raises(Malformed):
        sheet.result()


def test_output_is_cut_to_its_place() -> None:
    with sheet_with(output=2**32 - 1, lost=1) as sheet:
        assert len(sheet.output()) < 1100


def test_nobody_can_shrink_the_sheet_under_the_host() -> None:
    with sheet_with() as sheet, pytest.raises(PermissionError):
        os.ftruncate(sheet.descriptor, 0)


# the work folder ------------------------------------------------------------------------------------------------------


def test_a_folder_deeper_than_any_path_is_emptied(tmp_path: Path) -> None:
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(3000):
            os.mkdir("d" * 50)
            os.chdir("d" * 50)
        Path("file").write_text("x")
    finally:
        os.chdir(here)
    (tmp_path / "link").symlink_to("/etc")
    folder.empty(str(tmp_path))
    assert os.listdir(tmp_path) == [] and Path("/etc").is_dir()


def test_a_plain_folder_is_measured(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(os.urandom(2_000_000))
    plain = folder.WorkFolder(str(tmp_path), 64, mounted=False)
    assert 2.0 <= plain.used_mb() < 2.1


# poorer hosts ---------------------------------------------------------------------------------------------------------

WITHOUT_NAMESPACES = """
import struct, ctypes, platform
from model.sandbox import kernel
unshare = {"x86_64": 272, "aarch64": 97}[platform.machine()]
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, unshare), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
class Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
wanted = Filter(len(steps), ctypes.addressof(code))
kernel.prctl(22, 2, ctypes.addressof(wanted))
"""
WITHOUT_PRIVILEGES = "from model.sandbox import kernel\nkernel.bound_capabilities()\nkernel.drop_capabilities()\n"
TRIAL = """
import json, os, sys
from model.sandbox import Sandbox, SandboxLimits
chart = "import matplotlib.pyplot as plt\\nplt.bar(['a'], [1])"
spill = "for i in range(100):\\n    open(str(i), 'wb').write(bytes(1 << 20))\\nwhile True: pass"
with Sandbox(SandboxLimits(timeout_s=60, file_mb=8, memory_mb=512), workers=1) as sandbox:
    report = sandbox.report(prove=True)
    outcomes = [sandbox.run(code).outcome for code in (chart, spill, "open('left', 'w')", chart)]
    left = sandbox.run("import os\\nprint(os.listdir())").stdout
    json.dump({
        "level": report.level.name,
        "inactive": [layer.name for layer in report.layers if not layer.active],
        "escapes": [proof.attempt for proof in report.proofs if not proof.stopped],
        "outcomes": outcomes,
        "left": left,
    }, sys.stdout)
"""


def on_a_host(prepared: str) -> dict[str, object]:
    run = subprocess.run(
        [sys.executable, "-c", prepared + TRIAL],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert isinstance(found, dict)
    return found


def test_a_host_that_forbids_namespaces_still_confines() -> None:
    found = on_a_host(WITHOUT_NAMESPACES)
    assert found["level"] == "CONFINED" and len(found["inactive"]) == 6  # type: ignore[arg-type]
    assert found["escapes"] == []
    assert found["outcomes"] == ["ok", "forbidden", "no figure", "ok"] and found["left"] == "[]\n"


def test_an_unprivileged_host_confines() -> None:
    found = on_a_host(WITHOUT_PRIVILEGES)
    assert found["level"] in ("CONFINED", "ISOLATED") and found["escapes"] == []
    assert found["outcomes"] == ["ok", "forbidden", "no figure", "ok"] and found["left"] == "[]\n"


# proofs ---------------------------------------------------------------------------------------------------------------


def test_the_proofs_would_notice_a_missing_sandbox(tmp_path: Path) -> None:
    """The same attempts in a plain process get through, those aside that need privileges or are truly greedy."""

    def plain(code: str) -> Execution:
        if "kill(-1" in code or "sock" in code or "mount" in code or "unshare" in code:
            return Execution(Outcome.OK)  # not in the real world, please
        run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
        return Execution(Outcome.OK, run.stderr, stdout=run.stdout)

    escapes = {proof.attempt for proof in prove(plain, SandboxLimits(memory_mb=64, file_mb=2)) if not proof.stopped}
    assert escapes >= {
        "read a system file",
        "list other processes",
        "write into the temporary folder",
        "start another program",
        "start a thread",
        "take twice the memory allowed",
        "write 20 times what its folder may hold",
        "read a file of this host that anybody may read",
        "overwrite a file of this host that anybody may write",
        "reach it through a link",
        "so far, change that file",
    }
    Path("/tmp/x-chartloop").unlink(missing_ok=True)
