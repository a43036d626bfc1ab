"""Heals the sentences of an article that a scrape broke across lines."""

from __future__ import annotations

import re
from dataclasses import replace

from retrieval.articles.plain_text import LINE_END
from retrieval.articles.sentence_ends import HANGS, ends_in_title, ends_sentence, is_fragment
from retrieval.articles.speakers import begins_name
from retrieval.articles.structure import Block
from retrieval.records import Kind

_SENTENCE_INSIDE = re.compile(r"[a-z]{3}[.!?…][”’\"')\]]*\s+[“‘\"'(]?[^\W\d_a-z]")
_LOWER_START = re.compile(r"[“‘\"'(\[…—,; ]{0,3}([^\W\d_\u10a0-\u10ff][\w’'-]*)")
_LEFT_OPEN = re.compile(
    r"(?:,|\b(?:the|a|an|of|and|or|but|with|from|by|for|his|her|their|its|our|whose|than|because|Mr\.|Mrs\.|Ms\.|Dr\.))\s*\Z"
)
_PREDICATE = frozenset({
    "said", "says", "told", "tells", "added", "wrote", "called", "has", "had", "have", "is", "was", "are", "were",
    "will", "would", "also", "did", "who", "and",
})  # fmt: skip
_PARTICLES = frozenset(
    {"de", "da", "di", "du", "del", "der", "den", "van", "von", "la", "le", "al", "bin", "of", "and"}
)
_NAME_PART = re.compile(r"[^\W\d_a-z][\w.’'-]{0,24}")
_MOST_PIECES = 20  # short pieces in a row that a sentence may be broken into; more of them are a list


def heal(text: str, blocks: list[Block]) -> list[Block]:
    """Join the blocks of a sentence that line ends broke ("... by the president" / "Jane Roe." are one)."""
    healed: list[Block] = []
    place = 0
    while place < len(blocks):
        last = _end_of_sentence(text, blocks, place)
        healed.append(replace(blocks[place], end=blocks[last].end))
        place = last + 1
    return healed


def _end_of_sentence(text: str, blocks: list[Block], first: int) -> int:
    """Return the block in which the sentence that `first` leaves open ends; `first` if it leaves none open."""
    if blocks[first].kind is not Kind.PROSE or not blocks[first].healable:
        return first
    before = text[blocks[first].start : blocks[first].end]
    if ends_sentence(before) or before.endswith((":", "：")) or _ends_before_blank_line(text, blocks, first):
        return first
    only_predicate = is_fragment(before) and not _SENTENCE_INSIDE.search(before) and not _hangs(text, blocks, first)
    if only_predicate and not _is_name(before):
        return first
    last, names = first, 0
    for place in range(first + 1, len(blocks)):
        if blocks[place].kind is not Kind.PROSE or not blocks[place].healable or place - last > _MOST_PIECES:
            break
        piece = text[blocks[place].start : blocks[place].end]
        lower = _LOWER_START.match(piece)
        word = lower.group(1) if lower else ""
        if only_predicate and word not in _PREDICATE:
            break
        if (
            word.islower()
            or _hangs(text, blocks, place - 1)
            or (_LEFT_OPEN.search(before[-12:]) and not is_fragment(piece))
        ):
            names = 0
        elif _is_name(piece) and names < 2:
            names += 1
        else:
            break
        # A short piece counts only once the sentence is seen to go on behind it, or to end with it.
        if ends_sentence(piece) or not is_fragment(piece):
            last, only_predicate = place, False
        if ends_sentence(piece):
            break
        before = piece
    return last


def _hangs(text: str, blocks: list[Block], place: int) -> bool:
    """Return whether a block's sentence goes on behind the single line end after it."""
    block, following = blocks[place], blocks[place + 1] if place + 1 < len(blocks) else None
    if following is None or following.kind is not Kind.PROSE:
        return False
    gap = text[block.end : following.start]
    return len(LINE_END.findall(gap)) == 1 and bool(HANGS.search(text, max(block.start, block.end - 12), block.end))


def _ends_before_blank_line(text: str, blocks: list[Block], place: int) -> bool:
    """Return whether a block ends in a title ("Dr.") and a blank line, with no name behind it."""
    end = blocks[place].end
    following = blocks[place + 1].start if place + 1 < len(blocks) else len(text)
    if not ends_in_title(text[max(0, end - 60) : end]) or len(LINE_END.findall(text, end, following)) < 2:
        return False
    is_word = re.search(r"\b(?:an?|no|his|her|my|any|other) \w+\.\s*\Z", text[max(0, end - 60) : end])
    return bool(is_word) or not begins_name(text, following)


def _is_name(text: str) -> bool:
    """Return whether a text is just a name, which scrapes put on a line of its own."""
    parts = text.rstrip(".,;!?…”’\"' ").split() if len(text) <= 60 else []
    return 0 < len(parts) <= 5 and all(_NAME_PART.fullmatch(part) or part in _PARTICLES for part in parts)
