"""The default model as quoth carries it: exported, in int8, so that nothing is downloaded, exported or run by torch.

`python -m retrieval.training package-encoder` writes it.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from retrieval.encoding.encoder import EncoderSpec, Precision, cosines
from retrieval.encoding.models import BUILT_IN, DEFAULT_MODEL, PACKAGED
from retrieval.encoding.onnx_encoder import OnnxEncoder

NEAR = 0.97
"""The least cosine of token vectors in int8 with those from fp32 products of the same weights.

Processors without VNNI instructions saturate int8 products, and fall below it.
"""
_PROBES = (
    "The harbour's lamps were lit at dusk, and the ferry left an hour late because of the fog.",
    "Who may change the rules of the server, and how many members have to agree?",
)


def is_built_in(spec: EncoderSpec) -> bool:
    """Return whether quoth carries the encoder."""
    return spec.digest == PACKAGED[DEFAULT_MODEL].digest and spec.precision != "fp32"


@cache
def best_precision() -> Precision:
    """Return the precision in which this machine runs the model fast and right."""
    vectors = {}
    for precision in ("int8", "int8-weights"):
        encoder = OnnxEncoder(BUILT_IN, precision, 1, DEFAULT_MODEL)
        vectors[precision] = np.concatenate([encoder.question(probe).vectors for probe in _PROBES])
    return "int8" if cosines(vectors["int8"], vectors["int8-weights"]).mean() >= NEAR else "int8-weights"
