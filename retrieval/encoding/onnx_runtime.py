"""ONNX Runtime: the one place that loads it, so that it never tells anyone what it runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

QUIET = {"ORT_DISABLE_TELEMETRY": "1"}
"""What keeps it from sending reports, and from a store of them beside our cache: read once, as it is loaded."""


def open_session(file: Path, threads: int = 0) -> Any:
    """Return an InferenceSession of a model, on the processor; `threads` of 0 takes as many as there are cores."""
    runtime = _load()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def quantise(source: Path, target: Path) -> None:
    """Write the model again with weights of eight bits, a scale for each channel."""
    _load()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(str(source), str(target), weight_type=QuantType.QInt8, per_channel=True)


def _load() -> Any:
    os.environ.update(QUIET)  # its own call to be quiet comes too late: the store is there by then
    import onnxruntime

    return onnxruntime
