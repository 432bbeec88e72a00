"""What each text of a picture is for: ticks, labels, titles, legends, by where it stands to the panels.

A text outside of all panels belongs to the side of the panel that it is nearest to; there the first row or column are
ticks, the next is the label, and above a panel stands its title. Leaves out: where the panels are (model/frames.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from model.boxes import Box, common
from model.frames import Found, Panel
from model.legends import Legend, is_number
from model.records import TextBox

Texts = Sequence[TextBox]


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


def assign(found: Found, texts: Texts, legends: Sequence[Legend]) -> Assigned:
    """A role for each text; every index appears once."""
    return _Assigner(found, texts, legends).assigned()


class _Assigner:
    def __init__(self, found: Found, texts: Texts, legends: Sequence[Legend]) -> None:
        self.found, self.texts, self.legends = found, texts, legends
        self.panels = found.panels
        self.roles = [Roles() for _ in self.panels]
        self.free = set(range(len(texts)))
        self.others: list[int] = []
        self.title: list[int] = []

    def assigned(self) -> Assigned:
        for index, panel in enumerate(self.panels):
            if panel.inset:
                self._ticks(index)
        self._legends()
        self._colorbars()
        self._inside()
        for index, panel in enumerate(self.panels):
            if not panel.inset and not panel.round:
                self._ticks(index)
        self._around_round()
        self._second_ticks()
        self._labels()
        self._titles()
        self.others += sorted(self.free)
        return Assigned(self.roles, self.title, self.others)

    def _take(self, chosen: Sequence[int]) -> list[int]:
        self.free -= set(chosen)
        return list(chosen)

    # ------------------------------------------------------------------ legends, colour bars, inside

    def _legends(self) -> None:
        for legend in self.legends:
            entries = [entry for entry in legend.entries if entry[0] in self.free]
            if not entries or self._on_pie(legend):
                continue
            panel = min(range(len(self.panels)), key=lambda i: (_gap(self.panels[i].box, legend.box), i))
            self.roles[panel].legend += entries
            self._take([text for text, _ in entries])
            self._legend_title(legend)

    def _on_pie(self, legend: Legend) -> bool:
        """Numbers on a pie are its shares, whatever wedge stands left of them."""
        around = any(panel.round and common(panel.box, legend.box) for panel in self.panels)
        return around and all(is_number(self.texts[text].text) for text, _ in legend.entries)

    def _legend_title(self, legend: Legend) -> None:
        size = self._size(legend.entries[0][0])
        for i in list(self.free):
            text = self.texts[i]
            middle = (text.x0 + text.x1) / 2
            if legend.box[0] <= middle <= legend.box[2] and 0 <= legend.box[1] - text.y1 + 2 <= 0.8 * size:
                inside = any(_inside(panel.box, text) for panel in self.panels)
                if inside or (len(legend.entries) > 1 and text.x0 >= legend.box[0] - size):
                    self.others += self._take([i])

    def _colorbars(self) -> None:
        for bar in self.found.colorbars:
            upright = bar[3] - bar[1] > bar[2] - bar[0]
            panel = min(range(len(self.panels)), key=lambda i: _gap(self.panels[i].box, bar))
            ticks = self._beside(bar) if upright else self._row(bar, below=True) or self._row(bar, below=False)
            roles = self.roles[panel]
            if roles.colorbar is not None:
                continue
            roles.colorbar = bar
            roles.right_ticks = self._take(ticks)
            roles.right_label = self._take(self._bar_label(bar, ticks, upright))

    def _bar_label(self, bar: Box, ticks: Sequence[int], upright: bool) -> list[int]:
        edge = max(
            (self.texts[i].x1 if upright else self.texts[i].y1 for i in ticks), default=bar[2] if upright else bar[3]
        )
        for i in sorted(self.free):
            text = self.texts[i]
            size = self._size(i)
            middle = (text.y0 + text.y1) / 2 if upright else (text.x0 + text.x1) / 2
            low, high = (bar[1], bar[3]) if upright else (bar[0], bar[2])
            start = text.x0 if upright else text.y0
            if (
                text.vertical == upright
                and abs(middle - (low + high) / 2) < 0.2 * (high - low)
                and -3 <= start - edge <= 2 * size
            ):
                return [i]
        return []

    def _inside(self) -> None:
        order = sorted(range(len(self.panels)), key=lambda i: not self.panels[i].inset)
        for i in sorted(self.free):
            for index in order:
                if _inside(self.panels[index].box, self.texts[i]):
                    self.roles[index].inside += self._take([i])
                    break

    def _around_round(self) -> None:
        """Names of wedges and spokes stand around a round panel, no farther than their own height or so."""
        for index, panel in enumerate(self.panels):
            if not panel.round:
                continue
            x0, y0, x1, y1 = panel.box
            radius, cx, cy = max(x1 - x0, y1 - y0) / 2, (x0 + x1) / 2, (y0 + y1) / 2
            for i in sorted(self.free):
                text = self.texts[i]
                near_x, near_y = min(max(cx, text.x0), text.x1), min(max(cy, text.y0), text.y1)
                distance = ((near_x - cx) ** 2 + (near_y - cy) ** 2) ** 0.5
                above = (
                    text.y1 <= y0
                    and abs((text.x0 + text.x1) / 2 - cx) < 0.15 * radius
                    and text.x1 - text.x0 > 0.8 * radius
                )
                if distance <= 1.3 * radius + self._size(i) and not above:
                    self.roles[index].inside += self._take([i])

    # ------------------------------------------------------------------ ticks

    def _ticks(self, index: int) -> None:
        box = self.panels[index].box
        roles = self.roles[index]
        roles.y_ticks = self._take(self._column(box, index))
        roles.x_ticks = self._take(self._row(box, below=True))
        if not roles.x_ticks:
            roles.x_ticks = self._take(self._row(box, below=False))

    def _second_ticks(self) -> None:
        for index, panel in enumerate(self.panels):
            roles = self.roles[index]
            if panel.round or panel.inset or roles.colorbar is not None:
                continue
            ticks = self._beside(panel.box)
            if len(ticks) >= 2:
                roles.right_ticks = self._take(ticks)

    def _row(self, box: Box, below: bool) -> list[int]:
        """The row of texts next to a box's bottom or top: their near edges are level, whatever their angle."""
        near = []
        for i in sorted(self.free):
            text = self.texts[i]
            size = self._size(i)
            gap = text.y0 - box[3] if below else box[1] - text.y1
            anchor = (text.x0 + text.x1) / 2 if not self._slanted(i) else text.x1
            if -0.4 * size <= gap <= 2.2 * size and box[0] - 1.5 * size <= anchor <= box[2] + 1.5 * size:
                near.append((gap, i))
        if not near:
            return []
        first = min(gap for gap, _ in near)
        row = [i for gap, i in near if gap - first <= 0.7 * self._size(i)]
        if len(row) == 1 and not self._lone_tick(row[0], box):
            return []
        if not below and not self._many(row):
            return []
        return sorted(row, key=lambda i: self.texts[i].x0 + self.texts[i].x1)

    def _lone_tick(self, i: int, box: Box) -> bool:
        """A single text below a panel is a tick when it is a number or stands off the middle, else a label."""
        text = self.texts[i]
        off = abs((text.x0 + text.x1) / 2 - (box[0] + box[2]) / 2)
        return is_number(text.text) or off > 0.12 * (box[2] - box[0])

    def _many(self, row: Sequence[int]) -> bool:
        """Above a panel only a row of several texts is one of ticks: titles stand there."""
        upright = sum(self.texts[i].vertical for i in row)
        numbers = sum(is_number(self.texts[i].text) for i in row)
        return len(row) >= 3 or (len(row) == 2 and max(upright, numbers) == 2)

    def _column(self, box: Box, index: int) -> list[int]:
        """The texts that end right left of a box, from the bottom up."""
        near = []
        for i in sorted(self.free):
            text = self.texts[i]
            size = self._size(i)
            gap = box[0] - text.x1
            level = box[1] - 0.7 * size <= (text.y0 + text.y1) / 2 <= box[3] + 0.7 * size
            if level and -0.5 * size <= gap <= 2.5 * size and not self._nearer(i, index, gap):
                near.append((gap, i))
        upright = [i for _, i in near if self.texts[i].vertical and len(self.texts[i].text) > 1]
        if len(near) - len(upright) >= 1:
            near = [(gap, i) for gap, i in near if i not in upright]
        elif len(upright) < 2:
            return []
        first = min((gap for gap, _ in near), default=0.0)
        chosen = [i for gap, i in near if gap - first <= 1.2 * self._size(i)]
        return sorted(chosen, key=lambda i: -(self.texts[i].y0 + self.texts[i].y1))

    def _beside(self, box: Box) -> list[int]:
        """The texts that start right of a box, from the bottom up."""
        near = []
        for i in sorted(self.free):
            text = self.texts[i]
            size = self._size(i)
            gap = text.x0 - box[2]
            level = box[1] - 0.8 * size <= (text.y0 + text.y1) / 2 <= box[3] + 0.8 * size
            if level and -0.5 * size <= gap <= 2.5 * size and (not text.vertical or is_number(text.text)):
                near.append((gap, i))
        first = min((gap for gap, _ in near), default=0.0)
        chosen = [i for gap, i in near if gap - first <= 0.9 * self._size(i)]
        return sorted(chosen, key=lambda i: -(self.texts[i].y0 + self.texts[i].y1))

    def _nearer(self, i: int, index: int, gap: float) -> bool:
        """Whether a text starts nearer to the right side of another panel: it is a tick of a second axis there."""
        text = self.texts[i]
        for other, panel in enumerate(self.panels):
            box = panel.box
            if other != index and box[1] <= (text.y0 + text.y1) / 2 <= box[3] and 0 <= text.x0 - box[2] < 0.6 * gap:
                return True
        return False

    # ------------------------------------------------------------------ labels and titles

    def _labels(self) -> None:
        for index, panel in enumerate(self.panels):
            if panel.inset:
                continue
            roles = self.roles[index]
            roles.x_label = self._take(self._below(panel.box, roles))
            roles.y_label = self._take(self._upright(panel.box, roles.y_ticks, left=True))
        for panel, roles in zip(self.panels, self.roles, strict=True):
            if not panel.inset and not roles.right_label:
                roles.right_label = self._take(self._upright(panel.box, roles.right_ticks, left=False))

    def _below(self, box: Box, roles: Roles) -> list[int]:
        ticks = [i for i in roles.x_ticks if self.texts[i].y0 >= box[3] - 3]
        edge = max((self.texts[i].y1 for i in ticks), default=box[3])
        floor = min(
            (other.box[1] for other in self.panels if other.box[1] > box[3] and _beside_x(other.box, box)), default=1e9
        )
        near = []
        for i in sorted(self.free):
            text = self.texts[i]
            middle = (text.x0 + text.x1) / 2
            gap = text.y0 - edge
            if (
                text.vertical
                or text.y1 > floor
                or not -0.6 * self._size(i) <= gap <= 3 * self._size(i) + 0.03 * (box[3] - box[1])
            ):
                continue
            if abs(middle - (box[0] + box[2]) / 2) <= 0.1 * (box[2] - box[0]) + 4 and not self._is_title_below(i, box):
                near.append(i)
        return self._lines(near, from_top=True)

    def _is_title_below(self, i: int, box: Box) -> bool:
        """Whether a text between two panels stands nearer to the lower one, whose title it is then."""
        text = self.texts[i]
        lower = [other.box[1] for other in self.panels if other.box[1] > box[3] and _beside_x(other.box, box)]
        if not lower:
            return False
        gap = min(lower) - text.y1
        return gap < 1.3 * self._size(i) and text.y0 - box[3] > gap + 0.8 * self._size(i)

    def _upright(self, box: Box, ticks: Sequence[int], left: bool) -> list[int]:
        edges = [self.texts[i].x0 if left else self.texts[i].x1 for i in ticks]
        edge = min(edges, default=box[0]) if left else max(edges, default=box[2])
        near = []
        for i in sorted(self.free):
            text = self.texts[i]
            if not text.vertical:
                continue
            gap = edge - text.x1 if left else text.x0 - edge
            middle = (text.y0 + text.y1) / 2
            if -0.6 * self._size(i) <= gap <= 3.5 * self._size(i) and box[1] <= middle <= box[3]:
                near.append((gap, i))
        near.sort()
        if not near:
            return []
        first = near[0][0]
        return sorted((i for gap, i in near if gap - first <= 1.8 * self._size(i)), key=lambda i: self.texts[i].x0)[:2]

    def _titles(self) -> None:
        for index, panel in enumerate(self.panels):
            if not panel.inset:
                self.roles[index].title = self._take(self._above(index, panel))
        self._figure_title()

    def _above(self, index: int, panel: Panel) -> list[int]:
        box, roles = panel.box, self.roles[index]
        ticks = [i for i in (*roles.x_ticks, *(roles.inside if panel.round else ())) if self.texts[i].y1 <= box[1] + 3]
        edge = min((self.texts[i].y0 for i in ticks), default=box[1])
        width = box[2] - box[0]
        near = []
        for i in sorted(self.free):
            text = self.texts[i]
            middle = (text.x0 + text.x1) / 2
            gap = edge - text.y1
            ceiling = max(
                (other.box[3] for other in self.panels if other.box[3] < box[1] and _beside_x(other.box, box)),
                default=-1e9,
            )
            centred = abs(middle - (box[0] + box[2]) / 2) <= 0.06 * width + 4
            flush = abs(text.x0 - box[0]) <= 6 or abs(text.x1 - box[2]) <= 6
            if (
                not text.vertical
                and text.y0 > ceiling - 2
                and -0.6 * self._size(i) <= gap <= 4 * self._size(i)
                and (centred or flush)
            ):
                near.append(i)
        return self._lines(near, from_top=False)

    def _lines(self, near: Sequence[int], from_top: bool) -> list[int]:
        """The first line and those that follow it closely in the same size, from the top down."""
        ordered = sorted(near, key=lambda i: self.texts[i].y0 if from_top else -self.texts[i].y1)
        lines: list[int] = []
        for i in ordered:
            if lines and not self._follows(lines[-1], i):
                break
            lines.append(i)
        return sorted(lines[:3], key=lambda i: self.texts[i].y0)

    def _follows(self, one: int, other: int) -> bool:
        a, b = self.texts[one], self.texts[other]
        size = min(self._size(one), self._size(other))
        gap = max(a.y0, b.y0) - min(a.y1, b.y1)
        alike = max(self._size(one), self._size(other)) <= 1.3 * size
        return alike and gap <= 0.75 * size and min(a.x1, b.x1) > max(a.x0, b.x0)

    def _figure_title(self) -> None:
        """The line above all panels' titles that is centred on them all or on the picture."""
        boxes = [panel.box for panel in self.panels]
        top = min(box[1] for box in boxes)
        left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        near = []
        for i in sorted(self.free):
            text = self.texts[i]
            middle = (text.x0 + text.x1) / 2
            centred = abs(middle - (left + right) / 2) <= 0.12 * (right - left) + 4
            if not text.vertical and text.y1 <= top + 2 and centred:
                near.append(i)
        self.title = self._take(self._lines(near, from_top=True))

    # ------------------------------------------------------------------ measures

    def _size(self, i: int) -> float:
        """The height of a text's letters in pixels."""
        text = self.texts[i]
        width, height = text.x1 - text.x0, text.y1 - text.y0
        if text.vertical:
            return max(width, 4.0)
        return max(min(height, 24.0 if self._slanted(i) else height), 4.0)

    def _slanted(self, i: int) -> bool:
        text = self.texts[i]
        width, height = text.x1 - text.x0, text.y1 - text.y0
        return not text.vertical and len(text.text) > 3 and height > 0.5 * width and height > 20


def _inside(box: Box, text: TextBox) -> bool:
    middle_x, middle_y = (text.x0 + text.x1) / 2, (text.y0 + text.y1) / 2
    return box[0] < middle_x < box[2] and box[1] < middle_y < box[3]


def _beside_x(one: Box, other: Box) -> bool:
    """Whether two boxes share most of their horizontal extent."""
    return min(one[2], other[2]) - max(one[0], other[0]) > 0.3 * min(one[2] - one[0], other[2] - other[0])


def _gap(one: Box, other: Box) -> float:
    """The distance of two boxes in pixels; 0 when they overlap."""
    across = max(one[0] - other[2], other[0] - one[2], 0.0)
    down = max(one[1] - other[3], other[1] - one[3], 0.0)
    return float((across**2 + down**2) ** 0.5)
