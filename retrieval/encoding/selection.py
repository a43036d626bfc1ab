"""Which encoder is used: the engine and precision that settings, machine and model call for."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retrieval.encoding.encoder import Encoder, EncoderSpec, Precision
from retrieval.encoding.export import export
from retrieval.encoding.export_folder import encoder_folder, is_exported
from retrieval.encoding.models import DEFAULT_MODEL, locate
from retrieval.encoding.onnx_encoder import OnnxEncoder, read_description, spec_of
from retrieval.errors import ModelReplaced

INT8_COSINE = 0.97
"""int8 is taken when its token vectors come this near to fp32's on this machine, as the export measured. Processors
without VNNI instructions saturate int8 products; there the export falls below it, and fp32 is taken."""


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """Which model, and how it is run."""

    model: str = DEFAULT_MODEL
    """A packaged model's name, a folder, or a hub name."""
    engine: Literal["auto", "onnx", "torch"] = "auto"
    """What encodes passages: auto takes torch where there is an NVIDIA card, else ONNX Runtime."""
    precision: Literal["auto", "fp32", "int8"] = "auto"
    """auto takes int8 where it is as good as fp32 on this machine."""
    threads: int = 0
    """Threads that encode passages; 0 takes one for each processor."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An encoder that is ready to be loaded."""

    spec: EncoderSpec
    load: Callable[[], Encoder]


def passage_encoder(
    settings: EncoderSettings,
    cache: Path,
    like: EncoderSpec | None = None,
    exporting: Callable[[], None] = lambda: None,
) -> Chosen:
    """Return the encoder for indexing; exports the model first if that was never done, after calling `exporting`.

    `like` is the spec of an index to add to: `auto` then keeps its precision.
    """
    model = locate(settings.model)
    if not is_exported(model.digest, cache):
        exporting()
    folder = export(model, cache)
    described = read_description(folder)
    threads = settings.threads or os.cpu_count() or 1
    engine = settings.engine
    if engine == "auto":
        from retrieval.encoding.torch_encoder import cuda_is_likely

        engine = "torch" if settings.precision != "int8" and cuda_is_likely() else "onnx"
    precision: Precision
    if settings.precision != "auto":
        precision = settings.precision
    elif like is not None:
        precision = like.precision
    else:
        precision = "int8" if engine == "onnx" and described["int8_cosine"] >= INT8_COSINE else "fp32"
    spec = spec_of(described, precision, model.name)

    def load() -> Encoder:
        if engine == "torch" and precision == "fp32":
            from retrieval.encoding.torch_encoder import TorchEncoder

            return TorchEncoder(model, folder)
        return OnnxEncoder(folder, precision, threads, settings.model)

    return Chosen(spec, load)


def question_encoder(spec: EncoderSpec, cache: Path, exporting: Callable[[], None] = lambda: None) -> Encoder:
    """Return the encoder for questions to an index that `spec` made: ONNX Runtime, without torch.

    Where the export is gone (another machine, a cleared cache) it is made again; `exporting` is called before that.
    Raises ModelReplaced where the model by that name is another one now.
    """
    folder = encoder_folder(spec.digest, cache)
    if not is_exported(spec.digest, cache):
        model = locate(spec.name)
        if model.digest != spec.digest:
            raise ModelReplaced(spec.name, model.digest, spec.digest)
        exporting()
        folder = export(model, cache)
    return OnnxEncoder(folder, spec.precision, 1, spec.name)
