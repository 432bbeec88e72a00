"""The visual judge asks a real HTTP server: its question, its one retry, and what counts as no opinion."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from tests.chat_server import Script, serving
from training.judge import DIMENSIONS, VisualJudge, points

WHITE = np.full((30, 40, 3), 255, np.uint8)
BLACK = np.zeros((30, 40, 3), np.uint8)
FULL = dict(zip(DIMENSIONS, (10, 8, 6, 4, 2, 0), strict=True))


def reply(content: str) -> str:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]})


def test_six_dimensions_make_one_opinion() -> None:
    script = Script(body=reply(json.dumps(FULL)), key="secret")
    with serving(script) as url:
        judge = VisualJudge(url, "tiny", api_key="secret")
        assert judge.opinion(WHITE, BLACK) == pytest.approx(0.5)
        judge.close()
    (question,) = script.requests
    assert question["model"] == "tiny" and question["temperature"] == 0
    first, second, words = question["messages"][0]["content"]
    assert all(name in words["text"] for name in DIMENSIONS)
    for part, expected in ((first, 255), (second, 0)):
        picture = Image.open(io.BytesIO(base64.b64decode(part["image_url"]["url"].split(",")[1])))
        assert picture.size == (40, 30) and np.asarray(picture).mean() == expected


@pytest.mark.parametrize(
    "script",
    [
        Script(body=reply("It looks fine to me, 9 of 10.")),
        Script(body=reply(json.dumps(FULL | {"data": 11}))),
        Script(body=reply(json.dumps({"type": 10}))),
        Script(body=reply(json.dumps(FULL | {"text": True}))),
        Script(body='{"choices": []}'),
        Script(status=500, body='{"error": "overloaded"}'),
    ],
)
def test_no_opinion_after_one_retry(script: Script) -> None:
    with serving(script) as url:
        assert VisualJudge(url, "tiny").opinion(WHITE, WHITE) is None
    assert len(script.requests) == 2


def test_a_server_that_is_gone_has_no_opinion() -> None:
    with serving(Script()) as url:
        pass
    assert VisualJudge(url, "tiny", timeout_s=5).opinion(WHITE, WHITE) is None


def test_thinking_aloud_is_passed_over() -> None:
    assert points(f"The colours {{differ}}. So:\n```json\n{json.dumps(dict.fromkeys(DIMENSIONS, 7))}\n```") == 0.7
    with pytest.raises(ValueError, match="no JSON"):
        points("none")
