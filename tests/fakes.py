"""ScriptedGenerator: the one fake in the tests. It writes given answers piece by piece, as a model would.

Leaves out: everything that can be real (sandbox, files, servers, browsers are).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

from model.errors import ChartloopError
from model.generators import Chunk, Sampling
from model.prompt import read_answer
from model.records import Answer, Completion, Conversation


class ScriptedGenerator:
    """Gives `answers` in order and the last one again when they run out; an exception among them is raised.

    A string with a fence is the whole raw answer; any other is a program, and gets a reading and a fence.
    Each answer is streamed in `pieces` pieces with `delay_s` before each. `conversations` and `samplings`
    record what it was asked with; `closed` whether close() was called.
    """

    name = "scripted"

    def __init__(
        self,
        answers: Sequence[str | ChartloopError],
        delay_s: float = 0.0,
        pieces: int = 4,
        wants_hints: bool = False,
    ) -> None:
        assert answers, "a scripted generator needs something to say"
        self.answers = list(answers)
        self.delay_s = delay_s
        self.pieces = pieces
        self.wants_hints = wants_hints
        self.conversations: list[Conversation] = []
        self.samplings: list[Sampling] = []
        self.closed = False

    def stream(self, conversation: Conversation, sampling: Sampling, cancelled: threading.Event) -> Iterator[Chunk]:
        asked = len(self.conversations)
        self.conversations.append(conversation)
        self.samplings.append(sampling)
        scripted = self.answers[min(asked, len(self.answers) - 1)]
        if isinstance(scripted, ChartloopError):
            raise scripted
        raw = scripted if "```" in scripted or not scripted else as_answer(scripted)
        started = time.monotonic()
        written = ""
        for written in self._pieces(raw):
            if cancelled.wait(self.delay_s) or cancelled.is_set():
                yield Chunk(written, self._completion(written, "cancelled", started))
                return
            yield Chunk(written)
        yield Chunk(written, self._completion(written, "stop", started))

    def _pieces(self, raw: str) -> Iterator[str]:
        step = max(1, -(-len(raw) // self.pieces))
        for end in range(step, len(raw) + step, step):
            yield raw[:end]

    def _completion(self, written: str, finish: str, started: float) -> Completion:
        answer: Answer = read_answer(written)
        ids = tuple(range(len(written.split())))
        return Completion(
            answer=answer,
            model=self.name,
            finish=finish,
            prompt_token_ids=(1, 2, 3),
            token_ids=ids,
            logprobs=tuple(-0.1 for _ in ids),
            seconds=time.monotonic() - started,
        )

    def close(self) -> None:
        self.closed = True


def as_answer(code: str, reading: str = "kind: bar\npanels: 1 x 1") -> str:
    """A program in the form that models answer in."""
    return f"<think>\n{reading}\n</think>\n\n```python\n{code.strip()}\n```"
