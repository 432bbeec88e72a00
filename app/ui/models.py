"""The models: who answers, the refresh, and every version with its gate report; promote, roll back, refresh by click.

The page looks again every few seconds, and is sent only what changed. Leaves out: what the
parts look like (answering.py, training.py, versions.py, version.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from app.service import Service
from app.ui import requests, text, text_models
from app.ui.answering import answering_html
from app.ui.header import header_html
from app.ui.intake import problem_html
from app.ui.training import training_html
from app.ui.version import version_html
from app.ui.versions import versions_html
from app.ui.workbench import AT_ONCE, html
from model.errors import BadInput, ChartloopError, NotFound
from storage.records import VersionState

LOOK_S = 2.0

Shown = tuple[int, ...]
"""Hashes of the parts that a page shows."""


class Models:
    """Builds the page inside a route of Blocks and binds its events to the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.header = html("header", value=self._header_html())
        with gr.Column(elem_id="models"):
            self.problem = html("problem", value=problem_html(""))
            gr.HTML(f"<h1>{text_models.MODELS_TITLE}</h1>", elem_id="models-title", apply_default_css=False)
            with gr.Row(elem_id="models-top"):
                self.answering = html("answering", "promote", "rollback")
                self.training = html("training", "refresh", "cancel")
            with gr.Row(elem_id="models-all"):
                self.versions = html("versions", "look")
                self.version = html("version", "promote")
        self.chosen = gr.State(None)
        self.shown = gr.State(())
        self.parts = [self.header, self.answering, self.training, self.versions, self.version]
        self._bind(gr.Timer(LOOK_S))

    def _bind(self, timer: gr.Timer) -> None:
        inputs, outputs = [self.chosen, self.shown], [*self.parts, self.shown, self.problem]
        for source, action in (
            (self.answering.promote, self._promote),
            (self.version.promote, self._promote),
            (self.answering.rollback, self._rollback),
            (self.training.refresh, self._refresh),
            (self.training.cancel, self._cancel),
        ):
            source(action, inputs, outputs, **AT_ONCE)
        self.versions.look(self._look, self.shown, [self.chosen, *outputs], trigger_mode="multiple", **AT_ONCE)
        timer.tick(self._again, inputs, [*self.parts, self.shown], **AT_ONCE)

    @property
    def outputs(self) -> list[Any]:
        """What `open` fills."""
        return [self.chosen, *self.parts, self.shown, self.problem]

    def open(self, request: gr.Request) -> tuple[Any, ...]:
        """Everything for a fresh page: the version of the address, else one that waits or was just refused."""
        wanted = request.query_params.get("v", "")
        try:
            chosen = requests.number({"v": wanted}, "v") if wanted else None
            return (chosen, *self._changed(chosen, ()), problem_html(""))
        except (BadInput, NotFound):
            return (None, *self._changed(None, ()), problem_html(text.UNKNOWN_VERSION))

    # events ---------------------------------------------------------------------------------------------------------

    def _again(self, chosen: int | None, shown: Shown) -> tuple[Any, ...]:
        return self._changed(chosen, shown)

    def _look(self, shown: Shown, event: gr.EventData) -> tuple[Any, ...]:
        try:
            chosen = requests.number(event._data, "number")
            return (chosen, *self._changed(chosen, shown), problem_html(""))
        except ChartloopError as problem:
            return (gr.skip(), *self._skipped(), problem_html(str(problem)))

    def _promote(self, chosen: int | None, shown: Shown, event: gr.EventData) -> tuple[Any, ...]:
        refreshes = self._service.refreshes
        return self._done(chosen, shown, lambda: refreshes.promote(requests.number(event._data, "number")))

    def _rollback(self, chosen: int | None, shown: Shown) -> tuple[Any, ...]:
        return self._done(chosen, shown, self._service.refreshes.rollback)

    def _refresh(self, chosen: int | None, shown: Shown) -> tuple[Any, ...]:
        return self._done(chosen, shown, self._service.refreshes.ask)

    def _cancel(self, chosen: int | None, shown: Shown, event: gr.EventData) -> tuple[Any, ...]:
        refreshes = self._service.refreshes
        return self._done(chosen, shown, lambda: refreshes.cancel(requests.number(event._data, "number")))

    def _done(self, chosen: int | None, shown: Shown, act: Callable[[], object]) -> tuple[Any, ...]:
        try:
            act()
        except ChartloopError as problem:
            return (*self._changed(chosen, shown), problem_html(str(problem)))
        return (*self._changed(chosen, shown), problem_html(""))

    # what is shown --------------------------------------------------------------------------------------------------

    def _changed(self, chosen: int | None, shown: Shown) -> tuple[Any, ...]:
        """The parts, each skipped where the page shows it already, and what the page shows then."""
        parts = self._parts(chosen)
        now = tuple(hash(part) for part in parts)
        before = shown if len(shown) == len(now) else (None,) * len(now)
        sent = (gr.skip() if old == new else part for part, old, new in zip(parts, before, now, strict=True))
        return (*sent, now)

    def _skipped(self) -> tuple[Any, ...]:
        return tuple(gr.skip() for _ in range(len(self.parts) + 1))

    def _parts(self, chosen: int | None) -> tuple[str, ...]:
        service = self._service
        lineage, label = service.refreshes.lineage(), service.model_label()
        newest = lineage.versions[0] if lineage.versions else None
        refused = newest if newest is not None and newest.state is VersionState.REJECTED else None
        first = lineage.waiting or refused or lineage.champion
        number = chosen or (first.number if first else None)
        detail = ""
        if number:
            detail = version_html(service.refreshes.dossier(number), lineage, service.picture_url)
        return (
            self._header_html(),
            answering_html(lineage, label),
            training_html(service.refreshes.outlook()),
            versions_html(lineage, number),
            detail,
        )

    def _header_html(self) -> str:
        return header_html("models", self._service.model_label(), self._service.sandbox_label())
