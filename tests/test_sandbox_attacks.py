"""Attacks on files and the network, run for real in the sandbox: what they must not reach is looked at from outside.

What holds on every host that reaches the level CONFINED is required of it; where an attack is stopped by more than one
layer, the test does not care which. Leaves out: attacks on processes (test_sandbox_processes.py), on resources and the
result (test_sandbox_greed.py), programs of good will (test_sandbox.py), leaks (test_sandbox_leaks.py).
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.records import Outcome
from model.sandbox import Level, Sandbox
from tests.sandboxes import CHART, LIMITS, Family, denied, failed, ok


@pytest.fixture(scope="module")
def family() -> Family:
    return Family()


@pytest.fixture(scope="module")
def sandbox(family: Family) -> Iterator[Sandbox]:
    with Sandbox(LIMITS, workers=1) as pool:
        ok(pool.run(CHART))
        yield pool


@pytest.fixture(autouse=True)
def still_works_afterwards(family: Family, sandbox: Sandbox) -> Iterator[None]:
    """After every attack the next program runs as if nothing had been."""
    servers = family.pids()
    yield
    ok(sandbox.run(CHART))
    assert family.pids() == servers, "the fork server was replaced, or something was left running"


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


@pytest.mark.parametrize("address_family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET"])
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_opens_a_socket(sandbox: Sandbox, address_family: str, kind: str) -> None:
    execution = sandbox.run(f"import socket\nsocket.socket(socket.{address_family}, socket.{kind})\nprint('escaped')")
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
