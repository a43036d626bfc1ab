"""Batches: tokens, their sentences and the answers' places agree with the text."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from retrieval.training.batches import OUTSIDE, STEP, Batches
from retrieval.training.groups import Group, Groups
from retrieval.training.prepared import Prepared


@pytest.fixture
def batches(prepared: Prepared, tokenizer_file: Path) -> Batches:
    """Batches of at most 512 tokens."""
    return Batches(prepared, tokenizer_file, tokens=512)


def groups_of(prepared: Prepared) -> list[Group]:
    """One group of each question."""
    groups = Groups(prepared, negatives=2)
    drawn = (groups.draw(row, random.Random(0), noisy=False) for row in range(len(prepared.questions)))
    return [group for group in drawn if group]


def decoded(batches: Batches, ids: list[int]) -> str:
    """The text of some pieces."""
    return str(batches._tokenizer.decode(ids))


def test_marked_tokens_are_the_answer(prepared: Prepared, batches: Batches) -> None:
    for groups, batch in batches.with_groups(groups_of(prepared)):
        for number, group in enumerate(groups):
            row = int(np.flatnonzero(batch.groups == number)[0])
            if not group.answers:
                assert not batch.starts[row].any()
                assert not batch.answering[row].any()
                continue
            first, last = int(np.argmax(batch.starts[row])), int(np.argmax(batch.ends[row]))
            document = prepared.documents[prepared.passages[group.passages[0]].document]
            answer = document.text[slice(*group.answers[0])].lower()
            assert decoded(batches, batch.ids[row, first : last + 1].tolist()).replace(" .", ".") == answer
            sentence = batch.sentences[row, first]
            assert batch.answering[row].tolist() == [place == sentence for place in range(batch.answering.shape[1])]


def test_only_the_first_passage_of_a_group_answers(prepared: Prepared, batches: Batches) -> None:
    for _, batch in batches.with_groups(groups_of(prepared)):
        later = np.flatnonzero(np.diff(batch.groups, prepend=-1) == 0)
        assert not batch.starts[later].any()


def test_a_whole_sentence_is_no_span(prepared: Prepared, batches: Batches) -> None:
    spanned = {}
    for groups, batch in batches.with_groups(groups_of(prepared)):
        for number, group in enumerate(groups):
            spanned[group.question] = bool(batch.spanned[batch.groups == number].any())
    assert spanned["Who built the mill?"]
    assert not spanned["Do dogs pay?"]


def test_titles_and_questions_belong_to_no_sentence(prepared: Prepared, batches: Batches) -> None:
    ((groups, batch), *_) = batches.with_groups(groups_of(prepared)[:1])
    inside = batch.ids[0][batch.sentences[0] != OUTSIDE].tolist()
    passage = prepared.passages[groups[0].passages[0]]
    text = prepared.documents[passage.document].text[passage.start : passage.end]
    assert decoded(batches, inside).replace(" .", ".").split() == text.lower().split()
    assert decoded(batches, batch.ids[0][batch.mask[0] == 1].tolist()).startswith("who built the mill? the mill : the")


def test_batches_stay_within_their_tokens(prepared: Prepared, batches: Batches) -> None:
    for batch in batches.of(iter(groups_of(prepared) * 5), seed=1):
        assert batch.ids.shape[1] % STEP == 0
        assert batch.ids.size <= 512 or len(set(batch.groups.tolist())) == 1
