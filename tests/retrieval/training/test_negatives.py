"""Hard negatives: found by a search, and never holding the answer."""

from __future__ import annotations

from retrieval.training.negatives import Pool, is_answered
from retrieval.training.prepared import Prepared


def test_no_candidate_holds_the_answer(prepared: Prepared) -> None:
    pool = Pool(prepared.documents, prepared.passages)
    for question, rows in zip(prepared.questions, prepared.near, strict=True):
        assert not any(is_answered(question, pool, int(row)) for row in rows if row >= 0)


def test_the_words_of_a_short_answer_count_wherever_they_stand(prepared: Prepared) -> None:
    pool = Pool(prepared.documents, prepared.passages)
    ferry = next(question for question in prepared.questions if "ferry" in question.text)
    assert [is_answered(ferry, pool, row) for row in range(len(pool.passages))] == [False, True, False]


def test_far_candidates_are_of_other_kinds_of_text(prepared: Prepared) -> None:
    for question, rows in zip(prepared.questions, prepared.far, strict=True):
        kinds = {prepared.documents[prepared.passages[int(row)].document].set for row in rows if row >= 0}
        assert question.set not in kinds


def test_near_candidates_are_found(prepared: Prepared) -> None:
    unanswered = next(row for row, question in enumerate(prepared.questions) if not question.answers)
    assert prepared.passages[int(prepared.near[unanswered, 0])].document == prepared.questions[unanswered].document
