"""Which model is meant: from a name in settings or on the command line to something that can be loaded.

    nano            the champion of the registry; the built-in weights as long as nothing was promoted
    nano@3          that version of the registry
    a folder        a model in Hugging Face's layout
    any other       a server's model when CHARTLOOP_MODEL__BASE_URL is set, else a model of the Hugging Face cache

The built-in weights are registered as a version, with a copy of their own, when they are first seen, so that one can
always roll back to them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from app.settings import NANO_FOLDER, ModelSettings
from model.errors import ModelNotFound
from model.generators import Generator
from model.prompt import codec_named
from storage.records import ModelVersion
from storage.versions import CHAMPION, Versions

NANO = "nano"
WEIGHTS = "model.safetensors"
MODELS = "models"
NO_WEIGHTS = (
    f"The built-in model has no weights: model/nano/{WEIGHTS} is missing from the checkout. Bring it back (git restore "
    "model/nano) and start Chartloop again, or name another model with CHARTLOOP_MODEL__NAME."
)
_VERSION = re.compile(r"(?P<name>.+)@(?P<number>\d+)")


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """One model, ready to be loaded. `label` is kept with every turn that it writes; `choose` finds it by that too."""

    label: str
    path: str = ""  # a folder or hub name, or the server's name for the model
    adapter: str = ""  # a LoRA adapter's folder on top of it
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    codec: str = ""  # for a server


def choose(name: str, settings: ModelSettings, versions: Versions) -> ModelChoice:
    """What `name` means now. Raises ModelNotFound with what to do."""
    if settings.base_url:
        served = _served(settings)
        if name in (settings.name, served.label):
            return served
    if name == NANO:
        return _champion(versions)
    version = _VERSION.fullmatch(name)
    found = versions.get(int(version["number"])) if version else None
    if version and found and found.name == version["name"]:
        return _of_version(found)
    if Path(name).is_dir():
        folder = str(Path(name).resolve())
        return ModelChoice(folder, folder)
    if version:
        raise ModelNotFound(f'there is no model version "{name}"; `chartloop models list` shows those that exist')
    return ModelChoice(name, name)


def _served(settings: ModelSettings) -> ModelChoice:
    label = f"{settings.name} at {settings.base_url}"
    key = settings.api_key.get_secret_value()
    return ModelChoice(label, settings.name, "", settings.base_url, key, settings.codec)


def _champion(versions: Versions) -> ModelChoice:
    champion = versions.alias(CHAMPION)
    if champion is None:
        raise ModelNotFound(NO_WEIGHTS)
    return _of_version(champion)


def _of_version(version: ModelVersion) -> ModelChoice:
    if version.path == str(NANO_FOLDER) and not (NANO_FOLDER / WEIGHTS).is_file():
        raise ModelNotFound(NO_WEIGHTS)
    if version.base:
        return ModelChoice(version.label, version.base, adapter=version.path)
    return ModelChoice(version.label, version.path)


def register_built_in(versions: Versions, data_dir: Path, folder: Path = NANO_FOLDER) -> None:
    """Make the built-in weights a version, and the champion unless a trained one is.

    They are copied first: an update of the checkout brings others, and a version is what it was for ever.
    """
    weights = folder / WEIGHTS
    if not weights.is_file():
        return
    with weights.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    built_in = [version for version in versions.all() if version.name == NANO and version.run_id is None]
    if any(version.sha256 == sha256 for version in built_in):
        return
    kept = data_dir / MODELS / f"{NANO}-{sha256[:12]}"
    _copy(folder, kept)
    version = versions.add(NANO, str(kept), sha256)
    champion = versions.alias(CHAMPION)
    if champion is None or champion.number in {one.number for one in built_in}:
        versions.promote(version.number, reason="the built-in weights of this checkout", changed_by="chartloop")


def _copy(folder: Path, target: Path) -> None:
    """The files of a model folder, without the code that lies there too; whole or not at all."""
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.suffix in (".json", ".safetensors", ".jinja"):
            shutil.copyfile(path, partial / path.name)
    with contextlib.suppress(OSError):  # another process was quicker with the same files
        partial.rename(target)
    shutil.rmtree(partial, ignore_errors=True)


def load_generator(choice: ModelChoice) -> Generator:
    """Load the model, or connect to its server. Takes seconds. Raises GeneratorError."""
    if choice.base_url:
        from model.generators.openai import OpenAIGenerator

        codec = codec_named(choice.codec)
        served = OpenAIGenerator(choice.base_url, choice.path, choice.api_key, name=choice.label, codec=codec)
        served.check()  # a wrong address is told now, not in the middle of a job
        return served
    from model.generators.transformers import TransformersGenerator  # takes seconds to import

    return TransformersGenerator(choice.path, adapter=choice.adapter or None, name=choice.label)
