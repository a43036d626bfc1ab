"""Figures on held-out questions: whether the sentence is right, and unanswered questions are recognised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from retrieval.training.batches import Batches
from retrieval.training.groups import Group
from retrieval.training.reader_model import ReaderModel, sentence_logits
from retrieval.training.tensor_batch import to_device


@dataclass(frozen=True, slots=True)
class Figures:
    """How often the reader alone is right, among the passages of a group."""

    first_right: dict[str, tuple[float, int]]
    """Set -> share of the answerable questions whose best sentence answers, and their number."""
    auroc: float
    """How often an answered question's best sentence has a larger margin over "nothing" than an unanswered one's."""

    def __str__(self) -> str:
        sets = ", ".join(f"{name} {share:.3f} ({count})" for name, (share, count) in sorted(self.first_right.items()))
        total = sum(count for _, count in self.first_right.values())
        mean = sum(share * count for share, count in self.first_right.values()) / max(total, 1)
        return f"held out: sentence right {mean:.4f}, AUROC {self.auroc:.4f}; {sets}"


def measure(model: ReaderModel, batches: Batches, groups: Sequence[Group], device: str) -> Figures:
    """Measure the model on groups."""
    right: dict[str, list[bool]] = defaultdict(list)
    answered, unanswered = list[float](), list[float]()
    for chunk, batch in batches.with_groups(groups):
        tensors = to_device(batch, device)
        with torch.no_grad(), torch.autocast(device, dtype=torch.bfloat16):
            tokens, nothing = model(tensors.ids, tensors.mask, tensors.types)
        sentences = sentence_logits(tokens[:, :, 2], tensors.sentences, batch.answering.shape[1])
        margins = (sentences - nothing[:, 1:]).float().cpu().numpy()
        for number, group in enumerate(chunk):
            rows = np.flatnonzero(batch.groups == number)
            best = np.unravel_index(int(np.argmax(margins[rows])), margins[rows].shape)
            if batch.answering[rows].any():
                right[group.set].append(bool(batch.answering[rows][best]))
                answered.append(float(margins[rows].max()))
            elif not group.answers:
                unanswered.append(float(margins[rows].max()))
    return Figures(
        {name: (float(np.mean(outcomes)), len(outcomes)) for name, outcomes in right.items()},
        auroc(answered, unanswered),
    )


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """Return how often a value of `higher` exceeds one of `lower`; ties count half; NaN where either is empty."""
    if not higher or not lower:
        return float("nan")
    ranked = np.sort(np.array(lower))
    below = np.searchsorted(ranked, higher, side="left")
    equal = np.searchsorted(ranked, higher, side="right") - below
    return float((below + equal / 2).mean() / len(ranked))
