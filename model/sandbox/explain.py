"""What an exception means, in words for people and models: an outcome, and a traceback of the program's own lines.

Leaves out: programs that end without an exception (host.py). Runs in the child, inside its limits.
"""

from __future__ import annotations

import errno
import traceback

from model.records import Outcome

PROGRAM = "program.py"
MAX_CHARS = 4000

_NO_NETWORK = "The sandbox has no network: put the data into the program."
_NO_FILES = "The sandbox has no files but those that the program writes: put the data into the program."
_OUTSIDE = "The program may read and write only in its own folder: use a file name without a folder."
_NO_PROCESSES = "The sandbox starts no other programs, processes or threads."
_REFUSED = "The sandbox does not allow that."
_FULL = "The program wrote more than the sandbox allows."
_NOBODY = "Nobody can answer input() here: put the values into the program."
_NO_SCREEN = "The sandbox has no screen and draws with Agg: leave the backend out of the program."

_NOT_A_LINE = "No line of the program raised this: it came up when its figure was drawn and read."

_NETWORK_ERRORS = frozenset({"gaierror", "herror", "URLError", "HTTPError", "MaxRetryError", "ConnectError"})
_NETWORK_FILES = ("socket.py", "ssl.py", "urllib/request.py", "http/client.py")
_PROCESS_FILES = ("subprocess.py", "multiprocessing/", "concurrent/futures/")
_FULL_ERRORS = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})


def explain(error: BaseException) -> tuple[Outcome, str]:
    """The outcome for a program that ended with `error`, and the text to show."""
    if isinstance(error, MemoryError):
        return Outcome.OUT_OF_MEMORY, _trimmed(error)
    outcome, hint = _reason(error)
    text = _trimmed(error)
    return outcome, f"{text}\n{hint}" if hint else text


def _reason(error: BaseException) -> tuple[Outcome, str]:
    files = _files(error)
    if type(error).__name__ in _NETWORK_ERRORS or (_refused(error) and _any(files, _NETWORK_FILES)):
        return Outcome.FORBIDDEN, _NO_NETWORK
    if (_refused(error) and _any(files, _PROCESS_FILES)) or "can't start new thread" in _message(error):
        return Outcome.FORBIDDEN, _NO_PROCESSES
    if isinstance(error, OSError) and error.errno in _FULL_ERRORS:
        return Outcome.FORBIDDEN, _FULL
    if _refused(error):
        return Outcome.FORBIDDEN, _OUTSIDE if error.filename else _REFUSED  # type: ignore[attr-defined]
    return Outcome.ERROR, _hint(error)


def _hint(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return _NO_FILES
    if isinstance(error, EOFError):
        return _NOBODY
    if isinstance(error, ImportError) and "switch_backend" in _functions(error):
        return _NO_SCREEN
    return ""


def _refused(error: BaseException) -> bool:
    return isinstance(error, PermissionError)


def _files(error: BaseException) -> list[str]:
    return [frame.filename for frame in traceback.extract_tb(error.__traceback__)]


def _functions(error: BaseException) -> set[str]:
    return {frame.name for frame in traceback.extract_tb(error.__traceback__)}


def _any(files: list[str], parts: tuple[str, ...]) -> bool:
    return any(part in file for file in files for part in parts)


def _message(error: BaseException) -> str:
    try:
        return str(error)[:MAX_CHARS]
    except Exception:  # the program's own exception class may be broken
        return ""


def _trimmed(error: BaseException) -> str:
    """The traceback with the program's own lines only, cut to MAX_CHARS from the front."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == PROGRAM]
    lines = ["Traceback (most recent call last):\n", *traceback.StackSummary.from_list(own).format()] if own else []
    try:
        last = "".join(traceback.format_exception_only(error))
    except Exception:  # as above
        last = type(error).__name__
    text = ("".join(lines)[: MAX_CHARS // 2] + last[-MAX_CHARS // 2 :]).rstrip()
    return text if own or isinstance(error, SyntaxError | SystemExit) else f"{text}\n{_NOT_A_LINE}"
