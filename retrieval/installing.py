"""How an extra of quoth comes into the environment that runs it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
"""The checkout, if there is one, or else where quoth is installed."""


def is_checkout(home: Path) -> bool:
    """Return whether the folder that quoth runs from is a checkout."""
    return (home / "pyproject.toml").is_file()


def install_command(extra: str) -> str:
    """Return the shell command that adds an extra to this environment, whichever `pip` the user's path names."""
    target = ["-e", f"{HOME}[{extra}]"] if is_checkout(HOME) else [f"quoth[{extra}]"]
    return shlex.join([sys.executable or "python3", "-m", "pip", "install", *target])
