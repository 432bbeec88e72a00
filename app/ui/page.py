"""Puts the page on a FastAPI application: the workbench at "/", the history at "/history", the
models at "/models".

    app = mount(FastAPI(), service)

Leaves out: the HTTP routes beside the page (app/api.py), which must be on the application before this is called.
"""

from __future__ import annotations

import warnings

import gradio as gr
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app.service import Service
from app.settings import EXAMPLES_FOLDER
from app.ui import text, theme
from app.ui.history import History
from app.ui.models import Models
from app.ui.workbench import AT_ONCE, QUIET, Workbench

CACHE_SWEEP_S = (3600, 24 * 3600)


def build(service: Service) -> gr.Blocks:
    """All pages. Nothing is reported to anybody, and uploads that were left behind are swept after a day."""
    with gr.Blocks(title=text.NAME, analytics_enabled=False, fill_width=True, delete_cache=CACHE_SWEEP_S) as blocks:
        gr.Navbar(visible=False)
        bench = Workbench(service)
        opened = blocks.load(bench.open, None, [bench.header, bench.job, bench.problem], **AT_ONCE)
        opened.then(bench.follow, bench.job, bench.panels, **QUIET)
    with blocks.route(text.NAV_HISTORY, "history"):
        gr.Navbar(visible=False)
        past = History(service)
        blocks.load(past.open, None, [past.header, past.list], **AT_ONCE)
    with blocks.route(text.NAV_MODELS, "models"):
        gr.Navbar(visible=False)
        models = Models(service)
        blocks.load(models.open, None, models.outputs, **AT_ONCE)
    blocks.queue(max_size=64, default_concurrency_limit=None)
    return blocks


def mount(app: FastAPI, service: Service) -> FastAPI:
    app.mount("/examples", StaticFiles(directory=EXAMPLES_FOLDER))
    with warnings.catch_warnings():  # Gradio warns that it leaves out what is switched off below
        warnings.filterwarnings("ignore", message="SSR mode is not supported")
        return _mounted(app, service)


def _mounted(app: FastAPI, service: Service) -> FastAPI:
    return gr.mount_gradio_app(
        app,
        build(service),
        path="",
        theme=theme.theme(),
        css_paths=list(theme.STYLES),
        head=theme.head(),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        show_error=False,
        max_file_size=f"{service.settings.uploads.max_mb}mb",
        allowed_paths=[],
        blocked_paths=[str(service.settings.data_dir)],
    )
