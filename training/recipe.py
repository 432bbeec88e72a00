"""What a run of reinforcement learning is made of, from a TOML file: every table and key is a field below.

    model = "runs/sft/model"        a folder in Hugging Face's layout, or a name
    out = "runs/grpo"               checkpoints, logs, the candidate and its evaluation
    [[stage]]                       in order; kind = "shared" or "full" (grpo.py), steps, samples, ...
    [reward] [reward.textual] [reward.full]   the curriculum and its two tables (rewards.py)
    [charts] [sandbox] [judge] [lora] [evaluation]
    [trainer]                       anything else that trl.GRPOConfig takes: vLLM, precision, checkpointing, ...

Unknown keys and values of the wrong type are refused with their place in the file. Leaves out: doing it (reinforce.py).
"""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from model.errors import BadInput
from training.grpo import Stage
from training.rewards import Curriculum

Table = TypeVar("Table")


@dataclass(frozen=True, slots=True)
class StageRecipe:
    """One stage. `charts` and `samples` are per process and step; `parts` cuts an update into so many passes."""

    kind: Stage
    steps: int
    charts: int = 8
    samples: int = 8
    parts: int = 8
    learning_rate: float = 1e-5
    warmup_steps: int = 3
    temperature: float = 1.0
    most_tokens: int = 320
    beta: float = 0.0  # weight of the KL to where the stage began
    gamma: float = 0.0
    bonus: float = 0.0
    least_spread: float = 0.01


@dataclass(frozen=True, slots=True)
class ChartsRecipe:
    """Where charts come from: a folder, or drawn on the fly from this seed on."""

    folder: str = ""
    first_seed: int = 500_000_000  # far from the seeds of supervised training
    hints: bool = True  # of a folder: read its texts and paints


@dataclass(frozen=True, slots=True)
class SandboxRecipe:
    """Where programs run: on this machine, or with the address of a cluster on all of its nodes (cluster.py)."""

    workers: int = 2  # programs at once, on a cluster on each node; all for each training process
    timeout_s: float = 10.0
    ray: str = ""


@dataclass(frozen=True, slots=True)
class JudgeRecipe:
    """A vision-language model behind an OpenAI-compatible URL; none without one. Its key is read from `key_file`."""

    base_url: str = ""
    model: str = ""
    key_file: str = ""
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class LoraRecipe:
    r: int = 16
    alpha: int = 32
    dropout: float = 0.0
    target_modules: str = "all-linear"  # or a regular expression over module names


@dataclass(frozen=True, slots=True)
class EvaluationRecipe:
    """What the candidate is measured on at the end; nothing without a folder."""

    folder: str = ""
    limit: int = 0  # 0: all of it
    turns: int = 4
    hints: bool = True


@dataclass(frozen=True, slots=True)
class Recipe:
    """The whole file."""

    model: str
    out: str
    stage: tuple[StageRecipe, ...]
    seed: int = 0
    dtype: str = "bfloat16"
    attention: str = "eager"
    threads: int = 0  # of torch; 0: as many as there are cores
    save_steps: int = 10
    frozen: tuple[str, ...] = ()  # parts of parameter names that are not trained, e.g. "vision"
    launch: str = ""  # accelerate's configuration file, beside this one; checked by a dry run
    reward: Curriculum = field(default_factory=Curriculum)
    charts: ChartsRecipe = field(default_factory=ChartsRecipe)
    sandbox: SandboxRecipe = field(default_factory=SandboxRecipe)
    judge: JudgeRecipe = field(default_factory=JudgeRecipe)
    lora: LoraRecipe | None = None
    evaluation: EvaluationRecipe = field(default_factory=EvaluationRecipe)
    trainer: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.stage:
            if one.samples < 2 or one.charts < 1 or one.steps < 1:
                raise BadInput(f"a stage needs at least 2 samples, 1 chart and 1 step: {one}")
            if one.parts < 1 or one.charts % one.parts:
                raise BadInput(f"{one.charts} charts cannot be cut into {one.parts} parts of whole charts")
        if not self.stage:
            raise BadInput("a recipe needs at least one [[stage]]")
        if self.charts.folder and self.charts.folder == self.evaluation.folder:
            raise BadInput(f"{self.charts.folder} cannot be trained on and be what the candidate is measured on")
        if self.charts.folder:
            _refuse_benchmark(Path(self.charts.folder))

    def span(self, index: int) -> tuple[float, float]:
        """Which part of the whole training a stage is, in [0, 1]."""
        steps = [one.steps for one in self.stage]
        return sum(steps[:index]) / sum(steps), sum(steps[: index + 1]) / sum(steps)


def read_recipe(path: Path) -> Recipe:
    """The recipe of a file. Raises BadInput."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is no TOML: {error}") from error
    return filled(Recipe, document, path.name)


def _refuse_benchmark(folder: Path) -> None:
    """A benchmark is known by its name, or by charts that have published facts and no program. Raises BadInput."""
    pictures = list(folder.glob("*.png"))
    facts_alone = bool(pictures) and all(
        one.with_suffix(".json").is_file() and not one.with_suffix(".py").is_file() for one in pictures
    )
    if facts_alone or "chartmimic" in folder.resolve().name.lower():
        raise BadInput(
            f"[charts] {folder} is a benchmark, which is measured on and never trained on: name a folder of charts "
            f"with their programs (NAME.png with NAME.py), or none, and charts are drawn"
        )


def filled(table: type[Table], values: Any, place: str) -> Table:
    """A dataclass filled from a table of a file. Raises BadInput that names the place."""
    if not isinstance(values, dict):
        raise BadInput(f"{place} should be a table of settings")
    hints = get_type_hints(table)
    if unknown := sorted(values.keys() - hints.keys()):
        raise BadInput(f"{place} has no setting called {', '.join(unknown)}; there are: {', '.join(hints)}")
    given = {name: _value(hints[name], value, f"{place}: {name}") for name, value in values.items()}
    try:
        return table(**given)
    except TypeError as error:
        raise BadInput(f"{place} is not complete: {error}") from error


def _value(wanted: Any, value: Any, place: str) -> Any:
    arguments = getattr(wanted, "__args__", ())
    inner: Any = next((one for one in (wanted, *arguments) if dataclasses.is_dataclass(one)), None)
    if inner is not None and isinstance(value, list):
        return tuple(filled(inner, one, f"{place}[{index}]") for index, one in enumerate(value))
    if inner is not None:
        return filled(inner, value, place)
    if isinstance(wanted, type) and issubclass(wanted, Stage):
        if value not in tuple(Stage):
            raise BadInput(f'{place} is "{value}"; there are {", ".join(Stage)}')
        return Stage(value)
    if wanted == tuple[str, ...] and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    kind = getattr(wanted, "__origin__", wanted)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise BadInput(f"{place} should be of the type {getattr(kind, '__name__', kind)}, but is {value!r}")
    return value
