"""The name and version of what extracts a text, for the record of a citation."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version


@cache
def made_by(*libraries: str) -> str:
    """Return the names and versions of libraries, for the record of a citation; of quoth itself where none is named."""
    return ", ".join(f"{name} {version(name)}" for name in libraries or ("quoth",))
