"""The encoder's losses: of passages by pooled vectors, and of sentences by late interaction.

Both are scored as the first stage scores them: a passage by the cosine of pooled vectors, a sentence by the mean over
the question's pieces of the best cosine with the signs of one of its pieces (ColBERT, Khattab and Zaharia 2020). Signs
pass their gradient on as if they were the centred vector (straight through, Bengio et al. 2013).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrieval.answering.scoring import CONTEXT
from retrieval.training.contrasts import Contrast
from retrieval.training.encoder_texts import ABOVE, Ids, PassagePieces, QuestionPieces

PASSAGE_SCALE, SENTENCE_SCALE = 20.0, 30.0  # of the cosines as logits
PIECES = 2560  # maximum number of pieces that are encoded at a time, padding included
NEVER = -1e4  # logit of what is not compared


def encode(transformer: Any, texts: Sequence[Ids]) -> tuple[Tensor, Tensor]:
    """Return the vectors of all pieces, [pieces, dimension] in order of the texts, and [texts, dimension] pooled ones.

    Pooled vectors are means of length 1. Both are in single precision, on the transformer's device.
    """
    device = transformer.device
    vectors: list[Tensor] = [torch.empty(0)] * len(texts)
    for rows in _alike(texts):
        ids = torch.zeros(len(rows), max(len(texts[row]) for row in rows), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(texts[row])] = torch.from_numpy(texts[row])
            mask[place, : len(texts[row])] = 1
        with torch.autocast(device.type, dtype=torch.bfloat16):
            hidden = transformer(input_ids=ids.to(device), attention_mask=mask.to(device)).last_hidden_state
        for place, row in enumerate(rows):
            vectors[row] = hidden[place, : len(texts[row])].float()
    pooled = torch.stack([own.mean(dim=0) for own in vectors])
    return torch.cat(vectors), torch.nn.functional.normalize(pooled, dim=1)


def _alike(texts: Sequence[Ids]) -> Iterator[list[int]]:
    """Yield the rows of texts of similar length that are encoded together."""
    rows = list[int]()
    for row in sorted(range(len(texts)), key=lambda row: len(texts[row])):
        if rows and (len(rows) + 1) * len(texts[row]) > PIECES:
            yield rows
            rows = []
        rows.append(row)
    yield rows


def centred(vectors: Tensor, centre: Tensor) -> Tensor:
    """Return the directions of vectors from the centre."""
    return torch.nn.functional.normalize(vectors - centre, dim=1)


def signs(vectors: Tensor, centre: Tensor) -> Tensor:
    """Return the signs about the centre as vectors of length 1, with the gradient of the centred vectors' direction."""
    direction = centred(vectors, centre)
    binary = torch.where(vectors > centre, 1.0, -1.0) / vectors.shape[1] ** 0.5
    return direction + (binary - direction).detach()


def sentence_scores(
    questions: Sequence[QuestionPieces], centred_questions: Tensor, passages: Sequence[PassagePieces], signs: Tensor
) -> Tensor:
    """Return the weighted mean of each question's best matches in each sentence, [q, s].

    `centred_questions` and `signs` are [pieces, dimension], of all questions and of all passages. A match with what the
    passage stands under counts for each of its sentences, CONTEXT times.
    """
    device = signs.device
    counts = [passage.count for passage in passages]
    segments, total = _segments(passages), sum(counts)
    used = np.flatnonzero(segments >= 0)
    weights = np.concatenate([question.weights for question in questions])
    weighed = np.flatnonzero(weights)
    owners = np.repeat(np.arange(len(questions)), [len(question.ids) for question in questions])
    similar = centred_questions[_on(weighed, device)] @ signs[_on(used, device)].T
    index = _on(segments[used], device).expand(len(weighed), -1)
    best = torch.full((len(weighed), total + len(passages)), -1.0, device=device)
    best = best.scatter_reduce(1, index, similar, "amax")
    passage_of = _on(np.repeat(np.arange(len(passages)), counts), device)
    matches = torch.maximum(best[:, :total], CONTEXT * best[:, total:][:, passage_of])
    scores = torch.zeros(len(questions), total, device=device)
    weighted = matches * _on(weights[weighed], device)[:, None]
    return scores.index_add(0, _on(owners[weighed], device), weighted)


def _segments(passages: Sequence[PassagePieces]) -> Ids:
    """Return [pieces], the number of each piece's sentence among all, or -1.

    Behind the sentences come those that stand for what each passage stands under.
    """
    begins = np.cumsum([0, *(passage.count for passage in passages)])
    columns = [
        np.where(own.sentences >= 0, begin + own.sentences, np.where(own.sentences == ABOVE, begins[-1] + number, -1))
        for number, (own, begin) in enumerate(zip(passages, begins, strict=False))
    ]
    return np.concatenate(columns)


def contrastive_losses(transformer: Any, batch: Contrast, centre: Tensor) -> tuple[Tensor, Tensor]:
    """Return the losses of a batch over passages and over sentences."""
    tokens, pooled_questions = encode(transformer, [question.ids for question in batch.questions])
    pieces, pooled = encode(transformer, [passage.ids for passage in batch.passages])
    passages = _loss(PASSAGE_SCALE * pooled_questions @ pooled.T, batch.answering, batch.compared)
    scores = sentence_scores(batch.questions, centred(tokens, centre), batch.passages, signs(pieces, centre))
    counts = [passage.count for passage in batch.passages]
    return passages, _loss(SENTENCE_SCALE * scores, batch.right, np.repeat(batch.compared, counts, axis=1))


def _loss(logits: Tensor, right: np.ndarray[Any, Any], compared: np.ndarray[Any, Any]) -> Tensor:
    """Return the mean negative log of the share that the right ones have of those compared.

    It is over the rows that have a right one, and 0 where none has.
    """
    rows = _on(np.flatnonzero(right.any(axis=1)), logits.device)
    everything, own = (
        torch.where(_on(chosen, logits.device), logits, NEVER).logsumexp(dim=1) for chosen in (compared | right, right)
    )
    return (everything - own)[rows].sum() / max(len(rows), 1)


def _on(array: np.ndarray[Any, Any], device: torch.device) -> Tensor:
    return torch.from_numpy(array).to(device)
