"""Training questions and passages in word pieces, as a search and an index encode them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.answering.followup import resolve
from retrieval.answering.question import CONTEXT_WEIGHT
from retrieval.encoding.folding import folded
from retrieval.index.article_records import NAME_LENGTH
from retrieval.records import Turn
from retrieval.training.noise import typed
from retrieval.training.prepared import Prepared
from retrieval.training.transformer import load_tokenizer

PASSAGE_PIECES, QUESTION_PIECES = 256, 64  # maximum, special pieces included
OUTSIDE, ABOVE = -1, -2  # the sentence of a piece outside any, and of a piece of what the passage stands under

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class QuestionPieces:
    """A question's word pieces, special ones included."""

    ids: Ids
    weights: NDArray[np.float32]
    """[n], the weight of each piece in the mean match; they sum to 1, and special pieces have none."""


@dataclass(frozen=True, slots=True)
class PassagePieces:
    """A passage's word pieces, special ones included."""

    ids: Ids
    sentences: Ids
    """[n], the sentence of each piece, OUTSIDE for special pieces and the title, or ABOVE."""
    count: int
    """Number of the passage's sentences."""


class EncoderTexts:
    """Cuts the texts of a prepared set into word pieces."""

    def __init__(self, prepared: Prepared, tokenizer_file: Path) -> None:
        self._prepared, self._tokenizer = prepared, load_tokenizer(tokenizer_file)

    def question(self, row: int, drawn: random.Random | None = None) -> QuestionPieces:
        """Return a question as it is searched for, after earlier turns; typed with noise where that is drawn."""
        question = self._prepared.questions[row]
        text, context = question.text, 0
        if question.history:
            resolved = resolve(text, [Turn(turn) for turn in reversed(question.history)])
            text, context = resolved.text, resolved.context
        own = text[context:] if drawn is None else typed(text[context:], drawn)
        encoding = self._tokenizer.encode(folded(text[:context] + own).text)
        starts = np.array(encoding.offsets)[:, 0]
        weights = np.where(starts < context, CONTEXT_WEIGHT, 1.0) * (np.array(encoding.special_tokens_mask) == 0)
        ids, weights = (_cut(np.array(array), QUESTION_PIECES) for array in (encoding.ids, weights))
        return QuestionPieces(ids.astype(np.int64), (weights / max(weights.sum(), 1e-6)).astype(np.float32))

    def passage(self, row: int, *, titled: bool = True) -> PassagePieces:
        """Return a passage as an index encodes it: after its title and what it stands under."""
        passage = self._prepared.passages[row]
        document = self._prepared.documents[passage.document]
        title = " ".join(document.title[:NAME_LENGTH].split())
        lead = folded(f"{title}. ").text if title and titled else ""
        usual = folded(document.text[passage.start : passage.end])
        encoding = self._tokenizer.encode(lead + usual.text)
        offsets = np.array(encoding.offsets, dtype=np.int32) - len(lead)
        outside = (np.array(encoding.special_tokens_mask) == 1) | (offsets[:, 0] < 0)
        starts = usual.original(np.maximum(offsets, 0))[:, 0] + passage.start
        sentences = np.where(outside, OUTSIDE, _sentence_of(starts, np.array(passage.sentences)))
        ids, sentences = (_cut(np.array(array), PASSAGE_PIECES) for array in (encoding.ids, sentences))
        return PassagePieces(ids.astype(np.int64), sentences.astype(np.int64), len(passage.sentences))


def _sentence_of(starts: NDArray[np.int32], spans: NDArray[np.int64]) -> Ids:
    """Return the sentence, of those with `spans`, in which each piece starts, OUTSIDE or ABOVE."""
    number = np.searchsorted(spans[:, 0], starts, side="right") - 1
    inside = (number >= 0) & (starts < spans[np.maximum(number, 0), 1])
    return np.where(number < 0, ABOVE, np.where(inside, number, OUTSIDE)).astype(np.int64)


def _cut(values: NDArray[np.generic], most: int) -> NDArray[np.generic]:
    """Leave out what is too many before the last value, that of the closing special piece."""
    return values if len(values) <= most else np.append(values[: most - 1], values[-1])
