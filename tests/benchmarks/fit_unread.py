"""Fit the confidence in what nothing reads: `python -m tests.benchmarks.fit_unread`.

English questions that were asked to know are asked in languages that neither the reader, the ranking models, the
encoder nor the stemmer knows: English with its letters exchanged, with and without its small words as endings of the
next one, in Latin letters and in Cyrillic ones. A third of the questions have their passages left out. Each kind's
figures are those of a fit on the others.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval import Engine
from retrieval.answering.confidence import (
    BUILT_IN_THRESHOLD,
    FEATURES,
    UNREAD,
    UNREAD_FEATURES,
    ConfidenceModel,
    fit,
    level,
)
from tests.benchmarks.common import SHARED, auroc, available, index, table, temporary
from tests.benchmarks.languages import draw
from tests.benchmarks.reading import BenchQuestion, is_right

KINDS = {"encyclopaedia": ("tydiqa-en",), "search": ("qed-nq", "nq-oracle"), "tales": ("fairytaleqa",)}
"""Kinds of questions whose askers did not have the passage before them, or do not repeat its words, and their sets."""
ASKED, ARTICLES = 150, 350  # of a kind in a disguise: questions that are answered, and articles at most
LINES = 6000  # of a kind that are drawn from
LANGUAGE = "sw"
"""What the articles are said to be in: a language without a stemmer, stop words or a reader."""
SMALL = frozenset({
    "the", "a", "an", "of", "in", "on", "at", "to", "for", "with", "by", "from", "and", "or", "is", "are", "was",
    "were", "be", "been", "as", "that", "this", "it", "its", "his", "her", "their",
})  # fmt: skip
"""Words that become endings, by their first two letters."""
VOWELS, CONSONANTS, CYRILLIC = "aeiou", "bcdfghjklmnpqrstvwxyz", "абцдефгхийклмнопярстувшжыз"

Values = NDArray[np.float64]
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Disguise:
    """A language made of English."""

    is_inflected: bool
    is_cyrillic: bool

    def letters(self, text: str) -> str:
        """Exchange vowels for vowels and consonants for consonants."""
        drawn = random.Random(repr(self))
        order = "".join("".join(drawn.sample(letters, len(letters))) for letters in (VOWELS, CONSONANTS))
        if self.is_cyrillic:
            order = "".join(CYRILLIC[ord(letter) - ord("a")] for letter in order)
        plain = VOWELS + CONSONANTS
        return text.translate(str.maketrans(plain + plain.upper(), order + order.upper()))

    def text(self, text: str) -> tuple[str, Callable[[int], int]]:
        """Return a text in disguise, and where the word at an offset begins in it."""
        pieces, starts, length, ending = list[str](), list[tuple[int, int]](), 0, ""
        for match in re.finditer(r"(\w*)(\S*)(\s*)", text):
            word, rest, space = match.groups()
            starts.append((match.start(), length))
            if self.is_inflected and not rest and word.lower() in SMALL:
                ending += word.lower()[:2]
                continue
            piece = self.letters(word + ending * bool(word) + rest) + space
            ending = "" if word else ending
            pieces.append(piece)
            length += len(piece)
        return "".join(pieces), lambda offset: max(start for start in starts if start[0] <= offset)[1]


@dataclass(frozen=True, slots=True)
class Judged:
    """The features of questions, [n, k], with whether their first quotes are right and their passages are there."""

    features: Values
    right: NDArray[np.bool_]
    answerable: NDArray[np.bool_]

    @classmethod
    def of(cls, parts: Iterable[Judged]) -> Judged:
        """Join several."""
        every = list(parts)
        names = ("features", "right", "answerable")
        return cls(*(np.concatenate([getattr(part, name) for part in every]) for name in names))


def main() -> None:
    """Print the constant to copy, with the figures of each kind."""
    kinds = {
        name: {disguise: _judged(lines, disguise) for disguise in _disguises()}
        for name, sets in KINDS.items()
        if (lines := _lines(sets))
    }
    joined = {name: Judged.of(disguised.values()) for name, disguised in kinds.items()}
    _show("The model in use", kinds, lambda _: UNREAD)
    _show(
        "A model fitted on the other kinds",
        kinds,
        lambda name: _fitted(Judged.of(own for other, own in joined.items() if other != name)),
    )
    model = _fitted(Judged.of(joined.values()))
    weights = ", ".join(f"{name}={weight:.3f}" for name, weight in zip(FEATURES, model.weights, strict=True) if weight)
    print(f"UNREAD = _model({model.intercept:.3f}, {weights})")


def _disguises() -> list[Disguise]:
    return [Disguise(*flags) for flags in product((False, True), repeat=2)]


def _lines(sets: Sequence[str]) -> list[Line]:
    """Return questions of the sets that stand alone and are answered, as many as are drawn from."""
    lines = list[Line]()
    for name in sets:
        for file in sorted((SHARED / "qa-train").glob(f"{name}-0*.gz")) or [SHARED / "qa-train" / name]:
            if available(file, "fit_unread"):
                with gzip.open(file, "rt", encoding="utf-8") as opened:
                    lines += map(json.loads, opened)
    lines = [line for line in lines if line["answerable"] and line["answers"] and not line.get("history")]
    return random.Random(0).sample(lines, min(LINES, len(lines)))


def _judged(lines: list[Line], disguise: Disguise) -> Judged:
    with temporary() as folder:
        corpus = folder / "corpus"
        corpus.mkdir()
        questions = _written(lines, disguise, corpus)
        index(corpus, folder / "index")
        engine = Engine.open(folder / "index")
        features, right, answerable = list[tuple[float, ...]](), list[bool](), list[bool]()
        for question in questions:
            trace = engine.trace(question.text)
            if trace.features:
                features.append(trace.features)
                right.append(is_right(trace.answer.quotes[0], question.gold or ()))
                answerable.append(question.gold is not None)
    return Judged(np.array(features), np.array(right), np.array(answerable))


def _written(lines: list[Line], disguise: Disguise, corpus: Path) -> list[BenchQuestion]:
    """Write the corpus in disguise, and return the questions in disguise."""
    drawn, left_out, texts = draw(list(lines), ASKED, ARTICLES)
    articles, places = list[dict[str, str]](), dict[str, tuple[str, Callable[[int], int]]]()
    for number, (text, title) in enumerate(texts.items()):
        disguised, place = disguise.text(text)
        places[text] = f"d{number:05d}", place
        named = {"_id": f"d{number:05d}", "title": disguise.text(title)[0], "lang": LANGUAGE}
        articles.append({**named, "text": disguised})
    (corpus / "articles.jsonl").write_text("".join(json.dumps(article) + "\n" for article in articles), "utf-8")
    questions = []
    for line in (*drawn, *left_out):
        gold = None
        if line["context"] in places:
            id_, place = places[line["context"]]
            spans = [(answer["start"], answer["start"] + len(answer["text"])) for answer in line["answers"]]
            gold = [(id_, place(start), max(place(start) + 1, place(end - 1) + 1)) for start, end in spans]
        questions.append(BenchQuestion(disguise.text(line["question"])[0], (), gold))
    return questions


def _fitted(judged: Judged) -> ConfidenceModel:
    """Fit the probability that the first quote is right on the features of what nothing reads."""
    columns = [place for place, name in enumerate(FEATURES) if name in UNREAD_FEATURES]
    model = fit(judged.features[:, columns], judged.right.astype(float))
    weights = np.zeros(len(FEATURES))
    weights[columns] = model.weights
    return ConfidenceModel(model.intercept, tuple(weights.tolist()))


def _show(
    title: str, kinds: Mapping[str, Mapping[Disguise, Judged]], model_of: Callable[[str], ConfidenceModel]
) -> None:
    rows = []
    for name, disguised in kinds.items():
        for disguise, judged in disguised.items():
            parts = ("inflected" * disguise.is_inflected, "Cyrillic" * disguise.is_cyrillic)
            rows.append((" ".join(filter(None, (name, *parts))), *_figures(judged, model_of(name))))
    table(
        title,
        ("", "asked", "P@1", "off", "right", "mean", "are", "high", "refused", "of right", "off"),
        rows,
        "off, right: AUROC against questions whose passages are left out, and of right first quotes against wrong. "
        "mean, are: the mean confidence, and the share right. high: share right of those called high. refused, of "
        f"right, off: of the answerable, of those with a right first quote, and of those off answered, at "
        f"{BUILT_IN_THRESHOLD}",
    )


def _figures(judged: Judged, model: ConfidenceModel) -> tuple[str, ...]:
    confidences = np.array([model.probability(row) for row in judged.features.tolist()])
    right, answerable = judged.right, judged.answerable
    sure = right[[level(value) == "high" for value in confidences.tolist()]]
    return (
        f"{answerable.sum()}, {(~answerable).sum()}",
        f"{right[answerable].mean():.3f}",
        f"{auroc(confidences[answerable], confidences[~answerable]):.3f}",
        f"{auroc(confidences[right], confidences[~right]):.3f}",
        f"{confidences.mean():.2f}",
        f"{right.mean():.2f}",
        f"{sure.mean():.2f} ({len(sure)})" if len(sure) else "",
        *(f"{(confidences[part] < BUILT_IN_THRESHOLD).mean():.2f}" for part in (answerable, right)),
        f"{(confidences[~answerable] >= BUILT_IN_THRESHOLD).mean():.2f}",
    )


if __name__ == "__main__":
    main()
