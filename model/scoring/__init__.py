"""Scores of an execution: named components in [0, 1], None where a component cannot be judged.

    score_against(reference, execution)   with reference facts: ChartMimic's four F1, data accuracy, visual similarity
    score_picture(chart, execution)       with nothing but the picture and what OCR read in it
    low_level(score)                      ChartMimic's low-level score
    differences(chart, execution, score)  what to change, in words

A program that did not run scores 0 in every component that its chart could be judged by. Pure functions. Facts, not
prices: training/rewards.py weighs them. Leaves out: running programs, reading text in pictures (model/ocr.py).
"""

from __future__ import annotations

from model.records import Chart, Execution, FigureFacts, Pixels, Score
from model.scoring.colour import colour_f1, palette_similarity
from model.scoring.data import data_accuracy, has_data
from model.scoring.differences import differences
from model.scoring.kind import kind_f1, kind_similarity
from model.scoring.layout import layout_f1
from model.scoring.panels import panel_similarity
from model.scoring.text import compare_with_picture, text_f1
from model.scoring.visual import visual_similarity

__all__ = ["differences", "low_level", "score_against", "score_picture"]


def score_against(reference: FigureFacts, candidate: Execution, reference_pixels: Pixels | None = None) -> Score:
    """Compare with the facts of a reference program, or with published reference facts (no axes: data is not judged).

    Text, layout, kind and colour follow ChartMimic (arXiv 2406.09961) exactly, except that a component for which the
    reference and the candidate both have nothing is None here and 0 there; `low_level` counts it as 0.
    """
    facts, pixels = candidate.facts, candidate.pixels
    if not candidate.outcome.ran or facts is None:
        return _failed(data=has_data(reference), visual=reference_pixels is not None)
    seen = reference_pixels is not None and pixels is not None
    return Score(
        execution=1.0,
        text=text_f1(reference.strings(), facts.strings()),
        layout=layout_f1(reference, facts),
        kind=kind_f1(reference.types, facts.types),
        colour=colour_f1(reference.colours, facts.colours),
        data=data_accuracy(reference, facts),
        visual=visual_similarity(reference_pixels, pixels) if seen else None,  # type: ignore[arg-type]
    )


def score_picture(chart: Chart, execution: Execution) -> Score:
    """Compare with the picture alone: what OCR read, the palette, the panels where they can be seen, what kinds
    they seem to be of, the look. Data is not judged: a picture does not say it. Nor is text when OCR read nothing.
    """
    facts, pixels = execution.facts, execution.pixels
    if not execution.outcome.ran or facts is None or pixels is None:
        return Score(execution=0.0, text=0.0, layout=None, kind=None, colour=0.0, data=None, visual=0.0)
    return Score(
        execution=1.0,
        text=compare_with_picture(chart.hints.texts, facts).score if chart.hints.texts else None,
        layout=panel_similarity(chart.pixels, facts, pixels),
        kind=kind_similarity(chart.pixels, facts, pixels),
        colour=palette_similarity(chart.pixels, pixels),
        visual=visual_similarity(chart.pixels, pixels),
    )


def low_level(score: Score) -> float:
    """Mean of the four F1 (text, layout, kind, colour); one that could not be judged counts 0, as ChartMimic has it."""
    return sum(value or 0.0 for value in (score.text, score.layout, score.kind, score.colour)) / 4


def _failed(*, data: bool, visual: bool) -> Score:
    return Score(0.0, 0.0, 0.0, 0.0, 0.0, 0.0 if data else None, 0.0 if visual else None)
