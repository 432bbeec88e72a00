"""The listing of jobs, newest first, page by page, with search."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from model.records import Outcome
from storage import rows
from storage.database import Database
from storage.records import HistoryItem, HistoryPage, JobState, Label
from storage.schema import JobRow, TurnRow, VerdictRow
from storage.standing import live


class History:
    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, search: str = "", page: int = 0, page_size: int = 20) -> HistoryPage:
        """`search` looks in names and programs, in any case; "#12" finds job 12."""
        wanted = _wanted(search.strip())
        best = aliased(TurnRow)
        listing = (
            select(JobRow, best, _turn_count(), _newest_label())
            .outerjoin(best, (best.job_id == JobRow.id) & (best.number == JobRow.best))
            .where(*wanted)
            .order_by(JobRow.id.desc())
            .limit(page_size)
            .offset(page * page_size)
        )
        with self._database.read() as session:
            total = session.scalar(select(func.count()).select_from(JobRow).where(*wanted)) or 0
            items = tuple(_item(*found) for found in session.execute(listing))
        return HistoryPage(items, total, page, page_size)


def _wanted(search: str) -> tuple[ColumnElement[bool], ...]:
    if not search:
        return ()
    if search.startswith("#") and search[1:].isdecimal():
        return (JobRow.id == int(search[1:]),)
    in_code = exists().where(TurnRow.job_id == JobRow.id, TurnRow.code.icontains(search, autoescape=True))
    return (or_(JobRow.name.icontains(search, autoescape=True), in_code),)


def _turn_count() -> ColumnElement[int]:
    return select(func.count()).where(TurnRow.job_id == JobRow.id).scalar_subquery()


def _newest_label() -> ColumnElement[str | None]:
    return (
        select(VerdictRow.label)
        .join(TurnRow, TurnRow.id == VerdictRow.turn_id)
        .where(TurnRow.job_id == JobRow.id, *live())
        .order_by(VerdictRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _item(job: JobRow, best: TurnRow | None, turns: int, label: str | None) -> HistoryItem:
    return HistoryItem(
        job_id=job.id,
        chart=rows.to_chart_record(job.chart, job.name),
        state=JobState(job.state),
        model=best.model if best and best.model else job.model,
        origin=job.origin,
        created=job.created,
        turns=turns,
        outcome=Outcome(best.outcome) if best else None,
        overall=rows.to_score(best).overall if best else None,
        render=best.render if best else "",
        label=Label(label) if label else None,
    )
