"""Holds the packaging: what a wheel carries, which packages are declared and locked, what may be committed.

Leaves out the container image, whose steps test_container.py carries out.
"""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MEBIBYTE = 2**20
ROOMS = ("app", "model", "training", "storage", "benchmarks", "tests")

# Places of one machine, spelt in pieces so that this file does not name them itself.
PRIVATE_PLACES = re.compile(
    "|".join(["/wo" + "rk/", "/ro" + "ot/", "/ho" + r"me/\w", "/Us" + r"ers/\w", "/opt/(?:wheels|py" + "pi)"])
)
# Package registries move; pip, apt-get and their configuration know where they are.
REGISTRIES = re.compile("|".join(["pypi" + r"\.org", "python" + "hosted", "debian" + r"\.org/debian", "npm" + "js"]))


def tracked(checkout: Path) -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=checkout, check=True, capture_output=True, text=True)
    return [path for name in listing.stdout.split("\0") if name and (path := checkout / name).is_file()]


def project(checkout: Path) -> dict[str, list[Requirement]]:
    """Declared requirements: "" for the ones that every installation has, else by extra."""
    table = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {"": table["dependencies"], **table["optional-dependencies"]}
    return {name: [Requirement(line) for line in lines] for name, lines in groups.items()}


def locked(checkout: Path) -> dict[str, str]:
    lines = (checkout / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


def test_a_wheel_carries_metadata_only(checkout: Path, tmp_path: Path) -> None:
    """The rooms have generic names; none of them may land in somebody's site-packages."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    folders = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert len(folders) == 1 and folders.pop().endswith(".dist-info")


def test_the_command_is_installed_and_says_what_it_can(tmp_path: Path) -> None:
    """From another folder, as a person would call it."""
    command = Path(sys.executable).parent / "chartloop"
    answer = subprocess.run([command, "--help"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert all(verb in answer.stdout for verb in ("serve", "run", "eval", "score", "doctor", "models", "verdicts"))


def test_the_lock_holds_what_the_project_declares(checkout: Path) -> None:
    versions = locked(checkout)
    wrong = [
        str(wanted)
        for group in project(checkout).values()
        for wanted in group
        if not wanted.specifier.contains(versions.get(canonicalize_name(wanted.name), "0"), prereleases=True)
    ]
    assert wrong == []


def test_the_lock_holds_whatever_its_packages_need(checkout: Path) -> None:
    """A package that the lock forgets would come in whatever version is newest that day."""
    versions = locked(checkout)
    missing = [
        f"{name} needs {wanted}"
        for name in versions
        for wanted in map(Requirement, importlib.metadata.requires(name) or ())
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        if canonicalize_name(wanted.name) not in versions
    ]
    assert missing == []


def test_the_lock_brings_no_gpu_libraries(checkout: Path) -> None:
    assert [name for name in locked(checkout) if re.match(r"nvidia|cuda|triton|torchvision", name)] == []


def imported_packages(folder: Path) -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {*ROOMS, ""}


@pytest.mark.parametrize(
    ("room", "extras"),
    [
        ("app", [""]),
        ("model", [""]),
        ("storage", [""]),
        ("training", ["", "train", "ray"]),
        ("benchmarks", ["", "train", "dev"]),
        ("tests", ["", "train", "dev", "ray"]),
    ],
)
def test_a_room_imports_declared_packages_only(checkout: Path, room: str, extras: list[str]) -> None:
    declared = {canonicalize_name(wanted.name) for extra in extras for wanted in project(checkout)[extra]}
    owners = importlib.metadata.packages_distributions()
    undeclared = {
        name
        for name in imported_packages(checkout / room)
        if declared.isdisjoint(canonicalize_name(owner) for owner in owners.get(name, [name]))
    }
    assert undeclared == set()


def test_a_clone_stays_small(checkout: Path) -> None:
    sizes = {path: path.stat().st_size for path in tracked(checkout)}
    assert sum(sizes.values()) < 60 * MEBIBYTE
    nano = checkout / "model" / "nano"
    assert sum(size for path, size in sizes.items() if path.is_relative_to(nano)) < 40 * MEBIBYTE


def test_no_file_names_a_machine_or_a_registry(checkout: Path) -> None:
    found = []
    for path in tracked(checkout):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a font or weights
        found += [
            f"{path.relative_to(checkout)}: {hit}" for hit in PRIVATE_PLACES.findall(text) + REGISTRIES.findall(text)
        ]
    assert found == []


@pytest.mark.parametrize("command", ["make serve", "make test"])
def test_the_first_screen_of_the_readme_names_real_commands(checkout: Path, command: str) -> None:
    first_screen = (checkout / "README.md").read_text(encoding="utf-8").splitlines()[:40]
    assert any(command in line for line in first_screen)
    target = command.removeprefix("make ")
    assert re.search(rf"^{target}:", (checkout / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
