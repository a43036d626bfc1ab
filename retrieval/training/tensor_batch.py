"""A batch as tensors."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from retrieval.training.batches import Batch


@dataclass(frozen=True, slots=True)
class TensorBatch:
    """A Batch on the device that trains."""

    ids: Tensor
    types: Tensor
    mask: Tensor
    sentences: Tensor
    starts: Tensor
    ends: Tensor
    answering: Tensor
    spanned: Tensor
    groups: Tensor


def to_device(batch: Batch, device: str) -> TensorBatch:
    """Return the batch as tensors on a device."""
    tensors = {field.name: torch.from_numpy(getattr(batch, field.name)) for field in fields(batch)}
    return TensorBatch(**{name: tensor.to(device, non_blocking=True) for name, tensor in tensors.items()})
