"""A method's last results kept with its object, which still goes as soon as nobody uses it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import TypeVar
from weakref import WeakMethod

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def cached(method: Callable[[K], V], most: int) -> Callable[[K], V]:
    """Return the method with its last results kept, to be an attribute of its own object.

    With `lru_cache` alone, the object would hold itself in a circle, and with it open files and arrays, until the
    garbage collector comes by, which in a process with little to do takes long.
    """
    weak = WeakMethod(method)

    @lru_cache(maxsize=most)
    def call(argument: K) -> V:
        bound = weak()
        if bound is None:
            raise ReferenceError("the object of a cached method is gone")
        return bound(argument)

    return call
