"""Settings: the only reader of the environment.

Order: command-line flag, then CHARTLOOP_* variables (double underscore for nesting: CHARTLOOP_MODEL__BASE_URL), then
.env in the working directory, then chartloop.toml in the configuration directory, then the defaults below. Unknown
keys are errors. Leaves out: anything about training (its options live with its commands).
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import platformdirs
from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from model.errors import BadInput
from model.sandbox import Level

PREFIX = "CHARTLOOP_"
DOTENV = ".env"
NANO_FOLDER = Path(__file__).resolve().parent.parent / "model" / "nano"
EXAMPLES_FOLDER = Path(__file__).resolve().parent / "examples"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelSettings(_Section):
    """Which model writes the code. With `base_url` set, `name` is asked of that OpenAI-compatible server."""

    name: str = "nano"  # "nano" (the champion, or the built-in weights), a version, a folder, or a hub name
    base_url: str = ""  # e.g. http://localhost:8000/v1
    api_key: SecretStr = SecretStr("")
    codec: Literal["plain", "slots"] = "plain"  # for a server: how its model is asked and read, see model/prompt.py
    max_new_tokens: int = Field(default=1536, ge=16, le=32768)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)


class SandboxSettings(_Section):
    """How programs may run. Below the `minimum` level the server refuses to run any."""

    minimum: Literal["limits", "confined", "isolated"] = "confined"  # see `chartloop doctor`
    timeout_s: float = Field(default=20.0, gt=0, le=600)
    memory_mb: int = Field(default=1024, ge=256, le=65536)

    @property
    def level(self) -> Level:
        return Level.named(self.minimum)


class JobSettings(_Section):
    """How much may run at once."""

    workers: int = Field(default=1, ge=1, le=64)  # jobs at a time; one generation at a time is right for a CPU
    max_queued: int = Field(default=64, ge=1)  # further uploads are refused until one is done


class UploadSettings(_Section):
    """What may be uploaded."""

    max_mb: int = Field(default=20, ge=1, le=500)
    max_megapixels: int = Field(default=40, ge=1, le=1000)


class RefreshSettings(_Section):
    """When verdicts are trained on, and who decides on what comes of it; the flags of `python -m training refresh`."""

    policy: Literal["auto", "ask", "off"] = "ask"  # a version that passes the gate: takes over, waits, is only kept
    min_new: int = Field(default=200, ge=1)  # new verdicts start a run, if there are enough of each kind
    min_per_class: int = Field(default=40, ge=0)
    every_hours: float = Field(default=0.0, ge=0.0)  # any new verdict starts a run after so long; 0 is never
    quiet: tuple[int, int] | None = None  # hours of the local day, [from, to), in which none starts by itself


class Settings(BaseSettings):
    """All settings, checked. Build with `load()`; tests may construct it directly."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=DOTENV,
        env_file_encoding="utf-8",
        extra="forbid",
        frozen=True,
    )

    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("chartloop")))
    database_url: str = ""  # "" is a SQLite file in data_dir; postgresql+psycopg://... for several machines
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    turns: int = Field(default=4, ge=1, le=16)
    model: ModelSettings = ModelSettings()
    sandbox: SandboxSettings = SandboxSettings()
    jobs: JobSettings = JobSettings()
    uploads: UploadSettings = UploadSettings()
    refresh: RefreshSettings = RefreshSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return (init_settings, env_settings, _OwnLines(settings_cls), toml)


class _OwnLines(DotEnvSettingsSource):
    """The lines of .env that are meant for Chartloop: other programs keep theirs in the same file."""

    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__call__().items() if name in Settings.model_fields}


def config_file() -> Path:
    """Where the TOML file is looked for."""
    return Path(platformdirs.user_config_dir("chartloop")) / "chartloop.toml"


def load(**flags: Any) -> Settings:
    """The settings in force; `flags` win over everything. Raises BadInput with one line per wrong value."""
    _refuse_unknown_variables(os.environ, "the environment")
    _refuse_unknown_variables(dotenv_values(DOTENV), DOTENV)
    try:
        return Settings(**flags)
    except (ValidationError, SettingsError, tomllib.TOMLDecodeError) as error:
        raise BadInput(_in_words(error)) from error


def _refuse_unknown_variables(variables: Iterable[str], place: str) -> None:
    """A misspelt variable would otherwise be ignored without a word."""
    known = {f"{PREFIX}{name}".upper() for name in _names(Settings)}
    for name in variables:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            nearest = difflib.get_close_matches(name.upper(), known, n=1)
            meant = f"; did you mean {nearest[0]}?" if nearest else ""
            raise BadInput(f"{place} sets {name}, which is no setting of Chartloop{meant}")


def _names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from (f"{name}__{inner}" for inner in _names(section))


def _in_words(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return f"the settings cannot be read ({config_file()} or {PREFIX}* variables): {error}"
    lines = []
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(f'there is no setting "{name}" (it is set in {config_file()})')
        else:
            lines.append(f'setting "{name}" cannot be {problem["input"]!r}: {problem["msg"]}')
    return "\n".join(lines)
