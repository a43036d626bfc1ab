"""Which terminals show links: words that lead to an address, which itself is not printed (OSC 8)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

FORCED = "FORCE_HYPERLINK"
"""A variable that many programs read: 0 for no links, anything else for links."""
_PROGRAMS = frozenset({"ghostty", "hyper", "iterm.app", "mintty", "rio", "tabby", "vscode", "wezterm"})
"""Values of TERM_PROGRAM, in lower case, of those that have them."""
_TERMS = ("alacritty", "contour", "foot", "wezterm", "xterm-ghostty", "xterm-kitty")
"""What TERM begins with in those that have them."""
_MARKS = ("DOMTERM", "KITTY_WINDOW_ID", "WT_SESSION")
"""Variables that only those set that have them."""
_LEAST = {"VTE_VERSION": 5000, "KONSOLE_VERSION": 201200}
"""Variables with a version, and the first that has them."""


def has_links(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal is known to have links; of one within another, nothing is known."""
    if forced := environment.get(FORCED, ""):
        return forced != "0"
    term = environment.get("TERM", "")
    if "TMUX" in environment or term.startswith(("screen", "tmux", "dumb")):
        return False
    return (
        environment.get("TERM_PROGRAM", "").lower() in _PROGRAMS
        or term.startswith(_TERMS)
        or any(environment.get(mark) for mark in _MARKS)
        or any(_number(environment.get(name, "")) >= least for name, least in _LEAST.items())
    )


def label(address: str, width: int) -> str:
    """Return what stands for an address in at most `width` characters: its host and path."""
    parts = urlsplit(address)
    name = f"{parts.hostname or ''}{parts.path.rstrip('/')}"
    return name if len(name) <= width else f"{name[: width - 1]}…"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
