"""Writes arrays to disk row by row: their numbers one after another, as `store.Array` maps them."""

from __future__ import annotations

from types import TracebackType

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from retrieval.files import NewFiles


class ArrayWriter:
    """Writes NAME.array; it is whole once it is left."""

    def __init__(self, files: NewFiles, name: str, dtype: DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        self._stream = files.open(f"{name}.array")

    def __enter__(self) -> ArrayWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.__exit__(kind, error, trace)

    def add(self, rows: ArrayLike) -> None:
        """Append a row, or rows."""
        self._stream.write(np.asarray(rows, self._dtype).tobytes())


def save_array(files: NewFiles, name: str, rows: NDArray[np.generic]) -> None:
    """Write a whole array."""
    with ArrayWriter(files, name, rows.dtype) as writer:
        writer.add(rows)
