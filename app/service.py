"""The composition root: settings become a store, a sandbox, a generator and a job engine, behind one interface.

The page, the HTTP routes and the command line are thin over Service. Every method may be called from any thread.
What became of verdicts is `fates`, versions and their refreshes are `refreshes`.
Methods raise BadInput (NotFound for an unknown id), with a sentence for the person, when what was asked cannot be done.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from app import examples, health
from app.fates import Fates
from app.health import Check
from app.jobs import JobEngine, JobView
from app.models import ModelChoice, choose, load_generator, register_built_in
from app.refreshes import Refreshes
from app.settings import Settings
from app.uploads import check_upload
from app.workshop import Stage, Workshop
from model.errors import BadInput, ChartloopError, ModelNotFound, NotFound, StorageError
from model.generators import Generator
from model.records import Chart
from model.repair import Event
from storage.blobs import encode_png
from storage.records import TAGS, HistoryPage, JobRecord, JobState, Label, TurnRecord, VerdictRecord
from storage.repository import Store

ExportFormat = Literal["py", "png", "svg"]

MAX_TURNS = 16
MAX_CODE_CHARS = 200_000
MAX_COMMENT_CHARS = 4_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Example:
    """A chart that comes with the project. `job_id` is its solved job, None while there is none."""

    name: str  # shown to people, e.g. "Grouped bars"
    path: Path  # a PNG
    job_id: int | None


class Service:
    """Everything that the page can do. Use `with Service(settings) as service:` or call `close()`.

    `make_generator` loads a model; tests hand in one that gives a scripted generator.
    """

    def __init__(self, settings: Settings, make_generator: Callable[[ModelChoice], Generator] = load_generator) -> None:
        self.settings = settings
        self.store = Store.open(settings.data_dir, settings.database_url)
        register_built_in(self.store.versions, settings.data_dir)
        self.workshop = Workshop(settings, make_generator)
        self.fates = Fates(self.store)
        self.refreshes = Refreshes(self.store, settings.refresh, self.fates, self.workshop.sandbox.run)
        self._examples = {self._keep(path.read_bytes()): path for path in examples.pictures()}
        self._seed_examples()
        self._warm = threading.Event()
        self.jobs = JobEngine(self.store, self._solve, settings.jobs.workers)
        threading.Thread(target=self._warm_up, name="chartloop-warm-up", daemon=True).start()

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Running jobs go back to the queue; the next process goes on with them."""
        self.jobs.close()
        self.workshop.close()
        self.store.close()

    # jobs -----------------------------------------------------------------------------------------------------------

    def submit(self, picture: bytes, name: str, *, turns: int | None = None) -> int:
        """Check and store an upload, queue its job and return the job's id at once. BadInput says what is wrong."""
        self._refuse_if_full()
        sha256 = self._keep(picture)
        return self.jobs.submit(sha256, _file_name(name), self._choice().label, self._turns(turns))

    def again(self, job_id: int, *, turns: int | None = None) -> int:
        """Queue a new job for the same picture; returns the new job's id."""
        self._refuse_if_full()
        chart = self.job(job_id).chart
        return self.jobs.submit(chart.sha256, chart.name, self._choice().label, self._turns(turns))

    def job(self, job_id: int) -> JobView:
        """The job as it stands."""
        return self.jobs.view(job_id)

    def watch(self, job_id: int, poll_s: float = 0.1) -> Iterator[JobView]:
        """Snapshots: one at once, one per change (at most every `poll_s`), the last one in a final state.

        Leaving the iterator early changes nothing for the job.
        """
        return self.jobs.watch(job_id, poll_s)

    def stop(self, job_id: int) -> None:
        """End a waiting or running job; no effect on a finished one. Its turns so far are kept."""
        self.job(job_id)
        self.jobs.stop(job_id)

    def run_edit(self, job_id: int, code: str) -> JobView:
        """Run a hand-edited program as a further turn by "person". BadInput while the job is waiting or running.

        Raises SandboxUnavailable where programs cannot be run.
        """
        job = self.job(job_id)
        if not job.state.final:
            raise BadInput("The job is still running. Stop it first, then run your program.")
        if not code.strip():
            raise BadInput("There is no program to run.")
        _refuse_long(code, MAX_CODE_CHARS, "program")
        chart = self._read(job.chart.sha256, job.chart.name)
        self.store.jobs.add_turn(job_id, self.workshop.run_by_hand(chart, code, len(job.turns) + 1))
        return self.job(job_id)

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
        self.turn(turn_id)
        if label not in (Label.CORRECT, Label.WRONG):
            raise BadInput(f'"{label}" is no verdict; say "correct" or "wrong".')
        unknown = [tag for tag in tags if tag not in TAGS]
        if unknown:
            raise BadInput(f'"{unknown[0]}" is no part that can be wrong; the parts are {", ".join(TAGS)}.')
        _refuse_long(comment, MAX_COMMENT_CHARS, "comment")
        _refuse_long(corrected_code, MAX_CODE_CHARS, "corrected program")
        return self.store.verdicts.add(
            turn_id, Label(label), tuple(dict.fromkeys(tags)), comment, corrected_code, rater
        )

    def undo(self, verdict_id: int) -> VerdictRecord:
        """Withdraw a verdict: a new row that supersedes it. BadInput if it was superseded already."""
        withdrawn = self.store.verdicts.withdraw(verdict_id)
        if withdrawn is None:
            raise BadInput("This verdict was changed or withdrawn already.")
        return withdrawn

    # reading --------------------------------------------------------------------------------------------------------

    def turn(self, turn_id: int) -> TurnRecord:
        """One turn with its live verdict."""
        found = self.store.jobs.turn(turn_id)
        if found is None:
            raise NotFound(f"There is no turn {turn_id}.")
        return found

    def history(self, search: str = "", page: int = 0, page_size: int = 20) -> HistoryPage:
        """Jobs, newest first. `search` looks in names and code; "#12" finds job 12."""
        return self.store.history.page(search, max(0, page), min(max(1, page_size), 100))

    def picture(self, sha256: str) -> bytes:
        """The PNG of a chart or of a rendering."""
        return self.picture_path(sha256).read_bytes()

    def picture_path(self, sha256: str) -> Path:
        """Where that PNG lies on disk; the file never changes."""
        try:
            return self.store.blobs.path(sha256)
        except StorageError as error:
            raise NotFound("There is no such picture.") from error

    def picture_url(self, sha256: str) -> str:
        """Where the HTTP side serves that PNG, relative to the page's root: "files/<sha256>.png"."""
        return f"files/{sha256}.png"

    def export(self, turn_id: int, format: ExportFormat) -> bytes:
        """A turn's program (UTF-8), its rendering, or its drawing as SVG (the program is run again for that)."""
        turn = self.turn(turn_id)
        if format not in get_args(ExportFormat):
            raise BadInput(f'"{format}" cannot be exported; choose {", ".join(get_args(ExportFormat))}.')
        if format == "py":
            return turn.code.encode()
        if not turn.render:
            raise NotFound("This program drew nothing, so there is no picture of it.")
        return self.picture(turn.render) if format == "png" else self.workshop.sandbox.export(turn.code, format)

    def examples(self) -> tuple[Example, ...]:
        """The charts that come with the project, solved ones first."""
        solved = self.store.jobs.examples()
        found = [Example(examples.title(path), path, solved.get(sha256)) for sha256, path in self._examples.items()]
        return tuple(sorted(found, key=lambda example: example.job_id is None))

    # health ---------------------------------------------------------------------------------------------------------

    def model_label(self) -> str:
        """The model that a new job would use, e.g. "nano@1" or "Qwen/Qwen3-VL-8B at http://gpu:8000/v1"."""
        try:
            return self._choice().label
        except ModelNotFound:
            return "no model"

    def sandbox_label(self) -> str:
        """The sandbox's level in one word: limits, confined or isolated."""
        return self.workshop.sandbox.report().level.name.lower()

    def health(self) -> tuple[Check, ...]:
        """What a readiness probe and the page's status line need; cheap enough to call every second."""
        return (
            health.database(self.store),
            health.model(self._choice, self.workshop, self._warm.is_set()),
            health.sandbox(self.workshop.sandbox.report()),
            health.disk(self.settings.data_dir),
        )

    # inside ---------------------------------------------------------------------------------------------------------

    def _choice(self) -> ModelChoice:
        return choose(self.settings.model.name, self.settings.model, self.store.versions)

    def _turns(self, asked: int | None) -> int:
        turns = self.settings.turns if asked is None else asked
        if not 1 <= turns <= MAX_TURNS:
            raise BadInput(f"{turns} turns are not possible; choose 1 to {MAX_TURNS}.")
        return turns

    def _refuse_if_full(self) -> None:
        waiting = self.store.jobs.counts()[JobState.QUEUED]
        if waiting >= self.settings.jobs.max_queued:
            raise BadInput(f"{waiting} charts are waiting already. Try again when some of them are done.")

    def _keep(self, picture: bytes) -> str:
        """Check an upload and store it as an upright opaque PNG; returns that file's sha256."""
        upload = check_upload(picture, self.settings.uploads)
        height_px, width_px = upload.pixels.shape[:2]
        return self.store.jobs.add_chart(encode_png(upload.pixels), upload.media, width_px, height_px)

    def _read(self, sha256: str, name: str) -> Chart:
        """A stored chart with its hints, which are read once."""
        if not self.store.jobs.has_hints(sha256):
            pixels = self.store.blobs.pixels(sha256)
            self.store.jobs.keep_hints(sha256, self.workshop.read(pixels))
        return self.store.jobs.chart(sha256, name)

    def _solve(self, job: JobRecord, cancelled: threading.Event) -> Iterator[Stage | Event]:
        yield Stage("loading")
        generator = self.workshop.generator(choose(job.model, self.settings.model, self.store.versions))
        yield Stage("reading")
        chart = self._read(job.chart.sha256, job.chart.name)
        history = self.store.jobs.past_turns(job.id)
        yield from self.workshop.solve(chart, generator, job.turns_limit, cancelled, history)

    def _warm_up(self) -> None:
        """Before the first chart comes. What goes wrong is told by `health` and by the first job."""
        try:
            self.workshop.warm_up(self._choice())
        except ChartloopError as error:
            log.warning("the model cannot be loaded: %s", error)
        self._warm.set()

    def _seed_examples(self) -> None:
        """Once per data folder: run the recorded programs, so that the page opens with solved charts."""
        solved = self.store.jobs.examples()
        for recording in examples.recordings():
            sha256 = next(sha256 for sha256, path in self._examples.items() if path == recording.path)
            if sha256 in solved:
                continue
            try:
                executions = [self.workshop.sandbox.run(turn["code"]) for turn in recording.turns]
            except ChartloopError as error:
                log.warning("the examples cannot be drawn: %s", error)
                return
            turns = [
                examples.replay(recorded, number, execution, recording.model)
                for number, (recorded, execution) in enumerate(zip(recording.turns, executions, strict=True), 1)
            ]
            self.store.jobs.add_example(sha256, recording.path.name, recording.model, turns, recording.reason)


def _file_name(name: str) -> str:
    """The last part of an uploaded file's name, of a length that a page can show."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    return last[-120:] or "chart"


def _refuse_long(text: str, limit: int, what: str) -> None:
    if len(text) > limit:
        raise BadInput(f"The {what} has {len(text)} characters; up to {limit} are accepted.")
