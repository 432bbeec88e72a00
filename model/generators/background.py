"""Work in a thread that hands on what it makes, so that a blocking library can be iterated over, and stopped.

Both generators use it. Leaves out: what the work is.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

Item = TypeVar("Item")

PAUSE_S = 0.05
"""At most 20 lots a second are handed on: each costs parsing the whole answer, and no eye follows more."""


class Stop:
    """Says that work should end: the caller's own event is set, or nobody reads the results any more."""

    def __init__(self, cancelled: threading.Event) -> None:
        self._cancelled = cancelled
        self._abandoned = threading.Event()

    def is_set(self) -> bool:
        return self._cancelled.is_set() or self._abandoned.is_set()

    def abandon(self) -> None:
        self._abandoned.set()


class Background(Generic[Item]):
    """Runs `work(emit, stop)` in a thread of its own; iterate for lots of what it emits.

    The iteration ends when the work does, and raises what the work raised. Leaving it early sets `stop` and waits
    for the work to end, which should be soon after.
    """

    def __init__(self, work: Callable[[Callable[[Item], None], Stop], None], cancelled: threading.Event) -> None:
        self._work = work
        self._stop = Stop(cancelled)
        self._items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()

    def __iter__(self) -> Iterator[list[Item]]:
        with ThreadPoolExecutor(1, thread_name_prefix="generator") as pool:
            future = pool.submit(self._work, self._items.put, self._stop)
            future.add_done_callback(lambda _: self._items.put(None))
            try:
                yield from self._lots(future)
            finally:
                self._stop.abandon()

    def _lots(self, future: Future[None]) -> Iterator[list[Item]]:
        ended = False
        while not ended:
            lot = [self._items.get()]
            wait([future], timeout=PAUSE_S)
            while not self._items.empty():
                lot.append(self._items.get())
            ended = lot[-1] is None
            found = [item for item in lot if item is not None]
            if found:
                yield found
        future.result()
