"""Blocks that go on with the sentence of the block before: half a sentence may say the opposite of the whole one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from retrieval.articles.sentence_ends import HANGS, ends_in_title, ends_sentence
from retrieval.articles.structure import Block
from retrieval.records import Kind

MOST = 20
"""Blocks in a row that one sentence may be broken into; more of them are a list."""
_START = re.compile(r"[“‘«„\"'(\[…—–,;*_ ]{0,4}(?P<word>[^\W\d_\u10a0-\u10ff][\w’'-]*|(?P<figure>\d))")
_SENTENCE_END = re.compile(r"[.!?…][”’\"')\]*_]*(?=\s+\W{0,2}[^\W\d_a-z])")
_BYLINE = re.compile(r"by(?: [^\W\d_a-z][\w.’'-]*){1,4}")
_SPEAKER = re.compile(r"[^\W\d_][\w-]{0,20}:\s+\S")
_INTRODUCES = (":", "：")
_TEXT = frozenset({Kind.PROSE, Kind.ITEM, Kind.STEP})


def with_continuations(text: str, blocks: Sequence[Block], body: int) -> list[Block]:
    """Join each block that goes on within a sentence with the one before; what cannot be joined is left out."""
    joined: list[Block] = []
    before = -1  # the last one that is not left out
    is_list = _in_lists(text, blocks)
    for row, block in enumerate(blocks):
        is_apart = before < 0 or is_list[row] or joined[before].start < body <= block.start
        if is_apart or not continues(text, joined[before], block):
            joined.append(block)
        elif before == len(joined) - 1 and _belong_together(joined[before], block):
            joined[before] = _both(joined[before], block)
        else:
            joined[before : before + 1] = _without_last(text, joined[before])
            joined += _without_first(text, block)
        if joined[-1].kind is not Kind.LEFT_OUT:
            before = len(joined) - 1
        elif before >= 0 and joined[before].kind is Kind.LEFT_OUT:
            before = -1
    return joined


def _in_lists(text: str, blocks: Sequence[Block]) -> list[bool]:
    """Return for each block whether it is one of more than MOST that each seem to go on with the one before."""
    goes_on = [bool(row) and continues(text, blocks[row - 1], block) for row, block in enumerate(blocks)]
    is_list: list[bool] = []
    for is_part, run in groupby(goes_on):
        count = len(list(run))
        is_list += [is_part and count > MOST] * count
    return is_list


def continues(text: str, before: Block, block: Block) -> bool:
    """Return whether a block goes on with the sentence of the block before it."""
    ending = text[max(before.start, before.end - 60) : before.end]
    start = _START.match(text, block.start, block.end)
    if before.kind not in _TEXT or not start or (block.kind is not Kind.PROSE and not _is_hanging_list(before, block)):
        return False
    if (
        not any(map(str.isalpha, ending))
        or ends_sentence(ending)
        or ends_in_title(ending)
        or ending.endswith(_INTRODUCES)
    ):
        return False
    if block.kind is Kind.PROSE and start["word"].islower():
        return not _BYLINE.fullmatch(text, block.start, block.end) and not _are_said(text, before, block)
    return (start["word"].islower() or bool(start["figure"])) and bool(HANGS.search(ending))


def _are_said(text: str, before: Block, block: Block) -> bool:
    """Return whether two blocks are what two people said in a chat, each behind a name."""
    return all(_SPEAKER.match(text, each.start, each.end) for each in (before, block)) and not HANGS.search(
        text, max(before.start, before.end - 12), before.end
    )


def _is_hanging_list(before: Block, block: Block) -> bool:
    """Return whether a list begins behind a paragraph, of which its first item may be the end."""
    return block.kind in {Kind.ITEM, Kind.STEP} and before.kind is Kind.PROSE


def _belong_together(before: Block, block: Block) -> bool:
    """Return whether nothing lies between two blocks: a paragraph of a list item goes on with that item only."""
    return before.level == block.level or _is_hanging_list(before, block)


def _both(before: Block, block: Block) -> Block:
    return replace(before, end=block.end, gaps=(*before.gaps, (before.end, block.start), *block.gaps))


def _without_last(text: str, block: Block) -> list[Block]:
    """Leave out the last sentence of a paragraph, of which the end is missing; an item stands for itself."""
    if block.kind is not Kind.PROSE:
        return [block]
    ends = [end.end() for end in _SENTENCE_END.finditer(text, block.start, block.end)]
    return _parts(text, block, ends[-1] if ends else block.start, is_first=False)


def _without_first(text: str, block: Block) -> list[Block]:
    """Leave out the first sentence of a paragraph, of which the beginning is missing."""
    end = _SENTENCE_END.search(text, block.start, block.end)
    return _parts(text, block, end.end() if end else block.end, is_first=True)


def _parts(text: str, block: Block, cut: int, *, is_first: bool) -> list[Block]:
    """Cut a block in two, and leave out one part."""
    start = cut + len(text[cut : block.end]) - len(text[cut : block.end].lstrip())
    first = replace(block, end=cut, gaps=tuple(gap for gap in block.gaps if gap[1] <= cut))
    last = replace(block, start=start, gaps=tuple(gap for gap in block.gaps if gap[0] >= start))
    dropped = replace(first if is_first else last, kind=Kind.LEFT_OUT)
    parts = [dropped, last] if is_first else [first, dropped]
    return [part for part in parts if part.start < part.end]
