"""The scores behind a quote, to read."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from bot.formats.answer_text import confidence
from bot.formats.numbers import number
from bot.formats.visible import one_line, visible
from bot.terminal.screen import Screen
from retrieval.answering.confidence import formula
from retrieval.explain import Why
from retrieval.records import Quote
from retrieval.settings import AnswerSettings

COLUMN = 16  # cells of a word in the table of tokens


def show_why(screen: Screen, quote: Quote, why: Why, settings: AnswerSettings) -> None:
    """Print what spoke for a quote, first in words, then in numbers."""
    for line in visible(quote.text).split("\n"):
        screen.line(line, first="   │ ", rest="   │ ")
    screen.line()
    for sentence in in_words(why):
        screen.line(sentence, first="   ", rest="   ")
    screen.line()
    _show_numbers(screen, why, settings)
    screen.line()
    screen.line(f"{'question':<{COLUMN}}match  best in the quote or above it", first="   ")
    for token in why.tokens:
        match = one_line(token.found) if token.found else "–"
        screen.line(f"{one_line(token.asked):<{COLUMN}}{token.best:5.2f}  {match}", first="   ")


def in_words(why: Why) -> list[str]:
    """Return what spoke for and against a quote, a sentence each."""
    sentences = []
    if why.read is not None:
        odds = 1 / (1 + exp(-max(-60.0, min(60.0, why.read))))
        sentences.append(f"The reader, which reads it with the question, gives it {number(odds, '%')} to answer.")
    if own := [match.word for match in why.words if match.is_same and not match.is_above]:
        sentences.append(f"It has {_listed(own)}.")
    if above := [match.word for match in why.words if match.is_same and match.is_above]:
        sentences.append(f"What it stands under has {_listed(above)}.")
    near = [
        f"“{one_line(match.match)}” for “{one_line(match.word)}”"
        for match in why.words
        if match.match and not match.is_same
    ]
    if near:
        sentences.append(f"Near in meaning: {', '.join(near)}.")
    if missing := [match.word for match in why.words if match.match is None]:
        sentences.append(f"It has nothing like {_listed(missing)}.")
    if why.reranked is None:
        sentences.append(f"Of the {why.weighed} sentences compared, it has {number(why.belief, '%')} of the belief.")
    verdict = "below it quoth does not answer" if why.confidence < why.threshold else "so quoth answers"
    sentences.append(f"The confidence is {confidence(why.confidence)}, the threshold {why.threshold:.3g}: {verdict}.")
    return sentences


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"“{one_line(word)}”" for word in words)


def _show_numbers(screen: Screen, why: Why, settings: AnswerSettings) -> None:
    terms = f"{why.terms_weight:g} × BM25 ({why.sentence_bm25:.2f} sentence + {why.passage_bm25:.2f} passage)"
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
    _row(screen, "confidence", "from quote 1, the logistic of")
    _row(screen, "", formula(why.model, why.features))


def _row(screen: Screen, name: str, value: str) -> None:
    screen.line(value, first=f"   {name:<12}", rest=" " * 15)
