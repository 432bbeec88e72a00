"""What a person's program says of its marks in so many words: line styles, markers, edges, hatches, steps.

Facts do not hold these. They are read off the calls of the program, where each drawing call that is written there made
one series; the programs that people put right mostly are the model's own, changed by hand, and of that kind.
Leaves out: calls in loops and functions, words that are not written out, format strings; then the picture is asked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from model.nano.grammar import MARKERS
from model.records import FigureFacts

Said = Mapping[int, Mapping[str, str]]
"""By the id of a series of the facts: the options of its call that are texts, and its name under "call"."""
_CALLS = {
    "plot": "plot", "step": "plot", "semilogx": "plot", "semilogy": "plot", "loglog": "plot", "errorbar": "errorbar",
    "scatter": "scatter", "bar": "bar", "barh": "barh", "hist": "hist",
}  # fmt: skip
_STYLES = {"-": "solid", "--": "dashed", ":": "dotted", "-.": "dashdot"}
_ASIDE = (ast.For, ast.While, ast.FunctionDef, ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.If, ast.With, ast.Try)


def said(program: str, facts: FigureFacts) -> Said:
    """Options of the calls behind series, for kinds of which there are as many calls as series."""
    calls: dict[str, list[Mapping[str, str]]] = {}
    for call in _calls(ast.parse(program)):
        calls.setdefault(_CALLS[_name(call)], []).append(_options(call))
    found: dict[int, Mapping[str, str]] = {}
    for kind, options in calls.items():
        rows = [row for axes in facts.axes for row in axes.series if row.kind == kind]
        if len(rows) == len(options):
            found |= {id(row): one for row, one in zip(rows, options, strict=True)}
    return found


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Drawing calls in the order in which they stand; of those that may run more or less than once, none."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _ASIDE):
            continue
        if isinstance(child, ast.Call) and _name(child) in _CALLS:
            yield child
        yield from _calls(child)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _options(call: ast.Call) -> Mapping[str, str]:
    found = {"call": _name(call)}
    for word in call.keywords:
        if word.arg and isinstance(word.value, ast.Constant) and isinstance(word.value.value, str):
            found[{"ls": "linestyle"}.get(word.arg, word.arg)] = word.value.value
    if any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in call.args):
        found["fmt"] = "given"
    return found


def strokes(options: Mapping[str, str]) -> tuple[str, ...] | None:
    """Words of a line as its call has them; None where the call leaves it open."""
    if not options or "fmt" in options:
        return None
    style = _STYLES.get(options.get("linestyle", "-"), options.get("linestyle", ""))
    marker = options.get("marker", "")
    line = [f"line:{style}"] if style in _STYLES.values() else []
    return (*line, *([f"marker:{marker}"] if marker in MARKERS else []))
