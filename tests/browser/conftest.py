"""The real application for browser tests: service, SQLite, sandbox, HTTP and page, on a free port of this machine.

Only the model is scripted: `app.script(...)` says what it answers next. A test fails on a console error, an uncaught
exception, or a request that would leave this machine.

Server and browser end with the last test of this folder, before those of other rooms: playwright keeps an event loop
running in the thread of the tests, so that asyncio.run fails beside it, and the browser's processes come and go.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from app import api
from app.service import Service
from app.settings import ModelSettings, Settings
from app.ui.page import mount
from tests.fakes import ScriptedGenerator

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
TIMEOUT_MS = 30_000

GOOD = """
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4))
ax.bar(["North", "South", "East"], [3, 5, 2], color="#336699")
ax.set_title("Sales by region")
ax.set_ylabel("Units")
plt.show()
"""
POOR = GOOD.replace("Sales by region", "Something else").replace("#336699", "#ffcc00")
BROKEN = GOOD.replace("ax.set_ylabel", "ax.set_y_label")


@dataclass
class App:
    """A running Chartloop and its scripted model."""

    address: str
    service: Service
    model: ScriptedGenerator
    problems: list[str] = field(default_factory=list)

    def script(self, *answers: str, delay_s: float = 0.0, pieces: int = 4) -> None:
        """What the model answers from now on, turn by turn; the last answer again when they run out."""
        self.model.conversations.clear()
        self.model.answers, self.model.delay_s, self.model.pieces = list(answers), delay_s, pieces

    def hurry(self) -> None:
        """Write what is left at once: a test has seen what it wanted of a slow answer."""
        self.model.delay_s = 0.0

    def newest_job(self) -> int:
        return self.service.history(page_size=1).items[0].job_id


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """The address where the service is served as `chartloop serve` does."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(mount(api.build(service), service), log_level="warning", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        wait_until(lambda: running.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    data = tmp_path_factory.mktemp("chartloop")
    model = ScriptedGenerator([GOOD])
    settings = Settings(data_dir=data, turns=3, model=ModelSettings(name="scripted"))
    with Service(settings, make_generator=lambda _choice: model) as service, serving(service) as address:
        yield App(address, service, model)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def app(server: App) -> Iterator[App]:
    """The application, with a model that is right at once; nothing of the test before is still at work."""
    server.script(GOOD)
    server.problems.clear()
    yield server
    for item in server.service.history(page_size=100).items:
        server.service.stop(item.job_id)
    assert server.problems == []


@pytest.fixture
def context(chromium: Browser, app: App) -> Iterator[BrowserContext]:
    """A person's browser, watched for errors and for requests to anywhere else."""
    made = chromium.new_context(viewport={"width": 1440, "height": 900})
    made.set_default_timeout(TIMEOUT_MS)
    expect.set_options(timeout=TIMEOUT_MS)
    watch(made, app)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A picture of a chart that none of the answers above draws exactly."""
    return draw(tmp_path / "regions.png")


def draw(path: Path, values: Sequence[float] = (3, 5, 2)) -> Path:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.bar(["North", "South", "East"], values, color="#336699")
    axes.set(title="Sales by region", ylabel="Units")
    figure.savefig(path)
    return path


LEAVING = "leaving this page"
TELL_OF_LEAVING = f"if (location.protocol === 'http:') addEventListener('beforeunload', () => console.log('{LEAVING}'))"


def watch(context: BrowserContext, app: App) -> None:
    left: set[Page] = set()  # as it is left, or a little later, Gradio complains that its stream was cut

    def message(said: ConsoleMessage) -> None:
        cut = "AbortError" in said.text or "Connection errored out" in said.text
        if said.text == LEAVING and said.page is not None:
            left.add(said.page)
        elif said.type == "error" and not (cut and said.page in left):
            app.problems.append(f"console: {said.text}")

    def request(sent: Request) -> None:
        if not sent.url.startswith((app.address, "data:", "blob:")):
            app.problems.append(f"left this machine: {sent.url}")

    context.add_init_script(TELL_OF_LEAVING)  # before Gradio's script, which cuts its stream at the same event
    context.on("console", message)
    context.on("request", request)
    context.on("weberror", lambda error: app.problems.append(f"exception: {error.error}"))


def wait_until(true: Callable[[], bool], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
