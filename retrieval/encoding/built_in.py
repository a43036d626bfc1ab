"""The default model as quoth carries it: exported, in int8, so that nothing is downloaded, exported or run by torch.

`python -m retrieval.training package-encoder` writes it.
"""

from __future__ import annotations

from retrieval.encoding.encoder import EncoderSpec, Precision
from retrieval.encoding.models import DEFAULT_MODEL, PACKAGED
from retrieval.encoding.processor import saturates_int8


def is_built_in(spec: EncoderSpec) -> bool:
    """Return whether quoth carries the encoder."""
    return spec.digest == PACKAGED[DEFAULT_MODEL].digest and spec.precision != "fp32"


def best_precision() -> Precision:
    """Return the precision in which this machine runs the model fast and right."""
    return "int8-weights" if saturates_int8() else "int8"
