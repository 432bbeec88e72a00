"""What each text of a picture is for: ticks, labels, titles, legends, by where it stands to the panels.

Legends go first, then colour bars with their ticks, what stands inside of panels, ticks (model/ticks.py), titles, and
labels last, each from the texts that are still free. Measures are in pixels.
Leaves out: where the panels are (model/frames.py), which texts have a sample (model/legends.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from model.boxes import Box, above_each_other, common, distance, holds, union
from model.frames import Found, Panel
from model.legends import Legend
from model.records import TextBox
from model.ticks import Lettering, beside, column, row

NOWHERE = 1e9


@dataclass
class Roles:
    """Indices of the texts of one panel by their role."""

    x_ticks: list[int] = field(default_factory=list)
    y_ticks: list[int] = field(default_factory=list)
    right_ticks: list[int] = field(default_factory=list)
    title: list[int] = field(default_factory=list)
    x_label: list[int] = field(default_factory=list)
    y_label: list[int] = field(default_factory=list)
    right_label: list[int] = field(default_factory=list)
    legend: list[tuple[int, int | None]] = field(default_factory=list)
    inside: list[int] = field(default_factory=list)
    colorbar: Box | None = None


@dataclass
class Assigned:
    """Roles of each panel's texts, the figure's title, and the rest."""

    panels: list[Roles]
    title: list[int]
    others: list[int]


def assign(found: Found, texts: Sequence[TextBox], legends: Sequence[Legend]) -> Assigned:
    """A role for each text; every index appears once."""
    return _Assigner(found, texts, legends).assigned()


class _Assigner:
    def __init__(self, found: Found, texts: Sequence[TextBox], legends: Sequence[Legend]) -> None:
        self.found, self.legends = found, legends
        self.letters = Lettering(texts)
        self.panels = found.panels
        self.boxes = [panel.box for panel in found.panels]
        self.roles = [Roles() for _ in self.panels]
        self.free = set(range(len(texts)))
        self.others: list[int] = []
        self.title: list[int] = []

    def assigned(self) -> Assigned:
        square = [i for i, panel in enumerate(self.panels) if not panel.round and not panel.inset]
        self._ticks([i for i, panel in enumerate(self.panels) if panel.inset])
        self._legends()
        self._colorbars()
        self._inside()
        self._ticks(square)
        self._around_round()
        self._second_ticks(square)
        self._titles()
        self._figure_title()
        self._labels()
        return Assigned(self.roles, self.title, self.others + sorted(self.free))

    def _take(self, chosen: Sequence[int]) -> list[int]:
        self.free -= set(chosen)
        return list(chosen)

    def _main(self) -> list[tuple[Panel, Roles]]:
        """Panels that are no insets, with their roles."""
        pairs = zip(self.panels, self.roles, strict=True)
        return [(panel, roles) for panel, roles in pairs if not panel.inset]

    # ------------------------------------------------------------------ legends, colour bars, inside

    def _legends(self) -> None:
        for legend in self.legends:
            entries = [entry for entry in legend.entries if entry[0] in self.free]
            if not entries or self._on_pie(legend):
                continue
            nearest = min(range(len(self.boxes)), key=lambda i: (distance(self.boxes[i], legend.box), i))
            self.roles[nearest].legend += entries
            self._take([text for text, _ in entries])
            self.others += self._take(self._legend_title(legend))

    def _on_pie(self, legend: Legend) -> bool:
        """Numbers on a pie are its shares, whatever wedge stands left of them."""
        around = any(panel.round and common(panel.box, legend.box) for panel in self.panels)
        return around and self.letters.numbers(text for text, _ in legend.entries) == len(legend.entries)

    def _legend_title(self, legend: Legend) -> list[int]:
        """The text right above the entries, unless it is one of a row, as the ticks above a legend below a panel."""
        size = self.letters.sizes[legend.entries[0][0]]
        found = []
        for i in sorted(self.free):
            gap = legend.box[1] - self.letters.boxes[i][3]
            over = legend.box[0] <= self.letters.middles[i][0] <= legend.box[2] and -2 <= gap <= 0.8 * size
            within = any(holds(box, self.letters.boxes[i]) for box in self.boxes)
            if over and (within or (len(legend.entries) > 1 and self.letters.boxes[i][0] >= legend.box[0] - size)):
                found += [] if not within and self._in_row(i) else [i]
        return found

    def _in_row(self, one: int) -> bool:
        """Whether another text stands level with it."""
        level, size = self.letters.middles[one][1], self.letters.sizes[one]
        return any(i != one and abs(self.letters.middles[i][1] - level) < 0.3 * size for i in self.free)

    def _colorbars(self) -> None:
        for bar in self.found.colorbars:
            roles = self.roles[min(range(len(self.boxes)), key=lambda i: distance(self.boxes[i], bar))]
            if roles.colorbar is not None:
                continue
            upright = bar[3] - bar[1] > bar[2] - bar[0]
            if upright:
                ticks = beside(self.letters, self.free, bar)
            else:
                ticks = row(self.letters, self.free, bar, below=True) or row(self.letters, self.free, bar, below=False)
            roles.colorbar = bar
            roles.right_ticks = self._take(ticks)
            roles.right_label = self._take(self._bar_label(bar, ticks, upright))

    def _bar_label(self, bar: Box, ticks: Sequence[int], upright: bool) -> list[int]:
        """The text along a colour bar, beyond its ticks."""
        along, across = (1, 0) if upright else (0, 1)
        edge = max((self.letters.boxes[i][across + 2] for i in ticks), default=bar[across + 2])
        length = bar[along + 2] - bar[along]
        for i in sorted(self.free):
            off = abs(self.letters.middles[i][along] - (bar[along] + bar[along + 2]) / 2)
            gap = self.letters.boxes[i][across] - edge
            turned = self.letters.texts[i].vertical == upright
            if turned and off < 0.2 * length and -3 <= gap <= 2 * self.letters.sizes[i]:
                return [i]
        return []

    def _inside(self) -> None:
        order = sorted(range(len(self.panels)), key=lambda i: not self.panels[i].inset)
        for i in sorted(self.free):
            holder = next((index for index in order if holds(self.boxes[index], self.letters.boxes[i])), None)
            if holder is not None:
                self.roles[holder].inside += self._take([i])

    def _around_round(self) -> None:
        """Names of wedges and spokes stand around a round panel, no farther than their own height or so."""
        for panel, roles in zip(self.panels, self.roles, strict=True):
            if panel.round:
                near = [i for i in sorted(self.free) if self._names_wedge(panel.box, i)]
                roles.inside += self._take(near)

    def _names_wedge(self, box: Box, i: int) -> bool:
        (cx, cy), radius = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), max(box[2] - box[0], box[3] - box[1]) / 2
        x0, y0, x1, y1 = self.letters.boxes[i]
        near_x, near_y = min(max(cx, x0), x1), min(max(cy, y0), y1)
        reach = ((near_x - cx) ** 2 + (near_y - cy) ** 2) ** 0.5
        title = y1 <= box[1] and abs(self.letters.middles[i][0] - cx) < 0.15 * radius and x1 - x0 > 0.8 * radius
        return reach <= 1.3 * radius + self.letters.sizes[i] and not title

    # ------------------------------------------------------------------ ticks

    def _ticks(self, indices: Sequence[int]) -> None:
        for index in indices:
            box, roles = self.boxes[index], self.roles[index]
            others = [other for other in self.boxes if other is not box]
            roles.y_ticks = self._take(column(self.letters, self.free, box, others))
            roles.x_ticks = self._take(row(self.letters, self.free, box, below=True))
            if not roles.x_ticks:
                roles.x_ticks = self._take(row(self.letters, self.free, box, below=False))

    def _second_ticks(self, indices: Sequence[int]) -> None:
        for index in indices:
            ticks = beside(self.letters, self.free, self.boxes[index])
            if self.roles[index].colorbar is None and len(ticks) >= 2:
                self.roles[index].right_ticks = self._take(ticks)

    # ------------------------------------------------------------------ titles

    def _titles(self) -> None:
        for panel, roles in self._main():
            roles.title = self._take(self._above(panel, roles))

    def _above(self, panel: Panel, roles: Roles) -> list[int]:
        """The lines above a panel that are centred on it or flush with one of its sides."""
        box, boxes = panel.box, self.letters.boxes
        ticks = [i for i in (*roles.x_ticks, *(roles.inside if panel.round else ())) if boxes[i][3] <= box[1] + 3]
        edge = min((boxes[i][1] for i in ticks), default=box[1])
        ceiling = self._floor_above(box)
        near = []
        for i in sorted(self.free):
            size, gap, width = self.letters.sizes[i], edge - boxes[i][3], box[2] - box[0]
            centred = abs(self.letters.middles[i][0] - (box[0] + box[2]) / 2) <= 0.06 * width + 4
            flush = abs(boxes[i][0] - box[0]) <= 6 or abs(boxes[i][2] - box[2]) <= 6
            high = boxes[i][1] > ceiling - 2 and -0.6 * size <= gap <= 4 * size
            if high and (centred or flush) and not self.letters.texts[i].vertical:
                near.append(i)
        lines = self._lines(near, downwards=False)
        if lines and edge - boxes[lines[-1]][3] > boxes[lines[0]][1] - ceiling + 2:
            return []  # nearer to the panel above: its label
        return lines

    def _floor_above(self, box: Box) -> float:
        """Where the ticks of the next panel above end, or that panel itself."""
        edges = [-NOWHERE]
        for panel, roles in self._main():
            if panel.box[3] < box[1] and above_each_other(panel.box, box):
                edges += [panel.box[3], *(self.letters.boxes[i][3] for i in roles.x_ticks)]
        return max(edge for edge in edges if edge < box[1])

    def _lines(self, near: Sequence[int], *, downwards: bool) -> list[int]:
        """The first line and those that follow it closely in its size, from the top down."""
        boxes = self.letters.boxes
        lines: list[int] = []
        for i in sorted(near, key=lambda i: boxes[i][1] if downwards else -boxes[i][3]):
            if lines and not self.letters.follow(lines[-1], i):
                break
            lines.append(i)
        return sorted(lines[:3], key=lambda i: boxes[i][1])

    def _figure_title(self) -> None:
        """The line above all panels that is centred on them all."""
        whole = union(self.boxes)
        near = []
        for i in sorted(self.free):
            off = abs(self.letters.middles[i][0] - (whole[0] + whole[2]) / 2)
            high = self.letters.boxes[i][3] <= whole[1] + 2 and not self.letters.texts[i].vertical
            if high and off <= 0.12 * (whole[2] - whole[0]) + 4:
                near.append(i)
        self.title = self._take(self._lines(near, downwards=True))

    # ------------------------------------------------------------------ labels

    def _labels(self) -> None:
        for panel, roles in self._main():
            roles.x_label = self._take(self._below(panel.box, roles))
            roles.y_label = self._take(self._upright(panel.box, roles.y_ticks, left=True))
        for panel, roles in self._main():
            if not roles.right_label:
                roles.right_label = self._take(self._upright(panel.box, roles.right_ticks, left=False))

    def _below(self, box: Box, roles: Roles) -> list[int]:
        """The lines below a panel's ticks that are centred on it."""
        boxes = self.letters.boxes
        edge = max((boxes[i][3] for i in roles.x_ticks if boxes[i][1] >= box[3] - 3), default=box[3])
        lower = [other[1] for other in self.boxes if other[1] > box[3] and above_each_other(other, box)]
        floor = min(lower, default=NOWHERE)
        near = []
        for i in sorted(self.free):
            size, gap = self.letters.sizes[i], boxes[i][1] - edge
            close = -0.6 * size <= gap <= 3 * size + 0.03 * (box[3] - box[1]) and boxes[i][3] <= floor
            off = abs(self.letters.middles[i][0] - (box[0] + box[2]) / 2)
            if close and off <= 0.1 * (box[2] - box[0]) + 4 and not self.letters.texts[i].vertical:
                near.append(i)
        return self._lines(near, downwards=True)

    def _upright(self, box: Box, ticks: Sequence[int], *, left: bool) -> list[int]:
        """The vertical lines beyond a panel's ticks, from left to right."""
        boxes = self.letters.boxes
        edge = min((boxes[i][0] for i in ticks), default=box[0]) if left else 0.0
        edge = edge if left else max((boxes[i][2] for i in ticks), default=box[2])
        near = []
        for i in sorted(self.free):
            size = self.letters.sizes[i]
            gap = edge - boxes[i][2] if left else boxes[i][0] - edge
            if self.letters.texts[i].vertical and -0.6 * size <= gap <= 3.5 * size:
                near += [(gap, i)] if box[1] <= self.letters.middles[i][1] <= box[3] else []
        first = min(near, default=(0.0, 0))[0]
        chosen = [i for gap, i in sorted(near) if gap - first <= 1.8 * self.letters.sizes[i]][:2]
        return sorted(chosen, key=lambda i: boxes[i][0])
