"""Grouping sentences of nearly the same words, without comparing every pair."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz import fuzz, process

from retrieval.analysis import terms
from retrieval.evaluation.coverage import near_duplicates
from retrieval.evaluation.coverage.near_duplicates import LIKENESS
from retrieval.index.generation import Generation
from tests.toy import ARTICLES, SHARED_LINE, build_toy

VOCABULARY = [word for text in ARTICLES.values() for word in text.lower().split() if word.isalpha()]
FOOTER = "Readers can write to the editor at the old customs house on the quay."


def sorted_wordings(wordings: Sequence[str]) -> list[str]:
    """Return the wordings as `linked` expects them."""
    return sorted(set(wordings), key=lambda text: (len(text), text))


def grouped(wordings: Sequence[str]) -> set[frozenset[str]]:
    """Return the groups of more than one that `linked` finds."""
    together: dict[int, set[str]] = {}
    for place, first in enumerate(near_duplicates.linked(wordings, LIKENESS)):
        together.setdefault(first, set()).add(wordings[place])
    return {frozenset(group) for group in together.values() if len(group) > 1}


def mutants(count: int) -> list[str]:
    """Return sentences of the toy corpus' words, and near copies with a few words changed, cut or extended."""
    drawn = random.Random(7)
    sentences: list[str] = []
    for _ in range(count):
        own = drawn.choices(VOCABULARY, k=drawn.randint(1, 24))
        sentences.append(" ".join(own))
        for _ in range(drawn.choice((0, 0, 1, 3))):
            copy = list(own)
            for _ in range(max(1, len(copy) // 8)):
                place = drawn.randrange(len(copy))
                copy[place] = drawn.choice((copy[place][:-1] or "x", drawn.choice(VOCABULARY), copy[place] + "s"))
            sentences.append(" ".join(copy))
    return sorted_wordings(sentences)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record how many others each sentence is compared with, if any."""
    counts: list[int] = []
    whole: Any = process.cdist

    def counted(query: list[str], candidates: list[str], **options: object) -> Any:
        counts.append(len(candidates))
        return whole(query, candidates, **options)

    monkeypatch.setattr(process, "cdist", counted)
    return counts


def test_every_two_alike_with_half_their_terms_in_common_are_together() -> None:
    """Comparing every pair finds the same: no pair is missed, and no group has sentences that are not alike."""
    wordings = mutants(250)
    alike = [
        (first, second)
        for first, second in combinations(wordings, 2)
        if fuzz.ratio(first, second, score_cutoff=LIKENESS)
    ]
    groups = grouped(wordings)
    group_of = {text: group for group in groups for text in group}
    terms_of = {text: set(terms(text)) or set(text.split()) for text in wordings}
    for first, second in alike:
        if 2 * len(terms_of[first] & terms_of[second]) >= max(len(terms_of[first]), len(terms_of[second])):
            assert second in group_of.get(first, ()), (first, second)
    partners = {text for pair in alike for text in pair}
    assert len(alike) > 150
    assert group_of.keys() <= partners


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("the harbour board wants to raise the sea wall", "the harbour board wants to raise the sea walls", True),
        ("the harbour board wants to raise the sea wall", "the harbour board wants to lower the sea wall", False),
        ("it is in there and it was not", "it is in there but it was not", False),
        ("it is in there and then it was not", "it is in there and then it was no", True),
        ("yes", "yes sir", False),
    ],
)
def test_alike_is_what_the_engine_calls_so(first: str, second: str, together: bool) -> None:
    assert bool(grouped(sorted_wordings([first, second]))) is together
    assert bool(fuzz.ratio(first, second, score_cutoff=LIKENESS)) is together


def test_no_sentence_is_compared_with_more_than_the_most(monkeypatch: pytest.MonkeyPatch, compared: list[int]) -> None:
    """A table of similar rows is one group all the same: each row resembles those nearest in length."""
    rows = sorted_wordings([f"row {number} was added to the table of the members" for number in range(400)])
    monkeypatch.setattr(near_duplicates, "MOST_PARTNERS", 4)
    assert grouped(rows) == {frozenset(rows)}
    assert max(compared) <= 4 * 3


def test_unlike_sentences_are_hardly_compared(compared: list[int]) -> None:
    drawn = random.Random(3)
    rare = [f"name{number}" for number in range(4000)]
    wordings = sorted_wordings(
        [" ".join(drawn.choices(rare, k=6) + drawn.choices(VOCABULARY, k=6)) for _ in range(800)]
    )
    assert grouped(wordings) == set()
    assert sum(compared) < len(wordings) * (len(wordings) - 1) / 2 / 50


def test_the_line_that_two_articles_print_is_a_group(toy_index: Path) -> None:
    generation = Generation.current(toy_index)
    progress: list[tuple[int, int]] = []
    (group,) = near_duplicates.groups(generation, lambda step, total: progress.append((step, total)))
    sentences = [generation.sentence(row) for row in group]
    articles = [generation.ref(sentence.article).article for sentence in sentences]
    texts = [
        ARTICLES[f"{article}.txt"][sentence.start : sentence.end]
        for article, sentence in zip(articles, sentences, strict=True)
    ]
    assert articles == ["harbour", "storm"]
    assert texts == [SHARED_LINE, SHARED_LINE]
    wordings = len(generation.sentences) - 1
    assert progress == [(0, wordings), (wordings, wordings)]


def test_the_largest_group_comes_first_and_one_article_may_hold_a_group(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for ward in ("harbour", "castle", "meadow", "river", "old town"):
        (corpus / f"{ward}.txt").write_text(f"The {ward} elects a member.\n\n{FOOTER.upper()}\n")
    (corpus / "again.txt").write_text(
        "Traders left the square early.\n\nA fountain ran.\n\nTraders left the square early!\n"
    )
    build_toy(corpus, tmp_path / "index")
    generation = Generation.current(tmp_path / "index")
    first, second = near_duplicates.groups(generation)
    plain = near_duplicates.plain_sentences(generation)
    assert [plain[row] for row in first] == ["readers can write to the editor at the old customs house on the quay"] * 5
    assert [plain[row] for row in second] == ["traders left the square early"] * 2
    assert list(first) == sorted(first)


def test_nothing_is_alike_to_nothing() -> None:
    assert near_duplicates.linked([], LIKENESS) == []
    assert near_duplicates.linked(["a lone sentence"], LIKENESS) == [0]
