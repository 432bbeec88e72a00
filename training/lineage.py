"""Where versions come from and lie: what training begins with, and whether weights still are what they were.

Leaves out: loading them (loaded.py).
"""

from __future__ import annotations

from pathlib import Path

from model.errors import BadInput
from storage.records import ModelVersion
from storage.repository import Store
from training.loaded import Source


def source_of(version: ModelVersion) -> Source:
    return Source(version.base, version.path) if version.base else Source(version.path)


def whole(path: str, sha256: str) -> bool:
    """Whether the weights of a version still are what they were when it was registered."""
    source = Source(path, path) if (Path(path) / "adapter_config.json").is_file() else Source(path)
    return bool(sha256) and source.sha256() == sha256


def base_of(store: Store, champion: ModelVersion) -> ModelVersion:
    """The version that training begins with: the champion's first ancestor, or what has taken its place on the disk."""
    first = champion
    while first.parent is not None:
        parent = store.versions.get(first.parent)
        assert parent is not None, "a version is never deleted"
        first = parent
    if whole(first.path, first.sha256):
        return first
    for version in store.versions.all():
        if version.parent is None and version.name == first.name and whole(version.path, version.sha256):
            return version
    raise BadInput(f"the weights of {first.label}, which {champion.label} was made from, are gone from the disk")
