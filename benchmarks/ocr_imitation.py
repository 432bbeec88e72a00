"""How training's imitation of OCR compares with real OCR on the same drawn charts, whose texts are known.

    python -m benchmarks.ocr_imitation --count 150

Prints for both, by kind and height of text: how many were lost, merged with a neighbour, and read wrongly; then the
classes of wrong characters, how far boxes are off, and boxes around nothing. A text is found by a box that holds its
centre. Leaves out: what the errors cost a model, and how long reading takes (benchmarks/ocr.py).
"""

from __future__ import annotations

import argparse
import difflib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from model.nano.writer import write
from model.ocr import TextReader
from model.records import TextBox
from training.synthesis import looks
from training.synthesis.charts import ChartSampler
from training.synthesis.draw import Drawing, Undrawable, draw
from training.synthesis.ocrlike import Habits, marks, misread, plain, slanted, true_texts
from training.synthesis.tables import Tables
from training.synthesis.weather import weathered

FIRST_SEED = 3_000_000
AROUND_PX = 2.0
Edges = tuple[float, float, float, float]


@dataclass
class Tally:
    """What became of the texts of one group; `offsets` are of the sides left, top, right and bottom."""

    texts: int = 0
    lost: int = 0
    merged: int = 0
    wrong: int = 0
    offsets: list[Edges] = field(default_factory=list)

    def row(self, name: str) -> str:
        read = max(self.texts - self.lost - self.merged, 1)
        shares = (self.lost / max(self.texts, 1), self.merged / max(self.texts, 1), self.wrong / read)
        return f"  {name:12}{self.texts:6}" + "".join(f"{share:10.1%}" for share in shares)


@dataclass
class Comparison:
    """Everything counted for one reader."""

    groups: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    classes: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    extra: int = 0
    upright: int = 0  # vertical texts that were read as if they were not

    def add(self, truths: Sequence[TextBox], found: Sequence[TextBox]) -> None:
        held = [[index for index, truth in enumerate(truths) if _holds(box, truth)] for box in found]
        self.extra += sum(not inside for inside in held)
        alone = {inside[0]: box for inside, box in zip(held, found, strict=True) if len(inside) == 1}
        together = {index for inside in held if len(inside) > 1 for index in inside}
        for index, truth in enumerate(truths):
            for group in groups_of(truth):
                self._count(self.groups[group], truth, alone.get(index), index in together)
            if index in alone:
                self._compare(truth, alone[index])

    def _count(self, tally: Tally, truth: TextBox, box: TextBox | None, together: bool) -> None:
        tally.texts += 1
        if box is None:
            tally.merged += together
            tally.lost += not together
            return
        tally.wrong += box.text != wanted(truth)
        tally.offsets.append((box.x0 - truth.x0, box.y0 - truth.y0, box.x1 - truth.x1, box.y1 - truth.y1))

    def _compare(self, truth: TextBox, box: TextBox) -> None:
        self.characters += len(wanted(truth))
        self.classes.update(errors(wanted(truth), box.text))
        self.upright += truth.vertical and not box.vertical

    def lines(self, charts: int) -> Iterator[str]:
        yield f"  {'':12}{'texts':>6}{'lost':>10}{'merged':>10}{'wrong':>10}"
        yield from (self.groups[name].row(name) for name in GROUPS if name in self.groups)
        for name in ("all", "vertical"):
            sides = np.array(self.groups[name].offsets or [(0, 0, 0, 0)])
            middle, spread = (
                np.median(sides, axis=0),
                np.percentile(np.abs(sides - np.median(sides, axis=0)), 68, axis=0),
            )
            off = ", ".join(f"{a:+.1f} ± {b:.1f}" for a, b in zip(middle, spread, strict=True))
            yield f"  boxes of {name} texts are off at the left, top, right, bottom by {off} px"
        rates = ", ".join(f"{name} {1000 * n / self.characters:.2f}" for name, n in self.classes.most_common())
        yield f"  errors in 1000 characters: {rates}"
        yield f"  boxes around nothing: {self.extra / charts:.2f} a chart; vertical texts read as level: {self.upright}"


GROUPS = ("all", "under 8 px", "8 to 12 px", "12 to 16 px", "over 16 px", "level", "vertical", "slanted", "one letter",
          "formula", "number", "word")  # fmt: skip


def groups_of(truth: TextBox) -> Iterator[str]:
    """Groups that a text belongs to: by height of its line, by direction, by what it says."""
    height = min(truth.x1 - truth.x0, truth.y1 - truth.y0)
    yield "all"
    if slanted(truth):
        yield "slanted"
    elif len(truth.text) > 1:
        yield next(name for name, most in zip(GROUPS[1:5], (8, 12, 16, 1e9), strict=True) if height < most)
        yield "vertical" if truth.vertical else "level"
    if len(truth.text) == 1:
        yield "one letter"
    elif "$" in truth.text:
        yield "formula"
    else:
        yield "number" if any(map(str.isdigit, truth.text)) and not any(map(str.isalpha, truth.text)) else "word"


def wanted(truth: TextBox) -> str:
    return plain(truth.text).replace("\u2212", "-").strip()


def errors(true: str, read: str) -> Iterator[str]:
    """The class of each wrong character."""
    for how, i0, i1, j0, j1 in difflib.SequenceMatcher(None, true, read, autojunk=False).get_opcodes():
        if how == "insert":
            yield from ("space added" if letter == " " else "added" for letter in read[j0:j1])
        elif how != "equal":
            yield from (_class(letter) + (" lost" if how == "delete" else "") for letter in true[i0:i1])


def _class(letter: str) -> str:
    if letter == " ":
        return "space"
    return "digit" if letter.isdigit() else "letter" if letter.isascii() and letter.isalpha() else (
        "sign" if letter.isascii() else "other alphabet"
    )  # fmt: skip


def _holds(box: TextBox, truth: TextBox) -> bool:
    x, y = (truth.x0 + truth.x1) / 2, (truth.y0 + truth.y1) / 2
    return box.x0 - AROUND_PX < x < box.x1 + AROUND_PX and box.y0 - AROUND_PX < y < box.y1 + AROUND_PX


def charts(count: int) -> Iterator[tuple[int, Drawing]]:
    """Charts as training shows them, weather included, with their seeds."""
    sampler, seed = ChartSampler(Tables("train")), FIRST_SEED
    while count:
        rng = np.random.default_rng(seed)
        spec, _ = sampler.sample(rng)
        try:
            shown, _ = weathered(draw(looks.dress(write(spec), looks.sample(rng))), spec, rng)
            yield seed, shown
            count -= 1
        except Undrawable:
            pass
        seed += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=150, help="charts to draw")
    count = parser.parse_args().count
    reader, real, imitated = TextReader(), Comparison(), Comparison()
    for seed, shown in charts(count):
        truths = true_texts(shown.facts)
        real.add(truths, [replace(box, text=box.text.replace("\u2212", "-")) for box in reader.read(shown.pixels)])
        rng = np.random.default_rng((seed, 3))
        habits = Habits.sample(rng)
        read = [box for box in misread(truths, rng, habits) if box is not None]
        imitated.add(truths, [*read, *marks(shown.facts, rng, habits.marks)])
    for name, comparison in (("real OCR", real), ("imitation", imitated)):
        print("\n".join([f"{name}, {count} charts", *comparison.lines(count)]), flush=True)


if __name__ == "__main__":
    main()
