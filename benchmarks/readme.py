"""Writes the result table of README.md from what evaluations wrote, so that no figure is kept by hand.

    python -m benchmarks.readme "held-out set=runs/eval/report.json" "ChartMimic=runs/chartmimic.json"

Each argument is a set of charts: its name, and the file of `chartloop eval --json` or of `python -m training evaluate`.
The latter knows how sure the mean of the four is: half of its 95 % interval stands beside it. Leaves out: measuring.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.markdown import table
from training.evaluate import MAIN, SHARES, percent

README = Path(__file__).resolve().parent.parent / "README.md"
START, END = "<!-- results -->", "<!-- /results -->"


def rows(name: str, result: Mapping[str, Any]) -> list[list[str]]:
    """One result: after the first turn, and at the end of a loop of more."""
    first, last = result["by_turn"][0], result
    turns, pace = len(result["by_turn"]), f"{result['seconds'] / result['n']:.1f}"
    begin = [name, str(result["n"]), "1", *shares(first, result, "first")]
    if turns == 1:
        return [[*begin, pace]]
    return [[*begin, ""], ["", "", f"up to {turns}", *shares(last, result, "final"), pace]]


def shares(means: Mapping[str, Any], result: Mapping[str, Any], end: str) -> list[str]:
    """The cells of one row; the mean of the four with its interval where the result has one."""
    cells = {key: percent(means[key]) for key in SHARES}
    known = result.get("estimates", {}).get(end, {}).get(MAIN)
    if known:
        cells[MAIN] += f" ± {100 * (known['high'] - known['low']) / 2:.1f}"
    return list(cells.values())


def results_table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """A Markdown table with a row or two for each result; shares in per cent."""
    head = ["", "charts", "turns", *SHARES.values(), "s/chart"]
    return table([head, *(row for name, result in results.items() for row in rows(name, result))], numbers=True)


def replaced(text: str, body: str) -> str:
    """`text` with what stands between the two markers replaced by `body`. ValueError where a marker is missing."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"the text has no {START} followed by {END}")
    return f"{before}{START}\n{body}\n{END}{after}"


def named(argument: str) -> tuple[str, Path]:
    name, sign, path = argument.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{argument!r} should be NAME=FILE")
    return name, Path(path)


def main(arguments: Sequence[str] | None = None, readme: Path = README) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readme", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("results", metavar="NAME=FILE", nargs="+", type=named)
    named_paths = parser.parse_args(arguments).results
    results = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in named_paths}
    readme.write_text(replaced(readme.read_text(encoding="utf-8"), results_table(results)), encoding="utf-8")


if __name__ == "__main__":
    main()
