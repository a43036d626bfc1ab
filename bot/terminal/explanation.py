"""The scores behind a quote, to read."""

from __future__ import annotations

from bot.formats.answer_text import confidence
from bot.formats.visible import one_line, visible
from bot.terminal.screen import Screen
from retrieval.answering.confidence import formula
from retrieval.explain import Why
from retrieval.records import Quote
from retrieval.settings import AnswerSettings

COLUMN = 16  # cells of a word in the table of tokens


def show_why(screen: Screen, quote: Quote, why: Why, settings: AnswerSettings) -> None:
    """Print how each score comes about, then what each word piece of the question matched."""
    for line in visible(quote.text).split("\n"):
        screen.line(line, first="   │ ", rest="   │ ")
    screen.line()
    terms = f"{settings.sentence_terms:g} × BM25 ({why.sentence_bm25:.2f} sentence + {why.passage_bm25:.2f} passage)"
    if why.reranked is not None:
        _row(screen, "reranked", f"{why.reranked:.3f}, which orders the best {settings.rerank} sentences")
    subject = "that it answers" if why.reranked is None else "of its place"
    _row(screen, "belief", f"{why.belief:.3f} {subject} (the {why.weighed} sentences weighed sum to 1)")
    if why.read is not None:
        _row(screen, "reader", f"{why.read:+.2f}, its log-odds that the quote answers")
    if why.evidence:
        evidence = ", ".join(f"{name.replace('_', ' ')} {value:+.2f}" for name, value in why.evidence)
        _row(screen, "evidence", f"{evidence} (logits above the mean)")
    _row(screen, "first stage", f"{why.first_score:.3f} = MaxSim {why.maxsim:.3f} + {terms}")
    place = f"number {why.passage_rank} of the {why.passages} searched"
    parts = f"cosine {why.cosine:.3f} + {settings.passage_terms:g} × BM25 {why.passage_bm25:.2f}"
    _row(screen, "passage", f"{place}: {why.passage_score:.3f} = {parts}")
    _row(screen, "confidence", f"{confidence(why.confidence)}, from quote 1: the logistic of")
    _row(screen, "", formula(why.model, why.features))
    _row(screen, "threshold", f"{why.threshold:.3g}; below it quoth says that the corpus does not answer")
    screen.line()
    screen.line(f"{'question':<{COLUMN}}match  best in the quote", first="   ")
    for token in why.tokens:
        match = one_line(token.found) if token.found else "–"
        screen.line(f"{one_line(token.asked):<{COLUMN}}{token.best:5.2f}  {match}", first="   ")


def _row(screen: Screen, name: str, value: str) -> None:
    screen.line(value, first=f"   {name:<12}", rest=" " * 15)
