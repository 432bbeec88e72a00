"""What one repair job works with: the sandbox, the reader of pictures, and the models that are loaded.

Each is made once and when it is first needed, because a model takes seconds to load and a page must open at once.
The command line and the job engine use the same one. Leaves out: which job is
next (jobs.py), what a turn is (model/repair.py).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from app.models import ModelChoice, load_generator
from app.settings import Settings
from model.errors import ChartloopError
from model.generators import Generator, Sampling
from model.hints import read_hints
from model.ocr import TextReader
from model.records import Chart, Hints, Pixels, Turn
from model.repair import Event, repair, run_by_hand
from model.sandbox import Sandbox, SandboxLimits

MAX_LOADED = 2
"""Models kept in memory: the one in use and the one before it, so that a switch back costs nothing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What happens before the first turn: "loading" the model, "reading" the picture."""

    name: str


class Workshop:
    def __init__(self, settings: Settings, make_generator: Callable[[ModelChoice], Generator] = load_generator) -> None:
        self._settings = settings
        self._make_generator = make_generator
        self._loaded: OrderedDict[ModelChoice, Generator] = OrderedDict()
        self._failed: dict[ModelChoice, str] = {}
        self._loading = threading.Lock()
        self.reader = TextReader()  # loads its networks at the first picture
        self.sandbox = Sandbox(
            SandboxLimits(timeout_s=settings.sandbox.timeout_s, memory_mb=settings.sandbox.memory_mb),
            workers=settings.jobs.workers,
            minimum=settings.sandbox.level,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self.sandbox.close()
        with self._loading:
            while self._loaded:
                self._loaded.popitem()[1].close()

    def generator(self, choice: ModelChoice) -> Generator:
        """The model, loaded if it was not. Raises GeneratorError."""
        with self._loading:
            if choice not in self._loaded:
                if len(self._loaded) >= MAX_LOADED:
                    self._loaded.popitem(last=False)[1].close()
                self._loaded[choice] = self._make(choice)
            self._loaded.move_to_end(choice)
            return self._loaded[choice]

    def _make(self, choice: ModelChoice) -> Generator:
        try:
            made = self._make_generator(choice)
        except ChartloopError as error:
            self._failed[choice] = str(error)
            raise
        self._failed.pop(choice, None)
        return made

    def warm_up(self, choice: ModelChoice) -> None:
        """Load the model and the reader's networks before the first chart asks for them. Raises GeneratorError."""
        self.generator(choice)
        self.read(np.full((64, 64, 3), 255, np.uint8))

    def read(self, pixels: Pixels) -> Hints:
        """The texts and colours of a picture."""
        return read_hints(pixels, self.reader)

    def solve(
        self, chart: Chart, generator: Generator, turns: int, cancelled: threading.Event, history: Sequence[Turn] = ()
    ) -> Iterator[Event]:
        """The repair loop on a chart that was read, for as many turns as `history` leaves of `turns`."""
        sampling = Sampling(self._settings.model.max_new_tokens, self._settings.model.temperature)
        left = max(0, turns - len(history))
        return repair(
            chart, generator, self.sandbox, turns=left, sampling=sampling, cancelled=cancelled, history=history
        )

    def run_by_hand(self, chart: Chart, code: str, index: int) -> Turn:
        return run_by_hand(chart, code, self.sandbox, index)

    def is_loaded(self, choice: ModelChoice) -> bool:
        return choice in self._loaded

    def why_not(self, choice: ModelChoice) -> str:
        """Why the model could not be loaded when that was last tried; "" if it was not tried, or could."""
        return self._failed.get(choice, "")
