"""A folder of modules with the names of all others, each of which records that it was imported."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ABSENT = {"tensorflow", "flax", "jax", "cupy", "apex", "sitecustomize", "usercustomize", "retrieval", "bot"}
"""Modules that libraries look for although they are not installed, and our own."""


def set_traps(folder: Path) -> Path:
    """Write a module for each importable name into the folder; return the file that lists those imported."""
    folder.mkdir(parents=True, exist_ok=True)
    sprung = folder / "sprung.txt"
    trap = f"with open({str(sprung)!r}, 'a') as file:\n    file.write(__name__ + '\\n')\n"
    for name in {*sys.stdlib_module_names, *packages_distributions(), *ABSENT}:
        if name.isidentifier():
            (folder / f"{name}.py").write_text(trap, "utf-8")
    return sprung
