"""Writes the result table of README.md from the output of `chartloop eval --json`, so that no figure is kept by hand.

    python -m benchmarks.readme "held-out set=runs/held-out.json" "ChartMimic=runs/chartmimic.json"

Each argument is a row: its name, and the file that holds what eval printed. Leaves out: measuring anything.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

README = Path(__file__).resolve().parent.parent / "README.md"
START, END = "<!-- results -->", "<!-- /results -->"

SHARES = {
    "runs": "execution_rate",
    "texts": "text_f1",
    "panels": "layout_f1",
    "kinds": "type_f1",
    "colours": "colour_f1",
    "mean of the four": "low_level",
    "data": "data_f1",
    "visual": "visual",
}


def percent(value: float | None) -> str:
    """A share in [0, 1] as people read it; a dash where nothing could be judged."""
    return "–" if value is None else f"{100 * value:.1f}"


def line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """A Markdown table with one row for each result of `chartloop eval`; shares in per cent."""
    head = ["", "charts", *SHARES, "seconds"]
    rows = [
        [name, str(result["n"]), *(percent(result[key]) for key in SHARES.values()), f"{result['seconds']:.1f}"]
        for name, result in results.items()
    ]
    return "\n".join(map(line, [head, ["---"] + ["---:"] * (len(head) - 1), *rows]))


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
    parser.add_argument("rows", metavar="NAME=FILE", nargs="+", type=named)
    rows = dict(parser.parse_args(arguments).rows)
    results = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in rows.items()}
    readme.write_text(replaced(readme.read_text(encoding="utf-8"), table(results)), encoding="utf-8")


if __name__ == "__main__":
    main()
