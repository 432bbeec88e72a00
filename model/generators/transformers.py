"""TransformersGenerator: any Hugging Face image-text-to-text model in this process, with an optional LoRA adapter.

    generator = TransformersGenerator("model/nano")
    for chunk in generator.stream(Conversation(chart), Sampling(), threading.Event()): ...

One generation at a time; others wait. Reads only what is on disk unless told otherwise. Leaves out: batches and
throughput, which are a server's business (openai.py).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import SafetensorError
from transformers import (
    AutoModelForImageTextToText,
    AutoProcessor,
    BatchFeature,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.utils import logging

from model.errors import GeneratorError, ModelNotFound, QuestionTooLong
from model.generators import Chunk, Sampling
from model.generators.background import Background, Stop
from model.prompt import Codec, Message, as_chat, codec_for, write_answer
from model.records import Completion, Conversation, JsonDict

TURN_WAIT_S = 0.1
LOST = 64  # equal tokens in a row, after which a model does not find back: the answer is cut off there
# Models and processors are typed Any: transformers gives their methods types that no concrete one fulfils.
Token = tuple[int, float]  # id, log-probability under the model's own distribution (temperature 1)


class TransformersGenerator:
    """A model of this process behind the Generator protocol.

    `model` is a folder in Hugging Face's layout or a name in its cache; `adapter` a PEFT folder trained on it. `dtype`
    and `device` may be "auto": as stored, and a GPU if there is one. `threads` bounds torch's threads, for the whole
    process. Raises ModelNotFound if anything is missing or unreadable.
    """

    def __init__(
        self,
        model: str | Path,
        adapter: str | Path | None = None,
        *,
        name: str = "",
        dtype: str = "auto",
        device: str = "auto",
        threads: int | None = None,
        local_files_only: bool = True,
    ) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        self.name = name or Path(adapter or model).name
        self.codec: Codec = codec_for(model)
        self.wants_hints = self.codec.hints
        self.device = _device(device)
        with _named_problems(self.name, model, adapter):
            self._processor = AutoProcessor.from_pretrained(model, local_files_only=local_files_only)
            self._model = _load(model, adapter, dtype, local_files_only).to(self.device).eval()
        self._placeholders = placeholder_ids(self._model, self._processor)
        self._ends = end_ids(self._model)
        self._one_at_a_time = threading.Lock()

    def stream(self, conversation: Conversation, sampling: Sampling, cancelled: threading.Event) -> Iterator[Chunk]:
        started = time.monotonic()
        prompt = _prompt(self._processor, self.codec.messages(conversation))
        tokens: list[Token] = []
        raw = ""

        def work(emit: Callable[[Token], None], stop: Stop) -> None:
            while not stop.is_set():
                if self._one_at_a_time.acquire(timeout=TURN_WAIT_S):
                    try:
                        return self._generate(prompt, sampling, emit, stop)
                    finally:
                        self._one_at_a_time.release()

        for lot in Background(work, cancelled):
            tokens += lot
            raw = self._decode(tokens)
            yield Chunk(write_answer(self.codec.parse(raw, conversation)))
        answer = self.codec.parse(raw, conversation)
        ended = bool(tokens) and tokens[-1][0] in self._ends
        completion = Completion(
            answer=answer,
            model=self.name,
            finish="stop" if ended else "cancelled" if cancelled.is_set() else "length",
            prompt_token_ids=tuple(prompt["input_ids"][0].tolist()),
            token_ids=tuple(token for token, _ in tokens),
            logprobs=tuple(logprob for _, logprob in tokens),
            seconds=time.monotonic() - started,
        )
        yield Chunk(write_answer(answer), completion)

    def close(self) -> None:
        """Give the memory back, after the generation that is running; later ones raise GeneratorError."""
        with self._one_at_a_time:
            self._model = None
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _generate(self, prompt: BatchFeature, sampling: Sampling, emit: Callable[[Token], None], stop: Stop) -> None:
        if self._model is None:
            raise GeneratorError(f"{self.name} was unloaded in the meantime: ask again")
        inputs = prompt.to(self.device, dtype=self._model.dtype)
        row = _LastRow(self._placeholders)
        warm = sampling.temperature > 0
        drawing = {"temperature": sampling.temperature, "top_p": 1.0, "top_k": 0} if warm else {}
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices), torch.inference_mode():
            torch.manual_seed(sampling.seed)
            self._model.generate(
                **inputs,
                **drawing,
                do_sample=warm,
                max_new_tokens=self._room(inputs["input_ids"].shape[1], sampling.max_new_tokens),
                logits_processor=LogitsProcessorList([row]),
                stopping_criteria=StoppingCriteriaList([_Follower(row, emit, stop, self._ends)]),
            )

    def _room(self, asked: int, wanted: int) -> int:
        """How many tokens may be written: the least of what is wanted, what the model itself allows an answer, and what
        `asked` tokens of question leave of the context.
        """
        context = getattr(self._model.config.get_text_config(), "max_position_embeddings", None) or sys.maxsize
        if asked >= context:
            raise QuestionTooLong(
                f"the question takes {asked} tokens, but {self.name} reads {context}: use a smaller picture"
            )
        allowed = self._model.generation_config.max_new_tokens or wanted
        return min(wanted, allowed, context - asked)

    def _decode(self, tokens: list[Token]) -> str:
        ids = [token for token, _ in tokens]
        text = self._processor.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text)


class _LastRow(LogitsProcessor):
    """Remembers the logits of the model itself for the next token, and forbids the tokens that stand for pictures."""

    def __init__(self, forbidden: list[int]) -> None:
        self._forbidden = forbidden
        self._logits = torch.empty(0)

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:  # noqa: ARG002
        self._logits = scores
        allowed = scores.clone()
        allowed[:, self._forbidden] = -torch.inf
        return allowed  # type: ignore[return-value]

    def logprob(self, token: int) -> float:
        return float(torch.log_softmax(self._logits[0].float(), dim=-1)[token])


class _Follower(StoppingCriteria):
    """Sees each token right after it was drawn, hands it on, and says whether to stop."""

    def __init__(self, row: _LastRow, emit: Callable[[Token], None], stop: Stop, ends: frozenset[int]) -> None:
        self._row, self._emit, self._stop, self._ends = row, emit, stop, ends
        self._ended = False

    def __call__(self, input_ids: torch.LongTensor, scores: Any, **_: Any) -> torch.BoolTensor:  # noqa: ARG002
        if not self._ended:  # on a GPU, transformers may run a step past the end before it looks
            token = int(input_ids[0, -1])
            self._emit((token, self._row.logprob(token)))
            lost = input_ids.shape[1] > LOST and bool((input_ids[0, -LOST:] == token).all())
            self._ended = token in self._ends or lost
        return torch.full((1,), self._ended or self._stop.is_set(), device=input_ids.device)  # type: ignore[return-value]


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _load(model: str | Path, adapter: str | Path | None, dtype: str, local_files_only: bool) -> Any:
    logging.disable_progress_bar()
    loaded = AutoModelForImageTextToText.from_pretrained(model, dtype=dtype, local_files_only=local_files_only)
    if adapter is None:
        return loaded
    from peft import PeftModel  # slow to import, and most models need no adapter

    return PeftModel.from_pretrained(loaded, str(adapter)).merge_and_unload()


@contextmanager
def _named_problems(name: str, model: str | Path, adapter: str | Path | None) -> Iterator[None]:
    """Loading fails in many ways; each becomes words for people, who know a model's name and not where it lies."""
    try:
        yield
    except ImportError as error:
        raise GeneratorError(f"the model {name} needs a package that is not installed: {error}") from error
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelNotFound(_why_not_loaded(name, model, adapter, str(error))) from error


def _why_not_loaded(name: str, model: str | Path, adapter: str | Path | None, said: str) -> str:
    another = "or name another model with CHARTLOOP_MODEL__NAME"
    for folder in (path for path in (model, adapter) if path and Path(path).is_absolute()):
        if not Path(folder).is_dir():
            return f"the folder of the model {name} is no longer there: put it back, {another}"
    if not Path(model).is_dir():
        return (
            f'there is no model "{model}": it is no folder, and the Hugging Face cache of this machine does not '
            f"hold it. Download it (hf download {model}) or name a folder."
        )
    if not any(Path(model).glob("*.safetensors*")):
        return f"the model {name} has no weights: its folder holds no .safetensors file. Put one there, {another}"
    line = said.splitlines()[0] if said else "its files are damaged"
    for folder in (str(path) for path in (adapter, model) if path):
        line = line.replace(folder, Path(folder).name)
    return f"the model {name} cannot be loaded: {line}"


def placeholder_ids(model: Any, processor: Any) -> list[int]:
    """Tokens that stand for pictures in a prompt. Written in an answer they would be taken for a missing picture."""
    names = ("image_token_id", "video_token_id", "image_token_index", "fake_image_token_id")
    found = {getattr(holder, name, None) for holder in (model.config, processor) for name in names}
    return sorted(token for token in found if isinstance(token, int))


def end_ids(model: Any) -> frozenset[int]:
    """Tokens that end an answer."""
    ends = model.generation_config.eos_token_id
    return frozenset(ends if isinstance(ends, list) else [] if ends is None else [ends])


def _prompt(processor: Any, messages: tuple[Message, ...]) -> BatchFeature:
    """Token ids and pictures for a model, by its own chat template; without one, the parts one after another."""
    template = processor.chat_template or processor.tokenizer.chat_template
    if template is None:
        parts = [part for message in messages for part in message.parts]
        text = "\n".join(part.text or processor.image_token for part in parts)
        pictures = [Image.fromarray(part.pixels) for part in parts if part.pixels is not None]
        return processor(images=pictures, text=text, return_tensors="pt")
    return processor.apply_chat_template(
        chat(messages),
        chat_template=template,
        tokenize=True,
        add_generation_prompt=True,
        return_dict=True,
        return_tensors="pt",
    )


def chat(messages: Sequence[Message]) -> list[JsonDict]:
    """Messages as processors and TRL take them, with pictures where they stand."""
    return as_chat(messages, lambda pixels: {"image": Image.fromarray(pixels)})
