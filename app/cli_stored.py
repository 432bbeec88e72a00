"""The commands about what is stored: `chartloop models ...` and `chartloop verdicts ...`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.errors import BadInput

if TYPE_CHECKING:
    from storage.repository import Store

models = typer.Typer(help="The model versions and which of them is the champion.", no_args_is_help=True)
verdicts = typer.Typer(help="What people said about results.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def print_json(document: object) -> None:
    """The one thing that a command with --json writes to stdout."""
    print(json.dumps(document, indent=2, ensure_ascii=False))


@models.command("list")
def models_list(as_json: AsJson = False) -> None:
    """All versions, newest first."""
    from app import terminal
    from app.report import version_json

    with _store() as store:
        versions = store.versions.all()
    if as_json:
        print_json([version_json(version) for version in versions])
    else:
        terminal.result_console().print(terminal.versions_table(versions))


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
    print_json({**version_json(found), "champion": moments})


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
        print_json([verdict_json(verdict) for verdict in found])
    else:
        terminal.result_console().print(terminal.verdicts_table(found))


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


@verdicts.command("quarantine")
def verdicts_quarantine(
    rater: Annotated[str, typer.Argument(help="The name that verdicts were given under.")],
    reason: Annotated[str, typer.Option(help="Kept, and shown to whom it concerns.")] = "",
    release: Annotated[bool, typer.Option("--release", help="Let the rater in again.")] = False,
) -> None:
    """Learn from no verdict of a rater any more: the next version is made without them, from the base on.

    \b
    chartloop verdicts quarantine troll --reason "turns everything round"
    chartloop verdicts quarantine troll --release
    """
    with _store() as store:
        known = sum(verdict.rater == rater for verdict in store.verdicts.all())
        if not known:
            raise BadInput(f'nobody called "{rater}" gave a verdict that counts')
        store.raters.mark(rater, quarantined=not release, reason=reason, changed_by="command line")
    print(f"{known} verdicts of {rater} {'count again' if release else 'are left out from now on'}", file=sys.stderr)


def _store() -> Store:
    from app.settings import load
    from storage.repository import Store

    settings = load()
    return Store.open(settings.data_dir, settings.database_url)


def _number(version: str) -> int:
    digits = version.rpartition("@")[2]
    if not digits.isdecimal():
        raise BadInput(f'"{version}" is no model version; give a number, or a label like nano@3')
    return int(digits)
