"""What a program may use, how strongly it is held, and what the sandbox says about itself.

Leaves out: how any of it is enforced (confine.py) and proven (proofs.py).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Level(enum.IntEnum):
    """How strongly a program is held on this host; each level includes the ones before it.

    LIMITS     a process of its own with resource limits and a wall clock: stops accidents, not attacks
    CONFINED   and the kernel refuses files outside (Landlock) and dangerous system calls (seccomp)
    ISOLATED   and user, process, network, IPC, host name and mount namespaces of its own
    """

    LIMITS = 1
    CONFINED = 2
    ISOLATED = 3

    @classmethod
    def named(cls, name: str) -> Level:
        """The level of that name in any case; "" is CONFINED. Raises ValueError with the names that exist."""
        try:
            return cls[name.upper()] if name else cls.CONFINED
        except KeyError:
            names = ", ".join(level.name.lower() for level in cls)
            raise ValueError(f"no sandbox level is called {name!r}; there are: {names}") from None


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What one program may use. Memory counts what it adds to the preloaded libraries."""

    timeout_s: float = 20.0  # wall clock, drawing included
    cpu_s: int = 20
    memory_mb: int = 1024
    file_mb: int = 64  # everything that it writes, together
    open_files: int = 64
    output_kb: int = 64  # of stdout and stderr together; the rest is dropped
    max_pixels: int = 4_000_000  # of the rendering
    export_mb: int = 32  # of an exported SVG, PDF or PNG


@dataclass(frozen=True, slots=True)
class LayerReport:
    """One layer of the sandbox on this host. `detail` says what it does, or why it is missing."""

    name: str  # user namespace | landlock | seccomp | ...
    active: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Proof:
    """One attempt to break out: what was tried, whether it was stopped, and what the kernel or Python answered."""

    attempt: str
    stopped: bool
    detail: str


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """What `chartloop doctor` prints: the level reached, the layers, and the proofs when they were asked for."""

    level: Level
    minimum: Level
    layers: tuple[LayerReport, ...]
    proofs: tuple[Proof, ...] = ()

    @property
    def sufficient(self) -> bool:
        """The level is reached, and holds what it promises; the lowest level promises nothing against attacks."""
        held = self.level is Level.LIMITS or all(proof.stopped for proof in self.proofs)
        return self.level >= self.minimum and held
