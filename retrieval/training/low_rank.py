"""Low-rank adapters of an encoder's last layers, small enough to be carried beside its weights (Hu et al. 2021)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from retrieval.errors import InputInvalid

RANK = 16
LAYERS = 4  # the transformer's last ones, which learn
SEED = 0


class LowRank(nn.Module):  # type: ignore[misc]
    """A linear layer that stays as it is, plus the product of two narrow matrices that learn."""

    def __init__(self, layer: nn.Linear, rank: int, drawn: torch.Generator) -> None:
        """Add nothing to the layer's outputs until something is learnt: `up` begins as zeros."""
        super().__init__()
        self.layer = layer
        self.down = nn.Parameter(torch.empty(rank, layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5), generator=drawn)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the layer's output plus what was learnt: `up @ down` is added to its weights."""
        return self.layer(inputs) + nn.functional.linear(nn.functional.linear(inputs, self.down), self.up)


def adapt(transformer: Any, rank: int = RANK) -> None:
    """Put an adapter around every linear layer of a transformer's last LAYERS layers; nothing else learns.

    Raises InputInvalid where its layers are elsewhere than in a BERT.
    """
    layers = getattr(getattr(transformer, "encoder", None), "layer", None)
    if not isinstance(layers, nn.ModuleList):
        kind = type(transformer).__name__
        raise InputInvalid(f"The encoder, a {kind},", "has no layers to adapt", "name one that is built like BERT")
    transformer.requires_grad_(False)
    drawn = torch.Generator().manual_seed(SEED)
    for parent, name, layer in list(_linear_layers(layers[-LAYERS:])):
        setattr(parent, name, LowRank(layer, rank, drawn))


def adapters(transformer: Any) -> dict[str, LowRank]:
    """Return the adapters of a transformer by the names of the layers that they adapt."""
    return {name: module for name, module in transformer.named_modules() if isinstance(module, LowRank)}


def learnt(transformer: Any) -> dict[str, Tensor]:
    """Return the matrices of the adapters, as "<layer>.up" [out, rank] and "<layer>.down" [rank, in]."""
    return {
        f"{name}.{part}": getattr(adapter, part).detach()
        for name, adapter in adapters(transformer).items()
        for part in ("up", "down")
    }


def _linear_layers(layers: Any) -> Iterator[tuple[Any, str, nn.Linear]]:
    for parent in layers.modules():
        for name, layer in parent.named_children():
            if isinstance(layer, nn.Linear):
                yield parent, name, layer


def load_learnt(transformer: Any, matrices: dict[str, Tensor]) -> None:
    """Give a transformer's adapters what `learnt` returned; raises InputInvalid where it is of other adapters."""
    own = learnt(transformer)
    if {name: tensor.shape for name, tensor in own.items()} != {name: each.shape for name, each in matrices.items()}:
        raise InputInvalid("The checkpoint", "has adapters of other layers or of another rank", "train anew")
    transformer.load_state_dict(matrices, strict=False)
