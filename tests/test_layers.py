"""Holds the import table of the house: which room may import which, and which package belongs to which room.

Reads the files with `ast`, so that an import inside a function counts too. Leaves out imports by string
(`importlib.import_module`), of which there should be none.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("app", "model", "training", "storage", "benchmarks", "tests")
MAX_LINES = dict.fromkeys(ROOMS, 400) | {"tests": 600}  # a list of cases may be longer than code

# room -> what of ours it may import besides itself; a longer name allows that module alone
OURS = {
    "model": (),
    "storage": ("model.records", "model.errors"),
    "training": ("model", "storage"),
    "app": ("model", "storage"),
    "benchmarks": ("app", "model", "storage", "training"),
    "tests": ("app", "model", "storage", "training", "benchmarks"),
}

# package -> the only places that may import it, tests aside
FENCES = {
    "gradio": ("app.ui",),
    "sqlalchemy": ("storage",),
    "alembic": ("storage",),
    "transformers": ("model.generators", "training", "benchmarks.training", "benchmarks.twoturns"),  # measured there
    "peft": ("model.generators", "training"),
    "trl": ("training",),
    "ray": ("training.cluster",),
}
MAY_READ_ENVIRONMENT = ("app.settings", "model.sandbox")
ENVIRONMENT = {"environ", "environb", "getenv", "putenv", "unsetenv"}


def sources(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> Iterator[str]:
    """Dotted names that a file imports; `from a import b` gives a.b, relative ones are made absolute."""
    package = dotted(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def inside(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(place + ".") for place in places)


def reads_environment(path: Path) -> bool:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT and ast.unparse(node.value) == "os":
            return True
    return any(name in {f"os.{part}" for part in ENVIRONMENT} for name in imported(path))


def as_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", sources(*ROOMS), ids=as_id)
def test_rooms_import_along_the_arrows(path: Path) -> None:
    room = dotted(path).split(".")[0]
    others = [name for name in imported(path) if name.split(".")[0] in ROOMS and not inside(name, (room,))]
    assert [name for name in others if not inside(name, OURS[room])] == []


@pytest.mark.parametrize("path", sources(*ROOMS[:-1]), ids=as_id)
def test_packages_stay_behind_their_fences(path: Path) -> None:
    strays = [
        name
        for name in imported(path)
        if (fence := FENCES.get(name.split(".")[0])) is not None and not inside(dotted(path), fence)
    ]
    assert strays == []


@pytest.mark.parametrize("path", sources(*ROOMS[:-1]), ids=as_id)
def test_the_environment_is_read_in_few_places(path: Path) -> None:
    assert inside(dotted(path), MAY_READ_ENVIRONMENT) or not reads_environment(path)


@pytest.mark.parametrize("path", sources(*ROOMS), ids=as_id)
def test_a_file_says_what_it_is_and_stays_short(path: Path) -> None:
    assert ast.get_docstring(parsed(path)), "its first lines should say what the file is"
    limit = MAX_LINES[dotted(path).split(".")[0]]
    assert len(path.read_text(encoding="utf-8").splitlines()) <= limit


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_come_from_this_checkout(room: str) -> None:
    """A dependency that ships a top-level `model` or `tests` would otherwise win, silently."""
    found = importlib.import_module(room).__file__
    assert found is not None and Path(found).parent == ROOT / room


def test_the_reader_of_imports_sees_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "model" / "deep" / "sample.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import a.b, c as d\nfrom e import f\nfrom . import g\nfrom ..records import Turn\n"
        "def late():\n    from app import jobs\n    import os\n    return os.getenv('HOME')\n"
    )
    expected = {"a.b", "c", "e.f", "model.deep.g", "model.records.Turn", "app.jobs", "os"}
    assert set(imported(path)) == expected
    assert reads_environment(path)
