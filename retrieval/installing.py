"""How an extra of quoth comes into the environment that runs it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
"""The checkout, if there is one, or else where quoth is installed."""


def install_command(extra: str) -> str:
    """Return the shell command that adds an extra to this environment, whichever `pip` the user's path names."""
    target = f"{HOME}[{extra}]" if (HOME / "pyproject.toml").is_file() else f"quoth[{extra}]"
    options = ["-e"] if (HOME / "pyproject.toml").is_file() else []
    return shlex.join([sys.executable or "python3", "-m", "pip", "install", *options, target])
