"""Pack groups of similar length into padded tensors."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.answering.reader import LONGEST, QUESTION_PIECES, TITLE_END, TITLE_PIECES
from retrieval.training.groups import SENTENCE_LIKE, Group
from retrieval.training.prepared import Prepared
from retrieval.training.transformer import load_tokenizer

STEP = 32  # widths are multiples of this: with few widths, allocations and kernels are reused
CHUNK = 4096  # groups that are sorted by length together
OUTSIDE = -1  # sentence number of a token outside any sentence

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Batch:
    """`n` inputs of `w` tokens, from `g` groups."""

    ids: NDArray[np.int64]
    """[n, w]"""
    types: NDArray[np.int64]
    """[n, w], 1 from the title onwards."""
    mask: NDArray[np.int64]
    """[n, w], 0 for padding."""
    sentences: NDArray[np.int64]
    """[n, w], the number of each token's sentence, or OUTSIDE."""
    starts: NDArray[np.bool_]
    """[n, w], tokens where an answer begins."""
    ends: NDArray[np.bool_]
    """[n, w], tokens where an answer ends."""
    answering: NDArray[np.bool_]
    """[n, s], sentences that answer."""
    spanned: NDArray[np.bool_]
    """[n], whether to learn spans, which is not the case where whole sentences are the answer."""
    groups: NDArray[np.int64]
    """[n], the group of each input, from 0."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class _PassagePieces:
    """A passage's word pieces."""

    ids: Ids
    offsets: Ids
    """[pieces, 2], in characters of the document's text."""
    sentences: Ids
    """[pieces], the sentence of each piece."""


class Batches:
    """Packs groups into batches."""

    def __init__(self, prepared: Prepared, tokenizer_file: Path, tokens: int) -> None:
        """`tokens` is the maximum for a batch, padding included."""
        self._prepared, self._tokens = prepared, tokens
        self._tokenizer = load_tokenizer(tokenizer_file)
        self._start, self._stop = (self._tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
        self._passages = list(self._read_passages())
        titles = self._encode([document.title for document in prepared.documents])
        behind = self._encode([TITLE_END])[0]
        self._titles = [np.array([*ids[:TITLE_PIECES], *behind] if ids else [], dtype=np.int32) for ids in titles]

    def of(self, groups: Iterator[Group], seed: int) -> Iterator[Batch]:
        """Yield the batches of groups in a random order given by `seed`."""
        drawn = random.Random(seed)
        while chunk := [group for group, _ in zip(groups, range(CHUNK), strict=False)]:
            batches = list(self._packed(chunk))
            drawn.shuffle(batches)
            yield from map(self._batch, batches)

    def with_groups(self, groups: Sequence[Group]) -> Iterator[tuple[list[Group], Batch]]:
        """Yield each batch with its groups, in the order of their numbers."""
        for pairs in self._packed(groups):
            yield [group for group, _ in pairs], self._batch(pairs)

    def _packed(self, chunk: Sequence[Group]) -> Iterator[list[tuple[Group, Ids]]]:
        questions = self._encode([group.question for group in chunk])
        pairs = [
            (group, np.array(ids[:QUESTION_PIECES], dtype=np.int32))
            for group, ids in zip(chunk, questions, strict=True)
        ]
        pairs.sort(key=lambda pair: self._width(*pair))
        batch: list[tuple[Group, Ids]] = []
        inputs = 0
        for pair in pairs:
            inputs += len(pair[0].passages)
            if batch and inputs * self._width(*pair) > self._tokens:
                yield batch
                batch, inputs = [], len(pair[0].passages)
            batch.append(pair)
        if batch:
            yield batch

    def _width(self, group: Group, question: Ids) -> int:
        longest = max(len(self._passages[row].ids) + len(self._title(group, row)) for row in group.passages)
        width = min(3 + len(question) + longest, LONGEST)
        return -(-width // STEP) * STEP

    def _title(self, group: Group, row: int) -> Ids:
        return self._titles[self._prepared.passages[row].document] if group.titled else np.zeros(0, np.int32)

    def _batch(self, pairs: Sequence[tuple[Group, Ids]]) -> Batch:
        inputs = [
            (number, group, question, place)
            for number, (group, question) in enumerate(pairs)
            for place in range(len(group.passages))
        ]
        width = max(self._width(group, question) for group, question in pairs)
        most = max(len(self._prepared.passages[row].sentences) for group, _ in pairs for row in group.passages)
        shape = len(inputs), width
        batch = Batch(
            np.zeros(shape, np.int64),
            np.zeros(shape, np.int64),
            np.zeros(shape, np.int64),
            np.full(shape, OUTSIDE, np.int64),
            np.zeros(shape, np.bool_),
            np.zeros(shape, np.bool_),
            np.zeros((len(inputs), most), np.bool_),
            np.zeros(len(inputs), np.bool_),
            np.array([number for number, *_ in inputs], np.int64),
        )
        for row, (_, group, question, place) in enumerate(inputs):
            self._fill(batch, row, group, question, place)
        return batch

    def _fill(self, batch: Batch, row: int, group: Group, question: Ids, place: int) -> None:
        number = group.passages[place]
        read, title = self._passages[number], self._title(group, number)
        head = np.concatenate([[self._start], question, [self._stop], title])
        body = min(len(read.ids), batch.ids.shape[1] - len(head) - 1)
        first, last = len(head), len(head) + body
        batch.ids[row, : last + 1] = np.concatenate([head, read.ids[:body], [self._stop]])
        batch.types[row, len(question) + 2 : last + 1] = 1
        batch.mask[row, : last + 1] = 1
        batch.sentences[row, first:last] = read.sentences[:body]
        if place == 0:
            self._mark(batch, row, group, number, slice(first, last))

    def _mark(self, batch: Batch, row: int, group: Group, number: int, tokens: slice) -> None:
        """Mark the answers of the first passage."""
        passage, read = self._prepared.passages[number], self._passages[number]
        starts, ends = read.offsets[: tokens.stop - tokens.start].T
        for start, end in group.answers:
            touched = np.flatnonzero((starts < end) & (ends > start) & (read.sentences[: len(starts)] != OUTSIDE))
            if not len(touched):
                continue
            batch.starts[row, tokens.start + touched[0]] = True
            batch.ends[row, tokens.start + touched[-1]] = True
            batch.answering[row, np.unique(read.sentences[touched])] = True
            first, last = passage.sentences[int(read.sentences[touched[0]])]
            batch.spanned[row] |= end - start < SENTENCE_LIKE * (last - first)

    def _read_passages(self) -> Iterator[_PassagePieces]:
        for begin in range(0, len(self._prepared.passages), CHUNK):
            passages = self._prepared.passages[begin : begin + CHUNK]
            texts = [
                self._prepared.documents[passage.document].text[passage.start : passage.end] for passage in passages
            ]
            encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
            for passage, encoding in zip(passages, encoded, strict=True):
                offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2) + passage.start
                starts, ends = np.array(passage.sentences, dtype=np.int32).T
                sentences = np.searchsorted(starts, offsets[:, 0], side="right") - 1
                sentences[offsets[:, 0] >= ends[sentences]] = OUTSIDE  # nothing of what it stands under answers
                yield _PassagePieces(np.array(encoding.ids, np.int32), offsets, sentences.astype(np.int32))

    def _encode(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch(texts, add_special_tokens=False)]
