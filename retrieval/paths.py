"""Paths as a user gives them."""

from __future__ import annotations

from pathlib import Path

from retrieval.errors import InputInvalid


def expanded(path: Path) -> Path:
    """Return the path with its `~` or `~user` replaced; raise InputInvalid where that has no home folder."""
    try:
        return path.expanduser()
    except RuntimeError:
        reason = f"begins with a home folder that is not known, {path.parts[0]}"
        raise InputInvalid(f"The path {path}", reason, f"write it out, or ./{path} where that is its name") from None
