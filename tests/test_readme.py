"""The command that writes README.md's result table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import readme
from training.evaluate import SHARES

FIRST = {
    "execution_rate": 0.9,
    "text_f1": 0.7,
    "layout_f1": 0.8,
    "type_f1": 0.6,
    "colour_f1": 0.4,
    "low_level": 0.625,
    "data_f1": None,
    "visual": 0.55,
}
LAST = {
    "execution_rate": 0.975,
    "text_f1": 0.81234,
    "layout_f1": 1.0,
    "type_f1": 0.9,
    "colour_f1": 0.5,
    "low_level": 0.80309,
    "data_f1": None,
    "visual": 0.75,
}
RESULT = {"n": 40, **LAST, "seconds": 241.6, "by_turn": [{"turn": 1, **FIRST}, {"turn": 2, **LAST}]}


def test_the_table_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    page, result = tmp_path / "README.md", tmp_path / "held.json"
    page.write_text("above\n<!-- results -->\nold\n<!-- /results -->\nbelow\n")
    result.write_text(json.dumps(RESULT))
    readme.main([f"held-out={result}"], page)
    head, rule, first, last = page.read_text().splitlines()[2:6]
    assert first == "| held-out | 40 | 1 | 90.0 | 70.0 | 80.0 | 60.0 | 40.0 | 62.5 | – | 55.0 |  |"
    assert last == "|  |  | up to 2 | 97.5 | 81.2 | 100.0 | 90.0 | 50.0 | 80.3 | – | 75.0 | 6.0 |"
    assert head.count("|") == rule.count("|") == first.count("|") == last.count("|")
    assert page.read_text().startswith("above\n<!-- results -->\n|")
    assert page.read_text().endswith("|\n<!-- /results -->\nbelow\n")


def test_a_report_says_how_sure_its_mean_is() -> None:
    known = {"first": {"low_level": {"value": 0.625, "low": 0.6, "high": 0.652}}, "final": {}}
    first, last = readme.rows("held-out", {**RESULT, "estimates": known})
    assert first[8] == "62.5 ± 2.6"
    assert last[8] == "80.3"


def test_one_turn_is_one_row() -> None:
    once = {**RESULT, "n": 4, "seconds": 10.0, "by_turn": [dict.fromkeys(SHARES, 0.5)]}
    (row,) = readme.rows("held-out", once)
    assert (row[0], row[2], row[-1]) == ("held-out", "1", "2.5")


def test_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    once = readme.replaced(f"{readme.START}{readme.END}", "first")
    assert readme.replaced(once, "second") == f"{readme.START}\nsecond\n{readme.END}"


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="results"):
        readme.replaced("no place for a table", "body")


def test_our_own_page_has_the_place(checkout: Path) -> None:
    assert "| only |" in readme.replaced((checkout / "README.md").read_text(encoding="utf-8"), "| only |")


def test_a_row_without_a_name_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        readme.main(["held.json"])
    assert "NAME=FILE" in capsys.readouterr().err
