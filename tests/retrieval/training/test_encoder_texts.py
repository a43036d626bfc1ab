"""What the encoder's training reads is what a search and an index encode."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.answering.question import CONTEXT_WEIGHT
from retrieval.errors import InputInvalid
from retrieval.training.answer_places import AnswerPlaces
from retrieval.training.contrasts import Contrasts
from retrieval.training.encoder_texts import (
    ABOVE,
    OUTSIDE,
    PASSAGE_PIECES,
    QUESTION_PIECES,
    EncoderTexts,
    PassagePieces,
)
from retrieval.training.passages import TrainingPassage
from retrieval.training.prepared import Prepared
from retrieval.training.questions import Document, TrainingQuestion
from retrieval.training.transformer import load_tokenizer

TEXT = "Opening times\nThe hall opens at nine. It closes at five."


def one_passage(text: str, first: str, *, history: tuple[str, ...] = (), question: str = "When?") -> Prepared:
    """A set of one document with one passage, whose sentences begin at `first`."""
    start = text.index(first)
    behind = text.index(". ", start) + 1
    passage = TrainingPassage(0, 0, ((start, behind), (behind + 1, len(text))))
    questions = [TrainingQuestion("1", "own", question, history, 0, ((behind + 1, len(text)),))]
    none = np.full((1, 2), -1, dtype=np.int32)
    return Prepared([Document("own", "The town hall", text)], [passage], questions, none, none)


def words(pieces: PassagePieces, tokenizer: Any, sentence: int) -> str:
    return str(tokenizer.decode(pieces.ids[pieces.sentences == sentence].tolist()))


def test_a_passage_comes_after_its_title_and_what_it_stands_under(tokenizer_file: Path) -> None:
    tokenizer = load_tokenizer(tokenizer_file)
    pieces = EncoderTexts(one_passage(TEXT, "The hall"), tokenizer_file).passage(0)
    assert pieces.ids.tolist() == tokenizer.encode(f"The town hall. {TEXT}").ids
    assert words(pieces, tokenizer, ABOVE) == "opening times"
    assert words(pieces, tokenizer, 0) == "the hall opens at nine."
    assert words(pieces, tokenizer, 1) == "it closes at five."
    assert words(pieces, tokenizer, OUTSIDE) == "the town hall."
    assert pieces.count == 2


def test_a_passage_can_be_read_without_its_title(tokenizer_file: Path) -> None:
    pieces = EncoderTexts(one_passage(TEXT, "The hall"), tokenizer_file).passage(0, titled=False)
    assert pieces.ids.tolist() == load_tokenizer(tokenizer_file).encode(TEXT).ids


def test_letters_in_another_form_keep_their_sentences(tokenizer_file: Path) -> None:
    text = "Opening times\nThe oﬃce opens at nine. It closes at five."
    tokenizer = load_tokenizer(tokenizer_file)
    pieces = EncoderTexts(one_passage(text, "The"), tokenizer_file).passage(0)
    assert words(pieces, tokenizer, 0) == "the office opens at nine."
    assert words(pieces, tokenizer, 1) == "it closes at five."


def test_what_is_too_long_is_cut_before_its_end(tokenizer_file: Path) -> None:
    tokenizer = load_tokenizer(tokenizer_file)
    long = f"{TEXT} {'More and more of it is said. ' * 60}"
    texts = EncoderTexts(one_passage(long, "The hall", question="why " * 200), tokenizer_file)
    passage, question = texts.passage(0), texts.question(0)
    assert (len(passage.ids), len(passage.sentences)) == (PASSAGE_PIECES, PASSAGE_PIECES)
    assert (len(question.ids), len(question.weights)) == (QUESTION_PIECES, QUESTION_PIECES)
    assert passage.ids[-1] == question.ids[-1] == tokenizer.token_to_id("[SEP]")
    assert passage.sentences[-1] == OUTSIDE
    assert question.weights.sum() == pytest.approx(1)


def test_the_pieces_of_a_question_weigh_the_same(tokenizer_file: Path) -> None:
    pieces = EncoderTexts(one_passage(TEXT, "The hall", question="When does it close?"), tokenizer_file).question(0)
    assert pieces.weights[[0, -1]].tolist() == [0, 0]
    assert pieces.weights[1:-1].tolist() == [pytest.approx(1 / 5)] * 5


def test_earlier_turns_weigh_less(tokenizer_file: Path) -> None:
    prepared = one_passage(TEXT, "The hall", question="When does it close?", history=("Where is the hall?",))
    pieces = EncoderTexts(prepared, tokenizer_file).question(0)
    assert pieces.weights[1] == pytest.approx(CONTEXT_WEIGHT * pieces.weights[-2])


def test_noise_is_drawn_for_the_question_alone(tokenizer_file: Path) -> None:
    prepared = one_passage(TEXT, "The hall", question="When does the hall close on Sundays?")
    texts = EncoderTexts(prepared, tokenizer_file)
    clean, *noisy = (texts.question(0, drawn).ids.tolist() for drawn in (None, *map(random.Random, range(20))))
    assert any(ids != clean for ids in noisy)
    assert texts.question(0, random.Random(3)).ids.tolist() == texts.question(0, random.Random(3)).ids.tolist()


def test_where_an_answer_is(prepared: Prepared) -> None:
    places = AnswerPlaces(prepared)
    for row, question in enumerate(prepared.questions):
        for passage in places.holding(row):
            flags = places.right([row], [passage])[0]
            text = prepared.documents[question.document].text
            start, end = question.answers[0]
            spans = np.array(prepared.passages[passage].sentences)[flags]
            assert any(text[start:end] in text[first:last] for first, last in spans.tolist())
        assert bool(places.holding(row)) == bool(question.answers)


def test_other_documents_of_a_set_are_not_compared_where_its_questions_name_none() -> None:
    documents = [Document(name, "", "It opens at nine.") for name in ("doc2dial", "doc2dial", "squad11")]
    passages = [TrainingPassage(number, 0, ((0, 17),)) for number in range(3)]
    questions = [
        TrainingQuestion("1", "doc2dial", "When does it open?", (), 0, ((12, 16),)),
        TrainingQuestion("2", "squad11", "When does the mill open?", (), 2, ((12, 16),)),
    ]
    none = np.full((2, 1), -1, dtype=np.int32)
    prepared = Prepared(documents, passages, questions, none, none)
    assert AnswerPlaces(prepared).comparable([0, 1], range(3)).tolist() == [[True, False, True], [True, True, True]]
    near = np.array([[1], [-1]], dtype=np.int32)
    prepared = Prepared(documents, passages, questions, near, none)
    assert AnswerPlaces(prepared).comparable([0], range(3)).tolist() == [[True, True, True]]


def test_a_batch_has_an_answering_passage_for_each_question(prepared: Prepared, tokenizer_file: Path) -> None:
    texts = EncoderTexts(prepared, tokenizer_file)
    contrasts = Contrasts(prepared, texts, range(len(prepared.questions)), questions=2, negatives=1)
    batches = list(contrasts.one_pass(0))
    assert [len(batch.questions) for batch in batches] == [2, 2, 1]
    for batch in batches:
        sentences = sum(passage.count for passage in batch.passages)
        assert batch.answering.shape == batch.compared.shape == (len(batch.questions), len(batch.passages))
        assert batch.right.shape == (len(batch.questions), sentences)
        assert batch.answering.any(axis=1).all()
        assert batch.right.any(axis=1).all()


def test_a_pass_goes_on_from_any_batch(prepared: Prepared, tokenizer_file: Path) -> None:
    texts = EncoderTexts(prepared, tokenizer_file)
    contrasts = Contrasts(prepared, texts, range(len(prepared.questions)), questions=2, negatives=1)
    whole, rest = list(contrasts.one_pass(4)), list(contrasts.one_pass(4, 1))
    for left, right in zip(whole[1:], rest, strict=True):
        assert [text.ids.tolist() for text in left.passages] == [text.ids.tolist() for text in right.passages]
        assert [text.ids.tolist() for text in left.questions] == [text.ids.tolist() for text in right.questions]


def test_a_set_without_answers_is_refused(prepared: Prepared, tokenizer_file: Path) -> None:
    unanswered = [row for row, question in enumerate(prepared.questions) if not question.answers]
    with pytest.raises(InputInvalid, match="has no answered question to train on"):
        Contrasts(prepared, EncoderTexts(prepared, tokenizer_file), unanswered, questions=2, negatives=1)
