"""`python -m training evaluate` on two tiny charts: a real sandbox, a scripted generator, means worked by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.errors import GeneratorError, ModelNotFound, QuestionTooLong
from model.evaluation import EvalItem
from model.ocr import TextReader
from model.records import JsonDict, Score
from model.sandbox import Sandbox
from tests.fakes import ScriptedGenerator
from tests.tiny_model import build_tiny_model
from training.evaluate import changes, estimate, main, measure, tables

BARS = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(4, 3))
ax.bar(["a", "b"], [3, 5], color="tab:orange")
ax.set_title("Sales")  # <b>&"quoted"</b> {{cards}}
"""
LINES = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(9, 3))
ax.plot([0, 1, 2], [1, 4, 2])
ax.plot([0, 1, 2], [3, 3, 1])
ax.set_title("Costs")
"""
UNTITLED = BARS.replace('ax.set_title("Sales")', "").replace("[3, 5]", "[1, 5]")
BROKEN = "import matplotlib.pyplot as plt\nplt.bar(a < b)\n"
TOO_LONG = QuestionTooLong("the question takes 2102 tokens, but nano reads 2048: use a smaller picture")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Path:
    """Two charts with their programs; by name the bars come first."""
    folder = tmp_path_factory.mktemp("charts")
    for name, code in {"bars": BARS, "lines": LINES}.items():
        execution = sandbox.run(code)
        assert execution.pixels is not None, execution.error
        Image.fromarray(execution.pixels).save(folder / f"{name}.png")
        (folder / f"{name}.py").write_text(code)
    return folder


@pytest.fixture(scope="module")
def measured(folder: Path, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> tuple[JsonDict, Path]:
    """The bars without their title and with one of them too low, then right, the lines with an error and then right."""
    out = tmp_path_factory.mktemp("eval")
    generator = ScriptedGenerator([UNTITLED, BARS, BROKEN, LINES])
    return measure(folder, out, generator, sandbox, TextReader(), turns=2), out


def test_means_by_hand(measured: tuple[JsonDict, Path]) -> None:
    document, out = measured
    assert document["n"] == 2 and document["hints"] is True and len(document["by_turn"]) == 2
    assert document == json.loads((out / "report.json").read_text())
    first, final = document["estimates"]["first"], document["estimates"]["final"]
    # turn 1: the bars lack the one text and are right in the other three (0.75), the lines fail in everything
    assert (first["execution_rate"]["value"], first["text_f1"]["value"], first["layout_f1"]["value"]) == (0.5, 0, 0.5)
    assert first["low_level"]["value"] == pytest.approx(0.375)
    # height 1 for 3: 1 - 2/3, its bottom is right, the other bar too; halved by the lines
    assert first["data_f1"]["value"] == pytest.approx(((1 / 3 + 1) / 2 + 1) / 4, abs=1e-4)
    assert (first["low_level"]["low"], first["low_level"]["high"]) == (0, 0.75)
    assert {name: final[name]["value"] for name in ("execution_rate", "text_f1", "low_level", "data_f1")} == {
        "execution_rate": 1, "text_f1": 1, "low_level": 1, "data_f1": 1,
    }  # fmt: skip
    assert (final["low_level"]["low"], final["low_level"]["high"]) == (1, 1)
    assert final["seconds"]["value"] > first["seconds"]["value"] > 0
    assert [item["best_turn"] for item in document["items"]] == [2, 2]
    assert document["peak_memory_mb"] > 50


def test_means_by_kind(measured: tuple[JsonDict, Path]) -> None:
    document, _ = measured
    assert [(row["kind"], row["n"], row["low_level"]) for row in document["by_kind"]] == [("bar", 1, 1), ("plot", 1, 1)]
    printed = tables(document)
    assert re.search(r"mean of the four +37\.5 +0\.0 to 75\.0 +100\.0 +100\.0 to 100\.0", printed)
    assert re.search(r"bar +1 +100\.0", printed)


def test_what_later_turns_change_is_paired(measured: tuple[JsonDict, Path]) -> None:
    document, _ = measured
    change = document["estimates"]["change"]["low_level"]
    # the bars gain the quarter that their text was, the lines everything: 0.25 and 1
    assert (change["value"], change["low"], change["high"]) == (0.625, 0.25, 1)
    assert [one["low_level"]["value"] for one in document["estimates"]["by_turn"]] == [0.375, 1]
    printed = tables(document)
    assert re.search(r"^runs .* 50\.0 +0\.0 to 100\.0$", printed, re.MULTILINE)
    assert re.search(r"^turn 1 +37\.5 +0\.0 to 75\.0$", printed, re.MULTILINE)


def test_a_change_of_all_charts_alike_is_sure() -> None:
    """Both ends differ much from chart to chart; their difference does not."""
    items = [
        EvalItem(
            str(share), "ok", 1.0, "", "", (Score(1.0, share, share, share, share), Score(1.0, *[share + 0.1] * 4))
        )
        for share in (0.1, 0.5, 0.9)
    ]
    found = changes(items, 2)["low_level"]
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))


def test_the_interval_of_a_constant_is_that_constant() -> None:
    found = estimate([0.3] * 7)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.3, 0.3, 0.3))


def test_an_interval_narrows_with_more_charts_and_comes_out_alike_each_time() -> None:
    """Of n coins with mean 0.5 a mean has the standard deviation 0.5 / sqrt(n)."""
    few, many = estimate([0.0, 1.0] * 8), estimate([0.0, 1.0] * 200)
    assert few is not None and many is not None and few == estimate([0.0, 1.0] * 8)
    assert many.high - many.low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.1)
    assert few.high - few.low == pytest.approx(2 * 1.96 * 0.5 / 4, rel=0.2)


def test_what_cannot_be_judged_has_no_part_in_an_interval() -> None:
    assert estimate([None, None]) is None
    found = estimate([None, 0.5, 0.5])
    assert found is not None and (found.value, found.low, found.high) == (0.5, 0.5, 0.5)
    median = estimate([1.0, 2.0, 90.0], np.median)
    assert median is not None and median.value == 2


def test_a_question_that_is_too_long_counts_nothing_and_ends_nothing(
    folder: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    document = measure(folder, tmp_path, ScriptedGenerator([TOO_LONG, LINES]), sandbox, None, turns=1)
    bars, lines = document["items"]
    assert (bars["outcome"], bars["best_turn"], bars["low_level"], bars["data_f1"], bars["visual"]) == (
        "error", 0, 0, 0, 0,
    )  # fmt: skip
    assert "2102 tokens" in bars["error"] and lines["outcome"] == "ok"
    assert document["execution_rate"] == document["low_level"] == document["data_f1"] == 0.5
    assert '<pre class="error">the question takes 2102 tokens' in (tmp_path / "gallery.html").read_text()


def test_a_later_question_that_is_too_long_leaves_what_there_was(
    folder: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    generator = ScriptedGenerator([UNTITLED, TOO_LONG])
    (bars,) = measure(folder, tmp_path, generator, sandbox, TextReader(), turns=2, limit=1)["items"]
    assert (bars["outcome"], bars["best_turn"], bars["low_level"]) == ("ok", 1, 0.75)
    assert "2102 tokens" in bars["error"]


@pytest.mark.parametrize("broken", [ModelNotFound("gone"), GeneratorError("unloaded")])
def test_a_broken_model_is_no_bad_program(
    broken: GeneratorError, folder: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    with pytest.raises(type(broken)):
        measure(folder, tmp_path, ScriptedGenerator([broken]), sandbox, None)


def test_the_gallery_shows_the_worst_first_and_escapes_programs(folder: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    measure(folder, tmp_path, ScriptedGenerator([BARS, BROKEN]), sandbox, None, turns=1)
    page = (tmp_path / "gallery.html").read_text()
    assert re.findall(r'<article id="(\w+)"', page) == ["lines", "bars"]
    assert "# &lt;b&gt;&amp;&quot;quoted&quot;&lt;/b&gt; {{cards}}" in page and "<b>&" not in page
    assert "plt.bar(a &lt; b)" in page and "NameError" in page
    assert page.count("data:image/jpeg;base64,") == 3  # two originals, one rendering
    assert not re.search(r"(src|href)=\"(?!data:)", page)


def test_pictures_fit_their_place(measured: tuple[JsonDict, Path]) -> None:
    import base64
    import io

    _, out = measured
    found = re.findall(r"base64,([^\"]+)", (out / "gallery.html").read_text())
    sizes = {Image.open(io.BytesIO(base64.b64decode(one))).size for one in found}
    assert sizes == {(400, 300), (420, 140)}  # 4 x 3 inches as they are, 9 x 3 inches made smaller


def test_the_command_says_what_is_wrong(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(SystemExit, match="there is no folder"):
        main([str(tmp_path / "nowhere")])
    with pytest.raises(SystemExit, match="no-model"):
        main([str(folder), "--model", str(tmp_path / "no-model"), "--out", str(tmp_path)])


def test_the_command_measures_a_real_model(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that ends its answers at once, so every chart fails, without hints and in one turn."""
    model = build_tiny_model(tmp_path / "tiny", always="<end_of_utterance>")
    out = tmp_path / "deep" / "out"
    main([str(folder), "--model", str(model), "--turns", "1", "--limit", "1", "--no-hints", "--out", str(out)])
    printed = capsys.readouterr().out
    assert re.search(r"^ +after turn 1 +95 %$", printed, re.MULTILINE)
    assert re.search(r"^runs +0\.0 +0\.0 to 0\.0$", printed, re.MULTILINE)
    assert re.search(r"^bar +1 ", printed, re.MULTILINE) and "peak memory" in printed
    assert "the answer holds no program" in (out / "gallery.html").read_text()
    assert json.loads((out / "report.json").read_text())["model"] == str(model)


def test_a_wait_is_the_hints_and_the_turns_until_then() -> None:
    item = EvalItem("x", "error", 1.0, "", "", (Score(0.0),), turn_seconds=(1.0, 2.0), reading_s=0.5)
    assert [item.waited(1), item.waited(4)] == [1.5, 3.5]
