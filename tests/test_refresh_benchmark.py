"""The simulated person and the tables of benchmarks.refresh, on figures made by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.refresh import PEOPLE, Cell, grid
from benchmarks.refresh import _parsed as parsed
from benchmarks.refresh_tables import document
from model.records import Score


def cell(method: str, bad: float, seed: int = 0, verdicts: int = 300, **changed: object) -> dict[str, object]:
    last = {
        "rates": {"bad": bad, "others": 0.5},
        "passed": True,
        "decision": "promoted",
        "reason": "more is accepted",
        "quarantined": [],
        "seconds": {"sample": 30.0, "tune": 90.0},
    }
    plain = {"method": method, "verdicts": verdicts, "noise": 0.0, "rounds": [last], "seed": seed, "people": ""}
    return {**plain, "families": ["scatter"], "base": {"bad": 0.2, "others": 0.5}, **changed}


def written(folder: Path, *cells: dict[str, object]) -> str:
    (folder / "cells").mkdir()
    for number, one in enumerate(cells):
        (folder / "cells" / f"{number}.json").write_text(json.dumps(one))
    return document(folder)


def test_what_a_person_looks_at_by_hand() -> None:
    assert Score(1.0, text=1.0, kind=0.5, visual=0.0).of_facts == pytest.approx(0.75)
    assert Score(0.0, text=1.0).of_facts == 0.0 and Score(1.0).of_facts == 0.0


def test_rows_are_means_over_seeds_with_their_ends(tmp_path: Path) -> None:
    page = written(tmp_path, cell("nft", 0.30), cell("nft", 0.40, seed=1), cell("kto", 0.20))
    assert "| 300 | nft | 35.0 (30.0 to 40.0) | 50.0 (50.0 to 50.0) | +15.0 | 2 of 2 |" in page
    assert "| 300 | kto | 20.0 (20.0 to 20.0) | 50.0 (50.0 to 50.0) | +0.0 | 1 of 1 |" in page
    assert "The base: 20.0 bad, 50.0 others." in page and "seeds: 2;" in page
    assert "| 300 | nft | 30 | 90 | 120 |" in page


def test_noise_rounds_and_poison_have_tables_of_their_own(tmp_path: Path) -> None:
    last = cell("nft", 0.3)["rounds"]
    assert isinstance(last, list)
    poisoned = {**last[0], "decision": "refused", "reason": "verdicts contradict", "quarantined": ["rater 2"]}
    page = written(
        tmp_path,
        cell("nft", 0.30),
        cell("nft", 0.25, noise=0.1),
        cell("nft", 0.45, rounds=[*last, *last]),
        cell("nft", 0.1, people="one of three turns all round", rounds=[poisoned]),
    )
    assert "| 10 % | 25.0 (25.0 to 25.0)" in page
    assert "30.0 → 30.0" in page
    assert "| one of three turns all round | 0 | refused | verdicts contradict | rater 2 | 30.0 | 50.0 |" in page


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    assert "Nothing was measured yet" in document(tmp_path)


def test_the_grid_holds_every_question_once_a_seed() -> None:
    cells = grid(parsed(["--seeds", "2"]))
    assert len(cells) == len(set(cells)) == 2 * (5 * 3 + 2 + 2 + 3)
    assert Cell("nft", 300, 0.3, 1, 1) in cells and Cell("nft", 300, 0.0, 4, 0) in cells
    noise = {one.people: one.person(0.7).noise for one in cells}
    assert noise == {"": noise[""], **PEOPLE} and len({one.name for one in cells}) == len(cells)
