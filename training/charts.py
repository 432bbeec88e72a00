"""Charts to be drawn again, with what is known of each: drawn on the fly from real tables, or read from a folder.

A source is endless and seeded: chart number i is always the same, so a run that was killed goes on with the next one.
Drawn charts come from the table families that training may see (training/synthesis/tables.py), with OCR's errors
imitated; folders are those that `chartloop eval` takes, and should not be ones that anything is measured on.
Leaves out: what is asked about a chart and what an answer is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from model.evaluation import chart_paths, load_reference
from model.ocr import TextReader
from model.records import Chart, FigureFacts
from model.repair import Runner

SEED_STRIDE = 64
"""Seeds for one drawn chart: the first that passes the filter is it; about one in six does not."""
KEPT = 64


@dataclass(frozen=True, slots=True)
class Case:
    """A chart and the facts of the program that drew it. The number names it within its source."""

    number: int
    chart: Chart
    facts: FigureFacts = field(repr=False)


class Source(Protocol):
    """Charts by number, from 0 without end."""

    def case(self, number: int) -> Case: ...


class DrawnCharts:
    """Charts drawn from real tables when they are asked for; the newest are kept."""

    def __init__(self, first_seed: int) -> None:
        from training.synthesis.charts import ChartSampler  # statistics packages: only where charts are drawn
        from training.synthesis.tables import Tables

        self._first_seed, self._sampler = first_seed, ChartSampler(Tables("train"))
        self.case = lru_cache(KEPT)(self._case)  # type: ignore[method-assign]

    def case(self, number: int) -> Case:
        return self._case(number)

    def _case(self, number: int) -> Case:
        from training.synthesis.pairs import stream

        pair = next(stream(self._first_seed + number * SEED_STRIDE, self._sampler))
        return Case(number, pair.chart, pair.drawing.facts)


class FolderCharts:
    """The charts of a folder, in another seeded order at every pass. Raises BadInput for a folder without charts."""

    def __init__(self, folder: Path, sandbox: Runner, reader: TextReader | None, seed: int = 0) -> None:
        self._paths, self._sandbox, self._reader, self._seed = chart_paths(folder), sandbox, reader, seed
        self._load = lru_cache(max(KEPT, len(self._paths)))(self._read)  # reading one takes a second, most of it OCR

    def case(self, number: int) -> Case:
        turn, place = divmod(number, len(self._paths))
        order = np.random.default_rng((self._seed, turn)).permutation(len(self._paths))
        loaded = self._load(int(order[place]))
        return Case(number, loaded.chart, loaded.facts)

    def _read(self, index: int) -> Case:
        reference = load_reference(self._paths[index], self._sandbox, self._reader)
        return Case(index, reference.chart, reference.facts)
