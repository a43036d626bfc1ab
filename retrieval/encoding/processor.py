"""What the processor gets wrong: without VNNI instructions, products of eight-bit numbers are saturated.

ONNX Runtime then adds them up in pairs of sixteen bits, which the largest ones overflow.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from retrieval.encoding.onnx_runtime import open_session

PROBE = Path(__file__).with_name("built_in") / "saturation.onnx"
"""A product with weights [DEPTH, 16] that are all LARGEST; `python -m retrieval.training package-encoder` writes it."""
DEPTH, LARGEST = 64, (255, 127)


@cache
def saturates_int8() -> bool:
    """Return whether sums of large int8 products come out wrong on this machine."""
    largest, weight = LARGEST
    (sums,) = open_session(PROBE, 1).run(None, {"inputs": np.full((1, DEPTH), largest, dtype=np.uint8)})
    return bool((sums != DEPTH * largest * weight).any())
