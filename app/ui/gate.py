"""What the gate said of a version: its decision, each condition in plain words, and the figures behind it.

Pure functions from a report to HTML. Leaves out: judging (training/gate.py), whose figures these are.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from app.ui import text_models
from app.ui.curve import reliability_html
from app.ui.markup import icon
from model.records import JsonDict
from storage.records import Decision, GateReport, ModelVersion, VersionState

MARKS = {True: ("check", "cl-passed"), False: ("cross", "cl-failed"), None: ("question", "cl-unknown")}


def gate_html(report: GateReport | None, against: ModelVersion | None, state: VersionState) -> str:
    """`against` is the version that it was compared with, `state` what it is now."""
    if report is None:
        return f'<h3>{text_models.GATE}</h3><p class="cl-note">{text_models.NO_REPORT}</p>'
    conditions = report.figures.get("conditions", [])
    compared = text_models.DECISION_AGAINST.format(version=escape(against.label)) if against else ""
    waits = f" {text_models.WAITS_FOR_YES}" if state is VersionState.CANDIDATE else ""
    return (
        f'<h3>{text_models.GATE}</h3><p class="cl-decision"><strong class="{_look(report)}">'
        f"{text_models.DECISION[report.decision, report.passed]}</strong> {_sentence(report.reason)}{waits}"
        f' <span class="cl-note">{compared}</span></p>'
        f'<ul class="cl-conditions">{"".join(map(_condition, conditions))}</ul>'
        f"{_figures(conditions)}{_reliability(report.figures)}"
    )


def _look(report: GateReport) -> str:
    refused = report.decision is Decision.REFUSED
    return "cl-passed" if report.passed else "cl-failed" if refused else "cl-unknown"


def _sentence(words: str) -> str:
    """A reason as the gate writes it, which begins with a small letter and ends without a stop."""
    return escape(f"{words[:1].upper()}{words[1:]}.") if words else ""


def _condition(condition: JsonDict) -> str:
    picture, look = MARKS[condition["passed"]]
    title, says = escape(_title(condition)), _sentence(condition["says"])
    return (
        f'<li class="{look}">{icon(picture)}<span class="cl-hidden">{text_models.PASSED[condition["passed"]]}:</span>'
        f'<span><b>{title}</b><span class="cl-note">{says}</span></span></li>'
    )


def _title(condition: JsonDict) -> str:
    name = str(condition["name"])
    return text_models.CONDITIONS.get(name, name)


def _figures(conditions: list[JsonDict]) -> str:
    """Every paired comparison as a row: how many charts, the change, where resampling puts it, how sure it is."""
    rows = "".join(_row(name, paired) for name, paired in _comparisons(conditions))
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{column}</th>' for column in text_models.FIGURE_COLUMNS)
    return (
        f'<details class="cl-more"><summary>{text_models.FIGURES}</summary><div class="cl-wide"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _comparisons(conditions: list[JsonDict]) -> Iterator[tuple[str, JsonDict]]:
    for condition in conditions:
        figures, title = condition["figures"], _title(condition)
        if "overall" in figures:
            yield title, figures["overall"]
            yield from ((f"– {family}", found) for family, found in figures["families"].items())
        elif "p_better" in figures:
            yield title, figures


def _row(name: str, paired: JsonDict) -> str:
    scope = f'<th scope="row">{escape(name)}</th>'
    between = f"{paired['low']:+.3f} … {paired['high']:+.3f}"
    cells = (str(paired["n"]), f"{paired['mean']:+.3f}", f"{_interval(paired)}{between}", f"{paired['p_better']:.0%}")
    return f"<tr>{scope}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _interval(paired: JsonDict) -> str:
    """A bar from low to high on a line of +-0.2 around no change."""
    low, high = (min(1.0, max(0.0, 0.5 + 2.5 * paired[end])) for end in ("low", "high"))
    return (
        '<span class="cl-interval" aria-hidden="true">'
        f'<i style="left:{low:.0%};width:{max(0.02, high - low):.0%}"></i></span>'
    )


def _reliability(figures: JsonDict) -> str:
    calibration = figures.get("worth", {}).get("calibration")
    if not calibration:
        return ""
    head = "".join(f'<th scope="col">{column}</th>' for column in text_models.RELIABILITY_COLUMNS)
    rows = "".join(
        f"<tr><td>{one['foretold']:.0%}</td><td>{one['observed']:.0%}</td><td>{one['n']}</td></tr>"
        for one in calibration["bins"]
    )
    says = text_models.RELIABILITY_SAYS.format(auc=f"{calibration['auc']:.2f}", brier=f"{calibration['brier']:.2f}")
    return (
        f'<details class="cl-more"><summary>{text_models.RELIABILITY}</summary><p class="cl-note">{says}</p>'
        f'<div class="cl-foretold">{reliability_html(calibration["bins"])}'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )
