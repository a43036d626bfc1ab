"""What a generation's files are written through, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from retrieval.encoding.encoder import Floats
from retrieval.files import NewFiles
from retrieval.index.bm25 import BM25
from retrieval.index.vectors import Kind, Vectors


class ArrayWriter:
    """Writes an array row by row."""

    def __init__(self, files: NewFiles, name: str, dtype: Any, columns: int) -> None:
        self._files, self._name, self._dtype, self._columns = files, name, dtype, columns
        self._rows: list[Sequence[int]] = []

    def add(self, row: Sequence[int]) -> None:
        """Append a row."""
        self._rows.append(row)

    def finish(self) -> None:
        """Write the file."""
        self._files.save(self._name, np.array(self._rows, dtype=self._dtype).reshape(-1, self._columns))


class TermIndexWriter:
    """Writes the BM25 scores of documents."""

    def __init__(self, files: NewFiles, name: str, memory_bytes: int) -> None:
        self._files, self._name = files, name
        self._documents: list[Sequence[str]] = []

    def add(self, terms: Sequence[str]) -> None:
        """Append a document."""
        self._documents.append(terms)

    def finish(self) -> None:
        """Write the files."""
        BM25.of(self._documents).save(self._files, self._name)


class VectorWriter:
    """Writes the vectors of passages."""

    def __init__(self, files: NewFiles, memory_bytes: int) -> None:
        self._files = files
        self._vectors: list[Floats] = []

    def add(self, vector: Floats) -> None:
        """Append a vector."""
        self._vectors.append(vector)

    def finish(self, exact_up_to: int) -> Kind:
        """Write the file."""
        stacked = np.stack(self._vectors)
        self._vectors.clear()
        vectors, kind = Vectors.of(stacked, exact_up_to)
        vectors.save(self._files, "vectors.faiss")
        return kind
