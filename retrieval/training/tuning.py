"""Train the upper layers of a reader on the questions of one corpus, on processors, in minutes.

What the lower layers make of a question with a passage never changes, so it is computed once, for all passes and folds.
With a few hundred questions, more layers learn no more than these.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from retrieval.training.batches import Batch
from retrieval.training.loop import BETAS, CLIP, parameter_groups
from retrieval.training.loss import reader_loss
from retrieval.training.reader_model import ReaderModel, mean
from retrieval.training.tensor_batch import TensorBatch, to_device

UPPER = 2  # layers that are trained
TOKENS = 2048  # maximum of a batch, padding included
WARM_UP = 0.1  # share of the steps during which the learning rate rises

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class TuningPlan:
    """How to train."""

    epochs: int = 3
    """Passes over the questions."""
    rate: float = 1e-4
    """The highest learning rate; it falls to zero."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class LowerBatch:
    """A batch as the lower layers read it."""

    batch: TensorBatch
    hidden: Tensor
    """[n, w, width], in bfloat16: .15 MB for a passage of 200 word pieces."""


class UpperLayers(nn.Module):  # type: ignore[misc]
    """The last layers of a reader, with its heads; they are the reader's own, not copies."""

    def __init__(self, reader: ReaderModel, count: int = UPPER) -> None:
        super().__init__()
        self.layers = reader.encoder.encoder.layer[-count:]
        self.tokens, self.nothing = reader.tokens, reader.nothing

    def forward(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of tokens [n, w, 3] and of "nothing answers" [n, 2]."""
        hidden = _through(self.layers, hidden, mask)
        return self.tokens(hidden).float(), self.nothing(hidden[:, 0]).float()


def read_lower(reader: ReaderModel, batches: Iterable[Batch], count: int = UPPER) -> Iterator[LowerBatch]:
    """Yield each batch as read by all layers but the last `count`."""
    reader.eval()
    for batch in batches:
        tensors = to_device(batch, "cpu")
        with torch.no_grad(), _frugal():
            hidden = reader.encoder.embeddings(input_ids=tensors.ids, token_type_ids=tensors.types)
            hidden = _through(reader.encoder.encoder.layer[:-count], hidden, tensors.mask)
        yield LowerBatch(tensors, hidden.bfloat16())


def in_file(batches: Iterable[LowerBatch], file: Path) -> list[LowerBatch]:
    """Return the batches with their hidden states in a new file, from which the system reads them as they are used.

    A few thousand questions have some gigabytes of them. The file is written rather than mapped at first, so that a
    disk that is full is an error. Raises OSError.
    """
    tensors, shapes = list[TensorBatch](), list[torch.Size]()
    with file.open("wb") as opened:
        for lower in batches:
            opened.write(lower.hidden.view(torch.int16).numpy().data)
            tensors.append(lower.batch)
            shapes.append(lower.hidden.shape)
    if not tensors:
        return []
    mapped = torch.from_numpy(np.memmap(file, np.int16, "c")).view(torch.bfloat16)  # torch warns of "r"
    parts = mapped.split([shape.numel() for shape in shapes])
    return [LowerBatch(batch, part.view(shape)) for batch, part, shape in zip(tensors, parts, shapes, strict=True)]


def tuned(
    reader: ReaderModel, batches: Sequence[LowerBatch], plan: TuningPlan, tell: Tell = lambda *_: None
) -> ReaderModel:
    """Return the mean of a reader's weights and of what training makes of them.

    Those at the end of training are surer than they are right, on both sides: more questions are refused. Calls `tell`
    with (batches read, all batches) after each.
    """
    torch.manual_seed(plan.seed)
    drawn = random.Random(plan.seed)
    model: ReaderModel = deepcopy(reader)
    upper = UpperLayers(model).train()
    optimizer = torch.optim.AdamW(parameter_groups(upper), lr=plan.rate, betas=BETAS)
    steps = plan.epochs * len(batches)
    for number, lower in enumerate(_passes(batches, plan.epochs, drawn)):
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * min((number + 1) / (WARM_UP * steps), (steps - number) / steps)
        with _frugal():
            tokens, nothing = upper(lower.hidden, lower.batch.mask)
            reader_loss(tokens, nothing, lower.batch).backward()
        torch.nn.utils.clip_grad_norm_(upper.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tell(number + 1, steps)
    model.load_state_dict(mean(model.state_dict(), reader.state_dict()))
    model.eval()
    return model


def _passes(batches: Sequence[LowerBatch], count: int, drawn: random.Random) -> Iterator[LowerBatch]:
    for _ in range(count):
        yield from drawn.sample(batches, len(batches))


@contextmanager
def _frugal() -> Iterator[None]:
    """Compute in bfloat16 on one thread: two that wait for each other on busy processors take twice as long."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            yield
    finally:
        torch.set_num_threads(before)


def _through(layers: Any, hidden: Tensor, mask: Tensor) -> Tensor:
    seen = mask[:, None, None, :].bool()
    for layer in layers:
        output = layer(hidden, seen)
        hidden = output if isinstance(output, Tensor) else output[0]  # a tuple before transformers 5
    return hidden
