"""Temporary folders and a home for attacks, and quoth as a process in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.conftest import FOLDERS, MODEL_CACHE, TERMINAL

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 120.0  # seconds that a command may take


@dataclass(frozen=True, slots=True)
class Ran:
    """A command's status and output."""

    status: int
    """The exit status, or minus the signal that ended it."""
    out: str
    err: str


@contextmanager
def own_home() -> Iterator[Path]:
    """Use a temporary home, and an environment without the user's settings."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="quoth-attack-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        for name in [*(name for name in os.environ if name.startswith("QUOTH_")), *TERMINAL]:
            os.environ.pop(name, None)
        (home / "tmp").mkdir()
        os.environ.update(HOME=folder, TMPDIR=str(home / "tmp"))
        os.environ.update({f"XDG_{name}_HOME": str(home / name.lower()) for name in FOLDERS})
        tempfile.tempdir = None
        try:
            yield home
        finally:
            os.environ.clear()
            os.environ.update(before)
            tempfile.tempdir = None


@contextmanager
def temporary() -> Iterator[Path]:
    """Yield a folder that exists for one attack."""
    with tempfile.TemporaryDirectory(prefix="quoth-attack-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


@cache
def entry() -> str:
    """Return Python code that runs `quoth` by the entry point in pyproject.toml."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    module, _, function = scripts["quoth"].partition(":")
    return f"import sys; from {module} import {function}; sys.exit({function}())"


def command(*arguments: str) -> list[str]:
    """Return the command line of a `quoth` process.

    -P keeps the working directory off Python's path, as in an installed script.
    """
    return [sys.executable, "-P", "-c", entry(), *arguments]


def environment(cache: Path = MODEL_CACHE, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of quoth's processes."""
    return {**os.environ, "QUOTH_MODEL_CACHE": str(cache), "OPENBLAS_NUM_THREADS": "1", **(more or {})}


def quoth(
    arguments: Sequence[str],
    *,
    cwd: Path,
    cache: Path = MODEL_CACHE,
    more: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> Ran:
    """Run quoth as a process of its own."""
    process = subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(cache, more),
        input=stdin,
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    return Ran(process.returncode, process.stdout.decode("utf-8", "replace"), process.stderr.decode("utf-8", "replace"))


def listing(*paths: Path) -> dict[str, bytes | str]:
    """Return everything at and below the paths: files with their content, links with their target."""
    listed: dict[str, bytes | str] = {}
    for top in paths:
        for path in [top, *(sorted(top.rglob("*")) if top.is_dir() and not top.is_symlink() else [])]:
            if path.is_symlink():
                listed[str(path)] = f"link to {os.readlink(path)}"
            elif path.is_dir():
                listed[str(path)] = "folder"
            elif path.is_file():
                listed[str(path)] = path.read_bytes()
            else:
                listed[str(path)] = "gone"
    return listed


def copied(source: Path, target: Path) -> Path:
    """Copy a folder, replacing the target."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
    return target
