"""Charts for GRPO out of verdicts: right programs of charts judged wrong, with drawn ones beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.evaluation import chart_paths
from model.sandbox import Sandbox
from storage.records import Label
from storage.repository import Store
from tests.judged_store import RIGHT, WRONG, add_job, add_turn, judge
from tests.tiny_model import build_tiny_model
from training import judged
from training.polish import polish, right_programs, write_charts
from training.snapshot import SnapshotConfig, freeze

DRAWS = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])"


@pytest.fixture
def programs(tmp_path: Path) -> dict[int, str]:
    """What is known to be right, by the number of the chart."""
    base = str(build_tiny_model(tmp_path / "base"))
    with Store.open(tmp_path / "data") as store, Sandbox(workers=1) as sandbox:
        judge(store, 1, right=True)  # never wrong: nothing to learn there
        judge(store, 2, right=False)  # nobody knows better
        judge(store, 3, right=False, corrected_code=DRAWS)
        job = add_job(store, 4)
        store.verdicts.add(add_turn(store, job, WRONG, "plot"), Label.WRONG)
        store.verdicts.add(add_turn(store, job, RIGHT), Label.CORRECT)
        config = SnapshotConfig(base, store.verdicts.newest(), gate_share=0.0)
        folder = Path(freeze(store, config, tmp_path, sandbox).path)
        found = right_programs(judged.read(folder / "train.parquet"), judged.read(folder / "sft.parquet"))
        numbers = {chart.chart.sha256: chart.id for number in range(1, 5) if (chart := store.jobs.get(number))}
        return {numbers[chart]: code for chart, code in found.items()}


def test_right_programs_of_charts_judged_wrong(programs: dict[int, str]) -> None:
    assert programs == {3: DRAWS, 4: RIGHT}


def test_charts_are_written_with_as_many_drawn_ones(tmp_path: Path) -> None:
    with Store.open(tmp_path / "data") as store, Sandbox(workers=1) as sandbox:
        jobs = [store.jobs.get(add_job(store, number)) for number in range(5)]
        charts = [job.chart.sha256 for job in jobs if job]
        known = dict.fromkeys(charts[:4], DRAWS) | {charts[4]: "nonsense("}
        assert write_charts(tmp_path / "few", dict(list(known.items())[3:]), store, sandbox) == 1
        assert len(chart_paths(tmp_path / "few")) == 1  # too few to be worth drawing others
        assert write_charts(tmp_path / "enough", known, store, sandbox) == 4
        names = [path.stem.partition("-")[0] for path in chart_paths(tmp_path / "enough")]
        assert names == ["drawn"] * 4 + ["judged"] * 4


@pytest.mark.slow
def test_a_tiny_model_is_polished(tmp_path: Path) -> None:
    model = build_tiny_model(tmp_path / "model")
    with Store.open(tmp_path / "data") as store, Sandbox(workers=1) as sandbox:
        jobs = [store.jobs.get(add_job(store, number)) for number in range(4)]
        assert write_charts(tmp_path / "charts", {job.chart.sha256: DRAWS for job in jobs if job}, store, sandbox) == 4
    made = polish(model, tmp_path / "charts", tmp_path / "out", steps=1, seed=0)
    assert (made / "model.safetensors").is_file() and (made / "tokenizer.json").is_file()
