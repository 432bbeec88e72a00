"""A server's work folder: empty for each program, bounded in size, and nothing left of it afterwards.

With a mount namespace it is a fresh memory file system per program. Without one it is a plain folder: the server then
looks at its size from time to time (used_mb) and empties it after each program.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from model.sandbox import kernel

_MAX_FILES = 1024
_MAX_LOOKS = 10_000  # files that used_mb looks at


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """`mounted`: this process is in a mount namespace of its own and may mount."""

    path: str
    file_mb: int
    mounted: bool

    def furnish(self) -> None:
        """Make it new and empty. Raises OSError."""
        if self.mounted:
            options = f"size={self.file_mb}m,nr_inodes={_MAX_FILES},mode=700"
            kernel.mount("tmpfs", self.path, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC, options)

    def clear(self) -> None:
        """Remove everything that the program left. Raises OSError."""
        if self.mounted:
            kernel.unmount(self.path)
        else:
            empty(self.path)

    def used_mb(self) -> float:
        """Space taken by files, for a folder that no kernel bounds; 0 for one that the kernel does."""
        if self.mounted:
            return 0.0
        used, looks = 0, 0
        for place, _, names in os.walk(self.path):
            for name in names[:_MAX_LOOKS]:
                try:
                    used += os.lstat(os.path.join(place, name)).st_blocks * 512
                except OSError:  # it went away, or its path is too long to name
                    continue
            looks += len(names) + 1
            if looks > _MAX_LOOKS:
                break
        return used / 1e6 if looks <= _MAX_LOOKS else float("inf")


def empty(path: str) -> None:
    """Delete a folder's contents, however deep: nested folders are first moved up, so that no path grows too long."""
    number = 0
    while names := os.listdir(path):
        for name in names:
            place = os.path.join(path, name)
            if os.path.islink(place) or not os.path.isdir(place):
                os.unlink(place)
                continue
            for inner in os.listdir(place):
                number += 1
                os.rename(os.path.join(place, inner), os.path.join(path, f".{number}-{os.urandom(8).hex()}"))
            os.rmdir(place)
