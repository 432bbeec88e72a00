"""What a person at a terminal sees: results in tables on stdout, progress on stderr, where it disturbs no pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.status import Status
from rich.table import Table

from app.batch import Picture, Result
from app.health import Check
from app.workshop import Stage
from model.evaluation import EvalItem, EvalReport
from model.records import Outcome, Score, Turn
from model.repair import Event, Running, TurnDone, TurnStarted, Writing
from model.sandbox import SandboxReport
from model.scoring import low_level
from storage.records import Label, ModelVersion, VerdictRecord, VersionState

MARKS = {"ok": "[green]ok[/]", "wait": "[yellow]wait[/]", "fail": "[red]fail[/]"}
STATES = {VersionState.CHAMPION: "green", VersionState.CANDIDATE: "yellow", VersionState.REJECTED: "red"}
LEVELS = " ▁▂▃▄▅▆▇█"


PIPE_COLUMNS = 160
"""Width of a table that goes into a file or another program."""


def progress_console() -> Console:
    return Console(stderr=True, highlight=False)


def result_console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS)


class RunProgress:
    """Shows one picture after the other: a line per turn, and below it what is happening now."""

    def __init__(self, screen: Console, turns: int) -> None:
        self._screen = screen
        self._turns = turns

    def follow(self, picture: Picture, events: Iterable[Stage | Event | Result]) -> Result:
        height, width = picture.pixels.shape[:2]
        self._screen.print(f"[bold]{escape(picture.image)}[/]  [dim]{width} x {height} px[/]")
        result: Result | None = None
        with self._screen.status("") as status:
            for event in events:
                if isinstance(event, Result):
                    result = event
                else:
                    self._show(event, status)
        assert result is not None
        self._close(result)
        return result

    def _show(self, event: Stage | Event, status: Status) -> None:
        match event:
            case Stage(name):
                status.update(f"[dim]{name} the picture[/]" if name == "reading" else f"[dim]{name}[/]")
            case TurnStarted(index):
                status.update(f"[dim]turn {index} of {self._turns}: the model looks at the picture[/]")
            case Writing(index, text):
                lines = text.count("\n") + 1
                status.update(f"[dim]turn {index} of {self._turns}: writing, {lines} lines[/]")
            case Running(index):
                status.update(f"[dim]turn {index} of {self._turns}: the program runs[/]")
            case TurnDone(turn):
                self._screen.print(turn_line(turn))

    def _close(self, result: Result) -> None:
        if result.best is None:
            self._screen.print(f"  [red]no program ran.[/] {result.stop_reason} [dim]{result.seconds:.1f} s[/]\n")
            return
        kept = f"turn {result.best.index} is kept"
        self._screen.print(f"  [green]{kept}.[/] {result.stop_reason} [dim]{result.seconds:.1f} s[/]\n")


class EvalProgress:
    """A bar with the mean so far; as a context manager."""

    def __init__(self, screen: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=screen,
            transient=True,
        )
        self._task = self._bar.add_task("loading the model", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bar.stop()

    def advance(self, done: int, total: int, item: EvalItem) -> None:
        words = f"{escape(item.name)}: {item.outcome}, {low_level(item.score):.2f}"
        self._bar.update(self._task, completed=done, total=total, description=words)


def evaluation_table(model: str, report: EvalReport) -> Table:
    """One line per turn, the last being the result."""
    metrics = {turn: report.metrics(turn) for turn in range(1, report.turns + 1)}
    table = _table("", *metrics[1])
    for turn, means in metrics.items():
        table.add_row(f"after turn {turn}", *("" if value is None else f"{value:.3f}" for value in means.values()))
    table.title = f"{escape(model)} on {len(report.items)} charts, {report.seconds:.0f} s"
    table.title_justify = "left"
    return table


def turn_line(turn: Turn) -> str:
    """E.g. "  2  ok     0.83  text █ 0.95  colour ▆ 0.71     2.1 s"."""
    outcome = turn.execution.outcome
    colour = "green" if outcome.ran else "red"
    said = score_words(turn.score) if outcome.ran else escape(_last_line(turn.execution.error))
    return f"  {turn.index}  [{colour}]{outcome.value:<9}[/] {said}  [dim]{turn.seconds:.1f} s[/]"


def score_words(score: Score) -> str:
    parts = "  ".join(f"{name} {_level(value)} {value:.2f}" for name, value in score.judged().items())
    return f"[bold]{score.overall:.2f}[/]  [dim]{parts}[/]"


def summary(results: list[Result]) -> str:
    ran = [result.best for result in results if result.best is not None]
    mean = sum(turn.score.overall for turn in ran) / len(results)
    seconds = sum(result.seconds for result in results)
    return f"{len(ran)} of {len(results)} charts got a program that runs, mean score {mean:.2f}, {seconds:.1f} s"


def checks_table(checks: Iterable[Check]) -> Table:
    table = _table("", "", "")
    for check in checks:
        table.add_row(check.name, MARKS[check.state], escape(check.detail))
    return table


def sandbox_tables(report: SandboxReport) -> Iterator[Table | str]:
    level, minimum = report.level.name.lower(), report.minimum.name.lower()
    yield f"\n[bold]Sandbox[/]: programs are [bold]{level}[/], the minimum is {minimum}"
    layers = _table("layer", "", "")
    for layer in report.layers:
        layers.add_row(layer.name, "[green]on[/]" if layer.active else "[yellow]off[/]", escape(layer.detail))
    yield layers
    proofs = _table("attempt to break out", "", "answer")
    for proof in report.proofs:
        proofs.add_row(
            escape(proof.attempt), "[green]stopped[/]" if proof.stopped else "[red]NOT STOPPED[/]", escape(proof.detail)
        )
    yield proofs


def versions_table(versions: Iterable[ModelVersion]) -> Table:
    table = _table("version", "state", "made", "metrics", "folder")
    for version in versions:
        colour = STATES.get(version.state, "dim")
        metrics = "  ".join(
            f"{name} {value:.3g}" for name, value in version.metrics.items() if isinstance(value, float)
        )
        made = f"{version.created:%Y-%m-%d %H:%M}"
        table.add_row(version.label, f"[{colour}]{version.state.value}[/]", made, metrics, escape(version.path))
    return table


def verdicts_table(verdicts: Iterable[VerdictRecord]) -> Table:
    table = _table("id", "turn", "verdict", "parts", "comment", "rater", "when")
    for verdict in verdicts:
        colour = {Label.CORRECT: "green", Label.WRONG: "red"}.get(verdict.label, "dim")
        label = f"[{colour if verdict.live else 'dim'}]{verdict.label.value}[/]"
        when = f"{verdict.created:%Y-%m-%d %H:%M}"
        said = (", ".join(verdict.tags), escape(verdict.comment), escape(verdict.rater))
        table.add_row(str(verdict.id), str(verdict.turn_id), label, *said, when)
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=any(headings))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _level(value: float) -> str:
    return LEVELS[round(value * (len(LEVELS) - 1))]


def _last_line(error: str) -> str:
    """Of a traceback the line that names the error."""
    lines = [line for line in error.splitlines() if line.strip()]
    return lines[-1].strip()[:100] if lines else Outcome.ERROR.value
