"""What the fork server imports and draws before the first program, so that no program waits for it.

Leaves out: anything of a program. Imports that fail are left to the programs, which may not need them.
"""

from __future__ import annotations

import importlib
import importlib.abc
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterable


class _Absent(importlib.abc.MetaPathFinder):
    """Makes pyarrow look uninstalled: pandas would start threads and map much memory for it.

    So programs also see the same pandas wherever they run.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002
        if name.partition(".")[0] == "pyarrow":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def preload(modules: Iterable[str]) -> None:
    sys.meta_path.insert(0, _Absent())
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    _find_no_thread_pools()
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # a missing font is no news to anybody
    _warm_up()


def _find_no_thread_pools() -> None:
    """scikit-learn asks for thread pools by way of /proc, which programs cannot read; there is one thread anyway."""
    try:
        controller = importlib.import_module("threadpoolctl").ThreadpoolController
    except ImportError:
        return
    controller._load_libraries = lambda _: None


def data_folders() -> set[str]:
    """Where fonts and matplotlib's own files lie: programs must be able to read them."""
    import matplotlib
    from matplotlib.font_manager import fontManager

    fonts = {os.path.dirname(font.fname) for font in (*fontManager.ttflist, *fontManager.afmlist)}
    return {*fonts, matplotlib.get_data_path(), matplotlib.get_configdir()}


def _warm_up() -> None:
    """Fill the caches that matter: fonts, glyphs, the parser of mathematical text, colour maps, tick locators."""
    import matplotlib.pyplot as plt
    from matplotlib.font_manager import FontProperties, findfont

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure, ((first, second), (third, fourth)) = plt.subplots(2, 2)
        first.bar(["a", "b"], [1, 2], label="$x^2$")
        first.legend(title="title")
        second.semilogy([1, 10, 100], label="line")
        second.grid(True)
        third.pie([1, 2], labels=["a", "b"], autopct="%1.1f%%")
        figure.colorbar(fourth.imshow([[1, 2], [3, 4]]))
        figure.suptitle("Title", fontsize=16, fontweight="bold", fontstyle="italic")
        figure.tight_layout()
        figure.savefig(io.BytesIO(), format="png")
    plt.close("all")
    for size in range(6, 25):  # the search for a font is cached by its properties
        for weight in ("normal", "bold"):
            findfont(FontProperties(size=size, weight=weight))
