"""Carries out the Dockerfile's steps in a clean folder, for machines that have no container engine. Minutes long:

    .venv/bin/python -m pytest -m slow -o faulthandler_timeout=3600 tests/test_container.py

Copies what .dockerignore leaves, runs the steps in a new virtual environment made by the system's Python, starts
the image's command as its user (where the test runs as root) and asks the image's own health check.
Leaves out: the base image, the engine's walls (read-only root, dropped rights, seccomp profile) and compose.yaml.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

UID = 10001
READY_WITHIN_S = 180


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile; continued lines are joined."""

    word: str
    rest: str


def steps(dockerfile: str) -> list[Step]:
    text = re.sub(r"^#.*\n", "", dockerfile, flags=re.MULTILINE).replace("\\\n", " ")
    pairs = (line.strip().partition(" ") for line in text.splitlines() if line.strip())
    return [Step(word, rest.strip()) for word, _, rest in pairs]


def left_out(name: str, patterns: list[str]) -> bool:
    """Whether .dockerignore leaves out this path, relative to its folder."""
    return any(
        fnmatch.fnmatch(Path(name).name, pattern[3:]) if pattern.startswith("**/") else fnmatch.fnmatch(name, pattern)
        for pattern in patterns
    )


def copy_context(checkout: Path, target: Path) -> None:
    """What `COPY . .` would copy."""
    lines = (checkout / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]

    def ignored(folder: str, names: list[str]) -> list[str]:
        inside = Path(folder).relative_to(checkout)
        return [name for name in names if left_out((inside / name).as_posix(), patterns)]

    shutil.copytree(checkout, target, ignore=ignored, dirs_exist_ok=True)


class Image:
    """The Dockerfile, carried out below `root` in place of a container's root folder."""

    def __init__(self, checkout: Path, root: Path, port: int) -> None:
        self.checkout, self.root, self.port = checkout, root, port
        self.work = root
        self.venv = root / "venv"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name.startswith(("PIP_", "LANG"))},
            "PATH": f"{self.venv / 'bin'}:/usr/bin:/bin",
            "HOME": str(root / "srv/data"),
            "CHARTLOOP_PORT": str(port),
        }
        self.user: int | None = None
        self.command: list[str] = []
        self.health: list[str] = []

    def build(self) -> None:
        python = shutil.which("python3.11", path="/usr/local/bin:/usr/bin") or sys.executable
        subprocess.run([python, "-m", "venv", self.venv], check=True)
        (self.root / "srv/data").mkdir(parents=True)
        if os.getuid() == 0:
            os.chown(self.root / "srv/data", UID, UID)
        for step in steps((self.checkout / "Dockerfile").read_text(encoding="utf-8")):
            self.carry_out(step)

    def carry_out(self, step: Step) -> None:
        match step.word:
            case "ENV":
                pairs = (item.partition("=") for item in shlex.split(step.rest))
                self.environment |= {name: self.below(value) for name, _, value in pairs}
            case "WORKDIR":
                self.work = Path(self.below(step.rest))
                self.work.mkdir(parents=True)
            case "COPY" if step.rest == ". .":
                copy_context(self.checkout, self.work)
            case "COPY":
                for name in step.rest.split()[:-1]:
                    shutil.copy2(self.checkout / name, self.work)
            case "RUN" if not step.rest.startswith("useradd "):
                subprocess.run(step.rest, shell=True, check=True, cwd=self.work, env=self.environment)
            case "USER":
                self.user = UID if os.getuid() == 0 else None
            case "CMD":
                self.command = json.loads(step.rest)
            case "HEALTHCHECK":
                command = step.rest.partition(" CMD ")[2].replace("7860", str(self.port))
                self.health = json.loads(command)

    def below(self, value: str) -> str:
        """A path of the container, below `root`."""
        return str(self.root) + value if value.startswith("/srv/") else value

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        program = str(self.venv / "bin" / command[0])
        return subprocess.Popen(
            [program, *command[1:]],
            cwd=self.work,
            env=self.environment,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            stdout=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="module")
def image(checkout: Path) -> Iterator[Image]:
    root = Path(tempfile.mkdtemp(prefix="chartloop-image-"))
    root.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    built = Image(checkout, root, port)
    try:
        built.build()
        yield built
    finally:
        shutil.rmtree(root)


@pytest.mark.slow
def test_the_image_serves_as_its_user(image: Image) -> None:
    server = image.start(image.command)
    try:
        deadline = time.monotonic() + READY_WITHIN_S
        while image.start(image.health).wait() != 0:
            assert server.poll() is None, "the server ended by itself"
            assert time.monotonic() < deadline, "the health check never passed"
            time.sleep(1)
        if os.getuid() == 0:
            assert Path(f"/proc/{server.pid}").stat().st_uid == UID
    finally:
        server.terminate()
        server.communicate(timeout=30)


@pytest.mark.slow
def test_the_image_draws_a_chart(image: Image) -> None:
    run = image.start(["chartloop", "run", "app/examples/pie.png", "--json"])
    out, _ = run.communicate(timeout=300)
    assert run.returncode == 0
    assert json.loads(out)[0]["code"]


@pytest.mark.slow
def test_the_sandbox_holds_in_the_image(image: Image) -> None:
    doctor = image.start(["chartloop", "doctor", "--json"])
    out, _ = doctor.communicate(timeout=300)
    assert doctor.returncode == 0, out


def test_steps_are_read_as_an_engine_reads_them() -> None:
    text = "# note\nFROM a\nENV A=1 \\\n    B='2 3'\n\nRUN x \\\n && y\n"
    assert steps(text) == [Step("FROM", "a"), Step("ENV", "A=1      B='2 3'"), Step("RUN", "x   && y")]


@pytest.mark.parametrize(
    ("name", "out"),
    [(".venv", True), ("model/nano", False), ("model/__pycache__", True), ("app/data", False), ("data", True)],
)
def test_the_context_leaves_out_what_dockerignore_names(checkout: Path, name: str, out: bool) -> None:
    patterns = (checkout / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert left_out(name, [line for line in patterns if line and not line.startswith("#")]) is out
