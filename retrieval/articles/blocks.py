"""An article's text -> its blocks, without page furniture and with broken sentences healed."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from retrieval.articles.boilerplate import is_boilerplate
from retrieval.articles.continuations import continues, with_continuations
from retrieval.articles.front_matter import read_front, scalars_of
from retrieval.articles.healing import heal
from retrieval.articles.markdown import markdown_blocks
from retrieval.articles.plain_text import plain_blocks
from retrieval.articles.running_text import FIELD
from retrieval.articles.sentence_ends import ends_sentence, holds_sentence
from retrieval.articles.structure import Block
from retrieval.articles.visible import ending_of
from retrieval.readable import MARKDOWN, number_before
from retrieval.records import Article, BlockPlace, Kind

_CONTACT = re.compile(r"[^\W\d_][^:\n]{0,40}:\s+(?:[\d\W]+|\S+@\S+|(?:https?://|www\.)\S+)")
"""A field whose value is a number or an address, and so no headline."""
_LONGEST_HEADLINE = 200
_TAGS = re.compile(r"(?:\s+(?:#[^\W\d][\w/-]*|\^[\w-]+|\[\^?\w+\]))+\s*\Z")
"""Tags, a note's anchor and footnotes, which stand behind the full stop of a sentence."""
_FRONT_FIELD = re.compile(
    r"^(?P<key>description|summary|abstract|excerpt|answer|subtitle|tagline|question|q|a)[ \t]*[:=][ \t]*"
    r"(?:[|>][+-]?[ \t]*\r?\n[ \t]+)?(?P<mark>[\"']?)(?P<value>\S[^\n]*?(?:\n[ \t]+\S[^\n]*?)*)(?P=mark)[ \t]*\r?$",
    re.MULTILINE | re.IGNORECASE,
)
_AUTHORS = re.compile(r"^authors?[ \t]*[:=][ \t]*(?P<value>[^\s|>&*!{][^\n]*?)[ \t]*\r?$", re.MULTILINE)
_QUESTION_KEYS = frozenset({"question", "q"})


def blocks_of(article: Article, visible: str) -> list[Block]:
    """Cut an article's body into blocks, in order, given its visible text; a sentence never stands in two of them."""
    text, ending = article.text, ending_of(article)
    if ending in MARKDOWN:
        blocks = [*front_fields(text, article.body), *markdown_blocks(visible, article.body, mdx=ending == "mdx")]
    elif ending == "pdf":
        cells = [place for place in article.layout if place[2] == Kind.PROSE]
        others = [place for place in article.layout if place[2] != Kind.PROSE]
        blocks = _with_places(text, _with_cells(plain_blocks(text, article.body, pdf=True), cells), others)
    elif article.layout:
        blocks = [
            Block(start, end, Kind(kind), level, scope=scope, healable=False)
            for start, end, kind, level, scope in article.layout
        ]
    else:
        blocks = plain_blocks(text, article.body, pdf=False)
    blocks = [_without_boilerplate(text, block) for block in blocks]
    blocks = _without_headline(text, blocks, article.title)
    blocks = [_with_number(text, block) for block in blocks]
    return with_continuations(text, heal(text, blocks), article.body)


def _with_number(text: str, block: Block) -> Block:
    """Return a list item with the number that stands before it on its line; any other block as it is."""
    if block.mark >= 0 or block.kind not in {Kind.ITEM, Kind.STEP}:
        return block
    return replace(block, mark=number_before(text, block.start))


def _with_cells(blocks: Sequence[Block], cells: Sequence[BlockPlace]) -> list[Block]:
    """Have no sentence of a cell of a PDF go on in the next."""
    starts = [start for start, *_ in cells]

    def is_in_cell(block: Block) -> bool:
        before = bisect_right(starts, block.start) - 1
        return before >= 0 and block.start < cells[before][1]

    return [replace(block, healable=block.healable and not is_in_cell(block)) for block in blocks]


def _with_places(text: str, blocks: Sequence[Block], places: Sequence[BlockPlace]) -> list[Block]:
    """Cut the headings of a PDF, and the rows of its tables, out of the blocks that they are a part of."""
    cut = [Block(start, end, Kind(kind), level, healable=False) for start, end, kind, level, _ in sorted(places)]
    starts, ends = [place.start for place in cut], [place.end for place in cut]
    for block in blocks:
        inside = cut[bisect_right(ends, block.start) : bisect_left(starts, block.end)]
        borders = [block.start, *(border for place in inside for border in (place.start, place.end)), block.end]
        parts = zip(borders[::2], borders[1::2], strict=True)
        cut += [part for span in parts for part in _part(text, block, *span)] if inside else [block]
    return sorted(cut, key=lambda block: block.start)


def _part(text: str, block: Block, start: int, end: int) -> Iterator[Block]:
    """Yield a part of a block, without white space around it, where anything is there."""
    part = text[start:end]
    start, end = start + len(part) - len(part.lstrip()), start + len(part.rstrip())
    if start < end:
        gaps = tuple(gap for gap in block.gaps if start <= gap[0] and gap[1] <= end)
        yield replace(block, start=start, end=end, gaps=gaps)


def front_fields(text: str, body: int) -> list[Block]:
    """Return the blocks of front matter that is prose, and the field that names the authors.

    Prose is a description, an answer, the question it belongs to.
    """
    fields = list(_FRONT_FIELD.finditer(text, 0, body))
    scalars = scalars_of(text[:body]) if fields else {}
    blocks = []
    for field in fields:
        scalar = scalars.get(field["key"])
        start, end = field.span("value")
        if scalar and scalar.is_block:
            start, end = start - len(field["mark"]), end + len(field["mark"])
        if scalar is None or not scalar.is_written(text[start:end]):
            continue
        if field["key"].lower() in _QUESTION_KEYS:
            blocks.append(Block(start, end, Kind.HEADING, 1))
        else:
            blocks.append(Block(start, end, Kind.PROSE, healable=False))
    blocks += _authors(text, body)
    return sorted(blocks, key=lambda block: block.kind is not Kind.HEADING)


def _authors(text: str, body: int) -> list[Block]:
    """Return the line of front matter that names the authors, where it is written as it reads."""
    lines = list(_AUTHORS.finditer(text, 0, body))
    if len(lines) != 1:
        return []
    fields = read_front(text[:body]).fields
    authors = fields.get("authors", fields.get("author"))
    names = authors if isinstance(authors, list) else [authors]
    written = lines[0]["value"].removeprefix("[").removesuffix("]").rstrip(", \t").split(",")
    if names != [name.strip().strip("\"'") for name in written]:
        return []
    return [Block(lines[0].start(), lines[0].end("value"), Kind.LINE, healable=False)]


def _without_boilerplate(text: str, block: Block) -> Block:
    """Mark page furniture as left out; a heading, an item, a row, a field or code is meant to be there."""
    block_text = text[block.start : block.end]
    is_meant = block.kind is not Kind.PROSE and (block.kind is not Kind.LINE or FIELD.match(block_text))
    furniture = not is_meant and is_boilerplate(block_text)
    return replace(block, kind=Kind.LEFT_OUT) if furniture else block


def _without_headline(text: str, blocks: list[Block], title: str) -> list[Block]:
    """Mark the first block as a heading where it is the headline; one that stands alone is the article."""
    places = [place for place, block in enumerate(blocks) if block.kind is not Kind.LEFT_OUT]
    if len(places) < 2 or blocks[places[0]].kind is not Kind.PROSE:
        return blocks
    first = blocks[places[0]]
    headline = text[first.start : min(first.end, first.start + _LONGEST_HEADLINE + 1)]
    goes_on = continues(text, first, blocks[places[1]]) and not all(word[0].isupper() for word in headline.split())
    if goes_on or _CONTACT.fullmatch(text, first.start, first.end):
        return blocks
    words = _TAGS.sub("", headline)
    if len(headline) <= _LONGEST_HEADLINE and (
        not (ends_sentence(words) or holds_sentence(words)) or " ".join(headline.split()) == title
    ):
        blocks[places[0]] = replace(first, kind=Kind.HEADING)
    return blocks
