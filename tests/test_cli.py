"""The command line by its contract: what is on stdout, what is on stderr, and the exit status.

The model is served by a real HTTP server that gives written answers. What the page does with `serve`: tests/browser.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from app.cli import main
from model.records import Answer, Execution, Feedback, Outcome, Score, Turn
from storage.blobs import encode_png
from storage.records import Label
from storage.repository import Store
from tests.chat_server import Script, delta, serving
from tests.fakes import as_answer

GOOD = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2], color='#336699')\nplt.title('Sales')"
BROKEN = "import matplotlib.pyplot as plt\nplt.bar(undefined_name)"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], data: Path) -> Run:
    """The command line in this process, so that a test costs no start of Python."""

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["chartloop", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capfd.readouterr()
        assert isinstance(end.value.code, int)
        return Ended(end.value.code, said.out, said.err)

    return run


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder and a working directory of this test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHARTLOOP_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """A server whose model gives the same answer again and again; a test may change it."""
    script = Script(events=[delta(as_answer(GOOD)), delta(finish_reason="stop")])
    with serving(script) as base_url:
        monkeypatch.setenv("CHARTLOOP_MODEL__BASE_URL", base_url)
        monkeypatch.setenv("CHARTLOOP_MODEL__NAME", "tiny")
        yield script


@pytest.fixture
def chart(data: Path) -> Path:
    return draw(data.parent / "chart.png")


def draw(path: Path) -> Path:
    image = Image.new("RGB", (120, 90), "white")
    image.paste("#336699", (20, 30, 50, 90))
    image.save(path)
    return path


# run


def test_one_picture_gives_its_program_on_stdout(run: Run, script: Script, chart: Path) -> None:
    ended = run("run", chart, "--turns", 1)
    assert ended.status == 0, ended.err
    assert ended.out.strip() == GOOD
    assert "chart.png" in ended.err and "turn 1 is kept" in ended.err
    assert len(script.requests) == 1


def test_pictures_become_files_and_json(run: Run, script: Script, chart: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    namesake = draw(tmp_path / "other" / "chart.png")
    ended = run("run", chart, namesake, "--turns", 2, "--out", "made", "--json")
    assert ended.status == 0, ended.err
    first, second = ended.json()
    assert set(first) >= {"image", "model", "seconds", "best", "code", "turns"}
    assert (first["image"], first["best"], first["code"]) == (str(chart), 1, GOOD)
    assert first["model"].startswith("tiny at http://127.0.0.1")
    turn = first["turns"][0]
    assert set(turn) >= {"outcome", "error", "seconds", "score", "code", "render"}
    assert (turn["outcome"], turn["error"], turn["code"]) == ("ok", "", GOOD)
    assert set(turn["score"]) == {
        "execution", "text", "layout", "kind", "colour", "data", "visual", "overall"
    }  # fmt: skip
    assert Image.open(turn["render"]).size == (640, 480)
    made = {path.name for path in Path("made").iterdir()}
    assert {"chart.py", "chart.png", "chart.turn1.png", "chart-2.py", "chart-2.png"} <= made
    assert Path("made/chart.py").read_text() == GOOD + "\n"
    assert second["turns"][0]["render"] == "made/chart-2.turn1.png"
    assert "2 of 2 charts" in ended.err


def test_a_chart_without_a_program_that_runs_is_status_1(run: Run, script: Script, chart: Path) -> None:
    script.events[0] = delta(as_answer(BROKEN))
    ended = run("run", chart, "--turns", 1, "--json")
    assert ended.status == 1
    (result,) = ended.json()
    assert (result["best"], result["code"]) == (None, "")
    assert result["turns"][0]["outcome"] == "error" and "undefined_name" in result["turns"][0]["error"]
    assert "no program ran" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "Missing argument"),
        (["run", "gone.png"], "gone.png cannot be read: No such file"),
        (["run", "text.png"], "text.png: This file is not a picture"),
        (["run", "chart.png", "--turns", "0"], "--turns"),
        (["run", "chart.png", "--model", "nano@99"], "no model version"),
        (["run", "chart.png", "--speed", "9"], "No such option"),
        (["eval", "gone"], "gone"),
        (["score", "gone.py", "gone.py"], "gone.py cannot be read"),
        (["models", "show", "nano"], "is no model version"),
        (["models", "show", "7"], "no model version"),
        (["models", "promote", "7"], "no model version 7"),
        (["models", "rollback"], "no champion before"),
        (["verdicts", "export", "text.png"], "cannot be written"),
        (["verdicts", "export", "made", "--parquet"], "no verdicts"),
        (["fly"], "No such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misuse_is_said_in_words_and_on_stderr_only(run: Run, chart: Path, arguments: list[str], said: str) -> None:
    chart.with_name("text.png").write_text("hello")
    ended = run(*arguments)
    assert said in ended.err and "Traceback" not in ended.err
    refused = arguments[:2] in (["models", "promote"], ["models", "rollback"])  # well said, but not possible
    assert (ended.status, ended.out) == (1 if refused else 2, "")


def test_a_server_that_is_not_there_is_status_1(run: Run, chart: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLOOP_MODEL__BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("CHARTLOOP_MODEL__NAME", "tiny")
    ended = run("run", chart)
    assert (ended.status, ended.out) == (1, "") and "http://127.0.0.1:1/v1" in ended.err


def test_a_wrong_setting_is_status_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLOOP_TURN", "3")
    ended = run("models", "list")
    assert ended.status == 2 and "CHARTLOOP_TURNS" in ended.err


# eval and score


def test_eval_counts_every_chart(run: Run, script: Script, data: Path) -> None:
    folder = data.parent / "held-out"
    folder.mkdir()
    for name in ("one", "two"):
        draw(folder / f"{name}.png")
    (folder / "one.py").write_text(GOOD)
    facts = {"texts": ["Sales"], "layout": [[1, 1, 0, 0, 0, 0]], "types": {"bar": 1}, "colours": {"bar": ["#336699"]}}
    (folder / "two.json").write_text(json.dumps(facts))
    ended = run("eval", folder, "--turns", 1, "--json")
    assert ended.status == 0, ended.err
    report = ended.json()
    assert report["n"] == 2 and report["execution_rate"] == 1.0 and report["type_f1"] == 1.0
    assert set(report) >= {
        "n", "execution_rate", "text_f1", "layout_f1", "type_f1", "colour_f1", "low_level", "data_f1", "visual",
        "seconds", "by_turn", "items", "model",
    }  # fmt: skip
    assert len(report["items"]) == 2 and len(report["by_turn"]) == 1


def test_score_compares_two_programs(run: Run, data: Path) -> None:
    one, other = data.parent / "one.py", data.parent / "other.py"
    one.write_text(GOOD)
    other.write_text(GOOD.replace("Sales", "Costs"))
    same = run("score", one, one, "--json")
    assert (same.status, same.json()["overall"]) == (0, 1.0)
    different = run("score", one, other, "--json").json()
    assert (different["text"], different["data"], different["kind"]) == (0.0, 1.0, 1.0)
    other.write_text(BROKEN)
    assert run("score", one, other).status == 1


# models and verdicts


def test_the_champion_is_moved_by_hand(run: Run, data: Path) -> None:
    with Store.open(data) as store:
        for number in (1, 2):
            store.versions.add("nano", f"models/{number}", "0" * 64, metrics={"execution_rate": 0.9})
    assert run("models", "promote", "nano@1").status == 0
    promoted = run("models", "promote", "2", "--reason", "reads legends better")
    assert promoted.status == 0 and "nano@2 is the champion now" in promoted.err
    listed = run("models", "list", "--json").json()
    assert [(version["version"], version["state"]) for version in listed] == [
        ("nano@2", "champion"),
        ("nano@1", "retired"),
    ]
    assert "nano@1 is the champion again" in run("models", "rollback").err
    shown = run("models", "show", "nano@2").json()
    assert shown["state"] == "retired" and shown["champion"][0]["reason"] == "reads legends better"
    table = run("models", "list")
    assert table.err == "" and "nano@1" in table.out and "execution_rate 0.9" in table.out


@pytest.fixture
def judged(data: Path) -> dict[str, int]:
    """A corrected turn judged wrong by ann, the one before it judged and withdrawn."""
    pixels = np.full((30, 40, 3), 255, np.uint8)
    pixels[10:, 5:15] = 90
    broken = Turn(1, Answer("", BROKEN), Execution(Outcome.ERROR, "NameError"), Score(0.0), Feedback("NameError"))
    good = Turn(
        2, Answer("kind: bar", GOOD), Execution(Outcome.OK, "", pixels), Score(1.0, text=0.5), Feedback("", pixels)
    )
    third = Turn(
        3, Answer("kind: bar", GOOD + "\n"), Execution(Outcome.OK, "", pixels), Score(1.0), Feedback("", pixels)
    )
    with Store.open(data) as store:
        chart = store.jobs.add_chart(encode_png(pixels), "image/png", 40, 30)
        job_id = store.jobs.add_example(chart, "bars.png", "nano@1", [broken, good, third], "")
        job = store.jobs.get(job_id)
        assert job is not None
        first, second, last = (turn.id for turn in job.turns)
        store.verdicts.withdraw(store.verdicts.add(first, Label.CORRECT).id)
        store.verdicts.add(second, Label.CORRECT, rater="bob")
        store.verdicts.add(last, Label.WRONG, ["data"], "bars too high", GOOD, rater="ann")
        return {"first": first, "second": second, "last": last}


def test_verdicts_are_listed(run: Run, judged: dict[str, int]) -> None:
    live = run("verdicts", "list", "--json").json()
    assert [(verdict["turn_id"], verdict["label"]) for verdict in live] == [
        (judged["second"], "correct"),
        (judged["last"], "wrong"),
    ]
    history = run("verdicts", "list", "--all", "--json").json()
    assert [verdict["label"] for verdict in history] == ["correct", "withdrawn", "correct", "wrong"]
    table = run("verdicts", "list")
    assert table.err == "" and "bars too high" in table.out


def test_verdicts_are_exported_as_unpaired_preferences(run: Run, judged: dict[str, int], data: Path) -> None:
    folder = data.parent / "export"
    assert run("verdicts", "export", folder).status == 0
    second, last = (json.loads(line) for line in (folder / "verdicts.jsonl").read_text().splitlines())
    assert (second["label"], last["label"]) == (True, False)
    assert (last["tags"], last["comment"], last["corrected_code"]) == (["data"], "bars too high", GOOD)
    assert last["rater"] != "ann" and len(last["rater"]) == 16
    roles = [message["role"] for message in second["prompt"]]
    assert roles == ["system", "user", "assistant", "user"]  # the failed turn and its error are part of the question
    places = [part["type"] for message in last["prompt"] for part in message["content"]]
    assert places.count("image") == len(last["images"]) == 2  # the chart, and what the turn before drew
    assert second["completion"][0]["content"][0]["text"].count(GOOD) == 1
    for image in last["images"]:
        assert Image.open(folder / image).size == (40, 30)


def test_the_parquet_export_opens_as_a_dataset(run: Run, judged: dict[str, int], data: Path) -> None:
    import datasets  # seconds to import

    folder = data.parent / "export"
    assert run("verdicts", "export", folder, "--parquet").status == 0
    found = datasets.load_dataset(
        "parquet", data_files=str(folder / "verdicts.parquet"), split="train", cache_dir=str(folder / "cache")
    )
    assert found["label"][:] == [True, False]
    assert [image.size for image in found[1]["images"]] == [(40, 30)] * 2
    assert {"prompt", "completion", "label", "images"} <= set(found.column_names)
    assert found[1]["turn_id"] == judged["last"]


# doctor and serve


def test_the_doctor_says_what_is_missing(run: Run, script: Script, data: Path) -> None:
    ended = run("doctor", "--json")
    report = ended.json()
    assert {check["name"] for check in report["checks"]} >= {"database", "model", "program", "fonts", "disk"}
    assert report["sandbox"]["layers"] and report["sandbox"]["proofs"]
    assert all(proof["stopped"] for proof in report["sandbox"]["proofs"])
    assert report["healthy"] is True and ended.status == 0, ended.out


def test_a_port_that_is_taken_is_said_before_anything_is_loaded(run: Run, data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("serve", "--port", taken.getsockname()[1])
    assert ended.status == 2 and "choose another with --port" in ended.err
    assert not data.exists()


def test_the_server_serves_and_ends(script: Script, data: Path, checkout: Path) -> None:
    """The one test with a process of its own: `chartloop serve` as a person starts it, ended as systemd ends it."""
    code = "from app.cli import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", "0"],
        cwd=checkout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CHARTLOOP_DATA_DIR": str(data)},
    )
    assert server.stderr is not None
    try:
        said = ""
        while not (found := re.search(r"at (http://127\.0\.0\.1:\d+)", said)):
            line = server.stderr.readline()
            assert line, f"it ended: {said}"
            said += line
        with httpx.Client(base_url=found[1], timeout=60.0) as client:
            assert client.get("/healthz").json() == {"status": "ok"}
            assert "Chartloop" in client.get("/").text
            answer = client.post("/v1/jobs", files={"picture": draw(data / "chart.png").read_bytes()})
            assert answer.status_code == 202
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.communicate()
    with Store.open(data) as store:
        job = store.jobs.get(answer.json()["id"])
    assert job is not None and job.state.value in ("queued", "done")
