"""STUB until the real reader of figures lands; its owner replaces this file. Contract with the sandbox's child:

install() -> Trace         once, in the zygote, after pyplot is imported and before any program
trace.figures              every Figure made since, in order (strong references, so that close() loses nothing)
trace.final = figure       set by the sandbox just before collect(): the figure that counts
collect(trace) -> dict     bounded, JSON-able; called right after figure.canvas.draw() of trace.final (canvas is
                           FigureCanvasAgg, drawn once: take text boxes with its renderer, do not draw again);
                           may be called again for another figure of the same program
facts_from_json(dict) -> FigureFacts    on the host; input untrusted: raise ValueError/KeyError/TypeError when malformed
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from model.records import FigureFacts


@dataclass
class Trace:
    figures: list[Any] = field(default_factory=list)
    final: Any = None


def install() -> Trace:
    from matplotlib.figure import Figure

    trace = Trace()
    original = Figure.__init__

    def remember(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        trace.figures.append(self)

    Figure.__init__ = remember  # type: ignore[method-assign]
    return trace


def collect(trace: Trace) -> dict[str, Any]:
    width, height = trace.final.canvas.get_width_height()
    return {"width_px": width, "height_px": height}


def facts_from_json(data: dict[str, Any]) -> FigureFacts:
    return FigureFacts(int(data["width_px"]), int(data["height_px"]), (), (), (), {}, {})
