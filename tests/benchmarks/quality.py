"""Measure on SQuAD 2.0 part A whether the first quote holds the answer, and whether other questions are refused.

The models of retrieval/answering/ranking.json are fitted on part A, so the row to compare with the peers is the
held-out one: each article by models of the other seven (folds.py).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from retrieval import Engine
from tests.benchmarks import folds, peers
from tests.benchmarks.common import (
    SCRAPES,
    SEEDS,
    SQUAD,
    SquadQuestion,
    available,
    covers,
    gold_questions,
    index,
    mean,
    mean_words,
    off_corpus,
    squad,
    table,
    temporary,
)

LONGEST = 1.3  # words in the first quote, over the corpus' mean sentence


def main() -> None:
    """Print the tables."""
    with temporary() as folder:
        if available(SQUAD, "quality on SQuAD part A"):
            _squad(folder)
        _slices(folder)


def _squad(folder: Path) -> None:
    corpus = folder / "squad"
    corpus.mkdir()
    questions = squad(corpus)
    answerable = [question for question in questions if question.gold]
    index(corpus, folder / "int8", "int8")
    index(corpus, folder / "fp32", "fp32")
    engine = Engine.open(folder / "int8")
    sentences, places = _sentences(engine)
    length = mean_words(engine)
    held_out = folds.run(engine, questions)
    rows = [_held_out(held_out, read, length) for read in (True, False)]
    rows += [
        _row("quoth as it is (int8, the default here)", *_run(engine, answerable), length),
        _row("quoth as it is, without the reader", *_run(_with(engine), answerable), length),
        _row("the same, fp32", *_run(_with(Engine.open(folder / "fp32")), answerable), length),
        _row("the same, single sentences", *_run(_with(engine, word_cost=1.0), answerable), length),
        _row("quoth, first stage alone", *_run(_first_stage(engine), answerable), length),
    ]
    passages, spans, order = _paragraphs(engine)
    rankers = {
        "plain reference of the design": (peers.plain_reference(passages, spans), order),
        "txtai hybrid": (peers.txtai_hybrid(sentences), places),
        "BM25 (bm25s), sentences": (peers.bm25(sentences), places),
        "dense MiniLM, sentences": (peers.dense(sentences), places),
    }
    for name, (ranker, where) in rankers.items():
        hits, three, words = [], [], []
        for question in answerable:
            ranked = [where[row] for row in ranker(question.text)]
            right = [
                article == question.article and covers(start, end, question.gold) for article, start, end in ranked
            ]
            hits.append(bool(right) and right[0])
            three.append(any(right[:3]))
            words.append(_words(engine, *ranked[0]) if ranked else 0)
        rows.append(_row(name, hits, three, words, length))
    table(
        f"SQuAD 2.0 part A: {len(answerable):,} answerable questions, {len(sentences):,} sentences",
        ("", "P@1", "in first three", "words in first, / mean sentence"),
        rows,
        f"bars: P@1 held out >= .78, words <= {LONGEST}; int8 at most .005 below fp32. Mean sentence: {length:.1f}.",
    )
    folds.show(held_out, length)


def _held_out(results: list[folds.Result], read: bool, length: float) -> tuple[str, str, str, str]:
    own = [result for result in results if result.kind == "answerable" and result.read == read]
    first, three, words = ([getattr(result, part) for result in own] for part in ("first", "three", "words"))
    return _row(f"quoth {folds.named(read)}, held out", first, three, words, length)


def _row(name: str, hits: list[bool], three: list[bool], words: list[int], length: float) -> tuple[str, str, str, str]:
    return name, f"{mean(hits):.4f}", f"{mean(three):.4f}", f"{mean(words) / length:.3f}"


def _run(engine: Engine, questions: list[SquadQuestion]) -> tuple[list[bool], list[bool], list[int]]:
    hits, three, words = [], [], []
    for question in questions:
        quotes = engine.ask(question.text, show_weak=True).quotes
        right = [
            quote.citation.article == question.article
            and covers(quote.citation.start, quote.citation.end, question.gold)
            for quote in quotes
        ]
        hits.append(bool(right) and right[0])
        three.append(any(right))
        words.append(len(quotes[0].text.split()) if quotes else 0)
    return hits, three, words


def _with(engine: Engine, **changes: float) -> Engine:
    """Return an engine without a reader, and with other settings."""
    return Engine(engine.generation, engine.encoder, replace(engine.settings, **changes))  # type: ignore[arg-type]


def _first_stage(engine: Engine) -> Engine:
    """Return an engine without the fitted models: single sentences in order of MaxSim and BM25."""
    plain = _with(engine, word_cost=1.0, least=0.0)
    plain.ranking_models = None
    return plain


def _sentences(engine: Engine) -> tuple[list[str], list[tuple[str, int, int]]]:
    """Return the index's sentences, and (article, start, end) of each."""
    generation = engine.generation
    texts, places = [], []
    for row in range(len(generation.sentences)):
        sentence = generation.sentence(row)
        texts.append(generation.text(sentence))
        places.append((generation.article(sentence.article).id, sentence.start, sentence.end))
    return texts, places


def _paragraphs(
    engine: Engine,
) -> tuple[list[str], list[list[tuple[int, int]]], list[tuple[str, int, int]]]:
    """Return paragraphs, sentence spans in each, and (article, start, end) of the sentences in that order."""
    passages, spans, places = [], [], []
    _, all_places = _sentences(engine)
    for article in engine.generation.articles():
        own = [(start, end) for id_, start, end in all_places if id_ == article.id]
        for first, last in peers.paragraphs_of(article.text):
            within = [(start, end) for start, end in own if first <= start and end <= last]
            passages.append(article.text[first:last])
            spans.append([(start - first, end - first) for start, end in within])
            places += [(article.id, start, end) for start, end in within]
    return passages, spans, places


def _words(engine: Engine, article: str, start: int, end: int) -> int:
    row = engine.generation.row_of(article)
    assert row is not None
    return len(engine.generation.article(row).text[start:end].split())


def _slices(folder: Path) -> None:
    """Count quotes that are exact slices of their file, read from disk and decoded, over all questions of every set.

    It asks without the reader, which orders quotes and makes none.
    """
    rows = []
    index(SEEDS, folder / "seeds")
    sets: list[tuple[str, Path, Path, list[str]]] = [
        ("seeds", SEEDS, folder / "seeds", [line["question"] for line in gold_questions()])
    ]
    if SQUAD.exists():
        part_a = [question.text for question in squad(folder / "squad")]
        sets.append(("SQuAD part A, all questions", folder / "squad", folder / "int8", part_a))
        sets.append(("SQuAD part A, off-corpus questions", folder / "squad", folder / "int8", off_corpus()))
    if SCRAPES.exists():
        index(SCRAPES, folder / "scrapes")
        seed_questions = [line["question"] for line in gold_questions()]
        sets.append(("the five scraped files, seeds' questions", SCRAPES, folder / "scrapes", seed_questions))
    for name, corpus, where, questions in sets:
        engine = _with(Engine.open(where))
        texts = {file.relative_to(corpus).as_posix(): file.read_bytes().decode() for file in corpus.glob("*.*")}
        quotes = [quote for question in questions for quote in engine.ask(question, show_weak=True).quotes]
        cited = [(quote.text, quote.citation) for quote in quotes]
        exact = [texts[place.path or ""][place.start : place.end] == text for text, place in cited]
        rows.append((name, str(len(questions)), str(len(exact)), f"{100 * mean(exact):.2f} %"))
    table("Quotes that are exact slices of their file", ("", "questions", "quotes", "exact"), rows, "bar: 100 %")
