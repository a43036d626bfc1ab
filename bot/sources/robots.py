"""robots.txt, as RFC 9309 has it: which pages of a site quoth may ask for, and how often."""

from __future__ import annotations

import re

from protego import Protego
from yarl import URL

AGENT = "quoth"
"""The name that robots.txt can have rules for."""
LONGEST_DELAY = 3600.0
"""Seconds between two requests at the most, which is as long as a source has for all of them."""
_AGENT_LINE = re.compile(r"\s*user(?:-|\s+)?agent(?:\s*:|\s|$)\s*(\*(?![^\s#])|[a-z_-]*)", re.IGNORECASE)


class Rules:
    """What a robots.txt says to quoth; without a body, that all is allowed."""

    def __init__(self, body: bytes = b"") -> None:
        lines = body.decode("utf-8-sig", "replace").splitlines()
        self._rules = Protego.parse("\n".join(_without_others(line) for line in lines))

    def allow(self, address: URL) -> bool:
        """Return whether quoth may ask for an address."""
        return bool(self._rules.can_fetch(str(address), AGENT))

    @property
    def delay(self) -> float:
        """Seconds between two requests."""
        return min(self._rules.crawl_delay(AGENT) or 0.0, LONGEST_DELAY)


def _without_others(line: str) -> str:
    """Return a line with one name for all other crawlers: each name costs a copy of all the rules of its group."""
    agent = _AGENT_LINE.match(line)
    if agent is None:
        return line
    name = agent[1].lower()
    return f"User-agent: {name if name in {AGENT, '*'} else 'other'}"
