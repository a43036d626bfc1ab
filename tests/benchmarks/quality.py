"""Does the first quote hold the answer? SQuAD 2.0 part A against peers, fp32 against int8, and the seeds' gold set.

Nothing was fitted on these questions but the confidence (see refusals.py) and `join_gain`, which is why the table
gives P@1 without joining too, and an article-wise cross-validation of it.
"""

from __future__ import annotations

from pathlib import Path

from retrieval import AnswerSettings, Engine
from retrieval.records import Answer
from tests.benchmarks import peers
from tests.benchmarks.common import (
    SCRAPES,
    SEEDS,
    SQUAD,
    Asked,
    available,
    covers,
    gold_questions,
    index,
    mean,
    off_corpus,
    squad,
    table,
    temporary,
)

GAINS = (0.03, 0.035, 0.04, 0.045, 0.05, 0.06)
LONGEST = 1.3  # words in the first quote, over the corpus' mean sentence


def main() -> None:
    """Print the tables."""
    with temporary() as folder:
        if available(SQUAD, "quality on SQuAD part A"):
            _squad(folder)
        _seeds(folder)
        _slices(folder)


def _squad(folder: Path) -> None:
    corpus = folder / "squad"
    corpus.mkdir()
    questions = squad(corpus)
    answerable = [asked for asked in questions if asked.gold]
    index(corpus, folder / "int8", "int8")
    index(corpus, folder / "fp32", "fp32")
    engine = Engine.open(folder / "int8")
    sentences, places = _sentences(engine)
    length = mean([len(sentence.split()) for sentence in sentences])
    rows = [
        _row("quoth (int8, the default on this machine)", *_run(engine, answerable), length),
        _row("quoth, fp32", *_run(Engine.open(folder / "fp32"), answerable), length),
        _row("quoth, single sentences (join_gain = 1)", *_run(_with_gain(engine, 1.0), answerable), length),
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
        for asked in answerable:
            found = [where[row] for row in ranker(asked.question)]
            right = [article == asked.article and covers(start, end, asked.gold) for article, start, end in found]
            hits.append(bool(right) and right[0])
            three.append(any(right[:3]))
            words.append(_words(engine, *found[0]) if found else 0)
        rows.append(_row(name, hits, three, words, length))
    table(
        f"SQuAD 2.0 part A: {len(answerable):,} answerable questions, {len(sentences):,} sentences",
        ("", "P@1", "in first three", "words in first, / mean sentence"),
        rows,
        f"bars: P@1 >= .745, words <= 1.3; int8 within .005 of fp32. Mean sentence: {length:.1f} words.",
    )
    _folds(engine, answerable, length)


def _row(name: str, hits: list[bool], three: list[bool], words: list[int], length: float) -> tuple[str, str, str, str]:
    return name, f"{mean(hits):.4f}", f"{mean(three):.4f}", f"{mean(words) / length:.3f}"


def _run(engine: Engine, questions: list[Asked]) -> tuple[list[bool], list[bool], list[int]]:
    hits, three, words = [], [], []
    for asked in questions:
        quotes = engine.ask(asked.question, show_weak=True).quotes
        right = [
            quote.citation.article == asked.article and covers(quote.citation.start, quote.citation.end, asked.gold)
            for quote in quotes
        ]
        hits.append(bool(right) and right[0])
        three.append(any(right))
        words.append(len(quotes[0].text.split()) if quotes else 0)
    return hits, three, words


def _with_gain(engine: Engine, gain: float) -> Engine:
    return Engine(engine.generation, engine.encoder, AnswerSettings(join_gain=gain))


def _folds(engine: Engine, questions: list[Asked], length: float) -> None:
    """Choose join_gain on seven articles (best P@1 within the length bar), score it on the eighth."""
    runs = {gain: _run(_with_gain(engine, gain), questions) for gain in GAINS}
    rows, held_out, held_words = [], [], []
    for article in sorted({asked.article for asked in questions}):
        inside = [number for number, asked in enumerate(questions) if asked.article != article]
        outside = [number for number, asked in enumerate(questions) if asked.article == article]
        fitting = [
            (mean([hits[n] for n in inside]), gain)
            for gain, (hits, _, words) in runs.items()
            if mean([words[n] for n in inside]) <= LONGEST * length
        ]
        chosen = max(fitting)[1]
        hits, _, words = runs[chosen]
        held_out += [hits[n] for n in outside]
        held_words += [words[n] for n in outside]
        rows.append((article, str(len(outside)), f"{chosen:g}", f"{mean([hits[n] for n in outside]):.4f}", ""))
    rows.append(
        ("all held-out articles", str(len(held_out)), "", f"{mean(held_out):.4f}", f"{mean(held_words) / length:.3f}")
    )
    table(
        "join_gain, chosen without the article it is scored on",
        ("article", "questions", "join_gain", "P@1", "words / mean sentence"),
        rows,
    )


def _sentences(engine: Engine) -> tuple[list[str], list[tuple[str, int, int]]]:
    """The index' sentences, and (article, start, end) of each."""
    generation = engine.generation
    texts, places = [], []
    for passage, start, end in generation.sentences[:, :3].tolist():
        article = generation.article(int(generation.passages[passage, 0]))
        texts.append(article.text[start:end])
        places.append((article.id, start, end))
    return texts, places


def _paragraphs(
    engine: Engine,
) -> tuple[list[str], list[list[tuple[int, int]]], list[tuple[str, int, int]]]:
    """Paragraphs, spans of the sentences in each, and (article, start, end) of the sentences in that order."""
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


def _seeds(folder: Path) -> None:
    index(SEEDS, folder / "seeds")
    engine = Engine.open(folder / "seeds")
    questions = [one for one in gold_questions() if one["answerable"]]
    rows = []
    for name, tag in (("all", None), ("plain", "plain"), ("paraphrases", "paraphrase"), ("with typos", "typo")):
        chosen = [one for one in questions if tag is None or tag in one["tags"]]
        right = [_right(engine.ask(one["question"], show_weak=True), one["gold"]) for one in chosen]
        rows.append(
            (
                name,
                str(len(chosen)),
                f"{mean([r[:1] == [True] for r in right]):.3f}",
                f"{mean([any(r) for r in right]):.3f}",
            )
        )
    table("The seeds' gold set, answerable questions", ("", "questions", "P@1", "in first three"), rows)


def _right(answer: Answer, gold: list[dict[str, str | int]]) -> list[bool]:
    found = []
    for quote in answer.quotes:
        places = (quote.citation, *quote.also_in)
        found.append(
            any(
                place.article == span["article"] and covers(place.start, place.end, [_answer_span(span)])
                for place in places
                for span in gold
            )
        )
    return found


def _answer_span(span: dict[str, str | int]) -> tuple[int, int]:
    start = int(span["start"]) + str(span["quote"]).index(str(span["answer"]))
    return start, start + len(str(span["answer"]))


def _slices(folder: Path) -> None:
    """Quotes that are exact slices of their file, read from disk and decoded, on every question of every set."""
    rows = []
    sets: list[tuple[str, Path, Path, list[str]]] = [
        ("seeds", SEEDS, folder / "seeds", [one["question"] for one in gold_questions()])
    ]
    if SQUAD.exists():
        part_a = [asked.question for asked in squad(folder / "squad")]
        sets.append(("SQuAD part A, all questions", folder / "squad", folder / "int8", part_a))
        sets.append(("SQuAD part A, off-corpus questions", folder / "squad", folder / "int8", off_corpus()))
    if SCRAPES.exists():
        index(SCRAPES, folder / "scrapes")
        asked = [one["question"] for one in gold_questions()]
        sets.append(("the five scraped files, seeds' questions", SCRAPES, folder / "scrapes", asked))
    for name, corpus, where, questions in sets:
        engine = Engine.open(where)
        texts = {file.relative_to(corpus).as_posix(): file.read_bytes().decode() for file in corpus.glob("*.*")}
        quotes = [quote for question in questions for quote in engine.ask(question, show_weak=True).quotes]
        cited = [(quote.text, quote.citation) for quote in quotes]
        exact = [texts[place.path or ""][place.start : place.end] == text for text, place in cited]
        rows.append((name, str(len(questions)), str(len(exact)), f"{100 * mean(exact):.2f} %"))
    table("Quotes that are exact slices of their file", ("", "questions", "quotes", "exact"), rows, "bar: 100 %")
