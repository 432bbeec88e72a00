"""Moves a process's heap to huge pages, so that forking it copies hundreds of page-table entries, not ten thousands.

Forking the preloaded server was measured at 20 ms without and 13 ms with it. Asks the kernel once (MADV_COLLAPSE, Linux
6.1); where it cannot, nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.sandbox import kernel

_HUGE = 2 * 1024 * 1024
_MADV_HUGEPAGE, _MADV_COLLAPSE = 14, 25


def collapse_heap() -> None:
    """Never fails: memory that the kernel does not move stays as it is."""
    for start, end in list(_anonymous_ranges()):
        first, last = -(-start // _HUGE) * _HUGE, end // _HUGE * _HUGE
        if first < last:
            kernel.advise(first, last - first, _MADV_HUGEPAGE)
            kernel.advise(first, last - first, _MADV_COLLAPSE)


def _anonymous_ranges() -> Iterator[tuple[int, int]]:
    with open("/proc/self/maps") as file:
        for line in file:
            fields = line.split()
            if fields[1] == "rw-p" and fields[5:] in ([], ["[heap]"]):
                start, _, end = fields[0].partition("-")
                yield int(start, 16), int(end, 16)
