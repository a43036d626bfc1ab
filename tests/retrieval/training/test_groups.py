"""Groups: a passage that answers beside some that do not, and articles held out whole."""

from __future__ import annotations

import random

from retrieval.training.groups import Groups, split
from retrieval.training.prepared import Prepared


def test_the_first_passage_holds_the_answer(prepared: Prepared) -> None:
    groups = Groups(prepared, negatives=2)
    for group in groups.one_pass(range(len(prepared.questions)), seed=4):
        first = prepared.passages[group.passages[0]]
        assert all(first.start <= start and end <= first.end for start, end in group.answers)
        assert len(set(group.passages)) == len(group.passages)


def test_a_pass_follows_its_seed(prepared: Prepared) -> None:
    groups = Groups(prepared, negatives=2)
    rows = range(len(prepared.questions))
    assert list(groups.one_pass(rows, 1)) == list(groups.one_pass(rows, 1)) != list(groups.one_pass(rows, 2))


def test_without_noise_the_question_is_as_it_was_asked(prepared: Prepared) -> None:
    groups = Groups(prepared, negatives=1)
    drawn = [groups.draw(row, random.Random(0), noisy=False) for row in range(len(prepared.questions))]
    assert [group.question for group in drawn if group] == [question.text for question in prepared.questions]


def test_no_article_is_on_both_sides(prepared: Prepared) -> None:
    rows = split(prepared)
    sides = [{prepared.questions[row].document for row in side} for side in (rows.train, rows.held_out)]
    assert not sides[0] & sides[1]
    assert sorted(rows.train + rows.held_out) == list(range(len(prepared.questions)))
