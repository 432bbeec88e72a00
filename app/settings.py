"""Settings: the only reader of the environment.

Order: command-line flag, then CHARTLOOP_* variables (double underscore for nesting: CHARTLOOP_MODEL__BASE_URL), then
.env in the working directory, then chartloop.toml in the configuration directory, then the defaults below. Unknown
keys are errors. Leaves out: anything about training (its options live with its commands).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from model.errors import BadInput

PREFIX = "CHARTLOOP_"
NANO_FOLDER = Path(__file__).resolve().parent.parent / "model" / "nano"
EXAMPLES_FOLDER = Path(__file__).resolve().parent / "examples"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelSettings(_Section):
    """Which model writes the code. With `base_url` set, `name` is asked of that OpenAI-compatible server."""

    name: str = "nano"  # "nano" (the champion, or the built-in weights), a version, a folder, or a hub name
    base_url: str = ""  # e.g. http://localhost:8000/v1
    api_key: SecretStr = SecretStr("")
    codec: Literal["identity", "nano"] = "identity"  # for a server: what turns its tokens into a program
    max_new_tokens: int = Field(1536, ge=16, le=32768)
    temperature: float = Field(0.0, ge=0.0, le=2.0)


class SandboxSettings(_Section):
    """How programs may run. Below the `minimum` level the server refuses to run any."""

    minimum: str = ""  # a level's name, see `chartloop doctor`; "" takes the sandbox's own default
    timeout_s: float = Field(20.0, gt=0, le=600)
    memory_mb: int = Field(1024, ge=256, le=65536)


class JobSettings(_Section):
    """How much may run at once."""

    workers: int = Field(1, ge=1, le=64)  # jobs at a time; one generation at a time is right for a CPU
    max_queued: int = Field(64, ge=1)  # further uploads are refused until one is done


class UploadSettings(_Section):
    """What may be uploaded."""

    max_mb: int = Field(20, ge=1, le=500)
    max_megapixels: int = Field(40, ge=1, le=1000)


class Settings(BaseSettings):
    """All settings, checked. Build with `load()`; tests may construct it directly."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, env_file_encoding="utf-8"
    )
    toml_file: ClassVar[str] = "chartloop.toml"

    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("chartloop")))
    database_url: str = ""  # "" is a SQLite file in data_dir; postgresql+psycopg://... for several machines
    host: str = "127.0.0.1"
    port: int = Field(7860, ge=0, le=65535)
    turns: int = Field(4, ge=1, le=16)
    model: ModelSettings = ModelSettings()
    sandbox: SandboxSettings = SandboxSettings()
    jobs: JobSettings = JobSettings()
    uploads: UploadSettings = UploadSettings()
