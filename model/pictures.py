"""What is found out about a picture is found once, however many turns and answers are compared with it.

    @remembered
    def visible_panels(pixels: Pixels) -> ...

A picture is known by its identity, because an array has no hash and nobody changes one; what was found is forgotten
with it. Leaves out: what can be found.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from model.records import Pixels

P = ParamSpec("P")
T = TypeVar("T")

_found: dict[int, tuple[weakref.ref[Pixels], dict[Any, Any]]] = {}  # by the identity of a picture that lives


def remembered(function: Callable[Concatenate[Pixels, P], T]) -> Callable[Concatenate[Pixels, P], T]:
    """For functions of a picture and of further plain values, by position; what they return is not changed.

    May be asked from several threads: at worst two of them find the same thing.
    """

    @functools.wraps(function)
    def asked(pixels: Pixels, /, *rest: P.args, **no_names: P.kwargs) -> T:
        known, key = _of(pixels), (function, rest)
        if key in known:
            found: T = known[key]
            return found
        value = function(pixels, *rest, **no_names)
        if value is not pixels:  # a picture that is kept by what is known of it would never be forgotten
            known[key] = value
        return value

    return asked


def _of(pixels: Pixels) -> dict[Any, Any]:
    """What is known of a picture."""
    name = id(pixels)
    kept = _found.get(name)
    if kept is None or kept[0]() is not pixels:
        kept = _found[name] = weakref.ref(pixels, lambda gone: _forget(name, gone)), {}
    return kept[1]


def _forget(name: int, gone: weakref.ref[Pixels]) -> None:
    kept = _found.get(name)
    if kept is not None and kept[0] is gone:  # another picture may have its place in memory by now
        del _found[name]
