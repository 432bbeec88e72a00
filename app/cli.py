"""`chartloop`: the command line. Each command is thin over what it names; `chartloop COMMAND --help` has examples.

Exit status: 0 when all went well, 1 when something did not (a chart without a program that runs, a refused gate), 2 for
misuse. Every `--json` prints one JSON document on stdout and nothing else there; progress and problems go to stderr.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import cli_stored
from app.cli_stored import AsJson, print_json
from model.errors import BadInput, ChartloopError, ModelNotFound

if TYPE_CHECKING:
    from app.models import ModelChoice
    from app.settings import Settings

app = typer.Typer(
    name="chartloop",
    help="Turn pictures of charts into the matplotlib code that draws them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(cli_stored.models, name="models")
app.add_typer(cli_stored.verdicts, name="verdicts")

Turns = Annotated[int | None, typer.Option(min=1, max=16, help="At most this many turns a chart.")]
Model = Annotated[str | None, typer.Option(help='"nano", a version like nano@3, a folder, a hub or server name.')]


def main() -> None:
    """The console script."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        app()
    except ChartloopError as error:
        print(f"chartloop: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, BadInput | ModelNotFound) else 1)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 is this machine only.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes any free port.")] = None,
    model: Model = None,
) -> None:
    """Open the page and the HTTP interface.

    \b
    chartloop serve
    chartloop serve --port 8000 --model nano@3
    CHARTLOOP_MODEL__BASE_URL=http://localhost:8000/v1 chartloop serve --model Qwen/Qwen2.5-VL-7B-Instruct
    """
    from app.server import run_server

    logging.getLogger("app").setLevel(logging.INFO)
    run_server(_settings(host=host, port=port, model=model))


@app.command()
def run(
    images: Annotated[
        list[str], typer.Argument(metavar="IMAGE...", help='Pictures of charts; "-" reads one from stdin.')
    ],
    turns: Turns = None,
    model: Model = None,
    out: Annotated[Path | None, typer.Option(help="Write NAME.py and NAME.png of the best turn here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Turn pictures into programs. Without --out and --json the programs are printed on stdout.

    \b
    chartloop run chart.png > chart.py
    chartloop run figures/*.png --out programs
    cat chart.png | chartloop run - --json --turns 2
    """
    from app import batch, terminal
    from app.workshop import Workshop

    settings = _settings(turns=turns, model=model)
    pictures = batch.read_pictures(images, settings.uploads)
    choice = _choice(settings)
    screen = terminal.progress_console()
    with Workshop(settings) as workshop:
        with screen.status(f"[dim]loading {choice.label}[/]"):
            generator = workshop.generator(choice)
        progress = terminal.RunProgress(screen, settings.turns)
        results, printed = [], []
        for picture in pictures:
            events = batch.solve(picture, workshop, generator, choice.label, settings.turns)
            results.append(progress.follow(picture, events))
            renders = batch.write(results[-1], out) if out else {}
            printed.append(batch.result_json(results[-1], renders))
    if as_json:
        print_json(printed)
    elif not out:
        _print_programs(printed)
    if len(results) > 1:
        screen.print(terminal.summary(results))
    raise typer.Exit(0 if all(result.best for result in results) else 1)


@app.command("eval")
def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Holds NAME.png with NAME.py or NAME.json beside it.")],
    turns: Turns = None,
    model: Model = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many charts, by name.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a model on charts whose programs, or facts, are known. A program that fails counts 0 everywhere.

    \b
    chartloop eval held-out
    chartloop eval held-out --model nano@3 --turns 1 --limit 50 --json > nano-3.json
    """
    from app import terminal
    from app.workshop import Workshop
    from model.evaluation import chart_paths
    from model.evaluation import evaluate as run_evaluation
    from model.generators import Sampling

    settings = _settings(turns=turns, model=model)
    chart_paths(folder)  # a wrong folder is said before a model is loaded
    choice = _choice(settings)
    sampling = Sampling(settings.model.max_new_tokens, settings.model.temperature)
    screen = terminal.progress_console()
    with Workshop(settings) as workshop, terminal.EvalProgress(screen) as progress:
        generator = workshop.generator(choice)
        report = run_evaluation(
            folder, generator, workshop.sandbox, workshop.reader, settings.turns, limit, progress.advance, sampling
        )
    if as_json:
        print_json({"model": choice.label, **report.to_json()})
    else:
        terminal.result_console().print(terminal.evaluation_table(choice.label, report))


@app.command()
def score(
    reference: Annotated[Path, typer.Argument(metavar="REFERENCE.py")],
    candidate: Annotated[Path, typer.Argument(metavar="CANDIDATE.py")],
    as_json: AsJson = False,
) -> None:
    """Compare what two programs draw, part by part; no model is involved. Status 1 if the candidate does not run.

    \b
    chartloop score original.py mine.py
    """
    from app import terminal
    from app.report import score_json
    from app.workshop import Workshop
    from model.evaluation import score_programs

    codes = [_source(path) for path in (reference, candidate)]
    with Workshop(_settings()) as workshop:
        compared = score_programs(codes[0], codes[1], workshop.sandbox)
    if as_json:
        print_json(score_json(compared))
    else:
        terminal.result_console().print(terminal.score_words(compared))
    raise typer.Exit(0 if compared.execution else 1)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check this host: really try to break out of the sandbox, load the model, look at database, fonts and disk.

    \b
    chartloop doctor
    chartloop doctor --json | jq .sandbox.level
    """
    from app import terminal
    from app.doctor import diagnose, diagnosis_json

    screen = terminal.progress_console()
    with screen.status("[dim]looking at this host[/]"):
        diagnosis = diagnose(_settings())
    if as_json:
        print_json(diagnosis_json(diagnosis))
    else:
        tables = (terminal.checks_table(diagnosis.checks), *terminal.sandbox_tables(diagnosis.sandbox))
        terminal.result_console().print(*tables, sep="\n")
    raise typer.Exit(0 if diagnosis.healthy else 1)


def _settings(*, model: str | None = None, **flags: object) -> Settings:
    """The settings in force, with the flags that were given on top."""
    from app.settings import load

    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    if model is not None:
        given["model"] = {"name": model}
    return load(**given)


def _choice(settings: Settings) -> ModelChoice:
    """What the model's name means here, the built-in one registered if it is new."""
    from app.models import choose, register_built_in
    from storage.repository import Store

    with Store.open(settings.data_dir, settings.database_url) as store:
        register_built_in(store.versions, settings.data_dir)
        return choose(settings.model.name, settings.model, store.versions)


def _source(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as a program: {error}") from error


def _print_programs(printed: list[dict[str, Any]]) -> None:
    for result in printed:
        if len(printed) > 1:
            print(f"# {result['image']}")
        if result["code"]:
            print(result["code"].rstrip("\n"))
