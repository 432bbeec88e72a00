"""Writes drawn charts with their programs into one Parquet file that Hugging Face's `datasets` reads as pictures.

    python -m training.synthesis.export runs/pairs.parquet --count 5000 --seed 0

For training models other than the built-in one, on any tool that takes a data set: a row is an image (a PNG at the size
at which it was drawn), code (the ordinary program that drew it), kind, family and seed. Only tables that training may
see. Rows go to disk in groups, so memory stays level, and the file appears when it is whole. Leaves out: what the
built-in model is shown and answers (shards.py), and drawing by several processes: give each another seed, far apart.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features, Image, Value
from PIL import Image as Pictures

from model.records import Pixels
from training.synthesis.charts import ChartSampler
from training.synthesis.pairs import Pair, stream
from training.synthesis.tables import Tables

ROWS_PER_GROUP = 100
"""About 4 MB: a reader that streams the file holds one group, and one that skips about reads little in vain."""

FEATURES = Features(
    {
        "image": Image(),
        "code": Value("string"),
        "kind": Value("string"),
        "family": Value("string"),
        "seed": Value("int64"),
    }
)

Row = dict[str, Any]


def row(pair: Pair) -> Row:
    """A pair as the file holds it. The picture has a name, for tools that unpack it."""
    return {
        "image": {"bytes": png(pair.clean.pixels), "path": f"{pair.kind}_{pair.seed}.png"},
        "code": pair.program,
        "kind": pair.kind,
        "family": pair.family,
        "seed": pair.seed,
    }


def png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Pictures.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def groups(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    source = iter(rows)
    while group := list(islice(source, size)):
        yield group


def export(path: Path, count: int, seed: int) -> int:
    """Writes `count` pairs, of the seeds from `seed` on that pass the filter; returns the seed of the last one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    rows = map(row, islice(stream(seed, ChartSampler(Tables("train"))), count))
    written, last = 0, seed
    with pq.ParquetWriter(partial, FEATURES.arrow_schema) as writer:
        for group in groups(rows, ROWS_PER_GROUP):
            writer.write_table(pa.Table.from_pylist(group, FEATURES.arrow_schema))
            written, last = written + len(group), group[-1]["seed"]
            print(f"{written} of {count}", flush=True)
    partial.rename(path)
    return last


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("path", metavar="OUT.parquet", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first one; rows are numbered by theirs")
    arguments = parser.parse_args()
    last = export(arguments.path, arguments.count, arguments.seed)
    print(f"{arguments.path} is whole; a file that goes on begins with --seed {last + 1}")


if __name__ == "__main__":
    main()
