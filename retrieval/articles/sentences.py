"""An article -> the spans of it that may be quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from retrieval.articles.blocks import Block, Kind, blocks_of, ends_in_title, is_fragment, words
from retrieval.articles.boilerplate import credit_end, credit_start, is_boilerplate
from retrieval.records import Article, Sentence

LONGEST = 1200
"""Characters of the longest sentence; a longer one is split."""

_WINDOW = 20_000
_SPACE = re.compile(r"\s|[\ud800-\udfff]")
_QUOTE_MARK = re.compile(r"(?<=\n)[ \t]*>[> \t]*")
_CLAUSE_END = re.compile(r"[;:,](?=\s)|[，；、：،؛]")
_OPENED = re.compile(r"\s([“‘«„(\[]+)\s*\Z")
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"


def segment(article: Article) -> tuple[Sentence, ...]:
    """Find every sentence that may be quoted, in order; each is `article.text[start:end]`, in characters."""
    sentences: list[Sentence] = []
    paragraph = run = 0
    for block in blocks_of(article):
        if block.kind is Kind.LEFT_OUT:
            run += 1
        if block.kind in {Kind.LEFT_OUT, Kind.HEADING}:
            continue
        counted = False
        for start, end, quotable in _sentences(article.text, block):
            if not quotable:
                run += 1
                continue
            paragraph += not counted
            counted = True
            sentences.append(Sentence(start, end, paragraph, run))
    return tuple(sentences)


def why_none(article: Article) -> str:
    """Say, as a part of a sentence, why an article has no sentence that may be quoted."""
    body = article.text[article.body :]
    if not any(map(str.isalpha, body)):
        return "has nothing to quote: no word, only numbers or signs"
    if sum(not line.isspace() for line in body.splitlines() if line) == 1:
        return "has nothing to quote: one line, which is no sentence (a title?)"
    return "has nothing to quote: no sentence, only titles, labels, code or page furniture"


def _sentences(text: str, block: Block) -> Iterator[tuple[int, int, bool]]:
    """Yield the sentences of a block; False marks boilerplate that stands among them."""
    if block.kind is Kind.BULLET and words(text[block.start : block.end]) < 4:
        return
    for start, end in _trimmed(text, _boundaries(text, block)):
        begin = start + credit_end(text[start:end])
        if begin > start:
            yield start, begin, False
        start, shown = begin, text[begin:end]
        stop = start + credit_start(shown)
        # A short end without a full stop is no sentence: a heading, or the name a scrape broke off.
        loose = end == block.end and block.kind is not Kind.BULLET and is_fragment(shown)
        for piece in _trimmed(text, _split(text, start, stop)):
            left_out = is_boilerplate(text[slice(*piece)])
            if left_out or not loose:
                yield *piece, not left_out
        if stop < end:
            yield stop, end, False


def _boundaries(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a block as sentencex sees them, white space included."""
    # Line ends, and the marks of a block quote, would end a sentence: white space of equal length does not.
    flat = text[block.start : block.end]
    if block.kind is Kind.QUOTED:
        flat = _QUOTE_MARK.sub(lambda mark: " " * len(mark.group()), flat)
    flat = _SPACE.sub(" ", flat)
    done = 0
    while done < len(flat):
        # In windows, because unbalanced quotation marks take time that grows with the square of the length.
        found = get_sentence_boundaries("en", flat[done : done + _WINDOW])
        if len(found) > 1 and done + _WINDOW < len(flat):
            found.pop()
        start = done
        for sentence in found:
            end = done + sentence["end_index"]
            if sentence is not found[-1] and (opened := _OPENED.search(flat, start, end)):
                end = opened.start(1)  # a quotation that is never closed begins with the sentence behind it
            if not ends_in_title(sentence["text"]) or sentence is found[-1]:
                yield block.start + start, block.start + end
                start = end
        done = start


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a sentence that is too long behind a clause, at white space or, with neither, where the limit falls."""
    while end - start > LONGEST:
        clauses = [mark.end() for mark in _CLAUSE_END.finditer(text, start + LONGEST // 4, start + LONGEST)]
        spaces = [] if clauses else [mark.start() for mark in _SPACE.finditer(text, start + 1, start + LONGEST)]
        cut = (clauses or spaces or [start + LONGEST])[-1]
        yield start, cut
        start = cut
    yield start, end


def _trimmed(text: str, spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans without white space at their ends; those without a letter or digit are dropped."""
    for start, end in spans:
        while start < end and (text[start].isspace() or text[start] in _INVISIBLE):
            start += 1
        while start < end and (text[end - 1].isspace() or text[end - 1] in _INVISIBLE):
            end -= 1
        if any(map(str.isalnum, text[start:end])):
            yield start, end
