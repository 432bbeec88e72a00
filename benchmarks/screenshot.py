"""Take the README's picture: the real page at 1440 x 900 with a chart solved by the model of the settings.

    python -m benchmarks.screenshot                            a server of its own, on a data folder that is thrown away
    python -m benchmarks.screenshot --address http://...       a server that runs already

Shows one of the examples: as it was solved, else the model solves it now. Needs the `dev` extra (playwright) and
Debian's chromium.
"""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from app import api
from app.service import Service
from app.settings import Settings
from app.ui.page import mount

PICTURE = Path(__file__).resolve().parent.parent / "app" / "ui" / "assets" / "screenshot.png"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TIMEOUT_MS = 300_000
COLOURS = 256


def main(
    address: Annotated[str, typer.Option(help="A Chartloop that is being served.")] = "",
    example: Annotated[str, typer.Option(help="The example to show, by its name on the page.")] = "Grouped bars",
) -> None:
    """Write app/ui/assets/screenshot.png."""
    with nullcontext(address) if address else served() as home:
        picture = photograph(home, example)
    PICTURE.write_bytes(small(picture))
    print(f"{PICTURE.name}: {PICTURE.stat().st_size // 1000} kB")


@contextmanager
def served() -> Iterator[str]:
    """A server on a free port with an empty data folder; yields its address."""
    with tempfile.TemporaryDirectory() as folder, Service(Settings(data_dir=Path(folder))) as service:
        config = uvicorn.Config(mount(api.build(service), service), port=0, log_level="warning")
        config.timeout_graceful_shutdown = 1
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                thread.join(0.1)
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def photograph(address: str, example: str) -> bytes:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
        page.set_default_timeout(TIMEOUT_MS)
        page.goto(address)
        page.wait_for_selector("#status :is(.cl-welcome, .cl-name)")
        page.get_by_role("button", name=f"“{example}”").click()
        page.locator("#status .cl-name", has_text=example.lower().replace(" ", "_")).wait_for()
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur()")
        _wait_for_pictures(page)
        picture = page.screenshot()
        browser.close()
    return picture


def _wait_for_pictures(page: Page) -> None:
    page.wait_for_selector("#status .cl-done")
    page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth > 0)")


def small(png: bytes) -> bytes:
    """The same picture in few colours, which a page of text and bars hardly shows."""
    file = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        file, "PNG", optimize=True
    )
    return file.getvalue()


if __name__ == "__main__":
    typer.run(main)
