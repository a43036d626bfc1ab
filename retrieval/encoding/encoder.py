"""The encoder's interface: text in, token vectors with their places out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.folding import folded

Floats = NDArray[np.float32]
Precision = Literal["fp32", "int8", "int8-weights"]
"""What it computes in; with int8-weights in fp32, from weights that were rounded to int8."""


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """What an encoder is; two encoders with equal specs give the same vectors."""

    name: str
    """The model's name in the settings."""
    digest: str
    """Identifies the model, as `ModelFolder.digest` does."""
    precision: Precision
    dimension: int
    """Length of a vector; a multiple of 8."""
    max_pieces: int
    """Word pieces a text may have, special ones included; what is beyond is not seen."""
    export: str
    """How its export pools, and its prompts: first 16 hex digits of their digest."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as the encoder saw it: `n` word pieces, special ones left out."""

    vectors: Floats
    """[n, dimension], in the context of the whole text, not normalised."""
    offsets: NDArray[np.int32]
    """[n, 2], start and end of each piece, in characters of the text."""
    pooled: Floats
    """[dimension], the text's own vector, of length 1."""


class Encoder(ABC):
    """Turns texts to token vectors. Engines implement `_encode`."""

    spec: EncoderSpec
    centre: Floats
    """[dimension], the mean token vector of the model; signs of token vectors are taken about it."""
    prompts: tuple[str, str] = ("", "")
    """What the model wants before a question and before a passage."""
    tokenizer_file: Path | None = None
    """The tokenizer that other processes count pieces with; None where only this one can."""

    def question(self, text: str) -> Tokens:
        """Encode one question."""
        return next(self._behind(self.prompts[0], [("", text)]))

    def passages(self, texts: Iterable[tuple[str, str]]) -> Iterator[Tokens]:
        """Encode (context, text) pairs, in order; the context is read with the text, its pieces are left out."""
        return self._behind(self.prompts[1], texts)

    def _behind(self, prompt: str, texts: Iterable[tuple[str, str]]) -> Iterator[Tokens]:
        pairs = [(folded(prompt + context).text, folded(text)) for context, text in texts]
        encoded = self._encode([context + usual.text for context, usual in pairs])
        for (context, usual), tokens in zip(pairs, encoded, strict=True):
            offsets = _without_space(context + usual.text, tokens.offsets)
            own = (offsets[:, 0] >= len(context)) & (offsets[:, 1] > offsets[:, 0])
            yield Tokens(tokens.vectors[own], usual.original(offsets[own] - len(context)), tokens.pooled)

    @abstractmethod
    def pieces(self, text: str) -> int:
        """Return how many word pieces the text has, special ones left out."""

    @abstractmethod
    def _encode(self, texts: list[str]) -> Iterator[Tokens]:
        """Encode the texts in order; pieces that stand for no character may be left in."""


def _without_space(text: str, offsets: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return [n, 2] offsets that begin behind white space: to SentencePiece, a word begins with the space before it."""
    starts = [end - len(text[start:end].lstrip()) for start, end in offsets.tolist()]
    return np.column_stack([np.array(starts, dtype=np.int32), offsets[:, 1]])


def unit(vectors: Floats) -> Floats:
    """Return the vectors scaled to length 1 along the last axis; zero vectors stay zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


def cosines(left: Floats, right: Floats) -> Floats:
    """Return the cosine of each vector with the one in the same row: [n, dimension] twice -> [n]."""
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.asarray((left * right).sum(axis=1) / np.maximum(norms, 1e-12), dtype=np.float32)
