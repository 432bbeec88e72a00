"""docs/refresh.md out of the cells that benchmarks.refresh has left; nothing in it is written by hand."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.markdown import table
from model.records import JsonDict

HEAD = """# What refreshes bring

Written by `python -m benchmarks.refresh`; a simulated person judges greedy answers to charts of families that the base
handles badly ({families}). Accept rates in %, by the truth and without noise, seeds: {seeds}; mean, and in brackets
the smallest and the largest. "bad" are held-out charts of those families, "others" held-out ones of all other families.
The base: {bad:.1f} bad, {others:.1f} others.
"""


def document(out: Path) -> str:
    """The whole page. Says so where there is nothing yet."""
    cells = [json.loads(path.read_text()) for path in sorted((out / "cells").glob("*.json"))]
    cells = [{**cell, "refreshes": len(cell["rounds"])} for cell in cells]
    if not cells:
        return "# What refreshes bring\n\nNothing was measured yet: `python -m benchmarks.refresh`.\n"
    base = cells[0]["base"]
    head = HEAD.format(
        families=", ".join(cells[0]["families"]),
        seeds=len({cell["seed"] for cell in cells}),
        bad=100 * base["bad"],
        others=100 * base["others"],
    )
    clean = [cell for cell in cells if not cell["people"]]
    parts = [
        head,
        _section("By method and verdicts", [c for c in clean if not c["noise"] and c["refreshes"] == 1], _by_method),
        _section("NFT by noise", [c for c in clean if c["method"] == "nft" and c["refreshes"] == 1], _by_noise),
        _section("NFT, refreshes in a row (the verdicts shared among them)", clean, _by_rounds),
        _section("Poisoned sets, and what the gate said", [c for c in cells if c["people"]], _poisoned),
        _section("Where the time of one refresh goes (seconds)", clean, _times),
    ]
    return "\n".join(part for part in parts if part)


Rows = list[list[str]]


def _section(title: str, cells: Sequence[JsonDict], rows: Callable[[Sequence[JsonDict]], Rows]) -> str:
    found = rows(cells) if cells else []
    if len(found) < 2:
        return ""
    return f"## {title}\n\n{table(found)}\n"


def _grouped(cells: Sequence[JsonDict], *names: str) -> dict[tuple[object, ...], list[JsonDict]]:
    groups: dict[tuple[object, ...], list[JsonDict]] = defaultdict(list)
    for cell in cells:
        groups[tuple(cell[name] for name in names)].append(cell)
    return dict(sorted(groups.items(), key=lambda group: tuple(str(part).zfill(8) for part in group[0])))


def _rates(cells: Sequence[JsonDict]) -> list[str]:
    """Rates of the last round, what was gained on the bad families, and how often the gate let it pass."""
    cell = []
    for name in ("bad", "others"):
        values = [100 * one["rounds"][-1]["rates"][name] for one in cells]
        cell.append(f"{np.mean(values):.1f} ({min(values):.1f} to {max(values):.1f})")
    gained = [100 * (one["rounds"][-1]["rates"]["bad"] - one["base"]["bad"]) for one in cells]
    passed = sum(bool(one["rounds"][-1].get("passed")) for one in cells)
    return [*cell, f"{np.mean(gained):+.1f}", f"{passed} of {len(cells)}"]


_FIGURES = ["bad", "others", "gained on bad", "passed the gate"]


def _by_method(cells: Sequence[JsonDict]) -> Rows:
    groups = _grouped(cells, "verdicts", "method").items()
    rows = [[str(count), str(method), *_rates(found)] for (count, method), found in groups]
    return [["verdicts", "method", *_FIGURES], *rows]


def _by_noise(cells: Sequence[JsonDict]) -> Rows:
    counts = {cell["verdicts"] for cell in cells if cell["noise"]}
    chosen = [cell for cell in cells if cell["verdicts"] in counts]
    groups = _grouped(chosen, "noise").items()
    rows = [[f"{100 * float(str(noise)):.0f} %", *_rates(found)] for (noise,), found in groups]
    return [["noise", *_FIGURES], *rows]


def _by_rounds(cells: Sequence[JsonDict]) -> Rows:
    counts = {cell["verdicts"] for cell in cells if cell["refreshes"] > 1}
    chosen = [c for c in cells if c["verdicts"] in counts and c["method"] == "nft" and not c["noise"]]
    rows = []
    for (count,), found in _grouped(chosen, "refreshes").items():
        course = [" → ".join(f"{100 * one['rates']['bad']:.1f}" for one in cell["rounds"]) for cell in found]
        rows.append([str(count), *_rates(found), "; ".join(course)])
    return [["refreshes", *_FIGURES, "bad, refresh by refresh, a seed each"], *rows] if counts else []


def _poisoned(cells: Sequence[JsonDict]) -> Rows:
    rows = []
    for (people,), found in _grouped(cells, "people").items():
        for cell in found:
            last = cell["rounds"][-1]
            said = last.get("decision", "failed"), last.get("reason", last.get("error", ""))
            rates = [f"{100 * last['rates'][name]:.1f}" for name in ("bad", "others")]
            out = ", ".join(last.get("quarantined", ())) or "nobody"
            rows.append([str(people), str(cell["seed"]), *said, out, *rates])
    return [["who judges", "seed", "decision", "reason", "in quarantine", "bad", "others"], *rows]


def _times(cells: Sequence[JsonDict]) -> Rows:
    timed = [cell for cell in cells if "seconds" in cell["rounds"][0] and cell["rounds"][0]["seconds"]]
    phases = list(dict.fromkeys(name for cell in timed for name in cell["rounds"][0]["seconds"]))
    rows = []
    for (count, method), found in _grouped(timed, "verdicts", "method").items():
        means = [np.mean([cell["rounds"][0]["seconds"].get(name, 0.0) for cell in found]) for name in phases]
        rows.append([str(count), str(method), *(f"{value:.0f}" for value in means), f"{sum(means):.0f}"])
    return [["verdicts", "method", *phases, "all"], *rows]
