"""From ranked passages to quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retrieval.analysis import words
from retrieval.answering.quoter import Quoter
from retrieval.answering.retriever import rank
from retrieval.answering.scoring import CONTEXT, RankedSentence, ScoredSentence, score_sentences
from retrieval.engine import Engine
from retrieval.evaluation.coverage.lines import Line, line_of, rows_within
from retrieval.index.generation import Generation
from retrieval.records import Quote
from tests.toy import ANSWERS, ARTICLES, SHARED_LINE, build_toy, open_toy

WORDS = sorted({word for text in ARTICLES.values() for word in words(text.partition("---\n\n")[2] or text)})


def index(folder: Path, texts: Mapping[str, str]) -> Path:
    """An index of a corpus of these texts, file by file."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for name, text in texts.items():
        (corpus / name).write_text(text + "\n", "utf-8")
    build_toy(corpus, folder / "index")
    return folder / "index"


def quotes_of(folder: Path, texts: Mapping[str, str], question: str, **changes: Any) -> tuple[Quote, ...]:
    """The quotes for a question to a corpus of these texts."""
    return open_toy(index(folder, texts), replace(ANSWERS, **changes)).ask(question).quotes


def believed(generation: Generation, beliefs: Sequence[float]) -> list[RankedSentence]:
    """The corpus' sentences with these beliefs, in the order of both."""
    none = np.zeros(1, dtype=np.float32)
    scored = [
        ScoredSentence(row, generation.sentence(row).passage, 0.0, none, none[None], none, 0.0, 0.0, is_first=False)
        for row in range(len(generation.sentences))
    ]
    return [RankedSentence(sentence, belief) for sentence, belief in zip(scored, beliefs, strict=True)]


def chosen(
    folder: Path, texts: Mapping[str, str], beliefs: Sequence[float], *, top: int = 9, **changes: Any
) -> list[tuple[str, float, list[str]]]:
    """Text, score and twins' articles of what is quoted of a corpus whose sentences are believed so, row by row."""
    generation = Generation.current(index(folder, texts))
    quoter = Quoter(generation, replace(ANSWERS, **changes))
    ranked = sorted(believed(generation, beliefs), key=lambda sentence: (-sentence.belief, sentence.row))
    quotes = [quoter.quote(draft, weak=False) for draft in quoter.choose(ranked, top)]
    return [(quote.text, quote.score, [other.article for other in quote.also_in]) for quote in quotes]


def summary(quotes: tuple[Quote, ...]) -> list[tuple[str, list[str]]]:
    """Text and article of each quote, with the articles that print it too."""
    return [
        (f"{quote.citation.article}: {quote.text}", [citation.article for citation in quote.also_in])
        for quote in quotes
    ]


def sentences(generation: Generation, quote: Quote) -> list[Line]:
    """The sentences that a quote is made of, from its first character to its last."""
    lines = [line_of(generation, row) for row in rows_within(generation, quote.citation)]
    assert (lines[0].citation.start, lines[-1].citation.end) == (quote.citation.start, quote.citation.end)
    return lines


@pytest.fixture(scope="module")
def engine(toy_index: Path) -> Engine:
    """An engine that quotes and joins freely."""
    return open_toy(toy_index, replace(ANSWERS, top=6, least=0.0, word_cost=0.0))


@settings(max_examples=60, deadline=None)
@given(question=st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), top=st.integers(1, 6))
def test_quotes_are_whole_sentences_and_share_none(question: list[str], top: int, engine: Engine) -> None:
    quotes = engine.ask(" ".join(question), top=top).quotes
    assert 1 <= len(quotes) <= top
    for quote in quotes:
        for text, cited in [(quote.text, quote.citation), *((None, other) for other in quote.also_in)]:
            row = engine.generation.row_of(cited.article)
            assert row is not None
            article = engine.generation.article(row)
            assert text in (None, article.text[cited.start : cited.end])
            assert article.body <= cited.start < cited.end <= len(article.text)
            assert cited.sha256 == article.sha256
    refs_by_quote = [{line.citation.ref for line in sentences(engine.generation, quote)} for quote in quotes]
    assert {len(refs) for refs in refs_by_quote} <= {1, 2}
    assert all(refs.isdisjoint(other) for refs, other in combinations(refs_by_quote, 2))
    assert sum(SHARED_LINE in quote.text for quote in quotes) <= 1
    assert all(quote.score >= 0 for quote in quotes)
    assert sum(quote.score for quote in quotes) <= 1 + 1e-9


@settings(max_examples=30, deadline=None)
@example(question=["year"])
@given(question=st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))
def test_sentences_are_scored_by_late_interaction_and_terms(question: list[str], engine: Engine) -> None:
    generation, prepared = engine.generation, engine.prepare(" ".join(question))
    candidates = rank(generation, prepared, ANSWERS, 12)
    scored = score_sentences(generation, prepared, candidates, ANSWERS)
    assert sorted(sentence.row for sentence in scored) == list(range(len(generation.sentences)))
    assert [(-sentence.score, sentence.row) for sentence in scored] == sorted(
        (-sentence.score, sentence.row) for sentence in scored
    )
    bm25 = generation.sentence_terms.scores_of(range(len(generation.sentences)), prepared.terms)
    of_passage = {candidate.row: candidate.terms for candidate in candidates}
    for sentence in scored[:5]:
        passage, *_, first, last, _ = generation.sentences[sentence.row].tolist()
        under = generation.sentence(generation.sentences_of(passage).start).first_token
        signs = 2.0 * np.unpackbits(generation.bits(passage), axis=1) - 1
        vectors = prepared.tokens.vectors / np.linalg.norm(prepared.tokens.vectors, axis=1, keepdims=True)
        cosines = signs @ vectors.T / 8
        matches = cosines[first:last].max(axis=0)
        maxsim = (np.maximum(matches, CONTEXT * cosines[:under].max(axis=0)) if under else matches).mean()
        expected = maxsim + ANSWERS.sentence_terms * (bm25[sentence.row] + of_passage[passage])
        # The tolerance is what rounding a question's vectors may cost, as in test_bits.
        assert sentence.score == pytest.approx(expected, abs=2e-5)


def test_a_line_that_two_articles_print_is_one_quote(toy_index: Path) -> None:
    quote = open_toy(toy_index).ask("What did the gale of 9 March sink?").quotes[0]
    assert quote.text == SHARED_LINE
    assert {quote.citation.article, *(other.article for other in quote.also_in)} == {"harbour", "storm"}
    other = quote.also_in[0]
    row = open_toy(toy_index).generation.row_of(other.article)
    assert row is not None
    assert open_toy(toy_index).generation.article(row).text[other.start : other.end] == SHARED_LINE


LINE = "The minister said on Monday: “The old mill’s 5 mg - not 50 - must go”"


@pytest.mark.parametrize(
    "same",
    [
        LINE.upper(),
        LINE.replace(" ", "\u00a0").replace("Monday: ", "Monday:\n"),
        LINE.replace("“", '"').replace("”", "»").replace("’", "'"),
        LINE.replace("-", "—"),
    ],
)
def test_the_same_words_in_other_type_are_one_quote(same: str, tmp_path: Path) -> None:
    assert chosen(tmp_path, {"a.txt": f"{LINE}.", "b.txt": f"{same}."}, (0.5, 0.5)) == [(f"{LINE}.", 0.5, ["b"])]


@pytest.mark.parametrize(
    "near",
    [
        LINE.replace("5 mg", "50 mg"),
        LINE.replace("not ", ""),
        LINE.replace("Monday", "Sunday"),
        LINE.replace("must", "must not"),
        LINE.replace("5 mg", "5 µg"),
        LINE.replace("5 mg", "5² mg"),
        LINE.replace("5 mg", "½ mg"),
        LINE.replace("minister", "mìnister"),
        LINE.replace("“", "").replace("”", ""),
        LINE.replace(":", ""),
        LINE.replace(" - ", " "),
    ],
)
def test_nearly_the_same_words_are_quotes_of_their_own(near: str, tmp_path: Path) -> None:
    quotes = chosen(tmp_path, {"a.txt": f"{LINE}.", "b.txt": f"{near}."}, (0.5, 0.25))
    assert quotes == [(f"{LINE}.", 0.5, []), (f"{near}.", 0.25, [])]


def test_an_answer_split_between_neighbours_is_joined(tmp_path: Path) -> None:
    text = "The heron came to the mill pond. It ate eleven golden carp. Nobody minded very much."
    quotes = quotes_of(tmp_path, {"a.txt": text}, "How many golden carp did it eat at the mill pond?")
    assert summary(quotes) == [("a: The heron came to the mill pond. It ate eleven golden carp.", [])]
    alone = open_toy(tmp_path / "index").ask("How many golden carp did it eat?").quotes
    assert summary(alone) == [("a: It ate eleven golden carp.", [])]


def test_an_open_quotation_is_carried_on(tmp_path: Path) -> None:
    text = (
        "The mayor wrote of wells.\n\n“Our wells are very low this summer.\n\n“Please water no garden.” She signed it."
    )
    quotes = quotes_of(tmp_path, {"a.txt": text}, "How low are our wells this summer?", word_cost=1.0)
    assert summary(quotes) == [("a: “Our wells are very low this summer.\n\n“Please water no garden.”", [])]


@pytest.mark.parametrize(
    "question",
    ["How many golden carp did it eat at the mill pond?", "Did it eat eleven golden carp at the mill pond?"],
)
def test_a_joined_answer_that_two_articles_print_is_one_quote(question: str, tmp_path: Path) -> None:
    text = "The heron came to the mill pond. It ate eleven golden carp."
    texts = {"a.txt": f"{text} Nobody minded very much.", "b.txt": f"Here is what we know. {text}"}
    quotes = quotes_of(tmp_path, texts, question, least=0.0)
    assert quotes[0].text == text
    assert {quotes[0].citation.article, quotes[0].also_in[0].article} == {"a", "b"}
    assert not [quote for quote in quotes[1:] if "heron" in quote.text or "carp" in quote.text]


CARP = "The heron came to the mill pond. It ate eleven golden carp. Nobody minded very much."
HERON, ATE, MINDED = (f"{sentence}." for sentence in CARP.rstrip(".").split(". "))
QUOTED = f"“{HERON}\n\n“{ATE}”"


@pytest.mark.parametrize(
    ("beliefs", "word_cost", "expected"),
    [
        ((0.25, 0.5, 0.0), 0.03, [(f"{HERON} {ATE}", 0.75), (MINDED, 0.0)]),
        ((0.25, 0.5, 0.0), 0.06, [(ATE, 0.5), (HERON, 0.25), (MINDED, 0.0)]),
        ((0.0, 0.5, 0.25), 0.0624, [(f"{ATE} {MINDED}", 0.75), (HERON, 0.0)]),
        ((0.0, 0.5, 0.25), 0.0625, [(ATE, 0.5), (MINDED, 0.25), (HERON, 0.0)]),
        ((0.0625, 0.5, 0.125), 0.0, [(f"{ATE} {MINDED}", 0.625), (HERON, 0.0625)]),
        ((0.25, 0.5, 0.125), 0.0, [(f"{HERON} {ATE}", 0.75), (MINDED, 0.125)]),
        ((0.25, 0.25, 0.25), 0.0, [(f"{HERON} {ATE}", 0.5), (MINDED, 0.25)]),
        ((0.25, 0.25, 0.25), 1.0, [(HERON, 0.25), (ATE, 0.25), (MINDED, 0.25)]),
        ((0.0, 1.0, 0.0), 0.0, [(ATE, 1.0), (HERON, 0.0), (MINDED, 0.0)]),
    ],
)
def test_a_neighbour_joins_where_its_belief_is_worth_more_than_its_words(
    beliefs: tuple[float, ...], word_cost: float, expected: list[tuple[str, float]], tmp_path: Path
) -> None:
    """They have seven, five and four words. Each is quoted once, alone or with its neighbour."""
    quotes = chosen(tmp_path, {"a.txt": CARP}, beliefs, word_cost=word_cost, least=0.0)
    assert [(text, score) for text, score, _ in quotes] == expected


@pytest.mark.parametrize("text", [f"{HERON}\n\n## Supper\n\n{ATE}", f"{HERON}\n\n> [1]\n\n{ATE}"])
def test_sentences_with_something_between_stay_apart(text: str, tmp_path: Path) -> None:
    quotes = chosen(tmp_path, {"a.md": text}, (0.5, 0.375), word_cost=0.0)
    assert [quote for quote, *_ in quotes] == [HERON, ATE]


def test_sentences_of_two_articles_stay_apart(tmp_path: Path) -> None:
    quotes = chosen(tmp_path, {"a.txt": f"“{HERON}", "b.txt": ATE}, (0.5, 0.375), word_cost=0.0)
    assert quotes == [(f"“{HERON}", 0.5, []), (ATE, 0.375, [])]


@pytest.mark.parametrize(
    ("beliefs", "expected"),
    [
        ((1.0, 0.0, 0.0), [(QUOTED, 1.0), (MINDED, 0.0)]),
        ((0.5, 0.25, 0.25), [(QUOTED, 0.75), (MINDED, 0.25)]),
        ((0.25, 0.25, 0.375), [(QUOTED, 0.5), (MINDED, 0.375)]),
        ((0.25, 0.0, 0.75), [(MINDED, 0.75), (QUOTED, 0.25)]),
        ((0.0, 0.75, 0.25), [(f"“{ATE}”", 0.75), (MINDED, 0.25), (f"“{HERON}", 0.0)]),
    ],
)
def test_an_open_quotation_joins_whatever_it_costs(
    beliefs: tuple[float, ...], expected: list[tuple[str, float]], tmp_path: Path
) -> None:
    """The sentence that opens it takes the next along; where that one is quoted already, it stays open."""
    quotes = chosen(tmp_path, {"a.txt": f"{QUOTED}\n\n{MINDED}"}, beliefs, word_cost=1.0, least=0.0)
    assert [(text, score) for text, score, _ in quotes] == expected


def test_equal_values_stand_in_order_of_row(tmp_path: Path) -> None:
    texts = {"c.txt": HERON, "a.txt": MINDED, "b.txt": ATE}
    generation = Generation.current(index(tmp_path, texts))
    quoter = Quoter(generation, ANSWERS)
    scored = believed(generation, [0.25, 0.25, 0.25])
    for order in permutations(scored):
        assert [[sentence.row for sentence in draft.sentences] for draft in quoter.choose(order, 2)] == [[0], [1]]
    joined = replace(ANSWERS, word_cost=0.0)
    (tmp_path / "joined").mkdir()
    generation = Generation.current(index(tmp_path / "joined", {"a.txt": CARP, "b.txt": "A gull flew by."}))
    for order in permutations(believed(generation, [0.25, 0.25, 0.25, 0.25])):
        drafts = Quoter(generation, joined).choose(order, 9)
        assert [[sentence.row for sentence in draft.sentences] for draft in drafts] == [[0, 1], [2], [3]]


@pytest.mark.parametrize(("least", "count"), [(0.0, 3), (0.2, 3), (0.21, 2), (0.4, 2), (0.41, 1), (1.0, 1)])
def test_the_first_quote_is_given_and_others_that_are_believed_enough(least: float, count: int, tmp_path: Path) -> None:
    texts = {"a.txt": HERON, "b.txt": ATE, "c.txt": MINDED}
    quotes = chosen(tmp_path, texts, (0.25, 0.625, 0.125), least=least)
    assert quotes == [(ATE, 0.625, []), (HERON, 0.25, []), (MINDED, 0.125, [])][:count]


def test_a_joined_quote_is_enough_where_its_sentences_are_together(tmp_path: Path) -> None:
    texts = {"a.txt": f"{HERON} {ATE}", "b.txt": MINDED}
    quotes = chosen(tmp_path, texts, (0.125, 0.125, 0.75), least=0.25, word_cost=0.0)
    assert quotes == [(MINDED, 0.75, []), (f"{HERON} {ATE}", 0.25, [])]


LEDGER, GULL = "The clerk opened the old ledger.", "A gull watched it from the pier."
SANK = "The ferry sank at noon on Friday, a mile off the old mill"


@pytest.mark.parametrize(
    ("beliefs", "expected"),
    [
        ((0.25, 0.375, 0.125, 0.25), [(f"{LEDGER} {SANK}.", 0.625, []), (GULL, 0.125, [])]),
        ((0.0, 0.375, 0.125, 0.5), [(f"{GULL} {SANK}.", 0.625, []), (LEDGER, 0.0, [])]),
        ((0.0, 0.5, 0.0, 0.5), [(f"{SANK}.", 0.5, ["b"]), (LEDGER, 0.0, []), (GULL, 0.0, [])]),
    ],
)
def test_a_line_printed_twice_joins_no_second_quote(
    beliefs: tuple[float, ...], expected: list[tuple[str, float, list[str]]], tmp_path: Path
) -> None:
    """The neighbours stand without it; where one joined it, no other article prints the whole quote."""
    texts = {"a.txt": f"{LEDGER} {SANK}.", "b.txt": f"{GULL} {SANK}."}
    assert chosen(tmp_path, texts, beliefs, word_cost=0.01, least=0.0) == expected


def test_other_places_are_one_an_article_in_order_of_articles(tmp_path: Path) -> None:
    texts = {"a.txt": f"{SANK}. {MINDED} {SANK}.", "b.txt": f"{SANK}.", "c.txt": f"{SANK.upper()}."}
    quotes = chosen(tmp_path, texts, (0.0625, 0.0, 0.125, 0.5, 0.25), least=0.25)
    assert quotes == [(f"{SANK}.", 0.5, ["a", "c"])]


def test_another_place_of_a_joined_quote_is_where_all_of_it_is_printed(tmp_path: Path) -> None:
    """The last article prints the best sentence twice, once behind the other one."""
    both = f"{LEDGER} {SANK}."
    texts = {"a.txt": both, "b.txt": f"{SANK}. {LEDGER}", "c.txt": f"{SANK}. {GULL} {both}"}
    beliefs = (0.25, 0.5, 0.125, 0.0, 0.125, 0.0, 0.0, 0.0)
    engine = open_toy(index(tmp_path, texts))
    quoter = Quoter(engine.generation, replace(ANSWERS, word_cost=0.0))
    (draft, *_) = quoter.choose(believed(engine.generation, beliefs), 9)
    quote = quoter.quote(draft, weak=False)
    assert (quote.text, [place.article for place in quote.also_in]) == (both, ["c"])
    cited = quote.also_in[0]
    assert f"{texts['c.txt']}\n"[cited.start : cited.end] == both
    assert sorted(twin.belief for twin in draft.twins) == [0.0, 0.125]


def test_statements_are_compared_as_they_read(tmp_path: Path) -> None:
    """A link of which the target stands elsewhere is its words, and a footnote its number."""
    texts = {"a.md": f"{LEDGER} {SANK}.".replace("The", "[The][1]", 1) + "[^1]\n\n[1]: https://a.example\n\n[^1]: So."}
    generation = Generation.current(index(tmp_path, texts))
    quoter = Quoter(generation, replace(ANSWERS, word_cost=1.0))
    ranked = believed(generation, [0.5, 0.25, 0.0][: len(generation.sentences)])
    statements = [quoter.statement(draft).text for draft in quoter.choose(ranked, 1)]
    assert statements in ([LEDGER], [f"{SANK}.¹"])


def test_a_line_printed_twice_in_one_article_is_quoted_once(tmp_path: Path) -> None:
    texts = {"a.txt": f"{SANK}. {MINDED} {SANK}."}
    assert chosen(tmp_path, texts, (0.375, 0.25, 0.375), word_cost=1.0) == [(f"{SANK}.", 0.375, []), (MINDED, 0.25, [])]


def test_sentences_that_are_not_weighed_are_quoted_last_and_alone(toy_index: Path) -> None:
    """Those the first stage scored best share all belief; the others have none, and still print the same line."""
    question = "What did the gale of 9 March sink?"
    for weighed in (1, 2, 3):
        engine = open_toy(toy_index, replace(ANSWERS, weighed=weighed, least=0.0, word_cost=0.0, top=30))
        prepared = engine.prepare(question)
        candidates = rank(engine.generation, prepared, engine.settings, engine.settings.candidates)
        first = score_sentences(engine.generation, prepared, candidates, engine.settings)
        best = {line_of(engine.generation, ranked.row).citation.ref for ranked in first[:weighed]}
        quotes = engine.ask(question).quotes
        assert SHARED_LINE in quotes[0].text
        assert {other.article for other in quotes[0].also_in} < {"harbour", "storm"}
        assert len(quotes[0].also_in) == 1
        for quote in quotes:
            refs = {line.citation.ref for line in sentences(engine.generation, quote)}
            assert (refs <= best) if quote.score else (len(refs) == 1 and not refs & best)
    assert len(quotes) > 10
    alone = open_toy(toy_index, replace(ANSWERS, weighed=1)).ask(question).quotes
    assert [(quote.text, quote.score, len(quote.also_in)) for quote in alone] == [(SHARED_LINE, 1.0, 1)]


RECORD = "- **default**: `64`\n- **description**: The most lamps that the keeper may light."


@pytest.mark.parametrize("best", [0, 1])
def test_a_short_list_of_fields_is_quoted_whole(best: int, tmp_path: Path) -> None:
    beliefs = [0.125, 0.125, 0.25]
    beliefs[best] = 0.5
    texts = {"a.md": f"## lamps\n\n{RECORD}\n\n## oil\n\n{GULL}"}
    assert chosen(tmp_path, texts, beliefs, top=1) == [(RECORD.removeprefix("- "), 0.625, [])]


@pytest.mark.parametrize(
    "items",
    [
        [f"- Colour {letter}: {letter * 3}" for letter in "bcdfg"],
        ["- Lamps: 64", f"- Oil: {'of the whale ' * 40}"],
        ["- Lamps: 64", f"- {GULL}"],
    ],
    ids=["many", "long", "not all fields"],
)
def test_other_lists_are_quoted_item_by_item(items: list[str], tmp_path: Path) -> None:
    beliefs = [0.5, *(0.125 for _ in items[1:])]
    texts = {"a.md": "## lamps\n\n" + "\n".join(items)}
    assert chosen(tmp_path, texts, beliefs, top=1) == [(items[0].removeprefix("- "), 0.5, [])]


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
STEPS = tuple(
    f"{number}. Turn the {name} valve of the boiler a quarter to the left, wait until the small lamp beside it is "
    "green, and write what the dial shows into the table on the wall."
    for number, name in enumerate(ORDINALS, 1)
)


def test_a_list_too_long_for_one_quote_is_quoted_in_parts(tmp_path: Path) -> None:
    article = "# Boiler\n\n## Starting the boiler\n\nTo start the boiler, do this:\n\n" + "\n".join(STEPS)
    quotes = quotes_of(tmp_path, {"boiler.md": article}, "How do I start the boiler?", top=3, least=0.0)
    assert [quote.items for quote in quotes] == [(1, 5, 8), (6, 8, 8)]
    assert [quote.text for quote in quotes] == ["\n".join(STEPS[:5]), "\n".join(STEPS[5:])]


VALVE = STEPS[0].removeprefix("1. ")


@pytest.mark.parametrize(
    ("marks", "items"),
    [
        ([f"{number}. " for number in range(4, 12)], [(4, 8, 11), (9, 11, 11)]),
        (["1. ", "   - ", "   - ", "2. ", "   - ", "3. ", "   - ", "4. "], [(1, 2, 4), (3, 4, 4)]),
        (["1. ", "   1. ", "   2. ", "2. ", "   1. ", "3. ", "   1. ", "4. "], [(1, 2, 4), (3, 4, 4)]),
        (["- ", "  1. ", "  2. ", "- ", "  1. ", "- ", "  1. ", "- "], [(1, 5, 8), (6, 8, 8)]),
        (["1. "] * 8, [(1, 5, 8), (6, 8, 8)]),
        (["1. ", "2. ", "4. ", "5. ", "6. ", "7. ", "8. ", "9. "], [(1, 5, 8), (6, 8, 8)]),
        (["- "] * 8, [(1, 5, 8), (6, 8, 8)]),
    ],
)
def test_items_of_a_list_have_its_own_numbers_where_these_count(
    marks: Sequence[str], items: Sequence[tuple[int, int, int]], tmp_path: Path
) -> None:
    steps = [f"{mark}{VALVE.replace('first', name)}" for mark, name in zip(marks, ORDINALS, strict=True)]
    article = "# Boiler\n\n## Starting the boiler\n\nTo start the boiler, do this:\n\n" + "\n".join(steps)
    quotes = quotes_of(tmp_path, {"boiler.md": article}, "How do I start the boiler?", top=3, least=0.0)
    assert [quote.items for quote in quotes] == items


@pytest.mark.parametrize("marks", [("3. ", "4. ", "5. "), ("1. ", "1. ", "1. "), ("- ", "- ", "- ")])
@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_a_step_is_quoted_with_the_number_that_the_article_gives_it(
    name: str, marks: tuple[str, ...], tmp_path: Path
) -> None:
    items = ["Bring the boat alongside slowly.", "Throw the bow line to a friend.", "Make the stern line fast."]
    lines = [f"{mark}{item}" for mark, item in zip(marks, items, strict=True)]
    texts = {name: "Do this to moor:\n\n" + "\n".join(lines) + "\n"}
    quotes = [text for text, _, _ in chosen(tmp_path, texts, (0.125, 0.25, 0.125), top=3, least=0.0)]
    assert sorted(quotes) == sorted(items if marks[0] == "- " else lines)


def test_a_list_that_fits_is_quoted_whole(tmp_path: Path) -> None:
    article = "# Boiler\n\n## Starting the boiler\n\nTo start the boiler, do this:\n\n" + "\n".join(STEPS[:4])
    quotes = quotes_of(tmp_path, {"boiler.md": article}, "How do I start the boiler?", top=3, least=0.0)
    assert [quote.items for quote in quotes] == [None]
    assert quotes[0].text == "\n".join(STEPS[:4])
