"""The folder of an exported model: where it lies, what is in it, and what a killed export leaves of it."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FORMAT = 2
UNFINISHED = ".exporting-"  # how the folder of an export under way begins
MARKER = "writing.lock"  # the empty file in it that says so, locked by the process that writes there
MODELS = ("model-fp32.onnx", "model-int8.onnx")
FILES = frozenset({*MODELS, *(f"{name}.data" for name in MODELS), "tokenizer.json", "encoder.json", MARKER})
"""What lies in the folder of an export; what is called otherwise is somebody's own, and never removed."""
_UNFINISHED = re.compile(re.escape(UNFINISHED) + r"[a-z0-9_]{8}")
_NAME = re.compile(r"[0-9a-f]{16}-v\d+")
_SCRATCH = re.compile(r"scratch-[0-9a-f]{16}")
"""The folder in an unfinished export where libraries put temporary files, which a killed process leaves behind."""


def encoder_folder(digest: str, cache: Path) -> Path:
    """Return where the export of the model with this digest lies, or will."""
    return cache / "encoders" / f"{digest[:16]}-v{FORMAT}"


def is_exported(digest: str, cache: Path) -> bool:
    """Return whether the export of the model with this digest is there."""
    return (encoder_folder(digest, cache) / "encoder.json").is_file()


def make_way(folder: Path) -> None:
    """Remove half an export from where a whole one is to lie; raises OSError where somebody's own lies there."""
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        raise FileExistsError(errno.EEXIST, f"{folder.name} in it is somebody's own")
    if foreign := _foreign(folder):
        raise FileExistsError(errno.EEXIST, f"{folder.name} in it holds {foreign[0]!r}, which is somebody's own")
    remove(folder)


def clear(encoders: Path) -> None:
    """Remove what killed exports left, known by its name and the marker in it; what one still writes is waited for."""
    for left in filter(is_unfinished, encoders.glob(f"{UNFINISHED}*")):
        if (left / MARKER).exists():
            with lock(left / MARKER):
                pass
        remove(left)


def remove(unfinished: Path) -> None:
    """Remove what an export makes from a folder, the marker last, so that what a kill leaves is known again.

    The folder is removed if nothing else is left in it.
    """
    for path in sorted(unfinished.glob("*"), key=lambda path: path.name == MARKER):
        if _is_scratch(path):
            shutil.rmtree(path, ignore_errors=True)
        elif _is_file(path):
            path.unlink(missing_ok=True)
    with suppress(OSError):
        unfinished.rmdir()


@contextmanager
def lock(file: Path) -> Iterator[None]:
    """Lock an empty file, which is made if it is not there; raises OSError where it is somebody's own."""
    from filelock import FileLock

    if os.path.lexists(file) and not _is_lock(file):
        raise FileExistsError(errno.EEXIST, f"{file.name} is somebody's own file")
    with FileLock(file):
        yield


@contextmanager
def scratch_folder(unfinished: Path) -> Iterator[Path]:
    """Make a folder for temporary files in that of an unfinished export, and remove it after the work within."""
    scratch = unfinished / f"scratch-{secrets.token_hex(8)}"
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def is_own(folder: Path) -> bool:
    """Return whether this is the folder of a whole export, of whatever version, and holds nothing else."""
    if not _NAME.fullmatch(folder.name) or folder.is_symlink() or not folder.is_dir():
        return False
    return (folder / "encoder.json").is_file() and not _foreign(folder)


def is_of_this_format(folder: Path) -> bool:
    """Return whether this version of quoth reads such an export."""
    return folder.name.endswith(f"-v{FORMAT}")


def is_unfinished(folder: Path) -> bool:
    """Return whether an export made this folder: it has the marker, or nothing as yet, and nothing of others."""
    if not _UNFINISHED.fullmatch(folder.name) or folder.is_symlink() or not folder.is_dir():
        return False
    return ((folder / MARKER).exists() or not any(folder.iterdir())) and not _foreign(folder)


def _foreign(folder: Path) -> list[str]:
    """Return the names of what no export makes there."""
    return sorted(path.name for path in folder.iterdir() if not (_is_scratch(path) or _is_file(path)))


def _is_file(path: Path) -> bool:
    return _is_lock(path) if path.name == MARKER else path.name in FILES and path.is_file() and not path.is_symlink()


def _is_lock(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and not file.stat().st_size


def _is_scratch(path: Path) -> bool:
    return bool(_SCRATCH.fullmatch(path.name)) and path.is_dir() and not path.is_symlink()
