"""Where answers are laid out in components, and where they are plain."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

log = logging.getLogger(__name__)

AGAIN_AFTER = 6 * 3600.0  # seconds
MOST_CHANNELS = 1000


class Layouts:
    """Remembers for a while which channels refused components."""

    def __init__(self, *, components: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        """`components` says whether any answer is laid out in them."""
        self._components, self._clock = components, clock
        self._refused_at: OrderedDict[int, float] = OrderedDict()

    def has_components(self, channel: int) -> bool:
        """Return whether answers in a channel are laid out in components."""
        refused_at = self._refused_at.get(channel)
        return self._components and (refused_at is None or self._clock() - refused_at >= AGAIN_AFTER)

    def refuse(self, channel: int) -> None:
        """Have answers in a channel be plain for a while."""
        log.warning("channel %d does not take components; answers there are plain for a while", channel)
        self._refused_at[channel] = self._clock()
        self._refused_at.move_to_end(channel)
        if len(self._refused_at) > MOST_CHANNELS:
            self._refused_at.popitem(last=False)
