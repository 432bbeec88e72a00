"""The comparison of runs: arms differ in what they say, runs are not repeated, tables are worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.grpo import COLUMNS, Comparison, arm, report
from model.sandbox import Sandbox
from training import newborn
from training.grpo import Stage
from training.recipe import read_recipe

RECIPE = Path(__file__).resolve().parent.parent / "training" / "configs" / "nano-cpu.toml"
TINY = newborn.Size(vision_layers=1, vision_width=32, text_layers=1, text_width=32, heads=2)
BARS = "import matplotlib.pyplot as plt\nplt.figure(figsize=(2, 2))\nplt.bar([0, 1], [3, 5])\n"


def test_arms_have_equal_steps_and_differ_in_one_thing() -> None:
    recipe = read_recipe(RECIPE)
    arms = {name: arm(recipe, name, 3, 40) for name in ("staged", "full", "shared", "text", "visual", "bonus")}
    assert all(sum(stage.steps for stage in one.stage) == 40 and one.seed == 3 for one in arms.values())
    kinds = {name: [stage.kind for stage in one.stage] for name, one in arms.items()}
    assert kinds["staged"] == kinds["text"] == kinds["visual"] == [Stage.SHARED, Stage.FULL]
    assert kinds["full"] == kinds["bonus"] == [Stage.FULL] and kinds["shared"] == [Stage.SHARED]
    assert [arms[name].stage[-1].bonus for name in ("staged", "full", "bonus")] == [0.0, 0.0, 0.1]
    assert arms["text"].reward.at(0.99).visual == 0.0 < arms["staged"].reward.at(0.99).visual
    look = arms["visual"].reward.at(0.0)
    assert {name for name, weight in look.table().items() if weight} == {"format", "execution", "visual"}
    assert arm(recipe, "full", 0, 40).charts.first_seed != arm(recipe, "full", 1, 40).charts.first_seed


def test_a_table_holds_means_over_charts_and_seeds(tmp_path: Path) -> None:
    """Two seeds, two charts: turn 1 is 0.2 and 0.6 for the one, 0.4 and 0.8 for the other; their means 0.4 and 0.6."""
    for seed, values in enumerate(([0.2, 0.6], [0.4, 0.8])):
        (tmp_path / f"full-{seed}").mkdir()
        charts = dict.fromkeys(COLUMNS, values) | {"gain": [None, 0.1]}
        document = {"seconds": 120.0, "charts": charts}
        (tmp_path / f"full-{seed}" / "measured.json").write_text(json.dumps(document))
    (line,) = [line for line in report(tmp_path).splitlines() if line.startswith("| full |")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[:3] == ["full", "2", "2"]
    assert cells[3] == "50.0 ±14.1 [30.0, 70.0]"
    assert cells[5].startswith("10.0 ±0.0")  # the gain is of the one chart whose first program ran


@pytest.mark.slow
def test_a_tiny_comparison_runs_and_does_not_run_again(tmp_path: Path) -> None:
    newborn.build(tmp_path / "start", ["bar line 0123456789"], TINY)
    (tmp_path / "charts").mkdir()
    Image.new("RGB", (200, 200), "white").save(tmp_path / "charts" / "bars.png")
    (tmp_path / "charts" / "bars.py").write_text(BARS)
    text = RECIPE.read_text().replace("model/nano", str(tmp_path / "start")).replace("charts = 8", "charts = 1")
    (tmp_path / "recipe.toml").write_text(text.replace("parts = 8", "parts = 1").replace("= 320 ", "= 24 "))
    with Sandbox(workers=1) as sandbox:
        recipe = read_recipe(tmp_path / "recipe.toml")
        comparison = Comparison(recipe, tmp_path / "runs", tmp_path / "charts", 1, sandbox)
        comparison.measured(tmp_path / "runs" / "start", tmp_path / "start", True, {})
        comparison.trained("staged", 0, 2)
        before = (tmp_path / "runs" / "staged-0" / "measured.json").stat().st_mtime_ns
        comparison.trained("staged", 0, 2)
        assert (tmp_path / "runs" / "staged-0" / "measured.json").stat().st_mtime_ns == before
    said = report(tmp_path / "runs")
    assert "| staged | 1 |" in said and "| start | 1 |" in said and "| start | best turn |" in said
