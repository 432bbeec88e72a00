"""A real HTTP server that behaves like an OpenAI-compatible one, or misbehaves as a test asks.

Used where no served model is needed: every way in which a server can refuse, stall or break off.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from model.records import JsonDict


@dataclass
class Script:
    """What the server does. `requests` holds the bodies that it was sent, `dropped` is set when a client went away."""

    events: list[JsonDict] = field(default_factory=list)
    models: list[str] | None = field(default_factory=lambda: ["tiny"])
    owner: str = "someone"
    prefix: str = "/v1"
    key: str = ""
    status: int = 200
    body: str = ""  # sent instead of events
    content_type: str = "text/event-stream"
    stall_s: float = 0.0  # before each event
    breaks_off: bool = False  # after the events, in the middle of the stream
    refuses_logprobs: bool = False
    redirect: str = ""
    requests: list[JsonDict] = field(default_factory=list)
    dropped: threading.Event = field(default_factory=threading.Event)


def delta(text: str = "", **more: Any) -> JsonDict:
    """One event of a stream, as servers write it."""
    finish = more.pop("finish_reason", None)
    choice = {"index": 0, "delta": {"content": text, **more.pop("delta", {})}, "finish_reason": finish}
    return {"object": "chat.completion.chunk", **more.pop("top", {}), "choices": [choice | more]}


@contextmanager
def serving(script: Script) -> Iterator[str]:
    """Runs the server on a free port; yields its base URL, prefix included."""
    handler = type("Handler", (_Handler,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{script.prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    script: Script
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        script = self.script
        if not self._let_in():
            return
        if self.path == f"{script.prefix}/models" and script.models is not None:
            cards = [{"id": name, "object": "model", "owned_by": script.owner} for name in script.models]
            self._send(200, json.dumps({"object": "list", "data": cards}))
        else:
            self._send(404, '{"detail": "Not Found"}')

    def do_POST(self) -> None:
        script = self.script
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        script.requests.append(request)
        if not self._let_in():
            return
        if script.redirect:
            self._send(308, "", Location=script.redirect)
        elif self.path != f"{script.prefix}/chat/completions":
            self._send(404, '{"detail": "Not Found"}')
        elif script.refuses_logprobs and request["logprobs"]:
            self._send(400, '{"error": {"message": "logprobs are not supported by this model"}}')
        elif script.models is not None and request["model"] not in script.models:
            self._send(404, '{"error": {"message": "The model does not exist."}}')
        elif script.body or script.status != 200:
            self._send(script.status, script.body)
        else:
            self._stream()

    def _let_in(self) -> bool:
        if self.script.key and self.headers.get("authorization") != f"Bearer {self.script.key}":
            self._send(401, '{"error": "Unauthorized"}')
            return False
        return True

    def _send(self, status: int, body: str, **headers: str) -> None:
        self.send_response(status)
        kind = "application/json" if body.startswith("{") else self.script.content_type
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for event in self.script.events:
                time.sleep(self.script.stall_s)
                self._chunk(f"data: {json.dumps(event)}\n\n")
            if self.script.breaks_off:
                self.close_connection = True
                return
            self._chunk("data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.script.dropped.set()

    def _chunk(self, text: str) -> None:
        self.wfile.write(f"{len(text.encode()):x}\r\n{text}\r\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: a test's output is for its failures."""
