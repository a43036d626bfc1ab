"""The centre about which an encoder's signs are taken, which moves as the encoder learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrieval.encoding.onnx_export import vocabulary_texts
from retrieval.training.encoder_texts import PASSAGE_PIECES, Ids
from retrieval.training.late_interaction import encode
from retrieval.training.transformer import load_tokenizer


def centre_texts(tokenizer_file: Path) -> list[Ids]:
    """Return the texts, in word pieces, over which an export's centre is the mean."""
    tokenizer = load_tokenizer(tokenizer_file)
    texts = vocabulary_texts(tokenizer)
    return [np.array(tokenizer.encode(text).ids[:PASSAGE_PIECES], dtype=np.int64) for text in texts]


def centre_of(transformer: Any, texts: list[Ids]) -> Tensor:
    """Return [dimension], the mean of the vectors of the texts' pieces, without the first and the last of each."""
    with torch.no_grad():
        vectors, _ = encode(transformer, texts)
    ends = np.cumsum([len(text) for text in texts])
    inner = np.ones(len(vectors), dtype=bool)
    inner[ends - 1] = inner[ends - [len(text) for text in texts]] = False
    return vectors[torch.from_numpy(np.flatnonzero(inner)).to(vectors.device)].mean(dim=0)
