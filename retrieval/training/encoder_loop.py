"""The training loop of an encoder's adapters: limited by time, resumed from checkpoints, measured as it goes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from retrieval.encoding.models import ModelFolder
from retrieval.errors import InputInvalid
from retrieval.training.centre import centre_of, centre_texts
from retrieval.training.checkpoints import read_checkpoint, write_checkpoint
from retrieval.training.contrasts import Contrast, Contrasts
from retrieval.training.encoder_texts import EncoderTexts
from retrieval.training.groups import split
from retrieval.training.held_out_retrieval import HeldOutQuestions
from retrieval.training.late_interaction import contrastive_losses
from retrieval.training.low_rank import adapt, learnt, load_learnt
from retrieval.training.prepared import Prepared
from retrieval.training.schedule import Intervals, Log, rate_share

ENCODER_CHECKPOINT = "encoder.pt"
WARM_UP = 0.05  # share of the time during which the learning rate rises
CLIP = 1.0
DECAY = 0.01
CENTRED = 40  # batches from one centre to the next
NOTED = 60.0  # seconds between log lines
COUNTED = ("seconds", "batches", "questions", "passes", "place", "sets", "before", "figures")
"""Fields of an EncoderState that a checkpoint has as they are."""
ENCODER_FIELDS = ("model", "digest", "device", "learnt", "optimizer", "centre", *COUNTED)


@dataclass(frozen=True, slots=True)
class EncoderPlan:
    """How to train."""

    minutes: float
    """Total training time without interruptions; the learning rate falls to zero over it."""
    device: str
    rate: float = 5e-4
    """The highest learning rate."""
    questions: int = 32
    """Number of questions of a batch."""
    negatives: int = 1
    """Number of negatives read for each question; the passages of the batch's other questions are compared too."""
    save_every: float = 240.0
    """Seconds between checkpoints."""
    measure_every: float = 900.0
    """Seconds between measurements on held-out questions."""
    measured: int = 320
    """Number of held-out questions to measure on."""
    clock: Callable[[], float] = time.monotonic
    """Returns the time in seconds."""


@dataclass(slots=True)
class EncoderState:
    """The contents of a checkpoint."""

    transformer: Any
    """With adapters, which alone learn."""
    optimizer: Any
    centre: Tensor
    """[dimension], about which signs are taken."""
    seconds: float = 0.0
    """Training time so far."""
    batches: int = 0
    questions: int = 0
    """Questions read so far."""
    passes: int = 0
    """Whole passes over the data so far."""
    place: int = 0
    """Batches of the present pass so far."""
    sets: dict[str, int] = field(default_factory=dict)
    """Set -> number of its questions that are trained on."""
    before: str = ""
    """The figures on held-out questions before training."""
    figures: str = ""
    """The latest figures on held-out questions."""


class EncoderTraining:
    """Trains the adapters of one encoder on one prepared set."""

    def __init__(
        self, transformer: Any, model: ModelFolder, prepared: Prepared, plan: EncoderPlan, folder: Path, log: Log
    ) -> None:
        """Resume from the checkpoint in `folder` if there is one; raises InputInvalid where it is of another model.

        `transformer` is that of `model`, and is given adapters.
        """
        self._model, self._plan, self._log = model, plan, log
        self._file = folder / ENCODER_CHECKPOINT
        tokenizer_file = model.path / "tokenizer.json"
        texts, rows = EncoderTexts(prepared, tokenizer_file), split(prepared)
        self._contrasts = Contrasts(prepared, texts, rows.train, questions=plan.questions, negatives=plan.negatives)
        self._held_out = HeldOutQuestions.of(prepared, texts, rows.held_out, plan.measured)
        self._centre_texts = centre_texts(tokenizer_file)
        self._losses: list[Tensor] = []
        self.state = self._start(transformer)
        self.state.sets |= Counter(prepared.questions[row].set for row in self._contrasts.rows)

    def run(self) -> EncoderState:
        """Train until the time is over, and return what came of it."""
        state, plan = self.state, self._plan
        self._log(f"training on {len(self._contrasts.rows):,} questions, {plan.device}")
        if not state.before:
            state.before = self._measure()
        intervals = Intervals(state.seconds)
        while state.seconds < 60 * plan.minutes:
            self._one_pass(intervals)
        state.figures = self._measure()
        self.save()
        return state

    def save(self) -> None:
        """Write the checkpoint whole or not at all."""
        state = self.state
        content = {
            "model": self._model.name,
            "digest": self._model.digest,
            "device": self._plan.device,
            "learnt": learnt(state.transformer),
            "optimizer": state.optimizer.state_dict(),
            "centre": state.centre,
            **{name: getattr(state, name) for name in COUNTED},
        }
        write_checkpoint(content, self._file)

    def _start(self, transformer: Any) -> EncoderState:
        adapt(transformer)
        transformer.to(self._plan.device).eval()  # no dropout: the adapters are small, and the passes few
        parameters = [parameter for parameter in transformer.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(parameters, lr=self._plan.rate, weight_decay=DECAY)
        if not self._file.is_file():
            return EncoderState(transformer, optimizer, centre_of(transformer, self._centre_texts))
        content = read_checkpoint(self._file, ENCODER_FIELDS, self._plan.device)
        if content["digest"] != self._model.digest:
            what, remedy = f"The checkpoint {self._file}", "train from that one, or in another folder"
            raise InputInvalid(what, f"is of the encoder {content['model']!r}, not {self._model.name!r}", remedy)
        load_learnt(transformer, content["learnt"])
        optimizer.load_state_dict(content["optimizer"])
        state = EncoderState(transformer, optimizer, content["centre"], **{name: content[name] for name in COUNTED})
        self._log(f"resuming from {self._file}, trained for {state.seconds / 60:.1f} minutes")
        return state

    def _one_pass(self, intervals: Intervals) -> None:
        """Read the rest of the present pass, or as much as the time allows."""
        state, plan = self.state, self._plan
        last = plan.clock()
        for batch in self._contrasts.one_pass(state.passes, state.place):
            self._losses.append(self._step(batch))
            state.seconds += plan.clock() - last
            if intervals.due("note", state.seconds, NOTED):
                self._note()
            if intervals.due("measure", state.seconds, plan.measure_every):
                state.figures = self._measure()
            if intervals.due("save", state.seconds, plan.save_every):
                self.save()
            if state.seconds >= 60 * plan.minutes:
                return
            last = plan.clock()
        state.passes, state.place = state.passes + 1, 0

    def _step(self, batch: Contrast) -> Tensor:
        state, plan = self.state, self._plan
        for group in state.optimizer.param_groups:
            group["lr"] = plan.rate * rate_share(state.seconds / (60 * plan.minutes), WARM_UP)
        losses = torch.stack(contrastive_losses(state.transformer, batch, state.centre))
        losses.sum().backward()
        torch.nn.utils.clip_grad_norm_(state.transformer.parameters(), CLIP)
        state.optimizer.step()
        state.optimizer.zero_grad(set_to_none=True)
        state.batches, state.place = state.batches + 1, state.place + 1
        state.questions += len(batch.questions)
        if state.batches % CENTRED == 0:
            state.centre = centre_of(state.transformer, self._centre_texts)
        return losses.detach()

    def _note(self) -> None:
        state = self.state
        passages, sentences = torch.stack(self._losses).mean(dim=0).tolist()
        self._losses.clear()
        self._log(
            f"{state.seconds / 60:.1f} of {self._plan.minutes:g} minutes, pass {state.passes + 1}, "
            f"{state.batches:,} batches, loss of passages {passages:.3f}, of sentences {sentences:.3f}"
        )

    def _measure(self) -> str:
        centre = centre_of(self.state.transformer, self._centre_texts)
        figures = str(self._held_out.measure(self.state.transformer, centre))
        self._log(figures)
        return figures
