"""The transformer and the tokenizer of an encoder model's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def load_transformer(folder: Path) -> Any:
    """Return the transformer in a folder, with weights in single precision and no pooling layer."""
    import torch
    from transformers import AutoModel

    return AutoModel.from_pretrained(
        str(folder), attn_implementation="sdpa", add_pooling_layer=False, dtype=torch.float32
    )


def load_tokenizer(file: Path) -> Any:
    """Return a tokenizer that neither pads nor cuts texts."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
