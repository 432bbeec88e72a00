"""Data accuracy: are the drawn numbers right? Relative error with a floor, as in DePlot's RMS (arXiv 2212.10505, 3.2).

A figure's data is, per panel, a set of marks (bars, points, boxes: each a position and values) and of curves (lines,
bands). Two values v (reference) and w are 1 - min(1, |v - w| / scale) alike, where scale is |v| but at least a tenth of
the reference's axis range, so that values near zero are not judged harder than the eye can read, and at most the whole
range, so that a far-off origin (years) does not make every value right. On logarithmic axes the decimal logarithms are
compared. Positions count along each figure's own axis; a tenth of the axis apart is elsewhere.

Marks of one sort are pooled per panel, so that one call with five bars equals five calls. Curves are matched one to one
and compared at each other's positions. Panels are matched one to one; unmatched marks, curves and panels count 0.
Leaves out: rules, spans and shapes that decorate (axhline, fill, ...), and layouts of graphs, which are random.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.records import AxesFacts, FigureFacts, Series
from model.scoring.match import assign, assigned_total, f1

Numbers = NDArray[np.float64]

FLOOR = 0.1  # of the axis range
POSITION_TOLERANCE = 0.1  # of the axis range


@dataclass(frozen=True, slots=True)
class Form:
    """Which roles of a kind of series are its position and its values, and along which axes (x, y, or none)."""

    position: str
    values: tuple[str, ...]
    along: str  # axis of the position; "" counts them
    across: str  # axis of the values; "" takes their own range
    family: str  # marks of one family are pooled
    curve: bool = False


_BOX = Form("", ("low", "q1", "median", "q3", "high"), "", "y", "boxes")
_MESH = Form("", ("z",), "", "", "mesh")
_FORMS = {
    "bar": Form("x", ("height", "bottom"), "x", "y", "bars"),
    "barh": Form("y", ("width", "left"), "y", "x", "lying bars"),
    "hist": Form("edge", ("count",), "x", "y", "histogram"),
    "scatter": Form("x", ("y",), "x", "y", "points"),
    "stem": Form("x", ("y",), "x", "y", "points"),
    "errorbar": Form("x", ("y", "y_low", "y_high", "x_low", "x_high"), "x", "y", "error bars"),
    "pie": Form("", ("fraction",), "", "", "wedges"),
    "squarify": Form("", ("area",), "", "", "tiles"),
    "boxplot": _BOX,
    "violinplot": Form("", ("low", "median", "high"), "", "y", "violins"),
    "plot": Form("x", ("y",), "x", "y", "line", curve=True),
    "fill_between": Form("x", ("y1", "y2"), "x", "y", "band", curve=True),
    "fill_betweenx": Form("y", ("x1", "x2"), "y", "x", "lying band", curve=True),
    "imshow": _MESH,
    "pcolor": _MESH,
    "pcolormesh": _MESH,
    "contour": Form("", ("level",), "", "", "levels"),
    "contourf": Form("", ("level",), "", "", "levels"),
    "quiver": Form("x", ("y", "u", "v"), "x", "y", "arrows"),
    "bar3d": Form("x", ("y", "dz"), "x", "", "solid bars"),
    "plot_surface": Form("", ("z",), "", "", "surface"),
}


@dataclass(frozen=True, slots=True)
class Track:
    """Comparable numbers: `positions` (n,) in shares of the axis, `values` (n, roles), and their range per role."""

    family: str
    positions: Numbers
    values: Numbers
    spans: Numbers  # (roles,)
    curve: bool


def data_accuracy(reference: FigureFacts, candidate: FigureFacts) -> float | None:
    """Share of the data that is right, in [0, 1]; None when the reference draws no data that can be compared."""
    wanted, found = _panels(reference), _panels(candidate)
    if not wanted:
        return None
    similar = np.array([[_panel_similarity(one, other) for other in found] for one in wanted])
    return f1(assigned_total(similar.reshape(len(wanted), len(found))), len(found), len(wanted))


def has_data(facts: FigureFacts) -> bool:
    """Whether the figure draws data that can be compared."""
    return bool(_panels(facts))


def _panels(facts: FigureFacts) -> list[list[Track]]:
    panels = (_tracks(axes) for axes in facts.axes)
    return [panel for panel in panels if panel]


def _tracks(axes: AxesFacts) -> list[Track]:
    tracks = [track for series in axes.series if (track := _track(series, axes)) is not None]
    pooled: dict[tuple[str, int], list[Track]] = {}
    for track in tracks:
        if not track.curve:
            pooled.setdefault((track.family, track.values.shape[1]), []).append(track)
    return [*(track for track in tracks if track.curve), *map(_pool, pooled.values())]


def _pool(tracks: Sequence[Track]) -> Track:
    first = tracks[0]
    if len(tracks) == 1:
        return first
    return Track(
        first.family,
        np.concatenate([track.positions for track in tracks]),
        np.concatenate([track.values for track in tracks]),
        np.max([track.spans for track in tracks], axis=0),
        first.curve,
    )


def _track(series: Series, axes: AxesFacts) -> Track | None:
    """The comparable numbers of one series; None for decoration and for series without a finite point."""
    form = _FORMS.get(series.kind)
    if form is None:
        return None
    roles = [role for role in form.values if series.values.get(role)]
    if not roles:
        return None
    columns = [np.asarray(series.values[role], float) for role in roles]
    count = min(map(len, columns))
    across = _axis(axes, form.across)
    values = np.stack([across.read(column[:count]) for column in columns], axis=1)
    positions = _positions(series, form, axes, count)
    finite = np.isfinite(values).all(axis=1) & np.isfinite(positions[:count])
    if not finite.any():
        return None
    values, positions = values[finite], positions[:count][finite]
    own = np.ptp(values, axis=0) if len(values) > 1 else np.abs(values).max(axis=0)
    spans = np.full(len(roles), across.span) if form.across else np.where(own > 0, own, 1.0)
    return Track(form.family, positions, values, spans, form.curve)


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    read: Callable[[Numbers], Numbers]  # data units to the units that are compared

    @property
    def span(self) -> float:
        return abs(self.high - self.low) or 1.0

    def share(self, numbers: Numbers) -> Numbers:
        """Where numbers lie on the axis: 0 at its start, 1 at its end."""
        step = (self.high - self.low) or 1.0
        return np.asarray((self.read(numbers) - self.low) / step)


def _axis(axes: AxesFacts, name: str) -> _Axis:
    if not name:
        return _Axis(0.0, 1.0, _as_is)
    limits, scale = (axes.x_limits, axes.x_scale) if name == "x" else (axes.y_limits, axes.y_scale)
    read = _logarithm if scale == "log" and min(limits) > 0 else _as_is
    low, high = read(np.array(limits, float))
    return _Axis(float(low), float(high), read)


def _as_is(numbers: Numbers) -> Numbers:
    return numbers


def _logarithm(numbers: Numbers) -> Numbers:
    return np.log10(np.where(numbers > 0, numbers, np.nan))


def _positions(series: Series, form: Form, axes: AxesFacts, count: int) -> Numbers:
    given = np.asarray(series.values.get(form.position, ()), float)
    if form.position == "edge":
        given = (given[1:] + given[:-1]) / 2
    if len(given) < count:
        return np.arange(count) / max(1, count)
    return _axis(axes, form.along).share(given)


def _panel_similarity(reference: list[Track], candidate: list[Track]) -> float:
    similar = np.array([[_track_similarity(one, other) for other in candidate] for one in reference])
    return f1(assigned_total(similar), len(candidate), len(reference))


def _track_similarity(reference: Track, candidate: Track) -> float:
    if reference.family != candidate.family or reference.values.shape[1] != candidate.values.shape[1]:
        return 0.0
    if reference.curve and len(reference.positions) > 1 and len(candidate.positions) > 1:
        return _curves(reference, candidate)
    return _marks(reference, candidate)


def _marks(reference: Track, candidate: Track) -> float:
    """F1 of the best assignment of marks, each as alike as its values, in its place."""
    place = np.abs(reference.positions[:, None] - candidate.positions[None]) / POSITION_TOLERANCE
    alike = _alike(reference.values[:, None], candidate.values[None], reference.spans)
    similar = alike * np.maximum(0, 1 - place)
    shared = sum(similar[pair] for pair in assign(similar))
    return f1(float(shared), len(candidate.positions), len(reference.positions))


def _curves(reference: Track, candidate: Track) -> float:
    """Mean likeness of the values at each other's positions; outside a curve's own reach there is nothing alike."""
    forth = _alike(reference.values, _read_off(candidate, reference.positions), reference.spans)
    back = _alike(_read_off(reference, candidate.positions), candidate.values, reference.spans)
    return float((forth.mean() + back.mean()) / 2)


def _read_off(curve: Track, positions: Numbers) -> Numbers:
    """Values of a curve at other positions, linearly between its points, NaN beyond its ends, shape (n, roles)."""
    order = np.argsort(curve.positions, kind="stable")
    at, slack = curve.positions[order], 0.01
    inside = (positions >= at[0] - slack) & (positions <= at[-1] + slack)
    columns = [np.interp(positions, at, column[order]) for column in curve.values.T]
    return np.where(inside[:, None], np.stack(columns, axis=1), np.nan)


def _alike(reference: Numbers, candidate: Numbers, spans: Numbers) -> Numbers:
    """1 - min(1, relative error), averaged over the last axis (roles); NaN counts 0."""
    scale = np.clip(np.abs(reference), FLOOR * spans, spans)
    error = np.abs(reference - candidate) / scale
    return np.asarray(np.nan_to_num(1 - np.minimum(1, error), nan=0.0).mean(axis=-1))
