"""The reader's loss: marginal likelihood of answers, within each passage and over all passages of a question."""

from __future__ import annotations

import torch
from torch import Tensor

from retrieval.training.reader_model import sentence_logits
from retrieval.training.tensor_batch import TensorBatch

UNANSWERED = 0.6  # weight of a passage without an answer, relative to one with an answer


def reader_loss(tokens: Tensor, nothing: Tensor, batch: TensorBatch) -> Tensor:
    """Return the loss of a batch.

    A passage's distribution is over its tokens (its sentences) and nothing, as in SQuAD 2.0's readers (Devlin et al.
    2019); a second one is over the tokens (sentences) of all passages of a question, so that scores of different
    passages can be compared (shared normalisation, Clark and Gardner 2018).
    """
    inside = batch.sentences >= 0
    answered = batch.answering.any(dim=1)
    weights = torch.where(answered, 1.0, UNANSWERED)
    losses = []
    for head, gold in ((0, batch.starts), (1, batch.ends)):
        # Where whole sentences answer there is no span to learn, but where nothing answers there is "nothing" to learn.
        counted = weights * (batch.spanned | ~answered)
        losses.append(_both(tokens[:, :, head], inside, gold, nothing[:, 0], counted, batch.groups))
    sentences = sentence_logits(tokens[:, :, 2], batch.sentences, batch.answering.shape[1])
    there = torch.isfinite(sentences)
    sentence_loss = _both(sentences, there, batch.answering & there, nothing[:, 1], weights, batch.groups)
    return 0.5 * (losses[0] + losses[1]) + sentence_loss


def _both(logits: Tensor, valid: Tensor, gold: Tensor, nothing: Tensor, weights: Tensor, groups: Tensor) -> Tensor:
    everything = _log_sum(logits, valid)
    right = _log_sum(logits, gold)
    answered = gold.any(dim=1)
    target = torch.where(answered, right, nothing)
    within = torch.logaddexp(everything, nothing) - target
    own = (within * weights).sum() / weights.sum().clamp(min=1e-6)
    count = int(groups.max()) + 1
    counted = answered & (weights > 0)
    shared = _over_groups(everything, groups, count) - _over_groups(
        torch.where(counted, right, -torch.inf), groups, count
    )
    has_answer = torch.zeros(count, dtype=torch.bool, device=logits.device)
    has_answer[groups[counted]] = True
    if not bool(has_answer.any()):
        return own
    return own + shared[has_answer].mean()


def _log_sum(logits: Tensor, chosen: Tensor) -> Tensor:
    """Return [n], the log-sum-exp of each row's chosen logits; very small where none is chosen."""
    return torch.where(chosen, logits, -1e4).logsumexp(dim=1)


def _over_groups(values: Tensor, groups: Tensor, count: int) -> Tensor:
    """Return [count], the log-sum-exp of each group's values."""
    grid = torch.full((count, len(values)), -1e4, device=values.device, dtype=values.dtype)
    row = torch.arange(len(values), device=values.device)
    grid[groups, row] = values.clamp(min=-1e4)
    return grid.logsumexp(dim=1)
