"""Writes the postings of terms: the counts of documents as they come, put in order of the terms at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

import numpy as np
from numpy.typing import NDArray

from retrieval.index.arrays import ArrayWriter, save_array
from retrieval.index.term_counts import COUNT, Counts, TermCounts

BLOCK = 128
"""Postings whose greatest score is kept, so that all of them can be passed over."""


class PostingsWriter(TermCounts):
    """Writes a folder of postings, as `BM25` reads it."""

    def finish(self) -> None:
        """Write the folder."""
        files, folder = self._files, self._folder
        self.save_vocabulary()
        frequencies = self.frequencies()
        idf = self.idf(frequencies)
        save_array(files, f"{folder}/begin", np.concatenate([[0], frequencies.cumsum()]).astype(np.int64))
        left = np.zeros(0, np.float32)
        with ExitStack() as stack:
            documents, scores, maxima = (
                stack.enter_context(ArrayWriter(files, f"{folder}/{name}", dtype))
                for name, dtype in (("documents", np.int32), ("scores", np.float32), ("maxima", np.float32))
            )
            for counts in self._by_term(frequencies):
                documents.add(counts["document"])
                scored = self.scores(counts, idf)
                scores.add(scored)
                left = np.concatenate([left, scored])
                whole = len(left) // BLOCK * BLOCK
                maxima.add(left[:whole].reshape(-1, BLOCK).max(axis=1, initial=0))
                left = left[whole:]
            if len(left):
                maxima.add(left.max())

    def _by_term(self, frequencies: NDArray[np.int64]) -> Iterator[Counts]:
        """Yield all counts in order of terms, then of documents: by way of files, each of a range of the terms."""
        parts = (frequencies.cumsum() - 1) // self._most
        with ExitStack() as stack:
            files = list[IO[bytes]]()
            for counts in self.chunks():
                of = parts[counts["term"]]
                for part in np.unique(of).tolist():
                    while part >= len(files):
                        files.append(stack.enter_context(tempfile.TemporaryFile(dir=self._files.folder)))
                    files[part].write(counts[of == part].tobytes())
            for file in files:
                file.seek(0)
                counts = np.frombuffer(file.read(), COUNT)
                yield counts[np.argsort(counts["term"], kind="stable")]
