"""Draws held-out charts for evaluation: NAME.png beside NAME.py, from table families that training never saw.

    python -m training.synthesis.heldout runs/heldout --count 100
    chartloop eval runs/heldout --json

The programs are ordinary ones with their look in front, so `chartloop eval` runs them in the sandbox for their facts.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

from training.synthesis.charts import ChartSampler
from training.synthesis.pairs import stream
from training.synthesis.tables import Tables

FIRST_SEED = 900_000_000
"""Far from the seeds of training, though the families alone keep the two apart."""


def write(folder: Path, count: int, plain: bool) -> int:
    """Writes `count` charts, only single panels if `plain`; returns how many were written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for pair in stream(FIRST_SEED, ChartSampler(Tables("heldout"))):
        if plain and len(pair.spec.panels) > 1:
            continue
        name = f"{pair.kind}_{pair.seed - FIRST_SEED:04d}"
        Image.fromarray(pair.clean.pixels).save(folder / f"{name}.png")
        (folder / f"{name}.py").write_text(pair.program)
        written += 1
        if written == count:
            break
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--plain", action="store_true", help="charts of one panel only")
    arguments = parser.parse_args()
    print(f"{write(arguments.folder, arguments.count, arguments.plain)} charts in {arguments.folder}")


if __name__ == "__main__":
    main()
