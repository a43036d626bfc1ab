"""Write what an encoder's adapters learnt, with a model card, to be carried beside the encoder's weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from retrieval.errors import InputInvalid
from retrieval.files import file_digest, write_whole

ADAPTER, ADAPTER_CARD = "adapter.safetensors", "adapter.json"


@dataclass(frozen=True, slots=True)
class AdapterCard:
    """The adapter's model card."""

    trained_from: str
    trained_from_digest: str
    """Identifies the encoder, as `ModelFolder.digest`."""
    data: list[tuple[str, int, str]]
    """Data set, number of its questions, and licence."""
    batches: int
    questions: int
    """Questions read in training, repeated ones counted again."""
    trained: str
    """How long, and on what."""
    before: str
    """Figures of the encoder alone on held-out questions."""
    figures: str
    """Its figures with the adapter."""
    languages: tuple[str, ...] = ("en",)
    """ISO 639-1 codes of the languages of its data."""


def export_adapter(learnt: Mapping[str, Tensor], out: Path, card: AdapterCard) -> Path:
    """Write ADAPTER, in half precision, and ADAPTER_CARD into a folder; return the file of weights.

    `learnt` is as `low_rank.learnt` returns it: `up @ down` of a layer is to be added to its weights. Raises
    InputInvalid where half precision cannot hold a weight.
    """
    from safetensors.torch import save

    halves = {name: tensor.detach().cpu().half().contiguous() for name, tensor in sorted(learnt.items())}
    if not all(bool(torch.isfinite(tensor).all()) for tensor in halves.values()):
        raise InputInvalid("The adapter", "has weights that half precision cannot hold", "train at a lower rate")
    out.mkdir(parents=True, exist_ok=True)
    file = out / ADAPTER
    write_whole(file, save(halves))
    described = {**asdict(card), "torch": torch.__version__, "files": {ADAPTER: file_digest(file)}}
    write_whole(out / ADAPTER_CARD, (json.dumps(described, indent=1) + "\n").encode())
    return file
