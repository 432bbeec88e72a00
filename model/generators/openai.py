"""OpenAIGenerator: any server that speaks OpenAI's chat completions (vLLM, llama.cpp, SGLang, Ollama, a hosted one).

    generator = OpenAIGenerator("http://localhost:8000/v1", "nano", codec=codec_named("slots"))

Pictures travel as PNG data URLs inside the request. Log-probabilities are asked for, and token ids of a vLLM; they stay
empty where a server gives none. Leaves out: HTTP and its many ways to fail (server.py), starting a server
(`make serve-vllm`).
"""

from __future__ import annotations

import asyncio
import base64
import io
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass

from PIL import Image

from model.generators import Chunk, Sampling
from model.generators.background import Background, Stop
from model.generators.server import Server
from model.prompt import Codec, Message, Part, PlainCodec, write_answer
from model.records import Completion, Conversation, JsonDict, Pixels

LOOK_S = 0.05
"""How often a waiting request looks whether it was cancelled."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one event of the stream brought; empty where it brought nothing."""

    text: str = ""
    thought: str = ""  # servers with a reasoning parser take the think block out of the text
    finish: str = ""
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    prompt_token_ids: tuple[int, ...] = ()


class OpenAIGenerator:
    """A served model behind the Generator protocol.

    `timeout_s` is the longest silence that is waited for, the time until the first token included. Raises
    GeneratorUnreachable, ModelNotFound, and GeneratorError for what the server refuses.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str = "",
        *,
        name: str = "",
        timeout_s: float = 120.0,
        codec: Codec | None = None,
    ) -> None:
        self.name = name or model
        self.codec = codec or PlainCodec()
        self.wants_hints = self.codec.hints
        self._server = Server(base_url, model, api_key, timeout_s)

    def check(self) -> tuple[str, ...]:
        """The models that the server lists. Raises like `stream`; not for use inside a running event loop."""
        return asyncio.run(self._server.models())

    def stream(self, conversation: Conversation, sampling: Sampling, cancelled: threading.Event) -> Iterator[Chunk]:
        started = time.monotonic()
        body = _body(self.codec.messages(conversation), sampling)
        pieces: list[Piece] = []

        def work(emit: Callable[[Piece], None], stop: Stop) -> None:
            asyncio.run(_until_stopped(self._ask(body, emit), stop))

        for lot in Background(work, cancelled):
            pieces += lot
            yield Chunk(write_answer(self.codec.parse(_raw(pieces), conversation)))
        answer = self.codec.parse(_raw(pieces), conversation)
        completion = Completion(
            answer=answer,
            model=self.name,
            finish=_finish(pieces, cancelled.is_set()),
            prompt_token_ids=tuple(token for piece in pieces for token in piece.prompt_token_ids),
            token_ids=tuple(token for piece in pieces for token in piece.token_ids),
            logprobs=tuple(logprob for piece in pieces for logprob in piece.logprobs),
            seconds=time.monotonic() - started,
        )
        yield Chunk(write_answer(answer), completion)

    def close(self) -> None:
        """Nothing is held between two questions."""

    async def _ask(self, body: JsonDict, emit: Callable[[Piece], None]) -> None:
        async for event in self._server.events(body):
            emit(_piece(event))


async def _until_stopped(asking: Coroutine[None, None, None], stop: Stop) -> None:
    """Ends the request, and with it its connection, soon after `stop` is set, even while the server is silent."""
    task = asyncio.create_task(asking)
    while not task.done():
        if stop.is_set():
            task.cancel()
        await asyncio.wait({task}, timeout=LOOK_S)
    if not task.cancelled():
        task.result()


def _body(messages: tuple[Message, ...], sampling: Sampling) -> JsonDict:
    return {
        "messages": [{"role": message.role, "content": _content(message)} for message in messages],
        "max_tokens": sampling.max_new_tokens,
        "temperature": sampling.temperature,
        "seed": sampling.seed,
    }


def _content(message: Message) -> str | list[JsonDict]:
    """A plain string where there is no picture: some servers take nothing else for system and assistant."""
    if all(part.pixels is None for part in message.parts):
        return "".join(part.text for part in message.parts)
    return [_content_part(part) for part in message.parts]


def _content_part(part: Part) -> JsonDict:
    if part.pixels is None:
        return {"type": "text", "text": part.text}
    return {"type": "image_url", "image_url": {"url": data_url(part.pixels)}}


def data_url(pixels: Pixels) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _piece(event: JsonDict) -> Piece:
    choice: JsonDict = next(iter(event.get("choices") or ()), {})
    delta = choice.get("delta") or {}
    logprobs = (choice.get("logprobs") or {}).get("content") or ()
    return Piece(
        text=delta.get("content") or "",
        thought=delta.get("reasoning_content") or delta.get("reasoning") or "",
        finish=choice.get("finish_reason") or "",
        token_ids=tuple(choice.get("token_ids") or ()),
        logprobs=tuple(entry["logprob"] for entry in logprobs),
        prompt_token_ids=tuple(event.get("prompt_token_ids") or ()),
    )


def _raw(pieces: list[Piece]) -> str:
    thought = "".join(piece.thought for piece in pieces)
    text = "".join(piece.text for piece in pieces)
    return f"<think>{thought}</think>\n{text}" if thought else text


def _finish(pieces: list[Piece], cancelled: bool) -> str:
    said = next((piece.finish for piece in pieces if piece.finish), "")
    if not said and cancelled:
        return "cancelled"
    return "length" if said == "length" else "stop"
