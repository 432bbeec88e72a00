"""The HTTP side over a real server, as other programs use it; only the model is scripted. The page: tests/browser."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from PIL import Image

from app import api
from app.service import Service
from app.settings import ModelSettings, Settings, UploadSettings
from tests.fakes import ScriptedGenerator

GOOD = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])\nplt.title('Sales')"
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def model() -> ScriptedGenerator:
    return ScriptedGenerator([GOOD])


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, model: ScriptedGenerator) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("data")
    settings = Settings(
        data_dir=folder, turns=1, model=ModelSettings(name="scripted"), uploads=UploadSettings(max_mb=1)
    )
    with Service(settings, lambda _choice: model) as service:
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(api.build(service), log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=PATIENCE_S) as client:
            yield client
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def drawing() -> bytes:
    image = Image.new("RGB", (80, 60), "white")
    image.paste("#336699", (10, 20, 30, 60))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def finished(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while job["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        job = client.get(f"/v1/jobs/{job['id']}").json()
    return job


@pytest.fixture(scope="module")
def job(client: httpx.Client, drawing: bytes) -> dict[str, Any]:
    answer = client.post("/v1/jobs", files={"picture": ("bars.png", drawing)}, data={"turns": "1"})
    assert answer.status_code == 202, answer.text
    return finished(client, answer.json())


def test_alive_at_once_and_ready_when_all_is_there(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    deadline = time.monotonic() + PATIENCE_S
    while (answer := client.get("/readyz")).status_code != 200:
        assert answer.status_code == 503 and time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    content = answer.json()
    assert content["ready"] is True
    assert {check["name"] for check in content["checks"]} == {"database", "model", "sandbox", "disk"}


def test_a_form_file_becomes_a_job(job: dict[str, Any], drawing: bytes, client: httpx.Client) -> None:
    assert (job["state"], job["chart"]["name"], job["turns_limit"], job["best"]) == ("done", "bars.png", 1, 1)
    (turn,) = job["turns"]
    assert (turn["outcome"], turn["code"], turn["author"], turn["verdict"]) == ("ok", GOOD, "model", None)
    assert 0 <= turn["score"]["overall"] <= 1 and turn["score"]["data"] is None
    picture = client.get(f"/files/{job['chart']['picture']}")
    assert picture.headers["content-type"] == "image/png" and "immutable" in picture.headers["cache-control"]
    assert Image.open(io.BytesIO(picture.content)).size == (80, 60)
    assert client.get(f"/files/{turn['render']}").content.startswith(b"\x89PNG")


def test_a_data_url_becomes_a_job(client: httpx.Client, drawing: bytes) -> None:
    url = "data:image/png;base64," + base64.b64encode(drawing).decode()
    answer = client.post("/v1/jobs", json={"picture": url, "name": "mine", "turns": 1})
    assert answer.status_code == 202
    assert finished(client, answer.json())["chart"]["name"] == "mine"


@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"picture": "data:image/png;base64,!!!"}},
        {"json": {"name": "no picture"}},
        {"json": {"picture": 7}},
        {"json": ["picture"]},
        {"content": b"{", "headers": {"content-type": "application/json"}},
        {"data": {"picture": "not a file"}, "files": {"other": b"x"}},
        {"files": {"picture": ("a.png", b"hello")}},
        {"files": {"picture": ("a.png", b"x" * 2_000_000)}},
        {"files": {"picture": ("a.png", b"x" * 1_200_000)}},
        {"json": {"picture": "aGVsbG8=", "turns": "many"}},
    ],
    ids=lambda request_: str(request_)[:40],
)
def test_a_bad_upload_is_refused_in_words(client: httpx.Client, request_: dict[str, Any]) -> None:
    answer = client.post("/v1/jobs", **request_)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"].endswith(".")


def test_snapshots_are_streamed_until_the_end(client: httpx.Client, drawing: bytes, model: ScriptedGenerator) -> None:
    model.delay_s, model.pieces = 0.3, 6
    try:
        job = client.post("/v1/jobs", files={"picture": ("bars.png", drawing)}).json()
        with client.stream("GET", f"/v1/jobs/{job['id']}/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            events = [json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: ")]
    finally:
        model.delay_s, model.pieces = 0.0, 4
    assert events[-1]["state"] == "done"
    written = {event["writing"] for event in events if event["activity"] == "writing"}
    assert len(written) > 1


def test_stop_ends_a_job(client: httpx.Client, drawing: bytes, model: ScriptedGenerator) -> None:
    model.delay_s = 60.0
    try:
        job = client.post("/v1/jobs", files={"picture": ("bars.png", drawing)}).json()
        assert client.post(f"/v1/jobs/{job['id']}/stop").status_code == 200
        assert finished(client, job)["state"] == "stopped"
    finally:
        model.delay_s = 0.0


def test_an_edit_is_run(client: httpx.Client, job: dict[str, Any]) -> None:
    answer = client.post(f"/v1/jobs/{job['id']}/turns", json={"code": "1 / 0"})
    assert answer.status_code == 201
    turn = answer.json()["turns"][-1]
    assert (turn["author"], turn["outcome"], turn["render"]) == ("person", "error", "")
    assert "ZeroDivisionError" in turn["error"]


def test_a_verdict_is_given_and_undone(client: httpx.Client, job: dict[str, Any]) -> None:
    turn_id = job["turns"][0]["id"]
    given = client.post(f"/v1/turns/{turn_id}/verdicts", json={"label": "wrong", "tags": ["text"], "comment": "hm"})
    assert given.status_code == 201
    verdict = given.json()
    assert (verdict["label"], verdict["tags"], verdict["live"]) == ("wrong", ["text"], True)
    assert client.get(f"/v1/jobs/{job['id']}").json()["turns"][0]["verdict"] == verdict
    undone = client.delete(f"/v1/verdicts/{verdict['id']}").json()
    assert (undone["label"], undone["supersedes"]) == ("withdrawn", verdict["id"])
    assert client.delete(f"/v1/verdicts/{verdict['id']}").status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"label": "perhaps"}, 422),
        ({}, 422),
        ({"label": "wrong", "speed": 1}, 422),
        ({"label": "wrong", "tags": ["x"]}, 400),
    ],
)
def test_a_senseless_verdict_is_refused(
    client: httpx.Client, job: dict[str, Any], body: dict[str, Any], status: int
) -> None:
    answer = client.post(f"/v1/turns/{job['turns'][0]['id']}/verdicts", json=body)
    assert answer.status_code == status and answer.json()["error"]


def test_the_history_is_listed_and_searched(client: httpx.Client, job: dict[str, Any]) -> None:
    found = client.get("/v1/jobs", params={"search": f"#{job['id']}"}).json()
    assert found["total"] == 1
    (item,) = found["jobs"]
    assert (item["id"], item["outcome"], item["chart"]["name"]) == (job["id"], "ok", "bars.png")
    assert client.get("/v1/jobs", params={"search": "no such thing"}).json()["jobs"] == []
    assert client.get("/v1/jobs", params={"page": -1}).status_code == 422


def test_downloads_are_attachments(client: httpx.Client, job: dict[str, Any]) -> None:
    turn_id = job["turns"][0]["id"]
    for kind, media, start in (
        ("py", "text/x-python", b"import"),
        ("png", "image/png", b"\x89PNG"),
        ("svg", "image/svg+xml", b"<?xml"),
    ):
        answer = client.get(f"/turns/{turn_id}.{kind}")
        assert answer.headers["content-type"].startswith(media) and answer.content.startswith(start)
        assert f"chart-{turn_id}.{kind}" in answer.headers["content-disposition"]
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/jobs/999"),
        ("GET", "/v1/jobs/999/events"),
        ("POST", "/v1/jobs/999/stop"),
        ("GET", f"/files/{'0' * 64}.png"),
        ("GET", "/files/..%2f..%2fchartloop.db.png"),
        ("GET", "/turns/999.py"),
    ],
)
def test_what_is_not_there_is_not_found(client: httpx.Client, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 404


def test_other_web_sites_cannot_use_somebodys_browser(client: httpx.Client, drawing: bytes) -> None:
    files = {"picture": ("bars.png", drawing)}
    foreign = client.post("/v1/jobs", files=files, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 400 and "other web sites" in foreign.json()["error"]
    own = client.post("/v1/jobs", files=files, headers={"Origin": str(client.base_url).rstrip("/")})
    assert own.status_code == 202


def test_prometheus_can_read(client: httpx.Client, job: dict[str, Any]) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'chartloop_model_info{version="scripted"} 1.0' in lines
    assert 'chartloop_verdicts{label="correct"} 0.0' in lines
    done = next(line for line in lines if line.startswith('chartloop_jobs{state="done"}'))
    assert float(done.split()[-1]) >= 1


def test_nothing_private_is_served(client: httpx.Client) -> None:
    settings_folder = Path(__file__).parent
    for path in ("/", "/files/", "/chartloop.db", f"/files/{settings_folder}", "/docs"):
        assert client.get(path).status_code == 404
