"""The generator for served models against a real HTTP server: what is sent, what is read, and every way to fail."""

from __future__ import annotations

import base64
import io
import socket
import threading

import numpy as np
import pytest
from PIL import Image

from model.errors import GeneratorError, GeneratorUnreachable, ModelNotFound, QuestionTooLong
from model.generators import Chunk, Sampling
from model.generators.openai import OpenAIGenerator
from model.prompt import PlainCodec
from model.records import Answer, Chart, Completion, Conversation, Feedback, Hints, TextBox
from tests.chat_server import Script, delta, serving

PICTURE = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
CONVERSATION = Conversation(Chart("0" * 64, "sales.png", PICTURE, Hints((TextBox("Sales", 0, 0, 4, 2),))))
ANSWER = ["<think>\nkind: bar\n</think>\n\n", "```python\nx = 1\n", "y = 2\n", "```"]
EVENTS = [delta(text) for text in ANSWER] + [delta(finish_reason="stop")]


def ask(script: Script, model: str = "tiny", key: str = "", timeout_s: float = 10.0) -> tuple[list[Chunk], Completion]:
    with serving(script) as base_url:
        generator = OpenAIGenerator(base_url, model, key, timeout_s=timeout_s)
        chunks = list(generator.stream(CONVERSATION, Sampling(64, 0.5, 7), threading.Event()))
    completion = chunks[-1].completion
    assert completion is not None
    return chunks, completion


def test_an_answer_is_streamed_and_read() -> None:
    chunks, completion = ask(Script(EVENTS, stall_s=0.2))
    assert completion.answer == Answer("kind: bar", "x = 1\ny = 2", "".join(ANSWER))
    assert completion.finish == "stop" and completion.model == "tiny" and completion.seconds > 0.2
    assert len(chunks) > 2 and chunks[0].text.startswith("<think>\nkind: bar\n</think>")
    assert all(chunks[-1].text.startswith(chunk.text.removesuffix("\n```")) for chunk in chunks)
    assert completion.token_ids == completion.logprobs == ()


def test_the_request_holds_the_picture_as_png_and_the_sampling() -> None:
    script = Script(EVENTS)
    ask(script)
    (sent,) = script.requests
    assert (sent["model"], sent["max_tokens"], sent["temperature"], sent["seed"]) == ("tiny", 64, 0.5, 7)
    assert sent["stream"] and sent["logprobs"] and "bad_words" not in sent
    system, user = sent["messages"]
    assert system["role"] == "system" and isinstance(system["content"], str)
    picture, text = user["content"]
    head, _, data = picture["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), PICTURE)
    assert text == {"type": "text", "text": "Write the program that draws this chart."}


def test_a_second_turn_sends_the_programs_picture() -> None:
    script = Script(EVENTS)
    history = ((Answer("bar", "x = 1"), Feedback(pixels=PICTURE)),)
    with serving(script) as base_url:
        generator = OpenAIGenerator(base_url, "tiny", codec=PlainCodec(hints=True))
        assert generator.wants_hints
        list(generator.stream(Conversation(CONVERSATION.chart, history), Sampling(), threading.Event()))
    _, question, own, feedback = script.requests[0]["messages"]
    assert '"Sales" (0, 0, 4, 2)' in question["content"][1]["text"]
    assert own == {"role": "assistant", "content": "<think>\nbar\n</think>\n\n```python\nx = 1\n```"}
    assert [part["type"] for part in feedback["content"]] == ["text", "image_url", "text"]


def test_logprobs_and_token_ids_are_kept() -> None:
    events = [
        delta(top={"prompt_token_ids": [5, 6]}),
        delta("x", logprobs={"content": [{"token": "x", "logprob": -0.5}]}, token_ids=[7]),
        delta("y", logprobs={"content": [{"token": "y", "logprob": -1.5}]}, token_ids=[8], finish_reason="length"),
    ]
    script = Script(events, owner="vllm")
    _, completion = ask(script)
    assert script.requests[0]["return_token_ids"] and "<image>" in script.requests[0]["bad_words"]
    assert completion.prompt_token_ids == (5, 6) and completion.token_ids == (7, 8)
    assert completion.logprobs == (-0.5, -1.5) and completion.finish == "length"


def test_a_server_that_refuses_logprobs_is_asked_without() -> None:
    script = Script(EVENTS, refuses_logprobs=True)
    with serving(script) as base_url:
        generator = OpenAIGenerator(base_url, "tiny")
        for _ in range(2):
            *_, last = generator.stream(CONVERSATION, Sampling(), threading.Event())
            assert last.completion is not None and last.completion.answer.code == "x = 1\ny = 2"
    assert [request["logprobs"] for request in script.requests] == [True, False, False]


def test_a_think_block_that_the_server_took_out_is_put_back() -> None:
    events = [delta(delta={"reasoning_content": "kind: "}), delta(delta={"reasoning_content": "pie"})]
    _, completion = ask(Script([*events, delta("```python\nx = 1\n```"), delta(finish_reason="stop")]))
    assert completion.answer.reading == "kind: pie" and completion.answer.code == "x = 1"


def test_cancelling_ends_the_request_even_while_the_server_is_silent() -> None:
    script = Script([delta("x" * 70_000)] * 200, stall_s=0.3)
    cancelled = threading.Event()
    with serving(script) as base_url:
        stream = OpenAIGenerator(base_url, "tiny").stream(CONVERSATION, Sampling(), cancelled)
        next(stream)
        cancelled.set()
        *_, last = stream
        assert script.dropped.wait(10), "the server was left writing"
    assert last.completion is not None and last.completion.finish == "cancelled"


def test_cancelling_before_the_first_token() -> None:
    cancelled = threading.Event()
    with serving(Script(EVENTS, stall_s=30)) as base_url:
        threading.Timer(0.2, cancelled.set).start()
        (only,) = OpenAIGenerator(base_url, "tiny").stream(CONVERSATION, Sampling(), cancelled)
    assert only.completion is not None and only.completion.finish == "cancelled" and only.text == ""


def test_nothing_listens_there() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    generator = OpenAIGenerator(f"http://127.0.0.1:{port}/v1", "tiny")
    with pytest.raises(GeneratorUnreachable, match=rf"nothing answers at http://127.0.0.1:{port}/v1"):
        list(generator.stream(CONVERSATION, Sampling(), threading.Event()))
    with pytest.raises(GeneratorUnreachable, match="is the server running"):
        generator.check()


def test_a_base_url_without_http() -> None:
    with pytest.raises(GeneratorUnreachable, match="should begin with http"):
        OpenAIGenerator("localhost:8000/v1", "tiny")


def test_the_classic_missing_v1() -> None:
    with serving(Script(EVENTS)) as base_url:
        root = base_url.removesuffix("/v1")
        generator = OpenAIGenerator(root + "/", "tiny")
        for attempt in (generator.check, lambda: list(generator.stream(CONVERSATION, Sampling(), threading.Event()))):
            with pytest.raises(GeneratorUnreachable, match=f"use {base_url}"):
                attempt()


def test_some_other_server_answers() -> None:
    with pytest.raises(GeneratorUnreachable, match="no OpenAI-compatible server"):
        ask(Script(models=None, body="<html>hello</html>", content_type="text/html"))
    with pytest.raises(GeneratorUnreachable, match="no OpenAI-compatible server"):
        ask(Script(models=None, status=404, body='{"detail": "Not Found"}'))


def test_a_missing_model_names_those_that_exist() -> None:
    with pytest.raises(ModelNotFound, match='has no model "huge"; it has: small, tiny'):
        ask(Script(EVENTS, models=["small", "tiny"]), model="huge")
    with pytest.raises(ModelNotFound, match="m11 and 3 more"):
        ask(Script(EVENTS, models=[f"m{number}" for number in range(15)]), model="huge")


def test_check_lists_the_models_and_misses_one_on_vllm() -> None:
    with serving(Script(models=["a", "b"], owner="vllm")) as base_url:
        assert OpenAIGenerator(base_url, "b").check() == ("a", "b")
        with pytest.raises(ModelNotFound, match="it has: a, b"):
            OpenAIGenerator(base_url, "c").check()


def test_a_wrong_key() -> None:
    with pytest.raises(GeneratorError, match="a request without an API key"):
        ask(Script(EVENTS, key="secret"))
    with pytest.raises(GeneratorError, match=r"the API key that was sent \(401\)") as caught:
        ask(Script(EVENTS, key="secret"), key="guess")
    assert "guess" not in str(caught.value)
    assert ask(Script(EVENTS, key="secret"), key="secret")[1].answer.code == "x = 1\ny = 2"


def test_a_silent_server_times_out() -> None:
    with pytest.raises(GeneratorUnreachable, match=r"sent nothing for 0\.3 s"):
        ask(Script(EVENTS, stall_s=1.5), timeout_s=0.3)


def test_a_connection_that_breaks_off() -> None:
    with pytest.raises(GeneratorUnreachable, match="broke off in the middle"):
        ask(Script(EVENTS[:2], breaks_off=True))


def test_an_error_in_the_middle_of_the_stream() -> None:
    with pytest.raises(GeneratorError, match="broke off the answer: out of memory"):
        ask(Script([*EVENTS[:1], {"error": {"message": "out of memory", "code": 500}}]))


@pytest.mark.parametrize("body", ['{"error": {"message": "too many tokens"}}', '{"detail": "too many tokens"}'])
def test_what_the_server_refuses_is_said_in_its_words(body: str) -> None:
    with pytest.raises(GeneratorError, match=r"refused the question \(400\): too many tokens"):
        ask(Script(status=400, body=body))


def test_a_question_beyond_the_context_has_an_error_of_its_own() -> None:
    """An evaluation goes on after it, as it does not after other refusals."""
    said = '{"error": {"message": "This model\'s maximum context length is 2048 tokens."}}'
    with pytest.raises(QuestionTooLong, match="2048 tokens"):
        ask(Script(status=400, body=said))
    with pytest.raises(GeneratorError) as caught:
        ask(Script(status=400, body='{"error": {"message": "no pictures, please"}}'))
    assert not isinstance(caught.value, QuestionTooLong)


def test_a_broken_server_is_quoted_in_short() -> None:
    with pytest.raises(GeneratorError, match=r"\(500\): boom") as caught:
        ask(Script(status=500, body="boom " * 500))
    assert len(str(caught.value)) < 500


def test_a_redirect_names_the_new_address() -> None:
    with pytest.raises(GeneratorUnreachable, match="redirects to https://elsewhere/v1"):
        ask(Script(redirect="https://elsewhere/v1"))


def test_an_answer_that_is_no_stream() -> None:
    with pytest.raises(GeneratorError, match="streamed no answer"):
        ask(Script(body='{"choices": []}'))
    with pytest.raises(GeneratorError, match="no JSON"):
        ask(Script(body="data: hello\n\n"))
