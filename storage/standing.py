"""Which verdicts count, as a condition of queries: those that are neither withdrawn nor superseded by a later one."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased

from storage.records import Label
from storage.schema import VerdictRow


def live() -> tuple[ColumnElement[bool], ...]:
    later = aliased(VerdictRow)
    return VerdictRow.label != Label.WITHDRAWN.value, ~exists().where(later.supersedes == VerdictRow.id)
