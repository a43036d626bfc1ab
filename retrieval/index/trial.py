"""Tries a generation out before it is published: what was written is opened and used as a question does."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from retrieval.analysis import terms
from retrieval.errors import IndexDamaged, IndexNotWritable, IndexUnreadable
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
        raise damaged(folder / "vectors.array", "it has another number of passages")
    for row in {0, len(generation.passages) - 1}:
        sentences = generation.sentences_of(row)
        if not len(generation.vectors.search(generation.vectors.rows(np.array([row]))[0], 1)):
            raise damaged(folder / "vectors.array", "nothing is found in it")
        if len(generation.bits(row)) < generation.sentence(sentences.stop - 1).last_token:
            raise damaged(folder / "bits.bin", "a passage has fewer tokens than its sentences")
        own, first = _terms(generation, generation.passage(row)), sentences.start
        if own and not generation.passage_terms.scores_of(np.array([row]), own)[0] > 0:
            raise damaged(folder / "passage-terms", f"row {row} is not found by its own words")
        own = _terms(generation, generation.sentence(first))
        if own and not generation.sentence_terms.scores_of(range(first, first + 1), own)[0] > 0:
            raise damaged(folder / "sentence-terms", f"row {first} is not found by its own words")


def _terms(generation: Generation, span: PassageRow | SentenceRow) -> list[str]:
    return terms(generation.text(span), generation.article(span.article).read_as)
