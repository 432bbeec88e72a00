"""`chartloop`: the command line. Each command is thin over what it names; `chartloop COMMAND --help` has examples.

Exit status: 0 when all went well, 1 when something did not (a chart without a program that runs, a refused gate), 2 for
misuse. Every `--json` prints one JSON document on stdout and nothing else there; all else goes to stderr.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from model.errors import BadInput, ChartloopError, ModelNotFound

if TYPE_CHECKING:
    from app.models import ModelChoice
    from app.settings import Settings
    from storage.repository import Store

app = typer.Typer(
    name="chartloop",
    help="Turn pictures of charts into the matplotlib code that draws them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
models = typer.Typer(help="The model versions and which of them is the champion.", no_args_is_help=True)
verdicts = typer.Typer(help="What people said about results.", no_args_is_help=True)
app.add_typer(models, name="models")
app.add_typer(verdicts, name="verdicts")

Turns = Annotated[int | None, typer.Option(min=1, max=16, help="At most this many turns a chart.")]
Model = Annotated[str | None, typer.Option(help='"nano", a version like nano@3, a folder, a hub or server name.')]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


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
    workshop = Workshop(settings)
    screen = terminal.console()
    try:
        with screen.status(f"[dim]loading {choice.label}[/]"):
            generator = workshop.generator(choice)
        progress = terminal.RunProgress(screen, settings.turns)
        results, printed = [], []
        for picture in pictures:
            events = batch.solve(picture, workshop, generator, choice.label, settings.turns)
            results.append(progress.follow(picture, events))
            renders = batch.write(results[-1], out) if out else {}
            printed.append(batch.result_json(results[-1], renders))
    finally:
        workshop.close()
    if as_json:
        _print_json(printed)
    elif not out:
        _print_programs(printed)
    if len(results) > 1:
        screen.print(terminal.summary(results))
    raise typer.Exit(0 if all(result.best for result in results) else 1)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check this host: really try to break out of the sandbox, load the model, look at database, fonts and disk.

    \b
    chartloop doctor
    chartloop doctor --json | jq .sandbox.level
    """
    from app import terminal
    from app.doctor import diagnose, diagnosis_json

    screen = terminal.console()
    with screen.status("[dim]looking at this host[/]"):
        diagnosis = diagnose(_settings())
    if as_json:
        _print_json(diagnosis_json(diagnosis))
    else:
        screen.print(terminal.checks_table(diagnosis.checks))
        screen.print(*terminal.sandbox_tables(diagnosis.sandbox), sep="\n")
    raise typer.Exit(0 if diagnosis.healthy else 1)


@models.command("list")
def models_list(as_json: AsJson = False) -> None:
    """All versions, newest first."""
    from app import terminal
    from app.report import version_json

    with _store() as store:
        versions = store.versions.all()
    if as_json:
        _print_json([version_json(version) for version in versions])
    else:
        terminal.console().print(terminal.versions_table(versions))


@models.command("show")
def models_show(version: Annotated[str, typer.Argument(help="A number, or a label like nano@3.")]) -> None:
    """One version and when it was champion, as JSON."""
    from app.report import version_json

    with _store() as store:
        found = store.versions.get(_number(version))
        if found is None:
            raise BadInput(f'there is no model version "{version}"; `chartloop models list` shows those that exist')
        changes = [change for change in store.versions.changes() if change.number == found.number]
    moments = [
        {"kind": one.kind, "by": one.changed_by, "reason": one.reason, "time": one.created.isoformat()}
        for one in changes
    ]
    _print_json({**version_json(found), "champion": moments})


@models.command("promote")
def models_promote(
    version: Annotated[str, typer.Argument(help="A number, or a label like nano@3.")],
    reason: Annotated[str, typer.Option(help="Kept in the history of the champion.")] = "",
) -> None:
    """Make a version the champion: new jobs use it at once, running ones keep theirs.

    \b
    chartloop models promote nano@3 --reason "reads legends better"
    """
    with _store() as store:
        promoted = store.versions.promote(_number(version), reason=reason, changed_by="command line")
    print(f"{promoted.label} is the champion now", file=sys.stderr)


@models.command("rollback")
def models_rollback(reason: Annotated[str, typer.Option(help="Kept in the history of the champion.")] = "") -> None:
    """Make the champion before this one the champion again."""
    with _store() as store:
        champion = store.versions.rollback(reason=reason, changed_by="command line")
    print(f"{champion.label} is the champion again", file=sys.stderr)


@verdicts.command("list")
def verdicts_list(
    history: Annotated[bool, typer.Option("--all", help="Superseded and withdrawn ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """The verdicts that count, oldest first."""
    from app import terminal
    from app.report import verdict_json

    with _store() as store:
        found = list(store.verdicts.all(live_only=not history))
    if as_json:
        _print_json([verdict_json(verdict) for verdict in found])
    else:
        terminal.console().print(terminal.verdicts_table(found))


@verdicts.command("export")
def verdicts_export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")],
    parquet: Annotated[bool, typer.Option(help="One verdicts.parquet with the pictures inside.")] = False,
) -> None:
    """Write the verdicts as a training set that TRL's KTOTrainer takes.

    \b
    chartloop verdicts export judged
    chartloop verdicts export judged --parquet
    """
    from app.export import write_jsonl, write_parquet

    with _store() as store:
        count = (write_parquet if parquet else write_jsonl)(store, folder)
    print(f"{count} verdicts written to {folder}", file=sys.stderr)


def _settings(*, model: str | None = None, **flags: object) -> Settings:
    """The settings in force, with the flags that were given on top."""
    from app.settings import load

    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    if model is not None:
        given["model"] = {"name": model}
    return load(**given)


def _store() -> Store:
    from storage.repository import Store

    settings = _settings()
    return Store.open(settings.data_dir, settings.database_url)


def _choice(settings: Settings) -> ModelChoice:
    """What the model's name means here, the built-in one registered if it is new."""
    from app.models import choose, register_built_in
    from storage.repository import Store

    with Store.open(settings.data_dir, settings.database_url) as store:
        register_built_in(store.versions)
        return choose(settings.model.name, settings.model, store.versions)


def _number(version: str) -> int:
    digits = version.rpartition("@")[2]
    if not digits.isdecimal():
        raise BadInput(f'"{version}" is no model version; give a number, or a label like nano@3')
    return int(digits)


def _print_json(document: object) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))


def _print_programs(printed: list[dict[str, Any]]) -> None:
    for result in printed:
        if len(printed) > 1:
            print(f"# {result['image']}")
        if result["code"]:
            print(result["code"].rstrip("\n"))
