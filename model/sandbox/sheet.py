"""The result channel: a shared memory file per program, made by the host, filled by the child, read after its death.

    header | program (from the host) | output | report (JSON) | payload (RGB pixels, or an exported file)

Its size is fixed and sealed; sections have fixed places. The child gets a mapping and no descriptor, so a program that
writes to every descriptor hits nothing here; output is visible even if the program is killed. The report counts only
when the header says DONE, written last. The host reads it once the child has ended, and trusts no byte: lengths, JSON,
sizes are checked, and what does not fit raises Malformed.

A program shares its process with the code that reports about it, so a determined one can forge its own report (with
ctypes, say). It can reach no other program's sheet: each lives for one run.
"""

from __future__ import annotations

import ctypes
import fcntl
import importlib.util
import json
import mmap
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from model.records import JsonDict, Pixels
from model.sandbox import kernel
from model.sandbox.limits import SandboxLimits

PROGRAM_BYTES = 256 * 1024
REPORT_BYTES = 4 * 1024 * 1024
_MAGIC = 0x43484C50
_DONE = 0x444F4E45
_HEADER = struct.Struct("<9I")  # magic, program, output, state, report, payload, height, width, output lost
_HEADER_BYTES = 64


class Malformed(ValueError):
    """The child's message is not what the sandbox's own code writes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the sections lie, in bytes; both sides compute it from the limits."""

    output_bytes: int
    payload_bytes: int
    max_pixels: int

    @classmethod
    def of(cls, limits: SandboxLimits) -> Layout:
        payload = max(limits.max_pixels * 3, limits.export_mb * 1024 * 1024)
        return cls(limits.output_kb * 1024, payload, limits.max_pixels)

    @property
    def output(self) -> int:
        return _HEADER_BYTES + PROGRAM_BYTES

    @property
    def report(self) -> int:
        return self.output + self.output_bytes

    @property
    def payload(self) -> int:
        return self.report + REPORT_BYTES

    @property
    def size(self) -> int:
        return self.payload + self.payload_bytes


@dataclass(frozen=True, slots=True)
class Result:
    """A report that passed the checks of form; what it says still has to be checked by who uses it."""

    report: JsonDict
    pixels: Pixels | None
    payload: bytes


class HostSheet:
    """The host's end. Use as a context manager; `descriptor` goes to the server with the request."""

    def __init__(self, layout: Layout, program: bytes) -> None:
        assert len(program) <= PROGRAM_BYTES
        self._layout = layout
        self.descriptor = os.memfd_create("program", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(self.descriptor, layout.size)
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
            fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, seals)
            self._memory = mmap.mmap(self.descriptor, layout.size)
        except BaseException:
            os.close(self.descriptor)
            raise
        self._memory[: _HEADER.size] = _HEADER.pack(_MAGIC, len(program), *[0] * 7)
        self._memory[_HEADER_BYTES : _HEADER_BYTES + len(program)] = program

    def __enter__(self) -> HostSheet:
        return self

    def __exit__(self, *exc: object) -> None:
        self._memory.close()
        os.close(self.descriptor)

    def output(self) -> str:
        """What the program printed, as far as it was kept."""
        _, _, length, *_, lost = self._header()
        length = min(length, self._layout.output_bytes)
        text = self._cut(self._layout.output, length).decode("utf-8", "replace")
        return f"{text}\n... and more, which was dropped" if lost else text

    def result(self) -> Result | None:
        """The child's result; None when it ended without one. Raises Malformed."""
        _, _, _, state, report, payload, height, width, _ = self._header()
        if state == 0:
            return None
        if state != _DONE or report > REPORT_BYTES or payload > self._layout.payload_bytes:
            raise Malformed("the header of the result is damaged")
        parsed = _parse(self._cut(self._layout.report, report))
        if (height, width) == (0, 0):
            return Result(parsed, None, self._cut(self._layout.payload, payload))
        if height * width > self._layout.max_pixels or payload != height * width * 3 or not payload:
            raise Malformed("the picture in the result has an impossible size")
        flat = np.frombuffer(self._cut(self._layout.payload, payload), np.uint8)
        return Result(parsed, flat.reshape(height, width, 3), b"")

    def _header(self) -> tuple[int, ...]:
        return _HEADER.unpack(self._memory[: _HEADER.size])

    def _cut(self, start: int, length: int) -> bytes:
        return self._memory[start : start + length]


def _parse(text: bytes) -> JsonDict:
    try:
        report = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("the report in the result is no JSON") from error
    if not isinstance(report, dict):
        raise Malformed("the report in the result is no JSON object")
    return report


def _private(name: str) -> ModuleType:
    """A copy of a module that no program can reach and change."""
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Encode = Callable[[JsonDict], str]


def private_encoder() -> Encode:
    """Writes JSON, from a copy of the library that programs cannot reach."""
    encoder: Any = _private("json.encoder")
    encode: Encode = encoder.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
    return encode


class ChildSheet:
    """The child's end: a bare address, because a descriptor or an mmap object would be easy to find."""

    def __init__(self, descriptor: int, layout: Layout, encode: Encode) -> None:
        self._layout, self._encode = layout, encode
        self._address = kernel.map_shared(descriptor, layout.size)
        self._written = 0

    def program(self) -> bytes:
        length = _HEADER.unpack(ctypes.string_at(self._address, _HEADER.size))[1]
        return ctypes.string_at(self._address + _HEADER_BYTES, length)

    def print(self, data: bytes) -> None:
        """Keep output as far as there is room for it."""
        kept = data[: self._layout.output_bytes - self._written]
        self._put(self._layout.output + self._written, kept)
        self._written += len(kept)
        self._put(8, struct.pack("<I", self._written))
        if len(kept) < len(data):
            self._put(32, struct.pack("<I", 1))

    def finish(self, report: dict[str, Any], pixels: Pixels | None = None, payload: bytes = b"") -> None:
        """Write the result. Raises ValueError when it is too large or not JSON."""
        text = self._encode(report).encode()
        picture = np.empty((0, 0, 3), np.uint8) if pixels is None else pixels
        size = len(payload) or picture.size
        if len(text) > REPORT_BYTES or size > self._layout.payload_bytes:
            raise ValueError(f"too large to report: {len(text)} bytes of facts, {size} of picture or file")
        self._put(self._layout.report, text)
        self._put(self._layout.payload, payload)
        place: Any = (ctypes.c_uint8 * picture.size).from_address(self._address + self._layout.payload)
        np.frombuffer(place, np.uint8).reshape(picture.shape)[:] = picture  # the only copy
        self._put(16, struct.pack("<4I", len(text), size, *picture.shape[:2]))
        self._put(12, struct.pack("<I", _DONE))

    def _put(self, offset: int, data: bytes) -> None:
        ctypes.memmove(self._address + offset, data, len(data))
