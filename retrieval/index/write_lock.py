"""The lock of what lies beside an index's generations, which is written while builds go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import IndexNotFound, IndexNotWritable, IndexPartForeign

PATIENCE = 10.0  # seconds to wait for another writer to release the lock


@contextmanager
def writing_alone(index: Path, lock_name: str, what: str) -> Iterator[None]:
    """Keep other processes from writing the same meanwhile; a build may run.

    `what` names it in the error of who waits in vain: another `what` is being written. Raises IndexNotFound,
    IndexNotWritable.
    """
    from filelock import FileLock, Timeout

    if not index.is_dir():
        raise IndexNotFound(index)  # the lock would create the folder
    lock = index / lock_name
    if lock.is_symlink() or (lock.exists() and (not lock.is_file() or lock.stat().st_size)):
        raise IndexPartForeign(index, lock_name)
    try:
        with FileLock(lock, timeout=PATIENCE):
            yield
    except Timeout as error:
        raise IndexNotWritable(index, f"another {what} is being written") from error
    except (OSError, NotImplementedError) as error:
        raise IndexNotWritable(index, getattr(error, "strerror", None) or type(error).__name__) from error
