"""Program -> picture and facts, in this process: only for programs that our own writer wrote.

Model-written programs never come here; they run in model/sandbox. Fast because nothing is started or confined.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass, field

import matplotlib
import numpy as np

matplotlib.use("Agg")  # before pyplot: a worker has no screen

import matplotlib.pyplot as plt

from model.records import FigureFacts, Pixels
from model.sandbox.facts import collect, install
from model.sandbox.wire import facts_from_json

logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # a font that this machine lacks is replaced


@dataclass(frozen=True)
class Drawing:
    pixels: Pixels = field(repr=False)
    facts: FigureFacts


class Undrawable(Exception):
    """The program failed or drew something that cannot serve as a chart; the filter drops it."""


def draw(program: str) -> Drawing:
    """Runs a program of ours and draws its figure once, in matplotlib's own style. Raises Undrawable."""
    trace = install()
    try:
        with matplotlib.rc_context(), warnings.catch_warnings():
            matplotlib.rcdefaults()
            warnings.simplefilter("ignore")
            exec(compile(program, "program.py", "exec"), {"__name__": "__main__"})
            figure = trace.figures[-1]
            figure.canvas.draw()
            trace.final = figure
            facts = facts_from_json(collect(trace))
            pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()  # type: ignore[attr-defined]
    except Exception as error:
        raise Undrawable(f"{type(error).__name__}: {error}") from error
    finally:
        plt.close("all")
    if np.ptp(pixels) == 0:
        raise Undrawable("blank")
    return Drawing(pixels, facts)
