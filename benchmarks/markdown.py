"""Markdown tables, as README and docs/ have them."""

from __future__ import annotations

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]], *, numbers: bool = False) -> str:
    """The first row is the head. With `numbers` all columns but the first stand to the right."""
    head, *body = rows
    rule = ["---", *(["---:" if numbers else "---"] * (len(head) - 1))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *body))
