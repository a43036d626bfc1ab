"""Which encoder is used: the engine and precision that settings, machine and model call for."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from retrieval.encoding.built_in import best_precision, is_built_in
from retrieval.encoding.encoder import Encoder, EncoderSpec, Precision
from retrieval.encoding.export import export
from retrieval.encoding.export_folder import encoder_folder, is_exported
from retrieval.encoding.models import BUILT_IN, DEFAULT_MODEL, locate
from retrieval.encoding.onnx_encoder import OnnxEncoder, read_description, spec_of
from retrieval.encoding.torch_encoder import cuda_is_likely
from retrieval.errors import ModelElsewhere, ModelReplaced
from retrieval.extras import is_installed

NEAR = 0.97
"""The least cosine of an export's token vectors in int8 with those in fp32."""


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """Which model, and how it is run."""

    model: str = DEFAULT_MODEL
    """A packaged model's name, a folder, or a hub name."""
    engine: Literal["auto", "onnx", "torch"] = "auto"
    """What encodes passages: auto takes torch where there is an NVIDIA card, else ONNX Runtime."""
    precision: Literal["auto", "fp32", "int8"] = "auto"
    """auto takes int8 where it is as good as fp32 on this machine; see NEAR."""
    threads: int = 0
    """Threads that encode passages; 0 takes one for each processor."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An encoder that is ready to be loaded."""

    spec: EncoderSpec
    load: Callable[[], Encoder]
    elsewhere: Elsewhere | None = None
    """How other machines load it."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How another machine loads an encoder, for one thread; it is sent there."""

    settings: EncoderSettings
    """With the engine that was chosen."""
    cache: Path
    spec: EncoderSpec

    @property
    def uses_torch(self) -> bool:
        """Whether it runs on a card where there is one."""
        return self.settings.engine == "torch" and self.spec.precision == "fp32"

    def __call__(self) -> Encoder:
        """Load it; raises ModelElsewhere where it is another one there, and ModelError, ExtraMissing."""
        encoder = passage_encoder(replace(self.settings, threads=1), self.cache, self.spec).load()
        for what in ("digest", "export", "precision"):
            has, expected = getattr(encoder.spec, what), getattr(self.spec, what)
            if has != expected:
                raise ModelElsewhere(self.spec.name, what, has, expected)
        return encoder


def passage_encoder(
    settings: EncoderSettings,
    cache: Path,
    like: EncoderSpec | None = None,
    exporting: Callable[[], None] = lambda: None,
) -> Chosen:
    """Return the encoder for indexing; exports a model that quoth does not carry, once, after calling `exporting`.

    `like` is the spec of an index to add to: `auto` then keeps its precision. Raises ModelError or ExtraMissing.
    """
    threads = settings.threads or os.cpu_count() or 1
    engine, precision = _engine(settings), _precision(settings, like)
    settled = replace(settings, engine=engine)
    if settings.model == DEFAULT_MODEL and engine == "onnx" and precision != "fp32":
        spec = spec_of(read_description(BUILT_IN), precision or best_precision(), DEFAULT_MODEL)
        built_in = partial(OnnxEncoder, BUILT_IN, spec.precision, threads, DEFAULT_MODEL)
        return Chosen(spec, built_in, Elsewhere(settled, cache, spec))
    model = locate(settings.model)
    folder = export(model, cache, exporting)
    described = read_description(folder)
    precision = precision or ("int8" if engine == "onnx" and described["int8_cosine"] >= NEAR else "fp32")
    spec = spec_of(described, precision, model.name)

    def load() -> Encoder:
        if engine == "torch" and precision == "fp32":
            from retrieval.encoding.torch_encoder import TorchEncoder

            return TorchEncoder(model, folder)
        return OnnxEncoder(folder, precision, threads, settings.model)

    return Chosen(spec, load, Elsewhere(settled, cache, spec))


def _engine(settings: EncoderSettings) -> Literal["onnx", "torch"]:
    if settings.engine != "auto":
        return settings.engine
    has_cuda = settings.precision != "int8" and cuda_is_likely() and is_installed("models")
    return "torch" if has_cuda else "onnx"


def _precision(settings: EncoderSettings, like: EncoderSpec | None) -> Precision | None:
    """Return the precision that is called for; None where what is best is to be taken."""
    if settings.precision != "auto":
        return settings.precision
    return like.precision if like else None


def question_encoder(spec: EncoderSpec, cache: Path, exporting: Callable[[], None] = lambda: None) -> Encoder:
    """Return the encoder for questions to an index that `spec` made: ONNX Runtime, without torch.

    An export that is gone (another machine, a cleared cache) is made again; `exporting` is called before that. Raises
    ModelReplaced where the model by that name is another one now, and what `export` raises.
    """
    if is_built_in(spec):
        return OnnxEncoder(BUILT_IN, spec.precision, 0, spec.name)
    folder = encoder_folder(spec.digest, cache)
    if not is_exported(spec.digest, cache):
        model = locate(spec.name)
        if model.digest != spec.digest:
            raise ModelReplaced(spec.name, model.digest, spec.digest)
        folder = export(model, cache, exporting)
    return OnnxEncoder(folder, spec.precision, 0, spec.name)
