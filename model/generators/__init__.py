"""Generators write answers: one protocol, two kinds.

transformers.py   any Hugging Face image-text-to-text model in this process, the built-in one too; LoRA adapters
openai.py         any OpenAI-compatible server: vLLM, llama.cpp, Ollama, ...
server.py         one such server: its HTTP, and what is wrong when it does not answer
background.py     work in a thread that can be iterated over and stopped
serve-vllm.sh     serves a model folder with vLLM on this machine's CPU

This file imports none of them, so that the vocabulary costs nothing to load.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from model.records import Completion, Conversation


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw tokens. temperature 0 is greedy."""

    max_new_tokens: int = 1024
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """A step of a stream: the whole answer as far as it is written, ready to show (codec applied).

    The last chunk carries the completion; a cancelled one too, with finish="cancelled".
    """

    text: str
    completion: Completion | None = None


class Generator(Protocol):
    """Writes an answer for a conversation, token by token.

    `stream` yields at least one chunk and ends soon after `cancelled` is set. It may be called from several threads;
    an implementation that can only do one at a time waits its turn. Raises GeneratorError.
    """

    name: str
    wants_hints: bool

    def stream(self, conversation: Conversation, sampling: Sampling, cancelled: threading.Event) -> Iterator[Chunk]: ...

    def close(self) -> None: ...
