"""Passages to encode, and what is kept of one that was: everything about it that the encoder gives."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Encoder, EncoderSpec, Floats
from retrieval.index.bits import Bits, pack, parse_bits
from retrieval.index.keys import key_of

BATCH = 1024
"""Passages that are given to the encoder at a time."""
_LENGTHS = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class PassageText:
    """What is encoded of a passage: its vectors depend on nothing else."""

    title: str
    """Read before it, and no part of it."""
    text: str
    """What it stands under, then its own text."""
    spans: tuple[tuple[int, int], ...]
    """Of its sentences in this text."""

    def key(self, spec: EncoderSpec) -> bytes:
        """Return what its encoded form by this encoder is kept under."""
        encoder = f"{spec.digest} {spec.export} {spec.precision} {spec.dimension} {spec.max_pieces}"
        return key_of(encoder, self.title, self.text, np.array(self.spans, dtype="<i4").tobytes())


@dataclass(frozen=True, slots=True)
class EncodedPassage:
    """An encoded passage."""

    vector: Floats
    """[dimension]"""
    bits: Bits
    """[tokens, dimension / 8]"""
    tokens: NDArray[np.int32]
    """[sentences, 2], first and last (exclusive) token of each sentence."""

    def dump(self) -> bytes:
        """Return it as bytes."""
        parts = self.vector.astype("<f4"), self.tokens.astype("<i4"), self.bits
        return _LENGTHS.pack(len(self.bits), len(self.tokens)) + b"".join(part.tobytes() for part in parts)

    @classmethod
    def parse(cls, raw: bytes, dimension: int) -> EncodedPassage:
        """Return what `dump` wrote."""
        _, sentence_count = _LENGTHS.unpack_from(raw)
        at = _LENGTHS.size
        vector = np.frombuffer(raw, "<f4", dimension, at).astype(np.float32)
        tokens = np.frombuffer(raw, "<i4", 2 * sentence_count, at + 4 * dimension).astype(np.int32).reshape(-1, 2)
        bits = parse_bits(raw[at + 4 * dimension + 8 * sentence_count :], dimension)
        return cls(vector, bits, tokens)


def encode(encoder: Encoder, centre: Floats, passages: Sequence[PassageText]) -> Iterator[EncodedPassage]:
    """Encode a batch of passages, in order; the signs of token vectors are taken about the centre."""
    encoded = encoder.passages((passage.title, passage.text) for passage in passages)
    for passage, tokens in zip(passages, encoded, strict=True):
        spans = np.array(passage.spans, dtype=np.int32).reshape(-1, 2)
        places = np.searchsorted(tokens.offsets[:, 0], spans).astype(np.int32)
        yield EncodedPassage(tokens.pooled, pack(tokens.vectors, centre), places)


Encode = Callable[[Iterator[PassageText]], Iterator[tuple[PassageText, EncodedPassage]]]
"""Encodes passages, and gives each of them in order with what is kept of it."""


def encode_here(
    encoder: Encoder, centre: Floats, passages: Iterator[PassageText]
) -> Iterator[tuple[PassageText, EncodedPassage]]:
    """Encode passages in this process; see `Encode`."""
    for batch in batches(passages, BATCH):
        yield from zip(batch, encode(encoder, centre, batch), strict=True)


def batches(passages: Iterable[PassageText], size: int) -> Iterator[list[PassageText]]:
    """Yield the passages in batches."""
    batch: list[PassageText] = []
    for passage in passages:
        batch.append(passage)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
