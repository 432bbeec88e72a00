"""The net that looks at panels: what it is shown, what it says, and that it learns from shards."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from model.errors import ChartloopError
from model.glance import MARGIN, SIDE_PX, WORDS, Glance, Looks, as_input, looks, panel, trained
from model.nano.asking import told_looks
from training import glance

WHITE = np.full((SIDE_PX, SIDE_PX, 3), 255, np.uint8)


def _net(**odds: float) -> Glance:
    """A net that says the same of everything."""
    net = Glance().eval()
    with torch.no_grad():
        net.head.weight.zero_()
        net.head.bias.fill_(-9.0)
        for name, value in odds.items():
            net.head.bias[WORDS.index(name.replace("_", ":"))] = value
    return net


def test_a_panel_is_cut_out_with_a_margin() -> None:
    """A red panel from 0.25 to 0.75 of 200 px on white: of 1.16 widths the margins take 0.08 on each side."""
    pixels = np.full((200, 200, 3), 255, np.uint8)
    pixels[50:150, 50:150, 1:] = 0
    cut = panel(pixels, (0.25, 0.25, 0.75, 0.75))
    assert cut.shape == (SIDE_PX, SIDE_PX, 3)
    assert (cut[..., 1] < 128).mean() == pytest.approx(1 / (1 + 2 * MARGIN) ** 2, abs=0.02)
    assert as_input(np.stack([cut])).min() == -1 and as_input(np.stack([cut])).max() == 1


def test_a_panel_at_the_edge_or_without_a_size_is_still_one() -> None:
    for box in ((0.0, 0.0, 1.0, 1.0), (0.5, 0.5, 0.5, 0.5), (0.9, 0.0, 1.0, 0.01)):
        assert panel(WHITE, box).shape == (SIDE_PX, SIDE_PX, 3)


def test_possible_kinds_and_likely_words_are_told_the_likeliest_first() -> None:
    """Log-odds 2, -2 and -3 are chances of 0.88, 0.12 and 0.05; a word is told from 0.4 on."""
    (seen,) = looks(
        WHITE, [(0, 0, 1, 1)], _net(kind_line=-2.0, kind_bar=2.0, kind_box=-3.0, horizontal=0.0, hatch=-1.0)
    )
    assert [name for name, _ in seen.kinds] == ["kind:bar", "kind:line"]
    assert [chance for _, chance in seen.kinds] == pytest.approx([0.881, 0.119], abs=1e-3)
    assert seen.others == ("horizontal",)
    assert told_looks(seen) == ["<kind:bar>", "<n8>", "<kind:line>", "<n1>", "<horizontal>"]
    assert told_looks(Looks((), ())) == [] and looks(WHITE, [], _net()) == []


def test_the_weights_that_come_with_the_model_know_bars_from_a_pie() -> None:
    bars, pie = WHITE.copy(), WHITE.copy()
    for place, height in enumerate((40, 70, 55, 30)):
        bars[90 - height : 90, 10 + 20 * place : 24 + 20 * place] = (31, 119, 180)
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX] - SIDE_PX / 2
    turn = np.arctan2(y, x)
    for colour, (low, high) in {(31, 119, 180): (-4, -1), (255, 127, 14): (-1, 1), (44, 160, 44): (1, 4)}.items():
        pie[(x**2 + y**2 < 38**2) & (turn >= low) & (turn < high)] = colour
    first = [looks(pixels, [(0.04, 0.04, 0.96, 0.96)])[0].kinds[0][0] for pixels in (bars, pie)]
    assert first == ["kind:bar", "kind:pie"] and trained() is trained()


QUESTION = "<texts><n1><n2><f0><n0><n0><p0><p0><p127><p255><f1><n0><n1><p128><p0><p255><p255><f:lin><paints><c0><p1>"
ANSWER = (
    "<think><panel><f1><kind:bar><n1><panel><f0><kind:line><n1></think>"
    "<prog><panel><kind:bar><horizontal><panel><kind:line></prog>"
)


def test_a_row_tells_where_its_panels_are_and_what_they_show() -> None:
    boxes = glance.frames(QUESTION)
    assert boxes[0] == pytest.approx((0.002, 0.002, 0.498, 0.998), abs=1e-3) and set(boxes) == {0, 1}
    told = {number: {WORDS[word] for word in words} for number, words in glance.answered(ANSWER)}
    assert told == {1: {"kind:bar", "horizontal"}, 0: {"kind:line"}}


def test_it_learns_from_shards_and_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Left halves dark with thin lines, right halves light with blocks; every twelfth seed is set aside."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(200, 256, (96, 64, 64, 3)).astype(np.uint8)
    pictures[:, ::4, :32] = 0
    pictures[:, 20:, 40:60] = 30
    row = {"prompt": QUESTION, "answer": ANSWER}
    lines = [json.dumps({**row, "seed": seed, **({"draft": "x"} if seed == 1 else {})}) for seed in range(95)]
    np.save(tmp_path / "rows-00000.npy", pictures)  # the row with a draft has two pictures
    (tmp_path / "rows-00000.jsonl").write_text("\n".join(lines))
    panels = glance.read(tmp_path)
    assert panels.pictures.shape == (190, SIDE_PX, SIDE_PX, 3) and panels.aside.sum() == 2 * 8
    out = tmp_path / "glance.safetensors"
    glance.main(["--data", str(tmp_path), "--out", str(out), "--epochs", "12"])
    assert "kind 100.0%" in capsys.readouterr().out.splitlines()[-1]
    net = Glance()
    net.load_state_dict(load_file(out))
    later = glance.train(panels, epochs=0, start=out)  # goes on from there, here by no step
    assert all(torch.equal(weight, net.state_dict()[name]) for name, weight in later.state_dict().items())
    with pytest.raises(ChartloopError, match="holds no finished shard"):
        glance.read(tmp_path / "nowhere")


def test_varied_panels_keep_their_shape_and_range() -> None:
    torch.manual_seed(0)
    x = as_input(np.stack([WHITE, WHITE // 2]))
    changed = glance.varied(x)
    assert changed.shape == x.shape and changed.abs().max() <= 1 and not torch.equal(changed, x)
