"""What speaks for each sentence, by matches and texts whose evidence can be worked out by hand."""

from __future__ import annotations

from math import log1p, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.answering.features import Evidence
from retrieval.answering.scoring import ScoredSentence
from retrieval.encoding.encoder import Floats
from tests.retrieval.answering.evidences import analysis, evidence, evidence_of, question, sentence

ASKED = "When did Maud sign 12 treaties?"
IDFS = {"maud": 4.0, "sign": 1.0, "12": 2.0, "treati": 1.0}
TEXTS = {
    10: "In 1402 Queen Maud signed three treaties.",
    11: "He left Ambleford.",
    12: "Maud’s 12 treaties did not last.",
}
WHOLE = (0.5, 0.25, 1, 0.75, 0.5, 1, 0.5)
SIGNED = sentence(10, [[0, 0, 1, 0, 0, 0, 0.25], [0.25, 0.25, 0, 0.75, 0.5, 1, 0.25]], among=WHOLE)
LEFT = sentence(11, [[0.5, 0, 0.25, 0, 0, 0.25, 0.5]], among=WHOLE)
ELSEWHERE = sentence(12, [[1, 1, 1, 1, 1, 1, 1]], passage=1)


@pytest.fixture
def two() -> Evidence:
    """Two sentences weighed; a third, of another passage, is only scored."""
    return evidence(analysis(ASKED, idfs=IDFS), TEXTS, [SIGNED, LEFT, ELSEWHERE], depth=2)


def test_the_question_taken_apart() -> None:
    question_analysis = analysis(ASKED, idfs=IDFS)
    assert question_analysis.classes.tolist() == ["asking", "function", "name", "content", "number", "content", "mark"]
    assert question_analysis.content.tolist() == [False, False, True, True, True, True, False]
    assert [
        (word.text, *word.stems, word.tokens, word.is_name, word.is_number, word.idf)
        for word in question_analysis.words
    ] == [
        ("maud", "maud", (2,), True, False, 4.0),
        ("sign", "sign", (3,), False, False, 1.0),
        ("12", "12", (4,), False, True, 2.0),
        ("treaties", "treati", (5,), False, False, 1.0),
    ]
    assert (question_analysis.kind, question_analysis.negated) == ("when", False)
    assert question_analysis.names == {"maud"}


def test_the_first_word_is_no_name_and_a_word_may_have_many_tokens() -> None:
    question_analysis = analysis("Maud said O'Brien isn't here")
    assert question_analysis.classes.tolist() == [
        *("content", "content"), *("name", "mark", "name"), *("content", "mark", "function"), "content",
    ]  # fmt: skip
    assert [(word.text, word.tokens, word.is_name) for word in question_analysis.words] == [
        ("maud", (0,), False),
        ("said", (1,), False),
        ("o", (2, 3, 4), True),
        ("isn", (5, 6, 7), False),
        ("here", (8,), False),
    ]
    assert question_analysis.negated


def test_the_evidence_of_sentences(two: Evidence) -> None:
    expected = {
        "maxsim": (4 / 7, 1.5 / 7),
        "passage_maxsim": (4.5 / 7, 4.5 / 7),
        "best_three": (2.75 / 3, 1.25 / 3),
        "strong": (1.25 / 7, 0),
        "marks": (0.25 / 7, 0.5 / 7),
        "content": (1.75 / 7, 0.25 / 7),
        "asking_elsewhere": (0.25 / 7, 0),
        "numbers_elsewhere": (0, 0.5 / 7),
        "names_elsewhere": (0, 0.75 / 7),
        "content_elsewhere": (0, 1.5 / 7),
        "most_elsewhere": (0, 0.75),
        "stretch": (4 / 7, 1.5 / 7),
        "reverse": (1, 0.5),
        "passage_bm25": (2, 2),
        "passage_cosine": (0.5, 0.5),
        "before": (0, 4 / 7),
        "neighbour_gain": (0.5 / 7, 3 / 7),
        "first": (1, 0),
        "points_back": (0, 1),
        "absent": (0.25, 1),
        "absent_names": (0, 1),
        "absent_numbers": (1, 1),
        "absent_content": (0, 1),
        "rare": (6.75 / 8, 1.25 / 8),
        "terms_with_before": (6 / 9, 6 / 9),
        "passage_names": (1, 1),
        "year": (1, 0),
        "number": (0, 0),
        "person": (0, 0),
        "lacking": (0, 1),
    }
    features = two.sentences()
    assert list(features) == list(expected)
    for name, values in expected.items():
        assert features[name].dtype == np.float64
        assert features[name] == pytest.approx(values, abs=1e-6), name


def test_the_evidence_of_an_answer(two: Evidence) -> None:
    assert two.answer(10, 0.6, 1.5) == pytest.approx({
        "passage_maxsim": 4.5 / 7,
        "passage_cosine": 0.5,
        "passage_score": 1.5,
        "share": 0.6,
        "function": 0.25,
        "numbers": 0.5 / 7,
        "least_content": 0.75,
        "negated": 0,
        "where": 0,
        "in_order": 1 / 5,  # the best tokens are 1, 1, 0, 1, 1, 1
        "scatter": log1p(sqrt(5) / 6),
        "absent_meaning": 0.5 / 4,
        "rarest_absent": 2,
        "absent_numbers": 1,
        "absent_extreme": 0,
        "passage_absent": 0,
        "least_word": 0.5,
    })  # fmt: skip
    left = two.answer(11, 0.1, 1.5)
    assert left["absent_meaning"] == pytest.approx(3.5 / 4)
    assert (left["rarest_absent"], left["least_word"], left["least_content"]) == (4, 0, 0)
    assert left["passage_absent"] == 0  # the sentence before has them
    assert (left["in_order"], left["scatter"]) == (0, 0)


def test_an_answer_that_was_scored_and_not_weighed(two: Evidence) -> None:
    """As a reranker may put first."""
    weighed = evidence(analysis(ASKED, idfs=IDFS), TEXTS, [ELSEWHERE, SIGNED, LEFT])
    assert two.answer(12, 0.6, 1.5) == weighed.answer(12, 0.6, 1.5)
    with pytest.raises(KeyError):
        two.answer(13, 0.6, 1.5)


def test_an_answer_to_a_question_that_denies_or_asks_where() -> None:
    assert evidence_of("Where is it not?").answer(10, 1, 1)["negated"] == 1
    assert evidence_of("Where is it not?").answer(10, 1, 1)["where"] == 1
    assert evidence_of("Who is the tallest?").answer(10, 1, 1)["absent_extreme"] == 1


def test_words_absent_from_the_passage() -> None:
    texts = {10: "He came.", 11: "A treaty was made."}
    scored = [sentence(row, [[0.5] * 5]) for row in texts]
    question_analysis = analysis("Who broke Maud treaties 12")
    assert evidence(question_analysis, texts, scored).answer(10, 1, 1)["passage_absent"] == 0.5
    assert evidence(question_analysis, texts, scored[:1]).answer(10, 1, 1)["passage_absent"] == 1


def test_neighbours_are_of_the_same_passage() -> None:
    question_analysis = analysis("Who came")
    alone = sentence(10, [[0.5, 0.25]])
    other = sentence(11, [[0.25, 1.0]], passage=1)
    features = evidence(question_analysis, {10: "Maud.", 11: "Piet came."}, [alone, other]).sentences()
    assert features["before"].tolist() == features["neighbour_gain"].tolist() == [0, 0]
    assert features["terms_with_before"].tolist() == [0, 0.5]
    joined = sentence(9, [[0.25, 1.0]])
    features = evidence(question_analysis, {10: "Maud.", 9: "Piet came."}, [alone, joined]).sentences()
    assert features["before"].tolist() == [0.625, 0]
    assert features["neighbour_gain"].tolist() == [0.375, 0.125]
    assert features["terms_with_before"].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("text", "sentence_text", "offered"),
    [
        ("When was it?", "In 1974.", {"year": 1}),
        ("When was it?", "In March.", {}),
        ("When was it?", "Then.", {"lacking": 1}),
        ("How many came?", "In 1974.", {}),
        ("How many came?", "Seven.", {"number": 1}),
        ("Who came?", "It was Piet Anker.", {"person": 1}),
        ("Who came?", "It was Piet.", {}),
        ("Where is it?", "It is in Oskeld.", {}),
        ("Where is it?", "Here.", {"lacking": 1}),
        ("Why is it?", "Here.", {}),
    ],
)
def test_what_is_offered(text: str, sentence_text: str, offered: dict[str, int]) -> None:
    question_analysis = analysis(text)
    features = evidence(
        question_analysis, {10: sentence_text}, [sentence(10, [[0.5] * len(question_analysis.classes)])]
    ).sentences()
    assert {name: features[name][0] for name in ("year", "number", "person", "lacking") if features[name][0]} == offered


@pytest.mark.parametrize(
    ("tokens", "places", "stretch"),
    [
        (0, (), 0.0),
        (1, (0,), 0.5),
        (20, (0, 19), 1.0),
        (25, (0, 24), 0.5),
        (25, (4, 20), 0.5),
        (25, (5, 24), 1.0),
        (23, (5, 22), 1.0),
        (60, (30, 49), 1.0),
        (60, (31, 50), 0.5),
    ],
)
def test_the_best_stretch_of_twenty_tokens(tokens: int, places: tuple[int, ...], stretch: float) -> None:
    """Each of two tokens of the question is matched at one place; a stretch begins at every fifth."""
    cosines = np.zeros((tokens, 2), dtype=np.float32)
    for column, place in enumerate(places):
        cosines[place, column] = 1
    features = evidence(analysis("Maud came"), {10: ""}, [sentence(10, cosines)]).sentences()
    assert features["stretch"].tolist() == [stretch]


@pytest.mark.parametrize("text", ["Who was it?", "?!", "the", "日本", "12", "Maud"])
def test_questions_of_few_words(text: str) -> None:
    weighed = evidence_of(text)
    features = {**{name: values[0] for name, values in weighed.sentences().items()}, **weighed.answer(10, 1, 1)}
    assert all(np.isfinite(list(features.values())))
    assert features["maxsim"] == features["passage_maxsim"] == features["function"] == features["least_word"] == 0.5
    if not weighed.analysis.words:
        names = ("absent", "absent_content", "absent_meaning", "rare", "rarest_absent", "passage_absent")
        assert [features[name] for name in names] == [0] * len(names)


def test_a_sentence_beyond_what_the_encoder_saw() -> None:
    none = sentence(10, np.zeros((0, 3), dtype=np.float32), among=[0.5, 0.25, 0])
    weighed = evidence(analysis("Who saw Maud"), {10: "It was Maud."}, [none])
    features = {name: values[0] for name, values in weighed.sentences().items()}
    assert (features["maxsim"], features["stretch"], features["reverse"], features["asking_elsewhere"]) == (
        0,
        0,
        0,
        0.5 / 3,
    )
    assert features["absent_names"] == 0
    answer = weighed.answer(10, 1, 1)
    assert (answer["in_order"], answer["scatter"], answer["passage_maxsim"]) == (0, 0, 0.25)


def test_tokens_of_earlier_turns_count_less() -> None:
    """The weights come with the matches, and count in what orders sentences, not in what trusts an answer."""
    text, context = "Maud signed. Who came?", len("Maud signed.")
    question_analysis, weights = analysis(text, context), question(text, context).weights
    less, more = float(weights[0]), float(weights[-1])
    assert less < 1 < more
    weighed = evidence(
        question_analysis, {10: "Maud came."}, [sentence(10, np.full((2, 6), 0.75, dtype=np.float32) * weights)]
    )
    features = weighed.sentences()
    assert features["maxsim"] == pytest.approx([0.75])
    assert features["marks"] == pytest.approx([0.75 * (less + more) / 6])
    assert features["absent"].tolist() == [1 / 3]
    assert weighed.answer(10, 1, 1)["least_word"] == pytest.approx(0.75)


PARTS = ["Who", "when", "where", "How", "many", "Maud", "treaties", "12", "1402", "not", "Oskeld", "in", "?", "é", "日"]
SENTENCES = ["He left in 1402.", "In Oskeld, Queen Maud signed 12 treaties.", "", "No!", "It isn’t the biggest."]


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, dict[int, str], list[ScoredSentence]]:
    """A question, and sentences with any matches."""
    text = " ".join(draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=9)))
    width = len(question(text).tokens.offsets)
    rows = draw(st.lists(st.integers(0, 12), min_size=1, max_size=8, unique=True))
    texts = {row: draw(st.sampled_from(SENTENCES)) for row in rows}
    seeds = np.random.default_rng(draw(st.integers(0, 2**32)))

    def any_cosines() -> Floats:
        return seeds.uniform(-1, 1, (draw(st.integers(0, 45)), width)).astype(np.float32)

    scored = [sentence(row, any_cosines(), passage=row // 5) for row in rows]
    return text, texts, scored


@settings(max_examples=150, deadline=None)
@given(case=cases(), depth=st.integers(1, 9))
def test_every_number_is_finite_and_of_the_sentence_alone(
    case: tuple[str, dict[int, str], list[ScoredSentence]], depth: int
) -> None:
    """Whatever the matches; bit for bit the same whichever sentences are weighed beside it."""
    text, texts, scored = case
    weighed = evidence(analysis(text), texts, scored, depth)
    features = weighed.sentences()
    for name, values in features.items():
        assert values.shape == (min(depth, len(scored)),), name
        assert np.isfinite(values).all(), name
    turned = evidence(analysis(text), texts, [*scored[1:], scored[0]]).sentences()
    for name, values in features.items():
        assert values[0].tobytes() == turned[name][-1].tobytes(), name
    for ranked in scored:
        assert all(np.isfinite(value) for value in weighed.answer(ranked.row, 0.5, 1.0).values())
