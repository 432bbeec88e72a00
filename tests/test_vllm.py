"""The generator for served models against a real vLLM on the CPU, from the environment that `make vllm` creates.

Where that environment is missing these tests say so, and tests/test_generators_openai.py covers the same requests
with a stand-in server. vLLM takes a minute or more to start: pytest -m slow tests/test_vllm.py
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from model.errors import GeneratorError, GeneratorUnreachable, ModelNotFound
from model.generators import Generator, Sampling
from model.generators.openai import OpenAIGenerator
from model.generators.transformers import TransformersGenerator
from model.records import Answer, Chart, Completion, Conversation, Feedback
from tests.tiny_model import build_tiny_model

CHECKOUT = Path(__file__).resolve().parent.parent
SERVE = CHECKOUT / "model" / "generators" / "serve-vllm.sh"
START_S = 540

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHECKOUT / ".venv-vllm" / "bin" / "python").exists(),
        reason="vLLM is not installed here (make vllm); test_generators_openai.py covers its protocol",
    ),
]

PICTURE = np.random.default_rng(0).integers(0, 255, (40, 64, 3), np.uint8)
FIRST = Conversation(Chart("0" * 64, "sales.png", PICTURE))
SECOND = Conversation(FIRST.chart, ((Answer("bar", "x = 1"), Feedback(pixels=PICTURE)),))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def base_url(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A vLLM with the tiny model, on a free port; its log is shown if it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("vllm") / "log"
    with log.open("wb") as sink:
        command = [str(SERVE), str(folder), str(port)]
        server = subprocess.Popen(command, stdout=sink, stderr=sink, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}/v1"
        _await(url, server, log)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            OpenAIGenerator(url, "tiny", timeout_s=5).check()
            return
        except GeneratorUnreachable:
            time.sleep(1)
    pytest.fail(f"vLLM did not start:\n{log.read_text(errors='replace')[-4000:]}")


def ask(generator: Generator, conversation: Conversation, sampling: Sampling) -> Completion:
    *_, last = generator.stream(conversation, sampling, threading.Event())
    assert last.completion is not None
    return last.completion


def test_served_and_in_process_write_the_same_tokens(base_url: str, folder: Path) -> None:
    here = TransformersGenerator(folder, threads=1, device="cpu")
    there = OpenAIGenerator(base_url, "tiny")
    assert there.check() == ("tiny",)
    for conversation in (FIRST, SECOND):
        ours = ask(here, conversation, Sampling(max_new_tokens=24))
        theirs = ask(there, conversation, Sampling(max_new_tokens=24))
        assert theirs.prompt_token_ids == ours.prompt_token_ids
        assert theirs.token_ids == ours.token_ids and theirs.finish == ours.finish == "length"
        assert theirs.logprobs == pytest.approx(ours.logprobs, abs=1e-3)


def test_a_seed_decides_what_is_drawn(base_url: str) -> None:
    generator = OpenAIGenerator(base_url, "tiny")
    first, again, other = (
        ask(generator, FIRST, Sampling(max_new_tokens=12, temperature=1.0, seed=seed)).token_ids for seed in (1, 1, 2)
    )
    assert first == again != other


def test_picture_tokens_are_never_drawn(base_url: str, folder: Path) -> None:
    """Unguarded, two of some 270 equally likely tokens would turn up every 135 tokens."""
    here = TransformersGenerator(folder, threads=1, device="cpu")
    there = OpenAIGenerator(base_url, "tiny")
    warm = [Sampling(max_new_tokens=300, temperature=2.0, seed=seed) for seed in range(8)]
    drawn = [token for sampling in warm for token in ask(there, FIRST, sampling).token_ids]
    assert len(drawn) > 600
    assert not set(here._placeholders) & set(drawn)


def test_cancelling_ends_the_request(base_url: str) -> None:
    cancelled = threading.Event()
    stream = OpenAIGenerator(base_url, "tiny").stream(FIRST, Sampling(max_new_tokens=1300), cancelled)
    next(stream)
    cancelled.set()
    *_, last = stream
    assert last.completion is not None and last.completion.finish == "cancelled"
    assert len(last.completion.token_ids) < 1300


def test_mistakes_are_named(base_url: str) -> None:
    with pytest.raises(GeneratorUnreachable, match=f"use {base_url}"):
        ask(OpenAIGenerator(base_url.removesuffix("/v1"), "tiny"), FIRST, Sampling())
    with pytest.raises(ModelNotFound, match='no model "huge"; it has: tiny'):
        ask(OpenAIGenerator(base_url, "huge"), FIRST, Sampling())
    with pytest.raises(GeneratorError, match=r"refused the question \(400\)"):
        ask(OpenAIGenerator(base_url, "tiny"), FIRST, Sampling(max_new_tokens=100_000))
