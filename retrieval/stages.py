"""The stages of answering a question, told to whoever measures them. Where nobody does, they cost next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Stage = Literal["queue", "encode", "search", "read", "prove", "send"]
End = Callable[[], None]
Begin = Callable[[Stage], End]
"""Called as a stage begins. What it returns is called as the stage ends, maybe on another thread."""

_measure: ContextVar[Begin | None] = ContextVar("measure", default=None)


@contextmanager
def measured_by(measure: Begin) -> Iterator[None]:
    """Have the stages of what is done within measured, on all threads that it is done on in its context."""
    token = _measure.set(measure)
    try:
        yield
    finally:
        _measure.reset(token)


def begin(stage: Stage) -> End:
    """Begin a stage; return what ends it."""
    measure = _measure.get()
    return measure(stage) if measure is not None else _nothing


@contextmanager
def measured(stage: Stage) -> Iterator[None]:
    """Have what is done within measured as a stage."""
    end = begin(stage)
    try:
        yield
    finally:
        end()


def _nothing() -> None:
    """End what nobody measures."""
