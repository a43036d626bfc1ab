"""The encoder's hard-negative candidates: passages whose vectors are nearest to a question's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from retrieval.training.negatives import BOUND, FAR, NEAR, Pool, is_answered
from retrieval.training.prepared import Prepared
from retrieval.training.transformer import load_tokenizer, load_transformer

AT_ONCE = 256  # texts encoded, or questions searched, at a time
PIECES = 224


def with_dense(prepared: Prepared, model: Path, device: str) -> Prepared:
    """Return the prepared set with the encoder's candidates after those of BM25."""
    pool = Pool(prepared.documents, prepared.passages)
    questions = _encode([question.text for question in prepared.questions], model, device)
    passages = _encode([pool.text(row) for row in range(len(pool.passages))], model, device)
    families = torch.from_numpy(pool.families()).to(device)
    begins = np.searchsorted(pool.of_document(), [question.document for question in prepared.questions])
    own_families = families[torch.from_numpy(np.minimum(begins, len(pool.passages) - 1)).to(device)]
    near, far = [prepared.near], [prepared.far]
    for begin in range(0, len(questions), AT_ONCE):
        rows = range(begin, min(begin + AT_ONCE, len(questions)))
        scores = questions[rows.start : rows.stop] @ passages.T
        near.append(_near(prepared, pool, rows, scores))
        far.append(_far(scores, families, own_families[rows.start : rows.stop]))
    return replace(
        prepared,
        near=np.concatenate([near[0], np.concatenate(near[1:])], axis=1),
        far=np.concatenate([far[0], np.concatenate(far[1:])], axis=1),
    )


def _near(prepared: Prepared, pool: Pool, rows: range, scores: Any) -> NDArray[np.int32]:
    table = np.full((len(rows), NEAR), -1, dtype=np.int32)
    best = scores.topk(min(4 * NEAR, scores.shape[1]), dim=1).indices.cpu().numpy()
    for place, row in enumerate(rows):
        question = prepared.questions[row]
        if question.set in BOUND:
            continue  # BM25 already ranks its whole document
        taken = {int(candidate) for candidate in prepared.near[row]}
        fresh = [int(candidate) for candidate in best[place] if int(candidate) not in taken]
        negatives = [candidate for candidate in fresh[: 2 * NEAR] if not is_answered(question, pool, candidate)][:NEAR]
        table[place, : len(negatives)] = negatives
    return table


def _far(scores: Any, families: Any, own_families: Any) -> NDArray[np.int32]:
    others = torch.where(families[None, :] == own_families[:, None], -2.0, scores)
    best: NDArray[np.int32] = others.topk(FAR, dim=1).indices.cpu().numpy().astype(np.int32)
    return best


def _encode(texts: Sequence[str], folder: Path, device: str) -> Any:
    """Return [texts, dimension], unit vectors by mean pooling, in half precision on a GPU."""
    tokenizer = load_tokenizer(folder / "tokenizer.json")
    tokenizer.enable_truncation(PIECES)
    kind = torch.float16 if device == "cuda" else torch.float32
    model = load_transformer(folder).to(device, kind).eval()
    encoded = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    order = np.argsort([len(ids) for ids in encoded], kind="stable")
    vectors = torch.empty(len(texts), model.config.hidden_size, dtype=kind, device=device)
    for begin in range(0, len(order), AT_ONCE):
        rows = order[begin : begin + AT_ONCE]
        width = max(len(encoded[row]) for row in rows)
        ids = torch.zeros(len(rows), width, dtype=torch.long)
        for place, row in enumerate(rows):
            ids[place, : len(encoded[row])] = torch.tensor(encoded[row])
        ids = ids.to(device)
        mask = (ids != 0).long()
        with torch.no_grad():
            hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled = (hidden * mask[:, :, None]).sum(dim=1)
        vectors[torch.from_numpy(rows).to(device)] = torch.nn.functional.normalize(pooled.float(), dim=1).to(kind)
    return vectors
