"""The workbench: drop a chart, watch its code being written and corrected, compare, edit, judge.

Handlers only start work and read: jobs live in the service, and `follow` shows how one stands, for as long as somebody
looks. Leaves out: what panels look like (panels.py), the checks of what the browser sends (requests.py).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from app.jobs import JobView
from app.service import Service
from app.ui import requests, text
from app.ui.header import header_html
from app.ui.intake import intake_html, problem_html
from app.ui.panels import Panels, render
from app.ui.status import welcome_html
from model.errors import BadInput, ChartloopError

POLL_S = 0.12
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
AT_ONCE: dict[str, Any] = {**QUIET, "queue": False}


def html(elem_id: str, *events: str, value: str = "") -> gr.HTML:
    """A panel. The names of its own events must stand in the script for Gradio to know them."""
    names = " ".join(f"'{event}'" for event in events)
    return gr.HTML(
        value,
        elem_id=elem_id,
        apply_default_css=False,
        js_on_load=f"chartloop.wire(element, trigger, upload, watch); /* {names} */",
    )


class Workbench:
    """Builds the page inside a Blocks context and binds its events to the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._followed: dict[str, object] = {}  # per browser session: the token of its newest `follow`
        self._build()
        self._bind()

    # layout ---------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.header = html("header", value=self._header_html())
        self.intake = html("intake", "picture", "example", value=self._intake_html())
        self.problem = html("problem", value=problem_html(""))
        self.status = html("status", "again", "resume")
        with gr.Row(elem_id="bench"):
            with gr.Column(elem_id="left"):
                with gr.Column(elem_id="compare-card", elem_classes="cl-card"):
                    self.compare = html("compare")
                    self.verdict = html("verdict", "judge")
                self.turns = html("turns")
            with gr.Column(elem_id="code-card", elem_classes="cl-card"):
                self.program = html("program", "edit")
                self.live = html("live")
                self._build_editor()
        self.job = gr.Number(visible="hidden", precision=0, elem_id="job")
        self.panels = [self.status, self.compare, self.verdict, self.turns, self.program, self.live]

    def _build_editor(self) -> None:
        with gr.Column(elem_id="editor", visible=False) as self.editor:
            with gr.Row(elem_id="editor-bar"):
                gr.HTML(
                    f'<h2>{text.EDITOR}</h2><span class="cl-note">{text.EDITOR_NOTE}</span>', apply_default_css=False
                )
                self.cancel_edit = gr.Button(text.CANCEL_EDIT, elem_id="cancel-edit", elem_classes="cl-button")
                self.run_edit = gr.Button(text.RUN_EDIT, elem_id="run-edit", elem_classes="cl-button cl-primary")
            self.edit_problem = gr.HTML(elem_id="edit-problem", apply_default_css=False)
            self.code = gr.Code(
                language="python",
                label=text.EDITOR,
                show_label=False,
                elem_id="editor-code",
                interactive=True,
                buttons=[],
            )

    # events ---------------------------------------------------------------------------------------------------------

    def _bind(self) -> None:
        started = [self.job, self.problem]
        self.intake.picture(self._take, None, started, **AT_ONCE).success(self.follow, self.job, self.panels, **QUIET)
        self.intake.example(self._example, None, started, **AT_ONCE).success(
            self.follow, self.job, self.panels, **QUIET
        )
        self.status.again(self._again, None, started, **AT_ONCE).success(self.follow, self.job, self.panels, **QUIET)
        self.status.resume(self.follow, self.job, self.panels, trigger_mode="multiple", **QUIET)
        self.status.stop(self._stop, None, self.problem, **AT_ONCE)
        self.verdict.judge(self._judge, self.job, [*self.panels, self.problem], **AT_ONCE)
        self.verdict.undo(self._undo, self.job, [*self.panels, self.problem], **AT_ONCE)
        self.program.edit(self._edit, None, [self.editor, self.code, self.edit_problem], **AT_ONCE)
        self.cancel_edit.click(lambda: gr.Column(visible=False), None, self.editor, **AT_ONCE)
        self.run_edit.click(
            self._run_edit,
            [self.job, self.code],
            [*self.panels, self.editor, self.edit_problem, self.run_edit],
            js="(job, code) => { chartloop.newest(); return [job, code]; }",
            **QUIET,
        )

    def open(self, request: gr.Request) -> tuple[str, int | None, Any]:
        """(header, job, problem) for a fresh page: the job of the address, else a solved example.

        Must not go through Gradio's queue: its client loses an event that joins while the one before it ends.
        """
        wanted = request.query_params.get("job", "")
        header = self._header_html()
        try:
            if wanted:
                return header, self._service.job(requests.number({"job": wanted}, "job")).id, gr.skip()
        except BadInput:
            return header, self._first_job(), self._problem(text.UNKNOWN_JOB)
        return header, self._first_job(), gr.skip()

    def _header_html(self) -> str:
        return header_html("", self._service.model_label(), self._service.sandbox_label())

    def _intake_html(self) -> str:
        examples = [(example, f"examples/{example.path.name}") for example in self._service.examples()]
        return intake_html(examples, self._service.settings.uploads.max_mb)

    def _first_job(self) -> int | None:
        """What a first visitor sees: the example that came out best."""
        solved = [self._service.job(example.job_id) for example in self._service.examples() if example.job_id]
        best = max(solved, key=lambda job: job.best_turn.score.overall if job.best_turn else 0.0, default=None)
        return best.id if best else None

    def _problem(self, problem: str) -> str:
        return problem_html(problem, nonce=f"{time.monotonic_ns()}" if problem else "")

    # starting work --------------------------------------------------------------------------------------------------

    def _take(self, event: gr.EventData) -> tuple[Any, str]:
        def submit() -> int:
            content, name = requests.uploaded(event._data, Path(get_upload_folder()))
            return self._service.submit(content, name)

        return self._start(submit)

    def _example(self, event: gr.EventData) -> tuple[Any, str]:
        def submit() -> int:
            name = event._data.get("name")
            example = next((one for one in self._service.examples() if one.name == name), None)
            if example is None:
                raise BadInput(text.BAD_REQUEST)
            return example.job_id or self._service.submit(example.path.read_bytes(), example.path.name)

        return self._start(submit)

    def _again(self, event: gr.EventData) -> tuple[Any, str]:
        return self._start(lambda: self._service.again(requests.number(event._data, "job_id")))

    def _start(self, start: Callable[[], int]) -> tuple[Any, str]:
        try:
            return start(), problem_html("")
        except ChartloopError as problem:
            return gr.skip(), self._problem(str(problem))

    def _stop(self, event: gr.EventData) -> str:
        try:
            self._service.stop(requests.number(event._data, "job_id"))
        except ChartloopError as problem:
            return self._problem(str(problem))
        return problem_html("")

    # following ------------------------------------------------------------------------------------------------------

    async def follow(self, job_id: int | None, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """Panels of a job, each time it changed, until it ends or this browser follows another one.

        Asks for snapshots instead of iterating `Service.watch`, which would hold a thread per open page.
        """
        if not job_id:
            yield Panels(status=welcome_html()).values()
            return
        session, token = request.session_hash or "", object()
        self._followed[session] = token
        shown = Panels()
        try:
            while self._followed.get(session) is token:
                view = await asyncio.to_thread(self._service.job, job_id)
                panels = self._render(view)
                if panels != shown:
                    yield tuple(gr.skip() if new is None else new for new in panels.changed_since(shown))
                    shown = panels
                if view.state.final:
                    return
                await asyncio.sleep(POLL_S)
        finally:
            if self._followed.get(session) is token:
                del self._followed[session]

    def _render(self, view: JobView) -> Panels:
        fates = {turn.verdict.id: self._service.fates.of(turn.verdict) for turn in view.turns if turn.verdict}
        return render(view, self._service.picture_url, fates)

    # verdicts -------------------------------------------------------------------------------------------------------

    def _judge(self, job_id: int, event: gr.EventData) -> tuple[Any, ...]:
        def judge() -> None:
            given = requests.judgement(event._data)
            self._service.judge(given.turn_id, given.label, tags=given.tags, comment=given.comment, rater=given.rater)

        return self._changed(job_id, judge)

    def _undo(self, job_id: int, event: gr.EventData) -> tuple[Any, ...]:
        return self._changed(job_id, lambda: self._service.undo(requests.number(event._data, "verdict_id")))

    def _changed(self, job_id: int, change: Callable[[], object]) -> tuple[Any, ...]:
        try:
            change()
        except ChartloopError as problem:
            return (*self._render(self._service.job(job_id)).values(), self._problem(str(problem)))
        return (*self._render(self._service.job(job_id)).values(), problem_html(""))

    # editing --------------------------------------------------------------------------------------------------------

    def _edit(self, event: gr.EventData) -> tuple[Any, ...]:
        turn = self._service.turn(requests.number(event._data, "turn_id"))
        return gr.Column(visible=True), turn.code, ""

    def _run_edit(self, job_id: int, code: str) -> Iterator[tuple[Any, ...]]:
        waiting = tuple(gr.skip() for _ in self.panels)
        yield (*waiting, gr.skip(), "", gr.Button(text.ACTIVITY["running"], interactive=False))
        ready = gr.Button(text.RUN_EDIT, interactive=True)
        try:
            view = self._service.run_edit(job_id, code)
        except ChartloopError as problem:
            yield (*waiting, gr.skip(), self._problem(str(problem)), ready)
            return
        yield (*self._render(view).values(), gr.Column(visible=False), "", ready)
