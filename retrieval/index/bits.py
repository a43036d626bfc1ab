"""1-bit token vectors, and late interaction over them.

A token vector is stored as the signs of its components about the model's mean token vector, one bit each. A question's
vectors stay floats: the similarity is the cosine of the question's token with the +1/-1 vector (MaxSim as in ColBERT,
Khattab and Zaharia 2020; asymmetric binary codes as in Yamada et al. 2021).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats, unit

Bits = NDArray[np.uint8]

STEPS = np.float32(2**18)  # a component of a unit vector is rounded to; good for 4,096 dimensions


def pack(vectors: Floats, centre: Floats) -> Bits:
    """Return the signs of [n, dimension] vectors about the centre, as [n, dimension / 8] bytes."""
    return np.packbits(vectors > centre, axis=1)


def parse_bits(raw: bytes, dimension: int) -> Bits:
    """Return what `pack` gave, [n, dimension / 8], from its bytes."""
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, dimension // 8)


def similarities(bits: Bits, question: Floats, centre: Floats) -> Floats:
    """Return cosines [n, q] of n packed tokens with the q tokens of a question, [q, dimension] floats."""
    # Whole numbers, whose sums are exact below 2**24: a token's score does not depend on the batch it is in.
    scaled = np.rint(unit(question - centre) * STEPS)
    signs = np.unpackbits(bits, axis=1).astype(np.float32)
    # (2b - 1) . a = 2 (b . a) - sum(a), over the length of a +1/-1 vector
    cosines = (2 * (signs @ scaled.T) - scaled.sum(axis=1)) / (STEPS * np.sqrt(scaled.shape[1]))
    return np.asarray(cosines, dtype=np.float32)


def best_matches(cosines: Floats, first: NDArray[np.int64], last: NDArray[np.int64]) -> Floats:
    """Return the best match of each question token within s spans of tokens [first, last): [s, q] from [n, q]."""
    best = np.zeros((len(first), cosines.shape[1]), dtype=np.float32)
    for row, (start, end) in enumerate(zip(first, last, strict=True)):
        if end > start:  # a sentence beyond what the encoder saw has no tokens, and scores 0
            best[row] = cosines[start:end].max(axis=0)
    return best
