"""Tries a generation out before it is published: what was written is opened and used as a question does."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from retrieval.analysis import terms
from retrieval.errors import IndexDamaged, IndexNotWritable, IndexUnreadable
from retrieval.index.bm25 import BM25
from retrieval.index.faults import damaged
from retrieval.index.generation import Generation
from retrieval.index.manifest import Manifest
from retrieval.index.rows import PassageRow, SentenceRow


def try_out(index: Path, folder: Path, manifest: Manifest) -> None:
    """Open and use what was written; raises IndexNotWritable where it is not what was meant."""
    try:
        generation = Generation(folder, manifest)
        for _ in generation.verify():
            pass
        _use(generation)
    except (IndexDamaged, IndexUnreadable) as error:
        reason = f"{error.file.name} did not come out as it was written: {error.reason}"
        raise IndexNotWritable(index, reason) from error


def _use(generation: Generation) -> None:
    """Use every part as a question does; raises IndexDamaged where one fails."""
    folder = generation.folder
    if len(generation.vectors) != len(generation.passages):
        raise damaged(folder / "vectors.faiss", "it has another number of passages")
    for row in {0, len(generation.passages) - 1}:
        sentences = generation.sentences_of(row)
        if not len(generation.vectors.search(generation.vectors.rows(np.array([row]))[0], 1)):
            raise damaged(folder / "vectors.faiss", "nothing is found in it")
        if len(generation.bits(row)) < generation.sentence(sentences.stop - 1).last_token:
            raise damaged(folder / "bits.bin", "a passage has fewer tokens than its sentences")
        first = sentences.start
        _use_terms(generation, "passage-terms", generation.passage_terms, row, generation.passage(row))
        _use_terms(generation, "sentence-terms", generation.sentence_terms, first, generation.sentence(first))


def _use_terms(generation: Generation, name: str, index: BM25, row: int, span: PassageRow | SentenceRow) -> None:
    own = terms(generation.text(span), generation.article(span.article).read_as)
    if own and not index.scores(own)[row] > 0:
        raise damaged(generation.folder / name, f"row {row} is not found by its own words")
