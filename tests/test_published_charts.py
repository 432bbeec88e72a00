"""Charts of matplotlib's gallery: a distribution of four programs, a real pip without an index, a real sandbox."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import matplotlib
import pytest

from model.errors import BadInput
from model.sandbox import Sandbox
from training.published_charts import fetch, makes_one_figure, write

BARS = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.bar(['a', 'b'], [1, 2])\nplt.show()\n"
TWO = BARS + "plt.figure()\nplt.plot([1, 2])\n"
READS_A_FILE = "import matplotlib.pyplot as plt\nplt.plot([float(line) for line in open('/etc/passwd')])\n"
ROOT = f"matplotlib-{matplotlib.__version__}"
FILES = {
    "pyproject.toml": '[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n',
    "PKG-INFO": f"Metadata-Version: 2.1\nName: matplotlib\nVersion: {matplotlib.__version__}\n",
    "galleries/examples/bars/plain.py": BARS,
    "galleries/examples/bars/pair.py": TWO,
    "galleries/examples/bars/reads.py": READS_A_FILE,
    "galleries/examples/animation/moving.py": BARS,
    "galleries/tutorials/bars/first.py": BARS,
}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip looks for distributions in, and nowhere else."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return shelf


def _put_distribution(shelf: Path) -> None:
    with tarfile.open(shelf / f"{ROOT}.tar.gz", "w:gz") as archive:
        for name, text in FILES.items():
            member = tarfile.TarInfo(f"{ROOT}/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))


def test_programs_that_run_and_draw_one_figure_become_charts(shelf: Path, tmp_path: Path) -> None:
    _put_distribution(shelf)
    out = tmp_path / "charts"
    with Sandbox(workers=1) as sandbox:
        assert write(out, None, sandbox) == (1, 2)  # one of the two candidates reads a file
    assert sorted(path.name for path in out.iterdir()) == ["bars_plain.png", "bars_plain.py"]
    assert (out / "bars_plain.py").read_text() == BARS


@pytest.mark.usefixtures("shelf")
def test_a_distribution_that_pip_cannot_have(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="pip could not fetch"):
        fetch(tmp_path)


def test_figures_are_counted_where_they_are_made() -> None:
    assert makes_one_figure("plt.plot([1])") and makes_one_figure(BARS)
    assert not makes_one_figure(TWO)
