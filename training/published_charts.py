"""Matplotlib's own gallery as charts to evaluate on: nobody here drew them, and no training data comes from them.

    python -m training.published_charts runs/gallery --limit 100
    python -m training evaluate runs/gallery

Takes galleries/examples from the source distribution of the installed matplotlib, which pip fetches from the index that
it is set up with. Kept are programs that make one figure and run unchanged in the sandbox, where they may read no files
but matplotlib's own; their pictures come from there. Writes NAME.png beside NAME.py, for `chartloop eval`.
Leaves out: animations, widgets and programs for a window, and programs that show several figures.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

from model.errors import BadInput, ChartloopError
from model.repair import Runner
from model.sandbox import Sandbox

SEED = 0
_EXAMPLE = re.compile(r"[^/]+/galleries/examples/([^/]+)/([^/]+)\.py")
_NOT_CHARTS = ("animation", "widgets", "user_interfaces", "event_handling", "userdemo")
_FIGURE = re.compile(r"\b(?:plt\.(?:figure|subplots|subplot_mosaic|figaspect)|Figure)\(")

# pip asks for the metadata of what it downloads. Matplotlib's own build backend would set up a compiler for that.
_BACKEND = f"""
def prepare_metadata_for_build_wheel(folder, settings=None):
    from pathlib import Path
    name = "matplotlib-{matplotlib.__version__}.dist-info"
    (Path(folder) / name).mkdir()
    text = "Metadata-Version: 2.1\\nName: matplotlib\\nVersion: {matplotlib.__version__}\\n"
    (Path(folder) / name / "METADATA").write_text(text)
    return name
"""


def fetch(folder: Path) -> Path:
    """The source distribution of the installed matplotlib, by pip. Raises BadInput where pip cannot have it."""
    (folder / "mesonpy.py").write_text(_BACKEND)
    options = ["--quiet", "--no-deps", "--no-binary", "matplotlib", "--no-build-isolation", "--dest", str(folder)]
    command = [sys.executable, "-m", "pip", "download", *options, f"matplotlib=={matplotlib.__version__}"]
    done = subprocess.run(["env", f"PYTHONPATH={folder}", *command], capture_output=True, text=True, check=False)
    found = next(folder.glob("matplotlib-*.tar.gz"), None)
    if found is None:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise BadInput(f"pip could not fetch the source distribution of matplotlib {matplotlib.__version__}: {last}")
    return found


def programs(sdist: Path) -> list[tuple[str, str]]:
    """Name and text of the gallery's programs that may draw one chart, in a seeded order."""
    found = []
    with tarfile.open(sdist) as archive:
        for member in archive:
            place = _EXAMPLE.fullmatch(member.name)
            source = archive.extractfile(member) if place and place[1] not in _NOT_CHARTS else None
            if place and source:
                found.append((f"{place[1]}_{place[2]}", source.read().decode("utf-8")))
    found.sort()
    order = np.random.default_rng(SEED).permutation(len(found))
    return [found[index] for index in order if makes_one_figure(found[index][1])]


def makes_one_figure(program: str) -> bool:
    """Whether it asks for a figure once, or leaves that to its first drawing call."""
    return len(_FIGURE.findall(program)) <= 1


def drawn(candidates: list[tuple[str, str]], sandbox: Runner, folder: Path) -> Iterator[str]:
    """Runs each and writes those that draw something that can be scored; yields their names."""
    for name, program in candidates:
        execution = sandbox.run(program)
        if not execution.outcome.ran or execution.pixels is None or not (execution.facts and execution.facts.types):
            continue
        Image.fromarray(execution.pixels).save(folder / f"{name}.png")
        (folder / f"{name}.py").write_text(program, encoding="utf-8")
        yield name


def write(folder: Path, limit: int | None, sandbox: Runner) -> tuple[int, int]:
    """Fills the folder; returns how many charts it holds now and how many programs there were. Raises BadInput."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        candidates = programs(fetch(Path(place)))
    return sum(1 for _ in islice(drawn(candidates, sandbox, folder), limit)), len(candidates)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.published_charts", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, help="no more charts than so many")
    asked = parser.parse_args()
    try:
        with Sandbox(workers=1) as sandbox:
            count, known = write(asked.folder, asked.limit, sandbox)
    except ChartloopError as error:
        sys.exit(str(error))
    print(f"{count} charts in {asked.folder}, of {known} programs that make one figure")


if __name__ == "__main__":
    main()
