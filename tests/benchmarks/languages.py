"""Ask questions in other languages than English: the default encoder, words alone, and a multilingual encoder.

The multilingual one is the stand-in that multilingual_model.py makes; without it, its rows are left out.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from retrieval import Engine
from retrieval.analysis import terms_in_each
from retrieval.answering.confidence import BUILT_IN_THRESHOLD, level
from retrieval.encoding.models import DEFAULT_MODEL
from tests.benchmarks.common import GOLD, SEEDS, SHARED, auroc, available, index, median, table, temporary
from tests.benchmarks.multilingual_model import FOLDER
from tests.benchmarks.reading import BenchQuestion, Outcome, is_right, overlaps

SETS = ("mlqa-de-dev", "tydiqa-other")
GERMAN = Path(__file__).with_name("german.jsonl")
"""German questions on the seeds: the id of the gold question that each one says in German."""
DRAWN = {"mlqa-de-dev": 200, "tydiqa-other": 50}
"""Questions of each language that are drawn from a set, and at most half as many whose passages are left out."""
ARTICLES = {"mlqa-de-dev": 400, "tydiqa-other": 90}
"""Articles of each language in a corpus, at most, those with an answer included."""
QUOTES = 3

Line = dict[str, Any]
Rows = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LanguageQuestion:
    """A question, and its language as an ISO 639-1 code."""

    language: str
    question: BenchQuestion


def main() -> None:
    """Print a table for each encoder, and one for words alone."""
    models = [DEFAULT_MODEL, *([str(FOLDER)] if available(FOLDER, "a multilingual encoder") else [])]
    rows = defaultdict[str, Rows](list)
    for name, questions in _sets():
        with temporary() as folder:
            corpus = folder / "corpus"
            corpus.mkdir()
            asked = questions(corpus)
            for number, model in enumerate(models):
                index(corpus, folder / f"index-{number}", model=model)
                engine = Engine.open(folder / f"index-{number}")
                rows[f"With {Path(model).name}"] += _rows(name, asked, partial(_outcome, engine))
            rows["BM25 alone"] += _rows(name, asked, partial(_by_words, engine))
    for title, lines in rows.items():
        table(
            title,
            ("", "asked", "P@1", "in 3", "off", "right", "refused", "of right", "answered", "high", "ms"),
            lines,
            "off: AUROC against questions whose passages are left out. right: of right first quotes against wrong. "
            f"refused, of right, answered: of the answerable, of those with a right first quote, and of those off, "
            f"at {BUILT_IN_THRESHOLD}. high: share right of those called high",
        )


def _sets() -> Iterator[tuple[str, Callable[[Path], list[LanguageQuestion]]]]:
    for name in SETS:
        file = SHARED / "qa-dev" / f"{name}-00.jsonl.gz"
        if available(file, f"languages of {name}"):
            yield name, partial(_sample, file, DRAWN[name], ARTICLES[name])
    yield "seeds, asked in", _german_questions


def _sample(file: Path, count: int, most: int, corpus: Path) -> list[LanguageQuestion]:
    """Draw questions of each language, write the corpus, and leave out the passages of half as many again."""
    by_language = defaultdict[str, list[Line]](list)
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            by_language[line["lang"]].append(line)
    articles, questions = list[dict[str, str]](), list[LanguageQuestion]()
    for language, of_language in sorted(by_language.items()):
        drawn, left_out, texts = draw(of_language, count, most)
        ids = {text: f"{language}{number:05d}" for number, text in enumerate(texts)}
        articles += [{"_id": ids[text], "title": title, "text": text} for text, title in texts.items()]
        for line in (*drawn, *left_out):
            questions.append(LanguageQuestion(language, _bench_question(line, ids)))
    (corpus / "articles.jsonl").write_text("".join(json.dumps(article) + "\n" for article in articles), "utf-8")
    return questions


def draw(lines: list[Line], count: int, most: int) -> tuple[list[Line], list[Line], dict[str, str]]:
    """Shuffle the lines; return the answered questions, those whose passages are left out, and text -> title."""
    random.Random(0).shuffle(lines)
    titles = {line["context"]: line["title"].replace("_", " ") for line in lines}
    drawn = lines[:count]
    asked = {line["context"] for line in drawn}
    left_out = [line for line in lines[count:] if line["context"] not in asked][: count // 2]
    hidden = {line["context"] for line in left_out}
    texts = dict.fromkeys(line["context"] for line in lines if line["context"] not in hidden)
    return drawn, left_out, {text: titles[text] for text in list(texts)[:most]}


def _bench_question(line: Line, ids: dict[str, str]) -> BenchQuestion:
    article = ids.get(line["context"])
    spans = [(answer["start"], answer["start"] + len(answer["text"])) for answer in line["answers"]]
    return BenchQuestion(line["question"], (), [(article, *span) for span in spans] if article else None)


def _german_questions(corpus: Path) -> list[LanguageQuestion]:
    for article in SEEDS.iterdir():
        (corpus / article.name).write_bytes(article.read_bytes())
    lines = {line["id"]: line for line in map(json.loads, GOLD.read_text("utf-8").splitlines())}
    questions = []
    for german in map(json.loads, GERMAN.read_text("utf-8").splitlines()):
        line = lines[german["id"]]
        places = [(place["article"], place["start"], place["end"]) for place in line["gold"]] or None
        for language, text in (("de", german["question"]), ("en", line["question"])):
            questions.append(LanguageQuestion(language, BenchQuestion(text, (), places)))
    return questions


def _outcome(engine: Engine, question: BenchQuestion) -> Outcome:
    answer = engine.ask(question.text, show_weak=True)
    right = [is_right(quote, question.gold or ()) for quote in answer.quotes[:QUOTES]]
    kind = "answerable" if question.gold else "off"
    return Outcome(kind, any(right[:1]), any(right), answer.confidence, answer.elapsed_ms)


def _by_words(engine: Engine, question: BenchQuestion) -> Outcome:
    """Answer with the sentences that have the highest BM25 scores; it refuses where no word is found."""
    generation = engine.generation
    scores = generation.sentence_terms.scores_of(
        range(len(generation.sentences)), terms_in_each(question.text, generation.languages)
    )
    best = np.lexsort((np.arange(len(scores)), -scores))[:QUOTES].tolist()
    right = []
    for sentence in map(generation.sentence, best):
        article = generation.article(generation.passage(sentence.passage).article).id
        right.append(overlaps(article, sentence.start, sentence.end, question.gold or ()))
    return Outcome("answerable" if question.gold else "off", right[0], any(right), float(scores[best[0]] > 0), 0.0)


def _rows(name: str, questions: Sequence[LanguageQuestion], ask: Callable[[BenchQuestion], Outcome]) -> Rows:
    """Return a row of figures for each language."""
    by_language = defaultdict[str, list[Outcome]](list)
    for question in questions:
        by_language[question.language].append(ask(question.question))
    rows = [_row(f"{name} {language}", outcomes) for language, outcomes in by_language.items()]
    return [*rows, _row(f"{name}, all", list(chain(*by_language.values())))] if name == "tydiqa-other" else rows


def _row(name: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    answerable, off = ([outcome for outcome in outcomes if outcome.kind == kind] for kind in ("answerable", "off"))
    right, wrong = ([outcome for outcome in answerable if outcome.first == first] for first in (True, False))
    sure = [outcome for outcome in outcomes if level(outcome.confidence) == "high"]
    return (
        name,
        f"{len(answerable)}, {len(off)}",
        *(f"{np.mean([getattr(outcome, part) for outcome in answerable]):.3f}" for part in ("first", "three")),
        *(_auroc(higher, lower) for higher, lower in ((answerable, off), (right, wrong))),
        *(
            f"{np.mean([outcome.confidence < BUILT_IN_THRESHOLD for outcome in part]):.1%}"
            for part in (answerable, right)
        ),
        f"{np.mean([outcome.confidence >= BUILT_IN_THRESHOLD for outcome in off]):.1%}" if off else "",
        f"{np.mean([outcome.first for outcome in sure]):.2f} ({len(sure)})" if sure else "",
        f"{median([outcome.milliseconds for outcome in outcomes]):.0f}",
    )


def _auroc(higher: Sequence[Outcome], lower: Sequence[Outcome]) -> str:
    values = [np.array([outcome.confidence for outcome in part]) for part in (higher, lower)]
    return f"{auroc(*values):.3f}" if higher and lower else ""


if __name__ == "__main__":
    main()
