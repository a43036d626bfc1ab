"""The training loop: limited by time, resumed from checkpoints, and measured on held-out questions."""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from retrieval.training.batches import Batch, Batches
from retrieval.training.checkpoints import read_checkpoint, write_checkpoint
from retrieval.training.groups import Group, Groups, Split
from retrieval.training.held_out import measure
from retrieval.training.loss import reader_loss
from retrieval.training.reader_model import ReaderModel
from retrieval.training.schedule import Intervals, Log, rate_share
from retrieval.training.tensor_batch import to_device

CHECKPOINT = "checkpoint.pt"
WARM_UP = 0.04  # share of the time during which the learning rate rises
AVERAGED = 0.998  # decay of the running mean of the weights, per step
CLIP = 1.0
DECAY = 0.01
BETAS = (0.9, 0.98)
MEASURED = 1500  # held-out questions to measure on
TRAINED = ("model", "averaged", "optimizer")  # fields of a State that a checkpoint has as dictionaries
COUNTED = ("seconds", "steps", "inputs", "passes", "figures")  # those that it has as they are
FIELDS = (*TRAINED, *COUNTED)
NOTED = 10.0  # seconds between log lines


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train."""

    minutes: float
    """Total training time without interruptions; the learning rate falls to zero over it."""
    device: str
    rate: float = 6e-5
    """The highest learning rate."""
    tokens: int = 6144
    """Maximum number of tokens of a batch, padding included."""
    negatives: int = 2
    """Number of passages without an answer read with each question."""
    save_every: float = 300.0
    """Seconds between checkpoints."""
    measure_every: float = 1800.0
    """Seconds between measurements on held-out questions."""
    workers: int = 0
    """Number of processes that prepare batches; 0 prepares them in the training process."""
    clock: Callable[[], float] = time.monotonic
    """Returns the time in seconds."""


@dataclass(slots=True)
class State:
    """The contents of a checkpoint."""

    model: ReaderModel
    averaged: ReaderModel
    optimizer: Any
    seconds: float = 0.0
    """Training time so far."""
    steps: int = 0
    inputs: int = 0
    """Pairs of a question and a passage read so far."""
    passes: int = 0
    """Passes over the data begun so far."""
    figures: str = ""
    """The latest figures on held-out questions."""


def train(
    model: ReaderModel, batches: Batches, groups: Groups, split: Split, plan: Plan, folder: Path, log: Log
) -> State:
    """Train, resuming from the checkpoint in `folder` if there is one; the result is `State.averaged`."""
    state = _start(model, plan, folder, log)
    held_out = _held_out(groups, split)
    intervals = Intervals(state.seconds)
    losses: list[Any] = []
    while state.seconds < 60 * plan.minutes:
        state.passes += 1
        last = plan.clock()
        for batch in _one_pass(batches, groups, split, state.passes, plan):
            losses.append(_step(state, batch, plan))
            state.seconds += plan.clock() - last
            if intervals.due("note", state.seconds, NOTED):
                log(_line(state, plan, losses))
                losses.clear()
            if intervals.due("measure", state.seconds, plan.measure_every):
                _measure(state, batches, held_out, plan, log)
            if intervals.due("save", state.seconds, plan.save_every):
                save(state, folder)
            if state.seconds >= 60 * plan.minutes:
                break
            last = plan.clock()
    _measure(state, batches, held_out, plan, log)
    save(state, folder)
    return state


def save(state: State, folder: Path) -> None:
    """Write the checkpoint whole or not at all."""
    content = {
        **{name: getattr(state, name).state_dict() for name in TRAINED},
        **{name: getattr(state, name) for name in COUNTED},
    }
    write_checkpoint(content, folder / CHECKPOINT)


def _measure(state: State, batches: Batches, held_out: list[Group], plan: Plan, log: Log) -> None:
    state.figures = str(measure(state.averaged, batches, held_out, plan.device))
    log(state.figures)


def _start(model: ReaderModel, plan: Plan, folder: Path, log: Log) -> State:
    model = model.to(plan.device)
    optimizer = torch.optim.AdamW(parameter_groups(model), lr=plan.rate, betas=BETAS)
    state = State(model, deepcopy(model).eval(), optimizer)
    file = folder / CHECKPOINT
    if file.is_file():
        content = read_checkpoint(file, FIELDS, plan.device)
        for name in TRAINED:
            getattr(state, name).load_state_dict(content[name])
        for name in COUNTED:
            setattr(state, name, content[name])
        log(f"resuming from {file}, trained for {state.seconds / 60:.1f} minutes")
    return state


def parameter_groups(model: torch.nn.Module) -> list[dict[str, Any]]:
    """Return the model's parameters in two groups: weights decay, biases and norms do not."""
    named = list(model.named_parameters())
    return [
        {"params": [parameter for _, parameter in named if parameter.ndim > 1], "weight_decay": DECAY},
        {"params": [parameter for _, parameter in named if parameter.ndim < 2], "weight_decay": 0.0},
    ]


def _step(state: State, batch: Batch, plan: Plan) -> Any:
    progress = state.seconds / (60 * plan.minutes)
    for group in state.optimizer.param_groups:
        group["lr"] = plan.rate * rate_share(progress, WARM_UP)
    state.model.train()
    tensors = to_device(batch, plan.device)
    with torch.autocast(plan.device, dtype=torch.bfloat16):
        tokens, nothing = state.model(tensors.ids, tensors.mask, tensors.types)
    loss = reader_loss(tokens, nothing, tensors)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.model.parameters(), CLIP)
    state.optimizer.step()
    state.optimizer.zero_grad(set_to_none=True)
    state.steps += 1
    state.inputs += len(batch)
    _average(state)
    return loss.detach()


def _average(state: State) -> None:
    decay = min(AVERAGED, state.steps / (state.steps + 10))
    with torch.no_grad():
        pairs = zip(state.averaged.parameters(), state.model.parameters(), strict=True)
        averaged, current = (list(parameters) for parameters in zip(*pairs, strict=True))
        torch._foreach_lerp_(averaged, current, 1 - decay)


class _Stream(torch.utils.data.IterableDataset):  # type: ignore[misc]
    """The batches of one pass; each worker gets a share of the questions."""

    def __init__(self, batches: Batches, groups: Groups, rows: tuple[int, ...], seed: int) -> None:
        self._batches, self._groups, self._rows, self._seed = batches, groups, rows, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        number, count = (worker.id, worker.num_workers) if worker else (0, 1)
        seed = self._seed * 1000 + number
        return self._batches.of(self._groups.one_pass(self._rows[number::count], seed), seed)


def _one_pass(batches: Batches, groups: Groups, split: Split, number: int, plan: Plan) -> Iterable[Batch]:
    stream = _Stream(batches, groups, split.train, number)
    if not plan.workers:
        return stream
    # The tokenizer's threads do not survive a fork: a worker that uses them waits for ever.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    loader = torch.utils.data.DataLoader
    passes: Iterable[Batch] = loader(stream, batch_size=None, num_workers=plan.workers, prefetch_factor=8)
    return passes


def _held_out(groups: Groups, split: Split) -> list[Group]:
    rows = random.Random(1).sample(split.held_out, min(MEASURED, len(split.held_out)))
    drawn = (groups.draw(row, random.Random(row), noisy=False) for row in rows)
    return [group for group in drawn if group is not None]


def _line(state: State, plan: Plan, losses: list[Any]) -> str:
    loss = torch.stack(losses).mean().item() if losses else math.nan
    return (
        f"{state.seconds / 60:.1f} of {plan.minutes:g} minutes, pass {state.passes}, {state.steps:,} steps, "
        f"{state.inputs:,} inputs ({state.inputs / state.seconds:,.0f} a second), loss {loss:.3f}"
    )
