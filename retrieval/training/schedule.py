"""What the training loops share: how the learning rate runs over the time, and what is due now and then."""

from __future__ import annotations

from collections.abc import Callable

Log = Callable[[str], None]


def rate_share(progress: float, warm_up: float) -> float:
    """Return the share of the highest learning rate at `progress`, from 0 to 1, through the time.

    It rises during the share `warm_up` of the time and then falls to zero.
    """
    return max(0.0, min(progress / warm_up, (1 - progress) / (1 - warm_up), 1.0))


class Intervals:
    """When each kind of event last happened, in seconds of training."""

    def __init__(self, now: float) -> None:
        """Every kind counts as having happened `now`."""
        self._began, self._last = now, dict[str, float]()

    def due(self, event: str, now: float, every: float) -> bool:
        """Return whether the event is due again; if so, record it as happening now."""
        if now - self._last.get(event, self._began) < every:
            return False
        self._last[event] = now
        return True
