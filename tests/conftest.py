"""What every test gets: nothing of the person's own settings or data, no look at a model hub, charts of plain looks.

Leaves out fixtures of single rooms; they live beside the tests that use them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: playwright keeps an event loop in this thread, under which no asyncio.run works."""
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture(scope="session", autouse=True)
def stranger(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The tests, and the processes that they start, run as somebody who never used Chartloop here."""
    for name in [name for name in os.environ if name.startswith("CHARTLOOP_")]:
        del os.environ[name]
    home = tmp_path_factory.mktemp("home")
    os.environ.update(XDG_DATA_HOME=str(home / "data"), XDG_CONFIG_HOME=str(home / "config"), HF_HUB_OFFLINE="1")


@pytest.fixture(autouse=True)
def looks_given_back() -> Iterator[None]:
    """matplotlib's settings hold for a whole process: left behind, they would change what later tests draw."""
    with matplotlib.rc_context():
        yield


@pytest.fixture(autouse=True)
def precision_given_back() -> Iterator[None]:
    """training/loaded.py lets a process round where the processor is quicker at it; later tests compare in float32."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_float32_matmul_precision("highest")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds the rooms."""
    return Path(__file__).resolve().parent.parent
