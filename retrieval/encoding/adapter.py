"""A sentence-transformers model with its adapter: what further training added to its weights (Hu et al. 2021)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from retrieval.encoding.models import ModelFolder
from retrieval.extras import require


def load_model(folder: ModelFolder, **options: Any) -> Any:
    """Return the SentenceTransformer in a folder, with its adapter where it has one; `options` are its own."""
    require("models", f"The engine torch, which runs the model {folder.name!r},")
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder.path), **options)
    if folder.adapter is not None:
        apply(model[0].auto_model, folder.adapter)
    return model


def apply(transformer: Any, file: Path) -> None:
    """Add to the weights of a torch module what a file of safetensors holds for it.

    For each of its linear layers NAME, that is the product of NAME.up, [outputs, rank], and NAME.down, [rank, inputs].
    """
    import torch
    from safetensors.torch import load_file

    tensors = load_file(str(file))
    layers = dict(transformer.named_modules())
    with torch.no_grad():
        for name in sorted({key.rpartition(".")[0] for key in tensors}):
            weight = layers[name].weight
            weight += (tensors[f"{name}.up"].float() @ tensors[f"{name}.down"].float()).to(weight)
