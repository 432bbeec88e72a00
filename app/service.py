"""The composition root: settings become a store, a sandbox, a generator and a job engine, behind one interface.

The page, the HTTP routes and the command line are thin over Service. Every method may be called from any thread.
Methods raise BadInput, with a sentence for the person, when what was asked cannot be done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.jobs import JobView
from app.settings import Settings
from storage.records import HistoryPage, TurnRecord, VerdictRecord

ExportFormat = Literal["py", "png", "svg"]


@dataclass(frozen=True, slots=True)
class Example:
    """A chart that comes with the project. `job_id` is its solved job, None while there is none."""

    name: str  # shown to people, e.g. "Grouped bars"
    path: Path  # a PNG
    job_id: int | None


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a health report. `state` is ok, wait (still loading) or fail; `detail` is a plain sentence."""

    name: str  # database | model | sandbox | disk
    state: Literal["ok", "wait", "fail"]
    detail: str


class Service:
    """Everything that the page can do. Use `with Service(settings) as service:` or call `close()`."""

    settings: Settings

    def __init__(self, settings: Settings) -> None:
        raise NotImplementedError

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        raise NotImplementedError

    # jobs -----------------------------------------------------------------------------------------------------------

    def submit(self, picture: bytes, name: str, *, turns: int | None = None) -> int:
        """Check and store an upload, queue its job and return the job's id at once. BadInput says what is wrong."""
        raise NotImplementedError

    def again(self, job_id: int, *, turns: int | None = None) -> int:
        """Queue a new job for the same picture; returns the new job's id."""
        raise NotImplementedError

    def job(self, job_id: int) -> JobView:
        raise NotImplementedError

    def watch(self, job_id: int, poll_s: float = 0.1) -> Iterator[JobView]:
        """Snapshots: one at once, one per change (at most every `poll_s`), the last one in a final state.

        Leaving the iterator early changes nothing for the job.
        """
        raise NotImplementedError

    def stop(self, job_id: int) -> None:
        """End a waiting or running job; no effect on a finished one. Its turns so far are kept."""
        raise NotImplementedError

    def run_edit(self, job_id: int, code: str) -> JobView:
        """Run a hand-edited program as a further turn by "person". BadInput while the job is waiting or running."""
        raise NotImplementedError

    # verdicts -------------------------------------------------------------------------------------------------------

    def judge(
        self,
        turn_id: int,
        label: Literal["correct", "wrong"],
        tags: Sequence[str] = (),
        comment: str = "",
        corrected_code: str = "",
        rater: str = "",
    ) -> VerdictRecord:
        """Keep a person's verdict on one turn (tags: storage.records.TAGS). On return it is on disk.

        A second verdict by the same rater on the same turn supersedes the first.
        """
        raise NotImplementedError

    def undo(self, verdict_id: int) -> VerdictRecord:
        """Withdraw a verdict: a new row that supersedes it. BadInput if it was superseded already."""
        raise NotImplementedError

    # reading --------------------------------------------------------------------------------------------------------

    def turn(self, turn_id: int) -> TurnRecord:
        raise NotImplementedError

    def history(self, search: str = "", page: int = 0, page_size: int = 20) -> HistoryPage:
        """Jobs, newest first. `search` looks in names and code; "#12" finds job 12."""
        raise NotImplementedError

    def picture(self, sha256: str) -> bytes:
        """The PNG of a chart or of a rendering."""
        raise NotImplementedError

    def picture_path(self, sha256: str) -> Path:
        """Where that PNG lies on disk; the file never changes."""
        raise NotImplementedError

    def picture_url(self, sha256: str) -> str:
        """Where the HTTP side serves that PNG, relative to the page's root: "files/<sha256>.png"."""
        raise NotImplementedError

    def export(self, turn_id: int, format: ExportFormat) -> bytes:
        """A turn's program (UTF-8), its rendering, or its drawing as SVG (the program is run again for that)."""
        raise NotImplementedError

    def examples(self) -> tuple[Example, ...]:
        """The charts that come with the project, solved ones first."""
        raise NotImplementedError

    # health ---------------------------------------------------------------------------------------------------------

    def model_label(self) -> str:
        """The model that a new job would use, e.g. "nano@1" or "Qwen/Qwen3-VL-8B at http://gpu:8000/v1"."""
        raise NotImplementedError

    def sandbox_label(self) -> str:
        """The sandbox's level in a few words, for people."""
        raise NotImplementedError

    def health(self) -> tuple[Check, ...]:
        """What a readiness probe and the page's status line need; cheap enough to call every second."""
        raise NotImplementedError
