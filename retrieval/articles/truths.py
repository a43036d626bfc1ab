"""True, false, or None for what cannot be known."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None


def every(truths: Iterable[Truth]) -> Truth:
    """Return whether all are true; None if that hangs on one that is not known."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def some(truths: Iterable[Truth]) -> Truth:
    """Return whether any is true; None if that hangs on one that is not known."""
    return negated(every(map(negated, truths)))


def negated(truth: Truth) -> Truth:
    """Return the opposite; None stays None."""
    return None if truth is None else not truth
