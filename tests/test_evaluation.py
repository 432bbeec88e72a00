"""Evaluation on real files, in the real sandbox, with a scripted generator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.errors import BadInput
from model.evaluation import EvalItem, EvalReport, chart_paths, evaluate, score_programs
from model.ocr import TextReader
from model.records import Score
from model.sandbox import Sandbox
from tests.fakes import ScriptedGenerator

BARS = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(4, 3))
ax.bar(["a", "b"], [3, 5], color="tab:orange")
ax.set_title("Sales by region")
"""
WRONG = BARS.replace("[3, 5]", "[1, 5]").replace('ax.set_title("Sales by region")', "")
NO_TITLE = BARS.replace('ax.set_title("Sales by region")', "")
BROKEN = "import matplotlib.pyplot as plt\nplt.bar(a, b)\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Path:
    """bars.png with its program, facts.png with published facts of the same chart, and a picture without either."""
    folder = tmp_path_factory.mktemp("charts")
    execution = sandbox.run(BARS)
    assert execution.pixels is not None, execution.error
    for name in ("bars", "facts", "lonely"):
        Image.fromarray(execution.pixels).save(folder / f"{name}.png")
    (folder / "bars.py").write_text(BARS)
    published = {
        "texts": ["Sales by region"],
        "layout": [[1, 1, 0, 0, 0, 0]],
        "types": {"bar": 1, "plot": 1},
        "colours": {"bar": ["#FF7F0E"]},
    }
    (folder / "facts.json").write_text(json.dumps(published))
    return folder


def test_turns_are_scored_by_the_best_program_so_far(folder: Path, sandbox: Sandbox, reader: TextReader) -> None:
    seen: list[tuple[int, int, str]] = []
    generator = ScriptedGenerator([BROKEN, WRONG, BARS])
    report = evaluate(
        folder, generator, sandbox, reader, turns=3, limit=1, progress=lambda i, n, item: seen.append((i, n, item.name))
    )
    document = json.loads(json.dumps(report.to_json()))
    assert seen == [(1, 1, "bars")]
    assert document["n"] == 1 and document["execution_rate"] == 1
    first, second, third = document["by_turn"]
    assert (first["execution_rate"], first["low_level"], first["data_f1"], first["visual"]) == (0, 0, 0, 0)
    # without its title a text is missing: nothing of one reference text, the other three metrics are right
    assert (second["text_f1"], second["layout_f1"], second["type_f1"], second["colour_f1"]) == (0, 1, 1, 1)
    assert second["low_level"] == 0.75
    # height 1 for 3: 1 - 2/3, its bottom is right, the other bar too
    assert second["data_f1"] == pytest.approx(((1 / 3 + 1) / 2 + 1) / 2, abs=1e-4)
    assert third["low_level"] == 1 and third["data_f1"] == 1 and third["visual"] == pytest.approx(1)
    assert {name: document[name] for name in third if name != "turn"} == {k: v for k, v in third.items() if k != "turn"}
    (item,) = document["items"]
    assert item["name"] == "bars" and item["outcome"] == "ok" and item["turns"] == 3 and "Sales" in item["code"]


def test_published_facts_judge_no_data(folder: Path, sandbox: Sandbox, reader: TextReader) -> None:
    report = evaluate(folder, ScriptedGenerator([BARS]), sandbox, reader, turns=1)
    document = report.to_json()
    bars, facts = document["items"]
    assert document["n"] == 2
    assert facts["data_f1"] is None and bars["data_f1"] == 1 and document["data_f1"] == 1
    # one of two calls found, none too much: P 1, R 1/2, F1 2/3
    assert facts["type_f1"] == pytest.approx(2 / 3, abs=1e-4)
    assert document["type_f1"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-4)
    assert facts["colour_f1"] == 1


def test_a_failing_program_counts_zero_in_every_metric(folder: Path, sandbox: Sandbox, reader: TextReader) -> None:
    document = evaluate(folder, ScriptedGenerator([BROKEN]), sandbox, reader, turns=1, limit=1).to_json()
    means = {name: document[name] for name in ("execution_rate", "text_f1", "layout_f1", "type_f1", "colour_f1")}
    assert set(means.values()) == {0} and document["low_level"] == document["data_f1"] == document["visual"] == 0
    assert document["items"][0]["outcome"] == "error" and "NameError" in document["items"][0]["error"]


def test_the_denominator_is_always_n() -> None:
    def item(*scores: Score) -> EvalItem:
        return EvalItem("x", "ok", 1.0, "", "", scores)

    good = Score(1, text=1.0, layout=1.0, kind=1.0, colour=1.0, data=None, visual=0.5)
    textless = Score(1, text=None, layout=1.0, kind=1.0, colour=1.0, data=0.5, visual=0.5)
    failed = Score(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    means = EvalReport((item(failed, good), item(textless), item(failed)), 2, 1.0).metrics()
    assert means["execution_rate"] == pytest.approx(2 / 3, abs=1e-4)
    assert means["text_f1"] == pytest.approx(1 / 3, abs=1e-4)  # nothing to judge counts 0, as published
    assert means["low_level"] == pytest.approx((1 + 0.75 + 0) / 3, abs=1e-4)
    assert means["data_f1"] == pytest.approx(0.25)  # over the two charts that have data
    assert means["visual"] == pytest.approx(1 / 3, abs=1e-4)


def test_a_loop_that_stopped_early_keeps_its_last_score() -> None:
    item = EvalItem("x", "ok", 1.0, "", "", (Score(0.0), Score(1.0)))
    assert [item.after(turn).execution for turn in (1, 2, 3, 9)] == [0, 1, 1, 1]


def test_two_programs(sandbox: Sandbox) -> None:
    score = score_programs(BARS, BARS, sandbox)
    assert score.judged() == pytest.approx(dict.fromkeys(("text", "layout", "kind", "colour", "data", "visual"), 1.0))
    assert score_programs(BARS, NO_TITLE, sandbox).text == 0
    assert score_programs(BARS, BROKEN, sandbox).overall == 0
    with pytest.raises(BadInput, match="the reference program cannot serve"):
        score_programs(BROKEN, BARS, sandbox)


def test_bad_folders_and_files_are_told_plainly(tmp_path: Path, sandbox: Sandbox, reader: TextReader) -> None:
    with pytest.raises(BadInput, match="there is no folder"):
        chart_paths(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="holds no chart"):
        chart_paths(tmp_path)
    generator = ScriptedGenerator([BARS])
    (tmp_path / "a.png").write_bytes(b"no picture")
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(BadInput, match=r"a\.png is no picture"):
        evaluate(tmp_path, generator, sandbox, reader)
    Image.fromarray(np.zeros((20, 20, 3), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(BadInput, match=r"a\.json holds no reference facts"):
        evaluate(tmp_path, generator, sandbox, reader)
