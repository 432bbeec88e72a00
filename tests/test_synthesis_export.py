"""Exported pairs: a Parquet file that `datasets` reads as pictures with the programs that draw them."""

from __future__ import annotations

from pathlib import Path

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from training.synthesis import export
from training.synthesis.draw import draw

COUNT, SEED = 5, 40


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five pairs in groups of two."""
    path = tmp_path_factory.mktemp("export") / "deep" / "pairs.parquet"
    patch = pytest.MonkeyPatch()
    patch.setattr(export, "ROWS_PER_GROUP", 2)
    last = export.export(path, COUNT, SEED)
    patch.undo()
    assert last >= SEED + COUNT - 1
    return path


def test_rows_are_written_in_groups_and_nothing_is_left_beside(path: Path) -> None:
    file = pq.ParquetFile(path)
    assert [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)] == [2, 2, 1]
    assert [one.name for one in path.parent.iterdir()] == ["pairs.parquet"]


@pytest.mark.parametrize("streaming", [False, True])
def test_datasets_gives_pictures(path: Path, tmp_path: Path, streaming: bool) -> None:
    loaded = datasets.load_dataset(
        "parquet", data_files=str(path), split="train", streaming=streaming, cache_dir=str(tmp_path)
    )
    assert isinstance(loaded.features["image"], datasets.Image)
    rows = list(loaded)
    assert len(rows) == COUNT and all(isinstance(row["image"], Image.Image) for row in rows)
    assert all(row["family"] and row["kind"] and row["seed"] >= SEED for row in rows)
    assert [row["seed"] for row in rows] == sorted({row["seed"] for row in rows})


def test_the_code_is_an_ordinary_program_that_draws_the_picture(path: Path) -> None:
    row = pq.read_table(path).to_pylist()[0]
    loaded = datasets.Image().decode_example(row["image"])
    assert "import matplotlib" in row["code"]
    assert np.array_equal(np.asarray(loaded.convert("RGB")), draw(row["code"]).pixels)
    assert row["image"]["path"] == f"{row['kind']}_{row['seed']}.png"
