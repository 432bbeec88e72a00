"""HTTP beside the page: health, pictures and downloads, and the jobs for programs.

    GET  /healthz                      the process lives
    GET  /readyz                       database, model, sandbox and disk; 503 until all are ready
    GET  /metrics                      Prometheus
    GET  /files/SHA256.png             a chart or a rendering; never changes
    GET  /turns/ID.py|png|svg          a turn's program or drawing, as a download
    GET  /drawings/N/SHA256.png        what version N was measured to make of a chart
    POST /v1/jobs                      a picture (multipart "picture", or JSON {"picture": data URL}); "name", "turns"
    GET  /v1/jobs?search=&page=        the history            GET  /v1/jobs/ID          one job
    GET  /v1/jobs/ID/events            its snapshots as server-sent events, until it ends
    POST /v1/jobs/ID/stop              end it                 POST /v1/jobs/ID/turns    run {"code"} as a further turn
    POST /v1/turns/ID/verdicts         {"label", "tags", "comment", "corrected_code", "rater"}
    DELETE /v1/verdicts/ID             undo

Errors are {"error": sentence}. There is no login: whoever reaches the port may use it, but a request that another web
site sends through somebody's browser is refused. Leaves out: the page (app/ui).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile

from app import metrics, report
from app.service import ExportFormat, Service
from model.errors import BadInput, ChartloopError, NotFound

MEDIA = {"py": "text/x-python; charset=utf-8", "png": "image/png", "svg": "image/svg+xml"}
EVENTS_POLL_S = 0.2
BASE64_GROWTH = 1.4


class Code(BaseModel):
    """A program to run as a further turn."""

    model_config = ConfigDict(extra="forbid")
    code: str


class VerdictIn(BaseModel):
    """A person's verdict on a turn."""

    model_config = ConfigDict(extra="forbid")
    label: Literal["correct", "wrong"]
    tags: list[str] = Field(default_factory=list)
    comment: str = ""
    corrected_code: str = ""
    rater: str = ""


def build(service: Service) -> FastAPI:
    """The application without the page."""
    app = FastAPI(title="Chartloop", docs_url=None, redoc_url=None)  # FastAPI's own pages load scripts from the web
    app.add_exception_handler(ChartloopError, _problem)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.include_router(_health(service))
    app.include_router(_files(service))
    app.include_router(_jobs(service))
    app.include_router(_verdicts(service))
    return app


def _health(service: Service) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    def readyz() -> JSONResponse:
        checks = service.health()
        ready = all(check.state == "ok" for check in checks)
        content = {"ready": ready, "checks": [report.check_json(check) for check in checks]}
        return JSONResponse(content, 200 if ready else 503)

    @router.get("/metrics")
    def prometheus() -> Response:
        return Response(metrics.exposition(service.store, service.model_label()), media_type=metrics.MEDIA_TYPE)

    return router


def _files(service: Service) -> APIRouter:
    router = APIRouter()
    unchanging = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}

    @router.get("/files/{sha256}.png")
    def picture(sha256: str) -> Response:
        return Response(service.picture(sha256), media_type="image/png", headers=unchanging)

    @router.get("/drawings/{number}/{chart}.png")
    def drawing(number: int, chart: str) -> Response:
        return Response(service.refreshes.drawing(number, chart), media_type="image/png", headers=unchanging)

    @router.get("/turns/{turn_id}.{format}")
    def export(turn_id: int, format: ExportFormat) -> Response:
        # An SVG may hold scripts, so it is only ever a download, and never allowed to act on this origin.
        headers = {
            "Content-Disposition": f'attachment; filename="chart-{turn_id}.{format}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(service.export(turn_id, format), media_type=MEDIA[format], headers=headers)

    return router


def _jobs(service: Service) -> APIRouter:
    router = APIRouter(prefix="/v1/jobs", dependencies=[Depends(_same_origin)])

    @router.post("", status_code=202)
    async def submit(request: Request) -> dict[str, Any]:
        picture, name, turns = await _posted_picture(request, service.settings.uploads.max_mb)
        job_id = await asyncio.to_thread(service.submit, picture, name, turns=turns)
        return report.job_json(await asyncio.to_thread(service.job, job_id))

    @router.get("")
    def history(
        search: str = "", page: Annotated[int, Query(ge=0)] = 0, page_size: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> dict[str, Any]:
        return report.history_json(service.history(search, page, page_size))

    @router.get("/{job_id}")
    def job(job_id: int) -> dict[str, Any]:
        return report.job_json(service.job(job_id))

    @router.get("/{job_id}/events")
    async def events(job_id: int) -> StreamingResponse:
        first = await asyncio.to_thread(service.job, job_id)  # an unknown id must be a 404, not an empty stream
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_events(service, first.id), media_type="text/event-stream", headers=headers)

    @router.post("/{job_id}/stop")
    def stop(job_id: int) -> dict[str, Any]:
        service.stop(job_id)
        return report.job_json(service.job(job_id))

    @router.post("/{job_id}/turns", status_code=201)
    def run_edit(job_id: int, body: Code) -> dict[str, Any]:
        return report.job_json(service.run_edit(job_id, body.code))

    return router


def _verdicts(service: Service) -> APIRouter:
    router = APIRouter(prefix="/v1", dependencies=[Depends(_same_origin)])

    @router.post("/turns/{turn_id}/verdicts", status_code=201)
    def judge(turn_id: int, body: VerdictIn) -> dict[str, Any]:
        kept = service.judge(turn_id, body.label, body.tags, body.comment, body.corrected_code, body.rater)
        return report.verdict_json(kept)

    @router.delete("/verdicts/{verdict_id}")
    def undo(verdict_id: int) -> dict[str, Any]:
        return report.verdict_json(service.undo(verdict_id))

    return router


async def _events(service: Service, job_id: int) -> AsyncIterator[str]:
    """Asks for snapshots instead of iterating `Service.watch`, which would hold a thread per listener."""
    shown = None
    while True:
        view = await asyncio.to_thread(service.job, job_id)
        if view != shown:
            yield f"data: {json.dumps(report.job_json(view))}\n\n"
            shown = view
        if view.state.final:
            return
        await asyncio.sleep(EVENTS_POLL_S)


async def _posted_picture(request: Request, max_mb: int) -> tuple[bytes, str, int | None]:
    """(bytes, name, turns) of an upload in either form. The length is checked before anything is read."""
    _refuse_large(request, max_mb)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = await request.form(max_files=1, max_fields=4)
        picture = form.get("picture")
        if not isinstance(picture, UploadFile):
            raise BadInput('Send the picture as a form file called "picture".')
        return await picture.read(), str(form.get("name") or picture.filename or ""), _number(form.get("turns"))
    try:
        body = json.loads(await request.body())
        encoded = body["picture"].rpartition("base64,")[2]
        return base64.b64decode(encoded, validate=True), str(body.get("name", "")), _number(body.get("turns"))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise BadInput('Send a form file called "picture", or JSON with a data URL as "picture".') from error


def _refuse_large(request: Request, max_mb: int) -> None:
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise BadInput("Say how long the request is (a Content-Length header).")
    if int(length) > max_mb * 1_000_000 * BASE64_GROWTH:
        raise BadInput(f"The file is larger than the {max_mb} MB accepted. Save it smaller.")


def _number(value: object) -> int | None:
    if value in (None, ""):
        return None
    text = str(value)
    if not text.isdecimal() or len(text) > 4:
        raise BadInput(f'"turns" must be a number, not "{text[:40]}".')
    return int(text)


def _same_origin(request: Request) -> None:
    """Refuse what another web site sends through a browser of somebody who can reach this server."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise BadInput("Requests from other web sites are refused.")


def _problem(_request: Request, error: Exception) -> JSONResponse:
    status = 404 if isinstance(error, NotFound) else 400 if isinstance(error, BadInput) else 503
    return JSONResponse({"error": str(error)}, status)


def _malformed(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = (f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in error.errors())
    return JSONResponse({"error": "; ".join(problems)}, 422)
